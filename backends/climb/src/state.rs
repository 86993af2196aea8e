//! [`State`]: all that a search goes on from.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};
use symfolio_core::Problem;
use symfolio_expr::Key;

use crate::climber::{Climber, NEWS, Record};
use crate::config::ClimbConfig;
use crate::error::ClimbError;
use crate::score::TERMS;

/// Forms that are remembered as told of.
const MEMORY: usize = 2000;

/// All that a search goes on from.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct State {
    pub climbers: Vec<Climber>,
    /// Whose turn it is.
    pub next: usize,
    /// Version of the rows that energies are of; `None` before the first slice.
    pub rows: Option<u64>,
    /// What was offered and is not dominated by anything offered since: complexity and loss.
    pub front: Vec<(u32, f64)>,
    /// Forms that were told of lately, and their least energy.
    pub told: VecDeque<(Key, f64)>,
    /// Version of the directives that were followed last.
    #[serde(default)]
    pub directives: u64,
}

/// The checkpoint.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Checkpoint {
    pub seed: u64,
    pub n_features: usize,
    pub config: ClimbConfig,
    pub state: State,
}

impl State {
    /// Is `form` one that was not told of lately, or a much better one than then? It counts as told of from now on.
    pub fn is_new(&mut self, form: Key, energy: f64) -> bool {
        if let Some((_, told)) = self.told.iter_mut().find(|(known, _)| *known == form) {
            let is_better = energy < *told - NEWS;
            *told = told.min(energy);
            return is_better;
        }
        if self.told.len() == MEMORY {
            self.told.pop_front();
        }
        self.told.push_back((form, energy));
        true
    }

    /// Is a formula of this complexity and loss better than all that was offered? It counts as offered from now on.
    pub fn is_news(&mut self, complexity: u32, loss: f64) -> bool {
        if !loss.is_finite() || self.front.iter().any(|(c, l)| *c <= complexity && *l <= loss) {
            return false;
        }
        self.front.retain(|(c, l)| *c < complexity || *l < loss);
        self.front.push((complexity, loss));
        true
    }

    /// Energies on other rows say nothing about these, nor do formulas that are not allowed any more.
    pub fn forget(&mut self) {
        self.front.clear();
        self.told.clear();
        for climber in &mut self.climbers {
            (climber.record, climber.told) = (None, None);
        }
    }
}

impl Checkpoint {
    /// Reads a checkpoint of a search on `problem`, whose programs take `n_columns` columns.
    ///
    /// # Errors
    /// [`ClimbError`] for other bytes, or those of another problem.
    pub fn read(problem: &Problem, bytes: &[u8], n_columns: u16) -> Result<Checkpoint, ClimbError> {
        let checkpoint: Checkpoint = serde_json::from_slice(bytes)?;
        let other = |reason: String| Err(ClimbError::OtherProblem { reason });
        let (found, expected) = (checkpoint.n_features, problem.features.len());
        if found != expected {
            return other(format!("it has {found} features, this one {expected}"));
        }
        let config = match checkpoint.config.clone().checked() {
            Ok(config) => config,
            Err(error) => return other(error.to_string()),
        };
        let sound = |climber: &Climber| {
            let record = climber.record.as_ref();
            let at = |record: &Record| record.team.is_sound(config.instructions);
            let team = climber.team.is_none_or(|team| team.is_sound(config.instructions));
            let mut programs = [Some(&climber.program), record.map(|record| &record.program)].into_iter().flatten();
            (1..=TERMS).contains(&climber.terms)
                && team
                && record.is_none_or(at)
                && programs.all(|program| {
                    program.n_columns == n_columns
                        && program.constants.len() == config.constants
                        && program.is_sound(config.instructions)
                })
        };
        if !checkpoint.state.climbers.iter().all(sound) {
            return other("a program in it takes what is not there".into());
        }
        if checkpoint.state.next >= checkpoint.state.climbers.len().max(1) {
            return other("the climber whose turn it is does not exist".into());
        }
        Ok(checkpoint)
    }
}
