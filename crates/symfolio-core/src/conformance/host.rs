//! [`RecordingHost`]: the plainest host that is correct, for checks and tests.

use std::ops::ControlFlow;
use std::sync::Arc;

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use symfolio_expr::Expr;
use symfolio_fit::{Effort, Workspace};

use crate::{
    Answer, AskError, Cost, Evaluation, Form, Host, Lineage, OracleError, Problem, Prompt, Proposal, RowSet, Slice,
    StopReason, Ticket,
};

/// Questions after which a slice has to end.
const MAX_QUESTIONS: usize = 500;
/// Calls after Break, and work beyond the grant, at which the host gives a search up: it would never end.
const MAX_CALLS_AFTER_BREAK: usize = 1_000;
const MAX_OVERDRAFT: u64 = 200_000_000;

/// Work charged for a point that the oracle is asked about.
const QUESTION_WORK: u64 = 1000;

/// What a search offered.
#[derive(Clone, Debug, PartialEq)]
pub struct Offer {
    /// The form.
    pub form: Form,
    /// Its loss on the judge rows; infinite where it is not defined.
    pub loss: f64,
    /// How it came about.
    pub lineage: Lineage,
}

/// What a search did after it was told to stop.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AfterBreak {
    /// Calls of `charge`.
    pub charges: usize,
    /// Forms that it had evaluated.
    pub evaluations: usize,
    /// Offers.
    pub offers: usize,
    /// Questions to the language model.
    pub questions: usize,
}

/// A host that scores and fits in the calling thread, grants exactly what the slice says, has no language model but
/// answers that were written before, and records everything.
///
/// # Panics
/// A search that goes on for ever although it was told to stop, or that never asks whether to, is ended by a panic in the host.
pub struct RecordingHost {
    problem: Arc<Problem>,
    rows: Arc<RowSet>,
    grant: u64,
    index: u64,
    workspace: Workspace,
    replies: Vec<Result<String, AskError>>,
    open: Vec<Ticket>,
    pub(super) oracle: Option<Expr>,
    stopped: bool,
    /// What was offered, in order.
    pub offers: Vec<Offer>,
    /// What was proposed, in order.
    pub proposals: Vec<Proposal>,
    /// What was spent.
    pub spent: Cost,
    /// Number of questions asked.
    pub questions: usize,
    /// What was done after the first Break.
    pub after_break: AfterBreak,
}

impl RecordingHost {
    /// A host for one slice; each question is answered by [`AskError::NoModel`].
    pub fn new(problem: Arc<Problem>, slice: &Slice) -> RecordingHost {
        RecordingHost::with_replies(problem, slice, vec![Err(AskError::NoModel)])
    }

    /// A host that answers the n-th question with the n-th of `replies`, from the first one again after the last.
    pub fn with_replies(problem: Arc<Problem>, slice: &Slice, replies: Vec<Result<String, AskError>>) -> RecordingHost {
        RecordingHost {
            problem,
            rows: slice.rows.clone(),
            grant: slice.grant.work,
            index: slice.index,
            workspace: Workspace::default(),
            replies,
            open: Vec::new(),
            oracle: None,
            stopped: false,
            offers: Vec::new(),
            proposals: Vec::new(),
            spent: Cost::default(),
            questions: 0,
            after_break: AfterBreak::default(),
        }
    }

    /// The host with an oracle that answers by the values of `law`.
    pub fn with_oracle(self, law: Expr) -> RecordingHost {
        RecordingHost { oracle: Some(law), ..self }
    }

    /// Was the search told to stop?
    pub fn has_stopped(&self) -> bool {
        self.stopped
    }

    fn stop(&mut self) -> ControlFlow<StopReason> {
        self.stopped = true;
        ControlFlow::Break(StopReason::SliceSpent)
    }

    /// Counts a call after Break, and ends a search that would never end by itself.
    fn note(&mut self, count: impl Fn(&mut AfterBreak) -> &mut usize) {
        if self.stopped {
            *count(&mut self.after_break) += 1;
        }
        let AfterBreak { charges, evaluations, offers, questions } = self.after_break;
        if charges + evaluations + offers + questions > MAX_CALLS_AFTER_BREAK {
            give_up("it goes on and on after Break".into());
        }
        if self.spent.work > self.grant.saturating_add(MAX_OVERDRAFT) {
            give_up(format!("it spent {} work of {} granted", self.spent.work, self.grant));
        }
    }
}

/// Unwinds without the message that a panic prints: the caller reports it.
fn give_up(why: String) {
    std::panic::resume_unwind(Box::new(why));
}

impl Host for RecordingHost {
    fn offer(&mut self, form: Form, lineage: Lineage) {
        self.note(|after| &mut after.offers);
        let measure = self.problem.objective.measure(&form, &self.problem.judge);
        self.spent += measure.cost;
        self.offers.push(Offer { form, loss: measure.loss, lineage });
    }

    fn evaluate(&mut self, forms: &[Form], effort: Effort) -> Vec<Evaluation> {
        let mut evaluations = Vec::with_capacity(forms.len());
        for (position, form) in forms.iter().enumerate() {
            self.note(|after| &mut after.evaluations);
            let mut rng = ChaCha8Rng::seed_from_u64(self.index);
            rng.set_stream(position as u64);
            let (evaluation, cost) =
                self.problem.evaluate(&mut rng, form, &self.rows, effort, u64::MAX, &mut self.workspace);
            self.spent += cost;
            evaluations.push(evaluation);
        }
        evaluations
    }

    fn propose(&mut self, proposal: Proposal) {
        self.proposals.push(proposal);
    }

    fn ask(&mut self, _: Prompt) -> Ticket {
        self.note(|after| &mut after.questions);
        let ticket = Ticket(self.questions as u64);
        self.questions += 1;
        self.open.push(ticket);
        ticket
    }

    /// The latest open question is answered first: answers come in any order.
    fn next_answer(&mut self) -> ControlFlow<StopReason, Option<Answer>> {
        if self.stopped || self.questions > MAX_QUESTIONS {
            return self.stop().map_continue(|()| None);
        }
        let answer = self.open.pop().map(|ticket| {
            let reply = self.replies.get(ticket.0 as usize % self.replies.len().max(1)).cloned();
            Answer { ticket, text: reply.unwrap_or(Err(AskError::NoModel)), cost: Cost::default() }
        });
        ControlFlow::Continue(answer)
    }

    fn measure(&mut self, points: &[Vec<f64>]) -> Result<Vec<f64>, OracleError> {
        let law = self.oracle.as_ref().ok_or(OracleError::None)?;
        let expected = self.problem.features.len();
        if let Some(wrong) = points.iter().find(|point| point.len() != expected) {
            return Err(OracleError::Shape { found: wrong.len(), expected });
        }
        self.spent += Cost::work(QUESTION_WORK * points.len() as u64);
        Ok(points.iter().map(|point| law.value(point)).collect())
    }

    fn charge(&mut self, cost: Cost) -> ControlFlow<StopReason> {
        self.note(|after| &mut after.charges);
        self.spent += cost;
        if self.stopped || self.spent.work >= self.grant { self.stop() } else { ControlFlow::Continue(()) }
    }
}
