//! Infix text: what people and Python write, `2*x**2 + exp(-c0*t)`.
//!
//! [`parse`] is tolerant in what it reads, [`infix`] strict in what it writes, and what [`infix`] writes
//! reads back to the same values, bit for bit.

mod characters;
mod definition;
mod error;
mod lexer;
mod names;
mod notation;
mod number;
mod parse;
mod print;
#[cfg(test)]
mod tests;

pub use definition::parse_definition;
pub use error::{ParseError, ParseErrorKind};
pub use notation::{Level, Notation, Piece, fold};
pub use number::{number_text, rounded_number_text};
pub(crate) use parse::{Call, parse_calls};
pub use parse::{Numbers, ParseOptions, parse, parse_with};
pub use print::{infix, infix_form, infix_rounded};
