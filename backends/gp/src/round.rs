//! [`Round`]: the work of one slice.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use symfolio_core::{Cost, Form, Host, Problem, Slice};
use symfolio_expr::Expr;
use symfolio_fit::Effort;

use crate::breeding::{self, Parents};
use crate::config::{GpConfig, Selection};
use crate::evaluate::{Assessment, Evaluator};
use crate::individual::{Individual, merge_ancestors};
use crate::initialise::{building_blocks, random_tree, simple_forms};
use crate::lexicase::Cases;
use crate::library::Library;
use crate::matching;
use crate::operation::Operation;
use crate::population::Ladder;
use crate::scaling::{Scaled, Scaling, strip};
use crate::state::{State, Visitor};
use crate::tidy::tidy;
use crate::vocabulary::Vocabulary;

/// Charged for making one tree, whatever becomes of it.
const VARIATION: u64 = 4000;
/// Charged for looking up a wish.
const MATCHING: u64 = 20_000;
/// Work after which the host is told.
const PAY_AFTER: u64 = 1_000_000;
/// A generation ends when this many children a member were tried, however few were accepted.
const MOST_ATTEMPTS: usize = 30;
/// Building blocks in the library, besides parts of the front.
const BLOCKS: usize = 300;
/// Generations after which parts of the front replace those in the library.
const NEW_PARTS: u64 = 10;
/// A thorough fit is begun only where this much of the grant is left.
const POLISH_RESERVE: u64 = 50_000_000;

/// Loss and complexity of what the archive does not have.
const UNKNOWN: (f64, u32) = (f64::INFINITY, u32::MAX);

/// The work of one slice.
pub(crate) struct Round<'a> {
    problem: &'a Problem,
    config: &'a GpConfig,
    slice: &'a Slice,
    host: &'a mut dyn Host,
    words: Vocabulary,
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
        let simple = simple_forms(problem, &words);
        let matches = config.match_rate > 0.0 && evaluator.is_some();
        let blocks = if matches { building_blocks(rng, problem, &words, BLOCKS) } else { Vec::new() };
        let scaling = evaluator.as_ref().map_or(Scaling { scale: None, offset: None }, |evaluator| evaluator.scaling);
        let mut round = Round {
            problem,
            config,
            slice,
            host,
            words,
            scaling,
            evaluator,
            state,
            simple,
            blocks,
            library: Library::default(),
            ladder: Ladder::default(),
            cases: None,
            sampled,
            floor,
            spent: 0,
            over: false,
        };
        round.rank();
        round.fill_library();
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
        let Individual { operation, ancestors, .. } = individual.clone();
        let Some(assessment) = self.assess(rng, individual.scaled(), |_, _| false) else { return };
        let individual = Individual { operation, ..individual };
        if let Some(found) = self.admit(rng, assessment, operation, ancestors, UNKNOWN) {
            self.state.population.members.push(Individual { operation: individual.operation, ..found });
            self.rank();
        }
    }

    fn welcome(&mut self, rng: &mut ChaCha8Rng, visitor: Visitor) {
        let n_features = self.problem.features.len();
        let known = visitor.expr.variables().last().is_none_or(|last| usize::from(*last) < n_features);
        if !known || !visitor.expr.is_finite() || !self.problem.allows(&visitor.expr) {
            return;
        }
        let Some(start) = self.prepare(&visitor.expr.thaw()) else { return };
        let Some(assessment) = self.assess(rng, start, |_, _| false) else { return };
        let ancestors: Vec<u64> = visitor.id.into_iter().collect();
        if let Some(individual) =
            self.admit(rng, assessment, Operation::Migrant, ancestors, (visitor.loss, visitor.complexity))
        {
            self.state.population.members.push(individual);
            self.rank();
        }
    }

    /// One of the first members.
    fn found(&mut self, rng: &mut ChaCha8Rng) {
        self.state.attempts += 1;
        let full = self.state.population.members.len() >= self.config.population;
        if full || self.state.attempts > MOST_ATTEMPTS * self.config.population {
            self.state.filling = false;
            self.begin_generation();
            return;
        }
        let simple = self.simple.get(self.state.seeds).filter(|_| self.state.attempts % 2 == 0);
        let (expr, operation) = match simple {
            Some(expr) => (expr.clone(), Operation::Seed),
            None => (random_tree(rng, &self.words, self.config.max_initial), Operation::Random),
        };
        self.state.seeds += usize::from(operation == Operation::Seed);
        let Some(start) = self.prepare(&expr) else { return };
        if self.state.forms.note(start.core.form_key()) {
            return;
        }
        let Some(assessment) = self.assess(rng, start, |_, _| false) else { return };
        if let Some(individual) = self.admit(rng, assessment, operation, Vec::new(), UNKNOWN) {
            self.state.population.members.push(individual);
        }
    }

    /// One child; at the end of a generation, who survives.
    fn breed(&mut self, rng: &mut ChaCha8Rng) {
        self.state.attempts += 1;
        if self.state.population.members.is_empty() {
            self.state.restart();
            return;
        }
        self.try_child(rng);
        let enough = self.state.offspring.len() >= self.config.population;
        if enough || self.state.attempts >= MOST_ATTEMPTS * self.config.population {
            self.end_generation(rng);
        }
    }

    fn try_child(&mut self, rng: &mut ChaCha8Rng) -> Option<()> {
        let (first, second) = (self.select(rng)?, self.select(rng)?);
        let members = &self.state.population.members;
        let (parent, mate) = (members[first].clone(), &members[second]);
        let form = parent.form(self.scaling);
        let parents =
            Parents { bare: &parent.core, scaled: &form, mate: &mate.core, front: self.state.front.members() };
        let match_rate = if self.library.len() > 0 { self.config.match_rate } else { 0.0 };
        let operation = self.state.rates.draw(rng, &breeding::prior(match_rate));
        let mut ancestors = parent.ancestors.clone();
        if operation == Operation::Crossover {
            ancestors = merge_ancestors(&ancestors, &mate.ancestors);
        }
        let child = match (operation, &mut self.evaluator) {
            (Operation::Match, Some(evaluator)) => {
                evaluator.cost.work += MATCHING;
                matching::child(rng, &self.words, &self.library, &parent.scaled(), &evaluator.screen())?
            }
            _ => breeding::vary(rng, operation, &self.words, &parents)?,
        };
        let mut start = self.prepare(&child)?;
        if start.scale == 1.0 && start.offset == 0.0 {
            (start.scale, start.offset) = (parent.scale, parent.offset);
        }
        let known = self.state.forms.note(start.core.form_key());
        if known && operation != Operation::Constants && !rng.random_bool(self.config.refit) {
            return None;
        }
        let slack = self.config.screen_slack;
        let ladder = std::mem::take(&mut self.ladder);
        let assessment = self.assess(rng, start, |loss, complexity| ladder.is_hopeless(loss / slack, complexity));
        self.ladder = ladder;
        self.state.children += u64::from(assessment.is_some());
        let Some(assessment) = assessment else {
            self.state.rates.learn(operation, 0.0);
            return None;
        };
        let better = assessment.loss < (1.0 - 1e-3) * parent.loss && assessment.complexity <= parent.complexity;
        let quiet = self.state.quiet;
        let individual = self.admit(rng, assessment, operation, ancestors, UNKNOWN)?;
        let news = self.state.quiet == 0 && quiet != 0;
        self.state.rates.learn(
            operation,
            if news {
                1.0
            } else if better {
                0.5
            } else {
                0.0
            },
        );
        self.state.offspring.push(individual);
        Some(())
    }

    fn select(&mut self, rng: &mut ChaCha8Rng) -> Option<usize> {
        if self.config.selection == Selection::Lexicase {
            if let Some(evaluator) = &mut self.evaluator {
                let members = &self.state.population.members;
                let cases = self.cases.get_or_insert_with(|| {
                    let residuals: Vec<Vec<f64>> =
                        members.iter().map(|member| evaluator.residuals(&member.scaled())).collect();
                    Cases::new(&residuals)
                });
                return cases.select(rng);
            }
        }
        self.ladder.tournament(rng, self.config.tournament, self.config.parsimony)
    }

    fn end_generation(&mut self, rng: &mut ChaCha8Rng) {
        let offspring = std::mem::take(&mut self.state.offspring);
        self.state.population.replace(offspring, self.config.population, self.floor);
        self.begin_generation();
        self.state.quiet += 1;
        let polish = u64::from(self.config.polish);
        if polish > 0 && self.state.generation % polish == 0 {
            self.polish(rng);
        }
        if self.state.quiet > self.config.stagnation {
            self.state.restart();
            if self.state.restarts % 2 == 0 {
                let front = self.state.front.members().to_vec();
                self.state.population.members.extend(front);
            }
            self.rank();
        }
    }

    fn begin_generation(&mut self) {
        self.state.attempts = 0;
        self.state.generation += 1;
        self.rank();
        if self.state.generation % NEW_PARTS == 0 {
            self.fill_library();
        }
    }

    /// The building blocks and the parts of the front, with their values.
    fn fill_library(&mut self) {
        self.library = Library::default();
        let Some(evaluator) = &mut self.evaluator else { return };
        if self.blocks.is_empty() {
            return;
        }
        let columns = evaluator.screen().columns;
        self.blocks.iter().for_each(|block| {
            self.library.add(block, columns);
        });
        self.state.front.members().iter().for_each(|member| self.library.add_parts(&member.core, columns));
        evaluator.cost.work += self.library.len() as u64 * columns.n_rows() as u64 * 20;
    }

    /// A thorough fit of a member of the front whose constants are not all linear.
    fn polish(&mut self, rng: &mut ChaCha8Rng) {
        if self.slice.grant.work.saturating_sub(self.spent) < POLISH_RESERVE {
            return;
        }
        let worth = |member: &&Individual| member.loss > self.floor && !member.core.params().is_empty();
        let worthy: Vec<&Individual> = self.state.front.members().iter().filter(worth).collect();
        if worthy.is_empty() {
            return;
        }
        let member = worthy[rng.random_range(0..worthy.len())].clone();
        let Some(evaluator) = &mut self.evaluator else { return };
        let Some(assessment) = evaluator.polish(rng, &member.scaled()) else { return };
        if assessment.loss < member.loss {
            if let Some(found) = self.admit(rng, assessment, Operation::Polish, member.ancestors, UNKNOWN) {
                self.state.offspring.push(found);
            }
        }
    }

    /// The tree in its tidy form without constant factor and term, if it may be searched on.
    fn prepare(&self, expr: &Expr) -> Option<Scaled> {
        let words = &self.words;
        let tidied = tidy(expr, &|op| words.has(op))?;
        let scaled =
            if self.evaluator.is_some() { strip(&tidied) } else { Scaled { core: tidied, scale: 1.0, offset: 0.0 } };
        let fits = self.may_offer(&scaled.core) && scaled.core.is_finite();
        (fits && (!scaled.core.variables().is_empty() || self.evaluator.is_none())).then_some(scaled)
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

    /// Makes an individual of what was found, and offers it where it is news and better than `known`.
    fn admit(
        &mut self,
        rng: &mut ChaCha8Rng,
        found: Assessment,
        operation: Operation,
        ancestors: Vec<u64>,
        known: (f64, u32),
    ) -> Option<Individual> {
        let Assessment { scaled: Scaled { core, scale, offset }, loss, complexity } = found;
        let individual = Individual { core, scale, offset, loss, complexity, operation, ancestors };
        let form = individual.form(self.scaling);
        if !form.is_finite() || !self.may_offer(&form) {
            return None;
        }
        if self.state.front.accepts(loss, complexity, self.floor) {
            self.announce(rng, individual.clone(), known);
        }
        Some(individual)
    }

    fn announce(&mut self, rng: &mut ChaCha8Rng, mut individual: Individual, known: (f64, u32)) {
        if let (true, Some(evaluator)) = (self.sampled, &mut self.evaluator) {
            let Some(found) = evaluator.on_all_rows(rng, &individual.scaled()) else { return };
            let Assessment { scaled: Scaled { core, scale, offset }, loss, complexity } = found;
            individual = Individual { core, scale, offset, loss, complexity, ..individual };
        }
        let form = individual.form(self.scaling);
        if !form.is_finite() || !self.may_offer(&form) {
            return;
        }
        let lineage = individual.lineage();
        let better = individual.loss < (1.0 - 1e-3) * known.0 || individual.complexity < known.1;
        if self.state.front.insert(individual, self.floor) {
            self.state.quiet = 0;
            if better {
                self.host.offer(Form::Expr(form), lineage);
            }
        }
    }

    fn rank(&mut self) {
        self.ladder = Ladder::new(&self.state.population, self.floor);
        self.cases = None;
    }

    /// Charges what was spent, and `more`.
    fn pay(&mut self, more: u64) {
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
