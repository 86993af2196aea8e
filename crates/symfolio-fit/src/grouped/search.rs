//! Where joint descents of several groups begin.

use rand_chacha::ChaCha8Rng;
use symfolio_expr::{Columns, Expr, Program};

use super::bordered::{Joint, JointPlace};
use super::{Layout, hold};
use crate::data::{FitData, Workspace};
use crate::fit::{fit, within};
use crate::levenberg_marquardt::Limits;
use crate::linear::linear_constants;
use crate::loss::measure;
use crate::options::{Effort, FitOptions};
use crate::work::Work;

/// Groups that are fitted alone to propose shared constants.
const SOLO: usize = 6;
/// Groups that proposals are compared on.
const JUDGES: usize = 5;
/// Proposals that are tried on all groups, as long as they did on the judges about as well as the best: by this factor.
const FINALISTS: usize = 2;
const CLOSE: f64 = 1.5;
/// A group whose loss is this many times that of the middle one may have been caught in a wrong valley.
const SUSPICIOUS: f64 = 1.5;
/// Rounds of searching each group's own constants anew after a joint descent.
const ROUNDS: usize = 3;
/// Losses that agree to this share are the same place.
const SAME: f64 = 1e-4;
/// Losses of this share of the target's variance are perfect but for rounding.
const PERFECT: f64 = 1e-26;

pub(super) struct Search<'s, 'd> {
    pub expr: &'s Expr,
    pub program: &'s Program,
    pub groups: &'s [FitData<'d>],
    pub layout: &'s Layout,
    pub options: &'s FitOptions,
    pub workspace: &'s mut Workspace,
    pub work: Work,
}

impl Search<'_, '_> {
    pub(super) fn run(&mut self, rng: &mut ChaCha8Rng) -> JointPlace {
        let order = self.most_telling();
        let proposals = self.proposals(rng, &order);
        let finalists = self.compare(rng, proposals, &order);
        let mut best: Option<JointPlace> = None;
        for proposal in finalists {
            let params = self.complete(rng, &proposal, &(0..self.groups.len()).collect::<Vec<_>>(), Effort::Thorough);
            let place = self.descend(params);
            if best.as_ref().is_none_or(|best| place.loss < best.loss) {
                best = Some(place);
            }
            if self.work.exhausted() || best.as_ref().is_some_and(|best| self.is_perfect(best)) {
                break;
            }
        }
        let mut best = best.unwrap_or_else(|| JointPlace {
            params: vec![self.given(); self.groups.len()],
            loss: f64::INFINITY,
            converged: false,
        });
        for _ in 0..ROUNDS {
            if self.work.exhausted() || self.is_perfect(&best) || self.layout.own.is_empty() {
                break;
            }
            let place = self.search_own_again(rng, &best);
            let gained = place.loss < best.loss * (1.0 - SAME);
            if place.loss < best.loss {
                best = place;
            }
            if !gained {
                break;
            }
        }
        best
    }

    /// Mean loss of each group.
    pub(super) fn losses(&mut self, params: &[Vec<f64>]) -> Vec<f64> {
        let loss = self.options.loss;
        let mut measured = |(group, params): (&FitData<'_>, &Vec<f64>)| {
            measure(self.program, params, group, loss, self.workspace, &mut self.work)
        };
        self.groups.iter().zip(params).map(&mut measured).collect()
    }

    fn is_perfect(&self, place: &JointPlace) -> bool {
        let variance = |group: &FitData<'_>| group.total_weight() * group.target_moments().1;
        let total: f64 = self.groups.iter().map(FitData::total_weight).sum();
        let within = self.groups.iter().map(variance).sum::<f64>() / total;
        place.loss <= self.options.loss.of((PERFECT * within).sqrt())
    }

    /// The groups, those first that say most of the constants: many rows of a target that varies.
    fn most_telling(&self) -> Vec<usize> {
        let k = self.expr.params().len();
        let telling = |group: &usize| {
            let data = &self.groups[*group];
            let enough = if data.n_rows() > k { 1.0 } else { 1e-3 };
            enough * data.total_weight() * data.target_moments().1.sqrt()
        };
        let mut order: Vec<usize> = (0..self.groups.len()).collect();
        order.sort_by(|a, b| telling(b).total_cmp(&telling(a)));
        order
    }

    /// The given constants, within their bounds.
    fn given(&self) -> Vec<f64> {
        within(self.expr.params(), &self.options.bounds)
    }

    /// Constants that might be right: as given, and of thorough fits of all rows together and of single groups.
    fn proposals(&mut self, rng: &mut ChaCha8Rng, order: &[usize]) -> Vec<Vec<f64>> {
        let mut found = vec![self.given()];
        let nobody_shares = self.layout.shared.is_empty();
        // Where nothing is shared every group is searched alone anyway.
        if nobody_shares && self.groups.len() > 1 {
            return found;
        }
        let pooled = Pooled::new(self.groups);
        let columns = Columns::new(pooled.columns.iter().map(Vec::as_slice));
        let data = FitData { columns: &columns, target: &pooled.target, weights: pooled.weights.as_deref() };
        let n_fits = 1 + order.len().min(SOLO) as u64;
        let share = |search: &Self| (search.work.limit.saturating_sub(search.work.spent) / 2).max(1) / n_fits.max(1);
        let max_work = share(self).max(1);
        let expr = self.expr.clone();
        found.push(self.fit_one(rng, &expr, &data, self.options.bounds.clone(), Effort::Thorough, max_work));
        if self.layout.own.is_empty() {
            return found;
        }
        for group in order.iter().take(SOLO) {
            if self.work.exhausted() {
                break;
            }
            let data = self.groups[*group];
            found.push(self.fit_one(rng, &expr, &data, self.options.bounds.clone(), Effort::Thorough, max_work));
        }
        found
    }

    /// The proposals that do best once each of some groups has its own constants; best first.
    fn compare(&mut self, rng: &mut ChaCha8Rng, proposals: Vec<Vec<f64>>, order: &[usize]) -> Vec<Vec<f64>> {
        if proposals.len() == 1 || self.layout.own.is_empty() {
            return proposals;
        }
        // The most telling groups, and some from all over.
        let step = order.len().div_ceil(JUDGES).max(1);
        let judges: Vec<usize> = order.iter().copied().step_by(step).collect();
        let mut scored: Vec<(f64, Vec<f64>)> = Vec::new();
        for proposal in proposals {
            if self.work.exhausted() && !scored.is_empty() {
                break;
            }
            let params = self.complete(rng, &proposal, &judges, Effort::Thorough);
            let groups: Vec<FitData<'_>> = judges.iter().map(|group| self.groups[*group]).collect();
            let some: Vec<Vec<f64>> = judges.iter().map(|group| params[*group].clone()).collect();
            let place = JointPlace { params: some, loss: f64::INFINITY, converged: false };
            let limits = Limits { max_iterations: 12, relative_reduction: 1e-4 };
            let place = self.descend_on(&groups, place, limits);
            let shared = place.params.first().cloned().unwrap_or(proposal);
            scored.push((place.loss, shared));
        }
        scored.sort_by(|a, b| a.0.total_cmp(&b.0));
        // Short descents end near the same place, not at it.
        scored.dedup_by(|a, b| (a.0 - b.0).abs() <= 0.01 * b.0);
        let best = scored.first().map_or(0.0, |first| first.0);
        scored.retain(|(loss, _)| *loss <= CLOSE * best);
        scored.truncate(FINALISTS);
        scored.into_iter().map(|(_, proposal)| proposal).collect()
    }

    /// The constants of all groups, with the own ones of those in `which` searched while the shared ones are as in `proposal`.
    fn complete(&mut self, rng: &mut ChaCha8Rng, proposal: &[f64], which: &[usize], effort: Effort) -> Vec<Vec<f64>> {
        let mut params = vec![proposal.to_vec(); self.groups.len()];
        for (done, group) in which.iter().enumerate() {
            if self.work.exhausted() {
                break;
            }
            // What is left is spread over the groups that are still to come, half of it kept for the descent.
            let left = self.work.limit.saturating_sub(self.work.spent) / 2;
            let max_work = (left / (which.len() - done) as u64).max(1);
            params[*group] = self.search_own(rng, proposal, *group, effort, max_work);
        }
        params
    }

    /// The best own constants of one group with the shared ones held.
    fn search_own(
        &mut self,
        rng: &mut ChaCha8Rng,
        begin: &[f64],
        group: usize,
        effort: Effort,
        max_work: u64,
    ) -> Vec<f64> {
        let (data, own) = (self.groups[group], &self.layout.own);
        let held = hold(self.expr, begin, &self.layout.shared);
        let bounds: Vec<(f64, f64)> = if self.options.bounds.is_empty() {
            Vec::new()
        } else {
            own.iter().map(|i| self.options.bounds[*i]).collect()
        };
        let found = self.fit_one(rng, &held, &data, bounds, effort, max_work);
        let mut params = begin.to_vec();
        own.iter().zip(found).for_each(|(index, value)| params[*index] = value);
        params
    }

    /// Searches the own constants of groups that fit worse than most anew, with the shared ones as they are now; then descends
    /// jointly.
    fn search_own_again(&mut self, rng: &mut ChaCha8Rng, best: &JointPlace) -> JointPlace {
        let before = self.losses(&best.params);
        let mut params = best.params.clone();
        let mut sorted = before.clone();
        sorted.sort_by(f64::total_cmp);
        let usual = sorted[sorted.len() / 2];
        let suspicious: Vec<usize> = (0..before.len()).filter(|group| before[*group] > SUSPICIOUS * usual).collect();
        for (done, &group) in suspicious.iter().enumerate() {
            if self.work.exhausted() {
                break;
            }
            let left = self.work.limit.saturating_sub(self.work.spent) / 2;
            let max_work = (left / (suspicious.len() - done) as u64).max(1);
            let found = self.search_own(rng, &best.params[group], group, Effort::Thorough, max_work);
            let data = self.groups[group];
            let loss = measure(self.program, &found, &data, self.options.loss, self.workspace, &mut self.work);
            if loss < before[group] * (1.0 - SAME) {
                params[group] = found;
            }
        }
        if params == best.params { best.clone() } else { self.descend(params) }
    }

    fn fit_one(
        &mut self,
        rng: &mut ChaCha8Rng,
        expr: &Expr,
        data: &FitData<'_>,
        bounds: Vec<(f64, f64)>,
        effort: Effort,
        max_work: u64,
    ) -> Vec<f64> {
        let options = FitOptions { effort, max_work, bounds, ..self.options.clone() };
        let found = fit(rng, expr, data, &options, self.workspace);
        self.work.spent += found.work;
        self.work.node_rows += found.node_rows;
        found.params
    }

    pub(super) fn descend(&mut self, params: Vec<Vec<f64>>) -> JointPlace {
        let place = JointPlace { params, loss: f64::INFINITY, converged: false };
        let max_iterations = self.options.max_iterations.unwrap_or(100);
        self.descend_on(self.groups, place, Limits { max_iterations, relative_reduction: 1e-13 })
    }

    fn descend_on(&mut self, groups: &[FitData<'_>], place: JointPlace, limits: Limits) -> JointPlace {
        let bounds = &self.options.bounds;
        let linear = free_linear(self.expr, bounds);
        let joint = Joint { program: self.program, groups, layout: self.layout, linear: &linear, bounds, held: None };
        joint.descend(place, self.options.loss, limits, self.workspace, &mut self.work)
    }
}

/// The constants without bounds that the expression is jointly affine in.
pub(super) fn free_linear(expr: &Expr, bounds: &[(f64, f64)]) -> Vec<usize> {
    let bounded = |index: &usize| bounds.get(*index).is_some_and(|(low, high)| low.is_finite() || high.is_finite());
    linear_constants(expr).into_iter().filter(|index| !bounded(index)).collect()
}

/// The rows of all groups.
struct Pooled {
    columns: Vec<Vec<f64>>,
    target: Vec<f64>,
    weights: Option<Vec<f64>>,
}

impl Pooled {
    fn new(groups: &[FitData<'_>]) -> Pooled {
        let n_features = groups.first().map_or(0, |group| group.columns.n_features());
        let column = |index: usize| groups.iter().flat_map(|group| group.columns.column(index)).copied().collect();
        let weighted = groups.iter().any(|group| group.weights.is_some());
        let weights = |group: &FitData<'_>| (0..group.n_rows()).map(|row| group.weight(row)).collect::<Vec<_>>();
        Pooled {
            columns: (0..n_features).map(column).collect(),
            target: groups.iter().flat_map(|group| group.target).copied().collect(),
            weights: weighted.then(|| groups.iter().flat_map(weights).collect()),
        }
    }
}
