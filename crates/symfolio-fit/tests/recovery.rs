//! Constants of known laws are found again from poor starts: all constants 1 unless the case says otherwise.
#![cfg(test)]
#![allow(clippy::unwrap_used, reason = "helpers of tests stop loudly")]

use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng};
use symfolio_expr::{Columns, Expr, Program, parse};
use symfolio_fit::{Effort, Fit, FitData, FitOptions, Workspace, fit};

const N_ROWS: usize = 90;

/// `n` values of x from `low` to `high` and z from 0.5 to 3 in another order.
fn inputs(low: f64, high: f64) -> [Vec<f64>; 2] {
    let place = |row: usize| row as f64 / (N_ROWS - 1) as f64;
    let x = (0..N_ROWS).map(|row| low + (high - low) * place(row)).collect();
    let z = (0..N_ROWS).map(|row| 0.5 + 2.5 * place(row * 37 % N_ROWS)).collect();
    [x, z]
}

fn expression(text: &str) -> Expr {
    parse(text, &["x".to_string(), "z".to_string()]).unwrap()
}

/// Fits `text` to its own values at `truth` and returns the fit with the loss as a share of the target's variance.
fn refit(text: &str, truth: &[f64], range: (f64, f64), start: &[f64], effort: Effort) -> (Fit, f64) {
    let x = inputs(range.0, range.1);
    let columns = Columns::new(x.iter().map(Vec::as_slice));
    let expr = expression(text).with_params(truth);
    let mut target = vec![0.0; N_ROWS];
    let mut workspace = Workspace::default();
    Program::new(&expr).values(truth, &columns, &mut workspace.scratch, &mut target);
    assert!(target.iter().all(|y| y.is_finite()), "{text}: the law is undefined");
    let data = FitData { columns: &columns, target: &target, weights: None };
    let options = FitOptions::with_effort(effort);
    let mut rng = ChaCha8Rng::seed_from_u64(7);
    let fit = fit(&mut rng, &expr.with_params(start), &data, &options, &mut workspace);
    let share = fit.loss / data.target_moments().1;
    (fit, share)
}

#[test]
fn laws_are_recovered_thoroughly() {
    for (text, truth, range) in [
        ("c0*exp(-c1*x) + c2", &[3.0, 0.7, 0.5][..], (0.0, 6.0)),
        ("c0*exp(-c1*x)*cos(c2*x + c3) + c4", &[2.3, 0.4, 6.1, 0.9, 0.6], (0.0, 6.0)),
        ("c0/(1 + exp(-c1*(x - c2)))", &[12.0, 2.5, 4.0], (0.0, 8.0)),
        ("c0*(x + c1)**c2 + c3", &[0.8, 2.5, 1.7, -4.0], (0.0, 5.0)),
        ("c0*x/(c1 + x)", &[210.0, 0.064], (0.02, 1.1)),
        ("c0*exp(-((x - c1)/c2)**2) + c3", &[4.0, 6.5, 0.6, 1.0], (0.0, 10.0)),
        ("(c0 + c1*x)/(1 + c2*x + c3*x**2)", &[1.0, -2.0, 0.5, 0.7], (0.0, 6.0)),
        ("c0*(sin(c1*(x - c2))/(c1*(x - c2)))**2 + c3", &[5.6, 4.3, -0.513, 0.9], (-4.0, 4.0)),
        ("c0*sinc(c1*(x - c2))", &[2.0, 5.0, 1.1], (-4.0, 4.0)),
        ("c0*exp(-c1*x) + c2*exp(-c3*x)", &[5.0, 0.3, 2.0, 3.0], (0.0, 8.0)),
        ("c0*x**3/(exp(c1*x) - 1)", &[1.5, 0.9], (0.1, 12.0)),
        ("c0*sin(c1*x + c2) + c3*z", &[1.2, 9.3, 2.0, -0.4], (0.0, 10.0)),
        ("c0*sin(c1*x)*exp(-c2*z)", &[-1.7, 4.4, 0.8], (0.0, 10.0)),
        ("c0*log(c1*x + c2)", &[3.0, 0.2, 5.0], (0.0, 20.0)),
        ("exp(c0 - c1/(x + c2))", &[10.0, 1700.0, 230.0], (0.0, 100.0)),
        ("c0*tanh(c1*(x - c2)) + c3*z**c4", &[2.0, 1.4, 3.0, 0.5, 1.5], (0.0, 6.0)),
        ("sqrt(c0 + c1*x**2)*z**c2", &[2.0, 0.3, -0.5], (0.0, 6.0)),
        ("c0*z/x**c1", &[6.67, 2.0], (0.5, 9.0)),
        ("c0*sin(c1*x**2 + c2*x + c3)", &[1.4, 0.5, 1.1, 0.6], (0.0, 6.0)),
        ("c0*abs(x - c1) + c2", &[2.0, 3.3, -1.0], (0.0, 8.0)),
    ] {
        let start = vec![1.0; truth.len()];
        let (fit, share) = refit(text, truth, range, &start, Effort::Thorough);
        assert!(share < 1e-24, "{text}: loss {share:.1e} of the variance at {:?}", fit.params);
        assert!(fit.converged, "{text}");
    }
}

#[test]
fn a_quick_fit_reaches_the_law_from_nearby() {
    for (text, truth, range, start) in [
        ("c0*exp(-c1*x) + c2", &[3.0, 0.7, 0.5][..], (0.0, 6.0), &[1.0, 1.0, 1.0][..]),
        ("c0/(1 + exp(-c1*(x - c2)))", &[12.0, 2.5, 4.0], (0.0, 8.0), &[1.0, 2.0, 3.8]),
        ("c0*sin(c1*x + c2)", &[1.2, 2.3, 2.0], (0.0, 10.0), &[1.0, 2.25, 2.2]),
        ("c0*x/(c1 + x)", &[210.0, 0.064], (0.02, 1.1), &[1.0, 0.1]),
        ("c0*exp(-c1*x)*z", &[3.0, 0.7], (0.0, 6.0), &[-1.0, 0.1]),
    ] {
        let (fit, share) = refit(text, truth, range, start, Effort::Quick);
        assert!(share < 1e-6, "{text}: loss {share:.1e} of the variance at {:?}", fit.params);
    }
}

#[test]
fn an_undefined_start_is_repaired() {
    for (text, truth, range, start) in [
        // The logarithm of a negative number, the root of one, a division by 0, an overflow, NaN itself.
        ("c0*log(c1 + x)", &[2.0, 1.5][..], (0.0, 5.0), &[1.0, -9.0][..]),
        ("c0*sqrt(c1*x) + c2*z", &[2.0, 1.5, 0.3], (0.1, 5.0), &[1.0, -1.0, 1.0]),
        ("c0/(c1*x) + z", &[2.0, 1.5], (0.1, 5.0), &[1.0, 0.0]),
        ("c0*exp(c1*x)", &[2.0, 0.5], (0.0, 5.0), &[1.0, 1e6]),
        ("c0*exp(c1*x)", &[2.0, 0.5], (0.0, 5.0), &[f64::NAN, f64::INFINITY]),
        ("c0 + c1*x", &[2.0, 0.5], (0.0, 5.0), &[f64::NAN, 1e308]),
    ] {
        let (fit, share) = refit(text, truth, range, start, Effort::Quick);
        assert!(share < 0.5, "{text}: loss {share:.1e} of the variance at {:?}", fit.params);
        assert!(fit.params.iter().all(|value| value.is_finite()), "{text}");
    }
}

#[test]
fn a_linear_expression_takes_one_exact_step() {
    for (text, truth) in [
        ("c0 + c1*x + c2*x**2 + c3*sin(z)", &[1.0, -20.0, 0.03, 1e4][..]),
        ("(c0*x - c1*z)/(1 + x**2) + c2", &[5.0, 1e-6, 7.0]),
        ("c0*x + c1*(x + 1e-3*z) + c2", &[1.0, 2.0, 3.0]),
        ("c0", &[42.0]),
    ] {
        for effort in [Effort::Quick, Effort::Thorough] {
            let (fit, share) = refit(text, truth, (0.0, 6.0), &vec![1.0; truth.len()], effort);
            // A constant target has no variance.
            let small = if truth.len() == 1 { fit.loss < 1e-26 } else { share < 1e-26 };
            assert!(small && fit.converged, "{text}: loss {share:.1e} of the variance at {:?}", fit.params);
        }
    }
}

#[test]
fn redundant_constants_do_no_harm() {
    for (text, truth, range) in [
        ("c0*x + c1*x + c2", &[1.0, 2.0, 3.0][..], (0.0, 6.0)),
        ("c0*exp(c1 - c2*x)", &[2.0, 0.5, 0.9], (0.0, 6.0)),
        ("c0*c1*sin(c2*x) + c3*c4", &[2.0, 0.5, 0.9, 1.0, 2.0], (0.0, 9.0)),
        ("c0*x/(c1 + c2*x)", &[2.0, 0.5, 0.9], (0.0, 6.0)),
    ] {
        let (fit, share) = refit(text, truth, range, &vec![1.0; truth.len()], Effort::Thorough);
        assert!(share < 1e-22, "{text}: loss {share:.1e} of the variance at {:?}", fit.params);
    }
}
