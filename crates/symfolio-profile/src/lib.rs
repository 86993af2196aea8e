//! What a data set is like: size, noise, relevance, shape.
//!
//! [`profile`] fills in a [`Profile`], [`describe`] puts it into words. Pure and deterministic: column facts come from
//! all rows, the costly figures from a fixed sample of at most [`SAMPLE`] rows, so that a million rows take little longer than
//! ten thousand. What grows faster than the number of features is capped: landmarks are solved over the most relevant features
//! that fit into a fixed number of products (157 of them for [`SAMPLE`] rows), and neighbours are looked for, and planes laid
//! through them, around fewer rows the more features there are.
//!
//! ```
//! use symfolio_core::{Column, Dataset};
//! let x: Vec<f64> = (1..=100).map(f64::from).collect();
//! let y: Vec<f64> = x.iter().map(|x| 3.0 * x * x).collect();
//! let data = Dataset::new("squares", vec![Column::new("x", x)], Column::new("y", y), None)?;
//! let profile = symfolio_profile::profile(&data);
//! assert!(profile.quadratic_r2.is_some_and(|r2| r2 > 0.999999));
//! assert!(profile.linear_r2 < 0.95);
//! # Ok::<(), symfolio_core::DatasetError>(())
//! ```

mod column;
mod describe;
mod landmarks;
mod neighbours;
mod noise;
mod periodicity;
mod ranks;
mod sample;
mod separability;
mod series;
mod sparse;
mod symmetry;
#[cfg(test)]
mod testing;
mod trees;
mod units;

pub use describe::describe;
pub use units::describe_units;

use symfolio_core::{Dataset, FeatureProfile, Profile, Table};

/// Most rows that the costly figures are taken from.
pub const SAMPLE: usize = 4000;

/// What `dataset` is like.
///
/// Ranks, landmarks, neighbours and noise come from a sample of at most [`SAMPLE`] rows that depends on the number of rows only.
pub fn profile(dataset: &Dataset) -> Profile {
    let rows = sample::scattered(dataset.n_rows(), SAMPLE);
    let table = Table::gather(dataset, &rows);
    let target = ranks::Ranked::new(&table.target);
    let mut features: Vec<FeatureProfile> = dataset
        .features()
        .iter()
        .enumerate()
        .map(|(index, column)| FeatureProfile {
            column: column::profile(&column.values),
            relevance: target.relevance(table.feature(index)),
            monotonicity: target.monotonicity(table.feature(index)),
            ..FeatureProfile::default()
        })
        .collect();
    let by_relevance = most_relevant(&features);
    let facts = column::profile(&dataset.target().values);
    let scaled = landmarks::standardised(&table.target);
    let landmarks = landmarks::measure(&table, &scaled, &by_relevance);
    let near = neighbours::measure(&table, &scaled, &by_relevance);
    for (feature, strength) in features.iter_mut().zip(periodicity::measure(&table, &scaled, &by_relevance)) {
        feature.periodicity = strength;
    }
    for (index, slope) in &landmarks.exponents {
        features[*index].log_slope = Some(*slope);
    }
    let (series, autocorrelation) = series::measure(dataset);
    Profile {
        n_rows: dataset.n_rows(),
        n_distinct: column::distinct_rows(dataset),
        features,
        noise: noise::estimate(&landmarks, &near).map(|share| share * facts.deviation),
        target: facts,
        linear_r2: landmarks.linear,
        quadratic_r2: landmarks.quadratic,
        power_law_r2: landmarks.power_law,
        neighbours_r2: near.r2,
        trees_r2: trees::measure(&table, &scaled, &by_relevance),
        sparse_r2: sparse::measure(&table, &scaled, &by_relevance),
        additive_r2: separability::additive(&table, &scaled, &by_relevance),
        multiplicative_r2: separability::multiplicative(&table, &by_relevance),
        symmetries: symmetry::measure(&table, &scaled, &by_relevance),
        series,
        autocorrelation,
    }
}

/// Features that vary, the most relevant first.
fn most_relevant(features: &[FeatureProfile]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..features.len()).filter(|i| features[*i].column.distinct > 1).collect();
    let strength = |i: &usize| features[*i].relevance.max(features[*i].monotonicity.powi(2));
    order.sort_by(|a, b| strength(b).total_cmp(&strength(a)).then(a.cmp(b)));
    order
}

#[cfg(test)]
mod tests;
