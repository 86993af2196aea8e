//! [`GpSearch`]: one run of genetic programming.

use std::sync::Arc;

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use symfolio_core::{Host, Problem, Progress, Search, SearchError, Slice};

use crate::config::GpConfig;
use crate::evaluate::Evaluator;
use crate::ground::Ground;
use crate::round::Round;
use crate::scaling::Scaling;
use crate::state::State;
use crate::units;
use crate::vocabulary::Vocabulary;

/// One run of genetic programming.
pub(crate) struct GpSearch {
    problem: Arc<Problem>,
    config: GpConfig,
    seed: u64,
    state: State,
}

impl GpSearch {
    pub fn start(problem: Arc<Problem>, config: GpConfig, seed: u64) -> GpSearch {
        let state = State::new(&config);
        GpSearch { problem, config, seed, state }
    }

    pub fn resume(problem: Arc<Problem>, checkpoint: &[u8]) -> Result<GpSearch, SearchError> {
        let (state, config, seed) = State::load(&problem, checkpoint)?;
        Ok(GpSearch { problem, config, seed, state })
    }
}

impl Search for GpSearch {
    fn advance(&mut self, slice: &Slice, host: &mut dyn Host) -> Result<Progress, SearchError> {
        let GpSearch { problem, config, seed, state } = self;
        let mut rng = ChaCha8Rng::seed_from_u64(*seed);
        rng.set_stream(slice.index);
        let words = Vocabulary::new(problem, &slice.directives);
        // Nothing may stand around a template: its functions have factors and terms of their own.
        let free = problem.template.is_none();
        let scaling = units::allowed(problem, Scaling::new(|op| free && words.has(op)));
        let ground = problem.dataset.as_ref().map(|dataset| Ground::gather(dataset, &slice.rows, config));
        let columns = ground.as_ref().map(Ground::columns);
        let evaluator = ground
            .as_ref()
            .zip(columns.as_ref())
            .map(|(ground, columns)| Evaluator::new(problem, config, ground.fields(columns), ground.floor, scaling));
        let sampled = ground.as_ref().is_some_and(Ground::is_sampled);
        let floor = ground.as_ref().map_or(f64::MIN_POSITIVE, |ground| ground.floor);
        let mut round = Round::new(&mut rng, problem, config, slice, host, words, evaluator, state, sampled, floor);
        round.take_in();
        while !round.is_over() {
            round.step(&mut rng);
        }
        Ok(Progress::Paused)
    }

    fn checkpoint(&self) -> Result<Option<Vec<u8>>, SearchError> {
        Ok(Some(self.state.save(&self.problem, &self.config, self.seed)?))
    }
}
