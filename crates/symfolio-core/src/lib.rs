//! The contract between searches and whoever runs them: values and traits only.

mod dataset;

pub use dataset::*;
