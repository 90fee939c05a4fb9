//! Settings of a scenario.

use super::Lowering;
use crate::ast::{Literal, Setting};
use crate::diagnostic::Code;
use crate::keywords::nearest;
use crate::span::{Node, Span};
use relance_core::calendar::Region;
use relance_core::day;
use relance_core::machine::Cap;
use relance_core::schema::fold;
use rust_decimal::prelude::ToPrimitive;

/// What people call several territories at once, folded.
const OVERSEAS: [&str; 7] = ["outre_mer", "dom", "dom_tom", "drom", "drom_com", "antilles", "caraibes"];

/// What people call a calendar, folded, and its name.
const SYNONYMS: [(&str, &str); 10] = [
    ("metropole", "france"),
    ("france_metropolitaine", "france"),
    ("fr", "france"),
    ("francais", "france"),
    ("alsace", "alsace_moselle"),
    ("moselle", "alsace_moselle"),
    ("reunion", "la_réunion"),
    ("guyane_francaise", "guyane"),
    ("saint_barth", "saint_barthélemy"),
    ("sans", "aucun"),
];

fn kind(setting: &Setting) -> &'static str {
    match setting {
        Setting::Selection(_) => "pour les factures où",
        Setting::Priority(_) => "priorité",
        Setting::Calendar(_) => "calendrier",
        Setting::Sendings { .. } => "envois",
        Setting::Cap { .. } | Setting::NoCap => "au plus",
        Setting::Group => "regrouper par client",
        Setting::CatchUp => "rattrapage",
        Setting::FreshPayments(_) => "paiements à jour",
        Setting::Minimum(_) => "minimum",
        Setting::End => "fin",
        Setting::Carry(..) => "reprise étape",
    }
}

impl Lowering<'_, '_, '_> {
    pub(super) fn apply(&mut self, setting: &Setting, span: Span) {
        let name = kind(setting);
        if let Some(first) = self.settings.get(name).copied() {
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
            Setting::Group => {
                if let Some(current) = &mut self.current {
                    current.machine.settings.group = true;
                }
            }
            Setting::CatchUp => {
                if let Some(current) = &mut self.current {
                    current.machine.settings.step_by_step = true;
                }
            }
            Setting::FreshPayments(hours) => {
                if let Some(current) = &mut self.current {
                    current.machine.settings.fresh_payments = Some(*hours);
                }
            }
            Setting::End | Setting::Carry(..) => {}
        }
    }

    fn calendar(&mut self, name: &Node<String>) {
        let wanted = fold(&name.value);
        let Some(region) = Region::ALL.into_iter().find(|region| fold(region.name()) == wanted) else {
            return self.unknown_calendar(name);
        };
        if let Some(current) = &mut self.current {
            current.machine.settings.calendar.region = region;
        }
    }

    fn unknown_calendar(&mut self, name: &Node<String>) {
        let joined = fold(&name.value).replace(['-', ' '], "_");
        let list = Region::ALL.iter().map(|region| format!("`{}`", region.name())).collect::<Vec<_>>().join(", ");
        let found = if OVERSEAS.contains(&joined.as_str()) {
            self.checker
                .error(Code::UnknownCalendar, format!("`{}` n'est pas un calendrier : chaque territoire a le sien", name.value), name.span)
                .help("écrivez `guadeloupe`, `martinique`, `guyane`, `la_réunion`, `mayotte`, `saint_barthélemy` ou `saint_martin`")
        } else {
            let synonym = SYNONYMS.iter().find(|(said, _)| *said == joined).map(|(_, name)| *name);
            let same = Region::ALL.iter().find(|region| fold(region.name()) == joined).map(|region| region.name());
            let near = || nearest(&joined, Region::ALL.iter().map(|region| region.name()));
            match synonym.or(same).or_else(near) {
                Some(meant) => self
                    .checker
                    .error(
                        Code::UnknownCalendar,
                        format!("calendrier inconnu `{}` : vouliez-vous dire `{meant}` ?", name.value),
                        name.span,
                    )
                    .fix(meant),
                None => {
                    self.checker.error(Code::UnknownCalendar, format!("calendrier inconnu `{}`", name.value), name.span)
                }
            }
            .help(format!("les calendriers sont {list}"))
        };
        self.checker.tell(found);
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
