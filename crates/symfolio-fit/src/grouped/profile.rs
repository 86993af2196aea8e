//! [`profile_grouped`]: confidence intervals of shared and own constants from the loss itself.

use serde::{Deserialize, Serialize};
use symfolio_expr::{Expr, Program};

use super::bordered::{Held, Joint, JointPlace};
use super::search::free_linear;
use super::{Layout, certify_grouped};
use crate::data::{FitData, Workspace};
use crate::levenberg_marquardt::Limits;
use crate::loss::Loss;
use crate::profile_likelihood::{End, RESTARTS, Ruler};
use crate::work::Work;

/// What profile likelihood says of the constants of all groups.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GroupedProfile {
    /// Lower and upper end of each 95 % interval, shape `(n_groups, n_constants)`; those of shared constants are the same in all
    /// groups.
    pub intervals: Vec<Vec<(End, End)>>,
    /// Constants of a lower loss that were met on the way: the start was no minimum, and the intervals are around these.
    pub better: Option<Vec<Vec<f64>>>,
    /// Work spent.
    pub work: u64,
}

/// Ends of intervals, and constants, of shape `(n_groups, n_constants)`.
type Ends = Vec<Vec<(End, End)>>;
type Params = Vec<Vec<f64>>;

const LIMITS: Limits = Limits { max_iterations: 40, relative_reduction: 1e-10 };

/// 95 % confidence intervals by profile likelihood at `params`, which should be a minimum of the squared error over all groups: as
/// [`profile_intervals`](crate::profile_intervals), all constants of all groups but one fitted anew at each step.
///
/// `bounds` are one pair a constant, or empty.
///
/// # Panics
/// As [`certify_grouped`].
pub fn profile_grouped(
    expr: &Expr,
    groups: &[FitData<'_>],
    params: &[Vec<f64>],
    shared: &[usize],
    bounds: &[(f64, f64)],
    max_work: u64,
    workspace: &mut Workspace,
) -> GroupedProfile {
    let k = expr.params().len();
    let (layout, program) = (Layout::new(k, shared), Program::new(expr));
    let linear = free_linear(expr, bounds);
    let joint = Joint { program: &program, groups, layout: &layout, linear: &linear, bounds, held: None };
    let mut work = Work::with_limit(max_work);
    let mut better = None;
    let mut intervals = vec![vec![(End::Unknown, End::Unknown); k]; groups.len()];
    for _ in 0..=RESTARTS {
        let best = better.as_deref().unwrap_or(params);
        match all(expr, &joint, best, workspace, &mut work) {
            Ok(found) => {
                intervals = found;
                break;
            }
            Err(lower) => better = Some(lower),
        }
    }
    GroupedProfile { intervals, better, work: work.spent }
}

/// All intervals, or constants of a clearly lower loss.
fn all(
    expr: &Expr,
    joint: &Joint<'_>,
    best: &[Vec<f64>],
    workspace: &mut Workspace,
    work: &mut Work,
) -> Result<Ends, Params> {
    let Joint { groups, layout, bounds, .. } = *joint;
    let certificate = certify_grouped(expr, groups, best, &layout.shared, Loss::SquaredError, &[], workspace);
    if certificate.freedom == 0 {
        return Ok(vec![vec![(End::Open, End::Open); expr.params().len()]; groups.len()]);
    }
    let place = JointPlace { params: best.to_vec(), loss: f64::INFINITY, converged: false };
    let still = Limits { max_iterations: 0, ..LIMITS };
    let loss = joint.descend(place, Loss::SquaredError, still, workspace, work).loss;
    let total: f64 = groups.iter().map(FitData::total_weight).sum();
    let variance = groups.iter().map(|group| group.total_weight() * group.target_moments().1).sum::<f64>() / total;
    let ruler = Ruler::new(loss, certificate.freedom, variance);
    let mut interval = |held: Held| -> Result<(End, End), Params> {
        let (group, index) = (held.group.unwrap_or(0), held.constant);
        let (low, high) = bounds.get(index).copied().unwrap_or((f64::NEG_INFINITY, f64::INFINITY));
        let value = best[group][index];
        let linear: Vec<usize> = joint.linear.iter().copied().filter(|linear| *linear != index).collect();
        let joint = Joint { held: Some(held), linear: &linear, ..*joint };
        let mut end = |first: f64, bound: f64| {
            ruler.end((value, first, bound), best.to_vec(), |value, start: &Params| {
                if work.exhausted() {
                    return None;
                }
                let mut params = start.clone();
                match held.group {
                    Some(group) => params[group][index] = value,
                    None => params.iter_mut().for_each(|params| params[index] = value),
                }
                let place = JointPlace { params, loss: f64::INFINITY, converged: false };
                let place = joint.descend(place, Loss::SquaredError, LIMITS, workspace, work);
                (!work.exhausted()).then_some((place.loss, place.params))
            })
        };
        let first = ruler.first_step(value, certificate.standard_errors[group][index]);
        Ok((end(-first, low)?, end(first, high)?))
    };
    let mut intervals = vec![vec![(End::Open, End::Open); expr.params().len()]; groups.len()];
    for &constant in &layout.shared {
        let found = interval(Held { constant, group: None })?;
        intervals.iter_mut().for_each(|of_group| of_group[constant] = found);
    }
    for (group, of_group) in intervals.iter_mut().enumerate() {
        for &constant in &layout.own {
            of_group[constant] = interval(Held { constant, group: Some(group) })?;
        }
    }
    Ok(intervals)
}
