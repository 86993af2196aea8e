//! [`Line`]: the best `a f + b` under squared error, in closed form.

/// The best scale and offset of given values for a target, and what they leave.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Line {
    pub scale: f64,
    pub offset: f64,
    /// Weighted mean of the squared residuals; infinite where a value is not finite.
    pub loss: f64,
}

impl Line {
    /// Fits `target` by `values`, with a free scale and offset where `scale` and `offset` allow them; 1 and 0 else.
    /// Means are taken off before products are formed, so that nothing cancels.
    pub fn fit(values: &[f64], target: &[f64], weights: Option<&[f64]>, scale: bool, offset: bool) -> Line {
        let weight = |row: usize| weights.map_or(1.0, |weights| weights[row]);
        let total: f64 = weights.map_or(values.len() as f64, |weights| weights.iter().sum());
        let mean = |of: &dyn Fn(usize) -> f64| (0..values.len()).map(|row| weight(row) * of(row)).sum::<f64>() / total;
        let (mean_f, mean_y) = if offset { (mean(&|row| values[row]), mean(&|row| target[row])) } else { (0.0, 0.0) };
        let mut a = 1.0;
        if scale {
            let (mut square, mut product) = (0.0, 0.0);
            for row in 0..values.len() {
                let f = values[row] - mean_f;
                square += weight(row) * f * f;
                product += weight(row) * f * (target[row] - mean_y);
            }
            a = if square > 0.0 { product / square } else { 0.0 };
        }
        let b = mean_y - a * mean_f;
        let loss = mean(&|row| {
            let residual = target[row] - a * values[row] - b;
            residual * residual
        });
        let fine = loss.is_finite() && a.is_finite() && b.is_finite();
        Line { scale: a, offset: b, loss: if fine { loss } else { f64::INFINITY } }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_line_is_found_with_and_without_its_parts() {
        let values = [1.0, 2.0, 3.0, 4.0];
        let target = [5.0, 7.0, 9.0, 11.0];
        let close = |line: Line, scale: f64, offset: f64, loss: f64| {
            assert!((line.scale - scale).abs() < 1e-12 && (line.offset - offset).abs() < 1e-12, "{line:?}");
            assert!((line.loss - loss).abs() < 1e-12, "{line:?}");
        };
        close(Line::fit(&values, &target, None, true, true), 2.0, 3.0, 0.0);
        close(Line::fit(&values, &target, None, false, true), 1.0, 5.5, 1.25);
        close(Line::fit(&values, &target, None, true, false), 3.0, 0.0, 1.5);
        close(Line::fit(&values, &[5.0, 7.0, 9.0, 99.0], Some(&[1.0, 2.0, 1.0, 0.0]), true, true), 2.0, 3.0, 0.0);
        assert_eq!(Line::fit(&[1.0, f64::NAN], &[1.0, 2.0], None, true, true).loss, f64::INFINITY);
    }
}
