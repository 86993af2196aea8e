//! [`GpError`]: why genetic programming cannot begin or go on.

use symfolio_core::SearchError;

/// Why genetic programming cannot begin or go on.
#[derive(Debug, thiserror::Error)]
pub enum GpError {
    /// A setting is out of range.
    #[error("{key} is {value}; it must be {range}")]
    Setting {
        /// Its name in the configuration.
        key: &'static str,
        /// What was given.
        value: f64,
        /// What is allowed.
        range: &'static str,
    },
    /// The problem has no input variable.
    #[error("the problem has no features; give at least one")]
    NoFeatures,
    /// The bytes are not a checkpoint.
    #[error("it cannot be read: {0}")]
    Unreadable(#[from] serde_json::Error),
    /// The checkpoint was written by another version.
    #[error("it has version {found}, this is version {expected}; start the search anew")]
    Version {
        /// What the checkpoint says.
        found: u32,
        /// What can be read.
        expected: u32,
    },
    /// The checkpoint belongs to another problem.
    #[error("it belongs to a problem with {found} features, this one has {expected}; resume it with its own problem")]
    Features {
        /// What the checkpoint says.
        found: usize,
        /// What the problem has.
        expected: usize,
    },
    /// An expression in the checkpoint uses a variable that the problem does not have.
    #[error("{expression} uses a variable that the problem does not have; resume it with its own problem")]
    Variable {
        /// The expression as prefix text.
        expression: String,
    },
}

impl From<GpError> for SearchError {
    fn from(error: GpError) -> SearchError {
        let text = error.to_string();
        match error {
            GpError::Setting { .. } => SearchError::Config(text),
            GpError::NoFeatures => SearchError::Unsuited(text),
            _ => SearchError::Checkpoint(text),
        }
    }
}
