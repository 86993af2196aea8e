//! [`RecordingHost`]: the plainest host that is correct, for checks and tests.

use std::ops::ControlFlow;
use std::sync::Arc;

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use symfolio_fit::{Effort, Workspace};

use crate::{
    Answer, AskError, Cost, Evaluation, Form, Host, Lineage, Problem, Prompt, Proposal, RowSet, Slice, StopReason,
    Ticket,
};

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

/// A host that scores and fits in the calling thread, grants exactly what the slice says, has no language model, and records
/// everything.
pub struct RecordingHost {
    problem: Arc<Problem>,
    rows: Arc<RowSet>,
    grant: u64,
    index: u64,
    workspace: Workspace,
    questions: Vec<Ticket>,
    /// What was offered, in order.
    pub offers: Vec<Offer>,
    /// What was proposed, in order.
    pub proposals: Vec<Proposal>,
    /// What was spent.
    pub spent: Cost,
    /// How many charges came after the first Break.
    pub charges_after_break: usize,
    stopped: bool,
}

impl RecordingHost {
    /// A host for one slice.
    pub fn new(problem: Arc<Problem>, slice: &Slice) -> RecordingHost {
        RecordingHost {
            problem,
            rows: slice.rows.clone(),
            grant: slice.grant.work,
            index: slice.index,
            workspace: Workspace::default(),
            questions: Vec::new(),
            offers: Vec::new(),
            proposals: Vec::new(),
            spent: Cost::default(),
            charges_after_break: 0,
            stopped: false,
        }
    }
}

impl Host for RecordingHost {
    fn offer(&mut self, form: Form, lineage: Lineage) {
        let measure = self.problem.objective.measure(&form, &self.problem.judge);
        self.spent += measure.cost;
        self.offers.push(Offer { form, loss: measure.loss, lineage });
    }

    fn evaluate(&mut self, forms: &[Form], effort: Effort) -> Vec<Evaluation> {
        let mut evaluations = Vec::with_capacity(forms.len());
        for (position, form) in forms.iter().enumerate() {
            let mut rng = ChaCha8Rng::seed_from_u64(self.index);
            rng.set_stream(position as u64);
            let (evaluation, cost) = self.problem.evaluate(&mut rng, form, &self.rows, effort, &mut self.workspace);
            self.spent += cost;
            evaluations.push(evaluation);
        }
        evaluations
    }

    fn propose(&mut self, proposal: Proposal) {
        self.proposals.push(proposal);
    }

    fn ask(&mut self, _: Prompt) -> Ticket {
        let ticket = Ticket(self.questions.len() as u64);
        self.questions.push(ticket);
        ticket
    }

    fn next_answer(&mut self) -> ControlFlow<StopReason, Option<Answer>> {
        let answer =
            self.questions.pop().map(|ticket| Answer { ticket, text: Err(AskError::NoModel), cost: Cost::default() });
        ControlFlow::Continue(answer)
    }

    fn charge(&mut self, cost: Cost) -> ControlFlow<StopReason> {
        if self.stopped {
            self.charges_after_break += 1;
        }
        self.spent += cost;
        if self.spent.work >= self.grant {
            self.stopped = true;
            return ControlFlow::Break(StopReason::SliceSpent);
        }
        ControlFlow::Continue(())
    }
}
