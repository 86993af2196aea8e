//! Programs as backends: good ones take part, and whatever a bad one does costs the study two slices at most, and is told in words.

use std::path::Path;
use std::sync::Arc;

use symfolio_backend_external::External;
use symfolio_core::{Backend, Config, Heard, ProgramError, ProgramSpec};
use symfolio_engine::{Cancel, Event, Observer, Outcome, State, Study, StudyConfig, start_program};

use crate::scripted::{Random, config, dataset, front};

/// The table of a shell program.
fn settings(script: &str, grace: f64) -> Config {
    let words = toml::Value::from(vec!["sh", "-c", script]);
    let table = [("command", words), ("memory_mb", 40.into()), ("startup", 0.4.into()), ("grace", grace.into())];
    Config(table.into_iter().map(|(key, value)| (key.to_string(), value)).collect())
}

/// A study with a shell program, alone or beside `Random`.
fn study_of(script: &str, config: StudyConfig, grace: f64, alone: bool) -> Study {
    let table = settings(script, grace);
    let program: Arc<dyn Backend> = Arc::new(External::new("shell", &table).unwrap());
    let backends = if alone { vec![program] } else { vec![program, Arc::new(Random)] };
    let config = StudyConfig { programs: [("shell".to_string(), table)].into(), ..config };
    Study::new(dataset(240), config, &backends).unwrap()
}

/// Notes why runs failed, and ends the study when all has happened that is to be seen.
#[derive(Default)]
struct Watcher {
    errors: Vec<String>,
    cancel: Cancel,
}

impl Observer for Watcher {
    fn event(&mut self, event: &Event, state: &State) {
        if let Event::RunFailed { error, .. } = event {
            self.errors.push(error.clone());
        }
        if state.history.arms[0].retired && state.archive.front().len() > 3 {
            self.cancel.cancel();
        }
    }
}

fn slices(outcome: &Outcome) -> usize {
    outcome.state.history.slices.iter().filter(|slice| slice.arm == 0).count()
}

const SLICE_BY_SLICE: &str = r#"read -r start
while read -r slice; do
  echo '{"type":"offer","expression":"2.5*x0*x1 + 0.3","fit":true}'
  echo '{"type":"end","state":"paused"}'
done"#;

#[test]
fn a_good_program_takes_part() {
    let outcome = study_of(SLICE_BY_SLICE, config("2s", 1), 2.0, false).run(&mut ()).unwrap();
    let found = outcome.state.accepted.iter().filter(|held| held.origin == ["shell"]).count();
    assert!(found > 0 && slices(&outcome) > 1, "{found} of {} slices", slices(&outcome));
    assert!(outcome.state.history.slices.iter().all(|slice| slice.progress.is_some()));
}

/// Runs each bad script, with `grace`, beside `Random`; its errors must have the words that follow it.
fn check_bad(grace: f64, cases: &[(&str, &str)]) {
    for (script, words) in cases {
        let mut watcher = Watcher::default();
        let study = study_of(script, config("60s", 2), grace, false).with_cancel(watcher.cancel.clone());
        let outcome = study.run(&mut watcher).unwrap();
        assert_eq!(watcher.errors.len(), 2, "{script}: {:?}", watcher.errors);
        for error in &watcher.errors {
            assert!(error.contains(words) && error.contains("program \"shell\""), "{script}: {error}");
        }
        assert_eq!(slices(&outcome), 2, "{script}");
        assert!(outcome.state.history.arms[0].retired, "{script}");
        assert!(front(&outcome).len() > 3, "{script}: the other arm found its formulas");
    }
}

#[test]
fn a_program_that_ends_is_named_with_its_last_words() {
    check_bad(
        10.0,
        &[
            ("exit 0", "after line 0: it ended with exit code 0, with nothing on standard error"),
            ("echo oh >&2; echo 'no x' >&2; exit 3", "exit code 3; its last words on standard error: oh / no x"),
            ("kill -9 $$", "it was ended by signal 9"),
            ("exec 1>&-; sleep 30", "it closed its standard output"),
            // The system refuses the program more memory.
            ("x=xxxxxxxx; while :; do x=$x$x; done", "was gone after line 0"),
        ],
    );
}

#[test]
fn a_program_that_writes_nonsense_is_named_with_the_line() {
    check_bad(
        10.0,
        &[
            ("yes garbage", "at line 1000: not one of its lines could be used; the first: line 1: \"garbage\""),
            (
                "echo no; read -r a; read -r b; echo '{\"type\":\"end\",\"state\":\"paused\"}'; sleep 9",
                "remarks on standard error",
            ),
            ("head -c 3000000 /dev/zero | tr '\\0' x; sleep 30", "a line of more than 1000000 bytes"),
        ],
    );
}

#[test]
fn a_program_that_floods_is_named_with_the_line() {
    check_bad(
        10.0,
        &[
            (
                "yes '{\"type\":\"offer\",\"expression\":\"x0*x1\"}'",
                "at line 100001: more than 100000 lines in one slice",
            ),
            ("yes '{\"type\":\"progress\"}'", "more than 100000 lines in one slice"),
        ],
    );
}

#[test]
fn a_program_that_does_not_end_its_slice_is_named_with_the_remedy() {
    check_bad(
        0.3,
        &[
            ("sleep 30", "did not say {\"type\":\"end\"} within 0.7 s more"),
            ("while :; do :; done", "raise `grace`"),
            ("while :; do echo '{\"type\":\"progress\"}'; sleep 0.05; done", "look at the clock more often"),
            ("(sleep 30 & sleep 30 & sleep 30) & sleep 30", "did not say"),
        ],
    );
}

#[test]
fn a_program_that_is_not_there_is_named() {
    let table =
        Config([("command".to_string(), toml::Value::from(vec!["no-such-program-at-all"]))].into_iter().collect());
    let backends: Vec<Arc<dyn Backend>> = vec![Arc::new(External::new("shell", &table).unwrap()), Arc::new(Random)];
    let config = StudyConfig { programs: [("shell".to_string(), table)].into(), ..config("1s", 1) };
    let mut watcher = Watcher::default();
    Study::new(dataset(240), config, &backends).unwrap().run(&mut watcher).unwrap();
    assert!(watcher.errors[0].contains("cannot start \"no-such-program-at-all\""), "{:?}", watcher.errors);
}

#[test]
fn what_a_program_claims_of_its_formulas_is_not_believed() {
    let lies = r#"read -r start; while read -r slice; do
        echo '{"type":"offer","expression":"0.1*x0 - 7*x1","loss":0.0,"complexity":1,"fit":false}'
        echo '{"type":"end","state":"exhausted"}'; done"#;
    let outcome = study_of(lies, config("1s", 1), 2.0, false).run(&mut ()).unwrap();
    for held in &outcome.state.accepted {
        let measured = outcome.problem.objective.measure(&held.form, &outcome.problem.judge);
        assert_eq!(held.loss.to_bits(), measured.loss.to_bits());
    }
}

#[test]
fn refused_lines_are_counted_and_told_and_questions_are_answered() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("heard");
    let script = format!(
        r#"read -r start; echo "$start" > '{0}'; while read -r slice; do echo "$slice" >> '{0}'
        echo '{{"type":"offer","expression":"x0*x1"}}'
        echo '{{"type":"offer","expression":"nan*x0"}}'
        echo '{{"type":"offer","expression":"x0 + speed"}}'
        echo '{{"type":"evaluate","fit":true,"expressions":["c0*x0*x1","x9"]}}'
        read -r answer; echo "$answer" >> '{0}'
        sleep 0.02; echo '{{"type":"end","state":"paused"}}'; done"#,
        log.display()
    );
    study_of(&script, config("1.5s", 1), 2.0, true).run(&mut ()).unwrap();
    let heard: Vec<serde_json::Value> =
        std::fs::read_to_string(&log).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let (start, slice, answer, next) = (&heard[0], &heard[1], &heard[2], &heard[3]);
    assert_eq!((start["protocol"].as_u64(), start["features"][1].as_str()), (Some(1), Some("x1")));
    assert_eq!(start["rows"]["columns"]["x0"].as_array().unwrap().len(), 180);
    assert_eq!((slice["type"].as_str(), slice["index"].as_u64()), (Some("slice"), Some(0)));
    assert!(slice["seconds"].as_f64().unwrap() > 0.01 && slice["refused"].is_null());
    assert!(answer["results"][0]["loss"].as_f64().unwrap() < 1e-3, "{answer}");
    assert!(answer["results"][1]["error"].as_str().unwrap().contains("x9"), "{answer}");
    assert_eq!(next["refused"]["count"], 2);
    assert!(next["refused"]["first"].as_str().unwrap().starts_with("line 2: \"nan*x0\""), "{next}");
}

/// Is a process alive, and still so after a while? The system takes a moment to end what it was told to.
#[expect(clippy::disallowed_methods, reason = "the test waits for the system")]
fn stays_alive(pid: &str) -> bool {
    (0..100).all(|_| {
        std::thread::sleep(std::time::Duration::from_millis(10));
        is_alive(pid)
    })
}

fn is_alive(pid: &str) -> bool {
    // A process that nobody has waited for is still listed, but ended.
    let stat = std::fs::read_to_string(Path::new("/proc").join(pid).join("stat")).unwrap_or_default();
    stat.rsplit_once(") ").is_some_and(|(_, rest)| !rest.starts_with('Z'))
}

#[cfg(target_os = "linux")]
#[test]
#[expect(clippy::disallowed_methods, reason = "somebody cancels while the program computes")]
fn a_program_ends_with_the_study_and_takes_its_children_along() {
    let folder = tempfile::tempdir().unwrap();
    let pids = folder.path().join("pids");
    // One child in the program's group, and one in a session of its own.
    let script = format!(
        "sleep 77 & echo $! > '{0}'; setsid sleep 77 & echo $! >> '{0}'; echo $$ >> '{0}'; exec sleep 77",
        pids.display()
    );
    let cancel = Cancel::default();
    let heard = cancel.clone();
    let presser = std::thread::spawn(move || {
        std::thread::sleep(std::time::Duration::from_millis(500));
        heard.cancel();
    });
    let outcome = study_of(&script, config("600s", 1), 2.0, true).with_cancel(cancel).run(&mut ()).unwrap();
    presser.join().unwrap();
    assert!(outcome.wall_seconds < 2.0, "{} s", outcome.wall_seconds);
    let pids = std::fs::read_to_string(&pids).unwrap();
    assert_eq!(pids.lines().count(), 3, "{pids}");
    for pid in pids.lines() {
        assert!(!stays_alive(pid), "process {pid} of {pids} outlived the study");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_program_pays_for_what_it_and_its_children_compute() {
    // Each slice burns what it takes to count to 200000, half of it in a child.
    let script = r#"count() { i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done; }
        read -r start; while read -r slice; do
        count; (count); echo '{"type":"end","state":"paused"}'; done"#;
    let outcome = study_of(script, config("2s", 1), 2.0, true).run(&mut ()).unwrap();
    let work: u64 = outcome.state.history.slices.iter().map(|slice| slice.cost.work).sum();
    // The one core was the program's, save that other tests want it too.
    assert!((3e8..2.5e9).contains(&(work as f64)), "{work} in {} slices", slices(&outcome));
}

#[test]
fn seconds_are_no_work_unless_a_program_counts_its_own() {
    let backends = |table: &Config| -> Vec<Arc<dyn Backend>> { vec![Arc::new(External::new("shell", table).unwrap())] };
    let study = |table: Config| {
        let config = StudyConfig { programs: [("shell".to_string(), table.clone())].into(), ..config("1e6", 1) };
        Study::new(dataset(60), config, &backends(&table))
    };
    let error = study(settings("true", 1.0)).unwrap_err().to_string();
    assert!(error.contains("program \"shell\" takes seconds") && error.contains("repeatable"), "{error}");
    let mut table = settings("true", 1.0);
    table.0.insert("repeatable".into(), true.into());
    assert!(study(table).is_ok());
    let twin: Vec<Arc<dyn Backend>> =
        vec![Arc::new(Random), Arc::new(External::new("random", &settings("true", 1.0)).unwrap())];
    let config = StudyConfig { programs: [("random".to_string(), settings("true", 1.0))].into(), ..config("1s", 1) };
    let error = Study::new(dataset(60), config, &twin).unwrap_err().to_string();
    assert!(error.contains("\"random\" has the name of a backend"), "{error}");
}

#[cfg(target_os = "linux")]
#[test]
#[expect(clippy::disallowed_methods, reason = "the test looks away for a while")]
fn a_program_at_rest_computes_nothing() {
    let command = ["sh", "-c", "while :; do echo tick; done"].map(String::from).to_vec();
    let mut program = start_program(&ProgramSpec { command, memory_mb: 100 }).unwrap();
    for _ in 0..2 {
        for _ in 0..2000 {
            assert!(!matches!(program.hear().unwrap(), Heard::Ended(_)));
        }
        program.rest();
        let before = program.used().cpu;
        std::thread::sleep(std::time::Duration::from_millis(200));
        // A second rest is none; waking shows what was taken meanwhile.
        program.say("on".into()).unwrap();
        program.rest();
        assert!(program.used().cpu - before < 0.1, "{} s while at rest", program.used().cpu - before);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn memory_is_limited_for_all_processes_together() {
    // Each child stays below the limit of one process.
    let script = "for i in 1 2 3 4; do ((head -c 40000000 /dev/zero; sleep 9) | tail -c 39000000) & done; wait";
    let command = ["sh", "-c", script].map(String::from).to_vec();
    let mut program = start_program(&ProgramSpec { command, memory_mb: 60 }).unwrap();
    let error = loop {
        match program.hear() {
            Ok(Heard::Nothing | Heard::Line(_)) => {}
            Ok(Heard::Ended(how)) => panic!("{how}"),
            Err(error) => break error,
        }
    };
    assert!(matches!(error, ProgramError::Memory { limit_mb: 60, .. }), "{error}");
    // Its output ends with it.
    assert!((0..100).any(|_| matches!(program.hear(), Ok(Heard::Ended(_)))));
}
