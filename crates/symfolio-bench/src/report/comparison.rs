//! [`Comparison`]: the runs of one budget, sorted into cells, with all figures of the report.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use crate::database::{Database, DatabaseError, Run};
use crate::method::Method;
use crate::report::curves::{self, AnyTime, Profile};
use crate::report::groups::{self, Group};
use crate::report::pairs::{self, Pair};
use crate::report::summary::{self, Place, Summary};
use crate::statistics::{Friedman, friedman};

/// What is to be reported.
#[derive(Clone, Debug, Default)]
pub struct Choice {
    /// Only runs of this suite.
    pub suite: Option<String>,
    /// Only runs of this budget.
    pub budget: Option<String>,
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
    #[error("there are no runs to report{which}")]
    NoRuns { which: String },
    #[error("the runs have different budgets, {known}, and cannot be compared; choose one by --budget")]
    Budgets { known: String },
    #[error(
        "the runs have different numbers of threads, {known}, and cannot be compared; keep them in databases of their own"
    )]
    Threads { known: String },
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
        let mut runs = database.runs()?;
        runs.retain(|run| choice.suite.as_ref().is_none_or(|suite| run.key.suite == *suite));
        runs.retain(|run| choice.budget.as_ref().is_none_or(|budget| run.key.budget == *budget));
        let mut remarks = Vec::new();
        let runs = latest(runs, &mut remarks);
        if runs.is_empty() {
            let of = |word: &str, value: &Option<String>| value.as_ref().map(|value| format!(" of {word} {value}"));
            let which: Vec<String> =
                [of("suite", &choice.suite), of("budget", &choice.budget)].into_iter().flatten().collect();
            return Err(ReportError::NoRuns { which: which.concat() });
        }
        let distinct = |of: &dyn Fn(&Run) -> String| -> BTreeSet<String> { runs.iter().map(of).collect() };
        let shown = |all: &BTreeSet<String>| all.iter().cloned().collect::<Vec<_>>().join(", ");
        let budgets = distinct(&|run| run.key.budget.clone());
        let threads = distinct(&|run| run.key.threads.to_string());
        if budgets.len() > 1 {
            return Err(ReportError::Budgets { known: shown(&budgets) });
        }
        if threads.len() > 1 {
            return Err(ReportError::Threads { known: shown(&threads) });
        }
        let seeds = seeds(&runs, choice)?;
        let suites: Vec<String> = distinct(&|run| run.key.suite.clone()).into_iter().collect();
        let methods: Vec<String> = distinct(&|run| run.key.method.clone()).into_iter().collect();
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
        let kinds: Vec<Option<Method>> = self.methods.iter().map(|text| text.parse().ok()).collect();
        let of = |wanted: &dyn Fn(&Method) -> bool| -> Vec<usize> {
            (0..kinds.len()).filter(|at| kinds[*at].as_ref().is_some_and(wanted)).collect()
        };
        let arms = of(&Method::is_arm);
        if arms.is_empty() { of(&|method| !matches!(method, Method::Policy(_))) } else { arms }
    }

    /// Cells in which every method has a run.
    pub fn complete(&self) -> Vec<usize> {
        (0..self.cells.len())
            .filter(|cell| (0..self.methods.len()).all(|method| !self.of(*cell, method).is_empty()))
            .collect()
    }

    fn friedman(&self) -> Option<(Friedman, Friedman)> {
        let over = |value: &dyn Fn(&Place) -> f64| -> Vec<Vec<f64>> {
            self.complete().iter().map(|cell| self.places[*cell].iter().map(value).collect()).collect()
        };
        let by_r2 = friedman(&over(&|place| -place.r2_for_ranks()))?;
        let by_size = friedman(&over(&|place| place.size.unwrap_or(f64::INFINITY)))?;
        Some((by_r2, by_size))
    }
}

/// Of runs on different definitions of a problem only those of the newest one; of the same run with different settings the newest.
fn latest(runs: Vec<Run>, remarks: &mut Vec<String>) -> Vec<Run> {
    let mut newest: BTreeMap<(String, String), (i64, String)> = BTreeMap::new();
    for run in &runs {
        let entry = newest.entry((run.key.suite.clone(), run.key.problem.clone())).or_default();
        if run.id > entry.0 {
            *entry = (run.id, run.key.definition.clone());
        }
    }
    let all = runs.len();
    let mut kept: Vec<Run> = runs;
    kept.retain(|run| {
        let key = (run.key.suite.clone(), run.key.problem.clone());
        newest.get(&key).is_some_and(|(_, definition)| *definition == run.key.definition)
    });
    if kept.len() < all {
        remarks.push(format!("{} runs on older versions of problems are left out", all - kept.len()));
    }
    let same = |run: &Run| {
        let key = &run.key;
        (key.suite.clone(), key.problem.clone(), key.noise.to_bits(), key.seed, key.method.clone(), key.budget.clone())
    };
    let mut last = BTreeMap::new();
    for run in &kept {
        let id = last.entry(same(run)).or_insert(run.id);
        *id = run.id.max(*id);
    }
    let before = kept.len();
    kept.retain(|run| last.get(&same(run)) == Some(&run.id));
    if kept.len() < before {
        remarks.push(format!("{} runs with settings that were changed later are left out", before - kept.len()));
    }
    kept
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
        if let Some(method) = methods.iter().position(|method| *method == run.key.method) {
            of.entry((at, method)).or_default().push(run);
        }
    }
    (cells, of)
}
