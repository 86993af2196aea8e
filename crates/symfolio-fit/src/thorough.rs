//! The global search: many starts that know the structure, then hops from the best place found.

use rand::RngExt;
use rand::seq::index::sample;
use rand_chacha::ChaCha8Rng;
use symfolio_expr::{Columns, Expr};

use crate::cholesky::Cholesky;
use crate::data::{FitData, Workspace};
use crate::descent::{Place, descend};
use crate::levenberg_marquardt::{Limits, Problem, linear_step};
use crate::robust::Smoothed;
use crate::starts::StartSampler;
use crate::work::Work;

/// Rows that all starts are compared on, and those that the best of them are compared on again.
const SCREENED_ROWS: usize = 128;
const COMPARED_ROWS: usize = 600;
/// Steps of a first look at a start, and of a run to the end.
const LOOK: Limits = Limits { max_iterations: 12, relative_reduction: 1e-6 };
/// Rounds of hops without a gain after which the search ends.
const IDLE_ROUNDS: usize = 4;
/// As many independent runs that end at the same best loss end the search.
const ENOUGH_HITS: usize = 4;
/// Losses that agree to this share are the same place.
const SAME: f64 = 1e-4;

/// Where a search stands.
pub(crate) struct Search<'s> {
    pub problem: &'s Problem<'s>,
    pub expr: &'s Expr,
    pub limits: Limits,
    /// Mean loss below which the fit is perfect but for rounding.
    pub perfect: f64,
    pub workspace: &'s mut Workspace,
    pub work: &'s mut Work,
}

impl Search<'_> {
    /// Searches from `best`, which may be undefined (an infinite loss), and returns the best place found.
    pub(crate) fn run(&mut self, rng: &mut ChaCha8Rng, mut best: Place) -> Place {
        let free: Vec<usize> = (0..best.params.len()).filter(|k| !self.problem.linear.contains(k)).collect();
        if self.done(&best) || free.is_empty() {
            return best;
        }
        let (few, more) =
            (some_rows(rng, self.problem.data, SCREENED_ROWS), some_rows(rng, self.problem.data, COMPARED_ROWS));
        let sampler = StartSampler::new(self.expr, self.problem.data);
        let nothing = vec![None; best.params.len()];
        let n_angles = sampler.n_frequencies();
        let mut hits = 0;
        for round in 0..3 {
            // Places with the right frequencies are narrow: one frequency is found among hundreds of draws, a pair among thousands.
            let draws = if n_angles > 1 { 600 << (2 * round) } else { 150 << (2 * round) };
            let drawn: Vec<Vec<f64>> = (0..draws).map(|_| sampler.draw(rng, &nothing)).collect();
            let screened = self.most_promising(drawn, &few, 48);
            for start in self.most_promising(screened, &more, 6) {
                let place = self.descend(start);
                if place.loss < best.loss * (1.0 - SAME) {
                    hits = 0;
                }
                if place.loss <= best.loss * (1.0 + SAME) {
                    hits += 1;
                }
                keep_better(&mut best, place);
                if self.done(&best) {
                    return best;
                }
            }
            if hits >= ENOUGH_HITS {
                break;
            }
        }
        let mut idle = if hits >= ENOUGH_HITS { IDLE_ROUNDS - 2 } else { 0 };
        while idle < IDLE_ROUNDS {
            let before = best.loss;
            let drawn: Vec<Vec<f64>> = (0..200)
                .map(|_| {
                    let mut keep: Vec<Option<f64>> = best.params.iter().copied().map(Some).collect();
                    let count = 1 + rng.random_range(0..free.len().min(3));
                    for position in sample(rng, free.len(), count) {
                        keep[free[position]] = None;
                    }
                    sampler.draw(rng, &keep)
                })
                .collect();
            for start in self.most_promising(drawn, &more, 4) {
                let place = self.descend(start);
                keep_better(&mut best, place);
                if self.done(&best) {
                    return best;
                }
            }
            idle = if best.loss < before * (1.0 - SAME) { 0 } else { idle + 1 };
        }
        best
    }

    fn done(&self, best: &Place) -> bool {
        best.loss <= self.perfect || self.work.exhausted()
    }

    fn descend(&mut self, start: Vec<f64>) -> Place {
        let mut place = descend(self.problem, start, LOOK, self.workspace, self.work);
        if place.loss.is_finite() && !place.converged {
            place = descend(self.problem, place.params, self.limits, self.workspace, self.work);
        }
        place
    }

    /// The `count` best starts once the linear constants are solved for, best first, no two of the same loss.
    fn most_promising(&mut self, starts: Vec<Vec<f64>>, rows: &Rows, count: usize) -> Vec<Vec<f64>> {
        let columns = Columns::new(rows.columns.iter().map(Vec::as_slice));
        let data = FitData { columns: &columns, target: &rows.target, weights: rows.weights.as_deref() };
        let mut cholesky = Cholesky::default();
        let mut scored: Vec<(f64, Vec<f64>)> = Vec::with_capacity(starts.len());
        for mut start in starts {
            if self.work.exhausted() {
                break;
            }
            for (value, &(low, high)) in start.iter_mut().zip(self.problem.bounds) {
                *value = value.max(low).min(high);
            }
            let loss = self.project(&mut start, &data, &mut cholesky);
            if loss.is_finite() && start.iter().all(|value| value.is_finite()) {
                scored.push((loss, start));
            }
        }
        scored.sort_by(|a, b| a.0.total_cmp(&b.0));
        scored.dedup_by(|a, b| (a.0 - b.0).abs() <= 1e-6 * b.0);
        scored.truncate(count);
        scored.into_iter().map(|(_, start)| start).collect()
    }

    /// Solves for the linear constants in place; the sum of the losses that is then left, nearly.
    fn project(&mut self, params: &mut [f64], data: &FitData<'_>, cholesky: &mut Cholesky) -> f64 {
        self.problem.linear.iter().for_each(|index| params[*index] = 1.0);
        let squares = self.project_once(params, data, Smoothed::squared(), cholesky);
        let loss = self.problem.loss.loss;
        if loss.is_squared() || !squares.is_finite() {
            return squares;
        }
        // One reweighted step from there, with kinks rounded by a tenth of the typical residual.
        let epsilon = 0.1 * (squares / data.total_weight()).sqrt().max(f64::MIN_POSITIVE);
        self.project_once(params, data, Smoothed { loss, epsilon }, cholesky)
    }

    fn project_once(&mut self, params: &mut [f64], data: &FitData<'_>, loss: Smoothed, cholesky: &mut Cholesky) -> f64 {
        let Workspace { scratch, trial, .. } = &mut *self.workspace;
        if !trial.linearise(self.problem.program, params, data, loss, scratch, self.work) {
            return f64::INFINITY;
        }
        let mut step = vec![0.0; params.len()];
        let saved = linear_step(trial, self.problem.linear, cholesky, &mut step);
        self.work.solve(self.problem.linear.len());
        params.iter_mut().zip(&step).for_each(|(value, step)| *value += step);
        (trial.loss - saved).max(0.0)
    }
}

fn keep_better(best: &mut Place, place: Place) {
    if place.loss < best.loss {
        *best = place;
    }
}

/// Copies of some of the rows.
struct Rows {
    columns: Vec<Vec<f64>>,
    target: Vec<f64>,
    weights: Option<Vec<f64>>,
}

/// At most `count` rows, drawn without replacement: evenly spaced ones would take high frequencies for low ones.
fn some_rows(rng: &mut ChaCha8Rng, data: &FitData<'_>, count: usize) -> Rows {
    let n = data.n_rows();
    let mut chosen: Vec<usize> = if n <= count { (0..n).collect() } else { sample(rng, n, count).into_vec() };
    chosen.sort_unstable();
    let take = |values: &[f64]| -> Vec<f64> { chosen.iter().map(|row| values[*row]).collect() };
    Rows {
        columns: (0..data.columns.n_features()).map(|index| take(data.columns.column(index))).collect(),
        target: take(data.target),
        weights: data.weights.map(take),
    }
}
