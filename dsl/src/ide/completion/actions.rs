//! Actions: verbs, templates, roles, stages, what joins them; and the lines of tests.

use super::{CompletionKind, List};
use crate::ide::lexicon::{Place, templates_of};
use crate::lex::Kind;
use relance_core::machine::{Channel, Nature};
use relance_core::schema::{Fact, fold};

impl List<'_> {
    pub(super) fn actions(&mut self) {
        let last = self.cursor.back(0).to_owned();
        match last.as_str() {
            ":" | "alors" | "defaut" | "sinon" => self.entries(Place::Action),
            "et" => {
                self.entries(Place::Action);
                if self.names_roles() {
                    self.roles();
                }
            }
            "puis" => {
                self.entries(Place::Action);
                self.insert("après", CompletionKind::Keyword, "suite", "Attend encore cette durée.", "après ${1:3j} ");
            }
            "email" | "sms" | "appel" | "courrier" | "lettre_recommandee" => {
                self.templates(&last);
                self.functions();
                if last == "appel" {
                    self.entries(Place::Joint);
                }
            }
            "(" | "," if self.lists_templates() => {
                let channel = self.cursor.before.iter().rev().find(|word| channel(&word.text).is_some());
                let channel = channel.map(|word| word.text.clone()).unwrap_or_default();
                self.templates(&channel);
            }
            "a" if self.cursor.back(1) == "aller" => self.stages(false),
            "aller" => self.add("à", CompletionKind::Keyword, "action", ""),
            "a" => {
                self.roles();
                self.add(
                    "défaut",
                    CompletionKind::Keyword,
                    "suite",
                    "Ce qui se fait si l'action d'avant est impossible.",
                );
            }
            "copie" | "," => self.roles(),
            "de" if self.cursor.back(1) == "validation" => self.roles(),
            "validation" => self.add("de", CompletionKind::Keyword, "suite", "Qui approuve."),
            "alerter" | "transmettre" => {
                for role in self.workspace.context().roles.clone() {
                    self.insert(&role, CompletionKind::Role, "rôle", "", &format!("\"{role}\""));
                }
            }
            "apres" => {
                self.add("validation", CompletionKind::Keyword, "suite", "Quelqu'un doit approuver l'action d'abord.")
            }
            "suspendre" => self.insert("pendant", CompletionKind::Keyword, "durée", "", "pendant ${1:10 jours}"),
            _ if self.cursor.kind() != Some(Kind::Sign) => {
                self.entries(Place::Joint);
                let doc = "À qui le message est adressé ; sans cela, au contact de relance du client.";
                self.insert("à", CompletionKind::Keyword, "destinataire", doc, "à ");
            }
            _ => {}
        }
    }

    /// Whether the `et` before the cursor may join two roles.
    fn names_roles(&self) -> bool {
        let roles = &self.workspace.context().roles;
        let role = |word: &str| roles.iter().any(|role| fold(role) == word);
        role(self.cursor.back(1)) && matches!(self.cursor.back(2), "a" | "copie" | ",")
    }

    /// Whether the cursor is in `email f() parmi (…)`.
    fn lists_templates(&self) -> bool {
        let mut words = self.cursor.before.iter().rev().map(|word| word.text.as_str());
        let open = words.find(|word| matches!(*word, "(" | ")"));
        open == Some("(") && words.next() == Some("parmi")
    }

    /// The templates of a channel, by its folded verb.
    pub(super) fn templates(&mut self, verb: &str) {
        let Some(channel) = channel(verb) else { return };
        let templates = self.workspace.context().templates.clone();
        for template in templates.iter().filter(|template| template.channel.folder() == channel.folder()) {
            let nature = match template.nature {
                Some(Nature::FormalNotice) => "mise en demeure",
                Some(Nature::Information) => "information",
                Some(Nature::Reminder) => "relance",
                None if channel == Channel::RegisteredLetter => "mise en demeure",
                None => "relance",
            };
            self.add(&template.name, CompletionKind::Template, &templates_of(channel.folder()), nature);
        }
    }

    pub(super) fn roles(&mut self) {
        for role in self.workspace.context().roles.clone() {
            self.add(&role, CompletionKind::Role, "rôle", "");
        }
    }

    pub(super) fn test(&mut self) {
        match (self.cursor.back(0), self.cursor.back(1)) {
            ("avec", _) | ("scenario", "avec") => {
                let names: Vec<String> = self.scenario_names();
                names.iter().for_each(|name| self.add(name, CompletionKind::Scenario, "scénario", ""));
            }
            ("final", "etat") => self.ends(),
            (":", _) if self.line().any(|word| word == "final") => self.ends(),
            ("a", "saut") => self.stages(true),
            ("segment", _) => self.segments(),
            _ if self.line().next() == Some("le") => {
                if matches!(self.cursor.back(0), ":" | "et" | "puis") {
                    self.entries(Place::Action);
                    self.entries(Place::Happening);
                } else {
                    self.actions();
                }
            }
            (",", _) => self.given(),
            _ if self.line().next() == Some("client") => self.given(),
            _ => {}
        }
    }

    /// The words of the line before the cursor.
    fn line(&self) -> impl Iterator<Item = &str> {
        let from = self.cursor.before.iter().rposition(|word| word.first).unwrap_or(0);
        self.cursor.before.iter().skip(from).map(|word| word.text.as_str())
    }

    fn ends(&mut self) {
        let doc = "Il ne reste rien à payer.";
        self.add("soldée", CompletionKind::Stage, "fin", doc);
        self.stages(true);
    }

    /// What a test can say of its invoice and client.
    fn given(&mut self) {
        for fact in Fact::ALL.iter().filter(|fact| !fact.moves_with_time()) {
            self.add(fact.name(), CompletionKind::Fact, fact.ty().french(), fact.doc());
        }
        if let Some(checked) = self.workspace.checked() {
            for field in checked.project.fields.clone() {
                self.add(&field.name, CompletionKind::Fact, field.ty.french(), "Champ du projet.");
            }
        }
    }

    fn scenario_names(&self) -> Vec<String> {
        let checked = self.workspace.checked();
        checked.map(|checked| checked.scenarios.iter().map(|s| s.machine.name.clone()).collect()).unwrap_or_default()
    }
}

/// The channel of a folded verb.
fn channel(verb: &str) -> Option<Channel> {
    Channel::ALL.into_iter().find(|channel| fold(channel.name()) == verb)
}
