//! From chosen columns to models: coefficients on all rows of the sample, superfluous columns dropped, exponents snapped.

use symfolio_fit::dot;

use crate::assemble::Model;
use crate::library::Library;
use crate::monomial::{Monomial, ONE};
use crate::numeric::{Solution, add_scaled, least_squares};
use crate::plan::Task;
use crate::separate::Prefactor;
use crate::view::View;

/// Models with the share of the transformed target's squares that they leave.
#[derive(Clone, Debug)]
pub(crate) struct Refined {
    /// The models: for a power law that is not exact, first with half-integer exponents, then as fitted.
    pub models: Vec<Model>,
    /// Does the first one fit to rounding?
    pub exact: bool,
    /// Work done: `2 n k^2` for each regression of `k` columns.
    pub work: u64,
}

/// Share of squares below which a regression counts as exact.
pub(crate) const EXACT: f64 = 1e-17;

/// Weighted columns of a model under way.
struct Regression {
    monomials: Vec<Monomial>,
    columns: Vec<Vec<f64>>,
    target: Vec<f64>,
    total: f64,
    work: u64,
}

impl Regression {
    fn new(library: &Library, view: &View, monomials: Vec<Monomial>) -> Regression {
        let n = view.target.len();
        let weighted = |mut values: Vec<f64>| {
            values.iter_mut().zip(&view.weights).for_each(|(value, weight)| *value *= weight);
            values
        };
        let mut kept = Vec::new();
        let mut columns = Vec::new();
        for monomial in monomials {
            let column = weighted(library.atoms.monomial(&monomial, n));
            if column.iter().all(|value| value.is_finite()) {
                kept.push(monomial);
                columns.push(column);
            }
        }
        let target = weighted(view.target.clone());
        let total = dot(&target, &target).max(f64::MIN_POSITIVE);
        Regression { monomials: kept, columns, target, total, work: 0 }
    }

    fn solve(&mut self) -> Solution {
        self.work += 2 * (self.target.len() * self.columns.len() * self.columns.len()) as u64;
        least_squares(&self.columns, &self.target)
    }

    /// Drops one column at a time while the criterion of Schwarz (1978) says that it does not pay.
    fn eliminate(&mut self) -> Solution {
        let n = self.target.len() as f64;
        loop {
            let solution = self.solve();
            let squares = solution.squares.max(1e-28 * self.total);
            let variance = squares / (n - self.columns.len() as f64).max(1.0);
            let weight = |at: usize| {
                let size = solution.coefficients[at] * dot(&self.columns[at], &self.columns[at]).sqrt();
                let negligible = size.abs() < 1e-9 * self.total.sqrt() && squares < EXACT * self.total;
                let significance = solution.coefficients[at] / solution.errors[at];
                if negligible { 0.0 } else { significance * significance / variance }
            };
            let weakest = (0..self.columns.len()).map(|at| (weight(at), at)).min_by(|a, b| a.0.total_cmp(&b.0));
            match weakest {
                Some((weight, at)) if weight < n.ln() && self.columns.len() > 1 => {
                    self.columns.remove(at);
                    self.monomials.remove(at);
                }
                _ => return solution,
            }
        }
    }

    fn terms(&self, solution: &Solution) -> Vec<(f64, Monomial)> {
        solution.coefficients.iter().copied().zip(self.monomials.iter().cloned()).filter(|(c, _)| *c != 0.0).collect()
    }
}

/// The models of a subset of the library's columns.
pub(crate) fn refine(library: &Library, view: &View, task: &Task, prefactor: &Prefactor, picks: &[u32]) -> Refined {
    let chosen = picks.iter().map(|pick| library.columns[*pick as usize].clone());
    let mut regression = Regression::new(library, view, library.base.iter().cloned().chain(chosen).collect());
    let solution = regression.eliminate();
    let exact = solution.squares < EXACT * regression.total;
    let model = |terms: Vec<(f64, Monomial)>| Model {
        terms,
        transform: task.transform,
        prefactor: prefactor.monomial.clone(),
        sign: view.sign,
        target: library.target,
    };
    let mut models = Vec::new();
    if task.family.has_logarithms() && !exact {
        models.extend(snapped(library, &mut regression, &solution).map(&model));
    }
    let fitted = regression.terms(&solution);
    if !fitted.is_empty() {
        models.push(model(fitted));
    }
    Refined { models, exact, work: regression.work }
}

/// The terms with the coefficients of logarithms, which are exponents, rounded to halves and the others fitted again.
fn snapped(library: &Library, regression: &mut Regression, solution: &Solution) -> Option<Vec<(f64, Monomial)>> {
    let is_log = |monomial: &Monomial| match monomial.powers() {
        [(atom, ONE)] => library.atoms.source_of_log(*atom).is_some(),
        _ => false,
    };
    let mut fixed: Vec<(f64, Monomial)> = Vec::new();
    let mut free = Regression {
        monomials: Vec::new(),
        columns: Vec::new(),
        target: regression.target.clone(),
        total: regression.total,
        work: 0,
    };
    for (at, monomial) in regression.monomials.iter().enumerate() {
        let column = &regression.columns[at];
        if is_log(monomial) {
            let exponent = (2.0 * solution.coefficients[at]).round() / 2.0;
            add_scaled(&mut free.target, -exponent, column);
            if exponent != 0.0 {
                fixed.push((exponent, monomial.clone()));
            }
        } else {
            free.monomials.push(monomial.clone());
            free.columns.push(column.clone());
        }
    }
    if fixed.is_empty() {
        return None;
    }
    let again = free.solve();
    regression.work += free.work;
    fixed.extend(free.terms(&again));
    Some(fixed)
}

/// Most columns, base included, of a regression on all of them at once.
pub(crate) const DENSE: usize = 72;

/// The first columns of a library, as many as `limit` and [`DENSE`] allow, all at once: where that is exact, the numbers of the
/// columns that are needed. Work: see [`Refined`].
pub(crate) fn dense(library: &Library, view: &View, limit: usize) -> (Option<Vec<u32>>, u64) {
    let n_first = library.columns.len().min(limit.min(DENSE).saturating_sub(library.base.len()));
    let n_columns = library.base.len() + n_first;
    let n_rows = view.target.len().min(3 * n_columns + 20);
    if n_first == 0 || n_rows < n_columns + 8 {
        return (None, 1);
    }
    let all: Vec<Monomial> = library.base.iter().chain(&library.columns[..n_first]).cloned().collect();
    // Few more rows than columns tell an exact library from others; all rows tell which columns it needs.
    let mut work = 0;
    let mut exact_on = |n_rows: usize| {
        let (target, weights) = (view.target[..n_rows].to_vec(), view.weights[..n_rows].to_vec());
        let mut regression = Regression::new(library, &View { sign: view.sign, target, weights }, all.clone());
        let solution = regression.solve();
        work += regression.work;
        (solution.squares <= EXACT * regression.total).then_some((regression, solution))
    };
    let few = n_rows.min(n_columns + 16);
    let Some((regression, solution)) = exact_on(few).and_then(|_| exact_on(n_rows)) else { return (None, work) };
    // Scaled coefficients at the level of rounding belong to columns that are not needed.
    let size = |(coefficient, column): (&f64, &Vec<f64>)| coefficient.abs() * dot(column, column).sqrt();
    let sizes: Vec<f64> = solution.coefficients.iter().zip(&regression.columns).map(size).collect();
    let largest = sizes.iter().copied().fold(0.0, f64::max);
    let needed = |monomial: &Monomial| {
        regression.monomials.iter().zip(&sizes).any(|(held, size)| held == monomial && *size > 1e-6 * largest)
    };
    let picks = library.columns[..n_first].iter().enumerate().filter(|(_, column)| needed(column));
    (Some(picks.map(|(at, _)| at as u32).collect()), work)
}
