//! [`Ruler`]: what values are worth as a formula of the target, with the scale and offset that suit them best.

use symfolio_expr::{BLOCK, Moments, math};

use crate::target::Target;

/// Most terms of a formula.
pub(crate) const TERMS: usize = 3;

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

/// Sums that the fit of several terms follows from.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Sums {
    pub moments: [Moments; TERMS + 1],
    /// Weighted products of pairs, the later one first.
    products: [[f64; TERMS]; TERMS + 1],
}

impl Sums {
    pub fn set_product(&mut self, a: usize, b: usize, product: f64) {
        self.products[a.max(b)][a.min(b)] = product;
    }

    pub fn product(&self, a: usize, b: usize) -> f64 {
        self.products[a.max(b)][a.min(b)]
    }
}

/// What goes around the terms of a formula.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Line {
    pub offset: f64,
    /// Root of the weighted mean square of the target's deviations from its mean.
    pub deviation: f64,
    pub scales: Vec<f64>,
}

struct Solution {
    scales: [f64; TERMS],
    /// What the target's squares fall by.
    gain: f64,
    /// Share of the squares that is a matter of rounding.
    rounding: f64,
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

    /// Does the target vary, and is all of it in range? Else every energy would be no number.
    pub fn is_sound(&self) -> bool {
        let all = [self.total, self.squares, self.plain_squares];
        all.iter().all(|sum| sum.is_finite() && *sum > 0.0)
    }

    /// What `terms` of `sums` leave of the target, each with the scale that suits it, and an offset: half the rows times the logarithm of the
    /// share of the target's squares, in nats; infinite where they are no numbers or depend on each other.
    pub fn misfit(&self, sums: &Sums, terms: &[usize]) -> f64 {
        let Some(Solution { gain, rounding, .. }) = self.solve(sums, terms) else { return f64::INFINITY };
        let left = (self.squares - gain).max(rounding * self.squares);
        0.5 * self.rows as f64 * math::log(left / self.plain_squares) + self.cost
    }

    /// The scales and the offset that leave least.
    pub fn line(&self, sums: &Sums, terms: &[usize]) -> Option<Line> {
        let Solution { scales, .. } = self.solve(sums, terms)?;
        let scales: Vec<f64> = scales[..terms.len()].to_vec();
        let mean = |(scale, term): (&f64, &usize)| scale * sums.moments[*term][0] / self.total;
        let offset = self.mean - scales.iter().zip(terms).map(mean).sum::<f64>();
        Some(Line { offset, deviation: (self.squares / self.total).sqrt(), scales })
    }

    /// Least squares on the deviations from the means, by Cholesky's decomposition.
    fn solve(&self, sums: &Sums, terms: &[usize]) -> Option<Solution> {
        let n = terms.len();
        let (mut low, mut pivots, mut right) = ([[0.0; TERMS]; TERMS], [0.0; TERMS], [0.0; TERMS]);
        let (mut gain, mut rounding) = (0.0, NOTHING);
        for i in 0..n {
            let [sum, squares, product] = sums.moments[terms[i]];
            let (mut pivot, mut rest) = (squares - sum * sum / self.total, product);
            for j in 0..i {
                let mut shared = sums.product(terms[i], terms[j]) - sum * sums.moments[terms[j]][0] / self.total;
                for k in 0..j {
                    shared -= low[i][k] * low[j][k] * pivots[k];
                }
                low[i][j] = shared / pivots[j];
                pivot -= low[i][j] * shared;
                rest -= low[i][j] * right[j];
            }
            // False where one of them is no number.
            let is_sound = pivot > FLAT * squares && rest.is_finite();
            if !is_sound {
                return None;
            }
            (pivots[i], right[i]) = (pivot, rest);
            gain += rest * rest / pivot;
            // Cancellation in the squares of values that are far from 0, or near to those of the terms before.
            rounding = rounding.max(8.0 * f64::EPSILON * squares / pivot);
        }
        let mut scales = [0.0; TERMS];
        for i in (0..n).rev() {
            scales[i] = right[i] / pivots[i] - (i + 1..n).map(|j| low[j][i] * scales[j]).sum::<f64>();
        }
        Some(Solution { scales, gain, rounding })
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
        let mut sums = Sums::default();
        sums.moments[0] = registers.moments(0, &ruler.weights, &ruler.target, y.len());
        (
            ruler.misfit(&sums, &[0]),
            ruler.line(&sums, &[0]).unwrap_or(Line { offset: 0.0, deviation: 0.0, scales: vec![0.0] }),
        )
    }

    #[test]
    fn scale_and_offset_cost_nothing_and_transforms_are_comparable() {
        let z: Vec<f64> = (0..100).map(|i| 1.0 + f64::from(i * 37 % 100) / 25.0).collect();
        let y: Vec<f64> = z.iter().map(|z| 3.0 - 2.0 * z).collect();
        let (found, line) = misfit(Target::Plain, &y, &z);
        assert!(found < -1000.0 && (line.scales[0] + 2.0).abs() < 1e-9 && (line.offset - 3.0).abs() < 1e-9);
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
