//! [`SelectOptions`]: how selection is done.

use serde::{Deserialize, Serialize};

/// How selection is done.
///
/// | name | default | purpose | range |
/// |---|---|---|---|
/// | `folds` | 10 | folds of cross-validation; as many as rows where there are fewer | at least 2 |
/// | `cross_validate_below` | 200 | with fewer rows in all, or no validation rows, cross-validation replaces validation | |
/// | `margin` | 3 | nats by which a longer formula has to shorten the description; 3 is strong evidence (Kass and Raftery 1995) | at least 0 |
/// | `patience` | 12 | nats that a simpler formula may be longer by, where held-out rows do not tell the two apart | at least 0 |
/// | `absurd` | 20 | predictions farther from the target's middle than this many times its range are absurd | at least 1 |
/// | `max_rows` | 20000 | rows that formulas are compared on, and of those held out; final fits use all | at least 10 |
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SelectOptions {
    /// Folds of cross-validation.
    pub folds: usize,
    /// Cross-validation replaces validation below this number of rows.
    pub cross_validate_below: usize,
    /// Nats by which a longer formula has to shorten the description.
    pub margin: f64,
    /// Nats that a simpler formula may cost, where held-out rows do not tell it from a longer one.
    pub patience: f64,
    /// Predictions farther away than this many times the target's range are absurd.
    pub absurd: f64,
    /// Rows that formulas are compared on at most, and of those held out; final fits use all.
    pub max_rows: usize,
}

impl Default for SelectOptions {
    fn default() -> SelectOptions {
        SelectOptions {
            folds: 10,
            cross_validate_below: 200,
            margin: 3.0,
            patience: 12.0,
            absurd: 20.0,
            max_rows: 20_000,
        }
    }
}
