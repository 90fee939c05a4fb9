//! The variables that a template can read: name, kind and meaning. One source for the check, the values and the manual.

/// What a variable is.
#[derive(Clone, Copy, Debug)]
pub enum Shape {
    /// Text.
    Text,
    /// A whole number.
    Number,
    /// Yes or no: for `{% if … %}`.
    Bool,
    /// Money.
    Amount,
    /// A civil date.
    Date,
    /// Named parts.
    Record(&'static [Variable]),
    /// Several records.
    List(&'static [Variable]),
    /// What a script answers.
    Answer,
    /// Not known to the check.
    Any,
}

impl Shape {
    /// With its article, for messages.
    pub fn french(self) -> &'static str {
        match self {
            Shape::Text => "un texte",
            Shape::Number => "un nombre",
            Shape::Bool => "un oui/non",
            Shape::Amount => "un montant",
            Shape::Date => "une date",
            Shape::Record(_) => "un groupe de valeurs",
            Shape::List(_) => "une liste",
            Shape::Answer => "la réponse d'un script",
            Shape::Any => "une valeur",
        }
    }
}

/// A variable.
#[derive(Clone, Copy, Debug)]
pub struct Variable {
    /// As written in a template.
    pub name: &'static str,
    /// What it is.
    pub shape: Shape,
    /// Whether a message may lack it.
    pub optional: bool,
    /// Whether it takes rates, so that a message with it waits for them.
    pub computed: bool,
    /// One French sentence.
    pub doc: &'static str,
}

const fn always(name: &'static str, shape: Shape, doc: &'static str) -> Variable {
    Variable { name, shape, optional: false, computed: false, doc }
}

const fn maybe(name: &'static str, shape: Shape, doc: &'static str) -> Variable {
    Variable { name, shape, optional: true, computed: false, doc }
}

const fn computed(name: &'static str, doc: &'static str) -> Variable {
    Variable { name, shape: Shape::Amount, optional: false, computed: true, doc }
}

/// The variables of every message.
pub const VARIABLES: &[Variable] = &[
    always("creancier", Shape::Record(CREDITOR), "Votre société, telle que `relance.toml` la décrit."),
    always("client", Shape::Record(CLIENT), "Le client à qui la facture est adressée."),
    always("destinataire", Shape::Record(RECIPIENT), "La personne à qui ce message est envoyé."),
    always(
        "facture",
        Shape::Record(INVOICE),
        "La facture qui a décidé l'envoi : dans un message groupé, celle dont le ton est le plus haut, puis la plus en retard.",
    ),
    always(
        "factures",
        Shape::List(INVOICE),
        "Toutes les factures du message, la plus ancienne échéance d'abord ; toujours au moins une.",
    ),
    always("langue", Shape::Text, "La langue du message, en deux lettres : `fr`, `en` …"),
    always("nombre", Shape::Number, "Le nombre de factures du message."),
    always("total", Shape::Amount, "La somme des restes dus des factures du message."),
    always("total_exigible", Shape::Amount, "La somme de ce qui est exigible sur les factures du message."),
    computed(
        "total_penalites",
        "La somme des `penalites` des factures du message ; zéro si l'une est due par un particulier.",
    ),
    computed("total_interet_legal", "La somme des `interet_legal` des factures du message."),
    computed(
        "total_indemnites",
        "La somme des `indemnite` des factures du message ; zéro si l'une est due par un particulier.",
    ),
    computed("total_a_payer", "La somme des `total_a_payer` des factures du message."),
    maybe(
        "lien_paiement",
        Shape::Text,
        "L'adresse de la page où se paient ensemble toutes les factures du message ; pour une seule, celle de sa page.",
    ),
    maybe(
        "lien_espace",
        Shape::Text,
        "L'adresse de la page où le destinataire voit ce que doit le client, annonce un paiement, donne une date ou conteste ; absente \
         sans `[espace]`, et quand le destinataire n'est pas un contact du client ou n'a pas d'adresse électronique.",
    ),
    always("date", Shape::Date, "Le jour de l'envoi."),
    always("b2b", Shape::Bool, "Vrai quand le message s'adresse à une entreprise."),
    always("b2c", Shape::Bool, "Vrai quand le message s'adresse à un particulier."),
    always("public", Shape::Bool, "Vrai quand le message s'adresse à un acheteur public."),
    always("relance", Shape::Record(REMINDERS), "Les relances déjà faites sur la facture."),
    maybe("promesse", Shape::Record(PROMISE), "La promesse de paiement dont le message parle."),
    maybe("responsable", Shape::Record(OWNER), "La personne qui suit la facture chez vous."),
];

const CREDITOR: &[Variable] = &[
    always("nom", Shape::Text, "Son nom."),
    maybe("siren", Shape::Text, "Son SIREN."),
    maybe("adresse", Shape::Text, "Son adresse postale, sur plusieurs lignes."),
    maybe("telephone", Shape::Text, "Son téléphone."),
    maybe("email", Shape::Text, "Son adresse électronique, pour les questions et les contestations."),
    maybe("site", Shape::Text, "Son site."),
    maybe("iban", Shape::Text, "Son IBAN ; le filtre `iban` l'écrit par groupes de quatre."),
    maybe("bic", Shape::Text, "Son BIC."),
    maybe("signataire", Shape::Text, "Qui signe."),
];

const CLIENT: &[Variable] = &[
    always("code", Shape::Text, "Son code dans votre comptabilité."),
    always("nom", Shape::Text, "Son nom."),
    maybe("adresse", Shape::Text, "Son adresse postale, sur plusieurs lignes."),
    always("segment", Shape::Text, "Son segment, ou `aucun`."),
    maybe("pays", Shape::Text, "Son pays, en deux lettres."),
];

const RECIPIENT: &[Variable] = &[
    maybe("nom", Shape::Text, "Son nom."),
    maybe("role", Shape::Text, "Sa fonction, comme dans `à comptabilité`."),
    maybe("email", Shape::Text, "Son adresse électronique."),
    maybe("telephone", Shape::Text, "Son téléphone."),
];

const INVOICE: &[Variable] = &[
    always("numero", Shape::Text, "Son numéro."),
    always("date_emission", Shape::Date, "Sa date d'émission."),
    always("date_echeance", Shape::Date, "Sa date d'échéance."),
    always("montant", Shape::Amount, "Son montant TTC."),
    always("reste_du", Shape::Amount, "Ce qui reste à payer."),
    always(
        "montant_exigible",
        Shape::Amount,
        "Ce que l'on peut réclamer ce jour-là : le reste dû moins ce qui est en litige, promis, annoncé, couvert par un avoir du \
         client ou dû à une échéance à venir.",
    ),
    computed(
        "penalites",
        "Les pénalités de retard d'une entreprise, ou les intérêts moratoires d'un acheteur public, jusqu'au jour de l'envoi compris et \
         moins ce qui en est payé ; zéro pour un particulier.",
    ),
    computed(
        "interet_legal",
        "L'intérêt légal que doit un particulier depuis la mise en demeure ; zéro pour les autres.",
    ),
    computed(
        "indemnite",
        "L'indemnité forfaitaire de 40 € si elle est due et n'est pas payée ; zéro sinon, et pour un particulier.",
    ),
    computed("total_a_payer", "`montant_exigible`, plus `penalites`, `interet_legal` et `indemnite`."),
    Variable {
        computed: true,
        ..maybe(
            "taux_interets",
            Shape::Text,
            "Les taux annuels de `penalites` ou d'`interet_legal` : « 14,50 % puis 14,25 % ».",
        )
    },
    always("retard", Shape::Number, "Les jours écoulés depuis l'échéance ; négatif avant elle."),
    always("regime", Shape::Text, "`b2b`, `b2c` ou `public`."),
    maybe("libelle", Shape::Text, "Son objet."),
    maybe(
        "reference_virement",
        Shape::Text,
        "Sa référence de virement (RF) ; le filtre `iban` l'écrit par groupes de quatre.",
    ),
    maybe("lien_paiement", Shape::Text, "L'adresse de sa page de paiement."),
];

const REMINDERS: &[Variable] = &[
    always("nombre", Shape::Number, "Combien, appels compris, sans compter celle-ci."),
    maybe("derniere", Shape::Date, "Le jour de la dernière."),
];

const PROMISE: &[Variable] = &[
    always("date", Shape::Date, "Le jour promis."),
    maybe("montant", Shape::Amount, "Le montant promis ; absent quand c'est tout le reste dû."),
];

const OWNER: &[Variable] = &[
    always("nom", Shape::Text, "Son nom."),
    maybe("email", Shape::Text, "Son adresse électronique."),
    maybe("telephone", Shape::Text, "Son téléphone."),
];

/// What minijinja gives inside a `{% for %}`.
pub(super) const LOOP: &[Variable] = &[
    always("index", Shape::Number, "Le rang, à partir de 1."),
    always("index0", Shape::Number, "Le rang, à partir de 0."),
    always("revindex", Shape::Number, "Le rang depuis la fin, à partir de 1."),
    always("revindex0", Shape::Number, "Le rang depuis la fin, à partir de 0."),
    always("first", Shape::Bool, "Vrai au premier tour."),
    always("last", Shape::Bool, "Vrai au dernier tour."),
    always("length", Shape::Number, "Le nombre de tours."),
];

/// The table of variables of `docs/modeles.md`, in Markdown.
pub fn reference() -> String {
    let mut rows = String::from("| Variable | C'est | Sens |\n| --- | --- | --- |\n");
    for variable in VARIABLES {
        row(&mut rows, "", variable);
        let (prefix, parts) = match variable.shape {
            Shape::Record(parts) => (variable.name, parts),
            // The parts of `factures` are those of `facture`, written `f.numero` in a loop.
            _ => continue,
        };
        for part in parts {
            row(&mut rows, prefix, part);
        }
    }
    rows
}

fn row(rows: &mut String, prefix: &str, variable: &Variable) {
    let dot = if prefix.is_empty() { "" } else { "." };
    let optional = if variable.optional { ", parfois absent" } else { "" };
    let (name, kind, doc) = (variable.name, variable.shape.french(), variable.doc);
    rows.push_str(&format!("| `{prefix}{dot}{name}` | {kind}{optional} | {doc} |\n"));
}
