//! [`Wave`]: a factor `f(K z)` of the target with one constant inside a function, found by scanning the constant.
//!
//! For `y = C x^a f(K z)^p` the logarithm of `y` is linear in `log C`, `a` and `p`. Only `K` is left to search, for each
//! product of powers `z` and each function `f`: variable projection (Golub and Pereyra 1973) on a grid, then golden section.

use serde::{Deserialize, Serialize};
use symfolio_expr::{Expr, Op, OperatorSet, math};
use symfolio_fit::dot;

use crate::numeric::Basis;

/// A function of one argument whose logarithm is scanned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Shape {
    /// exp(s) - 1
    ExpMinusOne,
    /// exp(s) + 1
    ExpPlusOne,
    /// exp(s) + exp(-s)
    ExpSum,
    /// exp(s) - exp(-s)
    ExpDifference,
    /// tanh(s)
    Tanh,
    /// s + 1
    Shifted,
    /// log(s + 1)
    LogShifted,
    /// sin(s)
    Sin,
    /// cos(s)
    Cos,
}

/// A factor `f(K z)` that explains much of the target.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Wave {
    /// Share of the target's squares that is left.
    pub left: f64,
    /// Number of the column that is the argument.
    pub column: u32,
    /// The function.
    pub shape: Shape,
    /// The constant inside.
    pub scale: f64,
}

impl Shape {
    pub const ALL: [Shape; 9] = [
        Shape::ExpMinusOne,
        Shape::ExpPlusOne,
        Shape::ExpSum,
        Shape::ExpDifference,
        Shape::Tanh,
        Shape::Shifted,
        Shape::LogShifted,
        Shape::Sin,
        Shape::Cos,
    ];

    /// Can it be written with these operators?
    pub fn is_expressible(self, operators: &OperatorSet) -> bool {
        let needs = match self {
            Shape::Tanh => Op::Tanh,
            Shape::Shifted => Op::Add,
            Shape::LogShifted => Op::Log,
            Shape::Sin => Op::Sin,
            Shape::Cos => Op::Cos,
            _ => Op::Exp,
        };
        operators.contains(needs) && operators.contains(Op::Add) && operators.contains(Op::Sub)
    }

    fn value(self, s: f64) -> f64 {
        match self {
            Shape::ExpMinusOne => math::exp(s) - 1.0,
            Shape::ExpPlusOne => math::exp(s) + 1.0,
            Shape::ExpSum => math::exp(s) + math::exp(-s),
            Shape::ExpDifference => math::exp(s) - math::exp(-s),
            Shape::Tanh => math::tanh(s),
            Shape::Shifted => s + 1.0,
            Shape::LogShifted => math::log(s + 1.0),
            Shape::Sin => math::sin(s),
            Shape::Cos => math::cos(s),
        }
    }

    /// Do both signs of the scale give different functions?
    fn is_signed(self) -> bool {
        matches!(self, Shape::ExpMinusOne | Shape::ExpPlusOne | Shape::Shifted)
    }

    /// The function of `argument` as an expression.
    pub fn expr(self, argument: &Expr, operators: &OperatorSet) -> Option<Expr> {
        let one = Expr::constant(1.0);
        let exp = Expr::apply(Op::Exp, &[argument]);
        let binary = |op: Op, a: &Expr, b: &Expr| Some(Expr::apply(op, &[a, b]));
        let inverse = if operators.contains(Op::Inv) {
            Expr::apply(Op::Inv, &[&exp])
        } else if operators.contains(Op::Div) {
            Expr::apply(Op::Div, &[&one, &exp])
        } else {
            Expr::apply(Op::Exp, &[&Expr::apply(Op::Neg, &[argument])])
        };
        match self {
            Shape::ExpMinusOne => binary(Op::Sub, &exp, &one),
            Shape::ExpPlusOne => binary(Op::Add, &exp, &one),
            Shape::ExpSum if operators.contains(Op::Cosh) => Some(Expr::apply(Op::Cosh, &[argument])),
            Shape::ExpSum => binary(Op::Add, &exp, &inverse),
            Shape::ExpDifference if operators.contains(Op::Sinh) => Some(Expr::apply(Op::Sinh, &[argument])),
            Shape::ExpDifference => binary(Op::Sub, &exp, &inverse),
            Shape::Tanh => Some(Expr::apply(Op::Tanh, &[argument])),
            Shape::Shifted => binary(Op::Add, argument, &one),
            Shape::LogShifted => Some(Expr::apply(Op::Log, &[&Expr::apply(Op::Add, &[argument, &one])])),
            Shape::Sin => Some(Expr::apply(Op::Sin, &[argument])),
            Shape::Cos => Some(Expr::apply(Op::Cos, &[argument])),
        }
    }
}

/// The rows that scales are scanned on: weights and target with the base projected out.
#[derive(Debug)]
pub(crate) struct Scanner<'a> {
    weights: &'a [f64],
    base: &'a Basis,
    rest: Vec<f64>,
    total: f64,
}

/// Scales of the grid for each shape and sign.
const GRID: usize = 40;

impl<'a> Scanner<'a> {
    /// `target` is weighted already.
    pub fn new(target: &[f64], weights: &'a [f64], base: &'a Basis) -> Scanner<'a> {
        let mut rest = target.to_vec();
        base.remove(&mut rest);
        Scanner { weights, base, rest, total: dot(target, target).max(f64::MIN_POSITIVE) }
    }

    /// Share of the target's squares left by the base and the logarithm of `shape(scale * z)`.
    fn left(&self, shape: Shape, scale: f64, z: &[f64]) -> f64 {
        let mut column: Vec<f64> = z
            .iter()
            .zip(self.weights)
            .map(|(z, weight)| if *weight > 0.0 { weight * math::log(shape.value(scale * z).abs()) } else { 0.0 })
            .collect();
        let before = dot(&column, &column);
        self.base.remove(&mut column);
        let after = dot(&column, &column);
        let all = dot(&self.rest, &self.rest);
        if !before.is_finite() || after <= 1e-10 * before || after <= 0.0 {
            return all / self.total;
        }
        let along = dot(&column, &self.rest);
        (all - along * along / after).max(0.0) / self.total
    }

    /// The best scale of each shape for the argument `z`, and the work done: for each of the scales tried, `n_rows` times
    /// (10 + 4 times the base).
    pub fn scan(&self, column: u32, z: &[f64], operators: &OperatorSet) -> (Vec<Wave>, u64) {
        let (low, high) =
            z.iter().fold((f64::INFINITY, 0.0), |(low, high), z| (f64::min(low, z.abs()), f64::max(high, z.abs())));
        let mut found = Vec::new();
        let mut tried = 0;
        if !high.is_finite() || high <= 0.0 || high <= low * 1.05 {
            return (found, 1);
        }
        for shape in Shape::ALL.into_iter().filter(|shape| shape.is_expressible(operators)) {
            let grid: Vec<f64> = (0..GRID).map(|step| grid_scale(shape, step, high)).collect();
            for sign in [1.0, -1.0] {
                if sign < 0.0 && !shape.is_signed() {
                    continue;
                }
                let lefts: Vec<f64> = grid.iter().map(|scale| self.left(shape, sign * scale, z)).collect();
                tried += GRID;
                let best = (0..GRID).min_by(|a, b| lefts[*a].total_cmp(&lefts[*b])).unwrap_or(0);
                // Scales of very small arguments overflow.
                if lefts[best].is_finite() && grid[best].is_finite() {
                    found.push(Wave { left: lefts[best], column, shape, scale: sign * grid[best] });
                }
            }
        }
        let work = tried * z.len() * (10 + 4 * self.base.len());
        (found, work as u64)
    }

    /// The same factor with the scale brought to its minimum by golden section, and the work done.
    pub fn sharpen(&self, wave: &Wave, z: &[f64]) -> (Wave, u64) {
        let width = if matches!(wave.shape, Shape::Sin | Shape::Cos) {
            let high = z.iter().fold(0.0, |high, z| f64::max(high, z.abs()));
            grid_scale(wave.shape, 0, high)
        } else {
            wave.scale.abs() * 0.25
        };
        let ratio = 0.5 * (5f64.sqrt() - 1.0);
        let (mut a, mut b) = (wave.scale - width, wave.scale + width);
        let (mut c, mut d) = (b - ratio * (b - a), a + ratio * (b - a));
        let (mut at_c, mut at_d) = (self.left(wave.shape, c, z), self.left(wave.shape, d, z));
        let steps = 40;
        for _ in 0..steps {
            if at_c < at_d {
                (b, d, at_d) = (d, c, at_c);
                c = b - ratio * (b - a);
                at_c = self.left(wave.shape, c, z);
            } else {
                (a, c, at_c) = (c, d, at_d);
                d = a + ratio * (b - a);
                at_d = self.left(wave.shape, d, z);
            }
        }
        let (scale, left) = if at_c < at_d { (c, at_c) } else { (d, at_d) };
        let work = (steps * z.len() * (10 + 4 * self.base.len())) as u64;
        let wave = if left < wave.left { Wave { left, scale, ..wave.clone() } } else { wave.clone() };
        (wave, work)
    }
}

/// Grid of scales: geometric, from nearly linear to saturated, and even for waves, up to several periods over the data.
fn grid_scale(shape: Shape, step: usize, high: f64) -> f64 {
    match shape {
        Shape::Sin | Shape::Cos => 0.5 * (step as f64 + 1.0) / high,
        _ => 0.02 * math::pow(1.22, step as f64) / high,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(shape: Shape, scale: f64, power: f64) {
        let z: Vec<f64> = (0..120).map(|i| 0.5 + f64::from((i * 37) % 120) / 60.0).collect();
        let weights = vec![1.0; z.len()];
        let mut base = Basis::default();
        base.push(&weights, 1e-10);
        let target: Vec<f64> = z.iter().map(|z| 0.3 + power * math::log(shape.value(scale * z).abs())).collect();
        let scanner = Scanner::new(&target, &weights, &base);
        let (found, _) = scanner.scan(0, &z, &OperatorSet::default());
        let wave = found.iter().find(|wave| wave.shape == shape && wave.scale.signum() == scale.signum()).unwrap();
        let (sharp, _) = scanner.sharpen(wave, &z);
        assert!((sharp.scale - scale).abs() < 1e-5 * scale.abs(), "{sharp:?} for {scale}");
    }

    #[test]
    fn the_scale_inside_a_function_is_found() {
        for (shape, scale, power) in [
            (Shape::ExpMinusOne, 0.7, -1.0),
            (Shape::ExpMinusOne, -1.3, 1.0),
            (Shape::ExpPlusOne, 1.1, -1.0),
            (Shape::ExpSum, 0.9, -1.0),
            (Shape::Tanh, 0.8, 1.0),
            (Shape::Shifted, 2.0, -0.5),
            (Shape::Shifted, -0.3, -1.0),
            (Shape::LogShifted, 1.5, 1.0),
            (Shape::Sin, 3.3, 2.0),
        ] {
            check(shape, scale, power);
        }
    }
}
