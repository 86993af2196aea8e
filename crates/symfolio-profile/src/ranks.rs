//! What ranks tell: Spearman's correlation and Chatterjee's.

/// A target with its ranks, to be compared with one feature after the other.
pub(crate) struct Ranked {
    /// Mean ranks, ties sharing theirs.
    mean: Vec<f64>,
    /// How many values are at most this one.
    at_most: Vec<f64>,
    /// Twice the sum over rows of l (n - l), where l counts the values that are at least this one.
    scale: f64,
}

impl Ranked {
    pub(crate) fn new(values: &[f64]) -> Ranked {
        let n = values.len() as f64;
        let mean = mean_ranks(values);
        let mut sorted = values.to_vec();
        sorted.sort_unstable_by(f64::total_cmp);
        let at_most: Vec<f64> = values.iter().map(|v| sorted.partition_point(|other| other <= v) as f64).collect();
        let at_least = values.iter().map(|v| n - sorted.partition_point(|other| other < v) as f64);
        let scale = 2.0 * at_least.map(|l| l * (n - l)).sum::<f64>();
        Ranked { mean, at_most, scale }
    }

    /// Chatterjee's xi (*A new coefficient of correlation*, 2021, with ties): 0 where the target has nothing to do with
    /// `feature`, and near 1 where it is a function of it, monotonic or not. Negative values, which mean nothing, become 0.
    ///
    /// Rows with equal features keep their order, which has to be a random one.
    pub(crate) fn relevance(&self, feature: &[f64]) -> f64 {
        if self.scale == 0.0 || is_constant(feature) {
            return 0.0;
        }
        let mut order: Vec<usize> = (0..feature.len()).collect();
        order.sort_by(|a, b| feature[*a].total_cmp(&feature[*b]));
        let steps: f64 = order.windows(2).map(|pair| (self.at_most[pair[1]] - self.at_most[pair[0]]).abs()).sum();
        (1.0 - feature.len() as f64 * steps / self.scale).max(0.0)
    }

    /// Spearman's rank correlation, ties sharing their mean rank; 0 for a constant.
    pub(crate) fn monotonicity(&self, feature: &[f64]) -> f64 {
        let ranks = mean_ranks(feature);
        let middle = 0.5 * (ranks.len() as f64 + 1.0);
        let (mut xy, mut xx, mut yy) = (0.0, 0.0, 0.0);
        for (x, y) in ranks.iter().zip(&self.mean) {
            let (x, y) = (x - middle, y - middle);
            xy += x * y;
            xx += x * x;
            yy += y * y;
        }
        if xx > 0.0 && yy > 0.0 { (xy / (xx * yy).sqrt()).clamp(-1.0, 1.0) } else { 0.0 }
    }
}

fn is_constant(values: &[f64]) -> bool {
    values.iter().all(|value| *value == values[0])
}

/// Ranks from 1; equal values share the mean of theirs.
fn mean_ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|a, b| values[*a].total_cmp(&values[*b]));
    let mut ranks = vec![0.0; values.len()];
    let mut start = 0;
    while start < order.len() {
        let equal = order[start..].iter().take_while(|row| values[**row] == values[order[start]]).count();
        for row in &order[start..start + equal] {
            ranks[*row] = start as f64 + 0.5 * (equal as f64 + 1.0);
        }
        start += equal;
    }
    ranks
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn ranks_share_ties() {
        assert_eq!(mean_ranks(&[30.0, 10.0, 20.0, 20.0, -0.0, 0.0]), [6.0, 3.0, 4.5, 4.5, 1.5, 1.5]);
    }

    #[test]
    fn known_coefficients() {
        fn check(x: &[f64], y: &[f64], relevance: f64, monotonicity: f64) {
            let ranked = Ranked::new(y);
            assert!((ranked.relevance(x) - relevance).abs() < 1e-12, "{}", ranked.relevance(x));
            assert!((ranked.monotonicity(x) - monotonicity).abs() < 1e-12, "{}", ranked.monotonicity(x));
        }
        let up: Vec<f64> = (1..=9).map(f64::from).collect();
        let down: Vec<f64> = up.iter().map(|x| -x).collect();
        // Without ties xi of a monotonic relation is 1 - 3 / (n + 1) = (n - 2) / (n + 1).
        check(&up, &up, 0.7, 1.0);
        check(&up, &down, 0.7, -1.0);
        check(&up, &[1.0, 9.0, 2.0, 8.0, 3.0, 7.0, 4.0, 6.0, 5.0], 0.0, 1.0 / 6.0);
        check(&[2.0; 9], &up, 0.0, 0.0);
        // Spearman with ties, by hand: ranks 1.5 1.5 3 4 and 1 2.5 2.5 4.
        check(&[1.0, 1.0, 2.0, 3.0], &[5.0, 6.0, 6.0, 7.0], 1.0 / 3.0, 3.75 / 4.5);
    }

    #[test]
    fn relevance_sees_what_is_not_monotonic() {
        let x: Vec<f64> = (0..400).map(|i| f64::from(i) / 40.0).collect();
        let y: Vec<f64> = x.iter().map(|x| (x - 5.0).powi(2)).collect();
        let ranked = Ranked::new(&y);
        assert!(ranked.relevance(&x) > 0.95 && ranked.monotonicity(&x).abs() < 0.05);
    }

    proptest! {
        #[test]
        fn coefficients_keep_their_ranges(pairs in prop::collection::vec((-5i8..5, -5i8..5), 3..40)) {
            let x: Vec<f64> = pairs.iter().map(|pair| f64::from(pair.0)).collect();
            let y: Vec<f64> = pairs.iter().map(|pair| f64::from(pair.1)).collect();
            let ranked = Ranked::new(&y);
            prop_assert!((0.0..=1.0).contains(&ranked.relevance(&x)));
            prop_assert!((-1.0..=1.0).contains(&ranked.monotonicity(&x)));
            // Ranks do not see a monotonic change of scale.
            let cubes: Vec<f64> = x.iter().map(|x| x * x * x).collect();
            prop_assert_eq!(ranked.relevance(&x).to_bits(), ranked.relevance(&cubes).to_bits());
        }
    }
}
