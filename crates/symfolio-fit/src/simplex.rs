//! The simplex method of Nelder and Mead (1965), for losses with kinks and jumps, where derivatives mislead.

/// Improves `params`, where the cost is `reached`, by at most `max_moves` moves of a simplex with these edges; returns the cost
/// then, never above `reached`. A corner that may not be visited costs infinity.
pub(crate) fn simplex(
    params: &mut [f64],
    reached: f64,
    edges: &[f64],
    max_moves: usize,
    mut cost: impl FnMut(&[f64]) -> f64,
) -> f64 {
    let k = params.len();
    let mut cost = |corner: &[f64]| {
        let cost = if corner.iter().all(|value| value.is_finite()) { cost(corner) } else { f64::INFINITY };
        if cost.is_nan() { f64::INFINITY } else { cost }
    };
    let mut corners = vec![(reached, params.to_vec())];
    for (index, edge) in edges.iter().enumerate() {
        let mut corner = params.to_vec();
        corner[index] += edge;
        corners.push((cost(&corner), corner));
    }
    for _ in 0..max_moves {
        corners.sort_by(|a, b| a.0.total_cmp(&b.0));
        let (best, second_worst, worst) = (corners[0].0, corners[k - 1].0, corners[k].0);
        if worst - best <= 1e-14 * best {
            break;
        }
        let centre: Vec<f64> =
            (0..k).map(|index| corners[..k].iter().map(|corner| corner.1[index]).sum::<f64>() / k as f64).collect();
        let along = |corner: &[f64], share: f64| -> Vec<f64> {
            corner.iter().zip(&centre).map(|(value, centre)| centre + share * (value - centre)).collect()
        };
        let mirrored = along(&corners[k].1, -1.0);
        let reached = cost(&mirrored);
        if reached < best {
            let further = along(&corners[k].1, -2.0);
            let further_reached = cost(&further);
            corners[k] = if further_reached < reached { (further_reached, further) } else { (reached, mirrored) };
            continue;
        }
        if reached < second_worst {
            corners[k] = (reached, mirrored);
            continue;
        }
        let nearer = if reached < worst { along(&mirrored, 0.5) } else { along(&corners[k].1, 0.5) };
        let nearer_reached = cost(&nearer);
        if nearer_reached < worst.min(reached) {
            corners[k] = (nearer_reached, nearer);
            continue;
        }
        let first = corners[0].1.clone();
        for (value, corner) in &mut corners[1..] {
            corner.iter_mut().zip(&first).for_each(|(value, first)| *value = 0.5 * (*value + first));
            *value = cost(corner);
        }
    }
    corners.sort_by(|a, b| a.0.total_cmp(&b.0));
    params.copy_from_slice(&corners[0].1);
    corners[0].0
}
