//! [`Round`]: the work of one slice.

mod generation;
mod news;

use rand_chacha::ChaCha8Rng;
use symfolio_core::{Cost, Form, Host, Problem, Slice};
use symfolio_expr::Expr;
use symfolio_fit::Effort;

use crate::config::GpConfig;
use crate::evaluate::{Assessment, Evaluator};
use crate::holes::Holes;
use crate::individual::Individual;
use crate::initialise::simple_forms;
use crate::lexicase::Cases;
use crate::library::Library;
use crate::operation::Operation;
use crate::population::Ladder;
use crate::scaling::{Scaled, Scaling, strip};
use crate::state::{State, Visitor};
use crate::tidy::tidy;
use crate::units;
use crate::vocabulary::Vocabulary;

/// Charged for making one tree, whatever becomes of it.
const VARIATION: u64 = 4000;
/// Work after which the host is told.
const PAY_AFTER: u64 = 1_000_000;

/// Loss and complexity of what the archive does not have.
const UNKNOWN: (f64, u32) = (f64::INFINITY, u32::MAX);

/// The work of one slice.
pub(crate) struct Round<'a> {
    problem: &'a Problem,
    config: &'a GpConfig,
    slice: &'a Slice,
    host: &'a mut dyn Host,
    words: Vocabulary,
    /// `None` without a template.
    holes: Option<Holes<'a>>,
    scaling: Scaling,
    /// `None` where the objective is not a data set: the host then measures.
    evaluator: Option<Evaluator<'a>>,
    state: &'a mut State,
    simple: Vec<Expr>,
    blocks: Vec<Expr>,
    library: Library,
    ladder: Ladder,
    cases: Option<Cases>,
    sampled: bool,
    floor: f64,
    spent: u64,
    /// Individuals that entered the front in this slice.
    news: usize,
    over: bool,
}

impl<'a> Round<'a> {
    #[allow(clippy::too_many_arguments, reason = "the parts of a slice, each made where its lifetime begins")]
    pub fn new(
        rng: &mut ChaCha8Rng,
        problem: &'a Problem,
        config: &'a GpConfig,
        slice: &'a Slice,
        host: &'a mut dyn Host,
        words: Vocabulary,
        evaluator: Option<Evaluator<'a>>,
        state: &'a mut State,
        sampled: bool,
        floor: f64,
    ) -> Round<'a> {
        let holes = Holes::new(problem, &words);
        let simple = holes.as_ref().map_or_else(|| simple_forms(problem, &words), Holes::simple);
        let scaling = evaluator.as_ref().map_or(Scaling { scale: None, offset: None }, |evaluator| evaluator.scaling);
        let mut round = Round {
            problem,
            config,
            slice,
            host,
            words,
            holes,
            scaling,
            evaluator,
            state,
            simple,
            blocks: Vec::new(),
            library: Library::default(),
            ladder: Ladder::default(),
            cases: None,
            sampled,
            floor,
            spent: 0,
            news: 0,
            over: false,
        };
        round.rank();
        round.gather_blocks(rng);
        round
    }

    /// Has the host said to stop?
    pub fn is_over(&self) -> bool {
        self.over
    }

    /// Takes note of new rows, directives and migrants; the work that follows is done step by step.
    pub fn take_in(&mut self) {
        let slice = self.slice;
        let changed = slice.directives.version != self.state.directives_version;
        if changed {
            self.state.directives_version = slice.directives.version;
            let pinned = slice.directives.pinned.iter();
            self.state.visitors.extend(pinned.map(|expr| Visitor {
                expr: expr.clone(),
                id: None,
                loss: f64::INFINITY,
                complexity: u32::MAX,
            }));
        }
        if changed || self.state.rows_version != Some(slice.rows.version) {
            // What cannot be offered any more, and losses on other rows, must not decide over what comes.
            let state = &mut *self.state;
            state.rows_version = Some(slice.rows.version);
            state.stale.extend(state.front.take());
            state.stale.extend(state.population.members.drain(..));
            state.stale.extend(state.offspring.drain(..));
            state.forms.clear();
            self.rank();
        }
        for migrant in &slice.migrants {
            let Some(expr) = migrant.form.expr() else { continue };
            let loss = if migrant.loss.is_finite() { migrant.loss } else { f64::INFINITY };
            let (id, complexity) = (Some(migrant.id), migrant.complexity);
            self.state.visitors.push_back(Visitor { expr: expr.clone(), id, loss, complexity });
        }
    }

    /// One tree: made, fitted, and kept or not.
    pub fn step(&mut self, rng: &mut ChaCha8Rng) {
        if let Some(individual) = self.state.stale.pop_front() {
            self.measure_again(rng, individual);
        } else if let Some(visitor) = self.state.visitors.pop_front() {
            self.welcome(rng, visitor);
        } else if self.state.filling {
            self.found(rng);
        } else {
            self.breed(rng);
        }
        self.pay(VARIATION);
    }

    fn measure_again(&mut self, rng: &mut ChaCha8Rng, individual: Individual) {
        let Some(assessment) = self.assess(rng, individual.scaled(), |_, _| false) else { return };
        if let Some(found) = self.admit(rng, assessment, individual.operation, individual.ancestors, UNKNOWN) {
            self.state.population.members.push(found);
            self.rank();
        }
    }

    fn welcome(&mut self, rng: &mut ChaCha8Rng, visitor: Visitor) {
        let n_features = self.problem.features.len();
        let known = visitor.expr.variables().last().is_none_or(|last| usize::from(*last) < n_features);
        if !known || !visitor.expr.is_finite() || !self.problem.allows(&visitor.expr) {
            return;
        }
        // Literals of a template are part of it.
        let free = if self.holes.is_some() { visitor.expr } else { visitor.expr.thaw() };
        let Some(start) = self.prepare(&free) else { return };
        let Some(assessment) = self.assess(rng, start, |_, _| false) else { return };
        let ancestors: Vec<u64> = visitor.id.into_iter().collect();
        if let Some(individual) =
            self.admit(rng, assessment, Operation::Migrant, ancestors, (visitor.loss, visitor.complexity))
        {
            self.state.population.members.push(individual);
            self.rank();
        }
    }

    /// The tree in its tidy form without constant factor and term, if it may be searched on.
    fn prepare(&self, expr: &Expr) -> Option<Scaled> {
        if let Some(holes) = &self.holes {
            let core = holes.tidy(expr)?;
            let fits = self.may_offer(&core) && core.is_finite() && !core.variables().is_empty();
            return fits.then_some(Scaled { core, scale: 1.0, offset: 0.0 });
        }
        let words = &self.words;
        let tidied = units::with_factors(self.problem, tidy(expr, &|op| words.has(op))?, |op| words.has(op));
        let scaled =
            if self.evaluator.is_some() { strip(&tidied) } else { Scaled { core: tidied, scale: 1.0, offset: 0.0 } };
        let fits = match self.evaluator {
            Some(_) => self.may_scale(&scaled.core),
            None => self.may_offer(&scaled.core),
        } && scaled.core.is_finite();
        (fits && (!scaled.core.variables().is_empty() || self.evaluator.is_none())).then_some(scaled)
    }

    /// [`Round::prepare`] for a member of the present population.
    fn prepare_member(&self, expr: &Expr) -> Option<Scaled> {
        let most = self.problem.constraints.max_complexity;
        // Several functions are no longer together than one may be.
        let limit = if self.holes.is_some() { most } else { self.state.limit(most) };
        self.prepare(expr).filter(|scaled| self.problem.complexity.of(&scaled.core) <= limit)
    }

    /// May a form be offered that is `core` with a scale and an offset?
    fn may_scale(&self, core: &Expr) -> bool {
        self.problem.allows_form(core)
            && self.slice.directives.allow(core)
            && units::needs_scale(self.problem, self.scaling, core).is_some()
    }

    fn may_offer(&self, expr: &Expr) -> bool {
        self.problem.allows(expr) && self.slice.directives.allow(expr)
    }

    fn assess(
        &mut self,
        rng: &mut ChaCha8Rng,
        start: Scaled,
        hopeless: impl Fn(f64, u32) -> bool,
    ) -> Option<Assessment> {
        if let Some(evaluator) = &mut self.evaluator {
            return evaluator.assess(rng, start, hopeless);
        }
        let evaluation = self.host.evaluate(&[Form::Expr(start.core)], Effort::Quick).pop()?;
        let core = evaluation.form.expr()?.clone();
        let fine = evaluation.loss.is_finite() && core.is_finite();
        let scaled = Scaled { core, scale: 1.0, offset: 0.0 };
        fine.then_some(Assessment { scaled, loss: evaluation.loss, complexity: evaluation.complexity })
    }

    /// After a change of the population.
    fn rank(&mut self) {
        if let Some(evaluator) = &mut self.evaluator {
            evaluator.limit = self.state.limit(self.problem.constraints.max_complexity);
        }
        self.ladder = Ladder::new(&self.state.population, self.floor);
        self.cases = None;
    }

    /// Charges what was spent, and `more`.
    fn pay(&mut self, more: u64) {
        if self.over {
            return;
        }
        let mut idle = Cost::default();
        let cost = self.evaluator.as_mut().map_or(&mut idle, |evaluator| &mut evaluator.cost);
        cost.work += more;
        if cost.work >= PAY_AFTER || self.evaluator.is_none() {
            let cost = self.evaluator.as_mut().map_or(idle, |evaluator| std::mem::take(&mut evaluator.cost));
            self.spent += cost.work;
            self.over = self.host.charge(cost).is_break();
        }
    }
}
