//! Whole studies from the outside: determinism, kill and resume, Ctrl-C, budgets.
#![cfg(test)]

mod common;

use std::process::Stdio;
use std::time::{Duration, Instant};

use common::{json, root, run, symfolio};
use serde_json::Value;

/// The front without what may differ between machines: times.
fn front(result: &Value) -> String {
    serde_json::to_string(&result["front"]).unwrap()
}

/// A noisy table, so that the search runs to the end of its budget.
fn noisy(dir: &tempfile::TempDir) -> String {
    let rows: String = (0..150)
        .map(|i| {
            let (x, z) = (f64::from((i * 37) % 101) / 25.0, f64::from((i * 53) % 97) / 40.0 + 0.5);
            let noise = f64::from((i * 7919) % 1009) / 1009.0 - 0.5;
            format!("{x},{z},{}\n", x * x / z + 2.0 * (1.7 * x).sin() + 0.3 * noise)
        })
        .collect();
    common::file(dir, "noisy.csv", format!("x,z,y\n{rows}"))
}

#[test]
fn a_work_budget_gives_the_same_front_on_any_number_of_threads() {
    let dir = tempfile::tempdir().unwrap();
    let data = noisy(&dir);
    let with =
        |threads: &str| front(&json(&["fit", &data, "--budget", "3e8", "--threads", threads, "--json", "--quiet"]));
    let one = with("1");
    assert_eq!(one, with("2"));
    assert_eq!(one, with("8"));
}

#[test]
#[expect(clippy::disallowed_methods, reason = "the test kills the program while it runs")]
fn killed_and_resumed_gives_the_front_of_an_undisturbed_run() {
    let dir = tempfile::tempdir().unwrap();
    let data = noisy(&dir);
    let whole = json(&["fit", &data, "--budget", "4e8", "--threads", "2", "--json", "--quiet"]);
    let study = dir.path().join("study").to_str().unwrap().to_string();
    let mut child = symfolio()
        .args(["fit", &data, "--budget", "4e8", "--threads", "2", "--quiet", "--out", &study])
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let log = dir.path().join("study/events.jsonl");
    let begun = Instant::now();
    // Killed as soon as some slices have ended.
    while std::fs::read_to_string(&log).map_or(0, |text| text.matches("slice_ended").count()) < 12 {
        assert!(begun.elapsed() < Duration::from_secs(120), "no slices ended");
        std::thread::sleep(Duration::from_millis(5));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(run(&["report", &study]).stderr.contains("no result yet"));
    let resumed = json(&["resume", &study, "--json", "--quiet"]);
    assert_eq!(front(&whole), front(&resumed));
}

#[cfg(unix)]
#[test]
#[expect(clippy::disallowed_methods, reason = "the test interrupts the program while it runs")]
fn ctrl_c_ends_with_the_results_so_far() {
    let dir = tempfile::tempdir().unwrap();
    let data = noisy(&dir);
    let child = symfolio()
        .args(["fit", &data, "--budget", "300s", "--json", "--quiet"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    std::thread::sleep(Duration::from_secs(2));
    let begun = Instant::now();
    let kill = std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(kill.success());
    let output = child.wait_with_output().unwrap();
    assert!(begun.elapsed() < Duration::from_secs(4), "{:?}", begun.elapsed());
    assert_eq!(output.status.code(), Some(130));
    let result: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(result["stop_reason"], "cancelled");
    assert!(!result["front"].as_array().unwrap().is_empty());
}

#[test]
#[expect(clippy::disallowed_methods, reason = "the test measures time")]
fn a_wall_budget_is_kept_by_the_whole_program() {
    let dir = tempfile::tempdir().unwrap();
    let data = noisy(&dir);
    let begun = Instant::now();
    json(&["fit", &data, "--budget", "3s", "--json", "--quiet"]);
    let wall = begun.elapsed().as_secs_f64();
    assert!(wall < 3.5, "{wall} s");
}

#[test]
#[expect(clippy::disallowed_methods, reason = "the test measures time")]
fn the_first_line_comes_at_once() {
    use std::io::{BufRead as _, BufReader};
    let begun = Instant::now();
    let mut child = symfolio()
        .args(["fit", "examples/kepler.csv", "--budget", "1e6"])
        .current_dir(root())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut first = String::new();
    BufReader::new(child.stderr.take().unwrap()).read_line(&mut first).unwrap();
    let waited = begun.elapsed().as_secs_f64();
    child.wait().unwrap();
    assert!(first.contains("kepler.csv"), "{first}");
    assert!(waited < 0.2, "{waited} s");
}
