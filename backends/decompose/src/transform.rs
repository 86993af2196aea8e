//! [`Transform`]: of the target, under which it may be a sum of parts.

use serde::{Deserialize, Serialize};
use symfolio_expr::{Expr, Op, math};

/// A transform of the target under which it may be a sum of parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Transform {
    Plain,
    /// Of the absolute value: the target is a product of parts.
    Logarithm,
    Inverse,
    Square,
}

impl Transform {
    pub const ALL: [Transform; 4] = [Transform::Plain, Transform::Logarithm, Transform::Inverse, Transform::Square];

    /// Can every one of the values be transformed, and be told from its transform?
    pub fn suits(self, values: &[f64]) -> bool {
        let (low, high) =
            values.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), y| (low.min(*y), high.max(*y)));
        match self {
            Transform::Plain => true,
            Transform::Logarithm | Transform::Inverse => low > 0.0 || high < 0.0,
            Transform::Square => low >= 0.0 && high > 0.0,
        }
    }

    pub fn of(self, y: f64) -> f64 {
        match self {
            Transform::Plain => y,
            Transform::Logarithm => math::log(y.abs()),
            Transform::Inverse => 1.0 / y,
            Transform::Square => y * y,
        }
    }

    /// Size of the derivative.
    pub fn slope(self, y: f64) -> f64 {
        match self {
            Transform::Plain => 1.0,
            Transform::Logarithm => 1.0 / y.abs(),
            Transform::Inverse => 1.0 / (y * y),
            Transform::Square => 2.0 * y.abs(),
        }
    }

    /// What a part is to be on a view: a factor of the target where the parts of the transform are logarithms.
    pub fn part(self, value: f64) -> f64 {
        if self == Transform::Logarithm { math::exp(value) } else { value }
    }

    /// The target from formulas of its parts, with constants for their sizes and an offset.
    pub fn joined(self, parts: &[&Expr]) -> Expr {
        let one = || Expr::param(1.0);
        if self == Transform::Logarithm {
            return parts.iter().fold(one(), |product, part| Expr::apply(Op::Mul, &[&product, part]));
        }
        let scaled = parts.iter().map(|part| Expr::apply(Op::Mul, &[&one(), part]));
        let sum = scaled.fold(Expr::param(0.0), |sum, part| Expr::apply(Op::Add, &[&sum, &part]));
        match self {
            Transform::Inverse => Expr::apply(Op::Div, &[&Expr::constant(1.0), &sum]),
            Transform::Square => Expr::apply(Op::Sqrt, &[&sum]),
            Transform::Plain | Transform::Logarithm => sum,
        }
    }

    /// The transform in words.
    pub fn name(self) -> &'static str {
        match self {
            Transform::Plain => "y",
            Transform::Logarithm => "log(y)",
            Transform::Inverse => "1/y",
            Transform::Square => "y**2",
        }
    }
}
