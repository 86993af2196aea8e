//! News: what enters the front, is offered, and is pruned.

use rand_chacha::ChaCha8Rng;
use symfolio_core::{Form, Verdict};
use symfolio_expr::Expr;

use super::{Round, UNKNOWN, VARIATION};
use crate::evaluate::Assessment;
use crate::individual::Individual;
use crate::mutation;
use crate::operation::Operation;
use crate::scaling::Scaled;

/// News that lowers the loss at its complexity to less than this share of it is worth waiting for more.
const WORTH_WAITING: f64 = 0.8;
/// A loss that falls by less than this share of it is not worth an offer.
const WORTH_OFFERING: f64 = 1e-3;

impl Round<'_> {
    /// Makes an individual of what was found, and offers it where it is news and better than `known`.
    pub(super) fn admit(
        &mut self,
        rng: &mut ChaCha8Rng,
        found: Assessment,
        operation: Operation,
        ancestors: Vec<u64>,
        known: (f64, u32),
    ) -> Option<Individual> {
        let Assessment { scaled: Scaled { core, scale, offset }, loss, complexity } = found;
        let mut individual = Individual { core, scale, offset, loss, complexity, breach: 0.0, operation, ancestors };
        let form = individual.form(self.scaling);
        if !form.is_finite() || !self.may_offer(&form) {
            return None;
        }
        if let Some(shape) = &self.problem.shape {
            let (breach, work) = shape.glance(&form);
            individual.breach = breach;
            self.pay(work);
        }
        if individual.breach == 0.0 && self.state.front.accepts(loss, complexity, self.floor) {
            individual.breach = self.announce(rng, individual.clone(), known);
        }
        Some(individual)
    }

    /// Offers what is news; by how much it breaks what is asked of its values, where a close look shows that it does.
    fn announce(&mut self, rng: &mut ChaCha8Rng, mut individual: Individual, known: (f64, u32)) -> f64 {
        if let (true, Some(evaluator)) = (self.sampled, &mut self.evaluator) {
            let Some(found) = evaluator.on_all_rows(rng, &individual.scaled()) else { return 0.0 };
            let Assessment { scaled: Scaled { core, scale, offset }, loss, complexity } = found;
            individual = Individual { core, scale, offset, loss, complexity, ..individual };
        }
        let form = individual.form(self.scaling);
        if !form.is_finite() || !self.may_offer(&form) {
            return 0.0;
        }
        if let Some((verdict, work)) = self.problem.verdict(&form) {
            self.pay(work);
            if let Verdict::Broken { excess } = verdict {
                return excess;
            }
        }
        let lineage = individual.lineage();
        let better = individual.loss < (1.0 - WORTH_OFFERING) * known.0 || individual.complexity < known.1;
        let Some(share) = self.state.front.insert(individual.clone(), self.floor) else { return 0.0 };
        self.news += 1;
        if share < WORTH_WAITING {
            self.state.quiet = 0;
        }
        if better {
            self.host.offer(Form::Expr(form), lineage);
        }
        self.prune(rng, &individual);
        0.0
    }

    /// Tries what is left of news when one operator gives way to one of its arguments: laws are often found in
    /// roundabout forms, and their short ones are one or two such steps away.
    fn prune(&mut self, rng: &mut ChaCha8Rng, found: &Individual) {
        let pruned: Vec<Expr> = match &self.holes {
            Some(holes) => holes.prunings(&found.core),
            None => mutation::prunings(&found.core).collect(),
        };
        for expr in pruned {
            self.pay(VARIATION);
            if self.over {
                return;
            }
            let Some(mut start) = self.prepare(&expr) else { continue };
            (start.scale, start.offset) = (found.scale, found.offset);
            let slack = self.config.screen_slack;
            let front = std::mem::take(&mut self.state.front);
            let floor = self.floor;
            let assessment =
                self.assess(rng, start, |loss, complexity| !front.accepts(loss / slack, complexity, floor));
            self.state.front = front;
            let Some(assessment) = assessment else { continue };
            if let Some(pruned) = self.admit(rng, assessment, Operation::Prune, found.ancestors.clone(), UNKNOWN) {
                self.state.offspring.push(pruned);
            }
        }
    }
}
