//! [`Field`]: the rows that programs are computed on.

use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use symfolio_core::{Dataset, RowSet, Table};
use symfolio_expr::{BLOCK, OperatorSet};

use crate::config::ClimbConfig;
use crate::score::Ruler;
use crate::target::Target;

/// Rows that a step is tried on first.
const SCREEN: usize = 64;

/// The rows that programs are computed on, and the rulers of all targets: on the first rows, and on all.
pub(crate) struct Field {
    pub columns: Vec<Vec<f64>>,
    pub targets: Vec<(Target, [Ruler; 2])>,
}

impl Field {
    /// At most [`BLOCK`] of `rows`, drawn at random, with the features `features`.
    pub fn gather(
        rng: &mut ChaCha8Rng,
        dataset: &Dataset,
        rows: &RowSet,
        features: &[u16],
        operators: &OperatorSet,
        config: &ClimbConfig,
    ) -> Field {
        let mut indices = rows.indices.to_vec();
        let (chosen, _) = indices.partial_shuffle(rng, BLOCK);
        let table = Table::gather(dataset, chosen);
        let columns = features.iter().map(|feature| table.feature(usize::from(*feature)).to_vec()).collect();
        let n = table.n_rows();
        let rulers = |target: Target| {
            let of = |rows: usize| {
                let weights = table.weights.as_deref().map(|weights| &weights[..rows]);
                Ruler::new(target, &table.target[..rows], weights, config.node)
            };
            (target, [of(SCREEN.min(n)), of(n)])
        };
        let all = dataset.target();
        let targets = Target::suited(&all.values, operators).into_iter().map(rulers).collect();
        Field { columns, targets }
    }

    /// The rulers of a target, which is one of the field's: climbers are checked when they are read.
    pub fn rulers(&self, target: Target) -> &[Ruler; 2] {
        let found = self.targets.iter().find(|(known, _)| *known == target);
        &found.unwrap_or(&self.targets[0]).1
    }
}
