//! [`Landmarks`]: where a series has peaks, steps, kinks and outliers along each variable.

use crate::rows::Rows;

/// Bins along a variable, over which the series is averaged.
const BINS: usize = 48;
/// Landmarks of each kind.
const EACH: usize = 4;

/// Places along each variable where something happens to a series: starts for constants that are places.
#[derive(Clone, Debug, Default)]
pub(crate) struct Landmarks {
    /// By variable: place, and how far from it the true place may be.
    places: Vec<Vec<(f64, f64)>>,
}

impl Landmarks {
    /// The landmarks of `series`, one value a row, along each variable.
    pub(crate) fn of(rows: &Rows, series: &[f64]) -> Landmarks {
        Landmarks { places: rows.columns.iter().map(|column| along(column, series)).collect() }
    }

    /// Adds those of another series.
    pub(crate) fn extend(&mut self, other: Landmarks) {
        self.places.iter_mut().zip(other.places).for_each(|(places, other)| places.extend(other));
    }

    /// Those along variable `index`.
    pub(crate) fn along(&self, index: usize) -> &[(f64, f64)] {
        self.places.get(index).map_or(&[], Vec::as_slice)
    }
}

fn along(column: &[f64], series: &[f64]) -> Vec<(f64, f64)> {
    let mut rows: Vec<(f64, f64)> =
        column.iter().copied().zip(series.iter().copied()).filter(|(x, y)| x.is_finite() && y.is_finite()).collect();
    if rows.len() < 4 {
        return Vec::new();
    }
    rows.sort_by(|a, b| a.0.total_cmp(&b.0));
    let n = rows.len();
    let n_bins = BINS.min(n);
    let bins: Vec<(f64, f64)> = (0..n_bins)
        .map(|bin| {
            let rows = &rows[bin * n / n_bins..(bin + 1) * n / n_bins];
            let count = rows.len() as f64;
            (rows.iter().map(|row| row.0).sum::<f64>() / count, rows.iter().map(|row| row.1).sum::<f64>() / count)
        })
        .collect();
    let slope = |i: usize| (bins[i + 1].1 - bins[i].1) / (bins[i + 1].0 - bins[i].0).max(f64::MIN_POSITIVE);
    let width = |i: usize| 0.5 * (bins[(i + 1).min(n_bins - 1)].0 - bins[i.saturating_sub(1)].0);
    let centre = median(bins.iter().map(|bin| bin.1));
    let inner = 1..n_bins - 1;
    let extremes: Vec<(f64, usize)> = (inner.clone())
        .filter(|&i| (bins[i].1 - bins[i - 1].1) * (bins[i + 1].1 - bins[i].1) <= 0.0)
        .map(|i| ((bins[i].1 - centre).abs(), i))
        .collect();
    let steps: Vec<(f64, usize)> = (0..n_bins - 1).map(|i| (slope(i).abs(), i)).collect();
    let kinks: Vec<(f64, usize)> = inner.map(|i| ((slope(i) - slope(i - 1)).abs(), i)).collect();
    let mut places = Vec::with_capacity(4 * EACH);
    places.extend(highest(extremes, 1).into_iter().map(|i| (bins[i].0, width(i))));
    places.extend(highest(steps, 2).into_iter().map(|i| (0.5 * (bins[i].0 + bins[i + 1].0), width(i))));
    places.extend(highest(kinks, 1).into_iter().map(|i| (bins[i].0, width(i))));
    let centre = median(rows.iter().map(|row| row.1));
    let far: Vec<(f64, usize)> = (0..n).map(|i| ((rows[i].1 - centre).abs(), i)).collect();
    let gap = |i: usize| rows[(i + 1).min(n - 1)].0 - rows[i.saturating_sub(1)].0;
    places.extend(highest(far, 1 + n / 40).into_iter().map(|i| (rows[i].0, gap(i))));
    places
}

/// The positions of the largest values, none nearer than `apart` to a larger one.
fn highest(mut values: Vec<(f64, usize)>, apart: usize) -> Vec<usize> {
    values.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    let mut kept: Vec<usize> = Vec::with_capacity(EACH);
    for (_, at) in values {
        if kept.len() == EACH {
            break;
        }
        if kept.iter().all(|other| other.abs_diff(at) > apart) {
            kept.push(at);
        }
    }
    kept
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn peaks_steps_and_poles_are_found() {
        let x: Vec<f64> = (0..200).map(|row| 0.05 * ((row * 77) % 200) as f64).collect();
        for (what, at, f) in [
            ("peak", 3.1, (|x| (-4.0 * (x - 3.1) * (x - 3.1)).exp()) as fn(f64) -> f64),
            ("step", 6.4, |x| f64::from(u8::from(x > 6.4)) + 0.1 * x),
            ("kink", 7.7, |x| (x - 7.7).abs()),
            ("pole", 2.22, |x| 1.0 / (x - 2.22)),
        ] {
            let series: Vec<f64> = x.iter().map(|x| f(*x)).collect();
            let rows = Rows { columns: vec![x.clone()], target: series.clone(), weights: None };
            let landmarks = Landmarks::of(&rows, &series);
            let near = |(place, width): &(f64, f64)| (place - at).abs() <= *width;
            assert!(landmarks.along(0).iter().any(near), "{what}: {:?}", landmarks.along(0));
        }
        let rows = Rows { columns: vec![vec![1.0; 9]], target: vec![2.0; 9], weights: None };
        assert!(Landmarks::of(&rows, &[2.0; 9]).along(0).iter().all(|(place, _)| *place == 1.0));
        assert!(Landmarks::of(&rows, &[f64::NAN; 9]).along(0).is_empty());
    }
}
