//! What tests say in passing: whole amounts, moved due dates, plans of payment, jumps, company events.

use super::{fails, passes, with};
use insta::assert_snapshot;

#[test]
fn every_event_is_taken_in() {
    passes(
        "scénario suivi
  à J+5 : email courtois
  quand litige ouvert : alerter \"litiges\"
  quand avoir : note \"avoir reçu\"
  quand paiement annoncé : note \"annoncé\"
  quand rejet : tâche \"Appeler la banque\"
  quand échéance modifiée : note \"date\"
  quand échéance manquée : appel
  quand événement \"commande bloquée\" : alerter \"ventes\"
  quand reprise : note \"reprise\"
étape suite
  à l'entrée : alerter \"direction\"
  test \"argent\"
    facture F1 de 300 € échue le 02/03/2026
    le 02/02/2026 : avoir de 100 € et note \"avoir reçu\"
    le 03/02/2026 : paiement annoncé et note \"annoncé\"
    le 04/02/2026 : paiement total
    le 06/02/2026 : rejet et tâche \"appeler la banque\"
    le 07/03/2026 : rien
    le 09/03/2026 : email courtois
    état final plan
  test \"dates\"
    facture F1 de 300 € échue le 02/03/2026
    le 02/02/2026 : échéance reportée au 16/03/2026 et note \"date\"
    le 09/03/2026 : rien
    le 23/03/2026 : email courtois
    ensuite rien
  test \"échéancier\"
    facture F1 de 300 € échue le 02/03/2026
    le 02/02/2026 : échéancier de 100 € au 02/03/2026 et 200 € au 01/06/2026
    le 03/03/2026 : appel
    état final plan
  test \"personnes\"
    facture F1 de 300 € échue le 02/03/2026
    le 02/02/2026 : litige de 100 € et alerter \"litiges\"
    le 03/02/2026 : événement \"Commande bloquée\" et alerter \"ventes\"
    le 04/02/2026 : saut à suite et alerter \"direction\"
    le 05/02/2026 : arrêt
    le 06/02/2026 : reprise et note \"reprise\"
    état final suite
  test \"procédure\"
    facture F1 de 300 € échue le 02/03/2026
    le 02/02/2026 : procédure collective
    ensuite rien",
    );
}

#[test]
fn what_cannot_be_given_is_told() {
    assert_snapshot!(fails(&with(
        "  client C1 plus_ancien_retard 40j
           facture F1 de 100 € échue le 02/03/2026, échéances_manquées 2
           facture F2 de 100 € échue le 02/03/2026
           le 05/03/2026 : paiement de 50 €"
    )));
}

#[test]
fn hours_are_those_of_messages() {
    assert_snapshot!(fails(&with(
        "  facture F1 de 1 200 € échue le 03/03/2026
           le 18/03/2026 à 14h : email ferme"
    )));
    passes(&with(
        "  facture F1 de 1 200 € échue le 03/03/2026
           le 18/03/2026 à 9h : email ferme
           le 20/03/2026 à 11h30 : paiement total et email remerciement",
    ));
}
