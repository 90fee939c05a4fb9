//! Messages that come back days after they left.

use super::passes;

#[test]
fn the_fallback_starts_when_the_sequence_is_over() {
    passes(
        "scénario suivi
  à J+1 : email courtois à défaut sms rappel
  test \"il revient\"
    facture F1 de 100 € échue le 02/03/2026
    le 03/03/2026 : email courtois
    le 05/03/2026 : échec de l'email et sms rappel
    ensuite rien
  test \"le sms revient aussi\"
    facture F1 de 100 € échue le 02/03/2026
    le 03/03/2026 : email courtois
    le 05/03/2026 : échec de l'email et sms rappel
    le 09/03/2026 : échec du sms et tâche \"Corriger le numéro de téléphone du client C1\"
    ensuite rien
  test \"des semaines après\"
    facture F1 de 100 € échue le 02/03/2026
    le 03/03/2026 : email courtois
    le 07/04/2026 : échec de l'email
    ensuite rien",
    );
}

#[test]
fn what_follows_in_the_chain_waits_for_the_fallback() {
    passes(
        "scénario suivi
  envois tous les jours de 9h à 18h
  à J+1 : email courtois à défaut tâche \"Trouver une adresse\" puis après 3j sms rappel puis après 2j aller à suite
étape suite
  à l'entrée : note \"suite\"
  test \"la tâche tarde\"
    facture F1 de 100 € échue le 02/03/2026
    le 03/03/2026 : email courtois
    le 05/03/2026 : échec de l'email et tâche \"Trouver une adresse\" et personne ne fait les tâches
    le 06/03/2026 : rien
    le 10/03/2026 : tâche faite et sms rappel
    le 12/03/2026 : aller à suite et note \"suite\"
    ensuite rien
  test \"rien ne tarde\"
    facture F1 de 100 € échue le 02/03/2026
    le 03/03/2026 : email courtois
    le 05/03/2026 : échec de l'email et tâche \"Trouver une adresse\"
    le 06/03/2026 : sms rappel
    le 08/03/2026 : aller à suite et note \"suite\"
    ensuite rien",
    );
}

#[test]
fn a_fallback_that_fails_too_keeps_the_chain_from_leaving() {
    passes(
        "scénario suivi
  envois tous les jours de 9h à 18h
  à J+1 : email courtois à défaut sms rappel puis après 5j tâche \"Suivre\" puis aller à suite
étape suite
  à l'entrée : note \"suite\"
  test \"ni l'un ni l'autre\"
    facture F1 de 100 € échue le 02/03/2026
    le 03/03/2026 : email courtois
    le 05/03/2026 : échec de l'email et sms rappel
    le 06/03/2026 : échec du sms
    le 08/03/2026 : tâche \"Suivre\"
    ensuite rien
    état final plan",
    );
}

#[test]
fn a_fallback_whose_time_has_gone_stays_away() {
    passes(
        "scénario suivi
  envois tous les jours de 9h à 18h
  à J-5 : email preventif à défaut sms rappel
  à J+1 : email courtois à défaut appel ferme
  à J+8 : sms rappel
  quand événement \"litige clos\" : aller à suite
étape suite
  à l'entrée : note \"suite\"
  après 3j : email ferme à défaut sms rappel
  test \"un palier plus élevé est parti\"
    facture F1 de 100 € échue le 02/03/2026
    le 03/03/2026 : email courtois
    le 10/03/2026 : sms rappel
    le 12/03/2026 : échec de l'email
    ensuite rien
  test \"l'échéance est passée\"
    facture F1 de 100 € échue le 02/03/2026
    le 25/02/2026 : email preventif
    le 02/03/2026 : échec de l'email
    le 03/03/2026 : email courtois
  test \"l'étape est quittée\"
    facture F1 de 100 € échue le 02/03/2026
    le 03/03/2026 : email courtois
    le 04/03/2026 : événement \"litige clos\" et aller à suite et note \"suite\"
    le 05/03/2026 : échec de l'email
    le 07/03/2026 : email ferme
    le 09/03/2026 : échec de l'email et sms rappel
    ensuite rien
  test \"soldée\"
    facture F1 de 100 € échue le 02/03/2026
    le 03/03/2026 : email courtois
    le 05/03/2026 : paiement de 100 €
    le 06/03/2026 : échec de l'email
    ensuite rien",
    );
}

#[test]
fn a_message_that_came_back_is_no_reminder() {
    passes(
        "scénario suivi
  à J+1 : email courtois
  à J+12 : lettre_recommandée mise_en_demeure
  test \"il n'est pas revenu\"
    facture F1 de 100 € échue le 02/03/2026
    le 03/03/2026 : email courtois
    le 16/03/2026 : lettre_recommandée mise_en_demeure
  test \"il est revenu\"
    facture F1 de 100 € échue le 02/03/2026
    le 03/03/2026 : email courtois
    le 05/03/2026 : échec de l'email
    ensuite rien",
    );
}
