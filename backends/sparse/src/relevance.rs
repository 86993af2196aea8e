//! Which variables tell most of the target, where there are too many for large libraries.

use crate::sample::Sample;

/// Groups of about equal size that a variable's values are cut into.
const GROUPS: usize = 10;

/// The `count` of `variables` with the largest correlation ratio (Pearson 1905): the share of the target's variance that
/// lies between groups of similar values of the variable. Ascending by number; ties go to the lower number.
pub(crate) fn most_relevant(sample: &Sample, variables: &[u16], count: usize) -> Vec<u16> {
    let mut ranked: Vec<(f64, u16)> = variables
        .iter()
        .map(|variable| (correlation_ratio(&sample.features[usize::from(*variable)], &sample.target), *variable))
        .collect();
    ranked.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    let mut chosen: Vec<u16> = ranked.into_iter().take(count).map(|(_, variable)| variable).collect();
    chosen.sort_unstable();
    chosen
}

/// Share of the variance of `y` that lies between groups of similar `x`; equal values of `x` stay together.
fn correlation_ratio(x: &[f64], y: &[f64]) -> f64 {
    let n = x.len();
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|a, b| x[*a].total_cmp(&x[*b]).then(a.cmp(b)));
    let mean = y.iter().sum::<f64>() / n as f64;
    let total: f64 = y.iter().map(|y| (y - mean) * (y - mean)).sum();
    let wanted = n.div_ceil(GROUPS).max(1);
    let mut between = 0.0;
    let mut start = 0;
    while start < n {
        let mut end = (start + wanted).min(n);
        while end < n && x[order[end]] == x[order[end - 1]] {
            end += 1;
        }
        let group = &order[start..end];
        let group_mean = group.iter().map(|row| y[*row]).sum::<f64>() / group.len() as f64;
        between += group.len() as f64 * (group_mean - mean) * (group_mean - mean);
        start = end;
    }
    if total > 0.0 { between / total } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bent_dependence_counts_and_noise_does_not() {
        let n = 200;
        let x: Vec<f64> = (0..n).map(|i| f64::from((i * 37) % 200) / 100.0 - 1.0).collect();
        let noise: Vec<f64> = (0..n).map(|i| f64::from((i * 71) % 53)).collect();
        let class: Vec<f64> = (0..n).map(|i| f64::from(i % 2)).collect();
        let target = (0..n as usize).map(|i| x[i] * x[i] + 0.3 * class[i]).collect();
        let sample = Sample { features: vec![noise, x, class], target, root_weights: vec![1.0; 200] };
        assert_eq!(most_relevant(&sample, &[0, 1, 2], 2), [1, 2]);
    }
}
