//! Term by term: the best first term, then the best second one to go with it, and so on. For tones this is the periodogram
//! of the target and then of what the tones found so far leave.

use rand::RngExt;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

use crate::cholesky::Cholesky;
use crate::descent::{Place, descend};
use crate::levenberg_marquardt::{Limits, Problem};
use crate::screening::keep_best;
use crate::starts::StartSampler;
use crate::terms::{Term, terms};
use crate::thorough::{Field, SAME, Search};

/// Draws of a term: for a single constant, and for each constant of several.
const SINGLE: usize = 200;
const EACH: usize = 120;
/// Draws that take some steps before the term is settled.
const LOOKED_AT: usize = 6;
const STEPS: Limits = Limits { max_iterations: 10, relative_reduction: 1e-4 };

impl Search<'_> {
    /// Starts that were built up term by term, in as many random orders; none where terms cannot be left out.
    pub(crate) fn term_by_term(&mut self, rng: &mut ChaCha8Rng, field: &Field<'_>, orders: usize) -> Vec<Vec<f64>> {
        let (mut searched, always): (Vec<Term>, Vec<Term>) =
            terms(self.expr, self.problem.linear).into_iter().partition(|term| !term.free.is_empty());
        if searched.len() < 2 || searched.iter().any(|term| term.linear.is_empty()) {
            return Vec::new();
        }
        let mut starts = Vec::new();
        for _ in 0..orders {
            searched.shuffle(rng);
            if let Some(start) = self.build_up(rng, field, &searched, &always) {
                starts.push(start);
            }
        }
        starts
    }

    fn build_up(
        &mut self,
        rng: &mut ChaCha8Rng,
        field: &Field<'_>,
        searched: &[Term],
        always: &[Term],
    ) -> Option<Vec<f64>> {
        let columns = field.more.columns();
        let data = field.more.data(&columns);
        let mut cholesky = Cholesky::default();
        let nothing = vec![None; self.expr.params().len()];
        // What is left out has linear constants of 0; its other constants only have to be defined.
        let mut params = field.sampler.draw(rng, &nothing, None);
        self.problem.linear.iter().for_each(|index| params[*index] = 0.0);
        let mut linear: Vec<usize> = always.iter().flat_map(|term| term.linear.iter().copied()).collect();
        let mut active = linear.clone();
        for term in searched {
            linear.extend(&term.linear);
            linear.sort_unstable();
            active.extend(term.linear.iter().chain(&term.free));
            let mut places: Vec<Place> = Vec::new();
            for mut trial in draws(rng, &field.sampler, term, &params) {
                if self.work.exhausted() {
                    return None;
                }
                self.keep_within_bounds(&mut trial);
                let loss = self.project_some(&mut trial, &linear, &data, &mut cholesky);
                if loss.is_finite() && trial.iter().all(|value| value.is_finite()) {
                    places.push(Place { params: trial, loss, converged: false });
                }
            }
            keep_best(&mut places, SAME, LOOKED_AT);
            // The constants of terms that have not had their turn are held where they are.
            let bounds: Vec<(f64, f64)> = (0..params.len())
                .map(|index| match self.problem.bounds.get(index) {
                    _ if !active.contains(&index) => (params[index], params[index]),
                    Some(bounds) => *bounds,
                    None => (f64::NEG_INFINITY, f64::INFINITY),
                })
                .collect();
            let problem = Problem { data: &data, linear: &linear, bounds: &bounds, ..*self.problem };
            for place in &mut places {
                *place = descend(&problem, std::mem::take(&mut place.params), STEPS, self.workspace, self.work);
            }
            keep_best(&mut places, SAME, 1);
            params = places.pop()?.params;
        }
        Some(params)
    }
}

/// Draws of the constants of one term, evenly spread where there is only one.
fn draws(rng: &mut ChaCha8Rng, sampler: &StartSampler<'_>, term: &Term, params: &[f64]) -> Vec<Vec<f64>> {
    let mut keep: Vec<Option<f64>> = params.iter().copied().map(Some).collect();
    term.free.iter().for_each(|index| keep[*index] = None);
    let offset = rng.random::<f64>();
    let aim = |step: usize| (term.free[0], (step as f64 + offset) / SINGLE as f64);
    match term.free.len() {
        1 => (0..SINGLE).map(|step| sampler.draw(rng, &keep, Some(aim(step)))).collect(),
        several => (0..EACH * several).map(|_| sampler.draw(rng, &keep, None)).collect(),
    }
}
