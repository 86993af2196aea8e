//! [`Slices`]: the target for several values of a further input, and how the constants of a form move along them.

use rand_chacha::ChaCha8Rng;
use symfolio_core::{Host, OracleError};
use symfolio_expr::Expr;
use symfolio_fit::Workspace;

use crate::ground::Ground;
use crate::knob::{Knob, loosened};
use crate::points::Points;

/// Errors of this share of the variance are rounding and the tolerance of fits.
pub(crate) const EXACT: f64 = 1e-11;
/// Squared errors of so many times the squared noise are noise.
const NOISE: f64 = 3.0;
/// Share of the values of the further input that a form has to hold at.
const MOST: f64 = 0.66;
/// Points of a slice for every constant, and points in any case.
const PER_CONSTANT: usize = 3;
const FEWEST: usize = 16;

/// The mean squared error up to which a form says what `points` say.
pub(crate) fn tolerance(points: &Points, noise: f64) -> f64 {
    let (mean, variance) = points.moments();
    (EXACT * (variance + 1e-6 * mean * mean)).max(NOISE * noise * noise)
}

/// The target for several values of a further input; the free inputs fill their box in each, the others are held.
#[derive(Debug)]
pub(crate) struct Slices {
    pub values: Vec<f64>,
    tables: Vec<Points>,
    /// The value nearest to where the form was found.
    start: usize,
}

/// How constants move along a further input.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Curves {
    /// Values of the further input, ascending, shape `(n)`.
    pub input: Vec<f64>,
    /// One curve a knob, shape `(n)` each.
    pub knobs: Vec<Vec<f64>>,
}

impl Slices {
    /// Asks for `steps` slices along `input`, with points enough for `constants`.
    ///
    /// # Errors
    /// [`OracleError`].
    pub fn ask(
        host: &mut dyn Host,
        ground: &Ground,
        free: &[usize],
        input: usize,
        steps: usize,
        constants: usize,
    ) -> Result<Slices, OracleError> {
        let n = FEWEST.max(PER_CONSTANT * constants + 4);
        let values: Vec<f64> = (0..steps).map(|step| ground.at(input, (step as f64 + 0.5) / steps as f64)).collect();
        let mut tables = Vec::with_capacity(steps);
        for value in &values {
            let mut from = ground.base.clone();
            from[input] = *value;
            tables.push(Points::ask(host, &ground.spread(&from, free, n))?);
        }
        let off = |value: &f64| (value - ground.base[input]).abs();
        let nearest = (0..steps).min_by(|a, b| off(&values[*a]).total_cmp(&off(&values[*b])));
        Ok(Slices { start: nearest.unwrap_or(0), values, tables })
    }

    /// How `knobs` have to move for `form` to hold along the input, beginning where it was found, each fit from where the last one ended;
    /// `None` where it does not hold at enough of the values. And the work.
    pub fn walk(
        &self,
        rng: &mut ChaCha8Rng,
        form: &Expr,
        knobs: &[Knob],
        noise: f64,
        workspace: &mut Workspace,
    ) -> (Option<Curves>, u64) {
        let rest: Vec<f64> = knobs.iter().map(|knob| knob.rest(form)).collect();
        let Some((loose, order)) = loosened(form, knobs, &rest) else { return (None, 1000) };
        let mut work = 1000;
        let needed = (MOST * self.values.len() as f64).ceil() as usize;
        let mut found: Vec<(usize, Vec<f64>)> = Vec::new();
        let up: Vec<usize> = (self.start..self.values.len()).collect();
        let down: Vec<usize> = (0..self.start).rev().collect();
        for (way, onward) in [(&up, true), (&down, false)] {
            let mut last = found.first().map_or_else(|| loose.params().to_vec(), |(_, params)| params.clone());
            let mut before: Option<Vec<f64>> = None;
            for at in way {
                let points = &self.tables[*at];
                if points.len() <= knobs.len() + 1 {
                    break;
                }
                let within = tolerance(points, noise);
                let straight =
                    before.as_ref().map(|before| last.iter().zip(before).map(|(a, b)| 2.0 * a - b).collect());
                let starts: Vec<Vec<f64>> = straight.into_iter().chain([last.clone()]).collect();
                let reached = starts.into_iter().find_map(|start| {
                    let (fitted, loss, cost) = points.fit(rng, &loose.with_params(&start), workspace);
                    work += cost;
                    (loss <= within).then(|| fitted.params().to_vec())
                });
                let Some(params) = reached else { break };
                before = Some(std::mem::replace(&mut last, params.clone()));
                found.push((*at, params));
            }
            // What cannot come to enough values any more is not followed further.
            if onward && found.len() + self.start < needed {
                return (None, work);
            }
        }
        if found.len() < needed {
            return (None, work);
        }
        found.sort_by_key(|(at, _)| *at);
        let input = found.iter().map(|(at, _)| self.values[*at]).collect();
        let mut curves = vec![Vec::with_capacity(found.len()); knobs.len()];
        for (_, params) in &found {
            for (place, knob) in order.iter().enumerate() {
                curves[*knob].push(params[place]);
            }
        }
        (Some(Curves { input, knobs: curves }), work)
    }
}
