//! Where a simulation starts, told of the clients that are left out of it.

pub use relance_desk::worlds::{NOTHING_TO_CATCH_UP, Worlds, look_again, republished};

use crate::failure::Failure;
use crate::output;
use crate::project::Project;
use relance_core::day::Instant;
use relance_core::program::Program;
use relance_engine::store::Store;
use std::path::Path;

/// See [`relance_desk::worlds::load`].
pub async fn load(
    project: &Project,
    program: &Program,
    base: Option<&str>,
    files: Option<&Path>,
    from: Instant,
    only: Option<&str>,
) -> Result<Worlds, Failure> {
    relance_desk::worlds::load(project, program, base, files, from, only).await.inspect(told)
}

/// See [`relance_desk::worlds::from_base`].
pub async fn from_base(
    project: &Project,
    program: &Program,
    store: &dyn Store,
    from: Instant,
    only: Option<&str>,
) -> Result<Worlds, Failure> {
    relance_desk::worlds::from_base(project, program, store, from, only).await.inspect(told)
}

fn told(worlds: &Worlds) {
    output::unreadable(&worlds.unreadable);
}
