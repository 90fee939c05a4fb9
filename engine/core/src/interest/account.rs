//! Where the money of each movement goes: principal, interest, fee, or more than was owed.

use super::exact::Exact;
use super::terms::Allocation;
use crate::dossier::{Movement, MovementKind};
use serde::Serialize;

/// Where the money of a movement goes, in cents; negative for what a reversal takes back.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize)]
pub struct Piece {
    /// To the principal.
    pub principal: i64,
    /// To the interest.
    #[serde(rename = "interets")]
    pub interest: i64,
    /// To the recovery fee.
    #[serde(rename = "indemnite")]
    pub fee: i64,
    /// More than was owed.
    #[serde(rename = "trop_percu")]
    pub surplus: i64,
}

impl Piece {
    fn part(&mut self, part: Part) -> &mut i64 {
        match part {
            Part::Principal => &mut self.principal,
            Part::Interest => &mut self.interest,
            Part::Fee => &mut self.fee,
            Part::Surplus => &mut self.surplus,
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Principal,
    Interest,
    Fee,
    Surplus,
}

/// The fee comes last: the law puts interest before principal, and says nothing of it.
const fn order(allocation: Allocation) -> [Part; 4] {
    match allocation {
        Allocation::PrincipalFirst => [Part::Principal, Part::Interest, Part::Fee, Part::Surplus],
        Allocation::InterestFirst => [Part::Interest, Part::Principal, Part::Fee, Part::Surplus],
    }
}

/// What is owed on an invoice as its movements come in, in cents.
pub(super) struct Account {
    allocation: Allocation,
    /// Principal not paid.
    pub principal: i64,
    /// Interest that has run, unrounded.
    pub interest: Exact,
    /// Interest paid.
    pub interest_paid: i64,
    /// The recovery fee, once it is due.
    pub fee: i64,
    /// What of it is paid.
    pub fee_paid: i64,
    /// Interest is given up: no more of it is owed than was paid.
    pub interest_waived: bool,
    /// The recovery fee is.
    pub fee_waived: bool,
    /// Paid or credited over everything.
    pub surplus: i64,
    /// What payments paid, oldest first: a reversal takes back the latest.
    paid: Vec<Piece>,
}

impl Account {
    pub fn new(principal: i64, allocation: Allocation) -> Account {
        let interest = Exact::default();
        let (interest_paid, fee, fee_paid, surplus) = (0, 0, 0, 0);
        let principal = principal.max(0);
        let (interest_waived, fee_waived) = (false, false);
        let paid = Vec::new();
        Account {
            allocation,
            principal,
            interest,
            interest_paid,
            fee,
            fee_paid,
            interest_waived,
            fee_waived,
            surplus,
            paid,
        }
    }

    /// Interest not paid, rounded as it would be if it stopped running now.
    pub fn interest_due(&self) -> i64 {
        if self.interest_waived {
            return 0;
        }
        self.interest.cents().unwrap_or(i64::MAX).saturating_sub(self.interest_paid).max(0)
    }

    /// What of the fee is not paid.
    pub fn fee_due(&self) -> i64 {
        if self.fee_waived { 0 } else { self.fee.saturating_sub(self.fee_paid).max(0) }
    }

    /// Takes a movement in and says where its money goes.
    pub fn take(&mut self, movement: &Movement) -> Piece {
        match movement.kind {
            MovementKind::Payment => self.pay(movement.cents.max(0)),
            MovementKind::Reversal => self.reverse(movement.cents.max(0)),
            MovementKind::Credit if movement.cents >= 0 => self.credit(movement.cents),
            MovementKind::Credit => self.raise(movement.cents.saturating_neg()),
        }
    }

    fn owed(&self, part: Part) -> i64 {
        match part {
            Part::Principal => self.principal,
            Part::Interest => self.interest_due(),
            Part::Fee => self.fee_due(),
            Part::Surplus => i64::MAX,
        }
    }

    /// Moves money into a part; out of it when negative.
    fn put(&mut self, part: Part, cents: i64) {
        match part {
            Part::Principal => self.principal = self.principal.saturating_sub(cents),
            Part::Interest => self.interest_paid = self.interest_paid.saturating_add(cents),
            Part::Fee => self.fee_paid = self.fee_paid.saturating_add(cents),
            Part::Surplus => self.surplus = self.surplus.saturating_add(cents),
        }
    }

    fn pay(&mut self, cents: i64) -> Piece {
        let (mut rest, mut piece) = (cents, Piece::default());
        for part in order(self.allocation) {
            let taken = rest.min(self.owed(part));
            self.put(part, taken);
            *piece.part(part) = taken;
            rest -= taken;
        }
        self.paid.push(piece);
        piece
    }

    /// A credit note lowers the principal; interest that has run stays due.
    fn credit(&mut self, cents: i64) -> Piece {
        let principal = cents.min(self.principal);
        self.put(Part::Principal, principal);
        self.put(Part::Surplus, cents - principal);
        Piece { principal, surplus: cents - principal, ..Piece::default() }
    }

    /// An invoice corrected upwards; what was paid too much pays it.
    fn raise(&mut self, cents: i64) -> Piece {
        let surplus = cents.min(self.surplus).max(0);
        self.put(Part::Surplus, -surplus);
        self.put(Part::Principal, surplus - cents);
        Piece { principal: surplus - cents, surplus: -surplus, ..Piece::default() }
    }

    /// The latest payments are undone, each in the opposite order: everything is owed again as it was before them.
    fn reverse(&mut self, cents: i64) -> Piece {
        let (mut rest, mut undone) = (cents, Piece::default());
        while rest > 0
            && let Some(mut piece) = self.paid.pop()
        {
            for part in order(self.allocation).into_iter().rev() {
                let back = rest.min(*piece.part(part));
                // A surplus may have paid a correction since: the principal is owed in its place.
                let kept = if part == Part::Surplus { back.min(self.surplus).max(0) } else { back };
                self.put(part, -kept);
                self.put(Part::Principal, kept - back);
                *piece.part(part) -= back;
                *undone.part(part) -= kept;
                undone.principal -= back - kept;
                rest -= back;
            }
            if piece != Piece::default() {
                self.paid.push(piece);
            }
        }
        if rest > 0 {
            let more = self.raise(rest);
            undone.principal = undone.principal.saturating_add(more.principal);
            undone.surplus = undone.surplus.saturating_add(more.surplus);
        }
        // What was credited over everything pays what is owed again: nobody owes principal and is owed it.
        let covered = self.surplus.min(self.principal).max(0);
        self.put(Part::Surplus, -covered);
        self.put(Part::Principal, covered);
        undone.principal += covered;
        undone.surplus -= covered;
        undone
    }
}
