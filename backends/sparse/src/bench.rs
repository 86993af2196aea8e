//! [`Bench`]: one task made ready: its view, its library, and the columns to match. Built anew at each slice, never saved.

use symfolio_expr::OperatorSet;

use crate::config::SparseConfig;
use crate::library::{Family, Library, Scope};
use crate::monomial::Monomial;
use crate::numeric::Basis;
use crate::plan::Task;
use crate::relevance;
use crate::sample::Sample;
use crate::selection::Design;
use crate::separate::Prefactor;
use crate::view::View;

/// Products of rows and columns that a match is laid out for: small libraries are matched on more rows.
const CELLS: usize = 300_000;

/// One task made ready.
#[derive(Debug)]
pub(crate) struct Bench {
    pub view: View,
    pub library: Library,
    pub design: Design,
    /// Work of making it: each cell of the design counts 4, and 2 more for each base column.
    pub work: u64,
}

impl Bench {
    /// `None` where the task's transform is not defined on the data.
    pub fn new(
        task: &Task,
        prefactor: &Prefactor,
        sample: &Sample,
        operators: &OperatorSet,
        config: &SparseConfig,
    ) -> Option<Bench> {
        let view = View::new(sample, prefactor, task.transform)?;
        let linear = matches!(task.family, Family::Polynomial(1) | Family::LogLinear(0));
        let variables = if linear || prefactor.variables.len() <= config.max_variables {
            prefactor.variables.clone()
        } else {
            relevance::most_relevant(sample, &prefactor.variables, config.max_variables)
        };
        let scope = Scope { sample, variables: &variables, operators, max_columns: config.max_columns };
        let library = Library::new(task.family, scope, &view.target);
        let n_columns = library.columns.len().max(1);
        let n_rows = sample.n_rows().min((CELLS / n_columns).clamp(96, 600));
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
        for monomial in &library.columns {
            design.push(weighted(monomial), &base);
        }
        let work = (n_columns * n_rows * (4 + 2 * base.len())) as u64;
        Some(Bench { view, library, design, work })
    }
}
