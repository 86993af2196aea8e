//! Generations: the first members, their children, who survives, and when to start anew.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use super::{Round, UNKNOWN};
use crate::breeding::{self, Parents};
use crate::config::Selection;
use crate::individual::{Individual, merge_ancestors};
use crate::initialise::{building_blocks, random_tree};
use crate::lexicase::Cases;
use crate::library::Library;
use crate::matching;
use crate::operation::Operation;

/// Charged for looking up a wish.
const MATCHING: u64 = 20_000;
/// A generation ends when this many children a member were tried, however few were accepted.
const MOST_ATTEMPTS: usize = 30;
/// Building blocks in the library, besides parts of the front.
const BLOCKS: usize = 300;
/// Generations after which parts of the front replace those in the library.
const NEW_PARTS: u64 = 10;
/// A thorough fit is begun only where this much of the grant is left.
const POLISH_RESERVE: u64 = 50_000_000;

impl Round<'_> {
    /// One of the first members.
    pub(super) fn found(&mut self, rng: &mut ChaCha8Rng) {
        self.state.attempts += 1;
        let full = self.state.population.members.len() >= self.config.population;
        if full || self.state.attempts > MOST_ATTEMPTS * self.config.population {
            self.state.filling = false;
            self.begin_generation();
            return;
        }
        let simple = self.simple.get(self.state.seeds).filter(|_| self.state.attempts.is_multiple_of(2));
        let (expr, operation) = match simple {
            Some(expr) => (expr.clone(), Operation::Seed),
            None => {
                let largest = self.config.max_initial;
                let random = match &self.holes {
                    Some(holes) => holes.random(rng, largest),
                    None => Some(random_tree(rng, &self.words, largest)),
                };
                let Some(random) = random else { return };
                (random, Operation::Random)
            }
        };
        self.state.seeds += usize::from(operation == Operation::Seed);
        let Some(start) = self.prepare_member(&expr) else { return };
        if self.state.forms.note(start.core.form_key()) {
            return;
        }
        let Some(assessment) = self.assess(rng, start, |_, _| false) else { return };
        if let Some(individual) = self.admit(rng, assessment, operation, Vec::new(), UNKNOWN) {
            self.state.population.members.push(individual);
        }
    }

    /// One child; at the end of a generation, who survives.
    pub(super) fn breed(&mut self, rng: &mut ChaCha8Rng) {
        self.state.attempts += 1;
        if self.state.population.members.is_empty() {
            self.start_anew(rng);
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
        let child = match (&self.holes, operation, &mut self.evaluator) {
            (Some(holes), ..) => holes.vary(rng, operation, &parent.core, &mate.core)?,
            (None, Operation::Match, Some(evaluator)) => {
                evaluator.cost.work += MATCHING;
                matching::child(rng, &self.words, &self.library, &parent.scaled(), &evaluator.screen())?
            }
            _ => breeding::vary(rng, operation, &self.words, &parents)?,
        };
        let mut start = self.prepare_member(&child)?;
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
        let news_before = self.news;
        let individual = self.admit(rng, assessment, operation, ancestors, UNKNOWN)?;
        let news = self.news > news_before;
        let better = better && individual.breach <= parent.breach;
        self.state.rates.learn(operation, if news { 1.0 } else { f64::from(u8::from(better)) * 0.5 });
        self.state.offspring.push(individual);
        Some(())
    }

    fn select(&mut self, rng: &mut ChaCha8Rng) -> Option<usize> {
        if self.config.selection == Selection::Lexicase
            && let Some(evaluator) = &mut self.evaluator
        {
            let members = &self.state.population.members;
            let cases = self.cases.get_or_insert_with(|| {
                let residuals: Vec<Vec<f64>> =
                    members.iter().map(|member| evaluator.residuals(&member.scaled())).collect();
                Cases::new(&residuals)
            });
            return cases.select(rng);
        }
        self.ladder.tournament(rng, self.config.tournament, self.config.parsimony)
    }

    fn end_generation(&mut self, rng: &mut ChaCha8Rng) {
        let offspring = std::mem::take(&mut self.state.offspring);
        self.state.population.replace(offspring, self.config.population, self.floor);
        self.begin_generation();
        self.state.quiet += 1;
        let polish = u64::from(self.config.polish);
        if polish > 0 && self.state.generation.is_multiple_of(polish) {
            self.polish(rng);
        }
        if self.state.quiet > self.state.patience(self.config.stagnation) {
            self.start_anew(rng);
        }
    }

    /// A new population among other building blocks; every second one has the front among its first members.
    fn start_anew(&mut self, rng: &mut ChaCha8Rng) {
        self.state.restart();
        if self.state.restarts.is_multiple_of(2) {
            let limit = self.state.limit(self.problem.constraints.max_complexity);
            let short = self.state.front.members().iter().filter(|member| member.complexity <= limit);
            self.state.population.members.extend(short.cloned());
        }
        self.gather_blocks(rng);
        self.rank();
    }

    fn begin_generation(&mut self) {
        self.state.attempts = 0;
        self.state.generation += 1;
        self.rank();
        if self.state.generation.is_multiple_of(NEW_PARTS) {
            self.fill_library();
        }
    }

    /// Building blocks to match wishes with: others each time.
    pub(super) fn gather_blocks(&mut self, rng: &mut ChaCha8Rng) {
        if self.config.match_rate > 0.0 && self.evaluator.is_some() && self.holes.is_none() {
            self.blocks = building_blocks(rng, self.problem, &self.words, BLOCKS);
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
        if assessment.loss < member.loss
            && let Some(found) = self.admit(rng, assessment, Operation::Polish, member.ancestors, UNKNOWN)
        {
            self.state.offspring.push(found);
        }
    }
}
