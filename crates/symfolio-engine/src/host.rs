//! [`SliceHost`]: what the engine lends a search for one slice.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use symfolio_core::{
    Answer, Archive, AskError, Candidate, Conversation, Cost, Evaluation, Form, Host, Lineage, OracleError, Problem,
    ProgramError, ProgramSpec, Prompt, Proposal, RowSet, StopReason, Ticket, View,
};
use symfolio_expr::Key;
use symfolio_fit::{Effort, Workspace};
use tokio::runtime::Handle;
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::task::AbortHandle;

use crate::oracle::Desk;
use crate::{Clock, Grant, Model, program};

/// Mixed into the seed of a slice's own generator.
const HOST_SEED: u64 = 0x5EED_0F7E_4057_0001;
/// Wall seconds after which a slice that waits for the network has to end at its next charge, so that what it found reaches the
/// others.
const NETWORK_SLICE: f64 = 2.0;

/// Tells a study to stop, from any thread; shared by everything that runs, and never taken back.
#[derive(Clone, Debug, Default)]
pub struct Cancel {
    inner: Arc<(AtomicBool, Notify)>,
}

impl Cancel {
    /// Asks everything to stop. Calls that wait are woken.
    pub fn cancel(&self) {
        self.inner.0.store(true, Ordering::Release);
        self.inner.1.notify_waiters();
    }

    /// Was it asked for?
    pub fn is_cancelled(&self) -> bool {
        self.inner.0.load(Ordering::Acquire)
    }

    /// Returns when it is asked for.
    pub async fn cancelled(&self) {
        loop {
            let notified = self.inner.1.notified();
            if self.is_cancelled() {
                return;
            }
            notified.await;
        }
    }
}

/// Figures of a slice that others may look at while it runs.
#[derive(Debug, Default)]
pub(crate) struct Pulse {
    /// Work charged so far: a lower bound of the slice's virtual end.
    pub charged: AtomicU64,
    /// Number of calls of `charge`, for the watchdog.
    pub beats: AtomicU64,
    /// Was the search told to stop, or has it overspent without asking?
    pub told: AtomicBool,
    /// Is the search waiting for a language model or a core, so that silence is no fault?
    pub waiting: AtomicBool,
    /// The permit to compute. It lies here and not with the search, so that the watchdog can take it back from a search that does
    /// not return.
    core: Mutex<Core>,
}

/// A slice's permit to compute.
#[derive(Debug, Default)]
enum Core {
    #[default]
    None,
    Held {
        _permit: OwnedSemaphorePermit,
    },
    /// Taken back for good.
    GivenUp,
}

impl Pulse {
    /// Puts a permit in place of the one that is held, which goes back. A slice that was given up gets none any more.
    fn hold(&self, permit: Option<OwnedSemaphorePermit>) {
        let mut core = self.core.lock().unwrap_or_else(PoisonError::into_inner);
        if !matches!(*core, Core::GivenUp) {
            *core = permit.map_or(Core::None, |_permit| Core::Held { _permit });
        }
    }

    /// Takes the core back for good.
    pub fn give_up(&self) {
        *self.core.lock().unwrap_or_else(PoisonError::into_inner) = Core::GivenUp;
    }

    fn is_given_up(&self) -> bool {
        matches!(*self.core.lock().unwrap_or_else(PoisonError::into_inner), Core::GivenUp)
    }
}

/// What a slice lends: shared by all slices of a study.
#[derive(Clone)]
pub(crate) struct Shared {
    pub clock: Clock,
    /// Seconds that the search leaves for the final choice.
    pub reserve: f64,
    pub cancel: Cancel,
    /// Permits to compute, one a core.
    pub cores: Arc<Semaphore>,
    /// Network searches that wait for a permit to evaluate what came back.
    pub wanted: Arc<AtomicUsize>,
    pub runtime: Handle,
    pub model: Option<Arc<dyn Model>>,
    pub oracle: Option<Arc<Mutex<Desk>>>,
}

/// What came of the offers of a slice.
#[derive(Debug, Default)]
pub(crate) struct Harvest {
    /// What is put before the study's archive.
    pub yielded: Yield,
    /// What is put before the archive of the view that the search is about; `None` where it is about the whole problem.
    pub on_view: Option<Yield>,
    pub proposals: Vec<Proposal>,
    pub cost: Cost,
}

/// What came of the offers of a slice, for one archive.
#[derive(Debug, Default)]
pub(crate) struct Yield {
    /// Offers that would enter the archive as it was when the slice began, in order; numbered later.
    pub candidates: Vec<Candidate>,
    /// Candidates of other runs whose form was offered once more by a search that had not been handed it, by number.
    pub again: BTreeSet<u64>,
    /// The first of them that is exact and confirmed, with the wall time of its offer.
    pub exact: Option<(usize, f64)>,
    /// The least loss of the offers that were not made from migrants, whether or not they would enter; `None` where there was none.
    pub own_loss: Option<f64>,
}

/// What a slice is lent besides its grant.
pub(crate) struct Loan {
    /// The whole problem.
    pub ground: Ground,
    /// The view that the search is about, and its problem.
    pub view: Option<(Arc<View>, Ground)>,
    /// Does the search hold a core while it runs? Network searches take one only to evaluate.
    pub holds_core: bool,
}

/// A problem, the whole one or that of a view, as a slice sees it.
#[derive(Clone)]
pub(crate) struct Ground {
    pub problem: Arc<Problem>,
    /// The archive as it was at the grant.
    pub archive: Archive,
    /// Rows to work on.
    pub rows: Arc<RowSet>,
    /// Loss below which a candidate counts as exact on the judge rows, and on rows held out.
    pub exact_loss: f64,
    pub validation: Option<Arc<RowSet>>,
}

impl Ground {
    /// Measures an offer on the judge rows and takes it into the archive and `yielded` if it belongs there; says whether it does, and what
    /// that cost.
    fn consider(&mut self, yielded: &mut Yield, form: &Form, offer: &Offer) -> (bool, Cost) {
        let complexity = form.complexity(&self.problem.complexity);
        let allowed = match form {
            Form::Expr(expr) => expr.is_finite() && self.problem.allows(expr),
            _ => self.problem.shape.is_none(),
        };
        if !allowed {
            return (false, Cost::work(form_size(form)));
        }
        let mut cost = Cost::default();
        if let (Some(shape), Some(expr)) = (&self.problem.shape, form.expr()) {
            let (excess, work) = shape.glance(expr);
            cost += Cost::work(work);
            if excess > 0.0 {
                return (false, cost);
            }
        }
        let measure = self.problem.objective.measure(form, &self.problem.judge);
        cost += measure.cost;
        let loss = measure.loss;
        if offer.lineage.parents.is_empty() && loss.is_finite() {
            yielded.own_loss = Some(yielded.own_loss.map_or(loss, |own| own.min(loss)));
        }
        let key: Key = form.key();
        if !loss.is_finite() || !self.archive.accepts(loss, complexity, key) {
            if offer.lineage.parents.is_empty() {
                yielded.again.extend(self.found_again(form, loss, complexity, offer.run));
            }
            return (false, cost);
        }
        if let Some((verdict, work)) = form.expr().and_then(|expr| self.problem.verdict(expr)) {
            cost += Cost::work(work);
            if !verdict.holds() {
                return (false, cost);
            }
        }
        // The number and the origin are given when the offer is put before the archive.
        let (id, origin, lineage) = (u64::MAX, Vec::new(), offer.lineage.clone());
        let candidate = Candidate { id, form: form.clone(), loss, complexity, run: offer.run, origin, lineage };
        if loss <= self.exact_loss && yielded.exact.is_none() && self.confirmed(form, complexity, &mut cost) {
            yielded.exact = Some((yielded.candidates.len(), offer.at));
        }
        self.archive.insert(candidate.clone());
        yielded.candidates.push(candidate);
        (true, cost)
    }

    /// The front member of another run whose form has been found once more.
    fn found_again(&self, form: &Form, loss: f64, complexity: u32, run: u32) -> Option<u64> {
        let expr = form.expr()?;
        let as_good = |held: f64| loss.max(self.archive.floor()) <= (1.0 + AS_GOOD) * held.max(self.archive.floor());
        let alike = self.archive.front().iter().find(|held| held.complexity == complexity && as_good(held.loss));
        let alike = alike.filter(|held| held.run != run)?;
        let same = alike.form.expr().is_some_and(|other| other.thaw().form_key() == expr.thaw().form_key());
        same.then_some(alike.id)
    }

    /// Does the form hold on the rows held out as it does on the others? Where none are held out, the rows have to outnumber the
    /// form's nodes by far: with as many nodes as rows, anything can be met exactly.
    fn confirmed(&self, form: &Form, complexity: u32, cost: &mut Cost) -> bool {
        let Some(validation) = &self.validation else {
            return self.problem.judge.indices.len() >= 2 * complexity as usize;
        };
        let measure = self.problem.objective.measure(form, validation);
        *cost += measure.cost;
        measure.loss <= self.exact_loss
    }
}

/// Losses nearer than this share are those of one form, fitted a little better or worse.
const AS_GOOD: f64 = 0.01;

/// How an offer came about.
struct Offer {
    lineage: Lineage,
    run: u32,
    /// Wall seconds of the study.
    at: f64,
}

/// What the engine lends a search for one slice.
pub(crate) struct SliceHost {
    shared: Shared,
    run: u32,
    grant: u64,
    exact_known: bool,
    /// The archives in it grow by the slice's own offers.
    loan: Loan,
    pulse: Arc<Pulse>,
    /// Wall seconds after which a slice that waits for the network has to end.
    end: Option<f64>,
    rng: ChaCha8Rng,
    workspace: Workspace,
    answers: (mpsc::UnboundedSender<Answer>, mpsc::UnboundedReceiver<Answer>),
    open: BTreeMap<Ticket, AbortHandle>,
    tickets: u64,
    harvest: Harvest,
    stop: Option<StopReason>,
}

impl SliceHost {
    /// `stream` is the run's seed and the number of its slice.
    pub fn new(shared: Shared, grant: &Grant, loan: Loan, pulse: Arc<Pulse>, stream: (u64, u64)) -> SliceHost {
        // Searches draw from the same seed and stream: the host must not follow in their steps.
        let mut rng = ChaCha8Rng::seed_from_u64(stream.0 ^ HOST_SEED);
        rng.set_stream(stream.1);
        let harvest = Harvest { on_view: loan.view.as_ref().map(|_| Yield::default()), ..Harvest::default() };
        SliceHost {
            run: grant.run,
            grant: grant.work,
            exact_known: grant.exact_known,
            end: (!loan.holds_core).then(|| shared.clock.wall() + NETWORK_SLICE),
            shared,
            loan,
            pulse,
            rng,
            workspace: Workspace::default(),
            answers: mpsc::unbounded_channel(),
            open: BTreeMap::new(),
            tickets: 0,
            harvest,
            stop: None,
        }
    }

    /// Takes a core for a search that computes; returns at once when the study is cancelled.
    pub fn begin(&self) {
        if self.loan.holds_core {
            self.take_core();
        }
    }

    /// Waits for a permit to compute; one that is held goes back first, behind those that wait.
    fn take_core(&self) {
        if self.pulse.is_given_up() {
            return;
        }
        self.pulse.hold(None);
        self.pulse.waiting.store(true, Ordering::Release);
        let core = self.shared.runtime.block_on(async {
            tokio::select! {
                core = self.shared.cores.clone().acquire_owned() => core.ok(),
                () = self.shared.cancel.cancelled() => None,
            }
        });
        self.pulse.waiting.store(false, Ordering::Release);
        self.pulse.beats.fetch_add(1, Ordering::AcqRel);
        self.pulse.hold(core);
    }

    /// Gives the core back, and stops questions that nobody waits for any more.
    pub fn finish(self) -> Harvest {
        self.pulse.hold(None);
        self.open.values().for_each(AbortHandle::abort);
        self.harvest
    }

    fn pay(&mut self, cost: Cost) {
        self.harvest.cost += cost;
        if self.overdrawn() {
            self.pulse.told.store(true, Ordering::Release);
        }
        self.pulse.charged.store(self.harvest.cost.work, Ordering::Release);
    }

    /// Why the slice has to end now, if it has to.
    fn must_stop(&self) -> Option<StopReason> {
        if self.shared.cancel.is_cancelled() {
            return Some(StopReason::Cancelled);
        }
        if self.shared.clock.left(self.shared.reserve).is_some_and(|left| left <= 0.0) {
            return Some(StopReason::BudgetSpent);
        }
        let found = self.harvest.yielded.exact.is_some() && !self.exact_known;
        if found || self.harvest.on_view.as_ref().is_some_and(|on_view| on_view.exact.is_some()) {
            return Some(StopReason::ExactFound);
        }
        let over = self.harvest.cost.work >= self.grant || self.end.is_some_and(|end| self.shared.clock.wall() > end);
        over.then_some(StopReason::SliceSpent)
    }

    /// Work that may be spent on the search's behalf: its grant and a margin for what it cannot break off.
    fn credit(&self) -> u64 {
        self.grant.saturating_mul(2).saturating_add(10_000_000)
    }

    /// Does the search go on long after it was told to stop? Then nothing is done for it any more, and its silence is noticed.
    fn overdrawn(&self) -> bool {
        self.harvest.cost.work > self.credit()
    }

    /// What was found on the view `view`, as a form of the whole problem with its constants fitted there.
    fn lifted(&mut self, view: &View, found: &Form) -> Option<Form> {
        let whole = self.loan.ground.problem.clone();
        let lifted = view.lift(found.expr()?, whole.features.len()).ok()?;
        if !lifted.is_finite() || !whole.allows(&lifted) {
            self.pay(Cost::work(10 * lifted.len() as u64));
            return None;
        }
        let left = self.credit().saturating_sub(self.harvest.cost.work);
        let (form, rows) = (lifted.into(), self.loan.ground.rows.clone());
        let (fitted, cost) = whole.evaluate(&mut self.rng, &form, &rows, Effort::Quick, left, &mut self.workspace);
        self.pay(cost);
        Some(fitted.form)
    }
}

/// Work charged for a point that the oracle is asked about, whatever it takes: the same in every repetition.
const QUESTION_WORK: u64 = 5_000;
/// Work charged for an offer besides its evaluation: keys, comparisons with the archive.
const OFFER_WORK: u64 = 2_000;

impl Host for SliceHost {
    fn offer(&mut self, form: Form, lineage: Lineage) {
        if self.overdrawn() {
            return;
        }
        self.pay(Cost::work(OFFER_WORK));
        self.pulse.beats.fetch_add(1, Ordering::AcqRel);
        let mut offer = Offer { lineage, run: self.run, at: self.shared.clock.wall() };
        let mut form = form;
        if let (Some((view, ground)), Some(on_view)) = (&mut self.loan.view, &mut self.harvest.on_view) {
            let view = view.clone();
            let (accepted, cost) = ground.consider(on_view, &form, &offer);
            self.pay(cost);
            if !accepted {
                return;
            }
            let Some(lifted) = self.lifted(&view, &form) else { return };
            form = lifted;
            // Its parents are candidates of the view.
            offer.lineage = Lineage::root(format!("{}: {}", view.about, offer.lineage.operation));
        }
        let (_, cost) = self.loan.ground.consider(&mut self.harvest.yielded, &form, &offer);
        self.pay(cost);
    }

    fn evaluate(&mut self, forms: &[Form], effort: Effort) -> Vec<Evaluation> {
        if !self.loan.holds_core {
            self.shared.wanted.fetch_add(1, Ordering::AcqRel);
            self.take_core();
            self.shared.wanted.fetch_sub(1, Ordering::AcqRel);
        }
        let here = self.loan.view.as_ref().map_or(&self.loan.ground, |(_, ground)| ground);
        let (problem, rows) = (here.problem.clone(), here.rows.clone());
        let mut evaluations = Vec::with_capacity(forms.len());
        for form in forms {
            if self.overdrawn() {
                let complexity = form.complexity(&problem.complexity);
                evaluations.push(Evaluation { form: form.clone(), loss: f64::INFINITY, complexity });
                continue;
            }
            self.pulse.beats.fetch_add(1, Ordering::AcqRel);
            let left = self.credit().saturating_sub(self.harvest.cost.work);
            let (evaluation, cost) = problem.evaluate(&mut self.rng, form, &rows, effort, left, &mut self.workspace);
            self.pay(cost);
            evaluations.push(evaluation);
        }
        if !self.loan.holds_core {
            self.pulse.hold(None);
        }
        evaluations
    }

    fn propose(&mut self, proposal: Proposal) {
        self.harvest.proposals.push(proposal);
    }

    fn ask(&mut self, prompt: Prompt) -> Ticket {
        let ticket = Ticket(self.tickets);
        self.tickets += 1;
        let answers = self.answers.0.clone();
        let model = self.shared.model.clone();
        let asked = self.shared.runtime.spawn(async move {
            let (text, cost) = match model {
                Some(model) => model.answer(prompt).await,
                None => (Err(AskError::NoModel), Cost::default()),
            };
            // Nobody listens any more when the slice has ended meanwhile.
            let _ = answers.send(Answer { ticket, text, cost });
        });
        self.open.insert(ticket, asked.abort_handle());
        ticket
    }

    fn next_answer(&mut self) -> ControlFlow<StopReason, Option<Answer>> {
        if self.open.is_empty() {
            return ControlFlow::Continue(None);
        }
        // A search that waits computes nothing: its core goes to another meanwhile.
        self.pulse.hold(None);
        self.pulse.waiting.store(true, Ordering::Release);
        let (cancel, clock, reserve) = (self.shared.cancel.clone(), self.shared.clock.clone(), self.shared.reserve);
        let receiver = &mut self.answers.1;
        let outcome = self.shared.runtime.block_on(async {
            tokio::select! {
                biased;
                () = cancel.cancelled() => ControlFlow::Break(StopReason::Cancelled),
                answer = receiver.recv() => ControlFlow::Continue(answer),
                () = clock.spent(reserve) => ControlFlow::Break(StopReason::BudgetSpent),
            }
        });
        self.pulse.waiting.store(false, Ordering::Release);
        self.pulse.beats.fetch_add(1, Ordering::AcqRel);
        self.begin();
        if let ControlFlow::Continue(Some(answer)) = &outcome {
            self.open.remove(&answer.ticket);
            let cost = answer.cost;
            self.pay(cost);
        }
        outcome
    }

    fn charge(&mut self, cost: Cost) -> ControlFlow<StopReason> {
        self.pay(cost);
        self.pulse.beats.fetch_add(1, Ordering::AcqRel);
        if self.loan.holds_core && self.shared.wanted.load(Ordering::Acquire) > 0 {
            // An evaluation is short: it need not wait for the end of a slice.
            self.take_core();
        }
        if self.stop.is_none() {
            self.stop = self.must_stop();
        }
        match self.stop {
            Some(reason) => {
                self.pulse.told.store(true, Ordering::Release);
                ControlFlow::Break(reason)
            }
            None => ControlFlow::Continue(()),
        }
    }

    fn open(&mut self, spec: &ProgramSpec) -> Result<Box<dyn Conversation>, ProgramError> {
        program::open(spec, self.shared.clock.programs().clone())
    }

    fn measure(&mut self, points: &[Vec<f64>]) -> Result<Vec<f64>, OracleError> {
        // A point of a view is not one of the whole.
        let Some(desk) = self.shared.oracle.clone().filter(|_| self.loan.view.is_none()) else {
            return Err(OracleError::None);
        };
        self.pay(Cost::work(QUESTION_WORK * points.len() as u64));
        self.pulse.waiting.store(true, Ordering::Release);
        let (beats, cancel) = (&self.pulse.beats, &self.shared.cancel);
        let answers = desk.lock().unwrap_or_else(PoisonError::into_inner).measure(points, &mut || {
            beats.fetch_add(1, Ordering::AcqRel);
            !cancel.is_cancelled()
        });
        self.pulse.waiting.store(false, Ordering::Release);
        answers
    }
}

/// A small charge for looking at a form that is refused.
fn form_size(form: &Form) -> u64 {
    match form {
        Form::Expr(expr) => 10 * expr.len() as u64,
        Form::System(exprs) => exprs.iter().map(|expr| 10 * expr.len() as u64).sum(),
        Form::Program(text) => text.len() as u64,
    }
}
