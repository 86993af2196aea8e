//! [`Find`]: a formula as numbers of bank entries, before it is written down; [`Records`]: which ones are worth that.

use serde::{Deserialize, Serialize};

use crate::error::EnumerateError;

/// How entries of the bank make a transformed target, up to constants that are fitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Shape {
    /// `a f + b`
    One(u32),
    /// `a f + b g + c`
    Sum(u32, u32),
    /// `f (a g + b)`
    Product(u32, u32),
    /// `(a g + b) / f`
    Quotient(u32, u32),
    /// `h (a f + b g + c)`
    TimesSum(u32, u32, u32),
    /// `(a f + b g + c) / h`
    SumOver(u32, u32, u32),
}

impl Shape {
    /// In words, for the lineage of what is offered.
    pub fn name(self) -> &'static str {
        match self {
            Shape::One(_) => "enumeration",
            Shape::Sum(..) => "sum of two",
            Shape::Product(..) => "product of two",
            Shape::Quotient(..) => "quotient of two",
            Shape::TimesSum(..) => "scaled sum of two",
            Shape::SumOver(..) => "divided sum of two",
        }
    }
}

/// A formula that looks good on the probe rows.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Find {
    /// Share of the variance of the transformed target that it leaves, 0 to 1.
    pub left: f64,
    /// Which target.
    pub target: u16,
    /// Nodes of its parts.
    pub cost: u16,
    /// What it is made of.
    pub shape: Shape,
}

/// A share of variance that counts as nothing: rounding leaves as much.
pub(crate) const EXACT: f64 = 1e-13;

/// A find is looked at when it leaves at most this multiple of what the best one of its cost or less leaves.
const SLACK: f64 = 1.5;

/// A pair is looked at when it leaves at most this share of what the better of its two parts leaves alone: in noise, any second part
/// takes a little.
pub(crate) const GAIN: f64 = 0.75;

/// What leaves more than this says nothing of the target.
const MOST: f64 = 0.98;

/// Costs that are told apart.
const COSTS: usize = 64;

/// Finds that wait to be written down, at most.
const WAITING: usize = 48;

/// The best finds so far, by target and cost, and those that wait.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Records {
    /// `best[target][cost]` is the least that a find of at most that cost leaves, of those that proved good.
    best: Vec<Vec<f64>>,
    /// The same with those that wait: what they promise holds until they are written down.
    bound: Vec<Vec<f64>>,
    /// Finds that wait to be written down.
    pub waiting: Vec<Find>,
}

impl Records {
    /// No finds yet, for so many targets.
    pub fn new(n_targets: usize) -> Records {
        let none = vec![vec![1.0; COSTS]; n_targets];
        Records { best: none.clone(), bound: none, waiting: Vec::new() }
    }

    /// A find of this cost that leaves less than this is worth a look; 0 where an exact one is known.
    pub fn threshold(&self, target: usize, cost: usize) -> f64 {
        let best = self.bound[target][cost.min(COSTS - 1)];
        if best <= EXACT { 0.0 } else { (SLACK * best).min(MOST) }
    }

    /// Takes in a find that is worth a look.
    pub fn note(&mut self, find: Find) {
        let (target, cost) = (usize::from(find.target), usize::from(find.cost));
        if find.left.is_nan() || find.left >= self.threshold(target, cost) {
            return;
        }
        let left = find.left.max(0.0);
        lower(&mut self.bound[target], cost, left);
        self.waiting.push(Find { left, ..find });
        if self.waiting.len() > 4 * WAITING {
            self.cut();
        }
    }

    /// A formula of this cost was found to leave so much: only what is better is worth a look from now on.
    pub fn prove(&mut self, target: usize, cost: usize, left: f64) {
        lower(&mut self.best[target], cost, left);
        lower(&mut self.bound[target], cost, left);
    }

    /// Nothing waits any more, and what was promised and not kept is forgotten.
    pub fn settle(&mut self) {
        self.waiting.clear();
        self.bound.clone_from(&self.best);
    }

    /// Are there enough finds to look at?
    pub fn is_full(&self) -> bool {
        self.waiting.len() >= WAITING
    }

    /// The finds that wait, the best ones last; what became poor by comparison is dropped.
    pub fn cut(&mut self) {
        let waiting = std::mem::take(&mut self.waiting);
        let is_good = |find: &Find| {
            find.left <= EXACT || find.left < self.threshold(usize::from(find.target), usize::from(find.cost))
        };
        let mut kept: Vec<Find> = waiting.into_iter().filter(is_good).collect();
        kept.sort_by(|a, b| a.left.total_cmp(&b.left).then(a.cost.cmp(&b.cost)));
        kept.truncate(WAITING);
        kept.reverse();
        self.waiting = kept;
    }

    /// Do they belong to so many targets and entries?
    ///
    /// # Errors
    /// [`EnumerateError::Damaged`] names what no search leaves behind.
    pub fn check(&self, n_targets: usize) -> Result<(), EnumerateError> {
        let is_sound = |best: &[Vec<f64>]| best.len() == n_targets && best.iter().all(|costs| costs.len() == COSTS);
        let sound = is_sound(&self.best) && is_sound(&self.bound);
        EnumerateError::unless(sound, "records", self.best.len(), format!("{n_targets} targets of {COSTS} costs"))?;
        let known = self.waiting.iter().all(|find| usize::from(find.target) < n_targets);
        EnumerateError::unless(known, "waiting finds", self.waiting.len(), format!("of {n_targets} targets"))
    }
}

/// What leaves `left` at `cost` is known at every higher cost, too.
fn lower(best: &mut [f64], cost: usize, left: f64) {
    best[cost.min(COSTS - 1)..].iter_mut().for_each(|best| *best = best.min(left));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_can_compete_waits() {
        let mut records = Records::new(1);
        let find = |left: f64, cost: u16| Find { left, target: 0, cost, shape: Shape::One(u32::from(cost)) };
        for (left, cost, waits) in [
            (0.99, 3, false),
            (f64::NAN, 3, false),
            (0.5, 3, true),
            (0.7, 5, true),
            (0.8, 5, false),
            (0.9, 2, true),
            (1e-15, 4, true),
            (0.0, 4, false),
            (0.0, 6, false),
            (0.0, 3, true),
        ] {
            let before = records.waiting.len();
            records.note(find(left, cost));
            assert_eq!(records.waiting.len() - before, usize::from(waits), "{left} {cost}");
        }
        records.cut();
        let kept: Vec<(f64, u16)> = records.waiting.iter().map(|find| (find.left, find.cost)).collect();
        assert_eq!(kept, [(0.9, 2), (1e-15, 4), (0.0, 3)]);
    }
    #[test]
    fn what_does_not_prove_good_bars_nothing() {
        let mut records = Records::new(1);
        let find = |left: f64| Find { left, target: 0, cost: 5, shape: Shape::One(7) };
        records.note(find(0.01));
        assert_eq!(records.threshold(0, 5), SLACK * 0.01);
        records.settle();
        assert_eq!(records.threshold(0, 5), MOST);
        // On more rows it leaves more, and that is what others are compared with.
        records.note(find(0.01));
        records.prove(0, 5, 0.2);
        records.settle();
        let thresholds = [4, 5, 9].map(|cost| records.threshold(0, cost));
        assert_eq!(thresholds, [MOST, SLACK * 0.2, SLACK * 0.2]);
        assert!(records.waiting.is_empty());
    }
}
