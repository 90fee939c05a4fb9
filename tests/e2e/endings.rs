//! Files that somebody takes for scenarios and whose name does not end in `.relance`.

use crate::support::Project;
use crate::support::project::SENTENCE;

#[test]
fn a_scenario_under_another_name_is_never_ignored_in_silence() {
    let project = Project::with(SENTENCE);
    let mut all = String::new();
    // Windows hides the ending that it adds.
    project.write("scenarios/suite/Plan bis.relance.txt", SENTENCE);
    for args in
        [&["verifier"][..], &["formater"], &["simuler", "--du", "2026-03-16"], &["executer", "--le", "2026-03-16"]]
    {
        let done = project.run(args).code(2);
        assert_eq!(done.out, "");
        all.push_str(&format!("──── {}\n{}", args[0], done.err));
    }
    assert!(!project.path("relance.db").exists(), "nothing was run");
    project.write("scenarios/autre.RELANCE.docx", SENTENCE);
    all.push_str(&format!("──── deux\n{}", project.run(&["verifier"]).code(2).err));
    std::fs::remove_dir_all(project.path("scenarios/suite")).unwrap();
    std::fs::remove_file(project.path("scenarios/autre.RELANCE.docx")).unwrap();

    // A document may be none: it is mentioned, and the rest runs. What editors leave behind is not spoken of.
    project.write("scenarios/notes.txt", "à revoir avec la direction");
    for name in ["plan.relance~", "plan.relance.bak", ".plan.relance.swp", "LISEZMOI.md"] {
        project.write(&format!("scenarios/{name}"), "…");
    }
    all.push_str(&format!("──── un document\n{}", project.run(&["verifier"]).code(0).told()));
    std::fs::remove_file(project.path("scenarios/notes.txt")).unwrap();
    project.run(&["verifier"]).fine();

    // Named on the command line, it is refused as well; capitals are fine.
    project.write("ailleurs/plan.txt", SENTENCE);
    project.write("ailleurs/plan.relance.txt", SENTENCE);
    project.write("ailleurs/plan", SENTENCE);
    for file in ["ailleurs/plan.txt", "ailleurs/plan.relance.txt", "ailleurs/plan"] {
        for verb in ["verifier", "formater"] {
            all.push_str(&format!("──── {verb} {file}\n{}", project.run(&[verb, file]).code(2).err));
        }
    }
    project.write("scenarios/plan.RELANCE", SENTENCE);
    std::fs::remove_file(project.path("scenarios/plan.relance")).unwrap();
    assert_eq!(project.run(&["verifier"]).fine().out, "Tout est en ordre : 1 scénario, 32 modèles.\n");
    project.run(&["verifier", "scenarios/plan.RELANCE"]).fine();
    insta::assert_snapshot!(all);
}
