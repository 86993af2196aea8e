//! What `symfolio-egraph` makes of the candidates of searches: `simplify TABLES CANDIDATES`, and `keys PAIRS`.
//! `benchmarks/README.md` says how to get these, and what the figures say.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program whose output are figures")]

use std::collections::BTreeMap;
use std::error::Error;
use std::io::BufRead;
use std::path::Path;

use serde::Deserialize;
use symfolio_egraph::{Constants, Domain, Simplifier};
use symfolio_expr::{Expr, Key, parse};

type Outcome<T> = Result<T, Box<dyn Error>>;

fn main() -> Outcome<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    match args.as_slice() {
        ["simplify", tables, candidates] => simplify(Path::new(tables), Path::new(candidates)),
        ["keys", pairs] => keys(Path::new(pairs)),
        _ => Err("give simplify TABLES CANDIDATES, or keys PAIRS".into()),
    }
}

/// One candidate of a search, one line of JSON.
#[derive(Debug, Deserialize)]
struct Recorded {
    /// The problem's name in the suite.
    problem: String,
    /// Least and greatest value of each input.
    ranges: Vec<(f64, f64)>,
    /// The formula in prefix notation, free constants with their values.
    expr: String,
}

/// Two formulas that SymPy proves equal, one line of JSON.
#[derive(Debug, Deserialize)]
struct Pair {
    problem: String,
    names: Vec<String>,
    ranges: Vec<(f64, f64)>,
    /// What SymPy did.
    operation: String,
    a: Formula,
    b: Formula,
}

/// A formula of a pair; free constants are written c0, c1, ...
#[derive(Debug, Deserialize)]
struct Formula {
    text: String,
    /// Values of the free constants, in the order in which they appear in the text.
    params: Vec<f64>,
}

fn lines<T: for<'a> Deserialize<'a>>(path: &Path) -> Outcome<Vec<T>> {
    let file = std::io::BufReader::new(std::fs::File::open(path)?);
    file.lines().map(|line| Ok(serde_json::from_str(&line?)?)).collect()
}

/// Rows of a problem: all columns, the target last.
fn table(path: &Path) -> Outcome<Vec<Vec<f64>>> {
    let text = std::fs::read_to_string(path)?;
    let numbers = |line: &str| line.split(',').map(str::parse).collect::<Result<Vec<f64>, _>>();
    Ok(text.lines().skip(1).map(numbers).collect::<Result<_, _>>()?)
}

/// Mean squared error as a share of the target's variance; infinite where the formula is undefined on a row.
fn nmse(expr: &Expr, rows: &[Vec<f64>]) -> f64 {
    let target = |row: &Vec<f64>| row.last().copied().unwrap_or(f64::NAN);
    let n = rows.len() as f64;
    let mean = rows.iter().map(target).sum::<f64>() / n;
    let variance = rows.iter().map(|row| (target(row) - mean).powi(2)).sum::<f64>() / n;
    let error = rows.iter().map(|row| (expr.value(row) - target(row)).powi(2)).sum::<f64>() / n;
    if error.is_finite() { error / variance } else { f64::INFINITY }
}

/// What `work` gives, and the seconds that it took.
#[expect(clippy::disallowed_methods, reason = "time is what is measured")]
fn timed<T>(work: impl FnOnce() -> T) -> (T, f64) {
    let start = std::time::Instant::now();
    let found = work();
    (found, start.elapsed().as_secs_f64())
}

/// Simplifies every candidate, and says what it gains, costs and changes.
fn simplify(folder: &Path, path: &Path) -> Outcome<()> {
    let candidates: Vec<Recorded> = lines(path)?;
    let (mut before, mut after, mut shares, mut seconds) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let mut tables = BTreeMap::new();
    let (mut constants, mut constants_after, mut work, mut worst) = (0, 0, 0, (f64::NEG_INFINITY, String::new()));
    for candidate in &candidates {
        let expr = Expr::from_prefix(&candidate.expr)?;
        if !tables.contains_key(&candidate.problem) {
            tables.insert(candidate.problem.clone(), table(&folder.join(format!("{}.csv", candidate.problem)))?);
        }
        let rows = &tables[&candidate.problem];
        let simplifier = Simplifier::new(Domain::new(candidate.ranges.iter().copied()));
        let (simplified, took) = timed(|| simplifier.simplify(&expr));
        seconds.push(took);
        let loss = nmse(&expr, rows);
        // Of losses above the target's variance, which no search keeps, the share of themselves counts.
        let change = (nmse(&simplified.expr, rows) - loss) / loss.max(1.0);
        if change > worst.0 || change.is_nan() {
            worst = (change, candidate.expr.clone());
        }
        work += simplified.work;
        before.push(expr.len() as f64);
        after.push(simplified.expr.len() as f64);
        constants += expr.params().len();
        constants_after += simplified.expr.params().len();
        shares.push(1.0 - simplified.expr.len() as f64 / expr.len() as f64);
    }
    let n = candidates.len() as f64;
    println!("{n} candidates");
    println!(
        "nodes      median {} -> {}, mean {:.2} -> {:.2}",
        median(&before),
        median(&after),
        mean(&before),
        mean(&after)
    );
    println!("share less median {:.3}, mean {:.3}", median(&shares), mean(&shares));
    println!("constants  mean {:.2} -> {:.2}", constants as f64 / n, constants_after as f64 / n);
    println!("worst change of the loss, as a share of the target's variance: {:e} ({})", worst.0, worst.1);
    println!(
        "milliseconds median {:.3}, mean {:.3}; work {:.0}",
        1e3 * median(&seconds),
        1e3 * mean(&seconds),
        work as f64 / n
    );
    Ok(())
}

/// The share of pairs whose two formulas share a key, and the pairs that do not, on standard error.
fn keys(path: &Path) -> Outcome<()> {
    let pairs: Vec<Pair> = lines(path)?;
    let mut counts: BTreeMap<(&str, bool), [usize; 2]> = BTreeMap::new();
    let mut seconds = Vec::new();
    for pair in &pairs {
        let simplifier = Simplifier::new(Domain::new(pair.ranges.iter().copied()));
        let constants = if pair.a.params.is_empty() { Constants::Valued } else { Constants::Anonymous };
        let mut key = |formula: &Formula| -> Outcome<Key> {
            let expr = parse(&formula.text, &pair.names)?.with_params(&formula.params);
            let (key, took) = timed(|| simplifier.canonical_key(&expr, constants));
            seconds.push(took);
            Ok(key)
        };
        let same = key(&pair.a)? == key(&pair.b)?;
        for operation in [pair.operation.as_str(), "all"] {
            let [shared, all] = counts.entry((operation, constants == Constants::Valued)).or_default();
            *shared += usize::from(same);
            *all += 1;
        }
        if !same {
            eprintln!("{} ({})\n   {}\n   {}", pair.problem, pair.operation, pair.a.text, pair.b.text);
        }
    }
    for ((operation, valued), [shared, all]) in counts {
        let share = 100.0 * shared as f64 / all as f64;
        println!("{operation:10} {}: {shared} of {all}, {share:.1} %", if valued { "numbers  " } else { "constants" });
    }
    println!("milliseconds a key: median {:.3}, mean {:.3}", 1e3 * median(&seconds), 1e3 * mean(&seconds));
    Ok(())
}

fn median(values: &[f64]) -> f64 {
    let mut values = values.to_vec();
    values.sort_by(f64::total_cmp);
    let n = values.len();
    if n == 0 { f64::NAN } else { 0.5 * (values[(n - 1) / 2] + values[n / 2]) }
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}
