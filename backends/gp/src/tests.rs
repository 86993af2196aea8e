//! The whole search on small problems.

use std::sync::Arc;

use symfolio_core::conformance::{self, RecordingHost};
use symfolio_core::{Backend, Config, Cost, Directives, Problem, Slice};

use crate::Gp;

#[test]
fn it_conforms() {
    for verdict in conformance::check(&Gp, &Config::default()) {
        assert_eq!(verdict.outcome, Ok(()), "{}", verdict.name);
    }
}

/// Runs one slice of `work` and returns the smallest loss offered, as a share of the target's variance.
fn best_of(problem: &Arc<Problem>, config: Config, work: u64) -> f64 {
    let mut search = Gp.start(problem.clone(), &config, 1).unwrap();
    let slice = Slice {
        index: 0,
        grant: Cost::work(work),
        migrants: Vec::new(),
        rows: problem.judge.clone(),
        directives: Arc::new(Directives::default()),
    };
    let mut host = RecordingHost::new(problem.clone(), &slice);
    search.advance(&slice, &mut host).unwrap();
    let variance = problem.judge.table(problem.dataset.as_ref().unwrap()).target_variance();
    host.offers.iter().map(|offer| offer.loss / variance).fold(f64::INFINITY, f64::min)
}

#[test]
fn a_simple_law_is_found() {
    assert!(best_of(&conformance::problem(true), Config::default(), 100_000_000) < 1e-20);
}
