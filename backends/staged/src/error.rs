//! What can be wrong with a checkpoint or a configuration of this backend.

use symfolio_core::{OracleError, SearchError};

/// What can be wrong with a checkpoint or a configuration of this backend.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub(crate) enum StagedError {
    /// A setting is out of range.
    #[error("{setting} is {value}, allowed is {range}; correct it in the backend's table")]
    OutOfRange {
        /// The setting's name.
        setting: &'static str,
        /// What was given.
        value: u64,
        /// What is allowed.
        range: &'static str,
    },
    /// The problem has no data set.
    #[error("holding inputs fixed needs a data set; leave the backend out of studies without one")]
    NoData,
    /// The oracle gives no values.
    #[error(transparent)]
    Oracle(#[from] OracleError),
    /// The target is undefined at the middle of the data.
    #[error("the oracle gives no value in the middle of the data, at {point:?}; there is nothing to begin from")]
    NoBase {
        /// The point, one value a feature.
        point: Vec<f64>,
    },
    /// The bytes cannot be read.
    #[error("the bytes are not a state of the staged backend ({reason}); start the run anew")]
    Unreadable {
        /// What the reader says.
        reason: String,
    },
    /// The state belongs to another problem.
    #[error("the state is for {found} features, the problem has {expected}; start the run anew")]
    OtherProblem {
        /// Features of the state.
        found: usize,
        /// Features of the problem.
        expected: usize,
    },
}

impl From<StagedError> for SearchError {
    fn from(error: StagedError) -> SearchError {
        let text = error.to_string();
        match error {
            StagedError::OutOfRange { .. } => SearchError::Config(text),
            StagedError::Oracle(_) | StagedError::NoBase { .. } => SearchError::Failed(text),
            StagedError::NoData => SearchError::Unsuited(text),
            StagedError::Unreadable { .. } | StagedError::OtherProblem { .. } => SearchError::Checkpoint(text),
        }
    }
}
