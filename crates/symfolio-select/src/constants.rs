//! [`Constant`]: the numbers of a finished formula.

use serde::{Deserialize, Serialize};
use symfolio_core::Table;
use symfolio_expr::{Columns, Expr, Node};
use symfolio_fit::{FitData, Loss, certify_loss};

use crate::literal;
use crate::rows::Bench;

/// Rows from which intervals are taken at most: derivatives by every constant on every row take memory.
const MOST_ROWS: usize = 100_000;

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

/// The numbers of `expr` in order of first appearance, with their intervals at a minimum of `loss` on the rows of `table`, where there is
/// one.
pub(crate) fn constants(bench: &mut Bench<'_>, expr: &Expr, table: Option<&Table>, loss: Loss) -> Vec<Constant> {
    let intervals = match table {
        Some(table) if !expr.params().is_empty() => intervals(bench, expr, table, loss),
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

/// 95 % confidence intervals of the free constants. Those of very many rows come from an even part of them, and are narrowed by the
/// square root of the share.
fn intervals(bench: &mut Bench<'_>, expr: &Expr, table: &Table, loss: Loss) -> Vec<(f64, f64)> {
    let step = table.n_rows().div_ceil(MOST_ROWS).max(1);
    if step == 1 {
        let columns = table.columns();
        return certify_loss(expr, &table.fit_data(&columns), loss, &[], &mut bench.workspace).intervals;
    }
    let part = |values: &[f64]| values.iter().step_by(step).copied().collect::<Vec<f64>>();
    let features: Vec<Vec<f64>> = (0..table.n_features()).map(|index| part(table.feature(index))).collect();
    let columns = Columns::new(features.iter().map(Vec::as_slice));
    let (target, weights) = (part(&table.target), table.weights.as_deref().map(part));
    let data = FitData { columns: &columns, target: &target, weights: weights.as_deref() };
    let found = certify_loss(expr, &data, loss, &[], &mut bench.workspace).intervals;
    let share = (target.len() as f64 / table.n_rows() as f64).sqrt();
    let narrowed =
        |((low, high), value): ((f64, f64), &f64)| (value + (low - value) * share, value + (high - value) * share);
    found.into_iter().zip(expr.params()).map(narrowed).collect()
}

#[cfg(test)]
mod tests {
    use rand_chacha::ChaCha8Rng;
    use rand_chacha::rand_core::SeedableRng;
    use symfolio_core::{Column, Dataset};
    use symfolio_fit::Workspace;

    use super::*;

    #[test]
    fn a_part_of_many_rows_gives_the_intervals_of_all() {
        let n = 4 * MOST_ROWS as u32 + 3;
        let x: Vec<f64> = (0..n).map(|i| f64::from(i.wrapping_mul(2_654_435_761) >> 8) / f64::from(1 << 24)).collect();
        let wild = |i: u32| f64::from(i.wrapping_mul(0x9E37_79B1) >> 8) / f64::from(1 << 24) - 0.5;
        let y: Vec<f64> = x.iter().zip(0..n).map(|(x, i)| 3.0 * x + 1.0 + wild(i * 7 + 5)).collect();
        let data = Dataset::new("line", vec![Column::new("x", x)], Column::new("y", y), None).unwrap();
        let table = Table::gather(&data, &(0..n).collect::<Vec<u32>>());
        let expr = Expr::from_prefix("(add (mul ?3.0 x0) ?1.0)").unwrap();
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let mut bench = Bench { rng: &mut rng, workspace: Workspace::default(), work: 0 };
        let part = intervals(&mut bench, &expr, &table, Loss::SquaredError);
        let columns = table.columns();
        let all =
            certify_loss(&expr, &table.fit_data(&columns), Loss::SquaredError, &[], &mut bench.workspace).intervals;
        assert_eq!(part.len(), 2);
        for (part, all) in part.iter().zip(&all) {
            let ratio = (part.1 - part.0) / (all.1 - all.0);
            assert!((0.97..1.03).contains(&ratio), "{part:?} and {all:?}");
        }
    }
}
