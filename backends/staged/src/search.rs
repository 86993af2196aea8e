//! [`StagedSearch`]: which inputs act, slices of one, and further ones freed.

use std::sync::Arc;

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use symfolio_core::{
    Config, Cost, Finding, Form, Host, Lineage, Problem, Progress, Proposal, Search, SearchError, Slice, View,
};
use symfolio_egraph::{Domain, Simplifier};
use symfolio_expr::{Expr, Op};
use symfolio_fit::{Effort, Workspace};

use crate::branch::Branch;
use crate::config::StagedConfig;
use crate::error::StagedError;
use crate::ground::Ground;
use crate::state::{Checkpoint, Stage, State};
use crate::walk::{EXACT, Slices};

/// Views that a slice may propose.
pub(crate) const MOST_VIEWS: usize = 8;
/// Inputs of which straight lines are offered at once.
const LINES: usize = 6;
/// A noise of this share of the target's deviation makes curves uncertain by so many times its square.
const UNCERTAIN: f64 = 9.0;

/// One search under way.
pub(crate) struct StagedSearch {
    pub problem: Arc<Problem>,
    pub config: StagedConfig,
    seed: u64,
    pub state: State,
    pub workspace: Workspace,
    /// The slices of a branch along an input: the free inputs, the further one, and what the oracle said.
    pub slices: Option<(Vec<usize>, usize, Slices)>,
}

/// What a step did.
pub(crate) enum Step {
    /// Something, and its work.
    Done(u64),
    /// Nothing: it waits for findings, or nothing is left.
    Waits,
}

impl StagedSearch {
    pub(crate) fn start(problem: Arc<Problem>, config: &Config, seed: u64) -> Result<StagedSearch, SearchError> {
        let config = config.read::<StagedConfig>()?.checked()?;
        StagedSearch::new(problem, config, seed, State::default())
    }

    pub(crate) fn resume(problem: Arc<Problem>, checkpoint: &[u8]) -> Result<StagedSearch, SearchError> {
        let Checkpoint { seed, config, state, .. } = Checkpoint::read(&problem, checkpoint)?;
        StagedSearch::new(problem, config.checked()?, seed, state)
    }

    fn new(problem: Arc<Problem>, config: StagedConfig, seed: u64, state: State) -> Result<StagedSearch, SearchError> {
        if problem.dataset.is_none() {
            return Err(StagedError::NoData.into());
        }
        Ok(StagedSearch { problem, config, seed, state, workspace: Workspace::default(), slices: None })
    }

    /// A generator for fits, which draw from it only where a start is undefined.
    pub fn rng(&self) -> ChaCha8Rng {
        ChaCha8Rng::seed_from_u64(self.seed)
    }

    /// Squared errors of curves up to this share of their variance are none.
    pub fn exact(&self) -> f64 {
        let deviation = self.state.acting.iter().map(|(_, effect)| *effect).fold(0.0, f64::max);
        let share = if deviation > 0.0 { self.state.noise / deviation } else { 0.0 };
        (UNCERTAIN * share * share).max(EXACT)
    }

    /// Begins anew where the rows are others, and takes in what came of views.
    fn receive(&mut self, slice: &Slice) -> Result<(), StagedError> {
        let dataset = self.problem.dataset.clone().ok_or(StagedError::NoData)?;
        if self.state.rows != Some(slice.rows.version) {
            let ground = Some(Ground::of(&slice.rows.table(&dataset)));
            let (rows, views) = (Some(slice.rows.version), self.state.views);
            self.state = State { rows, ground, views, ..State::default() };
        }
        // They are no part of a checkpoint: a search that was resumed asks again, and one that was not has to cost the same.
        self.slices = None;
        slice.findings.iter().for_each(|finding| self.take(finding));
        Ok(())
    }

    /// Keeps the formulas of a view that say what is to be said: of a slice they begin branches, of a constant they wait for the others.
    fn take(&mut self, finding: &Finding) {
        let single = self.state.singles.iter().position(|single| single.view == Some(finding.view));
        if let Some(at) = single {
            let single = self.state.singles.remove(at);
            let forms = self.known(finding, single.input);
            let (free, rest) = (vec![single.input], self.others(&[single.input]));
            for form in forms.into_iter().rev() {
                self.state.branches.push(Branch::new(form, free.clone(), rest.clone()));
            }
            return;
        }
        let waits = |branch: &Branch| {
            let open = branch.open.as_ref()?;
            open.parts.iter().position(|part| part.view == Some(finding.view)).map(|part| (open.way.input, part))
        };
        let found = self.state.branches.iter().enumerate().find_map(|(at, branch)| Some((at, waits(branch)?)));
        let Some((at, (input, part))) = found else { return };
        let forms = self.known(finding, input);
        if let Some(open) = &mut self.state.branches[at].open {
            open.parts[part].forms = Some(forms);
        }
    }

    /// The simplest formulas of a finding that hold, over `input`.
    fn known(&self, finding: &Finding, input: usize) -> Vec<Expr> {
        let within = (self.exact() * finding.baseline).max(10.0 * finding.exact);
        let holds = |expr: &&Expr| expr.is_finite() && expr.variables().iter().all(|variable| *variable == 0);
        let front = finding.front.iter().filter(|held| held.loss <= within);
        let forms = front.filter_map(|held| held.form.expr()).filter(holds);
        forms.take(self.config.forms).map(|form| form.substitute(|_| Some(Expr::var(input as u16)))).collect()
    }

    /// The inputs that act but these, those of the largest effects first.
    pub fn others(&self, but: &[usize]) -> Vec<usize> {
        self.state.acting.iter().map(|(input, _)| *input).filter(|input| !but.contains(input)).collect()
    }

    pub fn propose(&mut self, host: &mut dyn Host, view: View) -> u64 {
        host.propose(Proposal::View(Box::new(view)));
        self.state.views += 1;
        self.state.views - 1
    }

    /// Straight lines of the first inputs, so that there is something to begin from.
    pub fn offer_lines(&mut self) {
        let inputs = self.state.acting.iter().map(|(input, _)| Expr::var(*input as u16)).take(LINES);
        for x in inputs.collect::<Vec<_>>() {
            let scaled = Expr::apply(Op::Mul, &[&Expr::param(1.0), &x]);
            let shifted = Expr::apply(Op::Add, &[&x, &Expr::param(0.0)]);
            let both = Expr::apply(Op::Add, &[&scaled, &Expr::param(0.0)]);
            self.state.waiting.extend([x, shifted, scaled, both].map(|form| (form, "line".to_string())));
        }
    }

    /// Has the host fit a form in all inputs that act, as it is and simplified, next.
    pub fn finish(&mut self, form: &Expr) -> u64 {
        let Some(ground) = &self.state.ground else { return 1000 };
        let domain = Domain::new(ground.low.iter().copied().zip(ground.high.iter().copied()));
        let simplifier = Simplifier::new(domain).with_operators(self.problem.operators.clone());
        let simplified = simplifier.simplify(form);
        let names: Vec<&str> =
            form.variables().iter().map(|input| self.problem.features[usize::from(*input)].as_str()).collect();
        let operation = format!("{} freed one after the other", names.join(", "));
        if simplified.expr != *form {
            self.state.waiting.push((form.clone(), operation.clone()));
        }
        self.state.waiting.push((simplified.expr, operation));
        simplified.work
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

    fn step(&mut self, slice: &Slice, host: &mut dyn Host) -> Result<Step, StagedError> {
        if !self.state.waiting.is_empty() {
            self.try_next(slice, host);
            return Ok(Step::Done(1000));
        }
        match self.state.stage {
            Stage::Begin => self.begin(host),
            Stage::Screen => self.screen(host),
            Stage::Single => self.single(host),
            Stage::Grow => self.grow(host),
        }
    }
}

impl Search for StagedSearch {
    fn advance(&mut self, slice: &Slice, host: &mut dyn Host) -> Result<Progress, SearchError> {
        self.receive(slice)?;
        loop {
            match self.step(slice, host)? {
                Step::Waits => return Ok(Progress::Exhausted),
                Step::Done(work) if host.charge(Cost::work(work)).is_break() => return Ok(Progress::Paused),
                Step::Done(_) => {}
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
