//! Singular values by one-sided Jacobi rotations (Hestenes 1958): small matrices, high relative accuracy.

use crate::normal_equations::dot;

/// Rounds of rotations after which the columns are orthogonal for certain.
const MAX_SWEEPS: usize = 40;

/// Singular values of the matrix with these columns, in no order, and for each its right singular vector of unit length.
pub(crate) fn singular_values(columns: Vec<Vec<f64>>) -> (Vec<f64>, Vec<Vec<f64>>) {
    let (columns, directions) = rotated(columns);
    (columns.iter().map(|column| dot(column, column).sqrt()).collect(), directions)
}

/// Scales a column to unit length, and returns its length; 0, and a column of zeros, where it has none or is not finite.
pub(crate) fn normalise(column: &mut [f64]) -> f64 {
    let largest = column.iter().fold(0.0f64, |largest, value| largest.max(value.abs()));
    if !(largest > 0.0 && column.iter().all(|value| value.is_finite())) {
        column.fill(0.0);
        return 0.0;
    }
    // In two steps, for the squares of very large or small values.
    column.iter_mut().for_each(|value| *value /= largest);
    let length = dot(column, column).sqrt();
    column.iter_mut().for_each(|value| *value /= length);
    length * largest
}

/// The matrix with these columns times an orthogonal one, such that its columns are orthogonal (left singular vectors times singular
/// values), and the columns of that orthogonal one (right singular vectors).
pub(crate) fn rotated(mut columns: Vec<Vec<f64>>) -> (Vec<Vec<f64>>, Vec<Vec<f64>>) {
    let k = columns.len();
    let mut directions: Vec<Vec<f64>> =
        (0..k).map(|i| (0..k).map(|j| if i == j { 1.0 } else { 0.0 }).collect()).collect();
    for _ in 0..MAX_SWEEPS {
        let mut rotated = false;
        for i in 0..k {
            for j in i + 1..k {
                let (a, b) = (dot(&columns[i], &columns[i]), dot(&columns[j], &columns[j]));
                let product = dot(&columns[i], &columns[j]);
                if product.abs() <= 1e-15 * (a * b).sqrt() || a * b == 0.0 {
                    continue;
                }
                rotated = true;
                let slope = (b - a) / (2.0 * product);
                let tangent = slope.signum() / (slope.abs() + (1.0 + slope * slope).sqrt());
                let cosine = 1.0 / (1.0 + tangent * tangent).sqrt();
                for list in [&mut columns, &mut directions] {
                    let (first, second) = list.split_at_mut(j);
                    for (x, y) in first[i].iter_mut().zip(second[0].iter_mut()) {
                        (*x, *y) = (cosine * (*x - tangent * *y), cosine * (tangent * *x + *y));
                    }
                }
            }
        }
        if !rotated {
            break;
        }
    }
    (columns, directions)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_known_matrix() {
        // [[3, 0], [4, 5]] has the singular values sqrt(45) and sqrt(5).
        let (mut values, directions) = singular_values(vec![vec![3.0, 4.0], vec![0.0, 5.0]]);
        assert!(dot(&directions[0], &directions[1]).abs() < 1e-15);
        values.sort_by(f64::total_cmp);
        assert!((values[0] - 5f64.sqrt()).abs() < 1e-14 && (values[1] - 45f64.sqrt()).abs() < 1e-14);
    }

    #[test]
    fn a_dependent_column_gives_a_zero() {
        let (values, directions) = singular_values(vec![vec![1.0, 2.0, 3.0], vec![2.0, 4.0, 6.0], vec![1.0, 0.0, 1.0]]);
        let smallest = (0..3).min_by(|a, b| values[*a].total_cmp(&values[*b])).unwrap();
        assert!(values[smallest] < 1e-14);
        assert!((directions[smallest][0] / directions[smallest][1] + 2.0).abs() < 1e-12);
    }
}
