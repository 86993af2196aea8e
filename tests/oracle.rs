//! Oracles: the page about them, the command line, taking a study up again, and oracles that fail.
#![cfg(test)]
#![cfg(unix)]

mod common;

use std::process::Stdio;
use std::time::{Duration, Instant};

use common::{chosen, file, json, root, run, symfolio};

/// 120 rows of a law of three inputs among eight, and a study file with the law as an oracle.
fn law(dir: &tempfile::TempDir) -> (String, String) {
    let names: Vec<String> = (0..8).map(|input| format!("x{input}")).collect();
    let mut text = format!("{},y\n", names.join(","));
    for row in 0..120u32 {
        let x: Vec<f64> =
            (0..8u32).map(|input| 0.5 + 2.5 * f64::from((row * (7 + 12 * input) + 31 * input) % 121) / 121.0).collect();
        let y = 1.37 * x[1] * (-0.4 * x[4]).exp() / (0.8 + x[6]);
        let row: Vec<String> = x.iter().chain([&y]).map(f64::to_string).collect();
        text += &format!("{}\n", row.join(","));
    }
    let config = "[oracle]\nformula = \"1.37*x1*exp(-0.4*x4)/(0.8 + x6)\"\n";
    (file(dir, "law.csv", text), file(dir, "study.toml", config))
}

fn is_staged(found: &serde_json::Value) -> bool {
    found["origin"].as_array().is_some_and(|origin| origin.iter().any(|name| name == "staged"))
}

#[test]
fn inputs_are_freed_one_after_the_other() {
    let dir = tempfile::tempdir().unwrap();
    let (data, config) = law(&dir);
    let study = dir.path().join("study").to_str().unwrap().to_string();
    let result = json(&[
        "fit",
        &data,
        "--config",
        &config,
        "--only",
        "staged",
        "--budget",
        "6e9",
        "--threads",
        "2",
        "--out",
        &study,
        "--json",
        "--quiet",
    ]);
    let found = chosen(&result);
    assert!(is_staged(found) && found["r2"].as_f64().unwrap() > 1.0 - 1e-12, "{found}");
    let answers = std::fs::read_to_string(dir.path().join("study/oracle.jsonl")).unwrap();
    assert!(answers.lines().count() > 100 && answers.starts_with("{\"point\":["), "the answers are kept");
}

#[test]
fn without_an_oracle_it_is_no_part_of_the_study() {
    let dir = tempfile::tempdir().unwrap();
    let (data, _) = law(&dir);
    let study = dir.path().join("study").to_str().unwrap().to_string();
    json(&["fit", &data, "--budget", "2e7", "--out", &study, "--json", "--quiet"]);
    let explained = run(&["explain", &study]).stdout;
    assert!(explained.contains("staged took no part: it asks an oracle, and there was none"), "{explained}");
    let refused = run(&["fit", &data, "--only", "staged", "--budget", "1s"]);
    assert_eq!(refused.code, Some(2));
    assert!(refused.stderr.contains("backend \"staged\" asks an oracle, and the study has none"), "{}", refused.stderr);
    let refused = run(&["fit", &data, "--oracle", "sh -c 'x", "--budget", "1s"]);
    assert_eq!(refused.code, Some(2));
    assert!(refused.stderr.contains("write --oracle 'python3 oracle.py'"), "{}", refused.stderr);
}

#[test]
#[expect(clippy::disallowed_methods, reason = "the test kills the program while it runs")]
fn killed_and_resumed_is_as_undisturbed() {
    let dir = tempfile::tempdir().unwrap();
    let (data, config) = law(&dir);
    let study = dir.path().join("study").to_str().unwrap().to_string();
    let fit = [
        "fit",
        &data,
        "--config",
        &config,
        "--only",
        "staged,sparse",
        "--budget",
        "1e9",
        "--threads",
        "1",
        "--json",
        "--quiet",
    ];
    let front = |result: &serde_json::Value| serde_json::to_string(&result["front"]).unwrap();
    let whole = json(&fit);
    let mut child = symfolio().args(fit).args(["--out", &study]).stdout(Stdio::null()).spawn().unwrap();
    let (log, begun) = (dir.path().join("study/events.jsonl"), Instant::now());
    // Killed as soon as some slices have ended: in the middle of another one.
    while std::fs::read_to_string(&log).map_or(0, |text| text.matches("slice_ended").count()) < 8 {
        assert!(begun.elapsed() < Duration::from_secs(120), "no slices ended");
        std::thread::sleep(Duration::from_millis(5));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(front(&whole), front(&json(&["resume", &study, "--json", "--quiet"])));
}

#[test]
fn an_oracle_that_fails_ends_its_search_and_not_the_study() {
    let dir = tempfile::tempdir().unwrap();
    let (data, _) = law(&dir);
    for (at, (oracle, words)) in [
        ("sh -c 'exit 7'", "the oracle was gone after 0 answers"),
        ("sh -c 'read -r start; echo what; cat >/dev/null'", "the oracle wrote \\\"what\\\", not an answer"),
        ("no-such-program-anywhere", "cannot start \\\"no-such-program-anywhere\\\""),
    ]
    .into_iter()
    .enumerate()
    {
        let study = dir.path().join(format!("study{at}")).to_str().unwrap().to_string();
        let result = json(&["fit", &data, "--oracle", oracle, "--budget", "1s", "--out", &study, "--json", "--quiet"]);
        assert!(!result["front"].as_array().unwrap().is_empty(), "{oracle}: the others go on");
        let log = std::fs::read_to_string(format!("{study}/events.jsonl")).unwrap();
        let failure = log.lines().find(|line| line.contains("run_failed")).unwrap_or_default();
        assert!(failure.contains(words), "{oracle}: {failure}");
    }
}

#[test]
fn the_program_of_the_page_answers() {
    let found =
        std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()).any(|dir| dir.join("python3").exists());
    if !found {
        eprintln!("skipped: there is no python3 on the path");
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let page = std::fs::read_to_string(root().join("docs/oracle.md")).unwrap();
    let code = page.split("```python\n").nth(1).unwrap().split("```").next().unwrap();
    let program = file(&dir, "oracle.py", code);
    let rows: String = (0..80u32)
        .map(|row| {
            let (a, b) = (1.0 + f64::from((row * 37) % 81) / 40.0, 0.3 + f64::from((row * 23) % 79) / 30.0);
            format!("{a},{b},{}\n", a * (1.7 * b).sin())
        })
        .collect();
    let data = file(&dir, "data.csv", format!("a,b,y\n{rows}"));
    let command = format!("python3 '{program}'");
    let fit = ["fit", &data, "--oracle", &command, "--only", "staged,sparse", "--budget", "5s", "--json", "--quiet"];
    let result = json(&fit);
    assert!(chosen(&result)["r2"].as_f64().unwrap() > 1.0 - 1e-10, "{}", chosen(&result));
}
