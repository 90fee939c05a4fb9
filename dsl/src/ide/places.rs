//! Every place in a tree, so that a block that has only moved need not be read again. Each structure is taken apart
//! whole: a field that is added and forgotten here does not compile.

use crate::ast::{
    Action, Approval, Arith, Attempt, Block, Channel, Choice, Compare, Expr, Guard, Head, Header, Item, Literal, Name,
    Rule, Sequence, Setting, Stage, Test, TestFact, TestHappening, TestLine, TestWhat,
};
use crate::span::{Node, Span};

/// What holds places.
pub(super) trait Places {
    /// Shows each place.
    fn places(&mut self, visit: &mut dyn FnMut(&mut Span));
}

impl<T: Places> Places for Node<T> {
    fn places(&mut self, visit: &mut dyn FnMut(&mut Span)) {
        visit(&mut self.span);
        self.value.places(visit);
    }
}

impl<T: Places> Places for Vec<T> {
    fn places(&mut self, visit: &mut dyn FnMut(&mut Span)) {
        self.iter_mut().for_each(|part| part.places(visit));
    }
}

impl<T: Places> Places for Option<T> {
    fn places(&mut self, visit: &mut dyn FnMut(&mut Span)) {
        if let Some(part) = self {
            part.places(visit);
        }
    }
}

impl<T: Places> Places for Box<T> {
    fn places(&mut self, visit: &mut dyn FnMut(&mut Span)) {
        self.as_mut().places(visit);
    }
}

macro_rules! without_places {
    ($($ty:ty),*) => { $(impl Places for $ty { fn places(&mut self, _: &mut dyn FnMut(&mut Span)) {} })* };
}

without_places!(String, Literal, Compare, Arith, Channel, Name);

/// Takes a structure apart and shows the places of each field.
macro_rules! all_fields {
    ($($ty:ident { $($field:ident),* })*) => {
        $(impl Places for $ty {
            fn places(&mut self, visit: &mut dyn FnMut(&mut Span)) {
                let $ty { $($field),* } = self;
                $($field.places(visit);)*
            }
        })*
    };
}

impl Places for bool {
    fn places(&mut self, _: &mut dyn FnMut(&mut Span)) {}
}

all_fields! {
    Header { name, title }
    Rule { head, conditions, sequence, without_prior_reminder }
    Sequence { stages }
    Stage { after, wait, items }
    Item { attempts }
    Attempt { action, approval }
    Approval { by }
    Choice { call, among }
    Test { name, lines, wrong }
    TestFact { name, value }
    TestHappening { what, invoices }
}

impl Places for Block {
    fn places(&mut self, visit: &mut dyn FnMut(&mut Span)) {
        match self {
            Block::Scenario(header) | Block::Stage(header) => header.places(visit),
            Block::Segment(name, condition) => {
                name.places(visit);
                condition.places(visit);
            }
            Block::Field(name, ty) => {
                name.places(visit);
                ty.places(visit);
            }
            Block::Constant(name, value) => {
                name.places(visit);
                value.places(visit);
            }
            Block::Script(path) | Block::Include(path) => path.places(visit),
            Block::Test(test) => test.places(visit),
            Block::Setting(setting) => setting.places(visit),
            Block::Rule(rule) => rule.places(visit),
            Block::FailedHeader | Block::FailedStage(_) | Block::FailedDefinition(_) | Block::Failed => {}
        }
    }
}

impl Places for Setting {
    fn places(&mut self, visit: &mut dyn FnMut(&mut Span)) {
        match self {
            Setting::Selection(condition) => condition.places(visit),
            Setting::Priority(value) | Setting::Minimum(value) => value.places(visit),
            Setting::Calendar(name) => name.places(visit),
            Setting::Cap { contacts, period } => {
                contacts.places(visit);
                period.places(visit);
            }
            Setting::Carry(from, to) => {
                from.places(visit);
                to.places(visit);
            }
            Setting::Sendings { days: _, hours: _ }
            | Setting::FreshPayments(_)
            | Setting::NoCap
            | Setting::Group
            | Setting::CatchUp
            | Setting::End => {}
        }
    }
}

impl Places for Guard {
    fn places(&mut self, visit: &mut dyn FnMut(&mut Span)) {
        match self {
            Guard::If(condition) | Guard::Unless(condition) => condition.places(visit),
        }
    }
}

impl Places for Head {
    fn places(&mut self, visit: &mut dyn FnMut(&mut Span)) {
        match self {
            Head::If(condition) | Head::After(condition) => condition.places(visit),
            Head::Else(condition) => condition.places(visit),
            Head::Every { every, at_most } => {
                every.places(visit);
                at_most.places(visit);
            }
            Head::When(words, name) => {
                words.places(visit);
                name.places(visit);
            }
            Head::Rung { offset: _, end_of_month: _ } | Head::Entry => {}
        }
    }
}

impl Places for Action {
    fn places(&mut self, visit: &mut dyn FnMut(&mut Span)) {
        match self {
            Action::Contact { channel, template, choice, to, copy } => {
                channel.places(visit);
                template.places(visit);
                choice.places(visit);
                to.places(visit);
                copy.places(visit);
            }
            Action::Task { text, to } => {
                text.places(visit);
                to.places(visit);
            }
            Action::Alert(name) | Action::HandOver(name) => name.places(visit),
            Action::Note(text) => text.places(visit),
            Action::GoTo(state) => state.places(visit),
            Action::Suspend(length) => length.places(visit),
            Action::Resume | Action::Continue | Action::Invalid => {}
        }
    }
}

impl Places for Expr {
    fn places(&mut self, visit: &mut dyn FnMut(&mut Span)) {
        match self {
            Expr::Call(_, parts) | Expr::And(parts) | Expr::Or(parts) => parts.places(visit),
            Expr::Not(part) | Expr::Known(part) | Expr::Negative(part) => part.places(visit),
            Expr::Compare(sign, left, right) => {
                sign.places(visit);
                left.places(visit);
                right.places(visit);
            }
            Expr::Arith(sign, left, right) => {
                sign.places(visit);
                left.places(visit);
                right.places(visit);
            }
            Expr::Between(value, low, high) => {
                value.places(visit);
                low.places(visit);
                high.places(visit);
            }
            Expr::Among(value, list) => {
                value.places(visit);
                list.places(visit);
            }
            Expr::Literal(_) | Expr::Word(_) => {}
        }
    }
}

impl Places for TestLine {
    fn places(&mut self, visit: &mut dyn FnMut(&mut Span)) {
        match self {
            TestLine::With(name) => name.places(visit),
            TestLine::Invoice { number, amount: _, due: _, issued: _, known: _, facts } => {
                number.places(visit);
                facts.places(visit);
            }
            TestLine::Client { code, facts } => {
                code.places(visit);
                facts.places(visit);
            }
            TestLine::Day { date: _, hour: _, happenings } => happenings.places(visit),
            TestLine::End { invoice, state } => {
                invoice.places(visit);
                state.places(visit);
            }
            TestLine::People(_) | TestLine::ThenNothing => {}
        }
    }
}

impl Places for TestWhat {
    fn places(&mut self, visit: &mut dyn FnMut(&mut Span)) {
        match self {
            TestWhat::Effect(attempt) => attempt.places(visit),
            TestWhat::Nothing | TestWhat::Event(_) | TestWhat::People(_) => {}
        }
    }
}
