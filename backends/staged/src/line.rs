//! [`line`]: curves that are straight under a transform need no search.

use symfolio_expr::{Expr, Op, OperatorSet, math};

use crate::points::moments;

/// What is made of the ordinate.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Transform {
    Plain,
    Inverse,
    Log,
    Square,
    InverseSquare,
}

/// What is made of the abscissa.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Axis {
    Power(f64),
    Log,
}

const TRANSFORMS: [Transform; 5] =
    [Transform::Plain, Transform::Inverse, Transform::Log, Transform::Square, Transform::InverseSquare];
const AXES: [Axis; 9] = [
    Axis::Power(1.0),
    Axis::Power(2.0),
    Axis::Power(-1.0),
    Axis::Power(0.5),
    Axis::Power(3.0),
    Axis::Power(-2.0),
    Axis::Power(-0.5),
    Axis::Power(4.0),
    Axis::Log,
];
/// An intercept below this share of the line's values is none.
const NOTHING: f64 = 1e-6;

impl Transform {
    fn of(self, y: f64) -> f64 {
        match self {
            Transform::Plain => y,
            Transform::Inverse => 1.0 / y,
            Transform::Log => math::log(y.abs()),
            Transform::Square => y * y,
            Transform::InverseSquare => 1.0 / (y * y),
        }
    }

    /// What turns the line back.
    fn back(self, line: Expr, negative: bool) -> Expr {
        let sign = if negative { -1.0 } else { 1.0 };
        let inverse = |of: &Expr| Expr::apply(Op::Div, &[&Expr::constant(1.0), of]);
        let positive = match self {
            Transform::Plain => return line,
            Transform::Inverse => return inverse(&line),
            Transform::Log => Expr::apply(Op::Exp, &[&line]),
            Transform::Square => Expr::apply(Op::Sqrt, &[&line]),
            Transform::InverseSquare => inverse(&Expr::apply(Op::Sqrt, &[&line])),
        };
        if sign < 0.0 { Expr::apply(Op::Neg, &[&positive]) } else { positive }
    }
}

impl Axis {
    fn of(self, x: f64) -> f64 {
        match self {
            Axis::Power(power) => math::pow(x, power),
            Axis::Log => math::log(x),
        }
    }

    fn expr(self, x: &Expr) -> Expr {
        let inverse = |of: &Expr| Expr::apply(Op::Div, &[&Expr::constant(1.0), of]);
        match self {
            Axis::Log => Expr::apply(Op::Log, &[x]),
            Axis::Power(1.0) => x.clone(),
            Axis::Power(2.0) => Expr::apply(Op::Square, &[x]),
            Axis::Power(3.0) => Expr::apply(Op::Cube, &[x]),
            Axis::Power(0.5) => Expr::apply(Op::Sqrt, &[x]),
            Axis::Power(-1.0) => inverse(x),
            Axis::Power(-2.0) => inverse(&Expr::apply(Op::Square, &[x])),
            Axis::Power(-0.5) => inverse(&Expr::apply(Op::Sqrt, &[x])),
            Axis::Power(power) => Expr::apply(Op::Pow, &[x, &Expr::constant(power)]),
        }
    }
}

/// A curve as a straight line under a transform.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Line {
    /// Over `x`.
    pub expr: Expr,
    /// Mean squared error, as a share of the variance of the curve.
    pub error: f64,
}

/// The line that meets the points `(x, y)` best, with operators of `operators`; where several meet them to within `exact`, the first and
/// simplest. `variable` is the number that the abscissa has in it. `None` where no line is defined on all points.
pub(crate) fn line(x: &[f64], y: &[f64], variable: u16, operators: &OperatorSet, exact: f64) -> Option<Line> {
    let (_, variance) = moments(y);
    let one_sign = y.iter().all(|y| *y > 0.0) || y.iter().all(|y| *y < 0.0);
    let mut best: Option<Line> = None;
    let pairs = TRANSFORMS.iter().flat_map(|transform| AXES.iter().map(move |axis| (*transform, *axis)));
    // A logarithm of both is a power, of which the axis of the logarithm alone would not know.
    for (transform, axis) in pairs {
        if transform != Transform::Plain && !one_sign {
            continue;
        }
        let across: Vec<f64> = x.iter().map(|x| axis.of(*x)).collect();
        let up: Vec<f64> = y.iter().map(|y| transform.of(*y)).collect();
        let Some((intercept, slope)) = straight(&across, &up) else { continue };
        let var = Expr::var(variable);
        let largest = up.iter().fold(0.0f64, |most, value| most.max(value.abs()));
        let has_intercept = intercept.abs() > NOTHING * largest;
        let expr = if transform == Transform::Log && axis == Axis::Log {
            // exp(a + b log x) as a power.
            let power = Expr::apply(Op::Pow, &[&var, &Expr::param(slope)]);
            let sign = if y[0] < 0.0 { -1.0 } else { 1.0 };
            Expr::apply(Op::Mul, &[&Expr::param(sign * math::exp(intercept)), &power])
        } else if transform == Transform::Log {
            let sign = if y[0] < 0.0 { -1.0 } else { 1.0 };
            let power = Expr::apply(Op::Exp, &[&Expr::apply(Op::Mul, &[&Expr::param(slope), &axis.expr(&var)])]);
            Expr::apply(Op::Mul, &[&Expr::param(sign * math::exp(intercept)), &power])
        } else {
            let mut line = Expr::apply(Op::Mul, &[&Expr::param(slope), &axis.expr(&var)]);
            if has_intercept {
                line = Expr::apply(Op::Add, &[&Expr::param(intercept), &line]);
            }
            transform.back(line, y[0] < 0.0)
        };
        if !expr.is_finite() || !operators.allow(&expr) {
            continue;
        }
        let mut point = vec![0.0; usize::from(variable) + 1];
        let squared = x.iter().zip(y).map(|(x, y)| {
            point[usize::from(variable)] = *x;
            (expr.value(&point) - y).powi(2)
        });
        let error = squared.sum::<f64>() / x.len() as f64 / variance.max(f64::MIN_POSITIVE);
        // An intercept is one thing more to explain: with equal errors the line without it is meant.
        let better = best.as_ref().is_none_or(|best| match (error <= exact, best.error <= exact) {
            (true, true) => expr.len() < best.expr.len(),
            _ => error < best.error && best.error > exact,
        });
        if better {
            best = Some(Line { expr, error });
        }
    }
    best.filter(|best| best.error.is_finite())
}

/// Intercept and slope of the straight line by least squares.
fn straight(x: &[f64], y: &[f64]) -> Option<(f64, f64)> {
    let ((x_mean, x_variance), (y_mean, _)) = (moments(x), moments(y));
    let covariance = x.iter().zip(y).map(|(x, y)| (x - x_mean) * (y - y_mean)).sum::<f64>() / x.len().max(1) as f64;
    let slope = covariance / x_variance;
    let intercept = y_mean - slope * x_mean;
    (slope.is_finite() && intercept.is_finite()).then_some((intercept, slope))
}

/// Does the operator set have all that `expr` uses?
trait Allow {
    fn allow(&self, expr: &Expr) -> bool;
}

impl Allow for OperatorSet {
    fn allow(&self, expr: &Expr) -> bool {
        expr.nodes().iter().all(|node| !matches!(node, symfolio_expr::Node::Op(op) if !self.contains(*op)))
    }
}

#[cfg(test)]
mod tests {
    use symfolio_expr::parse;

    use super::*;

    #[test]
    fn curves_that_are_straight_under_a_transform_are_found_as_such() {
        let x: Vec<f64> = (0..20).map(|i| 0.5 + 0.13 * f64::from(i)).collect();
        // With how many free constants: an offset of 0 and a factor of 1 are none.
        for (law, n_constants) in [
            ("3.7*x", 1),
            ("2.1 - 0.3*x", 2),
            ("0.7/x**2", 2),
            ("1/(1.3 + 0.2*x**2)", 2),
            ("-2*exp(-0.7*x)", 2),
            ("1.7*x**0.37", 2),
            ("-1/sqrt(4.1 - 0.3*x)", 2),
            ("1.1 + 2.2*log(x)", 2),
        ] {
            let law_expr = parse(law, &["x".into()]).unwrap();
            let y: Vec<f64> = x.iter().map(|x| law_expr.value(&[*x])).collect();
            let found = line(&x, &y, 0, &OperatorSet::default(), 1e-12).unwrap();
            let prefix = found.expr.to_prefix();
            assert!(
                found.error < 1e-20 && found.expr.params().len() <= n_constants,
                "{law}: {:e} {prefix}",
                found.error
            );
        }
        let y: Vec<f64> = x.iter().map(|x| (3.0 * x).sin()).collect();
        assert!(line(&x, &y, 0, &OperatorSet::default(), 1e-12).unwrap().error > 0.01, "a sine is no line");
    }
}
