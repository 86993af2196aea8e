//! What can be wrong with a checkpoint or a configuration of this backend.

use symfolio_core::SearchError;

/// What can be wrong with a checkpoint or a configuration of this backend.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub(crate) enum SparseError {
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
    #[error("the problem has no data set; sparse regression needs one")]
    NoData,
    /// The bytes cannot be read.
    #[error("the bytes are not a state of the sparse backend ({reason}); start the run anew")]
    Unreadable {
        /// What the reader says.
        reason: String,
    },
    /// A value of the state means nothing.
    #[error("{place} of the state is {value}, allowed is {allowed}; the checkpoint is damaged, start the run anew")]
    Damaged {
        /// Where the value stands.
        place: &'static str,
        /// The value.
        value: String,
        /// What is allowed.
        allowed: String,
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

impl SparseError {
    /// `Ok` where `holds`, else [`SparseError::Damaged`].
    pub fn unless(
        holds: bool,
        place: &'static str,
        value: impl ToString,
        allowed: impl ToString,
    ) -> Result<(), SparseError> {
        if holds {
            return Ok(());
        }
        Err(SparseError::Damaged { place, value: value.to_string(), allowed: allowed.to_string() })
    }
}

impl From<SparseError> for SearchError {
    fn from(error: SparseError) -> SearchError {
        let text = error.to_string();
        match error {
            SparseError::OutOfRange { .. } => SearchError::Config(text),
            SparseError::NoData => SearchError::Unsuited(text),
            SparseError::Unreadable { .. } | SparseError::Damaged { .. } | SparseError::OtherProblem { .. } => {
                SearchError::Checkpoint(text)
            }
        }
    }
}
