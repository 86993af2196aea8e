//! The simplex method of Nelder and Mead (1965), for what is left of a loss with kinks once smoothed steps stall.

use crate::data::Workspace;
use crate::levenberg_marquardt::Problem;
use crate::loss::measure;
use crate::work::Work;

/// Improves `params`, where the mean loss is `loss`, by at most `max_moves` moves of a simplex whose edges are at first a
/// thousandth of the constants; returns the mean loss reached, never above `loss`.
pub(crate) fn simplex(
    problem: &Problem<'_>,
    params: &mut [f64],
    loss: f64,
    max_moves: usize,
    workspace: &mut Workspace,
    work: &mut Work,
) -> f64 {
    let k = params.len();
    let Problem { program, data, bounds, .. } = *problem;
    let mut cost = |corner: &[f64], work: &mut Work| {
        let outside = bounds.iter().zip(corner).any(|(&(low, high), value)| *value < low || *value > high);
        if outside || corner.iter().any(|value| !value.is_finite()) {
            return f64::INFINITY;
        }
        measure(program, corner, data, problem.loss.loss, workspace, work)
    };
    let mut corners = vec![(loss, params.to_vec())];
    for index in 0..k {
        let mut corner = params.to_vec();
        corner[index] += 1e-3 * corner[index].abs().max(1e-6);
        corners.push((cost(&corner, work), corner));
    }
    for _ in 0..max_moves {
        corners.sort_by(|a, b| a.0.total_cmp(&b.0));
        let (best, second_worst, worst) = (corners[0].0, corners[k - 1].0, corners[k].0);
        if work.exhausted() || worst - best <= 1e-14 * best {
            break;
        }
        let centre: Vec<f64> =
            (0..k).map(|index| corners[..k].iter().map(|corner| corner.1[index]).sum::<f64>() / k as f64).collect();
        let along = |corner: &[f64], share: f64| -> Vec<f64> {
            corner.iter().zip(&centre).map(|(value, centre)| centre + share * (value - centre)).collect()
        };
        let mirrored = along(&corners[k].1, -1.0);
        let reached = cost(&mirrored, work);
        if reached < best {
            let further = along(&corners[k].1, -2.0);
            let further_reached = cost(&further, work);
            corners[k] = if further_reached < reached { (further_reached, further) } else { (reached, mirrored) };
            continue;
        }
        if reached < second_worst {
            corners[k] = (reached, mirrored);
            continue;
        }
        let nearer = if reached < worst { along(&mirrored, 0.5) } else { along(&corners[k].1, 0.5) };
        let nearer_reached = cost(&nearer, work);
        if nearer_reached < worst.min(reached) {
            corners[k] = (nearer_reached, nearer);
            continue;
        }
        let first = corners[0].1.clone();
        for (value, corner) in &mut corners[1..] {
            corner.iter_mut().zip(&first).for_each(|(value, first)| *value = 0.5 * (*value + first));
            *value = cost(corner, work);
        }
    }
    corners.sort_by(|a, b| a.0.total_cmp(&b.0));
    params.copy_from_slice(&corners[0].1);
    corners[0].0
}
