//! Laws of many shapes, sampled on 300 rows: each must come out exactly.
#![cfg(test)]

use std::sync::Arc;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use symfolio_backend_climb::Climb;
use symfolio_core::conformance::RecordingHost;
use symfolio_core::{Backend, Column, Config, Constraints, Cost, Dataset, Directives, Problem, Progress, Slice, Split};
use symfolio_expr::{Node, Op, OperatorSet, infix, parse};
use symfolio_fit::Loss;

const ROWS: u32 = 300;
/// Slices of 200 million units that a law may take.
const SLICES: u64 = 20;
/// Slices of what is not to find something but to keep from it.
const FEW: u64 = 3;

/// Samples `law` over x0.. on [1, 3]; noise is a share of the target's deviation.
fn problem(law: &str, noise: f64) -> Problem {
    let names: Vec<String> = (0..6).map(|i| format!("x{i}")).collect();
    let expr = parse(law, &names).unwrap();
    let mut rng = ChaCha8Rng::seed_from_u64(11);
    let rows: Vec<Vec<f64>> = (0..ROWS).map(|_| (0..4).map(|_| 1.0 + 2.0 * rng.random::<f64>()).collect()).collect();
    let clean: Vec<f64> = rows.iter().map(|row| expr.value(row)).collect();
    let mean = clean.iter().sum::<f64>() / f64::from(ROWS);
    let scale = noise * (clean.iter().map(|y| (y - mean).powi(2)).sum::<f64>() / f64::from(ROWS)).sqrt();
    // A sum of uniform numbers is near enough to a normal one.
    let target: Vec<f64> =
        clean.iter().map(|y| y + scale * ((0..12).map(|_| rng.random::<f64>()).sum::<f64>() - 6.0)).collect();
    let features =
        (0..4).map(|i| Column::new(&names[i], rows.iter().map(|row| row[i]).collect::<Vec<f64>>())).collect();
    let dataset = Arc::new(Dataset::new("law", features, Column::new("y", target), None).unwrap());
    let train: Arc<[u32]> = (0..ROWS).collect();
    Problem::new(dataset, Split { train, validation: Arc::new([]) }, Loss::SquaredError)
}

/// What is offered until one has at most `share` of the target's variance: share, complexity and formula, in order.
fn climb(problem: Problem, settings: &str, slices: u64, share: f64) -> Vec<(f64, u32, String)> {
    let problem = Arc::new(problem);
    let config = Config(settings.parse().unwrap());
    let mut search = Climb.start(problem.clone(), &config, 3).unwrap();
    let variance = problem.judge.table(problem.dataset.as_ref().unwrap()).target_variance();
    let mut offers = Vec::new();
    for index in 0..slices {
        let slice = slice(index, &problem, Directives::default());
        let mut host = RecordingHost::new(problem.clone(), &slice);
        search.advance(&slice, &mut host).unwrap();
        for offer in &host.offers {
            let complexity = offer.form.complexity(&problem.complexity);
            offers.push((offer.loss / variance, complexity, infix(offer.form.expr().unwrap(), &problem.features)));
        }
        if offers.iter().any(|(left, ..)| *left < share) {
            break;
        }
    }
    offers
}

fn slice(index: u64, problem: &Problem, directives: Directives) -> Slice {
    Slice {
        index,
        grant: Cost::work(200_000_000),
        migrants: Vec::new(),
        rows: problem.judge.clone(),
        directives: Arc::new(directives),
        findings: Vec::new(),
    }
}

#[test]
fn laws_come_out_exactly() {
    for law in [
        "x0*x1/(x2*x3**2)",
        "x0*x1 + 3*sin(x2)",
        "x0*(x1**2 + x2**2)*x3**2/4",
        "sqrt((x0 - x1)**2 + (x2 - x3)**2)",
        "1/(1/x0 + x2/x1)",
        "(x0*x2 + x1*x3)/(x0 + x1)",
        "x0*exp(-x1*x2/x3)",
    ] {
        let offers = climb(problem(law, 0.0), "", SLICES, 1e-20);
        assert!(offers.iter().any(|(left, ..)| *left < 1e-20), "{law}: {:?}", offers.last());
    }
}

#[test]
fn a_sum_takes_one_term_each_for_its_parts() {
    let law = "2.7*x0*x1 - 0.31*x2/x3 + 1.9*x3*x2";
    let found = |terms: usize| {
        let offers = climb(problem(law, 0.0), &format!("terms = {terms}\ninstructions = 6\nconstants = 1"), FEW, 1e-20);
        offers.iter().any(|(left, ..)| *left < 1e-20)
    };
    assert!(found(3));
    // Six instructions and one constant are too few for it as one term.
    assert!(!found(1));
}

#[test]
fn noise_is_not_fitted() {
    let offers = climb(problem("x0*x1 + 3*sin(x2)", 0.05), "", FEW, 0.0);
    let law = offers.iter().filter(|(left, ..)| *left < 0.0026).map(|(_, complexity, _)| *complexity).min();
    assert!(law.is_some_and(|complexity| complexity <= 15), "{offers:?}");
    // What leaves much less than the noise does is not there.
    assert!(offers.iter().all(|(left, ..)| *left > 0.0022), "{offers:?}");
}

#[test]
fn what_is_not_allowed_is_not_offered() {
    let mut narrow = problem("x0*exp(-x1*x2/x3)", 0.0);
    narrow.constraints = Constraints { max_complexity: 9, ..Constraints::default() };
    narrow.operators = OperatorSet::new(narrow.operators.ops().iter().copied().filter(|op| *op != Op::Exp));
    let offers = climb(narrow, "climbers = 4", FEW, 0.0);
    assert!(!offers.is_empty());
    for (_, complexity, formula) in offers {
        assert!(complexity <= 9 && !formula.contains("exp"), "{formula}");
    }
}

#[test]
fn rows_of_no_weight_do_not_count_and_a_constant_target_is_nothing_to_climb_to() {
    let law = problem("x0*x1/(x2*x3**2)", 0.0);
    let dataset = law.dataset.clone().unwrap();
    let with = |target: Vec<f64>, weights: Vec<f64>| {
        let target = Column::new("y", target);
        let dataset = Dataset::new("law", dataset.features().to_vec(), target, Some(weights)).unwrap();
        Problem::new(Arc::new(dataset), law.split.clone(), Loss::SquaredError)
    };
    let counts = |row: u32| f64::from(u8::from(row.is_multiple_of(3)));
    let weights: Vec<f64> = (0..ROWS).map(counts).collect();
    let clean = dataset.target().values.clone();
    let off: Vec<f64> = clean
        .iter()
        .enumerate()
        .map(|(row, y)| if row.is_multiple_of(3) { *y } else { 1e3 + f64::from(row as u32 % 7) })
        .collect();
    let offers = climb(with(off.clone(), weights.clone()), "", SLICES, 1e-20);
    assert!(offers.iter().any(|(left, ..)| *left < 1e-20), "{:?}", offers.last());
    // All that differs has no weight, or is out of range.
    let rows = || 0..ROWS;
    for target in [
        rows().map(|row| if row.is_multiple_of(3) { 2.0 } else { f64::from(row) }).collect::<Vec<f64>>(),
        rows().map(|row| 1e200 * f64::from(row)).collect(),
    ] {
        let problem = Arc::new(with(target, weights.clone()));
        let mut search = Climb.start(problem.clone(), &Config::default(), 3).unwrap();
        let slice = slice(0, &problem, Directives::default());
        let mut host = RecordingHost::new(problem.clone(), &slice);
        assert_eq!(search.advance(&slice, &mut host).unwrap(), Progress::Exhausted);
    }
}

#[test]
fn what_is_left_after_a_ban_is_climbed_to() {
    let problem = Arc::new(problem("exp(x0*x1)/x2", 0.0));
    let mut search = Climb.start(problem.clone(), &Config::default(), 3).unwrap();
    let mut advance = |index: u64, directives: Directives| {
        let slice = slice(index, &problem, directives);
        let mut host = RecordingHost::new(problem.clone(), &slice);
        search.advance(&slice, &mut host).unwrap();
        host.offers
    };
    assert!(!advance(0, Directives::default()).is_empty());
    let banned_operators = vec![Op::Exp, Op::Sinh, Op::Cosh, Op::Tanh, Op::Pow];
    let later = advance(1, Directives { version: 1, banned_operators, ..Directives::default() });
    assert!(later.len() > 3, "{later:?}");
    for offer in later {
        assert!(!offer.form.expr().unwrap().nodes().contains(&Node::Op(Op::Exp)), "{offer:?}");
    }
}
