//! Places where the engine is known not to do what the contract says: `true` reads the contract, `false` follows the engine until it is
//! mended. Each flag goes away with its defect.

/// §3, collectable amount: a dispute that, with the client's credits, leaves nothing to ask for suspends the invoice.
pub const CREDITS_COUNT_FOR_SUSPENSION: bool = true;
/// §2, order at one instant: all guards of an instant read the facts as they were before its first firing.
pub const ONE_READING_PER_INSTANT: bool = false;
/// §2, rungs: a rung below 0 that never fired is recorded as skipped from the due day on, whether or not a higher one ever fires.
pub const EARLY_RUNGS_SKIP_BY_THEMSELVES: bool = true;
/// §4, last check: the guard is read again only before the first contact, also when that was an information put on a list.
pub const LISTED_INFORMATION_IS_A_CONTACT: bool = true;
/// §2, free rules: a free branch of an `ou` fires by itself, also when the rung of another branch was passed.
pub const FREE_BRANCHES_STAND_ALONE: bool = true;
/// §2, rungs: the same day is the same rung; a rung of which a rule without a contact fired is not skipped.
pub const INTERNAL_RULES_FILL_A_RUNG: bool = true;
/// §2, rungs: of two rules of one rung, only the one on the due date's clock is given up on the due day.
pub const RULES_KEEP_THEIR_CLOCK: bool = true;
/// §4, grouping: one call or letter for several contacts is done once, for all of them, also when two are of one invoice.
pub const GROUPED_WORK_IS_DONE_ONCE: bool = true;
/// §3, manual resume: a `suspendre` whose last day has gone is nothing to resume.
pub const EXPIRED_SUSPENSION_IS_OVER: bool = true;
/// §1 and §3: an invoice that reopens stands where it stood; its selection is not read again for that.
pub const REOPENING_KEEPS_SCENARIO: bool = true;
/// §2, step by step: the distance counts from what was really sent, not from a task that was done.
pub const STEPS_COUNT_CONTACTS_ONLY: bool = true;
/// §2, clocks: an entry action that is refused or expires creates a task, and the clock of the state does not start.
pub const REFUSED_ENTRY_MAKES_A_TASK: bool = true;
/// §2, step by step: also among the rungs below 0 of a due date that was moved.
pub const STEPS_BEFORE_A_MOVED_DUE_DATE: bool = true;
