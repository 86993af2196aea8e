//! [`fit_wasserstein`]: the constants of a form by the distance of its spectrum from a measured one.

use rand_chacha::ChaCha8Rng;
use symfolio_expr::{Expr, Program};

use crate::data::{FitData, Workspace};
use crate::descent::{Place, descend};
use crate::fit::{Fit, check_bounds, fit, within};
use crate::levenberg_marquardt::{Limits, Problem};
use crate::nelder_mead::{edges, nelder_mead};
use crate::options::{Effort, FitOptions};
use crate::quasi_newton::{Descent, Whole, quasi_newton};
use crate::robust::Smoothed;
use crate::starts::{StartSampler, repaired};
use crate::thorough::keep_better;
use crate::wasserstein::{Spectrum, Wasserstein, WassersteinError};
use crate::work::Work;

/// How much of the mean distance kinks are rounded by, in turn: wide first, so that masses may pass each other.
const LOOK: [f64; 2] = [0.3, 0.03];
const FULL: [f64; 5] = [0.3, 0.03, 3e-3, 1e-4, 1e-6];
/// Steps of L-BFGS at each of them, by effort. They are cheaper and shorter than those of least squares.
const QUICK_STEPS: usize = 30;
const THOROUGH_STEPS: usize = 100;
/// Starts drawn in a thorough fit, and how many of them descend.
const DRAWN: usize = 200;
const KEPT: usize = 8;
/// Random starts that are tried where neither the given start nor its repairs are defined.
const DRAWN_REPAIRS: usize = 8;
/// Steps of least squares from the best place, which find the last digits where the form is exact.
const SQUARES: Limits = Limits { max_iterations: 60, relative_reduction: 1e-12 };
/// Moves of the simplex a constant.
const MOVES: usize = 100;
/// Distances of this share of the axis are a perfect fit but for rounding.
const PERFECT: f64 = 1e-13;

/// The distance of the spectrum that `expr` has at `params` from the target, see [`Wasserstein`]; infinite where the
/// expression is undefined on a row that counts.
///
/// # Errors
/// [`WassersteinError`] where the table is no spectrum.
///
/// # Panics
/// As [`fit`].
pub fn wasserstein_of(
    expr: &Expr,
    data: &FitData<'_>,
    measure: Wasserstein,
    workspace: &mut Workspace,
) -> Result<f64, WassersteinError> {
    data.check();
    let spectrum = Spectrum::new(measure, data)?;
    let mut values = vec![0.0; data.n_rows()];
    Program::new(expr).values(expr.params(), data.columns, &mut workspace.scratch, &mut values);
    Ok(spectrum.distance(&values, 0.0, &mut vec![0.0; data.n_rows()]))
}

/// Fits the free constants of `expr` by the [`Wasserstein`] distance along an axis, starting from their present values.
///
/// Squared error says nothing about where a narrow peak is to move while prediction and target do not overlap: its derivative
/// is 0. The distance falls all the way. Kinks are rounded less and less, and L-BFGS follows the gradient; steps of least
/// squares from the place that is reached are kept where the distance is smaller then. A thorough fit also starts from the
/// squared error's own thorough fit and from the best of some hundred drawn starts, all judged by the distance itself, and
/// ends with a simplex.
///
/// Of `options`, `loss` is that of the fit by rows from which a thorough fit also starts; [`FitOptions::max_iterations`] counts
/// steps of L-BFGS at each rounding (30 where absent for `Quick`, 100 for `Thorough`). [`Fit::loss`] is the distance.
/// Work is charged as elsewhere, the distance itself with one unit a row.
///
/// ```
/// use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng};
/// use symfolio_expr::{Columns, Expr};
/// use symfolio_fit::{FitData, FitOptions, Wasserstein, Workspace, fit_wasserstein};
///
/// let x: Vec<f64> = (0..200).map(|row| 0.1 * f64::from(row)).collect();
/// let y: Vec<f64> = x.iter().map(|x| 2.0 * (-(x - 15.0) * (x - 15.0)).exp()).collect();
/// let columns = Columns::new([x.as_slice()]);
/// let data = FitData { columns: &columns, target: &y, weights: None };
/// // A peak at 5, ten widths from where it should be.
/// let expr = Expr::from_prefix("(mul ?1 (exp (neg (square (sub x0 ?5)))))")?;
/// let mut rng = ChaCha8Rng::seed_from_u64(1);
/// let (measure, options) = (Wasserstein { axis: 0 }, FitOptions::default());
/// let fit = fit_wasserstein(&mut rng, &expr, &data, measure, &options, &mut Workspace::default())?;
/// assert!((fit.params[1] - 15.0).abs() < 1e-6);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`WassersteinError`] where the table is no spectrum.
///
/// # Panics
/// As [`fit`].
pub fn fit_wasserstein(
    rng: &mut ChaCha8Rng,
    expr: &Expr,
    data: &FitData<'_>,
    measure: Wasserstein,
    options: &FitOptions,
    workspace: &mut Workspace,
) -> Result<Fit, WassersteinError> {
    data.check();
    let n_params = expr.params().len();
    check_bounds(&options.bounds, n_params);
    let spectrum = Spectrum::new(measure, data)?;
    let program = Program::new(expr);
    let work = Work::with_limit(options.max_work);
    let mut transport = Transport { expr, program: &program, data, spectrum: &spectrum, options, workspace, work };
    let start = transport.place(within(expr.params(), &options.bounds));
    let place = match options.effort {
        Effort::Score => start,
        _ if n_params == 0 => Place { converged: true, ..start },
        _ => transport.search(rng, start),
    };
    let Work { spent, node_rows, .. } = transport.work;
    Ok(Fit { params: place.params, loss: place.loss, work: spent, node_rows, converged: place.converged })
}

struct Transport<'t> {
    expr: &'t Expr,
    program: &'t Program,
    data: &'t FitData<'t>,
    spectrum: &'t Spectrum,
    options: &'t FitOptions,
    workspace: &'t mut Workspace,
    work: Work,
}

impl<'t> Transport<'t> {
    fn search(&mut self, rng: &mut ChaCha8Rng, start: Place) -> Place {
        let thorough = self.options.effort == Effort::Thorough;
        let steps = self.options.max_iterations.unwrap_or(if thorough { THOROUGH_STEPS } else { QUICK_STEPS });
        let start = if start.loss.is_finite() { start } else { self.repaired(rng, start) };
        let mut best = self.descend(start, &FULL, steps);
        self.squares(&mut best);
        if thorough && !self.done(&best) {
            let rows = self.by_rows(rng);
            keep_better(&mut best, self.descend(rows, &FULL, steps));
            for drawn in self.drawn(rng) {
                if self.done(&best) {
                    break;
                }
                keep_better(&mut best, self.descend(drawn, &LOOK, steps));
            }
            best = self.descend(best, &FULL, steps);
            self.squares(&mut best);
            self.simplex(&mut best);
        }
        best
    }

    fn done(&self, best: &Place) -> bool {
        best.loss <= PERFECT * self.spectrum.length() || self.work.exhausted()
    }

    /// `params` and the distance there.
    fn place(&mut self, params: Vec<f64>) -> Place {
        let loss = self.distance(&params);
        Place { params, loss, converged: false }
    }

    fn distance(&mut self, params: &[f64]) -> f64 {
        if params.iter().any(|value| !value.is_finite()) {
            return f64::INFINITY;
        }
        let n = self.data.n_rows();
        let (mut values, mut slopes) = (vec![0.0; n], vec![0.0; n]);
        self.program.values(params, self.data.columns, &mut self.workspace.scratch, &mut values);
        self.work.evaluation(self.program, n);
        self.work.spent += n as u64;
        self.spectrum.distance(&values, 0.0, &mut slopes)
    }

    /// Follows the gradient while kinks are rounded less and less.
    fn descend(&mut self, mut place: Place, widths: &[f64], steps: usize) -> Place {
        for width in widths {
            if !place.loss.is_finite() || self.done(&place) {
                break;
            }
            let epsilon = width * place.loss / self.spectrum.length();
            let loss = Whole::Spectrum { spectrum: self.spectrum, epsilon };
            let descent = Descent { program: self.program, data: self.data, loss, bounds: &self.options.bounds };
            let (params, _) = quasi_newton(descent, &place.params, steps, self.workspace, &mut self.work);
            let reached = self.place(params);
            // Little gained even with the kinks as they are.
            let converged = reached.loss > place.loss * (1.0 - 1e-9);
            if reached.loss < place.loss {
                place = reached;
            }
            place.converged = converged;
        }
        place
    }

    fn squared(&self) -> Problem<'t> {
        let Transport { program, data, options, .. } = *self;
        Problem { program, data, loss: Smoothed::squared(), linear: &[], bounds: &options.bounds }
    }

    /// Steps of least squares, kept where they bring the spectra nearer.
    fn squares(&mut self, best: &mut Place) {
        if !best.loss.is_finite() || self.done(best) {
            return;
        }
        let problem = self.squared();
        let reached = descend(&problem, best.params.clone(), SQUARES, self.workspace, &mut self.work);
        let converged = reached.converged;
        let reached = Place { converged, ..self.place(reached.params) };
        keep_better(best, reached);
    }

    /// The thorough fit by rows, on at most half of what work is left.
    fn by_rows(&mut self, rng: &mut ChaCha8Rng) -> Place {
        let max_work = self.work.limit.saturating_sub(self.work.spent) / 2;
        let options = FitOptions { max_work, max_iterations: None, ..self.options.clone() };
        let found = fit(rng, self.expr, self.data, &options, self.workspace);
        self.work.spent = self.work.spent.saturating_add(found.work);
        self.work.node_rows += found.node_rows;
        self.place(found.params)
    }

    /// The nearest of many starts that know the structure of the expression, nearest first.
    fn drawn(&mut self, rng: &mut ChaCha8Rng) -> Vec<Place> {
        let sampler = StartSampler::new(self.expr, self.data, self.options.stages);
        let nothing = vec![None; self.expr.params().len()];
        let mut places = Vec::with_capacity(DRAWN);
        for _ in 0..DRAWN {
            if self.work.exhausted() {
                break;
            }
            let start = sampler.draw(rng, &nothing, None);
            places.push(self.place(within(&start, &self.options.bounds)));
        }
        places.sort_by(|a, b| a.loss.total_cmp(&b.loss));
        places.truncate(KEPT);
        places
    }

    /// The first repair of an undefined start that is defined.
    fn repaired(&mut self, rng: &mut ChaCha8Rng, start: Place) -> Place {
        let sampler = StartSampler::new(self.expr, self.data, self.options.stages);
        let nothing = vec![None; start.params.len()];
        let drawn = std::iter::repeat_with(|| sampler.draw(rng, &nothing, None)).take(DRAWN_REPAIRS);
        for params in repaired(&start.params).chain(drawn) {
            let place = self.place(within(&params, &self.options.bounds));
            if place.loss.is_finite() {
                return place;
            }
        }
        start
    }

    /// The last digits where kinks matter.
    fn simplex(&mut self, best: &mut Place) {
        if !best.loss.is_finite() || self.done(best) {
            return;
        }
        let mut params = best.params.clone();
        let edges = edges(&self.squared(), &params, self.workspace, &mut self.work);
        let moves = MOVES * params.len();
        let bounds = &self.options.bounds;
        let loss = nelder_mead(&mut params, best.loss, &edges, moves, |corner| {
            let outside = bounds.iter().zip(corner).any(|(&(low, high), value)| *value < low || *value > high);
            if outside || self.work.exhausted() { f64::INFINITY } else { self.distance(corner) }
        });
        keep_better(best, Place { params, loss, converged: best.converged });
    }
}
