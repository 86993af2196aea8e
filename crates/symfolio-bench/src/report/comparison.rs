//! [`Comparison`]: the runs of one budget, sorted into cells, with all figures of the report.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use symfolio::scheduler::Prior;

use crate::database::{Database, DatabaseError, Run};
use crate::method::Method;
use crate::report::curves::{self, AnyTime, Profile};
use crate::report::groups::{self, Group};
use crate::report::pairs::{self, Pair};
use crate::report::summary::{self, Place, Summary};
use crate::selection::{Filter, Selection, SelectionError, select};
use crate::statistics::{Friedman, friedman, mean};

/// What is to be reported.
#[derive(Clone, Debug, Default)]
pub struct Choice {
    /// Which runs.
    pub filter: Filter,
    /// Seeds by which the best solvers are chosen; empty for the first half.
    pub choose: Vec<u64>,
    /// Seeds that are scored; empty for all others.
    pub score: Vec<u64>,
}

/// Why there is no report.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs, reason = "the messages say it")]
pub enum ReportError {
    #[error(transparent)]
    Database(#[from] DatabaseError),
    #[error(transparent)]
    Selection(#[from] SelectionError),
    #[error(
        "seed {seed} is both to choose by and to score by; a solver must not be chosen on the seeds that it is scored on"
    )]
    SharedSeed { seed: u64 },
    #[error("a chart cannot be drawn: {0}")]
    Chart(String),
    #[error("{path}: {error}")]
    Io { path: PathBuf, error: std::io::Error },
}

/// One problem at one level of noise.
#[derive(Clone, Debug, PartialEq)]
pub struct Cell {
    /// The suite.
    pub suite: String,
    /// The problem.
    pub problem: String,
    /// Its family of near-duplicates.
    pub family: String,
    /// Its kind.
    pub stratum: String,
    /// Level of noise.
    pub noise: f64,
    /// The law, if there is one to be found.
    pub law: Option<String>,
}

/// The seeds of the runs, ascending.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Seeds {
    /// All of them.
    pub all: Vec<u64>,
    /// Those by which the best solvers are chosen.
    pub choose: Vec<u64>,
    /// Those that are scored for the closed gap.
    pub score: Vec<u64>,
}

/// Runs by position of cell and method.
pub type Runs = BTreeMap<(usize, usize), Vec<Run>>;

/// The runs of one budget with all figures of the report.
#[derive(Clone, Debug)]
pub struct Comparison {
    /// The suites.
    pub suites: Vec<String>,
    /// What each run could spend.
    pub budget: String,
    /// Threads of each run.
    pub threads: usize,
    /// The seeds of the runs.
    pub seeds: Seeds,
    /// The methods, in order of their names; everything by method is in this order.
    pub methods: Vec<String>,
    /// The problems.
    pub cells: Vec<Cell>,
    /// The runs, by position of cell and method.
    pub runs: Runs,
    /// Figures of each method over all its runs.
    pub summaries: Vec<Summary>,
    /// Closed gaps, over all cells first.
    pub groups: Vec<Group>,
    /// Every method against every other.
    pub pairs: Vec<Pair>,
    /// Figures of each cell and method.
    pub places: Vec<Vec<Place>>,
    /// Do the methods differ, by R2 and by size?
    pub ranks: Option<(Friedman, Friedman)>,
    /// How large a share of the runs reaches an R2.
    pub profiles: Vec<Profile>,
    /// How R2 grows with the budget.
    pub any_time: Vec<AnyTime>,
    /// What a reader should know of the runs.
    pub remarks: Vec<String>,
}

impl Comparison {
    /// Reads and compares runs.
    ///
    /// # Errors
    /// [`ReportError`] where there are none, or where they cannot be compared.
    pub fn read(database: &Database, choice: &Choice) -> Result<Comparison, ReportError> {
        let Selection { runs, remarks, .. } = select(database.runs()?, &choice.filter)?;
        let distinct = |runs: &[Run], of: fn(&Run) -> &String| -> Vec<String> {
            runs.iter().map(|run| of(run).clone()).collect::<BTreeSet<_>>().into_iter().collect()
        };
        let seeds = seeds(&runs, choice)?;
        let suites = distinct(&runs, |run| &run.key.suite);
        let methods = distinct(&runs, |run| &run.label);
        let (budget, threads) = (runs[0].key.budget.clone(), runs[0].key.threads);
        let (cells, runs) = sorted(runs, &methods);
        let mut comparison = Comparison {
            suites,
            budget,
            threads,
            seeds,
            methods,
            cells,
            runs,
            summaries: Vec::new(),
            groups: Vec::new(),
            pairs: Vec::new(),
            places: Vec::new(),
            ranks: None,
            profiles: Vec::new(),
            any_time: Vec::new(),
            remarks,
        };
        comparison.remarks.extend(comparison.missing());
        comparison.remarks.extend(comparison.learnt_from(&Prior::shipped()));
        comparison.places = summary::places(&comparison);
        comparison.ranks = comparison.friedman();
        comparison.summaries = summary::summaries(&comparison);
        comparison.groups = groups::groups(&comparison);
        comparison.pairs = pairs::pairs(&comparison);
        comparison.profiles = curves::profiles(&comparison);
        comparison.any_time = curves::any_time(&comparison, database)?;
        Ok(comparison)
    }

    /// The runs of a method on a cell.
    pub fn of(&self, cell: usize, method: usize) -> &[Run] {
        self.runs.get(&(cell, method)).map_or(&[], Vec::as_slice)
    }

    /// All runs of a method.
    pub fn of_method(&self, method: usize) -> impl Iterator<Item = &Run> {
        (0..self.cells.len()).flat_map(move |cell| self.of(cell, method))
    }

    /// The solvers that the single and the virtual best one are among: the arms or, without any, everything that is no policy.
    pub fn arms(&self) -> Vec<usize> {
        let kind = |at: usize| self.of_method(at).next().and_then(|run| run.key.method.parse().ok());
        let kinds: Vec<Option<Method>> = (0..self.methods.len()).map(kind).collect();
        let of = |wanted: &dyn Fn(&Method) -> bool| -> Vec<usize> {
            (0..kinds.len()).filter(|at| kinds[*at].as_ref().is_some_and(wanted)).collect()
        };
        let arms = of(&Method::is_arm);
        if arms.is_empty() { of(&|method| !matches!(method, Method::Policy(_) | Method::Oracle(_))) } else { arms }
    }

    /// Cells in which every method has a run.
    pub fn complete(&self) -> Vec<usize> {
        (0..self.cells.len())
            .filter(|cell| (0..self.methods.len()).all(|method| !self.of(*cell, method).is_empty()))
            .collect()
    }

    /// Which methods have not been run on every problem and seed.
    fn missing(&self) -> Option<String> {
        let all = self.cells.len() * self.seeds.all.len();
        let lacks = |at: usize| (&self.methods[at], all - self.of_method(at).count());
        let lacking = (0..self.methods.len()).map(lacks).filter(|(_, n)| *n > 0);
        let words: Vec<String> = lacking.map(|(name, n)| format!("{name} {n}")).collect();
        (!words.is_empty()).then(|| format!("runs that were not made, of {all}: {}", words.join(", ")))
    }

    /// Does the prior that is built in know problems on which policies are scored with it?
    fn learnt_from(&self, shipped: &Prior) -> Option<String> {
        let takes_it = |run: &Run| {
            matches!(run.key.method.parse(), Ok(Method::Policy(_) | Method::Oracle(_)))
                && run.key.prior.is_empty()
                && !run.variant.contains("prior=")
        };
        if !(0..self.methods.len()).any(|method| self.of_method(method).any(takes_it)) {
            return None;
        }
        let learnt: BTreeSet<&str> = shipped.cases.iter().map(|case| case.family.as_str()).collect();
        let families: BTreeSet<&str> = self.cells.iter().map(|cell| cell.family.as_str()).collect();
        let n = families.intersection(&learnt).count();
        (n > 0).then(|| {
            format!(
                "the prior that is built in has learnt from {n} of the {} families of problems here; --prior-from scores policies with one that has not",
                families.len()
            )
        })
    }

    /// Ranks by the means of each family: problems of a family, and levels of noise of a problem, are no independent evidence.
    fn friedman(&self) -> Option<(Friedman, Friedman)> {
        let complete = self.complete();
        let mut families: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        complete.iter().for_each(|cell| families.entry(&self.cells[*cell].family).or_default().push(*cell));
        let over = |value: &dyn Fn(&Place) -> f64| -> Vec<Vec<f64>> {
            let of = |cells: &Vec<usize>, method: usize| {
                mean(&cells.iter().map(|cell| value(&self.places[*cell][method])).collect::<Vec<_>>())
            };
            families.values().map(|cells| (0..self.methods.len()).map(|method| of(cells, method)).collect()).collect()
        };
        // To three digits: smaller differences are no reason to rank one method above another.
        let mut by_r2 = over(&|place| -place.r2);
        by_r2.iter_mut().flatten().for_each(|r2| *r2 = (1000.0 * *r2).round() / 1000.0);
        let by_r2 = friedman(&by_r2)?;
        let by_size = friedman(&over(&|place| place.size.unwrap_or(f64::INFINITY)))?;
        Some((by_r2, by_size))
    }
}

/// Which seeds choose and which are scored.
fn seeds(runs: &[Run], choice: &Choice) -> Result<Seeds, ReportError> {
    let all: Vec<u64> = runs.iter().map(|run| run.key.seed).collect::<BTreeSet<_>>().into_iter().collect();
    let without = |others: &[u64]| all.iter().copied().filter(|seed| !others.contains(seed)).collect();
    let choose = match (choice.choose.is_empty(), choice.score.is_empty()) {
        (false, _) => choice.choose.clone(),
        (true, false) => without(&choice.score),
        (true, true) => all[..all.len() / 2].to_vec(),
    };
    let score = if choice.score.is_empty() { without(&choose) } else { choice.score.clone() };
    match choose.iter().find(|seed| score.contains(seed)) {
        Some(seed) => Err(ReportError::SharedSeed { seed: *seed }),
        None => Ok(Seeds { all, choose, score }),
    }
}

/// The runs by cell and method, both in order.
fn sorted(runs: Vec<Run>, methods: &[String]) -> (Vec<Cell>, Runs) {
    let (mut cells, mut of): (Vec<Cell>, Runs) = Default::default();
    for run in runs {
        let is_of =
            |cell: &Cell| cell.suite == run.key.suite && cell.problem == run.key.problem && cell.noise == run.key.noise;
        let at = cells.iter().position(is_of).unwrap_or_else(|| {
            cells.push(Cell {
                suite: run.key.suite.clone(),
                problem: run.key.problem.clone(),
                family: run.family.clone(),
                stratum: run.stratum.clone(),
                noise: run.key.noise,
                law: run.law.clone(),
            });
            cells.len() - 1
        });
        if let Some(method) = methods.iter().position(|method| *method == run.label) {
            of.entry((at, method)).or_default().push(run);
        }
    }
    (cells, of)
}

#[cfg(test)]
mod tests {
    use symfolio::scheduler::{Case, FACTS};

    use super::*;
    use crate::job::{Finished, Report};
    use crate::testing;

    #[test]
    fn a_prior_that_knows_the_problems_is_said() {
        let folder = tempfile::tempdir().unwrap();
        let mut database = Database::open(&folder.path().join("runs.sqlite")).unwrap();
        let insert = |database: &mut Database, name: &str, prior: &str| {
            let mut job = testing::job(name, 0.0, 0, "policy:uniform");
            job.provenance.prior = prior.into();
            database.insert(&job, &Report::Done(Finished::default())).unwrap();
        };
        let case =
            |family: &str| Case { family: family.into(), facts: vec![0.0; FACTS.len()], losses: BTreeMap::new() };
        let knows = Prior::train("", vec![case("f-a"), case("f-z")]);
        let said = |database: &Database, prior: &Prior| {
            Comparison::read(database, &Choice::default()).unwrap().learnt_from(prior)
        };
        insert(&mut database, "a", "0123");
        assert_eq!(said(&database, &knows), None, "its prior is of its own");
        insert(&mut database, "b", "");
        let words = said(&database, &knows).unwrap();
        assert!(words.contains("has learnt from 1 of the 2 families"), "{words}");
        assert_eq!(said(&database, &Prior::train("", vec![case("f-z")])), None);
    }
}
