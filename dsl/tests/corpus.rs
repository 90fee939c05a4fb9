//! Files that compile, with their machine, and files that do not, with what the user reads.
#![allow(clippy::unwrap_used)]

mod common;

use relance_core::machine::{Channel, Expr, Nature, Tone};
use relance_core::proof::{Mention, Said, TemplateFacts, Words};
use relance_dsl::diagnostic::Code;
use relance_dsl::{Compilation, Diagnostic, Finding, MAX_BYTES, Source, compile, findings, render_full, verify};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// A file of the corpus: where its snapshot goes, its name, its content.
struct Case {
    folder: PathBuf,
    name: String,
    source: Source,
}

impl Case {
    fn new(folder: &Path, name: &str, bytes: Vec<u8>) -> Case {
        let source = Source { path: format!("scenarios/{name}.relance"), bytes };
        Case { folder: folder.to_owned(), name: name.to_owned(), source }
    }

    /// The folder of files that compile, of which `verifier` has something to say.
    fn compiles(&self) -> bool {
        self.folder.ends_with("signalements")
    }

    /// Directly in `bad`: several mistakes side by side.
    fn is_mixed(&self) -> bool {
        self.folder.ends_with("bad")
    }

    fn snapshot(&self, output: &str) {
        let mut settings = insta::Settings::clone_current();
        settings.set_snapshot_path(&self.folder);
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        settings.bind(|| insta::assert_snapshot!(self.name.as_str(), output));
    }
}

fn corpus(folder: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/corpus").join(folder)
}

fn cases(folder: &Path) -> Vec<Case> {
    let mut paths: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let mut cases = Vec::new();
    for path in paths {
        if path.is_dir() {
            cases.extend(self::cases(&path));
        } else if path.extension().is_some_and(|e| e == "relance") {
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            cases.push(Case::new(folder, &name, fs::read(&path).unwrap()));
        }
    }
    cases
}

/// Files that nobody would want to keep in a folder: too long, too deep, too many mistakes.
fn oversized() -> Vec<Case> {
    let folder = corpus("bad/limites");
    let case = |name: &str, text: String| Case::new(&folder, name, text.into_bytes());
    let many = |text: &'static str, n: usize| vec![text; n];
    vec![
        case("fichier_trop_gros", "# à relire\n".repeat(MAX_BYTES / 11)),
        case("dix_mille_et", format!("si {} alors email ferme\n", many("retard >= 15j", 10_000).join(" et "))),
        case("parentheses_imbriquees", format!("si {}en_litige{} alors appel\n", "(".repeat(60), ")".repeat(60))),
        case("ligne_immense", format!("à J+15 : tâche \"{}\" puis apel\n", "Appeler le client. ".repeat(2_000))),
        case("mille_virgules", format!("à J+15 : email ferme{}\n", ",".repeat(1_000))),
        case("mot_immense", format!("si {} >= 15j alors email ferme\n", "retard".repeat(500))),
        case("calcul_trop_long", format!("si retard >= {} alors email ferme\n", many("1j", 40).join(" + "))),
        case("cent_erreurs", (0..150).map(|n| format!("à J+{n} : emial ferme\n")).collect()),
        case("centaines_de_guillemets", "\"\n".repeat(150)),
    ]
}

fn bad() -> Vec<Case> {
    let mut cases = cases(&corpus("bad"));
    cases.extend(oversized());
    cases
}

/// A template that asks everybody for the fixed compensation.
fn claims() -> Vec<TemplateFacts> {
    let compensation =
        Said { what: Mention::Compensation, at: Words { line: 4, from: 7, to: 21 }, when: Expr::always() };
    vec![TemplateFacts {
        channel: Channel::Email,
        name: "preventif".into(),
        file: "modeles/email/preventif.md".into(),
        text: "---\nnature: information\n---\nAussi quarante euros.\n".into(),
        nature: Some(Nature::Information),
        tone: Tone::Firm,
        head: Words { line: 1, from: 1, to: 3 },
        alone: vec![compensation.clone()],
        grouped: vec![compensation],
    }]
}

fn checked(source: &Source) -> Compilation {
    verify(std::slice::from_ref(source), &common::context(), &claims())
}

#[test]
fn good() {
    let cases = cases(&corpus("good"));
    assert!(!cases.is_empty());
    for case in cases {
        let sources = [case.source.clone()];
        let compilation = compile(&sources, &common::context());
        let mut output = render_full(&compilation.diagnostics, &sources, false);
        let machines = compilation.machines.unwrap_or_else(|| panic!("{}\n{output}", case.name));
        output.push_str(&serde_json::to_string_pretty(&machines).unwrap());
        case.snapshot(&output);
    }
}

/// Near misses of what `bad/signalements` shows: nothing to say.
#[test]
fn silent_files() {
    let cases = cases(&corpus("silent"));
    assert!(!cases.is_empty());
    for case in cases {
        let told = render_full(&checked(&case.source).diagnostics, std::slice::from_ref(&case.source), false);
        assert_eq!(told, "", "{}", case.name);
    }
}

#[test]
fn bad_files() {
    for case in bad() {
        let compilation = checked(&case.source);
        let templates = claims().into_iter().map(|t| Source { path: t.file, bytes: t.text.into_bytes() });
        let sources: Vec<Source> = std::iter::once(case.source.clone()).chain(templates).collect();
        let output = render_full(&compilation.diagnostics, &sources, false);
        assert_eq!(compilation.machines.is_some(), case.compiles(), "{}\n{output}", case.name);
        assert!(!compilation.diagnostics.is_empty(), "{}", case.name);
        case.snapshot(&output);
    }
}

#[test]
fn there_is_a_file_for_every_code() {
    // What a file that one can keep cannot show: too much of everything (tests/hostile.rs), what reading templates and formatting say, findings on the words of templates, and on a portfolio.
    let mut elsewhere = BTreeSet::from(["R0013", "R0800", "R0801", "R0901"]);
    let told = [
        "messages__what_a_message_may_not_say",
        "messages__what_a_message_has_to_say",
        "portfolio__what_unknown_facts_keep_from_firing",
    ];
    let snapshots: String = told
        .iter()
        .map(|name| fs::read_to_string(corpus("../e2e/snapshots").join(format!("e2e__{name}.snap"))).unwrap())
        .collect();
    let of_templates = ["R0624", "R0625", "R0626", "R0627", "R0628", "R0629", "R0630", "R0631"];
    elsewhere.extend(of_templates.into_iter().filter(|code| snapshots.contains(code)));
    let mut found = BTreeSet::new();
    for case in bad() {
        found.extend(checked(&case.source).diagnostics.iter().map(|d| d.code.name()));
    }
    let published: BTreeSet<&str> = Code::ALL.iter().map(|code| code.name()).collect();
    let expected: BTreeSet<&str> = published.difference(&elsewhere).copied().collect();
    let missing: Vec<_> = expected.difference(&found).collect();
    assert!(missing.is_empty(), "{missing:?}");
    assert!(found.is_disjoint(&elsewhere), "the list of codes given elsewhere is too long");
}

#[test]
fn there_are_enough_files() {
    let cases = bad();
    assert!(cases.len() >= 400, "{}", cases.len());
}

/// A correction, put in, takes its diagnostic away and, where there is one mistake only, brings no other.
#[test]
fn corrections_correct() {
    let (mut applied, mut wrong) = (0, Vec::new());
    for case in cases(&corpus("bad")) {
        let found = |source: &Source| compile(std::slice::from_ref(source), &common::context()).diagnostics;
        let before = found(&case.source);
        let codes = |diagnostics: &[Diagnostic], code: Code| diagnostics.iter().filter(|d| d.code == code).count();
        for diagnostic in &before {
            let (Some(fix), Some(place)) = (&diagnostic.fix, diagnostic.place()) else { continue };
            let mut mended = case.source.text();
            mended.replace_range(place.span.start..place.span.end, fix);
            let after = found(&Source { bytes: mended.into_bytes(), ..case.source.clone() });
            let same = |diagnostics: &[Diagnostic]| {
                diagnostics.iter().filter(|d| d.message == diagnostic.message && d.code == diagnostic.code).count()
            };
            let gone = same(&after) < same(&before);
            // A file of several mistakes may show one that another hid.
            // What an action lacks is told once its verb is right.
            let told_after = |d: &Diagnostic| d.code == Code::MissingArgument;
            let no_more = |d: &Diagnostic| told_after(d) || codes(&after, d.code) <= codes(&before, d.code);
            let clean = case.is_mixed() || after.iter().all(no_more);
            if !(gone && clean) {
                wrong.push(format!("{}: {} ({fix})", case.name, diagnostic.message));
            }
            applied += 1;
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(applied > 200, "{applied}");
}

/// The words of a range of lines and columns from 1, columns in characters, as an editor counts lines.
fn words(text: &str, finding: &Finding) -> String {
    let unified = text.replace("\r\n", "\r\u{1}").replace('\r', "\n").replace("\n\u{1}", "\r\n");
    let lines: Vec<&str> = unified.split_inclusive('\n').collect();
    let line = |n: usize| lines.get(n - 1).copied().unwrap_or_default();
    if finding.line == finding.end_line {
        let length = finding.end_column - finding.column;
        return line(finding.line).chars().skip(finding.column - 1).take(length).collect();
    }
    let mut words: String = line(finding.line).chars().skip(finding.column - 1).collect();
    (finding.line + 1..finding.end_line).for_each(|n| words.push_str(line(n)));
    words.extend(line(finding.end_line).chars().take(finding.end_column - 1));
    words
}

/// Lines and columns of the published form lead to the words that the diagnostic is about.
#[test]
fn columns_lead_to_the_words() {
    let plain = |text: &str| text.replace("\r\n", "\n").replace('\r', "\n").trim_end().to_owned();
    for case in bad() {
        let diagnostics = checked(&case.source).diagnostics;
        let text = case.source.text();
        let published = findings(&diagnostics, std::slice::from_ref(&case.source));
        assert_eq!(published.len(), diagnostics.len());
        for (diagnostic, finding) in diagnostics.iter().zip(&published) {
            let Some(place) = diagnostic.place().filter(|place| place.file == case.source.path) else { continue };
            // Its place is in bytes that are no characters.
            if diagnostic.code == Code::NotUtf8 {
                continue;
            }
            let start = place.span.start;
            let meant = text.get(start..place.span.end).unwrap();
            assert_eq!(plain(&words(&text, finding)), plain(meant), "{}: {}", case.name, finding.message);
        }
    }
}

/// Whatever is wrong between them, the first and the last rule of a file are checked.
#[test]
fn a_mistake_hides_no_other() {
    let mut wrong = Vec::new();
    for case in cases(&corpus("bad")) {
        let text = case.source.text();
        let whole = checked(&case.source).diagnostics;
        // A document that is no text is not read further, and a long list of mistakes is cut.
        let unread = whole.iter().any(|d| {
            let place = d.place().map(|place| place.span.start);
            matches!(d.code, Code::NotUtf8 | Code::TooLarge | Code::TooMany)
                || (matches!(d.code, Code::ControlCharacter | Code::UnexpectedWord)
                    && place == Some(0)
                    && whole.len() == 1
                    && d.labels.iter().all(|l| l.span.end == 0))
        });
        if unread {
            continue;
        }
        let around = format!("à J+1 : email fermme\n{text}\n\nscénario dernier\nà J+99 : email fermme\n");
        let last = around.replace("\r\n", "\n").replace('\r', "\n").lines().count();
        let source = Source { bytes: around.clone().into_bytes(), ..case.source.clone() };
        let found = compile(std::slice::from_ref(&source), &common::context()).diagnostics;
        let found = findings(&found, &[source]);
        let told = |line: usize| found.iter().any(|f| f.code == "R0204" && f.line == line);
        if !(told(1) && told(last)) {
            wrong.push(case.name.clone());
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
