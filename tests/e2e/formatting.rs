//! `formater`: files in place, a look before, and a filter for editors.

use crate::support::{Done, Project};
use std::io::Write;
use std::process::Stdio;

const UNTIDY: &str = "SI retard>=15 jours et segment=mauvais_payeur alors EMAIL ferme   puis appel # ferme\r\n\
                      a j+30:courrier dernier_avis\r\n";

fn project() -> Project {
    let project = Project::with(UNTIDY);
    project.write("scenarios/net.relance", "scénario net\n  priorité 1\n  à J+3 : appel\n");
    project.write("scenarios/faux.relance", "à J+3:appel\nsi retrad >>  15 alors email\n");
    project
}

fn filter(project: &Project, args: &[&str], input: &str) -> Done {
    let mut command = project.command(args);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    Done::of(child.wait_with_output().unwrap())
}

#[test]
fn looking_formatting_and_again() {
    let project = project();
    let read = |name: &str| std::fs::read_to_string(project.path(name)).unwrap();
    let mut all = String::new();
    let mut tell = |args: &[&str], code: i32| {
        all.push_str(&format!("$ relance {}\n{}\n", args.join(" "), project.run(args).code(code).told()));
    };
    tell(&["formater", "--verifier"], 1);
    assert_eq!(read("scenarios/plan.relance"), UNTIDY, "--verifier writes nothing");
    tell(&["formater"], 0);
    tell(&["formater", "--verifier"], 0);
    tell(&["fmt", "scenarios/net.relance"], 0);
    tell(&["formater", "absent.relance"], 3);
    tell(&["formater", "scenarios"], 2);
    tell(&["formater", "-", "scenarios/net.relance"], 2);
    project.write("scenarios/latin.relance", b"si retard >= 15j alors t\xe2che \"x\"\n");
    tell(&["formater", "scenarios/latin.relance"], 1);
    all.push_str(&format!(
        "──── plan ────\n{}──── faux ────\n{}",
        read("scenarios/plan.relance"),
        read("scenarios/faux.relance")
    ));
    let left = std::fs::read_dir(project.path("scenarios")).unwrap().count();
    assert_eq!(left, 4, "no temporary file stays");
    insta::assert_snapshot!(all);
}

#[test]
fn a_filter_for_editors() {
    let project = Project::folder();
    let done = filter(&project, &["formater", "-"], UNTIDY).fine();
    assert_eq!(
        done.out,
        "si retard >= 15j et segment = mauvais_payeur alors email ferme puis appel  # ferme\nà J+30 : courrier dernier_avis\n"
    );
    assert_eq!(filter(&project, &["formater", "-"], &done.out).fine().out, done.out);
    filter(&project, &["formater", "--verifier", "-"], UNTIDY).code(1);
    assert_eq!(filter(&project, &["formater", "--verifier", "-"], &done.out).fine().out, "");
}

#[cfg(unix)]
#[test]
fn rights_and_links_stay() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let project = project();
    let plan = project.path("scenarios/plan.relance");
    std::fs::set_permissions(&plan, std::fs::Permissions::from_mode(0o640)).unwrap();
    symlink(&plan, project.path("lien.relance")).unwrap();
    project.run(&["formater", "lien.relance"]).fine();
    assert_eq!(std::fs::metadata(&plan).unwrap().permissions().mode() & 0o777, 0o640);
    assert!(std::fs::symlink_metadata(project.path("lien.relance")).unwrap().is_symlink());
    assert!(std::fs::read_to_string(&plan).unwrap().starts_with("si retard >= 15j"));
    // What is read-only is not replaced behind its owner's back.
    std::fs::write(&plan, UNTIDY).unwrap();
    std::fs::set_permissions(&plan, std::fs::Permissions::from_mode(0o440)).unwrap();
    project.run(&["formater", "lien.relance"]).code(3);
    assert_eq!(std::fs::read_to_string(&plan).unwrap(), UNTIDY);
}
