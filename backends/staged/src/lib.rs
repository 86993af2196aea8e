//! Inputs freed one after the other, the others held fixed by an oracle.
//!
//! After Jiang and Xue (Symbolic regression via control variable genetic programming, ECML PKDD 2023; Vertical symbolic regression via deep
//! policy gradient, 2024): a law of many inputs is found in the few that move, and what were constants there turn out to be functions
//! of the next ones.
//!
//! 1. the oracle is asked **which inputs act** (`look.rs`);
//! 2. the **slice of one input**, all others held in the middle of the data, is a curve: a straight line under a transform (`line.rs`), or a
//!    view that others find a formula of;
//! 3. **a further input is freed**: the form found so far is fitted anew for several values of it (`walk.rs`). The fewest constants that have to
//!    move for the form to go on holding are looked for, among them a factor and a summand of the whole, and of inputs that stand in several
//!    places (`knob.rs`): this takes the place of a choice of parametrisation, since constants that only move together are never chosen
//!    together. Of all inputs, the one goes next with which fewest move;
//! 4. each curve of a constant along the new input is a straight line, or a **view** of its own;
//! 5. what is found is **put in**, all constants are fitted to points in which all free inputs move, and the form is given up if it does not
//!    hold there. Several forms and ways are kept, and gone back to (`grow.rs`);
//! 6. a form in all inputs that act is fitted to the data, simplified, and **offered**.

mod branch;
mod config;
mod error;
mod ground;
mod grow;
mod knob;
mod line;
mod look;
mod points;
mod search;
mod state;
mod walk;

use std::sync::Arc;

use symfolio_core::{Backend, Config, Need, Problem, Resource, Search, SearchError, Traits};

pub use config::StagedConfig;
use search::StagedSearch;

/// The staged backend; see the crate's documentation.
#[derive(Clone, Copy, Debug, Default)]
pub struct Staged;

impl Backend for Staged {
    fn name(&self) -> &str {
        "staged"
    }

    fn traits(&self) -> Traits {
        Traits {
            resource: Resource::Cpu,
            needs: vec![Need::Data, Need::Oracle],
            resumable: true,
            takes_migrants: false,
            first: true,
            many: false,
        }
    }

    fn start(&self, problem: Arc<Problem>, config: &Config, seed: u64) -> Result<Box<dyn Search>, SearchError> {
        Ok(Box::new(StagedSearch::start(problem, config, seed)?))
    }

    fn resume(&self, problem: Arc<Problem>, checkpoint: &[u8]) -> Result<Box<dyn Search>, SearchError> {
        Ok(Box::new(StagedSearch::resume(problem, checkpoint)?))
    }
}
