//! What the shape of a surrogate suggests: reductions by its slopes, parts by its mixed differences.

use petgraph::unionfind::UnionFind;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use crate::kriging::{Kriging, Table};
use crate::reduction::{Combination, Reduction};
use crate::transform::Transform;

/// Terms of a combination cancel where no more than this share of their squares is left.
const CANCELS: f64 = 0.03;
/// Spread of an exponent over the data up to which it counts as constant.
const CONSTANT: f64 = 0.15;
/// Shares of the smaller effect of two features up to which their mixed difference counts as none.
const THRESHOLDS: [f64; 4] = [0.02, 0.06, 0.15, 0.3];
/// Differences below so many errors of the surrogate are none.
const ERRORS: f64 = 2.5;

/// What a surrogate says of its inputs.
pub(crate) struct Look<'a> {
    pub table: &'a Table,
    pub surrogate: &'a Kriging,
    /// Work that looking took, in additions.
    pub work: u64,
}

impl Look<'_> {
    /// Those of `inputs` that matter, the one with the largest effect first: root mean squares of what exchanging an input between rows changes.
    pub fn effects(&mut self, rng: &mut ChaCha8Rng, inputs: &[usize]) -> Vec<(usize, f64)> {
        let n_tries = (600 / inputs.len().max(1)).clamp(20, 100);
        let mut squares = vec![0.0; inputs.len()];
        for _ in 0..n_tries {
            let [here, there] = self.two_rows(rng);
            let value = self.value(&here);
            for (input, square) in inputs.iter().zip(&mut squares) {
                let mut moved = here.clone();
                moved[*input] = there[*input];
                *square += (self.value(&moved) - value).powi(2) / f64::from(n_tries as u32);
            }
        }
        let mut effects: Vec<(usize, f64)> = inputs.iter().copied().zip(squares.into_iter().map(f64::sqrt)).collect();
        effects.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        let least = (1.5 * self.surrogate.error).max(1e-3 * effects.first().map_or(0.0, |(_, effect)| *effect));
        effects.retain(|(_, effect)| *effect > least);
        effects
    }

    fn two_rows(&self, rng: &mut ChaCha8Rng) -> [Vec<f64>; 2] {
        let n = self.table.target.len();
        [0, 1].map(|_| {
            let row = rng.random_range(0..n);
            self.table.inputs.iter().map(|values| values[row]).collect()
        })
    }

    fn value(&mut self, point: &[f64]) -> f64 {
        self.work += self.surrogate.work();
        self.surrogate.at(point, None)
    }

    /// Reductions that the slopes suggest, the clearest first, with what is left of their terms. The surrogate is of the target itself, or of
    /// its logarithm where `logarithm`; powers are told by the latter only.
    pub fn reductions(&mut self, relevant: &[usize], logarithm: bool) -> Vec<(Reduction, f64)> {
        let (n, p) = (self.table.target.len(), self.table.inputs.len());
        let mut slopes = vec![0.0; p];
        let points: Vec<Vec<(f64, f64)>> = (0..n)
            .map(|row| {
                let point: Vec<f64> = self.table.inputs.iter().map(|values| values[row]).collect();
                self.surrogate.at(&point, Some(&mut slopes));
                point.into_iter().zip(slopes.iter().copied()).collect()
            })
            .collect();
        self.work += 2 * n as u64 * self.surrogate.work();
        let mut found = Vec::new();
        for (at, a) in relevant.iter().enumerate() {
            for b in &relevant[at + 1..] {
                let (a, b) = (*a.min(b), *a.max(b));
                let left = |combination: Combination| {
                    let (mut left, mut all) = (0.0, 0.0);
                    for point in &points {
                        let (one, two) = combination.terms(point[a], point[b]);
                        left += (one + two).powi(2);
                        all += one * one + two * two;
                    }
                    (combination, if all > 0.0 && left.is_finite() { left / all } else { f64::INFINITY })
                };
                let best = Combination::ALL.map(left).into_iter().min_by(|a, b| a.1.total_cmp(&b.1));
                if let Some((combination, left)) = best.filter(|(_, left)| *left < CANCELS) {
                    found.push((Reduction::Together(a, b, combination), left));
                }
            }
            let values = &self.table.inputs[*a];
            if logarithm && (values.iter().all(|x| *x > 0.0) || values.iter().all(|x| *x < 0.0)) {
                let exponents: Vec<f64> = points.iter().map(|point| point[*a].0 * point[*a].1).collect();
                let mean = exponents.iter().sum::<f64>() / n as f64;
                let spread = (exponents.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n as f64).sqrt();
                let power = (2.0 * mean).round() / 2.0;
                let whole = power.fract() == 0.0 || values.iter().all(|x| *x > 0.0);
                if power != 0.0 && whole && power.abs() <= 6.0 && spread < CONSTANT && (mean - power).abs() < CONSTANT {
                    // Powers come first among what is as clear: they take a feature out for good.
                    found.push((Reduction::Power(*a, power), 0.1 * (spread + (mean - power).abs()).powi(2)));
                }
            }
        }
        found.sort_by(|a, b| a.1.total_cmp(&b.1));
        found
    }

    /// Partitions of the inputs into groups without mixed differences of `transform` of the surrogate between them, the finest first.
    pub fn partitions(
        &mut self,
        rng: &mut ChaCha8Rng,
        relevant: &[usize],
        transform: Transform,
    ) -> Vec<Vec<Vec<usize>>> {
        let p = relevant.len();
        if p < 2 {
            return Vec::new();
        }
        let n_tries = (2000 / (p * p)).clamp(12, 80);
        let (mut mixed, mut own, mut error) = (vec![0.0; p * p], vec![0.0; p], 0.0);
        let mut used = 0.0;
        for _ in 0..n_tries {
            let [here, there] = self.two_rows(rng);
            let mut at = |moved: &[usize]| {
                let mut point = here.clone();
                moved.iter().for_each(|input| point[*input] = there[*input]);
                self.value(&point)
            };
            let base = at(&[]);
            let single: Vec<f64> = relevant.iter().map(|input| at(&[*input])).collect();
            let mut pairs = Vec::new();
            for a in 0..p {
                for b in 0..a {
                    pairs.push((a, b, at(&[relevant[a], relevant[b]])));
                }
            }
            let all: Vec<f64> =
                single.iter().chain(pairs.iter().map(|(_, _, value)| value)).chain([&base]).copied().collect();
            if !transform.suits(&all) {
                // The surrogate leaves the transform's domain where there is no data.
                continue;
            }
            used += 1.0;
            let of = |y: f64| transform.of(y);
            error += (transform.slope(base) * self.surrogate.error).powi(2);
            for (a, value) in single.iter().enumerate() {
                own[a] += (of(*value) - of(base)).powi(2);
            }
            for (a, b, both) in pairs {
                mixed[a * p + b] += (of(both) - of(single[a]) - of(single[b]) + of(base)).powi(2);
            }
        }
        if used < 8.0 {
            return Vec::new();
        }
        let least = ERRORS * (error / used).sqrt();
        let mut partitions: Vec<Vec<Vec<usize>>> = Vec::new();
        for threshold in THRESHOLDS {
            let mut joined = UnionFind::<usize>::new(p);
            for a in 0..p {
                for b in 0..a {
                    let difference = (mixed[a * p + b] / used).sqrt();
                    let effect = (own[a].min(own[b]) / used).sqrt();
                    if difference > least && difference > threshold * effect {
                        joined.union(a, b);
                    }
                }
            }
            let mut groups: Vec<Vec<usize>> = Vec::new();
            for root in 0..p {
                let members: Vec<usize> =
                    (0..p).filter(|at| joined.find(*at) == joined.find(root)).map(|at| relevant[at]).collect();
                if !groups.iter().any(|group| group.contains(&relevant[root])) {
                    groups.push(members);
                }
            }
            if groups.len() > 1 && !partitions.contains(&groups) {
                partitions.push(groups);
            }
        }
        partitions.sort_by_key(|groups| std::cmp::Reverse(groups.len()));
        partitions
    }
}
