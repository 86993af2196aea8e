//! What is asked and proposed for laws of known structure, and what comes of it.
#![cfg(test)]

use std::sync::Arc;

use symfolio_backend_staged::Staged;
use symfolio_core::conformance::RecordingHost;
use symfolio_core::{
    Backend, Candidate, Column, Config, Cost, Dataset, Finding, Lineage, Problem, Progress, Proposal, Slice, Split,
    View,
};
use symfolio_expr::{Columns, Expr, Program, Scratch, parse};
use symfolio_fit::{Effort, FitData, FitOptions, Loss, Workspace, fit};

const NAMES: [&str; 6] = ["a", "b", "c", "d", "e", "f"];

fn names() -> Vec<String> {
    NAMES.map(String::from).to_vec()
}

/// 200 rows of `law` over six inputs, each from 0.5 to 3.
fn problem(law: &Expr) -> Arc<Problem> {
    let mut bits = 0x9E37_79B9u64;
    let mut uniform = || {
        bits = bits.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (bits >> 33) as f64 / (1u64 << 31) as f64
    };
    let columns: Vec<Vec<f64>> = NAMES.iter().map(|_| (0..200).map(|_| 0.5 + 2.5 * uniform()).collect()).collect();
    let mut y = vec![0.0; 200];
    let inputs = Columns::new(columns.iter().map(Vec::as_slice));
    Program::new(law).values(law.params(), &inputs, &mut Scratch::default(), &mut y);
    let features = NAMES.iter().zip(columns).map(|(name, values)| Column::new(name, values)).collect();
    let dataset = Arc::new(Dataset::new("law", features, Column::new("y", y), None).unwrap());
    let split = Split { train: (0..200).collect(), validation: Arc::new([]) };
    Arc::new(Problem::new(dataset, split, Loss::SquaredError))
}

/// What others would find for a view: the first of `forms` over `x` that meets it.
fn solved(view: &View, number: u64, parent: &Dataset, forms: &[&str]) -> Finding {
    let dataset = view.dataset(parent).unwrap();
    let rows: Arc<[u32]> = (0..dataset.n_rows() as u32).collect();
    let table = symfolio_core::Table::gather(&dataset, &rows);
    let columns = table.columns();
    let data: FitData<'_> = table.fit_data(&columns);
    let baseline = table.target_variance();
    let mut front = Vec::new();
    for text in forms {
        let form = parse(text, &["x".into()]).unwrap();
        let mut rng = rand_chacha::rand_core::SeedableRng::seed_from_u64(1);
        let options = FitOptions::with_effort(Effort::Thorough);
        let found = fit(&mut rng, &form, &data, &options, &mut Workspace::default());
        if found.loss < 1e-12 * baseline {
            let form = form.with_params(&found.params);
            let complexity = form.len() as u32;
            let (run, origin, lineage) = (7, Vec::new(), Lineage::default());
            front.push(Candidate { id: 0, form: form.into(), loss: found.loss, complexity, run, origin, lineage });
            break;
        }
    }
    Finding { view: number, front, baseline, exact: 1e-12 * baseline }
}

/// The loss of the best offer, as a share of the variance, and what was proposed; with checkpoints on the way where `saved`.
fn found(law: &str, forms: &[&str], saved: bool) -> (f64, Vec<String>) {
    let law = parse(law, &names()).unwrap();
    let problem = problem(&law);
    let dataset = problem.dataset.clone().unwrap();
    let mut search = Staged.start(problem.clone(), &Config::default(), 1).unwrap();
    let (mut best, mut proposed, mut findings) = (f64::INFINITY, Vec::new(), Vec::new());
    let variance = problem.judge.table(&dataset).target_variance();
    for index in 0..200 {
        let slice = Slice {
            index,
            grant: Cost::work(50_000_000),
            migrants: Vec::new(),
            rows: problem.judge.clone(),
            directives: Arc::default(),
            findings: std::mem::take(&mut findings),
        };
        let mut host = RecordingHost::new(problem.clone(), &slice).with_oracle(law.clone());
        let progress = search.advance(&slice, &mut host).unwrap();
        best = host.offers.iter().map(|offer| offer.loss / variance).fold(best, f64::min);
        for proposal in host.proposals {
            let Proposal::View(view) = proposal else { panic!("no view") };
            findings.push(solved(&view, proposed.len() as u64, &dataset, forms));
            proposed.push(view.about);
        }
        if progress == Progress::Exhausted && findings.is_empty() {
            break;
        }
        if saved {
            search = Staged.resume(problem.clone(), &search.checkpoint().unwrap().unwrap()).unwrap();
        }
    }
    (best, proposed)
}

#[test]
fn laws_of_straight_lines_need_nobody_else() {
    for law in [
        "1.7*a",
        "a*b/(0.7 + 1.3*c)",
        "2.3*exp(-0.4*a*c)*e**2",
        "1.3*a**2/b + 0.7*c*d",
        "(a + 0.6*b)*(1.1 + c)",
        "1/sqrt(2.1 + 0.4*a**2*f)",
    ] {
        let (best, proposed) = found(law, &[], false);
        assert!(best < 1e-12, "{law}: {best:e} {proposed:?}");
        assert!(proposed.is_empty(), "{law}: {proposed:?}");
    }
}

#[test]
fn other_curves_are_views_and_what_is_found_there_is_put_in() {
    let forms = ["c0*sin(c1*x)", "c0 + c1*sin(c2*x)", "c0*sin(c1*x + c2)", "c0 + c1*x + c2*x**2"];
    for law in ["1.37*a*sin(1.1*b*c)/(0.8 + c)", "0.7*d + 1.2*sin(0.9*a + 0.4*b*e)"] {
        let (best, proposed) = found(law, &forms, false);
        assert!(best < 1e-12, "{law}: {best:e} {proposed:?}");
        assert!(!proposed.is_empty(), "{law}");
        assert_eq!((best, proposed), found(law, &forms, true), "{law}: saved and resumed after every slice");
    }
    // What nobody finds comes to an end.
    let (best, proposed) = found("sin(a*b)", &[], false);
    assert!(best > 1e-6 && !proposed.is_empty());
}
