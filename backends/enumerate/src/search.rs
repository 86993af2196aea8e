//! [`EnumerateSearch`]: grows a bank, compares it with the target, and begins anew with what was found.

use std::sync::Arc;

use symfolio_core::{Config, Cost, Dataset, Form, Host, Lineage, Problem, Progress, Search, SearchError, Slice};
use symfolio_expr::Expr;
use symfolio_fit::{Effort, Loss};

use crate::assemble::Assembler;
use crate::config::EnumerateConfig;
use crate::error::EnumerateError;
use crate::find::{Find, Records, Shape};
use crate::growth::Cursor;
use crate::meet::meet;
use crate::pairs::BLOCK;
use crate::rounds;
use crate::session::{CrowdKey, Kind, QUANTUM, Session};
use crate::state::{Elite, Pending, Phase, State};

/// A formula is given to the host to fit when its loss on the rows that judge is at most this multiple of the least of those held at its
/// complexity.
const PROMISING: f64 = 1.3;

/// A find that leaves this share, or more, of what it leaves on the rows that judge has kept its promise well enough: to ask for more
/// triples the finds that are written down, and delays laws by a fifth.
const PROVED: f64 = 0.1;

/// Entries that are met in the middle in one step.
const MEETINGS: usize = 64;

/// Members of the crowd that are paired with a block in one step.
const MEMBERS: usize = 64;

/// The same for scaled targets, which are many.
const SCALED_MEMBERS: usize = 16;

/// Pairs of a stage that are screened as sums, by stage; the last entry stands for all further ones.
const SUMS: [usize; 3] = [10_000_000, 50_000_000, 150_000_000];

/// Pairs of a stage that are screened as sums for some hundred scaled targets.
const SCALED: [usize; 3] = [1_000_000, 2_000_000, 4_000_000];

/// Pairs of a stage that are screened as products, which takes several times as long.
const PRODUCTS: [usize; 3] = [2_000_000, 8_000_000, 25_000_000];

/// Rounds without news after which a search whose bank holds all that there is ends.
const MAX_IDLE: u32 = 6;

/// Formulas of other rows that are measured again.
const MEASURED_AGAIN: usize = 20;

/// A search under way.
pub(crate) struct EnumerateSearch {
    problem: Arc<Problem>,
    dataset: Arc<Dataset>,
    config: EnumerateConfig,
    seed: u64,
    state: State,
    session: Option<Session>,
}

/// What a checkpoint holds.
#[derive(serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Checkpoint {
    config: EnumerateConfig,
    seed: u64,
    state: State,
}

impl EnumerateSearch {
    pub fn start(problem: Arc<Problem>, config: &Config, seed: u64) -> Result<EnumerateSearch, SearchError> {
        let config = config.read::<EnumerateConfig>()?.checked()?;
        let state = State::new(problem.features.len());
        EnumerateSearch::with(problem, config, seed, state)
    }

    pub fn resume(problem: Arc<Problem>, bytes: &[u8]) -> Result<EnumerateSearch, SearchError> {
        let checkpoint: Checkpoint =
            serde_json::from_slice(bytes).map_err(|error| EnumerateError::Unreadable { reason: error.to_string() })?;
        let (found, expected) = (checkpoint.state.n_features, problem.features.len());
        if found != expected {
            return Err(EnumerateError::OtherProblem { found, expected }.into());
        }
        let config = checkpoint.config.checked()?;
        checkpoint.state.check()?;
        EnumerateSearch::with(problem, config, checkpoint.seed, checkpoint.state)
    }

    fn with(
        problem: Arc<Problem>,
        config: EnumerateConfig,
        seed: u64,
        state: State,
    ) -> Result<EnumerateSearch, SearchError> {
        let dataset = problem.dataset.clone().ok_or(EnumerateError::NoData)?;
        Ok(EnumerateSearch { problem, dataset, config, seed, state, session: None })
    }

    /// Takes in what the slice brings.
    fn receive(&mut self, slice: &Slice) {
        let directives = &slice.directives;
        let are_rows_new = self.state.rows != Some(slice.rows.version);
        if are_rows_new {
            // Losses on other rows say nothing about these.
            let mut fresh = State::new(self.state.n_features);
            fresh.rows = Some(slice.rows.version);
            fresh.directives = self.state.directives;
            fresh.guests = std::mem::take(&mut self.state.guests);
            let old = self.state.elites.iter().rev().take(MEASURED_AGAIN);
            fresh.pending = old.map(|elite| pending(&elite.expr, "changed rows")).collect();
            fresh.pending.push(pending(&Expr::param(self.dataset_mean(slice)), "mean"));
            self.state = fresh;
            self.begin_round();
        }
        if are_rows_new || directives.version != self.state.directives {
            for expr in &directives.pinned {
                if self.is_known(expr) {
                    self.state.pending.push(Pending { pinned: true, ..pending(expr, "pinned") });
                }
            }
        }
        if directives.version != self.state.directives {
            self.state.directives = directives.version;
            self.state.guests.retain(|(_, guest)| directives.allow(guest));
            self.state.pending.retain(|pending| directives.allow(&pending.expr));
            let held = self.state.elites.len();
            self.state.elites.retain(|elite| directives.allow(&elite.expr));
            if self.state.elites.len() < held {
                // What stood behind those that are banned now was passed by, and is to be found again.
                self.state.measured.clear();
                self.state.pending.insert(0, pending(&Expr::param(self.dataset_mean(slice)), "mean"));
                (self.state.round, self.state.idle) = (0, 0);
            }
            self.begin_round();
        }
        for migrant in slice.migrants.iter().filter(|migrant| migrant.loss.is_finite() && migrant.loss >= 0.0) {
            if let Some(expr) = migrant.form.expr().filter(|expr| self.is_known(expr) && directives.allow(expr)) {
                self.state.welcome(migrant.loss, expr);
            }
        }
    }

    fn dataset_mean(&self, slice: &Slice) -> f64 {
        let table = slice.rows.table(&self.dataset);
        let mean = table.target.iter().sum::<f64>() / table.n_rows().max(1) as f64;
        if mean.is_finite() { mean } else { 0.0 }
    }

    fn is_known(&self, expr: &Expr) -> bool {
        expr.is_finite() && expr.variables().last().is_none_or(|last| usize::from(*last) < self.problem.features.len())
    }

    fn begin_round(&mut self) {
        self.state.stage = 0;
        self.state.phase = Phase::Grow;
        self.state.cursor = Cursor::default();
        self.state.settling = false;
        self.state.records = Records::default();
        self.state.terminals = rounds::terminals(self.seed, &self.problem, &self.config, &self.state);
        self.session = None;
    }

    /// The session that is under way or a new one, whose bank is still to grow.
    fn open_session(&mut self, slice: &Slice) -> Result<Session, SearchError> {
        if let Some(session) = self.session.take() {
            return Ok(session);
        }
        let table = slice.rows.table(&self.dataset);
        let session = Session::open(self.seed, &self.problem, &self.config, &self.state, slice, &table);
        if self.state.records == Records::default() {
            self.state.records = Records::new(session.targets.len());
            // What earlier rounds found is to be surpassed.
            for elite in &self.state.elites {
                let values = session.probes.values(&elite.expr);
                for (number, target) in session.targets.iter().enumerate() {
                    let left = target.left_by_formula(&values);
                    if left.is_finite() {
                        self.state.records.prove(number, elite.expr.len(), left.max(0.0));
                    }
                }
            }
        }
        self.state.records.check(session.targets.len())?;
        for elite in &mut self.state.elites {
            elite.proof = session.probes.proof.loss(self.problem.loss, &session.probes.proof.values(&elite.expr));
        }
        Ok(session)
    }

    /// One step; the work it did, or `None` where nothing is left to do.
    fn step(&mut self, session: &mut Session, slice: &Slice, host: &mut dyn Host) -> Option<u64> {
        if let Some(pending) = self.state.pending.pop() {
            self.measure(session, slice, host, pending);
            return Some(1);
        }
        if self.state.settling {
            return Some(self.settle(session, slice));
        }
        if session.is_hopeless() {
            // The next round has other rows and perhaps other terminals.
            self.state.stage = session.sizes.len();
            return Some(1);
        }
        let work = match self.state.phase {
            Phase::Grow => self.grow(session),
            Phase::Meet(from) => self.meet(session, from),
            Phase::Scaled(block, member) => self.pair(session, Kind::Scaled, block, member),
            Phase::Sums(block, member) => self.pair(session, Kind::Sums, block, member),
            Phase::Products(block, member) => self.pair(session, Kind::Products, block, member),
        };
        if self.state.records.is_full() {
            self.begin_settling();
        }
        Some(work)
    }

    /// Has every stage of the round been gone through, and all that it found?
    fn is_round_over(&self, session: &Session) -> bool {
        self.state.stage >= session.sizes.len() && !self.state.settling && self.state.pending.is_empty()
    }

    fn grow(&mut self, session: &mut Session) -> u64 {
        let (before, cost) = (session.growth.bank.len(), session.growth.bank.cost());
        if before >= session.size(self.state.stage) || session.growth.is_finished() {
            self.enter(Phase::Meet(0));
            return 1;
        }
        let mut work = session.growth.step();
        self.state.cursor = session.growth.cursor();
        let bank = &session.growth.bank;
        for at in before..bank.len() {
            let entry = bank.entry(at);
            for (number, target) in session.targets.iter().enumerate() {
                let left = target.left_by(bank.values(at), entry.inverse_spread);
                let find = Find { left, target: number as u16, cost: entry.cost, shape: Shape::One(at as u32) };
                self.state.records.note(find);
            }
        }
        work += ((bank.len() - before) * session.targets.len() * bank.n()) as u64;
        if bank.cost() != cost {
            self.begin_settling();
        }
        work
    }

    fn meet(&mut self, session: &Session, from: usize) -> u64 {
        let bank = &session.growth.bank;
        let to = (from + MEETINGS).min(bank.len());
        if from >= to {
            self.enter(Phase::Scaled(0, 0));
            return 1;
        }
        self.state.phase = Phase::Meet(to);
        meet(bank, &session.targets, from..to, &mut self.state.records)
    }

    /// Screens pairs of some members of the crowd with a block of the bank.
    fn pair(&mut self, session: &mut Session, kind: Kind, block: usize, member: usize) -> u64 {
        let (phase, pairs): (fn(usize, usize) -> Phase, _) = match kind {
            Kind::Sums => (Phase::Sums, SUMS),
            Kind::Scaled => (Phase::Scaled, SCALED),
            Kind::Products => (Phase::Products, PRODUCTS),
        };
        if block * BLOCK >= session.growth.bank.len() {
            match kind {
                Kind::Scaled => self.enter(Phase::Sums(0, 0)),
                Kind::Sums => self.enter(Phase::Products(0, 0)),
                Kind::Products => self.next_stage(session),
            }
            return 1;
        }
        let stage = self.state.stage;
        let key = CrowdKey { stage, kind, pairs: pairs[stage.min(pairs.len() - 1)] };
        let mut crowd = session.crowd(key);
        let step = if kind == Kind::Scaled { SCALED_MEMBERS } else { MEMBERS };
        let to = (member + step).min(crowd.len());
        let mut work = 1;
        if member < to {
            self.state.phase = phase(block, to);
            let (bank, targets, records) = (&session.growth.bank, &session.targets, &mut self.state.records);
            work += match kind {
                Kind::Products => crowd.products(bank, targets, block, member..to, records),
                Kind::Sums | Kind::Scaled => crowd.sums(bank, targets, block, member..to, records),
            };
        } else {
            self.enter(phase(block + 1, 0));
        }
        session.keep(key, crowd);
        work
    }

    fn next_stage(&mut self, session: &Session) {
        // A bank that holds all that there is does not grow in the stages that are left.
        self.state.stage = if session.growth.is_finished() { session.sizes.len() } else { self.state.stage + 1 };
        self.enter(Phase::Grow);
    }

    fn enter(&mut self, phase: Phase) {
        self.state.phase = phase;
        self.begin_settling();
    }

    fn begin_settling(&mut self) {
        self.state.records.cut();
        self.state.settling = !self.state.records.waiting.is_empty();
    }

    /// Writes down the best of the finds that wait and queues its formulas that can compete; returns the work.
    fn settle(&mut self, session: &Session, slice: &Slice) -> u64 {
        let Some(find) = self.state.records.waiting.pop() else {
            self.state.records.settle();
            self.state.settling = false;
            return 1;
        };
        let number = usize::from(find.target);
        let target = &session.targets[number];
        let operators = &session.growth.vocabulary().operators;
        let (proof, loss) = (&session.probes.proof, self.problem.loss);
        let assembler = Assembler { bank: &session.growth.bank, proof, operators, loss };
        let mut found = assembler.formulas(&find, target);
        let nodes: usize = found.iter().map(|(expr, _)| expr.len() + 20).sum();
        found.retain(|(expr, _)| self.may_offer(slice, expr));
        // On few rows much looks better than it is.
        found.sort_by(|a, b| b.1.total_cmp(&a.1));
        if let Some((expr, _)) = found.last() {
            let left = proof.loss(Loss::SquaredError, &proof.values(expr)) / session.variance;
            if left.is_finite() {
                self.state.records.prove(number, usize::from(find.cost), find.left.max(PROVED * left));
            }
        }
        found.retain(|(expr, loss)| self.is_promising(session, expr, *loss));
        found.retain(|(expr, loss)| self.state.is_new(expr.form_key(), *loss));
        let operation = format!("{} for {}", find.shape.name(), target.transform.name());
        self.state.pending.extend(found.iter().map(|(expr, _)| pending(expr, &operation)));
        (nodes * proof.n_rows()) as u64
    }

    fn is_promising(&self, session: &Session, expr: &Expr, loss: f64) -> bool {
        let exact = session.exact;
        let best = self.state.best_proof(self.problem.complexity.of(expr));
        // Between exact formulas only the size counts.
        loss.is_finite() && loss <= PROMISING * best.max(exact) && (loss > exact || best > exact)
    }

    fn may_offer(&self, slice: &Slice, expr: &Expr) -> bool {
        expr.is_finite() && self.problem.allows(expr) && slice.directives.allow(expr)
    }

    /// Has the host fit a formula, and offers it if it is the best of its complexity.
    fn measure(&mut self, session: &Session, slice: &Slice, host: &mut dyn Host, task: Pending) {
        if !self.may_offer(slice, &task.expr) {
            return;
        }
        let Some(evaluation) = host.evaluate(&[Form::Expr(task.expr)], Effort::Quick).pop() else { return };
        let Some(expr) = evaluation.form.expr().cloned() else { return };
        if !(evaluation.loss.is_finite() && self.may_offer(slice, &expr)) {
            return;
        }
        let floor = session.exact;
        let proof = session.probes.proof.loss(self.problem.loss, &session.probes.proof.values(&expr));
        let elite = Elite { complexity: evaluation.complexity, loss: evaluation.loss, proof, expr: expr.clone() };
        let is_news = self.state.note(elite, floor);
        if is_news || task.pinned {
            host.offer(evaluation.form, Lineage::root(task.operation));
        }
        if is_news {
            self.state.idle = 0;
            let thawed = expr.thaw();
            if evaluation.loss > floor && thawed != expr {
                self.state.pending.push(pending(&thawed, "literals freed"));
            }
        }
    }
}

fn pending(expr: &Expr, operation: &str) -> Pending {
    Pending { expr: expr.clone(), operation: operation.into(), pinned: false }
}

impl Search for EnumerateSearch {
    fn advance(&mut self, slice: &Slice, host: &mut dyn Host) -> Result<Progress, SearchError> {
        self.receive(slice);
        let mut session = self.open_session(slice)?;
        let mut owed = 1;
        if session.grow_again(&self.state, host).is_break() {
            self.session = Some(session);
            return Ok(Progress::Paused);
        }
        loop {
            if self.is_round_over(&session) {
                self.state.idle += 1;
                if self.state.idle > MAX_IDLE && (session.growth.is_finished() || session.is_hopeless()) {
                    break;
                }
                self.state.round += 1;
                self.begin_round();
                session = self.open_session(slice)?;
            }
            let measures = !self.state.pending.is_empty();
            let Some(work) = self.step(&mut session, slice, host) else { break };
            owed += work;
            if (measures || owed >= QUANTUM) && host.charge(Cost::work(std::mem::take(&mut owed))).is_break() {
                self.session = Some(session);
                return Ok(Progress::Paused);
            }
        }
        self.session = Some(session);
        Ok(Progress::Exhausted)
    }

    fn checkpoint(&self) -> Result<Option<Vec<u8>>, SearchError> {
        let checkpoint = Checkpoint { config: self.config.clone(), seed: self.seed, state: self.state.clone() };
        let bytes = serde_json::to_vec(&checkpoint).map_err(|error| SearchError::Checkpoint(error.to_string()))?;
        Ok(Some(bytes))
    }
}
