//! [`descend`]: from one start to the bottom of its valley, for every loss.

use crate::data::Workspace;
use crate::levenberg_marquardt::{Limits, Problem, minimise};
use crate::loss::{Loss, measure};
use crate::robust::Smoothed;
use crate::work::Work;

/// Constants, and the mean loss there.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Place {
    pub params: Vec<f64>,
    /// Infinite where undefined.
    pub loss: f64,
    pub converged: bool,
}

/// How much of the mean loss the kink of a loss is rounded by: wide first, so that rows may change sides, then narrow.
const LOOK: [f64; 1] = [0.1];
const FULL: [f64; 5] = [0.3, 0.03, 3e-3, 1e-4, 1e-6];
/// Runs with fewer iterations than this are first looks.
const FULL_RUN: usize = 20;

/// Descends from `params`; `problem.loss` says which loss, its rounding is chosen here.
pub(crate) fn descend(
    problem: &Problem<'_>,
    params: Vec<f64>,
    limits: Limits,
    workspace: &mut Workspace,
    work: &mut Work,
) -> Place {
    let mut place = Place { params, loss: f64::INFINITY, converged: false };
    if place.params.iter().any(|value| !value.is_finite()) {
        return place;
    }
    let loss = problem.loss.loss;
    if !matches!(loss, Loss::AbsoluteError | Loss::Quantile { .. }) {
        let outcome = minimise(problem, &mut place.params, limits, workspace, work);
        place.loss = outcome.loss / problem.data.total_weight();
        place.converged = outcome.converged;
        if place.loss.is_nan() {
            place.loss = f64::INFINITY;
        }
        return place;
    }
    let measured = |params: &[f64], workspace: &mut Workspace, work: &mut Work| {
        measure(problem.program, params, problem.data, loss, workspace, work)
    };
    place.loss = measured(&place.params, workspace, work);
    let widths: &[f64] = if limits.max_iterations < FULL_RUN { &LOOK } else { &FULL };
    for width in widths {
        if !(place.loss > 0.0 && place.loss.is_finite()) || work.exhausted() {
            break;
        }
        let rounded = Problem { loss: Smoothed { loss, epsilon: width * place.loss }, ..*problem };
        let mut params = place.params.clone();
        let outcome = minimise(&rounded, &mut params, limits, workspace, work);
        let reached = measured(&params, workspace, work);
        if reached < place.loss {
            place = Place { params, loss: reached, converged: outcome.converged };
        }
    }
    place
}
