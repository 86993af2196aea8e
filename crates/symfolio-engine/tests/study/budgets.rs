//! Wall and CPU budgets, cancelling, stopping early.

use std::sync::Arc;
use std::time::{Duration, Instant};

use symfolio_core::{Backend, Column, Dataset, StopReason};
use symfolio_engine::{Cancel, Study};

use crate::scripted::{Random, config, dataset, study};

fn backends() -> Vec<Arc<dyn Backend>> {
    vec![Arc::new(Random)]
}

/// Seconds that `run` takes by the wall.
#[expect(clippy::disallowed_methods, reason = "the test measures time")]
fn seconds<T>(run: impl FnOnce() -> T) -> (T, f64) {
    let begun = Instant::now();
    let result = run();
    (result, begun.elapsed().as_secs_f64())
}

#[test]
fn a_wall_budget_is_kept_within_half_a_second() {
    let (outcome, wall) = seconds(|| study(config("1.5s", 2), &backends()).run(&mut ()).unwrap());
    assert_eq!(outcome.reason, StopReason::BudgetSpent);
    assert!((1.0..2.0).contains(&wall), "{wall} s");
}

#[test]
fn a_cpu_budget_is_kept() {
    // CPU time counts for the whole process, other tests included, so only the end can be checked here.
    let (outcome, _) = seconds(|| study(config("1.5cpu", 1), &backends()).run(&mut ()).unwrap());
    assert_eq!(outcome.reason, StopReason::BudgetSpent);
}

#[test]
#[expect(clippy::disallowed_methods, reason = "somebody cancels while the study runs")]
fn cancelling_ends_a_study_at_once_with_what_it_has() {
    let cancel = Cancel::default();
    let heard = cancel.clone();
    let presser = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(700));
        heard.cancel();
    });
    let (outcome, wall) = seconds(|| study(config("600s", 2), &backends()).with_cancel(cancel).run(&mut ()).unwrap());
    presser.join().unwrap();
    assert_eq!(outcome.reason, StopReason::Cancelled);
    assert!(!outcome.selection.members.is_empty());
    assert!(wall < 3.5, "{wall} s");
}

#[test]
fn an_exact_law_ends_the_study_early() {
    let rough = dataset(240);
    let product: Vec<f64> = (0..240).map(|i| rough.features()[0].values[i] * rough.features()[1].values[i]).collect();
    let exact = Dataset::new("exact", rough.features().to_vec(), Column::new("y", product), None).unwrap();
    let (outcome, wall) = seconds(|| Study::new(exact, config("60s", 1), &backends()).unwrap().run(&mut ()).unwrap());
    assert_eq!(outcome.reason, StopReason::ExactFound);
    assert!(outcome.first_exact_seconds.is_some_and(|seconds| seconds < wall) && wall < 20.0, "{wall} s");
}

#[test]
fn settings_that_mean_nothing_are_refused() {
    let cases: [(&str, &str); 4] = [
        ("policy = \"greedy\"", "the policies are round-robin, successive-halving"),
        ("only = [\"gp\"]", "there is no backend \"gp\"; the backends are random"),
        ("without = [\"random\"]", "no backend is left"),
        ("[problem]\nvalidation = 0.9", "validation = 0.9 is not between 0 and 0.5"),
    ];
    for (text, message) in cases {
        let config = symfolio_engine::StudyConfig::from_toml(text).unwrap();
        let error = Study::new(dataset(240), config, &backends()).unwrap_err().to_string();
        assert!(error.contains(message), "{error}");
    }
}
