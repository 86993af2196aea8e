//! [`Rows`]: the rows of a problem, as selection uses them.

use symfolio_core::{Dataset, Problem, Table};
use symfolio_expr::{Columns, Expr, Program};
use symfolio_fit::{Effort, FitOptions, Loss, Workspace, fit};

use rand_chacha::ChaCha8Rng;

use crate::held_out::Folds;
use crate::metrics::Metrics;
use crate::options::SelectOptions;

/// The rows of a problem that have a weight: a row of weight 0 is no evidence, and must not pass for any.
pub(crate) struct Rows {
    /// Rows that constants are fitted on while formulas are compared; at most [`SelectOptions::max_rows`].
    pub train: Table,
    /// Rows held out; `None` where cross-validation takes their place.
    pub validation: Option<Table>,
    /// Training and validation rows together, for the final constants.
    pub all: Table,
    /// Row of the data set of each row of `all`.
    pub numbers: Vec<u32>,
    /// Positions in `all` of the training rows; `None` where all are.
    pub seen: Option<Vec<usize>>,
    /// The training rows in folds, where cross-validation takes the place of rows held out.
    pub folds: Option<Folds>,
    pub loss: Loss,
}

impl Rows {
    pub(crate) fn new(dataset: &Dataset, problem: &Problem, options: &SelectOptions) -> Rows {
        let counts = |row: &u32| dataset.weights().is_none_or(|weights| weights[*row as usize] > 0.0);
        let that_count = |rows: &[u32]| -> Vec<u32> { rows.iter().copied().filter(counts).collect() };
        let (mut train, held_out) = (that_count(&problem.split.train), that_count(&problem.split.validation));
        let mut every = [train.as_slice(), &held_out].concat();
        every.sort_unstable();
        every.dedup();
        if every.is_empty() {
            every = that_count(&(0..dataset.n_rows() as u32).collect::<Vec<u32>>());
        }
        let validates = held_out.len() >= 2 && train.len() >= 2 && every.len() >= options.cross_validate_below;
        if !validates {
            train.clone_from(&every);
        }
        let seen = |number: &u32| every.binary_search(number).ok();
        let table = Table::gather(dataset, &thinned(&train, options.max_rows));
        Rows {
            seen: validates.then(|| train.iter().filter_map(seen).collect()),
            folds: (!validates).then(|| Folds::new(&table, options.folds)),
            train: table,
            validation: validates.then(|| Table::gather(dataset, &thinned(&held_out, options.max_rows))),
            all: Table::gather(dataset, &every),
            loss: problem.loss,
            numbers: every,
        }
    }

    /// Number of rows that formulas are fitted on while they are compared, and of those held out.
    pub(crate) fn counts(&self) -> (usize, usize) {
        let held_out = self.validation.as_ref().map_or(0, Table::n_rows);
        (self.seen.as_ref().map_or(self.all.n_rows(), Vec::len), held_out)
    }

    /// The rows that formulas are measured on: those held out, or all training rows, each predicted by the other folds.
    pub(crate) fn unseen(&self) -> &Table {
        self.validation.as_ref().unwrap_or(&self.train)
    }

    /// How the values of a formula on all rows do on the training rows.
    pub(crate) fn on_training_rows(&self, values: &[f64]) -> Metrics {
        let Some(seen) = &self.seen else {
            return Metrics::new(values, &self.all.target, self.all.weights.as_deref(), self.loss);
        };
        let take = |values: &[f64]| -> Vec<f64> { seen.iter().map(|row| values[*row]).collect() };
        let weights = self.all.weights.as_deref().map(take);
        Metrics::new(&take(values), &take(&self.all.target), weights.as_deref(), self.loss)
    }
}

/// At most `limit` rows, evenly spread.
fn thinned(rows: &[u32], limit: usize) -> Vec<u32> {
    let limit = limit.max(10);
    if rows.len() <= limit {
        return rows.to_vec();
    }
    (0..limit).map(|i| rows[(i as u64 * rows.len() as u64 / limit as u64) as usize]).collect()
}

/// What all steps share: the source of randomness, working memory, and the work done so far.
pub(crate) struct Bench<'a> {
    pub rng: &'a mut ChaCha8Rng,
    pub workspace: Workspace,
    pub work: u64,
}

impl Bench<'_> {
    /// `expr` with its constants fitted to `table`, starting from their present values, and the loss.
    pub(crate) fn fitted(&mut self, expr: &Expr, table: &Table, loss: Loss, how: How) -> (Expr, f64) {
        let columns = table.columns();
        let data = table.fit_data(&columns);
        let per_row = Program::new(expr).work_per_row();
        let options = FitOptions {
            loss,
            effort: if how == How::Thorough { Effort::Thorough } else { Effort::Quick },
            max_iterations: match how {
                How::Thorough => None,
                How::Converge => Some(60),
                How::Adjust => Some(8),
            },
            max_work: if how == How::Thorough { 600 * per_row * table.n_rows() as u64 } else { u64::MAX },
            ..FitOptions::default()
        };
        let found = fit(self.rng, expr, &data, &options, &mut self.workspace);
        self.work += found.work;
        (expr.with_params(&found.params), found.loss)
    }

    /// The values of `expr` on the rows of `table`.
    pub(crate) fn values(&mut self, expr: &Expr, table: &Table) -> Vec<f64> {
        self.values_at(expr, &table.columns())
    }

    /// The values of `expr` at the rows of `columns`.
    pub(crate) fn values_at(&mut self, expr: &Expr, columns: &Columns<'_>) -> Vec<f64> {
        let program = Program::new(expr);
        let mut values = vec![0.0; columns.n_rows()];
        program.values(expr.params(), columns, &mut self.workspace.scratch, &mut values);
        self.work += program.work_per_row() * columns.n_rows() as u64;
        values
    }
}

/// How much trouble a fit takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum How {
    /// Many starts.
    Thorough,
    /// From the present values until nothing more is gained.
    Converge,
    /// A few steps from the present values.
    Adjust,
}
