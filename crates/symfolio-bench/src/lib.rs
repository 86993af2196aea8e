//! Benchmarks across methods: suites of problems, runs in processes of their own, a results database, scores and reports.
//!
//! | step | file |
//! |---|---|
//! | a suite is read and checked | `suite.rs` |
//! | sets of PMLB that it names are downloaded | `pmlb.rs` |
//! | the grid of problems, noise, seeds and methods becomes jobs | `plan.rs` |
//! | each job runs in a process of its own, several at once, and is ended when it takes too long | `runner.rs` |
//! | there its rows are drawn, its method runs, and what it found is scored | `instance.rs`, `one.rs`, `peer.rs`, `score/` |
//! | the run is kept | `database.rs` |
//! | methods are compared | `report/`, `statistics/` |
//! | policies are tried on the records of single backends | `screen.rs` |
//! | what single backends did becomes a prior of the scheduler | `train.rs` |
//!
//! Architecture Invariant: nothing here is linked into a study; what is measured is what users run.

mod child;
mod database;
mod instance;
mod job;
mod method;
mod one;
mod peer;
mod plan;
mod pmlb;
pub mod report;
mod runner;
pub mod score;
mod screen;
pub mod statistics;
mod suite;
#[cfg(test)]
mod testing;
mod train;

pub use child::serve;
pub use database::{Database, DatabaseError, Run, SCHEMA};
pub use instance::{Instance, InstanceError, Law, Rows};
pub use job::{CurvePoint, Finished, FrontMember, Job, Key, Report};
pub use method::{Method, MethodError};
pub use one::perform;
pub use peer::{PeerError, command as peer_command};
pub use plan::{Plan, PlanError, Planned, plan};
pub use pmlb::{PMLB, PmlbError, download};
pub use runner::{Done, Limits, RunnerError, Watcher, run};
pub use screen::{Screened, Screening, screen};
pub use suite::{Data, Problem, Sampling, Suite, SuiteError, Wrong};
pub use train::{Choice, TrainError, Trained, train};
