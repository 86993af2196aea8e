//! [`NormalEquations`]: `J^T W J` and `J^T W r`, summed block by block while derivatives are evaluated.

use symfolio_expr::{BLOCK, Program, Scratch};

use crate::data::FitData;
use crate::emphasis::Emphasis;
use crate::robust::Smoothed;
use crate::work::Work;

/// The normal equations of one linearisation: `matrix * step = gradient` is the Gauss-Newton step.
#[derive(Clone, Debug, Default)]
pub(crate) struct NormalEquations {
    /// Number of constants.
    pub k: usize,
    /// `J^T W J`, row by row, both triangles, shape `(k, k)`.
    pub matrix: Vec<f64>,
    /// `J^T W r` with `r = target - value`, shape `(k)`.
    pub gradient: Vec<f64>,
    /// Sum (not mean) of the loss over the rows.
    pub loss: f64,
    /// Columns of a block that were scaled or repaired.
    copies: Vec<[f64; BLOCK]>,
    /// Inner products of the waves of an emphasis with each derivative and, last, with the residuals; shape `(waves, k + 1)`.
    smooth: Vec<f64>,
}

impl NormalEquations {
    /// Linearises at `params`; `false` where a value is not finite, or the loss overflows. The numbers are then meaningless.
    ///
    /// A derivative that is not finite counts as 0: the constant is not moved because of that row.
    pub(crate) fn linearise(
        &mut self,
        program: &Program,
        params: &[f64],
        data: &FitData<'_>,
        loss: Smoothed,
        scratch: &mut Scratch,
        work: &mut Work,
    ) -> bool {
        self.linearise_emphasised(program, params, data, loss, None, scratch, work)
    }

    /// [`NormalEquations::linearise`] with an emphasis, which is for the squared error only.
    #[allow(clippy::too_many_arguments, reason = "what the linearisation is of, where, and the memory for it")]
    pub(crate) fn linearise_emphasised(
        &mut self,
        program: &Program,
        params: &[f64],
        data: &FitData<'_>,
        loss: Smoothed,
        emphasis: Option<Emphasis<'_>>,
        scratch: &mut Scratch,
        work: &mut Work,
    ) -> bool {
        let k = program.n_params();
        let waves = emphasis.map_or(&[][..], |emphasis| emphasis.waves);
        self.smooth.clear();
        self.smooth.resize(waves.len() * (k + 1), 0.0);
        self.k = k;
        self.matrix.clear();
        self.matrix.resize(k * k, 0.0);
        self.gradient.clear();
        self.gradient.resize(k, 0.0);
        self.loss = 0.0;
        self.copies.resize(self.copies.len().max(k), [0.0; BLOCK]);
        let NormalEquations { matrix, gradient, loss: total, copies, smooth, .. } = self;
        // Rows of one block: pull towards the target, and curvature where it differs from row to row.
        let mut pull = [0.0; BLOCK];
        let mut curvature = [1.0; BLOCK];
        let weighted = data.weights.is_some() || !loss.is_squared();
        let mut n_seen = 0;
        program.jacobian_blocks(params, data.columns, scratch, |block| {
            let n = block.values.len();
            n_seen = block.start + n;
            let target = &data.target[block.start..n_seen];
            let weights = data.weights.map(|weights| &weights[block.start..n_seen]);
            *total += loss.linearise(block.values, target, weights, &mut pull[..n], &mut curvature[..n]);
            if !total.is_finite() {
                return false;
            }
            for i in 0..k {
                let column = &block.jacobian[i][..n];
                let mut diagonal = if weighted { f64::NAN } else { dot(column, column) };
                let scaled: &[f64] = if diagonal.is_finite() {
                    column
                } else {
                    let copy = &mut copies[i][..n];
                    for ((copy, value), curvature) in copy.iter_mut().zip(column).zip(&curvature[..n]) {
                        *copy = if value.abs() < LARGEST { value * curvature } else { 0.0 };
                    }
                    diagonal = f64::NAN;
                    copy
                };
                if diagonal.is_nan() {
                    diagonal = dot_finite(scaled, column);
                }
                matrix[i * k + i] += diagonal;
                gradient[i] += dot_finite(&pull[..n], column);
                for j in 0..i {
                    let mut product = dot(scaled, &block.jacobian[j][..n]);
                    if !product.is_finite() {
                        product = dot_finite(scaled, &block.jacobian[j][..n]);
                    }
                    matrix[i * k + j] += product;
                }
                for (wave, smooth) in waves.iter().zip(smooth.chunks_exact_mut(k + 1)) {
                    smooth[i] += dot_finite(&wave[block.start..n_seen], scaled);
                }
            }
            for (wave, smooth) in waves.iter().zip(smooth.chunks_exact_mut(k + 1)) {
                smooth[k] += dot(&wave[block.start..n_seen], &pull[..n]);
            }
            true
        });
        work.jacobian(program, n_seen);
        if let Some(emphasis) = emphasis {
            work.spent += (n_seen * waves.len() * (k + 1)) as u64;
            self.emphasise(emphasis);
        }
        let NormalEquations { matrix, loss: total, .. } = self;
        for i in 0..k {
            for j in 0..i {
                matrix[j * k + i] = matrix[i * k + j];
            }
        }
        n_seen == data.n_rows() && n_seen > 0 && total.is_finite()
    }

    /// Turns the lower triangle, the gradient and the loss into those of the emphasised squares.
    fn emphasise(&mut self, Emphasis { smooth: on_smooth, rest, .. }: Emphasis<'_>) {
        let k = self.k;
        let more = on_smooth - rest;
        let NormalEquations { matrix, gradient, loss, smooth, .. } = self;
        matrix.iter_mut().chain(gradient.iter_mut()).for_each(|value| *value *= rest);
        *loss *= rest;
        for smooth in smooth.chunks_exact(k + 1) {
            *loss += more * smooth[k] * smooth[k];
            for i in 0..k {
                gradient[i] += more * smooth[i] * smooth[k];
                for j in 0..=i {
                    matrix[i * k + j] += more * smooth[i] * smooth[j];
                }
            }
        }
        *loss = loss.max(0.0);
    }
}

/// Derivatives beyond this are left out: their squares overflow.
const LARGEST: f64 = 1e150;

/// Inner product of two slices of the same length, summed in eight lanes that are added up at the end.
///
/// The order of summation depends on the length alone, not on the machine, so the bits are the same everywhere; the lanes let the
/// compiler vectorise it. Not finite where a product or the sum is not.
///
/// ```
/// assert_eq!(symfolio_fit::dot(&[1.0, 2.0, 3.0], &[4.0, 5.0, 6.0]), 32.0);
/// assert_eq!(symfolio_fit::dot(&[], &[]), 0.0);
/// ```
#[inline]
pub fn dot(a: &[f64], b: &[f64]) -> f64 {
    let (a_chunks, a_rest) = a.as_chunks::<8>();
    let (b_chunks, b_rest) = b.as_chunks::<8>();
    let mut lanes = [0.0; 8];
    for (a, b) in a_chunks.iter().zip(b_chunks) {
        for lane in 0..8 {
            lanes[lane] += a[lane] * b[lane];
        }
    }
    for (lane, (a, b)) in a_rest.iter().zip(b_rest).enumerate() {
        lanes[lane] += a * b;
    }
    lanes.iter().sum()
}

/// [`dot`], with products left out where `b` is not finite or too large.
fn dot_finite(a: &[f64], b: &[f64]) -> f64 {
    let plain = dot(a, b);
    if plain.is_finite() {
        return plain;
    }
    a.iter().zip(b).map(|(a, b)| if b.abs() < LARGEST { a * b } else { 0.0 }).filter(|p| p.is_finite()).sum()
}
