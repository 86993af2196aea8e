//! [`Scale`]: what losses of a problem are to be compared with.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use symfolio_core::{Dataset, Problem, Table};
use symfolio_expr::{Expr, math};
use symfolio_fit::{FitOptions, Loss, Workspace, fit};
use symfolio_select::{floor, median};

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

/// Share of the target's variance below which squared residuals count as none.
const EXACT_NMSE: f64 = 1e-12;

/// What losses of a problem are to be compared with, in the units of its loss.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Scale {
    /// Loss of the best constant.
    pub baseline: f64,
    /// Losses below it count as equal: rounding.
    pub floor: f64,
    /// A loss up to it counts as exact: that of residuals of a millionth of the target's spread, so a squared error of 1e-12 of its
    /// variance.
    pub exact: f64,
    /// Loss of residuals of the size of the target's noise, as the profile estimates it; `exact` where it is less or not known.
    pub noise: f64,
}

impl Scale {
    /// For an objective without data, which says nothing about scales.
    pub const UNIT: Scale = Scale { baseline: 1.0, floor: f64::MIN_POSITIVE, exact: EXACT_NMSE, noise: EXACT_NMSE };

    /// The scale of `loss` on the rows of `table`, whose target has noise of standard deviation `noise` where that is known.
    pub fn of(table: &Table, loss: Loss, noise: Option<f64>) -> Scale {
        let weights = table.weights.as_deref();
        let floor = floor(loss, &table.target, weights).max(f64::MIN_POSITIVE);
        let mean = table.target.iter().sum::<f64>() / table.target.len().max(1) as f64;
        let columns = table.columns();
        let options = FitOptions { loss, ..FitOptions::default() };
        // The fit of one constant has nothing random that matters.
        let mut rng = ChaCha8Rng::seed_from_u64(0);
        let constant =
            fit(&mut rng, &Expr::param(mean), &table.fit_data(&columns), &options, &mut Workspace::default());
        let residual = EXACT_NMSE.sqrt() * spread(table);
        let of_residual = |residual: f64| {
            let values: Vec<f64> = table.target.iter().map(|y| y - residual).collect();
            loss.mean(&values, &table.target, weights)
        };
        let exact = of_residual(residual).max(of_residual(-residual)).max(floor);
        let noise = noise.map_or(exact, |noise| of_residual(noise).max(of_residual(-noise)).max(exact));
        // Of targets whose squares no number holds nothing can be compared; the log is still to be read again.
        let [baseline, floor, exact, noise] =
            [constant.loss.max(floor), floor, exact, noise].map(|loss| loss.min(f64::MAX));
        Scale { baseline, floor, exact, noise }
    }

    /// The scale of `problem` on its judge rows.
    pub(crate) fn of_problem(problem: &Problem) -> Scale {
        let of = |dataset: &Arc<Dataset>| Scale::of(&problem.judge.table(dataset), problem.loss, problem.profile.noise);
        problem.dataset.as_ref().map_or(Scale::UNIT, of)
    }

    /// How far `loss` has come, on a logarithmic scale: 0 for that of the best constant, 1 for that of the noise, or of an exact form.
    pub fn level(&self, loss: f64) -> f64 {
        if self.noise >= self.baseline {
            return if loss <= self.baseline { 1.0 } else { 0.0 };
        }
        let below = |loss: f64| math::log(self.baseline / loss.max(self.noise));
        (below(loss) / below(self.noise)).clamp(0.0, 1.0)
    }
}

/// The standard deviation of the target, or ten times its median absolute deviation where that is less: a few wild rows do not make
/// all the others exact.
fn spread(table: &Table) -> f64 {
    let middle = median(table.target.to_vec());
    let deviation = median(table.target.iter().map(|y| (y - middle).abs()).collect());
    let spread = table.target_variance().sqrt();
    if deviation > 0.0 { spread.min(10.0 * deviation) } else { spread }
}

#[cfg(test)]
mod tests {
    use symfolio_core::{Column, Dataset, RowSet};

    use super::*;

    #[test]
    fn a_wild_row_makes_nothing_exact() {
        let mut target: Vec<f64> = (0..101).map(f64::from).collect();
        target[50] = 1e6;
        let x = Column::new("x", target.clone());
        let dataset = Dataset::new("wild", vec![x], Column::new("y", target), None).unwrap();
        let table = RowSet::new(0, (0..101).collect::<Vec<u32>>()).table(&dataset);
        // Ten times the median deviation of 25, a millionth of it, squared.
        assert!(Scale::of(&table, Loss::SquaredError, None).exact < 1e-7);
    }

    #[test]
    fn scales_follow_the_target_and_the_loss() {
        for (text, power) in [("mse", 2), ("mae", 1), ("quantile:0.5", 1)] {
            let loss: Loss = text.parse().unwrap();
            for size in [1e-15, 1.0, 1e15] {
                let target: Vec<f64> = (0..101).map(|i| size * f64::from((i * 37) % 101)).collect();
                let x = Column::new("x", target.clone());
                let dataset = Dataset::new("scaled", vec![x], Column::new("y", target), None).unwrap();
                let scale = Scale::of(&RowSet::new(0, (0..101).collect::<Vec<u32>>()).table(&dataset), loss, None);
                // The standard deviation of 0 to 100 is 29.2; a residual is that or its half, by the loss.
                let unit = size.powi(power);
                assert!((10.0 * unit..900.0 * unit).contains(&scale.baseline), "{text} {size} {scale:?}");
                assert!(scale.exact < 1e-5 * scale.baseline && scale.floor <= scale.exact, "{text} {size} {scale:?}");
            }
        }
    }
}
