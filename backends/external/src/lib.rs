//! Programs of their own as backends: JSON lines on their standard input and output.
//!
//! Any program that reads and writes lines takes part in a study like a built-in method: it is told the problem, granted slices, handed
//! migrants, and paid for by what its formulas bring. What it says of them is not believed; the host measures. The protocol is
//! described in docs/external-programs.md, and in `protocol.rs` as types.
//!
//! The program is started at the first slice. It is limited in time by the search, in memory by the host, rests between slices,
//! and ends with the search. A search cannot be saved: after a restart the program is started anew.

mod config;
mod error;
mod formulas;
mod protocol;
mod search;

use std::sync::Arc;

use symfolio_core::{Backend, Config, Need, Problem, Resource, Search, SearchError, Traits};

pub use config::ProgramConfig;
use search::ExternalSearch;

/// One program as a backend; see the crate's documentation. What may be set is in [`ProgramConfig`].
#[derive(Clone, Debug)]
pub struct External {
    name: String,
    first: bool,
    repeatable: bool,
}

impl External {
    /// The backend called `name`, whose traits are those of `config`.
    ///
    /// # Errors
    /// [`SearchError::Config`] for a table that is no [`ProgramConfig`].
    pub fn new(name: &str, config: &Config) -> Result<External, SearchError> {
        let ProgramConfig { first, repeatable, .. } = ProgramConfig::read(config)?;
        Ok(External { name: name.to_string(), first, repeatable })
    }
}

impl Backend for External {
    fn name(&self) -> &str {
        &self.name
    }

    fn traits(&self) -> Traits {
        Traits {
            resource: if self.repeatable { Resource::Cpu } else { Resource::Program },
            needs: vec![Need::Data],
            resumable: false,
            takes_migrants: true,
            first: self.first,
            many: false,
        }
    }

    fn start(&self, problem: Arc<Problem>, config: &Config, seed: u64) -> Result<Box<dyn Search>, SearchError> {
        Ok(Box::new(ExternalSearch::start(&self.name, problem, ProgramConfig::read(config)?, seed)?))
    }

    fn resume(&self, _problem: Arc<Problem>, _checkpoint: &[u8]) -> Result<Box<dyn Search>, SearchError> {
        Err(error::ExternalError::NoCheckpoint.into())
    }
}
