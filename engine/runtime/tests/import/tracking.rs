//! What became of registered letters, as people write it; `refuse` is still said of approvals.

use crate::{import, lines, report};
use relance_core::incoming::What;

const HEAD: &str = "date;type;facture;detail\n";
const INVOICES: &str = "numero;client;date_emission;date_echeance;montant_ttc\nF1;C1;02/01/2026;02/02/2026;10,00\nF2;C1;02/01/2026;02/02/2026;10,00\n";

fn events(rows: &str) -> relance_engine::import::Reconciled {
    import(&[("factures.csv", INVOICES), ("evenements.csv", &format!("{HEAD}{rows}"))])
}

#[test]
fn every_way_to_say_it() {
    let result = events(
        "16/03/2026;présentée;F1;1A 123 456 7890 1\n\
         16/03/2026;Avisé;F2;\n\
         17/03/2026;distribuée;F1;F1#2.1.1.0\n\
         17/03/2026;Non réclamé;;F2#2.1.1.0\n\
         17/03/2026;pli non réclamé;F1;LRAR\n\
         17/03/2026;recommandé refusé;F1;\n\
         18/03/2026;refusée;F1;rk 123 456 789 fr\n\
         18/03/2026;refusé;F2;lettre recommandée\n\
         18/03/2026;refusee;F2;F2#2.1.1.0\n\
         18/03/2026;remis;F2;lettre recommandée\n",
    );
    assert_eq!(result.problems, []);
    let told: Vec<_> =
        result.incoming.into_iter().filter(|i| !matches!(i.what, What::Invoice(_) | What::Customer(_))).collect();
    insta::assert_snapshot!(lines(&told));
}

#[test]
fn an_approval_that_is_refused_stays_one() {
    let result = events(
        "16/03/2026;refus;F1;Mme Keller\n17/03/2026;refusé;F1;M. Petit\n18/03/2026;refusee;F1;\n18/03/2026;validation refusée;F2;1A 123 456 7890 1\n",
    );
    assert_eq!(result.problems, []);
    let refused = result.incoming.iter().filter(|i| matches!(i.what, What::Approval { granted: false, .. }));
    assert_eq!(refused.count(), 4);
    assert!(!result.incoming.iter().any(|i| matches!(i.what, What::Tracked(_))));
}

#[test]
fn what_names_no_letter_says_what_to_write() {
    let result = events(
        "16/03/2026;présentée;F1;bonjour\n16/03/2026;présentée;F1;email\n16/03/2026;non réclamée;F1;F2#2.1.1.0\n\
         16/03/2026;distribuée;;1A 123 456 7890 1\n16/03/2026;presantee;F1;\n16/03/2026;distribuée;F1;=1+1\n",
    );
    insta::assert_snapshot!(report(&result));
}
