//! Choosing and certifying formulas: simplification, thorough fits, simple constants, description length, validation.
//!
//! [`select`] takes the front of a study and hands back finished formulas with one of them chosen. It is pure: it reads no
//! clock, asks its caller between steps whether to stop, and has a valid answer at any time.

mod choose;
mod constants;
mod held_out;
mod length;
mod likelihood;
mod literal;
mod member;
mod metrics;
mod options;
mod polish;
mod rows;
mod select;
mod spread;
mod tidy;
mod trust;

pub use constants::Constant;
pub use length::{floor, quick_description_length};
pub use metrics::Metrics;
pub use options::SelectOptions;
pub use select::{Finished, Selection, Validation, select};
pub use trust::median;

#[cfg(test)]
mod tests;
