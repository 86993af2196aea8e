//! [`EgraphSearch`]: simplify what others found, then look around it.

use std::sync::Arc;

use symfolio_core::{Config, Cost, Form, Host, Lineage, Problem, Progress, Search, SearchError, Slice};
use symfolio_egraph::{Domain, Limits, Simplifier};
use symfolio_expr::{Expr, OperatorSet};
use symfolio_fit::Effort;

use crate::config::EgraphConfig;
use crate::error::EgraphError;
use crate::neighbours::neighbours;
use crate::recent::Recent;
use crate::state::{Checkpoint, State, Step, Task};

/// Work charged for one unit of rewriting (a match of a rule or a node touched), in additions of one row.
const WORK_PER_UNIT: u64 = 5000;

/// Rows of the data at which rewritings are checked, beside points of the domain.
const CHECKED_ROWS: usize = 64;

/// One search under way.
pub(crate) struct EgraphSearch {
    problem: Arc<Problem>,
    config: EgraphConfig,
    state: State,
    domain: Domain,
    rows: Vec<Vec<f64>>,
}

impl EgraphSearch {
    pub(crate) fn start(problem: Arc<Problem>, config: &Config) -> Result<EgraphSearch, SearchError> {
        let config = config.read::<EgraphConfig>()?.checked()?;
        EgraphSearch::new(problem, config, State::default())
    }

    pub(crate) fn resume(problem: Arc<Problem>, checkpoint: &[u8]) -> Result<EgraphSearch, SearchError> {
        let checkpoint: Checkpoint = serde_json::from_slice(checkpoint)
            .map_err(|error| EgraphError::Unreadable { reason: error.to_string() })?;
        let (found, expected) = (checkpoint.n_features, problem.features.len());
        if found != expected {
            return Err(EgraphError::OtherProblem { found, expected }.into());
        }
        EgraphSearch::new(problem, checkpoint.config.checked()?, checkpoint.state)
    }

    fn new(problem: Arc<Problem>, config: EgraphConfig, state: State) -> Result<EgraphSearch, SearchError> {
        let dataset = problem.dataset.clone().ok_or(EgraphError::NoData)?;
        let domain = Domain::of_columns(dataset.features().iter().map(|column| &*column.values));
        let judge = &problem.judge.indices;
        let step = judge.len().div_ceil(CHECKED_ROWS).max(1);
        let row = |at: &u32| dataset.features().iter().map(|column| column.values[*at as usize]).collect();
        let rows = judge.iter().step_by(step).map(row).collect();
        Ok(EgraphSearch { problem, config, state, domain, rows })
    }

    /// Queues what the slice brings.
    fn receive(&mut self, slice: &Slice) {
        if slice.rows.version != self.state.rows {
            // Losses on other rows say nothing about these.
            self.state.front.clear();
            self.state.measured = Recent::default();
            self.state.rows = slice.rows.version;
        }
        let directives = &slice.directives;
        if directives.version != self.state.directives {
            self.state.directives = directives.version;
            for expr in &directives.pinned {
                self.queue(None, expr);
            }
        }
        for migrant in &slice.migrants {
            if let Some(expr) = migrant.form.expr().filter(|_| migrant.loss.is_finite()) {
                self.queue(Some(migrant.id), expr);
                self.state.note(migrant.complexity, migrant.loss);
            }
        }
    }

    fn queue(&mut self, parent: Option<u64>, expr: &Expr) {
        let known = expr.variables().iter().all(|variable| usize::from(*variable) < self.problem.features.len());
        if known && expr.is_finite() && self.state.simplified.insert(expr.value_key()) {
            self.state.simplify_later(parent, expr.clone());
        }
    }

    fn may_offer(&self, slice: &Slice, expr: &Expr) -> bool {
        expr.is_finite() && self.problem.allows(expr) && slice.directives.allow(expr)
    }

    fn operators(&self, slice: &Slice) -> OperatorSet {
        let banned = &slice.directives.banned_operators;
        OperatorSet::new(self.problem.operators.ops().iter().copied().filter(|op| !banned.contains(op)))
    }

    /// Simplifies an expression and queues its neighbours; returns the work.
    fn simplify(&mut self, slice: &Slice, host: &mut dyn Host, task: &Task) -> u64 {
        let operators = self.operators(slice);
        let limits = Limits { iterations: self.config.iterations, nodes: self.config.nodes };
        let simplifier = Simplifier::new(self.domain.clone())
            .with_limits(limits)
            .with_operators(operators.clone())
            .with_rows(self.rows.clone());
        let simplified = simplifier.simplify(&task.expr);
        let mut work = simplified.work;
        if simplified.expr != task.expr {
            self.state.simplified.insert(simplified.expr.value_key());
            self.measure(slice, host, task.parent, simplified.expr.clone(), "simplify");
        }
        let mut bases = vec![simplified.expr.clone()];
        if self.config.equivalents > 1 {
            let equivalents = simplifier.equivalents(&simplified.expr, self.config.equivalents);
            work += equivalents.work;
            bases = equivalents.forms;
        }
        let near = bases.iter().flat_map(|base| neighbours(base, &operators));
        let mut tasks = Vec::new();
        for neighbour in near {
            if tasks.len() == self.config.neighbours {
                break;
            }
            if self.may_offer(slice, &neighbour.expr) && self.state.measured.insert(neighbour.expr.form_key()) {
                let step = Step::Measure(neighbour.operation.to_string());
                tasks.push(Task { parent: task.parent, expr: neighbour.expr, step });
            }
        }
        self.state.measure_next(tasks.into_iter());
        work * WORK_PER_UNIT
    }

    /// Has the host fit a form, and offers it if nothing seen is at least as good; says what was offered.
    fn measure(
        &mut self,
        slice: &Slice,
        host: &mut dyn Host,
        parent: Option<u64>,
        expr: Expr,
        operation: &str,
    ) -> Option<Expr> {
        if !self.may_offer(slice, &expr) {
            return None;
        }
        let evaluation = host.evaluate(&[Form::Expr(expr)], Effort::Quick).pop()?;
        let fitted = evaluation.form.expr()?.clone();
        if !self.may_offer(slice, &fitted) || !self.state.is_news(evaluation.complexity, evaluation.loss) {
            return None;
        }
        self.state.note(evaluation.complexity, evaluation.loss);
        let lineage = match parent {
            Some(parent) => Lineage::of(parent, operation),
            None => Lineage::root(operation),
        };
        host.offer(evaluation.form, lineage);
        Some(fitted)
    }
}

impl Search for EgraphSearch {
    fn advance(&mut self, slice: &Slice, host: &mut dyn Host) -> Result<Progress, SearchError> {
        self.receive(slice);
        let mut owed = 1;
        while let Some(task) = self.state.tasks.pop_front() {
            match &task.step {
                Step::Simplify => owed += self.simplify(slice, host, &task),
                Step::Measure(operation) => {
                    if let Some(found) = self.measure(slice, host, task.parent, task.expr.clone(), operation)
                        && self.state.simplified.insert(found.value_key())
                    {
                        self.state.simplify_last(task.parent, found);
                    }
                }
            }
            if host.charge(Cost::work(owed)).is_break() {
                return Ok(Progress::Paused);
            }
            owed = 1;
        }
        Ok(Progress::Exhausted)
    }

    fn checkpoint(&self) -> Result<Option<Vec<u8>>, SearchError> {
        let n_features = self.problem.features.len();
        let checkpoint = Checkpoint { config: self.config.clone(), n_features, state: self.state.clone() };
        let bytes = serde_json::to_vec(&checkpoint).map_err(|error| SearchError::Checkpoint(error.to_string()))?;
        Ok(Some(bytes))
    }
}
