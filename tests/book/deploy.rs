//! What an installation starts from: the files of `server/deploy/` fit the program, the sources and each other.

use crate::blocks::root;
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::Command;
use yaml_rust2::{Yaml, YamlLoader};

fn folder() -> PathBuf {
    root().join("server/deploy")
}

fn text(name: &str) -> String {
    std::fs::read_to_string(folder().join(name)).unwrap()
}

/// The program takes this verb with these options, and no other.
fn is_taken(words: &[&str]) {
    let options: Vec<&str> = words.iter().copied().filter(|word| word.starts_with("--")).collect();
    let [verb, ..] = words else { panic!("no verb in {words:?}") };
    let help = Command::new(env!("CARGO_BIN_EXE_relance")).args([verb, "--help"]).output().unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    for option in options {
        assert!(help.split_whitespace().any(|word| word == option), "{verb} has no {option}\n{help}");
    }
}

fn strings(list: &Yaml) -> Vec<&str> {
    list.as_vec().unwrap().iter().map(|one| one.as_str().unwrap()).collect()
}

#[test]
fn every_file_is_told_of_where_people_install() {
    let page = std::fs::read_to_string(root().join("docs/exploitation.md")).unwrap();
    for entry in std::fs::read_dir(folder()).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(page.contains(&format!("(../server/deploy/{name})")), "{name}");
    }
}

#[test]
fn the_unit_is_one_and_starts_what_there_is() {
    let unit = text("relance.service");
    let value = |key: &str| {
        let lines: Vec<&str> = unit.lines().filter_map(|line| line.strip_prefix(key)?.strip_prefix('=')).collect();
        assert_eq!(lines.len(), 1, "{key}");
        lines[0].to_owned()
    };
    let start = value("ExecStart");
    let words: Vec<&str> = start.split(' ').collect();
    is_taken(&words[1..]);
    assert_eq!(value("ReadWritePaths"), value("WorkingDirectory"));
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("relance.service");
    std::fs::write(&copy, unit.replace(words[0], env!("CARGO_BIN_EXE_relance"))).unwrap();
    let Ok(judged) = Command::new("systemd-analyze").arg("verify").arg(&copy).output() else {
        println!("IGNORÉ : systemd-analyze n’est pas installé");
        return;
    };
    let said = String::from_utf8_lossy(&judged.stderr).into_owned();
    assert!(judged.status.success() && !said.contains("relance.service:"), "{said}");
}

#[test]
fn the_image_copies_what_is_built() {
    let file = text("Dockerfile");
    let json = |verb: &str| -> Vec<String> {
        let line = file.lines().find_map(|line| line.strip_prefix(verb)).unwrap();
        serde_json::from_str(line).unwrap()
    };
    assert_eq!(json("ENTRYPOINT "), ["relance"]);
    let start = json("CMD ");
    is_taken(&start.iter().map(String::as_str).collect::<Vec<_>>());
    let wanted = std::fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let version = wanted.lines().find_map(|line| line.strip_prefix("rust-version = \"")).unwrap().trim_end_matches('"');
    assert!(file.contains(&format!("FROM rust:{version}-")), "the image builds with another Rust than {version}");
    assert!(file.contains("COPY --from=construction /src/target/release/relance /usr/local/bin/relance"));
    assert!(file.lines().rev().any(|line| line == "USER relance"));
}

#[test]
fn the_composition_fits_together() {
    let parsed = YamlLoader::load_from_str(&text("compose.yaml")).unwrap().remove(0);
    let services = &parsed["services"];
    let names: BTreeSet<&str> = services.as_hash().unwrap().keys().filter_map(Yaml::as_str).collect();
    assert_eq!(names, BTreeSet::from(["base", "relais", "relance"]));
    let ours = &services["relance"];
    let command = strings(&ours["command"]);
    is_taken(&command);
    let base = command.iter().find_map(|word| word.strip_prefix("postgres://relance@base/")).unwrap();
    assert_eq!(services["base"]["environment"]["POSTGRES_DB"].as_str(), Some(base));
    assert!(ours["depends_on"]["base"]["condition"].as_str() == Some("service_healthy"));
    let build = folder().join(ours["build"]["context"].as_str().unwrap());
    assert!(build.join(ours["build"]["dockerfile"].as_str().unwrap()).is_file());
    let volumes: BTreeSet<&str> = parsed["volumes"].as_hash().unwrap().keys().filter_map(Yaml::as_str).collect();
    for service in names {
        for volume in strings(&services[service]["volumes"]) {
            let (from, to) = volume.split_once(':').unwrap();
            assert!(to.starts_with('/'), "{volume}");
            let known = volumes.contains(from) || matches!(from, "./projet") || folder().join(from).is_file();
            assert!(known, "{service}: {volume}");
        }
    }
    let port = command.iter().find_map(|word| word.strip_prefix("0.0.0.0:")).unwrap();
    assert!(text("Caddyfile").contains(&format!("reverse_proxy relance:{port}")));
    assert!(text("nginx.conf").contains(&format!("proxy_pass http://127.0.0.1:{port};")));
    assert!(
        text("Dockerfile").contains(&format!("EXPOSE {port}")) && text("relance.service").contains(&format!(":{port}"))
    );
}

/// Whoever asks the relay gets no page that is for programs of the house, and tells nobody else's address.
#[test]
fn relays_keep_what_is_for_the_house() {
    for relay in ["Caddyfile", "nginx.conf"] {
        let text = text(relay);
        for page in ["sante", "pret", "metriques", "metrics"] {
            assert!(text.contains(page), "{relay} lets {page} out");
        }
        assert!(!text.contains("$proxy_add_x_forwarded_for"), "{relay} believes visitors");
    }
}
