//! [`Shape`]: what the values of a formula must keep to, wherever the features lie in a box around the data.
//!
//! The idea is that of Kronberger et al., *Shape-constrained symbolic regression*, Evolutionary Computation 30 (2022): knowledge of bounds
//! and of monotonicity replaces data that one does not have.

mod bounds;
mod probes;
mod proof;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};
use symfolio_expr::{Expr, Interval};

pub use bounds::{Bounds, BoundsError};
use probes::{COARSE, FINE, Probes};
use proof::Proof;

use crate::{Constraints, Dataset};

/// Which way a formula goes as a feature grows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// It never falls.
    Increasing,
    /// It never rises.
    Decreasing,
}

impl Direction {
    /// Its name, as study files and the command line give it.
    pub fn name(self) -> &'static str {
        match self {
            Direction::Increasing => "increasing",
            Direction::Decreasing => "decreasing",
        }
    }

    fn sign(self) -> f64 {
        match self {
            Direction::Increasing => 1.0,
            Direction::Decreasing => -1.0,
        }
    }
}

/// What the values of a formula must keep to, wherever the features lie in a box around the data; made once for a problem.
#[derive(Clone, Debug)]
pub struct Shape {
    rules: Rules,
    /// Few points, which tell most breaches at little cost.
    coarse: Probes,
    /// All points.
    fine: Probes,
}

/// The rules alone.
#[derive(Clone, Debug)]
struct Rules {
    bounds: Bounds,
    monotone: Vec<(u16, Direction)>,
    /// Sides of the box, one a feature.
    ranges: Vec<Interval>,
    /// The largest absolute value of the target: what rounding errors and breaches are compared with. Above 0.
    scale: f64,
}

/// Breaches below this share of the largest value are rounding errors.
const ROUNDING: f64 = 1e-9;

/// How a formula stands to its [`Shape`].
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "how")]
pub enum Verdict {
    /// Interval arithmetic proves that it keeps to it everywhere in the box.
    Proved,
    /// It keeps to it at all points that were looked at, to within 1e-9 of the largest value.
    Checked {
        /// How many points.
        points: usize,
    },
    /// It does not keep to it, or is undefined somewhere.
    Broken {
        /// By how much, in shares of the target's largest absolute value; above 0.
        excess: f64,
    },
}

impl Verdict {
    /// May the formula be returned?
    pub fn holds(self) -> bool {
        !matches!(self, Verdict::Broken { .. })
    }
}

/// Why constraints on values do not fit a data set.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[allow(missing_docs, reason = "the messages say it")]
pub enum ShapeError {
    #[error("monotone names {name:?}, which is no feature; the features are {known}")]
    UnknownFeature { name: String, known: String },
    #[error("bounds_margin = {value} is not between 0 and 10")]
    Margin { value: f64 },
}

impl Shape {
    /// The shape that `constraints` ask for on `dataset`; `None` where they ask for none. The box is that of all rows, each side widened
    /// by [`Constraints::bounds_margin`] of its length at either end.
    ///
    /// # Errors
    /// [`ShapeError`] for a feature that there is not, and a margin that makes no sense.
    pub fn new(constraints: &Constraints, dataset: &Dataset) -> Result<Option<Shape>, ShapeError> {
        let margin = constraints.bounds_margin;
        if !(0.0..=10.0).contains(&margin) {
            return Err(ShapeError::Margin { value: margin });
        }
        let names = dataset.feature_names();
        let feature = |(name, direction): (&String, &Direction)| {
            let at = names.iter().position(|known| known == name).map(|at| (at as u16, *direction));
            at.ok_or_else(|| ShapeError::UnknownFeature { name: name.clone(), known: names.join(", ") })
        };
        let monotone = constraints.monotone.iter().map(feature).collect::<Result<Vec<_>, _>>()?;
        let bounds = constraints.bounds.unwrap_or_default();
        if monotone.is_empty() && bounds == Bounds::default() {
            return Ok(None);
        }
        let side = |values: &[f64]| {
            let (lo, hi) = values
                .iter()
                .fold((f64::INFINITY, f64::NEG_INFINITY), |(lo, hi), value| (lo.min(*value), hi.max(*value)));
            Interval::new(lo - margin * (hi - lo), hi + margin * (hi - lo))
        };
        let ranges: Vec<Interval> = dataset.features().iter().map(|feature| side(&feature.values)).collect();
        let largest = dataset.target().values.iter().fold(0.0f64, |most, value| most.max(value.abs()));
        let scale = if largest > 0.0 { largest } else { 1.0 };
        let rules = Rules { bounds, monotone, ranges, scale };
        let (coarse, fine) = (Probes::new(&rules, dataset, &COARSE), Probes::new(&rules, dataset, &FINE));
        Ok(Some(Shape { rules, coarse, fine }))
    }

    /// By how much `expr`, with its present constants, breaks the rules at a few points, in shares of the target's largest absolute value,
    /// summed over the rules; 0 where it does not. With the work of looking, in the unit of [`crate::Cost::work`].
    pub fn glance(&self, expr: &Expr) -> (f64, u64) {
        self.coarse.excess(expr, &self.rules)
    }

    /// Does `expr`, with its present constants, keep to the rules everywhere in the box? With the work of finding out.
    ///
    /// Fixed points are looked at first. What passes is enclosed by intervals, over ever smaller parts of the box while it is not proved,
    /// and looked at in the middle of each part that is not: poles and dips between the points are found so.
    pub fn verdict(&self, expr: &Expr) -> (Verdict, u64) {
        let (excess, work) = self.fine.excess(expr, &self.rules);
        if excess > 0.0 {
            return (Verdict::Broken { excess }, work);
        }
        let proof = Proof::attempt(expr, &self.rules);
        let verdict = match proof.excess {
            Some(excess) => Verdict::Broken { excess },
            None if proof.complete => Verdict::Proved,
            None => Verdict::Checked { points: self.fine.n_points() + proof.middles },
        };
        (verdict, work + proof.work)
    }
}

impl Rules {
    /// By how much `value` is out of bounds, as a share of the scale; 0 for rounding errors.
    fn out_of_bounds(&self, value: f64) -> f64 {
        let below = self.bounds.lower.map_or(0.0, |lower| lower - value);
        let above = self.bounds.upper.map_or(0.0, |upper| value - upper);
        self.beyond_rounding(below.max(above), value)
    }

    /// `excess` as a share of the scale, or 0 where it may be a rounding error of a value of this size.
    fn beyond_rounding(&self, excess: f64, size: f64) -> f64 {
        if excess <= ROUNDING * self.scale.max(size.abs()) { 0.0 } else { excess / self.scale }
    }
}
