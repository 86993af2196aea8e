//! [`Kriging`]: a Gaussian process fitted to a table, the surrogate whose shape is looked at.
//!
//! Rasmussen and Williams, Gaussian Processes for Machine Learning (2006): the likelihood and its gradient in section 5.4.1, errors by leaving
//! one out in 5.4.2. The kernel is a sum over groups of inputs of Gaussians with a length for every input: with one group of all inputs it
//! knows any smooth function, with several only sums of functions of one group each.

use serde::{Deserialize, Serialize};
use symfolio_expr::math;
use symfolio_fit::dot;

use crate::matrix::Inverse;

/// Inputs and target of a surrogate.
#[derive(Clone, Debug)]
pub(crate) struct Table {
    /// One column an input, shape `(n_rows)` each, in the units of the data.
    pub inputs: Vec<Vec<f64>>,
    pub target: Vec<f64>,
}

impl Table {
    /// The first half of the rows, all of a small table.
    pub fn first_half(&self) -> Table {
        let n = (self.target.len() / 2).max(FEWEST).min(self.target.len());
        Table {
            inputs: self.inputs.iter().map(|values| values[..n].to_vec()).collect(),
            target: self.target[..n].to_vec(),
        }
    }
}

/// Rows that lengths are told by, if there are as many.
const FEWEST: usize = 60;

/// How an input is measured: its logarithm where it is positive and ranges widely, less its mean, over its deviation.
#[derive(Clone, Copy, Debug)]
struct Axis {
    logarithmic: bool,
    mean: f64,
    deviation: f64,
}

/// A positive input ranges widely from this quotient of its ends on.
const WIDE: f64 = 30.0;

impl Axis {
    fn of(values: &[f64]) -> Axis {
        let (low, high) = values.iter().fold((f64::INFINITY, 0.0f64), |(low, high), x| (low.min(*x), high.max(*x)));
        let logarithmic = low > 0.0 && high > WIDE * low;
        let mut axis = Axis { logarithmic, mean: 0.0, deviation: 1.0 };
        let placed: Vec<f64> = values.iter().map(|x| axis.place(*x)).collect();
        (axis.mean, axis.deviation) = moments(&placed);
        axis
    }

    fn place(&self, x: f64) -> f64 {
        let x = if self.logarithmic { math::log(x.max(f64::MIN_POSITIVE)) } else { x };
        (x - self.mean) / self.deviation
    }

    /// What a step of the axis is of a step of the input.
    fn slope(&self, x: f64) -> f64 {
        if self.logarithmic { 1.0 / (self.deviation * x) } else { 1.0 / self.deviation }
    }
}

/// Mean and standard deviation; the deviation is 1 where there is none.
fn moments(values: &[f64]) -> (f64, f64) {
    let n = values.len().max(1) as f64;
    let mean = values.iter().sum::<f64>() / n;
    let deviation = (values.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n).sqrt();
    (mean, if deviation > 0.0 && deviation.is_finite() { deviation } else { 1.0 })
}

/// What is adjusted to the data: the logarithms of a length for every input, of the size of every group but the first, and of the noise.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Training {
    pub groups: Vec<Vec<usize>>,
    parameters: Vec<f64>,
    steps: Vec<f64>,
    slopes: Vec<f64>,
    /// The best so far, and its log likelihood.
    best: Option<(Vec<f64>, f64)>,
    pub rounds: u32,
    /// Rounds since the likelihood has last gained noticeably.
    idle: u32,
}

/// Range of the logarithms of lengths, sizes and noise.
const LENGTHS: (f64, f64) = (-3.0, 5.0);
const SIZES: (f64, f64) = (-7.0, 7.0);
const NOISE: (f64, f64) = (-23.0, 1.0);
/// Nats that a likelihood has to gain in some rounds, or fitting ends.
const NOTICEABLE: f64 = 0.5;
const PATIENCE: u32 = 4;
/// Least variance on the diagonal, for the sake of the inverse.
const NUGGET: f64 = 1e-11;

impl Training {
    /// Before its first round, for groups of the inputs `0..n_inputs`, each input in one group.
    pub fn new(groups: Vec<Vec<usize>>, n_inputs: usize) -> Training {
        let widest = groups.iter().map(Vec::len).max().unwrap_or(1);
        let mut parameters = vec![0.5 * math::log(2.0 * widest as f64); n_inputs];
        parameters.resize(n_inputs + groups.len() - 1, 0.0);
        parameters.push(-7.0);
        let n = parameters.len();
        Training { groups, parameters, steps: vec![0.3; n], slopes: vec![0.0; n], best: None, rounds: 0, idle: 0 }
    }

    /// The same, begun where `of` has come to: `inputs` says which of its inputs each of the first ones is.
    pub fn after(self, of: &Training, inputs: &[usize]) -> Training {
        let Some((best, _)) = &of.best else { return self };
        let mut begun = self;
        for (at, input) in inputs.iter().enumerate() {
            begun.parameters[at] = best[*input];
        }
        if let (Some(noise), Some(found)) = (begun.parameters.last_mut(), best.last()) {
            *noise = *found;
        }
        begun
    }

    /// One round: the likelihood where it stands, and a step by its gradient (resilient propagation, Riedmiller and Braun 1993). Returns the
    /// work.
    pub fn round(&mut self, table: &Table) -> u64 {
        let (n, p) = (table.target.len(), table.inputs.len());
        self.rounds += 1;
        let process = Process::new(table, &self.groups, &self.parameters);
        let Some((likelihood, gradient)) = process.and_then(|process| process.likelihood()) else {
            // Back to where it could be computed, with shorter steps.
            if let Some((best, _)) = &self.best {
                self.parameters.clone_from(best);
            }
            let noise = self.parameters.len() - 1;
            self.parameters[noise] = (self.parameters[noise] + 1.0).min(NOISE.1);
            self.steps.iter_mut().for_each(|step| *step *= 0.5);
            return Inverse::work(n);
        };
        let gain = self.best.as_ref().map_or(f64::INFINITY, |(_, best)| likelihood - best);
        self.idle = if gain > NOTICEABLE { 0 } else { self.idle + 1 };
        if gain > 0.0 {
            self.best = Some((self.parameters.clone(), likelihood));
        }
        let n_groups = self.groups.len();
        for (at, slope) in gradient.into_iter().enumerate() {
            let turned = slope * self.slopes[at];
            let factor = if turned > 0.0 {
                1.3
            } else if turned < 0.0 {
                0.5
            } else {
                1.0
            };
            self.steps[at] = (self.steps[at] * factor).clamp(1e-3, 1.5);
            let range = if at < p {
                LENGTHS
            } else if at < p + n_groups - 1 {
                SIZES
            } else {
                NOISE
            };
            if slope != 0.0 {
                self.parameters[at] = (self.parameters[at] + self.steps[at].copysign(slope)).clamp(range.0, range.1);
            }
            self.slopes[at] = slope;
        }
        Inverse::work(n) + (n * n * (3 * p + 8)) as u64
    }

    /// Has it had so many rounds, or does it not gain any more?
    pub fn is_done(&self, rounds: u32) -> bool {
        self.rounds >= rounds || self.idle >= PATIENCE
    }

    /// The `most` inputs of the shortest lengths, which matter most, ascending.
    pub fn nearest(&self, n_inputs: usize, most: usize) -> Vec<usize> {
        let lengths = self.best.as_ref().map_or(&self.parameters, |(best, _)| best);
        let mut inputs: Vec<usize> = (0..n_inputs).collect();
        inputs.sort_by(|a, b| lengths[*a].total_cmp(&lengths[*b]).then(a.cmp(b)));
        inputs.truncate(most);
        inputs.sort_unstable();
        inputs
    }

    /// The surrogate with the best parameters so far; `None` before the first round.
    pub fn surrogate(&self, table: &Table) -> Option<Kriging> {
        Process::new(table, &self.groups, &self.best.as_ref()?.0)?.surrogate()
    }

    /// Is every number in its range, and does every group name inputs that there are, as many as `n_inputs`?
    pub fn is_sound(&self, n_inputs: usize) -> bool {
        let mut named: Vec<usize> = self.groups.concat();
        named.sort_unstable();
        let n = n_inputs + self.groups.len();
        let known = |values: &Vec<f64>| values.len() == n && values.iter().all(|value| value.abs() < 100.0);
        !self.groups.is_empty()
            && named.into_iter().eq(0..n_inputs)
            && [&self.parameters, &self.steps, &self.slopes].into_iter().all(known)
            && self.best.as_ref().is_none_or(|(best, likelihood)| known(best) && likelihood.is_finite())
    }
}

/// Everything at given parameters.
struct Process<'a> {
    axes: Vec<Axis>,
    /// Inputs as placed on their axes.
    placed: Vec<Vec<f64>>,
    groups: &'a [Vec<usize>],
    /// One over the square of the length of each input.
    tightness: Vec<f64>,
    sizes: Vec<f64>,
    noise: f64,
    /// Kernel of each group, lower triangle, shape `(n, n)`.
    kernels: Vec<Vec<f64>>,
    inverse: Inverse,
    /// The target less its mean, over its deviation.
    target: Vec<f64>,
    mean: f64,
    deviation: f64,
    /// Inverse times target.
    pull: Vec<f64>,
}

impl<'a> Process<'a> {
    fn new(table: &Table, groups: &'a [Vec<usize>], parameters: &[f64]) -> Option<Process<'a>> {
        let n = table.target.len();
        let p = table.inputs.len();
        let axes: Vec<Axis> = table.inputs.iter().map(|values| Axis::of(values)).collect();
        let placed: Vec<Vec<f64>> = axes
            .iter()
            .zip(&table.inputs)
            .map(|(axis, values)| values.iter().map(|x| axis.place(*x)).collect())
            .collect();
        let tightness: Vec<f64> = parameters[..p].iter().map(|length| math::exp(-2.0 * length)).collect();
        let sizes: Vec<f64> = std::iter::once(1.0)
            .chain(parameters[p..p + groups.len() - 1].iter().map(|size| math::exp(*size)))
            .collect();
        let noise = math::exp(*parameters.last()?);
        let mut matrix = vec![0.0; n * n];
        let mut kernels = Vec::with_capacity(groups.len());
        for (group, size) in groups.iter().zip(&sizes) {
            let mut kernel = vec![0.0; n * n];
            for a in 0..n {
                let row = &mut kernel[a * n..a * n + a + 1];
                for input in group {
                    add_squares(row, &placed[*input], placed[*input][a], tightness[*input]);
                }
                for (near, sum) in row.iter_mut().zip(&mut matrix[a * n..]) {
                    *near = size * math::exp(-0.5 * *near);
                    *sum += *near;
                }
            }
            kernels.push(kernel);
        }
        (0..n).for_each(|row| matrix[row * n + row] += noise + NUGGET);
        let inverse = Inverse::of(matrix, n)?;
        let (mean, deviation) = moments(&table.target);
        let target: Vec<f64> = table.target.iter().map(|y| (y - mean) / deviation).collect();
        let pull = (0..n).map(|row| dot(inverse.row(row), &target)).collect();
        Some(Process { axes, placed, groups, tightness, sizes, noise, kernels, inverse, target, mean, deviation, pull })
    }

    /// The log likelihood with the best overall size, and its gradient by the parameters.
    fn likelihood(&self) -> Option<(f64, Vec<f64>)> {
        let n = self.target.len();
        let size = dot(&self.target, &self.pull) / n as f64;
        if !(size > 0.0 && size.is_finite()) {
            return None;
        }
        let likelihood = -0.5 * (n as f64 * math::log(size) + self.inverse.log_determinant);
        let mut gradient = vec![0.0; self.placed.len() + self.groups.len()];
        let first_size = self.placed.len();
        // Pairs below the diagonal count twice: half of the trace of (pull pull' / size - inverse) times the kernel's derivative.
        let mut pulled = vec![0.0; n];
        for a in 0..n {
            let row = self.inverse.row(a);
            let own = self.pull[a] / size;
            for (at, (group, kernel)) in self.groups.iter().zip(&self.kernels).enumerate() {
                let pairs = self.pull.iter().zip(row).zip(&kernel[a * n..a * n + a]);
                for (pulled, ((pull, inverse), near)) in pulled.iter_mut().zip(pairs) {
                    *pulled = (own * pull - inverse) * near;
                }
                for input in group {
                    let values = &self.placed[*input];
                    gradient[*input] += weighted_squares(&pulled[..a], values, values[a]) * self.tightness[*input];
                }
                if at > 0 {
                    gradient[first_size + at - 1] += pulled[..a].iter().sum::<f64>();
                }
            }
            let weight = own * self.pull[a] - row[a];
            for (at, size) in self.sizes.iter().enumerate().skip(1) {
                gradient[first_size + at - 1] += 0.5 * weight * size;
            }
            if let Some(noise) = gradient.last_mut() {
                *noise += 0.5 * weight * self.noise;
            }
        }
        gradient.iter().all(|slope| slope.is_finite()).then_some((likelihood, gradient))
    }

    fn surrogate(self) -> Option<Kriging> {
        let n = self.target.len();
        let left_out = (0..n).map(|row| (self.pull[row] / self.inverse.row(row)[row]).powi(2)).sum::<f64>();
        let error = (left_out / n as f64).sqrt() * self.deviation;
        let Process { axes, placed, groups, tightness, sizes, pull, mean, deviation, .. } = self;
        error.is_finite().then(|| Kriging {
            axes,
            placed,
            groups: groups.to_vec(),
            tightness,
            sizes,
            pull,
            mean,
            deviation,
            error,
        })
    }
}

/// Adds to each sum `tightness` times the square of its value's distance from `at`.
fn add_squares(sums: &mut [f64], values: &[f64], at: f64, tightness: f64) {
    for (sum, value) in sums.iter_mut().zip(values) {
        let distance = at - value;
        *sum += tightness * distance * distance;
    }
}

/// The sum of weights times the squares of the distances of values from `at`, in lanes so that its order does not depend on the machine.
fn weighted_squares(weights: &[f64], values: &[f64], at: f64) -> f64 {
    const LANES: usize = 8;
    let mut lanes = [0.0; LANES];
    let (chunks, rest) = weights.as_chunks::<LANES>();
    for (weights, values) in chunks.iter().zip(values.chunks_exact(LANES)) {
        for lane in 0..LANES {
            let distance = at - values[lane];
            lanes[lane] += weights[lane] * distance * distance;
        }
    }
    for (lane, (weight, value)) in rest.iter().zip(&values[weights.len() - rest.len()..]).enumerate() {
        lanes[lane] += weight * (at - value).powi(2);
    }
    lanes.iter().sum()
}

/// A Gaussian process fitted to a table.
#[derive(Clone, Debug)]
pub(crate) struct Kriging {
    axes: Vec<Axis>,
    placed: Vec<Vec<f64>>,
    groups: Vec<Vec<usize>>,
    tightness: Vec<f64>,
    sizes: Vec<f64>,
    pull: Vec<f64>,
    mean: f64,
    /// The target's standard deviation.
    pub deviation: f64,
    /// Root mean square error on rows that are left out, in the target's units.
    pub error: f64,
}

impl Kriging {
    /// Its value at a point and, on request, its derivatives by the inputs.
    pub fn at(&self, point: &[f64], slopes: Option<&mut [f64]>) -> f64 {
        let placed: Vec<f64> = self.axes.iter().zip(point).map(|(axis, x)| axis.place(*x)).collect();
        let mut value = 0.0;
        let mut pulls = vec![0.0; point.len()];
        for row in 0..self.pull.len() {
            for group in 0..self.groups.len() {
                let near = self.pull[row] * self.kernel(group, &placed, row);
                value += near;
                for input in self.groups[group].iter().filter(|_| slopes.is_some()) {
                    pulls[*input] -= near * self.tightness[*input] * (placed[*input] - self.placed[*input][row]);
                }
            }
        }
        if let Some(slopes) = slopes {
            for (at, slope) in slopes.iter_mut().enumerate() {
                *slope = self.deviation * pulls[at] * self.axes[at].slope(point[at]);
            }
        }
        self.mean + self.deviation * value
    }

    /// The part of its value at a point that is of one group, the mean not included.
    pub fn part(&self, group: usize, point: &[f64]) -> f64 {
        let placed: Vec<f64> = self.axes.iter().zip(point).map(|(axis, x)| axis.place(*x)).collect();
        let value: f64 = (0..self.pull.len()).map(|row| self.pull[row] * self.kernel(group, &placed, row)).sum();
        self.deviation * value
    }

    fn kernel(&self, group: usize, placed: &[f64], row: usize) -> f64 {
        let square: f64 = self.groups[group]
            .iter()
            .map(|input| (placed[*input] - self.placed[*input][row]).powi(2) * self.tightness[*input])
            .sum();
        self.sizes[group] * math::exp(-0.5 * square)
    }

    /// Work of one value, in additions.
    pub fn work(&self) -> u64 {
        (self.pull.len() * (20 * self.groups.len() + 8 * self.axes.len())) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(n: usize, law: impl Fn(f64, f64) -> f64) -> Table {
        let a: Vec<f64> = (0..n).map(|i| 1.0 + ((i * 37) % 101) as f64 / 50.0).collect();
        let b: Vec<f64> = (0..n).map(|i| ((i * 53) % 97) as f64 / 60.0 - 0.5).collect();
        let target = a.iter().zip(&b).map(|(a, b)| law(*a, *b)).collect();
        Table { inputs: vec![a, b], target }
    }

    fn trained(table: &Table, groups: Vec<Vec<usize>>, rounds: u32) -> Kriging {
        let mut training = Training::new(groups, 2);
        for _ in 0..rounds {
            training.round(table);
        }
        training.surrogate(table).unwrap()
    }

    #[test]
    fn a_smooth_law_is_followed_with_its_slopes() {
        let law = |a: f64, b: f64| (1.3 * a).sin() * b.exp() + 0.2 * a * a;
        let surrogate = trained(&table(120, law), vec![vec![0, 1]], 25);
        let mut slopes = [0.0; 2];
        for (a, b) in [(1.5, 0.0), (2.2, 0.7), (1.2, 0.4)] {
            let value = surrogate.at(&[a, b], Some(&mut slopes));
            assert!((value - law(a, b)).abs() < 1e-3, "{value} {}", law(a, b));
            let expected = [1.3 * (1.3 * a).cos() * b.exp() + 0.4 * a, (1.3 * a).sin() * b.exp()];
            assert!(
                slopes.iter().zip(expected).all(|(slope, of)| (slope - of).abs() < 0.02),
                "{slopes:?} {expected:?}"
            );
        }
        assert!(surrogate.error < 1e-3 * surrogate.deviation, "{}", surrogate.error);
    }

    #[test]
    fn the_gradient_is_that_of_the_likelihood() {
        let table = table(40, |a, b| a * b + b.sin());
        let groups = [vec![0], vec![1]];
        let parameters = [0.3, -0.2, 0.5, -3.0];
        let likelihood = |parameters: &[f64]| Process::new(&table, &groups, parameters).unwrap().likelihood().unwrap();
        let (_, gradient) = likelihood(&parameters);
        for at in 0..4 {
            let moved = |by: f64| {
                let mut moved = parameters;
                moved[at] += by;
                likelihood(&moved).0
            };
            let slope = (moved(1e-5) - moved(-1e-5)) / 2e-5;
            assert!((slope - gradient[at]).abs() < 1e-4 * (1.0 + slope.abs()), "{at}: {slope} {}", gradient[at]);
        }
    }

    #[test]
    fn noise_is_told_from_the_law() {
        let noisy = |n: usize| {
            let mut table = table(n, |a, b| a * b);
            for (row, y) in table.target.iter_mut().enumerate() {
                *y += 0.05 * (((row * 7919) % 1000) as f64 / 500.0 - 1.0);
            }
            table
        };
        let surrogate = trained(&noisy(150), vec![vec![0, 1]], 30);
        // Even noise of 0.05 has a deviation of 0.029.
        assert!((0.025..0.035).contains(&surrogate.error), "{}", surrogate.error);
        assert!((surrogate.at(&[2.0, 0.5], None) - 1.0).abs() < 0.015);
    }

    #[test]
    fn a_sum_of_groups_knows_sums_only_and_their_parts() {
        let groups = || vec![vec![0], vec![1]];
        let sum = trained(&table(100, |a, b| a * a + (3.0 * b).sin()), groups(), 30);
        assert!(sum.error < 1e-3 * sum.deviation, "{}", sum.error);
        let part = |b: f64| sum.part(1, &[2.0, b]);
        assert!((part(0.8) - part(0.1) - (2.4f64.sin() - 0.3f64.sin())).abs() < 3e-3);
        let product = trained(&table(100, |a, b| a * (3.0 * b).sin()), groups(), 30);
        assert!(product.error > 0.1 * product.deviation, "{}", product.error);
    }
}
