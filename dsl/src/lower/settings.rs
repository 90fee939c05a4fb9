//! Settings of a scenario.

use super::Lowering;
use crate::ast::{Literal, Setting};
use crate::diagnostic::Code;
use crate::keywords::nearest;
use crate::span::{Node, Span};
use relance_core::calendar::Calendar;
use relance_core::day;
use relance_core::machine::Cap;
use relance_core::schema::fold;
use rust_decimal::prelude::ToPrimitive;

fn kind(setting: &Setting) -> &'static str {
    match setting {
        Setting::Selection(_) => "pour les factures où",
        Setting::Priority(_) => "priorité",
        Setting::Calendar(_) => "calendrier",
        Setting::Sendings { .. } => "envois",
        Setting::Cap { .. } | Setting::NoCap => "au plus",
        Setting::Group => "regrouper par client",
        Setting::CatchUp => "rattrapage",
        Setting::FreshPayments => "paiements à jour",
        Setting::Minimum(_) => "minimum",
        Setting::End => "fin",
    }
}

impl Lowering<'_, '_, '_> {
    pub(super) fn apply(&mut self, setting: &Setting, span: Span) {
        let name = kind(setting);
        if !matches!(setting, Setting::End)
            && let Some(first) = self.settings.get(name).copied()
        {
            let file = self.file;
            let found = self
                .checker
                .error(Code::DuplicateSetting, format!("`{name}` est déjà réglé pour ce scénario"), span)
                .also(file, first, "le premier est ici")
                .help("gardez l'un des deux");
            self.checker.tell(found);
            return;
        }
        self.settings.insert(name, span);
        match setting {
            Setting::Selection(condition) => {
                let selection = self.checker.condition(condition);
                if let Some(current) = &mut self.current {
                    current.unsure |= selection.is_none();
                    current.machine.selection = selection;
                    current.selection_place = Some(span);
                }
            }
            Setting::Priority(number) => {
                let priority = self.whole(number, "une priorité", 0);
                if let Some(current) = &mut self.current {
                    current.unsure |= priority.is_none();
                    current.machine.priority = priority;
                }
            }
            Setting::Calendar(name) => self.calendar(name),
            Setting::Sendings { days, hours } => {
                if let Some(current) = &mut self.current {
                    let window = &mut current.machine.settings.window;
                    window.days = days.unwrap_or(window.days);
                    (window.opens, window.closes) = hours.unwrap_or((window.opens, window.closes));
                }
            }
            Setting::Cap { contacts, period } => self.cap(contacts, period),
            Setting::NoCap => {
                if let Some(current) = &mut self.current {
                    current.machine.settings.cap = None;
                }
            }
            Setting::Minimum(amount) => {
                if let (Literal::Amount(amount), Some(current)) = (&amount.value, &mut self.current) {
                    current.machine.settings.minimum = Some(*amount);
                }
            }
            Setting::Group => self.checker.not_yet(
                "`regrouper par client`",
                span,
                "en attendant, supprimez cette ligne : chaque facture a son message, et `au plus 1 contact tous les 3 jours par client` les espace",
            ),
            Setting::CatchUp => self.checker.not_yet(
                "`rattrapage pas à pas`",
                span,
                "en attendant, supprimez cette ligne : une facture en retard reçoit le message du palier le plus haut",
            ),
            Setting::FreshPayments => self.checker.not_yet(
                "`paiements à jour`",
                span,
                "en attendant, supprimez cette ligne et importez les règlements avant chaque `relance executer`",
            ),
            Setting::End if self.in_stage => {}
            Setting::End => {
                self.checker.not_yet("`fin`", span, "supprimez cette ligne : un scénario finit quand la facture est soldée")
            }
        }
    }

    fn calendar(&mut self, name: &Node<String>) {
        let calendar = match fold(&name.value).as_str() {
            "france" => Calendar::France,
            "aucun" => Calendar::NoHolidays,
            _ => {
                let message = match nearest(&name.value, ["france", "aucun"]) {
                    Some(meant) => format!("calendrier inconnu `{}` : vouliez-vous dire `{meant}` ?", name.value),
                    None => format!("calendrier inconnu `{}`", name.value),
                };
                let found = self.checker.error(Code::UnknownCalendar, message, name.span);
                self.checker.tell(found.help("les calendriers sont `france` et `aucun`"));
                return;
            }
        };
        if let Some(current) = &mut self.current {
            current.machine.settings.calendar = calendar;
        }
    }

    fn cap(&mut self, contacts: &Node<Literal>, period: &Node<Literal>) {
        let contacts = self.whole(contacts, "un plafond", 1);
        let days = match &period.value {
            Literal::Duration(day::Span::Days(days)) if *days >= 1 => Some(*days),
            Literal::Invalid => None,
            _ => {
                let written = self.checker.written(period.span);
                let found = self
                    .checker
                    .error(
                        Code::OutOfRange,
                        format!("un plafond se compte en jours, et `{written}` n'en est pas un nombre fixe"),
                        period.span,
                    )
                    .help("écrivez par exemple `au plus 1 contact tous les 30 jours par client`");
                self.checker.tell(found);
                None
            }
        };
        if let (Some(contacts), Some(days), Some(current)) = (contacts, days, &mut self.current) {
            let (contacts, days) =
                (u32::try_from(contacts).unwrap_or(u32::MAX), u32::try_from(days).unwrap_or(u32::MAX));
            current.machine.settings.cap = Some(Cap { contacts, days });
        }
    }

    /// A whole number of at least `least`.
    fn whole(&mut self, number: &Node<Literal>, what: &str, least: i64) -> Option<i64> {
        if matches!(number.value, Literal::Invalid) {
            return None;
        }
        let value = match &number.value {
            Literal::Number(n) if n.fract().is_zero() => n.to_i64().filter(|n| (least..=1_000_000).contains(n)),
            _ => None,
        };
        if value.is_none() {
            let help = if least > 0 {
                "pour ne rien limiter, écrivez `sans plafond`"
            } else {
                "écrivez par exemple `priorité 1`"
            };
            let found = self
                .checker
                .error(Code::OutOfRange, format!("{what} est un nombre entier d'au moins {least}"), number.span)
                .help(help);
            self.checker.tell(found);
        }
        value
    }
}
