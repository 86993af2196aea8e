//! The contract's own checks, and settings and checkpoints that are refused.
#![cfg(test)]

use std::sync::Arc;

use serde_json::{Value, json};
use symfolio_backend_climb::Climb;
use symfolio_core::conformance::{RecordingHost, check};
use symfolio_core::{Backend, Column, Config, Cost, Dataset, Directives, Problem, SearchError, Slice, Split};
use symfolio_fit::Loss;

#[test]
fn the_contract_is_kept() {
    for verdict in check(&Climb, &Config::default()) {
        assert_eq!(verdict.outcome, Ok(()), "{}", verdict.name);
    }
}

fn problem() -> Arc<Problem> {
    let x: Vec<f64> = (0..50).map(|row| f64::from(row * 37 % 50) / 10.0).collect();
    let y: Vec<f64> = x.iter().map(|x| x * x + 1.0).collect();
    let dataset = Arc::new(Dataset::new("d", vec![Column::new("x", x)], Column::new("y", y), None).unwrap());
    let train: Arc<[u32]> = (0..50).collect();
    Arc::new(Problem::new(dataset, Split { train, validation: Arc::new([]) }, Loss::SquaredError))
}

#[test]
fn settings_out_of_range_are_named() {
    for (settings, said) in [
        ("climbers = 0", "climbers is 0; it must be from 1 to 1024"),
        ("instructions = 61", "instructions is 61; it must be from 1 to 60"),
        ("constants = 0", "constants is 0; it must be from 1 to 30"),
        ("terms = 4", "terms is 4; it must be from 1 to 3"),
        ("hot = 1\ncold = 2", "cold is 2; it must be from 0.01 to the setting `hot`"),
        ("node = nan", "node is NaN; it must be from 0 to 100"),
        ("nodes = 1", "nodes"),
    ] {
        let config = Config(settings.parse().unwrap());
        let Err(SearchError::Config(text)) = Climb.start(problem(), &config, 0) else { panic!("{settings}") };
        assert!(text.contains(said), "{text}");
    }
}

#[test]
fn damaged_checkpoints_are_refused() {
    let problem = problem();
    let mut search = Climb.start(problem.clone(), &Config::default(), 0).unwrap();
    let slice = Slice {
        index: 0,
        grant: Cost::work(5_000_000),
        migrants: Vec::new(),
        rows: problem.judge.clone(),
        directives: Arc::new(Directives::default()),
        findings: Vec::new(),
    };
    search.advance(&slice, &mut RecordingHost::new(problem.clone(), &slice)).unwrap();
    let whole: Value = serde_json::from_slice(&search.checkpoint().unwrap().unwrap()).unwrap();
    let resumed = |checkpoint: &Value| Climb.resume(problem.clone(), &serde_json::to_vec(checkpoint).unwrap());
    assert!(resumed(&whole).is_ok());
    for (place, wrong) in [
        ("/n_features", json!(2)),
        ("/config/instructions", json!(19)),
        ("/config/cycle", json!(0)),
        ("/state/next", json!(16)),
        ("/state/climbers/0/program/code/0/args/0", json!(500)),
        ("/state/climbers/0/program/code/0/op", json!("where")),
        ("/state/climbers/0/program/n_columns", json!(2)),
        ("/state/climbers/0/program/constants", json!([1.0])),
        ("/state/climbers/0/terms", json!(0)),
        ("/state/climbers/0/team/at/0", json!(20)),
        ("/state/climbers/0/team/n", json!(4)),
        ("/state/climbers/0/record/team/n", json!(0)),
    ] {
        let mut damaged = whole.clone();
        *damaged.pointer_mut(place).unwrap_or_else(|| panic!("there is no {place}")) = wrong;
        assert!(matches!(resumed(&damaged), Err(SearchError::Checkpoint(_))), "{place}");
    }
}
