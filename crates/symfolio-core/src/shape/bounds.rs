//! [`Bounds`]: the least and the greatest value that a formula may have.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The least and the greatest value that a formula may have; written `0:10`, `0:` or `:10`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Bounds {
    /// The least value, in the target's unit; `None` for no bound.
    pub lower: Option<f64>,
    /// The greatest value; not below the least.
    pub upper: Option<f64>,
}

/// Why a text gives no bounds.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[allow(missing_docs, reason = "the messages say it")]
pub enum BoundsError {
    #[error("the bounds {text:?} have no colon; write least:greatest such as 0:10, or 0: or :10 for one of them")]
    NoColon { text: String },
    #[error("the bounds {text:?}: cannot read the number {part:?}; write least:greatest such as 0:10")]
    Number { text: String, part: String },
    #[error("the bounds {text:?} name no number; write 0: for values that are never negative")]
    Empty { text: String },
    #[error("the bounds {text:?}: no value is above {lower} and below {upper}; exchange the two")]
    Reversed { text: String, lower: f64, upper: f64 },
}

impl FromStr for Bounds {
    type Err = BoundsError;

    fn from_str(text: &str) -> Result<Bounds, BoundsError> {
        let (lower, upper) = text.split_once(':').ok_or_else(|| BoundsError::NoColon { text: text.into() })?;
        let end = |part: &str| match part.trim() {
            "" => Ok(None),
            number => number
                .parse()
                .ok()
                .filter(|value: &f64| value.is_finite())
                .map(Some)
                .ok_or_else(|| BoundsError::Number { text: text.into(), part: number.into() }),
        };
        let bounds = Bounds { lower: end(lower)?, upper: end(upper)? };
        match (bounds.lower, bounds.upper) {
            (None, None) => Err(BoundsError::Empty { text: text.into() }),
            (Some(lower), Some(upper)) if lower >= upper => {
                Err(BoundsError::Reversed { text: text.into(), lower, upper })
            }
            _ => Ok(bounds),
        }
    }
}

impl fmt::Display for Bounds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let end = |end: Option<f64>| end.map_or_else(String::new, |value| value.to_string());
        write!(f, "{}:{}", end(self.lower), end(self.upper))
    }
}

impl TryFrom<String> for Bounds {
    type Error = BoundsError;

    fn try_from(text: String) -> Result<Bounds, BoundsError> {
        text.parse()
    }
}

impl From<Bounds> for String {
    fn from(bounds: Bounds) -> String {
        bounds.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_read_and_print() {
        for (text, lower, upper) in [
            ("0:10", Some(0.0), Some(10.0)),
            (" -1.5 : 2e3 ", Some(-1.5), Some(2000.0)),
            ("0:", Some(0.0), None),
            (":-3", None, Some(-3.0)),
        ] {
            let bounds: Bounds = text.parse().unwrap();
            assert_eq!(bounds, Bounds { lower, upper }, "{text}");
            assert_eq!(bounds.to_string().parse(), Ok(bounds));
        }
        for (text, told) in [
            ("3", "no colon"),
            (":", "name no number"),
            ("a:3", "cannot read the number \"a\""),
            ("0:inf", "cannot read the number \"inf\""),
            ("3:1", "no value is above 3 and below 1"),
            ("1:1", "exchange"),
        ] {
            let error = text.parse::<Bounds>().unwrap_err().to_string();
            assert!(error.contains(told), "{text}: {error}");
        }
    }
}
