//! [`Field`]: the rows that programs are computed on.

use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use symfolio_core::{Dataset, RowSet};
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
    /// At most [`BLOCK`] of those of `rows` that have a weight, drawn at random, with the features `features`. There are no targets where
    /// all would be constant or out of range.
    pub fn gather(
        rng: &mut ChaCha8Rng,
        dataset: &Dataset,
        rows: &RowSet,
        features: &[u16],
        operators: &OperatorSet,
        config: &ClimbConfig,
    ) -> Field {
        let counts = |row: &u32| dataset.weights().is_none_or(|weights| weights[*row as usize] > 0.0);
        let mut indices: Vec<u32> = rows.indices.iter().copied().filter(counts).collect();
        let (chosen, _) = indices.partial_shuffle(rng, BLOCK);
        let take = |values: &[f64]| -> Vec<f64> { chosen.iter().map(|row| values[*row as usize]).collect() };
        let columns = features.iter().map(|feature| take(&dataset.features()[usize::from(*feature)].values)).collect();
        let (y, weights) = (take(&dataset.target().values), dataset.weights().map(take));
        let rulers = |target: Target| {
            let of = |rows: usize| {
                Ruler::new(target, &y[..rows], weights.as_ref().map(|weights| &weights[..rows]), config.node)
            };
            let all = of(y.len());
            // What the first rows say nothing of is tried on all at once.
            let first = Some(of(SCREEN.min(y.len()))).filter(Ruler::is_sound).unwrap_or_else(|| all.clone());
            all.is_sound().then_some((target, [first, all]))
        };
        let suited = if y.is_empty() { Vec::new() } else { Target::suited(&dataset.target().values, operators) };
        Field { columns, targets: suited.into_iter().filter_map(rulers).collect() }
    }

    /// Is this one of the field's targets?
    pub fn has(&self, target: Target) -> bool {
        self.targets.iter().any(|(known, _)| *known == target)
    }

    /// The rulers of a target, which is one of the field's: climbers towards others are dropped when a slice begins.
    pub fn rulers(&self, target: Target) -> &[Ruler; 2] {
        let found = self.targets.iter().find(|(known, _)| *known == target);
        &found.unwrap_or(&self.targets[0]).1
    }
}
