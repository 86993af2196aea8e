//! [`fit`]: the constants of one expression.

use rand_chacha::ChaCha8Rng;
use symfolio_expr::{Expr, Program};

use crate::data::{FitData, Workspace};
use crate::descent::{Place, descend};
use crate::levenberg_marquardt::{Limits, Problem};
use crate::linear::linear_constants;
use crate::loss::measure;
use crate::nelder_mead::{edges, nelder_mead};
use crate::options::{Effort, FitOptions};
use crate::phases::LinearPhases;
use crate::polish::polish;
use crate::quasi_newton::{Descent, Whole, quasi_newton};
use crate::robust::Smoothed;
use crate::rows::Rows;
use crate::starts::{StartSampler, repaired};
use crate::thorough::{LITTLE, Search};
use crate::work::Work;

/// What a fit found, and what it cost.
#[derive(Clone, Debug, PartialEq)]
pub struct Fit {
    /// The best constants found, `c0` first; never worse than the start, and finite if the start was.
    pub params: Vec<f64>,
    /// Their loss; infinite where the expression is undefined on a row at every constants tried.
    pub loss: f64,
    /// Work spent, in the units of [`symfolio_expr::OpInfo::work`].
    pub work: u64,
    /// Nodes evaluated, times rows.
    pub node_rows: u64,
    /// Did the last steps show that nothing more was to be gained nearby?
    pub converged: bool,
}

/// Fits the free constants of `expr`, starting from their present values.
///
/// The same `rng`, expression, data and options give the same bits; see the crate's front page for what is done.
///
/// # Panics
/// Where the expression uses a variable that has no column, where target, weights or bounds have the wrong length, and where bounds
/// leave no number between them: a lower one above the upper one, NaN, or the same infinity twice.
pub fn fit(
    rng: &mut ChaCha8Rng,
    expr: &Expr,
    data: &FitData<'_>,
    options: &FitOptions,
    workspace: &mut Workspace,
) -> Fit {
    data.check();
    let n_params = expr.params().len();
    check_bounds(&options.bounds, n_params);
    let program = Program::new(expr);
    let mut fitter =
        Fitter { program: &program, data, options, workspace, work: Work::with_limit(options.max_work), best: None };
    let start = within(expr.params(), &options.bounds);
    let converged = fitter.offer(&start, n_params == 0);
    if n_params > 0 && options.effort != Effort::Score {
        // Without rows nothing tells constants apart.
        if data.n_rows() > 0 && !fitter.work.exhausted() {
            fitter.search(rng, expr, &start);
        }
    } else if let Some(best) = &mut fitter.best {
        best.converged = converged;
    }
    fitter.into_fit(expr)
}

/// Residuals of this share of the target's standard deviation are a perfect fit but for rounding.
const PERFECT: f64 = 1e-13;
/// Most steps by orthogonal factors: where all constants are linear (the second one refines), and at the end.
const LINEAR_STEPS: usize = 2;
const POLISH_STEPS: usize = 6;
/// One part in so many of the work is kept for the end.
const RESERVE: u64 = 10;
/// Most steps from the best place of all, and how many rows the first of them are on.
const LAST_STEPS: usize = 600;
const LAST_ROWS: usize = 1000;
/// Of losses with kinks, how much of the mean loss they are rounded by at the end, and most steps of L-BFGS at each.
const LAST_WIDTHS: [f64; 3] = [1e-3, 1e-5, 1e-7];
const QUASI_NEWTON_STEPS: usize = 100;
/// Moves of the simplex a constant.
const SIMPLEX_MOVES: usize = 100;
/// Random starts that are tried where neither the given start nor its repairs are defined.
const DRAWN_REPAIRS: usize = 8;

/// Does constant `index` have a finite bound?
fn bounded(bounds: &[(f64, f64)], index: &usize) -> bool {
    bounds.get(*index).is_some_and(|(low, high)| low.is_finite() || high.is_finite())
}

/// # Panics
/// Where there is not one pair a constant, and where a pair leaves no number between its bounds (a slip of the programmer).
pub(crate) fn check_bounds(bounds: &[(f64, f64)], n_params: usize) {
    assert!(bounds.is_empty() || bounds.len() == n_params, "one pair of bounds a constant");
    for &(low, high) in bounds {
        assert!(low <= high && low < f64::INFINITY && high > f64::NEG_INFINITY, "a number lies within {low} to {high}");
    }
}

/// `params`, each within its bounds.
pub(crate) fn within(params: &[f64], bounds: &[(f64, f64)]) -> Vec<f64> {
    let mut params = params.to_vec();
    for (value, &(low, high)) in params.iter_mut().zip(bounds) {
        *value = value.max(low).min(high);
    }
    params
}

#[derive(Clone, Debug)]
struct Best {
    params: Vec<f64>,
    loss: f64,
    converged: bool,
}

struct Fitter<'f, 'd> {
    program: &'f Program,
    data: &'f FitData<'d>,
    options: &'f FitOptions,
    workspace: &'f mut Workspace,
    work: Work,
    best: Option<Best>,
}

impl Fitter<'_, '_> {
    /// Measures `params` and keeps them if they are the best so far; returns whether they were.
    fn offer(&mut self, params: &[f64], converged: bool) -> bool {
        if params.iter().any(|value| !value.is_finite()) {
            return false;
        }
        let loss = measure(self.program, params, self.data, self.options.loss, self.workspace, &mut self.work);
        if self.best.as_ref().is_some_and(|best| loss >= best.loss) {
            return false;
        }
        self.best = Some(Best { params: params.to_vec(), loss, converged });
        true
    }

    fn search(&mut self, rng: &mut ChaCha8Rng, expr: &Expr, start: &[f64]) {
        let thorough = self.options.effort == Effort::Thorough;
        let limits = Limits {
            max_iterations: self.options.max_iterations.unwrap_or(if thorough { 100 } else { 6 }),
            relative_reduction: if thorough { 1e-12 } else { 1e-6 },
        };
        let bounds = &self.options.bounds;
        let stages = self.options.stages;
        let linear = |expr: &Expr, bounds: &[(f64, f64)]| -> Vec<usize> {
            if thorough && !stages.separable {
                return Vec::new();
            }
            linear_constants(expr).into_iter().filter(|index| !bounded(bounds, index)).collect()
        };
        let all_linear = linear(expr, bounds);
        let loss = self.options.loss;
        let smoothed = Smoothed { loss, epsilon: 0.0 };
        let problem = Problem { program: self.program, data: self.data, loss: smoothed, linear: &all_linear, bounds };
        if loss.is_squared() && all_linear.len() == start.len() && self.solve_linear(&problem, start) {
            return;
        }
        let mut place = self.first_place(rng, expr, &problem, limits, start);
        if thorough {
            let phases = if stages.linear_phases && stages.separable {
                LinearPhases::of(expr, |index| bounded(bounds, &index))
            } else {
                None
            };
            place = match phases {
                Some(phases) => {
                    let bounds = phases.reordered(bounds);
                    let program = Program::new(&phases.expr);
                    let linear = linear(&phases.expr, &bounds);
                    let problem = Problem { program: &program, linear: &linear, bounds: &bounds, ..problem };
                    let start = Place { params: phases.rewritten(&place.params), ..place };
                    let found = self.explore(rng, &phases.expr, &problem, limits, start);
                    Place { params: phases.restored(&found.params), ..found }
                }
                None => self.explore(rng, expr, &problem, limits, place),
            };
            self.finish(rng, &problem, limits, &mut place);
        }
        if place.loss.is_finite() {
            self.offer(&place.params, place.converged);
        }
    }

    /// The thorough search from `place`.
    fn explore(
        &mut self,
        rng: &mut ChaCha8Rng,
        expr: &Expr,
        problem: &Problem<'_>,
        limits: Limits,
        place: Place,
    ) -> Place {
        let deviation = self.data.target_moments().1.sqrt();
        let perfect = self.perfect();
        let little = LITTLE * self.options.loss.of(deviation);
        let stages = self.options.stages;
        // The rest is for the last digits of what is found.
        self.work.limit = self.options.max_work - self.options.max_work / RESERVE;
        let mut search = Search {
            problem,
            expr,
            limits,
            stages,
            perfect,
            little,
            hits: 0,
            workspace: self.workspace,
            work: &mut self.work,
        };
        let found = search.run(rng, place);
        self.work.limit = self.options.max_work;
        found
    }

    /// The mean loss of residuals that are rounding noise.
    fn perfect(&self) -> f64 {
        self.options.loss.of(PERFECT * self.data.target_moments().1.sqrt())
    }

    /// The exact solution where all constants are linear; `false` where the expression is undefined whatever they are.
    fn solve_linear(&mut self, problem: &Problem<'_>, start: &[f64]) -> bool {
        // From 0 nothing is lost to cancellation, and constants that others make redundant stay there.
        let mut params = vec![0.0; start.len()];
        let loss = polish(problem, &mut params, LINEAR_STEPS, self.workspace, &mut self.work);
        if loss.is_finite() {
            self.offer(&params, true);
        }
        loss.is_finite()
    }

    /// The last digits.
    fn finish(&mut self, rng: &mut ChaCha8Rng, problem: &Problem<'_>, limits: Limits, place: &mut Place) {
        if !place.loss.is_finite() {
            return;
        }
        if !place.converged && self.options.max_iterations.is_none() {
            // A long bent valley: only the best place is worth following to its end, on some of the rows first.
            let limits = Limits { max_iterations: LAST_STEPS, ..limits };
            let rows = Rows::some(rng, self.data, LAST_ROWS);
            let columns = rows.columns();
            let some = Problem { data: &rows.data(&columns), ..*problem };
            let mut from = place.params.clone();
            if self.data.n_rows() > 2 * rows.len() {
                from = descend(&some, from, limits, self.workspace, &mut self.work).params;
            }
            for from in [from, place.params.clone()] {
                if self.work.exhausted() {
                    break;
                }
                let reached = descend(problem, from, limits, self.workspace, &mut self.work);
                if reached.loss <= place.loss {
                    *place = reached;
                }
            }
        }
        let loss = problem.loss.loss;
        if loss.is_squared() && problem.bounds.is_empty() {
            place.loss = polish(problem, &mut place.params, POLISH_STEPS, self.workspace, &mut self.work);
        } else if !loss.is_squared() && place.loss > self.perfect() {
            self.follow_gradient(problem, place);
            let moves = SIMPLEX_MOVES * place.params.len();
            if self.work.exhausted() {
                return;
            }
            let edges = edges(problem, &place.params, self.workspace, &mut self.work);
            let Problem { program, data, bounds, .. } = *problem;
            let (workspace, work) = (&mut *self.workspace, &mut self.work);
            place.loss = nelder_mead(&mut place.params, place.loss, &edges, moves, |corner| {
                let outside = bounds.iter().zip(corner).any(|(&(low, high), value)| *value < low || *value > high);
                if outside || work.exhausted() {
                    f64::INFINITY
                } else {
                    measure(program, corner, data, loss, workspace, work)
                }
            });
        }
    }

    /// L-BFGS on the loss with its kinks rounded less and less: reweighted least squares stop short of where rows lie on the kink.
    fn follow_gradient(&mut self, problem: &Problem<'_>, place: &mut Place) {
        let Problem { program, data, bounds, loss: Smoothed { loss, .. }, .. } = *problem;
        for width in LAST_WIDTHS {
            if self.work.exhausted() {
                break;
            }
            let rounded = Whole::Rows(Smoothed { loss, epsilon: width * place.loss });
            let descent = Descent { program, data, loss: rounded, bounds };
            let (params, _) = quasi_newton(descent, &place.params, QUASI_NEWTON_STEPS, self.workspace, &mut self.work);
            let reached = measure(program, &params, data, loss, self.workspace, &mut self.work);
            if reached < place.loss {
                (place.params, place.loss) = (params, reached);
            }
        }
    }

    /// Descends from the given start or, where that is undefined, from the first repaired one that is not.
    fn first_place(
        &mut self,
        rng: &mut ChaCha8Rng,
        expr: &Expr,
        problem: &Problem<'_>,
        limits: Limits,
        start: &[f64],
    ) -> Place {
        let mut descend = |start| descend(problem, start, limits, self.workspace, &mut self.work);
        let place = descend(start.to_vec());
        if place.loss.is_finite() {
            return place;
        }
        let sampler = StartSampler::new(expr, self.data, self.options.stages);
        let nothing = vec![None; start.len()];
        let drawn = std::iter::repeat_with(|| sampler.draw(rng, &nothing, None)).take(DRAWN_REPAIRS);
        for start in repaired(start).chain(drawn) {
            let start = within(&start, &self.options.bounds);
            let place = descend(start);
            if place.loss.is_finite() {
                return place;
            }
        }
        place
    }

    fn into_fit(self, expr: &Expr) -> Fit {
        let best =
            self.best.unwrap_or_else(|| Best { params: expr.params().to_vec(), loss: f64::INFINITY, converged: false });
        Fit {
            params: best.params,
            loss: best.loss,
            work: self.work.spent,
            node_rows: self.work.node_rows,
            converged: best.converged,
        }
    }
}
