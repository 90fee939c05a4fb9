//! Tests that say what happens.

use super::{fails, passes, with};

#[test]
fn a_payment_stops_the_call() {
    passes(&with(
        "  facture F1 de 1 200 € échue le 03/03/2026
           le 18/03/2026 : email ferme
           le 20/03/2026 : paiement de 1 200 €
           le 20/03/2026 : email remerciement
           ensuite rien
           état final soldée",
    ));
}

#[test]
fn a_cap_and_a_weekend_move_a_call() {
    passes(&with(
        "  facture F1 de 1 200 € échue le 03/03/2026
           le 26/02/2026 : email rappel_amical
           le 06/03/2026 : email courtois
           le 18/03/2026 : email ferme
           le 20/03/2026 : rien
           le 21/03/2026 : rien
           le 23/03/2026 à 9h : appel",
    ));
}

#[test]
fn states_and_approvals() {
    passes(&with(
        "  facture F1 de 1 200 € échue le 03/03/2026
           le 02/04/2026 : aller à mise_en_demeure et lettre_recommandée mise_en_demeure après validation de direction
           le 15/04/2026 : aller à contentieux, transmettre \"Recouvrement\" et tâche \"constituer le dossier\"
           ensuite rien
           état final contentieux",
    ));
    passes(&with(
        "  facture F1 de 1 200 € échue le 03/03/2026
           le 02/04/2026 : aller à mise_en_demeure et validation refusée
           ensuite rien
           état final mise_en_demeure",
    ));
    // Given later, at an hour: the letter leaves then.
    passes(&with(
        "  facture F1 de 1 200 € échue le 03/03/2026
           le 02/04/2026 : aller à mise_en_demeure et personne ne valide
           le 07/04/2026 à 14h : validation accordée
           le 07/04/2026 à 14h : lettre_recommandée mise_en_demeure
           état final contentieux",
    ));
}

#[test]
fn an_approval_that_nobody_gives_expires() {
    passes(&with(
        "  facture F1 de 1 200 € échue le 03/03/2026
           personne ne valide
           le 02/04/2026 : aller à mise_en_demeure
           le 18/04/2026 : tâche \"Décider de la suite de la facture F1 : l’entrée dans « Mise en demeure » n’a pas abouti (validation non donnée à temps)\"
           ensuite rien
           état final mise_en_demeure",
    ));
}

#[test]
fn promises() {
    passes(&with(
        "  facture F1 de 1 200 € échue le 03/03/2026
           le 09/03/2026 : promesse de 1 200 € pour le 16/03/2026
           le 18/03/2026 : rien
           le 19/03/2026 : email promesse_non_tenue à comptabilité et tâche \"Rappeler le client\"
           le 23/03/2026 : email ferme",
    ));
    passes(&with(
        "  facture F1 de 1 200 € échue le 03/03/2026
           le 09/03/2026 : promesse pour le 16/03/2026
           le 16/03/2026 : paiement total et email remerciement
           ensuite rien
           état final soldée",
    ));
}

#[test]
fn disputes_stops_and_replies() {
    passes(&with(
        "  facture F1 de 1 200 € échue le 03/03/2026
           le 10/03/2026 : litige
           ensuite rien
           état final plan",
    ));
    passes(&with(
        "  facture F1 de 1 200 € échue le 03/03/2026
           le 10/03/2026 : litige
           le 18/03/2026 : rien
           le 25/03/2026 : litige clos et email ferme",
    ));
    // The engine asks somebody to read the answer; a test may say so, or not.
    for said in ["réponse", "réponse et tâche \"Lire la réponse du client au sujet de la facture F1\""] {
        passes(&with(&format!(
            "  facture F1 de 1 200 € échue le 03/03/2026
               le 17/03/2026 : {said}
               le 18/03/2026 : rien
               le 25/03/2026 : email ferme"
        )));
    }
    passes(&with(
        "  facture F1 de 1 200 € échue le 03/03/2026
           le 10/03/2026 : arrêt
           ensuite rien
           état final plan",
    ));
}

#[test]
fn calls_without_an_answer_and_calls_that_nobody_makes() {
    let plan = "scénario suivi
  à J+5 : appel ferme puis email ferme
  test \"sans réponse\"
    facture F1 de 100 € échue le 02/03/2026
    le 09/03/2026 : appel sans réponse
    le 10/03/2026 : email ferme
    ensuite rien
  test \"dit deux fois\"
    facture F1 de 100 € échue le 02/03/2026
    le 09/03/2026 : appel ferme et appel sans réponse
  test \"personne\"
    facture F1 de 100 € échue le 02/03/2026
    personne n'appelle
    le 09/03/2026 : appel ferme
    ensuite rien
  test \"plus tard\"
    facture F1 de 100 € échue le 02/03/2026
    personne n'appelle
    le 09/03/2026 : appel ferme
    le 12/03/2026 : appel fait
    le 13/03/2026 : email ferme
    ensuite rien";
    passes(plan);
}

#[test]
fn messages_that_fail() {
    let plan = "scénario suivi
  à J+1 : email courtois à défaut sms rappel et tâche \"Noter\"
  test \"l'email échoue\"
    facture F1 de 100 € échue le 02/03/2026
    le 03/03/2026 : échec de l'email et sms rappel et tâche \"Noter\"
    ensuite rien
  test \"dit en entier\"
    facture F1 de 100 € échue le 02/03/2026
    le 03/03/2026 : email courtois, échec, sms rappel et tâche \"Noter\"
  test \"il revient plus tard\"
    facture F1 de 100 € échue le 02/03/2026
    personne ne fait les tâches
    le 03/03/2026 : email courtois et tâche \"Noter\"
    le 05/03/2026 : échec de l'email et sms rappel
    ensuite rien";
    passes(plan);
}

#[test]
fn tasks_wait_for_somebody() {
    passes(
        "scénario suivi
  à J+1 : tâche \"Vérifier la livraison\" puis email courtois
  test \"personne\"
    facture F1 de 100 € échue le 02/03/2026
    personne ne fait les tâches
    le 03/03/2026 : tâche \"Vérifier la livraison\"
    ensuite rien
  test \"plus tard\"
    facture F1 de 100 € échue le 02/03/2026
    personne ne fait les tâches
    le 05/03/2026 : tâche faite et email courtois
    ensuite rien",
    );
}

#[test]
fn several_invoices_in_one_message() {
    let plan = "scénario suivi
  regrouper par client
  à J+3 : email courtois
  quand soldée : email remerciement
  test \"un seul message\"
    facture F1 de 100 € échue le 02/03/2026
    facture F2 de 200 € échue le 02/03/2026
    le 05/03/2026 : email courtois
    ensuite rien
  test \"pour chacune\"
    facture F1 de 100 € échue le 02/03/2026
    facture F2 de 200 € échue le 02/03/2026
    le 05/03/2026 : email courtois pour F1 et F2
    ensuite rien
  test \"dit deux fois\"
    facture F1 de 100 € échue le 02/03/2026
    facture F2 de 200 € échue le 02/03/2026
    le 05/03/2026 : email courtois et email courtois
  test \"l'une est payée\"
    facture F1 de 100 € échue le 02/03/2026
    facture F2 de 200 € échue le 02/03/2026
    le 04/03/2026 : paiement total pour F1 et email remerciement pour F1
    le 05/03/2026 : email courtois pour F2
    ensuite rien
    état final de F1 : soldée
    état final de F2 : plan";
    passes(plan);
}

#[test]
fn two_clients_do_not_share_a_cap() {
    let text = |first: &str, second: &str| {
        format!(
            "scénario suivi
  à J+3 : email courtois
  test \"deux factures\"
    facture F1 de 100 € échue le 02/03/2026, client {first}
    facture F2 de 200 € échue le 02/03/2026, client {second}
    le 05/03/2026 : email courtois pour F1 et email courtois pour F2
    ensuite rien"
        )
    };
    passes(&text("Dupont", "Durand"));
    fails(&text("Dupont", "Dupont"));
}

#[test]
fn what_a_test_gives_is_there() {
    passes(
        "champ secteur : texte
scénario suivi
  si retard >= client.délai_habituel - 40j alors email preventif
  si retard >= 5j et client.encours >= 1 000 € alors tâche \"encours\"
  si retard >= 5j et client.encours_échu >= 900 € et client.factures_en_retard = 3 alors tâche \"échu\"
  si retard >= 5j et client.retard_moyen = 12j alors tâche \"moyenne\"
  si retard >= 5j et secteur = \"btp\" et régime = public alors tâche \"secteur\"
  si retard >= 5j et promesses_rompues = 2 et nombre_relances = 3 alors tâche \"histoire\"
  si retard >= 5j et reste_dû = 40 € et montant_en_litige = 10 € alors tâche \"litige\"
  test \"des faits\"
    client C1 délai_habituel 2j, encours 1 000 €, encours_échu 800 €, factures_en_retard 2, retard_moyen 12j
    facture F1 de 100 € échue le 02/03/2026, secteur \"btp\", régime public
    le 23/01/2026 : email preventif
    le 07/03/2026 : tâche \"encours\", tâche \"échu\", tâche \"moyenne\" et tâche \"secteur\"
    ensuite rien
  test \"une histoire\"
    facture F1 de 100 € échue le 02/03/2026, promesses_rompues 2, nombre_relances 3, reste_dû 40 €, montant_en_litige 10 €
    le 07/03/2026 : tâche \"histoire\" et tâche \"litige\"
    ensuite rien
  test \"rien de tout cela\"
    facture F1 de 100 € échue le 02/03/2026
    le 07/03/2026 : rien
    ensuite rien",
    );
}

#[test]
fn invoices_find_their_scenario_when_the_test_names_none() {
    passes(
        "scénario gros
  pour les factures où montant >= 1 000 €
  à J+1 : email ferme
scénario petits
  pour les factures où montant < 1 000 €
  à J+1 : email courtois
  test \"un gros\"
    facture F1 de 1 000 € échue le 02/03/2026
    le 03/03/2026 : email ferme
  test \"un petit\"
    facture F1 de 999,99 € échue le 02/03/2026
    le 03/03/2026 : email courtois
  test \"un petit, traité comme un gros\"
    avec gros
    facture F1 de 999,99 € échue le 02/03/2026
    le 03/03/2026 : email ferme",
    );
}

#[test]
fn days_that_are_not_named_are_free() {
    passes(&with(
        "  facture F1 de 1 200 € échue le 03/03/2026
           état final contentieux",
    ));
}

#[test]
fn a_rule_that_repeats_for_ever_comes_to_an_end() {
    passes(
        "scénario suivi
  tous les 7 jours : tâche \"Regarder\"
  test \"toujours\"
    facture F1 de 100 € émise le 01/01/2026 échue le 02/03/2026
    le 08/01/2026 : tâche \"Regarder\"
    état final plan",
    );
}

#[test]
fn an_invoice_that_is_late_when_it_becomes_known() {
    passes(
        "scénario suivi
  à J+3 : email rappel_amical
  à J+30 : email ferme
  test \"reprise\"
    facture F1 de 100 € échue le 03/02/2026, connue le 17/03/2026, reste_dû 60 €
    le 17/03/2026 : email ferme
    ensuite rien",
    );
}

#[test]
fn an_action_that_fails_by_itself_is_said_as_a_failure() {
    passes(
        "scénario suivi
  à J+1 : email courtois à défaut sms rappel
  test \"aucune adresse\"
    client C1 email \"\"
    facture F1 de 100 € échue le 02/03/2026, client C1
    le 03/03/2026 : échec de l'email et sms rappel
    ensuite rien
  test \"sans dire lequel\"
    client C1 email \"\"
    facture F1 de 100 € échue le 02/03/2026, client C1
    le 03/03/2026 : échec et sms rappel
    ensuite rien",
    );
}

#[test]
fn a_call_that_cannot_be_made() {
    passes(
        "scénario suivi
  à J+1 : appel ferme à défaut email courtois
  test \"personne n'est joignable\"
    facture F1 de 100 € échue le 02/03/2026
    le 03/03/2026 : échec de l'appel et email courtois
    ensuite rien
  test \"le numéro manque\"
    client C1 téléphone \"\"
    facture F1 de 100 € échue le 02/03/2026, client C1
    le 03/03/2026 : échec de l'appel et email courtois
    ensuite rien",
    );
}

#[test]
fn without_a_scenario_of_its_own_a_test_knows_the_states_of_all() {
    passes(
        "scénario suivi
  pour les factures où segment = mauvais_payeur
  à J+30 : aller à relecture
étape relecture
  à l'entrée : note \"e\"
  fin
scénario autre
  à J+20 : email rappel_amical
test \"une étape du premier\"
  facture F1 de 100 € échue le 02/03/2026, segment mauvais_payeur
  le 01/04/2026 : aller à relecture et note \"e\"
  état final relecture",
    );
}
