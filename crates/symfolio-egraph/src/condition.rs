//! [`Condition`]: what must be known of the parts of an expression for a rule to be sound.

use symfolio_expr::Interval;

use crate::facts::Facts;

/// What a rule needs to know of a pattern variable.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Condition {
    /// It has a value everywhere on the domain.
    Total(&'static str),
    Positive(&'static str),
    NonNegative(&'static str),
    NonPositive(&'static str),
    NonZero(&'static str),
    /// All its values lie between the two numbers.
    Within(&'static str, f64, f64),
    /// It is a literal, and a whole number.
    Whole(&'static str),
    /// No value of the first is above any of the second.
    Below(&'static str, &'static str),
    /// All values of the first are below all of the second.
    StrictlyBelow(&'static str, &'static str),
}

impl Condition {
    /// The pattern variables that it is about.
    pub(crate) fn variables(self) -> Vec<&'static str> {
        use Condition::*;
        match self {
            Below(a, b) | StrictlyBelow(a, b) => vec![a, b],
            Total(a) | Positive(a) | NonNegative(a) | NonPositive(a) | NonZero(a) => vec![a],
            Within(a, _, _) | Whole(a) => vec![a],
        }
    }

    /// Does it hold, given what is known of its variables (in the order of [`Condition::variables`])?
    pub(crate) fn holds(self, facts: &[Facts]) -> bool {
        let (Some(a), Some(last)) = (facts.first(), facts.last()) else { return false };
        use Condition::*;
        let number = a.literal.map(|value| value.value());
        match self {
            Total(_) => a.total,
            Positive(_) => a.range.positive(),
            NonNegative(_) => a.range.nonnegative(),
            NonPositive(_) => a.range.nonpositive(),
            NonZero(_) => a.range.nonzero(),
            Within(_, lo, hi) => a.range.within(lo, hi),
            Whole(_) => number.is_some_and(|n| n.fract() == 0.0),
            Below(..) => a.range.hi <= last.range.lo && bounded(a.range, last.range),
            StrictlyBelow(..) => a.range.hi < last.range.lo && bounded(a.range, last.range),
        }
    }
}

/// Is the end that two ranges are compared by a number?
fn bounded(a: Interval, b: Interval) -> bool {
    a.hi.is_finite() && b.lo.is_finite()
}
