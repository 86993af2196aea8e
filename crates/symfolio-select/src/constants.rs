//! [`Constant`]: the numbers of a finished formula.

use serde::{Deserialize, Serialize};
use symfolio_core::Table;
use symfolio_expr::{Expr, Node};
use symfolio_fit::certify;

use crate::literal;
use crate::rows::Bench;

/// A number in a finished formula.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Constant {
    /// Its value.
    pub value: f64,
    /// 95 % confidence interval of a fitted constant; `None` for literals, where the data do not determine it, and where
    /// selection was stopped before.
    pub interval: Option<(f64, f64)>,
    /// How people write a literal: `3/2`, `1/(2*pi)`; `None` for fitted constants.
    pub snapped: Option<String>,
}

/// The numbers of `expr` in order of first appearance, with their intervals from the rows of `table`, where there is
/// one.
pub(crate) fn constants(bench: &mut Bench<'_>, expr: &Expr, table: Option<&Table>) -> Vec<Constant> {
    let intervals = match table {
        Some(table) if !expr.params().is_empty() => {
            let columns = table.columns();
            certify(expr, &table.fit_data(&columns), &mut bench.workspace).intervals
        }
        _ => Vec::new(),
    };
    let mut next = 0;
    let number = |node: &Node| match *node {
        Node::Const(value) => {
            let snapped = literal::text(value).unwrap_or_else(|| symfolio_expr::number_text(value));
            Some(Constant { value, interval: None, snapped: Some(snapped) })
        }
        // Free constants are numbered by first appearance; later appearances of a shared one are passed over.
        Node::Param(index) if usize::from(index) == next => {
            next += 1;
            let value = expr.params()[usize::from(index)];
            let interval = intervals.get(usize::from(index)).copied();
            let told = interval.filter(|(low, high)| low.is_finite() && high.is_finite());
            Some(Constant { value, interval: told, snapped: None })
        }
        _ => None,
    };
    expr.nodes().iter().filter_map(number).collect()
}
