//! Symfolio finds the formula behind data.
//!
//! ```
//! use symfolio::{Column, Dataset, StudyConfig, result, study};
//!
//! // A falling body: distance in metres after t seconds.
//! let t: Vec<f64> = (1..=20).map(|i| 0.1 * f64::from(i)).collect();
//! let y: Vec<f64> = t.iter().map(|t| 4.905 * t * t).collect();
//! let data = Dataset::new("fall", vec![Column::new("t", t)], Column::new("y", y), None)?;
//!
//! let config = StudyConfig { budget: "2s".parse()?, threads: 1, ..StudyConfig::default() };
//! let outcome = study(data, config)?.run(&mut ())?;
//! let found = result(&outcome);
//! assert_eq!(found.chosen().map(|law| law.expression.as_str()), Some("4.905*t**2"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! This crate registers the default backends and hands on what users and bindings need; the parts are in the crates that it
//! re-exports.

pub mod bench;
mod constants;
pub mod explain;
pub mod relate;
mod result;

use std::path::Path;
use std::sync::Arc;

pub use symfolio_core::{
    self as core, Archive, Backend, Bounds, Budget, BudgetError, Candidate, Column, Config, Constraints, Dataset,
    DatasetError, Direction, Nested, Policy, Problem, Profile, Search, StopReason,
};
pub use symfolio_engine::{
    self as engine, Cancel, ConfigError, DataConfig, Event, Folder, FolderError, Model, Observer, OracleConfig,
    Outcome, ProblemConfig, Snapshot, State, Study, StudyConfig, StudyError, UnitsConfig, data,
};
pub use symfolio_expr::{self as expr, Expr, Op, OperatorSet, ParseError, infix, parse};
pub use symfolio_fit::{self as fit, Criterion, Loss};
pub use symfolio_profile::{self as profile};
pub use symfolio_report::{self as report, Member, StudyResult};
pub use symfolio_scheduler::{self as scheduler};
pub use symfolio_select::{self as select};

pub use constants::{
    ConstantsError, ConstantsResult, FitConstants, Formula, GroupResult, GroupedConstants, GroupedData, GroupedResult,
    Interval, Intervals, fit_constants, fit_constants_grouped,
};
pub use result::result;

/// The built-in backends, in the order of the portfolio.
pub fn backends() -> Vec<Arc<dyn Backend>> {
    vec![
        Arc::new(symfolio_backend_sparse::SparseBackend),
        Arc::new(symfolio_backend_enumerate::EnumerateBackend),
        Arc::new(symfolio_backend_staged::Staged),
        Arc::new(symfolio_backend_gp::Gp),
        Arc::new(symfolio_backend_decompose::Decompose),
        Arc::new(symfolio_backend_climb::Climb),
        Arc::new(symfolio_backend_egraph::EgraphBackend),
    ]
}

/// The backends that a study may use: the built-in ones and the programs of its configuration.
///
/// # Errors
/// [`ConfigError::Backend`] for a program whose table is wrong.
pub fn backends_of(config: &StudyConfig) -> Result<Vec<Arc<dyn Backend>>, ConfigError> {
    let mut all = backends();
    for (name, table) in &config.programs {
        let program = symfolio_backend_external::External::new(name, table)
            .map_err(|error| ConfigError::Backend { name: name.clone(), message: error.to_string() })?;
        all.push(Arc::new(program));
    }
    Ok(all)
}

/// A study of `dataset` with the built-in backends and the configuration's programs.
///
/// # Errors
/// [`StudyError::Config`] for a setting that means nothing.
pub fn study(dataset: Dataset, config: StudyConfig) -> Result<Study, StudyError> {
    let backends = backends_of(&config)?;
    Study::new(dataset, config, &backends)
}

/// The study in the folder `path`, to be taken up where it ended, with another budget where one is given.
///
/// # Errors
/// [`StudyError`] where the folder, its data or its configuration cannot be used.
pub fn resume(path: &Path, budget: Option<Budget>) -> Result<Study, StudyError> {
    let (config, _) = Folder::read(path)?;
    Study::resume(path, budget, &backends_of(&config)?)
}
