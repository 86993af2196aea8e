//! [`Sample`]: the rows that surrogates are fitted to, as hypotheses see them.

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use symfolio_core::{Dataset, RowSet};

use crate::kriging::Table;
use crate::reduction::{Combination, Reduction, log_power};
use crate::state::Hypothesis;

/// The rows that surrogates are fitted to.
pub(crate) struct Sample {
    features: Vec<Vec<f64>>,
    target: Vec<f64>,
}

impl Sample {
    /// At most `most` of the rows, by `seed`.
    pub fn gather(seed: u64, dataset: &Dataset, rows: &RowSet, most: usize) -> Sample {
        let mut rng = ChaCha8Rng::seed_from_u64(seed ^ rows.version);
        rng.set_stream(u64::MAX);
        let mut indices = rows.indices.to_vec();
        let (chosen, _) = indices.partial_shuffle(&mut rng, most);
        let take = |values: &[f64]| -> Vec<f64> { chosen.iter().map(|row| values[*row as usize]).collect() };
        let features = dataset.features().iter().map(|feature| take(&feature.values)).collect();
        Sample { features, target: take(&dataset.target().values) }
    }

    pub fn target(&self) -> &[f64] {
        &self.target
    }

    /// The inputs and target of a hypothesis.
    pub fn table(&self, hypothesis: &Hypothesis) -> Table {
        let mut inputs: Vec<Vec<f64>> =
            hypothesis.features.iter().map(|feature| self.features[*feature].clone()).collect();
        let of = |y: &f64| hypothesis.transform.of(*y);
        let mut target: Vec<f64> = self.target.iter().map(of).collect();
        match hypothesis.reduction {
            None => {}
            Some(Reduction::Together(a, b, combination)) => inputs.push(self.combined(a, b, combination)),
            Some(Reduction::Power(feature, power)) => {
                for (y, x) in target.iter_mut().zip(&self.features[feature]) {
                    *y -= log_power(*x, power);
                }
            }
        }
        Table { inputs, target }
    }

    fn combined(&self, a: usize, b: usize, combination: Combination) -> Vec<f64> {
        self.features[a].iter().zip(&self.features[b]).map(|(a, b)| combination.of(*a, *b)).collect()
    }

    /// Is every value of a combination a number?
    pub fn has(&self, reduction: Reduction) -> bool {
        match reduction {
            Reduction::Together(a, b, combination) => self.combined(a, b, combination).iter().all(|x| x.is_finite()),
            Reduction::Power(..) => true,
        }
    }
}
