//! [`Summary`]: figures of a method over all its runs, and [`Place`]: of a method on one problem.

use std::collections::BTreeSet;

use crate::database::Run;
use crate::report::Comparison;
use crate::statistics::{mean, median};

/// Figures of a method over all its runs. Shares are of runs on problems with a law, where they speak of laws.
#[derive(Clone, Debug, PartialEq)]
pub struct Summary {
    /// Number of runs, and of those that failed.
    pub runs: (usize, usize),
    /// Level of noise, share of runs that found the law, share of symbolic solutions by SRBench's criterion, number of runs.
    pub by_noise: Vec<(f64, f64, f64, usize)>,
    /// Share of runs with the law anywhere on the front.
    pub front_exact: f64,
    /// Share of runs whose formula of smallest training loss, before the final choice, was the law.
    pub raw_exact: f64,
    /// Share of all runs with R2 above 0.999.
    pub accurate: f64,
    /// Area under the R2 profile: the mean of R2 clipped to [0, 1], over all runs.
    pub auc: f64,
    /// Medians over all runs that did not fail: R2, nodes, CPU seconds.
    pub median_r2: f64,
    /// See `median_r2`.
    pub median_size: f64,
    /// See `median_r2`.
    pub median_cpu: f64,
    /// Mean loss m over all cells.
    pub loss: f64,
    /// The same of the formula of smallest training loss, before the final choice; NaN for peers.
    pub raw_loss: f64,
    /// Mean over cells of the standard deviation of the loss over seeds.
    pub spread: f64,
    /// Mean ranks by R2 and by size, over the cells that all methods have.
    pub ranks: Option<(f64, f64)>,
    /// Share of the work by backend, mean over runs.
    pub shares: Vec<(String, f64)>,
}

/// Figures of a method on one cell, over its seeds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Place {
    /// Number of runs.
    pub n: usize,
    /// Mean loss m.
    pub loss: f64,
    /// Mean loss of the formula of smallest training loss, before the final choice; NaN for peers.
    pub raw_loss: f64,
    /// Standard deviation of the loss.
    pub spread: f64,
    /// Median R2, clipped to [0, 1].
    pub r2: f64,
    /// Median number of nodes.
    pub size: Option<f64>,
    /// Median CPU seconds.
    pub cpu: Option<f64>,
}

/// The figures of every cell and method.
pub(super) fn places(comparison: &Comparison) -> Vec<Vec<Place>> {
    let place = |cell: usize, method: usize| {
        let runs = comparison.of(cell, method);
        if runs.is_empty() {
            return Place::default();
        }
        let losses: Vec<f64> = runs.iter().map(Run::loss).collect();
        let middle = mean(&losses);
        let some = |of: &dyn Fn(&Run) -> Option<f64>| -> Option<f64> {
            let values: Vec<f64> = runs.iter().filter(|run| run.error.is_none()).filter_map(of).collect();
            (!values.is_empty()).then(|| median(&values))
        };
        Place {
            n: runs.len(),
            loss: middle,
            raw_loss: mean(&runs.iter().filter_map(Run::raw_loss).collect::<Vec<_>>()),
            spread: mean(&losses.iter().map(|loss| (loss - middle).powi(2)).collect::<Vec<_>>()).sqrt(),
            r2: median(&runs.iter().map(Run::r2).collect::<Vec<_>>()),
            size: some(&|run| run.finished.size.map(|size| size as f64)),
            cpu: some(&|run| Some(run.finished.cpu_seconds)),
        }
    };
    (0..comparison.cells.len())
        .map(|cell| (0..comparison.methods.len()).map(|method| place(cell, method)).collect())
        .collect()
}

/// The figures of every method.
pub(super) fn summaries(comparison: &Comparison) -> Vec<Summary> {
    (0..comparison.methods.len()).map(|method| summary(comparison, method)).collect()
}

fn share(of: &[&Run], is: impl Fn(&Run) -> bool) -> f64 {
    of.iter().filter(|run| is(run)).count() as f64 / of.len() as f64
}

fn summary(comparison: &Comparison, method: usize) -> Summary {
    let runs: Vec<&Run> = comparison.of_method(method).collect();
    let with_law: Vec<&Run> = runs.iter().copied().filter(|run| run.law.is_some()).collect();
    let levels: BTreeSet<u64> = with_law.iter().map(|run| run.key.noise.to_bits()).collect();
    let by_noise = levels.into_iter().map(f64::from_bits).map(|noise| {
        let at: Vec<&Run> = with_law.iter().copied().filter(|run| run.key.noise == noise).collect();
        let solved = share(&at, |run| run.finished.solution == Some(true));
        (noise, share(&at, |run| run.finished.exact == Some(true)), solved, at.len())
    });
    let done: Vec<&Run> = runs.iter().copied().filter(|run| run.error.is_none()).collect();
    let middle = |of: &dyn Fn(&Run) -> f64| median(&done.iter().map(|run| of(run)).collect::<Vec<_>>());
    let places: Vec<_> = comparison.places.iter().map(|row| &row[method]).filter(|place| place.n > 0).collect();
    Summary {
        runs: (runs.len(), runs.len() - done.len()),
        by_noise: by_noise.collect(),
        front_exact: share(&with_law, |run| run.finished.front_exact == Some(true)),
        raw_exact: share(&with_law, |run| run.finished.raw_exact == Some(true)),
        accurate: share(&runs, |run| run.finished.test_r2.is_some_and(|r2| r2 > 0.999)),
        auc: mean(&runs.iter().map(|run| run.r2()).collect::<Vec<_>>()),
        median_r2: middle(&|run| run.finished.test_r2.unwrap_or(f64::NEG_INFINITY)),
        median_size: middle(&|run| run.finished.size.map_or(f64::NAN, |size| size as f64)),
        median_cpu: middle(&|run| run.finished.cpu_seconds),
        loss: mean(&places.iter().map(|place| place.loss).collect::<Vec<_>>()),
        raw_loss: mean(&places.iter().map(|place| place.raw_loss).collect::<Vec<_>>()),
        spread: mean(&places.iter().map(|place| place.spread).collect::<Vec<_>>()),
        ranks: comparison.ranks.as_ref().map(|(r2, size)| (r2.mean_ranks[method], size.mean_ranks[method])),
        shares: shares(&done),
    }
}

/// Mean share of the work by backend, in the order of their names.
fn shares(runs: &[&Run]) -> Vec<(String, f64)> {
    let mut sums = std::collections::BTreeMap::new();
    for (name, share) in runs.iter().flat_map(|run| &run.finished.shares) {
        *sums.entry(name.clone()).or_insert(0.0) += share;
    }
    sums.into_iter().map(|(name, sum)| (name, sum / runs.len() as f64)).collect()
}
