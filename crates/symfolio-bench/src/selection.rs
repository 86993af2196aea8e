//! [`select`]: which of the runs that were made are looked at together.

use std::collections::{BTreeMap, BTreeSet};

use crate::database::{Database, DatabaseError, Run};
use crate::families::Families;

/// What is wanted of the runs.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Filter {
    /// Only runs of this suite.
    pub suite: Option<String>,
    /// Only runs of this budget.
    pub budget: Option<String>,
    /// Only runs with this number of threads.
    pub threads: Option<usize>,
    /// Only runs whose label contains one of these texts; all where there are none.
    pub methods: Vec<String>,
    /// Are runs of older builds as good as those of the newest one?
    pub any_build: bool,
}

/// Why no runs can be looked at together.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs, reason = "the messages say it")]
pub enum SelectionError {
    #[error("there are no runs{which}{hint}")]
    NoRuns { which: String, hint: String },
    #[error("no method has any of {wanted:?} in its name; the methods are {known}")]
    NoMethod { wanted: Vec<String>, known: String },
    #[error("the runs have different budgets, {known}, and cannot be compared; choose one by --budget")]
    Budgets { known: String },
    #[error("the runs have different numbers of threads, {known}, and cannot be compared; choose one by --threads")]
    Threads { known: String },
}

/// Runs that can be looked at together: of one budget and number of threads, and of each problem, method and seed one.
#[derive(Clone, Debug, PartialEq)]
pub struct Selection {
    /// The runs, in the order of the database, with families over all suites and labels that tell settings apart.
    pub runs: Vec<Run>,
    /// The families of all of them.
    pub families: Families,
    /// What was left out, and what a reader should know.
    pub remarks: Vec<String>,
}

/// The runs of all `databases`; those of a later one count as newer.
///
/// # Errors
/// [`DatabaseError`].
pub fn gather(databases: &[Database]) -> Result<Vec<Run>, DatabaseError> {
    let mut runs: Vec<Run> = Vec::new();
    for database in databases {
        let newest = runs.iter().map(|run| run.id).max().unwrap_or(0);
        runs.extend(database.runs()?.into_iter().map(|run| Run { id: newest + run.id, ..run }));
    }
    Ok(runs)
}

/// Of `runs` those that `filter` wants and that can be looked at together: of each problem its newest definition, of each problem and method
/// the newest build, and of each seed the newest run.
///
/// # Errors
/// [`SelectionError`] where there are none, or of several budgets or numbers of threads; the message lists what there is.
pub fn select(runs: Vec<Run>, filter: &Filter) -> Result<Selection, SelectionError> {
    let all = budgets(&runs);
    let mut kept: Vec<Run> = runs;
    kept.retain(|run| filter.suite.as_ref().is_none_or(|suite| run.key.suite == *suite));
    kept.retain(|run| filter.budget.as_ref().is_none_or(|budget| run.key.budget == *budget));
    kept.retain(|run| filter.threads.is_none_or(|threads| run.key.threads == threads));
    let mut remarks = Vec::new();
    let mut newest =
        |runs: &mut Vec<Run>, words: &str, cell: &dyn Fn(&Run) -> String, kind: &dyn Fn(&Run) -> String| {
            let left_out = keep_newest(runs, cell, kind);
            if left_out > 0 {
                remarks.push(format!("{left_out} runs {words} are left out"));
            }
        };
    let problem = |run: &Run| format!("{:?}", (&run.key.suite, &run.key.problem));
    let cell = |run: &Run| {
        let key = &run.key;
        format!("{} {:?}", problem(run), (key.noise, &key.method, &run.variant, &key.budget, key.threads))
    };
    newest(&mut kept, "on older versions of problems", &problem, &|run| run.key.definition.clone());
    if !filter.any_build {
        newest(&mut kept, "of older builds (--any-build keeps those that were not made anew)", &cell, &|run| {
            run.key.build.clone()
        });
    }
    let seed = |run: &Run| format!("{} {}", cell(run), run.key.seed);
    newest(&mut kept, "that were made anew later", &seed, &|run| run.id.to_string());
    one_of_each(&kept, filter, &all)?;
    let families =
        Families::link(kept.iter().map(|run| (run.family.as_str(), run.content.as_str())).collect::<BTreeSet<_>>());
    for run in &mut kept {
        run.family = families.of(&run.family).to_string();
    }
    remarks.extend(labelled(&mut kept));
    let known = distinct(&kept, |run| run.label.clone()).join(", ");
    let is_wanted = |text: &str| filter.methods.iter().any(|wanted| text.contains(wanted.as_str()));
    kept.retain(|run| filter.methods.is_empty() || is_wanted(&run.label));
    if kept.is_empty() {
        return Err(SelectionError::NoMethod { wanted: filter.methods.clone(), known });
    }
    remarks.extend(builds(&kept));
    Ok(Selection { runs: kept, families, remarks })
}

/// Of the runs of a cell keeps those of the kind that its newest run is of, and returns how many go.
fn keep_newest(runs: &mut Vec<Run>, cell: &dyn Fn(&Run) -> String, kind: &dyn Fn(&Run) -> String) -> usize {
    let mut newest: BTreeMap<String, (i64, String)> = BTreeMap::new();
    for run in runs.iter() {
        let entry = newest.entry(cell(run)).or_insert((run.id, kind(run)));
        if run.id > entry.0 {
            *entry = (run.id, kind(run));
        }
    }
    let before = runs.len();
    runs.retain(|run| newest.get(&cell(run)).is_some_and(|(_, newest)| *newest == kind(run)));
    before - runs.len()
}

/// The different values of something, as text.
fn distinct<T: Ord + ToString>(runs: &[Run], of: impl Fn(&Run) -> T) -> Vec<String> {
    runs.iter().map(of).collect::<BTreeSet<T>>().iter().map(T::to_string).collect()
}

/// The budgets and threads that there are, in words.
fn budgets(runs: &[Run]) -> String {
    let threads =
        |run: &Run| if run.key.threads == 1 { "1 thread".into() } else { format!("{} threads", run.key.threads) };
    distinct(runs, |run| format!("{} on {}", run.key.budget, threads(run))).join(", ")
}

/// Is there one budget, and one number of threads?
fn one_of_each(runs: &[Run], filter: &Filter, all: &str) -> Result<(), SelectionError> {
    if runs.is_empty() {
        let of = |word: &str, value: Option<&String>| value.map(|value| format!(" of {word} {value}"));
        let which = [
            of("suite", filter.suite.as_ref()),
            of("budget", filter.budget.as_ref()),
            filter.threads.map(|n| format!(" on {n} threads")),
        ];
        let hint = if all.is_empty() { String::new() } else { format!("; there are runs of {all}") };
        return Err(SelectionError::NoRuns { which: which.into_iter().flatten().collect(), hint });
    }
    let (budgets, threads) = (distinct(runs, |run| run.key.budget.clone()), distinct(runs, |run| run.key.threads));
    match (budgets.len(), threads.len()) {
        (1, 1) => Ok(()),
        (1, _) => Err(SelectionError::Threads { known: threads.join(", ") }),
        _ => Err(SelectionError::Budgets { known: budgets.join(", ") }),
    }
}

/// Gives the runs labels that tell settings apart. Where all have the same settings a remark says them.
fn labelled(runs: &mut [Run]) -> Option<String> {
    let variants: BTreeSet<String> = runs.iter().map(|run| run.variant.clone()).collect();
    if variants.len() < 2 {
        return variants.first().filter(|variant| !variant.is_empty()).map(|variant| format!("all with {variant}"));
    }
    for run in runs.iter_mut().filter(|run| !run.variant.is_empty()) {
        run.label = format!("{} [{}]", run.key.method, run.variant);
    }
    None
}

/// Where the runs of Symfolio, or those of a peer, are of several builds: which runs are of which.
fn builds(runs: &[Run]) -> Option<String> {
    let mut methods: BTreeMap<&str, BTreeMap<&str, BTreeSet<&str>>> = BTreeMap::new();
    for run in runs {
        // A peer is a program of its own.
        let program = if run.key.method.starts_with("peer:") { run.key.method.as_str() } else { "" };
        methods.entry(program).or_default().entry(&run.key.build).or_default().insert(&run.label);
    }
    let mixed: Vec<String> = methods
        .values()
        .filter(|builds| builds.len() > 1)
        .map(|builds| {
            let of = |(build, labels): (&&str, &BTreeSet<&str>)| {
                let name = if build.is_empty() { "unknown" } else { build.get(..8).unwrap_or(build) };
                format!("{name} ({})", labels.iter().copied().collect::<Vec<_>>().join(", "))
            };
            format!("runs of {} builds: {}", builds.len(), builds.iter().map(of).collect::<Vec<_>>().join("; "))
        })
        .collect();
    (!mixed.is_empty()).then(|| mixed.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    /// A run with an id.
    fn run(id: i64, seed: u64, method: &str, change: impl Fn(&mut Run)) -> Run {
        let mut run = Run { id, ..testing::run("p", 0.0, seed, method) };
        change(&mut run);
        run
    }

    fn selected(runs: &[Run], filter: &Filter) -> Result<(Vec<i64>, Vec<String>), String> {
        let selection = select(runs.to_vec(), filter).map_err(|error| error.to_string())?;
        Ok((selection.runs.iter().map(|run| run.id).collect(), selection.remarks))
    }

    #[test]
    fn the_newest_of_each_is_kept_and_the_rest_is_said() {
        let build = |name: &'static str| move |run: &mut Run| run.key.build = name.into();
        let plain = |_: &mut Run| ();
        let older = |run: &mut Run| run.key.definition = "old".into();
        let other = |run: &mut Run| run.key.settings = "old".into();
        let any = Filter { any_build: true, ..Filter::default() };
        for (runs, filter, kept, words) in [
            (vec![run(1, 0, "arm:gp", plain), run(2, 1, "arm:gp", plain)], Filter::default(), vec![1, 2], ""),
            (
                vec![run(1, 0, "arm:gp", older), run(2, 1, "arm:gp", plain)],
                Filter::default(),
                vec![2],
                "1 runs on older versions of problems are left out",
            ),
            (
                vec![run(1, 0, "arm:gp", other), run(2, 0, "arm:gp", plain)],
                Filter::default(),
                vec![2],
                "1 runs that were made anew later are left out",
            ),
            // A run of a newer build replaces those of all seeds, on this problem and of this method.
            (
                vec![run(1, 0, "arm:gp", build("x")), run(2, 1, "arm:gp", build("x")), run(3, 0, "arm:gp", build("y"))],
                Filter::default(),
                vec![3],
                "2 runs of older builds (--any-build keeps those that were not made anew) are left out",
            ),
            (
                vec![run(1, 0, "arm:gp", build("x")), run(2, 1, "arm:gp", build("x")), run(3, 0, "arm:gp", build("y"))],
                any,
                vec![2, 3],
                "1 runs that were made anew later are left out; runs of 2 builds: x (arm:gp); y (arm:gp)",
            ),
            (
                vec![
                    run(1, 0, "arm:gp", build("")),
                    run(2, 0, "arm:sparse", build("0123456789")),
                    run(3, 0, "peer:a", build("z")),
                ],
                Filter::default(),
                vec![1, 2, 3],
                "runs of 2 builds: unknown (arm:gp); 01234567 (arm:sparse)",
            ),
        ] {
            assert_eq!(
                selected(&runs, &filter).map(|(ids, remarks)| (ids, remarks.join("; "))),
                Ok((kept, words.into()))
            );
        }
    }

    #[test]
    fn settings_tell_runs_apart() {
        let variant = |words: &'static str| move |run: &mut Run| run.variant = words.into();
        let labels = |runs: Vec<Run>| {
            let selection = select(runs, &Filter::default()).unwrap();
            (selection.runs.into_iter().map(|run| run.label).collect::<Vec<_>>(), selection.remarks)
        };
        let (first, second) = (run(1, 0, "policy:a", variant("")), run(2, 0, "policy:a", variant("without=sparse")));
        let (found, remarks) = labels(vec![first, second.clone()]);
        assert_eq!(found, ["policy:a", "policy:a [without=sparse]"]);
        assert!(remarks.is_empty(), "{remarks:?}");
        assert_eq!(labels(vec![second]), (vec!["policy:a".into()], vec!["all with without=sparse".into()]));
    }

    #[test]
    fn one_budget_and_one_number_of_threads() {
        let longer = |run: &mut Run| run.key.budget = "20cpu".into();
        let wider = |run: &mut Run| run.key.threads = 2;
        let runs = [run(1, 0, "arm:gp", |_| ()), run(2, 0, "arm:gp", longer), run(3, 0, "arm:gp", wider)];
        let error = |runs: &[Run], filter: Filter| selected(runs, &filter).unwrap_err();
        assert!(error(&runs, Filter::default()).contains("different budgets, 20cpu, 60s"));
        let short = Filter { budget: Some("60s".into()), ..Filter::default() };
        assert!(error(&runs, short.clone()).contains("different numbers of threads, 1, 2"));
        assert_eq!(selected(&runs, &Filter { threads: Some(1), ..short }).unwrap().0, [1]);
        let none = error(&runs, Filter { budget: Some("1s".into()), ..Filter::default() });
        assert_eq!(
            none,
            "there are no runs of budget 1s; there are runs of 20cpu on 1 thread, 60s on 1 thread, 60s on 2 threads"
        );
    }

    #[test]
    fn the_same_law_is_of_one_family_over_suites() {
        let of = |id: i64, suite: &'static str, family: &'static str, content: &'static str| {
            run(id, 0, "arm:gp", move |run| {
                run.key.suite = suite.into();
                run.family = family.into();
                run.content = content.into();
            })
        };
        let runs = vec![of(1, "quick", "rabbits", "formula 1"), of(2, "mixed", "lotka", "formula 1")];
        let families: Vec<String> =
            select(runs, &Filter::default()).unwrap().runs.into_iter().map(|run| run.family).collect();
        assert_eq!(families, ["lotka", "lotka"]);
    }
}
