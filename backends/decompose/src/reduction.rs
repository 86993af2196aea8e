//! [`Reduction`]: fewer features that tell as much.

use serde::{Deserialize, Serialize};
use symfolio_expr::{Expr, Op, math};

/// A way to say the same with one feature less.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Reduction {
    /// Two features count through one combination only.
    Together(usize, usize, Combination),
    /// The target is a power of the feature times what does not depend on it.
    Power(usize, f64),
}

/// A combination of two features `a` and `b`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Combination {
    Difference,
    Sum,
    Ratio,
    Product,
    SumOfSquares,
    DifferenceOfSquares,
}

impl Combination {
    pub const ALL: [Combination; 6] = [
        Combination::Difference,
        Combination::Sum,
        Combination::Ratio,
        Combination::Product,
        Combination::SumOfSquares,
        Combination::DifferenceOfSquares,
    ];

    /// Two terms whose sum is 0 where the target, with slopes `da` and `db` by the features, depends on the combination only.
    pub fn terms(self, (a, da): (f64, f64), (b, db): (f64, f64)) -> (f64, f64) {
        match self {
            Combination::Difference => (da, db),
            Combination::Sum => (da, -db),
            Combination::Ratio => (a * da, b * db),
            Combination::Product => (a * da, -b * db),
            Combination::SumOfSquares => (b * da, -a * db),
            Combination::DifferenceOfSquares => (b * da, a * db),
        }
    }

    pub fn of(self, a: f64, b: f64) -> f64 {
        match self {
            Combination::Difference => a - b,
            Combination::Sum => a + b,
            Combination::Ratio => a / b,
            Combination::Product => a * b,
            Combination::SumOfSquares => a * a + b * b,
            Combination::DifferenceOfSquares => a * a - b * b,
        }
    }

    pub fn expr(self, a: &Expr, b: &Expr) -> Expr {
        let squares = || [a, b].map(|x| Expr::apply(Op::Mul, &[x, x]));
        match self {
            Combination::Difference => Expr::apply(Op::Sub, &[a, b]),
            Combination::Sum => Expr::apply(Op::Add, &[a, b]),
            Combination::Ratio => Expr::apply(Op::Div, &[a, b]),
            Combination::Product => Expr::apply(Op::Mul, &[a, b]),
            Combination::SumOfSquares => {
                let [a, b] = squares();
                Expr::apply(Op::Add, &[&a, &b])
            }
            Combination::DifferenceOfSquares => {
                let [a, b] = squares();
                Expr::apply(Op::Sub, &[&a, &b])
            }
        }
    }
}

impl Reduction {
    /// The inputs that it adds in the place of its features.
    pub fn n_inputs(self) -> usize {
        usize::from(matches!(self, Reduction::Together(..)))
    }

    /// The features that it takes the place of.
    pub fn features(self) -> Vec<usize> {
        match self {
            Reduction::Together(a, b, _) => vec![a, b],
            Reduction::Power(a, _) => vec![a],
        }
    }
}

/// `x` to the power `power`, a multiple of 1/2.
pub(crate) fn power(x: &Expr, power: f64) -> Expr {
    let size = power.abs();
    let mut factors: Vec<Expr> = (0..size as usize).map(|_| x.clone()).collect();
    if size.fract() > 0.25 {
        factors.push(Expr::apply(Op::Sqrt, &[x]));
    }
    let product = factors.into_iter().reduce(|product, factor| Expr::apply(Op::Mul, &[&product, &factor]));
    let product = product.unwrap_or_else(|| Expr::constant(1.0));
    if power < 0.0 { Expr::apply(Op::Div, &[&Expr::constant(1.0), &product]) } else { product }
}

/// The logarithm of the size of `x` to the power `power`.
pub(crate) fn log_power(x: f64, power: f64) -> f64 {
    power * math::log(x.abs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_cancel_where_the_target_depends_on_the_combination_alone() {
        let (a, b) = (1.7, 0.6);
        for combination in Combination::ALL {
            let law = |a: f64, b: f64| (0.4 * combination.of(a, b)).sin();
            let da = (law(a + 1e-6, b) - law(a - 1e-6, b)) / 2e-6;
            let db = (law(a, b + 1e-6) - law(a, b - 1e-6)) / 2e-6;
            for other in Combination::ALL {
                let (one, two) = other.terms((a, da), (b, db));
                let cancels = (one + two).abs() < 1e-8;
                assert_eq!(cancels, other == combination, "{other:?} of {combination:?}: {one} {two}");
            }
            let [x, y] = [0, 1].map(Expr::var);
            let expr = combination.expr(&x, &y);
            assert_eq!(expr.variables(), [0, 1]);
        }
    }

    #[test]
    fn powers_of_halves_are_products_and_roots() {
        for value in [-2.0, -1.5, -0.5, 0.5, 1.0, 2.5, 3.0] {
            assert!((log_power(1.7, value) - value * 1.7f64.ln()).abs() < 1e-12);
        }
        assert_eq!(power(&Expr::var(0), -1.5).to_prefix(), "(div 1.0 (mul x0 (sqrt x0)))");
    }
}
