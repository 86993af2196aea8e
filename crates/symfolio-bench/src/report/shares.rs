//! How the shares of the work differ from one kind of problem to another.

use std::collections::BTreeSet;

use crate::database::Run;
use crate::method::Method;
use crate::report::Comparison;
use crate::report::text::percent;
use crate::statistics::{mean, median};

/// The headings and rows of the table of shares: for each policy and backend the median share over the runs on each kind of problem, and the
/// least and the most that it is on a problem, in percent.
pub(super) fn rows(comparison: &Comparison) -> Vec<Vec<String>> {
    let strata: BTreeSet<&str> = comparison.cells.iter().map(|cell| cell.stratum.as_str()).collect();
    let headings = ["method", "backend"].into_iter().chain(strata.iter().copied()).chain(["on single problems"]);
    let mut rows = vec![headings.map(String::from).collect()];
    for (at, method) in comparison.methods.iter().enumerate() {
        let is_policy = |run: &Run| matches!(run.key.method.parse(), Ok(Method::Policy(_) | Method::Oracle(_)));
        if !comparison.of_method(at).next().is_some_and(is_policy) {
            continue;
        }
        let backends: BTreeSet<&String> =
            comparison.of_method(at).flat_map(|run| run.finished.shares.iter().map(|(name, _)| name)).collect();
        for backend in backends {
            let of_cells = |is: &dyn Fn(usize) -> bool| -> Vec<Vec<f64>> {
                let of_cell = |cell: usize| shares(comparison.of(cell, at), backend);
                (0..comparison.cells.len()).filter(|cell| is(*cell)).map(of_cell).collect()
            };
            let of_stratum =
                |stratum: &&str| median(&of_cells(&|cell| comparison.cells[cell].stratum == *stratum).concat());
            let problems: Vec<f64> =
                of_cells(&|_| true).iter().filter(|shares| !shares.is_empty()).map(|shares| mean(shares)).collect();
            let least = problems.iter().copied().fold(f64::INFINITY, f64::min);
            let most = problems.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let mut row = vec![method.clone(), backend.clone()];
            row.extend(strata.iter().map(of_stratum).map(percent));
            row.push(format!("{} to {}", percent(least), percent(most)));
            rows.push(row);
        }
    }
    rows
}

/// The share of `backend` in each run that came to its end.
fn shares(runs: &[Run], backend: &String) -> Vec<f64> {
    let share =
        |run: &Run| run.finished.shares.iter().find(|(name, _)| name == backend).map_or(0.0, |(_, share)| *share);
    runs.iter().filter(|run| run.error.is_none()).map(share).collect()
}
