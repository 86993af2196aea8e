//! Time of fitting constants: a quick fit at several numbers of rows, and a thorough fit from no start.

use divan::Bencher;
use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng};
use symfolio::expr::{Columns, Expr, parse};
use symfolio::fit::{Effort, FitData, FitOptions, Workspace, fit};

fn main() {
    divan::main();
}

fn expression(text: &str, start: &[f64]) -> Expr {
    let names = ["x", "z"].map(String::from);
    parse(text, &names).unwrap_or_else(|error| unreachable!("{error}")).with_params(start)
}

/// `n` rows of x from 0 to 4 and z from 0 to 3 in another order, and the target that `law` makes of them.
fn table(n: usize, law: impl Fn(f64, f64) -> f64) -> [Vec<f64>; 3] {
    let x: Vec<f64> = (0..n).map(|row| 4.0 * row as f64 / n as f64).collect();
    let z: Vec<f64> = (0..n).map(|row| 3.0 * ((row * 7919) % n) as f64 / n as f64).collect();
    let y = x.iter().zip(&z).enumerate().map(|(row, (x, z))| law(*x, *z) + 0.01 * (1e4 * row as f64).sin()).collect();
    [x, z, y]
}

fn time(bencher: Bencher<'_, '_>, expr: &Expr, [x, z, y]: &[Vec<f64>; 3], options: &FitOptions) {
    let columns = Columns::new([x.as_slice(), z.as_slice()]);
    let data = FitData { columns: &columns, target: y, weights: None };
    let mut workspace = Workspace::default();
    bencher.bench_local(|| fit(&mut ChaCha8Rng::seed_from_u64(1), expr, &data, options, &mut workspace).loss);
}

#[divan::bench(args = [100, 1000, 10_000])]
fn levenberg_marquardt(bencher: Bencher<'_, '_>, n: usize) {
    let table = table(n, |x, z| 2.5 * (-0.8 * x).exp() + 1.3 * (2.1 * z).sin());
    let expr = expression("c0*exp(c1*x) + c2*sin(c3*z)", &[1.0, -0.5, 1.0, 1.8]);
    let options = FitOptions { max_iterations: Some(100), ..FitOptions::default() };
    time(bencher, &expr, &table, &options);
}

#[divan::bench(args = [100, 1000], sample_count = 10, sample_size = 1)]
fn thorough_sinc_squared(bencher: Bencher<'_, '_>, n: usize) {
    let sinc = |u: f64| if u == 0.0 { 1.0 } else { u.sin() / u };
    let table = table(n, |x, _| 5.6 * sinc(9.3 * (x - 1.7)).powi(2) + 0.9);
    let expr = expression("c0*sinc(c1*(x - c2))**2 + c3", &[1.0; 4]);
    time(bencher, &expr, &table, &FitOptions::with_effort(Effort::Thorough));
}
