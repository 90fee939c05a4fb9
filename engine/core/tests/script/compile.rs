//! What the compiler says.

use super::{fields, file, problems, scripts, told};
use relance_core::script::{MAX_FILE_BYTES, Missing, Scripts};
use std::fmt::Write;

#[test]
fn every_mistake_is_told_in_french_with_its_place() {
    let cases = [
        "fn f( { 1 }",
        "fn f() { 1 ",
        "fn f() { let x = 1 let y = 2; x }",
        "fn f() { if facture.retard = 30 { 1 } else { 2 } }",
        "fn f() { facture.retard <> 30 }",
        "fn f() { facture.retard === 30 }",
        "fn f() { facture.retard ≥ 30 }",
        "fn f() { \"abc }",
        "fn f() { 'abc' }",
        "fn f() { 12abc }",
        "fn f() { 1500,50 }",
        "fn f(a, a) { a }",
        "fn () { 1 }",
        "fn f() { fn g() { 1 } }",
        "fn f { 1 }",
        "fn f() \n 1",
        "fn f() { 1 }\nfn f() { 2 }",
        "fn f() { facture. }",
        "fn f() { break; }",
        "fn f() { #{a: 1, a: 2} }",
        "fn f() { const X = 1; X = 2; X }",
        "fn f() { 1 = 2; }",
        "fn f() { switch 1 { _ => 1, 2 => 3 } }",
        "fn f() { eval(\"1\") }",
        "fn f() { print(\"x\") }",
        "fn f() { import \"x\" as y; }",
        "fn f() { try { 1 } catch { 2 } }",
        "fn f() { Fn(\"f\") }",
        "fn f() { f.curry(1) }",
        "fn f() { this }",
        "fn f() { sleep(1) }",
        "fn f() { timestamp() }",
        "fn f() { let x = 1; x /= 2; x }",
        "fn let() { 1 }",
        "fn f() { if 1 { 2 } }",
        "fn f() { \"\\q\" }",
        "fn f() { 99999999999999999999999999999999999 }",
        "fn f() { @ }",
        "fn i64.f() { 1 }",
        "/* fn f() { 1 }",
        "fn f() { #{ public: 1 } }",
    ];
    let mut all = String::new();
    for text in cases {
        writeln!(all, "{text}\n  → {}\n", problems(text).replace('\n', "\n    ")).unwrap();
    }
    insta::assert_snapshot!(all);
}

#[test]
fn what_makes_no_sense_is_seen_before_it_runs() {
    let cases = [
        "let x = 1;\nfn f() { x }",
        "fn f() { facture.retrad > 30 }",
        "fn f() { facture.encours > 30 }",
        "fn f() { facture[\"retrad\"] > 30 }",
        "fn f() { client.retard }",
        "fn f() { facture.date_echeance.annee + facture.xyz.annee }",
        "fn f() { connu(\"client.délais\") }",
        "fn f() { connu(client.delai_habituel) }",
        "fn f() { facture.retard = 3; }",
        "fn f() { client.encours += 3; }",
        "fn f() { facture = 3; }",
        "fn f() { let a = [1]; a[0] = 2; a }",
        "fn f() { let m = #{}; m.x = m; m }",
        "fn f() { let m = #{}; m.x += m; m }",
        "fn f() { let d = facture.date_echeance; d.mois = 3; d }",
        "fn f() { [2, 1].sort(|a, b| 1) }",
        "fn f() { g(1) }\nfn g() { 1 }\nfn g(a, b) { 1 }",
        "fn f() { let facture = 3; facture }",
        "fn f(client) { client }",
        "fn f() { for facture in 0..3 { } 1 }",
        "fn f() { [1].map(|facture| 1) }",
        "fn g(x) { 1 }\nfn f() { g(facture) }",
        "fn f() { facture }",
        "fn f() { facture.relances() }",
        "fn f() { let seuil = 3; seuill }",
        "fn f() { Facture.retard }",
        "fn f() { let s = 3; [1].map(|x| x + s) }",
        "fn f() { risq() }\nfn risque() { 1 }",
        "fn f() { risque(1) }\nfn risque() { 1 }",
        "fn f() { arondi(1.5) }",
        "fn f() { \"abc\".blorp() }",
        "fn f(x) { x }\nfn g() { 3.f() }",
        "fn f() { loop { break facture.xyz; } }",
        "fn arrondi(x) { x }",
        "fn connu(x) { x }",
        "fn élevé() { 1 }\nfn eleve() { 1 }",
        "fn f() { donne(#{retard: 3}); 1 }",
    ];
    let mut all = String::new();
    for text in cases {
        writeln!(all, "{text}\n  → {}\n", problems(text).replace('\n', "\n    ")).unwrap();
    }
    insta::assert_snapshot!(all);
}

#[test]
fn problems_of_several_files_keep_their_own_lines() {
    let files = [
        file("scripts/b.rhai", "// deux\n\nfn seuil() { 1 }\nfn autre() { facture.xyz }"),
        file("scripts/a.rhai", "\nfn seuil() { 2 }\n\n"),
        file("scripts/c.rhai", "fn juste() { seuil() }\nfn f( {"),
    ];
    insta::assert_snapshot!(told(&Scripts::compile(&files, &fields()).unwrap_err()));
}

#[test]
fn a_file_that_is_too_large_is_said_to_be() {
    let large = format!("fn f() {{ 1 }}{}", " ".repeat(MAX_FILE_BYTES));
    let long = "\n".repeat(60_000);
    let files = [file("a.rhai", &large), file("b.rhai", "fn g() { 1 }"), file("c.rhai", &long)];
    insta::assert_snapshot!(told(&Scripts::compile(&files, &[]).unwrap_err()));
}

#[test]
fn the_list_of_functions_says_what_each_reads() {
    let files = [
        file(
            "scripts/risque.rhai",
            "// Un commentaire ordinaire.\n\n/// Vrai quand le risque est élevé.\n///\n/// Seuils de 2026.\nfn risque_élevé(seuil) {\n  montant() >= seuil && retard_en_jours() > 30\n}\nprivate fn montant() { facture.reste_du }\nfn retard_en_jours() { facture[\"retard\"] }\n",
        ),
        file(
            "scripts/autres.rhai",
            "\u{feff}fn libre(nom) { facture[nom] }\nfn secteur() { facture.SECTEUR }\nfn passe() { [1, 2].map(sur_un) }\nfn sur_un(x) { x + client.encours }\nfn anonyme() { [1].map(|x| client.Encours_Echu) }\nfn boucle_a(n) { if n > 0 { boucle_b(n - 1) } else { facture.segment } }\nfn boucle_b(n) { boucle_a(n) }\nfn sortie() { loop { break facture.nombre_relances; } }\nfn demande() { connu(\"client.délai_habituel\") }\nfn choix(x) { switch x { 1 => facture.devise, 2..5 if facture.en_litige => 1, _ => facture.pays_inconnu_non } }",
        ),
    ];
    let first = told(&Scripts::compile(&files, &fields()).unwrap_err());
    let fixed = files.map(|f| file(&f.path, &f.text.replace("pays_inconnu_non", "régime")));
    let scripts = Scripts::compile(&fixed, &fields()).unwrap();
    let mut all = format!("{first}\n\n");
    for f in scripts.functions() {
        let names: Vec<&str> = f.reads.facts.iter().map(|fact| fact.name()).collect();
        writeln!(
            all,
            "{} {} : {names:?} {:?} tout={} temps={} {:?}",
            f.place,
            f.signature(),
            f.reads.fields,
            f.reads.all,
            f.reads.moves_with_time(),
            f.doc
        )
        .unwrap();
    }
    insta::assert_snapshot!(all);
}

#[test]
fn a_function_is_found_whatever_its_case_and_accents() {
    let scripts =
        scripts("fn risque_élevé(seuil) { 1 }\nfn risque_élevé() { 1 }\nfn test_x() { }\nprivate fn p() { 1 }");
    assert_eq!(scripts.find("Risque_Eleve", 1).unwrap().name, "risque_élevé");
    let known = vec!["risque_élevé(seuil)".to_owned(), "risque_élevé()".to_owned()];
    assert_eq!(scripts.find("risque_eleve", 3), Err(Missing::Arity { known }));
    assert_eq!(scripts.find("risk_eleve", 0), Err(Missing::Name { nearest: Some("risque_élevé".to_owned()) }));
    assert_eq!(scripts.find("test_x", 0), Err(Missing::Name { nearest: None }));
    assert_eq!(scripts.find("p", 0), Err(Missing::Name { nearest: None }));
}

#[test]
fn the_digest_follows_the_texts_and_not_the_order_they_come_in() {
    let digest = |files: &[_]| Scripts::compile(files, &[]).unwrap().digest().to_owned();
    let (a, b) = (file("a.rhai", "fn a() { 1 }"), file("b.rhai", "fn b() { 1 }"));
    assert_eq!(digest(&[a.clone(), b.clone()]), digest(&[b.clone(), a.clone()]));
    assert_ne!(digest(&[a.clone(), b.clone()]), digest(std::slice::from_ref(&a)));
    assert_ne!(digest(std::slice::from_ref(&a)), digest(&[file("a.rhai", "fn a() { 2 }")]));
    assert_eq!(digest(&[]).len(), 64);
}

#[test]
fn what_is_not_read_after_a_hundred_problems_is_counted() {
    let text: String = (0..120).map(|n| format!("fn f{n}() {{ facture }}\n")).collect();
    let found = Scripts::compile(&[file("scripts/essai.rhai", &text)], &fields()).unwrap_err();
    assert_eq!(found.len(), 101);
    assert_eq!(
        found[100].message,
        "la lecture des scripts s'arrête après 100 problèmes : les 20 fonctions qui restent n'ont pas été lues"
    );
    let text: String = (0..99).map(|n| format!("fn f{n}() {{ facture }}\n")).collect();
    assert_eq!(Scripts::compile(&[file("scripts/essai.rhai", &text)], &fields()).unwrap_err().len(), 99);
}
