//! [`Loss`]: how far values are from the target.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use symfolio_expr::{Program, math};

use crate::data::{FitData, Workspace};
use crate::work::Work;

/// How far values are from the target: the (weighted) mean over the rows of a function of the residual
/// `r = target - value`. Lower is better; 0 is a perfect fit.
///
/// | text | function of r |
/// |---|---|
/// | `squared` | `r^2` |
/// | `mae` | `abs(r)` |
/// | `huber:D` | `r^2 / 2` where `abs(r) <= D`, else `D (abs(r) - D / 2)`; `D > 0` |
/// | `log-cosh` | `log(cosh(r))` |
/// | `quantile:Q` | `Q r` where `r >= 0`, else `(Q - 1) r`; `0 < Q < 1` |
///
/// The text form is what configuration files hold:
/// ```
/// use symfolio_fit::Loss;
/// let loss: Loss = "huber:1.5".parse()?;
/// assert_eq!(loss, Loss::Huber { delta: 1.5 });
/// assert_eq!(loss.to_string(), "huber:1.5");
/// assert_eq!(loss.of(-3.0), 1.5 * (3.0 - 0.75));
/// # Ok::<(), symfolio_fit::LossError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Loss {
    /// The square of the residual; its minimum estimates the mean.
    #[default]
    SquaredError,
    /// The residual's absolute value; its minimum estimates the median.
    AbsoluteError,
    /// Squared near 0 and absolute far from it (Huber 1964).
    Huber {
        /// Where the change is, in units of the target; above 0.
        delta: f64,
    },
    /// A smooth blend of squared and absolute error.
    LogCosh,
    /// The pinball loss (Koenker and Bassett 1978); its minimum estimates a quantile.
    Quantile {
        /// Which quantile, above 0 and below 1.
        q: f64,
    },
}

/// Why text is not a [`Loss`].
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum LossError {
    /// No loss has this name.
    #[error("unknown loss {0:?}; expected squared, mae, huber:DELTA, log-cosh or quantile:Q")]
    Unknown(String),
    /// A distance between spectra where a mean over rows is needed.
    #[error(
        "the loss wasserstein is no mean over rows, which this needs; use squared, mae, huber:DELTA, log-cosh or quantile:Q \
         here, and wasserstein for the constants of a form in one table (fit-constants)"
    )]
    NotByRows,
    /// A colon without a column behind it.
    #[error(
        "wasserstein: names no column; write wasserstein:COLUMN, or wasserstein for the only column of the formula"
    )]
    NoAxis,
    /// The number behind the colon is missing or out of range.
    #[error("cannot use {value:?} in loss {loss}; expected a number {range}")]
    BadNumber {
        /// Name of the loss.
        loss: &'static str,
        /// What was given.
        value: String,
        /// What is allowed.
        range: &'static str,
    },
}

impl Loss {
    /// The loss of one row with the given residual (target minus value).
    pub fn of(self, residual: f64) -> f64 {
        match self {
            Loss::SquaredError => residual * residual,
            Loss::AbsoluteError => residual.abs(),
            Loss::Huber { delta } => {
                let size = residual.abs();
                if size <= delta { 0.5 * residual * residual } else { delta * (size - 0.5 * delta) }
            }
            Loss::LogCosh => log_cosh(residual),
            Loss::Quantile { q } => {
                if residual >= 0.0 {
                    q * residual
                } else {
                    (q - 1.0) * residual
                }
            }
        }
    }

    /// The loss of `values`, a weighted mean over the rows; infinite where a value is not finite, where there are no
    /// rows and where all weights are 0.
    ///
    /// # Panics
    /// Where the slices have different lengths.
    pub fn mean(self, values: &[f64], target: &[f64], weights: Option<&[f64]>) -> f64 {
        assert_eq!(values.len(), target.len(), "one value a row");
        let (sum, total) = match weights {
            None => (self.sum(values, target, None), target.len() as f64),
            Some(weights) => (self.sum(values, target, Some(weights)), weights.iter().sum()),
        };
        finite_mean(sum, total)
    }

    /// Sum over the rows, not divided.
    pub(crate) fn sum(self, values: &[f64], target: &[f64], weights: Option<&[f64]>) -> f64 {
        // One loop a loss, so that the choice is not made row by row.
        match self {
            Loss::SquaredError => rows(values, target, weights, |r| r * r),
            Loss::AbsoluteError => rows(values, target, weights, f64::abs),
            other => rows(values, target, weights, |r| other.of(r)),
        }
    }

    /// Is this the squared error, for which linear constants have an exact solution?
    pub(crate) fn is_squared(self) -> bool {
        self == Loss::SquaredError
    }
}

/// `log(cosh(r))` without overflow.
fn log_cosh(residual: f64) -> f64 {
    let size = residual.abs();
    if size < 0.02 {
        // The logarithm of a number near 1 would lose digits; the series is exact to rounding here.
        let square = size * size;
        return square * (0.5 - square * (1.0 / 12.0 - square * (1.0 / 45.0 - square * 17.0 / 2520.0)));
    }
    size + math::log(0.5 * (1.0 + math::exp(-2.0 * size)))
}

fn finite_mean(sum: f64, total: f64) -> f64 {
    let mean = sum / total;
    if total > 0.0 && mean.is_finite() { mean } else { f64::INFINITY }
}

/// Sums `f(target - value)` in eight lanes, in an order that does not depend on the machine.
#[inline(always)]
fn rows(values: &[f64], target: &[f64], weights: Option<&[f64]>, f: impl Fn(f64) -> f64) -> f64 {
    let mut lanes = [0.0; 8];
    let (value_chunks, value_rest) = values.as_chunks::<8>();
    let (target_chunks, target_rest) = target.as_chunks::<8>();
    match weights {
        None => {
            for (values, target) in value_chunks.iter().zip(target_chunks) {
                for lane in 0..8 {
                    lanes[lane] += f(target[lane] - values[lane]);
                }
            }
            for (lane, (value, target)) in value_rest.iter().zip(target_rest).enumerate() {
                lanes[lane] += f(target - value);
            }
        }
        Some(weights) => {
            let (weight_chunks, weight_rest) = weights.as_chunks::<8>();
            for ((values, target), weights) in value_chunks.iter().zip(target_chunks).zip(weight_chunks) {
                for lane in 0..8 {
                    lanes[lane] += weights[lane] * f(target[lane] - values[lane]);
                }
            }
            for (lane, ((value, target), weight)) in value_rest.iter().zip(target_rest).zip(weight_rest).enumerate() {
                lanes[lane] += weight * f(target - value);
            }
        }
    }
    lanes.iter().sum()
}

/// The loss of an expression at `params`, and the work that it took.
///
/// Evaluation and loss are one pass without a vector of predictions; it stops at the first block of rows that has a
/// value that is not finite, and the loss is then infinite.
///
/// # Panics
/// As [`Program::blocks`], and where target or weights have another length than the columns.
pub fn loss_of(
    program: &Program,
    params: &[f64],
    data: &FitData<'_>,
    loss: Loss,
    workspace: &mut Workspace,
) -> (f64, u64) {
    data.check();
    let mut work = Work::with_limit(u64::MAX);
    let value = measure(program, params, data, loss, workspace, &mut work);
    (value, work.spent)
}

/// [`loss_of`] that adds to `work`.
pub(crate) fn measure(
    program: &Program,
    params: &[f64],
    data: &FitData<'_>,
    loss: Loss,
    workspace: &mut Workspace,
    work: &mut Work,
) -> f64 {
    let mut sum = 0.0;
    let mut n_seen = 0;
    program.blocks(params, data.columns, &mut workspace.scratch, |start, values| {
        let range = start..start + values.len();
        sum += loss.sum(values, &data.target[range.clone()], data.weights.map(|weights| &weights[range]));
        n_seen = start + values.len();
        f64::is_finite(sum)
    });
    work.evaluation(program, n_seen);
    finite_mean(sum, data.total_weight())
}

impl fmt::Display for Loss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Loss::SquaredError => f.write_str("squared"),
            Loss::AbsoluteError => f.write_str("mae"),
            Loss::Huber { delta } => write!(f, "huber:{delta}"),
            Loss::LogCosh => f.write_str("log-cosh"),
            Loss::Quantile { q } => write!(f, "quantile:{q}"),
        }
    }
}

impl FromStr for Loss {
    type Err = LossError;

    fn from_str(text: &str) -> Result<Loss, LossError> {
        let (name, number) = text.split_once(':').map_or((text, None), |(name, number)| (name, Some(number)));
        let read = |loss: &'static str, range: &'static str, allowed: fn(f64) -> bool| {
            let value = number.unwrap_or_default();
            match value.trim().parse::<f64>() {
                Ok(number) if number.is_finite() && allowed(number) => Ok(number),
                _ => Err(LossError::BadNumber { loss, value: value.to_string(), range }),
            }
        };
        match name.trim() {
            "squared" | "mse" if number.is_none() => Ok(Loss::SquaredError),
            "mae" | "absolute" if number.is_none() => Ok(Loss::AbsoluteError),
            "log-cosh" if number.is_none() => Ok(Loss::LogCosh),
            "huber" => Ok(Loss::Huber { delta: read("huber", "above 0, as in huber:1.5", |number| number > 0.0)? }),
            "quantile" => {
                let allowed = |number| number > 0.0 && number < 1.0;
                Ok(Loss::Quantile { q: read("quantile", "above 0 and below 1, as in quantile:0.9", allowed)? })
            }
            "wasserstein" => Err(LossError::NotByRows),
            _ => Err(LossError::Unknown(text.to_string())),
        }
    }
}

impl TryFrom<String> for Loss {
    type Error = LossError;

    fn try_from(text: String) -> Result<Loss, LossError> {
        text.parse()
    }
}

impl From<Loss> for String {
    fn from(loss: Loss) -> String {
        loss.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_leads_back_to_the_same_loss() {
        for text in ["squared", "mae", "huber:1.5", "log-cosh", "quantile:0.9"] {
            assert_eq!(text.parse::<Loss>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn errors_name_what_is_allowed() {
        for (text, message) in [
            ("cubed", "unknown loss \"cubed\"; expected squared, mae"),
            ("squared:2", "unknown loss \"squared:2\""),
            ("huber", "cannot use \"\" in loss huber; expected a number above 0"),
            ("huber:-1", "cannot use \"-1\" in loss huber"),
            ("quantile:1", "cannot use \"1\" in loss quantile; expected a number above 0 and below 1"),
            ("quantile:nan", "cannot use \"nan\" in loss quantile"),
        ] {
            let error = text.parse::<Loss>().unwrap_err().to_string();
            assert!(error.starts_with(message), "{text}: {error}");
        }
    }

    #[test]
    fn each_loss_of_two_residuals() {
        for (text, at_minus_2, at_half) in [
            ("squared", 4.0, 0.25),
            ("mae", 2.0, 0.5),
            ("huber:1", 1.5, 0.125),
            ("log-cosh", 1.325_002_747_357_86, 0.120_114_506_958_2),
            ("quantile:0.9", 0.2, 0.45),
        ] {
            let loss: Loss = text.parse().unwrap();
            assert!((loss.of(-2.0) - at_minus_2).abs() < 1e-12, "{text}: {}", loss.of(-2.0));
            assert!((loss.of(0.5) - at_half).abs() < 1e-12, "{text}: {}", loss.of(0.5));
        }
        assert!((Loss::LogCosh.of(0.02) - Loss::LogCosh.of(0.02 - 1e-12)).abs() < 1e-13);
    }

    #[test]
    fn a_mean_counts_weights_and_refuses_nan() {
        let loss = Loss::SquaredError;
        let values: Vec<f64> = (0..11).map(f64::from).collect();
        let target = vec![0.0; 11];
        assert_eq!(loss.mean(&values, &target, None), 35.0);
        let mut weights = vec![0.0; 11];
        (weights[3], weights[9]) = (1.0, 3.0);
        assert_eq!(loss.mean(&values, &target, Some(&weights)), (9.0 + 3.0 * 81.0) / 4.0);
        assert_eq!(loss.mean(&[f64::NAN, 1.0], &[0.0, 0.0], None), f64::INFINITY);
        assert_eq!(loss.mean(&[], &[], None), f64::INFINITY);
    }
}
