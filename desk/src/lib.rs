//! What is done with a project, whoever asks: the command line and the server read it, follow its scenarios, list its calls, plan and publish
//! by the same functions. Nothing here prints: what there is to tell is returned, in French.

pub mod calls;
mod ending;
pub mod explain;
pub mod failure;
pub mod following;
pub mod import;
pub mod paper;
pub mod preview;
pub mod project;
pub mod publication;
pub mod simulate;
pub mod trial;
pub mod words;
pub mod worlds;

pub use ending::{check as check_name, look as unread};
