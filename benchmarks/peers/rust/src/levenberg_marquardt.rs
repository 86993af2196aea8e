//! Levenberg-Marquardt on `c0 exp(c1 x) + c2 sin(c3 z)`.

use std::cell::RefCell;
use std::time::Instant;

use levenberg_marquardt::{LeastSquaresProblem, LevenbergMarquardt};
use nalgebra::storage::Owned;
use nalgebra::{DVector, Dyn, OMatrix, U4, Vector4};
use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng};
use symfolio_expr::{Columns, Expr, Program, Scratch};
use symfolio_fit::{FitData, FitOptions, Workspace, fit};

const FORM: &str = "(add (mul ?1 (exp (mul ?-0.5 x0))) (mul ?1 (sin (mul ?1.8 x1))))";
const TRUTH: [f64; 4] = [2.5, -0.8, 1.3, 2.1];
const ROUNDS: usize = 60;

/// How the crate's problem evaluates residuals and derivatives.
#[derive(Clone, Copy)]
enum Evaluation {
    /// As one writes it by hand, with the standard library's functions.
    ByHand,
    /// With Symfolio's kernel.
    Kernel,
}

struct Theirs<'a> {
    evaluation: Evaluation,
    params: Vector4<f64>,
    x: &'a [f64],
    z: &'a [f64],
    y: &'a [f64],
    program: &'a Program,
    columns: &'a Columns<'a>,
    scratch: &'a RefCell<Scratch>,
}

impl LeastSquaresProblem<f64, Dyn, U4> for Theirs<'_> {
    type ResidualStorage = Owned<f64, Dyn>;
    type JacobianStorage = Owned<f64, Dyn, U4>;
    type ParameterStorage = Owned<f64, U4>;

    fn set_params(&mut self, params: &Vector4<f64>) {
        self.params = *params;
    }

    fn params(&self) -> Vector4<f64> {
        self.params
    }

    fn residuals(&self) -> Option<DVector<f64>> {
        let mut residuals = DVector::zeros(self.y.len());
        match self.evaluation {
            Evaluation::ByHand => {
                let [c0, c1, c2, c3] = self.params.into();
                for (i, residual) in residuals.iter_mut().enumerate() {
                    *residual = c0 * (c1 * self.x[i]).exp() + c2 * (c3 * self.z[i]).sin() - self.y[i];
                }
            }
            Evaluation::Kernel => {
                let scratch = &mut self.scratch.borrow_mut();
                self.program.blocks(self.params.as_slice(), self.columns, scratch, |start, values| {
                    for (at, value) in values.iter().enumerate() {
                        residuals[start + at] = value - self.y[start + at];
                    }
                    true
                });
            }
        }
        Some(residuals)
    }

    fn jacobian(&self) -> Option<OMatrix<f64, Dyn, U4>> {
        let mut jacobian = OMatrix::<f64, Dyn, U4>::zeros(self.y.len());
        match self.evaluation {
            Evaluation::ByHand => {
                let [c0, c1, c2, c3] = self.params.into();
                for i in 0..self.y.len() {
                    let (e, (s, c)) = ((c1 * self.x[i]).exp(), (c3 * self.z[i]).sin_cos());
                    jacobian[(i, 0)] = e;
                    jacobian[(i, 1)] = c0 * self.x[i] * e;
                    jacobian[(i, 2)] = s;
                    jacobian[(i, 3)] = c2 * self.z[i] * c;
                }
            }
            Evaluation::Kernel => {
                let scratch = &mut self.scratch.borrow_mut();
                self.program.jacobian_blocks(self.params.as_slice(), self.columns, scratch, |block| {
                    let n = block.values.len();
                    for (mut column, derivatives) in jacobian.column_iter_mut().zip(block.jacobian) {
                        column.as_mut_slice()[block.start..block.start + n].copy_from_slice(&derivatives[..n]);
                    }
                    true
                });
            }
        }
        Some(jacobian)
    }
}

pub fn compare() {
    println!("c0*exp(c1*x) + c2*sin(c3*z), one thread, microseconds a fit (median of {ROUNDS}), loss reached");
    for n in [100, 1000, 10_000] {
        let x: Vec<f64> = (0..n).map(|i| 4.0 * i as f64 / n as f64).collect();
        let z: Vec<f64> = (0..n).map(|i| 3.0 * ((i * 7919) % n) as f64 / n as f64).collect();
        let noise = |i: usize| 0.01 * ((i as f64) * 1e4).sin();
        let [c0, c1, c2, c3] = TRUTH;
        let y: Vec<f64> = (0..n).map(|i| c0 * (c1 * x[i]).exp() + c2 * (c3 * z[i]).sin() + noise(i)).collect();
        let columns = Columns::new([x.as_slice(), z.as_slice()]);
        let expr = Expr::from_prefix(FORM).expect("the form is well written");
        let program = Program::new(&expr);
        let data = FitData { columns: &columns, target: &y, weights: None };
        let options = FitOptions { max_iterations: Some(100), ..FitOptions::default() };
        let scratch = RefCell::new(Scratch::default());
        let mut workspace = Workspace::default();
        let mut seconds = [const { Vec::new() }; 3];
        let mut losses = [0.0; 3];
        for _ in 0..ROUNDS {
            let mut rng = ChaCha8Rng::seed_from_u64(1);
            let start = Instant::now();
            losses[0] = fit(&mut rng, &expr, &data, &options, &mut workspace).loss;
            seconds[0].push(start.elapsed().as_secs_f64());
            for (at, evaluation) in [(1, Evaluation::ByHand), (2, Evaluation::Kernel)] {
                let params = Vector4::from_column_slice(expr.params());
                let (x, z, y, program, columns, scratch) = (&*x, &*z, &*y, &program, &columns, &scratch);
                let problem = Theirs { evaluation, params, x, z, y, program, columns, scratch };
                let start = Instant::now();
                let (_, report) = LevenbergMarquardt::new().minimize(problem);
                seconds[at].push(start.elapsed().as_secs_f64());
                losses[at] = 2.0 * report.objective_function / n as f64;
            }
        }
        let [ours, by_hand, kernel] = seconds.map(|mut seconds| {
            seconds.sort_by(f64::total_cmp);
            1e6 * seconds[ROUNDS / 2]
        });
        let [a, b, c] = losses;
        println!("n = {n}: symfolio {ours:.1} ({a:.6e}), crate by hand {by_hand:.1} ({b:.6e}, {:.1}x), crate on our kernel {kernel:.1} ({c:.6e}, {:.1}x)", by_hand / ours, kernel / ours);
    }
}
