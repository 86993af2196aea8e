//! Levenberg-Marquardt with analytic derivatives, and exact steps of the linear constants.

use symfolio_expr::Program;

use crate::cholesky::Cholesky;
use crate::data::{FitData, Workspace};
use crate::emphasis::Emphasis;
use crate::normal_equations::NormalEquations;
use crate::robust::Smoothed;
use crate::work::Work;

/// One minimisation problem; the start is given at each run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Problem<'a> {
    pub program: &'a Program,
    pub data: &'a FitData<'a>,
    pub loss: Smoothed,
    /// Constants without bounds that the expression is jointly affine in.
    pub linear: &'a [usize],
    /// Lower and upper bound of each constant; empty for none.
    pub bounds: &'a [(f64, f64)],
}

/// When a run ends by itself.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// Steps tried, accepted or not.
    pub max_iterations: usize,
    /// A step that lowers the loss by less than this share of it, and was expected to, is the last one.
    pub relative_reduction: f64,
}

/// Where a run ended.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Outcome {
    /// Sum (not mean) of the loss over the rows; infinite where the start was undefined.
    pub loss: f64,
    /// Did it end because nothing more was to be gained?
    pub converged: bool,
}

/// First damping, as a share of the curvature.
const FIRST_DAMPING: f64 = 1e-3;
/// Damping beyond which steps change nothing.
const LAST_DAMPING: f64 = 1e16;
/// Squared residuals of this share of the squared target are rounding noise.
const ROUNDING: f64 = 1e-32;

/// Minimises from `params`, which are only ever replaced by better ones.
///
/// Each step solves the damped normal equations with the linear constants undamped, which makes it the step of
/// Kaufman's variable projection in the other constants (the Schur complement of the linear block is his projected
/// Hessian) and the joint Gauss-Newton step in the linear ones (Golub and Pereyra 2003, section 5). Where the joint
/// step disappoints, the linear constants are solved for anew at the new place before it is judged; where it does
/// not, that would cost a second pass over the rows. On benchmark laws this finds as many as solving at every step, at
/// less work, and clearly more than never solving, at much less. Damping follows Nielsen (1999), in units of
/// the curvature (Marquardt 1963).
pub(crate) fn minimise(
    problem: &Problem<'_>,
    params: &mut [f64],
    limits: Limits,
    workspace: &mut Workspace,
    work: &mut Work,
) -> Outcome {
    minimise_emphasised(problem, None, params, limits, workspace, work)
}

/// [`minimise`] with smooth residuals counted otherwise than the rest; only with the squared error.
pub(crate) fn minimise_emphasised(
    problem: &Problem<'_>,
    emphasis: Option<Emphasis<'_>>,
    params: &mut [f64],
    limits: Limits,
    workspace: &mut Workspace,
    work: &mut Work,
) -> Outcome {
    let mut run = Run {
        problem,
        emphasis,
        workspace,
        work,
        cholesky: Cholesky::default(),
        step: vec![0.0; params.len()],
        trial: params.to_vec(),
        perfect: ROUNDING
            * problem.data.target.iter().enumerate().map(|(i, y)| problem.data.weight(i) * y * y).sum::<f64>(),
    };
    run.minimise(params, limits)
}

struct Run<'r, 'p> {
    problem: &'r Problem<'p>,
    emphasis: Option<Emphasis<'r>>,
    workspace: &'r mut Workspace,
    work: &'r mut Work,
    cholesky: Cholesky,
    step: Vec<f64>,
    trial: Vec<f64>,
    perfect: f64,
}

impl Run<'_, '_> {
    fn minimise(&mut self, params: &mut [f64], limits: Limits) -> Outcome {
        self.trial.copy_from_slice(params);
        if !self.linearise_trial() {
            return Outcome { loss: f64::INFINITY, converged: false };
        }
        std::mem::swap(&mut self.workspace.current, &mut self.workspace.trial);
        self.start_with_best_linear(params);
        let mut damping = FIRST_DAMPING;
        let mut growth = 2.0;
        for _ in 0..limits.max_iterations {
            let loss = self.workspace.current.loss;
            if loss <= self.perfect {
                return Outcome { loss, converged: true };
            }
            if self.work.exhausted() {
                return Outcome { loss, converged: false };
            }
            let expected = self.propose(params, damping);
            let still = self.step.iter().zip(&*params).all(|(step, value)| step.abs() <= 1e-16 * value.abs());
            if still || damping > LAST_DAMPING || expected.is_nan() || expected <= 1e-16 * loss {
                return Outcome { loss, converged: true };
            }
            let reduction = if self.try_step(loss, expected) { loss - self.workspace.trial.loss } else { f64::NAN };
            if reduction > 0.0 {
                params.copy_from_slice(&self.trial);
                std::mem::swap(&mut self.workspace.current, &mut self.workspace.trial);
                let ratio = reduction / expected;
                damping *= (1.0 - (2.0 * ratio - 1.0).powi(3)).max(1.0 / 3.0);
                growth = 2.0;
                if reduction <= limits.relative_reduction * loss && expected <= 4.0 * limits.relative_reduction * loss {
                    return Outcome { loss: self.workspace.current.loss, converged: true };
                }
            } else {
                damping *= growth;
                growth *= 2.0;
            }
        }
        Outcome { loss: self.workspace.current.loss, converged: false }
    }

    /// Linearises at `trial`; is the loss defined there?
    fn linearise_trial(&mut self) -> bool {
        let Workspace { scratch, trial, .. } = &mut *self.workspace;
        let Problem { program, data, loss, .. } = *self.problem;
        trial.linearise_emphasised(program, &self.trial, data, loss, self.emphasis, scratch, self.work)
    }

    /// Solves for the linear constants at the start, where they may be far off.
    fn start_with_best_linear(&mut self, params: &mut [f64]) {
        if self.problem.linear.is_empty() || !self.problem.loss.is_squared() {
            return;
        }
        let loss = self.workspace.current.loss;
        self.trial.copy_from_slice(params);
        let expected = linear_step(&self.workspace.current, self.problem.linear, &mut self.cholesky, &mut self.step);
        self.work.solve(self.problem.linear.len());
        if expected <= 1e-3 * loss {
            return;
        }
        for &index in self.problem.linear {
            self.trial[index] += self.step[index];
        }
        if self.linearise_trial() && self.workspace.trial.loss < loss {
            params.copy_from_slice(&self.trial);
            std::mem::swap(&mut self.workspace.current, &mut self.workspace.trial);
        }
    }

    /// Leaves the damped step from `params` in `step` and where it leads in `trial`; returns the loss that it is expected to save.
    fn propose(&mut self, params: &[f64], damping: f64) -> f64 {
        let current = &mut self.workspace.current;
        let k = current.k;
        for (index, &(low, high)) in self.problem.bounds.iter().enumerate() {
            let pushed = current.gradient[index];
            if (params[index] <= low && pushed < 0.0) || (params[index] >= high && pushed > 0.0) {
                // The constant is held at its bound: without a diagonal it is dropped from the system.
                current.matrix[index * k + index] = 0.0;
            }
        }
        self.cholesky.factorise_damped(&current.matrix, k, self.problem.linear, damping);
        self.step.copy_from_slice(&current.gradient);
        self.cholesky.solve(&mut self.step);
        self.work.solve(k);
        let mut expected = 0.0;
        for (index, (&step, &value)) in self.step.iter().zip(params).enumerate() {
            expected += step * (current.gradient[index] + self.cholesky.damping()[index] * step);
            let value = value + step;
            self.trial[index] = match self.problem.bounds.get(index) {
                Some(&(low, high)) => value.max(low).min(high),
                None => value,
            };
        }
        expected
    }

    /// Goes to `trial`, with the linear constants solved anew if the step disappoints; is the loss defined there?
    fn try_step(&mut self, loss: f64, expected: f64) -> bool {
        if self.trial.iter().any(|value| !value.is_finite()) || !self.linearise_trial() {
            return false;
        }
        let reached = self.workspace.trial.loss;
        let linear = self.problem.linear;
        let disappoints = loss - reached < 0.5 * expected;
        if !disappoints || linear.is_empty() || linear.len() == self.trial.len() || !self.problem.loss.is_squared() {
            return true;
        }
        let more = linear_step(&self.workspace.trial, linear, &mut self.cholesky, &mut self.step);
        self.work.solve(linear.len());
        let hoped = reached - more;
        if !(hoped < loss && hoped < 0.9 * reached) {
            return true;
        }
        for &index in linear {
            self.trial[index] += self.step[index];
        }
        self.linearise_trial()
    }
}

/// Leaves the step to the best values of the linear constants in `step` and returns the loss that it saves.
pub(crate) fn linear_step(
    equations: &NormalEquations,
    linear: &[usize],
    cholesky: &mut Cholesky,
    step: &mut [f64],
) -> f64 {
    let (k, m) = (equations.k, linear.len());
    let block: Vec<f64> = linear.iter().flat_map(|i| linear.iter().map(move |j| equations.matrix[i * k + j])).collect();
    cholesky.factorise(&block, m);
    let mut solution: Vec<f64> = linear.iter().map(|i| equations.gradient[*i]).collect();
    cholesky.solve(&mut solution);
    let mut saved = 0.0;
    for (index, value) in linear.iter().zip(&solution) {
        step[*index] = *value;
        saved += value * equations.gradient[*index];
    }
    saved
}
