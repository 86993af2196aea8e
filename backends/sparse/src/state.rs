//! [`State`]: all that a search remembers between steps; its checkpoint.

use serde::{Deserialize, Serialize};
use symfolio_expr::Expr;

use crate::anchors::Anchors;
use crate::error::SparseError;
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
    /// Choosing odd columns beside simple ones.
    Anchors(Anchors),
    /// Trying functions of the column with this number; the best ones so far.
    Scan(usize, Vec<Wave>),
    /// Making models of these subsets (with the share of squares that they leave), last first.
    Refine(Vec<(f64, Vec<u32>)>),
    /// Making models of these functions, last first.
    Finish(Vec<Wave>),
}

impl Stage {
    /// Does it speak of the first `n_columns` columns only?
    ///
    /// The library is not saved but made anew from the rows, so that this shows only once it is there.
    pub fn is_within(&self, n_columns: usize) -> bool {
        self.largest_column().is_none_or(|column| (column as usize) < n_columns)
    }

    fn largest_column(&self) -> Option<u32> {
        match self {
            Stage::Dense => None,
            Stage::Pursuit(pursuit) => pursuit.columns().max(),
            Stage::Anchors(anchors) => anchors.columns().max(),
            Stage::Scan(_, waves) | Stage::Finish(waves) => waves.iter().map(|wave| wave.column).max(),
            Stage::Refine(found) => found.iter().flat_map(|(_, picks)| picks).copied().max(),
        }
    }

    fn check(&self) -> Result<(), SparseError> {
        let shares: Vec<f64> = match self {
            Stage::Dense => Vec::new(),
            Stage::Pursuit(pursuit) => pursuit.shares().collect(),
            Stage::Anchors(anchors) => anchors.shares().collect(),
            Stage::Scan(_, waves) | Stage::Finish(waves) => waves.iter().map(|wave| wave.left).collect(),
            Stage::Refine(found) => found.iter().map(|(left, _)| *left).collect(),
        };
        let wrong = shares.into_iter().find(|share| !(share.is_finite() && *share >= 0.0));
        SparseError::unless(wrong.is_none(), "share of squares", wrong.unwrap_or_default(), "a number not below 0")
    }
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
    /// Can a search go on from it? `n_tasks` is the length of the queue that its prefactors make, `max_columns` the largest
    /// library of any task.
    ///
    /// # Errors
    /// [`SparseError::Damaged`] names the first value that no search leaves behind.
    pub fn check(&self, n_tasks: usize, max_columns: usize) -> Result<(), SparseError> {
        let begun = self.prefactors.is_some();
        let last = if begun { n_tasks } else { 0 };
        SparseError::unless(self.position <= last, "position", self.position, format!("0 to {last}"))?;
        if let Some(stage) = &self.stage {
            SparseError::unless(
                self.position < last,
                "position of a task under way",
                self.position,
                format!("below {last}"),
            )?;
            let column = stage.largest_column().unwrap_or_default();
            SparseError::unless(stage.is_within(max_columns), "column", column, format!("below {max_columns}"))?;
            stage.check()?;
        }
        let exprs = self.pending.iter().map(|pending| &pending.expr).chain(self.elites.iter().map(|elite| &elite.expr));
        for expr in exprs {
            let known = expr.variables().last().is_none_or(|last| usize::from(*last) < self.n_features);
            let allowed = format!("finite constants and variables below {}", self.n_features);
            SparseError::unless(known && expr.is_finite(), "formula", expr.to_prefix(), allowed)?;
        }
        for elite in &self.elites {
            let holds = elite.loss.is_finite() && elite.loss >= 0.0;
            SparseError::unless(holds, "loss", elite.loss, "a number not below 0")?;
        }
        let complexities: Vec<u32> = self.elites.iter().map(|elite| elite.complexity).collect();
        let ascending = complexities.is_sorted_by(|a, b| a < b);
        SparseError::unless(ascending, "complexities", format!("{complexities:?}"), "each larger than the one before")
    }

    /// Are its prefactors over the problem's features, the plain target first?
    ///
    /// # Errors
    /// [`SparseError::Damaged`], as in [`State::check`].
    pub fn check_prefactors(&self) -> Result<(), SparseError> {
        let Some(prefactors) = &self.prefactors else { return Ok(()) };
        let plain = prefactors.first().is_some_and(|prefactor| prefactor.monomial.is_one());
        let allowed = "a list that begins with the plain target";
        SparseError::unless(plain, "prefactors", format!("{prefactors:?}"), allowed)?;
        prefactors.iter().try_for_each(|prefactor| prefactor.check(self.n_features))
    }

    /// The smallest loss held by a formula of at most `complexity`.
    pub fn best_loss(&self, complexity: u32) -> f64 {
        let held = self.elites.iter().filter(|elite| elite.complexity <= complexity);
        held.map(|elite| elite.loss).fold(f64::INFINITY, f64::min)
    }

    /// Notes a measured formula if it is better than what is held at its complexity; says whether it was.
    pub fn note(&mut self, elite: Elite, floor: f64) -> bool {
        let level = elite.loss.max(floor);
        if !elite.loss.is_finite()
            || !level.is_finite()
            || level >= self.best_loss(elite.complexity).max(floor) * (1.0 - 1e-9)
        {
            return false;
        }
        self.elites.retain(|held| held.complexity < elite.complexity || held.loss.max(floor) < level);
        let at = self.elites.partition_point(|held| held.complexity < elite.complexity);
        self.elites.insert(at, elite);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_finite_losses_that_are_better_are_noted() {
        let mut state = State::default();
        let elite = |complexity: u32, loss: f64| Elite { complexity, loss, expr: Expr::constant(loss) };
        for (complexity, loss, is_noted) in [
            (5, f64::NAN, false),
            (5, f64::NEG_INFINITY, false),
            (5, f64::INFINITY, false),
            (5, 2.0, true),
            (7, 2.0, false),
            (7, 1.0, true),
            (3, 1.0, true),
            (9, 1e-30, true),
            (11, 1e-40, false),
        ] {
            assert_eq!(state.note(elite(complexity, loss), 1e-20), is_noted, "{complexity} {loss}");
        }
        let held: Vec<(u32, f64)> = state.elites.iter().map(|elite| (elite.complexity, elite.loss)).collect();
        assert_eq!(held, [(3, 1.0), (9, 1e-30)]);
        assert_eq!(state.check(0, 10), Ok(()));
    }
}
