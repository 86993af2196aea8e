//! The first looks: how noisy the oracle is, which inputs act, and the slice of each.

use symfolio_core::{Host, View, ViewData};
use symfolio_expr::Expr;

use crate::branch::Branch;
use crate::error::StagedError;
use crate::ground::Ground;
use crate::line::line;
use crate::points::{Points, moments};
use crate::search::{StagedSearch, Step};
use crate::state::{Single, Stage};

/// Points next to the base by which noise is told, and how far they are off, as a share of the ranges.
const TWINS: usize = 8;
const NEXT_TO: f64 = 1e-9;
/// Answers that differ by less than this share of the target are the same.
const ROUNDING: f64 = 1e-7;
/// Places at which every input is moved, and values that it is moved to.
const PLACES: usize = 4;
const MOVES: [f64; 4] = [0.02, 0.31, 0.67, 0.98];
/// An input acts where it moves the target by so many deviations of the noise, or by this share of the target.
const SURE: f64 = 6.0;
const ACTS: f64 = 1e-9;

impl StagedSearch {
    /// Asks at the base, and next to it.
    pub(crate) fn begin(&mut self, host: &mut dyn Host) -> Result<Step, StagedError> {
        let Some(ground) = self.state.ground.clone() else { return Ok(Step::Waits) };
        let all: Vec<usize> = (0..ground.base.len()).collect();
        let next_to = |point: Vec<f64>| -> Vec<f64> {
            point.iter().zip(&ground.base).map(|(value, base)| base + NEXT_TO * (value - base)).collect()
        };
        let mut twins: Vec<Vec<f64>> = ground.spread(&ground.base, &all, TWINS).into_iter().map(next_to).collect();
        twins.push(ground.base.clone());
        let near = Points::ask(host, &twins)?;
        if near.len() == 0 {
            return Err(StagedError::NoBase { point: ground.base });
        }
        let (mean, variance) = near.moments();
        let noise = variance.sqrt();
        self.state.noise = if noise > ROUNDING * mean.abs() { noise } else { 0.0 };
        self.state.stage = Stage::Screen;
        Ok(Step::Done(10_000))
    }

    /// Moves the next input at several places.
    pub(crate) fn screen(&mut self, host: &mut dyn Host) -> Result<Step, StagedError> {
        let Some(ground) = self.state.ground.clone() else { return Ok(Step::Waits) };
        let input = self.state.looked;
        if input == ground.base.len() {
            self.state.acting.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
            self.state.acting.truncate(self.config.inputs);
            (self.state.stage, self.state.looked) = (Stage::Single, 0);
            self.offer_lines();
            return Ok(Step::Done(1000));
        }
        let effect = effect(host, &ground, input, self.state.noise)?;
        self.state.acting.extend(effect.map(|effect| (input, effect)));
        self.state.looked += 1;
        Ok(Step::Done(5000))
    }

    /// Asks for the slice of the next input: a straight line is a branch, of anything else others have to find a formula.
    pub(crate) fn single(&mut self, host: &mut dyn Host) -> Result<Step, StagedError> {
        let Some(ground) = self.state.ground.clone() else { return Ok(Step::Waits) };
        let Some((input, _)) = self.state.acting.get(self.state.looked).copied() else {
            // Few constants are few functions to find.
            self.state.branches.sort_by_key(|branch| std::cmp::Reverse(branch.form.params().len()));
            self.state.stage = Stage::Grow;
            return Ok(Step::Done(1000));
        };
        self.state.looked += 1;
        let mut points = Points::ask(host, &ground.spread(&ground.base, &[input], self.config.points))?;
        let (x, y) = (points.columns.swap_remove(input), points.target);
        let exact = self.exact();
        match line(&x, &y, input as u16, &self.problem.operators, exact).filter(|line| line.error <= exact) {
            Some(line) => {
                let rest = self.others(&[input]);
                self.state.branches.push(Branch::new(line.expr, vec![input], rest));
            }
            None => self.state.singles.push(Single { input, x, y, view: None }),
        }
        Ok(Step::Done(100_000))
    }

    /// Proposes the slices that are no straight lines.
    pub(crate) fn propose_singles(&mut self, host: &mut dyn Host, most: usize) -> bool {
        let waiting: Vec<usize> =
            (0..self.state.singles.len()).filter(|at| self.state.singles[*at].view.is_none()).take(most).collect();
        for at in &waiting {
            let Single { input, x, y, .. } = self.state.singles[*at].clone();
            let name = &self.problem.features[input];
            let view = View {
                about: format!("the target over {name}, all else held"),
                features: vec![Expr::var(input as u16)],
                data: ViewData::Points { columns: vec![x], target: y },
                lift: Expr::var(self.problem.features.len() as u16),
            };
            self.state.singles[*at].view = Some(self.propose(host, view));
        }
        !waiting.is_empty()
    }
}

/// How far `input` moves the target, as a standard deviation; `None` where it does not.
fn effect(host: &mut dyn Host, ground: &Ground, input: usize, noise: f64) -> Result<Option<f64>, StagedError> {
    let all: Vec<usize> = (0..ground.base.len()).collect();
    let mut places = ground.spread(&ground.base, &all, PLACES - 1);
    places.push(ground.base.clone());
    let mut largest = None;
    for place in places {
        let moved = |share: &f64| {
            let mut point = place.clone();
            point[input] = ground.at(input, *share);
            point
        };
        let points = Points::ask(host, &MOVES.iter().map(moved).collect::<Vec<_>>())?;
        let (low, high) =
            points.target.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), y| (low.min(*y), high.max(*y)));
        let most = low.abs().max(high.abs());
        if points.len() > 1 && high - low > (SURE * noise).max(ACTS * most) {
            let deviation = moments(&points.target).1.sqrt();
            largest = Some(largest.map_or(deviation, |largest: f64| largest.max(deviation)));
        }
    }
    Ok(largest)
}
