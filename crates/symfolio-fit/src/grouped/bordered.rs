//! Levenberg-Marquardt on bordered block-diagonal normal equations.

use symfolio_expr::Program;

use super::Layout;
use crate::cholesky::Cholesky;
use crate::data::{FitData, Workspace};
use crate::levenberg_marquardt::Limits;
use crate::loss::{Loss, measure};
use crate::normal_equations::NormalEquations;
use crate::robust::Smoothed;
use crate::work::Work;

/// Constants of all groups, and the mean loss there.
#[derive(Clone, Debug)]
pub(super) struct JointPlace {
    /// Shape `(n_groups, n_constants)`; shared constants are the same in all.
    pub params: Vec<Vec<f64>>,
    /// Mean over all rows; infinite where undefined.
    pub loss: f64,
    pub converged: bool,
}

/// A joint minimisation; the start is given at each run.
pub(super) struct Joint<'a> {
    pub program: &'a Program,
    pub groups: &'a [FitData<'a>],
    pub layout: &'a Layout,
    /// Constants without bounds that the expression is jointly affine in.
    pub linear: &'a [usize],
    /// Lower and upper bound of each constant; empty for none.
    pub bounds: &'a [(f64, f64)],
    /// A constant that stays where it is: a shared one, or one of a group.
    pub held: Option<Held>,
}

/// A constant that is not to move.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Held {
    /// Which constant.
    pub constant: usize,
    /// In which group; `None` for a shared constant, and for an own one that is held in all groups.
    pub group: Option<usize>,
}

const FIRST_DAMPING: f64 = 1e-3;
const LAST_DAMPING: f64 = 1e16;
/// Squared residuals of this share of the squared target are rounding noise.
const ROUNDING: f64 = 1e-32;
/// How much of the mean loss the kink of a loss is rounded by, one run after the other.
const WIDTHS: [f64; 5] = [0.3, 0.03, 3e-3, 1e-4, 1e-6];

impl Joint<'_> {
    /// Descends from `place`; never to a worse one.
    pub(super) fn descend(
        &self,
        place: JointPlace,
        loss: Loss,
        limits: Limits,
        workspace: &mut Workspace,
        work: &mut Work,
    ) -> JointPlace {
        let mut best = place;
        best.loss = self.mean_loss(&best.params, loss, workspace, work);
        let kinked = matches!(loss, Loss::AbsoluteError | Loss::Quantile { .. });
        for width in if kinked { &WIDTHS[..] } else { &[0.0] } {
            if !(best.loss > 0.0 && best.loss.is_finite()) || work.exhausted() {
                break;
            }
            let rounded = Smoothed { loss, epsilon: width * best.loss };
            let mut params = best.params.clone();
            let converged = Run::new(self, rounded, workspace, work).minimise(&mut params, limits);
            let reached = self.mean_loss(&params, loss, workspace, work);
            if reached <= best.loss {
                best = JointPlace { params, loss: reached, converged };
            }
        }
        best
    }

    fn mean_loss(&self, params: &[Vec<f64>], loss: Loss, workspace: &mut Workspace, work: &mut Work) -> f64 {
        let (mut sum, mut total) = (0.0, 0.0);
        for (group, params) in self.groups.iter().zip(params) {
            let weight = group.total_weight();
            if weight > 0.0 {
                sum += weight * measure(self.program, params, group, loss, workspace, work);
                total += weight;
            }
        }
        let mean = sum / total;
        if mean.is_finite() { mean } else { f64::INFINITY }
    }
}

struct Run<'r, 'j> {
    joint: &'r Joint<'j>,
    loss: Smoothed,
    workspace: &'r mut Workspace,
    work: &'r mut Work,
    current: Vec<NormalEquations>,
    trial: Vec<NormalEquations>,
    perfect: f64,
    cholesky: Cholesky,
}

impl<'r, 'j> Run<'r, 'j> {
    fn new(joint: &'r Joint<'j>, loss: Smoothed, workspace: &'r mut Workspace, work: &'r mut Work) -> Run<'r, 'j> {
        let square = |group: &FitData<'_>| -> f64 {
            group.target.iter().enumerate().map(|(row, y)| group.weight(row) * y * y).sum()
        };
        let none = vec![NormalEquations::default(); joint.groups.len()];
        Run {
            perfect: ROUNDING * joint.groups.iter().map(square).sum::<f64>(),
            current: none.clone(),
            trial: none,
            cholesky: Cholesky::default(),
            joint,
            loss,
            workspace,
            work,
        }
    }

    /// Minimises from `params`, which are only ever replaced by better ones; did it end because nothing more was to be gained?
    fn minimise(mut self, params: &mut Vec<Vec<f64>>, limits: Limits) -> bool {
        if !self.linearise_trial(params) {
            return false;
        }
        std::mem::swap(&mut self.current, &mut self.trial);
        let (mut damping, mut growth) = (FIRST_DAMPING, 2.0);
        for _ in 0..limits.max_iterations {
            let loss: f64 = self.current.iter().map(|equations| equations.loss).sum();
            if loss <= self.perfect {
                return true;
            }
            if self.work.exhausted() {
                return false;
            }
            let (trial, expected, still) = self.propose(params, damping);
            if still || damping > LAST_DAMPING || expected.is_nan() || expected <= 1e-16 * loss {
                return true;
            }
            let defined = trial.iter().flatten().all(|value| value.is_finite()) && self.linearise_trial(&trial);
            let reached: f64 = self.trial.iter().map(|equations| equations.loss).sum();
            let reduction = if defined { loss - reached } else { f64::NAN };
            if reduction > 0.0 {
                *params = trial;
                std::mem::swap(&mut self.current, &mut self.trial);
                damping *= (1.0 - (2.0 * reduction / expected - 1.0).powi(3)).max(1.0 / 3.0);
                growth = 2.0;
                if reduction <= limits.relative_reduction * loss && expected <= 4.0 * limits.relative_reduction * loss {
                    return true;
                }
            } else {
                damping *= growth;
                growth *= 2.0;
            }
        }
        false
    }

    fn linearise_trial(&mut self, params: &[Vec<f64>]) -> bool {
        let Joint { program, groups, .. } = *self.joint;
        let mut all = self.trial.iter_mut().zip(groups).zip(params);
        all.all(|((equations, group), params)| {
            equations.linearise(program, params, group, self.loss, &mut self.workspace.scratch, self.work)
        })
    }

    /// The damped step from `params`: where it leads, what it is expected to save, and whether it moves nothing.
    ///
    /// With own block `A`, shared block `C`, border `B` and gradients `a`, `c` of a group, the shared step solves
    /// `(sum of C - B^T A^-1 B) s = sum of c - B^T A^-1 a`, and the group's own step is `A^-1 (a - B s)`. Linear constants
    /// are not damped, as in the descent of a single group.
    fn propose(&mut self, params: &[Vec<f64>], damping: f64) -> (Vec<Vec<f64>>, f64, bool) {
        let Joint { layout, linear, bounds, held: fixed, .. } = *self.joint;
        let (s, m) = (layout.shared.len(), layout.own.len());
        let k = s + m;
        let mut schur = vec![0.0; s * s];
        let mut right: Vec<f64> = vec![0.0; s];
        // What is pushed out of its bounds is held there: without a diagonal it is dropped from the system.
        let stuck = |index: usize, value: f64, pushed: f64| {
            bounds
                .get(index)
                .is_some_and(|(low, high)| (value <= *low && pushed < 0.0) || (value >= *high && pushed > 0.0))
        };
        let total_gradient =
            |index: usize| -> f64 { self.current.iter().map(|equations| equations.gradient[index]).sum() };
        let is_fixed = |constant: usize, group: Option<usize>| fixed == Some(Held { constant, group });
        let held: Vec<bool> = layout
            .shared
            .iter()
            .map(|index| is_fixed(*index, None) || stuck(*index, params[0][*index], total_gradient(*index)))
            .collect();
        let undamped = |of: &[usize]| -> Vec<usize> { (0..of.len()).filter(|at| linear.contains(&of[*at])).collect() };
        let (own_undamped, shared_undamped) = (undamped(&layout.own), undamped(&layout.shared));
        // A^-1 a, A^-1 B column by column, and the damping of each group.
        let mut eliminated = Vec::with_capacity(self.current.len());
        for (group, (equations, values)) in self.current.iter().zip(params).enumerate() {
            let at = |i: usize, j: usize| equations.matrix[i * k + j];
            let mut own: Vec<f64> = layout
                .own
                .iter()
                .flat_map(|i| layout.own.iter().map(move |j| (*i, *j)))
                .map(|(i, j)| at(i, j))
                .collect();
            for (position, index) in layout.own.iter().enumerate() {
                if is_fixed(*index, Some(group)) || stuck(*index, values[*index], equations.gradient[*index]) {
                    own[position * m + position] = 0.0;
                }
            }
            self.cholesky.factorise_damped(&own, m, &own_undamped, damping);
            let mut solved_gradient: Vec<f64> = layout.own.iter().map(|index| equations.gradient[*index]).collect();
            self.cholesky.solve(&mut solved_gradient);
            let mut solved_border = Vec::with_capacity(s * m);
            for (column, shared) in layout.shared.iter().enumerate() {
                let border: Vec<f64> = layout.own.iter().map(|own| at(*own, *shared)).collect();
                let mut solved = border.clone();
                self.cholesky.solve(&mut solved);
                for (row, other) in layout.shared.iter().enumerate() {
                    let through: f64 =
                        layout.own.iter().zip(&solved).map(|(own, value)| at(*own, *other) * value).sum();
                    schur[row * s + column] += at(*other, *shared) - through;
                }
                let through: f64 = border.iter().zip(&solved_gradient).map(|(border, value)| border * value).sum();
                right[column] += equations.gradient[*shared] - through;
                solved_border.push(solved);
            }
            eliminated.push((solved_gradient, solved_border, self.cholesky.damping().to_vec()));
        }
        // Each group's own block and border, then the shared constants.
        (0..self.current.len()).for_each(|_| self.work.solve(k));
        self.work.solve(s);
        for (position, _) in held.iter().enumerate().filter(|(_, held)| **held) {
            schur[position * s + position] = 0.0;
        }
        self.cholesky.factorise_damped(&schur, s, &shared_undamped, damping);
        let mut shared_step = right;
        self.cholesky.solve(&mut shared_step);
        let mut expected = 0.0;
        for ((index, step), damping) in layout.shared.iter().zip(&shared_step).zip(self.cholesky.damping()) {
            expected += step * (total_gradient(*index) + damping * step);
        }
        let mut still = true;
        let mut moved = |index: usize, value: f64, step: f64| {
            still &= step.abs() <= 1e-16 * value.abs();
            let value = value + step;
            bounds.get(index).map_or(value, |(low, high)| value.max(*low).min(*high))
        };
        let mut trial = params.to_vec();
        for ((equations, trial), (solved, border, own_damping)) in self.current.iter().zip(&mut trial).zip(&eliminated)
        {
            for (position, index) in layout.own.iter().enumerate() {
                let through: f64 = border.iter().zip(&shared_step).map(|(column, step)| column[position] * step).sum();
                let step = solved[position] - through;
                expected += step * (equations.gradient[*index] + own_damping[position] * step);
                trial[*index] = moved(*index, trial[*index], step);
            }
            for (index, step) in layout.shared.iter().zip(&shared_step) {
                trial[*index] = moved(*index, trial[*index], *step);
            }
        }
        (trial, expected, still)
    }
}
