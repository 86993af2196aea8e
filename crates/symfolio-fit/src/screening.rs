//! Starts are compared by what is left of the loss once their linear constants are solved for, and after a few steps.

use crate::cholesky::Cholesky;
use crate::data::{FitData, Workspace};
use crate::descent::{Place, descend};
use crate::levenberg_marquardt::{Limits, Problem, linear_step};
use crate::robust::Smoothed;
use crate::rows::Rows;
use crate::starts::PROBES;
use crate::thorough::{SAME, Search};

/// Steps before starts are compared, of a first run on all rows, and of the run to the end if that promises something.
const FIRST_LOOK: Limits = Limits { max_iterations: 8, relative_reduction: 1e-4 };
pub(crate) const LOOK: Limits = Limits { max_iterations: 12, relative_reduction: 1e-6 };
/// A loss on some of the rows of this many times the best one on all rows is not chance.
const CLEARLY: f64 = 1.3;

/// How many starts are looked at closely, and how many of them are handed on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sieve {
    pub looked_at: usize,
    pub kept: usize,
}

impl Search<'_> {
    /// Descends on all rows; on a large table first on some of them, and no further if that ends clearly above `known`.
    pub(crate) fn descend(&mut self, start: Vec<f64>, some: &Rows, known: f64) -> Place {
        let mut start = start;
        if self.problem.data.n_rows() > 2 * some.len() {
            let columns = some.columns();
            let problem = Problem { data: &some.data(&columns), ..*self.problem };
            let place = descend(&problem, start, self.limits, self.workspace, self.work);
            if place.loss > CLEARLY * known {
                return Place { loss: f64::INFINITY, ..place };
            }
            start = place.params;
        }
        let mut place = descend(self.problem, start, LOOK, self.workspace, self.work);
        if place.loss.is_finite() && !place.converged {
            place = descend(self.problem, place.params, self.limits, self.workspace, self.work);
        }
        place
    }

    /// The best of these starts, judged on `rows`: the best ones once their linear constants are solved for take a few
    /// steps, and the best of the different places they reach are returned, best first.
    ///
    /// Without those steps a start in a wide valley of mediocre fits would win over one in the narrow valley of the law.
    pub(crate) fn most_promising(
        &mut self,
        starts: impl Iterator<Item = Vec<f64>>,
        rows: &Rows,
        sieve: Sieve,
    ) -> Vec<Vec<f64>> {
        let columns = rows.columns();
        let data = rows.data(&columns);
        let problem = Problem { data: &data, ..*self.problem };
        let mut places = self.projected(starts, &data);
        keep_best(&mut places, 1e-6, sieve.looked_at);
        for place in &mut places {
            let reached = descend(&problem, std::mem::take(&mut place.params), FIRST_LOOK, self.workspace, self.work);
            *place = reached;
        }
        keep_best(&mut places, SAME, sieve.kept);
        places.into_iter().map(|place| place.params).collect()
    }

    /// These starts within their bounds and with the best linear constants, where they are defined.
    pub(crate) fn projected(&mut self, starts: impl Iterator<Item = Vec<f64>>, data: &FitData<'_>) -> Vec<Place> {
        let mut cholesky = Cholesky::default();
        let mut places: Vec<Place> = Vec::new();
        for mut params in starts {
            if self.work.exhausted() {
                break;
            }
            self.work.evaluation(self.problem.program, PROBES);
            self.keep_within_bounds(&mut params);
            let loss = self.project(&mut params, data, &mut cholesky);
            if loss.is_finite() && params.iter().all(|value| value.is_finite()) {
                places.push(Place { params, loss, converged: false });
            }
        }
        places
    }

    pub(crate) fn keep_within_bounds(&self, params: &mut [f64]) {
        for (value, &(low, high)) in params.iter_mut().zip(self.problem.bounds) {
            *value = value.max(low).min(high);
        }
    }

    /// Solves for the linear constants in place; the sum of the losses that is then left, nearly.
    pub(crate) fn project(&mut self, params: &mut [f64], data: &FitData<'_>, cholesky: &mut Cholesky) -> f64 {
        // From 0: what is left would else be the difference of two large numbers.
        self.problem.linear.iter().for_each(|index| params[*index] = 0.0);
        let squares = self.project_once(params, self.problem.linear, data, Smoothed::squared(), cholesky);
        let loss = self.problem.loss.loss;
        if loss.is_squared() || !squares.is_finite() {
            return squares;
        }
        // One reweighted step from there, with kinks rounded by a tenth of the typical residual.
        let epsilon = 0.1 * (squares / data.total_weight()).sqrt().max(f64::MIN_POSITIVE);
        self.project_once(params, self.problem.linear, data, Smoothed { loss, epsilon }, cholesky)
    }

    /// [`Search::project`] of these linear constants only, for the squared error; the others are left alone.
    pub(crate) fn project_some(
        &mut self,
        params: &mut [f64],
        linear: &[usize],
        data: &FitData<'_>,
        cholesky: &mut Cholesky,
    ) -> f64 {
        linear.iter().for_each(|index| params[*index] = 0.0);
        self.project_once(params, linear, data, Smoothed::squared(), cholesky)
    }

    fn project_once(
        &mut self,
        params: &mut [f64],
        linear: &[usize],
        data: &FitData<'_>,
        loss: Smoothed,
        cholesky: &mut Cholesky,
    ) -> f64 {
        let Workspace { scratch, trial, .. } = &mut *self.workspace;
        if !trial.linearise(self.problem.program, params, data, loss, scratch, self.work) {
            return f64::INFINITY;
        }
        let mut step = vec![0.0; params.len()];
        let saved = linear_step(trial, linear, cholesky, &mut step);
        self.work.solve(linear.len());
        params.iter_mut().zip(&step).for_each(|(value, step)| *value += step);
        (trial.loss - saved).max(0.0)
    }
}

/// The `count` places of lowest loss, of those whose losses agree to the share `same` only one, best first.
pub(crate) fn keep_best(places: &mut Vec<Place>, same: f64, count: usize) {
    places.sort_by(|a, b| a.loss.total_cmp(&b.loss));
    places.dedup_by(|a, b| (a.loss - b.loss).abs() <= same * b.loss);
    places.truncate(count);
}
