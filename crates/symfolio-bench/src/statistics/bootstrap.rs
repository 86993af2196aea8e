//! [`Resamples`]: a bootstrap that draws families of problems, not problems.

use std::collections::BTreeMap;

use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

/// Draws of whole families with replacement. Problems of one family are near-duplicates: drawn one by one they would count as independent
/// evidence, and intervals would be too narrow (Davison and Hinkley 1997, section 3.8).
#[derive(Clone, Debug)]
pub struct Resamples {
    /// How often each problem is drawn, one list a resample.
    counts: Vec<Vec<u32>>,
}

impl Resamples {
    /// `n` resamples of problems with these families, drawn from `seed`.
    pub fn draw(seed: u64, families: &[&str], n: usize) -> Resamples {
        let mut members: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        families.iter().enumerate().for_each(|(at, family)| members.entry(family).or_default().push(at));
        let members: Vec<Vec<usize>> = members.into_values().collect();
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let counts = (0..n)
            .map(|_| {
                let mut counts = vec![0; families.len()];
                for _ in 0..members.len() {
                    members[rng.random_range(0..members.len())].iter().for_each(|at| counts[*at] += 1);
                }
                counts
            })
            .collect();
        Resamples { counts }
    }

    /// The mean of `values`, one a problem, in each resample.
    pub fn means(&self, values: &[f64]) -> Vec<f64> {
        self.means_of_known(&values.iter().copied().map(Some).collect::<Vec<_>>())
    }

    /// The mean of those values that there are, in each resample; NaN where it draws none of them.
    pub fn means_of_known(&self, values: &[Option<f64>]) -> Vec<f64> {
        let mean = |counts: &Vec<u32>| {
            let known = counts.iter().zip(values).filter_map(|(count, value)| Some((f64::from(*count), (*value)?)));
            let (total, sum) =
                known.fold((0.0, 0.0), |(total, sum), (count, value)| (total + count, sum + count * value));
            sum / total
        };
        self.counts.iter().map(mean).collect()
    }
}

/// The value below which a share `p` of `values` lies, interpolated (type 7 of Hyndman and Fan 1996); NaN of nothing.
pub fn quantile(values: &[f64], p: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let Some(last) = sorted.len().checked_sub(1) else { return f64::NAN };
    let at = p * last as f64;
    let (below, share) = (at.floor() as usize, at.fract());
    let (low, high) = (sorted[below], sorted[(below + 1).min(last)]);
    // Infinite values have no difference.
    if share == 0.0 || low == high { low } else { low + share * (high - low) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_interpolated() {
        let values = [3.0, 1.0, 2.0, 4.0];
        for (p, expect) in [(0.0, 1.0), (0.5, 2.5), (1.0, 4.0), (0.25, 1.75)] {
            assert_eq!(quantile(&values, p), expect);
        }
        assert!(quantile(&[], 0.5).is_nan());
        assert_eq!(quantile(&[f64::NEG_INFINITY, f64::NEG_INFINITY, 1.0], 0.5), f64::NEG_INFINITY);
    }

    #[test]
    fn families_are_drawn_whole() {
        let families = ["a", "a", "b", "a", "c"];
        let resamples = Resamples::draw(1, &families, 200);
        assert!(resamples.counts.iter().all(|counts| counts[0] == counts[1] && counts[1] == counts[3]));
        assert!(resamples.counts.iter().all(|counts| counts[0] + counts[2] + counts[4] == 3));
        // What is not known counts for nothing, and where only that was drawn there is no mean.
        let known = resamples.means_of_known(&[Some(1.0), Some(3.0), None, None, None]);
        assert!(known.iter().zip(&resamples.counts).all(|(mean, counts)| match counts[0] {
            0 => mean.is_nan(),
            _ => *mean == 2.0,
        }));
        assert!(known.iter().any(|mean| mean.is_nan()));
        // The same mean everywhere has no interval.
        assert!(resamples.means(&[2.0; 5]).iter().all(|mean| *mean == 2.0));
        // One family alone cannot vary.
        let alone = Resamples::draw(1, &["a", "a"], 50).means(&[0.0, 1.0]);
        assert!(alone.iter().all(|mean| *mean == 0.5));
    }

    #[test]
    fn the_spread_of_the_mean_is_that_of_theory() {
        // 100 families with values 0 and 1 in equal numbers: the mean's standard error is 0.05.
        let names: Vec<String> = (0..100).map(|at| at.to_string()).collect();
        let families: Vec<&str> = names.iter().map(String::as_str).collect();
        let values: Vec<f64> = (0..100).map(|at| f64::from(at % 2)).collect();
        let means = Resamples::draw(3, &families, 2000).means(&values);
        let width = quantile(&means, 0.975) - quantile(&means, 0.025);
        assert!((width - 2.0 * 1.96 * 0.05).abs() < 0.02, "{width}");
    }
}
