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
    /// The same for trees, on rows that each of them has not seen.
    pub trees_r2: f64,
    /// The same for a sparse quadratic model (elastic net), which can be had with fewer rows than terms; `None` below 20 rows.
    pub sparse_r2: Option<f64>,
    /// The same for a sum of polynomials of one feature each: near 1 where the target is additively separable.
    pub additive_r2: Option<f64>,
    /// The same for a product of positive functions of one feature each; `None` where the target has zeros or both signs.
    pub multiplicative_r2: Option<f64>,
    /// Pairs of features that the target seems to depend on through one combination only, the clearest first.
    pub symmetries: Vec<Symmetry>,
    /// The feature that grows from row to row, if there is one: the rows may be a series in time.
    pub series: Option<usize>,
    /// Correlation of the target with itself one row before, -1 to 1: near 1 in a series, near 0 in rows without order.
    pub autocorrelation: f64,
}

/// Two features that the target seems to depend on through one combination only.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Symmetry {
    /// The features by position, the smaller one first.
    pub features: (usize, usize),
    /// How they are combined.
    pub combination: Combination,
    /// How much more of the target's variance neighbours explain with the combination in place of the two, as a share of what
    /// they left unexplained; above 0.
    pub gain: f64,
}

/// A combination of two features.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Combination {
    /// `a - b`: shifting both changes nothing.
    Difference,
    /// `a + b`.
    Sum,
    /// `a / b`: scaling both changes nothing.
    Ratio,
    /// `a * b`.
    Product,
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
    /// Share of the target's variance that smooth curves leave and one sinusoid of this feature explains, beyond chance; 0 to 1.
    pub periodicity: f64,
    /// Exponent of this feature in the power law that fits best; `None` where some value is not positive.
    pub log_slope: Option<f64>,
}
