//! Work budgets: the same result on any number of threads, also after being killed at any moment.

use std::path::Path;
use std::sync::Arc;

use symfolio_core::{Backend, StopReason};
use symfolio_engine::{Study, StudyConfig};

use crate::scripted::{Random, config, dataset, front, study};

fn backends() -> Vec<Arc<dyn Backend>> {
    vec![Arc::new(Random)]
}

#[test]
fn the_number_of_threads_changes_nothing() {
    for policy in ["round-robin", "successive-halving"] {
        let run = |threads| {
            let config = StudyConfig { policy: policy.into(), ..config("3e7", threads) };
            study(config, &backends()).run(&mut ()).unwrap()
        };
        let one = run(1);
        assert!(one.state.history.slices.len() > 50 && one.state.runs.len() == 8, "islands ran side by side");
        assert!(one.state.archive.front().iter().any(|held| !held.lineage.parents.is_empty()), "migrants were used");
        for threads in [2, 8] {
            let other = run(threads);
            assert_eq!(front(&one), front(&other), "{policy} with {threads} threads");
            assert_eq!(one.cost, other.cost);
        }
    }
}

#[test]
fn another_seed_gives_another_search() {
    let run = |seed| study(StudyConfig { seed, ..config("1e7", 2) }, &backends()).run(&mut ()).unwrap();
    assert_ne!(front(&run(1)), front(&run(2)));
}

#[test]
fn the_work_budget_is_kept() {
    let outcome = study(config("2e7", 2), &backends()).run(&mut ()).unwrap();
    assert_eq!(outcome.reason, StopReason::BudgetSpent);
    assert!((0.8e7..2e7).contains(&(outcome.cost.work as f64)), "{}", outcome.cost.work);
}

/// A study whose data is a file, as resuming needs it.
fn on_disk(folder: &Path) -> Study {
    let data = dataset(240);
    let mut text = String::from("x0,x1,y\n");
    for row in 0..data.n_rows() {
        let [x0, x1] = [0, 1].map(|i: usize| data.features()[i].values[row]);
        text += &format!("{x0},{x1},{}\n", data.target().values[row]);
    }
    let path = folder.join("data.csv");
    std::fs::write(&path, text).unwrap();
    let mut config = config("8e6", 2);
    config.data.path = Some(path);
    study(config, &backends())
}

#[test]
fn killed_at_any_moment_and_resumed_is_the_same() {
    let scratch = tempfile::tempdir().unwrap();
    let whole = scratch.path().join("whole");
    let outcome = on_disk(scratch.path()).keep_in(&whole).unwrap().run(&mut ()).unwrap();
    let log = std::fs::read_to_string(whole.join("events.jsonl")).unwrap();
    let lines: Vec<&str> = log.lines().collect();
    assert!(lines.len() > 60, "{} entries", lines.len());
    // The states that a killed process leaves: the log cut at some entry, or within one, and the checkpoints of that moment. Those are
    // made by running again with every checkpoint kept, which the folder of the whole run does not do.
    for cut in [1, 2, 9, 17, lines.len() / 2, lines.len() - 2] {
        let dir = scratch.path().join(format!("cut-{cut}"));
        let killed = on_disk(scratch.path()).keep_in(&dir).unwrap();
        let mut stop = StopAfter(cut);
        let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| killed.run(&mut stop)));
        assert!(panicked.is_err(), "the process was to be killed after {cut} entries");
        let mut log = std::fs::OpenOptions::new().append(true).open(dir.join("events.jsonl")).unwrap();
        std::io::Write::write_all(&mut log, b"{\"event\":\"slice_en").unwrap();
        drop(log);
        let resumed = Study::resume(&dir, None, &backends()).unwrap().run(&mut ()).unwrap();
        assert_eq!(front(&outcome), front(&resumed), "cut after {cut} entries");
        assert_eq!(outcome.cost, resumed.cost, "cut after {cut} entries");
    }
}

/// Stands for `kill -9` between two entries of the log: nothing runs after it.
struct StopAfter(usize);

impl symfolio_engine::Observer for StopAfter {
    fn event(&mut self, _: &symfolio_engine::Event, _: &symfolio_engine::State) {
        self.0 -= 1;
        assert!(self.0 > 0, "killed");
    }
}

#[test]
fn folders_that_cannot_be_used_say_why() {
    let scratch = tempfile::tempdir().unwrap();
    let dir = scratch.path().join("study");
    let missing = Study::resume(&dir, None, &backends()).unwrap_err().to_string();
    assert!(missing.contains("holds no study"), "{missing}");
    let kept = on_disk(scratch.path()).keep_in(&dir).unwrap();
    let locked = Study::resume(&dir, None, &backends()).unwrap_err().to_string();
    assert!(locked.contains("in use by another process"), "{locked}");
    kept.run(&mut ()).unwrap();
    let taken = on_disk(scratch.path()).keep_in(&dir).unwrap_err().to_string();
    assert!(taken.contains("already holds a study"), "{taken}");
    let data = scratch.path().join("data.csv");
    let changed = std::fs::read_to_string(&data).unwrap().replacen('1', "2", 1);
    std::fs::write(&data, changed).unwrap();
    let error = Study::resume(&dir, None, &backends()).unwrap_err().to_string();
    assert!(error.contains("the data has changed"), "{error}");
    std::fs::write(dir.join("events.jsonl"), "{\"event\":\"nonsense\"}\n").unwrap();
    let error = Study::resume(&dir, None, &backends()).unwrap_err().to_string();
    assert!(error.contains("line 1 is not an entry of the log"), "{error}");
}
