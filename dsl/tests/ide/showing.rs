//! Outline, folding and colours.

use crate::{FILE, with_cursor};
use relance_dsl::ide::{Outline, folds, outline, paint};

const FILE_TEXT: &str = "# Un commentaire
# sur deux lignes
champ secteur : texte
segment risque : si client.retard_moyen > 20j

scénario a \"Le a\"
  calendrier france
  à J+3 : email courtois # petit rappel
  si retard >= 15j et segment = risque
    et secteur = \"btp\" alors email ferme puis après 2 jours ouvrés sms rappel
  zorglub
  à J+30 : aller à fin_a

étape fin_a \"La fin\"
  à l'entrée : tâche \"x\" à direction
  fin

test \"x\"
  facture F1 de 1 200 € échue le 03/03/2026
  état final fin_a
▮";

fn listed(parts: &[Outline], depth: usize, text: &str, told: &mut String) {
    for part in parts {
        let lines = text[part.span.start..part.span.end].matches('\n').count() + 1;
        told.push_str(&format!("{}{:?} {} {} ({lines})\n", "  ".repeat(depth), part.kind, part.name, part.detail));
        assert!(part.span.start <= part.name_span.start && part.name_span.end <= part.span.end);
        listed(&part.children, depth + 1, text, told);
    }
}

#[test]
fn the_outline_holds_stages_and_rules() {
    let (workspace, _) = with_cursor(FILE_TEXT);
    let mut told = String::new();
    listed(&outline(&workspace, FILE), 0, workspace.text(FILE).unwrap(), &mut told);
    insta::assert_snapshot!(told);
}

#[test]
fn what_folds() {
    let (workspace, _) = with_cursor(FILE_TEXT);
    let text = workspace.text(FILE).unwrap();
    let line = |at: usize| text[..at].matches('\n').count() + 1;
    let told: Vec<String> = folds(&workspace, FILE)
        .iter()
        .map(|fold| {
            format!(
                "{}–{}{}",
                line(fold.span.start),
                line(fold.span.end),
                if fold.comment { " commentaire" } else { "" }
            )
        })
        .collect();
    insta::assert_snapshot!(told.join("\n"));
}

#[test]
fn colours() {
    let (workspace, _) = with_cursor(FILE_TEXT);
    let text = workspace.text(FILE).unwrap();
    let mut told = String::new();
    let mut line = 0;
    let mut end = 0;
    for word in paint(&workspace, FILE) {
        assert!(word.span.start >= end, "two colours on one word");
        end = word.span.end;
        let here = text[..word.span.start].matches('\n').count();
        told.push_str(if here > line { "\n" } else { " " });
        line = here;
        let defines = if word.defines { "!" } else { "" };
        told.push_str(&format!("{}[{:?}{defines}]", &text[word.span.start..word.span.end], word.paint));
    }
    insta::assert_snapshot!(told.trim_start());
}
