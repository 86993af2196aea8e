//! [`Profile`]: what a data set is like, as plain values. `symfolio-profile` computes it.

use serde::{Deserialize, Serialize};

/// What a data set is like.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Profile {
    /// Rows of the data set.
    pub n_rows: usize,
    /// Distinct rows of the features.
    pub n_distinct: usize,
    /// One entry a feature.
    pub features: Vec<FeatureProfile>,
    /// What the target is like.
    pub target: ColumnProfile,
    /// Estimated standard deviation of the target's noise, in the target's unit; `None` where it cannot be told.
    pub noise: Option<f64>,
    /// Share of the target's variance that a linear model explains (R2 on rows held out), at most 1. In wide tables it is a model of
    /// the most relevant features only, as are the next two.
    pub linear_r2: f64,
    /// The same for a full quadratic model; `None` where there are too few rows.
    pub quadratic_r2: Option<f64>,
    /// The same for a product of powers, on the logarithms; `None` where some value is not positive.
    pub power_law_r2: Option<f64>,
    /// The same for the mean of the nearest neighbours.
    pub neighbours_r2: f64,
}

/// What a column of numbers is like.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ColumnProfile {
    /// Smallest value.
    pub min: f64,
    /// Largest value.
    pub max: f64,
    /// Mean.
    pub mean: f64,
    /// Standard deviation.
    pub deviation: f64,
    /// Number of distinct values.
    pub distinct: usize,
    /// Are all values whole numbers?
    pub whole: bool,
}

/// What a feature is like.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct FeatureProfile {
    /// The column itself.
    pub column: ColumnProfile,
    /// How much it tells of the target, 0 to 1: Chatterjee's rank correlation xi, at least 0.
    pub relevance: f64,
    /// Spearman's rank correlation with the target, -1 to 1.
    pub monotonicity: f64,
}
