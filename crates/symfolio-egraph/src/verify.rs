//! Checking numerically that a rewritten expression has the values of the one that it stands for.

use symfolio_expr::{Expr, Node, Op};

use crate::Domain;

/// Points at which forms are compared, chosen from the domain alone.
const POINTS: usize = 64;

/// Largest relative difference that counts as none, beside what rounding explains.
const TOLERANCE: f64 = 1e-9;

/// A value and a bound on what rounding has done to it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rounded {
    pub(crate) value: f64,
    pub(crate) error: f64,
}

const UNIT: f64 = f64::EPSILON;

impl Rounded {
    fn exact(value: f64) -> Rounded {
        Rounded { value, error: 0.0 }
    }

    /// Carries the error of the arguments through the operator by trying their ends.
    fn apply(op: Op, args: &[Rounded]) -> Rounded {
        let mut values = [0.0; 3];
        for (value, arg) in values.iter_mut().zip(args) {
            *value = arg.value;
        }
        let value = op.apply(values[0], values[1], values[2]);
        let error = match op {
            Op::Less => {
                let clear = (args[0].value - args[1].value).abs() > args[0].error + args[1].error;
                if clear || args[0].error + args[1].error == 0.0 { 0.0 } else { f64::INFINITY }
            }
            Op::Where if args[0].error > 0.0 && args[0].value.abs() <= args[0].error => f64::INFINITY,
            Op::Where => {
                if values[0] != 0.0 {
                    args[1].error
                } else {
                    args[2].error
                }
            }
            _ => {
                let mut worst = 0.0f64;
                for corner in 0..1u32 << args.len() {
                    let mut moved = values;
                    for (i, arg) in args.iter().enumerate() {
                        moved[i] += if corner >> i & 1 == 1 { arg.error } else { -arg.error };
                    }
                    let there = op.apply(moved[0], moved[1], moved[2]);
                    // Beyond the edge of the domain there is nothing to compare with.
                    worst = worst.max(if there.is_nan() { 0.0 } else { (there - value).abs() });
                }
                worst + 4.0 * UNIT * value.abs()
            }
        };
        Rounded { value, error }
    }

    /// The value of `expr` at `x`, with rounding followed through.
    pub(crate) fn of(expr: &Expr, params: &[f64], x: &[f64]) -> Rounded {
        let mut stack: Vec<Rounded> = Vec::with_capacity(8);
        for node in expr.nodes() {
            let rounded = match *node {
                Node::Var(index) => Rounded::exact(x.get(usize::from(index)).copied().unwrap_or(f64::NAN)),
                Node::Const(value) => Rounded { value, error: UNIT * value.abs() },
                Node::Param(index) => {
                    let value = params[usize::from(index)];
                    Rounded { value, error: UNIT * value.abs() }
                }
                Node::Op(op) => {
                    let rest = stack.len() - op.arity();
                    let rounded = Rounded::apply(op, &stack[rest..]);
                    stack.truncate(rest);
                    rounded
                }
            };
            stack.push(rounded);
        }
        stack.pop().unwrap_or(Rounded::exact(f64::NAN))
    }
}

/// The points, and the values of one expression there.
pub(crate) struct Reference<'a> {
    points: Vec<Vec<f64>>,
    rows: &'a [Vec<f64>],
    values: Vec<Rounded>,
}

impl<'a> Reference<'a> {
    /// `rows` are further points, the values of all variables each.
    pub(crate) fn new(expr: &Expr, domain: &Domain, rows: &'a [Vec<f64>]) -> Reference<'a> {
        let n_variables = expr.variables().last().map_or(0, |last| usize::from(*last) + 1);
        let points: Vec<Vec<f64>> = (0..POINTS).map(|i| point(i, n_variables, domain)).collect();
        let values = points.iter().chain(rows).map(|x| Rounded::of(expr, expr.params(), x)).collect();
        Reference { points, rows, values }
    }

    /// Does `expr` have the same values wherever the reference has one?
    pub(crate) fn agrees(&self, expr: &Expr) -> bool {
        let mut finite = 0;
        let mut compared = 0;
        for (x, wanted) in self.points.iter().chain(self.rows).zip(&self.values) {
            if !wanted.value.is_finite() {
                continue;
            }
            finite += 1;
            let found = Rounded::of(expr, expr.params(), x);
            if !found.value.is_finite() {
                return false;
            }
            let noise = 8.0 * (wanted.error + found.error);
            if !noise.is_finite() {
                continue;
            }
            compared += 1;
            if (found.value - wanted.value).abs() > TOLERANCE * wanted.value.abs() + noise {
                return false;
            }
        }
        // Nothing is known of an expression without values, and little of one that rounding hides.
        compared > 0 && 2 * compared >= finite
    }
}

/// Point `i` of a sequence that fills the domain evenly (additive recurrence, one irrational step a variable). Every
/// other point is spread evenly over magnitudes; the first ones are corners.
pub(crate) fn point(i: usize, n_variables: usize, domain: &Domain) -> Vec<f64> {
    (0..n_variables)
        .map(|variable| {
            let range = domain.range(variable as u16);
            // Where nothing is known, a few units around the known end, or around 0.
            let (lo, hi) = match (range.lo.is_finite(), range.hi.is_finite()) {
                (true, true) => (range.lo, range.hi),
                (true, false) => (range.lo, range.lo + 10.0),
                (false, true) => (range.hi - 10.0, range.hi),
                (false, false) => (-10.0, 10.0),
            };
            match i {
                0 => return lo,
                1 => return hi,
                2 | 3 if variable % 2 == i % 2 => return lo,
                2 | 3 => return hi,
                4 if range.contains(0.0) => return 0.0,
                _ => {}
            }
            let step = (2.0 + variable as f64 * 3.0 + (variable * variable) as f64).sqrt() + 0.618_033_988_749_894_9;
            let at = ((i as f64 + 1.0) * step + 0.1 * variable as f64).fract();
            let value = if i.is_multiple_of(2) && lo > 0.0 {
                lo * (hi / lo).powf(at)
            } else if i.is_multiple_of(2) && hi < 0.0 {
                hi * (lo / hi).powf(at)
            } else {
                lo + at * (hi - lo)
            };
            value.clamp(lo, hi)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_agree_by_value_and_by_domain() {
        let domain = Domain::new([(-1.0, 1.0), (1.0, 2.0)]);
        for (wanted, found, expected) in [
            ("(abs x0)", "(sqrt (square x0))", true),
            ("(abs x0)", "x0", false),
            // The same values where both have one, but none for negative x0.
            ("(abs x0)", "(square (sqrt x0))", false),
            ("(square (sqrt x0))", "(abs x0)", true),
            // A relative difference of 1e-8 is one; a rounding error that cancellation has made large is none.
            ("x1", "(mul 1.00000001 x1)", false),
            ("(sub (add x0 1e9) 1e9)", "x0", true),
            ("(log (neg x1))", "(log (neg x1))", false),
        ] {
            let expr = |text: &str| Expr::from_prefix(text).unwrap();
            let reference = Reference::new(&expr(wanted), &domain, &[]);
            assert_eq!(reference.agrees(&expr(found)), expected, "{wanted} and {found}");
        }
    }
}
