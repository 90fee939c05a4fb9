//! The body of an act, and what the published document says of it: one form for each act, checked against what is really read.

use relance_core::act::{ACTS, Act, CallOutcome};
use relance_core::dispute::DisputeCode;
use relance_core::incoming::Waived;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};
use std::borrow::Cow;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{
    AdditionalProperties, ArrayBuilder, KnownFormat, ObjectBuilder, OneOfBuilder, Schema, SchemaFormat, SchemaType,
    Type,
};
use utoipa::{PartialSchema, ToSchema};

/// An act with its reason.
#[derive(Debug)]
pub struct Given {
    /// What is done.
    pub act: Act,
    /// Why.
    pub reason: Option<String>,
}

/// What is sent.
#[derive(Debug)]
pub struct ActBody(pub Given);

impl<'de> Deserialize<'de> for ActBody {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<ActBody, D::Error> {
        let mut fields = Map::<String, Value>::deserialize(deserializer)?;
        let reason = match fields.remove("motif") {
            None => None,
            Some(Value::String(text)) => Some(text),
            Some(Value::Null) => None,
            Some(_) => return Err(D::Error::custom("motif: invalid type")),
        };
        let act = serde_json::from_value(Value::Object(fields)).map_err(D::Error::custom)?;
        Ok(ActBody(Given { act, reason }))
    }
}

/// How a field is written.
#[derive(Clone, Copy)]
enum Kind {
    Text,
    Day,
    Sum,
    Flag,
    Outcome,
    Code,
    Waived,
    Channel,
    Instalments,
}

/// A field: its name, how it is written, whether it must be there, and what it says.
type Field = (&'static str, Kind, bool, &'static str);

const ASKED: bool = true;
const FREE: bool = false;
const KEY: Field = (
    "cle",
    Kind::Text,
    FREE,
    "La clé de ce à quoi l’acte répond (voir `/travail`) ; sans elle, le plus ancien sur la facture.",
);
const AMOUNT: Field = ("montant", Kind::Sum, FREE, "Tout ce qui reste, sans lui.");

/// The fields of an act.
fn fields(act: &str) -> &'static [Field] {
    match act {
        "appel" => &[
            KEY,
            ("resultat", Kind::Outcome, ASKED, "Ce qu’a donné l’appel."),
            ("le", Kind::Day, FREE, "Le jour promis."),
            AMOUNT,
            ("code", Kind::Code, FREE, "Le motif d’un litige."),
        ],
        "validation" | "refus" => &[KEY],
        "pause" => &[("jusqu_a", Kind::Day, ASKED, "Le dernier jour de la pause.")],
        "reprise" => &[(
            "rattraper",
            Kind::Flag,
            FREE,
            "Envoyer tout de suite le palier le plus haut déjà échu, au lieu de le passer.",
        )],
        "saut" => &[("etape", Kind::Text, ASKED, "Le nom de l’étape.")],
        "promesse" => &[("le", Kind::Day, ASKED, "Le jour promis."), AMOUNT],
        "litige" => &[("code", Kind::Code, ASKED, "Le motif."), AMOUNT],
        "paiement_annonce" => &[AMOUNT],
        "echeancier" => &[("echeances", Kind::Instalments, ASKED, "Ce qui se paie quand : tout ce qui reste.")],
        "echeance" => &[("au", Kind::Day, ASKED, "La nouvelle échéance.")],
        "commentaire" => &[("texte", Kind::Text, ASKED, "Pour les collègues.")],
        "segment" => {
            &[("segment", Kind::Text, FREE, "Le segment ; sans lui, les données et les règles en décident de nouveau.")]
        }
        "renonciation" => {
            &[("a", Kind::Waived, ASKED, "À quoi."), ("retiree", Kind::Flag, FREE, "Ils sont réclamés de nouveau.")]
        }
        "transmission" => &[("a", Kind::Text, ASKED, "À qui.")],
        "tache" => &[("texte", Kind::Text, ASKED, "Ce qu’il y a à faire."), ("pour", Kind::Text, FREE, "Pour qui.")],
        "tache_faite" => &[KEY, ("impossible", Kind::Flag, FREE, "Elle ne peut pas se faire.")],
        "courrier_poste" => &[
            KEY,
            ("suivi", Kind::Text, FREE, "Le numéro de suivi."),
            ("impossible", Kind::Flag, FREE, "La lettre ne peut pas se poster."),
        ],
        "doute" => &[
            ("cle", Kind::Text, ASKED, "Le message (voir `/doutes`)."),
            ("parti", Kind::Flag, ASKED, "S’il était parti."),
        ],
        "adresse_confirmee" => &[("canal", Kind::Channel, FREE, "Seulement celles de ce canal.")],
        "procedure_collective" => &[("jugement", Kind::Day, ASKED, "La date du jugement.")],
        // `arret`, `litige_clos`, `reponse`, `procedure_close`: nothing but the act.
        _ => &[],
    }
}

fn text() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String)
}

/// What may as well be said to be nothing.
fn free(schema: Schema) -> Schema {
    let Schema::Object(mut object) = schema else { return schema };
    object.schema_type = SchemaType::from_iter([Type::String, Type::Null]);
    if let Some(words) = &mut object.enum_values {
        words.push(Value::Null);
    }
    Schema::Object(object)
}

fn day() -> ObjectBuilder {
    text().format(Some(SchemaFormat::KnownFormat(KnownFormat::Date)))
}

fn sum() -> ObjectBuilder {
    // What is read is wider: blanks between thousands, a comma, a sign of the currency.
    text().pattern(Some("^[0-9]{1,15}([.,][0-9]{1,2})?( [A-Z]{3})?$"))
}

fn word(words: impl IntoIterator<Item = &'static str>) -> ObjectBuilder {
    text().enum_values(Some(words.into_iter().map(Value::from)))
}

/// The words of some values, as they are read.
fn words(all: impl IntoIterator<Item = impl Serialize>) -> ObjectBuilder {
    text().enum_values(Some(all.into_iter().filter_map(|one| serde_json::to_value(one).ok())))
}

fn schema((_, kind, asked, about): &Field) -> Schema {
    let told = |builder: ObjectBuilder| {
        let schema = Schema::from(builder.description(Some(*about)));
        if *asked || matches!(kind, Kind::Flag) { schema } else { free(schema) }
    };
    match kind {
        Kind::Text => told(text()),
        Kind::Day => told(day()),
        Kind::Sum => told(sum()),
        Kind::Flag => told(ObjectBuilder::new().schema_type(Type::Boolean)),
        Kind::Outcome => told(words(CallOutcome::all().map(|(outcome, _)| outcome))),
        Kind::Code => told(words(DisputeCode::all().map(|(code, _)| code))),
        Kind::Waived => told(words(Waived::ALL)),
        Kind::Channel => told(word(["email", "sms"])),
        Kind::Instalments => {
            let one = ObjectBuilder::new().schema_type(Type::Object).property("le", day()).property("montant", sum());
            let one = one.required("le").required("montant");
            let one = one.additional_properties(Some(AdditionalProperties::FreeForm(false)));
            ArrayBuilder::new().items(RefOr::T(Schema::from(one))).description(Some(*about)).into()
        }
    }
}

impl PartialSchema for ActBody {
    fn schema() -> RefOr<Schema> {
        let mut all = OneOfBuilder::new().description(Some("Un acte, avec son motif."));
        for row in &ACTS {
            let mut one = ObjectBuilder::new()
                .schema_type(Type::Object)
                .title(Some(row.title))
                .property("acte", word([row.name]))
                .required("acte")
                .additional_properties(Some(AdditionalProperties::FreeForm(false)));
            let reason = text().max_length(Some(300)).description(Some("Pourquoi : le journal le garde."));
            one = match row.reason {
                true => one.property("motif", reason.min_length(Some(1))).required("motif"),
                false => one.property("motif", free(Schema::from(reason))),
            };
            for field in fields(row.name) {
                one = one.property(field.0, schema(field));
                if field.2 {
                    one = one.required(field.0);
                }
            }
            all = all.item(one);
        }
        RefOr::T(all.into())
    }
}

impl ToSchema for ActBody {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("Acte")
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use serde_json::json;

    fn example(kind: Kind) -> Value {
        match kind {
            Kind::Text => json!("x"),
            Kind::Day => json!("2026-03-01"),
            Kind::Sum => json!("12.50"),
            Kind::Flag => json!(true),
            Kind::Outcome => json!(CallOutcome::all().next().unwrap().0),
            Kind::Code => json!(DisputeCode::all().next().unwrap().0),
            Kind::Waived => json!("penalites"),
            Kind::Channel => json!("email"),
            Kind::Instalments => json!([{ "le": "2026-03-01", "montant": "10" }]),
        }
    }

    fn body(act: &str, fields: &[&Field]) -> Value {
        let mut body = json!({ "acte": act, "motif": "essai" });
        for (name, kind, ..) in fields {
            body[*name] = example(*kind);
        }
        body
    }

    fn read(body: &Value) -> Result<ActBody, String> {
        serde_json::from_value(body.clone()).map_err(|error| error.to_string())
    }

    /// What the document says is what is read: each field alone, all together, and none that it does not name.
    #[test]
    fn the_document_says_what_is_read() {
        for row in &ACTS {
            let all: Vec<&Field> = fields(row.name).iter().collect();
            let asked: Vec<&Field> = all.iter().copied().filter(|field| field.2).collect();
            let least = read(&body(row.name, &asked)).unwrap_or_else(|why| panic!("{}: {why}", row.name));
            assert_eq!(least.0.act.row().name, row.name);
            assert_eq!(least.0.reason.as_deref(), Some("essai"));
            let whole = read(&body(row.name, &all)).unwrap_or_else(|why| panic!("{}: {why}", row.name));
            // Written again, it has all of them: the document leaves none out, and none is passed over.
            let written = serde_json::to_value(&whole.0.act).unwrap();
            let mut named: Vec<&str> = all.iter().map(|field| field.0).chain(["acte"]).collect();
            let mut found: Vec<&str> = written.as_object().unwrap().keys().map(String::as_str).collect();
            named.sort_unstable();
            found.sort_unstable();
            assert_eq!(found, named, "{}", row.name);
            for field in &asked {
                let mut without = body(row.name, &asked);
                without.as_object_mut().unwrap().remove(field.0);
                assert!(read(&without).is_err(), "{} without {}", row.name, field.0);
            }
            for field in all.iter().filter(|field| !field.2 && !matches!(field.1, Kind::Flag)) {
                let mut none = body(row.name, &asked);
                none[field.0] = Value::Null;
                assert!(read(&none).is_ok(), "{} with no {}", row.name, field.0);
            }
            let mut more = body(row.name, &asked);
            more["inconnu"] = json!(1);
            assert!(read(&more).is_err(), "{}", row.name);
        }
        assert!(read(&json!({ "acte": "arret", "motif": 1 })).is_err());
        assert!(read(&json!({ "acte": "danse" })).is_err());
        assert!(read(&json!([])).is_err());
    }

    #[test]
    fn words_are_those_that_are_read() {
        for word in ["email", "sms"] {
            assert!(read(&json!({ "acte": "adresse_confirmee", "canal": word })).is_ok(), "{word}");
        }
    }
}
