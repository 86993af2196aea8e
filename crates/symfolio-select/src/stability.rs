//! [`Stability`]: would another seed give the same formula?

use serde::{Deserialize, Serialize};
use symfolio_expr::math;

use crate::pool::Found;

/// How sure it is that another seed would lead to the same formula, its numbers aside, and the evidence for it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Stability {
    /// The evidence taken together, 0 to 1: the share of answers like this one that came again when a study was run with another seed.
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
    pub exact: bool,
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

/// Log-odds.
fn score(evidence: &Evidence) -> f64 {
    let share = evidence.bootstrap.map_or(0.5, |(share, _)| share);
    let since = evidence.found.since.unwrap_or(1.0).clamp(0.01, 1.0);
    2.0 * share - math::log(since) - 0.1 * f64::from(evidence.complexity) + f64::from(u8::from(evidence.exact))
}
