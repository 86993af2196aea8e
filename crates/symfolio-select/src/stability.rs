//! [`Stability`]: would another seed give the same formula?

use serde::{Deserialize, Serialize};
use symfolio_expr::math;

use crate::pool::Found;

/// How sure it is that another seed would lead to the same formula, its numbers aside, and the evidence for it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Stability {
    /// The evidence taken together, 0 to 1: about the share of answers like this one that come again when a study is run with another seed.
    pub probability: f64,
    /// Share of resampled sets of rows from which a formula of this structure would be chosen, 0 to 1; `None` where there was no time.
    pub bootstrap: Option<f64>,
    /// Number of resamples.
    pub replicates: usize,
    /// Nats by which the description of the nearest formula that is another function is longer; `None` where there is none.
    pub margin: Option<f64>,
    /// Powers of ten by which the loss of the best simpler formula is larger; `None` where there is none simpler.
    pub gap: Option<f64>,
    /// Who found it, and when.
    pub found: Found,
}

/// What the probability is made of.
#[derive(Clone, Debug)]
pub(crate) struct Evidence {
    pub bootstrap: Option<(f64, usize)>,
    pub margin: Option<f64>,
    pub gap: Option<f64>,
    pub found: Found,
    pub complexity: u32,
    pub free_constants: usize,
}

impl Stability {
    pub(crate) fn of(evidence: Evidence) -> Stability {
        let probability = 1.0 / (1.0 + math::exp(-score(&evidence)));
        Stability {
            probability,
            bootstrap: evidence.bootstrap.map(|(share, _)| share),
            replicates: evidence.bootstrap.map_or(0, |(_, replicates)| replicates),
            margin: evidence.margin,
            gap: evidence.gap,
            found: evidence.found,
        }
    }
}

/// What the score begins at, and what it counts each part of the evidence, fitted to 160 answers on 40 problems with four seeds each; see
/// `docs/choosing.md`.
const START: f64 = -0.71;
const OF_BOOTSTRAP: f64 = 4.99;
const OF_TIME: f64 = 0.30;
const OF_GAP: f64 = 0.43;
const OF_COMPLEXITY: f64 = -1.21;
const OF_CONSTANT: f64 = -0.56;
/// Share of resamples of what there was no time to resample.
const UNKNOWN: f64 = 0.5;
/// Shares of the budget below this count as this.
const AT_ONCE: f64 = 0.01;
/// Powers of ten beyond this count as this.
const WIDE: f64 = 3.0;

/// Log-odds. What counts is how often resampled rows lead to the same choice; how early the structure was found, since what one run
/// meets at once another will meet in time; how far it is ahead of simpler formulas; and how many numbers and nodes another search would
/// have to bring together.
fn score(evidence: &Evidence) -> f64 {
    let share = evidence.bootstrap.map_or(UNKNOWN, |(share, _)| share);
    let since = evidence.found.since.unwrap_or(1.0).clamp(AT_ONCE, 1.0);
    let gap = evidence.gap.unwrap_or(WIDE).clamp(0.0, WIDE);
    START + OF_BOOTSTRAP * share - OF_TIME * math::log(since)
        + OF_GAP * gap
        + OF_COMPLEXITY * math::log(f64::from(evidence.complexity.max(1)))
        + OF_CONSTANT * evidence.free_constants as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_evidence_is_worth_more() {
        let found = |since| Found { backends: Vec::new(), runs: 0, since: Some(since) };
        let base = Evidence {
            bootstrap: Some((0.8, 100)),
            margin: None,
            gap: Some(1.0),
            found: found(0.3),
            complexity: 9,
            free_constants: 2,
        };
        let probability = |evidence: Evidence| Stability::of(evidence).probability;
        let middle = probability(base.clone());
        assert!((0.4..0.99).contains(&middle), "{middle}");
        for (better, what) in [
            (Evidence { bootstrap: Some((1.0, 100)), ..base.clone() }, "resamples"),
            (Evidence { gap: Some(2.0), ..base.clone() }, "gap"),
            (Evidence { found: found(0.02), ..base.clone() }, "found early"),
            (Evidence { complexity: 5, ..base.clone() }, "simple"),
            (Evidence { free_constants: 0, ..base.clone() }, "few constants"),
        ] {
            assert!(probability(better) > middle, "{what}");
        }
        assert!(probability(Evidence { bootstrap: None, ..base.clone() }) < middle);
        // A formula that nothing is known of is no certainty.
        let unknown = Evidence { bootstrap: None, gap: None, found: Found::default(), ..base };
        assert!((0.1..0.8).contains(&probability(unknown)));
    }
}
