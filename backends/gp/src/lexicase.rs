//! [`Cases`]: epsilon-lexicase selection (La Cava, Spector and Danai 2016).

use rand::RngExt;
use rand_chacha::ChaCha8Rng;

/// Absolute errors of all members row by row, and how much of a difference counts.
#[derive(Clone, Debug)]
pub(crate) struct Cases {
    /// Shape `(n_rows, n_members)`.
    errors: Vec<Vec<f64>>,
    /// Median absolute deviation of each row's errors.
    epsilons: Vec<f64>,
    n_members: usize,
}

impl Cases {
    /// From the residuals of each member, shape `(n_members, n_rows)`.
    pub fn new(residuals: &[Vec<f64>]) -> Cases {
        let n_rows = residuals.first().map_or(0, Vec::len);
        let error = |value: f64| if value.is_finite() { value.abs() } else { f64::INFINITY };
        let errors: Vec<Vec<f64>> =
            (0..n_rows).map(|row| residuals.iter().map(|member| error(member[row])).collect()).collect();
        let epsilons = errors.iter().map(|errors| deviation(errors)).collect();
        Cases { errors, epsilons, n_members: residuals.len() }
    }

    /// Position of a parent: rows are taken in random order, and only members within epsilon of the row's best stay.
    pub fn select(&self, rng: &mut ChaCha8Rng) -> Option<usize> {
        let mut left: Vec<usize> = (0..self.n_members).collect();
        let mut rows: Vec<usize> = (0..self.errors.len()).collect();
        while left.len() > 1 && !rows.is_empty() {
            let row = rows.swap_remove(rng.random_range(0..rows.len()));
            let best = left.iter().map(|at| self.errors[row][*at]).fold(f64::INFINITY, f64::min);
            left.retain(|at| self.errors[row][*at] <= best + self.epsilons[row]);
        }
        if left.is_empty() { None } else { Some(left[rng.random_range(0..left.len())]) }
    }
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(0.0)
}

/// Median absolute deviation of the finite values.
fn deviation(values: &[f64]) -> f64 {
    let mut finite: Vec<f64> = values.iter().copied().filter(|value| value.is_finite()).collect();
    let middle = median(&mut finite);
    finite.iter_mut().for_each(|value| *value = (*value - middle).abs());
    median(&mut finite)
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::*;

    #[test]
    fn specialists_are_chosen_and_the_dominated_are_not() {
        // Members 0 and 1 are each best on half of the rows, 2 is between them, 3 is bad everywhere, 4 is undefined.
        let residuals: Vec<Vec<f64>> = [[0.0, 9.0], [9.0, 0.0], [4.0, 4.0], [30.0, 30.0], [f64::NAN, f64::NAN]]
            .iter()
            .map(|[left, right]| (0..20).map(|row| if row < 10 { *left } else { *right }).collect())
            .collect();
        let mut cases = Cases::new(&residuals);
        cases.epsilons.fill(1.0);
        let mut rng = ChaCha8Rng::seed_from_u64(5);
        let mut counts = [0; 5];
        (0..1000).for_each(|_| counts[cases.select(&mut rng).unwrap()] += 1);
        assert!(counts[0] > 300 && counts[1] > 300 && counts[2..] == [0, 0, 0], "{counts:?}");
        assert_eq!(Cases::new(&[]).select(&mut rng), None);
    }
}
