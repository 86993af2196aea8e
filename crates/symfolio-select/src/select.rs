//! [`select`]: from the front of a study to finished formulas and the chosen one.

use std::collections::BTreeSet;

use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};
use symfolio_core::{Candidate, Problem};
use symfolio_expr::{Expr, Key};
use symfolio_fit::Workspace;

use crate::choose::Chooser;
use crate::constants::{Constant, constants};
use crate::length::{Scale, floor, quick_description_length};
use crate::member::Member;
use crate::metrics::Metrics;
use crate::options::SelectOptions;
use crate::polish::Polisher;
use crate::rows::{Bench, How, Rows};

/// Share of the time granted after which the formulas that wait for polishing are taken as they are.
const POLISHING: f64 = 0.5;
/// Share of the time granted after which no more formulas are measured on rows held out.
const HOLDING_OUT: f64 = 0.8;

/// A finished formula.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Finished {
    /// The formula. Free constants are fitted on all rows (training and validation; on the training rows only where selection was
    /// stopped before), simple numbers are literals.
    pub expr: Expr,
    /// Its complexity.
    pub complexity: u32,
    /// On the training rows, with constants fitted on them.
    pub train: Metrics,
    /// On rows that the constants have not seen: the validation rows, or cross-validation where there are few rows or none
    /// held out. `None` where selection was stopped before.
    pub validation: Option<Metrics>,
    /// Its numbers, in order of first appearance.
    pub constants: Vec<Constant>,
    /// Description length on the training rows in nats, relative to the best constant's misfit; only differences mean something.
    pub description_length: f64,
    /// The backends that had a part in it; `selection` for the constant that selection adds.
    pub origin: Vec<String>,
    /// The candidate that it was made from; `u64::MAX` for the constant that selection adds.
    pub candidate: u64,
    /// Is it exact to within rounding on all rows?
    pub exact: bool,
}

/// Finished formulas and the chosen one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Selection {
    /// By ascending complexity; none is worse than another in loss, complexity and description length at once. Empty only for a
    /// problem without a data set.
    pub members: Vec<Finished>,
    /// Position of the chosen one among the members.
    pub chosen: usize,
    /// What it cost, in the unit of [`symfolio_core::Cost::work`].
    pub work: u64,
}

/// Polishes, certifies and ranks the formulas of `front`, and chooses one.
///
/// Each formula is simplified, its constants are fitted on the training rows, parts that do nothing are dropped and numbers that
/// are nearly simple are made so, as long as the description length falls. Formulas that are undefined or absurd on rows held out
/// are dropped. The best constant is always in the running. Only expressions take part; a problem without a data set gives no
/// members.
///
/// The most promising formulas come first. `spent` is asked between steps and says which share of the time granted is over: 0 at the
/// start, 1 or more at the end. Polishing may take half of it, so that time is left to measure on rows held out and to fit on all
/// rows. What there is no time for is taken as it is: the selection is valid whenever time runs out. The order of `front` does not
/// matter.
pub fn select(
    rng: &mut ChaCha8Rng,
    problem: &Problem,
    front: &[Candidate],
    options: &SelectOptions,
    spent: &dyn Fn() -> f64,
) -> Selection {
    let Some(dataset) = &problem.dataset else { return Selection { members: Vec::new(), chosen: 0, work: 0 } };
    let rows = Rows::new(dataset, problem, options);
    let mut bench = Bench { rng, workspace: Workspace::default(), work: 0 };
    let (constant, scale) = best_constant(&mut bench, &rows);
    let stop = || spent() >= POLISHING;
    let polisher = Polisher::new(problem, &rows, scale, options, &stop);
    let mut members = polished(&mut bench, &polisher, front, &constant);
    members.retain_mut(|member| {
        // Formulas that are undefined or absurd on rows held out are dropped.
        spent() >= HOLDING_OUT || member.hold_out(&mut bench, &rows, options) || member.is_constant
    });
    merge_forms(&mut members);
    keep_non_dominated(&mut members, scale.floor);
    let few_rows = rows.validation.is_none() && rows.all.n_rows() < options.cross_validate_below;
    let chosen = Chooser { options, scale: &scale, few_rows }.choose(&members);
    let members = finish(&mut bench, &rows, &scale, members, chosen, &|| spent() >= 1.0);
    Selection { members, chosen, work: bench.work }
}

/// The constant of smallest loss, and the scale that it sets.
fn best_constant(bench: &mut Bench<'_>, rows: &Rows) -> (Expr, Scale) {
    let target = &rows.train.target;
    let mean = target.iter().sum::<f64>() / target.len().max(1) as f64;
    let (constant, loss) = bench.fitted(&Expr::param(mean), &rows.train, rows.loss, How::Converge);
    let floor = floor(rows.loss, target, rows.train.weights.as_deref()).max(f64::MIN_POSITIVE);
    (constant, Scale { loss: rows.loss, baseline: loss.max(floor), floor })
}

/// The formulas of the front and the constant, polished as far as time allows, the most promising first, equal ones once.
fn polished(bench: &mut Bench<'_>, polisher: &Polisher<'_>, front: &[Candidate], constant: &Expr) -> Vec<Member> {
    let n_rows = polisher.rows.train.n_rows();
    let n_features = polisher.rows.train.n_features();
    let mut seen: BTreeSet<Key> = BTreeSet::new();
    let mut members: Vec<Member> = Vec::new();
    let drafted = polisher.as_it_is(bench, constant);
    members.extend(drafted.map(|draft| Member::new(bench, polisher.problem, polisher.rows, draft)));
    seen.extend(members.iter().map(|member| member.expr.value_key()));
    let usable = |expr: &&Expr| expr.variables().last().is_none_or(|last| usize::from(*last) < n_features);
    let mut queue: Vec<(f64, Key, &Candidate, &Expr)> = front
        .iter()
        .filter_map(|candidate| candidate.form.expr().filter(usable).map(|expr| (candidate, expr)))
        .map(|(candidate, expr)| {
            let length = quick_description_length(candidate.loss, expr, n_rows, polisher.scale.floor);
            (length, expr.value_key(), candidate, expr)
        })
        .collect();
    queue.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)).then(a.2.id.cmp(&b.2.id)));
    for (_, _, candidate, expr) in queue {
        let draft = if (polisher.stop)() { polisher.as_it_is(bench, expr) } else { polisher.polish(bench, expr) };
        let Some(draft) = draft else { continue };
        if seen.insert(draft.expr.value_key()) {
            let mut member = Member::new(bench, polisher.problem, polisher.rows, draft);
            member.candidate = candidate.id;
            member.origin = candidate.origin.clone();
            members.push(member);
        }
    }
    members
}

/// Of members that differ in their numbers only, keeps the one of shortest description.
fn merge_forms(members: &mut Vec<Member>) {
    members.sort_by(|a, b| {
        a.length.total().total_cmp(&b.length.total()).then(a.expr.value_key().cmp(&b.expr.value_key()))
    });
    let mut seen: BTreeSet<(u32, Key)> = BTreeSet::new();
    members.retain(|member| seen.insert((member.complexity, member.form())));
}

fn keep_non_dominated(members: &mut Vec<Member>, floor: f64) {
    let kept: Vec<bool> =
        members.iter().map(|member| !members.iter().any(|other| member.is_dominated_by(other, floor))).collect();
    let mut kept = kept.into_iter();
    members.retain(|_| kept.next().unwrap_or(false));
    members.sort_by(|a, b| {
        let order = a.complexity.cmp(&b.complexity).then(a.length.total().total_cmp(&b.length.total()));
        order.then(a.expr.value_key().cmp(&b.expr.value_key()))
    });
}

/// The members with constants from all rows and their intervals, the chosen one first, as far as time allows; those behind keep
/// the constants of the training rows.
fn finish(
    bench: &mut Bench<'_>,
    rows: &Rows,
    scale: &Scale,
    members: Vec<Member>,
    chosen: usize,
    stop: &dyn Fn() -> bool,
) -> Vec<Finished> {
    let mut finished: Vec<(usize, Finished)> = Vec::with_capacity(members.len());
    let mut queue: Vec<(usize, Member)> = members.into_iter().enumerate().collect();
    queue.sort_by_key(|(index, _)| *index != chosen);
    for (index, member) in queue {
        let in_time = index == chosen || !stop();
        finished.push((index, finish_one(bench, rows, scale, member, in_time)));
    }
    finished.sort_by_key(|(index, _)| *index);
    finished.into_iter().map(|(_, member)| member).collect()
}

fn finish_one(bench: &mut Bench<'_>, rows: &Rows, scale: &Scale, member: Member, in_time: bool) -> Finished {
    let (mut expr, mut loss) = (member.expr, member.loss);
    let more_rows = rows.all.n_rows() > rows.train.n_rows();
    if in_time && more_rows {
        let (refitted, value) = bench.fitted(&expr, &rows.all, rows.loss, How::Adjust);
        if value.is_finite() {
            expr = refitted;
        }
        loss = value;
    }
    let constants = constants(bench, &expr, in_time.then_some(&rows.all));
    Finished {
        complexity: member.complexity,
        train: member.train,
        validation: member.held_out.map(|held_out| held_out.metrics),
        constants,
        description_length: member.length.total(),
        origin: member.origin,
        candidate: member.candidate,
        exact: loss <= scale.floor,
        expr,
    }
}
