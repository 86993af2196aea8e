//! [`Interval`]: bounds on the value of an expression, rounded outward so that they hold for the real function.

mod slope;

use std::f64::consts::{FRAC_PI_2, PI};
use std::ops::{Add, Div, Mul, Neg, Sub};

use crate::{Op, math};
pub use slope::Enclosure;

/// A closed interval; an infinite end stands for "no bound", never for a value that is taken.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// The lower bound.
    pub lo: f64,
    /// The upper bound.
    pub hi: f64,
}

/// Beyond this, the period of sine and tangent is not followed: the argument itself is no longer exact enough.
const LARGEST_ANGLE: f64 = 1e6;

impl Interval {
    /// No bounds.
    pub const ALL: Interval = Interval { lo: f64::NEG_INFINITY, hi: f64::INFINITY };

    /// The interval between two bounds; bounds that make no sense (NaN, in the wrong order) bound nothing.
    pub fn new(lo: f64, hi: f64) -> Interval {
        if lo <= hi { Interval { lo, hi } } else { Interval::ALL }
    }

    /// One number.
    pub fn point(value: f64) -> Interval {
        Interval::new(value, value)
    }

    /// Is every value above 0?
    pub fn positive(self) -> bool {
        self.lo > 0.0
    }

    /// Is every value below 0?
    pub fn negative(self) -> bool {
        self.hi < 0.0
    }

    /// Is no value below 0?
    pub fn nonnegative(self) -> bool {
        self.lo >= 0.0
    }

    /// Is no value above 0?
    pub fn nonpositive(self) -> bool {
        self.hi <= 0.0
    }

    /// Is no value 0?
    pub fn nonzero(self) -> bool {
        self.positive() || self.negative()
    }

    /// Do all values lie from `lo` to `hi`?
    pub fn within(self, lo: f64, hi: f64) -> bool {
        lo <= self.lo && self.hi <= hi
    }

    /// Does `value` lie within it?
    pub fn contains(self, value: f64) -> bool {
        self.lo <= value && value <= self.hi
    }

    /// The smallest interval that holds both.
    pub fn hull(self, other: Interval) -> Interval {
        Interval { lo: self.lo.min(other.lo), hi: self.hi.max(other.hi) }
    }

    /// What two sets of bounds on the same value say together; where rounding has made them contradict each other,
    /// neither is trusted beyond their hull.
    pub fn meet(self, other: Interval) -> Interval {
        let (lo, hi) = (self.lo.max(other.lo), self.hi.min(other.hi));
        if lo <= hi { Interval { lo, hi } } else { self.hull(other) }
    }

    fn abs(self) -> Interval {
        if self.nonnegative() {
            self
        } else if self.nonpositive() {
            self.neg()
        } else {
            Interval { lo: 0.0, hi: self.hi.max(-self.lo) }
        }
    }

    fn square(self) -> Interval {
        let size = self.abs();
        Interval::new(product(size.lo, size.lo).0, product(size.hi, size.hi).1)
    }

    /// Through an increasing function whose computed values are right to a few units in the last place.
    fn increasing(self, f: impl Fn(f64) -> f64) -> Interval {
        Interval::new(below(f(self.lo)), above(f(self.hi)))
    }

    fn decreasing(self, f: impl Fn(f64) -> f64) -> Interval {
        Interval::new(below(f(self.hi)), above(f(self.lo)))
    }

    /// The part inside a domain; what lies wholly outside has no values, and nothing is said of it.
    fn inside(self, lo: f64, hi: f64) -> Interval {
        Interval::new(self.lo.max(lo), self.hi.min(hi))
    }

    fn sin(self) -> Interval {
        if !(self.hi - self.lo < 2.0 * PI && self.within(-LARGEST_ANGLE, LARGEST_ANGLE)) {
            return Interval { lo: -1.0, hi: 1.0 };
        }
        let ends = Interval::new(
            below(math::sin(self.lo).min(math::sin(self.hi))),
            above(math::sin(self.lo).max(math::sin(self.hi))),
        );
        let meets = |angle: f64| {
            let turns = ((self.lo - angle) / (2.0 * PI) - 1e-9).ceil();
            angle + 2.0 * PI * turns <= self.hi + 1e-9
        };
        Interval {
            lo: if meets(-FRAC_PI_2) { -1.0 } else { ends.lo.max(-1.0) },
            hi: if meets(FRAC_PI_2) { 1.0 } else { ends.hi.min(1.0) },
        }
    }

    /// Does the tangent stay on one branch, clear of its poles?
    pub fn on_one_tangent_branch(self) -> bool {
        if !self.within(-LARGEST_ANGLE, LARGEST_ANGLE) {
            return false;
        }
        let branch = ((self.lo + self.hi) / 2.0 / PI).round() * PI;
        self.within(branch - FRAC_PI_2 + 1e-9, branch + FRAC_PI_2 - 1e-9)
    }

    fn pow(self, exponent: Interval) -> Interval {
        if exponent.lo == exponent.hi && exponent.lo.fract() == 0.0 {
            let n = exponent.lo;
            if n < 0.0 {
                return Interval::point(1.0).div(self.pow(Interval::point(-n)));
            }
            if n % 2.0 == 0.0 {
                return self.abs().increasing(|a| math::pow(a, n)).inside(0.0, f64::INFINITY);
            }
            return self.increasing(|a| math::pow(a, n));
        }
        if self.positive() {
            let log = self.increasing(math::log);
            return log.mul(exponent).increasing(math::exp).inside(f64::from_bits(1), f64::INFINITY);
        }
        // A negative base has a power only where the exponent is a whole number, and then it may have any sign.
        if self.nonnegative() { Interval { lo: 0.0, hi: f64::INFINITY } } else { Interval::ALL }
    }

    /// Bounds on `op` of arguments within `args`; unused arguments are ignored.
    pub fn apply(op: Op, [a, b, c]: [Interval; 3]) -> Interval {
        const TINY: f64 = f64::from_bits(1);
        match op {
            Op::Add => a.add(b),
            Op::Sub => a.add(b.neg()),
            Op::Mul => a.mul(b),
            Op::Div => a.div(b),
            Op::Pow => a.pow(b),
            Op::Min => Interval { lo: a.lo.min(b.lo), hi: a.hi.min(b.hi) },
            Op::Max => Interval { lo: a.lo.max(b.lo), hi: a.hi.max(b.hi) },
            Op::Less if a.hi < b.lo => Interval::point(1.0),
            Op::Less if a.lo >= b.hi => Interval::point(0.0),
            Op::Less => Interval { lo: 0.0, hi: 1.0 },
            Op::Neg => a.neg(),
            Op::Abs => a.abs(),
            Op::Inv => Interval::point(1.0).div(a),
            Op::Square => a.square(),
            Op::Cube => a.increasing(|a| a * a * a),
            Op::Sqrt => a.inside(0.0, f64::INFINITY).increasing(f64::sqrt).inside(0.0, f64::INFINITY),
            Op::Cbrt => a.increasing(math::cbrt),
            // Positive even where it underflows, as the real function is.
            Op::Exp => a.increasing(math::exp).inside(TINY, f64::INFINITY),
            Op::Log => a.inside(0.0, f64::INFINITY).increasing(math::log),
            Op::Sin => a.sin(),
            Op::Cos => a.add(Interval { lo: FRAC_PI_2.next_down(), hi: FRAC_PI_2.next_up() }).sin(),
            Op::Sinc => Interval { lo: -0.2173, hi: 1.0 },
            Op::Tan if a.on_one_tangent_branch() => a.increasing(math::tan),
            Op::Tan => Interval::ALL,
            Op::Asin => a.inside(-1.0, 1.0).increasing(math::asin),
            Op::Acos => a.inside(-1.0, 1.0).decreasing(math::acos).inside(0.0, 3.15),
            Op::Atan => a.increasing(math::atan),
            Op::Sinh => a.increasing(math::sinh),
            Op::Cosh => a.abs().increasing(math::cosh).inside(1.0, f64::INFINITY),
            Op::Tanh => a.increasing(math::tanh).inside(-1.0, 1.0),
            Op::Where if a.nonzero() => b,
            Op::Where if a == Interval::point(0.0) => c,
            Op::Where => b.hull(c),
        }
    }
}

impl Neg for Interval {
    type Output = Interval;

    fn neg(self) -> Interval {
        Interval { lo: -self.hi, hi: -self.lo }
    }
}

impl Add for Interval {
    type Output = Interval;

    fn add(self, other: Interval) -> Interval {
        Interval::new(sum(self.lo, other.lo).0, sum(self.hi, other.hi).1)
    }
}

impl Sub for Interval {
    type Output = Interval;

    fn sub(self, other: Interval) -> Interval {
        self + -other
    }
}

impl Mul for Interval {
    type Output = Interval;

    fn mul(self, other: Interval) -> Interval {
        of_corners(self, other, product)
    }
}

impl Div for Interval {
    type Output = Interval;

    /// No bounds where the divisor may be 0.
    fn div(self, other: Interval) -> Interval {
        if other.nonzero() { of_corners(self, other, quotient) } else { Interval::ALL }
    }
}

/// The sum rounded down and rounded up; exact sums stay as they are (Knuth's two-sum gives the rounding error).
fn sum(a: f64, b: f64) -> (f64, f64) {
    let s = a + b;
    if !s.is_finite() {
        return if s.is_nan() {
            (f64::NEG_INFINITY, f64::INFINITY)
        } else {
            overflow(s, a.is_infinite() || b.is_infinite())
        };
    }
    let part = s - a;
    let error = (a - (s - part)) + (b - part);
    directed(s, error)
}

/// The product rounded down and up. A bound of 0 times no bound is 0: the infinite end is never taken.
fn product(a: f64, b: f64) -> (f64, f64) {
    if a == 0.0 || b == 0.0 {
        return (0.0, 0.0);
    }
    let p = a * b;
    if !p.is_finite() {
        return overflow(p, a.is_infinite() || b.is_infinite());
    }
    if p.abs() < 1e-290 {
        return (p.next_down(), p.next_up());
    }
    directed(p, a.mul_add(b, -p))
}

fn quotient(a: f64, b: f64) -> (f64, f64) {
    if a == 0.0 || b.is_infinite() {
        return (0.0, 0.0);
    }
    let q = a / b;
    if !q.is_finite() {
        return overflow(q, a.is_infinite());
    }
    if q.abs() < 1e-290 {
        return (q.next_down(), q.next_up());
    }
    let rest = (-q).mul_add(b, a);
    directed(q, if b > 0.0 { rest } else { -rest })
}

/// A finite result and the sign of what is missing from it.
fn directed(value: f64, error: f64) -> (f64, f64) {
    let lo = if error < 0.0 { value.next_down() } else { value };
    let hi = if error > 0.0 { value.next_up() } else { value };
    (lo, hi)
}

/// An infinite result: a missing bound, or a finite number too large to write down.
fn overflow(value: f64, unbounded: bool) -> (f64, f64) {
    match (unbounded, value > 0.0) {
        (true, _) => (value, value),
        (false, true) => (f64::MAX, f64::INFINITY),
        (false, false) => (f64::NEG_INFINITY, f64::MIN),
    }
}

fn of_corners(a: Interval, b: Interval, f: fn(f64, f64) -> (f64, f64)) -> Interval {
    let corners = [f(a.lo, b.lo), f(a.lo, b.hi), f(a.hi, b.lo), f(a.hi, b.hi)];
    let lo = corners.iter().fold(f64::INFINITY, |lo, corner| lo.min(corner.0));
    let hi = corners.iter().fold(f64::NEG_INFINITY, |hi, corner| hi.max(corner.1));
    Interval::new(lo, hi)
}

/// A few units in the last place below a computed value; 0 is taken to be exact.
fn below(value: f64) -> f64 {
    if value == 0.0 {
        0.0
    } else if value == f64::INFINITY {
        f64::MAX
    } else {
        (value - 4.0 * f64::EPSILON * value.abs()).next_down()
    }
}

fn above(value: f64) -> f64 {
    if value == 0.0 {
        0.0
    } else if value == f64::NEG_INFINITY {
        f64::MIN
    } else {
        (value + 4.0 * f64::EPSILON * value.abs()).next_up()
    }
}

#[cfg(test)]
mod tests {
    use crate::OPERATORS;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn bounds_are_tight_where_arithmetic_is_exact() {
        let unit = Interval::new(-1.0, 1.0);
        assert_eq!(unit.square(), Interval::new(0.0, 1.0));
        assert_eq!(Interval::point(1.0).add(unit.square().neg()), Interval::new(0.0, 1.0));
        assert_eq!(Interval::new(0.0, f64::INFINITY).mul(Interval::new(0.0, 2.0)), Interval::new(0.0, f64::INFINITY));
        assert!(Interval::apply(Op::Exp, [Interval::ALL; 3]).positive());
        let tenth = Interval::point(0.1);
        assert!(tenth.add(Interval::point(0.2)).hi > 0.3);
    }

    #[test]
    fn sine_finds_its_extrema() {
        for (lo, hi, least, most) in
            [(0.0, 3.2, -0.06, 1.0), (0.1, 1.0, 0.09, 0.85), (3.0, 5.0, -1.0, 0.15), (-10.0, 10.0, -1.0, 1.0)]
        {
            let range = Interval::new(lo, hi).sin();
            assert!(range.within(least, most), "{range:?}");
        }
    }

    proptest! {
        #[test]
        fn every_value_lies_within_the_bounds(
            op in 0..OPERATORS.len(),
            ends in prop::array::uniform3((-4.0f64..4.0, 0.0f64..3.0)),
            at in prop::array::uniform3(0.0f64..=1.0),
            whole in any::<bool>(),
        ) {
            let op = OPERATORS[op].op;
            let mut args = ends.map(|(lo, width)| Interval::new(lo, lo + width));
            let mut x: Vec<f64> = (0..3).map(|i| (args[i].lo + at[i] * (args[i].hi - args[i].lo)).min(args[i].hi)).collect();
            if whole && op == Op::Pow {
                x[1] = x[1].round();
                args[1] = Interval::point(x[1]);
            }
            let value = op.apply(x[0], x[1], x[2]);
            let range = Interval::apply(op, args);
            prop_assert!(!value.is_finite() || range.contains(value), "{op} {x:?} = {value} in {range:?}");
        }
    }
}
