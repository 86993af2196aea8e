//! Whether a finished formula is exact, and which rows it does not explain at all.

use symfolio_core::Table;

/// Largest residual of an exact formula, as a share of the typical deviation of the target.
const EXACT: f64 = 1e-9;
/// Rounding errors of a row, as a share of its target.
const ROUNDING: f64 = 1e-12;
/// Robust standard deviations from which on a row is told of.
const FAR: f64 = 20.0;
/// A normal distribution's standard deviation over the median of its absolute deviations.
pub(crate) const NORMAL: f64 = 1.4826;

/// Is every residual a rounding error? The scale is the median deviation of the target, which one wrong cell does not move.
pub(crate) fn is_exact(table: &Table, values: &[f64]) -> bool {
    let middle = median(table.target.to_vec());
    let mut typical = median(table.target.iter().map(|y| (y - middle).abs()).collect());
    if typical == 0.0 {
        // More than half of the rows are equal: the median of the others.
        typical = median(table.target.iter().map(|y| (y - middle).abs()).filter(|size| *size > 0.0).collect());
    }
    let mut rows = table.target.iter().zip(values);
    rows.all(|(y, value)| (y - value).abs() <= EXACT * typical + ROUNDING * y.abs())
}

/// The rows whose residual is farther from the median residual than 20 robust standard deviations, as positions in `residuals`; none where
/// more than a tenth of the rows would be.
pub(crate) fn outliers(residuals: &[f64], least: f64) -> Vec<usize> {
    let middle = median(residuals.to_vec());
    let deviations: Vec<f64> = residuals.iter().map(|residual| (residual - middle).abs()).collect();
    let limit = FAR * (NORMAL * median(deviations.clone())).max(least);
    let far: Vec<usize> = (0..deviations.len()).filter(|row| deviations[*row] > limit).collect();
    if 10 * far.len() <= residuals.len() { far } else { Vec::new() }
}

/// The median, the upper one of two in the middle; 0 of nothing.
pub fn median(mut values: Vec<f64>) -> f64 {
    if values.is_empty() {
        return 0.0;
    }
    let middle = values.len() / 2;
    *values.select_nth_unstable_by(middle, f64::total_cmp).1
}

#[cfg(test)]
mod tests {
    use super::*;
    use symfolio_core::{Column, Dataset};

    #[test]
    fn one_wrong_cell_makes_nothing_exact() {
        let x: Vec<f64> = (0..50).map(f64::from).collect();
        let mut y = x.clone();
        y[7] = 1e9;
        let noisy: Vec<f64> = y.iter().enumerate().map(|(i, y)| y + 0.01 * f64::from(i as u32 % 3)).collect();
        let data = Dataset::new("d", vec![Column::new("x", x)], Column::new("y", y.clone()), None).unwrap();
        let table = Table::gather(&data, &(0..50).collect::<Vec<u32>>());
        assert!(is_exact(&table, &y) && !is_exact(&table, &noisy));
    }

    #[test]
    fn rows_far_from_all_others_are_outliers() {
        let mut residuals: Vec<f64> = (0..40).map(|i| 0.1 * f64::from(i % 5)).collect();
        assert!(outliers(&residuals, 1e-12).is_empty());
        residuals[11] = -9.0;
        assert_eq!(outliers(&residuals, 1e-12), [11]);
        // Nothing but rounding errors.
        assert!(outliers(&[0.0, 1e-15, 0.0, 0.0], 1e-12).is_empty());
    }
}
