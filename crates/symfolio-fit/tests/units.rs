//! Nothing depends on the units of the data: neither what a fit finds nor what is said of it.
#![cfg(test)]
#![allow(clippy::unwrap_used, reason = "helpers of tests stop loudly")]

use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng};
use symfolio_expr::{Columns, Expr, parse};
use symfolio_fit::{Effort, End, FitData, FitOptions, Loss, Workspace, certify, fit, profile_intervals};

/// 200 places from 0.05 to 10 times `unit`.
fn places(unit: f64) -> Vec<f64> {
    (1..=200).map(|row| 0.05 * f64::from(row) * unit).collect()
}

/// The mean squared error as a share of the target's, of a thorough fit of `text` on 40 million units of work.
fn left(text: &str, x: &[f64], y: &[f64], seed: u64) -> f64 {
    let columns = Columns::new([x]);
    let data = FitData { columns: &columns, target: y, weights: None };
    let expr: Expr = parse(text, &["x".to_string()]).unwrap();
    let options = FitOptions { max_work: 40_000_000, ..FitOptions::with_effort(Effort::Thorough) };
    let found = fit(&mut ChaCha8Rng::seed_from_u64(seed), &expr, &data, &options, &mut Workspace::default());
    found.loss / data.target_moments().1
}

#[test]
fn laws_are_found_in_any_units() {
    let swing = |x: f64| 3.0 * (-0.3 * x).exp() * (2.7 * x + 0.5).sin() + 0.4;
    let chirp = |x: f64| 2.0 * (0.9 * x * x + 1.1 * x).sin() + 0.4;
    let resonance = |x: f64| 5.0 * (4.0 - x * x) / ((4.0 - x * x).powi(2) + 0.3 * x * x) + 0.2;
    let root = |x: f64| (2.0 + 0.7 * x * x).sqrt();
    let cases: [(&str, &dyn Fn(f64) -> f64); 4] = [
        ("c0*exp(-c1*x)*sin(c2*x + c3) + c4", &swing),
        ("c0*sin(c1*x**2 + c2*x) + c3", &chirp),
        ("c3*(c0**2 - x**2)/((c0**2 - x**2)**2 + c1*x**2) + c2", &resonance),
        ("sqrt(c0 + c1*x**2)", &root),
    ];
    for (text, law) in cases {
        for (unit_x, unit_y) in [(1.0, 1.0), (1.0, 1e-9), (1.0, 1e-20), (1.0, 1e6), (1e-6, 1.0), (1e6, 1.0)] {
            let x = places(unit_x);
            let y: Vec<f64> = x.iter().map(|x| unit_y * law(x / unit_x)).collect();
            let found = left(text, &x, &y, 1);
            assert!(found < 1e-20, "{text}, x in {unit_x:e}, y in {unit_y:e}: {found:e}");
        }
    }
}

/// `1 + 2 x` with alternating residuals of 0.1, in other units.
fn line(unit_x: f64, unit_y: f64) -> (Vec<f64>, Vec<f64>) {
    let x: Vec<f64> = (0..20).map(f64::from).collect();
    let y = x.iter().map(|x| unit_y * (1.0 + 2.0 * x + if x % 2.0 == 0.0 { 0.1 } else { -0.1 })).collect();
    (x.iter().map(|x| x * unit_x).collect(), y)
}

#[test]
fn a_constant_has_an_effect_in_any_units() {
    for unit in [1e160, 1e-170] {
        let (x, y) = line(unit, 1.0);
        let columns = Columns::new([x.as_slice()]);
        let data = FitData { columns: &columns, target: &y, weights: None };
        let expr = parse("c0 + c1*x", &["x".to_string()]).unwrap().with_params(&[1.0, 2.0 / unit]);
        let found = certify(&expr, &data, &mut Workspace::default());
        assert!(found.identifiable && found.redundant.is_empty(), "{unit:e}: {}", found.message);
        let error = found.standard_errors[1] * unit;
        assert!((error / (20.0 * 0.01f64 / 18.0 / 665.0).sqrt() - 1.0).abs() < 1e-9, "{unit:e}: {error}");
    }
    let (x, y) = line(1.0, 1e160);
    let columns = Columns::new([x.as_slice()]);
    let data = FitData { columns: &columns, target: &y, weights: None };
    let expr = parse("c0 + c1*x", &["x".to_string()]).unwrap().with_params(&[1e160, 2e160]);
    let found = certify(&expr, &data, &mut Workspace::default());
    assert!(!found.identifiable && found.message.contains("rescale the target"), "{}", found.message);
}

#[test]
fn profiles_of_linear_constants_are_those_of_the_delta_method_in_any_units() {
    for unit in [1.0, 6.6e-34, 1e30] {
        let (x, y) = line(1.0, unit);
        let columns = Columns::new([x.as_slice()]);
        let data = FitData { columns: &columns, target: &y, weights: None };
        let expr = parse("c0 + c1*x", &["x".to_string()]).unwrap();
        let mut workspace = Workspace::default();
        let found = fit(&mut ChaCha8Rng::seed_from_u64(1), &expr, &data, &FitOptions::default(), &mut workspace);
        let expr = expr.with_params(&found.params);
        let delta = certify(&expr, &data, &mut workspace).intervals;
        let profile = profile_intervals(&expr, &data, &[], u64::MAX, &mut workspace).intervals;
        for (ends, (low, high)) in profile.iter().zip(delta) {
            let (End::At(below), End::At(above)) = *ends else { panic!("{unit:e}: {ends:?}") };
            assert!((below - low).abs() < 1e-5 * (high - low), "{unit:e}: {below:e}, not {low:e}");
            assert!((above - high).abs() < 1e-5 * (high - low), "{unit:e}: {above:e}, not {high:e}");
        }
    }
}

#[test]
fn a_simplex_fits_small_constants() {
    // Of the order of 1e-12, where an edge of 1e-9 would be far too long.
    let x: Vec<f64> = (1..=15).map(f64::from).collect();
    let noise = [0.3, -0.1, 0.2, -0.4, 0.1, 0.0, -0.2, 0.5, -0.3, 0.1, 0.2, -0.1, 0.05, -0.05, 0.15];
    let fitted = |unit: f64| {
        let y: Vec<f64> = x.iter().zip(noise).map(|(x, noise)| unit * ((0.2 * x).exp() + noise)).collect();
        let columns = Columns::new([x.as_slice()]);
        let data = FitData { columns: &columns, target: &y, weights: None };
        let expr = parse("c0*exp(c1*x)", &["x".to_string()]).unwrap();
        let options = FitOptions { loss: Loss::AbsoluteError, ..FitOptions::with_effort(Effort::Thorough) };
        fit(&mut ChaCha8Rng::seed_from_u64(1), &expr, &data, &options, &mut Workspace::default()).loss / unit
    };
    let plain = fitted(1.0);
    assert!((fitted(1e-12) / plain - 1.0).abs() < 1e-6, "{} is not {plain}", fitted(1e-12));
}
