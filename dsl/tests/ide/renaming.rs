//! Rename.

use crate::{FILE, with_files};
use relance_dsl::ide::{Edit, rename};

fn apply(text: &str, edits: &[Edit]) -> String {
    let mut text = text.to_owned();
    let mut edits: Vec<&Edit> = edits.iter().collect();
    edits.sort_by_key(|edit| std::cmp::Reverse(edit.span.start));
    for edit in edits {
        text.replace_range(edit.span.start..edit.span.end, &edit.text);
    }
    text
}

fn check_in(marked: &str, others: &[(&str, &str)], name: &str) -> String {
    let (workspace, at) = with_files(marked, others);
    let edits = match rename(&workspace, FILE, at, name) {
        Ok(edits) => edits,
        Err(why) => return format!("refusé : {why}"),
    };
    let mut told = String::new();
    for path in workspace.paths() {
        let of_file: Vec<Edit> = edits.iter().filter(|edit| edit.file == path).cloned().collect();
        told.push_str(&format!("{path}\n{}\n", apply(workspace.text(path).unwrap(), &of_file)));
    }
    told
}

const STAGES: &str = "à J+3 : aller à re▮lance_forte\nsi étape = relance_forte alors note \"relance_forte\" # relance_forte\nétape relance_forte\nfin\nétape fini\nfin";

#[test]
fn every_use_follows() {
    insta::assert_snapshot!(check_in(STAGES, &[], "dernière_chance"));
    let other = [("scenarios/b.relance", "scénario b\npour les factures où secteur = \"x\"\nà J+3 : appel\n")];
    insta::assert_snapshot!(check_in("champ Sec▮teur : texte\nà J+3 : appel", &other, "branche"));
}

#[test]
fn what_is_refused() {
    let refused: String = [
        (STAGES, "fini"),
        (STAGES, "plan"),
        (STAGES, "fin"),
        (STAGES, "deux mots"),
        ("si ret▮ard > 3j alors appel", "x"),
        ("si segment = v▮ip alors appel", "x"),
        ("à J+3 : email fer▮me", "x"),
        ("à J+3 : em▮ail ferme", "x"),
        ("champ sec▮teur : texte", "reste_du"),
    ]
    .map(|(marked, name)| format!("{name} : {}\n", check_in(marked, &[], name)))
    .concat();
    insta::assert_snapshot!(refused);
}
