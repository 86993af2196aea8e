//! [`Ruler`]: what values are worth as a formula of the target, with the scale and offset that suit them best.

use symfolio_expr::{BLOCK, Moments, math};

use crate::target::Target;

/// Rows of least weight: those of larger weight than so many times the ninth tenth of the weights count no more than that.
const HEAVIEST: f64 = 10.0;
/// Share of the target's squares that counts as nothing.
const NOTHING: f64 = 1e-14;
/// Values whose squares are so much larger than those of their deviations are constants with noise of rounding.
const FLAT: f64 = 1e-10;

/// A target on some rows. Residuals of a transform are weighted by what they are of the target itself, so that all rulers measure the same.
#[derive(Clone, Debug)]
pub(crate) struct Ruler {
    /// Number of rows.
    pub rows: usize,
    pub weights: Box<[f64; BLOCK]>,
    /// Weights times the target less its mean.
    pub target: Box<[f64; BLOCK]>,
    /// Sum of the weights.
    total: f64,
    mean: f64,
    /// Weighted sum of the squares of the target less its mean.
    squares: f64,
    /// The same of the target itself, before its transform.
    plain_squares: f64,
    /// Nats that undoing the transform takes.
    cost: f64,
}

/// The straight line from values to the target.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Line {
    pub offset: f64,
    pub scale: f64,
}

impl Ruler {
    /// The ruler of `transform` on at most [`BLOCK`] rows of the target `y`; `node` nats are what a node takes.
    pub fn new(transform: Target, y: &[f64], weights: Option<&[f64]>, node: f64) -> Ruler {
        let n = y.len();
        let given = |row: usize| weights.map_or(1.0, |weights| weights[row]);
        let both: Vec<(f64, f64)> = y.iter().map(|y| transform.of(*y)).collect();
        let mut slopes: Vec<f64> = both.iter().map(|(_, slope)| slope * slope).collect();
        slopes.sort_by(f64::total_cmp);
        let most = HEAVIEST * slopes[(n * 9 / 10).min(n - 1)];
        let mut ruler = Ruler {
            rows: n,
            weights: Box::new([0.0; BLOCK]),
            target: Box::new([0.0; BLOCK]),
            total: 0.0,
            mean: 0.0,
            squares: 0.0,
            plain_squares: 0.0,
            cost: f64::from(transform.size()) * node,
        };
        for (row, (value, slope)) in both.iter().enumerate() {
            let weight = given(row) * (slope * slope).min(most);
            ruler.weights[row] = weight;
            ruler.total += weight;
            ruler.mean += weight * value;
        }
        ruler.mean /= ruler.total.max(f64::MIN_POSITIVE);
        for (row, (value, _)) in both.iter().enumerate() {
            let centred = value - ruler.mean;
            ruler.target[row] = ruler.weights[row] * centred;
            ruler.squares += ruler.target[row] * centred;
        }
        let sum: f64 = (0..n).map(given).sum();
        let mean = (0..n).map(|row| given(row) * y[row]).sum::<f64>() / sum.max(f64::MIN_POSITIVE);
        ruler.plain_squares = (0..n).map(|row| given(row) * (y[row] - mean).powi(2)).sum();
        ruler
    }

    /// Half the rows times the logarithm of the share of the target's squares that values with these moments leave, in nats;
    /// infinite where they are no numbers.
    pub fn misfit(&self, moments: Moments) -> f64 {
        let [sum, squares, product] = moments;
        let deviations = squares - sum * sum / self.total;
        if !(deviations > FLAT * squares) || !product.is_finite() {
            return f64::INFINITY;
        }
        // Cancellation in the squares of values that are far from 0.
        let rounding = NOTHING.max(8.0 * f64::EPSILON * squares / deviations);
        let left = (self.squares - product * product / deviations).max(rounding * self.squares);
        0.5 * self.rows as f64 * math::log(left / self.plain_squares) + self.cost
    }

    /// The line that leaves least.
    pub fn line(&self, moments: Moments) -> Line {
        let [sum, squares, product] = moments;
        let scale = product / (squares - sum * sum / self.total);
        Line { offset: self.mean - scale * sum / self.total, scale }
    }
}

#[cfg(test)]
mod tests {
    use symfolio_expr::Registers;

    use super::*;

    fn misfit(transform: Target, y: &[f64], values: &[f64]) -> (f64, Line) {
        let ruler = Ruler::new(transform, y, None, 0.0);
        let mut registers = Registers::new(1);
        registers.set(0, values);
        let moments = registers.moments(0, &ruler.weights, &ruler.target, y.len());
        (ruler.misfit(moments), ruler.line(moments))
    }

    #[test]
    fn scale_and_offset_cost_nothing_and_transforms_are_comparable() {
        let z: Vec<f64> = (0..100).map(|i| 1.0 + f64::from(i * 37 % 100) / 25.0).collect();
        let y: Vec<f64> = z.iter().map(|z| 3.0 - 2.0 * z).collect();
        let (found, line) = misfit(Target::Plain, &y, &z);
        assert!(found < -1000.0 && (line.scale + 2.0).abs() < 1e-9 && (line.offset - 3.0).abs() < 1e-9);
        // The inverse of a line is not found by a line, but is by the inverse of the target.
        let y: Vec<f64> = z.iter().map(|z| 1.0 / (1.0 + 2.0 * z)).collect();
        assert!(misfit(Target::Plain, &y, &z).0 > -200.0);
        assert!(misfit(Target::Inverse, &y, &z).0 < -1000.0);
        // Noise leaves the same whatever the target is measured by.
        let noisy: Vec<f64> =
            y.iter().enumerate().map(|(i, y)| y + 0.002 * f64::from(i as i32 * 53 % 17 - 8) / 8.0).collect();
        let inverse: Vec<f64> = y.clone();
        let [plain, by_inverse] = [misfit(Target::Plain, &noisy, &inverse).0, misfit(Target::Inverse, &noisy, &z).0];
        assert!((plain - by_inverse).abs() < 3.0, "{plain} {by_inverse}");
    }

    #[test]
    fn what_is_no_number_or_a_constant_is_no_formula() {
        let y: Vec<f64> = (0..64).map(f64::from).collect();
        for value in [f64::NAN, f64::INFINITY, 5.0, 1e300] {
            let mut z = vec![value; 64];
            z[3] = if value == 1e300 { 1.0 } else { value };
            assert_eq!(misfit(Target::Plain, &y, &z).0, f64::INFINITY, "{value}");
        }
    }
}
