//! [`Proof`]: bounds and slopes by interval arithmetic, over ever smaller parts of the box.

use std::collections::VecDeque;

use symfolio_expr::{Enclosure, Expr, Interval};

use super::Rules;

/// Most parts of the box that are looked at.
const PARTS: usize = 300;
/// Work of an interval operation, for the value and for each slope.
const WORK: u64 = 20;

/// What came of an attempt to prove that a formula keeps to its rules.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Proof {
    /// Is it proved?
    pub complete: bool,
    /// By how much it breaks them, as a share of the scale, where a part's middle shows that it does.
    pub excess: Option<f64>,
    /// Middles of parts that were looked at.
    pub middles: usize,
    pub work: u64,
}

impl Proof {
    /// Halves parts that are not proved, along the feature that moves the value most, the oldest first; gives up after 300 parts.
    pub fn attempt(expr: &Expr, rules: &Rules) -> Proof {
        let variables = expr.variables();
        let mut proof = Proof::default();
        let mut queue = VecDeque::from([rules.ranges.clone()]);
        for _ in 0..PARTS {
            let Some(part) = queue.pop_front() else {
                proof.complete = true;
                return proof;
            };
            let found = Enclosure::of(expr, &part, &variables);
            proof.work += WORK * (expr.len() * (1 + variables.len())) as u64;
            if rules.hold(expr, &part, &variables, &found) {
                continue;
            }
            let middle: Vec<Interval> = part.iter().map(|side| Interval::point(middle(*side))).collect();
            let there = Enclosure::of(expr, &middle, &variables);
            proof.middles += 1;
            let excess = rules.excess_at(expr, &middle, &variables, &there);
            if excess > 0.0 {
                proof.excess = Some(excess);
                return proof;
            }
            let Some(widest) = rules.to_halve(&part, &variables, &found) else { return proof };
            for upper in [false, true] {
                let mut half = part.clone();
                let at = middle[widest].lo;
                half[widest] =
                    if upper { Interval::new(at, half[widest].hi) } else { Interval::new(half[widest].lo, at) };
                queue.push_back(half);
            }
        }
        proof.complete = queue.is_empty();
        proof
    }
}

impl Rules {
    /// Do the rules hold everywhere in this part?
    fn hold(&self, expr: &Expr, part: &[Interval], variables: &[u16], found: &Enclosure) -> bool {
        let slope = |feature: u16| {
            let at = variables.iter().position(|variable| *variable == feature);
            at.map_or(Interval::point(0.0), |at| found.slopes[at])
        };
        let monotone = self.monotone.iter().all(|(feature, direction)| match direction.sign() {
            1.0 => slope(*feature).nonnegative(),
            _ => slope(*feature).nonpositive(),
        });
        found.total && monotone && self.bounds_hold(expr, part, variables, found)
    }

    /// The least value is where features that the value rises with are least and those that it falls with greatest.
    fn bounds_hold(&self, expr: &Expr, part: &[Interval], variables: &[u16], found: &Enclosure) -> bool {
        let ends = |rising_end: fn(Interval) -> f64, falling_end: fn(Interval) -> f64| {
            let mut ends = part.to_vec();
            for (variable, slope) in variables.iter().zip(&found.slopes) {
                let side = &mut ends[usize::from(*variable)];
                if slope.nonnegative() {
                    *side = Interval::point(rising_end(*side));
                } else if slope.nonpositive() {
                    *side = Interval::point(falling_end(*side));
                }
            }
            Enclosure::of(expr, &ends, &[]).range
        };
        let lower = self
            .bounds
            .lower
            .is_none_or(|lower| found.range.lo >= lower || ends(|side| side.lo, |side| side.hi).lo >= lower);
        lower
            && self
                .bounds
                .upper
                .is_none_or(|upper| found.range.hi <= upper || ends(|side| side.hi, |side| side.lo).hi <= upper)
    }

    /// By how much the rules are broken at a point, given what is known there; 0 where nothing shows that they are.
    fn excess_at(&self, expr: &Expr, point: &[Interval], variables: &[u16], there: &Enclosure) -> f64 {
        let at: Vec<f64> = point.iter().map(|side| side.lo).collect();
        let value = expr.value(&at);
        if !value.is_finite() {
            return 1.0;
        }
        let falls = self.monotone.iter().filter_map(|(feature, direction)| {
            let slope = there.slopes[variables.iter().position(|variable| variable == feature)?];
            let least = if direction.sign() > 0.0 { -slope.hi } else { slope.lo };
            let side = self.ranges[usize::from(*feature)];
            // What the value would fall by over the whole side.
            Some(self.beyond_rounding(least * (side.hi - side.lo), value))
        });
        falls.fold(self.out_of_bounds(value), f64::max)
    }

    /// The feature along which to halve a part: where the value may change most; `None` for a part too small to be halved.
    fn to_halve(&self, part: &[Interval], variables: &[u16], found: &Enclosure) -> Option<usize> {
        let change = |(variable, slope): (&u16, &Interval)| {
            let at = usize::from(*variable);
            let (width, whole) = (part[at].hi - part[at].lo, self.ranges[at].hi - self.ranges[at].lo);
            let inner = middle(part[at]);
            let divisible = inner > part[at].lo && inner < part[at].hi;
            let steepest = slope.lo.abs().max(slope.hi.abs());
            // Slopes without bounds say nothing: then the longest side counts.
            divisible.then_some((steepest.min(f64::MAX / 1e10) * width, width / whole, at))
        };
        let order = |a: &(f64, f64, usize), b: &(f64, f64, usize)| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1));
        variables.iter().zip(&found.slopes).filter_map(change).max_by(order).map(|(_, _, at)| at)
    }
}

fn middle(side: Interval) -> f64 {
    0.5 * side.lo + 0.5 * side.hi
}
