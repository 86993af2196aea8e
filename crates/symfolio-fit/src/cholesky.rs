//! [`Cholesky`]: symmetric positive semi-definite systems, damped or not, with unknowns left alone where the matrix does
//! not determine them.

/// Lower triangular factor of a symmetric positive semi-definite matrix. Reusable: memory is kept between calls.
///
/// The matrix is scaled to a unit diagonal first, so that units of the unknowns do not matter. An unknown whose pivot
/// vanishes is *dropped*: its part of every solution is 0.
#[derive(Clone, Debug, Default)]
pub struct Cholesky {
    k: usize,
    /// Row by row, lower triangle, in elimination order, shape `(k, k)`.
    factor: Vec<f64>,
    /// Elimination order: position in the factor -> unknown.
    order: Vec<usize>,
    /// One over the square root of the diagonal, by unknown.
    scale: Vec<f64>,
    dropped: Vec<bool>,
    damping: Vec<f64>,
    work: Vec<f64>,
}

/// Pivots below this share of the diagonal are rounding noise.
const TINY: f64 = 1e-14;
/// Least damping of an unknown, as a share of its diagonal: keeps unknowns that nearly coincide with undamped ones still.
const FLOOR: f64 = 1e-9;

impl Cholesky {
    /// Factorises `matrix`, shape `(k, k)`, row by row; the lower triangle is read. Returns the rank.
    ///
    /// # Panics
    /// Where `matrix` is not `k * k` long.
    pub fn factorise(&mut self, matrix: &[f64], k: usize) -> usize {
        self.factorise_damped(matrix, k, &[], 0.0)
    }

    /// Factorises `matrix + lambda D`, with `D` diagonal: 0 for the unknowns in `undamped`, which are eliminated first, and for
    /// each other one the diagonal that is left once the undamped ones are eliminated. With linear constants undamped
    /// this is the Levenberg-Marquardt system of Kaufman's variable projection.
    pub(crate) fn factorise_damped(&mut self, matrix: &[f64], k: usize, undamped: &[usize], lambda: f64) -> usize {
        assert_eq!(matrix.len(), k * k, "a square matrix");
        self.k = k;
        self.factor.clear();
        self.factor.resize(k * k, 0.0);
        self.dropped.clear();
        self.dropped.resize(k, false);
        self.damping.clear();
        self.damping.resize(k, 0.0);
        self.scale.clear();
        self.scale.extend((0..k).map(|i| matrix[i * k + i]).map(|d| if d > 0.0 { 1.0 / d.sqrt() } else { 0.0 }));
        self.order.clear();
        self.order.extend_from_slice(undamped);
        self.order.extend((0..k).filter(|i| !undamped.contains(i)));
        let mut rank = 0;
        for i in 0..k {
            let row = self.order[i];
            for j in 0..i {
                let column = self.order[j];
                let entry = matrix[row.max(column) * k + row.min(column)] * self.scale[row] * self.scale[column];
                let known: f64 = (0..j).map(|m| self.factor[i * k + m] * self.factor[j * k + m]).sum();
                self.factor[i * k + j] = if self.dropped[j] { 0.0 } else { (entry - known) / self.factor[j * k + j] };
            }
            if self.scale[row] == 0.0 || !self.scale[row].is_finite() {
                self.dropped[i] = true;
                continue;
            }
            let square = |range: std::ops::Range<usize>| -> f64 { range.map(|m| self.factor[i * k + m].powi(2)).sum() };
            let n_undamped = undamped.len();
            let mut pivot = 1.0 - square(0..i);
            if i >= n_undamped && lambda > 0.0 {
                let damping = lambda * (1.0 - square(0..n_undamped)).max(FLOOR);
                self.damping[row] = damping * matrix[row * k + row];
                pivot = pivot.max(0.0) + damping;
            }
            if pivot <= TINY || !pivot.is_finite() {
                self.dropped[i] = true;
                continue;
            }
            self.factor[i * k + i] = pivot.sqrt();
            rank += 1;
        }
        rank
    }

    /// Solves for the right-hand side `b`, shape `(k)`, in place.
    ///
    /// # Panics
    /// Where `b` is not `k` long.
    pub fn solve(&mut self, b: &mut [f64]) {
        let k = self.k;
        assert_eq!(b.len(), k, "one right-hand side an unknown");
        let Cholesky { factor, order, scale, dropped, work, .. } = self;
        work.clear();
        work.extend(order.iter().map(|&unknown| b[unknown] * scale[unknown]));
        for i in 0..k {
            let known: f64 = (0..i).map(|m| factor[i * k + m] * work[m]).sum();
            work[i] = if dropped[i] { 0.0 } else { (work[i] - known) / factor[i * k + i] };
        }
        for i in (0..k).rev() {
            let known: f64 = (i + 1..k).map(|m| factor[m * k + i] * work[m]).sum();
            work[i] = if dropped[i] { 0.0 } else { (work[i] - known) / factor[i * k + i] };
        }
        for (value, &unknown) in work.iter().zip(order.iter()) {
            b[unknown] = value * scale[unknown];
        }
    }

    /// The diagonal that the last factorisation added, by unknown.
    pub(crate) fn damping(&self) -> &[f64] {
        &self.damping
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn solves_a_small_system() {
        let matrix = [4.0, 2.0, 0.6, 2.0, 5.0, 1.0, 0.6, 1.0, 3.0];
        let mut cholesky = Cholesky::default();
        assert_eq!(cholesky.factorise(&matrix, 3), 3);
        let mut x = [8.6, 13.0, 9.6 + 2.0];
        cholesky.solve(&mut x);
        for (row, b) in [8.6, 13.0, 11.6].into_iter().enumerate() {
            let value: f64 = (0..3).map(|j| matrix[row * 3 + j] * x[j]).sum();
            assert!((value - b).abs() < 1e-12);
        }
    }

    #[test]
    fn undetermined_unknowns_stay_at_zero() {
        // The third unknown is the sum of the others; the fourth has no equation.
        let columns = [[1.0, 0.0, 2.0], [0.0, 1.0, 1.0], [1.0, 1.0, 3.0], [0.0; 3]];
        let mut matrix = [0.0; 16];
        for (i, a) in columns.iter().enumerate() {
            for (j, b) in columns.iter().enumerate() {
                matrix[i * 4 + j] = a.iter().zip(b).map(|(a, b)| a * b).sum();
            }
        }
        let mut cholesky = Cholesky::default();
        assert_eq!(cholesky.factorise(&matrix, 4), 2);
        let mut x = [1.0, 2.0, 3.0, 4.0];
        cholesky.solve(&mut x);
        assert_eq!(x[2..], [0.0, 0.0]);
    }

    #[test]
    fn damping_spares_the_undamped() {
        let matrix = [2.0, 0.0, 0.0, 8.0];
        let mut cholesky = Cholesky::default();
        cholesky.factorise_damped(&matrix, 2, &[1], 0.5);
        assert_eq!(cholesky.damping(), [1.0, 0.0]);
        let mut x = [3.0, 8.0];
        cholesky.solve(&mut x);
        assert!((x[0] - 1.0).abs() < 1e-15 && (x[1] - 1.0).abs() < 1e-15);
    }
}
