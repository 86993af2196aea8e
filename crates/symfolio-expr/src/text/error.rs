//! [`ParseError`]: why infix text is not an expression, and where.

use std::fmt;
use std::ops::Range;

/// What is wrong with infix text. The message names the offending piece of it.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
#[allow(missing_docs, reason = "the messages say it")]
pub enum ParseErrorKind {
    #[error("the text is empty")]
    Empty,
    #[error("the text has {bytes} bytes, more than the {limit} that are read")]
    TooLong { bytes: usize, limit: usize },
    #[error("nested deeper than {limit} levels")]
    TooDeep { limit: usize },
    #[error("the expression has more than {limit} nodes or free constants")]
    TooLarge { limit: usize },
    #[error("cannot read the character {0:?}")]
    Character(char),
    #[error("the number {0} is too large for a 64-bit float")]
    Number(String),
    #[error("the quoted name has no closing backtick")]
    OpenQuote,
    #[error("the {0} is never closed")]
    Unclosed(&'static str),
    #[error("expected {expected}, found {found}")]
    Expected { expected: &'static str, found: String },
    #[error("unknown name {0:?}")]
    UnknownName(String),
    #[error("unknown function {0:?}")]
    UnknownFunction(String),
    #[error("function {0:?} stands without its arguments")]
    Bare(String),
    #[error("{function} takes {wanted} but has {found}")]
    Arguments { function: String, wanted: String, found: usize },
    #[error("there is no hole")]
    NoHole,
    #[error("the hole {0:?} stands within the arguments of another")]
    HoleWithin(String),
    #[error("comparisons cannot be chained")]
    Chained,
    #[error("{0}")]
    Definition(String),
    #[error(transparent)]
    Expr(#[from] crate::ExprError),
}

/// Why infix text is not an expression: what is wrong, where, and what to do about it.
#[derive(Clone, Debug, PartialEq)]
pub struct ParseError {
    kind: ParseErrorKind,
    span: Range<usize>,
    character: usize,
    hint: Option<String>,
}

impl ParseError {
    /// An error about the bytes `span` of `text`.
    pub(super) fn new(text: &str, span: Range<usize>, kind: ParseErrorKind) -> ParseError {
        let before = text.get(..span.start).unwrap_or(text);
        ParseError { kind, span, character: before.chars().count() + 1, hint: None }
    }

    pub(super) fn with_hint(mut self, hint: impl Into<String>) -> ParseError {
        self.hint = Some(hint.into());
        self
    }

    /// The same error in a text that `offset` bytes and `characters` characters precede.
    pub(super) fn shifted(mut self, offset: usize, characters: usize) -> ParseError {
        self.span = self.span.start + offset..self.span.end + offset;
        self.character += characters;
        self
    }

    /// What is wrong.
    pub fn kind(&self) -> &ParseErrorKind {
        &self.kind
    }

    /// The bytes of the text that the error is about; empty at the place where something is missing.
    pub fn span(&self) -> Range<usize> {
        self.span.clone()
    }

    /// Where [`ParseError::span`] starts, counted in characters from 1.
    pub fn character(&self) -> usize {
        self.character
    }

    /// The remedy, where one is known.
    pub fn hint(&self) -> Option<&str> {
        self.hint.as_deref()
    }
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            ParseErrorKind::Empty | ParseErrorKind::TooLong { .. } | ParseErrorKind::NoHole => {
                write!(f, "{}", self.kind)?
            }
            _ => write!(f, "{} at character {}", self.kind, self.character)?,
        }
        match &self.hint {
            Some(hint) => write!(f, "; {hint}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for ParseError {}
