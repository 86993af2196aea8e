//! Formulas and studies in the forms that people and programs read.

mod alternatives;
pub mod export;
mod result;
mod text;

pub use result::{
    AlternativeResult, ConstantResult, DifferenceResult, ExtrapolationResult, FoundResult, FunctionResult, Member,
    SCHEMA, Spent, StabilityResult, StudyResult, ValidationMethod,
};
pub use text::text;
