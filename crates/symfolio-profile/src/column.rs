//! Facts about single columns, from all rows.

use symfolio_core::{ColumnProfile, Dataset};

use crate::sample::hash;

/// What the numbers in `values` are like; they are finite and there is at least one.
pub(crate) fn profile(values: &[f64]) -> ColumnProfile {
    let Moments { min, max, mean, deviation } = moments(values);
    ColumnProfile {
        min,
        max,
        mean,
        deviation,
        distinct: distinct(values.iter().map(|value| (value + 0.0).to_bits())),
        whole: values.iter().all(|value| value.fract() == 0.0),
    }
}

/// What of a column takes no sorting.
pub(crate) struct Moments {
    pub min: f64,
    pub max: f64,
    pub mean: f64,
    pub deviation: f64,
}

pub(crate) fn moments(values: &[f64]) -> Moments {
    let n = values.len() as f64;
    let (min, max) = values.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(min, max), v| (min.min(*v), max.max(*v)));
    // Measured from the middle and in units of half the range, so that neither offsets nor huge values spoil the sums.
    let origin = 0.5 * min + 0.5 * max;
    let unit = (0.5 * max - 0.5 * min).max(f64::MIN_POSITIVE);
    let (mut sum, mut squares) = (0.0, 0.0);
    for value in values {
        let step = (value - origin) / unit;
        sum += step;
        squares += step * step;
    }
    let mean = sum / n;
    let deviation = (squares / n - mean * mean).max(0.0).sqrt() * unit;
    Moments { min, max, mean: origin + mean * unit, deviation }
}

/// Number of distinct rows of the features, to within collisions of a 64-bit hash.
pub(crate) fn distinct_rows(dataset: &Dataset) -> usize {
    let mut keys = vec![0u64; dataset.n_rows()];
    for column in dataset.features() {
        for (key, value) in keys.iter_mut().zip(column.values.iter()) {
            *key = hash(key.rotate_left(17) ^ (value + 0.0).to_bits());
        }
    }
    distinct(keys)
}

fn distinct(words: impl IntoIterator<Item = u64>) -> usize {
    let mut words: Vec<u64> = words.into_iter().collect();
    words.sort_unstable();
    words.dedup();
    words.len()
}

#[cfg(test)]
mod tests {
    use symfolio_core::Column;

    use super::*;

    #[test]
    fn facts_of_known_columns() {
        let facts = profile(&[2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0]);
        assert!((facts.mean - 5.0).abs() < 1e-14 && (facts.deviation - 2.0).abs() < 1e-14, "{facts:?}");
        let expected = ColumnProfile { min: 2.0, max: 9.0, mean: 5.0, deviation: 2.0, distinct: 5, whole: true };
        assert_eq!(ColumnProfile { mean: 5.0, deviation: 2.0, ..facts }, expected);
        let shifted = profile(&[1e9 + 1.0, 1e9 + 2.0, 1e9 + 3.0]);
        assert!((shifted.deviation - (2.0f64 / 3.0).sqrt()).abs() < 1e-12);
        let huge = profile(&[-1.5e308, 1.5e308, 0.5]);
        assert!(huge.deviation > 1e308 && huge.deviation.is_finite() && !huge.whole);
        assert_eq!(profile(&[0.0, -0.0, 0.0]).distinct, 1);
        assert_eq!(profile(&[3.5; 4]).deviation, 0.0);
    }

    #[test]
    fn rows_count_once() {
        let features = vec![Column::new("a", vec![1.0, 1.0, 2.0, 1.0]), Column::new("b", vec![1.0, 2.0, 1.0, 1.0])];
        let data = Dataset::new("", features, Column::new("y", vec![1.0, 2.0, 3.0, 4.0]), None).unwrap();
        assert_eq!(distinct_rows(&data), 3);
    }
}
