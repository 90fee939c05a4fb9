//! What the proofs find.

use super::Witness;
use super::messages::{Mention, Words};
use crate::machine::RuleId;

/// One finding about a machine.
#[derive(Clone, PartialEq, Debug)]
pub struct Finding {
    /// The scenario.
    pub scenario: String,
    /// What is found.
    pub kind: Kind,
    /// The place to look at.
    pub at: At,
    /// The other places that have to do with it, with their scenarios.
    pub also: Vec<(String, At)>,
    /// An invoice that shows it, confirmed by a simulation.
    pub witness: Option<Witness>,
    /// The words of a template that it is about.
    pub template: Option<InTemplate>,
    /// What the proof takes for granted, in French.
    pub assumed: Option<&'static str>,
}

/// Words of a template.
#[derive(Clone, PartialEq, Debug)]
pub struct InTemplate {
    /// Its path, relative to the project.
    pub file: String,
    /// The file's text.
    pub text: String,
    /// The words.
    pub at: Words,
}

/// A place of a machine.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum At {
    /// The scenario itself.
    Scenario,
    /// Its selection.
    Selection,
    /// A state.
    State(String),
    /// A rule.
    Rule(RuleId),
}

/// A contact that the cap always keeps from leaving on its day.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Delayed {
    /// The first contact of a rung, in days from the due date.
    Rung(i64),
    /// What a sequence does later.
    Stage(String),
    /// The repetitions of a rule, after the first ones.
    Repeat,
}

/// What can be found.
#[derive(Clone, PartialEq, Debug)]
pub enum Kind {
    /// The rule's conditions exclude each other.
    NeverFires,
    /// The rule asks that the invoice has been in a state from which nothing leads back.
    NeverVisited {
        /// The state.
        state: String,
    },
    /// A rung of a state that is always past when the state is entered.
    PastAtEntry {
        /// The first day on which the state can be entered, in days from the due date.
        entered: i64,
    },
    /// What a sequence does after a wait, before which a higher rung always replaces it.
    CutOff {
        /// What is never done.
        lost: String,
        /// The day of the higher rung, on the same clock.
        day: i64,
        /// The clock is that of the state.
        in_state: bool,
    },
    /// The rule's conditions exclude what its scenario selects.
    OutsideSelection,
    /// Whenever the rule could fire, a higher rung fires instead.
    Hidden,
    /// Two rules of one rung send different messages by the same way to the same people.
    TwoMessages,
    /// Two rules of one rung send the same message.
    SameMessageTwice,
    /// Two rules of one rung go to different states.
    TwoDestinations {
        /// The states.
        states: (String, String),
    },
    /// Of two rules of one occasion, one suspends the invoice and the other resumes it.
    HeldAndResumed,
    /// A rule's contact is cancelled by another rule of its rung, which leaves the state.
    CancelledByLeaving {
        /// The state that the other rule goes to.
        to: String,
    },
    /// No rule leads to the state.
    Unreached,
    /// Nothing happens in the state after its entry, nothing leaves it, and it is no end.
    DeadEnd,
    /// States that lead to each other at one instant.
    Cycle {
        /// Their names, the first one again at the end.
        route: Vec<String>,
    },
    /// States that lead to each other as soon as people have done their work.
    WorkCycle {
        /// Their names, the first one again at the end.
        route: Vec<String>,
    },
    /// Invoices that no scenario takes.
    Untaken,
    /// Two scenarios without different priorities take the same invoice.
    Overlap,
    /// The scenarios before take every invoice that this one selects.
    Starved,
    /// Something happens only after the debt is time-barred.
    TimeBarred {
        /// How many years.
        years: u32,
        /// The first day, in days from the due date.
        day: i64,
    },
    /// A repetition that goes on reminding the client for ever.
    Endless,
    /// The plan itself keeps the contact from leaving on its day.
    AlwaysDelayed {
        /// What waits.
        what: Delayed,
    },
    /// A formal notice that waits for a reminder that never comes.
    NoticeWithoutReminder,
    /// A formal notice that is the first word to the client.
    NoticeFirst,
    /// A hand-over before which no formal notice needs to have left.
    HandOverWithoutNotice {
        /// To whom.
        target: String,
    },
    /// A consumer gets a message that asks for what only professionals owe, or shows what is not for other eyes.
    ConsumerClaim {
        /// What.
        claim: Mention,
        /// The template, with its channel: `email ferme`.
        template: String,
    },
    /// A message announces what its sender has no right to: costs, a seizure.
    Threat {
        /// What.
        claim: Mention,
        /// The template, with its channel: `email ferme`.
        template: String,
    },
    /// A message does not say what one of its kind has to.
    MissingMentions {
        /// The template, with its channel: `email ferme`.
        template: String,
        /// What it does not say.
        missing: Vec<Mention>,
        /// It is a formal notice.
        notice: bool,
        /// What it does not say when it is about several invoices.
        grouped: Vec<Mention>,
    },
    /// Actions of a sequence after it has left the state.
    AfterLeaving {
        /// The state that it went to.
        to: String,
        /// What is never done.
        lost: String,
    },
    /// A rung or free rule of a state that is an end.
    InFinalState {
        /// The state.
        state: String,
    },
    /// A rung above one that always leaves the state.
    AboveLeaving {
        /// The state that the other goes to.
        to: String,
        /// On which day.
        day: i64,
        /// The clock is that of the state.
        in_state: bool,
    },
    /// A repetition that the state does not last long enough for.
    RepeatTooLong {
        /// The days that the state lasts.
        lasts: i64,
    },
    /// A hold that nothing of the scenario ends.
    SuspendedForEver,
    /// A condition that a script makes readable only day by day.
    ReadDaily {
        /// The function.
        function: String,
    },
}

impl Finding {
    pub(super) fn new(scenario: &str, kind: Kind, at: At) -> Finding {
        Finding {
            scenario: scenario.to_owned(),
            kind,
            at,
            also: Vec::new(),
            witness: None,
            template: None,
            assumed: None,
        }
    }

    pub(super) fn also(mut self, at: At) -> Finding {
        self.also.push((self.scenario.clone(), at));
        self
    }

    pub(super) fn with(mut self, witness: Option<Witness>) -> Finding {
        self.witness = witness;
        self
    }
}
