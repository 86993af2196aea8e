//! [`ConstantsError`]: why the constants of a formula cannot be fitted.

use symfolio_fit::{Criterion, WassersteinError};

/// Why the constants of a formula cannot be fitted.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ConstantsError {
    /// Bounds or a start for a constant that the formula does not have.
    #[error("the formula has no constant {name}; it has {known}")]
    UnknownConstant {
        /// The name.
        name: String,
        /// The constants it has.
        known: String,
    },
    /// Bounds that leave nothing between them.
    #[error("the bounds of {name} are {low} to {high}; the lower one comes first")]
    Bounds {
        /// The constant.
        name: String,
        /// The lower bound.
        low: f64,
        /// The upper bound.
        high: f64,
    },
    /// Bounds that are the same infinity.
    #[error(
        "the bounds of {name} are both {bound}, and no number lies there; give at least one that is finite, as in 0:"
    )]
    InfiniteBounds {
        /// The constant.
        name: String,
        /// Both bounds.
        bound: f64,
    },
    /// Numbers whose squares are beyond what numbers hold.
    #[error(
        "{what} is {value:e}, and squares of such numbers are beyond what a computer's numbers hold; take other units"
    )]
    Scale {
        /// What is too large or too small.
        what: &'static str,
        /// Its value.
        value: f64,
    },
    /// A group whose rows do not count.
    #[error("all rows of the group {group:?} have weight 0, so nothing is known of its constants; leave the group out")]
    WeightlessGroup {
        /// The group.
        group: String,
    },
    /// A start that is no number, or out of bounds.
    #[error("the start of {name} is {value}, which does not lie within {low} to {high}")]
    Start {
        /// The constant.
        name: String,
        /// Where it was to begin.
        value: f64,
        /// Its lower bound.
        low: f64,
        /// Its upper bound.
        high: f64,
    },
    /// A constant that is to be shared and is not in the formula.
    #[error("--shared names {name}, and the formula has no such constant; it has {known}")]
    UnknownShared {
        /// The name.
        name: String,
        /// The constants it has.
        known: String,
    },
    /// Profile intervals of another loss than the squared error.
    #[error(
        "profile intervals are those of the squared error, and the loss is {loss}; use --loss squared or --intervals delta"
    )]
    ProfileLoss {
        /// The loss.
        loss: Criterion,
    },
    /// A distance of spectra for several groups.
    #[error(
        "the loss wasserstein is for one table, and there are groups; use squared, mae, huber:DELTA, log-cosh or quantile:Q, \
         or fit each group by itself"
    )]
    GroupedSpectra,
    /// A distance of spectra along an axis that is not clear.
    #[error("the loss wasserstein needs the axis of the spectrum: write wasserstein:COLUMN with one of {known}")]
    Axis {
        /// The features.
        known: String,
    },
    /// The table is no spectrum.
    #[error(transparent)]
    Spectrum(#[from] WassersteinError),
    /// Groups without a second one.
    #[error("there is one group only, {group:?}; give rows of at least two groups, or leave out --group")]
    OneGroup {
        /// The group.
        group: String,
    },
    /// The formula has no finite value on some row, whatever the constants that were tried.
    #[error(
        "the formula is {value} at {at} (complete row {row} of the table, counted from 1); \
         leave such rows out, or take a formula that is defined there"
    )]
    Undefined {
        /// The first such row, from 1, among those with no cell missing.
        row: usize,
        /// The columns that the formula uses, and the constants tried last, with their values there.
        at: String,
        /// The value: NaN or an infinity.
        value: f64,
    },
}
