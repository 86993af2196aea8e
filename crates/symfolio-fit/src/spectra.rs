//! [`Shape`]: distances between curves that do not mind where along the axis they lie, or mind it smoothly.

use symfolio_expr::math;

/// Frequencies of the spectrum, in turns over the range of the axis.
const FREQUENCIES: usize = 24;

/// A curve over an axis, to compare others on the same rows with.
#[derive(Clone, Debug)]
pub(crate) struct Shape {
    /// Rows in the order of the axis.
    order: Vec<usize>,
    /// Cosine and sine of each frequency, by row.
    waves: Vec<[Vec<f64>; 2]>,
    magnitudes: Vec<f64>,
    mass: Vec<f64>,
}

impl Shape {
    pub(crate) fn new(axis: &[f64], target: &[f64]) -> Shape {
        let low = axis.iter().copied().fold(f64::INFINITY, f64::min);
        let high = axis.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let range = if high > low { high - low } else { 1.0 };
        let mut order: Vec<usize> = (0..axis.len()).collect();
        order.sort_by(|a, b| axis[*a].total_cmp(&axis[*b]));
        let wave = |turns: usize, f: fn(f64) -> f64| -> Vec<f64> {
            axis.iter().map(|x| f(std::f64::consts::TAU * turns as f64 * (x - low) / range)).collect()
        };
        let waves = (1..=FREQUENCIES).map(|turns| [wave(turns, math::cos), wave(turns, math::sin)]).collect();
        let mut shape = Shape { order, waves, magnitudes: Vec::new(), mass: Vec::new() };
        shape.magnitudes = shape.magnitudes_of(target);
        shape.mass = shape.mass_of(target);
        shape
    }

    /// Distance between the Fourier magnitudes, each scaled to length 1: 0 for a curve that is only moved along the axis.
    pub(crate) fn spectrum_distance(&self, values: &[f64]) -> f64 {
        distance(&self.magnitudes_of(values), &self.magnitudes)
    }

    /// The Wasserstein-1 distance between the curves seen as heaps of sand on the axis, each of mass 1: how far the
    /// sand has to be carried on average, as a share of the rows.
    pub(crate) fn transport_distance(&self, values: &[f64]) -> f64 {
        distance(&self.mass_of(values), &self.mass) / self.order.len() as f64
    }

    fn magnitudes_of(&self, values: &[f64]) -> Vec<f64> {
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        let part = |wave: &[f64]| -> f64 { wave.iter().zip(values).map(|(w, y)| w * (y - mean)).sum() };
        let mut magnitudes: Vec<f64> = self.waves.iter().map(|[cos, sin]| part(cos).hypot(part(sin))).collect();
        let length = magnitudes.iter().map(|m| m * m).sum::<f64>().sqrt();
        if length > 0.0 {
            magnitudes.iter_mut().for_each(|m| *m /= length);
        }
        magnitudes
    }

    /// Share of the mass up to each row, in the order of the axis; mass is height above the lowest value.
    fn mass_of(&self, values: &[f64]) -> Vec<f64> {
        let low = values.iter().copied().fold(f64::INFINITY, f64::min);
        let mut total = 0.0;
        let mut mass: Vec<f64> = (self.order.iter())
            .map(|row| {
                total += values[*row] - low;
                total
            })
            .collect();
        if total > 0.0 {
            mass.iter_mut().for_each(|m| *m /= total);
        }
        mass
    }
}

fn distance(a: &[f64], b: &[f64]) -> f64 {
    let sum: f64 = a.iter().zip(b).map(|(a, b)| (a - b).abs()).sum();
    if sum.is_nan() { f64::INFINITY } else { sum }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moved_peak_keeps_its_shape() {
        let x: Vec<f64> = (0..120).map(|row| f64::from((row * 37) % 120) / 119.0).collect();
        let peak =
            |at: f64, width: f64| -> Vec<f64> { x.iter().map(|x| (-((x - at) / width).powi(2)).exp()).collect() };
        let shape = Shape::new(&x, &peak(0.4, 0.05));
        let moved = shape.spectrum_distance(&peak(0.6, 0.05));
        assert!(moved < 0.05 && shape.spectrum_distance(&peak(0.4, 0.15)) > 10.0 * moved);
        // Carrying costs as much as the way is long, even where the peaks no longer touch.
        let carried = [0.5, 0.6, 0.7].map(|at| shape.transport_distance(&peak(at, 0.05)));
        assert!((carried[1] / carried[0] - 2.0).abs() < 0.05 && (carried[2] / carried[0] - 3.0).abs() < 0.05);
        assert_eq!(shape.transport_distance(&vec![f64::NAN; 120]), f64::INFINITY);
    }
}
