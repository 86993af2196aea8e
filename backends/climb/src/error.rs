//! [`ClimbError`]: why climbing cannot begin or go on.

use symfolio_core::SearchError;

/// Why climbing cannot begin or go on.
#[derive(Debug, thiserror::Error)]
pub enum ClimbError {
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
    /// There is no data set.
    #[error("climbing needs a data set; leave the backend out of studies without one")]
    NoData,
    /// There is no operator of one or two arguments.
    #[error("none of the problem's operators takes one or two arguments; add some")]
    NoOperator,
    /// The bytes are not a checkpoint.
    #[error("it cannot be read: {0}")]
    Unreadable(#[from] serde_json::Error),
    /// The checkpoint belongs to another problem, or was changed.
    #[error("it belongs to another problem: {reason}; resume it with its own problem")]
    OtherProblem {
        /// What does not go together.
        reason: String,
    },
}

impl From<ClimbError> for SearchError {
    fn from(error: ClimbError) -> SearchError {
        let text = error.to_string();
        match error {
            ClimbError::Setting { .. } => SearchError::Config(text),
            ClimbError::NoData | ClimbError::NoOperator => SearchError::Unsuited(text),
            ClimbError::Unreadable(_) | ClimbError::OtherProblem { .. } => SearchError::Checkpoint(text),
        }
    }
}
