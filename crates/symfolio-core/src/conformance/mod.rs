//! The conformance suite: what every [`Backend`] must keep to, built in or not.
//!
//! ```ignore
//! for verdict in conformance::check(&MyBackend, &Config::default()) {
//!     assert_eq!(verdict.outcome, Ok(()), "{}", verdict.name);
//! }
//! ```
//!
//! No check passes for want of offers: a search that offers nothing on a simple law fails. Searches that live on migrants are
//! given some. The suite is itself tested on backends that are wrong in one way each.

mod host;
mod input;
mod offering;
mod repeating;
mod stopping;
mod trial;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use symfolio_fit::Loss;

pub use host::{AfterBreak, Offer, RecordingHost};

use crate::{Backend, Column, Config, Dataset, Problem, Profile, Split};

/// The outcome of one check.
#[derive(Clone, Debug, PartialEq)]
pub struct Verdict {
    /// What was checked, in words.
    pub name: &'static str,
    /// `Err` says what went wrong.
    pub outcome: Result<(), String>,
}

type Check = fn(&dyn Backend, &Config) -> Result<(), String>;

/// Runs every check on `backend` with `config`; a panic is a failed check.
pub fn check(backend: &dyn Backend, config: &Config) -> Vec<Verdict> {
    const CHECKS: &[(&str, Check)] = &[
        ("the same inputs give the same offers at the same cost", repeating::same_inputs_same_offers),
        ("saved and resumed equals kept in memory", repeating::resumed_equals_kept),
        ("it returns after Break", stopping::stops_when_told),
        ("offers keep to operators and constraints and have finite constants", offering::offers_are_allowed),
        ("changed rows are honoured", offering::rows_are_honoured),
        ("banned operators and forms are not offered", offering::bans_are_honoured),
        ("pinned forms are taken in", offering::pins_are_taken_in),
        ("a configuration that means nothing is an error", input::garbage_config_is_an_error),
        ("a checkpoint that means nothing is an error", input::garbage_checkpoint_is_an_error),
        ("migrants that are not finite do no harm", input::bad_migrants_do_no_harm),
        ("answers that are errors or no formulas do no harm", input::bad_answers_do_no_harm),
    ];
    let run = |check: &Check| match catch_unwind(AssertUnwindSafe(|| check(backend, config))) {
        Ok(outcome) => outcome,
        Err(panic) => Err(format!("it panicked: {}", panic_text(&*panic))),
    };
    CHECKS.iter().map(|(name, check)| Verdict { name, outcome: run(check) }).collect()
}

/// The message of a panic, where it has one.
pub fn panic_text(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_string());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "no message".into())
}

/// Two laws over two features: rows 0 to 59 follow `x0 * x1`, the others `x0 / x1 + 3`. Judged on all rows of one of them.
pub fn problem(second_law: bool) -> Arc<Problem> {
    problem_of(second_law, |x0, x1| x0 * x1)
}

/// [`problem`] with another first law.
fn problem_of(second_law: bool, first_law: fn(f64, f64) -> f64) -> Arc<Problem> {
    let n = 120u32;
    let x0: Vec<f64> = (0..n).map(|i| 1.0 + f64::from((i * 37) % 60) / 20.0).collect();
    let x1: Vec<f64> = (0..n).map(|i| 0.5 + f64::from((i * 23) % 41) / 15.0).collect();
    let y = (0..n as usize).map(|i| if i < 60 { first_law(x0[i], x1[i]) } else { x0[i] / x1[i] + 3.0 });
    let target = Column::new("y", y.collect::<Vec<f64>>());
    let features = vec![Column::new("x0", x0), Column::new("x1", x1)];
    #[allow(clippy::expect_used, reason = "a fixed table that is known to be valid")]
    let dataset = Arc::new(Dataset::new("two laws", features, target, None).expect("a valid table"));
    let train: Arc<[u32]> = if second_law { (60..120).collect() } else { (0..60).collect() };
    let split = Split { train, validation: Arc::new([]) };
    let profile = Profile { n_rows: 60, ..Profile::default() };
    Arc::new(Problem { profile, ..Problem::new(dataset, split, Loss::SquaredError) })
}
