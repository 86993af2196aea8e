//! Formulas and studies in the forms that people and programs read.
