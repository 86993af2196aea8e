//! [`Inverse`]: of a symmetric positive definite matrix, with its determinant.

use symfolio_expr::math;
use symfolio_fit::dot;

/// The inverse of a symmetric positive definite matrix.
#[derive(Clone, Debug)]
pub(crate) struct Inverse {
    n: usize,
    /// Row by row, shape `(n, n)`.
    values: Vec<f64>,
    /// Logarithm of the determinant of the matrix itself.
    pub log_determinant: f64,
}

impl Inverse {
    /// Of `matrix`, shape `(n, n)`, row by row, of which the lower triangle is read; `None` where it is not positive definite.
    pub fn of(mut matrix: Vec<f64>, n: usize) -> Option<Inverse> {
        let mut log_determinant = 0.0;
        // Cholesky's factor takes the place of the lower triangle, row by row.
        for row in 0..n {
            for column in 0..=row {
                let known = dot(&matrix[row * n..row * n + column], &matrix[column * n..column * n + column]);
                let left = matrix[row * n + column] - known;
                matrix[row * n + column] = if row == column {
                    if !(left > 0.0 && left.is_finite()) {
                        return None;
                    }
                    log_determinant += math::log(left);
                    left.sqrt()
                } else {
                    left / matrix[column * n + column]
                };
            }
        }
        // The columns of the factor's inverse, each in a row of its own.
        let mut columns = vec![0.0; n * n];
        for column in 0..n {
            let solved = &mut columns[column * n..(column + 1) * n];
            solved[column] = 1.0 / matrix[column * n + column];
            for row in column + 1..n {
                let known = dot(&matrix[row * n + column..row * n + row], &solved[column..row]);
                solved[row] = -known / matrix[row * n + row];
            }
        }
        let mut values = matrix;
        for a in 0..n {
            for b in 0..=a {
                let value = dot(&columns[a * n + a..(a + 1) * n], &columns[b * n + a..(b + 1) * n]);
                (values[a * n + b], values[b * n + a]) = (value, value);
            }
        }
        Some(Inverse { n, values, log_determinant })
    }

    /// One row, shape `(n)`.
    pub fn row(&self, row: usize) -> &[f64] {
        &self.values[row * self.n..(row + 1) * self.n]
    }

    /// Work of the inversion, in additions.
    pub fn work(n: usize) -> u64 {
        (n * n * n / 3) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_inverse_times_the_matrix_is_one() {
        let n = 30;
        let at = |a: usize, b: usize| (-0.02 * (a as f64 - b as f64).powi(2)).exp() + if a == b { 0.1 } else { 0.0 };
        let matrix: Vec<f64> = (0..n * n).map(|i| at(i / n, i % n)).collect();
        let inverse = Inverse::of(matrix.clone(), n).unwrap();
        for a in 0..n {
            for b in 0..n {
                let product = dot(inverse.row(a), &matrix[b * n..(b + 1) * n]);
                assert!((product - f64::from(u8::from(a == b))).abs() < 1e-10, "{a} {b} {product}");
            }
        }
        let diagonal: Vec<f64> = (0..9).map(|i| if i % 4 == 0 { 2.0 } else { 0.0 }).collect();
        assert!((Inverse::of(diagonal, 3).unwrap().log_determinant - 8f64.ln()).abs() < 1e-12);
    }

    #[test]
    fn what_is_not_positive_definite_has_none() {
        assert!(Inverse::of(vec![1.0, 0.0, 2.0, 1.0], 2).is_none());
        assert!(Inverse::of(vec![f64::NAN], 1).is_none());
    }
}
