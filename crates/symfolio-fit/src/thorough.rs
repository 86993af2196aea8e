//! The global search: many starts that know the structure, then hops from the best place found.

use rand::seq::index::sample;
use rand_chacha::ChaCha8Rng;
use symfolio_expr::{Columns, Expr};

use crate::cholesky::Cholesky;
use crate::data::{FitData, Workspace};
use crate::descent::{Place, descend};
use crate::levenberg_marquardt::{Limits, Problem, linear_step};
use crate::robust::Smoothed;
use crate::starts::{PROBES, StartSampler};
use crate::work::Work;

/// Rows that starts are judged on, those drawn from anywhere and those that differ little from the best place.
const FEW: usize = 128;
const MORE: usize = 600;
/// Steps before starts are compared, of a first run on all rows, and of the run to the end if that promises something.
const FIRST_LOOK: Limits = Limits { max_iterations: 8, relative_reduction: 1e-4 };
const LOOK: Limits = Limits { max_iterations: 12, relative_reduction: 1e-6 };
/// Rounds of draws from anywhere, each of four times as many.
const ROUNDS: usize = 3;
/// A loss on some of the rows of this many times the best one on all rows is not chance.
const CLEARLY: f64 = 1.3;
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
        let (few, more) = (some_rows(rng, self.problem.data, FEW), some_rows(rng, self.problem.data, MORE));
        let sampler = StartSampler::new(self.expr, self.problem.data);
        let enough = self.draw_anywhere(rng, &sampler, &few, &more, &mut best);
        if self.done(&best) {
            return best;
        }
        let mut idle = if enough { IDLE_ROUNDS - 2 } else { 0 };
        while idle < IDLE_ROUNDS && !self.done(&best) {
            let before = best.loss;
            self.hop(rng, &sampler, &free, &more, &mut best);
            idle = if best.loss < before * (1.0 - SAME) { 0 } else { idle + 1 };
        }
        best
    }

    /// Starts drawn with no regard to what is known; did as many runs as one may ask for end at the same best place?
    fn draw_anywhere(
        &mut self,
        rng: &mut ChaCha8Rng,
        sampler: &StartSampler<'_>,
        few: &Rows,
        more: &Rows,
        best: &mut Place,
    ) -> bool {
        let nothing = vec![None; best.params.len()];
        // One constant with a narrow valley, such as a frequency, takes hundreds of draws, a pair of them thousands.
        let first_draws = if sampler.narrow().len() > 1 { 600 } else { 150 };
        let mut hits = 0;
        for round in 0..ROUNDS {
            let drawn = (0..first_draws << (2 * round)).map(|_| sampler.draw(rng, &nothing));
            for start in self.most_promising(drawn, few, 40, 6) {
                let place = self.descend(start, more, best.loss);
                if place.loss < best.loss * (1.0 - SAME) {
                    hits = 0;
                }
                if place.loss <= best.loss * (1.0 + SAME) {
                    hits += 1;
                }
                keep_better(best, place);
                if self.done(best) {
                    return true;
                }
            }
            if hits >= ENOUGH_HITS {
                return true;
            }
        }
        false
    }

    /// Starts that differ from the best place in one or two constants. For a frequency this is a scan of its range with
    /// all that is known subtracted, a periodogram of the residuals.
    fn hop(&mut self, rng: &mut ChaCha8Rng, sampler: &StartSampler<'_>, free: &[usize], rows: &Rows, best: &mut Place) {
        // Which constants change, and how many draws of them.
        let mut plan: Vec<(Vec<usize>, usize)> = Vec::new();
        for index in free {
            plan.push((vec![*index], if sampler.narrow().contains(index) { 80 } else { 20 }));
        }
        if free.len() > 1 {
            let pairs = std::iter::repeat_with(|| sample(rng, free.len(), 2).into_iter().map(|at| free[at]).collect());
            plan.extend(pairs.take(8 * free.len()).map(|pair| (pair, 10)));
        }
        let held: Vec<Option<f64>> = best.params.iter().copied().map(Some).collect();
        let drawn = plan.iter().flat_map(|(changed, count)| std::iter::repeat_n(changed, *count)).map(|changed| {
            let mut keep = held.clone();
            changed.iter().for_each(|index| keep[*index] = None);
            sampler.draw(rng, &keep)
        });
        for start in self.most_promising(drawn, rows, 16, 4) {
            let place = self.descend(start, rows, best.loss);
            keep_better(best, place);
            if self.done(best) {
                return;
            }
        }
    }

    fn done(&self, best: &Place) -> bool {
        best.loss <= self.perfect || self.work.exhausted()
    }

    /// Descends on all rows; on a large table first on some of them, and no further if that ends clearly above `known`.
    fn descend(&mut self, start: Vec<f64>, some: &Rows, known: f64) -> Place {
        let mut start = start;
        if self.problem.data.n_rows() > 2 * some.target.len() {
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

    /// The `count` best of these starts, judged on `rows`: the `n_looked_at` best once their linear constants are solved for
    /// take a few steps, and the best of the different places they reach are returned, best first.
    ///
    /// Without those steps a start in a wide valley of mediocre fits would win over one in the narrow valley of the law.
    fn most_promising(
        &mut self,
        starts: impl Iterator<Item = Vec<f64>>,
        rows: &Rows,
        n_looked_at: usize,
        count: usize,
    ) -> Vec<Vec<f64>> {
        let columns = rows.columns();
        let data = rows.data(&columns);
        let problem = Problem { data: &data, ..*self.problem };
        let mut cholesky = Cholesky::default();
        let mut places: Vec<Place> = Vec::new();
        for mut params in starts {
            if self.work.exhausted() {
                break;
            }
            self.work.evaluation(problem.program, PROBES);
            for (value, &(low, high)) in params.iter_mut().zip(problem.bounds) {
                *value = value.max(low).min(high);
            }
            let loss = self.project(&mut params, &data, &mut cholesky);
            if loss.is_finite() && params.iter().all(|value| value.is_finite()) {
                places.push(Place { params, loss, converged: false });
            }
        }
        keep_best(&mut places, 1e-6, n_looked_at);
        for place in &mut places {
            let reached = descend(&problem, std::mem::take(&mut place.params), FIRST_LOOK, self.workspace, self.work);
            *place = reached;
        }
        keep_best(&mut places, SAME, count);
        places.into_iter().map(|place| place.params).collect()
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

/// The `count` places of lowest loss, of those whose losses agree to the share `same` only one, best first.
fn keep_best(places: &mut Vec<Place>, same: f64, count: usize) {
    places.sort_by(|a, b| a.loss.total_cmp(&b.loss));
    places.dedup_by(|a, b| (a.loss - b.loss).abs() <= same * b.loss);
    places.truncate(count);
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

impl Rows {
    fn columns(&self) -> Columns<'_> {
        Columns::new(self.columns.iter().map(Vec::as_slice))
    }

    fn data<'d>(&'d self, columns: &'d Columns<'d>) -> FitData<'d> {
        FitData { columns, target: &self.target, weights: self.weights.as_deref() }
    }
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
