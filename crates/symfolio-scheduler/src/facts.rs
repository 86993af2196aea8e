//! [`facts`]: a profile as numbers of comparable size.

use symfolio_core::Profile;
use symfolio_expr::math;

/// The names of the [`facts`], in their order.
pub const FACTS: &[&str] = &[
    "rows",
    "features",
    "noise",
    "noise known",
    "linear",
    "quadratic",
    "power law",
    "neighbours",
    "trees",
    "sparse quadratic",
    "additive",
    "multiplicative",
    "periodicity",
    "relevant features",
    "symmetries",
    "series",
    "whole-numbered features",
    "repeated rows",
];

/// A profile as numbers of comparable size, in the order of [`FACTS`]: counts as decimal logarithms, shares of variance from -1 to 1,
/// or, where they cannot be had, -1. The noise is a decimal logarithm of its share of the target's deviation, at least -4.
pub fn facts(profile: &Profile) -> Vec<f64> {
    let n = profile.features.len().max(1) as f64;
    let share = |r2: Option<f64>| r2.unwrap_or(-1.0);
    let log10 = |value: f64| math::log(value) / std::f64::consts::LN_10;
    let deviation = profile.target.deviation.max(f64::MIN_POSITIVE);
    let noise = profile.noise.map(|noise| log10((noise / deviation).clamp(1e-4, 1.0)));
    let flag = |is: bool| f64::from(u8::from(is));
    let count = |of: &dyn Fn(&symfolio_core::FeatureProfile) -> bool| {
        profile.features.iter().filter(|feature| of(feature)).count() as f64
    };
    vec![
        log10(profile.n_rows.max(1) as f64),
        log10(n),
        // Between no noise and as much as the target varies, where it cannot be told.
        noise.unwrap_or(-2.0),
        flag(noise.is_some()),
        profile.linear_r2,
        share(profile.quadratic_r2),
        share(profile.power_law_r2),
        profile.neighbours_r2,
        profile.trees_r2,
        share(profile.sparse_r2),
        share(profile.additive_r2),
        share(profile.multiplicative_r2),
        profile.features.iter().map(|feature| feature.periodicity).fold(0.0, f64::max),
        count(&|feature| feature.relevance > 0.05 || feature.monotonicity.abs() > 0.1) / n,
        flag(!profile.symmetries.is_empty()),
        flag(profile.series.is_some() || profile.autocorrelation > 0.7),
        count(&|feature| feature.column.whole) / n,
        1.0 - profile.n_distinct as f64 / profile.n_rows.max(1) as f64,
    ]
}

/// Position in [`FACTS`] of those that are decimal logarithms.
const LOGARITHMS: [usize; 3] = [0, 1, 2];

/// The value of a fact, by its position in [`FACTS`], as people say it: a count in place of its logarithm, and a share of the deviation.
pub(crate) fn plain(fact: usize, value: f64) -> f64 {
    if LOGARITHMS.contains(&fact) { math::exp(value * std::f64::consts::LN_10) } else { value }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_a_name_for_every_fact_and_all_are_finite() {
        for profile in [Profile::default(), Profile { n_rows: 1000, noise: Some(0.0), ..Profile::default() }] {
            let facts = facts(&profile);
            assert_eq!(facts.len(), FACTS.len());
            assert!(facts.iter().all(|fact| fact.is_finite()), "{facts:?}");
        }
    }

    #[test]
    fn counts_are_told_as_counts() {
        let facts = facts(&Profile { n_rows: 1000, ..Profile::default() });
        assert!((plain(0, facts[0]) - 1000.0).abs() < 1e-9 && plain(4, 0.5) == 0.5);
    }
}
