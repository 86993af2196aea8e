//! Equality saturation over expressions: sound rules, simplification, equivalent forms.
//!
//! ```
//! use symfolio_egraph::{Domain, Limits, simplify};
//! use symfolio_expr::{infix, parse};
//!
//! let names = ["x", "y", "t"].map(String::from);
//! let long = parse("c0*c1*sqrt(x**2 - 2*x*y + y**2)*exp(-t)*exp(-t)", &names)?.with_params(&[2.0, 3.0]);
//! let domain = Domain::new([(5.0, 9.0), (1.0, 4.0), (0.0, 1.0)]);
//! let short = simplify(&long, &domain, &Limits::default());
//! // x - y is positive on this domain, and c0*c1 is one constant.
//! assert_eq!(infix(&short, &names), "6*(x - y)*exp(-2*t)");
//! # Ok::<(), symfolio_expr::ParseError>(())
//! ```
//!
//! # How
//!
//! | step | file | source |
//! |---|---|---|
//! | algebra on sums of products: like terms, content, perfect squares, Horner's scheme | `algebra/` | |
//! | a graph of all forms that the rules reach, sown with what algebra found | `saturate.rs`, `table.rs` | Willsey et al., egg, POPL 2021 |
//! | bounds on every class of equal forms, by interval arithmetic over the domain | `facts.rs`, `symfolio_expr::Interval` | Moore 1966 |
//! | the cheapest forms of the graph | `extract.rs`, `cost.rs` | |
//! | free constants merged: `c0*c1` becomes one | `merge.rs` | |
//! | values compared at points of the domain, rounding accounted for | `verify.rs` | |
//! | keys: hashes of values, equal for equal expressions | `fingerprint.rs` | Martin, JACM 1971 |
//!
//! A rule is used only where its condition is proved from the bounds: `sqrt(a**2) = a` where `a >= 0`. Neither side of a
//! rule may have a value where the other has none, so that no result is undefined at a point where its origin was not, or the other way
//! round. Free constants are unknown numbers of known sign, save in merging, which uses their present values.
//!
//! There is no clock, no randomness and no order of hashing in here: the same input gives the same result everywhere.

mod algebra;
mod condition;
mod cost;
mod domain;
mod extract;
mod facts;
mod fingerprint;
mod language;
mod merge;
mod rules;
mod saturate;
mod simplify;
mod spelling;
mod table;
#[cfg(test)]
mod testing;
mod tree;
mod verify;

pub use domain::Domain;
pub use saturate::{Limits, StopReason};
pub use simplify::{Constants, Equivalents, Simplified, Simplifier, canonical_key, equivalents, simplify};
