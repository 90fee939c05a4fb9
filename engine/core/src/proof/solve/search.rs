//! The search: one alternative after the other, each checked against what the facts can be.

use super::Var;
use super::formula::{Atom, Formula, Truth};
use super::reals::{Found, Row, solve as solve_rows};
use crate::schema::Fact;
use std::collections::{BTreeMap, BTreeSet};

/// More alternatives than this are not tried.
const MAX_LEAVES: usize = 400;

/// What the facts can be, whatever the condition.
pub(crate) trait Domain {
    /// The words that a fact can be; `None` when any text is possible.
    fn words(&self, var: &Var) -> Option<BTreeSet<String>>;
    /// What always holds between the facts that are read, as sums that are 0 at least.
    fn relations(&self, facts: &Known<'_>) -> Vec<(Vec<(Var, i128)>, i128)>;
    /// What nearly always holds besides: examples keep to it where they can.
    fn usual(&self, facts: &Known<'_>) -> Vec<(Vec<(Var, i128)>, i128)>;
    /// A likely value of a number, given those already chosen.
    fn prefer(&self, var: &Var, chosen: &BTreeMap<Var, i128>) -> i128;
}

/// What an alternative says of its facts.
pub(crate) struct Known<'a> {
    pub numbers: &'a BTreeSet<Var>,
    pub flags: &'a BTreeMap<Var, Truth>,
    pub known: &'a BTreeMap<Var, bool>,
    /// The lowest `retard` that the alternative allows, where it says so outright.
    pub late: Option<i128>,
}

/// Values under which a formula holds.
#[derive(Clone, PartialEq, Debug, Default)]
pub(crate) struct Model {
    pub numbers: BTreeMap<Var, i128>,
    pub words: BTreeMap<Var, String>,
    pub flags: BTreeMap<Var, bool>,
    pub unknown: BTreeSet<Var>,
}

/// Whether a formula can hold.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum Answer {
    /// It cannot.
    No,
    /// It can, with values that satisfy what is understood of it.
    Yes(Model),
    /// Nobody knows.
    Maybe,
}

impl Answer {
    pub fn is_no(&self) -> bool {
        *self == Answer::No
    }
}

/// Looks for values under which all formulas hold.
pub(crate) fn solve(formulas: &[&Formula], domain: &impl Domain) -> Answer {
    let mut search = Search { domain, leaves: 0, gave_up: false };
    let mut atoms = Vec::new();
    let found = search.follow(formulas.to_vec(), Vec::new(), &mut atoms);
    match found {
        Some(model) => Answer::Yes(model),
        None if search.gave_up => Answer::Maybe,
        None => Answer::No,
    }
}

struct Search<'d, D> {
    domain: &'d D,
    leaves: usize,
    gave_up: bool,
}

impl<D: Domain> Search<'_, D> {
    fn follow<'f>(
        &mut self,
        mut todo: Vec<&'f Formula>,
        mut choices: Vec<&'f [Formula]>,
        atoms: &mut Vec<&'f Atom>,
    ) -> Option<Model> {
        let before = atoms.len();
        while let Some(next) = todo.pop() {
            match next {
                Formula::Atom(atom) => atoms.push(atom),
                Formula::All(parts) => todo.extend(parts),
                Formula::Any(parts) => match parts.as_slice() {
                    [] => {
                        atoms.truncate(before);
                        return None;
                    }
                    [only] => todo.push(only),
                    several => choices.push(several),
                },
            }
        }
        let found = self.choose(choices, atoms);
        atoms.truncate(before);
        found
    }

    fn choose<'f>(&mut self, mut choices: Vec<&'f [Formula]>, atoms: &mut Vec<&'f Atom>) -> Option<Model> {
        self.leaves += 1;
        if self.leaves > MAX_LEAVES {
            self.gave_up = true;
            return None;
        }
        let model = match self.check(atoms) {
            Answer::No => return None,
            Answer::Yes(model) => Some(model),
            Answer::Maybe => None,
        };
        choices.sort_by_key(|parts| std::cmp::Reverse(parts.len()));
        let Some(parts) = choices.pop() else {
            self.gave_up |= model.is_none();
            return model;
        };
        for part in parts {
            let found = self.follow(vec![part], choices.clone(), atoms);
            if found.is_some() {
                return found;
            }
        }
        None
    }

    /// Whether all atoms can hold together.
    fn check(&self, atoms: &[&Atom]) -> Answer {
        let mut state = Conjunction::default();
        for atom in atoms {
            if !state.note(atom) {
                return Answer::No;
            }
        }
        let Some(words) = state.words(self.domain) else { return Answer::No };
        let facts = Known { numbers: &state.numbers, flags: &state.flags, known: &state.known, late: state.late() };
        let mut rows = state.rows.clone();
        rows.extend(self.domain.relations(&facts).into_iter().map(|(terms, constant)| Row::new(terms, constant)));
        let prefer = |var: &Var, chosen: &BTreeMap<Var, i128>| self.domain.prefer(var, chosen);
        let usual = self.domain.usual(&facts);
        let likely = (!usual.is_empty()).then(|| {
            let usual = usual.into_iter().map(|(terms, constant)| Row::new(terms, constant));
            solve_rows(rows.iter().cloned().chain(usual).collect(), &prefer)
        });
        let numbers = match likely {
            Some(Found::Yes(values)) => values,
            _ => match solve_rows(rows, &prefer) {
                Found::No => return Answer::No,
                Found::Maybe => return Answer::Maybe,
                Found::Yes(values) => values,
            },
        };
        let flags = state.flags.iter().filter(|(_, t)| t.yes || t.no).map(|(var, t)| (var.clone(), !t.no)).collect();
        let unknown = state.known.iter().filter(|(_, known)| !**known).map(|(var, _)| var.clone()).collect();
        Answer::Yes(Model { numbers, words, flags, unknown })
    }
}

#[derive(Default)]
struct Conjunction {
    among: BTreeMap<Var, BTreeSet<String>>,
    except: BTreeMap<Var, BTreeSet<String>>,
    flags: BTreeMap<Var, Truth>,
    known: BTreeMap<Var, bool>,
    numbers: BTreeSet<Var>,
    rows: Vec<Row>,
}

impl Conjunction {
    fn note(&mut self, atom: &Atom) -> bool {
        match atom {
            Atom::AtLeastZero(sum) => {
                let known = sum.terms.keys().all(|var| self.known(var, true));
                self.numbers.extend(sum.terms.keys().cloned());
                if let Some(constant) = sum.constant.high {
                    self.rows.push(Row { terms: sum.terms.clone(), constant });
                }
                known
            }
            Atom::Word { var, words, inside } => {
                if *inside {
                    let known = self.among.entry(var.clone()).or_insert_with(|| words.clone());
                    known.retain(|word| words.contains(word));
                } else {
                    self.except.entry(var.clone()).or_default().extend(words.iter().cloned());
                }
                self.known(var, true)
            }
            Atom::Flag(var, truth) => {
                let so_far = self.flags.entry(var.clone()).or_insert(Truth::ANY);
                *so_far = so_far.and(*truth);
                !so_far.is_impossible()
            }
            Atom::Known(var, known) => self.known(var, *known),
        }
    }

    /// Notes that a fact is known, or unknown; whether that is possible.
    fn known(&mut self, var: &Var, known: bool) -> bool {
        if !known && !var.may_be_unknown() {
            return false;
        }
        *self.known.entry(var.clone()).or_insert(known) == known
    }

    /// A word for each text; `None` when there is none for one of them.
    fn words(&self, domain: &impl Domain) -> Option<BTreeMap<Var, String>> {
        let none = BTreeSet::new();
        let mut chosen = BTreeMap::new();
        let vars: BTreeSet<&Var> = self.among.keys().chain(self.except.keys()).collect();
        for var in vars {
            let except = self.except.get(var).unwrap_or(&none);
            let possible = match (self.among.get(var), domain.words(var)) {
                (Some(among), Some(all)) => Some(among.intersection(&all).cloned().collect()),
                (Some(among), None) => Some(among.clone()),
                (None, all) => all,
            };
            let word = match possible {
                Some(words) => words.into_iter().find(|word| !except.contains(word))?,
                None => other_than(var, except),
            };
            chosen.insert(var.clone(), word);
        }
        Some(chosen)
    }

    fn late(&self) -> Option<i128> {
        let late = Var::Fact(Fact::DaysLate);
        let lower = self.rows.iter().filter_map(|row| match row.terms.iter().collect::<Vec<_>>().as_slice() {
            [(var, factor)] if **var == late && **factor > 0 => Some(-row.constant.div_euclid(**factor)),
            _ => None,
        });
        lower.max()
    }
}

/// A text that is none of these.
fn other_than(var: &Var, except: &BTreeSet<String>) -> String {
    let usual: &[&str] = match var {
        Var::Fact(Fact::Currency) => &["EUR", "CHF", "USD", "GBP"],
        Var::Fact(Fact::CustomerCountry) => &["FR", "BE", "CH", "DE"],
        _ => &["autre"],
    };
    let known = usual.iter().map(|word| (*word).to_owned()).find(|word| !except.contains(word));
    known.unwrap_or_else(|| (2..).map(|n| format!("autre {n}")).find(|word| !except.contains(word)).unwrap_or_default())
}
