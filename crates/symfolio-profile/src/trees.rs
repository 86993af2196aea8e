//! Regression trees on bootstrap samples (Breiman, *Bagging predictors*, 1996), as a landmark.
//!
//! The trees of linfa classify, and count classes in maps whose order changes from process to process; a profile has to be the same every
//! time.

use symfolio_core::Table;

use crate::landmarks::r2;
use crate::sample::hash;

const TREES: u64 = 10;
const MAX_ROWS: usize = 1000;
const MAX_FEATURES: usize = 20;
/// Splits are looked for between so many quantiles.
const BINS: usize = 32;
const MAX_DEPTH: usize = 8;
const MIN_LEAF: usize = 3;

/// R2 of the mean of ten trees, each row predicted by the trees whose sample it is not in; rows without such a tree do not count.
pub(crate) fn measure(table: &Table, target: &[f64], by_relevance: &[usize]) -> f64 {
    let n = target.len().min(MAX_ROWS);
    if n < 2 * MIN_LEAF || by_relevance.is_empty() {
        return 0.0;
    }
    let features: Vec<Vec<u8>> =
        by_relevance.iter().take(MAX_FEATURES).map(|index| binned(&table.feature(*index)[..n])).collect();
    let grower = Grower { features: &features, target: &target[..n] };
    let (mut sums, mut counts) = (vec![0.0; n], vec![0u32; n]);
    for tree in 0..TREES {
        let mut drawn: Vec<u32> = (0..n as u64).map(|draw| (hash(tree << 32 | draw) % n as u64) as u32).collect();
        let mut seen = vec![false; n];
        drawn.iter().for_each(|row| seen[*row as usize] = true);
        let mut unseen: Vec<u32> = (0..n as u32).filter(|row| !seen[*row as usize]).collect();
        grower.grow(&mut drawn, &mut unseen, 0, &mut |row, value| {
            sums[row as usize] += value;
            counts[row as usize] += 1;
        });
    }
    let told = || (0..n).filter(|row| counts[*row] > 0);
    let mean = told().map(|row| target[row]).sum::<f64>() / told().count().max(1) as f64;
    let left = told().map(|row| (target[row] - sums[row] / f64::from(counts[row])).powi(2)).sum();
    r2(left, told().map(|row| (target[row] - mean).powi(2)).sum())
}

/// The quantile, of [`BINS`], that each value lies in; equal values share one.
fn binned(values: &[f64]) -> Vec<u8> {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let mut edges: Vec<f64> = (1..BINS).map(|bin| sorted[bin * values.len() / BINS]).collect();
    edges.dedup();
    values.iter().map(|value| edges.partition_point(|edge| edge <= value) as u8).collect()
}

struct Grower<'a> {
    features: &'a [Vec<u8>],
    target: &'a [f64],
}

impl Grower<'_> {
    /// Grows a tree on the rows `drawn`, and hands `tell` its value at each of the rows `unseen`.
    fn grow(&self, drawn: &mut [u32], unseen: &mut [u32], depth: usize, tell: &mut impl FnMut(u32, f64)) {
        if unseen.is_empty() {
            return;
        }
        let split = if depth < MAX_DEPTH { self.best_split(drawn) } else { None };
        let Some((feature, bin)) = split else {
            let value = drawn.iter().map(|row| self.target[*row as usize]).sum::<f64>() / drawn.len() as f64;
            unseen.iter().for_each(|row| tell(*row, value));
            return;
        };
        let low = |row: &u32| self.features[feature][*row as usize] <= bin;
        let (left, right) = partition(drawn, low);
        let (unseen_left, unseen_right) = partition(unseen, low);
        self.grow(left, unseen_left, depth + 1, tell);
        self.grow(right, unseen_right, depth + 1, tell);
    }

    /// The feature and the last quantile of the lower side of the split that leaves over the least squares.
    fn best_split(&self, rows: &[u32]) -> Option<(usize, u8)> {
        let total: f64 = rows.iter().map(|row| self.target[*row as usize]).sum();
        let n = rows.len();
        // The squares left fall by what the squares of the sums over the counts grow.
        let mut best = (total * total / n as f64 * (1.0 + 1e-12) + f64::MIN_POSITIVE, None);
        for (feature, bins) in self.features.iter().enumerate() {
            let (mut sums, mut counts) = ([0.0; BINS], [0usize; BINS]);
            for row in rows {
                let bin = usize::from(bins[*row as usize]);
                sums[bin] += self.target[*row as usize];
                counts[bin] += 1;
            }
            let (mut sum, mut count) = (0.0, 0);
            for bin in 0..BINS - 1 {
                sum += sums[bin];
                count += counts[bin];
                if count < MIN_LEAF || counts[bin] == 0 {
                    continue;
                }
                if n - count < MIN_LEAF {
                    break;
                }
                let worth = sum * sum / count as f64 + (total - sum) * (total - sum) / (n - count) as f64;
                if worth > best.0 {
                    best = (worth, Some((feature, bin as u8)));
                }
            }
        }
        best.1
    }
}

/// Moves the rows that `low` holds for to the front, all in their order, and parts the two.
fn partition(rows: &mut [u32], low: impl Fn(&u32) -> bool) -> (&mut [u32], &mut [u32]) {
    let high: Vec<u32> = rows.iter().copied().filter(|row| !low(row)).collect();
    let mut at = 0;
    for read in 0..rows.len() {
        if low(&rows[read]) {
            rows[at] = rows[read];
            at += 1;
        }
    }
    rows[at..].copy_from_slice(&high);
    rows.split_at_mut(at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::landmarks::standardised;
    use crate::testing::table;

    #[test]
    fn steps_are_for_trees_and_noise_is_not() {
        let measured = |law: &dyn Fn(&[f64]) -> f64| {
            let table = table(1000, 3, law);
            measure(&table, &standardised(&table.target), &[0, 1, 2])
        };
        let steps = measured(&|x| if x[0] > 1.0 && x[1] > 1.5 { 3.0 } else { x[1].floor() });
        assert!(steps > 0.95, "{steps}");
        let noise = measured(&|x| (x[0] * 1e6).sin());
        assert!(noise < 0.1, "{noise}");
    }

    #[test]
    fn few_rows_and_constants_are_no_matter() {
        let small = table(5, 2, |x| x[0]);
        assert_eq!(measure(&small, &small.target, &[0, 1]), 0.0);
        assert_eq!(measure(&table(50, 2, |x| x[0]), &[1.0; 50], &[0, 1]), 0.0);
        assert_eq!(binned(&[2.0, 2.0, 2.0]), [1, 1, 1]);
    }
}
