//! [`Anchors`]: choosing few simple columns and one or two odd ones, out of thousands of odd ones.
//!
//! A greedy choice, or a beam that ranks subsets by what they leave, goes astray among thousands of smooth columns: many pairs of odd
//! ones come near to anything. Here all small sets of *simple* columns are tried, each with the odd column that leaves least, so that
//! a sum of simple terms and one odd one is not missed; the best of these get one more column.

use serde::{Deserialize, Serialize};

use crate::selection::{Design, EXACT};

/// Most simple columns that are tried in all combinations.
const MAX_ANCHORS: usize = 4;

/// Of how many of the first columns so many are tried.
const FIRST: usize = 21;

/// Most columns of a sum that is only a near miss.
const MOST_NEAR: usize = 4;

/// Sets of each size that are kept and get a further column.
const KEPT: usize = 100;

/// Columns that a set is tried with.
const BRANCHES: usize = 3;

/// Sets tried in one step.
const CHUNK: usize = 16;

/// The choice under way: plain values, so that it can be saved between any two steps.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Anchors {
    /// The set of simple columns that is tried next.
    anchor: Vec<u32>,
    /// Most simple columns that are tried in all combinations.
    max_anchors: usize,
    /// Were all sets of simple columns tried?
    combined: bool,
    /// Number of columns of the sets that get a further one now, after that.
    size: usize,
    /// Those of them that are still to get it.
    queue: Vec<Vec<u32>>,
    /// Is nothing left to do?
    finished: bool,
    /// The best sets of each size, with the share of squares that they leave, best first.
    kept: Vec<Vec<(f64, Vec<u32>)>>,
}

impl Anchors {
    /// Begins with no simple column. Where the odd ones are only near misses, sets of few simple columns have to do.
    pub fn new(near_misses: bool) -> Anchors {
        Anchors { max_anchors: MAX_ANCHORS - usize::from(near_misses), ..Anchors::default() }
    }

    /// The columns that it speaks of.
    pub fn columns(&self) -> impl Iterator<Item = u32> {
        let kept = self.kept.iter().flatten().map(|(_, picks)| picks);
        self.queue.iter().chain(kept).chain([&self.anchor]).flatten().copied()
    }

    /// The shares of squares that it holds.
    pub fn shares(&self) -> impl Iterator<Item = f64> {
        self.kept.iter().flatten().map(|(left, _)| *left)
    }

    /// Is there nothing left to do?
    pub fn is_finished(&self) -> bool {
        self.finished || self.kept.iter().any(|sets| sets.first().is_some_and(|(left, _)| *left < EXACT))
    }

    /// Tries some sets and returns the work done; the first `n_simple` columns of the design are the simple ones.
    pub fn step(&mut self, design: &mut Design, n_simple: usize, max_terms: usize) -> u64 {
        let mut work = 1;
        for _ in 0..CHUNK {
            if self.is_finished() {
                break;
            }
            if !self.combined {
                work += self.extend(design, &self.anchor.clone());
                self.combined = !self.next_anchor(n_simple, max_terms);
            } else if let Some(set) = self.queue.pop() {
                work += self.extend(design, &set);
            } else {
                self.next_size(n_simple, max_terms);
            }
        }
        work
    }

    /// Queues the best sets of the next size, without those that were extended already.
    fn next_size(&mut self, n_simple: usize, max_terms: usize) {
        self.size += 1;
        self.finished = self.size >= max_terms;
        let is_new = |set: &[u32]| set.len() >= self.max_anchors || set.iter().any(|pick| *pick as usize >= n_simple);
        let sets = self.kept.get(self.size - 1).into_iter().flatten().map(|(_, set)| set);
        self.queue = sets.filter(|set| !self.finished && is_new(set)).cloned().collect();
    }

    fn extend(&mut self, design: &mut Design, set: &[u32]) -> u64 {
        let (extensions, work) = design.extensions(set, BRANCHES);
        for (left, pick) in extensions {
            let mut picks = set.to_vec();
            picks.push(pick);
            picks.sort_unstable();
            self.keep(left, picks);
        }
        work
    }

    fn keep(&mut self, left: f64, picks: Vec<u32>) {
        let level = picks.len().saturating_sub(1);
        if self.kept.len() <= level {
            self.kept.resize(level + 1, Vec::new());
        }
        let sets = &mut self.kept[level];
        let full = sets.len() >= KEPT;
        if !left.is_finite() || full && sets.last().is_some_and(|(worst, _)| left >= *worst) {
            return;
        }
        if sets.iter().all(|(_, held)| *held != picks) {
            let at = sets.partition_point(|(held, _)| *held <= left);
            sets.insert(at, (left, picks));
            sets.truncate(KEPT);
        }
    }

    /// Goes on to the next set of simple columns, larger ones after smaller ones; `false` where there is none.
    fn next_anchor(&mut self, n_simple: usize, max_terms: usize) -> bool {
        let size = self.anchor.len();
        let n = if size < MAX_ANCHORS { n_simple } else { n_simple.min(FIRST) };
        for at in (0..size).rev() {
            if (self.anchor[at] as usize) + size - at < n {
                let first = self.anchor[at] + 1;
                (at..size).for_each(|later| self.anchor[later] = first + (later - at) as u32);
                return true;
            }
        }
        if size >= self.max_anchors.min(max_terms.saturating_sub(1)).min(n_simple) {
            return false;
        }
        self.anchor = (0..=size as u32).collect();
        true
    }

    /// The best `count` sets of each size, small ones first; of large ones only what is exact: many columns come near to anything smooth.
    pub fn found(&self, count: usize) -> Vec<(f64, Vec<u32>)> {
        let sets = self.kept.iter().flat_map(|sets| sets.iter().take(count));
        sets.filter(|(left, picks)| picks.len() <= MOST_NEAR || *left < EXACT).cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::*;
    use crate::numeric::Basis;

    #[test]
    fn all_sets_of_simple_columns_come_once_small_ones_first() {
        let all = |n_simple: usize, max_terms: usize| {
            let mut anchors = Anchors::new(false);
            let mut sets = vec![anchors.anchor.clone()];
            while anchors.next_anchor(n_simple, max_terms) {
                sets.push(anchors.anchor.clone());
            }
            sets
        };
        // Four are taken only of the first 21.
        assert_eq!(all(30, 6).len(), 1 + 30 + 435 + 4060 + 5985);
        let sets = all(5, 4);
        let mut distinct = sets.clone();
        distinct.sort();
        distinct.dedup();
        // None, 5 of one, 10 of two, 10 of three.
        assert_eq!((sets.len(), distinct.len()), (26, 26));
        assert!(sets.is_sorted_by_key(Vec::len) && sets.iter().all(|set| set.is_sorted_by(|a, b| a < b)));
    }

    #[test]
    fn a_sum_of_simple_terms_and_an_odd_one_is_found_among_columns_that_come_near_to_it() {
        let mut rng = ChaCha8Rng::seed_from_u64(5);
        let x: Vec<f64> = (0..60).map(|_| 1.0 + rng.random::<f64>()).collect();
        let of = |f: &dyn Fn(f64) -> f64| x.iter().map(|x| f(*x)).collect::<Vec<f64>>();
        let simple = [of(&|x| x), of(&|x| x * x), of(&f64::sqrt), of(&f64::sin)];
        // Smooth functions on a narrow range: pairs of them come near to nearly anything.
        let odd = (0..400).map(|at| of(&|x| (x + 0.01 * f64::from(at)).ln().cos()));
        let target = of(&|x| 2.0 * x * x - 0.7 * x + 0.3 * (x + 1.0).ln().cos());
        let base = Basis::default();
        let mut design = Design::new(&target, &base);
        simple.into_iter().chain(odd).for_each(|column| design.push(column, &base));
        let mut anchors = Anchors::new(false);
        while !anchors.is_finished() {
            anchors.step(&mut design, 4, 6);
            // Saving and loading between steps changes nothing.
            let text = serde_json::to_string(&anchors).unwrap();
            assert_eq!(serde_json::from_str::<Anchors>(&text).unwrap(), anchors);
        }
        assert_eq!(anchors.found(1).last().map(|(_, picks)| picks.clone()), Some(vec![0, 1, 104]));
    }
}
