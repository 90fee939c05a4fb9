//! Four ordinary files, and what they bring.

use crate::{import, import_with, report, tolerant};
use relance_engine::import::Known;

const CUSTOMERS: &str = "\
Code client;Raison sociale;Profil;Courriel;Tél.;Portable;Adresse;CP;Ville;Pays;Régime;Délai habituel;Commercial;email_comptabilité;Tél. comptabilité;contact_direction
C1;Menuiserie Valier;Mauvais payeur;contact@valier.example;01 99 00 12 34;;3 rue du Moulin;69001;Lyon;France;b2b;12;A. Keller;compta@valier.example;+33 1 99 00 00 01;Mme Valier
C2;\"Ville de \"\"Clairay\"\"\";Public;;022 700 00 00;06 39 98 00 01;;;;CH;public;;;;;
";
const INVOICES: &str = "\
Journal des ventes;;;;;;;
N° facture;Code client;Client;Date facture;Échéance;Montant TTC;Objet;Litige
F1;C1;Valier SA;02/01/2026;01/02/2026;1 200,00 €;Fenêtres;Non
F2;C2;Clairay;05/01/2026;04/02/2026;1.234,56;;Oui
F3;C9;Grosel & fils;05/01/2026;04/02/2026;99;;Non

AV1;C1;Valier SA;10/01/2026;;-100,00;;Non
Total;;;;;2 433,56;;
";
const PAYMENTS: &str = "\
Date;Client;Facture;Montant;Saisi le
05/02/2026;C1;F1;300,00;06/02/2026 09:30
05/02/2026;C1;F1;300,00;
12/02/2026;;F2;1 234,56;
14/02/2026;C2;F2;-1 234,56;
15/02/2026;C1;;50,00;
16/02/2026;C1;F77;10,00;
";
const EVENTS: &str = "\
date;type;facture;client;montant;date_prevue;detail;connu_le
10/02/2026;Litige;F1;;200,00;;porte rayée;
20/02/2026;litige clos;F1;;;;;
21/02/2026;promesse;F1;;;28/02/2026;par téléphone;
22/02/2026;arrêt;;C9;;;vu avec M. Estève;
23/02/2026;reprise;;C9;;;;
23/02/2026;reprise;F3;;;;rattraper : vu avec M. Estève;
24/02/2026;avoir;F3;C9;19,00;;remise;
24/02/2026;rejet;F1;;300,00;;;
25/02/2026;échéance;F3;;;31/03/2026;;
26/02/2026;relance;F3;;;;2e relance par courrier;
27/02/2026;réponse;;C9;;;;
27/02/2026;paiement annoncé;F3;;80,00;;;
28/02/2026;appel;F3;;;;sans réponse;28/02/2026 17h05
28/02/2026;tâche;F3;;;;fait;
01/03/2026;saut;F3;;;;Mise en demeure;
02/03/2026;relance;F3;;;;lettre recommandée AR;
02/03/2026;validation;F3;;;;M. Estève;
03/03/2026;refus;F3;;;;M. Estève;
03/03/2026;lettre recommandée;F3;;;;;
04/03/2026;externe;F3;;;;commande bloquée;
04/03/2026;externe;;C9;;;assurance résiliée;
05/03/2026;procédure collective;F2;;;01/03/2026;redressement judiciaire;
06/03/2026;liquidation judiciaire;;C9;;;;
07/03/2026;procédure close;;C9;;;;
";

#[test]
fn four_files() {
    let files = [
        ("clients.csv", CUSTOMERS),
        ("factures.csv", INVOICES),
        ("règlements.csv", PAYMENTS),
        ("evenements.csv", EVENTS),
    ];
    let result = import(&files);
    assert_eq!(result.problems, []);
    insta::assert_snapshot!(report(&result));
    let mut reversed = files;
    reversed.reverse();
    assert_eq!(import(&reversed), result);
}

#[test]
fn kinds_are_told_by_headings_when_the_names_say_nothing() {
    let files = [("a.csv", CUSTOMERS), ("b.csv", INVOICES), ("c.csv", PAYMENTS), ("d.csv", EVENTS)];
    let named = import(&[
        ("clients.csv", CUSTOMERS),
        ("factures.csv", INVOICES),
        ("reglements.csv", PAYMENTS),
        ("evenements.csv", EVENTS),
    ]);
    assert_eq!(import(&files).incoming, named.incoming);
}

#[test]
fn a_row_waits_for_its_invoice_and_is_not_taken_twice() {
    let mut known = Known::default();
    let payments = "date;client;facture;montant\n01/02/2026;C1;F1;50,00\n";
    let first = crate::learn(&mut known, &[("reglements.csv", payments)], &tolerant());
    assert_eq!(first.problems, []);
    assert!(first.infos.iter().any(|i| i.text.contains("attend sa facture")), "{:?}", first.infos);
    let invoices =
        "numero;client;date_emission;date_echeance;montant_ttc;devise\nF1;C1;01/01/2026;31/01/2026;90,00;CHF\n";
    let second = import_with(&known, &[("factures.csv", invoices), ("reglements.csv", payments)], &tolerant());
    assert_eq!(second.counts.payments, 0, "{:?}", second.incoming);
    assert_eq!(second.counts.invoices_new, 1);
}
