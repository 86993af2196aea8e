//! Laws of many shapes, sampled on 300 rows: each must come out exactly and not much longer than it is written.
#![cfg(test)]

use std::sync::Arc;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use symfolio_backend_sparse::SparseBackend;
use symfolio_core::conformance::RecordingHost;
use symfolio_core::{Backend, Column, Config, Cost, Dataset, Directives, Problem, Progress, Slice, Split};
use symfolio_expr::{infix, parse};
use symfolio_fit::Loss;

const ROWS: u32 = 300;

/// Slices of 20 million units that a law may take: twice what the slowest needs, which is 54 (the last of the sums; the others take 21
/// and less).
const SLICES: u64 = 108;

/// Samples `law` over x0.. on [1, 3]; noise is a share of the target's root mean square.
fn problem(law: &str, noise: f64) -> Arc<Problem> {
    let names: Vec<String> = (0..6).map(|i| format!("x{i}")).collect();
    let expr = parse(law, &names).unwrap();
    let n_features = expr.variables().last().map_or(1, |last| usize::from(*last) + 1);
    let mut rng = ChaCha8Rng::seed_from_u64(11);
    let rows: Vec<Vec<f64>> =
        (0..ROWS).map(|_| (0..n_features).map(|_| 1.0 + 2.0 * rng.random::<f64>()).collect()).collect();
    let clean: Vec<f64> = rows.iter().map(|row| expr.value(row)).collect();
    let scale = noise * (clean.iter().map(|y| y * y).sum::<f64>() / clean.len() as f64).sqrt();
    // A sum of uniform numbers is near enough to a normal one.
    let target: Vec<f64> =
        clean.iter().map(|y| y + scale * ((0..12).map(|_| rng.random::<f64>()).sum::<f64>() - 6.0)).collect();
    let features =
        (0..n_features).map(|i| Column::new(&names[i], rows.iter().map(|row| row[i]).collect::<Vec<f64>>())).collect();
    let dataset = Arc::new(Dataset::new("law", features, Column::new("y", target), None).unwrap());
    let train: Arc<[u32]> = (0..ROWS).collect();
    Arc::new(Problem::new(dataset, Split { train, validation: Arc::new([]) }, Loss::SquaredError))
}

/// The shortest offer with a loss of at most `share` of the target's variance.
fn best(problem: &Arc<Problem>, share: f64) -> Option<(u32, String)> {
    let mut search = SparseBackend.start(problem.clone(), &Config::default(), 3).unwrap();
    let variance = problem.judge.table(problem.dataset.as_ref().unwrap()).target_variance();
    let mut found: Vec<(u32, String)> = Vec::new();
    for index in 0..SLICES {
        let directives = Arc::new(Directives::default());
        let slice = Slice {
            index,
            grant: Cost::work(20_000_000),
            migrants: Vec::new(),
            rows: problem.judge.clone(),
            directives,
            findings: Vec::new(),
        };
        let mut host = RecordingHost::new(problem.clone(), &slice);
        let progress = search.advance(&slice, &mut host).unwrap();
        let good = host.offers.iter().filter(|offer| offer.loss < share * variance);
        found.extend(good.map(|offer| {
            (offer.form.complexity(&problem.complexity), infix(offer.form.expr().unwrap(), &problem.features))
        }));
        if progress == Progress::Exhausted || !found.is_empty() {
            break;
        }
    }
    found.into_iter().min()
}

fn check(law: &str, most: u32) {
    let found = best(&problem(law, 0.0), 1e-16);
    assert!(found.as_ref().is_some_and(|(size, _)| *size <= most), "{law}: {found:?} in {SLICES} slices");
}

#[test]
fn exact_laws_come_out_exactly_and_short() {
    check("2.5*x0*sqrt(x1)/x2**3", 10);
    check("1.5*x0**2 - 0.7*x1 + 3", 10);
    check("x0*sqrt((x1 - x2)**2 + x3**2)", 10);
    check("x2/((x0 - x1)**2 + 0.4)", 8);
    check("3*x0*exp(-x1/x2)", 9);
    check("x0*x1*log(x2/x3)", 8);
    check("1/(1/x0 + 2/x1)", 9);
    check("x0/sqrt(9.5 - x1**2)", 9);
    check("asin(0.3*x0/x1)", 6);
    check("(x0 + x1)/(x1 + x2)", 7);
    check("x0/(exp(x1*x2/x3) - 1)", 11);
    check("x0*sin(x1*x2)**2", 7);
    check("(x0 + x1)/(1 + x0*x1/x2**2)", 12);
    check("sqrt(x0**2 + x1**2 - x0*x1*cos(x2))", 14);
}

#[test]
fn sums_of_simple_terms_and_an_odd_one_come_out() {
    check("0.5*x0**2 - 1.3*x0*x1 + 0.8*cos(log(x1 + 1))", 18);
    check("0.7*x0 - 0.2*x1*x0**2 + 0.6*x1*exp(-sqrt(x0))", 20);
    check("1.7*x1/(1 + exp(-3.1*(x0 - 1.8))) - 0.9*x0**2", 20);
}

#[test]
fn noise_does_not_hide_simple_laws() {
    // Noise of one per cent: nothing but the law comes below twice its variance at this size.
    for (law, most) in [("2.5*x0*x1/x2**2", 9), ("x0*sqrt(x1**2 + x2**2)", 9), ("x0/(x1 + x2)", 7)] {
        let problem = problem(law, 0.01);
        let mut search = SparseBackend.start(problem.clone(), &Config::default(), 3).unwrap();
        let slice = Slice {
            index: 0,
            grant: Cost::work(200_000_000),
            migrants: Vec::new(),
            rows: problem.judge.clone(),
            directives: Arc::new(Directives::default()),
            findings: Vec::new(),
        };
        let mut host = RecordingHost::new(problem.clone(), &slice);
        search.advance(&slice, &mut host).unwrap();
        let rms = (problem.dataset.as_ref().unwrap().target().values.iter().map(|y| y * y).sum::<f64>()
            / f64::from(ROWS))
        .sqrt();
        let short = host.offers.iter().filter(|offer| offer.form.complexity(&problem.complexity) <= most);
        let loss = short.map(|offer| offer.loss).fold(f64::INFINITY, f64::min);
        assert!(loss < 1.2 * (0.01 * rms).powi(2), "{law}: {loss}");
    }
}
