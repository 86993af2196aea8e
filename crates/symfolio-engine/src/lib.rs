//! Runs a study: data, slots, slices, the event log, checkpoints.
//!
//! Main flow: [`data::load`] reads a table, [`Study::new`] sets the problem up, [`Study::run`] lends slices to the backends' searches
//! as the policy decides, and lets `symfolio-select` make the final choice. This is the library with the input and
//! output: nothing below it touches files, clocks or threads. It names no backend.

pub mod data;

mod clock;
mod config;
mod driver;
mod event;
mod host;
mod log;
mod model;
mod oracle;
mod program;
mod replay;
mod scale;
mod setup;
mod state;
mod study;
mod view_state;
mod worker;

pub use clock::Clock;
pub use config::{ConfigError, DataConfig, OracleConfig, ProblemConfig, StudyConfig, UnitsConfig};
pub use event::{Event, Grant, OnView, OpenedView, Settings};
pub use host::Cancel;
pub use log::{Folder, FolderError, write_whole};
pub use model::{Answered, Model};
pub use program::start_program;
pub use replay::{Redecision, replay};
pub use scale::Scale;
pub use setup::units;
pub use state::{Choice, Exact, Rules, RunState, State};
pub use study::{Observer, Outcome, Study, StudyError, last_budget, leaves_time_to_search};
pub use view_state::ViewState;

use symfolio_core::Archive;

/// How a study stands at some moment, for display.
#[derive(Clone, Copy, Debug)]
pub struct Snapshot<'a> {
    /// The archive with everything found so far, committed or not.
    pub live: &'a Archive,
    /// What is committed.
    pub state: &'a State,
    /// Wall and CPU seconds.
    pub clock: (f64, f64),
}
