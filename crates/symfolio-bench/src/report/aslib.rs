//! [`write_aslib`]: the runs as a scenario of ASlib, the library for algorithm selection (Bischl et al. 2016), format 4.
//!
//! An instance is a problem at a level of noise, a repetition a seed, an algorithm a method, the performance the loss m, and the
//! features are the numbers of the profile. Folds keep families together.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

use serde_json::Value;

use crate::report::{Comparison, ReportError};

/// Folds of cross-validation.
const FOLDS: usize = 10;

/// Writes the scenario into the folder `path`, which is made where it is not there.
///
/// # Errors
/// [`ReportError::Io`].
pub fn write_aslib(comparison: &Comparison, path: &Path) -> Result<(), ReportError> {
    let io = |error| ReportError::Io { path: path.to_path_buf(), error };
    std::fs::create_dir_all(path).map_err(io)?;
    let features = Features::of(comparison);
    for (name, text) in [
        ("description.txt", description(comparison, &features)),
        ("algorithm_runs.arff", algorithm_runs(comparison)),
        ("feature_values.arff", features.values()),
        ("feature_runstatus.arff", features.status()),
        ("cv.arff", folds(comparison)),
    ] {
        std::fs::write(path.join(name), text).map_err(io)?;
    }
    Ok(())
}

fn instance(comparison: &Comparison, cell: usize) -> String {
    let cell = &comparison.cells[cell];
    format!("{}/{}/{}", cell.suite, cell.problem, cell.noise)
}

fn description(comparison: &Comparison, features: &Features) -> String {
    let list = |words: &[String]| words.iter().map(|word| format!("\"{word}\"")).collect::<Vec<_>>().join(", ");
    let seconds = comparison.budget.strip_suffix("cpu").or(comparison.budget.strip_suffix('s')).unwrap_or("?");
    format!(
        "scenario_id: symfolio-{0}-{3}\nperformance_measures: [loss]\nmaximize: [false]\nperformance_type: [solution_quality]\n\
         algorithm_cutoff_time: {seconds}\nalgorithm_cutoff_memory: ?\nfeatures_cutoff_time: ?\nfeatures_cutoff_memory: ?\n\
         number_of_feature_steps: 1\ndefault_steps: [profile]\nfeature_steps:\n  profile:\n    provides: [{1}]\n\
         algorithms_deterministic: []\nalgorithms_stochastic: [{2}]\nfeatures_deterministic: [{1}]\nfeatures_stochastic: []\n",
        comparison.suites.join("-"),
        list(&features.names),
        list(&comparison.methods),
        comparison.budget,
    )
}

/// The head of a file.
fn head(relation: &str, attributes: &[(&str, &str)]) -> String {
    let mut text = format!("@RELATION {relation}\n\n");
    for (name, kind) in attributes {
        let _ = writeln!(text, "@ATTRIBUTE \"{name}\" {kind}");
    }
    text + "\n@DATA\n"
}

const INSTANCE: (&str, &str) = ("instance_id", "STRING");
const REPETITION: (&str, &str) = ("repetition", "NUMERIC");
const STATUS: &str = "{ok, timeout, memout, not_applicable, crash, other}";

fn algorithm_runs(comparison: &Comparison) -> String {
    let attributes = [INSTANCE, REPETITION, ("algorithm", "STRING"), ("loss", "NUMERIC"), ("runstatus", STATUS)];
    let mut text = head("ALGORITHM_RUNS", &attributes);
    for ((cell, _), runs) in &comparison.runs {
        for run in runs {
            let status = match &run.error {
                None => "ok",
                Some(error) if error.starts_with("took longer") => "timeout",
                Some(_) => "crash",
            };
            let (instance, key) = (instance(comparison, *cell), &run.key);
            let _ = writeln!(text, "\"{instance}\",{},\"{}\",{},{status}", key.seed, run.label, run.loss());
        }
    }
    text
}

/// The numbers of the profiles, by instance and repetition.
struct Features {
    names: Vec<String>,
    rows: BTreeMap<(String, u64), BTreeMap<String, f64>>,
}

impl Features {
    fn of(comparison: &Comparison) -> Features {
        let mut rows: BTreeMap<(String, u64), BTreeMap<String, f64>> = BTreeMap::new();
        for ((cell, _), runs) in &comparison.runs {
            for run in runs {
                let row = rows.entry((instance(comparison, *cell), run.key.seed)).or_default();
                numbers("", &run.finished.profile, row);
            }
        }
        let names: BTreeSet<String> = rows.values().flat_map(|row| row.keys().cloned()).collect();
        Features { names: names.into_iter().collect(), rows }
    }

    fn values(&self) -> String {
        let own = self.names.iter().map(|name| (name.as_str(), "NUMERIC"));
        let attributes: Vec<_> = [INSTANCE, REPETITION].into_iter().chain(own).collect();
        let mut text = head("FEATURE_VALUES", &attributes);
        for ((instance, repetition), row) in &self.rows {
            let cell = |name: &String| row.get(name).map_or("?".to_string(), f64::to_string);
            let cells: Vec<String> = self.names.iter().map(cell).collect();
            let _ = writeln!(text, "\"{instance}\",{repetition},{}", cells.join(","));
        }
        text
    }

    fn status(&self) -> String {
        let mut text = head("FEATURE_RUNSTATUS", &[INSTANCE, REPETITION, ("profile", STATUS)]);
        for ((instance, repetition), row) in &self.rows {
            let status = if row.is_empty() { "other" } else { "ok" };
            let _ = writeln!(text, "\"{instance}\",{repetition},{status}");
        }
        text
    }
}

/// Every number in `value` under the path of its keys. Of a list of objects, such as the features of a table, the means.
fn numbers(path: &str, value: &Value, found: &mut BTreeMap<String, f64>) {
    match value {
        Value::Number(number) => {
            if let Some(number) = number.as_f64() {
                found.insert(path.into(), number);
            }
        }
        Value::Bool(is) => {
            found.insert(path.into(), f64::from(u8::from(*is)));
        }
        Value::Object(fields) => {
            for (key, value) in fields {
                let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                numbers(&path, value, found);
            }
        }
        Value::Array(items) => {
            found.insert(format!("{path}.n"), items.len() as f64);
            let mut sums: BTreeMap<String, (f64, f64)> = BTreeMap::new();
            for item in items {
                let mut of_item = BTreeMap::new();
                numbers(path, item, &mut of_item);
                for (name, value) in of_item {
                    let sum = sums.entry(name).or_default();
                    *sum = (sum.0 + value, sum.1 + 1.0);
                }
            }
            found.extend(sums.into_iter().map(|(name, (sum, n))| (name, sum / n)));
        }
        Value::Null | Value::String(_) => {}
    }
}

/// Instances by fold; a family is in one fold.
fn folds(comparison: &Comparison) -> String {
    let families: BTreeSet<&str> = comparison.cells.iter().map(|cell| cell.family.as_str()).collect();
    let place = |family: &str| families.iter().position(|known| *known == family).unwrap_or(0);
    let mut text = head("CV", &[INSTANCE, REPETITION, ("fold", "NUMERIC")]);
    for (at, cell) in comparison.cells.iter().enumerate() {
        let _ = writeln!(text, "\"{}\",1,{}", instance(comparison, at), 1 + place(&cell.family) % FOLDS);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn profiles_become_numbers() {
        let profile = serde_json::json!({
            "n_rows": 3, "noise": null, "target": { "whole": true, "mean": 0.5 },
            "features": [{ "relevance": 0.25 }, { "relevance": 0.75 }],
        });
        let mut found = BTreeMap::new();
        numbers("", &profile, &mut found);
        let found: Vec<(&str, f64)> = found.iter().map(|(name, value)| (name.as_str(), *value)).collect();
        let expect = [
            ("features.n", 2.0),
            ("features.relevance", 0.5),
            ("n_rows", 3.0),
            ("target.mean", 0.5),
            ("target.whole", 1.0),
        ];
        assert_eq!(found, expect);
    }
}
