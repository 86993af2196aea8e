//! [`EgraphConfig`]: the backend's part of a study file.

use serde::{Deserialize, Serialize};

use crate::error::EgraphError;

/// Settings of the egraph backend.
///
/// | name | default | purpose | range |
/// |---|---|---|---|
/// | `iterations` | 8 | rounds of rewriting of one expression | 0 to 50 |
/// | `nodes` | 1000 | nodes of the graph of equal forms | 0 to 100000 |
/// | `equivalents` | 3 | equal forms of each candidate whose neighbours are tried, the simplest one included | 1 to 50 |
/// | `neighbours` | 200 | most neighbours of one candidate that are measured | 0 to 100000 |
///
/// ```
/// use symfolio_backend_egraph::EgraphConfig;
/// assert_eq!(EgraphConfig::default().nodes, 1000);
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct EgraphConfig {
    /// Rounds of rewriting of one expression.
    pub iterations: usize,
    /// Nodes of the graph of equal forms.
    pub nodes: usize,
    /// Equal forms of each candidate whose neighbours are tried.
    pub equivalents: usize,
    /// Most neighbours of one candidate that are measured.
    pub neighbours: usize,
}

impl Default for EgraphConfig {
    fn default() -> EgraphConfig {
        EgraphConfig { iterations: 8, nodes: 1000, equivalents: 3, neighbours: 200 }
    }
}

impl EgraphConfig {
    /// Checks the ranges.
    pub(crate) fn checked(self) -> Result<EgraphConfig, EgraphError> {
        let settings = [
            ("iterations", self.iterations, 0..=50, "0 to 50"),
            ("nodes", self.nodes, 0..=100_000, "0 to 100000"),
            ("equivalents", self.equivalents, 1..=50, "1 to 50"),
            ("neighbours", self.neighbours, 0..=100_000, "0 to 100000"),
        ];
        for (setting, value, allowed, range) in settings {
            if !allowed.contains(&value) {
                return Err(EgraphError::OutOfRange { setting, value: value as u64, range });
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
        assert!(EgraphConfig::default().checked().is_ok());
        let error = EgraphConfig { equivalents: 0, ..EgraphConfig::default() }.checked().unwrap_err();
        assert_eq!(error.to_string(), "equivalents is 0, allowed is 1 to 50; correct it in the backend's table");
    }
}
