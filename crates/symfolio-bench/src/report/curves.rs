//! Curves: how large a share of the runs reaches an R2, and how R2 grows with the budget.

use crate::database::{Database, DatabaseError, Run};
use crate::job::CurvePoint;
use crate::report::Comparison;
use crate::statistics::mean;

/// The share of runs with an R2 of at least some value: (R2, share), R2 from 0 to 1. The area below is the mean of R2 clipped to [0, 1]
/// (de Franca et al. 2025, SRBench's performance profiles).
#[derive(Clone, Debug, PartialEq)]
pub struct Profile(pub Vec<(f64, f64)>);

/// The mean over runs of R2, clipped to [0, 1], of the formula of smallest training loss so far: (share of the budget, R2). Empty where the
/// runs have no curves.
#[derive(Clone, Debug, PartialEq)]
pub struct AnyTime(pub Vec<(f64, f64)>);

/// Points of a curve less one.
const STEPS: usize = 50;

pub(super) fn profiles(comparison: &Comparison) -> Vec<Profile> {
    let profile = |method: usize| {
        let values: Vec<f64> = comparison.of_method(method).map(Run::r2).collect();
        let share = |least: f64| values.iter().filter(|value| **value >= least).count() as f64 / values.len() as f64;
        // Many thresholds close to 1: that is where methods differ.
        let thresholds = (0..=STEPS).map(|step| 1.0 - (1.0 - step as f64 / STEPS as f64).powi(3));
        Profile(thresholds.map(|least| (least, share(least))).collect())
    };
    (0..comparison.methods.len()).map(profile).collect()
}

pub(super) fn any_time(comparison: &Comparison, database: &Database) -> Result<Vec<AnyTime>, DatabaseError> {
    let mut curves = Vec::new();
    for method in 0..comparison.methods.len() {
        let mut of_runs = Vec::new();
        for run in comparison.of_method(method) {
            // A run that failed has found nothing at any time.
            let points = database.curve(run.id)?;
            if !points.is_empty() || run.error.is_some() {
                of_runs.push(points);
            }
        }
        let at = |share: f64| mean(&of_runs.iter().map(|points| reached(points, share)).collect::<Vec<_>>());
        let shares = (0..=STEPS).map(|step| step as f64 / STEPS as f64);
        let curve = if of_runs.iter().all(Vec::is_empty) {
            Vec::new()
        } else {
            shares.map(|share| (share, at(share))).collect()
        };
        curves.push(AnyTime(curve));
    }
    Ok(curves)
}

/// R2 when a share of the budget was spent; 0 before there was a formula.
fn reached(points: &[CurvePoint], share: f64) -> f64 {
    let last = points.iter().rev().find(|point| point.share <= share);
    last.and_then(|point| point.test_r2).map_or(0.0, |r2| r2.clamp(0.0, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_curve_holds_what_was_reached() {
        let point = |share: f64, r2: Option<f64>| CurvePoint { share, test_r2: r2, ..CurvePoint::default() };
        let points = [point(0.1, Some(0.5)), point(0.4, None), point(0.5, Some(2.0))];
        for (share, expect) in [(0.0, 0.0), (0.1, 0.5), (0.3, 0.5), (0.45, 0.0), (1.0, 1.0)] {
            assert_eq!(reached(&points, share), expect, "{share}");
        }
    }
}
