//! [`Member`]: a polished formula among those that are chosen from.

use symfolio_core::{Problem, Table};
use symfolio_expr::{Expr, Key, Node};

use crate::held_out::cross_validated;
use crate::length::Length;
use crate::metrics::Metrics;
use crate::options::SelectOptions;
use crate::polish::Draft;
use crate::rows::{Bench, Rows};

/// A polished formula with what is known of it.
#[derive(Clone, Debug)]
pub(crate) struct Member {
    /// With constants from the training rows.
    pub expr: Expr,
    pub complexity: u32,
    /// Loss on the training rows.
    pub loss: f64,
    pub length: Length,
    pub train: Metrics,
    /// How it does on rows that its constants have not seen; `None` where the time did not suffice.
    pub held_out: Option<HeldOut>,
    pub candidate: u64,
    pub origin: Vec<String>,
    /// Is it the constant that is always in the running?
    pub is_constant: bool,
}

/// How a formula does on rows that its constants have not seen.
#[derive(Clone, Debug)]
pub(crate) struct HeldOut {
    pub metrics: Metrics,
    /// Target minus prediction, row by row.
    pub residuals: Vec<f64>,
}

impl Member {
    pub(crate) fn new(bench: &mut Bench<'_>, problem: &Problem, rows: &Rows, draft: Draft) -> Member {
        let values = bench.values(&draft.expr, &rows.train);
        let train = Metrics::new(&values, &rows.train.target, rows.train.weights.as_deref(), rows.loss);
        Member {
            complexity: problem.complexity.of(&draft.expr),
            is_constant: draft.expr.variables().is_empty(),
            expr: draft.expr,
            loss: draft.loss,
            length: draft.length,
            train,
            held_out: None,
            candidate: u64::MAX,
            origin: vec!["selection".into()],
        }
    }

    /// Measures it on rows held out; says whether it is defined and sane there.
    pub(crate) fn hold_out(&mut self, bench: &mut Bench<'_>, rows: &Rows, options: &SelectOptions) -> bool {
        let (table, values) = match &rows.validation {
            Some(table) => (table, bench.values(&self.expr, table)),
            None => (&rows.train, cross_validated(bench, &self.expr, &rows.train, rows.loss, options.folds)),
        };
        let residuals: Vec<f64> = table.target.iter().zip(&values).map(|(y, value)| y - value).collect();
        let metrics = Metrics::new(&values, &table.target, table.weights.as_deref(), rows.loss);
        self.held_out = Some(HeldOut { metrics, residuals });
        is_sane(&values, &rows.all, options.absurd)
    }

    /// The key of the form with every number free: formulas that share it differ in their numbers only.
    pub(crate) fn form(&self) -> Key {
        self.expr.thaw().form_key()
    }

    /// How many numbers it holds, free or literal.
    pub(crate) fn numbers(&self) -> usize {
        self.expr.nodes().iter().filter(|node| matches!(node, Node::Const(_) | Node::Param(_))).count()
    }

    /// Is it worse than `other`, or equal, in everything that counts?
    pub(crate) fn is_dominated_by(&self, other: &Member, floor: f64) -> bool {
        let (own, others) = (self.loss.max(floor), other.loss.max(floor));
        let (length, others_length) = (self.length.total(), other.length.total());
        let no_worse = other.complexity <= self.complexity && others <= own && others_length <= length;
        no_worse && (other.complexity < self.complexity || others < own || others_length < length)
    }
}

/// Is every value finite and within `absurd` ranges of the middle of the target?
fn is_sane(values: &[f64], table: &Table, absurd: f64) -> bool {
    let (low, high) =
        table.target.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), y| (low.min(*y), high.max(*y)));
    let (middle, reach) = (0.5 * low + 0.5 * high, absurd * (high - low));
    values.iter().all(|value| (value - middle).abs() <= reach)
}
