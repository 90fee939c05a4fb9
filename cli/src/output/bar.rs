//! Progress bars: on a terminal only, and only for what lasts longer than a second.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::IsTerminal;
use std::time::{Duration, Instant};

/// A bar that shows itself after a second.
pub struct Bar {
    bar: ProgressBar,
    began: Instant,
    shown: bool,
    what: &'static str,
}

impl Bar {
    /// A bar for `what`, hidden for now.
    pub fn new(what: &'static str) -> Bar {
        Bar { bar: ProgressBar::hidden(), began: Instant::now(), shown: false, what }
    }

    /// `done` of `total` are done.
    pub fn at(&mut self, done: usize, total: usize) {
        if !self.shown && self.began.elapsed() > Duration::from_secs(1) && std::io::stderr().is_terminal() {
            self.shown = true;
            let style = ProgressStyle::with_template("{msg} {wide_bar:.cyan} {pos}/{len} ({eta})");
            self.bar = ProgressBar::with_draw_target(Some(total as u64), ProgressDrawTarget::stderr());
            if let Ok(style) = style {
                self.bar.set_style(style);
            }
            self.bar.set_message(self.what);
        }
        self.bar.set_length(total as u64);
        self.bar.set_position(done as u64);
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
