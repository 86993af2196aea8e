//! Symmetries and separable parts: smaller problems for the other backends.
//!
//! After Udrescu and Tegmark (AI Feynman, Science Advances 6, 2020), with a surrogate that knows its errors:
//!
//! 1. a Gaussian process is fitted to some rows, of the target and of its logarithm (`kriging.rs`);
//! 2. its shape is **looked at** (`look.rs`): inputs without effect; slopes that cancel, so that two features count through their difference, sum,
//!    ratio, product or sum of squares only; powers that can be divided out; mixed differences that vanish, so that the target, or its
//!    logarithm, inverse or square, is a sum of parts;
//! 3. every such **hypothesis is weighed** by a surrogate that can say nothing else: it has to leave out rows as well as the free one does.
//!    Noise and want of data then speak against a hypothesis, not for it;
//! 4. what stands is **proposed as views**: the reduced problem on the rows themselves; each part of a sum on the rows less the other parts as
//!    the surrogate knows them;
//! 5. what other searches find for the parts is **put together**, fitted to the data as a whole, and offered.
//!
//! Views may be decomposed in their turn. Forms so simple that no search is needed are offered at once.

mod config;
mod error;
mod kriging;
mod look;
mod matrix;
mod reduction;
mod sample;
mod search;
mod state;
mod transform;
mod views;

use std::sync::Arc;

use symfolio_core::{Backend, Config, Need, Problem, Resource, Search, SearchError, Traits};

pub use config::DecomposeConfig;
use search::DecomposeSearch;

/// The decompose backend; see the crate's documentation.
#[derive(Clone, Copy, Debug, Default)]
pub struct Decompose;

impl Backend for Decompose {
    fn name(&self) -> &str {
        "decompose"
    }

    fn traits(&self) -> Traits {
        Traits {
            resource: Resource::Cpu,
            needs: vec![Need::Data],
            resumable: true,
            takes_migrants: false,
            first: true,
            many: false,
        }
    }

    fn start(&self, problem: Arc<Problem>, config: &Config, seed: u64) -> Result<Box<dyn Search>, SearchError> {
        Ok(Box::new(DecomposeSearch::start(problem, config, seed)?))
    }

    fn resume(&self, problem: Arc<Problem>, checkpoint: &[u8]) -> Result<Box<dyn Search>, SearchError> {
        Ok(Box::new(DecomposeSearch::resume(problem, checkpoint)?))
    }
}
