//! [`Pursuit`]: choosing few columns out of many, by orthogonal matching pursuit with a beam and exchanges.
//!
//! The method is orthogonal least squares (Chen, Billings and Luo 1989): the next column is the one that lowers the residual
//! most after its part in the span of the chosen ones is taken away. A beam keeps several subsets of each size, and the best
//! one of each size is improved by exchanging single columns.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use symfolio_fit::dot;

use crate::numeric::{Basis, add_scaled};

/// Least part of a column's squared length that must be new, given the columns chosen before it.
const INDEPENDENT: f64 = 1e-10;

/// The same where columns are ranked by products alone, which have lost half of their digits.
const RANKED_INDEPENDENT: f64 = 1e-8;

/// Share of what the base leaves below which what products say of the rest is not to be trusted; its root is the same for the
/// new part of a column.
const CANCELLED: f64 = 1e-6;

/// The columns to choose from and the target, weighted, with the base columns projected out, on the rows of the match.
#[derive(Clone, Debug)]
pub(crate) struct Design {
    n_rows: usize,
    /// Unit columns one after the other, shape `(n_columns, n_rows)`; zeros for a column that is not usable.
    columns: Vec<f64>,
    target: Vec<f64>,
    /// Squared length of the target before projection.
    total: f64,
    /// Products of each column with the target; empty until they are needed.
    with_target: Vec<f64>,
    /// Products of each column with the columns that were chosen at some time.
    with_chosen: BTreeMap<u32, Vec<f64>>,
}

impl Design {
    /// Columns come in through [`Design::push`]; `target` is weighted already.
    pub fn new(target: &[f64], base: &Basis) -> Design {
        let mut rest = target.to_vec();
        base.remove(&mut rest);
        Design {
            n_rows: target.len(),
            columns: Vec::new(),
            target: rest,
            total: dot(target, target).max(f64::MIN_POSITIVE),
            with_target: Vec::new(),
            with_chosen: BTreeMap::new(),
        }
    }

    /// Adds a weighted column; one that is not finite or lies in the span of the base is kept as zeros and never chosen.
    pub fn push(&mut self, mut column: Vec<f64>, base: &Basis) {
        let before = dot(&column, &column);
        base.remove(&mut column);
        let after = dot(&column, &column);
        if before.is_finite() && after.is_finite() && after > INDEPENDENT * before && after > 0.0 {
            let length = after.sqrt();
            self.columns.extend(column.iter().map(|value| value / length));
        } else {
            self.columns.extend(std::iter::repeat_n(0.0, self.n_rows));
        }
    }

    /// Number of columns to choose from.
    pub fn n_columns(&self) -> usize {
        self.columns.len().checked_div(self.n_rows).unwrap_or(0)
    }

    /// Number of rows matched on.
    pub fn n_rows(&self) -> usize {
        self.n_rows
    }

    fn column(&self, index: u32) -> &[f64] {
        let start = index as usize * self.n_rows;
        &self.columns[start..start + self.n_rows]
    }

    /// Mean square of the weighted target: what shares of squares are shares of.
    pub fn mean_square(&self) -> f64 {
        self.total / self.n_rows.max(1) as f64
    }

    /// Sum of squares that the base leaves, as a share of the target's.
    pub fn base_residual(&self) -> f64 {
        dot(&self.target, &self.target) / self.total
    }

    /// Products of every column with `vector`.
    fn products(&self, vector: &[f64]) -> Vec<f64> {
        (0..self.n_columns() as u32).map(|index| dot(self.column(index), vector)).collect()
    }

    /// The `width` best columns to add to `picks`, with the share of the target's squares that is left then; and the work.
    ///
    /// All columns are ranked by their products with the chosen ones, which are kept. Products lose digits by cancellation:
    /// where little is left, it is computed from the columns themselves.
    /// Work: `n_rows * n_columns` for each column whose products are new, `n_columns * (k + 2)^2 / 2` for the ranking with
    /// `k` columns chosen, `n_rows * (2 k + 4)` for each column computed in full.
    pub fn extensions(&mut self, picks: &[u32], width: usize) -> (Vec<(f64, u32)>, u64) {
        let mut work = self.prepare(picks);
        work += (self.n_columns() * (picks.len() + 2).pow(2) / 2) as u64;
        let ranked = self.ranked(picks, 2 * width);
        let floor = CANCELLED * self.base_residual();
        let is_unsure = |candidate: &Ranked| candidate.left <= floor || candidate.new < CANCELLED.sqrt();
        if !ranked.iter().any(is_unsure) {
            let best = ranked.into_iter().take(width).map(|candidate| (candidate.left, candidate.index));
            return (best.collect(), work);
        }
        let mut basis = Basis::default();
        for pick in picks {
            basis.push(self.column(*pick), INDEPENDENT.sqrt());
        }
        let mut residual = self.target.clone();
        basis.remove(&mut residual);
        let mut best: Vec<(f64, u32)> = Vec::with_capacity(ranked.len());
        for candidate in &ranked {
            if !is_unsure(candidate) {
                best.push((candidate.left, candidate.index));
                continue;
            }
            let mut column = self.column(candidate.index).to_vec();
            basis.remove(&mut column);
            let new = dot(&column, &column);
            if new > INDEPENDENT {
                let mut rest = residual.clone();
                add_scaled(&mut rest, -dot(&column, &residual) / new, &column);
                best.push((dot(&rest, &rest) / self.total, candidate.index));
            }
            work += (self.n_rows * (2 * picks.len() + 4)) as u64;
        }
        best.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        best.truncate(width);
        (best, work)
    }

    /// Computes the products that a ranking needs and that are not there yet.
    fn prepare(&mut self, picks: &[u32]) -> u64 {
        let mut fresh = 0;
        if self.with_target.is_empty() {
            self.with_target = self.products(&self.target);
            fresh += 1;
        }
        for pick in picks {
            if !self.with_chosen.contains_key(pick) {
                let products = self.products(self.column(*pick));
                self.with_chosen.insert(*pick, products);
                fresh += 1;
            }
        }
        (fresh * self.n_rows * self.n_columns()) as u64
    }

    /// The `count` columns that, by the products alone, lower the residual most, with the share of squares left; best first.
    fn ranked(&self, picks: &[u32], count: usize) -> Vec<Ranked> {
        let n = self.n_columns();
        let mut along = self.with_target.clone();
        let mut new = vec![1.0; n];
        let mut squares = dot(&self.target, &self.target);
        // Products of every column with the orthonormal vectors made of the chosen ones.
        let mut orthonormal: Vec<Vec<f64>> = Vec::with_capacity(picks.len());
        for pick in picks {
            let at = *pick as usize;
            let Some(products) = self.with_chosen.get(pick) else { continue };
            let mut row = products.clone();
            for earlier in &orthonormal {
                add_scaled(&mut row, -earlier[at], earlier);
            }
            let square = row[at];
            if square < RANKED_INDEPENDENT {
                continue;
            }
            let length = square.sqrt();
            row.iter_mut().for_each(|value| *value /= length);
            let part = along[at] / length;
            squares -= part * part;
            add_scaled(&mut along, -part, &row);
            new.iter_mut().zip(&row).for_each(|(new, value)| *new -= value * value);
            orthonormal.push(row);
        }
        let mut best: Vec<(f64, u32)> = Vec::with_capacity(count + 1);
        for index in 0..n {
            if new[index] < RANKED_INDEPENDENT || picks.contains(&(index as u32)) {
                continue;
            }
            let gain = along[index] * along[index] / new[index];
            if gain > 0.0 && (best.len() < count || best.last().is_some_and(|worst| gain > worst.0)) {
                let at = best.partition_point(|held| held.0 >= gain);
                best.insert(at, (gain, index as u32));
                best.truncate(count);
            }
        }
        let left = |gain: f64| (squares - gain).max(0.0) / self.total;
        best.into_iter().map(|(gain, index)| Ranked { left: left(gain), new: new[index as usize], index }).collect()
    }
}

/// A column by what the products say of it.
struct Ranked {
    /// Share of the target's squares that is left with it.
    left: f64,
    /// Part of its squared length that is new.
    new: f64,
    index: u32,
}

/// How far a pursuit goes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// Most columns chosen.
    pub max_terms: usize,
    /// Subsets of each size that are extended.
    pub width: usize,
    /// Rounds of exchanges for each size.
    pub exchanges: u32,
}

/// Share of the target's squares below which a fit counts as exact while matching; verified later on all rows.
pub(crate) const EXACT: f64 = 1e-20;

/// A pursuit under way: plain values, so that it can be saved between any two steps.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Pursuit {
    /// Subsets that are still to be extended to the current size.
    queue: Vec<Vec<u32>>,
    /// Subsets of the current size with the share of squares that they leave.
    children: Vec<(f64, Vec<u32>)>,
    /// Number of columns that the children have.
    size: usize,
    exchanges: u32,
    /// The subset that was last exchanged.
    exchanged: Vec<u32>,
    /// Share of squares left by the best subset of each size so far.
    levels: Vec<f64>,
    /// The best subsets of each finished size, with the share of the target's squares that they leave.
    pub found: Vec<(f64, Vec<u32>)>,
    finished: bool,
}

impl Pursuit {
    /// Begins with the base alone.
    pub fn new() -> Pursuit {
        Pursuit { queue: vec![Vec::new()], size: 1, ..Pursuit::default() }
    }

    /// The columns that it speaks of.
    pub fn columns(&self) -> impl Iterator<Item = u32> {
        let subsets = self.children.iter().chain(&self.found).map(|(_, picks)| picks);
        self.queue.iter().chain(subsets).chain([&self.exchanged]).flatten().copied()
    }

    /// The shares of squares that it holds.
    pub fn shares(&self) -> impl Iterator<Item = f64> {
        let subsets = self.children.iter().chain(&self.found).map(|(left, _)| *left);
        self.levels.iter().copied().chain(subsets)
    }

    /// Is there nothing left to do?
    pub fn is_finished(&self) -> bool {
        self.finished
    }

    /// Extends one subset and returns the work done.
    pub fn step(&mut self, design: &mut Design, limits: &Limits) -> u64 {
        if self.levels.is_empty() {
            self.levels.push(design.base_residual());
            self.found.push((design.base_residual(), Vec::new()));
            if design.base_residual() < EXACT || design.n_columns() == 0 || limits.max_terms == 0 {
                self.finished = true;
                return 1;
            }
        }
        let Some(picks) = self.queue.pop() else {
            self.close_level(design, limits);
            return 1;
        };
        let (extensions, work) = design.extensions(&picks, limits.width);
        for (left, index) in extensions {
            let mut child = picks.clone();
            child.push(index);
            child.sort_unstable();
            self.children.push((left, child));
        }
        if self.queue.is_empty() {
            self.children.sort_by(|a, b| a.1.cmp(&b.1).then(a.0.total_cmp(&b.0)));
            self.children.dedup_by(|a, b| a.1 == b.1);
            self.children.sort_by(|a, b| a.0.total_cmp(&b.0).then_with(|| a.1.cmp(&b.1)));
            self.children.truncate(2 * limits.width);
            if self.exchanges < limits.exchanges && self.size > 1 {
                self.exchange();
            }
        }
        work
    }

    /// Queues the best subset with each of its columns left out in turn.
    fn exchange(&mut self) {
        self.exchanges += 1;
        let Some((left, best)) = self.children.first() else { return };
        if *left < EXACT || *best == self.exchanged {
            return;
        }
        self.exchanged.clone_from(best);
        self.queue = (0..best.len())
            .map(|out| best.iter().enumerate().filter(|(i, _)| *i != out).map(|(_, pick)| *pick).collect())
            .collect();
    }

    fn close_level(&mut self, design: &Design, limits: &Limits) {
        let previous = self.levels.last().copied().unwrap_or(1.0);
        let Some(best) = self.children.first().map(|(left, _)| *left) else {
            self.finished = true;
            return;
        };
        self.found.extend(self.children.iter().take(2).cloned());
        self.levels.push(best);
        // A further column must pay for itself (twice the criterion of Schwarz 1978), or the rest is noise.
        let n = design.n_rows() as f64;
        let pays = best < previous * (1.0 - 2.0 * n.ln() / n).max(0.0);
        if best < EXACT || self.size >= limits.max_terms || !pays {
            self.finished = true;
            return;
        }
        self.queue = self.children.iter().take(limits.width).rev().map(|(_, picks)| picks.clone()).collect();
        self.children.clear();
        self.size += 1;
        self.exchanges = 0;
    }
}

#[cfg(test)]
mod tests {
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::*;

    fn run(mut design: Design, limits: &Limits) -> Pursuit {
        let mut pursuit = Pursuit::new();
        while !pursuit.is_finished() {
            pursuit.step(&mut design, limits);
            // Saving and loading between steps changes nothing.
            let text = serde_json::to_string(&pursuit).unwrap();
            assert_eq!(serde_json::from_str::<Pursuit>(&text).unwrap(), pursuit);
        }
        pursuit
    }

    #[test]
    fn the_columns_of_a_sparse_sum_are_found_among_correlated_ones() {
        let mut rng = ChaCha8Rng::seed_from_u64(3);
        let n = 100;
        let base = Basis::default();
        // Positive columns: all strongly correlated with each other.
        let columns: Vec<Vec<f64>> = (0..200).map(|_| (0..n).map(|_| 1.0 + rng.random::<f64>()).collect()).collect();
        let target: Vec<f64> = (0..n).map(|i| 2.0 * columns[17][i] - columns[60][i] + 0.5 * columns[171][i]).collect();
        let mut design = Design::new(&target, &base);
        columns.iter().for_each(|column| design.push(column.clone(), &base));
        let pursuit = run(design, &Limits { max_terms: 5, width: 8, exchanges: 2 });
        let exact = |(left, picks): &(f64, Vec<u32>)| *left < 1e-20 && *picks == [17, 60, 171];
        assert!(pursuit.found.iter().any(exact), "{:?}", pursuit.found);
        assert_eq!(pursuit.found.iter().map(|(_, picks)| picks.len()).max(), Some(3), "an exact sum ends the pursuit");
    }

    #[test]
    fn useless_columns_end_it() {
        let base = Basis::default();
        let mut design = Design::new(&[1.0, 2.0, 3.0], &base);
        design.push(vec![f64::NAN, 1.0, 1.0], &base);
        design.push(vec![0.0, 0.0, 0.0], &base);
        let pursuit = run(design, &Limits { max_terms: 3, width: 4, exchanges: 1 });
        assert_eq!(pursuit.found, [(1.0, Vec::<u32>::new())]);
    }
}
