//! Records formulas that `gp` meets (`record SUITE COUNT`), and writes the data of the suite's problems (`tables SUITE FOLDER`).
//! `benchmarks/README.md` says what for.

#![allow(clippy::print_stdout, reason = "a program whose output are figures")]

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::path::Path;
use std::sync::Arc;

use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution as _, StandardNormal};
use serde::{Deserialize, Serialize};
use symfolio_backend_gp::Gp;
use symfolio_core::conformance::RecordingHost;
use symfolio_core::{Backend, Column, Config, Cost, Dataset, Directives, Problem, Slice, Split};
use symfolio_expr::{Expr, Op, parse};
use symfolio_fit::Loss;

type Outcome<T> = Result<T, Box<dyn Error>>;

/// Work of one slice of a search, in additions of one row, and the number of slices.
const GRANT: u64 = 40_000_000;
const SLICES: u64 = 12;

fn main() -> Outcome<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    match args.as_slice() {
        ["record", suite, count] => record(&suite_of(suite)?, count.parse()?),
        ["tables", suite, folder] => tables(&suite_of(suite)?, Path::new(folder)),
        _ => Err("give record SUITE COUNT, or tables SUITE FOLDER".into()),
    }
}

/// One candidate of a search, one line of JSON.
#[derive(Debug, Serialize)]
struct Recorded {
    /// The problem's name in the suite.
    problem: String,
    /// Least and greatest value of each input.
    ranges: Vec<(f64, f64)>,
    /// The formula in prefix notation, free constants with their values.
    expr: String,
}

/// The part of a suite of `symfolio bench run` that is needed here.
#[derive(Deserialize)]
struct Suite {
    noise: Vec<f64>,
    train: usize,
    problem: Vec<Law>,
}

#[derive(Deserialize)]
struct Law {
    name: String,
    formula: String,
    inputs: BTreeMap<String, (f64, f64)>,
}

/// The problems of a suite by name, with rows drawn evenly from the ranges and noise in shares of the target's root mean square.
fn suite_of(path: &str) -> Outcome<Vec<(String, Dataset)>> {
    let suite: Suite = toml::from_str(&std::fs::read_to_string(path)?)?;
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let noise = suite.noise.first().copied().unwrap_or(0.0);
    let mut draw = |law: &Law| -> Outcome<(String, Dataset)> {
        let names: Vec<String> = law.inputs.keys().cloned().collect();
        let expr = parse(&law.formula, &names)?;
        let row = |rng: &mut ChaCha8Rng| law.inputs.values().map(|(lo, hi)| rng.random_range(*lo..*hi)).collect();
        let rows: Vec<Vec<f64>> = (0..suite.train).map(|_| row(&mut rng)).collect();
        let exact: Vec<f64> = rows.iter().map(|row| expr.value(row)).collect();
        let scale = noise * mean_of_squares(&exact).sqrt();
        let mut normal = || -> f64 { StandardNormal.sample(&mut rng) };
        let target: Vec<f64> = exact.iter().map(|y| y + scale * normal()).collect();
        let column = |at: usize| rows.iter().map(|row| row[at]).collect::<Vec<f64>>();
        let columns = names.iter().enumerate().map(|(at, name)| Column::new(name, column(at))).collect();
        Ok((law.name.clone(), Dataset::new(&law.name, columns, Column::new("target", target), None)?))
    };
    suite.problem.iter().map(&mut draw).collect()
}

fn mean_of_squares(values: &[f64]) -> f64 {
    values.iter().map(|value| value * value).sum::<f64>() / values.len() as f64
}

/// Members and children of the populations of `gp`, `count` in all, evenly from the problems and over the time of each search.
fn record(suite: &[(String, Dataset)], count: usize) -> Outcome<()> {
    for (index, (name, dataset)) in suite.iter().enumerate() {
        let wanted = count * (index + 1) / suite.len() - count * index / suite.len();
        let met = search(dataset)?;
        let step = met.len() as f64 / wanted as f64;
        for i in 0..wanted.min(met.len()) {
            let expr = &met[(i as f64 * step.max(1.0)) as usize];
            let recorded = Recorded {
                problem: name.clone(),
                ranges: dataset.features().iter().map(|column| range(&column.values)).collect(),
                expr: expr.to_prefix(),
            };
            println!("{}", serde_json::to_string(&recorded)?);
        }
    }
    Ok(())
}

fn range(values: &[f64]) -> (f64, f64) {
    values.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(lo, hi), value| (lo.min(*value), hi.max(*value)))
}

/// The distinct formulas in the populations of a search, in the order in which they are met.
fn search(dataset: &Dataset) -> Outcome<Vec<Expr>> {
    let split = Split { train: (0..dataset.n_rows() as u32).collect(), validation: Arc::new([]) };
    let problem = Arc::new(Problem::new(Arc::new(dataset.clone()), split, Loss::SquaredError));
    let mut search = Gp.start(problem.clone(), &Config::default(), 0)?;
    let (mut met, mut seen) = (Vec::new(), BTreeSet::new());
    for index in 0..SLICES {
        let slice = Slice {
            index,
            grant: Cost::work(GRANT),
            migrants: Vec::new(),
            rows: problem.judge.clone(),
            directives: Arc::new(Directives::default()),
            findings: Vec::new(),
        };
        search.advance(&slice, &mut RecordingHost::new(problem.clone(), &slice))?;
        let bytes = search.checkpoint()?.ok_or("gp has no checkpoint")?;
        let state: serde_json::Value = serde_json::from_slice(&bytes)?;
        for members in [&state["state"]["population"]["members"], &state["state"]["offspring"]] {
            for member in members.as_array().ok_or("the checkpoint of gp has no population")? {
                let expr = dressed(member)?;
                if seen.insert(expr.value_key()) {
                    met.push(expr);
                }
            }
        }
    }
    Ok(met)
}

/// What a member stands for: its tree with its scale and offset.
fn dressed(member: &serde_json::Value) -> Outcome<Expr> {
    let mut expr: Expr = serde_json::from_value(member["core"].clone())?;
    for (op, key, neutral) in [(Op::Mul, "scale", 1.0), (Op::Add, "offset", 0.0)] {
        let value = member[key].as_f64().ok_or("a member of gp has no scale or offset")?;
        if value != neutral {
            expr = Expr::apply(op, &[&Expr::param(value), &expr]);
        }
    }
    Ok(expr)
}

/// The data of each problem as CSV, for other programs to search.
fn tables(suite: &[(String, Dataset)], folder: &Path) -> Outcome<()> {
    std::fs::create_dir_all(folder)?;
    for (name, dataset) in suite {
        let columns = || dataset.features().iter().chain([dataset.target()]);
        let mut text = columns().map(|column| column.name.clone()).collect::<Vec<_>>().join(",") + "\n";
        for row in 0..dataset.n_rows() {
            text += &(columns().map(|column| format!("{:?}", column.values[row])).collect::<Vec<_>>().join(",") + "\n");
        }
        std::fs::write(folder.join(format!("{name}.csv")), text)?;
    }
    Ok(())
}
