//! Formulas and studies in the forms that people and programs read.

pub mod export;
mod result;
mod text;

pub use result::{ConstantResult, Member, SCHEMA, Spent, StudyResult, ValidationMethod};
pub use text::text;
