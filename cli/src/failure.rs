//! How a command ends badly: exit codes, and the failure told on standard error.

pub use relance_desk::failure::{Failure, file, unknown};

use crate::output::RED;
use std::process::ExitCode;

/// Findings: a wrong scenario, a refused file.
pub const FINDINGS: u8 = 1;
/// Wrong use.
pub const USAGE: u8 = 2;
/// Something outside failed: file, database, network.
pub const OUTSIDE: u8 = 3;

/// Tells the failure on standard error.
pub fn report(failure: Failure) -> ExitCode {
    let code = match failure {
        Failure::Findings(_) => FINDINGS,
        Failure::Usage(..) => USAGE,
        Failure::Outside(..) => OUTSIDE,
        Failure::Silent => return ExitCode::SUCCESS,
    };
    let (message, help) = failure.words();
    if code == FINDINGS {
        anstream::eprintln!("{message}");
    } else {
        anstream::eprintln!("{RED}erreur{RED:#} : {message}");
    }
    if !help.is_empty() {
        anstream::eprintln!("  aide : {help}");
    }
    ExitCode::from(code)
}
