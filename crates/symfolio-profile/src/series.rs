//! Are the rows a series in time?

use symfolio_core::Dataset;

/// The first feature that grows from every row to the next, if there is one, and the correlation of the target with itself one row before
/// (-1 to 1; 0 where it is constant or there are fewer than three rows).
pub(crate) fn measure(dataset: &Dataset) -> (Option<usize>, f64) {
    let grows = |values: &[f64]| values.len() > 2 && values.windows(2).all(|pair| pair[1] > pair[0]);
    let series = dataset.features().iter().position(|column| grows(&column.values));
    let target = crate::landmarks::standardised(&dataset.target().values);
    if target.len() < 3 {
        return (series, 0.0);
    }
    let total: f64 = target.iter().map(|y| y * y).sum();
    let lagged: f64 = target.windows(2).map(|pair| pair[0] * pair[1]).sum();
    let correlation = lagged / total;
    let correlation = if correlation.is_finite() { correlation.clamp(-1.0, 1.0) } else { 0.0 };
    (series, correlation)
}

#[cfg(test)]
mod tests {
    use symfolio_core::Column;

    use super::*;

    #[test]
    fn a_series_is_told_from_rows_without_order() {
        let t: Vec<f64> = (0..100).map(f64::from).collect();
        let mixed: Vec<f64> = (0..100).map(|i| f64::from(i * 37 % 101)).collect();
        let of = |x: &[f64]| {
            let y: Vec<f64> = x.iter().map(|x| (0.1 * x).sin()).collect();
            measure(&Dataset::new("", vec![Column::new("x", x.to_vec())], Column::new("y", y), None).unwrap())
        };
        let (series, correlation) = of(&t);
        assert!(series == Some(0) && correlation > 0.95, "{correlation}");
        let (series, correlation) = of(&mixed);
        assert!(series.is_none() && correlation.abs() < 0.5, "{correlation}");
    }
}
