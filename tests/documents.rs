//! What the documents and the study files to begin from say is so.
#![cfg(test)]

mod common;

use std::collections::BTreeSet;

use common::{chosen, json, root};
use serde_json::Value;
use symfolio::{Column, Dataset, StudyConfig, study};

fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap()
}

/// A small table with the columns that docs/study-file.md names.
fn dataset() -> Dataset {
    let column = |name: &str, f: fn(f64) -> f64| Column::new(name, (1..50).map(f64::from).map(f).collect::<Vec<_>>());
    let features = vec![column("x0", |x| x), column("x1", |x| 1.0 / x)];
    Dataset::new("small", features, column("y", |x| x * x), None).unwrap()
}

/// The keys of `value` down to `depth` levels of tables, and which of them are null.
fn keys(value: &Value, depth: usize, found: &mut BTreeSet<String>) {
    for (key, inner) in value.as_object().into_iter().flatten() {
        assert!(!inner.is_null(), "{key} has no example in docs/study-file.md");
        found.insert(key.clone());
        if depth > 0 {
            keys(inner, depth - 1, found);
        }
    }
}

#[test]
fn the_study_file_is_documented_key_by_key() {
    let text = read("docs/study-file.md");
    let block = text.split("```toml\n").nth(1).unwrap().split("```").next().unwrap();
    let config = StudyConfig::from_toml(block).unwrap();
    // The backends refuse what they do not know.
    study(dataset(), config.clone()).unwrap();
    // Those that a template leaves out are asked without one.
    let mut free = config.clone();
    free.problem.template = None;
    study(dataset(), free).unwrap();
    // The block has every key, and each has its row.
    let mut expected = BTreeSet::new();
    keys(&serde_json::to_value(&config).unwrap(), 2, &mut expected);
    for name in [
        "problem",
        "data",
        "exchange",
        "backends",
        "constraints",
        "complexity",
        "gp",
        "sparse",
        "climb",
        "egraph",
        "enumerate",
        "decompose",
        "programs",
        "mine",
        "oracle",
        "staged",
    ] {
        expected.remove(name);
    }
    let rows: BTreeSet<String> =
        text.lines().filter_map(|line| Some(line.strip_prefix("| `")?.split('`').next()?.to_string())).collect();
    assert_eq!(rows, expected);
    // What is said to be the default is.
    let default = StudyConfig::default();
    let of = |config: &StudyConfig| {
        let (problem, limits) = (&config.problem, &config.problem.constraints);
        let weights = (problem.complexity.variable, problem.complexity.constant);
        let operators = problem.operator_set(&symfolio::profile::profile(&dataset())).unwrap().ops().to_vec();
        let general =
            (config.budget, config.seed, config.threads, [config.policy.clone(), config.prior.clone()], config.slots);
        (general, config.only.clone(), operators, limits.max_complexity, limits.max_depth, weights)
    };
    assert_eq!(of(&config), of(&default));
}

#[test]
fn the_nesting_bans_are_those_of_the_document() {
    let text = read("docs/study-file.md");
    let bans = text.split("By default none of these").nth(1).unwrap().split("## ").next().unwrap();
    let named: BTreeSet<&str> = bans.split('`').skip(1).step_by(2).collect();
    let nested = StudyConfig::default().problem.constraints.nested;
    let actual: BTreeSet<&str> = nested.iter().flat_map(|ban| [ban.outer.name(), ban.inner.name()]).collect();
    assert_eq!(named, actual);
}

#[test]
fn the_study_files_to_begin_from_can_be_used() {
    let listed = read("configs/README.md");
    let mut met = 0;
    for entry in std::fs::read_dir(root().join("configs")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        if !name.ends_with(".toml") {
            continue;
        }
        let config = StudyConfig::from_toml(&read(&format!("configs/{name}"))).unwrap();
        study(dataset(), config).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(listed.contains(&format!("`{name}`")), "configs/README.md does not list {name}");
        met += 1;
    }
    assert!(met >= 3);
    let fit = ["fit", "examples/kepler.csv", "--config", "configs/reproducible.toml", "--json", "--quiet"];
    assert_eq!(chosen(&json(&fit))["expression"], "a**1.5");
}
