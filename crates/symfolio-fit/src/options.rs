//! [`FitOptions`]: how much trouble a fit takes.

use serde::{Deserialize, Serialize};

use crate::loss::Loss;
use crate::stages::Stages;

/// How much trouble to take over the constants.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Effort {
    /// None: only the loss of the constants as they are.
    Score,
    /// A few steps from the constants as they are: what a search does to every child.
    #[default]
    Quick,
    /// Many starts, then steps until nothing more is gained: what the archive does to what it keeps.
    Thorough,
}

/// How to fit.
///
/// | name | default | purpose | range |
/// |---|---|---|---|
/// | `loss` | squared error | what is minimised | |
/// | `effort` | `Quick` | how much trouble to take | |
/// | `max_iterations` | `None`: 6 for `Quick`, 100 for `Thorough` | steps from each start | |
/// | `max_work` | no limit | no new step once this much work is spent | |
/// | `bounds` | none | lower and upper bound of each constant | empty, or one pair a constant with lower <= upper |
/// | `stages` | all | parts of a thorough fit that are used | |
#[derive(Clone, Debug, PartialEq)]
pub struct FitOptions {
    /// What is minimised.
    pub loss: Loss,
    /// How much trouble to take.
    pub effort: Effort,
    /// Steps from each start; `None` for 6 (`Quick`) or 100 (`Thorough`).
    pub max_iterations: Option<usize>,
    /// No new step is taken once this much work is spent; the step under way is finished.
    pub max_work: u64,
    /// Lower and upper bound of each constant, `c0` first; empty for none. Infinite bounds are allowed.
    pub bounds: Vec<(f64, f64)>,
    /// The parts of a thorough fit that are used.
    pub stages: Stages,
}

impl Default for FitOptions {
    fn default() -> FitOptions {
        FitOptions {
            loss: Loss::SquaredError,
            effort: Effort::Quick,
            max_iterations: None,
            max_work: u64::MAX,
            bounds: Vec::new(),
            stages: Stages::default(),
        }
    }
}

impl FitOptions {
    /// The defaults with this effort.
    pub fn with_effort(effort: Effort) -> FitOptions {
        FitOptions { effort, ..FitOptions::default() }
    }
}
