//! [`Wasserstein`]: how far the mass of a spectrum has to be moved along its axis.

use crate::data::FitData;

/// The Wasserstein-1 distance between predicted and measured spectrum along the axis `s`, with a price on missing mass:
///
/// `(P / T) * integral ds abs(F_p(s) / P - F_t(s) / T)  +  R * abs(P / T - 1)`
///
/// `F` is the integral of the values from the axis's lower end up to `s` (prediction `p`, target `t`), `P` and `T` are its values at
/// the upper end, and `R` is the length of the axis. The first term is the distance of the spectra of unit mass, which in one
/// dimension is the distance of their cumulated masses (Peyré and Cuturi 2019, *Computational Optimal Transport*, section
/// 2.6, remark 2.30; Werman, Peleg and Rosenfeld 1985), times the mass that is moved. The second prices mass that appears or
/// vanishes at the whole length, so that it never pays to leave out a peak that is in the wrong place: the amplitude stays
/// determined. The unit is that of the axis; 0 is a perfect fit.
///
/// Rows are sorted by the axis; each counts with its weight times the width of its cell (half the distance to either
/// neighbour), which rows at one place share evenly. Negative values are negative mass and are not cut off: noise about a
/// baseline of 0 cancels in the integral instead of piling up. What is needed is a target whose masses do not sum to
/// about 0, since there would be nothing to measure the prediction's mass by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wasserstein {
    /// Which feature is the axis, from 0.
    pub axis: usize,
}

/// Why a table is no spectrum.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum WassersteinError {
    /// The axis is no feature.
    #[error("the axis of the spectrum is feature {axis}, and there are {n_features}; count from 0")]
    NoSuchAxis {
        /// What was asked for.
        axis: usize,
        /// How many features there are.
        n_features: usize,
    },
    /// Fewer than two places.
    #[error("the axis of the spectrum has {n_places} different value(s) on rows that count; at least 2 are needed")]
    TooShort {
        /// How many places there are.
        n_places: usize,
    },
    /// A place that is no number.
    #[error("the axis of the spectrum is {value} in row {row} (counted from 0); leave such rows out")]
    NotFinite {
        /// The row.
        row: usize,
        /// The value.
        value: f64,
    },
    /// Positive and negative mass cancel.
    #[error(
        "the target sums to {total} along the axis and its absolute values to {absolute}: wasserstein compares shares of \
         that sum, which must not be nearly 0; take a spectrum of mostly one sign, or another loss"
    )]
    NoMass {
        /// The integral of the target.
        total: f64,
        /// The integral of its absolute value.
        absolute: f64,
    },
}

/// Share of the absolute mass that the total must have.
const LEAST_MASS: f64 = 1e-2;

/// A target along its axis.
#[derive(Clone, Debug)]
pub(crate) struct Spectrum {
    /// Rows that count, by their place.
    order: Vec<usize>,
    /// Mass per value of each of them, in units of the target's mass.
    widths: Vec<f64>,
    /// From each to the next, in units of the axis; 0 after the last.
    gaps: Vec<f64>,
    /// The target's mass up to and with each, as a share.
    cumulated: Vec<f64>,
    /// Length of the axis.
    length: f64,
}

impl Spectrum {
    /// The target of `data` along `measure.axis`.
    pub(crate) fn new(measure: Wasserstein, data: &FitData<'_>) -> Result<Spectrum, WassersteinError> {
        let Wasserstein { axis } = measure;
        let n_features = data.columns.n_features();
        if axis >= n_features {
            return Err(WassersteinError::NoSuchAxis { axis, n_features });
        }
        let places = data.columns.column(axis);
        if let Some(row) = places.iter().position(|place| !place.is_finite()) {
            return Err(WassersteinError::NotFinite { row, value: places[row] });
        }
        let mut order: Vec<usize> = (0..places.len()).filter(|row| data.weight(*row) > 0.0).collect();
        order.sort_by(|a, b| places[*a].total_cmp(&places[*b]));
        let runs: Vec<&[usize]> = order.chunk_by(|a, b| places[*a] == places[*b]).collect();
        if runs.len() < 2 {
            return Err(WassersteinError::TooShort { n_places: runs.len() });
        }
        let place = |run: usize| places[runs[run][0]];
        let mut widths = Vec::with_capacity(order.len());
        let mut gaps = Vec::with_capacity(order.len());
        for (index, run) in runs.iter().enumerate() {
            let next = (index + 1).min(runs.len() - 1);
            let cell = 0.5 * (place(next) - place(index.saturating_sub(1))) / run.len() as f64;
            widths.extend(run.iter().map(|row| cell * data.weight(*row)));
            gaps.resize(gaps.len() + run.len() - 1, 0.0);
            gaps.push(place(next) - place(index));
        }
        let length = place(runs.len() - 1) - place(0);
        let masses: Vec<f64> = order.iter().zip(&widths).map(|(row, width)| width * data.target[*row]).collect();
        let (total, absolute) = (masses.iter().sum::<f64>(), masses.iter().map(|mass| mass.abs()).sum::<f64>());
        if total.abs() <= LEAST_MASS * absolute || !total.is_finite() || !absolute.is_finite() {
            return Err(WassersteinError::NoMass { total, absolute });
        }
        widths.iter_mut().for_each(|width| *width /= total);
        let mut sum = 0.0;
        let cumulated = masses
            .iter()
            .map(|mass| {
                sum += mass / total;
                sum
            })
            .collect();
        Ok(Spectrum { order, widths, gaps, cumulated, length })
    }

    /// Length of the axis.
    pub(crate) fn length(&self) -> f64 {
        self.length
    }

    /// The distance of `values`, one a row, from the target, and in `slopes` its derivatives by them; infinite where a value
    /// is not finite. Absolute values are rounded off to `sqrt(u^2 + epsilon^2)`, with `epsilon` a share of the target's mass.
    pub(crate) fn distance(&self, values: &[f64], epsilon: f64, slopes: &mut [f64]) -> f64 {
        let mass: f64 = self.order.iter().zip(&self.widths).map(|(row, width)| width * values[*row]).sum();
        slopes.fill(0.0);
        if !mass.is_finite() {
            return f64::INFINITY;
        }
        let rounded = |u: f64| if epsilon > 0.0 { (u * u + epsilon * epsilon).sqrt() } else { u.abs() };
        let slope = |u: f64, size: f64| if size > 0.0 { u / size } else { 0.0 };
        let excess = mass - 1.0;
        let price = rounded(excess);
        let mut distance = self.length * price;
        // What a unit of mass at the upper end changes; what lies below is added on the way back.
        let mut through_mass = self.length * slope(excess, price);
        let mut moved = 0.0;
        for (index, row) in self.order.iter().enumerate() {
            moved += self.widths[index] * values[*row];
            let difference = moved - mass * self.cumulated[index];
            let size = rounded(difference);
            let push = self.gaps[index] * slope(difference, size);
            distance += self.gaps[index] * size;
            through_mass -= push * self.cumulated[index];
            slopes[*row] = push;
        }
        let mut behind = 0.0;
        for (index, row) in self.order.iter().enumerate().rev() {
            behind += slopes[*row];
            slopes[*row] = self.widths[index] * (behind + through_mass);
        }
        if distance.is_finite() { distance } else { f64::INFINITY }
    }
}

#[cfg(test)]
mod tests {
    use symfolio_expr::Columns;

    use super::*;

    fn spectrum(places: &[f64], target: &[f64], weights: Option<&[f64]>) -> Result<Spectrum, WassersteinError> {
        let columns = Columns::new([places]);
        Spectrum::new(Wasserstein { axis: 0 }, &FitData { columns: &columns, target, weights })
    }

    fn distance(places: &[f64], target: &[f64], values: &[f64]) -> f64 {
        spectrum(places, target, None).unwrap().distance(values, 0.0, &mut vec![0.0; values.len()])
    }

    #[test]
    fn distances_that_are_known() {
        let places: Vec<f64> = (0..11).map(f64::from).collect();
        let peak = |at: usize, height: f64| -> Vec<f64> {
            (0..11).map(|index| if index == at { height } else { 0.0 }).collect()
        };
        let sum = |a: Vec<f64>, b: Vec<f64>| -> Vec<f64> { a.iter().zip(b).map(|(a, b)| a + b).collect() };
        for (target, values, expected) in [
            (peak(3, 2.0), peak(3, 2.0), 0.0),
            // All of the mass by four.
            (peak(3, 2.0), peak(7, 2.0), 4.0),
            (peak(7, -2.0), peak(3, -2.0), 4.0),
            // Half of it by four.
            (sum(peak(2, 1.0), peak(5, 1.0)), sum(peak(2, 1.0), peak(9, 1.0)), 2.0),
            // Nothing to move, a half or the whole missing at the length of 10.
            (peak(3, 2.0), peak(3, 1.0), 5.0),
            (peak(3, 2.0), peak(3, 0.0), 10.0),
            // Half as much by four, the rest missing.
            (peak(3, 2.0), peak(7, 1.0), 7.0),
            // A negative line is negative mass.
            (sum(peak(3, 2.0), peak(6, -1.0)), sum(peak(3, 2.0), peak(7, -1.0)), 1.0),
        ] {
            let found = distance(&places, &target, &values);
            assert!((found - expected).abs() < 1e-12, "{values:?} from {target:?}: {found} instead of {expected}");
        }
        assert_eq!(distance(&places, &peak(3, 1.0), &peak(3, f64::NAN)), f64::INFINITY);
    }

    #[test]
    fn neither_order_nor_doubled_rows_matter() {
        let (places, target, values) = ([0.0, 1.0, 2.5, 4.0], [0.0, 2.0, 1.0, 0.5], [0.5, 0.5, 2.0, 1.0]);
        let plain = distance(&places, &target, &values);
        let mixed = distance(&[2.5, 0.0, 4.0, 1.0], &[1.0, 0.0, 0.5, 2.0], &[2.0, 0.5, 1.0, 0.5]);
        assert!((plain - mixed).abs() < 1e-12);
        let doubled = distance(&[0.0, 1.0, 2.5, 4.0, 1.0], &[0.0, 1.5, 1.0, 0.5, 2.5], &[0.5, 0.5, 2.0, 1.0, 0.5]);
        assert!((plain - doubled).abs() < 1e-12);
    }

    #[test]
    fn slopes_are_those_of_finite_differences() {
        let (places, target) = ([3.0, 0.0, 1.0, 4.5, 1.0], [1.0, 0.5, 2.0, -0.3, 1.5]);
        let weights = [1.0, 2.0, 0.5, 1.0, 1.0];
        let spectrum = spectrum(&places, &target, Some(&weights)).unwrap();
        let mut values = [0.7, 1.1, 0.4, 0.2, -0.6];
        let (mut slopes, mut unused) = ([0.0; 5], [0.0; 5]);
        for epsilon in [0.0, 0.1] {
            spectrum.distance(&values, epsilon, &mut slopes);
            for row in 0..5 {
                let middle = values[row];
                let mut at = |value: f64| {
                    values[row] = value;
                    spectrum.distance(&values, epsilon, &mut unused)
                };
                let difference = (at(middle + 1e-6) - at(middle - 1e-6)) / 2e-6;
                values[row] = middle;
                assert!((slopes[row] - difference).abs() < 1e-7, "{row}: {} and {difference}", slopes[row]);
            }
        }
    }

    #[test]
    fn tables_that_are_no_spectrum_are_refused() {
        for (places, target, message) in [
            ([1.0, 1.0, 1.0], [1.0, 1.0, 1.0], "the axis of the spectrum has 1 different value(s)"),
            ([1.0, f64::NAN, 2.0], [1.0, 1.0, 1.0], "the axis of the spectrum is NaN in row 1"),
            ([0.0, 1.0, 2.0], [1.0, 0.0, -1.0], "the target sums to 0 along the axis"),
            ([0.0, 1.0, 2.0], [0.0, 0.0, 0.0], "the target sums to 0 along the axis"),
        ] {
            let error = spectrum(&places, &target, None).unwrap_err().to_string();
            assert!(error.starts_with(message), "{error}");
        }
        let columns = Columns::new([[0.0, 1.0].as_slice()]);
        let data = FitData { columns: &columns, target: &[1.0, 1.0], weights: None };
        assert!(Spectrum::new(Wasserstein { axis: 1 }, &data).is_err());
    }
}
