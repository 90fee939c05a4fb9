//! How a scenario file is written.

mod binding;
mod choosing;
mod opening;
mod spelling;
mod values;
