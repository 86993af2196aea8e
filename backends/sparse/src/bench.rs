//! [`Bench`]: one task made ready: its view, its library, and the columns to match. Built anew at each slice, never saved.

use symfolio_core::Problem;
use symfolio_expr::{Expr, OperatorSet, Unit, Units};

use crate::config::SparseConfig;
use crate::dimensional::Dimensions;
use crate::library::{Family, Library, Scope};
use crate::monomial::{Monomial, ONE};
use crate::numeric::Basis;
use crate::plan::Task;
use crate::relevance;
use crate::sample::Sample;
use crate::scan::{Scanner, Wave};
use crate::selection::Design;
use crate::separate::Prefactor;
use crate::transform::Inverse;
use crate::view::View;
use crate::writer::Writer;

/// Products of rows and columns that a match is laid out for: small libraries are matched on more rows.
const CELLS: usize = 300_000;

/// One task made ready.
#[derive(Debug)]
pub(crate) struct Bench {
    /// The transformed target.
    pub view: View,
    /// The columns to choose from.
    pub library: Library,
    /// The same in numbers, on the rows of the match.
    pub design: Design,
    /// Weighted base columns on the rows of the match, made orthonormal.
    pub base: Basis,
    /// Work of making it: each cell of the design counts 4, and 2 more for each base column.
    pub work: u64,
}

impl Bench {
    /// `None` where the task's transform is not defined on the data, or its squares overflow.
    pub fn new(
        task: &Task,
        prefactor: &Prefactor,
        sample: &Sample,
        operators: &OperatorSet,
        config: &SparseConfig,
        problem: &Problem,
    ) -> Option<Bench> {
        let view = View::new(sample, prefactor, task.transform)?;
        let linear = matches!(task.family, Family::Polynomial(1) | Family::Factors(0));
        let variables = if linear || prefactor.variables.len() <= config.max_variables {
            prefactor.variables.clone()
        } else {
            relevance::most_relevant(sample, &prefactor.variables, config.max_variables)
        };
        let dimensions =
            problem.units.as_deref().map(|units| Dimensions { units, value: value_unit(units, task, prefactor) });
        let scope = Scope {
            sample,
            variables: &variables,
            operators,
            max_columns: config.max_columns,
            constraints: &problem.constraints,
            complexity: &problem.complexity,
            dimensions,
        };
        let library = Library::new(task.family, scope, &view.target);
        let n_columns = library.columns.len().max(1);
        let n_rows = match task.family {
            Family::Scanned => sample.n_rows().min(128),
            Family::Quotient(_) => sample.n_rows().min(200),
            _ => sample.n_rows().min((CELLS / n_columns).clamp(96, 600)),
        };
        let weights = &view.weights[..n_rows];
        let weighted = |monomial: &Monomial| {
            let mut column = library.atoms.monomial(monomial, n_rows);
            column.iter_mut().zip(weights).for_each(|(value, weight)| *value *= weight);
            column
        };
        let mut base = Basis::default();
        for monomial in &library.base {
            let column = weighted(monomial);
            if column.iter().all(|value| value.is_finite()) {
                base.push(&column, 1e-10);
            }
        }
        let target: Vec<f64> = view.target.iter().zip(weights).map(|(value, weight)| value * weight).collect();
        let mut design = Design::new(&target, &base);
        if !design.mean_square().is_finite() {
            return None;
        }
        // Scanned columns are arguments of functions, not columns to match.
        for monomial in library.columns.iter().filter(|_| task.family != Family::Scanned) {
            design.push(weighted(monomial), &base);
        }
        let work = (n_columns * n_rows * (4 + 2 * base.len())) as u64;
        Some(Bench { view, library, design, base, work })
    }

    fn scanner<'a>(&'a self, target: &'a [f64]) -> Scanner<'a> {
        Scanner::new(target, &self.view.weights[..target.len()], &self.base)
    }

    fn weighted_target(&self) -> Vec<f64> {
        let n_rows = self.design.n_rows();
        self.view.target.iter().zip(&self.view.weights).take(n_rows).map(|(value, weight)| value * weight).collect()
    }

    /// The functions of a multiple of `argument` (column number `column`) that explain most, and the work done.
    pub fn scan(&self, column: u32, argument: &Monomial, operators: &OperatorSet) -> (Vec<Wave>, u64) {
        let target = self.weighted_target();
        self.scanner(&target).scan(column, &self.library.atoms.monomial(argument, target.len()), operators)
    }

    /// The library with the logarithm of `wave`, its scale sharpened, as last column; and the work done.
    pub fn with_wave(&self, wave: &Wave, sample: &Sample, operators: &OperatorSet) -> Option<(Library, u64)> {
        let argument = self.library.columns.get(wave.column as usize)?;
        let target = self.weighted_target();
        let z = self.library.atoms.monomial(argument, target.len());
        let (sharp, work) = self.scanner(&target).sharpen(wave, &z);
        let mut library = self.library.clone();
        let powers: Vec<(Expr, i16)> =
            argument.powers().iter().map(|(atom, exponent)| (library.atoms.expr(*atom).clone(), *exponent)).collect();
        let product = Writer { operators, tolerance: 1e-6 }.product(sharp.scale, &powers)?;
        let factor = library.atoms.intern(sharp.shape.expr(&product, operators)?, sample);
        library.columns.push(Monomial::power(library.atoms.log_of(factor), ONE));
        Some((library, work))
    }
}

/// The unit of the transformed quotient of target and prefactor; `None` where it is unknown.
fn value_unit(units: &Units, task: &Task, prefactor: &Prefactor) -> Option<Unit> {
    let mut quotient = *units.target()?;
    for (variable, exponent) in prefactor.monomial.powers() {
        quotient = quotient.over(&units.feature(usize::from(*variable))?.raised(*exponent)?);
    }
    match task.transform.inverse() {
        // The transform is the inverse of its inverse.
        Inverse::Power(numerator, denominator) => quotient.power(f64::from(denominator) / f64::from(numerator)),
        _ => Some(Unit::ONE),
    }
}
