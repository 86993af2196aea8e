//! [`Prefactor`]: a power of some variables by which the target is divided first.
//!
//! Where `y = x_i^a g(others)`, the logarithm of `y` is linear in that of `x_i` and has no term that mixes it with others.
//! A polynomial in the logarithms of all variables shows this: the variables without significant curvature or interaction
//! are separable, and their linear coefficient is the exponent.

use serde::{Deserialize, Serialize};
use symfolio_expr::math;

use crate::error::SparseError;
use crate::monomial::{Monomial, ONE};
use crate::numeric::least_squares;
use crate::sample::Sample;

/// A power of some variables by which the target is divided, and the variables on which the rest may depend.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Prefactor {
    /// The divisor, over the variables.
    pub monomial: Monomial,
    /// Variables that the quotient may depend on, ascending.
    pub variables: Vec<u16>,
}

/// Largest exponent of a divisor, in halves.
const MAX_HALVES: i16 = 16;

impl Prefactor {
    /// Is it over variables below `n_features`, each named once, with exponents that are looked for?
    pub fn check(&self, n_features: usize) -> Result<(), SparseError> {
        let allowed = || format!("distinct variables below {n_features}, ascending");
        let is_listed = |list: &[u16]| {
            list.is_sorted_by(|a, b| a < b) && list.iter().all(|variable| usize::from(*variable) < n_features)
        };
        let divisors: Vec<u16> = self.monomial.powers().iter().map(|(variable, _)| *variable).collect();
        SparseError::unless(
            is_listed(&self.variables),
            "prefactor variables",
            format!("{:?}", self.variables),
            allowed(),
        )?;
        SparseError::unless(is_listed(&divisors), "prefactor divisors", format!("{divisors:?}"), allowed())?;
        let largest = MAX_HALVES * (ONE / 2);
        self.monomial.powers().iter().try_for_each(|(_, exponent)| {
            let holds = *exponent != 0 && (-largest..=largest).contains(exponent);
            SparseError::unless(holds, "prefactor exponent", exponent, format!("-{largest} to {largest} and not 0"))
        })
    }
}

/// Most variables whose interactions are regressed on.
const MAX_VARIABLES: usize = 12;

/// Prefactors worth trying, the plain target first; and the work done.
pub(crate) fn prefactors(sample: &Sample) -> (Vec<Prefactor>, u64) {
    let n_features = sample.features.len();
    let plain = Prefactor { monomial: Monomial::one(), variables: (0..n_features as u16).collect() };
    let mut hypotheses = vec![plain];
    let Some(mut surface) = LogSurface::fit(sample) else { return (hypotheses, 1) };
    let mut work = surface.work;
    // From a cautious to a generous reading of the significances.
    for threshold in [4.0, 8.0, 2.5] {
        let separable: Vec<u16> = surface.separable(threshold);
        if separable.is_empty() {
            continue;
        }
        let exponents = surface.exponents(sample, &separable);
        work += surface.work;
        let monomial = Monomial::new(exponents.clone());
        let variables = (0..n_features as u16).filter(|variable| exponents.iter().all(|(held, _)| held != variable));
        let prefactor = Prefactor { monomial, variables: variables.collect() };
        if !hypotheses.contains(&prefactor) && !prefactor.variables.is_empty() {
            hypotheses.push(prefactor);
        }
    }
    (hypotheses, work)
}

/// A quadratic (for few variables cubic) polynomial in centred logarithms, fitted to the logarithm of the target's size.
struct LogSurface {
    /// Variables without a zero, whose logarithms are taken.
    variables: Vec<u16>,
    /// Centred logarithms of those variables.
    logarithms: Vec<Vec<f64>>,
    /// Logarithm of the target's size, weighted.
    target: Vec<f64>,
    /// Weights of the rows: near 1, and small where the target is near 0 and its logarithm has a pole.
    weights: Vec<f64>,
    /// For each of the variables: the largest significance of a term that bends or mixes it.
    significance: Vec<f64>,
    work: u64,
}

impl LogSurface {
    fn fit(sample: &Sample) -> Option<LogSurface> {
        let size: Vec<f64> = sample.target.iter().map(|y| y.abs()).collect();
        let mut sorted = size.clone();
        sorted.sort_unstable_by(f64::total_cmp);
        let median = *sorted.get(sorted.len() / 2)?;
        let no_zero = |index: &u16| sample.features[usize::from(*index)].iter().all(|x| *x != 0.0);
        let variables: Vec<u16> = (0..sample.features.len() as u16).filter(no_zero).collect();
        if median == 0.0 || variables.len() < 2 || variables.len() > MAX_VARIABLES {
            return None;
        }
        let weights: Vec<f64> =
            size.iter().zip(&sample.root_weights).map(|(y, root)| root * y / (y + median)).collect();
        let weighted_log = |(y, weight): (&f64, &f64)| if *weight > 0.0 { weight * math::log(*y) } else { 0.0 };
        let target = size.iter().zip(&weights).map(weighted_log).collect();
        let logarithms =
            variables.iter().map(|variable| centred_log(&sample.features[usize::from(*variable)])).collect();
        let significance = vec![0.0; variables.len()];
        let mut surface = LogSurface { variables, logarithms, target, weights, significance, work: 0 };
        surface.measure();
        Some(surface)
    }

    /// Positions (with repetition) of the variables in each product of degree 2 or more.
    fn products(&self) -> Vec<Vec<usize>> {
        let d = self.variables.len();
        let mut products: Vec<Vec<usize>> = (0..d).flat_map(|i| (i..d).map(move |j| vec![i, j])).collect();
        if d <= 4 {
            products.extend((0..d).flat_map(|i| (i..d).flat_map(move |j| (j..d).map(move |k| vec![i, j, k]))));
        }
        products
    }

    fn column(&self, product: &[usize]) -> Vec<f64> {
        let mut column = self.weights.clone();
        for position in product {
            column.iter_mut().zip(&self.logarithms[*position]).for_each(|(value, log)| *value *= log);
        }
        column
    }

    fn measure(&mut self) {
        let products = self.products();
        let mut columns = vec![self.weights.clone()];
        columns.extend((0..self.variables.len()).map(|position| self.column(&[position])));
        let first = columns.len();
        columns.extend(products.iter().map(|product| self.column(product)));
        let n = self.target.len();
        if n < columns.len() + 10 {
            self.significance = vec![f64::INFINITY; self.variables.len()];
            return;
        }
        let solution = least_squares(&columns, &self.target);
        self.work = 2 * (n * columns.len() * columns.len()) as u64;
        let deviation = (solution.squares / (n - columns.len()) as f64).sqrt();
        for (product, at) in products.iter().zip(first..) {
            // Without a floor the rounding of an exact power law would look significant.
            let error = (solution.errors[at] * deviation).max(1e-9);
            let significance = (solution.coefficients[at] / error).abs();
            for position in product {
                self.significance[*position] = self.significance[*position].max(significance);
            }
        }
    }

    fn separable(&self, threshold: f64) -> Vec<u16> {
        let chosen =
            self.significance.iter().zip(&self.variables).filter(|(significance, _)| **significance < threshold);
        chosen.map(|(_, variable)| *variable).collect()
    }

    /// Half-integer exponents of `separable`, from a fit in which they enter linearly; unclear ones are left out.
    fn exponents(&mut self, sample: &Sample, separable: &[u16]) -> Vec<(u16, i16)> {
        let is_separable = |position: &usize| separable.contains(&self.variables[*position]);
        let mut columns = vec![self.weights.clone()];
        columns.extend((0..self.variables.len()).map(|position| self.column(&[position])));
        let products = self.products();
        columns.extend(products.iter().filter(|p| !p.iter().any(&is_separable)).map(|product| self.column(product)));
        let n = self.target.len();
        let solution = least_squares(&columns, &self.target);
        self.work = 2 * (n * columns.len() * columns.len()) as u64;
        let deviation = (solution.squares / (n - columns.len()) as f64).sqrt();
        let mut exponents = Vec::new();
        for (position, variable) in self.variables.iter().enumerate() {
            if !separable.contains(variable) {
                continue;
            }
            let (value, error) = (solution.coefficients[1 + position], solution.errors[1 + position] * deviation);
            let halves = (2.0 * value).round();
            let near = (value - 0.5 * halves).abs() < (4.0 * error).max(0.02) && error < 0.12;
            let real = halves % 2.0 == 0.0 || sample.features[usize::from(*variable)].iter().all(|x| *x > 0.0);
            if near && real && halves.abs() <= f64::from(MAX_HALVES) {
                exponents.push((*variable, halves as i16 * (ONE / 2)));
            }
        }
        exponents
    }
}

fn centred_log(values: &[f64]) -> Vec<f64> {
    let logarithms: Vec<f64> = values.iter().map(|x| math::log(x.abs())).collect();
    let mean = logarithms.iter().sum::<f64>() / logarithms.len() as f64;
    logarithms.into_iter().map(|value| value - mean).collect()
}

#[cfg(test)]
mod tests {
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::*;

    fn check(law: fn(&[f64]) -> f64, n_features: usize, expected: &[(u16, i16)]) {
        let mut rng = ChaCha8Rng::seed_from_u64(5);
        let rows: Vec<Vec<f64>> =
            (0..600).map(|_| (0..n_features).map(|_| 1.0 + 2.0 * rng.random::<f64>()).collect()).collect();
        let features = (0..n_features).map(|i| rows.iter().map(|row| row[i]).collect()).collect();
        let target = rows.iter().map(|row| law(row)).collect();
        let sample = Sample { features, target, root_weights: vec![1.0; 600] };
        let (found, _) = prefactors(&sample);
        let wanted = Monomial::new(expected.to_vec());
        assert!(found.iter().any(|prefactor| prefactor.monomial == wanted), "{found:?}");
    }

    #[test]
    fn separable_variables_are_found_with_their_exponents() {
        check(|x| x[0] / (x[1] + x[2]), 3, &[(0, 12)]);
        check(|x| x[0] * x[1] * (x[2].powi(2) + x[3].powi(2)).sqrt() / x[4].powi(3), 5, &[(0, 12), (1, 12), (4, -36)]);
        check(|x| x[0].sqrt() * (x[1] * x[2]).cos(), 3, &[(0, 6)]);
        check(|x| (x[0] + x[1]) * (x[2] - 0.5 * x[0]), 3, &[]);
    }
}
