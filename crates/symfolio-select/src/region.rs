//! [`Region`]: points between the rows of the data, and beyond them.

use symfolio_core::Table;
use symfolio_expr::Columns;

/// Share of a feature's range by which the widened box goes on beyond the data on either side.
pub(crate) const WIDENED: f64 = 0.5;
/// A feature with no more values than this takes these and no others.
const FEW_VALUES: usize = 5;
/// Points of each kind.
const POINTS: usize = 1024;

/// Where formulas are compared besides the rows of the data.
///
/// Points come from an additive recurrence, so that they fill the box evenly and are the same for every formula.
#[derive(Debug)]
pub(crate) struct Region {
    /// Points on lines between pairs of rows, feature by feature.
    pub between: Vec<Vec<f64>>,
    /// Points in the box around the data, widened.
    pub widened: Vec<Vec<f64>>,
    pub features: Vec<Feature>,
}

/// The values of a feature.
#[derive(Clone, Debug)]
pub(crate) struct Feature {
    /// Least and greatest value in the data.
    pub range: (f64, f64),
    /// The same, widened. What is never negative in the data stays so, and so does what is never positive.
    pub widened: (f64, f64),
    /// All values, where there are few.
    values: Option<Vec<f64>>,
    whole: bool,
}

impl Feature {
    fn new(values: &[f64]) -> Feature {
        let (low, high) = values.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), x| (l.min(*x), h.max(*x)));
        let reach = WIDENED * (high - low);
        // A positive quantity may come nearer to 0; it does not become negative by measuring a little further.
        let below = if low >= 0.0 { (low - reach).max(0.5 * low) } else { low - reach };
        let above = if high <= 0.0 { (high + reach).min(0.5 * high) } else { high + reach };
        let mut few: Vec<f64> = Vec::new();
        for value in values {
            if !few.contains(value) {
                few.push(*value);
            }
            if few.len() > FEW_VALUES {
                break;
            }
        }
        few.sort_by(f64::total_cmp);
        Feature {
            range: (low, high),
            widened: (below, above),
            values: (few.len() <= FEW_VALUES).then_some(few),
            whole: values.iter().all(|value| value.fract() == 0.0),
        }
    }

    /// Can it take values beyond those of the data?
    pub(crate) fn goes_on(&self) -> bool {
        self.values.is_none()
    }

    /// The value at the share `t` of the widened range, one that the feature can take.
    fn at(&self, t: f64) -> f64 {
        if let Some(values) = &self.values {
            return values[((t * values.len() as f64) as usize).min(values.len() - 1)];
        }
        let value = self.widened.0 + t * (self.widened.1 - self.widened.0);
        if self.whole { value.round() } else { value }
    }
}

impl Region {
    /// The region of a table with at least one row.
    pub(crate) fn of(table: &Table) -> Region {
        let (n, d) = (table.n_rows(), table.n_features());
        let features: Vec<Feature> = (0..d).map(|index| Feature::new(table.feature(index))).collect();
        let steps = recurrence(d);
        let share = |point: usize, step: f64| (0.5 + (point + 1) as f64 * step).fract();
        let widened = |(feature, step): (&Feature, &f64)| -> Vec<f64> {
            (0..POINTS).map(|point| feature.at(share(point, *step))).collect()
        };
        // Pairs of rows and the places between them: a recurrence in three dimensions.
        let pair = recurrence(3);
        let row = |point: usize, axis: usize| ((share(point, pair[axis]) * n as f64) as usize).min(n.saturating_sub(1));
        let between = |(index, feature): (usize, &Feature)| -> Vec<f64> {
            let values = table.feature(index);
            let place = |point: usize| {
                let (first, second) = (values[row(point, 0)], values[row(point, 1)]);
                let value = first + share(point, pair[2]) * (second - first);
                match (&feature.values, feature.whole) {
                    (Some(_), _) => first,
                    (None, true) => value.round(),
                    (None, false) => value,
                }
            };
            (0..POINTS).map(place).collect()
        };
        Region {
            between: features.iter().enumerate().map(between).collect(),
            widened: features.iter().zip(&steps).map(widened).collect(),
            features,
        }
    }

    /// Point `index` of the widened box.
    pub(crate) fn point(&self, index: usize) -> Vec<f64> {
        self.widened.iter().map(|column| column[index]).collect()
    }
}

/// Points as the evaluator takes them.
pub(crate) fn columns(points: &[Vec<f64>]) -> Columns<'_> {
    Columns::new(points.iter().map(Vec::as_slice))
}

/// Steps of an additive recurrence that fills the unit cube evenly in `d` dimensions: powers of the inverse of the root above 1 of
/// `g^(d + 1) = g + 1` (Roberts 2018, a generalised golden ratio).
fn recurrence(d: usize) -> Vec<f64> {
    let mut g = 1.5f64;
    for _ in 0..40 {
        g = (1.0 + g).powf(1.0 / (d + 1) as f64);
    }
    (1..=d).map(|power| g.powi(-(power as i32))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use symfolio_core::{Column, Dataset};

    #[test]
    fn points_are_what_the_columns_can_hold() {
        let n = 40u32;
        let even = |low: f64, high: f64| -> Vec<f64> {
            (0..n).map(|i| low + (high - low) * f64::from(i) / f64::from(n - 1)).collect()
        };
        let column = |name: &str, values: Vec<f64>| Column::new(name, values);
        let switch = (0..n).map(|i| f64::from(i % 2)).collect();
        let count = (0..n).map(f64::from).collect();
        let features = vec![
            column("length", even(1.0, 5.0)),
            column("charge", even(-1.0, 1.0)),
            column("switch", switch),
            column("count", count),
        ];
        let data = Dataset::new("d", features, column("y", even(0.0, 1.0)), None).unwrap();
        let region = Region::of(&Table::gather(&data, &(0..n).collect::<Vec<u32>>()));
        let span = |values: &[f64]| values.iter().fold((f64::MAX, f64::MIN), |(l, h), x| (l.min(*x), h.max(*x)));
        let near = |(low, high): (f64, f64), (l, h): (f64, f64)| {
            let room = 0.01 * (h - l);
            assert!(low >= l && low <= l + room && high <= h && high >= h - room, "{low} {high} for {l} {h}");
        };
        // Lengths stay positive, charges need not; switches and counts stay what they are.
        near(span(&region.widened[0]), (0.5, 7.0));
        near(span(&region.widened[1]), (-2.0, 2.0));
        assert!(region.widened[2].iter().chain(&region.between[2]).all(|value| *value == 0.0 || *value == 1.0));
        assert!(region.widened[3].iter().chain(&region.between[3]).all(|value| value.fract() == 0.0));
        assert!(region.between[0].iter().all(|value| (1.0..=5.0).contains(value)));
        // Lengths and charges lie on one line in the data, and between its rows.
        let on_line = |point: usize| (region.between[0][point] - (3.0 + 2.0 * region.between[1][point])).abs() < 1e-12;
        assert!((0..POINTS).all(on_line));
        assert!(!region.features[2].goes_on() && region.features[3].goes_on());
    }
}
