//! `explain` and `replay`: studies that are over, without their data.
#![cfg(test)]

mod common;

use common::{file, json, run};

/// A noisy oscillation of two features, which no method is done with at once.
fn kept(dir: &tempfile::TempDir, policy: &str) -> String {
    let row = |i: i32| {
        let (a, b) = (0.1 * f64::from(i), f64::from(i * 37 % 101) / 20.0);
        format!("{a},{b},{}\n", a * (1.3 * b).sin() + 0.2 * f64::from(i * 53 % 17) / 17.0)
    };
    let data = file(dir, "data.csv", format!("a,b,y\n{}", (0..120).map(row).collect::<String>()));
    let study = dir.path().join(policy).to_str().unwrap().to_string();
    let fit = run(&["fit", &data, "--budget", "4e8", "--policy", policy, "--out", &study, "--quiet"]);
    assert_eq!(fit.code, Some(0), "{}", fit.stderr);
    std::fs::remove_file(data).unwrap();
    study
}

#[test]
fn a_study_is_explained_and_decided_again() {
    let dir = tempfile::tempdir().unwrap();
    let study = kept(&dir, "rising-ucb");
    let text = run(&["explain", &study]);
    assert_eq!(text.code, Some(0), "{}", text.stderr);
    for part in ["120 rows, 2 features", "Policy rising-ucb", "slices granted: ", "sparse (", "share in each tenth"] {
        assert!(text.stdout.contains(part), "{part:?} is missing in\n{}", text.stdout);
    }
    let dot = dir.path().join("lineage.dot").to_str().unwrap().to_string();
    let object = json(&["explain", &study, "--json", "--dot", &dot]);
    let shares = object["arms"].as_array().unwrap().iter().map(|arm| arm["share"].as_f64().unwrap());
    assert!((shares.sum::<f64>() - 1.0).abs() < 1e-9);
    for tenth in object["timeline"].as_array().unwrap() {
        let shares = tenth.as_array().unwrap().iter().map(|share| share.as_f64().unwrap());
        assert!((shares.sum::<f64>() - 1.0).abs() < 1e-6, "{tenth}");
    }
    let decisions = object["decisions"].as_array().unwrap();
    assert!(decisions.len() > 10 && decisions[0]["terms"][0][0] == "first", "{}", decisions[0]);
    // What an ancestor is said to be stands before what was made of it.
    let made = object["front"].as_array().unwrap().iter().find(|member| !member["ancestors"][0].is_null()).unwrap();
    assert!(made["ancestors"][0]["candidate"].as_u64() < made["candidate"].as_u64(), "{made}");
    let graph = std::fs::read_to_string(dot).unwrap();
    assert!(graph.starts_with("digraph {") && graph.contains(" -> ") && graph.contains("style=bold"), "{graph}");

    let replayed = json(&["replay", &study, "--json"]);
    let of = |name: &str| {
        let all = replayed["replays"].as_array().unwrap();
        all.iter().find(|replay| replay["policy"] == name).unwrap()["agreement"].as_f64().unwrap()
    };
    assert_eq!(of("rising-ucb"), 1.0, "a policy decides again as it did");
    assert!((0.1..=1.0).contains(&of("uniform")), "where one method alone is ready, all policies agree");
    let one = run(&["replay", &study, "--policy", "thompson"]);
    assert!(one.stdout.contains("thompson") && !one.stdout.contains("round-robin"), "{}", one.stdout);
}

#[test]
fn what_cannot_be_explained_says_why() {
    let dir = tempfile::tempdir().unwrap();
    let nothing = dir.path().join("nothing").to_str().unwrap().to_string();
    let study = kept(&dir, "round-robin");
    for (arguments, message) in [
        (vec!["explain", &nothing], "no such folder"),
        (vec!["replay", &nothing], "no such folder"),
        (vec!["explain", dir.path().to_str().unwrap()], "holds no study"),
        (vec!["replay", &study, "--policy", "greedy"], "the policies are rising-ucb"),
        (vec!["explain", &study, "--dot", "/nowhere/at/all"], "cannot be written"),
    ] {
        let found = run(&arguments);
        assert_eq!(found.code, Some(2), "{arguments:?}: {}", found.stderr);
        assert!(found.stderr.contains(message), "{arguments:?}: {}", found.stderr);
    }
}

#[test]
fn a_study_that_goes_on_under_another_policy_says_so() {
    let dir = tempfile::tempdir().unwrap();
    let row = |i: i32| {
        let (a, b) = (0.1 * f64::from(i), f64::from(i * 37 % 101) / 20.0);
        format!("{a},{b},{}\n", a * (1.3 * b).sin() + 0.2 * f64::from(i * 53 % 17) / 17.0)
    };
    let data = file(&dir, "data.csv", format!("a,b,y\n{}", (0..120).map(row).collect::<String>()));
    let study = dir.path().join("study").to_str().unwrap().to_string();
    assert_eq!(run(&["fit", &data, "--budget", "2e8", "--out", &study, "--quiet"]).code, Some(0));
    let settings = dir.path().join("study/study.toml");
    let text = std::fs::read_to_string(&settings).unwrap();
    assert!(text.contains("policy = \"rising-ucb\""), "{text}");
    std::fs::write(&settings, text.replace("rising-ucb", "uniform")).unwrap();
    let resumed = run(&["resume", &study, "--budget", "4e8", "--quiet"]);
    assert_eq!(resumed.code, Some(0), "{}", resumed.stderr);
    let text = run(&["explain", &study]).stdout;
    assert!(text.contains("Policy rising-ucb, then uniform"), "{text}");
}
