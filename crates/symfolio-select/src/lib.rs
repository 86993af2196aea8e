//! Choosing and certifying formulas: simplification, thorough fits, simple constants, description length, validation.
//!
//! [`select`] takes what a study found and hands back finished formulas with one of them chosen, the alternatives that the data leave standing,
//! and how sure it is that another seed would give the same. It is pure: it reads no
//! clock, asks its caller between steps whether to stop, and has a valid answer at any time.

mod alternatives;
mod bootstrap;
mod choose;
mod constants;
mod extrapolation;
mod finish;
mod held_out;
mod length;
mod likelihood;
mod literal;
mod member;
mod metrics;
mod options;
mod polish;
mod pool;
mod region;
mod rows;
mod select;
mod spread;
mod stability;
mod tidy;
mod trust;

pub use alternatives::{Alternative, Difference};
pub use constants::Constant;
pub use extrapolation::Extrapolation;
pub use length::{floor, quick_description_length};
pub use metrics::Metrics;
pub use options::SelectOptions;
pub use pool::{Found, Pool, Sighting};
pub use select::{Finished, Selection, Validation, select};
pub use stability::Stability;
pub use trust::median;

#[cfg(test)]
mod tests;
