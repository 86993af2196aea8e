//! The simplex method of Nelder and Mead (1965), argmin's, for losses with kinks and jumps, where derivatives mislead.

use std::cell::RefCell;

use argmin::core::{CostFunction, Error, Executor};
use argmin::solver::neldermead::NelderMead;

use crate::argmin_point::Point;
use crate::data::Workspace;
use crate::levenberg_marquardt::Problem;
use crate::normal_equations::dot;
use crate::polish::fill;
use crate::work::Work;

/// Improves `params`, where the cost is `reached`, by at most `max_moves` moves of a simplex with these edges; returns the cost
/// then, never above `reached`. A corner that may not be visited costs infinity.
pub(crate) fn nelder_mead(
    params: &mut [f64],
    reached: f64,
    edges: &[f64],
    max_moves: usize,
    cost: impl FnMut(&[f64]) -> f64,
) -> f64 {
    if params.is_empty() {
        return reached;
    }
    let corners = Corners { seen: RefCell::new(Seen { cost, best: (reached, params.to_vec()) }) };
    let start = |edge: usize| {
        let mut corner = params.to_vec();
        if let Some(value) = corner.get_mut(edge) {
            *value += edges[edge];
        }
        Point(corner)
    };
    // The last of them, beyond the constants, is where the search begins.
    let simplex = NelderMead::new((0..=params.len()).map(start).collect());
    // Whether it ends by itself or with an error, what counts is the best corner that was seen.
    if let Ok(simplex) = simplex.with_sd_tolerance(TOLERANCE * reached) {
        let run = Executor::new(&corners, simplex)
            .configure(|state| state.max_iters(max_moves as u64))
            .timer(false)
            .ctrlc(false)
            .run();
        drop(run);
    }
    let (best, corner) = corners.seen.into_inner().best;
    params.copy_from_slice(&corner);
    best
}

/// First edges of a simplex at `params`: a thousandth of each constant, and at least what changes the values by a billionth of the
/// target, whatever the units.
pub(crate) fn edges(problem: &Problem<'_>, params: &[f64], workspace: &mut Workspace, work: &mut Work) -> Vec<f64> {
    let size = dot(problem.data.target, problem.data.target).sqrt();
    let defined = fill(problem, params, workspace, work);
    let edge = |(index, value): (usize, &f64)| {
        let column = workspace.least_squares.column_mut(index);
        let least = LEAST_CHANGE * size / dot(column, column).sqrt();
        let share = FIRST_EDGE * value.abs();
        match defined && least.is_normal() {
            true => share.max(least),
            false if share > 0.0 => share,
            false => LEAST_CHANGE,
        }
    };
    params.iter().enumerate().map(edge).collect()
}

/// Edges as a share of a constant, and the change of values that they make at least as a share of the target.
const FIRST_EDGE: f64 = 1e-3;
const LEAST_CHANGE: f64 = 1e-9;

/// Standard deviation of the corners' costs, as a share of the first, at which the simplex has closed in.
const TOLERANCE: f64 = 1e-14;

/// Cost of a corner that may not be visited, as argmin is told it; its square is finite.
const FORBIDDEN: f64 = 1e77;

struct Seen<F> {
    cost: F,
    best: (f64, Vec<f64>),
}

/// argmin asks for costs through a shared reference.
struct Corners<F> {
    seen: RefCell<Seen<F>>,
}

impl<F: FnMut(&[f64]) -> f64> CostFunction for &Corners<F> {
    type Param = Point;
    type Output = f64;

    fn cost(&self, corner: &Point) -> Result<f64, Error> {
        let mut seen = self.seen.borrow_mut();
        let cost = if corner.0.iter().all(|value| value.is_finite()) { (seen.cost)(&corner.0) } else { f64::INFINITY };
        if cost < seen.best.0 {
            seen.best = (cost, corner.0.clone());
        }
        // Infinities would make the spread of costs NaN.
        Ok(if cost.is_finite() { cost } else { FORBIDDEN })
    }
}
