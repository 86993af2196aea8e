//! What can be wrong with a checkpoint or a configuration of this backend.

use symfolio_core::SearchError;

/// What can be wrong with a checkpoint or a configuration of this backend.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub(crate) enum DecomposeError {
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
    #[error("decomposing needs a data set; leave the backend out of studies without one")]
    NoData,
    /// The bytes cannot be read.
    #[error("the bytes are not a state of the decompose backend ({reason}); start the run anew")]
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

impl From<DecomposeError> for SearchError {
    fn from(error: DecomposeError) -> SearchError {
        let text = error.to_string();
        match error {
            DecomposeError::OutOfRange { .. } => SearchError::Config(text),
            DecomposeError::NoData => SearchError::Unsuited(text),
            DecomposeError::Unreadable { .. } | DecomposeError::OtherProblem { .. } => SearchError::Checkpoint(text),
        }
    }
}
