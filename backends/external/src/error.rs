//! What can go wrong with a program.

use symfolio_core::{ProgramError, SearchError};

/// What can go wrong with a program.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub(crate) enum ExternalError {
    /// The table has no command.
    #[error("no program is named; write command = [\"python3\", \"prog.py\"]")]
    NoCommand,
    /// A setting is out of range.
    #[error("{setting} is {value}, allowed is {range}; correct it in the program's table")]
    OutOfRange {
        /// The setting's name.
        setting: &'static str,
        /// What was given.
        value: f64,
        /// What is allowed.
        range: &'static str,
    },
    /// The problem has no data set.
    #[error("the problem has no data set, and a program is told nothing else")]
    NoData,
    /// A program's state is its own.
    #[error("a program cannot be saved; start the run anew")]
    NoCheckpoint,
    /// The host ended it or could not start it.
    #[error("program {name:?}, after line {line}: {error}")]
    Host {
        /// The program's name in the study.
        name: String,
        /// Lines that were read of it.
        line: u64,
        /// What the host says.
        error: ProgramError,
    },
    /// It ended in the middle of a slice.
    #[error(
        "program {name:?} was gone after line {line}: {how}; a program goes on until its standard input is closed, or says {{\"type\":\"end\",\"state\":\"exhausted\"}}"
    )]
    Gone {
        /// The program's name in the study.
        name: String,
        /// Lines that were read of it.
        line: u64,
        /// How it ended.
        how: String,
    },
    /// It did not end its slice.
    #[error(
        "program {name:?} was ended after line {line}: it was granted {seconds:.2} s and did not say {{\"type\":\"end\"}} within {late:.1} s more; look at the clock more often, or raise `grace` (slow to start: `startup`)"
    )]
    Late {
        /// The program's name in the study.
        name: String,
        /// Lines that were read of it.
        line: u64,
        /// What it was granted.
        seconds: f64,
        /// How long it was waited for.
        late: f64,
    },
    /// It writes too much.
    #[error(
        "program {name:?} was ended at line {line}: more than {most} lines in one slice; offer only what is new and good"
    )]
    TooMany {
        /// The program's name in the study.
        name: String,
        /// Lines that were read of it.
        line: u64,
        /// Most lines of one slice.
        most: u64,
    },
    /// Nothing of what it writes can be used.
    #[error(
        "program {name:?} was ended at line {line}: not one of its lines could be used; the first: {first}; write one JSON object a line, and remarks on standard error"
    )]
    Garbage {
        /// The program's name in the study.
        name: String,
        /// Lines that were read of it.
        line: u64,
        /// What was wrong with the first line that was refused.
        first: String,
    },
}

impl From<ExternalError> for SearchError {
    fn from(error: ExternalError) -> SearchError {
        let text = error.to_string();
        match error {
            ExternalError::NoCommand | ExternalError::OutOfRange { .. } => SearchError::Config(text),
            ExternalError::NoData => SearchError::Unsuited(text),
            ExternalError::NoCheckpoint => SearchError::Checkpoint(text),
            _ => SearchError::Failed(text),
        }
    }
}
