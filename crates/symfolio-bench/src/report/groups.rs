//! [`Group`]: closed gaps over all problems, and over kinds of them.

use std::collections::BTreeSet;

use crate::database::Run;
use crate::report::{Comparison, Seeds};
use crate::statistics::{self, Gaps, closed_gaps, mean};

/// Closed gaps over some of the problems.
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    /// Which problems.
    pub name: String,
    /// Are they of one kind, as opposed to all that have or have not a law?
    pub is_stratum: bool,
    /// The gaps; absent where nothing can be compared.
    pub gaps: Option<Gaps>,
    /// Problems that are left out since some arm has no run with a seed to choose by, or none to score by.
    pub left_out: usize,
}

/// All problems, then those with a law, at each level of noise, those without one, and each kind.
pub(super) fn groups(comparison: &Comparison) -> Vec<Group> {
    let cells = &comparison.cells;
    let mut wanted: Vec<(String, bool, Vec<usize>)> = Vec::new();
    let mut add = |name: String, is_stratum: bool, is: &dyn Fn(usize) -> bool| {
        let members: Vec<usize> = (0..cells.len()).filter(|at| is(*at)).collect();
        // A group that is one of before says nothing new.
        if !members.is_empty() && wanted.iter().all(|(.., before)| *before != members) {
            wanted.push((name, is_stratum, members));
        }
    };
    add("all problems".into(), false, &|_| true);
    add("laws".into(), false, &|at| cells[at].law.is_some());
    let levels: BTreeSet<u64> =
        cells.iter().filter(|cell| cell.law.is_some()).map(|cell| cell.noise.to_bits()).collect();
    for noise in levels.into_iter().map(f64::from_bits) {
        add(format!("laws at noise {noise}"), false, &|at| cells[at].law.is_some() && cells[at].noise == noise);
    }
    add("without a law".into(), false, &|at| cells[at].law.is_none());
    let strata: BTreeSet<&str> = cells.iter().map(|cell| cell.stratum.as_str()).collect();
    for stratum in strata {
        add(stratum.to_string(), true, &|at| cells[at].stratum == stratum);
    }
    let named = |(name, is_stratum, members): (String, bool, Vec<usize>)| {
        let (gaps, left_out) = gaps(comparison, &members);
        Group { name, is_stratum, gaps, left_out }
    };
    wanted.into_iter().map(named).collect()
}

/// The closed gaps over some cells, and how many of these are left out. The best solvers are of the arms, so that these must have runs of both
/// kinds of seeds; the others are scored on the runs that they have.
fn gaps(comparison: &Comparison, members: &[usize]) -> (Option<Gaps>, usize) {
    let Seeds { choose, score, .. } = &comparison.seeds;
    let arms = comparison.arms();
    let loss = |at: usize, method: usize, seeds: &[u64]| -> Option<f64> {
        let runs = comparison.of(at, method).iter().filter(|run| seeds.contains(&run.key.seed));
        let losses: Vec<f64> = runs.map(Run::loss).collect();
        (!losses.is_empty()).then(|| mean(&losses))
    };
    let cell = |at: &usize| {
        let family = comparison.cells[*at].family.clone();
        let choose = arms.iter().map(|arm| loss(*at, *arm, choose)).collect::<Option<Vec<f64>>>()?;
        let score: Vec<_> = (0..comparison.methods.len()).map(|method| loss(*at, method, score)).collect();
        arms.iter().all(|arm| score[*arm].is_some()).then_some(statistics::Cell { family, choose, score })
    };
    let cells: Vec<statistics::Cell> = members.iter().filter_map(cell).collect();
    (closed_gaps(&cells, &arms), members.len() - cells.len())
}
