//! [`RecordingHost`]: the plainest host that is correct, for checks and tests.

use std::ops::ControlFlow;
use std::sync::Arc;

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use symfolio_fit::{Effort, FitOptions, Workspace, fit};

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

    fn evaluate_one(&mut self, position: usize, form: &Form, effort: Effort) -> Evaluation {
        let complexity = form.complexity(&self.problem.complexity);
        let (Some(expr), Some(dataset)) = (form.expr(), &self.problem.dataset) else {
            let measure = self.problem.objective.measure(form, &self.rows);
            self.spent += measure.cost;
            return Evaluation { form: form.clone(), loss: measure.loss, complexity };
        };
        let table = self.rows.table(dataset);
        if expr.variables().last().is_some_and(|last| usize::from(*last) >= table.n_features()) {
            return Evaluation { form: form.clone(), loss: f64::INFINITY, complexity };
        }
        let columns = table.columns();
        let options = FitOptions { loss: self.problem.loss, effort, ..FitOptions::default() };
        let mut rng = ChaCha8Rng::seed_from_u64(self.index);
        rng.set_stream(position as u64);
        let fitted = fit(&mut rng, expr, &table.fit_data(&columns), &options, &mut self.workspace);
        self.spent += Cost { work: fitted.work, node_rows: fitted.node_rows, ..Cost::default() };
        Evaluation { form: Form::Expr(expr.with_params(&fitted.params)), loss: fitted.loss, complexity }
    }
}

impl Host for RecordingHost {
    fn offer(&mut self, form: Form, lineage: Lineage) {
        let measure = self.problem.objective.measure(&form, &self.problem.judge);
        self.spent += measure.cost;
        self.offers.push(Offer { form, loss: measure.loss, lineage });
    }

    fn evaluate(&mut self, forms: &[Form], effort: Effort) -> Vec<Evaluation> {
        forms.iter().enumerate().map(|(position, form)| self.evaluate_one(position, form, effort)).collect()
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
