//! [`Ground`]: the box of the data, and the points in it that are asked about.

use serde::{Deserialize, Serialize};
use symfolio_core::Table;

/// The box of the data, and its middle, where inputs are held.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Ground {
    /// The median of each input, a little off: a law must not be simpler there by accident.
    pub base: Vec<f64>,
    pub low: Vec<f64>,
    pub high: Vec<f64>,
}

/// Shares of the range by which the base is off the medians, at most.
const OFF: f64 = 0.05;
/// Fractions of powers of the golden ratio and its kin: multiples of them fill a box evenly (Roberts 2018, a Kronecker sequence).
const STRIDES: [f64; 6] = [
    0.618_033_988_749_895,
    0.754_877_666_246_693,
    0.569_840_290_998_053,
    0.819_172_513_396_164,
    0.671_043_606_703_79,
    0.549_700_477_901_97,
];

impl Ground {
    /// The ground of a table; of each input that is always the same, the box is that value.
    pub fn of(table: &Table) -> Ground {
        let mut ground = Ground { base: Vec::new(), low: Vec::new(), high: Vec::new() };
        for input in 0..table.n_features() {
            let mut values = table.feature(input).to_vec();
            values.sort_by(f64::total_cmp);
            let (low, high) = (values.first().copied().unwrap_or(0.0), values.last().copied().unwrap_or(0.0));
            let off = OFF * (high - low) * (fraction(input + 1, STRIDES[0]) - 0.5);
            ground.base.push((values.get(values.len() / 2).copied().unwrap_or(0.0) + off).clamp(low, high));
            ground.low.push(low);
            ground.high.push(high);
        }
        ground
    }

    /// The value of `input` at this share of its range.
    pub fn at(&self, input: usize, share: f64) -> f64 {
        self.low[input] + share * (self.high[input] - self.low[input])
    }

    /// `n` points that differ from `from` in `inputs`, which fill their box; the same for the same arguments.
    pub fn spread(&self, from: &[f64], inputs: &[usize], n: usize) -> Vec<Vec<f64>> {
        let point = |at: usize| {
            let mut point = from.to_vec();
            for (place, input) in inputs.iter().enumerate() {
                // More inputs than strides share one, at another pace.
                let stride = STRIDES[place % STRIDES.len()] / (1 + place / STRIDES.len()) as f64;
                point[*input] = self.at(*input, 0.01 + 0.98 * fraction(at + 1, stride));
            }
            point
        };
        (0..n).map(point).collect()
    }
}

/// The fractional part of a multiple.
fn fraction(times: usize, stride: f64) -> f64 {
    (times as f64 * stride).fract()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_fill_the_box_and_leave_the_rest_where_it_is() {
        let ground = Ground { base: vec![1.0, 5.0, 2.0], low: vec![0.0, 4.0, 2.0], high: vec![2.0, 8.0, 2.0] };
        let points = ground.spread(&ground.base, &[1, 0], 100);
        assert!(points.iter().all(|point| point[2] == 2.0));
        for (input, low, high) in [(0, 0.0, 2.0), (1, 4.0, 8.0)] {
            for tenth in 0..10 {
                let share = |point: &&Vec<f64>| ((point[input] - low) / (high - low) * 10.0) as usize == tenth;
                assert!((5..16).contains(&points.iter().filter(share).count()), "input {input}, tenth {tenth}");
            }
        }
    }
}
