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
    // CPU time counts for the whole process, other tests included, so the work differs; but what the process used before does not
    // count, so that the second study is as good as the first.
    for _ in 0..2 {
        let outcome = study(config("1cpu", 1), &backends()).run(&mut ()).unwrap();
        assert_eq!(outcome.reason, StopReason::BudgetSpent);
        assert!(!outcome.state.history.slices.is_empty(), "the study had time");
        // Tests beside this one use CPU time while the last slices end and the formula is chosen.
        assert!((0.8..3.0).contains(&outcome.cpu_seconds), "{} s", outcome.cpu_seconds);
    }
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

/// Counts the looks around.
struct Ticks(usize);

impl symfolio_engine::Observer for Ticks {
    fn tick(&mut self, _: &symfolio_engine::Snapshot<'_>) {
        self.0 += 1;
    }
}

#[test]
fn short_slices_do_not_keep_the_engine_from_looking_around() {
    let mut ticks = Ticks(0);
    let outcome = study(config("2e8", 2), &backends()).run(&mut ticks).unwrap();
    assert!(outcome.state.history.slices.len() > 100, "slices were short");
    let expected = outcome.wall_seconds / symfolio_engine::Clock::TICK.as_secs_f64();
    assert!(ticks.0 as f64 > 0.3 * expected, "{} looks, {expected} were due", ticks.0);
}

#[test]
fn exactness_does_not_hang_on_the_size_of_the_target() {
    let rough = dataset(240);
    for (loss, size) in [("mae", 1e15), ("mae", 1e-15), ("huber:1", 1e15), ("quantile:0.5", 1e15), ("mse", 1e-15)] {
        let target: Vec<f64> = rough.target().values.iter().map(|y| size * y).collect();
        let scaled = Dataset::new("scaled", rough.features().to_vec(), Column::new("y", target), None).unwrap();
        let mut config = config("2e7", 1);
        config.problem.loss = Some(loss.parse().unwrap());
        let outcome = Study::new(scaled, config, &backends()).unwrap().run(&mut ()).unwrap();
        // The data is noisy: nothing is exact.
        assert_eq!((outcome.reason, outcome.first_exact_seconds), (StopReason::BudgetSpent, None), "{loss} {size}");
        let best = outcome.selection.members.iter().map(|member| member.train.nmse).fold(f64::INFINITY, f64::min);
        assert!(best < 0.9, "{loss} {size}: {best}");
        let gains: f64 = outcome.state.history.slices.iter().map(|slice| slice.reward.gain).sum();
        assert!(gains > 0.01, "{loss} {size}: the policy sees gains, {gains}");
    }
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
    let cases: [(&str, &str); 6] = [
        ("threads = 5000", "threads = 5000 is not between 0 (all cores) and 1024"),
        ("slice_work = 1", "slice_work = 1 is below 1000"),
        ("policy = \"greedy\"", "the policies are rising-ucb, round-robin, successive-halving, thompson, uniform"),
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

#[test]
fn a_work_budget_holds_for_search_and_choice_together() {
    for budget in [3_000_000, 30_000_000, 300_000_000] {
        let outcome = study(config(&budget.to_string(), 1), &backends()).run(&mut ()).unwrap();
        let work = outcome.cost.work + outcome.selection.work;
        // The chosen formula is finished whatever it takes.
        assert!(
            work <= budget + budget / 50 + 1_000_000,
            "{budget}: {} and {}",
            outcome.cost.work,
            outcome.selection.work
        );
    }
}
