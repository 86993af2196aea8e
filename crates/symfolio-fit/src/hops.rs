//! Hops: starts that differ from the best place in one or two constants, or in one term.

use rand::RngExt;
use rand::seq::index::sample;
use rand_chacha::ChaCha8Rng;

use crate::descent::Place;
use crate::landmarks::Landmarks;
use crate::rows::Rows;
use crate::screening::Sieve;
use crate::starts::StartSampler;
use crate::terms::terms;
use crate::thorough::{Field, Search, keep_better};

/// Draws of one constant in a narrow valley and in another one, of two constants, and of all of a term.
const NARROW: usize = 160;
const WIDE: usize = 20;
const PAIR: usize = 10;
const TERM: usize = 40;

impl Search<'_> {
    /// One round of hops. For a frequency this is a scan of its range with all that is known subtracted, a periodogram of the
    /// residuals; places are drawn where the residuals have peaks and steps.
    pub(crate) fn hop(&mut self, rng: &mut ChaCha8Rng, field: &mut Field<'_>, best: &mut Place) {
        if self.stages.landmarks {
            let residuals = self.residuals(&field.more, &best.params);
            field.sampler.landmarks = Landmarks::of(&field.more, &residuals);
            field.sampler.landmarks.extend(Landmarks::of(&field.more, &field.more.target));
        }
        let drawn = few_changed(rng, &field.sampler, &field.free, &best.params);
        self.finish_hop(field, drawn, Sieve { looked_at: 16, kept: 4 }, best);
        let terms = terms(self.expr, self.problem.linear);
        let searched: Vec<&[usize]> = terms.iter().map(|term| &*term.free).filter(|free| !free.is_empty()).collect();
        let mut changed: Vec<Vec<usize>> = searched.iter().map(|term| term.to_vec()).collect();
        if searched.len() > 2 {
            // Two terms that stand for one, and one that stands for two, have to change places together.
            let pair = sample(rng, searched.len(), 2).into_iter().flat_map(|at| searched[at].iter().copied());
            changed.push(pair.collect());
        }
        for term in changed.iter().filter(|term| term.len() > 1 && term.len() < field.free.len()) {
            if self.done(best) {
                return;
            }
            let keep = without(&best.params, term);
            let drawn = (0..TERM * term.len()).map(|_| field.sampler.draw(rng, &keep, None)).collect();
            self.finish_hop(field, drawn, Sieve { looked_at: 8, kept: 2 }, best);
        }
    }

    fn finish_hop(&mut self, field: &Field<'_>, starts: Vec<Vec<f64>>, sieve: Sieve, best: &mut Place) {
        for start in self.most_promising(starts.into_iter(), &field.more, sieve) {
            let place = self.descend(start, &field.more, best.loss);
            keep_better(best, place);
            if self.done(best) {
                return;
            }
        }
    }

    /// Target less values on these rows.
    pub(crate) fn residuals(&mut self, rows: &Rows, params: &[f64]) -> Vec<f64> {
        let columns = rows.columns();
        let mut values = vec![0.0; rows.len()];
        self.problem.program.values(params, &columns, &mut self.workspace.scratch, &mut values);
        self.work.evaluation(self.problem.program, rows.len());
        values.iter_mut().zip(&rows.target).for_each(|(value, target)| *value = target - *value);
        values
    }
}

/// These constants, but for those to be drawn anew.
fn without(params: &[f64], changed: &[usize]) -> Vec<Option<f64>> {
    let mut keep: Vec<Option<f64>> = params.iter().copied().map(Some).collect();
    changed.iter().for_each(|index| keep[*index] = None);
    keep
}

/// Draws of each constant in turn, and of pairs.
fn few_changed(rng: &mut ChaCha8Rng, sampler: &StartSampler<'_>, free: &[usize], params: &[f64]) -> Vec<Vec<f64>> {
    let mut drawn = Vec::new();
    for index in free {
        let count = if sampler.narrow().contains(index) { NARROW } else { WIDE };
        let keep = without(params, &[*index]);
        let offset = rng.random::<f64>();
        let shares = (0..count).map(|step| (step as f64 + offset) / count as f64);
        drawn.extend(shares.map(|share| sampler.draw(rng, &keep, Some((*index, share)))));
    }
    if free.len() > 1 {
        for _ in 0..8 * free.len() {
            let pair: Vec<usize> = sample(rng, free.len(), 2).into_iter().map(|at| free[at]).collect();
            let keep = without(params, &pair);
            drawn.extend((0..PAIR).map(|_| sampler.draw(rng, &keep, None)));
        }
    }
    drawn
}
