//! What `verify` finds, and what it does not.

use relance_core::machine::{Channel, Compare, Expr, Nature, Tone, Value};
use relance_core::proof::{Mention, Said, TemplateFacts, Words};
use relance_core::schema::Fact;
use relance_dsl::{Context, Source, Template, verify};

fn context() -> Context {
    let template = |channel: Channel, name: &str| {
        let (nature, tone) = match name {
            "mise_en_demeure" => (Some(Nature::FormalNotice), Tone::Notice),
            "remerciement" => (Some(Nature::Information), Tone::Polite),
            _ => (None, Tone::Polite),
        };
        Template { channel, name: name.to_owned(), nature, tone, language: None, variants: Vec::new() }
    };
    let of = |channel: Channel, names: &str| names.split(' ').map(|name| template(channel, name)).collect::<Vec<_>>();
    let mut templates = of(
        Channel::Email,
        "rappel_amical courtois ferme dernier_avis mise_en_demeure promesse_non_tenue remerciement preventif",
    );
    templates.extend(of(Channel::Sms, "rappel ferme promesse_non_tenue"));
    templates.extend(of(Channel::Call, "ferme courtois"));
    templates.extend(of(Channel::Letter, "dernier_avis mise_en_demeure"));
    let words = |text: &str| text.split(' ').map(str::to_owned).collect();
    Context {
        segments: words("bon_payeur regulier mauvais_payeur vip strategique public particulier"),
        templates,
        roles: words("comptabilité direction commercial"),
        ..Context::default()
    }
}

fn source(path: &str, text: &str) -> Source {
    Source { path: path.to_owned(), bytes: text.as_bytes().to_vec() }
}

fn claims() -> Vec<TemplateFacts> {
    let compensation =
        Said { what: Mention::Compensation, at: Words { line: 5, from: 7, to: 21 }, when: Expr::always() };
    vec![TemplateFacts {
        channel: Channel::Email,
        name: "ferme".into(),
        file: "modeles/email/ferme.md".into(),
        text: "---\nnature: information\nton: ferme\n---\nAussi quarante euros.\n".into(),
        nature: Some(Nature::Information),
        tone: Tone::Firm,
        head: Words { line: 3, from: 1, to: 11 },
        alone: vec![compensation.clone()],
        grouped: vec![compensation],
    }]
}

fn rendered_with(sources: &[Source], templates: &[TemplateFacts]) -> String {
    let compilation = verify(sources, &context(), templates);
    let texts = templates.iter().map(|t| source(&t.file, &t.text));
    let texts: Vec<Source> = sources.iter().cloned().chain(texts).collect();
    relance_dsl::render_full(&compilation.diagnostics, &texts, false)
}

fn rendered(text: &str) -> String {
    rendered_with(&[source("scenarios/essai.relance", text)], &[])
}

/// One finding, and a snapshot of how it is told.
macro_rules! tells {
    ($name:ident, $text:literal) => {
        #[test]
        fn $name() {
            insta::assert_snapshot!(rendered($text));
        }
    };
}

tells!(contradictory, "à J+3 : email courtois\nsi retard >= 30j et retard < 15j alors email ferme");
tells!(
    outside_the_selection,
    "scénario s\npour les factures où segment = vip\nà J+3 : email courtois\nsi retard >= 15j et segment = mauvais_payeur alors email ferme\nscénario reste\nà J+3 : email courtois"
);
tells!(
    regime_of_the_selection,
    "scénario s\npour les factures où régime = b2b\nà J+3 si régime = b2c : email courtois\nà J+9 : email courtois\nscénario reste\nà J+3 : email courtois"
);
tells!(
    hidden,
    "à J+5 si client.plus_ancien_retard <= 20j et nombre_relances = 0 : email courtois\nà J+3 si date_échéance <= 01/05/2026 et aujourd_hui >= 01/06/2026 : email rappel_amical\nsi retard >= 10j et date_échéance <= 01/06/2026 alors email ferme"
);
tells!(
    two_messages,
    "à J+3 : email rappel_amical\nà J+15 : email courtois\nà J+15 si montant >= 1 000 € : email ferme"
);
tells!(
    same_message,
    "à J+15 si montant >= 500 € : email ferme\nsi retard >= 15j et segment = vip alors email ferme puis appel"
);
tells!(
    two_destinations,
    "à J+3 : email courtois\nà J+20 si montant >= 500 € : aller à gros\nà J+20 si segment = vip : aller à suivi\nétape gros\nà l'entrée : tâche \"voir\"\nfin\nétape suivi\nà l'entrée : tâche \"voir\"\nfin"
);
tells!(
    cancelled_by_leaving,
    "à J+3 : email courtois\nà J+45 : email dernier_avis\nà J+45 si montant >= 100 € : aller à contentieux\nétape contentieux\nà l'entrée : tâche \"Constituer le dossier\"\nfin"
);
tells!(
    unreached_and_dead_end,
    "à J+3 : email courtois\nà J+30 : aller à suivi\nétape oubli\nà l'entrée : tâche \"voir\"\nfin\nétape suivi\nà l'entrée : tâche \"voir\""
);
tells!(
    untaken,
    "scénario petits\npour les factures où montant < 500 €\nà J+3 : email courtois\nscénario gros\npour les factures où montant > 500 € et segment <> vip\nà J+3 : email ferme"
);
tells!(
    starved,
    "scénario tous\npour les factures où montant >= 0 € ou montant < 0 €\npriorité 1\nà J+3 : email courtois\nscénario vip\npour les factures où segment = vip et montant >= 100 €\npriorité 2\nà J+3 : email ferme"
);
tells!(
    time_barred,
    "scénario particuliers\npour les factures où régime = b2c\nà J+3 : email courtois\nà J+800 : email ferme\nscénario autres\nà J+3 : email courtois\nà J+800 : email ferme\nà J+1820 : email courtois puis après 20 jours email ferme"
);
tells!(
    always_delayed,
    "au plus 1 contact tous les 7 jours par client\nà J+3 : email courtois\nà J+7 : email ferme\nà J+20 : appel ferme"
);
tells!(notice_without_reminder, "à J-5 : email preventif\nà J+30 : lettre_recommandée mise_en_demeure");
tells!(notice_first, "à J+30 : lettre_recommandée mise_en_demeure sans relance préalable");
tells!(
    hand_over_without_notice,
    "à J+10 : email courtois\nà J+40 : lettre_recommandée mise_en_demeure\nà J+75 : transmettre \"recouvrement\""
);
tells!(
    hand_over_in_a_stage,
    "à J+10 : email courtois\nà J+40 : aller à contentieux\nétape contentieux\nà l'entrée : transmettre \"recouvrement\"\nfin"
);
tells!(
    after_leaving,
    "à J+10 : email ferme puis aller à x puis appel ferme\nétape x\nà l'entrée : tâche \"voir\"\nfin"
);
tells!(
    above_leaving,
    "à J+10 : email courtois\nà J+30 : aller à x\nà J+40 : email ferme\nétape x\nà l'entrée : tâche \"voir\"\nfin"
);
tells!(
    repeat_too_long,
    "à J+10 : email courtois\nà J+30 : aller à x\nétape x\ntous les 30 jours : email ferme\naprès 20 jours : aller à y\nétape y\nà l'entrée : tâche \"voir\"\nfin"
);
tells!(suspended_for_ever, "à J+10 : email courtois\nquand litige ouvert : suspendre");

#[test]
fn compensation_to_a_consumer() {
    let text = "à J+10 : email courtois\nà J+30 si montant >= 200 € : email ferme";
    insta::assert_snapshot!(rendered_with(&[source("scenarios/essai.relance", text)], &claims()));
    let guarded = "à J+10 : email courtois\nà J+30 si régime <> b2c : email ferme";
    assert_eq!(rendered_with(&[source("scenarios/essai.relance", guarded)], &claims()), "");
    // The template's own condition decides as well.
    let mut own = claims();
    let is_b2b = Expr::Compare(
        Compare::Equal,
        Box::new(Expr::Fact(Fact::Regime)),
        Box::new(Expr::Literal(Value::Text("b2b".into()))),
    );
    own.iter_mut().flat_map(|t| &mut t.alone).for_each(|said| said.when = is_b2b.clone());
    assert_eq!(rendered_with(&[source("scenarios/essai.relance", text)], &own), "");
    let grouped = format!("regrouper par client\n{text}");
    assert_ne!(rendered_with(&[source("scenarios/essai.relance", &grouped)], &own), "");
}

/// Plans that a credit manager would write on purpose: nothing to say.
#[test]
fn sane_plans_are_left_alone() {
    let plans = [
        "si retard >= 15j et segment = mauvais_payeur alors email ferme puis appel",
        "à J-5 si montant >= 2 000 € : email preventif\nà J+3 : email rappel_amical\nà J+15 : appel courtois à défaut email ferme\nquand soldée si nombre_relances >= 1 : email remerciement",
        "à J+3 : email courtois puis après 2 jours ouvrés sms rappel\nsi retard >= 15j et montant >= 1 000 € alors email ferme\nsinon email courtois\nà J+30 : email dernier_avis",
        "à J+15 : email ferme à comptabilité\nà J+15 si montant >= 10 000 € : email ferme à direction\nà J+15 : tâche \"appeler\"\nà J+15 : appel ferme",
        "à J+10 : email courtois\nà J+30 : aller à mise_en_demeure\nétape mise_en_demeure\nà l'entrée : lettre_recommandée mise_en_demeure après validation\naprès 8 jours ouvrés : aller à contentieux\nétape contentieux\nà l'entrée : transmettre \"recouvrement\" et tâche \"Constituer le dossier\"\nfin",
        "à J+10 : email courtois\nsi retard >= 30j et segment = vip alors aller à suivi\nsi retard >= 30j et segment <> vip alors aller à relance\nétape suivi\nà l'entrée : tâche \"voir\" à commercial\naprès 10 jours : aller à relance\nétape relance\ntous les 15 jours au plus 3 fois : email ferme\naprès 60 jours : aller à cloture\nétape cloture\nà l'entrée : tâche \"décider\"\nfin",
        "scénario gros\npour les factures où montant >= 5 000 €\npriorité 1\nà J+5 : appel courtois\nscénario vip\npour les factures où segment = vip\npriorité 2\nà J+8 : email courtois\nscénario reste\nà J+10 : email courtois",
        "scénario petits\npour les factures où montant < 500 €\nà J+3 : email courtois\nscénario gros\npour les factures où montant >= 500 €\nà J+3 : email ferme",
        "scénario particuliers\npour les factures où régime = b2c\nà J+3 : email courtois\nsi retard >= 20j et segment = vip alors appel\nscénario pros\npour les factures où régime parmi (b2b, public)\nà J+3 : email ferme",
        "si retard >= client.délai_habituel + 3j alors email courtois\nsi retard >= 30j et jours_depuis_relance >= 10j alors email ferme\nsi retard >= 45j et nombre_relances >= 2 alors courrier mise_en_demeure",
        "à J+3 : email courtois\ndès que client.encours_échu >= 10 000 € : alerter \"direction\"\nquand litige ouvert : suspendre 10 jours\nquand promesse rompue : email promesse_non_tenue puis appel ferme",
        "minimum 50 €\nau plus 1 contact tous les 7 jours par client\nà J+3 : email courtois\nà J+10 : email ferme puis appel\nà J+30 : email dernier_avis",
        "quand promesse rompue : suspendre puis reprendre\nà J+2 : email courtois\nsi en_litige et montant_en_litige >= 100 € alors tâche \"répondre\"\nsi promesses_rompues >= 2 et retard >= 5j alors appel ferme",
    ];
    for plan in plans {
        assert_eq!(rendered(plan), "", "{plan}");
    }
}

#[test]
fn comments_accept_findings() {
    let two = |first: &str, second: &str| {
        format!("à J+3 : email rappel_amical\nà J+15 : email courtois\n{first}à J+15 : email ferme{second}\n")
    };
    assert_ne!(rendered(&two("", "")), "");
    assert_eq!(rendered(&two("# accepte R0604 : voulu par la direction\n", "")), "");
    assert_eq!(rendered(&two("# Accepte R0604 : voulu\n# encore un mot\n", "")), "");
    assert_eq!(rendered(&two("", " # accepte R0604 : voulu")), "");
    assert_eq!(rendered(&two("", "\n  puis appel # accepte R0604 : voulu")), "");
    let header = "scénario x\n# accepte R0610 : le reste est suivi à la main\npour les factures où montant >= 500 €\nà J+3 : email courtois\n";
    assert_eq!(rendered(header), "");
}

tells!(
    acceptances_that_do_nothing,
    "# accepte R0604 : rien à voir\nà J+3 : email courtois\n# accepte R0604\nà J+15 : email courtois\nà J+15 : email ferme # accepte R9999 : inconnu\nà J+20 : email ferme # accepte R0201 : une erreur"
);

tells!(
    overlapping_selections,
    "scénario gros\npour les factures où montant >= 500 €\nà J+3 : email courtois\nscénario vip\npour les factures où segment = vip ou montant_exigible > 2 000 €\nà J+3 : email ferme\nscénario reste\nà J+3 : email ferme"
);
tells!(
    cycle_without_time,
    "à J+3 : email courtois\nà J+10 si montant >= 500 € : aller à suivi\nétape suivi\nsi retard >= 12j alors aller à attente\nétape attente\nsi retard >= 5j et montant >= 300 € alors aller à suivi"
);

/// Passages whose conditions exclude each other do not turn, nor do those that take time.
#[test]
fn cycles_that_cannot_turn_are_left_alone() {
    let plan = |back: &str| {
        format!(
            "à J+3 : email courtois\nà J+10 : aller à suivi\nétape suivi\nsi montant >= 500 € alors aller à attente\naprès 5 jours : aller à cloture\nétape attente\n{back}\nétape cloture\nà l'entrée : tâche \"voir\"\nfin"
        )
    };
    assert_eq!(rendered(&plan("si montant < 200 € alors aller à suivi")).matches("au même instant").count(), 0);
    assert_eq!(rendered(&plan("après 1 jour : aller à suivi")), "");
    assert_eq!(
        rendered(&plan(
            "si non (montant >= 500 €) et reste_dû > 0 € alors aller à suivi\naprès 1 jour : aller à cloture"
        ))
        .matches("au même instant")
        .count(),
        0
    );
}
