//! Orthonormal bases and least squares on columns: small, allocation-light, in a fixed order of summation.

use symfolio_fit::dot;

/// `y += factor * x`.
pub(crate) fn add_scaled(y: &mut [f64], factor: f64, x: &[f64]) {
    for (y, x) in y.iter_mut().zip(x) {
        *y += factor * x;
    }
}

/// Orthonormal vectors, grown one at a time by Gram-Schmidt with a second pass.
#[derive(Clone, Debug, Default)]
pub(crate) struct Basis {
    vectors: Vec<Vec<f64>>,
}

impl Basis {
    /// Number of vectors.
    pub fn len(&self) -> usize {
        self.vectors.len()
    }
    /// Removes from `x` its part in the span and returns the coordinates of that part.
    pub fn remove(&self, x: &mut [f64]) -> Vec<f64> {
        let mut coordinates = vec![0.0; self.vectors.len()];
        // One pass loses digits where x lies nearly in the span; a second one restores them.
        for _ in 0..2 {
            for (coordinate, vector) in coordinates.iter_mut().zip(&self.vectors) {
                let part = dot(vector, x);
                add_scaled(x, -part, vector);
                *coordinate += part;
            }
        }
        coordinates
    }

    /// Adds the direction of `column` that is new. Returns the coordinates of `column` in the grown basis, or `None`
    /// where less than `tolerance` of its length is new; the basis is then left as it was.
    pub fn push(&mut self, column: &[f64], tolerance: f64) -> Option<Vec<f64>> {
        let length = dot(column, column).sqrt();
        let mut rest = column.to_vec();
        let mut coordinates = self.remove(&mut rest);
        let new = dot(&rest, &rest).sqrt();
        if !(length > 0.0 && length.is_finite() && new > tolerance * length) {
            return None;
        }
        rest.iter_mut().for_each(|value| *value /= new);
        coordinates.push(new);
        self.vectors.push(rest);
        Some(coordinates)
    }
}

/// A least-squares solution.
#[derive(Clone, Debug)]
pub(crate) struct Solution {
    /// One coefficient a column; 0 for a column that depends on earlier ones.
    pub coefficients: Vec<f64>,
    /// Sum of the squared residuals.
    pub squares: f64,
    /// Standard error of each coefficient for residuals of variance 1; infinite for a dependent column.
    pub errors: Vec<f64>,
}

/// Least part of a column's length that must be new for it to count as independent.
const INDEPENDENT: f64 = 1e-11;

/// The coefficients that bring the sum of `columns` nearest to `target`, by orthogonal factors.
///
/// Costs `2 n k^2` for `k` columns of length `n`. Dependent columns get coefficient 0.
pub(crate) fn least_squares(columns: &[Vec<f64>], target: &[f64]) -> Solution {
    let mut basis = Basis::default();
    // Upper triangle by columns; position[i] is the column of the i-th basis vector.
    let mut triangle: Vec<Vec<f64>> = Vec::new();
    let mut position: Vec<usize> = Vec::new();
    for (index, column) in columns.iter().enumerate() {
        if let Some(coordinates) = basis.push(column, INDEPENDENT) {
            triangle.push(coordinates);
            position.push(index);
        }
    }
    let mut residual = target.to_vec();
    let mut right = basis.remove(&mut residual);
    let rank = triangle.len();
    for i in (0..rank).rev() {
        right[i] /= triangle[i][i];
        for row in 0..i {
            right[row] -= triangle[i][row] * right[i];
        }
    }
    let mut coefficients = vec![0.0; columns.len()];
    let mut errors = vec![f64::INFINITY; columns.len()];
    for (i, index) in position.iter().enumerate() {
        coefficients[*index] = right[i];
        errors[*index] = 0.0;
    }
    // Rows of the inverse triangle: the variance of coefficient i is the sum of squares of row i.
    for start in 0..rank {
        let mut column = vec![0.0; start + 1];
        column[start] = 1.0 / triangle[start][start];
        for row in (0..start).rev() {
            let sum: f64 = (row + 1..=start).map(|k| triangle[k][row] * column[k]).sum();
            column[row] = -sum / triangle[row][row];
        }
        for (row, value) in column.iter().enumerate() {
            errors[position[row]] += value * value;
        }
    }
    errors.iter_mut().for_each(|error| *error = error.sqrt());
    Solution { coefficients, squares: dot(&residual, &residual), errors }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn least_squares_recovers_coefficients_and_leaves_out_dependent_columns() {
        let n = 40;
        let x: Vec<f64> = (0..n).map(|i| 1.0 + f64::from(i) / 10.0).collect();
        let square: Vec<f64> = x.iter().map(|x| x * x).collect();
        let twice: Vec<f64> = x.iter().map(|x| 2.0 * x).collect();
        let target: Vec<f64> = x.iter().map(|x| 3.0 - 2.0 * x + 0.5 * x * x).collect();
        let solution = least_squares(&[vec![1.0; 40], x, twice, square], &target);
        for (found, expected) in solution.coefficients.iter().zip([3.0, -2.0, 0.0, 0.5]) {
            assert!((found - expected).abs() < 1e-10, "{found} for {expected}");
        }
        assert!(solution.squares < 1e-20 && solution.errors[2].is_infinite());
    }

    #[test]
    fn standard_errors_are_those_of_the_inverse_normal_matrix() {
        // Two orthogonal columns of squared length 4 and 1.
        let solution = least_squares(&[vec![1.0, 1.0, 1.0, 1.0], vec![0.5, -0.5, 0.5, -0.5]], &[1.0, 0.0, 0.0, 0.0]);
        assert!((solution.errors[0] - 0.5).abs() < 1e-12 && (solution.errors[1] - 1.0).abs() < 1e-12);
    }
}
