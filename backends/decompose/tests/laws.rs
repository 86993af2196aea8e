//! What is proposed for laws of known structure, and what comes of it.
#![cfg(test)]

use std::sync::Arc;

use symfolio_backend_decompose::Decompose;
use symfolio_core::conformance::RecordingHost;
use symfolio_core::{
    Backend, Candidate, Column, Config, Cost, Dataset, Finding, Lineage, Problem, Progress, Proposal, Search, Slice,
    Split,
};
use symfolio_expr::{Columns, Expr, Program, Scratch, parse};
use symfolio_fit::Loss;

/// 240 rows of `law` over a, b, c, d, each from 1 to 3, with noise of a share of the target's deviation.
fn problem(law: &str, noise: f64) -> Arc<Problem> {
    let names = ["a", "b", "c", "d"].map(String::from);
    let mut bits = 0x9E37_79B9u64;
    let mut uniform = || {
        bits = bits.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (bits >> 33) as f64 / (1u64 << 31) as f64
    };
    let columns: Vec<Vec<f64>> = names.iter().map(|_| (0..240).map(|_| 1.0 + 2.0 * uniform()).collect()).collect();
    let expr = parse(law, &names).unwrap();
    let mut y = vec![0.0; 240];
    let inputs = Columns::new(columns.iter().map(Vec::as_slice));
    Program::new(&expr).values(expr.params(), &inputs, &mut Scratch::default(), &mut y);
    let mean = y.iter().sum::<f64>() / 240.0;
    let deviation = (y.iter().map(|y| (y - mean).powi(2)).sum::<f64>() / 240.0).sqrt();
    // Sums of twelve even numbers are normal enough.
    y.iter_mut().for_each(|y| *y += noise * deviation * ((0..12).map(|_| uniform()).sum::<f64>() - 6.0));
    let features = names.iter().zip(columns).map(|(name, values)| Column::new(name, values)).collect();
    let dataset = Arc::new(Dataset::new("law", features, Column::new("y", y), None).unwrap());
    let split = Split { train: (0..240).collect(), validation: Arc::new([]) };
    Arc::new(Problem::new(dataset, split, Loss::SquaredError))
}

/// What is proposed for `law`, in words.
fn proposed(law: &str, noise: f64) -> Vec<String> {
    let problem = problem(law, noise);
    let mut search = Decompose.start(problem.clone(), &Config::default(), 1).unwrap();
    let mut views = Vec::new();
    for index in 0..100 {
        let (progress, host) = advance(&mut *search, &problem, index, Vec::new());
        views.extend(host.proposals.into_iter().filter_map(|proposal| match proposal {
            Proposal::View(view) => Some(view.about),
            _ => None,
        }));
        if progress == Progress::Exhausted {
            return views;
        }
    }
    panic!("{law}: it does not come to an end");
}

#[test]
fn structure_is_found_with_and_without_noise() {
    let cases: [(&str, &[&str]); 8] = [
        // Combinations of features, powers divided out, features that do not matter.
        ("a/(b + c) + d**2", &["y over a, d, b + c"]),
        ("a*b/((c - d)**2 + 0.3)", &["y/(a*b) over c - d"]),
        ("a/sqrt(1 - b**2/(10*c**2))", &["y/a over b/c"]),
        ("sqrt(a*b + exp(c))", &["y over c, a*b"]),
        // Sums and products of parts.
        ("1/(1 + a**(-4)) + 1/(1 + b**(-4))", &["y over a, b", "a part of y over a", "a part of y over b"]),
        ("exp(-(a - 1)**2)/(1.2 + (b - 2.5)**2)", &["y over a, b", "a factor of y over a", "a factor of y over b"]),
        // Nothing but fewer features, and nothing at all.
        ("log(a + 2*b)", &["y over a, b"]),
        ("sin(a*b + c*d)", &[]),
    ];
    for noise in [0.0, 0.01] {
        for (law, expected) in cases {
            assert_eq!(proposed(law, noise), expected, "{law} with noise {noise}");
        }
    }
}

/// One slice with `findings`; what was proposed and offered.
fn advance(
    search: &mut dyn Search,
    problem: &Arc<Problem>,
    index: u64,
    findings: Vec<Finding>,
) -> (Progress, RecordingHost) {
    let slice = Slice {
        index,
        grant: Cost::work(100_000_000),
        migrants: Vec::new(),
        rows: problem.judge.clone(),
        directives: Arc::default(),
        findings,
    };
    let mut host = RecordingHost::new(problem.clone(), &slice);
    (search.advance(&slice, &mut host).unwrap(), host)
}

#[test]
fn what_is_found_for_parts_is_put_together() {
    // The forms that others find for the parts, over their one feature, before the likeliest ones that lead nowhere.
    let (none, near) = ([].as_slice(), [1.1].as_slice());
    for (law, parts, constants) in [
        ("1/(1 + a**(-4)) + 1/(1 + b**(-4))", ["1/(c0 + x**(-4))", "c0*x**4/(1 + x**4)"], [near, near]),
        (
            "exp(-(a - 1)**2)/(1.2 + (b - 2.5)**2)",
            ["exp(c0*(x - c1)**2)", "1/(c0 + (x - c1)**2)"],
            [[-0.95, 1.02].as_slice(), &[1.15, 2.52]],
        ),
        ("1/(a**2 + sin(b))", ["x**2", "sin(x)"], [none, none]),
    ] {
        let problem = problem(law, 0.0);
        let mut search = Decompose.start(problem.clone(), &Config::default(), 1).unwrap();
        let mut index = 0;
        let proposed = loop {
            let (progress, host) = advance(&mut *search, &problem, index, Vec::new());
            index += 1;
            if progress == Progress::Exhausted {
                break host.proposals.len();
            }
        };
        assert_eq!(proposed, 3, "{law}");
        let found = |view: u64| {
            let (text, constants) = (parts[view as usize - 1], constants[view as usize - 1]);
            let form = |text: &str| parse(text, &["x".into()]).unwrap();
            let held = |id: u64, form: Expr, loss: f64| Candidate {
                id,
                complexity: form.len() as u32,
                form: form.into(),
                loss,
                run: 7,
                origin: Vec::new(),
                lineage: Lineage::default(),
            };
            let front = vec![held(0, form("x"), 0.1), held(1, form(text).with_params(constants), 1e-7)];
            Finding { view, front, baseline: 1.0, exact: 1e-12 }
        };
        let (_, nothing) = advance(&mut *search, &problem, index, vec![found(1)]);
        assert!(nothing.offers.is_empty(), "one part says nothing of the whole");
        let saved = search.checkpoint().unwrap().unwrap();
        let mut search = Decompose.resume(problem.clone(), &saved).unwrap();
        let (_, host) = advance(&mut *search, &problem, index + 1, vec![found(2)]);
        let best = host.offers.iter().map(|offer| offer.loss).fold(f64::INFINITY, f64::min);
        assert!(best < 1e-12, "{law}: {best:e}");
    }
}
