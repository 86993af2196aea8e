//! [`Candidate`]: a form with what the host measured of it, and where it came from.

use serde::{Deserialize, Serialize};

use crate::Form;

/// A form with its loss and complexity as measured by the host, and where it came from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Candidate {
    /// Number within the study, in the order of acceptance.
    pub id: u64,
    /// The form, with its constants.
    pub form: Form,
    /// Loss on the study's judge rows; lower is better; finite.
    pub loss: f64,
    /// Complexity; at least 1.
    pub complexity: u32,
    /// The run that offered it.
    pub run: u32,
    /// Names of the backends that had a part in it: those of its parents first, the one that offered it last.
    pub origin: Vec<String>,
    /// How it came about.
    pub lineage: Lineage,
}

/// How a form came about, as its search tells it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Lineage {
    /// Candidates (migrants) that it was made from, by their id.
    pub parents: Vec<u64>,
    /// The operation that made it, in the search's own words: `crossover`, `simplify`, `power law of log y`.
    pub operation: String,
}

impl Lineage {
    /// A form that was made from nothing that others found.
    pub fn root(operation: impl Into<String>) -> Lineage {
        Lineage { parents: Vec::new(), operation: operation.into() }
    }

    /// A form made from one candidate.
    pub fn of(parent: u64, operation: impl Into<String>) -> Lineage {
        Lineage { parents: vec![parent], operation: operation.into() }
    }
}

/// What the host measured of a form that a search asked about.
#[derive(Clone, Debug, PartialEq)]
pub struct Evaluation {
    /// The form with its constants as fitted.
    pub form: Form,
    /// Loss on the slice's rows; infinite where undefined on some row.
    pub loss: f64,
    /// Complexity; at least 1.
    pub complexity: u32,
}
