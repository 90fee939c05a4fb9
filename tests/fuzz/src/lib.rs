//! What must hold of any bytes, by target; the seeds and the mutations that all of them share.

pub mod imports;
pub mod language;
pub mod layout;
pub mod lives;
pub mod mutate;
pub mod patterns;
pub mod project;
pub mod scripts;
pub mod seeds;
pub mod templates;
pub mod trials;
pub mod words;
pub mod workbooks;
