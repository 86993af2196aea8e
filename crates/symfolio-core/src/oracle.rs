//! [`OracleError`]: why an oracle, which measures the target where a search asks, gives no values.

use crate::ProgramError;

/// Why an oracle gives no values. The search that asked ends by it; the study goes on.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum OracleError {
    /// The study, or the sub-problem that the search is about, has none.
    #[error("there is no oracle to ask here; name one by --oracle, or leave the method out by `without`")]
    None,
    /// More was asked than the study allows.
    #[error("the oracle was asked for {most} points, which is all that `max_questions` allows; raise it to go on")]
    TooMany {
        /// Most points that may be asked for.
        most: u64,
    },
    /// The points do not fit the problem.
    #[error("a point for the oracle has {found} values, the problem has {expected} features")]
    Shape {
        /// Values of the point.
        found: usize,
        /// Features of the problem.
        expected: usize,
    },
    /// The program could not be started, or was ended by the host.
    #[error("the oracle: {0}")]
    Program(#[from] ProgramError),
    /// The program ended.
    #[error("the oracle was gone after {answers} answers: {how}; it has to go on until its standard input is closed")]
    Gone {
        /// Answers that it had given.
        answers: u64,
        /// How it ended.
        how: String,
    },
    /// It does not answer.
    #[error(
        "the oracle did not answer within {seconds} s, after {answers} answers; flush standard output after each line, or raise `timeout`"
    )]
    Silent {
        /// Seconds that it was waited for.
        seconds: f64,
        /// Answers that it had given.
        answers: u64,
    },
    /// It answers something else.
    #[error(
        "the oracle wrote {line:?}, not an answer; write {{\"value\":1.5}}, or {{\"value\":null}} where there is none"
    )]
    Nonsense {
        /// The line, shortened.
        line: String,
    },
    /// The study ends.
    #[error("the study ended while the oracle was asked")]
    Cancelled,
    /// Its answers cannot be kept.
    #[error("the answers of the oracle cannot be kept: {reason}; make room for them")]
    NotKept {
        /// What the system says.
        reason: String,
    },
}
