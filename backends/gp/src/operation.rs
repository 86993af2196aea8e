//! [`Operation`]: the ways in which individuals are made.

use serde::{Deserialize, Serialize};

/// A way in which an individual is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Operation {
    Crossover,
    Subtree,
    Point,
    Constants,
    Hoist,
    Insert,
    Extend,
    Wrap,
    Transplant,
    Match,
    Prune,
    Random,
    Seed,
    Migrant,
    Polish,
}

impl Operation {
    /// Those that make a child of parents, whose rates adapt.
    pub const VARIATIONS: [Operation; 10] = [
        Operation::Crossover,
        Operation::Subtree,
        Operation::Point,
        Operation::Constants,
        Operation::Hoist,
        Operation::Insert,
        Operation::Extend,
        Operation::Wrap,
        Operation::Transplant,
        Operation::Match,
    ];

    /// Its name in lineages.
    pub const fn name(self) -> &'static str {
        match self {
            Operation::Crossover => "crossover",
            Operation::Subtree => "subtree mutation",
            Operation::Point => "point mutation",
            Operation::Constants => "constant perturbation",
            Operation::Hoist => "hoist",
            Operation::Insert => "insertion",
            Operation::Extend => "extension",
            Operation::Wrap => "wrap",
            Operation::Transplant => "transplant",
            Operation::Match => "semantic match",
            Operation::Prune => "pruning",
            Operation::Random => "random tree",
            Operation::Seed => "simple form",
            Operation::Migrant => "migrant",
            Operation::Polish => "polish",
        }
    }
}
