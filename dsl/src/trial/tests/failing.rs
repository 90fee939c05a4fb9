//! Tests that do not say what happens: what a person reads.

use super::{fails, outcomes, with};
use insta::assert_snapshot;

#[test]
fn a_call_waits_for_the_cap() {
    assert_snapshot!(fails(&with(
        "  facture F1 de 1 200 € échue le 03/03/2026
           le 18/03/2026 : email ferme
           le 20/03/2026 : appel"
    )));
}

#[test]
fn a_call_waits_and_is_paid_away() {
    assert_snapshot!(fails(&with(
        "  facture F1 de 1 200 € échue le 03/03/2026
           le 18/03/2026 : email ferme
           le 20/03/2026 : appel
           le 20/03/2026 : paiement total et email remerciement
           ensuite rien
           état final soldée"
    )));
}

#[test]
fn something_more_happens_on_a_named_day() {
    assert_snapshot!(fails(&with(
        "  facture F1 de 1 200 € échue le 03/03/2026
           le 06/03/2026 : rien
           le 20/03/2026 : paiement total"
    )));
}

#[test]
fn something_more_happens_afterwards() {
    assert_snapshot!(fails(&with(
        "  facture F1 de 1 200 € échue le 03/03/2026
           le 18/03/2026 : email ferme
           ensuite rien
           état final plan"
    )));
}

#[test]
fn another_template_and_another_recipient() {
    assert_snapshot!(fails(&with(
        "  facture F1 de 1 200 € échue le 03/03/2026
           le 06/03/2026 : email ferme
           le 18/03/2026 : email ferme à direction"
    )));
}

#[test]
fn a_dispute_holds_it() {
    assert_snapshot!(fails(&with(
        "  facture F1 de 1 200 € échue le 03/03/2026
           le 10/03/2026 : litige
           le 18/03/2026 : email ferme"
    )));
}

#[test]
fn a_condition_is_false() {
    assert_snapshot!(fails(
        "scénario suivi
  si retard >= 5j et montant >= 1 000 € alors email ferme
  à J+3 : email courtois
  test \"une petite facture\"
    facture F1 de 100 € échue le 02/03/2026
    le 09/03/2026 : email ferme
    le 10/03/2026 : sms rappel"
    ));
}

#[test]
fn a_minimum_holds_it() {
    assert_snapshot!(fails(
        "scénario suivi
  minimum 50 €
  à J+3 : email courtois
  test \"sous le minimum\"
    facture F1 de 40 € échue le 02/03/2026
    le 05/03/2026 : email courtois"
    ));
}

#[test]
fn no_scenario_takes_it() {
    assert_snapshot!(fails(
        "scénario suivi
  pour les factures où segment = vip
  à J+3 : email courtois
  test \"sans segment\"
    facture F1 de 40 € échue le 02/03/2026
    le 05/03/2026 : email courtois"
    ));
}

#[test]
fn an_approval_is_missing() {
    assert_snapshot!(fails(&with(
        "  facture F1 de 1 200 € échue le 03/03/2026
           le 02/04/2026 : aller à mise_en_demeure et lettre_recommandée mise_en_demeure
           le 02/04/2026 : personne ne valide
           état final contentieux"
    )));
}

#[test]
fn a_line_about_people_meets_nothing() {
    assert_snapshot!(fails(&with(
        "  facture F1 de 1 200 € échue le 03/03/2026
           le 05/03/2026 : validation refusée et appel sans réponse
           le 25/02/2026 : échec de l'email"
    )));
}

#[test]
fn one_of_two_invoices() {
    assert_snapshot!(fails(
        "scénario suivi
  regrouper par client
  à J+3 : email courtois
  test \"deux factures\"
    facture F1 de 100 € échue le 02/03/2026
    facture F2 de 200 € échue le 02/03/2026
    le 05/03/2026 : email courtois pour F1
    état final de F2 : soldée"
    ));
}

#[test]
fn the_other_state() {
    assert_snapshot!(fails(&with(
        "  facture F1 de 1 200 € échue le 03/03/2026
           le 10/03/2026 : lettre_recommandée mise_en_demeure"
    )));
}

#[test]
fn a_long_text_is_broken() {
    assert_snapshot!(fails(
        "scénario suivi
  à J+3 : tâche \"Demander au commercial si la livraison a bien été acceptée, puis écrire au client\"
  test \"un long texte\"
    facture F1 de 100 € échue le 02/03/2026
    le 05/03/2026 : tâche \"Demander au commercial si la livraison a bien été refusée, puis écrire au client\""
    ));
}

#[test]
fn the_same_test_tells_the_same() {
    let text = with("  facture F1 de 1 200 € échue le 03/03/2026\n  le 20/03/2026 : appel\n  ensuite rien");
    assert_eq!(outcomes(&text), outcomes(&text));
}

#[test]
fn an_action_that_fails_by_itself_is_not_left_unsaid() {
    let told = fails(
        "scénario suivi
  à J+1 : email courtois à défaut sms rappel
  test \"aucune adresse\"
    client C1 email \"\"
    facture F1 de 100 € échue le 02/03/2026, client C1
    le 03/03/2026 : sms rappel",
    );
    insta::assert_snapshot!(told);
}
