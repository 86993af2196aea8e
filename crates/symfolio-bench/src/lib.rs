//! Benchmarks across methods: suites of problems, runs in processes of their own, a results database, scores and reports.
//!
//! | step | file |
//! |---|---|
//! | a suite is read and checked | `suite.rs` |
//! | sets of PMLB that it names are downloaded | `pmlb.rs` |
//! | the grid of problems, noise, seeds and methods becomes jobs | `plan.rs` |
//! | each job runs in a process of its own, several at once, and is ended when it takes too long | `runner.rs` |
//! | there its rows are drawn, its method runs, and what it found is scored | `instance.rs`, `one.rs`, `peer.rs`, `score/` |
//! | the run is kept, with what it came from | `database.rs`, `schema.rs`, `provenance.rs` |
//! | those that can be looked at together are selected, near-duplicates found | `selection.rs`, `families.rs`, `content.rs` |
//! | methods are compared | `report/`, `statistics/` |
//! | policies are tried on the records of single backends | `screen.rs` |
//! | what single backends did becomes a prior of the scheduler, or several for scoring | `train.rs`, `folds.rs` |
//!
//! Architecture Invariant: nothing here is linked into a study; what is measured is what users run.

mod child;
mod content;
mod database;
mod families;
mod fingerprint;
mod folds;
mod instance;
mod job;
mod method;
mod one;
mod peer;
mod plan;
mod pmlb;
mod provenance;
pub mod report;
mod runner;
mod schema;
pub mod score;
mod screen;
mod selection;
pub mod statistics;
mod suite;
#[cfg(test)]
mod testing;
mod train;

pub use child::serve;
pub use database::{Database, DatabaseError, Run};
pub use families::Families;
pub use folds::{Folds, FoldsError};
pub use instance::{Instance, InstanceError, Law, Rows};
pub use job::{CurvePoint, Finished, FrontMember, Job, Key, Report};
pub use method::{Method, MethodError};
pub use one::perform;
pub use peer::{PeerError, command as peer_command};
pub use plan::{Plan, PlanError, Planned, plan};
pub use pmlb::{PMLB, PmlbError, download};
pub use provenance::{Provenance, build_of_program};
pub use runner::{Done, Limits, RunnerError, Watcher, run};
pub use schema::SCHEMA;
pub use screen::{Screened, Screening, screen};
pub use selection::{Filter, Selection, SelectionError, gather, select};
pub use suite::{Data, Problem, Sampling, Suite, SuiteError, Wrong};
pub use train::{Choice, TrainError, Trained, train};
