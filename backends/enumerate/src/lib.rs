//! Enumeration: expressions with distinct values, from small to large, met in the middle from the target's side.
//!
//! 1. **Grow**: every allowed operator is applied to all that is known, by cost. What takes the values of a known expression, up to
//!    scale, on some rows of the data is dropped (observational equivalence: Udupa et al. 2013; Albarghouthi et al. 2013). Each new
//!    expression is compared with the target and with its transforms (`1/y`, `y^2`, `log y`, `asin y` ...), scaled and shifted.
//! 2. **Meet**: for each known `f`, the `g` in `T = f (a g + b)`, `(a g + b) / f` and `a g + b +- f` is looked up by its values, so
//!    that formulas of twice the size are met. This is exact, and finds nothing in noise.
//! 3. **Pair**: sums `a f + b g + c` and products `f (a g + b)` of a simple `f` with any `g` are screened by least squares, in noise,
//!    too; sums also for the target times or over something simple.
//! 4. **Feed back**: parts of the best formulas, and of those that other searches found, are terminals of the next round (as in
//!    parallel symbolic enumeration, Ruan et al. 2024).
//!
//! The probe rows are drawn anew with every round, in proportion to the weights. They are screened by squares; formulas are fitted and
//! judged by the loss of the problem, which does not steer the search otherwise. Custom operators and rows by regimes are not used.
//!
//! What looks good on the few probe rows is fitted and judged on more rows, and what can compete there by the host. The bank of
//! expressions is bounded in memory and is made again from a small checkpoint, never saved.

mod assemble;
mod bank;
mod config;
mod error;
mod find;
mod fingerprint;
mod goal;
mod growth;
mod meet;
mod pairs;
mod probes;
mod rounds;
mod search;
mod session;
mod state;
mod target;
#[cfg(test)]
mod testing;
mod transform;
mod vocabulary;

use std::sync::Arc;

use symfolio_core::{Backend, Config, Need, Problem, Resource, Search, SearchError, Traits};

pub use config::EnumerateConfig;
use search::EnumerateSearch;

/// The enumerate backend; see the crate's documentation.
#[derive(Clone, Copy, Debug, Default)]
pub struct EnumerateBackend;

impl Backend for EnumerateBackend {
    fn name(&self) -> &str {
        "enumerate"
    }

    fn traits(&self) -> Traits {
        Traits {
            resource: Resource::Cpu,
            needs: vec![Need::Data],
            resumable: true,
            takes_migrants: true,
            first: false,
            many: false,
        }
    }

    fn start(&self, problem: Arc<Problem>, config: &Config, seed: u64) -> Result<Box<dyn Search>, SearchError> {
        Ok(Box::new(EnumerateSearch::start(problem, config, seed)?))
    }

    fn resume(&self, problem: Arc<Problem>, checkpoint: &[u8]) -> Result<Box<dyn Search>, SearchError> {
        Ok(Box::new(EnumerateSearch::resume(problem, checkpoint)?))
    }
}
