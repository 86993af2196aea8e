//! Work budgets: the same result on any number of threads, also after being killed at any moment.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use symfolio_core::{Backend, StopReason};
use symfolio_engine::{Event, Grant, Study, StudyConfig};

use crate::scripted::{Random, config, dataset, front, study};

fn backends() -> Vec<Arc<dyn Backend>> {
    vec![Arc::new(Random)]
}

#[test]
fn the_number_of_threads_changes_nothing() {
    for policy in symfolio_scheduler::POLICIES.iter().copied() {
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

fn on_disk(folder: &Path) -> Study {
    on_disk_with(folder, "8e6", &backends())
}

/// A study whose data is a file, as resuming needs it.
pub fn on_disk_with(folder: &Path, budget: &str, backends: &[Arc<dyn Backend>]) -> Study {
    let data = dataset(240);
    let mut text = String::from("x0,x1,y\n");
    for row in 0..data.n_rows() {
        let [x0, x1] = [0, 1].map(|i: usize| data.features()[i].values[row]);
        text += &format!("{x0},{x1},{}\n", data.target().values[row]);
    }
    let path = folder.join("data.csv");
    std::fs::write(&path, text).unwrap();
    let mut config = config(budget, 2);
    config.data.path = Some(path);
    study(config, backends)
}

#[test]
fn killed_at_any_moment_and_resumed_is_the_same() {
    let scratch = tempfile::tempdir().unwrap();
    let whole = scratch.path().join("whole");
    let outcome = on_disk(scratch.path()).keep_in(&whole).unwrap().run(&mut ()).unwrap();
    let log = std::fs::read_to_string(whole.join("events.jsonl")).unwrap();
    let lines: Vec<&str> = log.lines().collect();
    assert!(lines.len() > 60, "{} entries", lines.len());
    // The states that a killed process leaves: the log cut at some entry, with a part of the next one, and the checkpoints of that
    // moment. Each is made by a run of its own.
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
pub struct StopAfter(pub usize);

impl symfolio_engine::Observer for StopAfter {
    fn event(&mut self, _: &symfolio_engine::Event, _: &symfolio_engine::State) {
        self.0 -= 1;
        assert!(self.0 > 0, "killed");
    }
}

/// A study in a folder, running free, killed by `stop`.
fn killed(scratch: &Path, name: &str, stop: &mut dyn symfolio_engine::Observer) -> std::path::PathBuf {
    let dir = scratch.join(name);
    let mut config = on_disk(scratch).config().clone();
    config.budget = "600s".parse().unwrap();
    config.slice_work = Some(200_000);
    let study = study(config, &backends()).keep_in(&dir).unwrap();
    assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| study.run(stop))).is_err());
    dir
}

/// Collects the log, and ends the study after some entries.
struct Log {
    events: Vec<Event>,
    left: usize,
    cancel: symfolio_engine::Cancel,
}

impl symfolio_engine::Observer for Log {
    fn event(&mut self, event: &Event, _: &symfolio_engine::State) {
        self.events.push(event.clone());
        self.left = self.left.saturating_sub(1);
        if self.left == 0 {
            self.cancel.cancel();
        }
    }
}

/// Takes the study in `dir` up for some entries.
fn taken_up(dir: &Path, budget: Option<symfolio_core::Budget>) -> Vec<Event> {
    let cancel = symfolio_engine::Cancel::default();
    let mut log = Log { events: Vec::new(), left: 30, cancel: cancel.clone() };
    Study::resume(dir, budget, &backends()).unwrap().with_cancel(cancel).run(&mut log).unwrap();
    log.events
}

#[test]
fn migrants_of_a_lost_slice_are_handed_out_again() {
    let scratch = tempfile::tempdir().unwrap();
    let dir = killed(scratch.path(), "lost", &mut StopAtMigrants);
    let (_, past) = symfolio_engine::Folder::read(&dir).unwrap();
    let mut open: BTreeMap<u64, &Grant> = BTreeMap::new();
    for event in &past {
        match event {
            Event::SliceGranted(grant) => drop(open.insert(grant.slice, grant)),
            Event::SliceEnded { slice, .. } => drop(open.remove(slice)),
            _ => {}
        }
    }
    let lost: Vec<(u32, u64)> =
        open.values().flat_map(|grant| grant.migrants.iter().map(|migrant| (grant.run, *migrant))).collect();
    assert!(!lost.is_empty(), "the killed process had handed migrants out");
    let later = taken_up(&dir, None);
    let grants = later.iter().filter_map(|event| match event {
        Event::SliceGranted(grant) => Some(grant),
        _ => None,
    });
    let again: Vec<(u32, u64)> =
        grants.flat_map(|grant| grant.migrants.iter().map(|migrant| (grant.run, *migrant))).collect();
    // Those that have left the front since are no migrants any more; some are still there.
    assert!(lost.iter().any(|pair| again.contains(pair)), "lost {lost:?}, later {again:?}");
}

#[test]
fn slices_under_way_are_no_part_of_a_budget_of_another_kind() {
    let scratch = tempfile::tempdir().unwrap();
    let dir = killed(scratch.path(), "kinds", &mut StopAtMigrants);
    let outcome = Study::resume(&dir, Some("2e6".parse().unwrap()), &backends()).unwrap().run(&mut ()).unwrap();
    assert!(outcome.state.granted.is_empty(), "{:?}", outcome.state.granted);
    assert!(outcome.state.history.arms.iter().all(|arm| arm.running == 0));
}

#[test]
fn a_checkpoint_that_cannot_be_read_starts_its_search_anew() {
    let scratch = tempfile::tempdir().unwrap();
    for (name, damage) in [("gone", None), ("empty", Some(""))] {
        let dir = killed(scratch.path(), name, &mut StopAfter(60));
        for file in std::fs::read_dir(dir.join("checkpoints")).unwrap() {
            let file = file.unwrap().path();
            match damage {
                None => std::fs::remove_file(file).unwrap(),
                Some(text) => std::fs::write(file, text).unwrap(),
            }
        }
        let later = taken_up(&dir, None);
        assert!(later.iter().any(|event| matches!(event, Event::CheckpointLost { .. })), "{name}");
        assert!(later.iter().any(|event| matches!(event, Event::SliceEnded { .. })), "{name}: the search goes on");
        assert!(!later.iter().any(|event| matches!(event, Event::RunFailed { .. })), "{name}");
    }
}

#[test]
fn a_study_remembers_its_last_budget_and_refuses_other_settings() {
    let scratch = tempfile::tempdir().unwrap();
    let dir = killed(scratch.path(), "settings", &mut StopAfter(20));
    taken_up(&dir, Some("5s".parse().unwrap()));
    assert_eq!(Study::resume(&dir, None, &backends()).unwrap().config().budget, "5s".parse().unwrap());
    let file = dir.join("study.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    let slots = text.replace("slots = 8", "slots = 2");
    std::fs::write(&file, slots).unwrap();
    let error = Study::resume(&dir, None, &backends()).unwrap_err().to_string();
    assert!(error.contains("slots are not what the study began with"), "{error}");
    for (line, what) in [("seed = 99\n", "seed"), ("only = [\"random\"]\n", "")] {
        let seedless: String =
            text.lines().filter(|line| !line.starts_with("seed")).map(|l| format!("{l}\n")).collect();
        let base = if what.is_empty() { text.replace("only = []\n", "") } else { seedless };
        std::fs::write(&file, format!("{line}{base}")).unwrap();
        let resumed = Study::resume(&dir, None, &backends()).map(|_| String::new()).unwrap_or_else(|e| e.to_string());
        assert!(resumed.contains(what) && resumed.is_empty() == what.is_empty(), "{line:?}: {resumed}");
    }
    std::fs::write(&file, text).unwrap();
    let two: Vec<Arc<dyn Backend>> =
        vec![Arc::new(crate::scripted::Faulty(crate::scripted::Fault::Done)), Arc::new(Random)];
    let error = Study::resume(&dir, None, &two).unwrap_err().to_string();
    assert!(error.contains("the backends are not what the study began with"), "{error}");
}

#[test]
fn offers_name_every_backend_that_had_a_part_in_them() {
    let outcome = study(config("1e7", 2), &backends()).run(&mut ()).unwrap();
    for held in &outcome.state.accepted {
        assert_eq!(held.origin, ["random"]);
        assert!(held.lineage.parents.iter().all(|parent| *parent < held.id), "parents come first");
    }
}

/// Stands for `kill -9` just after migrants were handed out.
struct StopAtMigrants;

impl symfolio_engine::Observer for StopAtMigrants {
    fn event(&mut self, event: &Event, _: &symfolio_engine::State) {
        assert!(!matches!(event, Event::SliceGranted(grant) if !grant.migrants.is_empty()), "killed");
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
