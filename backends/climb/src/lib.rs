//! Many hill climbers on short linear programs.
//!
//! A climber has a program of a few instructions, each of which takes columns, constants or earlier results. A step changes an instruction or two,
//! or a constant, computes what depends on them, first on 64 rows and, where that is not hopeless, on up to 256, and is taken or not as in
//! simulated annealing (Kirkpatrick et al. 1983). The climber's formula is the sum of up to three results with the scales and the offset that suit
//! them best, so that no step is lost on those; any result that a step moves may stand alone, join, or take the place of another one. It is scored
//! against the target or a transform of it. A hundred thousand steps and more take a second.
//!
//! Parallel hill climbing on linear programs is HROCH's idea (<https://github.com/janoPig/HROCH>); sums of results, transforms of the target with
//! weights that keep its own residuals, and description length in place of error alone are added here.
//!
//! What is best so far is written out as an expression, its constants are fitted by the host, and it is offered.

mod bench;
mod change;
mod climber;
mod config;
mod error;
mod field;
mod linear;
mod score;
mod search;
mod state;
mod target;
mod team;
mod words;

use std::sync::Arc;

use symfolio_core::{Backend, Config, Need, Problem, Resource, Search, SearchError, Traits};

pub use config::ClimbConfig;
pub use error::ClimbError;

use search::ClimbSearch;

/// The climb backend; see the crate's documentation.
#[derive(Clone, Copy, Debug, Default)]
pub struct Climb;

impl Backend for Climb {
    fn name(&self) -> &str {
        "climb"
    }

    fn traits(&self) -> Traits {
        Traits {
            resource: Resource::Cpu,
            needs: vec![Need::Data],
            resumable: true,
            takes_migrants: false,
            first: false,
            many: true,
        }
    }

    fn start(&self, problem: Arc<Problem>, config: &Config, seed: u64) -> Result<Box<dyn Search>, SearchError> {
        let config: ClimbConfig = config.read()?;
        Ok(Box::new(ClimbSearch::start(problem, config.checked()?, seed)?))
    }

    fn resume(&self, problem: Arc<Problem>, checkpoint: &[u8]) -> Result<Box<dyn Search>, SearchError> {
        Ok(Box::new(ClimbSearch::resume(problem, checkpoint)?))
    }
}
