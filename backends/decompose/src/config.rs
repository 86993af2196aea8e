//! [`DecomposeConfig`]: the backend's part of a study file.

use serde::{Deserialize, Serialize};

use crate::error::DecomposeError;

/// Settings of the decompose backend.
///
/// | name | default | purpose | range |
/// |---|---|---|---|
/// | `rows` | 200 | most rows that a surrogate is fitted to; work grows with its cube | 10 to 2000 |
/// | `rounds` | 30 | rounds of fitting the first surrogates | 1 to 1000 |
/// | `trials` | 12 | most hypotheses that are weighed, each by a surrogate of its own | 0 to 1000 |
/// | `forms` | 4 | formulas of each part that are put together with those of the others | 1 to 50 |
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[allow(missing_docs, reason = "the table above documents each setting")]
pub struct DecomposeConfig {
    pub rows: usize,
    pub rounds: u32,
    pub trials: usize,
    pub forms: usize,
}

impl Default for DecomposeConfig {
    fn default() -> DecomposeConfig {
        DecomposeConfig { rows: 200, rounds: 30, trials: 12, forms: 4 }
    }
}

impl DecomposeConfig {
    /// The same settings.
    ///
    /// # Errors
    /// [`DecomposeError::OutOfRange`] names the first one that is out of its range.
    pub(crate) fn checked(self) -> Result<DecomposeConfig, DecomposeError> {
        let within = |setting: &'static str, value: u64, (low, high): (u64, u64), range: &'static str| {
            if (low..=high).contains(&value) {
                Ok(())
            } else {
                Err(DecomposeError::OutOfRange { setting, value, range })
            }
        };
        within("rows", self.rows as u64, (10, 2000), "10 to 2000")?;
        within("rounds", u64::from(self.rounds), (1, 1000), "1 to 1000")?;
        within("trials", self.trials as u64, (0, 1000), "0 to 1000")?;
        within("forms", self.forms as u64, (1, 50), "1 to 50")?;
        Ok(self)
    }
}
