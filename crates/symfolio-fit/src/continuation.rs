//! Continuation: problems with fewer valleys first, whose solutions lead to those of the true one.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use crate::cholesky::Cholesky;
use crate::data::FitData;
use crate::data::Workspace;
use crate::descent::{Place, descend};
use crate::emphasis::{Emphasis, waves};
use crate::levenberg_marquardt::{Limits, Problem, minimise_emphasised};
use crate::loss::Loss;
use crate::nelder_mead::nelder_mead;
use crate::robust::Smoothed;
use crate::rows::Rows;
use crate::screening::{LOOK, keep_best};
use crate::spectra::Shape;
use crate::thorough::{Field, SAME, Search, keep_better};

/// Starts drawn for a way, of those the ones that go it, and of those the ones that finish on the true problem.
const DRAWS: usize = 150;
const WALKERS: usize = 8;
const FINISHERS: usize = 2;
/// Steps on each of the problems on the way.
const STEPS: Limits = Limits { max_iterations: 12, relative_reduction: 1e-5 };
/// Shares of a variable's range that the rows are within.
const WINDOWS: [f64; 4] = [0.12, 0.25, 0.5, 0.8];
/// How many slow waves are kept of the residuals.
const PASSED: [usize; 4] = [3, 6, 12, 24];
/// What the squares of the other residuals count then.
const REST: f64 = 1e-3;
/// Slow waves of the free curve, and what the squares of what it takes up count.
const FREE_WAVES: usize = 8;
const FADING: [f64; 5] = [1e-4, 1e-3, 1e-2, 0.1, 0.4];
/// Moves of a simplex a constant, and the lengths of its first edges.
const MOVES: usize = 30;
const SHORTER: [f64; 3] = [1.0, -0.3, 0.1];

impl Search<'_> {
    /// Goes each of the ways once, and leaves the best place found in `best`.
    pub(crate) fn continuation(&mut self, rng: &mut ChaCha8Rng, field: &Field<'_>, best: &mut Place) {
        self.without_derivatives(field, best);
        let ways =
            [Search::forgive_outliers, Search::grow_windows, Search::low_passed, Search::fade_curve, Search::by_shape];
        for way in ways {
            let mut walkers = way(self, rng, field, best);
            // All are compared, and finish, on the true problem.
            let columns = field.more.columns();
            let problem = Problem { data: &field.more.data(&columns), ..*self.problem };
            for place in &mut walkers {
                *place = descend(&problem, std::mem::take(&mut place.params), STEPS, self.workspace, self.work);
            }
            keep_best(&mut walkers, SAME, FINISHERS);
            for place in walkers {
                let place = self.descend(place.params, &field.more, best.loss);
                self.note(place, best);
                if self.done(best) {
                    return;
                }
            }
        }
    }

    /// A simplex on the searched constants, with the linear ones solved for at each corner: where the expression has jumps,
    /// derivatives know nothing of them.
    fn without_derivatives(&mut self, field: &Field<'_>, best: &mut Place) {
        if !best.loss.is_finite() {
            return;
        }
        let data = self.problem.data;
        let Workspace { scratch, trial, .. } = &mut *self.workspace;
        if !trial.linearise(self.problem.program, &best.params, data, Smoothed::squared(), scratch, self.work) {
            return;
        }
        // As long as the change of the constant that would by itself undo residuals of this size.
        let k = trial.k;
        let edges: Vec<f64> = (field.free.iter())
            .map(|index| (trial.loss / trial.matrix[index * k + index]).sqrt())
            .map(|edge| if edge.is_finite() { edge } else { 0.0 })
            .collect();
        let mut cholesky = Cholesky::default();
        for shorter in SHORTER {
            let edges: Vec<f64> = edges.iter().map(|edge| shorter * edge).collect();
            let mut free: Vec<f64> = field.free.iter().map(|index| best.params[*index]).collect();
            let mut reached = Place { loss: f64::INFINITY, ..best.clone() };
            let before = best.loss * data.total_weight();
            nelder_mead(&mut free, before, &edges, MOVES * field.free.len(), |corner| {
                let mut params = best.params.clone();
                field.free.iter().zip(corner).for_each(|(index, value)| params[*index] = *value);
                let inside = self.problem.bounds.iter().zip(&params).all(|(&(low, high), v)| *v >= low && *v <= high);
                if !inside || self.work.exhausted() {
                    return f64::INFINITY;
                }
                let loss = self.project(&mut params, data, &mut cholesky);
                if loss < reached.loss {
                    reached = Place { params, loss, converged: false };
                }
                loss
            });
            if reached.loss < before {
                keep_better(best, descend(self.problem, reached.params, LOOK, self.workspace, self.work));
            }
        }
    }

    /// Starts from anywhere that are good on `data`.
    fn walkers(&mut self, rng: &mut ChaCha8Rng, field: &Field<'_>, data: &FitData<'_>) -> Vec<Place> {
        let nothing = vec![None; self.expr.params().len()];
        let drawn = (0..DRAWS).map(|_| field.sampler.draw(rng, &nothing, None));
        let mut places = self.projected(drawn, data);
        keep_best(&mut places, 1e-6, WALKERS);
        places
    }

    /// The absolute error, for which rows on the wrong side of a jump are outliers that hardly pull.
    fn forgive_outliers(&mut self, rng: &mut ChaCha8Rng, field: &Field<'_>, best: &Place) -> Vec<Place> {
        if !self.problem.loss.is_squared() {
            return Vec::new();
        }
        let columns = field.more.columns();
        let data = field.more.data(&columns);
        let mut walkers = self.walkers(rng, field, &data);
        walkers.push(best.clone());
        let loss = Smoothed { loss: Loss::AbsoluteError, epsilon: 0.0 };
        let problem = Problem { data: &data, loss, ..*self.problem };
        for place in &mut walkers {
            let limits = Limits { max_iterations: 25, ..STEPS };
            *place = descend(&problem, std::mem::take(&mut place.params), limits, self.workspace, self.work);
        }
        walkers
    }

    /// The rows in a window of one variable, which grows until it holds them all.
    fn grow_windows(&mut self, rng: &mut ChaCha8Rng, field: &Field<'_>, _: &Place) -> Vec<Place> {
        let variables = self.expr.variables();
        if variables.is_empty() {
            return Vec::new();
        }
        let variable = usize::from(variables[rng.random_range(0..variables.len())]);
        let centre = [0.0, 0.5, 1.0][rng.random_range(0..3)];
        let all = field.more.columns();
        let all = field.more.data(&all);
        let column = all.columns.column(variable);
        let mut order: Vec<usize> = (0..all.n_rows()).collect();
        order.sort_by(|a, b| column[*a].total_cmp(&column[*b]));
        let mut walkers: Option<Vec<Place>> = None;
        for share in WINDOWS {
            let count = ((share * order.len() as f64) as usize).max(3 * self.expr.params().len()).min(order.len());
            let from = (centre * (order.len() - count) as f64) as usize;
            let window = Rows::chosen(&all, &order[from..from + count]);
            let columns = window.columns();
            let data = window.data(&columns);
            let mut places = match walkers.take() {
                Some(places) => places,
                None => self.walkers(rng, field, &data),
            };
            let problem = Problem { data: &data, ..*self.problem };
            for place in &mut places {
                *place = descend(&problem, std::mem::take(&mut place.params), STEPS, self.workspace, self.work);
            }
            keep_best(&mut places, SAME, WALKERS);
            walkers = Some(places);
        }
        walkers.unwrap_or_default()
    }

    /// Residuals of which only slow waves count at first.
    fn low_passed(&mut self, rng: &mut ChaCha8Rng, field: &Field<'_>, _: &Place) -> Vec<Place> {
        let columns = field.more.columns();
        let data = field.more.data(&columns);
        let waves = waves(&data);
        let levels = PASSED.map(|count| (&waves[..count.min(waves.len())], 1.0, REST));
        self.walk(rng, field, &data, &levels)
    }

    /// A free smooth curve added to the expression, whose size is penalised more and more.
    fn fade_curve(&mut self, rng: &mut ChaCha8Rng, field: &Field<'_>, _: &Place) -> Vec<Place> {
        let columns = field.more.columns();
        let data = field.more.data(&columns);
        let waves = waves(&data);
        let waves = &waves[..FREE_WAVES.min(waves.len())];
        let levels = FADING.map(|smooth| (waves, smooth, 1.0));
        self.walk(rng, field, &data, &levels)
    }

    fn walk(
        &mut self,
        rng: &mut ChaCha8Rng,
        field: &Field<'_>,
        data: &FitData<'_>,
        levels: &[(&[Vec<f64>], f64, f64)],
    ) -> Vec<Place> {
        let problem = Problem { data, loss: Smoothed::squared(), ..*self.problem };
        let nothing = vec![None; self.expr.params().len()];
        let mut places: Vec<Place> = Vec::new();
        for (number, &(waves, smooth, rest)) in levels.iter().enumerate() {
            let emphasis = Some(Emphasis { waves, smooth, rest });
            let first = number == 0;
            if first {
                // The first problem alone says which starts are good.
                places.extend((0..DRAWS).map(|_| {
                    let mut params = field.sampler.draw(rng, &nothing, None);
                    self.keep_within_bounds(&mut params);
                    Place { params, loss: f64::INFINITY, converged: false }
                }));
            }
            let limits = if first { Limits { max_iterations: 2, ..STEPS } } else { STEPS };
            for place in &mut places {
                let outcome =
                    minimise_emphasised(&problem, emphasis, &mut place.params, limits, self.workspace, self.work);
                place.loss = if outcome.loss.is_nan() { f64::INFINITY } else { outcome.loss };
            }
            keep_best(&mut places, SAME, WALKERS);
        }
        places
    }

    /// Starts whose curve has the shape of the target's, wherever it lies.
    fn by_shape(&mut self, rng: &mut ChaCha8Rng, field: &Field<'_>, _: &Place) -> Vec<Place> {
        let variables = self.expr.variables();
        if variables.is_empty() {
            return Vec::new();
        }
        let variable = usize::from(variables[rng.random_range(0..variables.len())]);
        let columns = field.few.columns();
        let data = field.few.data(&columns);
        let shape = Shape::new(data.columns.column(variable), data.target);
        let nothing = vec![None; self.expr.params().len()];
        let drawn = (0..DRAWS).map(|_| field.sampler.draw(rng, &nothing, None));
        let places = self.projected(drawn, &data);
        let mut walkers = Vec::new();
        let mut measured: Vec<(f64, f64, Place)> = Vec::with_capacity(places.len());
        for place in places {
            let mut values = vec![0.0; data.n_rows()];
            self.problem.program.values(&place.params, &columns, &mut self.workspace.scratch, &mut values);
            self.work.evaluation(self.problem.program, values.len());
            measured.push((shape.spectrum_distance(&values), shape.transport_distance(&values), place));
        }
        measured.sort_by(|a, b| a.0.total_cmp(&b.0));
        walkers.extend(measured.iter().take(WALKERS / 2).map(|(.., place)| place.clone()));
        measured.sort_by(|a, b| a.1.total_cmp(&b.1));
        walkers.extend(measured.iter().take(WALKERS / 2).map(|(.., place)| place.clone()));
        walkers
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::levenberg_marquardt::minimise;
    use crate::linear::linear_constants;
    use crate::work::Work;
    use symfolio_expr::{Columns, Program, parse};

    /// Of 121 starts, how many lead to the law, by way of these levels.
    fn arrivals(text: &str, law: &[f64], ranges: [(f64, f64); 2], levels: &[(usize, f64, f64)]) -> usize {
        let expr = parse(text, &["x".to_string()]).unwrap();
        let program = Program::new(&expr);
        let mut workspace = Workspace::default();
        let x: Vec<f64> = (0..240).map(|row| -5.0 + 10.0 * f64::from((row * 103) % 240) / 239.0 + 1e-3).collect();
        let columns = Columns::new([x.as_slice()]);
        let mut target = vec![0.0; x.len()];
        program.values(law, &columns, &mut workspace.scratch, &mut target);
        let data = FitData { columns: &columns, target: &target, weights: None };
        let linear = linear_constants(&expr);
        let problem =
            Problem { program: &program, data: &data, loss: Smoothed::squared(), linear: &linear, bounds: &[] };
        let mut work = Work::with_limit(u64::MAX);
        let limits = Limits { max_iterations: 60, relative_reduction: 1e-12 };
        let waves = waves(&data);
        let mut arrived = 0;
        for start in 0..121 {
            let share = |step: i32| f64::from(step) / 10.0;
            let [first, second] = [(ranges[0], start / 11), (ranges[1], start % 11)]
                .map(|((low, high), step)| low + (high - low) * share(step));
            let mut params = vec![1.0, first, second, 0.0];
            for &(count, smooth, rest) in levels {
                let emphasis = Some(Emphasis { waves: &waves[..count], smooth, rest });
                minimise_emphasised(&problem, emphasis, &mut params, limits, &mut workspace, &mut work);
            }
            let outcome = minimise(&problem, &mut params, limits, &mut workspace, &mut work);
            arrived += usize::from(outcome.loss < 1e-12);
        }
        arrived
    }

    #[test]
    fn a_smoothed_landscape_leads_more_starts_to_the_law() {
        let low_pass = PASSED.map(|count| (count, 1.0, REST));
        let fading = FADING.map(|smooth| (FREE_WAVES, smooth, 1.0));
        // A wide landscape of side lobes: slow waves see the main one only.
        let squared_sinc = "c0*(sin(c1*(x - c2))/(c1*(x - c2)))**2 + c3";
        let (law, ranges) = ([5.0, 6.0, 1.3, 0.5], [(1.5, 12.0), (-4.0, 4.0)]);
        let plain = arrivals(squared_sinc, &law, ranges, &[]);
        let passed = arrivals(squared_sinc, &law, ranges, &low_pass);
        // A tone beside a growth that swamps it while its rate is wrong: a free curve takes the growth up.
        let swamped = "c0*cos(c1*x) + exp(c2*x) + c3";
        let (law, ranges) = ([1.0, 5.0, 0.6, 0.3], [(4.0, 6.0), (-1.0, 1.5)]);
        let bare = arrivals(swamped, &law, ranges, &[]);
        let bridged = arrivals(swamped, &law, ranges, &fading);
        assert!(passed > 3 * plain / 2, "squared sinc: {plain} without, {passed} with slow waves first");
        assert!(bridged > bare, "swamped tone: {bare} without, {bridged} with a fading curve");
    }
}
