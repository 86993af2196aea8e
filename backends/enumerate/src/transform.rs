//! [`Transform`]: an invertible function of the target, so that the outermost operators of a law need not be enumerated.

use serde::{Deserialize, Serialize};
use symfolio_expr::{Expr, Op, OperatorSet, math};

/// An invertible function `u = T(y)` of the target. What is found for `u` is a formula `y = T^-1(u)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Transform {
    /// y
    Identity,
    /// 1 / y
    Inverse,
    /// y^2
    Square,
    /// log(abs(y)) of a target of one sign
    Log,
    /// 1 / y^2
    InverseSquare,
    /// sqrt(y)
    Root,
    /// exp(y)
    Exp,
    /// sin(y) on the range of the arc sine
    Sin,
    /// cos(y) on the range of the arc cosine
    Cos,
    /// tan(y) on the range of the arc tangent
    Tan,
    /// asin(y), undone by sin(u)
    ArcSine,
    /// log(1 + 1/y), undone by 1 / (exp(u) - 1)
    LogInversePlus,
    /// log(1/y - 1), undone by 1 / (exp(u) + 1)
    LogInverseMinus,
}

impl Transform {
    /// All transforms, the most common ones first.
    pub const ALL: [Transform; 13] = [
        Transform::Identity,
        Transform::Inverse,
        Transform::Square,
        Transform::Log,
        Transform::InverseSquare,
        Transform::Root,
        Transform::Exp,
        Transform::Sin,
        Transform::Cos,
        Transform::Tan,
        Transform::ArcSine,
        Transform::LogInversePlus,
        Transform::LogInverseMinus,
    ];

    /// Are these target values within its domain, and would they come back from it unchanged?
    pub fn is_defined(self, values: &[f64]) -> bool {
        let all = |test: fn(f64) -> bool| values.iter().all(|y| test(*y));
        match self {
            Transform::Identity => true,
            Transform::Inverse => all(|y| y != 0.0),
            Transform::Log => all(|y| y > 0.0) || all(|y| y < 0.0),
            Transform::Square | Transform::Root => all(|y| y >= 0.0),
            Transform::InverseSquare | Transform::LogInversePlus => all(|y| y > 0.0),
            Transform::Exp => all(|y| y.abs() < 30.0),
            Transform::Sin | Transform::Tan => all(|y| y.abs() <= std::f64::consts::FRAC_PI_2),
            Transform::Cos => all(|y| (0.0..=std::f64::consts::PI).contains(&y)),
            Transform::ArcSine => all(|y| y.abs() <= 1.0),
            Transform::LogInverseMinus => all(|y| y > 0.0 && y < 1.0),
        }
    }

    /// The transformed value.
    pub fn apply(self, y: f64) -> f64 {
        match self {
            Transform::Identity => y,
            Transform::Inverse => 1.0 / y,
            Transform::Square => y * y,
            Transform::InverseSquare => 1.0 / (y * y),
            Transform::Root => y.sqrt(),
            Transform::Log => math::log(y.abs()),
            Transform::Exp => math::exp(y),
            Transform::Sin => math::sin(y),
            Transform::Cos => math::cos(y),
            Transform::Tan => math::tan(y),
            Transform::ArcSine => math::asin(y),
            Transform::LogInversePlus => math::log(1.0 + 1.0 / y),
            Transform::LogInverseMinus => math::log(1.0 / y - 1.0),
        }
    }

    /// How far the target moves when the transformed value moves by 1: `abs(dy/du)`. Residuals of `u` times this are, to first
    /// order, residuals of the target.
    pub fn slope(self, y: f64) -> f64 {
        let size = y.abs();
        match self {
            Transform::Identity => 1.0,
            Transform::Inverse => size * size,
            Transform::Square => 0.5 / size,
            Transform::InverseSquare => 0.5 * size * size * size,
            Transform::Root => 2.0 * size.sqrt(),
            Transform::Log => size,
            Transform::Exp => math::exp(-y),
            Transform::Sin => 1.0 / math::cos(y).abs(),
            Transform::Cos => 1.0 / math::sin(y).abs(),
            Transform::Tan => math::cos(y) * math::cos(y),
            Transform::ArcSine => (1.0 - y * y).max(0.0).sqrt(),
            Transform::LogInversePlus => size * (1.0 + size),
            Transform::LogInverseMinus => size * (1.0 - size),
        }
    }

    /// `k` such that `T^-1(factor * u)` is `k * T^-1(u)` for every `u`; `None` where there is none.
    pub fn undone_factor(self, factor: f64) -> Option<f64> {
        let undone = match self {
            Transform::Inverse => 1.0 / factor,
            Transform::Square => factor.sqrt(),
            Transform::InverseSquare => 1.0 / factor.sqrt(),
            Transform::Root => factor * factor,
            _ => return None,
        };
        undone.is_finite().then_some(undone)
    }

    /// `T^-1(u)` as an expression over the operators of the set; `None` where they cannot write it. `negative` says that the target
    /// is below 0, for transforms that lose the sign.
    pub fn undo(self, u: &Expr, operators: &OperatorSet, negative: bool) -> Option<Expr> {
        let unary = |op: Op, of: &Expr| operators.contains(op).then(|| Expr::apply(op, &[of]));
        let inverse = |of: &Expr| {
            unary(Op::Inv, of)
                .or_else(|| operators.contains(Op::Div).then(|| Expr::apply(Op::Div, &[&Expr::constant(1.0), of])))
        };
        let root = |of: &Expr| {
            unary(Op::Sqrt, of)
                .or_else(|| operators.contains(Op::Pow).then(|| Expr::apply(Op::Pow, &[of, &Expr::constant(0.5)])))
        };
        let shifted = |shift: f64| {
            let exp = unary(Op::Exp, u)?;
            operators.contains(Op::Add).then(|| Expr::apply(Op::Add, &[&exp, &Expr::constant(shift)]))
        };
        match self {
            Transform::Identity => Some(u.clone()),
            Transform::Inverse => inverse(u),
            Transform::Square => root(u),
            Transform::InverseSquare => inverse(&root(u)?),
            Transform::Root => {
                unary(Op::Square, u).or_else(|| operators.contains(Op::Mul).then(|| Expr::apply(Op::Mul, &[u, u])))
            }
            Transform::Log if negative => unary(Op::Neg, &unary(Op::Exp, u)?),
            Transform::Log => unary(Op::Exp, u),
            Transform::Exp => unary(Op::Log, u),
            Transform::Sin => unary(Op::Asin, u),
            Transform::Cos => unary(Op::Acos, u),
            Transform::Tan => unary(Op::Atan, u),
            Transform::ArcSine => unary(Op::Sin, u),
            Transform::LogInversePlus => inverse(&shifted(-1.0)?),
            Transform::LogInverseMinus => inverse(&shifted(1.0)?),
        }
    }

    /// In words, for the lineage of what is offered.
    pub fn name(self) -> &'static str {
        match self {
            Transform::Identity => "y",
            Transform::Inverse => "1/y",
            Transform::Square => "y^2",
            Transform::InverseSquare => "1/y^2",
            Transform::Root => "sqrt y",
            Transform::Log => "log y",
            Transform::Exp => "exp y",
            Transform::Sin => "sin y",
            Transform::Cos => "cos y",
            Transform::Tan => "tan y",
            Transform::ArcSine => "asin y",
            Transform::LogInversePlus => "log(1 + 1/y)",
            Transform::LogInverseMinus => "log(1/y - 1)",
        }
    }
}

#[cfg(test)]
mod tests {
    use symfolio_expr::OPERATORS;

    use super::*;

    #[test]
    fn every_transform_is_undone_and_its_slope_is_that_of_the_inverse() {
        let every = OperatorSet::new(OPERATORS.iter().map(|info| info.op));
        for transform in Transform::ALL {
            for (y, negative) in [(0.2, false), (0.6, false), (0.9, false), (-0.4, true)] {
                if !transform.is_defined(&[y]) {
                    assert!(negative, "{transform:?}");
                    continue;
                }
                let undo = transform.undo(&Expr::var(0), &every, negative).unwrap();
                let u = transform.apply(y);
                assert!((undo.value(&[u]) - y).abs() < 1e-12, "{transform:?} at {y}");
                let slope = (undo.value(&[u + 1e-6]) - undo.value(&[u - 1e-6])) / 2e-6;
                assert!((slope.abs() - transform.slope(y)).abs() < 1e-5 * (1.0 + slope.abs()), "{transform:?} at {y}");
            }
        }
    }

    #[test]
    fn what_the_operators_cannot_write_is_none() {
        let few = OperatorSet::new([Op::Add, Op::Mul, Op::Div]);
        let names: Vec<&str> = Transform::ALL
            .into_iter()
            .filter(|transform| transform.undo(&Expr::var(0), &few, false).is_some())
            .map(Transform::name)
            .collect();
        assert_eq!(names, ["y", "1/y", "sqrt y"]);
    }
}
