//! [`Enclosure`]: bounds on the value and the slopes of an expression over a box.

use super::Interval;
use crate::{Expr, Node, Op};

/// What is known of an expression at every point of a box, by interval arithmetic and its forward derivatives (Moore 1966; Rall 1981).
#[derive(Clone, Debug, PartialEq)]
pub struct Enclosure {
    /// Bounds on its value, wherever it has one.
    pub range: Interval,
    /// Does it have a real value everywhere in the box?
    pub total: bool,
    /// Bounds on its derivative by each of the variables that were asked for, wherever it has one. Where the expression jumps they are
    /// [`Interval::ALL`], so that a derivative which is bounded by 0 from below means that the value never falls.
    pub slopes: Vec<Interval>,
}

const ZERO: Interval = Interval { lo: 0.0, hi: 0.0 };
const ONE: Interval = Interval { lo: 1.0, hi: 1.0 };
const TWO: Interval = Interval { lo: 2.0, hi: 2.0 };
const THREE: Interval = Interval { lo: 3.0, hi: 3.0 };
/// The steepest slope of `sin(a) / a` is 0.43618...
const SINC_SLOPE: Interval = Interval { lo: -0.4362, hi: 0.4362 };

impl Enclosure {
    /// The enclosure of `expr`, whose free constants have their present values, over the box with side `ranges[i]` for variable `i`;
    /// variables beyond its end may have any value. One slope for each of `by`.
    pub fn of(expr: &Expr, ranges: &[Interval], by: &[u16]) -> Enclosure {
        let leaf = |range| Enclosure { range, total: true, slopes: vec![ZERO; by.len()] };
        let mut stack: Vec<Enclosure> = Vec::with_capacity(8);
        for node in expr.nodes() {
            let next = match *node {
                Node::Const(value) => leaf(Interval::point(value)),
                Node::Param(index) => leaf(Interval::point(expr.params()[usize::from(index)])),
                Node::Var(index) => {
                    let range = ranges.get(usize::from(index)).copied().unwrap_or(Interval::ALL);
                    let slopes = by.iter().map(|wanted| if *wanted == index { ONE } else { ZERO });
                    Enclosure { slopes: slopes.collect(), ..leaf(range) }
                }
                Node::Op(op) => {
                    let args = stack.split_off(stack.len() - op.arity());
                    Enclosure::apply(op, &args)
                }
            };
            stack.push(next);
        }
        stack.pop().unwrap_or_else(|| leaf(Interval::ALL))
    }

    fn apply(op: Op, args: &[Enclosure]) -> Enclosure {
        let range_of = |at: usize| args.get(at).map_or(ZERO, |arg| arg.range);
        let ranges = [range_of(0), range_of(1), range_of(2)];
        let range = Interval::apply(op, ranges);
        let slope_of = |at: usize, by: usize| args.get(at).map_or(ZERO, |arg| arg.slopes[by]);
        let slopes = (0..args[0].slopes.len())
            .map(|by| slope(op, ranges, [slope_of(0, by), slope_of(1, by), slope_of(2, by)], range))
            .collect();
        Enclosure { range, total: is_defined(op, ranges) && args.iter().all(|arg| arg.total), slopes }
    }
}

/// Has `op` a real value wherever its arguments lie in these ranges?
fn is_defined(op: Op, [a, b, _]: [Interval; 3]) -> bool {
    match op {
        Op::Div => b.nonzero(),
        Op::Inv => a.nonzero(),
        Op::Pow if b.lo == b.hi && b.lo.fract() == 0.0 => b.lo >= 0.0 || a.nonzero(),
        Op::Pow => a.positive() || (a.nonnegative() && b.positive()),
        Op::Sqrt => a.nonnegative(),
        Op::Log => a.positive(),
        Op::Asin | Op::Acos => a.within(-1.0, 1.0),
        Op::Tan => a.on_one_tangent_branch(),
        _ => true,
    }
}

/// The derivative of `op` of arguments in the ranges `a`, `b`, `c` with the derivatives `da`, `db`, `dc`, whose value is in `range`.
fn slope(op: Op, [a, b, _]: [Interval; 3], [da, db, dc]: [Interval; 3], range: Interval) -> Interval {
    let of = |op: Op, x: Interval| Interval::apply(op, [x, ZERO, ZERO]);
    let fixed = [da, db, dc] == [ZERO; 3];
    match op {
        _ if fixed => ZERO,
        Op::Add => da + db,
        Op::Sub => da - db,
        Op::Mul => da * b + a * db,
        Op::Div => (da - range * db) / b,
        Op::Pow if db == ZERO && b.lo == b.hi => {
            let less = Interval::point(b.lo - 1.0);
            // Where the exponent less 1 is rounded, bounds for it would not be those for the power.
            if less.lo + 1.0 == b.lo { b * Interval::apply(Op::Pow, [a, less, ZERO]) * da } else { Interval::ALL }
        }
        Op::Pow if a.positive() => range * (db * of(Op::Log, a) + b * da / a),
        Op::Pow => Interval::ALL,
        Op::Min | Op::Max => {
            let (lower, higher) = if op == Op::Min { (da, db) } else { (db, da) };
            if a.hi <= b.lo {
                lower
            } else if b.hi <= a.lo {
                higher
            } else {
                da.hull(db)
            }
        }
        Op::Less if range.lo == range.hi => ZERO,
        Op::Less => Interval::ALL,
        Op::Neg => -da,
        Op::Abs if a.nonnegative() => da,
        Op::Abs if a.nonpositive() => -da,
        Op::Abs => da.hull(-da),
        Op::Inv => -(da * range * range),
        Op::Square => TWO * a * da,
        Op::Cube => THREE * of(Op::Square, a) * da,
        Op::Sqrt => inverse_of_size(TWO * range) * da,
        Op::Cbrt => inverse_of_size(THREE * of(Op::Square, range)) * da,
        Op::Exp => range * da,
        Op::Log if a.nonnegative() => inverse_of_size(a) * da,
        Op::Log => da / a,
        Op::Sin => of(Op::Cos, a) * da,
        Op::Cos => -(of(Op::Sin, a) * da),
        Op::Sinc => SINC_SLOPE * da,
        Op::Tan => (ONE + of(Op::Square, range)) * da,
        Op::Asin => inverse_of_size(of(Op::Sqrt, ONE - of(Op::Square, a))) * da,
        Op::Acos => -(inverse_of_size(of(Op::Sqrt, ONE - of(Op::Square, a))) * da),
        Op::Atan => da / (ONE + of(Op::Square, a)),
        Op::Sinh => of(Op::Cosh, a) * da,
        Op::Cosh => of(Op::Sinh, a) * da,
        Op::Tanh => (ONE - of(Op::Square, range)).meet(Interval { lo: 0.0, hi: 1.0 }) * da,
        Op::Where if a.nonzero() => db,
        Op::Where if a == ZERO => dc,
        Op::Where => Interval::ALL,
    }
}

/// 1 over a number that is never negative: no upper bound where it may be 0.
fn inverse_of_size(size: Interval) -> Interval {
    if size.positive() {
        return ONE / size;
    }
    let lo = if size.hi > 0.0 { (ONE / Interval::point(size.hi)).lo } else { 0.0 };
    Interval { lo, hi: f64::INFINITY }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::OPERATORS;

    fn enclosure(text: &str, ranges: &[(f64, f64)]) -> Enclosure {
        let ranges: Vec<Interval> = ranges.iter().map(|(lo, hi)| Interval::new(*lo, *hi)).collect();
        let by: Vec<u16> = (0..ranges.len() as u16).collect();
        Enclosure::of(&Expr::from_prefix(text).unwrap(), &ranges, &by)
    }

    #[test]
    fn signs_of_slopes_are_known() {
        let unit = [(0.0, 1.0), (1.0, 2.0)];
        for (text, signs, total) in [
            ("(mul x0 x1)", "++", true),
            ("(div x0 x1)", "+-", true),
            ("(div x1 x0)", "??", false),
            ("(sub (sqrt x0) (exp x1))", "+-", true),
            ("(pow x1 ?1.7)", "0+", true),
            ("(pow x0 ?-1.5)", "-0", false),
            // -1.7 less 1 is rounded.
            ("(pow x0 ?-1.7)", "?0", false),
            ("(tanh (neg x0))", "-0", true),
            ("(min x0 (square x1))", "+0", true),
            ("(where (less x0 3.0) x1 x0)", "0+", true),
            ("(where (less x0 0.5) x1 x0)", "??", true),
            ("(abs (sub x0 0.5))", "?0", true),
            ("(log x0)", "+0", false),
            ("(less 2.0 3.0)", "00", true),
            ("(asin x0)", "+0", true),
            ("(sin (mul 3.0 x0))", "?0", true),
        ] {
            let found = enclosure(text, &unit);
            let sign = |slope: &Interval| match slope {
                slope if *slope == ZERO => '0',
                slope if slope.nonnegative() => '+',
                slope if slope.nonpositive() => '-',
                _ => '?',
            };
            let shown: String = found.slopes.iter().map(sign).collect();
            // Where the branch is open, nothing is said: the value may jump.
            assert_eq!((shown.as_str(), found.total), (signs, total), "{text}: {found:?}");
        }
    }

    proptest! {
        #[test]
        fn differences_lie_within_the_slopes(
            op in 0..OPERATORS.len(),
            ends in prop::array::uniform3((-4.0f64..4.0, 0.0f64..3.0)),
            at in prop::array::uniform3((0.0f64..=1.0, 0.0f64..=1.0)),
            whole in any::<bool>(),
        ) {
            let op = OPERATORS[op].op;
            let ranges = ends.map(|(lo, width)| Interval::new(lo, lo + width));
            let exponent = Expr::constant(if whole { ends[1].0.round() } else { ends[1].0 });
            let args = [Expr::var(0), if op == Op::Pow { exponent } else { Expr::var(1) }, Expr::var(2)];
            let expr = Expr::apply(op, &args.iter().take(op.arity()).collect::<Vec<_>>());
            let found = Enclosure::of(&expr, &ranges, &[0, 1, 2]);
            let point = |other: bool, by: usize| -> Vec<f64> {
                (0..3).map(|i| {
                    let share = if other && i == by { at[i].1 } else { at[i].0 };
                    (ranges[i].lo + share * (ranges[i].hi - ranges[i].lo)).min(ranges[i].hi)
                }).collect()
            };
            for by in 0..3 {
                let (x, z) = (point(false, by), point(true, by));
                let (step, rise) = (z[by] - x[by], expr.value(&z) - expr.value(&x));
                if !found.total || step.abs() < 1e-3 || !rise.is_finite() {
                    continue;
                }
                let slope = rise / step;
                let slack = 1e-9 * (1.0 + expr.value(&x).abs()) / step.abs();
                let bounds = found.slopes[by];
                prop_assert!(
                    bounds.lo - slack <= slope && slope <= bounds.hi + slack,
                    "{op} by {by}: {slope} at {x:?} not in {bounds:?}"
                );
            }
        }
    }
}
