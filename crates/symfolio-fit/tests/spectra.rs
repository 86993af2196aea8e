//! Peaks are found from where squared error does not see them.
#![cfg(test)]
#![allow(clippy::unwrap_used, reason = "helpers of tests stop loudly")]

use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng};
use symfolio_expr::{Columns, Expr, parse};
use symfolio_fit::{Effort, Fit, FitData, FitOptions, Wasserstein, Workspace, fit, fit_wasserstein, wasserstein_of};

const WIDTH: f64 = 0.2;
const ONE_PEAK: &str = "c0*exp(-((x - c1)/c2)^2)";
const TWO_PEAKS: &str = "c0*exp(-((x - c1)/0.2)^2) + c2*exp(-((x - c3)/0.2)^2)";

fn peak(x: f64, height: f64, at: f64, width: f64) -> f64 {
    height * (-((x - at) / width).powi(2)).exp()
}

fn axis() -> Vec<f64> {
    (0..400).map(|row| 0.025 * f64::from(row)).collect()
}

fn form(text: &str, start: &[f64]) -> Expr {
    parse(text, &["x".to_string()]).unwrap().with_params(start)
}

/// By squared error, and by the distance.
fn both(expr: &Expr, x: &[f64], y: &[f64], options: &FitOptions) -> (Fit, Fit) {
    let columns = Columns::new([x]);
    let data = FitData { columns: &columns, target: y, weights: None };
    let (mut rng, mut workspace) = (ChaCha8Rng::seed_from_u64(5), Workspace::default());
    let squared = fit(&mut rng, expr, &data, options, &mut workspace);
    let moved = fit_wasserstein(&mut rng, expr, &data, Wasserstein { axis: 0 }, options, &mut workspace).unwrap();
    let again = wasserstein_of(&expr.with_params(&moved.params), &data, Wasserstein { axis: 0 }, &mut workspace);
    assert_eq!(moved.loss, again.unwrap());
    (squared, moved)
}

#[test]
fn a_peak_ten_widths_away_is_reached() {
    let x = axis();
    let y: Vec<f64> = x.iter().map(|x| peak(*x, 3.0, 6.0, WIDTH)).collect();
    for start in [[1.0, 4.0, WIDTH], [3.0, 8.0, WIDTH], [0.5, 4.0, 0.3], [9.0, 4.0, 0.1]] {
        let (squared, moved) = both(&form(ONE_PEAK, &start), &x, &y, &FitOptions::default());
        assert!((squared.params[1] - 6.0).abs() > 1.0, "squared error was not meant to find {:?}", squared.params);
        for (value, truth) in moved.params.iter().zip([3.0, 6.0, WIDTH]) {
            assert!((value.abs() - truth).abs() < 1e-6, "from {start:?} to {:?}, {}", moved.params, moved.loss);
        }
    }
}

#[test]
fn two_peaks_ten_widths_away_are_reached() {
    let x = axis();
    let y: Vec<f64> = x.iter().map(|x| peak(*x, 3.0, 4.0, WIDTH) + peak(*x, 2.0, 7.0, WIDTH)).collect();
    let (squared, moved) = both(&form(TWO_PEAKS, &[2.0, 2.0, 2.0, 9.0]), &x, &y, &FitOptions::default());
    assert!((squared.params[1] - 4.0).abs() > 1.0 && (squared.params[3] - 7.0).abs() > 1.0, "{:?}", squared.params);
    for (value, truth) in moved.params.iter().zip([3.0, 4.0, 2.0, 7.0]) {
        assert!((value - truth).abs() < 1e-6, "{:?}, {}", moved.params, moved.loss);
    }
}

#[test]
fn noise_moves_a_peak_little() {
    let x = axis();
    let noise = |row: usize| 0.1 * (f64::from((row as u32 * 7919) % 1009) / 504.0 - 1.0);
    let y: Vec<f64> = x.iter().enumerate().map(|(row, x)| peak(*x, 3.0, 6.0, WIDTH) + noise(row)).collect();
    for effort in [Effort::Quick, Effort::Thorough] {
        let options = FitOptions { max_work: 400_000_000, ..FitOptions::with_effort(effort) };
        let (_, moved) = both(&form(ONE_PEAK, &[1.0, 4.0, WIDTH]), &x, &y, &options);
        assert!((moved.params[1] - 6.0).abs() < 0.05, "{effort:?}: {:?}", moved.params);
        assert!((moved.params[0] * moved.params[2].abs() / (3.0 * WIDTH) - 1.0).abs() < 0.1, "{:?}", moved.params);
    }
}

#[test]
fn bounds_and_work_are_kept() {
    let x = axis();
    let y: Vec<f64> = x.iter().map(|x| peak(*x, 3.0, 6.0, WIDTH)).collect();
    let expr = form(ONE_PEAK, &[1.0, 4.0, WIDTH]);
    let anything = (f64::NEG_INFINITY, f64::INFINITY);
    for (bounds, expected) in [
        ([anything, (0.0, 5.5), (0.1, 1.0)], 5.5),
        ([(0.0, f64::INFINITY), (3.0, 9.0), (0.1, 1.0)], 6.0),
        ([anything, (4.0, 4.0), anything], 4.0),
    ] {
        for effort in [Effort::Quick, Effort::Thorough] {
            let options =
                FitOptions { bounds: bounds.to_vec(), max_work: 200_000_000, ..FitOptions::with_effort(effort) };
            let (_, moved) = both(&expr, &x, &y, &options);
            for (value, (low, high)) in moved.params.iter().zip(bounds) {
                assert!((low..=high).contains(value), "{:?} leaves {bounds:?}", moved.params);
            }
            assert!((moved.params[1] - expected).abs() < 1e-4, "{bounds:?}: {:?}", moved.params);
        }
    }
    // No step begins once the work is spent: one evaluation with derivatives, 400 rows, is below a tenth of a million.
    for max_work in [0, 100_000, 3_000_000] {
        let options = FitOptions { max_work, ..FitOptions::with_effort(Effort::Thorough) };
        let (_, moved) = both(&expr, &x, &y, &options);
        assert!(moved.work <= max_work + 300_000, "{} of {max_work}", moved.work);
    }
}

#[test]
fn undefined_starts_are_repaired_and_results_repeat() {
    let x = axis();
    let y: Vec<f64> = x.iter().map(|x| peak(*x, 3.0, 6.0, WIDTH)).collect();
    let expr = form("c0*exp(-((x - c1)/c2)^2)*sqrt(c3)", &[1.0, 5.0, 0.3, -1.0]);
    let options = FitOptions { max_work: 50_000_000, ..FitOptions::with_effort(Effort::Thorough) };
    let (_, moved) = both(&expr, &x, &y, &options);
    assert!(moved.loss.is_finite());
    assert_eq!(moved, both(&expr, &x, &y, &options).1);
}
