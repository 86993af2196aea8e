//! [`Transform`]: an invertible function of the target, in which the model is linear in its constants.

use serde::{Deserialize, Serialize};
use symfolio_expr::{Op, OperatorSet, math};

/// An invertible function of the target.
///
/// A model `T(y) = sum of c_k f_k(x)` is linear in its constants; the formula offered is `y = T^-1(sum)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Transform {
    /// y
    Identity,
    /// 1 / y
    Inverse,
    /// y^2
    Square,
    /// 1 / y^2
    InverseSquare,
    /// sqrt(y)
    Root,
    /// 1 / sqrt(y)
    InverseRoot,
    /// y^3
    Cube,
    /// log(abs(y)); the sign is checked when the model is verified.
    Log,
    /// exp(y)
    Exp,
    /// sin(y) on the range of the arc sine
    Sin,
    /// cos(y) on the range of the arc cosine
    Cos,
    /// tan(y) on the range of the arc tangent
    Tan,
    /// log(1 + 1/y), undone by 1 / (exp(u) - 1)
    LogInversePlus,
    /// log(1/y - 1), undone by 1 / (exp(u) + 1)
    LogInverseMinus,
    /// log(1 + y), undone by exp(u) - 1
    LogPlus,
    /// log(1 - y), undone by 1 - exp(u)
    LogMinus,
    /// asin(y), undone by sin(u)
    ArcSine,
}

/// How the value of the linear model becomes the target.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Inverse {
    /// The power numerator / denominator.
    Power(i16, i16),
    /// One operator.
    Op(Op),
    /// `exp(u)`, whose logarithmic terms become powers.
    Exponential,
    /// `(exp(u) + shift)^exponent * sign`.
    ShiftedExponential { shift: f64, exponent: i16, sign: f64 },
}

impl Transform {
    /// All transforms, the most common ones first.
    pub const ALL: [Transform; 17] = [
        Transform::Identity,
        Transform::Inverse,
        Transform::Square,
        Transform::Log,
        Transform::InverseSquare,
        Transform::Root,
        Transform::InverseRoot,
        Transform::Exp,
        Transform::Sin,
        Transform::LogInversePlus,
        Transform::LogInverseMinus,
        Transform::LogPlus,
        Transform::LogMinus,
        Transform::Cube,
        Transform::Tan,
        Transform::Cos,
        Transform::ArcSine,
    ];

    /// What undoes it.
    pub fn inverse(self) -> Inverse {
        match self {
            Transform::Identity => Inverse::Power(1, 1),
            Transform::Inverse => Inverse::Power(-1, 1),
            Transform::Square => Inverse::Power(1, 2),
            Transform::InverseSquare => Inverse::Power(-1, 2),
            Transform::Root => Inverse::Power(2, 1),
            Transform::InverseRoot => Inverse::Power(-2, 1),
            Transform::Cube => Inverse::Power(1, 3),
            Transform::Log => Inverse::Exponential,
            Transform::Exp => Inverse::Op(Op::Log),
            Transform::Sin => Inverse::Op(Op::Asin),
            Transform::Cos => Inverse::Op(Op::Acos),
            Transform::Tan => Inverse::Op(Op::Atan),
            Transform::ArcSine => Inverse::Op(Op::Sin),
            Transform::LogInversePlus => Inverse::ShiftedExponential { shift: -1.0, exponent: -1, sign: 1.0 },
            Transform::LogInverseMinus => Inverse::ShiftedExponential { shift: 1.0, exponent: -1, sign: 1.0 },
            Transform::LogPlus => Inverse::ShiftedExponential { shift: -1.0, exponent: 1, sign: 1.0 },
            Transform::LogMinus => Inverse::ShiftedExponential { shift: -1.0, exponent: 1, sign: -1.0 },
        }
    }

    /// Can a formula with these operators undo it? Logarithms may be undone by products of powers alone.
    pub fn is_expressible(self, operators: &OperatorSet) -> bool {
        let any = |ops: &[Op]| ops.iter().any(|op| operators.contains(*op));
        match self.inverse() {
            Inverse::Power(1 | -1 | 2 | -2, 1) => any(&[Op::Div, Op::Inv, Op::Pow]) || self == Transform::Root,
            Inverse::Power(_, 3) => any(&[Op::Cbrt, Op::Pow]),
            Inverse::Power(..) => any(&[Op::Sqrt, Op::Pow]),
            Inverse::Op(op) => operators.contains(op),
            Inverse::Exponential => true,
            Inverse::ShiftedExponential { .. } => operators.contains(Op::Exp),
        }
    }

    /// Are these target values within its domain, and would they come back from it unchanged?
    pub fn is_defined(self, values: &[f64]) -> bool {
        let all = |test: fn(f64) -> bool| values.iter().all(|y| test(*y));
        match self {
            Transform::Identity => true,
            // A few rows at 0 have no weight in the regression and do not forbid the form.
            Transform::Inverse => values.iter().filter(|y| **y == 0.0).count() * 50 < values.len(),
            Transform::Log => values.iter().filter(|y| **y == 0.0).count() * 50 < values.len(),
            Transform::Square | Transform::Root => all(|y| y >= 0.0),
            Transform::InverseSquare | Transform::InverseRoot => all(|y| y > 0.0),
            Transform::Cube => all(|y| y >= 0.0),
            Transform::Exp => all(|y| y.abs() < 30.0),
            Transform::Sin | Transform::Tan => all(|y| y.abs() <= std::f64::consts::FRAC_PI_2),
            Transform::Cos => all(|y| (0.0..=std::f64::consts::PI).contains(&y)),
            Transform::LogInversePlus => all(|y| y > 0.0),
            Transform::LogInverseMinus => all(|y| y > 0.0 && y < 1.0),
            Transform::LogPlus => all(|y| y > -1.0),
            Transform::LogMinus => all(|y| y < 1.0),
            Transform::ArcSine => all(|y| y.abs() <= 1.0),
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
            Transform::InverseRoot => 1.0 / y.sqrt(),
            Transform::Cube => y * y * y,
            Transform::Log => math::log(y.abs()),
            Transform::Exp => math::exp(y),
            Transform::Sin => math::sin(y),
            Transform::Cos => math::cos(y),
            Transform::Tan => math::tan(y),
            Transform::LogInversePlus => math::log(1.0 + 1.0 / y),
            Transform::LogInverseMinus => math::log(1.0 / y - 1.0),
            Transform::LogPlus => math::log(1.0 + y),
            Transform::LogMinus => math::log(1.0 - y),
            Transform::ArcSine => math::asin(y),
        }
    }

    /// How far the target moves when the transformed value moves by 1: `abs(dy/du)`. Residuals of the linear model times
    /// this are, to first order, residuals of the target, so that rows count as they do in the true loss.
    pub fn slope(self, y: f64) -> f64 {
        let size = y.abs();
        match self {
            Transform::Identity => 1.0,
            Transform::Inverse => size * size,
            Transform::Square => 0.5 / size,
            Transform::InverseSquare => 0.5 * size * size * size,
            Transform::Root => 2.0 * size.sqrt(),
            Transform::InverseRoot => 2.0 * size * size.sqrt(),
            Transform::Cube => 1.0 / (3.0 * size * size),
            Transform::Log => size,
            Transform::Exp => math::exp(-y),
            Transform::Sin => 1.0 / math::cos(y).abs(),
            Transform::Cos => 1.0 / math::sin(y).abs(),
            Transform::Tan => math::cos(y) * math::cos(y),
            Transform::LogInversePlus => size * (1.0 + size),
            Transform::LogInverseMinus => size * (1.0 - size),
            Transform::LogPlus => 1.0 + y,
            Transform::LogMinus => 1.0 - y,
            Transform::ArcSine => (1.0 - y * y).max(0.0).sqrt(),
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
            Transform::InverseRoot => "1/sqrt y",
            Transform::Cube => "y^3",
            Transform::Log => "log y",
            Transform::Exp => "exp y",
            Transform::Sin => "sin y",
            Transform::Cos => "cos y",
            Transform::Tan => "tan y",
            Transform::LogInversePlus => "log(1 + 1/y)",
            Transform::LogInverseMinus => "log(1/y - 1)",
            Transform::LogPlus => "log(1 + y)",
            Transform::LogMinus => "log(1 - y)",
            Transform::ArcSine => "asin y",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The value that comes back, from the inverse as assembled.
    fn undone(transform: Transform, u: f64) -> f64 {
        match transform.inverse() {
            Inverse::Power(numerator, denominator) => u.powf(f64::from(numerator) / f64::from(denominator)),
            Inverse::Op(op) => op.apply(u, 0.0, 0.0),
            Inverse::Exponential => u.exp(),
            Inverse::ShiftedExponential { shift, exponent, sign } => sign * (u.exp() + shift).powi(i32::from(exponent)),
        }
    }

    #[test]
    fn every_transform_is_undone_and_its_slope_is_that_of_the_inverse() {
        for transform in Transform::ALL {
            for y in [0.2, 0.6, 0.9] {
                assert!(transform.is_defined(&[y]), "{transform:?}");
                let u = transform.apply(y);
                assert!((undone(transform, u) - y).abs() < 1e-12, "{transform:?} at {y}");
                let slope = (undone(transform, u + 1e-6) - undone(transform, u - 1e-6)) / 2e-6;
                assert!((slope.abs() - transform.slope(y)).abs() < 1e-5 * (1.0 + slope.abs()), "{transform:?} at {y}");
            }
        }
    }

    #[test]
    fn values_outside_the_domain_forbid_a_transform() {
        for (transform, value) in [
            (Transform::Square, -1.0),
            (Transform::Sin, 2.0),
            (Transform::LogInverseMinus, 1.5),
            (Transform::ArcSine, 1.5),
            (Transform::InverseSquare, 0.0),
        ] {
            assert!(!transform.is_defined(&[0.5, value]), "{transform:?}");
        }
    }

    #[test]
    fn transforms_need_operators() {
        let arithmetic = OperatorSet::new([Op::Add, Op::Mul]);
        let left: Vec<Transform> = Transform::ALL.into_iter().filter(|t| t.is_expressible(&arithmetic)).collect();
        assert_eq!(left, [Transform::Log, Transform::Root]);
    }
}
