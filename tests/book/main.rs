//! Every example of README.md and docs/*.md is run: what a page shows is what the product does.
//!
//! What stands after the opening fence says what a block is:
//! - `relance`: a scenario that compiles without any finding in a project made by `init`; with a file name after it, it is also
//!   written there for the commands that follow on the page;
//! - `relance,erreur` or `relance-faux`: a scenario that does not compile, written in the same way;
//! - `relance,inclus FILE`: a file that others include, written for them;
//! - `rhai FILE`: a part of a script, written for the scenarios of the page; its functions are run by `relance tester`;
//! - `yaml`: a workflow: it is parsed, and its `relance` commands are run and end well;
//! - `console`: commands (`$ …`) and what they print, run in order in one temporary folder a page. Every line shown must be
//!   printed, in this order; `…` stands for anything, within a line or alone. `console,erreur`: the last command fails;
//! - `csv FILE`: a file, written for the commands that follow; without a folder in its name, it is tried by the import's own tests;
//! - `modele FILE`: a template, written for the commands that follow; `rust` and `text` with a file name are written, too;
//! - `toml`: a part of `relance.toml`;
//! - `sh`, `cron`: commands of the system around `relance`, of which only the `relance` commands are tried (that they exist);
//! - `rust`, `text`, `json`, or nothing: shown, not run.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod blocks;
mod deploy;
mod sandbox;

use blocks::{Page, pages, root};
use relance_engine::config::Config;
use sandbox::Sandbox;
use std::path::Path;
use yaml_rust2::{Yaml, YamlLoader};

fn page(name: &str) -> Page {
    pages().into_iter().find(|page| page.name == name).unwrap_or_else(|| panic!("{name} manque"))
}

/// Blanks of every kind count as one space.
fn plain(line: &str) -> String {
    line.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whether the shown line is the printed one; `…` stands for anything.
fn matches(shown: &str, printed: &str) -> bool {
    let pieces: Vec<&str> = shown.split('…').map(str::trim).collect();
    let [first, .., last] = pieces.as_slice() else { return printed == shown };
    let Some(mut rest) = printed.strip_prefix(first) else { return false };
    for piece in &pieces[1..] {
        match rest.find(piece) {
            Some(at) => rest = &rest[at + piece.len()..],
            None => return false,
        }
    }
    printed.ends_with(last)
}

/// The first shown line that is not printed after the ones before it.
fn missing<'a>(shown: &[&'a str], printed: &str) -> Option<&'a str> {
    let mut printed = printed.lines().map(plain);
    shown.iter().map(|line| (line, plain(line))).find_map(|(line, wanted)| {
        let there = wanted.is_empty() || wanted == "…" || printed.any(|line| matches(&wanted, &line));
        (!there).then_some(*line)
    })
}

#[test]
fn every_block_is_of_a_known_kind() {
    const KINDS: [&str; 18] = [
        "relance",
        "relance,inclus",
        "rhai",
        "yaml",
        "relance,erreur",
        "relance-faux",
        "console",
        "console,erreur",
        "csv",
        "modele",
        "toml",
        "sh",
        "cron",
        "rust",
        "text",
        "json",
        "http",
        "",
    ];
    for block in pages().iter().flat_map(Page::blocks) {
        assert!(KINDS.contains(&block.kind.as_str()), "{} : bloc `{}` inconnu", block.place, block.kind);
    }
}

#[test]
fn every_scenario_is_what_the_page_says() {
    let mut sandbox = Sandbox::project();
    let (mut good, mut bad) = (0, 0);
    for block in pages().iter().flat_map(Page::blocks) {
        if matches!(block.kind.as_str(), "relance,inclus" | "rhai") {
            sandbox.add(&block);
        }
        let fine = match block.kind.as_str() {
            "relance" => true,
            "relance,erreur" | "relance-faux" => false,
            _ => continue,
        };
        sandbox.write("scenarios/exemple.relance", &block.text);
        let answer = sandbox.relance(&["verifier", "scenarios/exemple.relance", "--format", "court"]);
        if fine {
            good += 1;
            // That a script reads time is told of a scenario in which nothing is wrong.
            let clean = answer.text.lines().all(|line| line.contains("info[R0623]"));
            assert!(answer.code == 0 && clean, "{}\n{}", block.place, answer.text);
        } else {
            bad += 1;
            assert_eq!(answer.code, 1, "{} : ce scénario devait être refusé\n{}", block.place, answer.text);
        }
    }
    assert!(good > 40 && bad > 3, "{good} scénarios, {bad} contre-exemples : des blocs ne sont plus reconnus");
}

#[test]
fn every_command_does_what_the_page_says() {
    let mut commands = 0;
    for page in pages() {
        let mut sandbox = Sandbox::new();
        for block in page.blocks() {
            match block.kind.as_str() {
                "relance" | "relance,erreur" | "csv" | "modele" | "rust" | "text" if block.file.contains('/') => {
                    sandbox.write(&block.file, &block.text)
                }
                "rhai" => sandbox.add(&block),
                "yaml" => commands += workflow(&mut sandbox, &block),
                "console" => commands += console(&mut sandbox, &block, true),
                "console,erreur" => commands += console(&mut sandbox, &block, false),
                _ => {}
            }
        }
    }
    assert!(commands > 20, "{commands} commandes : des blocs ne sont plus reconnus");
}

/// Runs the commands of a block; the last one ends well or not. Says how many there were.
fn console(sandbox: &mut Sandbox, block: &blocks::Block, well: bool) -> usize {
    let mut commands: Vec<(&str, Vec<&str>)> = Vec::new();
    for line in block.text.lines() {
        match (line.strip_prefix("$ "), commands.last_mut()) {
            (Some(command), _) => commands.push((command, Vec::new())),
            (None, Some((_, shown))) => shown.push(line),
            (None, None) => panic!("{} : `{line}` ne suit aucune commande", block.place),
        }
    }
    assert!(!commands.is_empty(), "{} : aucune commande", block.place);
    for (n, (command, shown)) in commands.iter().enumerate() {
        let answer = sandbox.line(command);
        let expected = well || n + 1 < commands.len();
        assert_eq!(answer.code == 0, expected, "{} : {command}\ncode {}\n{}", block.place, answer.code, answer.text);
        if let Some(line) = missing(shown, &answer.text) {
            panic!("{} : {command}\nligne absente : {line}\nréponse :\n{}", block.place, answer.text);
        }
    }
    commands.len()
}

/// Parses a workflow and runs the `relance` commands in it. Says how many there were.
fn workflow(sandbox: &mut Sandbox, block: &blocks::Block) -> usize {
    let parsed = YamlLoader::load_from_str(&block.text).unwrap_or_else(|e| panic!("{} : {e}", block.place));
    let mut texts = Vec::new();
    parsed.iter().for_each(|document| strings(document, &mut texts));
    let commands: Vec<&str> =
        texts.iter().flat_map(|text| text.lines()).filter(|l| l.starts_with("relance ")).collect();
    assert!(commands.len() > 3, "{} : {commands:?}", block.place);
    for command in &commands {
        let answer = sandbox.line(command.split(" > ").next().unwrap());
        assert_eq!(answer.code, 0, "{} : {command}\n{}", block.place, answer.text);
    }
    commands.len()
}

/// Every text of a YAML document.
fn strings<'y>(yaml: &'y Yaml, found: &mut Vec<&'y str>) {
    match yaml {
        Yaml::String(text) => found.push(text),
        Yaml::Array(items) => items.iter().for_each(|item| strings(item, found)),
        Yaml::Hash(entries) => entries.iter().for_each(|(_, value)| strings(value, found)),
        _ => {}
    }
}

#[test]
fn every_part_of_the_settings_is_accepted() {
    for block in pages().iter().flat_map(Page::blocks).filter(|block| block.kind == "toml") {
        let creditor = if block.text.contains("[creancier]") { "" } else { "\n[creancier]\nnom = \"Essai\"\n" };
        let found = Config::parse(&format!("{}{creditor}", block.text), Path::new("relance.toml"));
        assert!(found.is_ok(), "{}\n{found:?}", block.place);
    }
}

/// The verbs that `relance --help` lists.
fn verbs() -> Vec<String> {
    let help = Sandbox::new().relance(&["--help"]).text;
    let list = help.split("Commandes :\n").nth(1).unwrap().split("\n\n").next().unwrap();
    let verb = |line: &str| line.strip_prefix("  ").filter(|rest| !rest.starts_with(' ')).map(str::to_owned);
    list.lines().filter_map(verb).map(|rest| rest.split(' ').next().unwrap().to_owned()).collect()
}

#[test]
fn the_guide_names_every_command() {
    let (guide, verbs) = (page("docs/guide.md").text, verbs());
    assert!(verbs.len() > 8, "{verbs:?}");
    for verb in verbs {
        assert!(guide.contains(&format!("relance {verb}")), "docs/guide.md ne parle pas de `relance {verb}`");
    }
}

#[test]
fn commands_around_relance_exist() {
    let verbs = verbs();
    for block in pages().iter().flat_map(Page::blocks).filter(|b| b.kind == "sh" || b.kind == "cron") {
        for command in block.text.lines().filter(|l| !l.starts_with('#')).flat_map(|l| l.split("&&")) {
            if let Some((_, rest)) = command.split_once("relance ").filter(|(before, _)| before.trim().is_empty()) {
                let verb = rest.split_whitespace().next().unwrap_or("");
                assert!(verb.starts_with('-') || verbs.iter().any(|v| v == verb), "{} : {command}", block.place);
            }
        }
    }
}

#[test]
fn the_readme_gives_the_two_commands() {
    let readme = page("README.md").text;
    assert!(readme.contains("$ cargo run --release -- demo\n"));
    assert!(readme.contains("\ncargo test --workspace\n"));
}

#[test]
fn links_and_names_of_files_lead_somewhere() {
    for page in pages() {
        let folder = root().join(&page.name).parent().unwrap().to_owned();
        for link in page.text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let file = link.split('#').next().unwrap();
            if !(file.is_empty() || file.contains("://") || file.contains('…') || file.contains("{{")) {
                assert!(folder.join(file).exists(), "{} : lien mort `{link}`", page.name);
            }
        }
    }
    let architecture = page("docs/architecture.md");
    let mut named = 0;
    for name in architecture.text.split('`').skip(1).step_by(2) {
        let tops = ["cli/", "docs/", "dsl/", "engine/", "scenarios/", "tests/"];
        if tops.iter().any(|top| name.starts_with(top)) {
            named += 1;
            assert!(root().join(name).exists(), "docs/architecture.md : `{name}` n’existe pas");
        }
    }
    assert!(named > 20, "{named} fichiers nommés");
}
