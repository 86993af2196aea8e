//! [`Fingerprinter`]: words that are equal for columns of values that are equal up to scale, or up to scale and offset.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::probes::LANES;

/// Columns whose spread is a smaller share of their length than this count as constant: what is left of them is rounding.
const FLAT: f64 = 1e-7;

/// Columns of which all values but one make a smaller share of the sum of squares than this are given up: they all look alike.
const DOMINATED: f64 = 1e-9;

/// Lengths beyond this range, or below its inverse, are given up: squares of them are soon not finite.
const LONGEST: f64 = 1e60;

/// Steps in which projections of a column of length 1 are told apart.
const RESOLUTION: f64 = 1e9;

/// Projects columns on two fixed random directions that are at right angles to the constant column.
#[derive(Clone, Debug)]
pub(crate) struct Fingerprinter {
    directions: [Vec<f64>; 2],
}

/// What a column comes to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Moments {
    /// Mean of the values.
    pub mean: f64,
    /// Root of the sum of squared differences from the mean; above 0.
    pub spread: f64,
    /// Root of the sum of squares; above 0.
    pub length: f64,
    projections: [f64; 2],
}

impl Fingerprinter {
    /// Directions for columns of `n` values, a multiple of [`LANES`]; the same seed draws the same ones.
    pub fn new(seed: u64, n: usize) -> Fingerprinter {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut direction = || {
            let mut values: Vec<f64> = (0..n).map(|_| rng.random_range(-1.0..1.0)).collect();
            let mean = values.iter().sum::<f64>() / n as f64;
            values.iter_mut().for_each(|value| *value -= mean);
            let length = values.iter().map(|value| value * value).sum::<f64>().sqrt();
            values.iter_mut().for_each(|value| *value /= length);
            values
        };
        Fingerprinter { directions: [direction(), direction()] }
    }

    /// The moments of a column; `None` where a value is not finite, where all are the same but for rounding, where one is all that
    /// counts, and where they are too large or too small to go on with.
    pub fn moments(&self, values: &[f64]) -> Option<Moments> {
        let [first, second] = &self.directions;
        let mut sums = [[0.0; LANES]; 4];
        let mut largest = [0.0f64; LANES];
        let chunks = values.chunks_exact(LANES).zip(first.chunks_exact(LANES)).zip(second.chunks_exact(LANES));
        for ((values, first), second) in chunks {
            for lane in 0..LANES {
                let value = values[lane];
                sums[0][lane] += value;
                sums[1][lane] += value * value;
                largest[lane] = if value * value > largest[lane] { value * value } else { largest[lane] };
                sums[2][lane] += value * first[lane];
                sums[3][lane] += value * second[lane];
            }
        }
        let [sum, squares, first, second] = sums.map(|lanes| lanes.iter().sum::<f64>());
        let mean = sum / values.len() as f64;
        let mut spreads = [0.0; LANES];
        for values in values.chunks_exact(LANES) {
            for lane in 0..LANES {
                let difference = values[lane] - mean;
                spreads[lane] += difference * difference;
            }
        }
        let (spread, length) = (spreads.iter().sum::<f64>().sqrt(), squares.sqrt());
        // A value that is not finite makes the length so, and no comparison holds for NaN.
        let largest = largest.iter().copied().fold(0.0, f64::max);
        let is_sized = length < LONGEST && length > 1.0 / LONGEST;
        let is_usable = is_sized && spread > FLAT * length && squares - largest > DOMINATED * squares;
        is_usable.then_some(Moments { mean, spread, length, projections: [first, second] })
    }
}

impl Moments {
    /// A word that `c * v` shares with `v`, whatever the `c` other than 0, and hardly any other column does.
    pub fn up_to_scale(&self) -> u64 {
        self.word(self.length)
    }

    /// A word that `c * v + d` shares with `v`, and hardly any other column does.
    pub fn up_to_scale_and_offset(&self) -> u64 {
        self.word(self.spread)
    }

    fn word(&self, size: f64) -> u64 {
        let sign = if self.projections[0] < 0.0 { -RESOLUTION } else { RESOLUTION };
        let [a, b] = self.projections.map(|projection| (projection / size * sign) as i64 as u64);
        let mut z = a.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ b.wrapping_mul(0xC2B2_AE3D_27D4_EB4F).rotate_left(31);
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z ^ (z >> 29)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_shared_up_to_scale_and_offset_and_by_nothing_else() {
        let n = 32;
        let fingerprinter = Fingerprinter::new(3, n);
        let column: Vec<f64> = (0..n).map(|i| (1.0 + (i * 7 % 32) as f64).sqrt()).collect();
        let of = |f: &dyn Fn(f64) -> f64| {
            fingerprinter.moments(&column.iter().map(|value| f(*value)).collect::<Vec<_>>()).unwrap()
        };
        let plain = of(&|v| v);
        for scale in [2.0, -1.0, 1e-3, 0.3] {
            assert_eq!(of(&|v| scale * v).up_to_scale(), plain.up_to_scale());
            assert_eq!(of(&|v| scale * v + 0.7).up_to_scale_and_offset(), plain.up_to_scale_and_offset());
        }
        assert_ne!(of(&|v| v + 1.0).up_to_scale(), plain.up_to_scale());
        for other in [of(&|v| v * v), of(&|v| v + 1e-5 * v * v), of(&|v| 1.0 / v)] {
            assert_ne!(other.up_to_scale(), plain.up_to_scale());
            assert_ne!(other.up_to_scale_and_offset(), plain.up_to_scale_and_offset());
        }
    }

    #[test]
    fn columns_that_say_nothing_have_no_moments() {
        let fingerprinter = Fingerprinter::new(3, 8);
        for value in [f64::NAN, f64::INFINITY, 1e200] {
            let mut column = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0];
            assert!(fingerprinter.moments(&column).is_some());
            column[3] = value;
            assert_eq!(fingerprinter.moments(&column), None, "{value}");
        }
        assert_eq!(fingerprinter.moments(&[0.1; 8]), None);
        assert_eq!(fingerprinter.moments(&[0.0; 8]), None);
        assert_eq!(fingerprinter.moments(&[1.0, 2.0, 3.0, 4.0, 1e9, 6.0, 7.0, 8.0]), None);
    }
}
