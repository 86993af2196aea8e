//! Equality saturation over expressions: sound rules, simplification, equivalent forms.
//!
//! A first version: rules over `egg` with interval analysis, and numerical verification of each result.

mod algebra;
mod cost;
mod domain;
mod extract;
mod facts;
mod interval;
mod language;
mod merge;
mod rules;
mod saturate;
mod simplify;
#[cfg(test)]
mod testing;
mod tree;
mod verify;

pub use domain::Domain;
pub use saturate::{Limits, StopReason};
pub use simplify::{Constants, Simplified, Simplifier, canonical_key, equivalents, simplify};
