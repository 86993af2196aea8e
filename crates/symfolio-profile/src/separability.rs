//! Is the target a sum, or a product, of functions of one feature each?

use symfolio_core::Table;
use symfolio_expr::math;

use crate::landmarks::{held_out_r2, standardised, with_ones};

/// Most features of the models, the most relevant ones, and the degree of their polynomials.
const FEATURES: usize = 12;
const DEGREE: usize = 4;

/// R2 on rows held out of a sum of polynomials of one feature each.
pub(crate) fn additive(table: &Table, target: &[f64], by_relevance: &[usize]) -> Option<f64> {
    let mut columns = Vec::new();
    for index in by_relevance.iter().take(FEATURES) {
        let x = standardised(table.feature(*index));
        let mut power = x.clone();
        for _ in 0..DEGREE {
            columns.push(power.clone());
            power.iter_mut().zip(&x).for_each(|(power, x)| *power *= x);
        }
    }
    if columns.is_empty() {
        return None;
    }
    held_out_r2(&with_ones(columns), target, table.weights.as_deref())
}

/// The same for the logarithm of the target's magnitude; `None` where it is zero somewhere or has both signs.
pub(crate) fn multiplicative(table: &Table, by_relevance: &[usize]) -> Option<f64> {
    let sign = table.target.first()?.signum();
    let logarithms: Option<Vec<f64>> =
        table.target.iter().map(|y| (*y != 0.0 && y.signum() == sign).then(|| math::log(y.abs()))).collect();
    additive(table, &standardised(&logarithms?), by_relevance)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::table;

    #[test]
    fn sums_and_products_are_told_apart() {
        let measured = |law: fn(&[f64]) -> f64| {
            let table = table(800, 3, law);
            let order = [0, 1, 2];
            (additive(&table, &standardised(&table.target), &order), multiplicative(&table, &order))
        };
        let (sum, product) = measured(|x| x[0].sin() - 0.5 * x[1].powi(3) + 1.0 / x[2]);
        assert!(sum.unwrap() > 0.999 && product.is_none(), "{sum:?} {product:?}");
        let (sum, product) = measured(|x| -x[0].exp() * x[1].powi(3) / (1.0 + x[2]));
        assert!(sum.unwrap() < 0.95 && product.unwrap() > 0.999, "{sum:?} {product:?}");
    }
}
