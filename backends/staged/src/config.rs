//! [`StagedConfig`]: the backend's part of a study file.

use serde::{Deserialize, Serialize};

use crate::error::StagedError;

/// Settings of the staged backend.
///
/// | name | default | purpose | range |
/// |---|---|---|---|
/// | `points` | 60 | points at which a slice of one input is asked for | 10 to 1000 |
/// | `steps` | 24 | values of a new input at which constants are fitted anew | 8 to 200 |
/// | `moving` | 3 | most constants that may move with a new input | 1 to 5 |
/// | `inputs` | 12 | most inputs that are freed; those of the largest effects | 1 to 50 |
/// | `forms` | 3 | formulas of each part that are tried | 1 to 20 |
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[allow(missing_docs, reason = "the table above documents each setting")]
pub struct StagedConfig {
    pub points: usize,
    pub steps: usize,
    pub moving: usize,
    pub inputs: usize,
    pub forms: usize,
}

impl Default for StagedConfig {
    fn default() -> StagedConfig {
        StagedConfig { points: 60, steps: 24, moving: 3, inputs: 12, forms: 3 }
    }
}

impl StagedConfig {
    /// The same settings.
    ///
    /// # Errors
    /// [`StagedError::OutOfRange`] names the first one that is out of its range.
    pub(crate) fn checked(self) -> Result<StagedConfig, StagedError> {
        for (setting, value, (low, high), range) in [
            ("points", self.points, (10, 1000), "10 to 1000"),
            ("steps", self.steps, (8, 200), "8 to 200"),
            ("moving", self.moving, (1, 5), "1 to 5"),
            ("inputs", self.inputs, (1, 50), "1 to 50"),
            ("forms", self.forms, (1, 20), "1 to 20"),
        ] {
            if !(low..=high).contains(&value) {
                return Err(StagedError::OutOfRange { setting, value: value as u64, range });
            }
        }
        Ok(self)
    }
}
