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
        match weights {
            None => Line::weighted(values, target, values.len() as f64, scale, offset, |_| 1.0),
            Some(weights) => {
                let total = weights.iter().sum();
                Line::weighted(values, target, total, scale, offset, |row| weights[row])
            }
        }
    }

    #[inline(always)]
    fn weighted(
        values: &[f64],
        target: &[f64],
        total: f64,
        scale: bool,
        offset: bool,
        weight: impl Fn(usize) -> f64,
    ) -> Line {
        let target = &target[..values.len()];
        let (mut mean_f, mut mean_y) = (0.0, 0.0);
        if offset {
            mean_f = sum(values.len(), |row| weight(row) * values[row]) / total;
            mean_y = sum(values.len(), |row| weight(row) * target[row]) / total;
        }
        let mut a = 1.0;
        if scale {
            let square = sum(values.len(), |row| weight(row) * (values[row] - mean_f) * (values[row] - mean_f));
            let product = sum(values.len(), |row| weight(row) * (values[row] - mean_f) * (target[row] - mean_y));
            a = if square > 0.0 { product / square } else { 0.0 };
        }
        let b = mean_y - a * mean_f;
        let residual = |row: usize| target[row] - a * values[row] - b;
        let loss = sum(values.len(), |row| weight(row) * residual(row) * residual(row)) / total;
        let fine = loss.is_finite() && a.is_finite() && b.is_finite();
        Line { scale: a, offset: b, loss: if fine { loss } else { f64::INFINITY } }
    }
}

/// Sum over the rows in eight lanes, so that it vectorises, in an order that is the same everywhere.
#[inline(always)]
fn sum(n: usize, of: impl Fn(usize) -> f64) -> f64 {
    let mut lanes = [0.0; 8];
    let whole = n - n % 8;
    for first in (0..whole).step_by(8) {
        for (lane, total) in lanes.iter_mut().enumerate() {
            *total += of(first + lane);
        }
    }
    for row in whole..n {
        lanes[row - whole] += of(row);
    }
    lanes.iter().sum()
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
