//! [`State`]: all that a search knows between slices.

use std::collections::{BTreeMap, VecDeque};

use serde::{Deserialize, Serialize};
use symfolio_expr::Expr;

use crate::config::EgraphConfig;
use crate::recent::Recent;

/// A piece of work.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Task {
    /// The candidate that it goes back to, where it was one.
    pub(crate) parent: Option<u64>,
    pub(crate) expr: Expr,
    pub(crate) step: Step,
}

/// What is to be done with an expression.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Step {
    /// Simplify it, then vary it.
    Simplify,
    /// Fit its constants, and offer it if nothing seen dominates it. Holds how it came about.
    Measure(String),
}

/// Most tasks that wait; the last ones are given up.
const WAITING: usize = 2_000;

/// All that a search knows between slices.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct State {
    /// Work that waits, next first: simplifications of candidates, then measurements, those of the latest candidate first, then
    /// simplifications of finds. Bounded by [`WAITING`].
    pub(crate) tasks: VecDeque<Task>,
    /// Expressions that were simplified, with their constants.
    pub(crate) simplified: Recent,
    /// Forms that were measured, constants anonymous.
    pub(crate) measured: Recent,
    /// The smallest loss seen of each complexity, on the rows of `rows`.
    pub(crate) front: BTreeMap<u32, f64>,
    /// Version of the rows that the losses belong to.
    pub(crate) rows: u64,
    /// Version of the directives that were followed last.
    pub(crate) directives: u64,
}

/// A state with what it belongs to.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Checkpoint {
    pub(crate) config: EgraphConfig,
    pub(crate) n_features: usize,
    pub(crate) state: State,
}

impl State {
    /// Queues a simplification, behind other simplifications.
    pub(crate) fn simplify_later(&mut self, parent: Option<u64>, expr: Expr) {
        self.tasks.insert(self.first_measurement(), Task { parent, expr, step: Step::Simplify });
        self.tasks.truncate(WAITING);
    }

    /// Queues a simplification behind everything else: all that is near the candidates so far comes before what is near a find.
    pub(crate) fn simplify_last(&mut self, parent: Option<u64>, expr: Expr) {
        self.tasks.push_back(Task { parent, expr, step: Step::Simplify });
        self.tasks.truncate(WAITING);
    }

    /// Queues measurements, in their order, before all others: what is near the latest candidate is the most promising.
    pub(crate) fn measure_next(&mut self, tasks: impl DoubleEndedIterator<Item = Task>) {
        let place = self.first_measurement();
        tasks.rev().for_each(|task| self.tasks.insert(place, task));
        self.tasks.truncate(WAITING);
    }

    fn first_measurement(&self) -> usize {
        self.tasks.iter().position(|task| task.step != Step::Simplify).unwrap_or(self.tasks.len())
    }

    /// Would a form of this loss and complexity be news: is everything of its complexity or less worse?
    pub(crate) fn is_news(&self, complexity: u32, loss: f64) -> bool {
        loss.is_finite() && self.front.range(..=complexity).all(|(_, best)| loss < *best)
    }

    /// Notes a form that was seen; those that it dominates are forgotten.
    pub(crate) fn note(&mut self, complexity: u32, loss: f64) {
        if self.is_news(complexity, loss) {
            self.front.retain(|other, best| *other < complexity || *best < loss);
            self.front.insert(complexity, loss);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_front_keeps_what_nothing_dominates() {
        let mut state = State::default();
        for (complexity, loss) in [(5, 1.0), (3, 2.0), (7, 0.5), (4, 1.0), (6, 3.0), (9, f64::NAN)] {
            state.note(complexity, loss);
        }
        assert_eq!(state.front, BTreeMap::from([(3, 2.0), (4, 1.0), (7, 0.5)]));
        assert!(state.is_news(4, 0.9) && !state.is_news(4, 1.0) && !state.is_news(8, 0.5));
    }
}
