//! [`LeastSquares`]: linear least squares by Householder reflections with column pivoting.

use crate::normal_equations::dot;

/// The answer to a linear least-squares problem.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Solution {
    /// One coefficient a column; 0 for columns that the others make redundant.
    pub coefficients: Vec<f64>,
    /// Weighted sum of the squared residuals that are left.
    pub residual_ss: f64,
    /// Number of columns that count.
    pub rank: usize,
}

/// Minimises `sum over rows w (y - sum over k of b_k columns_k)^2`.
///
/// Columns are scaled to unit length, so their units do not matter. A column that is a combination of others to within
/// rounding gets coefficient 0, as does one with a value that is not finite. For many problems in turn keep a
/// [`LeastSquares`], which keeps its memory.
///
/// ```
/// let ones = [1.0; 4];
/// let x = [0.0, 1.0, 2.0, 3.0];
/// let solution = symfolio_fit::least_squares(&[&ones, &x], &[1.0, 3.0, 5.0, 7.0], None);
/// assert_eq!(solution.rank, 2);
/// assert!((solution.coefficients[0] - 1.0).abs() < 1e-14);
/// assert!((solution.coefficients[1] - 2.0).abs() < 1e-14);
/// ```
///
/// # Panics
/// Where columns, `y` and weights have different lengths.
pub fn least_squares(columns: &[&[f64]], y: &[f64], weights: Option<&[f64]>) -> Solution {
    let mut least_squares = LeastSquares::default();
    least_squares.solve(columns, y, weights);
    least_squares.solution
}

/// Solves least-squares problems one after the other; its memory is kept between them.
///
/// [`LeastSquares::solve`] does all at once. Where the columns come one at a time or in pieces: [`LeastSquares::begin`],
/// fill [`LeastSquares::column_mut`] and [`LeastSquares::target_mut`], then [`LeastSquares::finish`].
/// Householder QR with column pivoting: Golub and Van Loan, *Matrix Computations*, section 5.4.
#[derive(Clone, Debug, Default)]
pub struct LeastSquares {
    n: usize,
    k: usize,
    /// Column by column, shape `(n, k)`.
    matrix: Vec<f64>,
    target: Vec<f64>,
    root_weights: Vec<f64>,
    /// One over the length of each column as it came.
    scale: Vec<f64>,
    /// Square of the length of what is left of each column, by position.
    left: Vec<f64>,
    /// Diagonal of the triangular factor.
    diagonal: Vec<f64>,
    /// Position -> column.
    order: Vec<usize>,
    solution: Solution,
}

impl LeastSquares {
    /// Solves one problem; see [`least_squares`].
    ///
    /// # Panics
    /// Where columns, `y` and weights have different lengths.
    pub fn solve(&mut self, columns: &[&[f64]], y: &[f64], weights: Option<&[f64]>) -> &Solution {
        self.begin(y.len(), columns.len());
        for (index, column) in columns.iter().enumerate() {
            self.column_mut(index).copy_from_slice(column);
        }
        self.target_mut().copy_from_slice(y);
        self.finish(weights)
    }

    /// Starts a problem of `n` rows and `k` columns, all of them 0.
    pub fn begin(&mut self, n: usize, k: usize) {
        self.n = n;
        self.k = k;
        self.matrix.clear();
        self.matrix.resize(n * k, 0.0);
        self.target.clear();
        self.target.resize(n, 0.0);
    }

    /// The values of column `index`, shape `(n)`, to be filled in.
    pub fn column_mut(&mut self, index: usize) -> &mut [f64] {
        &mut self.matrix[index * self.n..(index + 1) * self.n]
    }

    /// The values of the target, shape `(n)`, to be filled in.
    pub fn target_mut(&mut self) -> &mut [f64] {
        &mut self.target
    }

    /// Solves the problem that was filled in, which is consumed. With weights: one a row, finite, at least 0.
    ///
    /// # Panics
    /// Where weights have another length.
    pub fn finish(&mut self, weights: Option<&[f64]>) -> &Solution {
        self.weigh(weights);
        self.scale_columns();
        let rank = self.triangularise();
        self.substitute(rank);
        &self.solution
    }

    fn weigh(&mut self, weights: Option<&[f64]>) {
        let Some(weights) = weights else { return };
        assert_eq!(weights.len(), self.n, "one weight a row");
        self.root_weights.clear();
        self.root_weights.extend(weights.iter().map(|weight| weight.sqrt()));
        let columns = self.matrix.chunks_exact_mut(self.n.max(1));
        for column in columns.chain(std::iter::once(self.target.as_mut_slice())) {
            column.iter_mut().zip(&self.root_weights).for_each(|(value, root)| *value *= root);
        }
    }

    fn scale_columns(&mut self) {
        self.order.clear();
        self.order.extend(0..self.k);
        self.scale.clear();
        self.left.clear();
        for column in self.matrix.chunks_exact_mut(self.n.max(1)) {
            let largest =
                column.iter().fold(0.0f64, |largest, value| if value.abs() > largest { value.abs() } else { largest });
            let usable = largest > 0.0 && column.iter().all(|value| value.is_finite());
            // In two steps, for the squares of very large or small values.
            let coarse = if usable { 1.0 / largest } else { 0.0 };
            column.iter_mut().for_each(|value| *value = if usable { *value * coarse } else { 0.0 });
            let length = dot(column, column).sqrt();
            let fine = if usable { 1.0 / length } else { 0.0 };
            column.iter_mut().for_each(|value| *value *= fine);
            self.scale.push(coarse * fine);
            self.left.push(if usable { 1.0 } else { 0.0 });
        }
        self.scale.resize(self.k, 0.0);
        self.left.resize(self.k, 0.0);
    }

    /// Brings the columns to triangular form, the longest of what is left first; returns the rank.
    fn triangularise(&mut self) -> usize {
        let (n, k) = (self.n, self.k);
        let tolerance = f64::EPSILON * n.max(k) as f64;
        self.diagonal.clear();
        self.diagonal.resize(k, 0.0);
        for step in 0..k.min(n) {
            let longest = (step..k).fold(step, |best, at| if self.left[at] > self.left[best] { at } else { best });
            self.swap(step, longest);
            let (before, rest) = self.matrix.split_at_mut((step + 1) * n);
            let column = &mut before[step * n + step..];
            let length = dot(column, column).sqrt();
            if length <= tolerance {
                return step;
            }
            // The reflection I - v v^T / v_0 with v scaled such that |v|^2 = 2 v_0.
            let head = if column[0] > 0.0 { length } else { -length };
            column.iter_mut().for_each(|value| *value /= head);
            column[0] += 1.0;
            self.diagonal[step] = -head;
            let pivot = column[0];
            let reflect = |other: &mut [f64]| {
                let factor = dot(column, other) / pivot;
                other.iter_mut().zip(column.iter()).for_each(|(value, v)| *value -= factor * v);
            };
            for (at, other) in rest.chunks_exact_mut(n).enumerate() {
                reflect(&mut other[step..]);
                let remaining = &other[step + 1..];
                self.left[step + 1 + at] = dot(remaining, remaining);
            }
            reflect(&mut self.target[step..]);
        }
        k.min(n)
    }

    fn swap(&mut self, a: usize, b: usize) {
        if a == b {
            return;
        }
        let (first, second) = self.matrix.split_at_mut(b * self.n);
        first[a * self.n..(a + 1) * self.n].swap_with_slice(&mut second[..self.n]);
        self.left.swap(a, b);
        self.order.swap(a, b);
    }

    fn substitute(&mut self, rank: usize) {
        let n = self.n;
        let Solution { coefficients, residual_ss, rank: found } = &mut self.solution;
        *found = rank;
        *residual_ss = dot(&self.target[rank..], &self.target[rank..]);
        coefficients.clear();
        coefficients.resize(self.k, 0.0);
        for i in (0..rank).rev() {
            let value = self.target[i] / self.diagonal[i];
            let column = &self.matrix[i * n..i * n + i];
            self.target[..i].iter_mut().zip(column).for_each(|(target, entry)| *target -= value * entry);
            coefficients[self.order[i]] = value * self.scale[self.order[i]];
        }
    }
}
