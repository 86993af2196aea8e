//! [`select`]: from the front of a study to finished formulas and the chosen one.

use std::collections::BTreeSet;

use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};
use symfolio_core::{Candidate, Problem};
use symfolio_expr::{Expr, Key, infix_rounded};
use symfolio_fit::Workspace;

use crate::choose::Chooser;
use crate::constants::{Constant, constants};
use crate::length::{Scale, floor, quick_description_length};
use crate::member::{Member, residuals};
use crate::metrics::Metrics;
use crate::options::SelectOptions;
use crate::polish::Polisher;
use crate::rows::{Bench, How, Rows};
use crate::spread::Spread;
use crate::trust::{is_exact, outliers};

/// Share of the time granted after which the formulas that wait for polishing are taken as they are.
const POLISHING: f64 = 0.5;
/// Share of the time granted after which no more formulas are measured on rows held out.
const HOLDING_OUT: f64 = 0.8;
/// Digits of constants by which formulas that are shown are told apart.
const SHOWN: usize = 6;

/// A finished formula.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Finished {
    /// The formula. Free constants are fitted on all rows (training and validation; on the training rows only where selection was
    /// stopped before), simple numbers are literals.
    pub expr: Expr,
    /// Its complexity.
    pub complexity: u32,
    /// On the training rows, of the formula with just these constants.
    pub train: Metrics,
    /// On rows that the constants have not seen: the validation rows, or cross-validation where there are few rows or none
    /// held out, each time with constants fitted without them. `None` where selection was stopped before.
    pub validation: Option<Metrics>,
    /// Its numbers, in order of first appearance.
    pub constants: Vec<Constant>,
    /// Description length on the training rows in nats, relative to the best constant's misfit; only differences mean something.
    pub description_length: f64,
    /// The backends that had a part in it; `selection` for the constant that selection adds.
    pub origin: Vec<String>,
    /// The candidate that it was made from; `u64::MAX` for the constant that selection adds, and for what was found too late to be
    /// numbered.
    pub candidate: u64,
    /// Is it exact to within rounding on all rows, row by row?
    pub exact: bool,
}

/// Where the figures of [`Finished::validation`] come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Validation {
    /// Rows held out: the constants were fitted on the training rows.
    HeldOut,
    /// Cross-validation over all rows: there are few of them, or none held out.
    CrossValidation {
        /// Number of folds.
        folds: usize,
    },
}

/// Finished formulas and the chosen one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Selection {
    /// By ascending complexity and falling loss on the training rows: none is dominated, save that the chosen one may be, since it is
    /// not chosen by these two. Empty only for a problem without a data set.
    pub members: Vec<Finished>,
    /// Position of the chosen one among the members.
    pub chosen: usize,
    /// Number of training rows, and of rows held out; with cross-validation all rows are training rows.
    pub rows: (usize, usize),
    /// Where the validation figures come from; `None` without a data set.
    pub validation: Option<Validation>,
    /// Rows of the data set, counted from 0, whose residual under the chosen formula is more than 20 robust standard deviations from the
    /// others'.
    pub outliers: Vec<u32>,
    /// What it cost, in the unit of [`symfolio_core::Cost::work`].
    pub work: u64,
}

/// Polishes, certifies and ranks the formulas of `front`, and chooses one.
///
/// Each formula is simplified, its constants are fitted on the training rows, parts that do nothing are dropped and numbers that
/// are nearly simple are made so, as long as the description length falls. Formulas that are undefined or absurd on rows held out
/// are dropped. Residuals may grow with the prediction: where those of the most promising formula do, all lengths are measured with
/// the spread that it has. The best constant is always in the running, unless
/// units forbid it and there is another formula. Only expressions take part; a problem without a data set gives no
/// members.
///
/// The most promising formulas come first. `spent` is asked between steps, with the work done so far, and says which share of what was granted is
/// over: 0 at the start, 1 or more at the end. Polishing may take half of it, so that time is left to measure on rows held out and to fit on all
/// rows. What there is no time for is taken as it is: the selection is valid whenever time runs out. The order of `front` does not
/// matter.
pub fn select(
    rng: &mut ChaCha8Rng,
    problem: &Problem,
    front: &[Candidate],
    options: &SelectOptions,
    spent: &dyn Fn(u64) -> f64,
) -> Selection {
    let Some(dataset) = &problem.dataset else {
        return Selection {
            members: Vec::new(),
            chosen: 0,
            rows: (0, 0),
            validation: None,
            outliers: Vec::new(),
            work: 0,
        };
    };
    let rows = Rows::new(dataset, problem, options);
    let mut bench = Bench { rng, workspace: Workspace::default(), work: 0 };
    let (constant, scale) = best_constant(&mut bench, &rows);
    let queue = by_promise(front, &rows, scale.floor);
    let scale = match queue.first() {
        Some((_, expr)) => {
            let spread = Spread::estimate(&mut bench, expr, &rows.train);
            scale.spreading(&mut bench, spread, &constant, &rows.train)
        }
        None => scale,
    };
    let stop = |work: u64| spent(work) >= POLISHING;
    let polisher = Polisher::new(problem, &rows, scale.clone(), options, &stop);
    let mut members = polished(&mut bench, &polisher, &queue, &constant);
    members.retain_mut(|member| {
        // Formulas that are undefined or absurd on rows held out are dropped.
        spent(bench.work) >= HOLDING_OUT || member.hold_out(&mut bench, &rows, &scale, options) || member.is_constant
    });
    if members.len() > 1 {
        // Where constants have no units, a constant is no formula for a target that has one.
        members.retain(|member| !member.is_constant || problem.allows_finished(&member.expr));
    }
    merge_forms(&mut members);
    let few_rows = rows.validation.is_none() && rows.all.n_rows() < options.cross_validate_below;
    let chosen = Chooser { options, scale: &scale, few_rows }.choose(&members);
    let (members, chosen) = finish(&mut bench, &polisher, members, chosen, &|work| spent(work) >= 1.0);
    let outliers = members.get(chosen).map_or(Vec::new(), |member| far_rows(&mut bench, &rows, &scale, &member.expr));
    let folds = options.folds.clamp(2, rows.train.n_rows().max(2));
    let validation =
        if rows.validation.is_some() { Validation::HeldOut } else { Validation::CrossValidation { folds } };
    Selection { members, chosen, rows: rows.counts(), validation: Some(validation), outliers, work: bench.work }
}

/// The rows of the data set that `expr` does not explain at all.
fn far_rows(bench: &mut Bench<'_>, rows: &Rows, scale: &Scale, expr: &Expr) -> Vec<u32> {
    let values = bench.values(expr, &rows.all);
    let divisors = scale.spread.divisors(bench, &rows.all);
    let residuals = residuals(&rows.all, &values, divisors.as_deref());
    let counts = |row: &usize| rows.all.weights.as_ref().is_none_or(|weights| weights[*row] > 0.0);
    outliers(&residuals, scale.least_residual()).into_iter().filter(counts).map(|row| rows.numbers[row]).collect()
}

/// The constant of smallest loss, and the scale that it sets.
fn best_constant(bench: &mut Bench<'_>, rows: &Rows) -> (Expr, Scale) {
    let target = &rows.train.target;
    let mean = target.iter().sum::<f64>() / target.len().max(1) as f64;
    let (constant, loss) = bench.fitted(&Expr::param(mean), &rows.train, rows.loss, How::Converge);
    let floor = floor(rows.loss, target, rows.train.weights.as_deref()).max(f64::MIN_POSITIVE);
    let scale = Scale { loss: rows.loss, baseline: loss.max(floor), floor, spread: Spread::default(), divisors: None };
    (constant, scale)
}

/// The expressions of the front over the features that there are, the most promising first.
fn by_promise<'a>(front: &'a [Candidate], rows: &Rows, floor: f64) -> Vec<(&'a Candidate, &'a Expr)> {
    let (n_rows, n_features) = (rows.train.n_rows(), rows.train.n_features());
    let usable = |expr: &&Expr| expr.variables().last().is_none_or(|last| usize::from(*last) < n_features);
    let mut queue: Vec<(f64, Key, &Candidate, &Expr)> = front
        .iter()
        .filter_map(|candidate| candidate.form.expr().filter(usable).map(|expr| (candidate, expr)))
        .map(|(candidate, expr)| {
            let length = quick_description_length(candidate.loss, expr, n_rows, floor);
            (length, expr.value_key(), candidate, expr)
        })
        .collect();
    queue.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)).then(a.2.id.cmp(&b.2.id)));
    queue.into_iter().map(|(_, _, candidate, expr)| (candidate, expr)).collect()
}

/// The formulas of the queue and the constant, polished as far as time allows, equal ones once.
fn polished(
    bench: &mut Bench<'_>,
    polisher: &Polisher<'_>,
    queue: &[(&Candidate, &Expr)],
    constant: &Expr,
) -> Vec<Member> {
    let mut seen: BTreeSet<Key> = BTreeSet::new();
    let mut members: Vec<Member> = Vec::new();
    let member =
        |bench: &mut Bench<'_>, draft| Member::new(bench, polisher.problem, polisher.rows, &polisher.scale, draft);
    let drafted = polisher.as_it_is(bench, constant);
    members.extend(drafted.map(|draft| member(bench, draft)));
    seen.extend(members.iter().map(|member| member.expr.value_key()));
    for (candidate, expr) in queue {
        let polished = !(polisher.stop)(bench.work);
        let draft = if polished { polisher.polish(bench, expr) } else { polisher.as_it_is(bench, expr) };
        let Some(draft) = draft else { continue };
        if seen.insert(draft.expr.value_key()) {
            let mut member = member(bench, draft);
            member.polished = polished;
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

/// The members with constants from all rows and their intervals, the chosen one first, as far as time allows; those behind keep
/// the constants of the training rows. Of these the non-dominated ones and the chosen one, and its position.
fn finish(
    bench: &mut Bench<'_>,
    polisher: &Polisher<'_>,
    members: Vec<Member>,
    chosen: usize,
    stop: &dyn Fn(u64) -> bool,
) -> (Vec<Finished>, usize) {
    let mut queue: Vec<(bool, Member)> =
        members.into_iter().enumerate().map(|(index, member)| (index == chosen, member)).collect();
    queue.sort_by_key(|(is_chosen, _)| !is_chosen);
    let mut finished: Vec<(bool, Finished)> = Vec::with_capacity(queue.len());
    for (is_chosen, member) in queue {
        let in_time = is_chosen || !stop(bench.work);
        finished.push((is_chosen, finish_one(bench, polisher, member, in_time)));
    }
    // The chosen one comes before others of its complexity and loss.
    finished.sort_by(|(a_is, a), (b_is, b)| {
        let order = a.complexity.cmp(&b.complexity).then(a.train.loss.total_cmp(&b.train.loss));
        order.then(b_is.cmp(a_is)).then(a.expr.value_key().cmp(&b.expr.value_key()))
    });
    let mut least = f64::INFINITY;
    let mut texts: BTreeSet<String> = finished.iter().filter(|(is, _)| *is).map(|(_, it)| text(polisher, it)).collect();
    finished.retain(|(is_chosen, member)| {
        let level = member.train.loss.max(polisher.scale.floor);
        let kept = *is_chosen || (level < least && texts.insert(text(polisher, member)));
        if kept {
            least = least.min(level);
        }
        kept
    });
    let position = finished.iter().position(|(is_chosen, _)| *is_chosen).unwrap_or(0);
    (finished.into_iter().map(|(_, member)| member).collect(), position)
}

/// A formula as people see it; those that look alike are one to them.
fn text(polisher: &Polisher<'_>, member: &Finished) -> String {
    infix_rounded(&member.expr, &polisher.problem.features, SHOWN)
}

fn finish_one(bench: &mut Bench<'_>, polisher: &Polisher<'_>, member: Member, in_time: bool) -> Finished {
    let rows = polisher.rows;
    let mut expr = polisher.tidied(bench, &member.expr, member.loss, in_time && !member.polished);
    let mut train = member.train;
    let mut exact = false;
    if in_time {
        if rows.all.n_rows() > rows.train.n_rows() {
            let (refitted, loss) = bench.fitted(&expr, &rows.all, rows.loss, How::Adjust);
            if loss.is_finite() {
                expr = refitted;
            }
        }
        let values = bench.values(&expr, &rows.all);
        train = rows.on_training_rows(&values);
        let loss = rows.loss.mean(&values, &rows.all.target, rows.all.weights.as_deref());
        exact = loss <= polisher.scale.floor && is_exact(&rows.all, &values);
    }
    let constants = constants(bench, &expr, in_time.then_some(&rows.all));
    Finished {
        complexity: polisher.problem.complexity.of(&expr),
        train,
        validation: member.held_out.map(|held_out| held_out.metrics),
        constants,
        description_length: member.length.total(),
        origin: member.origin,
        candidate: member.candidate,
        exact,
        expr,
    }
}
