//! [`quasi_newton`]: L-BFGS, argmin's, on any differentiable loss of an expression.
//!
//! Levenberg-Marquardt needs a loss that is a sum over rows of something like a square. The distance of two spectra is not, so
//! its gradient is put together from the derivative of the loss by each value and the derivatives of the values
//! (reverse mode, in blocks of rows), and L-BFGS (Liu and Nocedal 1989) with the line search of Moré and Thuente (1994) follows it.

use std::cell::{Cell, RefCell};

use argmin::core::{CostFunction, Error, Executor, Gradient};
use argmin::solver::linesearch::MoreThuenteLineSearch;
use argmin::solver::quasinewton::LBFGS;
use symfolio_expr::Program;

use crate::argmin_point::Point;
use crate::data::{FitData, Workspace};
use crate::robust::Smoothed;
use crate::wasserstein::Spectrum;
use crate::work::Work;

/// A loss of all values together, with its derivatives by them.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Whole<'a> {
    /// The mean of a loss over the rows.
    Rows(Smoothed),
    /// The distance from a spectrum, kinks rounded off by `epsilon` of its mass.
    Spectrum { spectrum: &'a Spectrum, epsilon: f64 },
}

impl Whole<'_> {
    /// The loss of `values`, and in `slopes` its derivatives by them; `spare` is as long.
    fn slopes(self, values: &[f64], data: &FitData<'_>, slopes: &mut [f64], spare: &mut [f64]) -> f64 {
        match self {
            Whole::Rows(loss) => {
                let total = data.total_weight();
                let sum = loss.linearise(values, data.target, data.weights, slopes, spare);
                // Half a slope by the residual, which falls as the value rises.
                slopes.iter_mut().for_each(|slope| *slope *= -2.0 / total);
                let mean = sum / total;
                if mean.is_finite() { mean } else { f64::INFINITY }
            }
            Whole::Spectrum { spectrum, epsilon } => spectrum.distance(values, epsilon, slopes),
        }
    }
}

/// What is minimised.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Descent<'a> {
    pub program: &'a Program,
    pub data: &'a FitData<'a>,
    pub loss: Whole<'a>,
    /// Lower and upper bound of each constant; empty for none.
    pub bounds: &'a [(f64, f64)],
}

/// Pairs of steps and changes of the gradient that L-BFGS remembers.
const MEMORY: usize = 8;
/// Change of the loss, as a share of the first, that ends a run.
const TOLERANCE: f64 = 1e-13;
/// Where the expression is undefined the loss is this many times the first, so that line searches turn back.
const WALL: f64 = 1e3;
/// Most losses that are asked for, a step: the line search has no limit of its own.
const LOSSES_A_STEP: usize = 20;

/// Takes at most `max_iterations` steps from `params`, which lie within the bounds; returns the best constants seen and their
/// rounded loss, infinite where the start is undefined. Constants at a bound that the loss pushes outwards stay there.
pub(crate) fn quasi_newton(
    descent: Descent<'_>,
    params: &[f64],
    max_iterations: usize,
    workspace: &mut Workspace,
    work: &mut Work,
) -> (Vec<f64>, f64) {
    let n = descent.data.n_rows();
    let mut slope = Slope {
        descent,
        workspace,
        work,
        values: vec![0.0; n],
        slopes: vec![0.0; n],
        spare: vec![0.0; n],
        at: Vec::new(),
        loss: f64::INFINITY,
        best: (f64::INFINITY, params.to_vec()),
    };
    let first = slope.loss(params);
    if !(first > 0.0 && first.is_finite()) {
        return (params.to_vec(), first);
    }
    let (gradient, sizes) = slope.gradient(params);
    // One unit of each constant changes the values as much as one of any other: what L-BFGS begins with is the identity.
    let size = descent.data.target.iter().map(|y| y * y).sum::<f64>().sqrt();
    let scale = |index: usize| match size / sizes[index] {
        scale if scale.is_normal() => scale,
        _ => params[index].abs().max(1.0),
    };
    let is_stuck = |index: usize| {
        descent.bounds.get(index).is_some_and(|(low, high)| {
            (params[index] <= *low && gradient[index] > 0.0) || (params[index] >= *high && gradient[index] < 0.0)
        })
    };
    let free: Vec<usize> = (0..params.len()).filter(|index| !is_stuck(*index)).collect();
    if free.is_empty() {
        return (params.to_vec(), first);
    }
    let steps = Steps {
        scale: free.iter().map(|index| scale(*index)).collect(),
        origin: params,
        free,
        first,
        left: Cell::new(LOSSES_A_STEP * max_iterations),
        slope: RefCell::new(slope),
    };
    let solver = LBFGS::new(MoreThuenteLineSearch::new(), MEMORY)
        .with_tolerance_cost(TOLERANCE)
        .and_then(|solver| solver.with_tolerance_grad(TOLERANCE));
    if let Ok(solver) = solver {
        let start = Point(vec![0.0; steps.free.len()]);
        let run = Executor::new(&steps, solver)
            .configure(|state| state.param(start).max_iters(max_iterations as u64))
            .timer(false)
            .ctrlc(false)
            .run();
        // Runs also end by an error: an end of [`Ended`], or no step along the line is any good. The best place counts.
        drop(run);
    }
    let (loss, params) = steps.slope.into_inner().best;
    (params, loss)
}

/// Why a run is ended from within.
#[derive(Debug, thiserror::Error)]
enum Ended {
    #[error("the work is spent")]
    Spent,
    /// The line search extrapolates a flat loss, and would ask for the same point again and again.
    #[error("a point is asked for that is not finite")]
    NotFinite,
}

/// Loss and gradient by the constants.
struct Slope<'s> {
    descent: Descent<'s>,
    workspace: &'s mut Workspace,
    work: &'s mut Work,
    values: Vec<f64>,
    /// Derivatives of the loss by the values.
    slopes: Vec<f64>,
    spare: Vec<f64>,
    /// Where `slopes` and `loss` were taken.
    at: Vec<f64>,
    loss: f64,
    best: (f64, Vec<f64>),
}

impl Slope<'_> {
    fn loss(&mut self, params: &[f64]) -> f64 {
        if self.at == params {
            return self.loss;
        }
        let Descent { program, data, loss, .. } = self.descent;
        program.values(params, data.columns, &mut self.workspace.scratch, &mut self.values);
        self.work.evaluation(program, data.n_rows());
        self.loss = loss.slopes(&self.values, data, &mut self.slopes, &mut self.spare);
        self.at.clear();
        self.at.extend_from_slice(params);
        if self.loss < self.best.0 {
            self.best = (self.loss, params.to_vec());
        }
        self.loss
    }

    /// The derivatives of the loss by the constants, and the root of the summed squares of the values' derivatives. What is
    /// undefined moves nothing.
    fn gradient(&mut self, params: &[f64]) -> (Vec<f64>, Vec<f64>) {
        self.loss(params);
        let Descent { program, data, .. } = self.descent;
        let (mut gradient, mut squares) = (vec![0.0; params.len()], vec![0.0; params.len()]);
        let slopes = &self.slopes;
        program.jacobian_blocks(params, data.columns, &mut self.workspace.scratch, |block| {
            let slopes = &slopes[block.start..block.start + block.values.len()];
            for (index, derivatives) in block.jacobian.iter().enumerate() {
                for (slope, derivative) in slopes.iter().zip(derivatives.iter()) {
                    if derivative.is_finite() {
                        gradient[index] += slope * derivative;
                        squares[index] += derivative * derivative;
                    }
                }
            }
            true
        });
        self.work.jacobian(program, data.n_rows());
        squares.iter_mut().for_each(|square: &mut f64| *square = square.sqrt());
        (gradient, squares)
    }
}

/// The problem as argmin sees it: the constants that are free, from 0 and in units of `scale`, and the loss in units of the first.
struct Steps<'s> {
    origin: &'s [f64],
    free: Vec<usize>,
    scale: Vec<f64>,
    first: f64,
    /// Losses that may still be asked for.
    left: Cell<usize>,
    slope: RefCell<Slope<'s>>,
}

impl Steps<'_> {
    /// Is the run to go on to `point`?
    fn go_on(&self, point: &Point) -> Result<(), Ended> {
        if self.left.get() == 0 || self.slope.borrow().work.exhausted() {
            return Err(Ended::Spent);
        }
        if point.0.iter().all(|z| z.is_finite()) { Ok(()) } else { Err(Ended::NotFinite) }
    }

    /// The constants at `point`, each moved to its bounds, and how far beyond them each free one was.
    fn params(&self, point: &Point, bounds: &[(f64, f64)]) -> (Vec<f64>, Vec<f64>) {
        let mut params = self.origin.to_vec();
        let mut beyond = vec![0.0; self.free.len()];
        for (position, (index, z)) in self.free.iter().zip(&point.0).enumerate() {
            let scale = self.scale[position];
            let wanted = self.origin[*index] + scale * z;
            params[*index] = bounds.get(*index).map_or(wanted, |(low, high)| wanted.max(*low).min(*high));
            beyond[position] = (wanted - params[*index]) / scale;
        }
        (params, beyond)
    }
}

impl CostFunction for &Steps<'_> {
    type Param = Point;
    type Output = f64;

    fn cost(&self, point: &Point) -> Result<f64, Error> {
        self.go_on(point)?;
        self.left.update(|left| left - 1);
        let mut slope = self.slope.borrow_mut();
        let (params, beyond) = self.params(point, slope.descent.bounds);
        let loss = if params.iter().all(|value| value.is_finite()) { slope.loss(&params) } else { f64::INFINITY };
        let price: f64 = beyond.iter().map(|beyond| beyond * beyond).sum();
        Ok(if loss.is_finite() { loss / self.first + price } else { WALL })
    }
}

impl Gradient for &Steps<'_> {
    type Param = Point;
    type Gradient = Point;

    fn gradient(&self, point: &Point) -> Result<Point, Error> {
        self.go_on(point)?;
        let mut slope = self.slope.borrow_mut();
        let (params, beyond) = self.params(point, slope.descent.bounds);
        if params.iter().any(|value| !value.is_finite()) || !slope.loss(&params).is_finite() {
            // Up the wall, away from the start.
            return Ok(Point(point.0.iter().map(|z| WALL * z).collect()));
        }
        let (gradient, _) = slope.gradient(&params);
        let inside = |position: usize| gradient[self.free[position]] * self.scale[position] / self.first;
        let each = beyond.iter().enumerate();
        Ok(Point(each.map(|(at, beyond)| if *beyond == 0.0 { inside(at) } else { 2.0 * beyond }).collect()))
    }
}

#[cfg(test)]
mod tests {
    use symfolio_expr::{Columns, Expr};

    use super::*;
    use crate::wasserstein::Wasserstein;

    #[test]
    fn gradients_are_those_of_finite_differences() {
        let x: Vec<f64> = (0..700).map(|row| 0.01 * f64::from(row)).collect();
        let gauss = |at: f64| -> Vec<f64> { x.iter().map(|x| (-(x - at) * (x - at)).exp()).collect() };
        let columns = Columns::new([x.as_slice()]);
        let data = FitData { columns: &columns, target: &gauss(3.0), weights: None };
        // c0 * exp(-((x - c1) / c2)^2)
        let expr = Expr::from_prefix("(mul ?1.2 (exp (neg (square (div (sub x0 ?2.5) ?0.8)))))").unwrap();
        let spectrum = Spectrum::new(Wasserstein { axis: 0 }, &data).unwrap();
        let program = Program::new(&expr);
        let (mut workspace, mut work) = (Workspace::default(), Work::with_limit(u64::MAX));
        let by_rows = |text: &str, epsilon: f64| Whole::Rows(Smoothed { loss: text.parse().unwrap(), epsilon });
        let by_distance = |epsilon: f64| Whole::Spectrum { spectrum: &spectrum, epsilon };
        let losses = [
            by_distance(0.0),
            by_distance(1e-3),
            by_distance(0.3),
            by_rows("squared", 0.0),
            by_rows("mae", 0.01),
            by_rows("quantile:0.8", 0.1),
            by_rows("huber:0.1", 0.0),
            by_rows("log-cosh", 0.0),
        ];
        for (case, loss) in losses.into_iter().enumerate() {
            let mut slope = Slope {
                descent: Descent { program: &program, data: &data, loss, bounds: &[] },
                workspace: &mut workspace,
                work: &mut work,
                values: vec![0.0; 700],
                slopes: vec![0.0; 700],
                spare: vec![0.0; 700],
                at: Vec::new(),
                loss: 0.0,
                best: (f64::INFINITY, Vec::new()),
            };
            let (gradient, _) = slope.gradient(expr.params());
            for index in 0..3 {
                let mut at = |step: f64| {
                    let mut params = expr.params().to_vec();
                    params[index] += step;
                    slope.loss(&params)
                };
                let difference = (at(1e-6) - at(-1e-6)) / 2e-6;
                let error = (gradient[index] - difference).abs();
                assert!(
                    error < 1e-5 * (1.0 + difference.abs()),
                    "case {case}, c{index}: {} {difference}",
                    gradient[index]
                );
            }
        }
    }
}
