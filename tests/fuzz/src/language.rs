//! Bytes to machine, and all that reads a machine.

use crate::project::{compiled, context, source, template_facts};
use relance_core::machine::Machine;
use relance_core::{drawing, export};
use relance_dsl::ide::{self, Workspace};
use relance_dsl::{Diagnostic, Source, Span};

/// Compiles the bytes; what comes out is a machine that survives everything done with one, or a reason that can be shown.
pub fn check(bytes: &[u8]) {
    let source = source(bytes);
    let sources = std::slice::from_ref(&source);
    let first = compiled(bytes);
    told(&first.diagnostics, sources);
    assert!(first.machines.is_some() || !first.diagnostics.is_empty(), "refused without a word");
    edited(&source);
    relance_dsl::includes(&source);
    let Some(machines) = first.machines else { return };
    let verified = relance_dsl::verify(sources, &context(), &template_facts());
    told(&verified.diagnostics, sources);
    let again = verified.machines.unwrap_or_default();
    assert_eq!(machines, again, "compiled twice");
    for (machine, again) in machines.iter().zip(&again) {
        assert_eq!(machine.hash(), again.hash());
        kept(machine);
        drawn(machine);
    }
}

/// Every form in which a person or a program reads what was found.
fn told(diagnostics: &[Diagnostic], sources: &[Source]) {
    for found in diagnostics {
        assert!(!found.message.trim().is_empty(), "{found:?}");
        let text = sources.first().map(Source::text).unwrap_or_default();
        for label in found.labels.iter().filter(|label| sources.iter().any(|s| s.path == label.file)) {
            let Span { start, end } = label.span;
            // What is not UTF-8 is shown with its bytes replaced, so that its place may be off.
            let mended = text.contains('\u{fffd}');
            assert!(mended || start <= end && text.get(start..end).is_some(), "{found:?}");
        }
    }
    let full = relance_dsl::render_full(diagnostics, sources, false);
    assert!(full.len() < 4_000_000, "{} bytes told", full.len());
    relance_dsl::render_short(diagnostics, sources);
    let findings = relance_dsl::findings(diagnostics, sources);
    relance_dsl::github(&findings);
    relance_dsl::sarif(&findings, "0");
    relance_dsl::junit(&findings, &[]);
}

/// JSON gives the same machine back.
fn kept(machine: &Machine) {
    let json = serde_json::to_string(machine).expect("a machine is JSON");
    let back: Machine = serde_json::from_str(&json).expect("its JSON is a machine");
    assert_eq!(*machine, back);
    assert_eq!(machine.hash(), back.hash());
}

fn drawn(machine: &Machine) {
    let plan = drawing::plan(machine);
    let drawn = [drawing::svg(&plan, None), drawing::dot(&plan), drawing::mermaid(&plan)];
    assert!(drawn.iter().all(|text| !text.is_empty()));
    export::xstate(machine);
}

/// What an editor asks while the file is typed: half of it first, then all, the cursor where the first half ends.
fn edited(source: &Source) {
    let at = source.bytes.len() / 2;
    let mut workspace = Workspace::new(context());
    workspace.set_file(Source { bytes: source.bytes[..at].to_vec(), ..source.clone() });
    workspace.check();
    workspace.set_file(source.clone());
    workspace.check();
    let path = source.path.as_str();
    let Some(text) = workspace.text(path).map(str::to_owned) else { return };
    let at = (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    ide::complete(&workspace, path, at);
    ide::hover(&workspace, &ide::Nothing, path, at);
    ide::definition(&workspace, &ide::Nothing, path, at);
    ide::references(&workspace, path, at, true);
    let _ = ide::rename(&workspace, path, at, "nouveau_nom");
    ide::outline(&workspace, path);
    ide::folds(&workspace, path);
    ide::paint(&workspace, path);
    ide::fixes(&workspace, path, Span { start: 0, end: text.len() });
    ide::format_range(&workspace, path, Span { start: 0, end: at });
}
