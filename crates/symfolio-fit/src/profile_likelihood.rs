//! [`profile_intervals`]: confidence intervals from the loss itself, not from its curvature.

use serde::{Deserialize, Serialize};
use symfolio_expr::{Expr, Program};

use crate::certificate::{certify, student_t};
use crate::data::{FitData, Workspace};
use crate::descent::descend;
use crate::fit::check_bounds;
use crate::levenberg_marquardt::{Limits, Problem};
use crate::linear::linear_constants;
use crate::loss::{Loss, measure};
use crate::robust::Smoothed;
use crate::work::Work;

/// One end of an interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum End {
    /// The loss crosses the threshold here.
    At(f64),
    /// The constant's bound is met first.
    Bound(f64),
    /// The loss stays below the threshold however far the constant goes: the data set no limit on this side.
    Open,
    /// The work ran out before the end was found.
    Unknown,
}

/// What profile likelihood says of all constants.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Profile {
    /// Lower and upper end of each constant's 95 % interval, `c0` first.
    pub intervals: Vec<(End, End)>,
    /// Constants of a lower loss that were met on the way: the start was no minimum, and the intervals are around these.
    pub better: Option<Vec<f64>>,
    /// Work spent.
    pub work: u64,
}

/// Steps outward before a side counts as open, and halvings of the last one.
const MAX_STEPS: usize = 40;
const HALVINGS: usize = 40;
/// Least growth of the statistic over several doublings of the step, below which it levels off.
const LEVEL: f64 = 1e-3;
/// Steps over which it has to level off.
const LEVEL_STEPS: usize = 8;
/// A lower loss than at the start by this share is another minimum, not rounding.
const LOWER: f64 = 1e-6;
/// Times that the profile begins anew at a better minimum.
pub(crate) const RESTARTS: usize = 3;

/// 95 % confidence intervals of the constants of `expr` by profile likelihood, at the minimum of the squared error where `expr` is
/// taken to be.
///
/// Each constant in turn is held at values further and further from its best one, on either side, while the others are
/// fitted anew (from where they were at the last value). The interval ends where the sum of squares
/// exceeds that of the best fit by the factor `1 + t^2 / (n - k)`, with the 97.5 % quantile of Student's t: the
/// likelihood-ratio interval with the usual correction for the estimated variance (Bates and Watts 1988, section 6.1; Venzon and
/// Moolgavkar 1988). For linear constants it is the interval of [`certify`]; for others it follows the curvature of
/// the loss, and may be open on a side.
///
/// `bounds` are one pair a constant, or empty. Nothing is known, and every end open, with as many constants as rows.
///
/// # Panics
/// As [`fit`](crate::fit).
pub fn profile_intervals(
    expr: &Expr,
    data: &FitData<'_>,
    bounds: &[(f64, f64)],
    max_work: u64,
    workspace: &mut Workspace,
) -> Profile {
    data.check();
    let (n, k) = (data.n_counted(), expr.params().len());
    check_bounds(bounds, k);
    let program = Program::new(expr);
    let mut profiler = Profiler {
        program: &program,
        data,
        bounds: if bounds.is_empty() { vec![(f64::NEG_INFINITY, f64::INFINITY); k] } else { bounds.to_vec() },
        linear: linear_constants(expr),
        best: expr.params().to_vec(),
        freedom: n.saturating_sub(k),
        workspace,
        work: Work::with_limit(max_work),
    };
    let mut better = None;
    let mut intervals = vec![(End::Open, End::Open); k];
    if n <= k {
        return Profile { intervals, better, work: 0 };
    }
    // So they stay where every restart meets a better minimum.
    intervals.fill((End::Unknown, End::Unknown));
    for _ in 0..=RESTARTS {
        match profiler.all(expr) {
            Ok(found) => {
                intervals = found;
                break;
            }
            Err(lower) => {
                profiler.best.clone_from(&lower);
                better = Some(lower);
            }
        }
    }
    Profile { intervals, better, work: profiler.work.spent }
}

struct Profiler<'p, 'd> {
    program: &'p Program,
    data: &'p FitData<'d>,
    bounds: Vec<(f64, f64)>,
    linear: Vec<usize>,
    best: Vec<f64>,
    freedom: usize,
    workspace: &'p mut Workspace,
    work: Work,
}

const LIMITS: Limits = Limits { max_iterations: 60, relative_reduction: 1e-10 };

impl Profiler<'_, '_> {
    /// All intervals, or constants of a clearly lower loss.
    fn all(&mut self, expr: &Expr) -> Result<Vec<(End, End)>, Vec<f64>> {
        let loss = measure(self.program, &self.best, self.data, Loss::SquaredError, self.workspace, &mut self.work);
        let ruler = Ruler::new(loss, self.freedom, self.data.target_moments().1);
        let errors = certify(&expr.with_params(&self.best), self.data, self.workspace).standard_errors;
        let mut intervals = Vec::with_capacity(errors.len());
        for (index, error) in errors.iter().enumerate() {
            let (low, high) = self.bounds[index];
            let best = self.best[index];
            let mut end = |first: f64, bound: f64| {
                let start = self.best.clone();
                ruler.end((best, first, bound), start, |value, start| self.held_at(index, value, start))
            };
            let first = ruler.first_step(best, *error);
            let low = end(-first, low)?;
            intervals.push((low, end(first, high)?));
        }
        Ok(intervals)
    }

    /// The others fitted with constant `index` at `value`, beginning from `start`; `None` where the work has run out.
    fn held_at(&mut self, index: usize, value: f64, start: &[f64]) -> Option<(f64, Vec<f64>)> {
        if self.work.exhausted() {
            return None;
        }
        let mut params = start.to_vec();
        params[index] = value;
        let mut bounds = self.bounds.clone();
        bounds[index] = (value, value);
        let free = |at: &usize| bounds[*at] == (f64::NEG_INFINITY, f64::INFINITY);
        let linear: Vec<usize> = self.linear.iter().copied().filter(free).collect();
        let problem = Problem {
            program: self.program,
            data: self.data,
            loss: Smoothed::squared(),
            linear: &linear,
            bounds: &bounds,
        };
        let place = descend(&problem, params, LIMITS, self.workspace, &mut self.work);
        (!self.work.exhausted()).then_some((place.loss, place.params))
    }
}

/// What a loss is measured by: the best one, and how much more is too much.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ruler {
    loss: f64,
    freedom: f64,
    quantile: f64,
    /// Below this a loss is perfect, and lower ones are rounding.
    perfect: f64,
}

impl Ruler {
    pub(crate) fn new(loss: f64, freedom: usize, target_variance: f64) -> Ruler {
        Ruler { loss, freedom: freedom as f64, quantile: student_t(freedom), perfect: 1e-26 * target_variance }
    }

    /// How far to go first for a constant of this value and standard error.
    pub(crate) fn first_step(&self, value: f64, error: f64) -> f64 {
        let usable = error.is_finite() && error > 0.0;
        // Without anything to go by, a constant of 0 is of the order of 1.
        let size = if value == 0.0 && !usable { 1e-6 } else { value.abs() };
        let first = if usable { self.quantile * error } else { 0.1 * size };
        // Nothing is known better than to rounding.
        first.max(1e-13 * size)
    }

    /// The root of the likelihood ratio, which is Student's t for a linear constant; infinite where undefined.
    fn statistic(&self, reached: f64) -> f64 {
        // A perfect fit has no scatter to compare with: any change counts.
        ((reached - self.loss).max(0.0) / self.loss.max(1e-300) * self.freedom).sqrt()
    }

    /// One end of the interval of a constant whose best value is `best`: steps outward from there that grow, `first` the one at
    /// which the delta method has its end, until the statistic exceeds the quantile or the `bound` is met; then halvings.
    ///
    /// `held_at` gives the loss with the constant at a value and the state of the others, which begin from a state nearby; `None`
    /// ends the walk. A state of a clearly lower loss than the best is handed back as an error.
    pub(crate) fn end<S>(
        &self,
        (best, first, bound): (f64, f64, f64),
        start: S,
        mut held_at: impl FnMut(f64, &S) -> Option<(f64, S)>,
    ) -> Result<End, S> {
        let (mut inside, mut inner) = (best, start);
        let mut seen: Vec<f64> = vec![0.0];
        let (mut step, mut outer) = (0.5 * first, None);
        for _ in 0..MAX_STEPS {
            let reached_bound = (best + step - bound) * first.signum() >= 0.0;
            let value = if reached_bound { bound } else { best + step };
            if !value.is_finite() {
                return Ok(End::Open);
            }
            let Some((loss, state)) = held_at(value, &inner) else { return Ok(End::Unknown) };
            if loss < self.loss * (1.0 - LOWER) && self.loss > self.perfect {
                return Err(state);
            }
            let statistic = self.statistic(loss);
            if statistic >= self.quantile {
                outer = Some(value);
                break;
            }
            (inside, inner) = (value, state);
            if reached_bound {
                return Ok(End::Bound(bound));
            }
            seen.push(statistic);
            let earlier = seen.len().checked_sub(1 + LEVEL_STEPS).map(|at| seen[at]);
            if earlier.is_some_and(|earlier| statistic - earlier < LEVEL * self.quantile) {
                return Ok(End::Open);
            }
            // Near the end where the statistic grows evenly; twice as far where it hardly grows.
            let times = if statistic > 0.0 { (1.1 * self.quantile / statistic).clamp(1.1, 2.0) } else { 2.0 };
            step *= times;
        }
        let Some(mut outer) = outer else { return Ok(End::Open) };
        for _ in 0..HALVINGS {
            let middle = 0.5 * (inside + outer);
            if (outer - inside).abs() <= 1e-7 * (outer - best).abs() || middle == inside || middle == outer {
                break;
            }
            let Some((loss, state)) = held_at(middle, &inner) else { return Ok(End::Unknown) };
            if self.statistic(loss) >= self.quantile {
                outer = middle;
            } else {
                (inside, inner) = (middle, state);
            }
        }
        Ok(End::At(0.5 * (inside + outer)))
    }
}

#[cfg(test)]
mod tests {
    use symfolio_expr::{Columns, parse};

    use super::*;
    use crate::fit::fit;
    use crate::options::{Effort, FitOptions};
    use rand::SeedableRng;

    /// The fitted form, its profile and the intervals of the delta method.
    fn profiled(text: &str, x: &[f64], y: &[f64]) -> (Vec<f64>, Profile, Vec<(f64, f64)>) {
        let columns = Columns::new([x]);
        let data = FitData { columns: &columns, target: y, weights: None };
        let expr = parse(text, &["x".to_string()]).unwrap();
        let options = FitOptions::with_effort(Effort::Thorough);
        let mut workspace = Workspace::default();
        let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(1);
        let found = fit(&mut rng, &expr, &data, &options, &mut workspace);
        let expr = expr.with_params(&found.params);
        let profile = profile_intervals(&expr, &data, &[], u64::MAX, &mut workspace);
        (found.params, profile, certify(&expr, &data, &mut workspace).intervals)
    }

    fn at(end: End) -> f64 {
        match end {
            End::At(value) | End::Bound(value) => value,
            End::Open | End::Unknown => f64::INFINITY,
        }
    }

    #[test]
    fn linear_constants_have_the_intervals_of_the_delta_method() {
        let x: Vec<f64> = (0..15).map(f64::from).collect();
        let y: Vec<f64> = x.iter().map(|x| 2.0 - 0.3 * x + 0.2 * (7.0 * x).sin()).collect();
        let (_, profile, delta) = profiled("c0 + c1*x", &x, &y);
        for (found, (low, high)) in profile.intervals.iter().zip(delta) {
            assert!((at(found.0) - low).abs() < 1e-5 * (high - low), "{found:?} {low} {high}");
            assert!((at(found.1) - high).abs() < 1e-5 * (high - low), "{found:?} {low} {high}");
        }
        assert_eq!(profile.better, None);
    }

    #[test]
    fn puromycin_has_the_intervals_of_the_textbook() {
        // Treated cells: Bates and Watts 1988, table A1.3; Michaelis-Menten. The estimates 212.7 and 0.06412 are theirs (section 2.2);
        // the likelihood intervals are those of R 4's confint for the same data, which profiles too.
        let x = [0.02, 0.02, 0.06, 0.06, 0.11, 0.11, 0.22, 0.22, 0.56, 0.56, 1.10, 1.10];
        let y = [76.0, 47.0, 97.0, 107.0, 123.0, 139.0, 159.0, 152.0, 191.0, 201.0, 207.0, 200.0];
        let (params, profile, delta) = profiled("c0*x/(c1 + x)", &x, &y);
        assert!((params[0] - 212.7).abs() < 0.05 && (params[1] - 0.06412).abs() < 5e-6, "{params:?}");
        for (found, expected) in [
            (profile.intervals[0].0, 197.30),
            (profile.intervals[0].1, 229.29),
            (profile.intervals[1].0, 0.04692),
            (profile.intervals[1].1, 0.08616),
        ] {
            assert!((at(found) / expected - 1.0).abs() < 1e-3, "{found:?}, not {expected}");
        }
        // The profile leans to larger values of c1, the delta method does not.
        assert!(at(profile.intervals[1].1) > delta[1].1 && at(profile.intervals[1].0) > delta[1].0);
    }

    #[test]
    fn an_open_side_is_said_to_be_open() {
        // Saturation that the data do not reach: any large c1 does nearly as well.
        let x: Vec<f64> = (1..9).map(|x| 0.1 * f64::from(x)).collect();
        let noise = [0.03, -0.02, 0.01, 0.04, -0.03, 0.02, -0.04, 0.01];
        let y: Vec<f64> = x.iter().zip(noise).map(|(x, noise)| 5.0 * x / (1.0 + x / 20.0) + noise).collect();
        let (_, profile, _) = profiled("c0*x/(1 + x/c1)", &x, &y);
        assert!(matches!(profile.intervals[0], (End::At(_), End::At(_))), "{profile:?}");
        assert_eq!(profile.intervals[1].1, End::Open, "{profile:?}");
        assert!(matches!(profile.intervals[1].0, End::At(low) if low > 0.5 && low < 20.0), "{profile:?}");
    }

    #[test]
    fn a_bound_ends_an_interval() {
        let x: Vec<f64> = (0..10).map(f64::from).collect();
        let y: Vec<f64> = x.iter().map(|x| 1.0 + 0.05 * (5.0 * x).cos()).collect();
        let columns = Columns::new([x.as_slice()]);
        let data = FitData { columns: &columns, target: &y, weights: None };
        let mean = y.iter().sum::<f64>() / 10.0;
        let expr = Expr::param(mean);
        let bounds = [(mean - 1e-4, f64::INFINITY)];
        let profile = profile_intervals(&expr, &data, &bounds, u64::MAX, &mut Workspace::default());
        assert_eq!(profile.intervals[0].0, End::Bound(mean - 1e-4));
        assert!(matches!(profile.intervals[0].1, End::At(_)));
    }
}
