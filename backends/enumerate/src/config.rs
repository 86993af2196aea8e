//! [`EnumerateConfig`]: the backend's part of a study file.

use serde::{Deserialize, Serialize};

use crate::error::EnumerateError;

/// Settings of the enumerate backend.
///
/// | name | default | purpose | range |
/// |---|---|---|---|
/// | `memory_mb` | 128 | most memory of the bank of expressions, in MB | 1 to 65536 |
/// | `probe_rows` | 32 | rows at which expressions are told apart | 8 to 256 |
/// | `max_variables` | 8 | features that one round is built on; the most relevant ones are taken | 1 to 40 |
/// | `feedback` | 6 | most sub-expressions of good forms that a round takes as terminals | 0 to 40 |
///
/// ```
/// use symfolio_backend_enumerate::EnumerateConfig;
/// assert_eq!(EnumerateConfig::default().probe_rows, 32);
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct EnumerateConfig {
    /// Most memory of the bank of expressions, in MB.
    pub memory_mb: usize,
    /// Rows at which expressions are told apart.
    pub probe_rows: usize,
    /// Features that one round is built on.
    pub max_variables: usize,
    /// Most sub-expressions of good forms that a round takes as terminals.
    pub feedback: usize,
}

impl Default for EnumerateConfig {
    fn default() -> EnumerateConfig {
        EnumerateConfig { memory_mb: 128, probe_rows: 32, max_variables: 8, feedback: 6 }
    }
}

impl EnumerateConfig {
    /// Checks the ranges.
    pub(crate) fn checked(self) -> Result<EnumerateConfig, EnumerateError> {
        let settings = [
            ("memory_mb", self.memory_mb, 1..=65_536, "1 to 65536"),
            ("probe_rows", self.probe_rows, 8..=256, "8 to 256"),
            ("max_variables", self.max_variables, 1..=40, "1 to 40"),
            ("feedback", self.feedback, 0..=40, "0 to 40"),
        ];
        for (setting, value, allowed, range) in settings {
            if !allowed.contains(&value) {
                return Err(EnumerateError::OutOfRange { setting, value: value as u64, range });
            }
        }
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_out_of_range_are_named() {
        assert!(EnumerateConfig::default().checked().is_ok());
        let error = EnumerateConfig { probe_rows: 4, ..EnumerateConfig::default() }.checked().unwrap_err();
        assert_eq!(error.to_string(), "probe_rows is 4, allowed is 8 to 256; correct it in the backend's table");
    }
}
