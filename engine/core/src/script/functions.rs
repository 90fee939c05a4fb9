//! The functions that the files define, and looking one up.

use super::problem::Place;
use super::reads::Reads;
use super::{Scripts, suggest};
use crate::schema::fold;

/// A function of a script file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Function {
    /// Its name, as the file writes it.
    pub name: String,
    /// The names of its parameters.
    pub params: Vec<String>,
    /// Where it is defined.
    pub place: Place,
    /// The text of the `///` lines before it.
    pub doc: Option<String>,
    /// The facts it may read.
    pub reads: Reads,
    pub(super) private: bool,
}

impl Function {
    /// How many values a call gives.
    pub fn arity(&self) -> usize {
        self.params.len()
    }

    /// `risque(seuil, marge)`.
    pub fn signature(&self) -> String {
        format!("{}({})", self.name, self.params.join(", "))
    }

    pub(super) fn is_test(&self) -> bool {
        self.name.starts_with("test_") && self.params.is_empty()
    }

    pub(super) fn is_callable(&self) -> bool {
        !self.private && !self.is_test()
    }
}

/// Why no function was found.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Missing {
    /// The name exists with other numbers of values.
    Arity {
        /// The signatures that exist.
        known: Vec<String>,
    },
    /// No function has this name.
    Name {
        /// The nearest name, if one is near.
        nearest: Option<String>,
    },
}

impl Scripts {
    /// The function of this name and number of values; case and accents do not matter.
    pub fn find(&self, name: &str, arity: usize) -> Result<&Function, Missing> {
        // The exact spelling first: it costs no folding.
        if let Some(found) = self.functions().find(|f| f.name == name && f.arity() == arity) {
            return Ok(found);
        }
        let folded = fold(name);
        let named: Vec<&Function> = self.functions().filter(|f| fold(&f.name) == folded).collect();
        if let Some(found) = named.iter().find(|f| f.arity() == arity) {
            return Ok(found);
        }
        if named.is_empty() {
            let nearest = suggest::nearest(name, self.functions().map(|f| f.name.as_str()));
            return Err(Missing::Name { nearest: nearest.map(str::to_owned) });
        }
        Err(Missing::Arity { known: named.into_iter().map(Function::signature).collect() })
    }
}
