//! [`Failure`]: what is printed when a command cannot do its work, and the exit code.

use std::process::ExitCode;

use miette::{GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteDiagnostic, NamedSource, Report};
use symfolio::{ParseError, StudyError};

/// Why a command cannot do its work.
#[derive(Debug)]
pub enum Failure {
    /// Wrong usage, configuration or data: exit code 2.
    Usage(String),
    /// Text with a place in it that is wrong: exit code 2.
    Text { source: String, name: &'static str, error: Box<ParseError> },
    /// A signal ended the work before there was a result: this exit code, 128 and the signal's number.
    Interrupted(u8),
    /// Anything else: exit code 1.
    Internal(String),
}

impl Failure {
    pub fn usage(error: impl ToString) -> Failure {
        Failure::Usage(error.to_string())
    }

    pub fn internal(error: impl ToString) -> Failure {
        Failure::Internal(error.to_string())
    }

    /// A formula that cannot be read.
    pub fn formula(text: &str, error: ParseError) -> Failure {
        Failure::Text { source: text.to_string(), name: "--expr", error: Box::new(error) }
    }

    pub fn code(&self) -> ExitCode {
        match self {
            Failure::Usage(_) | Failure::Text { .. } => ExitCode::from(2),
            Failure::Interrupted(code) => ExitCode::from(*code),
            Failure::Internal(_) => ExitCode::from(1),
        }
    }

    #[allow(clippy::print_stderr, reason = "the one place where the program speaks of its failure")]
    pub fn print(&self) {
        match self {
            Failure::Usage(message) => eprintln!("error: {message}"),
            Failure::Interrupted(_) => eprintln!("interrupted: ended without a result"),
            Failure::Internal(message) => eprintln!("internal error: {message}"),
            Failure::Text { source, name, error } => eprintln!("error: {error}\n{}", excerpt(source, name, error)),
        }
    }
}

/// The text with the place marked.
fn excerpt(source: &str, name: &str, error: &ParseError) -> String {
    let span = error.span();
    let label = LabeledSpan::at(span.start..span.end.max(span.start), "here");
    let diagnostic = MietteDiagnostic::new(error.kind().to_string()).with_label(label);
    let report = Report::new(diagnostic).with_source_code(NamedSource::new(name, source.to_string()));
    let mut text = String::new();
    let handler = GraphicalReportHandler::new_themed(GraphicalTheme::unicode_nocolor());
    match handler.render_report(&mut text, report.as_ref()) {
        Ok(()) => text,
        Err(_) => String::new(),
    }
}

impl From<StudyError> for Failure {
    fn from(error: StudyError) -> Failure {
        match error {
            StudyError::Thread(error) => Failure::internal(error),
            other => Failure::usage(other),
        }
    }
}

impl From<symfolio::data::DataError> for Failure {
    fn from(error: symfolio::data::DataError) -> Failure {
        Failure::usage(error)
    }
}
