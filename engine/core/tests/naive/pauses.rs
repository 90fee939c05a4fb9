//! Pauses that end by themselves, and clocks that stand still meanwhile.

use crate::model::{Inv, Naive};
use chrono::NaiveDate;
use relance_core::calendar::Calendar;
use relance_core::day::add_days;
use relance_core::machine::Trigger;

impl Inv {
    /// The clock of the state is later by what lay between two days; what counts working days by each of these.
    pub fn put_clocks_off(&mut self, since: NaiveDate, to: NaiveDate, calendar: &Calendar) {
        self.clock = self.clock.map(|start| start + (to - start.max(since).min(to)));
        let lost: Vec<NaiveDate> =
            since.iter_days().take_while(|d| *d < to).filter(|d| calendar.is_business_day(*d)).collect();
        self.working_clock = self
            .working_clock
            .map(|start| lost.iter().filter(|d| **d >= start).fold(start, |day, _| calendar.add_business_days(day, 1)));
    }
}

impl Naive<'_> {
    /// On the day after its last one a pause is over: what came due in it is not to fire any more; what comes due now is.
    pub fn end_pauses(&mut self) {
        let today = self.file.today;
        let over = |until: Option<NaiveDate>| until.filter(|until| *until < today);
        let running = |inv: &Inv| inv.balance > 0 && inv.selected_on.is_some();
        if let Some(until) = over(self.file.stopped_until) {
            (self.file.stopped, self.file.stopped_until) = (false, None);
            let all: Vec<usize> = (0..self.file.invoices.len()).filter(|&i| running(&self.file.invoices[i])).collect();
            for &i in &all {
                if !self.file.invoices[i].stopped {
                    self.pass_over_pause(i, until);
                }
            }
            self.events.extend(all.into_iter().map(|i| (i, Trigger::Resume, None)));
        }
        for i in 0..self.file.invoices.len() {
            let inv = &mut self.file.invoices[i];
            let Some(until) = over(inv.stopped_until).filter(|_| running(inv)) else { continue };
            (inv.stopped, inv.stopped_until) = (false, None);
            self.pass_over_pause(i, until);
            self.events.push((i, Trigger::Resume, None));
        }
    }

    fn pass_over_pause(&mut self, i: usize, until: NaiveDate) {
        let today = std::mem::replace(&mut self.file.today, until);
        self.pass_over_by(i, false, add_days(until, 1));
        self.file.today = today;
    }
}
