//! [`Target`]: what programs are compared with: the target of the data, or a transform of it.

use serde::{Deserialize, Serialize};
use symfolio_expr::{Expr, Op, OperatorSet, math};

/// A transform `g` of the target that can be undone: a program that comes to `g(y)` is the formula `g^-1` of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Target {
    Plain,
    Inverse,
    Square,
    InverseSquare,
    Root,
    Logarithm,
    Exponential,
    Arcsine,
}

impl Target {
    const ALL: [Target; 8] = [
        Target::Plain,
        Target::Inverse,
        Target::Square,
        Target::InverseSquare,
        Target::Root,
        Target::Logarithm,
        Target::Exponential,
        Target::Arcsine,
    ];

    /// The transforms that have a value for every one of `target`, and whose undoing takes operators of `operators`; `Plain` first.
    pub fn suited(target: &[f64], operators: &OperatorSet) -> Vec<Target> {
        let (low, high) =
            target.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), y| (low.min(*y), high.max(*y)));
        let has = |op: Op| operators.contains(op);
        // Nearer to 0 than this a reciprocal is a matter of few rows.
        let apart = low > 0.0 || high < 0.0;
        let fits = |target: &Target| match target {
            Target::Plain => true,
            Target::Inverse => apart && has(Op::Div),
            Target::Square => low >= 0.0 && has(Op::Sqrt),
            Target::InverseSquare => low > 0.0 && has(Op::Sqrt) && has(Op::Div),
            Target::Root => low >= 0.0 && has(Op::Square),
            Target::Logarithm => low > 0.0 && has(Op::Exp),
            Target::Exponential => high.abs().max(low.abs()) < 20.0 && has(Op::Log),
            Target::Arcsine => low >= -1.0 && high <= 1.0 && has(Op::Sin),
        };
        Target::ALL.into_iter().filter(fits).collect()
    }

    /// `g(y)` and `1/g'(y)`: what a residual of `g` is of the target.
    pub fn of(self, y: f64) -> (f64, f64) {
        match self {
            Target::Plain => (y, 1.0),
            Target::Inverse => (1.0 / y, y * y),
            Target::Square => (y * y, 0.5 / y.abs().max(f64::MIN_POSITIVE)),
            Target::InverseSquare => (1.0 / (y * y), 0.5 * (y * y * y).abs()),
            Target::Root => (y.sqrt(), 2.0 * y.sqrt()),
            Target::Logarithm => (math::log(y), y),
            Target::Exponential => (math::exp(y), math::exp(-y)),
            Target::Arcsine => (math::asin(y), (1.0 - y * y).max(0.0).sqrt()),
        }
    }

    /// `g^-1` of an expression.
    pub fn undone(self, expr: Expr) -> Expr {
        let over = |expr: &Expr| Expr::apply(Op::Div, &[&Expr::constant(1.0), expr]);
        match self {
            Target::Plain => expr,
            Target::Inverse => over(&expr),
            Target::Square => Expr::apply(Op::Sqrt, &[&expr]),
            Target::InverseSquare => over(&Expr::apply(Op::Sqrt, &[&expr])),
            Target::Root => Expr::apply(Op::Square, &[&expr]),
            Target::Logarithm => Expr::apply(Op::Exp, &[&expr]),
            Target::Exponential => Expr::apply(Op::Log, &[&expr]),
            Target::Arcsine => Expr::apply(Op::Sin, &[&expr]),
        }
    }

    /// The transform in words.
    pub fn name(self) -> &'static str {
        match self {
            Target::Plain => "y",
            Target::Inverse => "1/y",
            Target::Square => "y**2",
            Target::InverseSquare => "1/y**2",
            Target::Root => "sqrt(y)",
            Target::Logarithm => "log(y)",
            Target::Exponential => "exp(y)",
            Target::Arcsine => "asin(y)",
        }
    }

    /// Nodes that undoing takes.
    pub fn size(self) -> u32 {
        match self {
            Target::Plain => 0,
            Target::Inverse => 2,
            Target::InverseSquare => 3,
            _ => 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_done_is_undone() {
        for target in Target::ALL {
            for y in [0.25, 0.9] {
                let (transformed, slope) = target.of(y);
                let back = target.undone(Expr::constant(transformed)).value(&[]);
                assert!((back - y).abs() < 1e-12, "{target:?} {y} {back}");
                let h = 1e-6;
                let moved = target.undone(Expr::constant(transformed + h)).value(&[]);
                assert!(((moved - y).abs() / h - slope).abs() < 1e-3 * slope, "{target:?} {y} {slope}");
                assert_eq!(target.undone(Expr::var(0)).len() as u32, 1 + target.size());
            }
        }
    }

    #[test]
    fn transforms_that_have_no_value_are_left_out() {
        let all = OperatorSet::default();
        assert_eq!(Target::suited(&[-1.0, 0.0, 30.0], &all), [Target::Plain]);
        assert!(Target::suited(&[0.5, 0.7], &all).len() >= 6);
        assert_eq!(Target::suited(&[0.5, 0.7], &OperatorSet::new([Op::Add])), [Target::Plain]);
    }
}
