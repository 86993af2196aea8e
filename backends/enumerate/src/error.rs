//! What can be wrong with a checkpoint or a configuration of this backend.

use symfolio_core::SearchError;

/// What can be wrong with a checkpoint or a configuration of this backend.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub(crate) enum EnumerateError {
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
    #[error("the problem has no data set; expressions are told apart by their values on it")]
    NoData,
    /// The bytes cannot be read.
    #[error("the bytes are not a state of the enumerate backend ({reason}); start the run anew")]
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

impl EnumerateError {
    /// `Ok` where `holds`, else [`EnumerateError::Damaged`].
    pub fn unless(
        holds: bool,
        place: &'static str,
        value: impl ToString,
        allowed: impl ToString,
    ) -> Result<(), EnumerateError> {
        if holds {
            return Ok(());
        }
        Err(EnumerateError::Damaged { place, value: value.to_string(), allowed: allowed.to_string() })
    }
}

impl From<EnumerateError> for SearchError {
    fn from(error: EnumerateError) -> SearchError {
        let text = error.to_string();
        match error {
            EnumerateError::OutOfRange { .. } => SearchError::Config(text),
            EnumerateError::NoData => SearchError::Unsuited(text),
            EnumerateError::Unreadable { .. }
            | EnumerateError::Damaged { .. }
            | EnumerateError::OtherProblem { .. } => SearchError::Checkpoint(text),
        }
    }
}
