//! The suites in `benchmarks/suites`: all of them can be read, and what they say of themselves is so.
#![cfg(test)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use symfolio_bench::score::{Exactness, is_solution, r2};
use symfolio_bench::{Data, Instance, Problem, Suite};

fn suites() -> Vec<Suite> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../benchmarks/suites");
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files.iter().map(|file| Suite::read(file).unwrap_or_else(|error| panic!("{error}"))).collect()
}

fn draw(problem: &Problem, noise: f64) -> Instance {
    let nowhere = Path::new("nowhere");
    Instance::draw(problem, noise, 1, nowhere, nowhere).unwrap_or_else(|error| panic!("{}: {error}", problem.name))
}

#[test]
fn every_law_is_its_own_solution_and_every_constant_is_none() {
    let mut met = 0;
    for problem in suites().iter().flat_map(|suite| &suite.problems) {
        if matches!(problem.data, Data::Pmlb { .. }) {
            continue;
        }
        let instance = draw(problem, 0.01);
        assert!(instance.train.n_rows() >= 100, "{}", problem.name);
        let Some(law) = &instance.law else { continue };
        assert_eq!(r2(&law.expr, &instance.test), Some(1.0), "{}", problem.name);
        let exactness = Exactness::new(law);
        assert!(exactness.of(&law.expr), "{}: the law is not exact", problem.name);
        assert!(is_solution(&law.expr, law), "{}: the law is no solution", problem.name);
        let constant = symfolio::Expr::constant(1.5);
        assert!(!exactness.of(&constant) && !is_solution(&constant, law), "{}", problem.name);
        met += 1;
    }
    assert!(met >= 50);
}

#[test]
fn the_mixed_suite_is_a_mixture() {
    let suites = suites();
    let mixed = suites.iter().find(|suite| suite.name == "mixed").unwrap();
    let mut strata: BTreeMap<&str, usize> = BTreeMap::new();
    mixed.problems.iter().for_each(|problem| *strata.entry(&problem.stratum).or_default() += 1);
    assert!(strata.len() == 5 && strata.values().all(|n| *n >= 8), "{strata:?}");
    assert!((55..=70).contains(&mixed.problems.len()));
    let fri = mixed.problems.iter().filter(|problem| problem.name.contains("fri_")).count();
    assert!(fri <= 1, "fri_* are near-duplicates");
    // The same law under two names would count twice.
    let formulas = mixed.problems.iter().filter_map(|problem| match &problem.data {
        Data::Formula { formula, .. } => Some(formula.replace(' ', "")),
        _ => None,
    });
    let formulas: Vec<String> = formulas.collect();
    assert_eq!(formulas.iter().collect::<BTreeSet<_>>().len(), formulas.len());
    assert!(mixed.problems.iter().all(|problem| !problem.source.is_empty()));
}
