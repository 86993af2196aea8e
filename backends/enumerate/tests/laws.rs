//! Laws whose target has outliers, weights, other units or few values that differ, and other losses than squares.
#![cfg(test)]

use std::sync::Arc;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use symfolio_backend_enumerate::EnumerateBackend;
use symfolio_core::conformance::RecordingHost;
use symfolio_core::{Backend, Column, Config, Cost, Dataset, Directives, Problem, Progress, Search, Slice, Split};
use symfolio_expr::{Expr, Node, Op, parse};
use symfolio_fit::Loss;

const ROWS: u32 = 600;
/// Work of a slice.
const GRANT: u64 = 10_000_000;

/// How a law is sampled and judged.
#[derive(Clone, Copy)]
struct Case {
    law: &'static str,
    loss: &'static str,
    /// What the target is multiplied by.
    unit: f64,
    /// Share of the rows that are far off.
    outliers: f64,
    /// Rows of weight 1; all others have hardly any, and no more to do with the law.
    weighted: Option<f64>,
}

const CASE: Case = Case { law: "x0*x1/x2", loss: "squared", unit: 1.0, outliers: 0.0, weighted: None };

/// The problem of a law over x0.. on [1, 3] with a disturbance of 1 % of its size, and the law's own values.
fn problem(case: Case) -> (Arc<Problem>, Vec<f64>) {
    let names: Vec<String> = (0..3).map(|i| format!("x{i}")).collect();
    let law = parse(case.law, &names).unwrap();
    let mut rng = ChaCha8Rng::seed_from_u64(7);
    let rows: Vec<[f64; 3]> = (0..ROWS).map(|_| [(); 3].map(|()| 1.0 + 2.0 * rng.random::<f64>())).collect();
    let clean: Vec<f64> = rows.iter().map(|row| case.unit * law.value(row)).collect();
    let heavy: Vec<bool> =
        clean.iter().map(|_| case.weighted.is_none_or(|share| rng.random::<f64>() < share)).collect();
    let target = clean.iter().zip(&heavy).map(|(y, heavy)| {
        let size = if !heavy {
            3.0
        } else if rng.random::<f64>() < case.outliers {
            30.0
        } else {
            0.01
        };
        y + size * case.unit * (2.0 * rng.random::<f64>() - 1.0)
    });
    let target: Vec<f64> = target.collect();
    let weights = case.weighted.map(|_| heavy.iter().map(|heavy| if *heavy { 1.0 } else { 1e-6 }).collect());
    let features =
        (0..3).map(|i| Column::new(&names[i], rows.iter().map(|row| row[i]).collect::<Vec<f64>>())).collect();
    (of(features, target, weights, case.loss.parse().unwrap()), clean)
}

fn of(features: Vec<Column>, target: Vec<f64>, weights: Option<Vec<f64>>, loss: Loss) -> Arc<Problem> {
    let train: Arc<[u32]> = (0..target.len() as u32).collect();
    let dataset = Arc::new(Dataset::new("law", features, Column::new("y", target), weights).unwrap());
    Arc::new(Problem::new(dataset, Split { train, validation: Arc::new([]) }, loss))
}

fn slice(index: u64, grant: u64, problem: &Problem, directives: &Arc<Directives>) -> Slice {
    Slice {
        index,
        grant: Cost::work(grant),
        migrants: Vec::new(),
        rows: problem.judge.clone(),
        directives: directives.clone(),
        findings: Vec::new(),
    }
}

/// What a slice costs, and the formulas that it offers.
fn advance(search: &mut dyn Search, problem: &Arc<Problem>, slice: &Slice) -> (Cost, Vec<Expr>, Progress) {
    let mut host = RecordingHost::new(problem.clone(), slice);
    let progress = search.advance(slice, &mut host).unwrap();
    let offers = host.offers.iter().filter_map(|offer| offer.form.expr().cloned()).collect();
    (host.spent, offers, progress)
}

/// The least share of the variance of `clean` that offers of some slices leave.
fn left(problem: &Arc<Problem>, clean: &[f64], slices: u64, seed: u64) -> f64 {
    let mut search = EnumerateBackend.start(problem.clone(), &Config::default(), seed).unwrap();
    let table = problem.judge.table(problem.dataset.as_ref().unwrap());
    let mean = clean.iter().sum::<f64>() / clean.len() as f64;
    let total: f64 = clean.iter().map(|y| (y - mean).powi(2)).sum();
    let mut least = f64::INFINITY;
    for index in 0..slices {
        let slice = slice(index, GRANT, problem, &Arc::default());
        for expr in advance(search.as_mut(), problem, &slice).1 {
            let value = |row: usize| expr.value(&[0, 1, 2].map(|feature| table.feature(feature)[row]));
            let off: f64 = clean.iter().enumerate().map(|(row, y)| (value(row) - y).powi(2)).sum();
            least = least.min(off / total);
        }
        if least < 1e-5 {
            break;
        }
    }
    least
}

#[test]
fn laws_are_found_by_any_loss_in_any_unit_and_by_weight() {
    for case in [
        CASE,
        Case { unit: 1e9, ..CASE },
        Case { unit: 1e-9, ..CASE },
        Case { loss: "mae", unit: 1e6, ..CASE },
        Case { loss: "log-cosh", unit: 1e4, ..CASE },
        Case { loss: "huber:0.05", outliers: 0.004, ..CASE },
        Case { weighted: Some(0.3), ..CASE },
        Case { law: "x0/(1 + x2)", loss: "mae", unit: 1e6, ..CASE },
    ] {
        let (problem, clean) = problem(case);
        let left = left(&problem, &clean, 30, 1);
        let Case { law, loss, unit, outliers, weighted } = case;
        assert!(left < 2e-4, "{law} by {loss}, times {unit}, outliers {outliers}, weights {weighted:?}: {left}");
    }
}

#[test]
fn a_target_that_differs_in_few_rows_is_not_given_up() {
    let column = |step: u32| (0..4000u32).map(|row| f64::from(row * step % 997) / 100.0).collect::<Vec<f64>>();
    let (a, b) = (column(37), column(101));
    let y: Vec<f64> =
        a.iter().zip(&b).enumerate().map(|(row, (a, b))| if row % 50 == 3 { a + b } else { 0.0 }).collect();
    let problem = of(vec![Column::new("a", a), Column::new("b", b)], y, None, Loss::SquaredError);
    for seed in 0..6 {
        let mut search = EnumerateBackend.start(problem.clone(), &Config::default(), seed).unwrap();
        let slice = slice(0, GRANT, &problem, &Arc::default());
        let (_, offers, progress) = advance(search.as_mut(), &problem, &slice);
        assert!(progress == Progress::Paused && offers.len() > 1, "seed {seed}: {offers:?}");
    }
}

#[test]
fn what_is_left_after_a_ban_is_offered() {
    let (problem, _) = problem(Case { law: "x2*exp(x0)", ..CASE });
    let mut search = EnumerateBackend.start(problem.clone(), &Config::default(), 1).unwrap();
    for index in 0..4 {
        advance(search.as_mut(), &problem, &slice(index, GRANT, &problem, &Arc::default()));
    }
    let banned_operators = vec![Op::Exp, Op::Sinh, Op::Cosh, Op::Tanh, Op::Pow];
    let banned = Arc::new(Directives { version: 1, banned_operators, ..Directives::default() });
    let mut later = Vec::new();
    for index in 4..8 {
        later.extend(advance(search.as_mut(), &problem, &slice(index, GRANT, &problem, &banned)).1);
    }
    assert!(later.len() > 2, "{later:?}");
    assert!(later.iter().all(|expr| !expr.nodes().contains(&Node::Op(Op::Exp))), "{later:?}");
}

#[test]
fn a_search_that_is_resumed_while_it_pairs_pays_the_same() {
    let (problem, _) = problem(Case { law: "x0*tanh(x1*x2)**3 + 0.3*sin(3*x0*x2)", ..CASE });
    let mut search = EnumerateBackend.start(problem.clone(), &Config::default(), 1).unwrap();
    let mut index = 0;
    let mut next = || {
        index += 1;
        index
    };
    let grown = loop {
        advance(search.as_mut(), &problem, &slice(next(), GRANT, &problem, &Arc::default()));
        let text = String::from_utf8(search.checkpoint().unwrap().unwrap()).unwrap();
        let state: serde_json::Value = serde_json::from_str(&text).unwrap();
        if state.pointer("/state/phase/meet").is_some() && state.pointer("/state/settling") == Some(&false.into()) {
            break state;
        }
    };
    for phase in ["scaled", "sums", "products"] {
        let mut at = grown.clone();
        *at.pointer_mut("/state/phase").unwrap() = serde_json::json!({ phase: [1, 32] });
        let resumed = |bytes: &[u8]| EnumerateBackend.resume(problem.clone(), bytes).unwrap();
        let bytes = serde_json::to_vec(&at).unwrap();
        let (mut kept, mut relay) = (resumed(&bytes), resumed(&bytes));
        for grant in [2_000_000, 7_000_000, 3_000_000, 5_000_000] {
            let slice = slice(next(), grant, &problem, &Arc::default());
            let (expected, found) =
                (advance(kept.as_mut(), &problem, &slice), advance(relay.as_mut(), &problem, &slice));
            assert_eq!(found, expected, "{phase}");
            relay = resumed(&relay.checkpoint().unwrap().unwrap());
        }
    }
}
