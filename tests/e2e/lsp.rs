//! The language server, driven over its standard input and output.

use crate::support::{Editor, Project};
use serde_json::{Value, json};

const PLAN: &str = "scenarios/plan.relance";

/// A broken file: a fact that is misspelt, and a rule without its colon.
const BROKEN: &str = "scénario essai \"Un essai\"\n  à J+3 : email courtois\n  si retrad >= 15j alors email ferme puis appel\n  à J+10 email ferme\n  à J+30 : aller à contentieux\n\nétape contentieux \"Contentieux\"\n  à l'entrée : tâche \"Préparer le dossier\"\n  fin\n";

fn session() -> (Project, Editor) {
    let project = Project::with(BROKEN);
    let mut editor = Editor::start(&project, &[]);
    editor.begin();
    editor.open(PLAN, BROKEN);
    (project, editor)
}

fn left(editor: Editor) {
    assert_eq!(editor.leave(), (Some(0), String::new()));
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap()
}

#[test]
fn what_is_offered() {
    let project = Project::folder();
    let mut editor = Editor::start(&project, &[]);
    let offered = editor.begin();
    assert_eq!(offered["serverInfo"]["name"], "relance");
    insta::assert_snapshot!(pretty(&offered["capabilities"]));
    left(editor);
}

#[test]
fn findings_follow_the_text() {
    let (_project, mut editor) = session();
    insta::assert_snapshot!("findings_of_a_broken_file", pretty(&editor.findings(PLAN)));
    // The fact is spelt right, and the odd rule goes: two edits, of which the last is told.
    editor.change(PLAN, 2, (2, 5), (2, 11), "retard");
    editor.change(PLAN, 3, (3, 0), (4, 0), "");
    loop {
        let told = editor.findings(PLAN);
        if told["version"] == 3 {
            assert_eq!(told["diagnostics"], json!([]));
            break;
        }
    }
    left(editor);
}

#[test]
fn a_broken_file_is_completed_and_explained() {
    let (_project, mut editor) = session();
    // After `retr`, and after `email `.
    let labels = |answer: &Value| {
        let items = answer["items"].as_array().unwrap();
        items.iter().map(|item| item["label"].as_str().unwrap().to_owned()).collect::<Vec<_>>().join(" · ")
    };
    let facts = editor.at("textDocument/completion", PLAN, 2, 8);
    assert_eq!(labels(&facts), "retard · client.retard_moyen");
    insta::assert_snapshot!("a_fact_is_completed", pretty(&facts["items"][0]));
    let templates = editor.at("textDocument/completion", PLAN, 2, 31);
    insta::assert_snapshot!("templates_are_completed", labels(&templates));
    insta::assert_snapshot!("a_template_is_explained", pretty(&editor.at("textDocument/hover", PLAN, 1, 19)));
    insta::assert_snapshot!("a_stage_is_explained", pretty(&editor.at("textDocument/hover", PLAN, 4, 22)));
    assert_eq!(editor.at("textDocument/hover", PLAN, 5, 0), Value::Null);
    left(editor);
}

#[test]
fn names_are_found_and_changed() {
    let (project, mut editor) = session();
    insta::assert_snapshot!("definition_of_a_stage", pretty(&editor.at("textDocument/definition", PLAN, 4, 22)));
    let template = editor.at("textDocument/definition", PLAN, 1, 19);
    assert_eq!(template[0]["uri"], "projet:modeles/email/courtois.md");
    assert!(project.path("modeles/email/courtois.md").exists());
    let uri = editor.uri(PLAN);
    let place = json!({"line": 6, "character": 8});
    let asked = |name: &str| json!({"textDocument": {"uri": uri}, "position": place, "newName": name});
    let renamed = editor.result("textDocument/rename", asked("justice"));
    insta::assert_snapshot!("a_stage_is_renamed", pretty(&renamed));
    let refused = editor.ask("textDocument/rename", asked("fin"));
    assert_eq!(refused["error"]["message"], "`fin` est un mot du langage : choisissez un autre nom");
    left(editor);
}

#[test]
fn a_file_is_formatted_and_mended() {
    let (_project, mut editor) = session();
    editor.change(PLAN, 2, (1, 0), (1, 10), "A j+3:");
    let uri = editor.uri(PLAN);
    let file = json!({"uri": uri});
    let options = json!({"tabSize": 2, "insertSpaces": true});
    let edits = editor.result("textDocument/formatting", json!({"textDocument": file, "options": options}));
    insta::assert_snapshot!("a_file_is_formatted", pretty(&edits));
    let place = json!({"line": 2, "character": 6});
    let range = json!({"start": place, "end": place});
    let asked = json!({"textDocument": file, "range": range, "context": {"diagnostics": []}});
    let actions = editor.result("textDocument/codeAction", asked);
    insta::assert_snapshot!("a_suggestion_is_a_quick_fix", pretty(&actions));
    left(editor);
}

#[test]
fn outline_folds_and_colours() {
    let (_project, mut editor) = session();
    let uri = editor.uri(PLAN);
    let file = json!({"textDocument": {"uri": uri}});
    insta::assert_snapshot!("outline", pretty(&editor.result("textDocument/documentSymbol", file.clone())));
    let folds = editor.result("textDocument/foldingRange", file.clone());
    assert_eq!(folds.to_string(), r#"[{"endLine":8,"startLine":0},{"endLine":8,"startLine":6}]"#);
    let colours = editor.result("textDocument/semanticTokens/full", file);
    let data = colours["data"].as_array().unwrap();
    assert_eq!(data.len() % 5, 0);
    assert_eq!(data[..10], json!([0, 0, 8, 0, 0, 0, 9, 5, 7, 1]).as_array().unwrap()[..]);
    left(editor);
}

#[test]
fn what_is_odd_is_answered_and_never_the_end() {
    let (_project, mut editor) = session();
    let uri = editor.uri(PLAN);
    let mut codes = Vec::new();
    editor.raw("{pas du json");
    codes.push(editor.answer()["error"]["code"].clone());
    editor.raw("{\"jsonrpc\": \"2.0\", \"id\": 77}");
    codes.push(editor.answer()["error"]["code"].clone());
    for (method, params) in [
        ("textDocument/hover", json!({"position": 3})),
        ("textDocument/completion", Value::Null),
        ("textDocument/inconnu", json!({})),
        ("initialize", json!({"capabilities": {}})),
    ] {
        codes.push(editor.ask(method, params)["error"]["code"].clone());
    }
    assert_eq!(codes, [-32700, -32600, -32602, -32602, -32601, -32600]);
    for address in
        ["untitled:Untitled-1", "https://exemple.fr/x.relance", "file:///nulle/part.relance", "file:///%", ""]
    {
        let asked = json!({"textDocument": {"uri": address}, "position": {"line": 0, "character": 0}});
        assert_eq!(editor.result("textDocument/hover", asked), Value::Null, "{address}");
    }
    // Far behind the end, and a range that ends before it begins.
    let asked = json!({"textDocument": {"uri": uri}, "position": {"line": 4_000_000, "character": 4_000_000}});
    editor.result("textDocument/hover", asked);
    editor.change(PLAN, 2, (9, 0), (1, 0), "x");
    editor.notify("textDocument/didChange", json!({"textDocument": 3}));
    editor.notify("textDocument/didClose", json!({"textDocument": {"uri": "file:///nulle/part.relance"}}));
    left(editor);
}

#[test]
fn a_save_tells_what_is_proved_and_what_is_wrong_with_the_settings() {
    const NEVER: &str = "scénario suivi\n  à J+10 : email ferme\n  si retard >= 10j et montant >= 100 € et montant < 50 € alors appel\n";
    let project = Project::with(NEVER);
    let mut editor = Editor::start(&project, &[]);
    editor.begin();
    editor.open(PLAN, NEVER);
    assert_eq!(editor.findings(PLAN)["diagnostics"], json!([]));
    let saved = json!({"textDocument": {"uri": editor.uri(PLAN)}});
    editor.notify("textDocument/didSave", saved.clone());
    insta::assert_snapshot!("what_is_proved", pretty(&editor.findings(PLAN)["diagnostics"]));
    let settings = std::fs::read_to_string(project.path("relance.toml")).unwrap();
    project.write("relance.toml", format!("{settings}\n[email]\nexpediteurr = \"a@b.fr\"\n"));
    editor.notify("textDocument/didSave", saved.clone());
    insta::assert_snapshot!("settings_that_are_wrong", pretty(&editor.findings("relance.toml")["diagnostics"]));
    project.write("relance.toml", settings);
    editor.notify("textDocument/didSave", saved);
    assert_eq!(editor.findings("relance.toml")["diagnostics"], json!([]));
    left(editor);
}

#[test]
fn a_file_without_project_is_answered_with_less() {
    let folder = Project::folder();
    let mut editor = Editor::start(&folder, &[]);
    editor.begin();
    editor.open("seul.relance", "si retrad >= 15j et segment = vip alors email ferme\n");
    let told = editor.findings("seul.relance");
    let codes: Vec<&Value> = told["diagnostics"].as_array().unwrap().iter().map(|found| &found["message"]).collect();
    assert_eq!(codes.len(), 1, "{codes:?}");
    assert!(codes[0].as_str().unwrap().contains("`retrad`"));
    left(editor);
}

#[test]
fn columns_are_those_of_the_client() {
    for (encoding, column) in [("utf-8", 28), ("utf-16", 24), ("utf-32", 23)] {
        let project = Project::folder();
        let mut editor = Editor::start(&project, &[]);
        let general = json!({"general": {"positionEncodings": [encoding]}});
        let begun = editor.result("initialize", json!({"processId": null, "capabilities": general}));
        assert_eq!(begun["capabilities"]["positionEncoding"], encoding);
        editor.open("seul.relance", "à J+3 : note \"é𝄞\" et si\n");
        editor.notify("textDocument/didClose", json!({"textDocument": {"uri": editor.uri("seul.relance")}}));
        editor.open("deux.relance", "à J+3 : note \"é𝄞\" puis zut\n");
        let told = editor.findings("deux.relance");
        assert_eq!(told["diagnostics"][0]["range"]["start"]["character"], column, "{encoding} {told}");
        left(editor);
    }
}

#[test]
fn a_session_ends_as_it_should() {
    let project = Project::folder();
    let mut editor = Editor::start(&project, &[]);
    let early = editor.ask("textDocument/hover", json!({}));
    assert_eq!(early["error"]["code"], -32002);
    editor.begin();
    let (code, told) = editor.gone();
    assert_eq!(code, Some(1));
    assert_eq!(told, "l’éditeur est parti sans clore la session\n");
}

#[test]
fn hover_tells_the_value_of_an_invoice() {
    let project = Project::with("à J+3 : email courtois\nsi reste_dû >= 10 € et retard >= 30j alors email ferme\n");
    project.write(
        "donnees/factures.csv",
        "numero;client;date_emission;date_echeance;montant_ttc\nF1;C1;01/01/2026;31/01/2026;1200,00\n",
    );
    project.write("donnees/clients.csv", "code;nom;segment;email\nC1;Martin;vip;c1@exemple.fr\n");
    project.run(&["importer", "donnees", "--le", "2026-02-02"]).fine();
    project.run(&["executer", "--le", "2026-02-02"]).fine();
    let mut editor = Editor::start(&project, &["--facture", "F1"]);
    editor.begin();
    editor.open("scenarios/plan.relance", "si reste_dû >= 10 € et retard >= 30j alors email ferme\n");
    let told = editor.at("textDocument/hover", PLAN, 0, 5);
    let text = told["contents"]["value"].as_str().unwrap().to_owned();
    assert!(text.replace(['\u{a0}', '\u{202f}'], " ").contains("Facture F1 : **1 200,00 €**"), "{text}");
    left(editor);
}
