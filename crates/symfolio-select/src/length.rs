//! Description length: how long a message is that holds the formula and what it leaves unexplained, in nats.
//!
//! Bartlett, Desmond and Ferreira, *Exhaustive symbolic regression* (2023), equation 5: misfit, plus the digits of
//! each free constant that the data determine, plus the literals, plus the structure.

use symfolio_core::Table;
use symfolio_expr::{Expr, Node, Program, math};
use symfolio_fit::Loss;

use crate::literal;
use crate::rows::{Bench, Rows};
use crate::spread::Spread;

/// Below this NMSE the rounding of numbers decides, not the formula.
const ROUNDING: f64 = 1e-24;

/// The loss below which differences mean nothing for a target with these values: rounding errors of the target and of what is
/// computed from numbers of its size.
///
/// For the squared error it is 1e-24 of the variance, or 1e4 eps^2 of the mean square where that is more (a target far from 0
/// has fewer digits for its variation); for losses that grow with the first power of the residual, the same in that power.
pub fn floor(loss: Loss, target: &[f64], weights: Option<&[f64]>) -> f64 {
    let variance = crate::metrics::variance(target, weights);
    let mean_square = target.iter().map(|y| y * y).sum::<f64>() / target.len().max(1) as f64;
    let squared = (ROUNDING * variance).max(1e4 * f64::EPSILON * f64::EPSILON * mean_square);
    if power(loss) == 1.0 { squared.sqrt() } else { squared }
}

/// The power of the residual that a loss grows with where it matters.
pub(crate) fn power(loss: Loss) -> f64 {
    if matches!(loss, Loss::AbsoluteError | Loss::Quantile { .. }) { 1.0 } else { 2.0 }
}

/// A description length without derivatives, for decisions during a run: `n/2 log(max(loss, floor))`, half a `log n` for each
/// free constant, and the formula. Which of the features a variable is costs nothing here. Only differences on the same rows mean something.
pub fn quick_description_length(loss: f64, expr: &Expr, n_rows: usize, floor: f64) -> f64 {
    let n = n_rows as f64;
    let misfit = 0.5 * n * math::log(loss.max(floor).max(f64::MIN_POSITIVE));
    misfit + expr.params().len() as f64 * (0.5 * math::log(n.max(1.0)) + 1.0) + formula(expr)
}

/// Which of the features its variables are, each once. One column of hundreds fits noise well by chance, and has to pay for that.
pub(crate) fn of_columns(expr: &Expr, n_features: usize) -> f64 {
    expr.variables().len() as f64 * math::log(n_features.max(1) as f64)
}

/// The structure and the literals: number of nodes times the logarithm of the number of different symbols, and each literal's code.
fn formula(expr: &Expr) -> f64 {
    let mut symbols: Vec<(u8, u16)> = Vec::new();
    let mut literals = 0.0;
    for node in expr.nodes() {
        let symbol = match *node {
            Node::Var(index) => (0, index),
            Node::Op(op) => (1, op as u16),
            Node::Param(_) => (2, 0),
            Node::Const(value) => {
                literals += literal::cost(value);
                (2, 0)
            }
        };
        if !symbols.contains(&symbol) {
            symbols.push(symbol);
        }
    }
    expr.len() as f64 * math::log(symbols.len() as f64) + literals
}

/// A description length in its parts, in nats.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Length {
    /// What is left unexplained, relative to the best constant.
    pub misfit: f64,
    /// The free constants.
    pub constants: f64,
    /// Structure, literals, and which features the variables are.
    pub formula: f64,
}

impl Length {
    pub(crate) fn total(&self) -> f64 {
        self.misfit + self.constants + self.formula
    }

    /// What the formula with its constants takes, the data aside.
    pub(crate) fn of_formula(&self) -> f64 {
        self.constants + self.formula
    }
}

/// What description lengths are measured against.
#[derive(Clone, Debug)]
pub(crate) struct Scale {
    pub loss: Loss,
    /// Loss of the best constant.
    pub baseline: f64,
    /// Loss below which differences mean nothing.
    pub floor: f64,
    /// Number of features that formulas choose from.
    pub n_features: usize,
    /// How the size of residuals changes from row to row.
    pub spread: Spread,
    /// What the residuals of the training rows are divided by, where that is not 1.
    pub divisors: Option<Vec<f64>>,
    /// The same of [`Rows::unseen`].
    pub unseen_divisors: Option<Vec<f64>>,
    /// The training rows with weights that make up for the spread; `None` where it is even.
    pub evened: Option<Table>,
}

impl Scale {
    /// The same scale for residuals that spread as `spread` says, on the training rows.
    pub(crate) fn spreading(mut self, bench: &mut Bench<'_>, spread: Spread, constant: &Expr, rows: &Rows) -> Scale {
        let table = &rows.train;
        self.divisors = spread.divisors(bench, table);
        self.unseen_divisors = spread.divisors(bench, rows.unseen());
        self.spread = spread;
        if let Some(divisors) = &self.divisors {
            let squares = power(self.loss) == 2.0;
            let weight = |row: usize| table.weights.as_ref().map_or(1.0, |weights| weights[row]);
            let even = divisors.iter().enumerate().map(|(row, by)| weight(row) / if squares { by * by } else { *by });
            let weights = Some(even.collect());
            let mut evened = table.clone();
            evened.weights = weights;
            self.evened = Some(evened);
            self.baseline = self.level(bench, constant, self.baseline, table).max(self.floor);
        }
        self
    }

    /// The mean loss of the residuals divided by their spread, which is `value` where they spread evenly.
    fn level(&self, bench: &mut Bench<'_>, expr: &Expr, value: f64, table: &Table) -> f64 {
        let Some(divisors) = &self.divisors else { return value };
        let scaled = |values: &[f64]| -> Vec<f64> { values.iter().zip(divisors).map(|(v, by)| v / by).collect() };
        let values = bench.values(expr, table);
        self.loss.mean(&scaled(&values), &scaled(&table.target), table.weights.as_deref())
    }

    /// The description length of `expr`, whose constants were fitted to the training rows `table` with the loss `value`; `None` where
    /// it is undefined or has as many constants as there are rows.
    ///
    /// Residuals are taken for normal with unknown variance (squared error, Huber, log-cosh: `n/2 log loss`), or for two-sided
    /// exponential (absolute error, quantile: `n log loss`), with the loss corrected for the number of free constants.
    /// A free constant costs the logarithm of its size over the precision that the data give it, at least 0.
    pub(crate) fn length(&self, bench: &mut Bench<'_>, expr: &Expr, value: f64, table: &Table) -> Option<Length> {
        let (n, k) = (table.n_rows(), expr.params().len());
        if !value.is_finite() || k >= n {
            return None;
        }
        let freedom = n as f64 / (n - k) as f64;
        let level = self.level(bench, expr, value, table);
        let level = (level.max(self.floor) * freedom).min(f64::MAX);
        let misfit = self.misfit(level, n);
        let variance = if power(self.loss) == 1.0 { level * level } else { level };
        let squares = self.squared_derivatives(bench, expr, table)?;
        let constants = squares.iter().zip(expr.params()).map(|(square, constant)| {
            // Twelve in place of three for the width of a rounding interval, and two for the sign.
            let digits = 0.5 * math::log((square / variance).max(f64::MIN_POSITIVE) / 3.0);
            (digits + math::log(constant.abs().max(f64::MIN_POSITIVE))).max(0.0)
        });
        let length =
            Length { misfit, constants: constants.sum(), formula: formula(expr) + of_columns(expr, self.n_features) };
        length.total().is_finite().then_some(length)
    }

    /// What `n` rows with the mean loss `level` leave unexplained, in nats, relative to the best constant.
    pub(crate) fn misfit(&self, level: f64, n: usize) -> f64 {
        n as f64 / power(self.loss) * math::log(level / self.baseline)
    }

    /// A residual that is as good as none.
    pub(crate) fn least_residual(&self) -> f64 {
        if power(self.loss) == 1.0 { self.floor } else { self.floor.sqrt() }
    }

    /// Sum over the rows of the squared derivative of the scaled residual by each free constant, weighted with mean weight 1; `None` where undefined.
    fn squared_derivatives(&self, bench: &mut Bench<'_>, expr: &Expr, table: &Table) -> Option<Vec<f64>> {
        let program = Program::new(expr);
        let mut squares = vec![0.0; expr.params().len()];
        if squares.is_empty() {
            return Some(squares);
        }
        let weights = table.weights.as_deref();
        let divisors = self.divisors.as_deref();
        program.jacobian_blocks(expr.params(), &table.columns(), &mut bench.workspace.scratch, |block| {
            for (square, column) in squares.iter_mut().zip(block.jacobian) {
                for (i, derivative) in column[..block.values.len()].iter().enumerate() {
                    let row = block.start + i;
                    let scaled = derivative / divisors.map_or(1.0, |divisors| divisors[row]);
                    *square += weights.map_or(1.0, |weights| weights[row]) * scaled * scaled;
                }
            }
            true
        });
        bench.work += 3 * program.work_per_row() * table.n_rows() as u64;
        let mean = weights.map_or(1.0, |weights| weights.iter().sum::<f64>() / table.n_rows() as f64);
        squares.iter_mut().for_each(|square| *square /= mean);
        squares.iter().all(|square| square.is_finite()).then_some(squares)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn structure_counts_nodes_and_symbols() {
        let length = |text: &str| formula(&Expr::from_prefix(text).unwrap());
        assert_eq!(length("?1"), 0.0);
        assert!((length("(mul ?1 x0)") - 3.0 * 3f64.ln()).abs() < 1e-12);
        assert!((length("(mul x0 x0)") - 3.0 * 2f64.ln()).abs() < 1e-12);
        assert!(length("(pow x0 1.5)") > length("(pow x0 2)") && length("(pow x0 1.5)") < length("(pow x0 1.4998)"));
        // Which of many features it is costs once.
        let of_many = |text: &str| of_columns(&Expr::from_prefix(text).unwrap(), 300);
        assert_eq!(
            (of_many("(mul x0 x0)"), of_many("(mul x0 x7)"), of_many("?1")),
            (300f64.ln(), 2.0 * 300f64.ln(), 0.0)
        );
    }

    #[test]
    fn quick_lengths_weigh_fit_against_constants() {
        let line = Expr::from_prefix("(mul ?1 x0)").unwrap();
        let bent = Expr::from_prefix("(add (mul ?1 x0) (mul ?1 (square x0)))").unwrap();
        let length = |loss, expr, n| quick_description_length(loss, expr, n, 1e-24);
        assert!(length(1.0, &line, 100) < length(0.99, &bent, 100));
        assert!(length(1.0, &line, 100) > length(0.5, &bent, 100));
        assert_eq!(length(0.0, &line, 100), length(1e-25, &line, 100));
    }

    #[test]
    fn the_floor_knows_the_digits_of_the_target() {
        let near = floor(Loss::SquaredError, &[1.0, 2.0, 3.0], None);
        assert!((near / (1e-24 * 2.0 / 3.0) - 1.0).abs() < 1e-12);
        let far = floor(Loss::SquaredError, &[1e9 + 1.0, 1e9 + 2.0, 1e9 + 3.0], None);
        assert!(far > 1e-11 && far < 1e-8, "{far}");
        assert!((floor(Loss::AbsoluteError, &[1.0, 2.0, 3.0], None).powi(2) / near - 1.0).abs() < 1e-12);
    }
}
