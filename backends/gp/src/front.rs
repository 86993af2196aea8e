//! [`Front`]: the search's own non-dominated individuals.

use serde::{Deserialize, Serialize};

use crate::individual::Individual;

/// A loss that falls by less than this share is not worth another offer.
const WORTH_TELLING: f64 = 1e-3;

/// The non-dominated individuals of a search, by ascending complexity. They outlive restarts of the population.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Front {
    members: Vec<Individual>,
}

impl Front {
    /// The members by ascending complexity, so by descending loss.
    pub fn members(&self) -> &[Individual] {
        &self.members
    }

    /// The smallest loss at `complexity` and below; infinite where there is none.
    pub fn loss_at(&self, complexity: u32) -> f64 {
        let end = self.members.partition_point(|member| member.complexity <= complexity);
        end.checked_sub(1).map_or(f64::INFINITY, |last| self.members[last].loss)
    }

    /// Would an individual of this loss and complexity be news? Losses below `floor` are rounding noise and equal.
    pub fn accepts(&self, loss: f64, complexity: u32, floor: f64) -> bool {
        let held = self.loss_at(complexity);
        loss.is_finite() && (held == f64::INFINITY || loss.max(floor) < (1.0 - WORTH_TELLING) * held.max(floor))
    }

    /// Takes `individual` in if it is news, and lets go what it dominates. Returns what its loss is of the smallest one so far at its
    /// complexity, below 1; `None` where it is no news.
    pub fn insert(&mut self, individual: Individual, floor: f64) -> Option<f64> {
        let (loss, complexity) = (individual.loss, individual.complexity);
        if !self.accepts(loss, complexity, floor) {
            return None;
        }
        let share = loss.max(floor) / self.loss_at(complexity).max(floor);
        self.members.retain(|member| member.complexity < complexity || member.loss.max(floor) < loss.max(floor));
        let at = self.members.partition_point(|member| member.complexity < complexity);
        self.members.insert(at, individual);
        Some(share)
    }

    /// Takes all members out, to be measured again.
    pub fn take(&mut self) -> Vec<Individual> {
        std::mem::take(&mut self.members)
    }
}

#[cfg(test)]
mod tests {
    use symfolio_expr::Expr;

    use super::*;
    use crate::operation::Operation;

    fn individual(loss: f64, complexity: u32) -> Individual {
        Individual {
            core: Expr::var(0),
            scale: 1.0,
            offset: 0.0,
            loss,
            complexity,
            breach: 0.0,
            operation: Operation::Seed,
            ancestors: Vec::new(),
        }
    }

    #[test]
    fn only_news_enters() {
        let mut front = Front::default();
        let floor = 1e-9;
        for (loss, complexity, enters) in [
            (1.0, 5, true),
            (1.0, 7, false),
            (0.5, 7, true),
            (0.4999, 7, false),
            (0.4, 7, true),
            (1e-12, 9, true),
            (1e-15, 9, false),
            (1e-15, 11, false),
            (1e-12, 6, true),
            (f64::NAN, 1, false),
            (f64::INFINITY, 1, false),
        ] {
            assert_eq!(front.insert(individual(loss, complexity), floor).is_some(), enters, "{loss} at {complexity}");
        }
        let held: Vec<(f64, u32)> = front.members().iter().map(|member| (member.loss, member.complexity)).collect();
        assert_eq!(held, [(1.0, 5), (1e-12, 6)]);
    }
}
