//! Units of measure: what a formula may add, compare and take the sine of.
//!
//! A [`Unit`] is a product of powers of base units and a scale; texts such as `kg*m/s^2` are read by [`Bases::parse`]. [`Units`] are
//! those of a table's columns: they tell whether an expression is dimensionally sound, by the rule that each operator has
//! in the operator table ([`UnitRule`]), what unit its constants must have, and which products of columns have the target's unit or
//! none ([`Analysis`]).
//!
//! The parser is our own: crates that check units when a program is compiled do not help with units that are read from a file, and
//! those that read them are young or under the GPL. What is needed here is also less, no conversion, and more, exponents that are
//! fractions in a value of a few words that is copied a million times a second.
//!
//! ```
//! use symfolio_expr::{Literals, Units, parse};
//!
//! let names = ["h".to_string(), "t".to_string()];
//! let units = Units::new(&[Some("m"), Some("s")], Some("m/s"), false).map_err(|(_, error)| error)?;
//! for (text, sound) in [("h/t", true), ("c0*t", true), ("h/t + t", false), ("sin(t)", false), ("c0*sin(c1*t)", true)] {
//!     assert_eq!(units.allow(&parse(text, &names)?, Literals::Pure), sound, "{text}");
//! }
//! let error = units.check(&parse("h/t + t", &names)?, Literals::Pure, &names).unwrap_err();
//! assert_eq!(error.to_string(), "in h/t + t, h/t has the unit m/s and t has s: both need the same one, or a free factor");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod analysis;
mod check;
mod constants;
mod error;
mod linear;
mod names;
mod parse;
mod rule;
mod unit;

pub use analysis::{Analysis, Product};
pub use check::{Inferred, Literals, Units};
pub use error::{UnitError, UnitTextError, UnitTextProblem};
pub use rule::UnitRule;
pub use unit::{Bases, Unit};
