//! Memetic genetic programming: NSGA-II over loss and complexity, every child's constants fitted.
//!
//! A population of trees evolves by crossover and mutation. Each tree `f` stands for `a f + b`; all constants, scale and
//! offset included, are fitted by a few Levenberg-Marquardt steps from the parent's, first on a few rows, and for what
//! looks promising there on all. Survivors are chosen by non-dominated sorting (Deb et al. 2002), parents by
//! tournaments that favour sparsely populated complexities. What is non-dominated in the whole search is offered.

mod breeding;
mod config;
mod crossover;
mod error;
mod evaluate;
mod float;
mod forms;
mod front;
mod ground;
mod holes;
mod individual;
mod initialise;
mod lexicase;
mod library;
mod line;
mod matching;
mod mutation;
mod nsga2;
mod operation;
mod population;
mod rates;
mod round;
mod scaling;
mod search;
mod semantics;
mod state;
#[cfg(test)]
mod tests;
mod tidy;
mod units;
mod vocabulary;

use std::sync::Arc;

use symfolio_core::{Backend, Config, Problem, Resource, Search, SearchError, Traits};

pub use config::{GpConfig, Selection};
pub use error::GpError;

use search::GpSearch;

/// Memetic genetic programming.
#[derive(Clone, Copy, Debug, Default)]
pub struct Gp;

impl Backend for Gp {
    fn name(&self) -> &str {
        "gp"
    }

    fn traits(&self) -> Traits {
        Traits {
            resource: Resource::Cpu,
            needs: Vec::new(),
            resumable: true,
            takes_migrants: true,
            first: false,
            many: true,
        }
    }

    fn keeps_template(&self) -> bool {
        true
    }

    fn start(&self, problem: Arc<Problem>, config: &Config, seed: u64) -> Result<Box<dyn Search>, SearchError> {
        let config: GpConfig = config.read()?;
        config.check()?;
        if problem.features.is_empty() {
            return Err(GpError::NoFeatures.into());
        }
        Ok(Box::new(GpSearch::start(problem, config, seed)))
    }

    fn resume(&self, problem: Arc<Problem>, checkpoint: &[u8]) -> Result<Box<dyn Search>, SearchError> {
        Ok(Box::new(GpSearch::resume(problem, checkpoint)?))
    }
}
