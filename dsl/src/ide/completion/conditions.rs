//! Conditions: facts, fields, constants, functions; the words of a list after a comparison; what joins them.

use super::{CompletionKind, List};
use crate::ide::lexicon::Place;
use crate::lex::Kind;
use relance_core::schema::{Fact, REGIMES, Type, fold};

/// Signs and words after which a value stands.
const COMPARISONS: [&str; 9] = ["=", "<>", "<", "<=", ">", ">=", "est", "n'est", "pas"];

impl List<'_> {
    pub(super) fn condition(&mut self) {
        if let Some(left) = self.compared() {
            return self.values(&left);
        }
        let (last, before) = (self.cursor.back(0).to_owned(), self.cursor.back(1).to_owned());
        if last == "(" && before == "passee_par" {
            return self.stages(false);
        }
        let operand = match self.cursor.kind() {
            Some(Kind::Number | Kind::Text) => true,
            Some(Kind::Sign) => matches!(last.as_str(), ")" | "%" | "€"),
            Some(Kind::Word) => {
                !matches!(last.as_str(), "si" | "et" | "ou" | "non" | "que" | "parmi" | "entre" | "factures")
            }
            None => false,
        };
        if operand {
            self.entries(Place::Condition);
        } else {
            self.facts(None);
        }
    }

    /// The word on the left of the comparison that the cursor ends.
    fn compared(&self) -> Option<String> {
        let words = &self.cursor.before;
        let word = |i: usize| words.get(i).map_or("", |word| word.text.as_str());
        let mut i = words.len().checked_sub(1)?;
        let mut listed = false;
        if matches!(word(i), "(" | ",") {
            // `parmi (vip, |`
            while i > 0 && word(i) != "parmi" {
                if matches!(word(i), ")" | "alors" | ":" | "si") {
                    return None;
                }
                i -= 1;
            }
            if i == 0 {
                return None;
            }
            listed = true;
        } else if word(i) == "entre" {
            listed = true;
        } else if word(i) == "et" && i >= 2 && (i.saturating_sub(6)..i).any(|k| word(k) == "entre") {
            i = (i.saturating_sub(6)..i).rev().find(|k| word(*k) == "entre")?;
            listed = true;
        }
        if !listed && !COMPARISONS.contains(&word(i)) {
            return None;
        }
        let mut left = i;
        while left > 0 && (COMPARISONS.contains(&word(left)) || matches!(word(left), "parmi" | "entre")) {
            left -= 1;
        }
        Some(word(left).to_owned())
    }

    /// What a fact can be compared with.
    fn values(&mut self, left: &str) {
        let ty = self.definitions.type_of(left);
        if matches!(self.cursor.back(0), "est" | "pas") {
            self.add("connu", CompletionKind::Keyword, "condition", "Vrai si la valeur est donnée par les données.");
            self.add("inconnu", CompletionKind::Keyword, "condition", "Vrai si la valeur manque dans les données.");
        }
        match ty {
            Some(Type::Segment) => self.segments(),
            Some(Type::Regime) => REGIMES.into_iter().for_each(|r| self.add(r, CompletionKind::Value, "régime", "")),
            Some(Type::Stage) => self.stages(true),
            Some(Type::Bool) => {
                ["oui", "non"].into_iter().for_each(|w| self.add(w, CompletionKind::Value, "oui/non", ""))
            }
            ty => {
                self.facts(ty);
                self.found.retain(|completion| fold(&completion.label) != left);
            }
        }
    }

    pub(super) fn segments(&mut self) {
        let by_rule = self
            .workspace
            .checked()
            .map(|checked| checked.project.segments.iter().map(str::to_owned).collect::<Vec<_>>())
            .unwrap_or_default();
        for segment in by_rule {
            self.add(&segment, CompletionKind::Value, "segment", "Défini par une règle du projet.");
        }
        for segment in self.workspace.context().segments.clone() {
            self.add(&segment, CompletionKind::Value, "segment", "Donné par les données.");
        }
        self.add("aucun", CompletionKind::Value, "segment", "Le client n'a pas de segment.");
    }

    /// Facts, fields, constants and functions; those of one type, when it is given.
    pub(super) fn facts(&mut self, wanted: Option<Type>) {
        let fits = |ty: Type| wanted.is_none_or(|wanted| wanted == ty);
        for fact in Fact::ALL.iter().filter(|fact| fits(fact.ty())) {
            self.add(fact.name(), CompletionKind::Fact, fact.ty().french(), fact.doc());
        }
        if let Some(checked) = self.workspace.checked() {
            let fields: Vec<_> = checked.project.fields.iter().filter(|field| fits(field.ty)).cloned().collect();
            for field in fields {
                self.add(&field.name, CompletionKind::Fact, field.ty.french(), "Champ du projet.");
            }
            let constants: Vec<String> = checked.project.constants.iter().map(|(name, _)| name.clone()).collect();
            for name in constants {
                self.add(&name, CompletionKind::Constant, "constante", "");
            }
        }
        self.functions();
        if wanted.is_none() {
            let doc = "Vrai si la facture est déjà passée par cette étape.";
            self.insert("passée_par", CompletionKind::Function, "fonction", doc, "passée_par(${1:contentieux})");
            self.add("non", CompletionKind::Keyword, "condition", "Le contraire de ce qui suit.");
        }
    }

    pub(super) fn functions(&mut self) {
        for function in self.workspace.functions().to_vec() {
            let slots: Vec<String> = (1..=function.arity).map(|n| format!("${{{n}:…}}")).collect();
            let insert = format!("{}({})", function.name, slots.join(", "));
            let doc = format!("Définie dans {}, ligne {}.", function.path, function.line);
            self.insert(&function.name, CompletionKind::Function, "fonction", &doc, &insert);
        }
    }

    /// The stages of the scenario at hand; the plan too, where it can stand.
    pub(super) fn stages(&mut self, with_plan: bool) {
        if with_plan {
            self.add("plan", CompletionKind::Stage, "début du scénario", "");
        }
        for (name, title) in self.stages_here() {
            self.add(&name, CompletionKind::Stage, title.as_deref().unwrap_or("étape"), "");
        }
    }

    /// The stages that the file writes in the scenario around the cursor, or in the one that its test plays.
    fn stages_here(&self) -> Vec<(String, Option<String>)> {
        use crate::ast::Block;
        let mut scope = (self.path.to_owned(), 0);
        if let Some(reading) = self.workspace.reading(self.path) {
            let opens = |block: &Block| matches!(block, Block::Scenario(_) | Block::FailedHeader);
            let before = reading.tree.blocks.iter().filter(|block| block.span.start < self.cursor.span.start);
            scope.1 = before.filter(|block| opens(&block.value)).count();
        }
        let with = self.cursor.before.windows(2).find_map(|pair| match pair {
            [with, name] if with.text == "avec" => Some(name.text.clone()),
            _ => None,
        });
        let played = with.and_then(|name| self.definitions.scenarios.iter().find(|(known, _)| *known == name));
        let scope = played.map_or(scope, |(_, scope)| scope.clone());
        let Some(reading) = self.workspace.reading(&scope.0) else { return Vec::new() };
        let mut headers = 0;
        let mut stages = Vec::new();
        for block in &reading.tree.blocks {
            match &block.value {
                Block::Scenario(_) | Block::FailedHeader => headers += 1,
                Block::Stage(header) if headers == scope.1 => {
                    stages.push((header.name.value.clone(), header.title.as_ref().map(|title| title.value.clone())));
                }
                Block::FailedStage(name) if headers == scope.1 && !name.is_empty() => stages.push((name.clone(), None)),
                _ => {}
            }
        }
        stages.retain(|(name, _)| fold(name) != fold(&self.cursor.prefix) || !self.cursor.prefix.is_empty());
        stages
    }
}
