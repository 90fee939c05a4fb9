//! `reprise étape a → b`: where the invoices go that stand in a state which earlier versions of the scenario had.

use super::{Lowering, Scenario};
use crate::diagnostic::Code;
use crate::span::{Node, Span};
use relance_core::machine::{Carry, PLAN};
use relance_core::schema::fold;
use std::collections::BTreeMap;

impl Lowering<'_, '_, '_> {
    /// Checks the lines of a scenario, once all of it has been read.
    pub(super) fn carries(&mut self, current: &mut Scenario) {
        let lines = std::mem::take(&mut current.carries);
        let mut first: BTreeMap<String, Span> = BTreeMap::new();
        for (from, to) in &lines {
            let folded = fold(&from.value);
            if let Some(found) = self.not_carried(from, &folded, first.get(&folded).copied()) {
                self.checker.tell(found);
                continue;
            }
            first.insert(folded, from.span);
            let wanted = fold(&to.value);
            let onward = lines.iter().find(|(other, _)| fold(&other.value) == wanted && wanted != PLAN);
            let unknown = self.checker.stages.find(&to.value).is_none();
            if let Some((_, last)) = onward.filter(|_| unknown && !self.checker.stages_unsure) {
                let told = format!("`{}` n'est plus une étape : une autre ligne la reprend", to.value);
                let meant = format!("reprise étape {} → {}", from.value, last.value);
                let found = self.checker.error(Code::UnknownStage, told, to.span);
                self.checker
                    .tell(found.help(format!("écrivez où vont ses factures pour finir : `{meant}`")).fix(&last.value));
                continue;
            }
            match self.checker.stage(&to.value, to.span, "une reprise") {
                Some(to) => current.machine.carries.push(Carry { from: from.value.clone(), to }),
                None => current.unfinished = true,
            }
        }
    }

    /// Why nothing can be carried from a state of this name.
    fn not_carried(
        &self,
        from: &Node<String>,
        folded: &str,
        first: Option<Span>,
    ) -> Option<crate::diagnostic::Diagnostic> {
        let error = |told: String| self.checker.error(Code::WrongCarry, told, from.span);
        if folded == PLAN || folded == "soldee" {
            let what = if folded == PLAN { "le début du scénario" } else { "la fin d'une facture payée" };
            let told = format!("`{}` est {what}, et ne disparaît jamais", from.value);
            return Some(
                error(told).help("à gauche de la flèche vient le nom d'une étape qui n'est plus dans le fichier"),
            );
        }
        if let Some(there) = self.checker.stages.find(&from.value) {
            let told = format!("l'étape `{there}` est encore dans ce scénario : ses factures y restent");
            return Some(
                error(told).help("à gauche de la flèche vient l'ancien nom ; retirez cette ligne, ou l'étape"),
            );
        }
        let first = first?;
        let found = error(format!("une ligne dit déjà où vont les factures de `{}`", from.value));
        Some(found.also(self.file, first, "la première est ici").help("gardez l'une des deux"))
    }
}
