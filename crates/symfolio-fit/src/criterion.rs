//! [`Criterion`]: what the constants of one table are fitted by, a mean over the rows or a distance between spectra.

use std::fmt;
use std::str::FromStr;

use crate::loss::{Loss, LossError};

/// What the constants of one table are fitted by.
///
/// A [`Loss`] is a mean over the rows, so it can be taken on some of them, row by row, and stopped early: all searches rely on
/// that. The Wasserstein distance belongs to a whole spectrum, and is therefore another type: [`crate::fit_wasserstein`] takes
/// it, and nothing that works by rows can be given it by mistake.
///
/// | text | criterion |
/// |---|---|
/// | `wasserstein` | [`crate::Wasserstein`] along the only feature that the expression uses |
/// | `wasserstein:COLUMN` | the same along the feature of this name |
/// | any other | the [`Loss`] of that text |
///
/// ```
/// use symfolio_fit::{Criterion, Loss};
/// let axis = "wasserstein:nu".parse::<Criterion>()?;
/// assert_eq!(axis, Criterion::Wasserstein { axis: Some("nu".to_string()) });
/// assert_eq!(axis.to_string(), "wasserstein:nu");
/// assert_eq!("mae".parse::<Criterion>()?, Criterion::Rows(Loss::AbsoluteError));
/// # Ok::<(), symfolio_fit::LossError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub enum Criterion {
    /// The mean of a loss over the rows.
    Rows(Loss),
    /// The Wasserstein-1 distance along an axis.
    Wasserstein {
        /// Name of the feature that is the axis; `None` for the only one that the expression uses.
        axis: Option<String>,
    },
}

impl Default for Criterion {
    fn default() -> Criterion {
        Criterion::Rows(Loss::SquaredError)
    }
}

impl Criterion {
    /// Is this the squared error?
    pub fn is_squared(&self) -> bool {
        *self == Criterion::Rows(Loss::SquaredError)
    }
}

impl From<Loss> for Criterion {
    fn from(loss: Loss) -> Criterion {
        Criterion::Rows(loss)
    }
}

impl fmt::Display for Criterion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Criterion::Rows(loss) => loss.fmt(f),
            Criterion::Wasserstein { axis: None } => f.write_str("wasserstein"),
            Criterion::Wasserstein { axis: Some(axis) } => write!(f, "wasserstein:{axis}"),
        }
    }
}

impl FromStr for Criterion {
    type Err = LossError;

    fn from_str(text: &str) -> Result<Criterion, LossError> {
        let (name, axis) = text.split_once(':').map_or((text, None), |(name, axis)| (name, Some(axis.trim())));
        if name.trim() != "wasserstein" {
            return text.parse().map(Criterion::Rows);
        }
        match axis {
            Some("") => Err(LossError::NoAxis),
            axis => Ok(Criterion::Wasserstein { axis: axis.map(str::to_string) }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_leads_back_to_the_same_criterion() {
        for text in ["squared", "huber:1.5", "wasserstein", "wasserstein:nu", "wasserstein:time [s]", "wasserstein:a:b"]
        {
            assert_eq!(text.parse::<Criterion>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn errors_say_what_is_missing() {
        for (text, message) in [
            ("wasserstein:", "wasserstein: names no column"),
            ("wasserstein: ", "wasserstein: names no column"),
            ("cubed", "unknown loss \"cubed\""),
            ("huber:0", "cannot use \"0\" in loss huber"),
        ] {
            let error = text.parse::<Criterion>().unwrap_err().to_string();
            assert!(error.starts_with(message), "{text}: {error}");
        }
        let error = "wasserstein:x".parse::<Loss>().unwrap_err().to_string();
        assert!(error.starts_with("the loss wasserstein is no mean over rows"), "{error}");
    }
}
