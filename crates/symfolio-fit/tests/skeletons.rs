//! Forms as language models write them: ten and more constants, redundant ones, regimes, powers and logarithms that are
//! undefined at first. None is lost, and none is fitted worse than by Levenberg-Marquardt from the given start.
#![cfg(test)]
#![allow(clippy::unwrap_used, reason = "helpers of tests stop loudly")]

use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng};
use symfolio_expr::{Columns, Program, Scratch, parse};
use symfolio_fit::{Effort, FitData, FitOptions, Workspace, certify, fit};

const FORMS: &str = include_str!("data/skeletons.txt");
const N_ROWS: usize = 150;
const BUDGET: u64 = 15_000_000;

/// Variables with their ranges, and a law with its constants.
fn set(name: &str) -> (Vec<(&'static str, f64, f64)>, &'static str) {
    match name {
        "spring" => (vec![("x", -2.0, 2.0), ("v", -2.0, 2.0)], "0.8*sin(x) - 0.5*v**3 - 0.2*x*v - 0.5*x"),
        "driven spring" => (
            vec![("t", 0.0, 30.0), ("x", -1.5, 1.5), ("v", -1.5, 1.5)],
            "0.3*sin(1.2*t) - 0.5*v**3 - x*v - 5*x*exp(0.5*x)",
        ),
        "growth" => (
            vec![("b", 0.1, 1.5), ("s", 0.1, 5.0), ("temp", 10.0, 45.0), ("pH", 4.0, 9.0)],
            "b*s/(0.7 + s)*exp(-((temp - 32)/9)**2)*exp(-((pH - 6.8)/1.3)**2) - 0.05*b",
        ),
        _ => (vec![("strain", 0.0, 1.0), ("temp", 0.05, 1.0)], "(0.4 + 0.5*strain**0.3)*(1 - temp**1.2) + 0.1*strain"),
    }
}

#[test]
fn forms_of_language_models_are_fitted() {
    let mut n_forms = 0;
    for line in FORMS.lines().filter(|line| !line.starts_with('#')) {
        let (name, form) = line.split_once(" | ").unwrap();
        let (variables, law) = set(name);
        let names: Vec<String> = variables.iter().map(|(name, ..)| (*name).to_string()).collect();
        // Additive recurrences with different irrational steps: even cover, no two variables alike.
        let steps = [0.618_033_988_7, 0.414_213_562_4, 0.732_050_807_6, 0.236_067_977_5];
        let columns: Vec<Vec<f64>> = (variables.iter().zip(steps))
            .map(|((_, low, high), step)| {
                (1..=N_ROWS).map(|row| low + (high - low) * (row as f64 * step).fract()).collect()
            })
            .collect();
        let columns = Columns::new(columns.iter().map(Vec::as_slice));
        let mut target = vec![0.0; N_ROWS];
        Program::new(&parse(law, &names).unwrap().freeze()).values(&[], &columns, &mut Scratch::default(), &mut target);
        let data = FitData { columns: &columns, target: &target, weights: None };
        let expr = parse(form, &names).unwrap();
        assert!(expr.params().len() >= 10, "{form}");
        let start = expr.with_params(&vec![1.0; expr.params().len()]);
        let mut workspace = Workspace::default();
        let plain = FitOptions { max_iterations: Some(100), ..FitOptions::default() };
        let plain = fit(&mut ChaCha8Rng::seed_from_u64(1), &start, &data, &plain, &mut workspace);
        let thorough = FitOptions { max_work: BUDGET, ..FitOptions::with_effort(Effort::Thorough) };
        let found = fit(&mut ChaCha8Rng::seed_from_u64(1), &start, &data, &thorough, &mut workspace);
        assert!(found.loss.is_finite() && found.params.iter().all(|value| value.is_finite()), "{form}");
        assert!(found.loss <= plain.loss * (1.0 + 1e-9) + 1e-28, "{form}: {} {}", found.loss, plain.loss);
        let certificate = certify(&expr.with_params(&found.params), &data, &mut workspace);
        assert!(!certificate.message.is_empty(), "{form}");
        // A factor can be moved from one sum to the other.
        if ["(c0*x + c1*v + c2)*(c3", "(c0*strain + c1)*(c2"].iter().any(|product| form.starts_with(product)) {
            assert!(!certificate.identifiable && !certificate.redundant.is_empty(), "{form}: {}", certificate.message);
        }
        n_forms += 1;
    }
    assert_eq!(n_forms, 30);
}
