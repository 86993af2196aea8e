//! [`Exchange`]: what work, tokens and dollars are worth beside each other.

use serde::{Deserialize, Serialize};

use crate::Cost;

/// What work, tokens and dollars are worth beside each other: each in seconds of one core.
///
/// Policies compare gains by what they cost, and a method may cost work, tokens of a model, or money. The defaults are those of a
/// rented core and a model on the same machine; a study prints the table that it used.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Exchange {
    /// Work that a core does in a second; above 0.
    pub work_per_second: f64,
    /// What an hour of a core costs, in dollars; above 0.
    pub dollars_per_hour: f64,
    /// Tokens of a model that cost as much as a second of a core, besides their price in dollars; above 0.
    pub tokens_per_second: f64,
}

impl Default for Exchange {
    fn default() -> Exchange {
        let work_per_second = Cost::WORK_PER_CPU_SECOND as f64;
        Exchange { work_per_second, dollars_per_hour: 0.05, tokens_per_second: 100.0 }
    }
}

impl Exchange {
    /// What `cost` is worth, in seconds of one core.
    pub fn seconds(&self, cost: Cost) -> f64 {
        let dollars = cost.micro_dollars as f64 * 1e-6;
        cost.work as f64 / self.work_per_second
            + cost.tokens as f64 / self.tokens_per_second
            + dollars * 3600.0 / self.dollars_per_hour
    }

    /// The name and value of the first rate that is not above 0.
    pub fn unusable(&self) -> Option<(&'static str, f64)> {
        let rates = [
            ("work_per_second", self.work_per_second),
            ("dollars_per_hour", self.dollars_per_hour),
            ("tokens_per_second", self.tokens_per_second),
        ];
        rates.into_iter().find(|(_, rate)| !(*rate > 0.0 && rate.is_finite()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn costs_add_up_in_seconds() {
        let exchange = Exchange { work_per_second: 1e9, dollars_per_hour: 0.36, tokens_per_second: 50.0 };
        let cost = Cost { work: 2_000_000_000, node_rows: 7, tokens: 100, micro_dollars: 1000 };
        // 2 s of work, 2 s of tokens, and a tenth of a cent at a hundredth of a cent a second.
        assert!((exchange.seconds(cost) - 14.0).abs() < 1e-12);
        assert_eq!(Exchange::default().unusable(), None);
        let broken = Exchange { tokens_per_second: 0.0, ..Exchange::default() };
        assert_eq!(broken.unusable(), Some(("tokens_per_second", 0.0)));
    }
}
