//! Equality saturation on archive members: simpler and neighbouring forms.
//!
//! It lives on what other searches find. Each migrant is
//!
//! 1. **simplified** on the domain of the data, its redundant constants merged, re-fitted and offered;
//! 2. **varied**: of the simplified form and of forms equal to it, terms and factors are dropped, exponents moved,
//!    operators exchanged, constants freed or frozen to 0 and 1 (see `neighbours.rs`). What is not dominated by
//!    anything seen is offered, and treated like a migrant itself.
//!
//! What has been tried is remembered by its key: that memory, the work still queued and the front seen are the checkpoint.

mod config;
mod error;
mod neighbours;
mod recent;
mod search;
mod state;

use std::sync::Arc;

use symfolio_core::{Backend, Config, Need, Problem, Resource, Search, SearchError, Traits};

pub use config::EgraphConfig;
use search::EgraphSearch;

/// The egraph backend; see the crate's documentation.
#[derive(Clone, Copy, Debug, Default)]
pub struct EgraphBackend;

impl Backend for EgraphBackend {
    fn name(&self) -> &str {
        "egraph"
    }

    fn traits(&self) -> Traits {
        Traits {
            resource: Resource::Cpu,
            needs: vec![Need::Data, Need::Migrants],
            resumable: true,
            takes_migrants: true,
            first: false,
            many: false,
        }
    }

    fn start(&self, problem: Arc<Problem>, config: &Config, _seed: u64) -> Result<Box<dyn Search>, SearchError> {
        Ok(Box::new(EgraphSearch::start(problem, config)?))
    }

    fn resume(&self, problem: Arc<Problem>, checkpoint: &[u8]) -> Result<Box<dyn Search>, SearchError> {
        Ok(Box::new(EgraphSearch::resume(problem, checkpoint)?))
    }
}
