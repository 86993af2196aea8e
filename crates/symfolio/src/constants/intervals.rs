//! Confidence intervals and what is to be said of them.

use serde::Serialize;
use symfolio_core::Budget;
use symfolio_expr::rounded_number_text;
use symfolio_fit::{Criterion, End, Loss};

/// How confidence intervals are found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Intervals {
    /// From the curvature of the loss at its minimum: quick, and symmetric.
    #[default]
    Delta,
    /// From the loss itself, the other constants fitted anew on the way: right for constants that are far from linear.
    Profile,
}

/// An interval whose ends may be open.
pub type Interval = (Option<f64>, Option<f64>);

/// The loss that intervals are those of; none for a distance of spectra, whose theory is another one.
pub(crate) fn loss_of_intervals(criterion: &Criterion) -> Option<Loss> {
    match criterion {
        Criterion::Rows(loss) => Some(*loss),
        Criterion::Wasserstein { .. } => None,
    }
}

/// Why there is no interval of a distance of spectra.
pub(crate) const NO_INTERVALS: &str = "there are no intervals for the loss wasserstein; --loss squared has some";

/// Is a constant kept where it is by one of its bounds?
pub(crate) fn at_bound(value: f64, (low, high): (f64, f64)) -> bool {
    let span = if (high - low).is_finite() { high - low } else { 0.0 };
    let near = |bound: f64| bound.is_finite() && (value - bound).abs() <= 1e-9 * span.max(bound.abs());
    near(low) || near(high)
}

/// What is to be said of the constant `name`, which is at its bound.
pub(crate) fn remark_at_bound(name: &str, value: f64) -> String {
    format!(
        "{name} is at its bound, {}, and has no interval; those of the others take it as known",
        rounded_number_text(value, 6)
    )
}

/// The interval between two numbers; `None` unless both are finite.
pub(crate) fn closed((low, high): (f64, f64)) -> Option<Interval> {
    (low.is_finite() && high.is_finite()).then_some((Some(low), Some(high)))
}

/// The interval between two ends; `None` where none is known.
pub(crate) fn of_ends((low, high): (End, End)) -> Option<Interval> {
    let value = |end: End| match end {
        End::At(value) | End::Bound(value) => Some(value),
        End::Open | End::Unknown => None,
    };
    let interval = (value(low), value(high));
    (interval != (None, None)).then_some(interval)
}

/// Ends that are named.
const NAMED: usize = 6;

/// What is to be said of the ends of intervals by profile likelihood, each with the name of its constant: ends that are bounds one by one,
/// and once that `budget` was spent before all were found.
pub(crate) fn remarks_on(intervals: impl IntoIterator<Item = ((End, End), String)>, budget: Budget) -> Vec<String> {
    let mut remarks = Vec::new();
    let (mut all, mut cut) = (0, Vec::new());
    for ((low, high), name) in intervals {
        for (end, which) in [(low, "lower"), (high, "upper")] {
            match end {
                End::Bound(bound) => {
                    remarks.push(format!("the {which} end of {name} is its bound, {}", rounded_number_text(bound, 6)));
                }
                End::Unknown => cut.push(format!("the {which} end of {name}")),
                End::At(_) | End::Open => {}
            }
            all += 1;
        }
    }
    if let Some(first) = cut.first() {
        let what = match cut.len() {
            1 => format!("{first} was not found"),
            some => {
                let more = if some > NAMED { ", ..." } else { "" };
                let named = cut.iter().take(NAMED).cloned().collect::<Vec<_>>().join(", ");
                format!("{some} of {all} ends of intervals were not found: {named}{more}")
            }
        };
        remarks.push(format!("the budget of {budget} was spent and {what}; give more by --budget"));
    }
    remarks
}
