//! The global search: many starts that know the structure, hops from the best place found, smoothed problems, and an evolution
//! strategy, in rounds that grow until the best place is confirmed.

use rand_chacha::ChaCha8Rng;
use symfolio_expr::Expr;

use crate::data::Workspace;
use crate::descent::Place;
use crate::landmarks::Landmarks;
use crate::levenberg_marquardt::{Limits, Problem};
use crate::rows::Rows;
use crate::screening::Sieve;
use crate::stages::Stages;
use crate::starts::StartSampler;
use crate::work::Work;

/// Rows that starts are judged on, those drawn from anywhere and those that differ little from the best place.
const FEW: usize = 128;
const MORE: usize = 600;
/// Rounds of draws from anywhere, each of four times as many, and from where on the other stages take part.
const ROUNDS: usize = 4;
const ESCAPES_FROM: usize = 1;
/// No new round begins once this much work is spent: about a second.
const PATIENCE: u64 = 600_000_000;
/// Rounds of hops without a gain after which they end.
const IDLE_ROUNDS: usize = 4;
/// As many independent runs that end at the same best loss end the search.
const ENOUGH_HITS: usize = 4;
/// The same where the best place explains little: wide valleys that lead nowhere are hit often, too.
const MORE_HITS: usize = 20;
/// As a share of the loss of the target's standard deviation.
pub(crate) const LITTLE: f64 = 0.5;
/// Orders in which terms are built up in each round.
const ORDERS: usize = 2;
/// Losses that agree to this share are the same place.
pub(crate) const SAME: f64 = 1e-4;

/// Where a search stands.
pub(crate) struct Search<'s> {
    pub problem: &'s Problem<'s>,
    pub expr: &'s Expr,
    pub limits: Limits,
    pub stages: Stages,
    /// Mean loss below which the fit is perfect but for rounding.
    pub perfect: f64,
    /// Mean loss above which little is explained.
    pub little: f64,
    /// Independent runs that have ended at the best place.
    pub hits: usize,
    pub workspace: &'s mut Workspace,
    pub work: &'s mut Work,
}

/// What the stages of a search share.
pub(crate) struct Field<'e> {
    pub sampler: StartSampler<'e>,
    pub few: Rows,
    pub more: Rows,
    /// The constants that are searched.
    pub free: Vec<usize>,
}

impl Search<'_> {
    /// Searches from `best`, which may be undefined (an infinite loss), and returns the best place found.
    pub(crate) fn run(&mut self, rng: &mut ChaCha8Rng, mut best: Place) -> Place {
        let free: Vec<usize> = (0..best.params.len()).filter(|k| !self.problem.linear.contains(k)).collect();
        if self.done(&best) || free.is_empty() {
            return best;
        }
        let mut sampler = StartSampler::new(self.expr, self.problem.data, self.stages);
        let (few, more) = (Rows::some(rng, self.problem.data, FEW), Rows::some(rng, self.problem.data, MORE));
        if self.stages.landmarks {
            sampler.landmarks = Landmarks::of(&more, &more.target);
        }
        let mut field = Field { sampler, few, more, free };
        for round in 0..ROUNDS {
            self.draw_anywhere(rng, &field, round, &mut best);
            if self.stages.greedy && !self.done(&best) {
                for start in self.term_by_term(rng, &field, ORDERS) {
                    let place = self.descend(start, &field.more, best.loss);
                    self.note(place, &mut best);
                }
            }
            if round >= ESCAPES_FROM || self.confirmed(&best) {
                self.escape(rng, &mut field, round, &mut best);
            }
            if self.done(&best) || self.confirmed(&best) || self.work.spent > PATIENCE {
                break;
            }
        }
        best
    }

    /// Starts drawn with no regard to what is known.
    fn draw_anywhere(&mut self, rng: &mut ChaCha8Rng, field: &Field<'_>, round: usize, best: &mut Place) {
        let nothing = vec![None; best.params.len()];
        // One constant with a narrow valley, such as a frequency, takes hundreds of draws, a pair of them thousands.
        let first_draws = if field.sampler.narrow().len() > 1 { 600 } else { 150 };
        let drawn = (0..first_draws << (2 * round.min(2))).map(|_| field.sampler.draw(rng, &nothing, None));
        for start in self.most_promising(drawn, &field.few, Sieve { looked_at: 40, kept: 6 }) {
            let place = self.descend(start, &field.more, best.loss);
            self.note(place, best);
            if self.done(best) {
                return;
            }
        }
    }

    /// From the best place to a better one.
    fn escape(&mut self, rng: &mut ChaCha8Rng, field: &mut Field<'_>, round: usize, best: &mut Place) {
        if self.stages.jumps {
            self.scan_jumps(best);
        }
        if self.stages.hops {
            let mut idle = if self.confirmed(best) { IDLE_ROUNDS - 2 } else { 0 };
            while idle < IDLE_ROUNDS && !self.done(best) {
                let before = best.loss;
                self.hop(rng, field, best);
                idle = if best.loss < before * (1.0 - SAME) { 0 } else { idle + 1 };
            }
        }
        if self.stages.continuation && !self.done(best) {
            self.continuation(rng, field, best);
        }
        if self.stages.cma_es && !self.confirmed(best) && !self.done(best) {
            self.evolve(rng, field, round, best);
        }
    }

    /// Keeps the end of an independent run if it is the best, and counts how often the best place was reached.
    pub(crate) fn note(&mut self, place: Place, best: &mut Place) {
        if place.loss <= best.loss * (1.0 + SAME) {
            self.hits = if place.loss < best.loss * (1.0 - SAME) { 1 } else { self.hits + 1 };
        }
        keep_better(best, place);
    }

    /// Have enough runs ended at the best place?
    fn confirmed(&self, best: &Place) -> bool {
        self.hits >= if best.loss > self.little { MORE_HITS } else { ENOUGH_HITS }
    }

    pub(crate) fn done(&self, best: &Place) -> bool {
        best.loss <= self.perfect || self.work.exhausted()
    }
}

/// Keeps the better place.
pub(crate) fn keep_better(best: &mut Place, place: Place) {
    if place.loss < best.loss {
        *best = place;
    }
}
