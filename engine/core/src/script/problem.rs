//! What can go wrong with a script, told in French with its place.

use std::fmt;

/// A place in a script file.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Place {
    /// The file's path, as it was given.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1, in characters.
    pub column: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.file, self.line, self.column)
    }
}

/// Something wrong with a script, found before anything runs.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct ScriptProblem {
    /// Where.
    pub place: Place,
    /// What is wrong, in French.
    pub message: String,
    /// What to do about it, in French.
    pub help: Option<String>,
    /// Another place that takes part: the first of two definitions.
    pub other: Option<Place>,
}

impl ScriptProblem {
    pub(super) fn new(place: Place, message: impl Into<String>) -> ScriptProblem {
        ScriptProblem { place, message: message.into(), help: None, other: None }
    }

    pub(super) fn help(mut self, help: impl Into<String>) -> ScriptProblem {
        self.help = Some(help.into());
        self
    }
}

impl fmt::Display for ScriptProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} : {}", self.place, self.message)?;
        if let Some(other) = &self.other {
            write!(f, "\n  voir aussi : {other}")?;
        }
        if let Some(help) = &self.help {
            write!(f, "\n  aide : {help}")?;
        }
        Ok(())
    }
}

/// A call that failed while it ran: an anomaly of that invoice, never an unknown result.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ScriptError {
    /// Where it failed; the function's own place when rhai does not say.
    pub place: Place,
    /// Why, in French.
    pub message: String,
}

impl fmt::Display for ScriptError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} : {}", self.place, self.message)
    }
}

impl std::error::Error for ScriptError {}

/// A unit test of a script that did not pass.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TestFailure {
    /// Where it failed.
    pub place: Place,
    /// What was expected and what was found, in French.
    pub message: String,
}

impl fmt::Display for TestFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} : {}", self.place, self.message)
    }
}

impl std::error::Error for TestFailure {}
