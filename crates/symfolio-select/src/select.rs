//! [`select`]: from the front of a study to finished formulas and the chosen one.

use std::collections::{BTreeMap, BTreeSet};

use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};
use symfolio_core::{Candidate, Problem};
use symfolio_expr::{Expr, Key, math};
use symfolio_fit::Workspace;

use crate::alternatives::{Alternative, Comparison, Standing};
use crate::bootstrap::bootstrap;
use crate::choose::Chooser;
use crate::constants::Constant;
use crate::extrapolation::Inside;
use crate::finish::{Done, finish, nondominated};
use crate::length::{Scale, floor, of_columns, quick_description_length};
use crate::member::{Member, residuals};
use crate::metrics::Metrics;
use crate::options::SelectOptions;
use crate::polish::{Draft, Polisher};
use crate::pool::{Pool, Sightings, raw_form};
use crate::region::Region;
use crate::rows::{Bench, How, Rows};
use crate::spread::Spread;
use crate::stability::{Evidence, Stability};
use crate::trust::outliers;

/// Share of the time granted after which the formulas that wait for polishing are taken as they are.
const POLISHING: f64 = 0.5;
/// Share of the time granted after which no more formulas are measured on rows held out.
const HOLDING_OUT: f64 = 0.75;
/// Share of the time granted after which no more parts of the chosen formula are tested.
const TESTING: f64 = 0.8;
/// Share of the time granted after which no more rows are resampled.
const RESAMPLING: f64 = 0.9;
/// Candidates besides the front that are in the running at most.
const MOST_OTHERS: usize = 16;
/// Formulas of the front that are in the running at least, the most promising.
const FEWEST: usize = 8;
/// Rounds of tests of the parts of the chosen formula.
const TEST_ROUNDS: usize = 3;

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
    /// not chosen by these two. Empty for a problem without a data set, and where constraints on values leave no formula.
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
    /// Up to five formulas that are plausible and truly different, the chosen one first, then by description; see [`Alternative`].
    pub alternatives: Vec<Alternative>,
    /// How sure it is that another seed would lead to the same formula; `None` without a data set.
    pub stability: Option<Stability>,
    /// What it cost, in the unit of [`symfolio_core::Cost::work`].
    pub work: u64,
}

/// Polishes, certifies and ranks the formulas of `pool`, and chooses one.
///
/// Each formula is simplified, its constants are fitted on the training rows, parts that do nothing are dropped and numbers that
/// are nearly simple are made so, as long as the description length falls. Formulas that are undefined or absurd on rows held out
/// are dropped. Residuals may grow with the prediction: where those of the most promising formula do, all lengths are measured with
/// the spread that it has. The best constant is always in the running, unless units forbid it and there is another formula. Only expressions
/// take part; a problem without a data set gives no members, and one whose constraints on values no formula keeps to gives none
/// either. Every part of the chosen formula is tested: what is left without it competes by the same rules.
///
/// The most promising formulas come first. `spent` is asked between steps, with the work done so far, and says which share of what was granted is
/// over: 0 at the start, 1 or more at the end. Polishing may take half of it, so that time is left to measure on rows held out, to resample
/// and to fit on all rows. What there is no time for is taken as it is: the selection is valid whenever time runs out. The order of the
/// pool does not matter.
pub fn select(
    rng: &mut ChaCha8Rng,
    problem: &Problem,
    pool: &Pool<'_>,
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
            alternatives: Vec::new(),
            stability: None,
            work: 0,
        };
    };
    let rows = Rows::new(dataset, problem, options);
    let mut bench = Bench { rng, workspace: Workspace::default(), work: 0 };
    let (constant, scale) = best_constant(&mut bench, &rows);
    let queue = by_promise(pool.front, &rows, scale.floor);
    let scale = match queue.first() {
        Some((_, expr)) => {
            let spread = Spread::estimate(&mut bench, expr, &rows.train);
            scale.spreading(&mut bench, spread, &constant, &rows)
        }
        None => scale,
    };
    let stop = |work: u64| spent(work) >= POLISHING;
    let polisher = Polisher::new(problem, &rows, &scale, options, &stop);
    let others = other_forms(pool, &queue, &rows, scale.floor);
    let region = Region::of(&rows.all);
    let trial = Trial { problem, rows: &rows, scale: &scale, options, region: &region };
    let mut members =
        polished(&mut bench, &polisher, &trial, [&queue, &others], &constant, &|work| spent(work) < HOLDING_OUT);
    if members.len() > 1 {
        // Where constants have no units, a constant is no formula for a target that has one.
        members.retain(|member| !member.is_constant || problem.allows_finished(&member.expr));
    }
    merge_forms(&mut members);
    let chooser = Chooser::new(options, &scale, &rows);
    let chosen = tested(&mut bench, &polisher, &trial, &chooser, &mut members, &|work| spent(work) >= TESTING);
    let repeats = bootstrap(&mut bench, &rows, &chooser, &members, chosen, &|work| spent(work) >= RESAMPLING);
    let sightings = Sightings::new(pool);
    let out_of_time = |work: u64| spent(work) >= 1.0;
    let (done, chosen) = finish(&mut bench, &polisher, &chooser, members, chosen, &out_of_time);
    let comparison = Comparison {
        region: &region,
        table: if rows.all.n_rows() <= options.max_rows { &rows.all } else { &rows.train },
        least: scale.least_residual(),
        absurd: options.absurd,
        names: &problem.features,
    };
    let standings: Vec<Standing> = done.iter().map(|done| done.standing(&sightings)).collect();
    let alternatives = comparison.alternatives(&mut bench, &standings, chosen, &out_of_time);
    let stability = done.get(chosen).map(|chosen| {
        Stability::of(Evidence {
            bootstrap: repeats.map(|repeats| (repeats.share, repeats.replicates)),
            margin: Comparison::margin(&alternatives),
            gap: gap(&done, chosen, scale.floor),
            found: sightings.found(&chosen.forms),
            complexity: chosen.finished.complexity,
            free_constants: chosen.finished.expr.params().len(),
        })
    });
    let (members, chosen) = nondominated(&polisher, done, chosen);
    let outliers = members.get(chosen).map_or(Vec::new(), |member| far_rows(&mut bench, &rows, &scale, &member.expr));
    let folds = options.folds.clamp(2, rows.train.n_rows().max(2));
    let validation =
        if rows.validation.is_some() { Validation::HeldOut } else { Validation::CrossValidation { folds } };
    Selection {
        members,
        chosen,
        rows: rows.counts(),
        validation: Some(validation),
        outliers,
        alternatives,
        stability,
        work: bench.work,
    }
}

/// Powers of ten by which the loss of the best simpler formula is larger than that of the chosen one.
fn gap(done: &[Done], chosen: &Done, floor: f64) -> Option<f64> {
    let simpler = done.iter().map(|done| &done.finished).filter(|other| other.complexity < chosen.finished.complexity);
    let least = simpler.map(|other| other.train.loss).min_by(f64::total_cmp)?;
    Some(math::log(least.max(floor) / chosen.finished.train.loss.max(floor)) / std::f64::consts::LN_10)
}

/// What a member has to pass.
struct Trial<'a> {
    problem: &'a Problem,
    rows: &'a Rows,
    scale: &'a Scale,
    options: &'a SelectOptions,
    region: &'a Region,
}

impl Trial<'_> {
    /// Measures a member on rows held out and between the rows; says whether it is defined and sane on the rows held out.
    fn passes(&self, bench: &mut Bench<'_>, member: &mut Member) -> bool {
        let passes = member.hold_out(bench, self.rows, self.scale, self.options);
        if passes {
            member.inside = Inside::of(bench, &member.expr, self.region, &self.rows.all, self.options.absurd);
        }
        passes
    }
}

/// The position of the member to choose, once every part of it has been tested: what is left of it without one, or with a constant in
/// its place, is among the members then, where it passes.
fn tested(
    bench: &mut Bench<'_>,
    polisher: &Polisher<'_>,
    trial: &Trial<'_>,
    chooser: &Chooser<'_>,
    members: &mut Vec<Member>,
    stop: &dyn Fn(u64) -> bool,
) -> usize {
    let mut chosen = chooser.choose(members);
    for _ in 0..TEST_ROUNDS {
        let Some(best) = members.get(chosen).cloned() else { return chosen };
        for reduced in polisher.without_one_part(bench, &best.expr) {
            if stop(bench.work) {
                break;
            }
            let form = reduced.thaw().form_key();
            if members.iter().any(|member| member.form() == form) {
                continue;
            }
            let Some(draft) = polisher.draft(bench, &reduced, How::Converge) else { continue };
            let mut member = Member::new(bench, trial.problem, trial.rows, trial.scale, draft, true);
            (member.candidate, member.origin) = (best.candidate, best.origin.clone());
            if !member.is_constant && trial.passes(bench, &mut member) {
                members.push(member);
            }
        }
        let now = chooser.choose(members);
        if now == chosen {
            return chosen;
        }
        chosen = now;
    }
    chosen
}

/// The rows of the data set that `expr` does not explain at all.
fn far_rows(bench: &mut Bench<'_>, rows: &Rows, scale: &Scale, expr: &Expr) -> Vec<u32> {
    let values = bench.values(expr, &rows.all);
    let divisors = scale.spread.divisors(bench, &rows.all);
    let residuals = residuals(&rows.all, &values, divisors.as_deref());
    outliers(&residuals, scale.least_residual()).into_iter().map(|row| rows.numbers[row]).collect()
}

/// The constant of smallest loss, and the scale that it sets.
fn best_constant(bench: &mut Bench<'_>, rows: &Rows) -> (Expr, Scale) {
    let target = &rows.train.target;
    let mean = target.iter().sum::<f64>() / target.len().max(1) as f64;
    let (constant, loss) = bench.fitted(&Expr::param(mean), &rows.train, rows.loss, How::Converge);
    let floor = floor(rows.loss, target, rows.train.weights.as_deref()).max(f64::MIN_POSITIVE);
    let scale = Scale {
        loss: rows.loss,
        baseline: loss.max(floor),
        floor,
        n_features: rows.train.n_features(),
        spread: Spread::default(),
        divisors: None,
        unseen_divisors: None,
        evened: None,
    };
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
            (length + of_columns(expr, n_features), expr.value_key(), candidate, expr)
        })
        .collect();
    queue.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)).then(a.2.id.cmp(&b.2.id)));
    queue.into_iter().map(|(_, _, candidate, expr)| (candidate, expr)).collect()
}

/// The most promising of the other candidates, one of each form that is not in `queue`.
fn other_forms<'a>(
    pool: &Pool<'a>,
    queue: &[(&Candidate, &Expr)],
    rows: &Rows,
    floor: f64,
) -> Vec<(&'a Candidate, &'a Expr)> {
    let mut forms: BTreeSet<Key> = queue.iter().map(|(_, expr)| raw_form(expr)).collect();
    let mut others = by_promise(pool.others, rows, floor);
    others.retain(|(_, expr)| forms.insert(raw_form(expr)));
    others.truncate(MOST_OTHERS);
    others
}

/// The formulas of the front and the constant, polished as far as time allows, equal ones once, and those of the others for which there is
/// time; each measured on rows held out as soon as it is made, as long as `holds`. What is undefined or absurd there is dropped. Of the front
/// a few are in the running even where there is no time at all.
fn polished(
    bench: &mut Bench<'_>,
    polisher: &Polisher<'_>,
    trial: &Trial<'_>,
    [front, others]: [&[(&Candidate, &Expr)]; 2],
    constant: &Expr,
    holds: &dyn Fn(u64) -> bool,
) -> Vec<Member> {
    let mut seen: BTreeMap<Key, usize> = BTreeMap::new();
    // Each with whether it passes.
    let mut members: Vec<(Member, bool)> = Vec::new();
    let member = |bench: &mut Bench<'_>, draft: Draft, polished: bool| {
        let mut member = Member::new(bench, trial.problem, trial.rows, trial.scale, draft, polished);
        let passes = !holds(bench.work) || trial.passes(bench, &mut member) || member.is_constant;
        (member, passes)
    };
    let drafted = polisher.as_it_is(bench, constant);
    // A constant has not the form of a template.
    if let Some(draft) = drafted.filter(|draft| trial.problem.template.is_none() || polisher.allows(&draft.expr)) {
        seen.insert(draft.expr.value_key(), 0);
        members.push(member(bench, draft, true));
    }
    let both = front.iter().map(|entry| (true, entry)).chain(others.iter().map(|entry| (false, entry)));
    for (of_front, (candidate, expr)) in both {
        let polished = !(polisher.stop)(bench.work);
        if !polished && (!of_front || (members.len() > FEWEST && !holds(bench.work))) {
            break;
        }
        let draft = if polished { polisher.polish(bench, expr) } else { None };
        // What breaks the constraints with its best constants keeps those that it was found with.
        let polished = draft.is_some();
        let draft = draft.or_else(|| polisher.as_it_is(bench, expr));
        let Some(draft) = draft else { continue };
        let position = *seen.entry(draft.expr.value_key()).or_insert(members.len());
        if position == members.len() {
            let (mut member, passes) = member(bench, draft, polished);
            member.candidate = candidate.id;
            member.origin = candidate.origin.clone();
            members.push((member, passes));
        }
        members[position].0.forms.insert(raw_form(expr));
    }
    members.into_iter().filter(|(_, passes)| *passes).map(|(member, _)| member).collect()
}

/// Of members that differ in their numbers only, keeps the one of shortest description.
fn merge_forms(members: &mut Vec<Member>) {
    members.sort_by(|a, b| {
        a.length.total().total_cmp(&b.length.total()).then(a.expr.value_key().cmp(&b.expr.value_key()))
    });
    let mut kept: Vec<Member> = Vec::with_capacity(members.len());
    let mut seen: BTreeMap<(u32, Key), usize> = BTreeMap::new();
    for member in members.drain(..) {
        let position = *seen.entry((member.complexity, member.form())).or_insert(kept.len());
        match kept.get_mut(position) {
            Some(shorter) => shorter.forms.extend(member.forms),
            None => kept.push(member),
        }
    }
    *members = kept;
}
