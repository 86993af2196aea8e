//! Bringing groups into the same mode: of several sets of constants that fit a group alike, those that go with the neighbours'.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use symfolio_expr::{Expr, Program};
use symfolio_fit::{Effort, FitData, FitOptions, GroupedFit, Loss, Workspace, fit, loss_of, refine_grouped};

/// Signs are flipped of at most as many constants at once, among at most as many constants.
const MOST_FLIPPED: usize = 3;
const MOST_CONSTANTS: usize = 10;
/// Neighbours that a group's constants are tried from.
const NEIGHBOURS: usize = 4;
/// Sweeps over the groups.
const SWEEPS: usize = 3;
/// Losses that agree to this share of the target's variance are equal but for rounding.
const ROUNDING: f64 = 1e-18;

pub(super) struct Modes<'m, 'd> {
    pub expr: &'m Expr,
    pub groups: &'m [FitData<'d>],
    pub shared: &'m [usize],
    pub options: &'m FitOptions,
    /// The groups' quantities as shares of their ranges, see [`shares`]; shape `(n_quantities, n_groups)`.
    pub places: &'m [Vec<f64>],
}

/// Each quantity as shares of its range, 0 to 1; 0 where it does not vary.
pub(super) fn shares(quantities: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let of = |values: &Vec<f64>| {
        let low = values.iter().copied().fold(f64::INFINITY, f64::min);
        let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let share = |value: &f64| if high > low { (value - low) / (high - low) } else { 0.0 };
        values.iter().map(share).collect()
    };
    quantities.iter().map(of).collect()
}

impl Modes<'_, '_> {
    /// The same fit, or one as good or better, with every group in the mode of its neighbours.
    pub(super) fn align(&self, fitted: GroupedFit, workspace: &mut Workspace) -> GroupedFit {
        let flips = self.flips(&fitted.params, workspace);
        let mut fitted = fitted;
        self.unflip(&flips, &mut fitted.params);
        for sweep in 0..SWEEPS {
            let mut params = fitted.params.clone();
            // First from one group to the next, so that there are no two camps; then wherever a neighbour helps.
            let mut moved = sweep == 0 && self.spread(&mut params, &flips, workspace);
            for group in 0..self.groups.len() {
                moved |= self.follow(group, &mut params, &flips, workspace);
            }
            if !moved {
                break;
            }
            let work = fitted.work;
            fitted = refine_grouped(self.expr, self.groups, params, self.shared, self.options, workspace);
            self.unflip(&flips, &mut fitted.params);
            fitted.work += work;
        }
        fitted
    }

    fn loss(&self, group: usize, params: &[f64], workspace: &mut Workspace) -> f64 {
        loss_of(&Program::new(self.expr), params, &self.groups[group], self.options.loss, workspace).0
    }

    fn own(&self) -> Vec<usize> {
        (0..self.expr.params().len()).filter(|index| !self.shared.contains(index)).collect()
    }

    /// What a loss may differ by and be the same.
    fn rounding(&self, group: usize) -> f64 {
        self.options.loss.of((ROUNDING * self.groups[group].target_moments().1).sqrt())
    }

    /// Sets of own constants whose signs may be flipped together in every group without changing its loss, smaller ones first; none
    /// is made up of others.
    fn flips(&self, params: &[Vec<f64>], workspace: &mut Workspace) -> Vec<Vec<usize>> {
        let own = self.own();
        if own.len() > MOST_CONSTANTS || !self.options.bounds.is_empty() {
            return Vec::new();
        }
        let mut sets: Vec<Vec<usize>> = (1u32..1 << own.len())
            .filter(|bits| bits.count_ones() as usize <= MOST_FLIPPED)
            .map(|bits| (0..own.len()).filter(|at| bits & (1 << at) != 0).map(|at| own[at]).collect())
            .collect();
        sets.sort_by_key(|set: &Vec<usize>| (set.len(), set.clone()));
        let mut found: Vec<Vec<usize>> = Vec::new();
        for set in sets {
            if found.iter().any(|known| known.iter().all(|index| set.contains(index))) {
                continue;
            }
            let unchanged = params.iter().enumerate().all(|(group, values)| {
                let (before, after) =
                    (self.loss(group, values, workspace), self.loss(group, &flipped(values, &set), workspace));
                (before - after).abs() <= 1e-9 * before.abs() + self.rounding(group)
            });
            // Where the constants are 0 a flip proves nothing.
            let means_something = params.iter().any(|values| set.iter().all(|index| values[*index] != 0.0));
            if unchanged && means_something {
                found.push(set);
            }
        }
        found
    }

    /// Flips each set such that its first constant is positive.
    fn unflip(&self, flips: &[Vec<usize>], params: &mut [Vec<f64>]) {
        for values in params {
            for set in flips {
                if values[set[0]] < 0.0 {
                    *values = flipped(values, set);
                }
            }
        }
    }

    /// Fits group after group, each from the constants of the nearest one that is done, the first being the one with most rows; takes
    /// what fits as well. Did a group move?
    fn spread(&self, params: &mut [Vec<f64>], flips: &[Vec<usize>], workspace: &mut Workspace) -> bool {
        let n = self.groups.len();
        let Some(first) = (0..n).max_by_key(|group| (self.groups[*group].n_rows(), n - group)) else { return false };
        // Of each group that waits, the nearest one that is done, the earlier of two as near (Prim 1957).
        let mut nearest: Vec<(f64, usize)> = (0..n).map(|group| (self.apart(group, first), first)).collect();
        let mut waiting: Vec<usize> = (0..n).filter(|group| *group != first).collect();
        let mut moved = false;
        while let Some(at) = (0..waiting.len()).min_by(|a, b| nearest[waiting[*a]].0.total_cmp(&nearest[waiting[*b]].0))
        {
            let group = waiting.remove(at);
            let from = nearest[group].1;
            for other in &waiting {
                let apart = self.apart(*other, group);
                if apart < nearest[*other].0 {
                    nearest[*other] = (apart, group);
                }
            }
            let now = self.loss(group, &params[group], workspace);
            let (loss, values) = self.fit_from(group, &params[from], &params[group], flips, workspace);
            if loss <= self.alike(group, now) && values != params[group] {
                params[group] = values;
                moved = true;
            }
        }
        moved
    }

    /// Losses up to this one are not told apart from `loss` by the data: a likelihood ratio of about two standard errors.
    fn alike(&self, group: usize, loss: f64) -> f64 {
        let freedom = self.groups[group].n_rows() as f64 - self.own().len() as f64;
        match self.options.loss {
            Loss::SquaredError => loss * (1.0 + 4.0 / freedom.max(1.0)) + self.rounding(group),
            _ => loss * 1.001 + self.rounding(group),
        }
    }

    /// The own constants of a group as fitted from those in `start`, shared ones as in `now`; and the loss.
    fn fit_from(
        &self,
        group: usize,
        start: &[f64],
        now: &[f64],
        flips: &[Vec<usize>],
        workspace: &mut Workspace,
    ) -> (f64, Vec<f64>) {
        let free = (f64::NEG_INFINITY, f64::INFINITY);
        let mut bounds = self.options.bounds.clone();
        if bounds.is_empty() && !self.shared.is_empty() {
            bounds = vec![free; now.len()];
        }
        self.shared.iter().for_each(|index| bounds[*index] = (now[*index], now[*index]));
        let start = self.expr.with_params(start);
        let options = FitOptions { max_iterations: Some(60), effort: Effort::Quick, bounds, ..self.options.clone() };
        let found = fit(&mut ChaCha8Rng::seed_from_u64(0), &start, &self.groups[group], &options, workspace);
        let mut values = [found.params];
        self.unflip(flips, &mut values);
        let [values] = values;
        (found.loss, values)
    }

    /// Tries a group's own constants from its neighbours'; did it move? Clearly lower losses are always taken, equal ones where
    /// the constants are then nearer to the neighbours'.
    fn follow(&self, group: usize, params: &mut [Vec<f64>], flips: &[Vec<usize>], workspace: &mut Workspace) -> bool {
        let neighbours = self.neighbours(group);
        if self.own().is_empty() || neighbours.is_empty() {
            return false;
        }
        let now = params[group].clone();
        let begun = self.loss(group, &now, workspace);
        let mut best = (begun, now.clone());
        for other in &neighbours {
            let (loss, values) = self.fit_from(group, &params[*other], &now, flips, workspace);
            let distance = |values: &[f64]| self.distance(values, params, &neighbours);
            let nearer = distance(&values) < 0.8 * distance(&best.1);
            if self.alike(group, loss) < best.0 || (loss <= self.alike(group, begun) && nearer) {
                best = (loss, values);
            }
        }
        let moved = best.1 != now;
        params[group] = best.1;
        moved
    }

    /// How far two groups are apart in their quantities, each as a share of its range.
    fn apart(&self, one: usize, other: usize) -> f64 {
        self.places.iter().map(|shares| (shares[one] - shares[other]).powi(2)).sum()
    }

    /// The groups whose quantities are nearest to those of `group`, nearest first.
    fn neighbours(&self, group: usize) -> Vec<usize> {
        let mut others: Vec<usize> = (0..self.groups.len()).filter(|other| *other != group).collect();
        others.sort_by(|a, b| self.apart(group, *a).total_cmp(&self.apart(group, *b)));
        others.truncate(NEIGHBOURS);
        others
    }

    /// How far constants are from those of the two nearest neighbours, each in units of its usual size.
    fn distance(&self, values: &[f64], params: &[Vec<f64>], neighbours: &[usize]) -> f64 {
        let of = |index: &usize| -> f64 {
            let mut sizes: Vec<f64> = params.iter().map(|values| values[*index].abs()).collect();
            sizes.sort_by(f64::total_cmp);
            let size = sizes[sizes.len() / 2].max(f64::MIN_POSITIVE);
            neighbours
                .iter()
                .take(2)
                .map(|other| ((values[*index] - params[*other][*index]).abs() / size).min(1.0))
                .sum()
        };
        self.own().iter().map(of).sum()
    }
}

/// `params` with the signs of the constants `set` flipped.
fn flipped(params: &[f64], set: &[usize]) -> Vec<f64> {
    params.iter().enumerate().map(|(index, value)| if set.contains(&index) { -value } else { *value }).collect()
}
