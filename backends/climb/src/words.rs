//! [`Words`]: what programs are made of, and how often each part is drawn.

use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use symfolio_core::{Directives, Problem};
use symfolio_expr::Op;

use crate::error::ClimbError;

/// Most columns that are climbed with.
pub(crate) const COLUMNS: usize = 40;
/// Weight of a column that seems to have no effect, beside 1 for the most relevant one.
const LEAST: f64 = 0.1;

/// What programs are made of, and how often each part is drawn.
#[derive(Clone, Debug)]
pub(crate) struct Words {
    operators: Vec<(Op, f64)>,
    /// Features by register, with the sums of their weights.
    columns: Vec<(u16, f64)>,
}

/// How often an operator is drawn.
fn weight(op: Op) -> f64 {
    match op {
        Op::Mul => 1.2,
        Op::Add | Op::Sub => 1.0,
        Op::Div => 0.7,
        Op::Square => 0.3,
        Op::Sqrt => 0.2,
        Op::Exp | Op::Log | Op::Sin | Op::Cos => 0.15,
        Op::Tanh | Op::Cube | Op::Abs | Op::Inv => 0.05,
        Op::Where | Op::Less => 0.0,
        _ => 0.03,
    }
}

impl Words {
    /// Of more than 40 features the most relevant 20 are taken, and 20 others by `seed`: what matters in a product only is not seen in
    /// the relevance of each feature alone.
    ///
    /// # Errors
    /// [`ClimbError::NoOperator`].
    pub fn new(seed: u64, problem: &Problem, directives: &Directives) -> Result<Words, ClimbError> {
        let mut sum = 0.0;
        let mut operators = Vec::new();
        for op in problem.operators.ops().iter().filter(|op| !directives.banned_operators.contains(op)) {
            if weight(*op) > 0.0 {
                sum += weight(*op);
                operators.push((*op, sum));
            }
        }
        if operators.is_empty() {
            return Err(ClimbError::NoOperator);
        }
        let relevance = |feature: usize| {
            let known = problem.profile.features.get(feature);
            known.map_or(1.0, |known| known.relevance.max(known.monotonicity.abs()).clamp(LEAST, 1.0))
        };
        let mut features: Vec<(u16, f64)> =
            (0..problem.features.len()).map(|feature| (feature as u16, relevance(feature))).collect();
        features.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        if features.len() > COLUMNS {
            let mut rng = ChaCha8Rng::seed_from_u64(seed);
            features[COLUMNS / 2..].shuffle(&mut rng);
        }
        features.truncate(COLUMNS);
        features.sort_by_key(|(feature, _)| *feature);
        let mut sum = 0.0;
        for (_, weight) in &mut features {
            sum += *weight;
            *weight = sum;
        }
        Ok(Words { operators, columns: features })
    }

    pub fn operator(&self, rng: &mut ChaCha8Rng) -> Op {
        draw(rng, &self.operators)
    }

    /// The register of a column.
    pub fn column(&self, rng: &mut ChaCha8Rng) -> u16 {
        let feature = draw(rng, &self.columns);
        self.columns.partition_point(|(known, _)| *known < feature) as u16
    }

    /// Is this one of the operators?
    pub fn has(&self, op: Op) -> bool {
        self.operators.iter().any(|(known, _)| *known == op)
    }

    pub fn n_columns(&self) -> u16 {
        self.columns.len() as u16
    }

    /// The features, by register.
    pub fn features(&self) -> Vec<u16> {
        self.columns.iter().map(|(feature, _)| *feature).collect()
    }
}

/// One of the items, by the sums of their weights; there is one.
fn draw<T: Copy>(rng: &mut ChaCha8Rng, items: &[(T, f64)]) -> T {
    let total = items[items.len() - 1].1;
    let point = rng.random::<f64>() * total;
    let at = items.partition_point(|(_, sum)| *sum <= point);
    items[at.min(items.len() - 1)].0
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use symfolio_core::{Column, Dataset, Split};
    use symfolio_fit::Loss;

    use super::*;

    #[test]
    fn every_feature_is_seen_by_some_seed_and_the_most_relevant_ones_by_all() {
        let column = |step: u32| (0..20).map(|row| f64::from((row + 1) * step % 23)).collect::<Vec<f64>>();
        let features = (0..60).map(|i| Column::new(&format!("x{i}"), column(i + 1))).collect();
        let dataset = Arc::new(Dataset::new("wide", features, Column::new("y", column(5)), None).unwrap());
        let train: Arc<[u32]> = (0..20).collect();
        let problem = Problem::new(dataset, Split { train, validation: Arc::new([]) }, Loss::SquaredError);
        let features = |seed: u64| Words::new(seed, &problem, &Directives::default()).unwrap().features();
        let seen: Vec<Vec<u16>> = (0..20).map(features).collect();
        for features in &seen {
            assert!(features.len() == COLUMNS && (0..20).all(|relevant| features.contains(&relevant)), "{features:?}");
        }
        assert!((0..60).all(|feature| seen.iter().any(|features| features.contains(&feature))));
        assert_eq!(seen[3], features(3));
    }
}
