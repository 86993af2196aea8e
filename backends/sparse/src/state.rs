//! [`State`]: all that a search remembers between steps; its checkpoint.

use serde::{Deserialize, Serialize};
use symfolio_expr::Expr;

use crate::scan::Wave;
use crate::selection::Pursuit;
use crate::separate::Prefactor;

/// A formula that waits for the host to fit and measure it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Pending {
    /// The formula, with constants from the regression.
    pub expr: Expr,
    /// How it came about.
    pub operation: String,
    /// A final fit of a formula that was offered already.
    pub thorough: bool,
    /// Does it fit to rounding on the sample?
    pub exact: bool,
}

/// A formula that was the best of its complexity when it was measured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Elite {
    /// Its complexity.
    pub complexity: u32,
    /// Its loss on the rows of the slice; finite.
    pub loss: f64,
    /// The formula.
    pub expr: Expr,
}

/// Where the current task stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Stage {
    /// Nothing done yet.
    Dense,
    /// Choosing columns.
    Pursuit(Pursuit),
    /// Trying functions of the column with this number; the best ones so far.
    Scan(usize, Vec<Wave>),
    /// Making models of these subsets (with the share of squares that they leave), last first.
    Refine(Vec<(f64, Vec<u32>)>),
    /// Making models of these functions, last first.
    Finish(Vec<Wave>),
}

/// All that a search remembers between steps.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct State {
    /// Number of features, to recognise the problem by.
    pub n_features: usize,
    /// Version of the rows that all of this is about; `None` before the first slice.
    pub rows: Option<u64>,
    /// Version of the directives that the current task was begun under.
    pub directives: u64,
    /// What the target is divided by; `None` until the data was looked at.
    pub prefactors: Option<Vec<Prefactor>>,
    /// Position in the queue of tasks.
    pub position: usize,
    /// Where the task at that position stands.
    pub stage: Option<Stage>,
    /// Formulas waiting to be measured, next one first.
    pub pending: Vec<Pending>,
    /// The best formulas, by ascending complexity and descending loss.
    pub elites: Vec<Elite>,
    /// Tier in which an exact formula was found.
    pub exact_tier: Option<u8>,
    /// Were the best formulas given their final fit?
    pub polished: bool,
}

impl State {
    /// The smallest loss held by a formula of at most `complexity`.
    pub fn best_loss(&self, complexity: u32) -> f64 {
        let held = self.elites.iter().filter(|elite| elite.complexity <= complexity);
        held.map(|elite| elite.loss).fold(f64::INFINITY, f64::min)
    }

    /// Notes a measured formula if it is better than what is held at its complexity; says whether it was.
    pub fn note(&mut self, elite: Elite, floor: f64) -> bool {
        let level = elite.loss.max(floor);
        if !level.is_finite() || level >= self.best_loss(elite.complexity).max(floor) * (1.0 - 1e-9) {
            return false;
        }
        self.elites.retain(|held| held.complexity < elite.complexity || held.loss.max(floor) < level);
        let at = self.elites.partition_point(|held| held.complexity < elite.complexity);
        self.elites.insert(at, elite);
        true
    }
}
