//! Sparse regression: target transforms times power laws, polynomials, rational functions and library regression.
//!
//! The cheap, nearly exact first arm of a portfolio. It looks for `y = P(x) T^-1(sum of c_k f_k(x))`:
//!
//! 1. **Prefactor** `P`: powers of variables that the target depends on separably are found and divided out.
//! 2. **Transform** `T` of the target: `1/y`, `y^2`, `log y`, `sin y` ...
//! 3. **Library** of columns `f_k`: powers, functions, logarithms of factors, and columns times the target, which make
//!    rational functions.
//! 4. **Selection** of few columns: all at once where that is exact, else orthogonal matching with a beam; where thousands of odd columns
//!    stand beside a few simple ones, all small sets of these with the best odd one.
//! 5. **Assembly** into a compact formula, whose constants the host fits on the true loss.
//!
//! The tasks (prefactor, transform, library) stand in a fixed queue, cheap ones first; the position in it is the checkpoint.

mod anchors;
mod assemble;
mod atoms;
mod bench;
mod compositions;
mod config;
mod dimensional;
mod error;
mod factors;
mod library;
mod monomial;
mod numeric;
mod plan;
mod refine;
mod relevance;
mod sample;
mod scan;
mod search;
mod selection;
mod separate;
mod state;
mod sum;
mod transform;
mod view;
mod writer;

use std::sync::Arc;

use symfolio_core::{Backend, Config, Need, Problem, Resource, Search, SearchError, Traits};

pub use config::SparseConfig;
use search::SparseSearch;

/// The sparse backend; see the crate's documentation.
#[derive(Clone, Copy, Debug, Default)]
pub struct SparseBackend;

impl Backend for SparseBackend {
    fn name(&self) -> &str {
        "sparse"
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
        Ok(Box::new(SparseSearch::start(problem, config, seed)?))
    }

    fn resume(&self, problem: Arc<Problem>, checkpoint: &[u8]) -> Result<Box<dyn Search>, SearchError> {
        Ok(Box::new(SparseSearch::resume(problem, checkpoint)?))
    }
}
