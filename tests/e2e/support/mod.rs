//! What every story needs: the executable, a project folder, and something to send to.

pub mod binary;
pub mod cutting_server;
pub mod dovecot;
pub mod editor;
pub mod journal;
pub mod mail;
pub mod mail_server;
pub mod project;
pub mod service;
pub mod sms_server;

pub use binary::Done;
pub use editor::Editor;
pub use journal::{keys, sent};
pub use project::Project;
