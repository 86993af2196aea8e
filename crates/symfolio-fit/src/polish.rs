//! Gauss-Newton steps by orthogonal factors, which keep the digits that normal equations lose.

use crate::data::Workspace;
use crate::levenberg_marquardt::Problem;
use crate::loss::{Loss, measure};
use crate::work::Work;

/// Takes at most `max_steps` full Gauss-Newton steps on the squared error from `params`, as long as each lowers it;
/// returns the mean loss, infinite where `params` is undefined.
///
/// For an expression that is affine in all of its constants the first step is the exact solution.
pub(crate) fn polish(
    problem: &Problem<'_>,
    params: &mut [f64],
    max_steps: usize,
    workspace: &mut Workspace,
    work: &mut Work,
) -> f64 {
    let Problem { program, data, .. } = *problem;
    let mut loss = measure(program, params, data, Loss::SquaredError, workspace, work);
    for _ in 0..max_steps {
        if loss == 0.0 || work.exhausted() || !fill(problem, params, workspace, work) {
            break;
        }
        let step = &workspace.least_squares.finish(data.weights).coefficients;
        work.least_squares(data.n_rows(), params.len());
        let trial: Vec<f64> = params.iter().zip(step).map(|(value, step)| value + step).collect();
        if trial.iter().any(|value| !value.is_finite()) {
            break;
        }
        let reached = measure(program, &trial, data, Loss::SquaredError, workspace, work);
        if reached >= loss {
            break;
        }
        params.copy_from_slice(&trial);
        loss = reached;
    }
    loss
}

/// Fills the workspace's least-squares problem with derivatives and residuals; `false` where a value is not finite.
pub(crate) fn fill(problem: &Problem<'_>, params: &[f64], workspace: &mut Workspace, work: &mut Work) -> bool {
    let Problem { program, data, .. } = *problem;
    let Workspace { scratch, least_squares, .. } = workspace;
    least_squares.begin(data.n_rows(), params.len());
    let mut defined = data.n_rows() > 0;
    let mut n_seen = 0;
    program.jacobian_blocks(params, data.columns, scratch, |block| {
        n_seen = block.start + block.values.len();
        let rows = block.start..n_seen;
        for (index, derivatives) in block.jacobian.iter().enumerate() {
            let column = &mut least_squares.column_mut(index)[rows.clone()];
            for (out, derivative) in column.iter_mut().zip(derivatives.iter()) {
                *out = if derivative.is_finite() { *derivative } else { 0.0 };
            }
        }
        let residuals = &mut least_squares.target_mut()[rows.clone()];
        for ((out, target), value) in residuals.iter_mut().zip(&data.target[rows]).zip(block.values) {
            *out = target - value;
            defined &= out.is_finite();
        }
        defined
    });
    work.jacobian(program, n_seen);
    defined
}
