//! [`SparseConfig`]: the backend's part of a study file.

use serde::{Deserialize, Serialize};

use crate::error::SparseError;

/// Settings of the sparse backend.
///
/// | name | default | purpose | range |
/// |---|---|---|---|
/// | `max_terms` | 6 | most terms of one linear model, a constant not counted | 1 to 12 |
/// | `beam` | 16 | subsets of each size that the selection keeps; large libraries get twice as many | 1 to 64 |
/// | `max_columns` | 2500 | largest library | 50 to 20000 |
/// | `max_variables` | 10 | variables that large libraries are built on; the most relevant ones are taken | 1 to 40 |
///
/// ```
/// use symfolio_backend_sparse::SparseConfig;
/// assert_eq!(SparseConfig::default().max_terms, 6);
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SparseConfig {
    /// Most terms of one linear model, a constant not counted.
    pub max_terms: usize,
    /// Subsets of each size that the selection keeps.
    pub beam: usize,
    /// Largest library.
    pub max_columns: usize,
    /// Variables that large libraries are built on.
    pub max_variables: usize,
}

impl Default for SparseConfig {
    fn default() -> SparseConfig {
        SparseConfig { max_terms: 6, beam: 16, max_columns: 2500, max_variables: 10 }
    }
}

impl SparseConfig {
    /// More columns than the largest library of any task has: some join two lists of `max_columns`, and those whose size is
    /// fixed have 600 at most.
    pub(crate) fn columns_of_any_library(&self) -> usize {
        2 * self.max_columns.max(300)
    }

    /// Checks the ranges.
    pub(crate) fn checked(self) -> Result<SparseConfig, SparseError> {
        let settings = [
            ("max_terms", self.max_terms, 1..=12, "1 to 12"),
            ("beam", self.beam, 1..=64, "1 to 64"),
            ("max_columns", self.max_columns, 50..=20_000, "50 to 20000"),
            ("max_variables", self.max_variables, 1..=40, "1 to 40"),
        ];
        for (setting, value, allowed, range) in settings {
            if !allowed.contains(&value) {
                return Err(SparseError::OutOfRange { setting, value: value as u64, range });
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
        assert!(SparseConfig::default().checked().is_ok());
        let error = SparseConfig { beam: 0, ..SparseConfig::default() }.checked().unwrap_err();
        assert_eq!(error.to_string(), "beam is 0, allowed is 1 to 64; correct it in the backend's table");
    }
}
