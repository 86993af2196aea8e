//! [`Domain`]: where the inputs lie.

use symfolio_expr::Interval;

/// What is known of the inputs: for each variable the closed interval of its values in the data.
///
/// Rules with a condition (`sqrt(a**2) = a` where `a >= 0`) are used only where interval arithmetic over these ranges
/// proves the condition. Variables beyond the end, and ranges that make no sense, are unbounded.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Domain {
    ranges: Vec<Interval>,
}

impl Domain {
    /// The domain with `(least, greatest)` of each variable, variable 0 first.
    pub fn new(ranges: impl IntoIterator<Item = (f64, f64)>) -> Domain {
        Domain { ranges: ranges.into_iter().map(|(lo, hi)| Interval::new(lo, hi)).collect() }
    }

    /// The domain of data given column by column; not finite values are passed over.
    pub fn of_columns<'a>(columns: impl IntoIterator<Item = &'a [f64]>) -> Domain {
        Domain::new(columns.into_iter().map(|column| {
            let finite = column.iter().copied().filter(|value| value.is_finite());
            finite.fold((f64::INFINITY, f64::NEG_INFINITY), |(lo, hi), value| (lo.min(value), hi.max(value)))
        }))
    }

    pub(crate) fn range(&self, variable: u16) -> Interval {
        self.ranges.get(usize::from(variable)).copied().unwrap_or(Interval::ALL)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_give_their_ranges() {
        let domain = Domain::of_columns([&[3.0, -1.0, f64::NAN][..], &[]]);
        assert_eq!(domain.range(0), Interval::new(-1.0, 3.0));
        assert_eq!(domain.range(1), Interval::ALL);
        assert_eq!(domain.range(9), Interval::ALL);
        assert_eq!(Domain::new([(2.0, 1.0)]).range(0), Interval::ALL);
    }
}
