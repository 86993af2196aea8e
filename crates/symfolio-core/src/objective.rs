//! [`Objective`]: how good a form is. Data is one objective among others.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use symfolio_expr::Program;
use symfolio_fit::{Loss, Workspace, loss_of};

use crate::{Cost, Dataset, Form, RowSet};

/// What an [`Objective`] says of a form.
#[derive(Clone, Debug, PartialEq)]
pub struct Measure {
    /// Lower is better; infinite where the form is not valid (undefined on some row, refused by the evaluator).
    pub loss: f64,
    /// Further figures by name, for constraints, fronts and display.
    pub metrics: BTreeMap<String, f64>,
    /// What the evaluator has to say, for people and for language models.
    pub message: Option<String>,
    /// What measuring cost.
    pub cost: Cost,
}

/// How good a form is.
pub trait Objective: Send + Sync {
    /// Measures `form` on `rows`; an objective without data gets an empty row set.
    fn measure(&self, form: &Form, rows: &RowSet) -> Measure;
}

/// The objective of a data set: mean loss of the residuals over the rows.
#[derive(Debug)]
pub struct DataObjective {
    dataset: Arc<Dataset>,
    loss: Loss,
    /// Working memory, lent to one measurement at a time and grown as threads need it.
    workspaces: Mutex<Vec<Workspace>>,
}

impl DataObjective {
    /// The mean of `loss` over the rows of `dataset`, weighted where it has weights.
    pub fn new(dataset: Arc<Dataset>, loss: Loss) -> DataObjective {
        DataObjective { dataset, loss, workspaces: Mutex::new(Vec::new()) }
    }
}

impl Objective for DataObjective {
    /// Only a [`Form::Expr`] over the data set's features is valid here.
    fn measure(&self, form: &Form, rows: &RowSet) -> Measure {
        let mut measure =
            Measure { loss: f64::INFINITY, metrics: BTreeMap::new(), message: None, cost: Cost::default() };
        let Some(expr) = form.expr() else {
            measure.message = Some("a data set with one target measures one expression".into());
            return measure;
        };
        let table = rows.table(&self.dataset);
        if expr.variables().last().is_some_and(|last| usize::from(*last) >= table.n_features()) {
            measure.message = Some(format!("the data set has {} features only", table.n_features()));
            return measure;
        }
        let lent = self.workspaces.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut workspace = lent.unwrap_or_default();
        let program = Program::new(expr);
        let columns = table.columns();
        let (loss, work) = loss_of(&program, expr.params(), &table.fit_data(&columns), self.loss, &mut workspace);
        measure.loss = if loss.is_nan() { f64::INFINITY } else { loss };
        measure.cost = Cost { work, node_rows: program.nodes_per_row() * table.n_rows() as u64, ..Cost::default() };
        self.workspaces.lock().unwrap_or_else(PoisonError::into_inner).push(workspace);
        measure
    }
}
