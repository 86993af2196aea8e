//! [`SliceHost`]: what the engine lends a search for one slice.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use symfolio_core::{
    Answer, Archive, AskError, Candidate, Cost, Evaluation, Form, Host, Lineage, Problem, Prompt, Proposal, RowSet,
    StopReason, Ticket,
};
use symfolio_expr::Key;
use symfolio_fit::{Effort, Workspace};
use tokio::runtime::Handle;
use tokio::sync::{Notify, Semaphore, mpsc};

use crate::{Clock, Model};

/// How often a study can be told to stop from outside; shared by everything that runs.
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
    /// Is the search waiting for a language model, so that silence is no fault?
    pub waiting: AtomicBool,
}

/// What a slice lends: shared by all slices of a study.
#[derive(Clone)]
pub(crate) struct Shared {
    pub problem: Arc<Problem>,
    pub clock: Clock,
    /// Seconds that the search leaves for the final choice.
    pub reserve: f64,
    pub cancel: Cancel,
    /// Permits to compute, one a core.
    pub cores: Arc<Semaphore>,
    pub runtime: Handle,
    pub model: Option<Arc<dyn Model>>,
    /// Loss below which a candidate counts as exact on the training rows, and on rows held out.
    pub exact_loss: f64,
    pub validation: Option<Arc<RowSet>>,
}

/// What came of the offers of a slice.
#[derive(Debug, Default)]
pub(crate) struct Harvest {
    /// Offers that would enter the archive as it was when the slice began, in order; numbered later.
    pub candidates: Vec<Candidate>,
    /// The first of them that is exact and confirmed, with the wall time of its offer.
    pub exact: Option<(usize, f64)>,
    pub proposals: Vec<Proposal>,
    pub cost: Cost,
}

/// What the engine lends a search for one slice.
pub(crate) struct SliceHost {
    shared: Shared,
    run: u32,
    backend: String,
    grant: u64,
    rows: Arc<RowSet>,
    /// The archive as the slice sees it: as it was at the grant, plus the slice's own offers.
    view: Archive,
    /// Migrants by number, for the lineage of what is made from them.
    origins: BTreeMap<u64, Vec<String>>,
    exact_known: bool,
    pulse: Arc<Pulse>,
    rng: ChaCha8Rng,
    workspace: Workspace,
    /// Does the search hold a core while it runs? Network searches take one only to evaluate.
    holds_core: bool,
    answers: (mpsc::UnboundedSender<Answer>, mpsc::UnboundedReceiver<Answer>),
    open: u64,
    tickets: u64,
    harvest: Harvest,
    stop: Option<StopReason>,
}

impl SliceHost {
    #[allow(clippy::too_many_arguments, reason = "the one place that puts a slice's loan together")]
    pub fn new(
        shared: Shared,
        run: u32,
        backend: String,
        grant: u64,
        rows: Arc<RowSet>,
        view: Archive,
        migrants: &[Candidate],
        exact_known: bool,
        pulse: Arc<Pulse>,
        stream: (u64, u64),
        holds_core: bool,
    ) -> SliceHost {
        let mut rng = ChaCha8Rng::seed_from_u64(stream.0);
        rng.set_stream(stream.1);
        let origins = migrants.iter().map(|migrant| (migrant.id, migrant.origin.clone())).collect();
        SliceHost {
            shared,
            run,
            backend,
            grant,
            rows,
            view,
            origins,
            exact_known,
            pulse,
            rng,
            workspace: Workspace::default(),
            holds_core,
            answers: mpsc::unbounded_channel(),
            open: 0,
            tickets: 0,
            harvest: Harvest::default(),
            stop: None,
        }
    }

    pub fn finish(self) -> Harvest {
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
        if self.harvest.exact.is_some() && !self.exact_known {
            return Some(StopReason::ExactFound);
        }
        (self.harvest.cost.work >= self.grant).then_some(StopReason::SliceSpent)
    }

    /// Does the search go on long after it was told to stop? Then nothing is done for it any more, and its silence is noticed.
    fn overdrawn(&self) -> bool {
        self.harvest.cost.work > self.grant.saturating_mul(2).saturating_add(10_000_000)
    }

    /// Names of the backends that had a part in an offer.
    fn origin(&self, lineage: &Lineage) -> Vec<String> {
        let parents = lineage.parents.iter().filter_map(|parent| self.origins.get(parent)).flatten().cloned();
        let mut origin: Vec<String> = Vec::new();
        for name in parents.chain([self.backend.clone()]) {
            if !origin.contains(&name) {
                origin.push(name);
            }
        }
        origin
    }

    /// Does the form hold on the rows held out as it does on the others? Where none are held out, the rows have to outnumber the
    /// form's nodes by far: with as many nodes as rows, anything can be met exactly.
    fn confirmed(&mut self, form: &Form, complexity: u32) -> bool {
        let Some(validation) = self.shared.validation.clone() else {
            return self.shared.problem.judge.indices.len() >= 2 * complexity as usize;
        };
        let measure = self.shared.problem.objective.measure(form, &validation);
        self.pay(measure.cost);
        measure.loss <= self.shared.exact_loss
    }
}

/// Work charged for an offer besides its evaluation: keys, comparisons with the archive.
const OFFER_WORK: u64 = 2_000;

impl Host for SliceHost {
    fn offer(&mut self, form: Form, lineage: Lineage) {
        if self.overdrawn() {
            return;
        }
        self.pay(Cost::work(OFFER_WORK));
        self.pulse.beats.fetch_add(1, Ordering::AcqRel);
        let complexity = form.complexity(&self.shared.problem.complexity);
        let allowed = match &form {
            Form::Expr(expr) => expr.is_finite() && self.shared.problem.allows(expr),
            _ => true,
        };
        if !allowed {
            return self.pay(Cost::work(form_size(&form)));
        }
        let measure = self.shared.problem.objective.measure(&form, &self.shared.problem.judge);
        self.pay(measure.cost);
        let key: Key = form.key();
        if !measure.loss.is_finite() || !self.view.accepts(measure.loss, complexity, key) {
            return;
        }
        let origin = self.origin(&lineage);
        let candidate = Candidate { id: 0, form, loss: measure.loss, complexity, run: self.run, origin, lineage };
        if measure.loss <= self.shared.exact_loss
            && self.harvest.exact.is_none()
            && self.confirmed(&candidate.form, complexity)
        {
            self.harvest.exact = Some((self.harvest.candidates.len(), self.shared.clock.wall()));
        }
        self.view.insert(candidate.clone());
        self.harvest.candidates.push(candidate);
    }

    fn evaluate(&mut self, forms: &[Form], effort: Effort) -> Vec<Evaluation> {
        let _core = (!self.holds_core).then(|| self.shared.runtime.block_on(self.shared.cores.clone().acquire_owned()));
        let mut evaluations = Vec::with_capacity(forms.len());
        for form in forms {
            if self.overdrawn() {
                let complexity = form.complexity(&self.shared.problem.complexity);
                evaluations.push(Evaluation { form: form.clone(), loss: f64::INFINITY, complexity });
                continue;
            }
            self.pulse.beats.fetch_add(1, Ordering::AcqRel);
            let problem = self.shared.problem.clone();
            let (evaluation, cost) = problem.evaluate(&mut self.rng, form, &self.rows, effort, &mut self.workspace);
            self.pay(cost);
            evaluations.push(evaluation);
        }
        evaluations
    }

    fn propose(&mut self, proposal: Proposal) {
        self.harvest.proposals.push(proposal);
    }

    fn ask(&mut self, prompt: Prompt) -> Ticket {
        let ticket = Ticket(self.tickets);
        self.tickets += 1;
        self.open += 1;
        let answers = self.answers.0.clone();
        match self.shared.model.clone() {
            Some(model) => {
                let cancel = self.shared.cancel.clone();
                self.shared.runtime.spawn(async move {
                    let (text, cost) = tokio::select! {
                        answered = model.answer(prompt) => answered,
                        () = cancel.cancelled() => (Err(AskError::Failed("cancelled".into())), Cost::default()),
                    };
                    let _ = answers.send(Answer { ticket, text, cost });
                });
            }
            None => {
                let _ = answers.send(Answer { ticket, text: Err(AskError::NoModel), cost: Cost::default() });
            }
        }
        ticket
    }

    fn next_answer(&mut self) -> ControlFlow<StopReason, Option<Answer>> {
        if self.open == 0 {
            return ControlFlow::Continue(None);
        }
        self.pulse.waiting.store(true, Ordering::Release);
        let cancel = self.shared.cancel.clone();
        let left = self.shared.clock.left(self.shared.reserve);
        let receiver = &mut self.answers.1;
        let deadline = async {
            match left {
                Some(seconds) => tokio::time::sleep(std::time::Duration::from_secs_f64(seconds.max(0.0))).await,
                None => std::future::pending().await,
            }
        };
        let outcome = self.shared.runtime.block_on(async {
            tokio::select! {
                biased;
                () = cancel.cancelled() => ControlFlow::Break(StopReason::Cancelled),
                answer = receiver.recv() => ControlFlow::Continue(answer),
                () = deadline => ControlFlow::Break(StopReason::BudgetSpent),
            }
        });
        self.pulse.waiting.store(false, Ordering::Release);
        self.pulse.beats.fetch_add(1, Ordering::AcqRel);
        if let ControlFlow::Continue(Some(answer)) = &outcome {
            self.open -= 1;
            let cost = answer.cost;
            self.pay(cost);
        }
        outcome
    }

    fn charge(&mut self, cost: Cost) -> ControlFlow<StopReason> {
        self.pay(cost);
        self.pulse.beats.fetch_add(1, Ordering::AcqRel);
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
}

/// A small charge for looking at a form that is refused.
fn form_size(form: &Form) -> u64 {
    match form {
        Form::Expr(expr) => 10 * expr.len() as u64,
        Form::System(exprs) => exprs.iter().map(|expr| 10 * expr.len() as u64).sum(),
        Form::Program(text) => text.len() as u64,
    }
}
