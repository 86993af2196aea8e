//! The statistics of comparisons. Plain numbers in, plain numbers out.

mod bootstrap;
mod friedman;
mod gap;
mod ranks;

pub use bootstrap::{Resamples, quantile};
pub use friedman::{Friedman, critical_difference, friedman};
pub use gap::{Cell, ClosedGap, Gaps, closed_gaps};
pub use ranks::ranks;

/// Arithmetic mean; NaN of nothing.
pub fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// Median; NaN of nothing.
pub fn median(values: &[f64]) -> f64 {
    quantile(values, 0.5)
}
