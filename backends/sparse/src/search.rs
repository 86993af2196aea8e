//! [`SparseSearch`]: works through the queue of tasks, one small step at a time.

use std::sync::Arc;

use symfolio_core::{Config, Cost, Dataset, Form, Host, Lineage, Problem, Progress, Search, SearchError, Slice};
use symfolio_expr::OperatorSet;
use symfolio_fit::Effort;

use crate::anchors::Anchors;
use crate::assemble::Assembler;
use crate::bench::Bench;
use crate::config::SparseConfig;
use crate::error::SparseError;
use crate::library::{Family, Library};
use crate::plan::{self, Task};
use crate::refine::{self, Refined};
use crate::sample::Sample;
use crate::selection::{Design, Limits, Pursuit};
use crate::separate;
use crate::state::{Elite, Pending, Stage, State};
use crate::view::View;

/// Loss, in variances of the target, below which a formula counts as exact.
const EXACT_LOSS: f64 = 1e-16;

/// A formula is given to the host to fit when its loss on the sample is at most this multiple of the best loss held at its
/// complexity: a fit on the true loss gains something, but not everything.
const PROMISING: f64 = 1.5;

/// No coefficient is as near to 1 as this.
const NO_TOLERANCE: f64 = -1.0;

/// Functions of scaled products that are brought to their best scale and made into formulas.
const KEPT_WAVES: usize = 10;

/// Sets of simple and odd columns of each size that are made into formulas.
const FOUND_SETS: usize = 3;

/// The same where constants inside are yet to be fitted.
const FITTED_SETS: usize = 16;

/// Complexity up to which an exact formula ends the search at the end of its tier; a longer one may be a mere product of many powers.
const CONCISE: u32 = 24;

/// Formulas that get a final, thorough fit.
const POLISHED: usize = 8;

/// A search under way.
pub(crate) struct SparseSearch {
    problem: Arc<Problem>,
    dataset: Arc<Dataset>,
    config: SparseConfig,
    seed: u64,
    state: State,
}

/// What a checkpoint holds.
#[derive(serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Checkpoint {
    config: SparseConfig,
    seed: u64,
    state: State,
}

/// What all steps of one slice share.
struct Session<'a> {
    sample: Sample,
    variance: f64,
    operators: OperatorSet,
    slice: &'a Slice,
    tasks: Vec<Task>,
    bench: Option<(usize, Option<Bench>)>,
}

impl SparseSearch {
    pub fn start(problem: Arc<Problem>, config: &Config, seed: u64) -> Result<SparseSearch, SearchError> {
        let config = config.read::<SparseConfig>()?.checked()?;
        let state = State { n_features: problem.features.len(), ..State::default() };
        SparseSearch::with(problem, config, seed, state)
    }

    pub fn resume(problem: Arc<Problem>, bytes: &[u8]) -> Result<SparseSearch, SearchError> {
        let checkpoint: Checkpoint =
            serde_json::from_slice(bytes).map_err(|error| SparseError::Unreadable { reason: error.to_string() })?;
        let expected = problem.features.len();
        if checkpoint.state.n_features != expected {
            return Err(SparseError::OtherProblem { found: checkpoint.state.n_features, expected }.into());
        }
        let config = checkpoint.config.checked()?;
        checkpoint.state.check_prefactors()?;
        let search = SparseSearch::with(problem, config, checkpoint.seed, checkpoint.state)?;
        search.state.check(search.tasks().len(), search.config.columns_of_any_library())?;
        Ok(search)
    }

    fn with(problem: Arc<Problem>, config: SparseConfig, seed: u64, state: State) -> Result<SparseSearch, SearchError> {
        let dataset = problem.dataset.clone().ok_or(SparseError::NoData)?;
        Ok(SparseSearch { problem, dataset, config, seed, state })
    }

    fn session<'a>(&mut self, slice: &'a Slice) -> Session<'a> {
        if self.state.rows != Some(slice.rows.version) {
            // Other rows: all losses held are those of another question.
            self.state =
                State { n_features: self.state.n_features, rows: Some(slice.rows.version), ..State::default() };
        }
        if self.state.directives != slice.directives.version {
            self.state.directives = slice.directives.version;
            self.state.stage = None;
        }
        let banned = &slice.directives.banned_operators;
        let operators = self.problem.operators.ops().iter().copied().filter(|op| !banned.contains(op));
        let sample = Sample::draw(self.seed, &slice.rows.table(&self.dataset));
        let variance = sample.variance();
        let operators = OperatorSet::new(operators);
        let tasks = self.tasks();
        Session { sample, variance, operators, slice, tasks, bench: None }
    }

    /// The queue is made for the operators of the problem, not those that are left, so that positions in it stay valid.
    fn tasks(&self) -> Vec<Task> {
        self.state.prefactors.as_ref().map_or_else(Vec::new, |prefactors| {
            plan::tasks(prefactors, &self.problem.operators, self.problem.units.is_some())
        })
    }

    /// One step; the work it did, or `None` where nothing is left to do.
    fn step(&mut self, session: &mut Session<'_>, host: &mut dyn Host) -> Option<u64> {
        if !self.state.pending.is_empty() {
            let pending = self.state.pending.remove(0);
            self.measure(session, host, pending);
            return Some(1);
        }
        if self.state.prefactors.is_none() {
            let (prefactors, work) = separate::prefactors(&session.sample);
            self.state.prefactors = Some(prefactors);
            session.tasks = self.tasks();
            return Some(work);
        }
        let task = session.tasks.get(self.state.position).copied();
        match task {
            Some(task) if self.state.exact_tier.is_none_or(|tier| task.tier <= tier) => {
                Some(self.work_on(session, task))
            }
            _ if self.state.polished => None,
            _ => {
                self.polish(session);
                Some(1)
            }
        }
    }

    /// One step of the current task.
    fn work_on(&mut self, session: &mut Session<'_>, task: Task) -> u64 {
        let mut work = 1;
        if session.bench.as_ref().is_none_or(|(position, _)| *position != self.state.position) {
            let prefactor = &self.state.prefactors.as_deref().unwrap_or_default()[task.prefactor];
            let bench = if task.transform.is_expressible(&session.operators) && session.variance > 0.0 {
                Bench::new(&task, prefactor, &session.sample, &session.operators, &self.config, &self.problem)
            } else {
                None
            };
            work += bench.as_ref().map_or(session.sample.n_rows() as u64, |bench| bench.work);
            session.bench = Some((self.state.position, bench));
        }
        // Taken out while it is worked on, because the step also needs the rest of the session.
        let Some((_, Some(mut bench))) = session.bench.take() else {
            self.next_task();
            return work;
        };
        // A stage that is not about this library, from a damaged checkpoint, is begun again.
        let n_columns = |stage: &Stage| match stage {
            Stage::Pursuit(_) | Stage::Anchors(_) => bench.design.n_columns(),
            _ => bench.library.columns.len(),
        };
        let stage = self.state.stage.take().filter(|stage| stage.is_within(n_columns(stage))).unwrap_or(Stage::Dense);
        let (stage, cost) = self.advance_stage(session, &mut bench, task, stage);
        work += cost;
        match stage {
            Some(stage) => {
                self.state.stage = Some(stage);
                session.bench = Some((self.state.position, Some(bench)));
            }
            None => self.next_task(),
        }
        work
    }

    /// One step of a stage: the stage that follows, `None` where the task is done, and the work.
    fn advance_stage(
        &mut self,
        session: &Session<'_>,
        bench: &mut Bench,
        task: Task,
        stage: Stage,
    ) -> (Option<Stage>, u64) {
        match stage {
            Stage::Dense if bench.library.n_simple > 0 => {
                (Some(Stage::Anchors(Anchors::new(task.family == Family::Scaled))), 1)
            }
            Stage::Dense if task.family == Family::Scanned => (Some(Stage::Scan(0, Vec::new())), 1),
            Stage::Dense => {
                let (picks, work) = refine::dense(
                    &bench.library,
                    &bench.view,
                    if self.is_short(task.family) { 40 } else { usize::MAX },
                );
                let next = match picks {
                    Some(picks) => Some(Stage::Refine(vec![(0.0, picks)])),
                    // Libraries of one function are parts of larger ones, where near misses are looked for.
                    None if matches!(task.family, Family::Single(_)) => None,
                    None => Some(Stage::Pursuit(Pursuit::new())),
                };
                (next, work)
            }
            Stage::Pursuit(mut pursuit) => {
                let work = pursuit.step(&mut bench.design, &self.limits(task));
                let next = if pursuit.is_finished() {
                    Stage::Refine(self.promising(&bench.design, pursuit.found))
                } else {
                    Stage::Pursuit(pursuit)
                };
                (Some(next), work)
            }
            Stage::Anchors(mut anchors) => {
                let work = anchors.step(&mut bench.design, bench.library.n_simple, self.config.max_terms);
                let next = if !anchors.is_finished() {
                    Stage::Anchors(anchors)
                } else if task.family == Family::Scaled {
                    let mut found = anchors.found(FITTED_SETS);
                    found.reverse();
                    Stage::Refine(found)
                } else {
                    Stage::Refine(self.promising(&bench.design, anchors.found(FOUND_SETS)))
                };
                (Some(next), work)
            }
            Stage::Refine(mut found) => {
                let Some((_, picks)) = found.pop() else { return (None, 1) };
                let work = self.refine(session, &bench.library, &bench.view, &task, &picks);
                (Some(Stage::Refine(found)), work)
            }
            Stage::Scan(at, mut waves) => {
                let Some(argument) = bench.library.columns.get(at) else {
                    waves.reverse();
                    return (Some(Stage::Finish(waves)), 1);
                };
                let (found, work) = bench.scan(at as u32, argument, &session.operators);
                waves.extend(found);
                waves.sort_by(|a, b| a.left.total_cmp(&b.left));
                waves.truncate(KEPT_WAVES);
                (Some(Stage::Scan(at + 1, waves)), work)
            }
            Stage::Finish(mut waves) => {
                let Some(wave) = waves.pop() else { return (None, 1) };
                let mut work = 1;
                if let Some((library, cost)) = bench.with_wave(&wave, &session.sample, &session.operators) {
                    let pick = (library.columns.len() - 1) as u32;
                    work += cost + self.refine(session, &library, &bench.view, &task, &[pick]);
                }
                (Some(Stage::Finish(waves)), work)
            }
        }
    }

    /// Single quotients are many: each is given little.
    fn is_short(&self, family: Family) -> bool {
        matches!(family, Family::Quotient(_))
    }

    fn limits(&self, task: Task) -> Limits {
        let (max_terms, width) = (self.config.max_terms, self.config.beam);
        if self.is_short(task.family) {
            Limits { max_terms: max_terms.min(4), width: (width / 2).max(1), exchanges: 1 }
        } else {
            Limits { max_terms, width: if task.tier > 4 { 2 * width } else { width }, exchanges: 2 }
        }
    }

    /// The subsets that, by the squares they leave, can compete with the formulas held; the best one last.
    fn promising(&self, design: &Design, mut found: Vec<(f64, Vec<u32>)>) -> Vec<(f64, Vec<u32>)> {
        found.retain(|(left, picks)| {
            let complexity = 4 + 5 * picks.len() as u32;
            left * design.mean_square() <= 3.0 * self.state.best_loss(complexity)
        });
        found.reverse();
        found
    }

    /// Makes models of a subset of columns and queues the formulas worth measuring; returns the work.
    fn refine(&mut self, session: &Session<'_>, library: &Library, view: &View, task: &Task, picks: &[u32]) -> u64 {
        let prefactor = &self.state.prefactors.as_deref().unwrap_or_default()[task.prefactor];
        let refined = refine::refine(library, view, task, prefactor, picks);
        let (pending, cost) = self.formulas(session, library, task, &refined);
        self.state.pending = pending;
        refined.work + cost
    }

    fn next_task(&mut self) {
        self.state.position += 1;
        self.state.stage = None;
    }

    /// The formulas of the models that are worth measuring, best first.
    fn formulas(
        &self,
        session: &Session<'_>,
        library: &Library,
        task: &Task,
        refined: &Refined,
    ) -> (Vec<Pending>, u64) {
        // Where there are units, a coefficient of 1 may be one that has a unit, and must not be left out.
        let tolerances: &[f64] = match (refined.exact, self.problem.units.is_some()) {
            (true, false) => &[1e-6],
            (true, true) => &[1e-6, NO_TOLERANCE],
            (false, false) => &[1e-9, 0.05],
            (false, true) => &[NO_TOLERANCE, 0.05],
        };
        let mut work = 0;
        let mut found: Vec<(f64, Pending)> = Vec::new();
        for model in &refined.models {
            for tolerance in tolerances {
                let atoms = library.atoms.clone();
                let mut assembler = Assembler::new(atoms, &session.sample, &session.operators, *tolerance);
                let Some(expr) = assembler.formula(model) else { continue };
                work += (session.sample.n_rows() * expr.len() * 4) as u64;
                if found.iter().any(|(_, held)| held.expr == expr) || !self.may_offer(session, &expr) {
                    continue;
                }
                let loss = session.sample.mean_square(&session.sample.values(&expr));
                let complexity = self.problem.complexity.of(&expr);
                let exact = loss < EXACT_LOSS * session.variance;
                // Between exact formulas only the size counts.
                let best = self.state.best_loss(complexity).max(1e-24 * session.variance);
                let promising = loss <= PROMISING * best || task.family == Family::Scaled;
                if promising && (!exact || best > EXACT_LOSS * session.variance) {
                    let operation = format!("{} of {}", task.family.name(), task.transform.name());
                    found.push((loss, Pending { expr, operation, thorough: false, exact }));
                }
            }
        }
        found.sort_by(|a, b| a.0.total_cmp(&b.0));
        (found.into_iter().map(|(_, pending)| pending).collect(), work)
    }

    fn may_offer(&self, session: &Session<'_>, expr: &symfolio_expr::Expr) -> bool {
        expr.is_finite() && self.problem.allows(expr) && session.slice.directives.allow(expr)
    }

    /// Has the host fit a formula, and offers it if it is the best of its complexity.
    fn measure(&mut self, session: &Session<'_>, host: &mut dyn Host, pending: Pending) {
        if !self.may_offer(session, &pending.expr) {
            return;
        }
        let effort = if pending.thorough { Effort::Thorough } else { Effort::Quick };
        let Some(evaluation) = host.evaluate(&[Form::Expr(pending.expr)], effort).pop() else { return };
        let Some(expr) = evaluation.form.expr().cloned() else { return };
        if !self.may_offer(session, &expr) {
            return;
        }
        let floor = EXACT_LOSS * session.variance;
        let elite = Elite { complexity: evaluation.complexity, loss: evaluation.loss, expr };
        let exact = evaluation.loss <= floor;
        let better = pending.thorough && evaluation.loss < self.state.best_loss(evaluation.complexity);
        if self.state.note(elite, floor) || better {
            host.offer(evaluation.form, Lineage::root(pending.operation));
        }
        if exact && self.state.exact_tier.is_none() && evaluation.complexity <= CONCISE {
            let tier = self.tasks().get(self.state.position).map_or(u8::MAX, |task| task.tier);
            self.state.exact_tier = Some(tier);
        }
    }

    /// Queues the final fits: of the formulas with the smallest description length.
    fn polish(&mut self, session: &Session<'_>) {
        self.state.polished = true;
        let n = session.sample.n_rows() as f64;
        let length = |elite: &Elite| {
            0.5 * n * elite.loss.max(1e-16 * session.variance).ln() + 0.5 * f64::from(elite.complexity) * n.ln()
        };
        let mut ranked: Vec<&Elite> =
            self.state.elites.iter().filter(|elite| !elite.expr.params().is_empty()).collect();
        ranked.sort_by(|a, b| length(a).total_cmp(&length(b)));
        let operation = "final fit of a sparse model".to_string();
        let pending = ranked.into_iter().take(POLISHED).map(|elite| Pending {
            expr: elite.expr.clone(),
            operation: operation.clone(),
            thorough: true,
            exact: false,
        });
        self.state.pending = pending.collect();
    }
}

impl Search for SparseSearch {
    fn advance(&mut self, slice: &Slice, host: &mut dyn Host) -> Result<Progress, SearchError> {
        let mut session = self.session(slice);
        let mut owed = (session.sample.n_rows() * (1 + session.sample.features.len())) as u64;
        while let Some(work) = self.step(&mut session, host) {
            if host.charge(Cost::work(owed + work)).is_break() {
                return Ok(Progress::Paused);
            }
            owed = 0;
        }
        Ok(Progress::Exhausted)
    }

    fn checkpoint(&self) -> Result<Option<Vec<u8>>, SearchError> {
        let checkpoint = Checkpoint { config: self.config.clone(), seed: self.seed, state: self.state.clone() };
        let bytes = serde_json::to_vec(&checkpoint).map_err(|error| SearchError::Checkpoint(error.to_string()))?;
        Ok(Some(bytes))
    }
}
