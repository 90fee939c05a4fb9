//! Names in the order of their definition, found whatever their case and accents, however many there are.

use relance_core::schema::fold;
use std::collections::HashMap;

/// Names as written.
#[derive(Clone, Default)]
pub(crate) struct Names {
    all: Vec<String>,
    /// The first of each folded name.
    places: HashMap<String, usize>,
}

impl Names {
    /// Adds one at the end.
    pub fn push(&mut self, name: String) {
        self.places.entry(fold(&name)).or_insert(self.all.len());
        self.all.push(name);
    }

    /// Where the first of this name stands.
    pub fn place(&self, name: &str) -> Option<usize> {
        self.places.get(&fold(name)).copied()
    }

    /// The first of this name, as written.
    pub fn find(&self, name: &str) -> Option<&String> {
        self.all.get(self.place(name)?)
    }

    pub fn len(&self) -> usize {
        self.all.len()
    }

    pub fn iter(&self) -> impl Iterator<Item = &str> + Clone {
        self.all.iter().map(String::as_str)
    }
}

impl FromIterator<String> for Names {
    fn from_iter<I: IntoIterator<Item = String>>(names: I) -> Names {
        let mut all = Names::default();
        names.into_iter().for_each(|name| all.push(name));
        all
    }
}

/// More names than this are not listed to a reader.
const MAX_LISTED: usize = 20;

/// Names in backticks.
pub(super) fn listed<'a>(names: impl Iterator<Item = &'a str> + Clone) -> String {
    let shown: Vec<String> = names.clone().take(MAX_LISTED).map(|name| format!("`{name}`")).collect();
    let more = names.skip(MAX_LISTED).count();
    let rest = if more > 0 { format!(" … ({more} de plus)") } else { String::new() };
    [shown.join(", "), rest].concat()
}
