//! The project of a command: read, and told of what in it is not read.

pub use relance_desk::project::{Project, now, own_rates, read, scenarios, settings, versions, wrong_settings};

use crate::failure::Failure;
use std::path::{Path, PathBuf};

/// Reads a project's settings, templates and scenarios; `files` instead of all scenarios, when given.
pub fn open(dir: &Path, files: &[PathBuf]) -> Result<Project, Failure> {
    let project = Project::open(dir, files)?;
    for told in &project.unread {
        anstream::eprintln!("{told}");
    }
    Ok(project)
}
