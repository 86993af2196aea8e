//! [`State`]: all that a search keeps between slices, and its checkpoint.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};
use symfolio_core::Problem;
use symfolio_expr::Expr;

use crate::config::GpConfig;
use crate::error::GpError;
use crate::float;
use crate::forms::FormMemory;
use crate::front::Front;
use crate::individual::Individual;
use crate::population::Population;
use crate::rates::Rates;

/// Grows when the bytes of a checkpoint change their meaning.
const VERSION: u32 = 1;

/// No population is kept to shorter trees than this.
const SHORT: u32 = 15;

/// An expression from outside that waits to be taken in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Visitor {
    pub expr: Expr,
    /// The candidate that it is, if the archive has it.
    pub id: Option<u64>,
    /// Its loss and complexity as the host measured them; infinite and the largest where they are not known.
    #[serde(with = "float")]
    pub loss: f64,
    pub complexity: u32,
}

/// All that a search keeps between slices.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct State {
    pub population: Population,
    /// Children of the generation under way.
    pub offspring: Vec<Individual>,
    pub front: Front,
    /// Individuals measured on rows that are no longer the working ones.
    pub stale: VecDeque<Individual>,
    pub visitors: VecDeque<Visitor>,
    pub rates: Rates,
    pub forms: FormMemory,
    pub rows_version: Option<u64>,
    pub directives_version: u64,
    /// Simple forms tried so far in this population.
    pub seeds: usize,
    /// Children tried in this generation.
    pub attempts: usize,
    pub generation: u64,
    /// Children fitted on the working rows, in the whole search.
    pub children: u64,
    /// Generations since the last news on the front that was worth waiting for.
    pub quiet: u32,
    pub restarts: u32,
    /// Is the population still being filled with first members?
    pub filling: bool,
}

#[derive(Serialize)]
struct CheckpointOut<'a> {
    version: u32,
    features: usize,
    seed: u64,
    config: &'a GpConfig,
    state: &'a State,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CheckpointIn {
    version: u32,
    features: usize,
    seed: u64,
    config: GpConfig,
    state: State,
}

impl State {
    pub fn new(config: &GpConfig) -> State {
        State {
            population: Population::default(),
            offspring: Vec::new(),
            front: Front::default(),
            stale: VecDeque::new(),
            visitors: VecDeque::new(),
            rates: Rates::default(),
            forms: FormMemory::new(config.memory),
            rows_version: None,
            directives_version: 0,
            seeds: 0,
            attempts: 0,
            generation: 0,
            children: 0,
            quiet: 0,
            restarts: 0,
            filling: true,
        }
    }

    /// Generations without news worth waiting for after which the population is given up: `unit` times Luby's sequence 1 1 2 1 1
    /// 2 4 ..., which is within a logarithm of the best restart strategy whatever the problem (Luby, Sinclair and
    /// Zuckerman 1993).
    pub fn patience(&self, unit: u32) -> u32 {
        unit.saturating_mul(self.luby())
    }

    /// Most complex tree of the present population, where `most` may be offered: impatient populations are kept to short trees,
    /// which are fast to fit, and where laws are; only patient ones may use all.
    pub fn limit(&self, most: u32) -> u32 {
        let share = match self.luby() {
            1 => 0.4,
            2 => 0.6,
            _ => 1.0,
        };
        ((share * f64::from(most)) as u32).max(SHORT).min(most)
    }

    fn luby(&self) -> u32 {
        let mut at = self.restarts + 1;
        loop {
            let power = at.checked_add(1).map_or(31, |next| next.ilog2());
            if at == (1 << power) - 1 {
                return 1 << power.saturating_sub(1);
            }
            at -= (1 << power) - 1;
        }
    }

    /// Begins a new population; the front stays.
    pub fn restart(&mut self) {
        self.population.members.clear();
        self.offspring.clear();
        self.forms.clear();
        self.seeds = 0;
        self.attempts = 0;
        self.quiet = 0;
        self.restarts += 1;
        self.filling = true;
    }

    pub fn save(&self, problem: &Problem, config: &GpConfig, seed: u64) -> Result<Vec<u8>, GpError> {
        let features = problem.features.len();
        Ok(serde_json::to_vec(&CheckpointOut { version: VERSION, features, seed, config, state: self })?)
    }

    /// Reads what [`State::save`] wrote.
    ///
    /// # Errors
    /// [`GpError`] for bytes that are not a checkpoint, or one of another version or problem.
    pub fn load(problem: &Problem, bytes: &[u8]) -> Result<(State, GpConfig, u64), GpError> {
        let CheckpointIn { version, features, seed, config, state } = serde_json::from_slice(bytes)?;
        if version != VERSION {
            return Err(GpError::Version { found: version, expected: VERSION });
        }
        let expected = problem.features.len();
        if features != expected {
            return Err(GpError::Features { found: features, expected });
        }
        config.check()?;
        let known = |expr: &&Expr| expr.variables().last().is_some_and(|last| usize::from(*last) >= expected);
        let individuals = state.population.members.iter().chain(&state.offspring).chain(state.front.members());
        let mut exprs = individuals.chain(&state.stale).map(|individual| &individual.core);
        let mut waiting = state.visitors.iter().map(|visitor| &visitor.expr);
        if let Some(expr) = exprs.find(known).or_else(|| waiting.find(known)) {
            return Err(GpError::Variable { expression: expr.to_prefix() });
        }
        Ok((state, config, seed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patience_follows_lubys_sequence() {
        let mut state = State::new(&GpConfig::default());
        let sequence: Vec<u32> = (0..15)
            .map(|restarts| {
                state.restarts = restarts;
                state.patience(3) / 3
            })
            .collect();
        assert_eq!(sequence, [1, 1, 2, 1, 1, 2, 4, 1, 1, 2, 1, 1, 2, 4, 8]);
        state.restarts = 0;
        assert_eq!([10, 30, 50].map(|most| state.limit(most)), [10, 15, 20]);
        state.restarts = 2;
        assert_eq!([10, 30, 50].map(|most| state.limit(most)), [10, 18, 30]);
        state.restarts = 6;
        assert_eq!([10, 30, 50].map(|most| state.limit(most)), [10, 30, 50]);
    }
}
