//! [`DecomposeSearch`]: fit, look, weigh, propose, join.

use std::sync::Arc;

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use symfolio_core::{
    Config, Cost, Finding, Form, Host, Lineage, Problem, Progress, Proposal, Search, SearchError, Slice,
};
use symfolio_expr::{Expr, Op, math};
use symfolio_fit::{Effort, Loss};

use crate::config::DecomposeConfig;
use crate::error::DecomposeError;
use crate::kriging::Table;
use crate::look::Look;
use crate::matrix::Inverse;
use crate::reduction::Reduction;
use crate::sample::Sample;
use crate::state::{Checkpoint, Hypothesis, Part, Stage, State};
use crate::transform::Transform;
use crate::views::{Reduced, parts};

/// Most features that are looked at: those of the largest effects.
const MOST_FEATURES: usize = 12;
/// Inputs whose effects are looked at: those that the surrogate follows most closely.
const MOST_INPUTS: usize = 30;
/// Views that a slice may propose.
const MOST_VIEWS: usize = 8;
/// A hypothesis stands where rows left out are met with at most so many times the error of the free surrogate, or with an error below this
/// share of the target's deviation.
const AS_WELL: f64 = 1.25;
const EXACT: f64 = 3e-4;
/// A surrogate that leaves a larger share of the target's deviation says nothing about its shape.
const UNKNOWN: f64 = 0.5;
/// Reductions that are weighed, at most, and partitions of each transform.
const REDUCTIONS: usize = 6;
const PARTITIONS: usize = 2;
/// Separations whose parts are proposed, at most.
const SEPARATIONS: usize = 2;
/// Forms that wait, at most.
const WAITING: usize = 60;
/// Slices that surrogates of the first slice's rows may take, the rounds that they take in all, and rows to have in any case.
const SLICES: u64 = 5;
const ROUNDS: u64 = 80;
const FEWEST_ROWS: usize = 60;
/// Rows that parts are told on, at most.
const PART_ROWS: usize = 1000;
/// Nats that a node of a part costs.
const NODE: f64 = 3.0;

/// One search under way.
pub(crate) struct DecomposeSearch {
    problem: Arc<Problem>,
    config: DecomposeConfig,
    seed: u64,
    state: State,
    /// The rows of the slices, as long as they do not change.
    sample: Option<Sample>,
    /// The table of the hypothesis that is being weighed: in `free` or in `weighed`, by number.
    table: Option<((bool, usize), Table)>,
}

impl DecomposeSearch {
    pub(crate) fn start(problem: Arc<Problem>, config: &Config, seed: u64) -> Result<DecomposeSearch, SearchError> {
        let config = config.read::<DecomposeConfig>()?.checked()?;
        DecomposeSearch::new(problem, config, seed, State::default())
    }

    pub(crate) fn resume(problem: Arc<Problem>, checkpoint: &[u8]) -> Result<DecomposeSearch, SearchError> {
        let Checkpoint { seed, config, state, .. } = Checkpoint::read(&problem, checkpoint)?;
        DecomposeSearch::new(problem, config.checked()?, seed, state)
    }

    fn new(
        problem: Arc<Problem>,
        config: DecomposeConfig,
        seed: u64,
        state: State,
    ) -> Result<DecomposeSearch, SearchError> {
        if problem.dataset.is_none() {
            return Err(DecomposeError::NoData.into());
        }
        Ok(DecomposeSearch { problem, config, seed, state, sample: None, table: None })
    }

    /// Begins anew where the rows are others, and takes in what came of views.
    fn receive(&mut self, slice: &Slice) -> Result<(), SearchError> {
        let dataset = self.problem.dataset.clone().ok_or(DecomposeError::NoData)?;
        if self.state.rows != Some(slice.rows.version) {
            self.state = State { rows: Some(slice.rows.version), views: self.state.views, ..State::default() };
            (self.sample, self.table) = (None, None);
        }
        let most = *self.state.n_rows.get_or_insert_with(|| affordable(slice.grant.work).min(self.config.rows));
        let seed = self.seed;
        let sample = self.sample.get_or_insert_with(|| Sample::gather(seed, &dataset, &slice.rows, most));
        if self.state.free.is_empty() {
            let features: Vec<usize> = (0..dataset.n_features()).collect();
            self.state.waiting = single(&features[..features.len().min(MOST_FEATURES)]);
            for transform in [Transform::Plain, Transform::Logarithm] {
                if transform.suits(sample.target()) {
                    let groups = vec![(0..features.len()).collect()];
                    self.state.free.push(Hypothesis::new(transform, features.clone(), None, groups));
                }
            }
        }
        for finding in &slice.findings {
            self.take(finding, slice.rows.indices.len());
        }
        Ok(())
    }

    /// Keeps the likeliest formulas of a part; what was found on other views needs nothing more.
    fn take(&mut self, finding: &Finding, n_rows: usize) {
        let n_rows = n_rows.min(PART_ROWS) as f64;
        let Some(part) = self.state.parts.iter_mut().find(|part| part.view == finding.view && part.found.is_none())
        else {
            return;
        };
        let hypothesis = &self.state.weighed[part.hypothesis];
        let own = &hypothesis.training.groups[part.group];
        let features: Vec<usize> = own.iter().map(|input| hypothesis.features[*input]).collect();
        let known = |expr: &&Expr| {
            expr.is_finite() && expr.variables().iter().all(|variable| usize::from(*variable) < features.len())
        };
        let named = |expr: &Expr| {
            expr.substitute(|variable| features.get(usize::from(variable)).map(|feature| Expr::var(*feature as u16)))
        };
        let length = |loss: f64, complexity: u32| {
            let share = (loss / finding.baseline).clamp(1e-12, 1.0);
            0.5 * n_rows * math::log(share) + NODE * f64::from(complexity)
        };
        let mut forms: Vec<(f64, Expr)> = finding
            .front
            .iter()
            .filter_map(|held| Some((length(held.loss, held.complexity), named(held.form.expr().filter(known)?))))
            .collect();
        forms.sort_by(|a, b| a.0.total_cmp(&b.0));
        forms.truncate(self.config.forms);
        part.found = Some(forms.into_iter().map(|(_, form)| form).collect());
        let of = part.hypothesis;
        self.join(of);
    }

    /// Puts the formulas of all parts of a separation together, once they are all known.
    fn join(&mut self, hypothesis: usize) {
        let parts: Vec<&Part> = self.state.parts.iter().filter(|part| part.hypothesis == hypothesis).collect();
        let found: Option<Vec<&Vec<Expr>>> = parts.iter().map(|part| part.found.as_ref()).collect();
        let Some(found) = found.filter(|found| found.iter().all(|forms| !forms.is_empty())) else { return };
        let transform = self.state.weighed[hypothesis].transform;
        // By the sum of the ranks: the likeliest of all parts first.
        let mut ranks: Vec<Vec<usize>> = vec![vec![]];
        for forms in &found {
            let longer =
                |ranks: &Vec<usize>| (0..forms.len()).map(|rank| [&ranks[..], &[rank]].concat()).collect::<Vec<_>>();
            ranks = ranks.iter().flat_map(longer).collect();
            ranks.sort_by_key(|ranks| (ranks.iter().sum::<usize>(), ranks.clone()));
            ranks.truncate(WAITING / 2);
        }
        for ranks in ranks.into_iter().rev() {
            let parts: Vec<&Expr> = ranks.iter().zip(&found).map(|(rank, forms)| &forms[*rank]).collect();
            self.state.waiting.push((transform.joined(&parts), format!("parts of {}", transform.name())));
        }
        let too_many = self.state.waiting.len().saturating_sub(WAITING);
        self.state.waiting.drain(..too_many);
        self.state.stage = Stage::Join;
    }

    /// One round of the surrogate that is being fitted or weighed; returns the work, and whether it was the surrogate's last.
    fn round(&mut self, free: bool, rounds: u32) -> (u64, bool) {
        let list = if free { &mut self.state.free } else { &mut self.state.weighed };
        let (Some(at), Some(sample)) = (list.iter().position(|hypothesis| hypothesis.error.is_none()), &self.sample)
        else {
            return (1000, false);
        };
        let hypothesis = &mut list[at];
        if self.table.as_ref().is_none_or(|(of, _)| *of != (free, at)) {
            self.table = Some(((free, at), sample.table(hypothesis)));
        }
        let Some((_, table)) = &self.table else { return (1000, false) };
        // Half the rows are enough to tell lengths by, at an eighth of the work.
        let mut work = hypothesis.training.round(&table.first_half());
        let done = hypothesis.training.is_done(rounds);
        if done {
            work += Inverse::work(table.target.len());
            let surrogate = hypothesis.training.surrogate(table);
            hypothesis.error = Some(surrogate.map_or(f64::MAX, |surrogate| surrogate.error));
        }
        (work, done)
    }

    fn is_weighed(&self, free: bool) -> bool {
        let list = if free { &self.state.free } else { &self.state.weighed };
        list.iter().all(|hypothesis| hypothesis.error.is_some())
    }

    /// Are all reductions weighed, and does one stand? Parts are looked for in what is left then.
    fn is_reduced(&self) -> bool {
        let mut reductions = self.state.weighed.iter().filter(|hypothesis| hypothesis.reduction.is_some());
        reductions.clone().all(|hypothesis| hypothesis.error.is_some())
            && reductions.any(|hypothesis| self.stands(hypothesis))
    }

    /// Forms that a reduction which stands makes simple are tried at once.
    fn hasten(&mut self) {
        let newest = self.state.weighed.iter().rev().find(|hypothesis| hypothesis.error.is_some());
        let standing = newest.filter(|hypothesis| self.stands(hypothesis)).and_then(|hypothesis| hypothesis.reduction);
        if let Some(reduction) = standing {
            self.state.waiting.extend(simple(&Reduced::new(&self.state.relevant, &[reduction])));
        }
    }

    /// What the surrogates suggest; returns the work.
    fn look(&mut self, slice: &Slice) -> u64 {
        let Some(sample) = &self.sample else { return 1000 };
        let mut rng = ChaCha8Rng::seed_from_u64(self.seed);
        rng.set_stream(slice.index);
        let mut work = 10_000;
        let mut reductions: Vec<(f64, Hypothesis)> = Vec::new();
        let mut separations: Vec<Hypothesis> = Vec::new();
        for free in &self.state.free {
            let table = sample.table(free);
            work += Inverse::work(table.target.len());
            let Some(surrogate) = free.training.surrogate(&table) else { continue };
            if surrogate.error > UNKNOWN * surrogate.deviation {
                continue;
            }
            let mut look = Look { table: &table, surrogate: &surrogate, work: 0 };
            let near = free.training.nearest(free.n_inputs(), MOST_INPUTS);
            let effects = look.effects(&mut rng, &near);
            let mut relevant: Vec<usize> = effects.into_iter().map(|(feature, _)| feature).collect();
            relevant.truncate(MOST_FEATURES);
            relevant.sort_unstable();
            let logarithm = free.transform == Transform::Logarithm;
            // Residuals of what is divided by a power are weighed as squares only.
            let squared = self.problem.loss == Loss::SquaredError;
            for (reduction, left) in look.reductions(&relevant, logarithm && squared) {
                let gone = reduction.features();
                let features: Vec<usize> = relevant.iter().copied().filter(|feature| !gone.contains(feature)).collect();
                let known = reductions.iter().any(|(_, known)| known.reduction == Some(reduction));
                let n_inputs = features.len() + reduction.n_inputs();
                if sample.has(reduction) && !known && n_inputs > 0 {
                    let groups = vec![(0..n_inputs).collect()];
                    let hypothesis = Hypothesis::new(free.transform, features, Some(reduction), groups);
                    reductions.push((left, hypothesis.after(free)));
                }
            }
            let transforms = Transform::ALL.into_iter().filter(|transform| match free.transform {
                Transform::Plain => !matches!(transform, Transform::Logarithm) && transform.suits(sample.target()),
                _ => *transform == Transform::Logarithm,
            });
            for transform in transforms {
                // The surrogate of the logarithm is looked at as it is.
                let seen = if logarithm { Transform::Plain } else { transform };
                let partitions = look.partitions(&mut rng, &relevant, seen);
                let own = logarithm || transform == Transform::Plain;
                if !own && !partitions.is_empty() {
                    // What is not known of the transform has to be, for its parts to be compared with.
                    let groups = vec![(0..relevant.len()).collect()];
                    separations.push(Hypothesis::new(transform, relevant.clone(), None, groups).after(free));
                }
                separations.extend(partitions.into_iter().take(PARTITIONS).map(|groups| {
                    let place = |feature: &usize| relevant.iter().position(|known| known == feature);
                    let groups = groups.iter().map(|group| group.iter().filter_map(place).collect()).collect();
                    Hypothesis::new(transform, relevant.clone(), None, groups).after(free)
                }));
            }
            work += look.work;
            if self.state.relevant.len() < relevant.len() {
                self.state.relevant = relevant;
            }
        }
        reductions.sort_by(|a, b| a.0.total_cmp(&b.0));
        reductions.truncate(REDUCTIONS);
        self.state.weighed = reductions.into_iter().map(|(_, hypothesis)| hypothesis).chain(separations).collect();
        self.state.weighed.truncate(self.config.trials);
        work
    }

    /// Does a weighed hypothesis say as much as the free surrogate does?
    fn stands(&self, hypothesis: &Hypothesis) -> bool {
        let (Some(sample), Some(error)) = (&self.sample, hypothesis.error) else { return false };
        let transform = hypothesis.transform;
        let is_free = |other: &&Hypothesis| {
            other.transform == transform && other.reduction.is_none() && other.training.groups.len() == 1
        };
        let free = self.state.free.iter().chain(&self.state.weighed).find(is_free).and_then(|free| free.error);
        let Some(free) = free else { return false };
        let values: Vec<f64> = sample.target().iter().map(|y| transform.of(*y)).collect();
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        let deviation = (values.iter().map(|y| (y - mean).powi(2)).sum::<f64>() / values.len() as f64).sqrt();
        error <= (AS_WELL * free).max(EXACT * deviation)
    }

    /// Proposes what stands; returns the work.
    fn propose(&mut self, slice: &Slice, host: &mut dyn Host) -> u64 {
        let Some(sample) = &self.sample else { return 1000 };
        let standing: Vec<usize> =
            (0..self.state.weighed.len()).filter(|at| self.stands(&self.state.weighed[*at])).collect();
        let (mut work, mut proposed) = (10_000, 0);
        // Reductions of different features go together, the clearest first.
        let mut reductions: Vec<Reduction> = Vec::new();
        for at in &standing {
            if let Some(reduction) = self.state.weighed[*at].reduction {
                let taken: Vec<usize> = reductions.iter().flat_map(|known| known.features()).collect();
                if !reduction.features().iter().any(|feature| taken.contains(feature)) {
                    reductions.push(reduction);
                }
            }
        }
        let reduced = Reduced::new(&self.state.relevant, &reductions);
        let smaller = !self.state.relevant.is_empty() && self.state.relevant.len() < self.problem.features.len();
        if let Some(view) = reduced.view(&self.problem, &slice.rows).filter(|_| smaller || !reductions.is_empty()) {
            host.propose(Proposal::View(Box::new(view)));
            self.state.views += 1;
            proposed += 1;
        }
        self.state.waiting.extend(simple(&reduced));
        // Where the problem can be reduced, parts are looked for in what is left, by a search of its own.
        let whole = reductions.is_empty();
        let is_sum = |at: &usize| whole && self.state.weighed[*at].training.groups.len() > 1;
        let mut separations: Vec<usize> = standing.into_iter().filter(is_sum).collect();
        separations.sort_by_key(|at| std::cmp::Reverse(self.state.weighed[*at].training.groups.len()));
        separations.truncate(SEPARATIONS);
        for at in separations {
            let hypothesis = self.state.weighed[at].clone();
            let table = sample.table(&hypothesis);
            let Some(surrogate) = hypothesis.training.surrogate(&table) else { continue };
            let n_groups = hypothesis.training.groups.len();
            work +=
                slice.rows.indices.len().min(PART_ROWS) as u64 * surrogate.work() + Inverse::work(table.target.len());
            // A part that cannot be told, or for which there is no room, has no formulas, and nothing could be put together.
            let views = parts(&self.problem, &slice.rows, &hypothesis, &surrogate, PART_ROWS);
            let Some(views) = views.filter(|_| proposed + n_groups <= MOST_VIEWS) else { continue };
            proposed += n_groups;
            for (group, view) in views.into_iter().enumerate() {
                host.propose(Proposal::View(Box::new(view)));
                self.state.parts.push(Part { hypothesis: at, group, view: self.state.views, found: None });
                self.state.views += 1;
            }
        }
        work
    }

    /// Has the host fit the next form that waits, and offers it.
    fn try_next(&mut self, slice: &Slice, host: &mut dyn Host) {
        let Some((form, operation)) = self.state.waiting.pop() else { return };
        let may_offer = |expr: &Expr| expr.is_finite() && self.problem.allows(expr) && slice.directives.allow(expr);
        if !may_offer(&form) {
            return;
        }
        let Some(evaluation) = host.evaluate(&[Form::Expr(form)], Effort::Quick).pop() else { return };
        if evaluation.loss.is_finite() && evaluation.form.expr().is_some_and(may_offer) {
            host.offer(evaluation.form, Lineage::root(operation));
        }
    }
}

/// Rows of surrogates that some slices of `work` can pay for.
fn affordable(work: u64) -> usize {
    // The work of a round grows with the cube of the rows.
    let round = SLICES * (work / ROUNDS);
    (FEWEST_ROWS..).find(|rows| Inverse::work(rows + 1) > round).unwrap_or(FEWEST_ROWS)
}

fn scaled(expr: &Expr) -> Expr {
    Expr::apply(Op::Mul, &[&Expr::param(1.0), expr])
}

fn shifted(expr: &Expr) -> Expr {
    Expr::apply(Op::Add, &[expr, &Expr::param(0.0)])
}

/// Straight lines of one feature.
fn single(features: &[usize]) -> Vec<(Expr, String)> {
    let lines = features.iter().rev().map(|feature| Expr::var(*feature as u16));
    let forms = lines.flat_map(|x| [x.clone(), scaled(&x), shifted(&x), shifted(&scaled(&x))]);
    forms.map(|form| (form, "line".to_string())).collect()
}

/// Forms of the reduced problem that need no search: lines, sums and products of its features.
fn simple(reduced: &Reduced) -> Vec<(Expr, String)> {
    let lines = reduced.features.iter().flat_map(|x| [x.clone(), scaled(x), shifted(x), shifted(&scaled(x))]);
    let sum = reduced.features.iter().map(scaled).reduce(|sum, term| Expr::apply(Op::Add, &[&sum, &term]));
    let product = reduced.features.iter().cloned().reduce(|product, x| Expr::apply(Op::Mul, &[&product, &x]));
    let whole = product.map_or_else(|| Expr::param(1.0), |product| scaled(&product));
    let forms = lines.chain(sum.map(|sum| shifted(&sum))).chain([whole]);
    forms.map(|form| (reduced.lifted(form), "reduced".to_string())).collect()
}

impl Search for DecomposeSearch {
    fn advance(&mut self, slice: &Slice, host: &mut dyn Host) -> Result<Progress, SearchError> {
        self.receive(slice)?;
        loop {
            let work = match self.state.stage {
                Stage::Fit | Stage::Weigh if !self.state.waiting.is_empty() => {
                    self.try_next(slice, host);
                    1000
                }
                Stage::Fit if self.is_weighed(true) => {
                    self.state.stage = Stage::Look;
                    1000
                }
                Stage::Fit => self.round(true, self.config.rounds).0,
                Stage::Look => {
                    let work = self.look(slice);
                    self.state.stage = Stage::Weigh;
                    work
                }
                Stage::Weigh if self.is_weighed(false) || self.is_reduced() => {
                    self.state.stage = Stage::Propose;
                    1000
                }
                Stage::Weigh => {
                    let (work, done) = self.round(false, self.config.rounds / 3 + 1);
                    if done {
                        self.hasten();
                    }
                    work
                }
                Stage::Propose => {
                    let work = self.propose(slice, host);
                    self.state.stage = Stage::Join;
                    work
                }
                Stage::Join if self.state.waiting.is_empty() => return Ok(Progress::Exhausted),
                Stage::Join => {
                    self.try_next(slice, host);
                    1000
                }
            };
            if host.charge(Cost::work(work)).is_break() {
                return Ok(Progress::Paused);
            }
        }
    }

    fn checkpoint(&self) -> Result<Option<Vec<u8>>, SearchError> {
        let n_features = self.problem.features.len();
        let (config, state) = (self.config.clone(), self.state.clone());
        let checkpoint = Checkpoint { seed: self.seed, n_features, config, state };
        let bytes = serde_json::to_vec(&checkpoint).map_err(|error| SearchError::Checkpoint(error.to_string()))?;
        Ok(Some(bytes))
    }
}
