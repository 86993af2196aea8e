//! [`scatter`]: how far residuals throw the constants of a loss, in place of their standard deviation.

use symfolio_expr::math;

use crate::loss::Loss;

/// The `sigma` with which `sigma^2 (J^T W J)^-1` is the covariance of `n_fitted` constants that minimise the mean of `loss`, from the
/// residuals of the rows that count and their weights; infinite where the residuals do not tell it.
///
/// With `psi` the derivative of the loss it is `sqrt(mean(psi^2)) / mean(psi')`, for residuals that have the same distribution on
/// every row:
///
/// - squared error: the standard deviation of the residuals.
/// - `huber`, `log-cosh`: that quotient, with Huber's factors for the constants fitted (Huber 1981, *Robust Statistics*,
///   section 7.6).
/// - `mae`, `quantile:Q`: `sqrt(Q (1 - Q)) / f` (Koenker and Bassett 1978, theorem 4.2) with `f` the density of the residuals
///   at 0: the share of them in a window about 0, over its width. The window holds twice Hall and Sheather's share (1988), and the
///   smallest residuals, as many as constants, are left out: such a fit passes through that many rows.
///
/// Weights that differ are taken to have nothing to do with the derivatives.
pub(crate) fn scatter(loss: Loss, rows: &[(f64, f64)], n_fitted: usize) -> f64 {
    let n = rows.len();
    if n <= n_fitted {
        return f64::INFINITY;
    }
    let freedom = (n - n_fitted) as f64;
    let sum = |f: &dyn Fn(f64, f64) -> f64| -> f64 { rows.iter().map(|(r, weight)| f(*r, *weight)).sum() };
    let total = sum(&|_, weight| weight);
    match loss {
        Loss::SquaredError => (sum(&|r, weight| weight * r * r) / freedom).sqrt(),
        Loss::AbsoluteError => quantile_scatter(0.5, rows, n_fitted),
        Loss::Quantile { q } => quantile_scatter(q, rows, n_fitted),
        Loss::Huber { .. } | Loss::LogCosh => {
            let squares = sum(&|r, weight| (weight * slope(loss, r)).powi(2)) / total * n as f64 / freedom;
            let curvature = sum(&|r, weight| weight * self::curvature(loss, r)) / total;
            let spread = sum(&|r, weight| weight * (self::curvature(loss, r) - curvature).powi(2)) / total;
            let correction = 1.0 + n_fitted as f64 / n as f64 * spread / (curvature * curvature);
            known(correction * squares.sqrt() / curvature)
        }
    }
}

fn known(scatter: f64) -> f64 {
    if scatter.is_nan() { f64::INFINITY } else { scatter }
}

/// The derivative of a smooth loss.
fn slope(loss: Loss, r: f64) -> f64 {
    match loss {
        Loss::Huber { delta } => r.clamp(-delta, delta),
        _ => math::tanh(r),
    }
}

/// Its second derivative.
fn curvature(loss: Loss, r: f64) -> f64 {
    match loss {
        Loss::Huber { delta } => f64::from(u8::from(r.abs() <= delta)),
        _ => 1.0 / math::cosh(r).powi(2),
    }
}

fn quantile_scatter(q: f64, rows: &[(f64, f64)], n_fitted: usize) -> f64 {
    let mut sizes: Vec<(f64, f64)> = rows.iter().map(|(r, weight)| (r.abs(), *weight)).collect();
    sizes.sort_by(|a, b| a.0.total_cmp(&b.0));
    let rest = &sizes[n_fitted..];
    let total: f64 = rest.iter().map(|row| row.1).sum();
    let wanted = (2.0 * window(q, rows.len())).max((n_fitted + 1) as f64 / rest.len() as f64) * total;
    let mut inside = 0.0;
    let edge = rest.iter().find(|(_, weight)| {
        inside += weight;
        inside >= wanted
    });
    let half_width = edge.or(rest.last()).map_or(0.0, |row| row.0);
    let density = inside / total / (2.0 * half_width);
    let effective: f64 = rows.iter().map(|row| row.1 * row.1).sum::<f64>() / rows.iter().map(|row| row.1).sum::<f64>();
    known((q * (1.0 - q) * effective).sqrt() / density)
}

/// The share of `n` residuals on either side of the `q` quantile that its density is taken from (Hall and Sheather 1988).
fn window(q: f64, n: usize) -> f64 {
    let z = normal_quantile(q);
    let density = math::exp(-0.5 * z * z) / std::f64::consts::TAU.sqrt();
    let shape = 1.5 * density * density / (2.0 * z * z + 1.0);
    let share = math::cbrt(1.959_964f64.powi(2) * shape / n as f64);
    share.min(0.5 * q.min(1.0 - q))
}

/// The quantile of the normal distribution to 4.5e-4 (Abramowitz and Stegun 26.2.23), which does for a window.
fn normal_quantile(q: f64) -> f64 {
    let tail = q.min(1.0 - q);
    let t = (-2.0 * math::log(tail)).sqrt();
    let z =
        t - (2.515_517 + t * (0.802_853 + t * 0.010_328)) / (1.0 + t * (1.432_788 + t * (0.189_269 + t * 0.001_308)));
    if q < 0.5 { -z } else { z }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The quantiles of the normal distribution at even shares, as residuals of a fit with the `q` quantile at 0.
    fn residuals(n: usize, q: f64) -> Vec<(f64, f64)> {
        (0..n).map(|i| (normal_quantile((f64::from(i as u32) + 0.5) / n as f64) - normal_quantile(q), 1.0)).collect()
    }

    #[test]
    fn the_scatter_of_normal_residuals_is_the_textbook_one() {
        // Of the median pi/2 times the variance of the mean; of a quantile q (1 - q) / phi^2; Huber's at 1.345 is 95 % efficient.
        for (loss, q, variance) in [
            ("squared", 0.5, 1.0),
            ("mae", 0.5, 1.571),
            ("quantile:0.5", 0.5, 1.571),
            ("quantile:0.9", 0.9, 0.09 / 0.1755f64.powi(2)),
            ("huber:1.345", 0.5, 1.0 / 0.95),
            ("huber:100", 0.5, 1.0),
        ] {
            let found = scatter(loss.parse().unwrap(), &residuals(4000, q), 0).powi(2);
            assert!((found / variance - 1.0).abs() < 0.03, "{loss}: {found}, not {variance}");
        }
        // A weight that all share says nothing about the residuals.
        for loss in ["mae", "huber:1.345", "log-cosh"] {
            let loss: Loss = loss.parse().unwrap();
            let weighted: Vec<(f64, f64)> = residuals(400, 0.5).iter().map(|row| (row.0, 4.0)).collect();
            // (J^T W J)^-1 is a quarter, sigma doubles.
            let share = scatter(loss, &weighted, 2) / scatter(loss, &residuals(400, 0.5), 2);
            assert!((share - 2.0).abs() < 1e-9, "{loss}: {share}");
        }
    }
}
