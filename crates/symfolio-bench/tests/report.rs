//! A database made by hand, and the figures that its report must have.
#![cfg(test)]

use std::path::PathBuf;

use symfolio::{Budget, StudyConfig};
use symfolio_bench::report::{Choice, Comparison, Seeds, text, write_aslib, write_csv, write_html};
use symfolio_bench::{CurvePoint, Data, Database, Filter, Finished, Job, Problem, Provenance, Report, Sampling};

/// A run of `method` on the law `problem`.
fn job(problem: usize, seed: u64, method: &str) -> Job {
    let name = format!("p{problem:02}");
    let data = Data::Formula {
        formula: format!("{}*x", problem + 2),
        inputs: vec![("x".into(), 0.0, 1.0)],
        sampling: Sampling::Uniform,
        train: 20,
        test: 20,
        law: true,
    };
    let (stratum, source) = ("physics".to_string(), String::new());
    let problem = Problem { family: name.clone(), name, stratum, source, noise: None, data };
    let config = StudyConfig { threads: 1, budget: Budget::Cpu(5.0), ..StudyConfig::default() };
    let (suite, method) = ("hand".to_string(), method.to_string());
    let (folder, pmlb, command) = (PathBuf::new(), PathBuf::new(), Vec::new());
    let provenance = Provenance { build: "b".into(), ..Provenance::default() };
    Job { suite, folder, pmlb, problem, noise: 0.0, seed, method, config, command, provenance }
}

fn finished(exact: bool, r2: f64, size: usize) -> Report {
    let point = |share: f64, r2: f64| CurvePoint { share, test_r2: Some(r2), ..CurvePoint::default() };
    Report::Done(Finished {
        exact: Some(exact),
        solution: Some(exact),
        front_exact: Some(true),
        raw_exact: Some(false),
        test_r2: Some(r2),
        size: Some(size),
        cpu_seconds: 4.0,
        shares: vec![("gp".into(), 0.75), ("sparse".into(), 0.25)],
        curve: vec![point(0.1, 0.0), point(0.5, r2)],
        ..Finished::default()
    })
}

/// Twelve laws: gp finds the first six, sparse the next four, nobody the last two; the portfolio finds those of gp and two of sparse.
/// One run of the portfolio failed.
fn database(folder: &tempfile::TempDir) -> Database {
    let mut database = Database::open(&folder.path().join("hand.sqlite")).unwrap();
    for seed in 0..4 {
        for problem in 0..12 {
            for (method, found, size) in [
                ("arm:gp", problem < 6, 20),
                ("arm:sparse", (6..10).contains(&problem), 10),
                ("policy:round-robin", problem < 8, 15),
            ] {
                let report = match (problem, seed, method) {
                    (11, 3, "policy:round-robin") => Report::Failed("out of memory".into()),
                    _ => finished(found, if found { 1.0 } else { 0.5 }, size),
                };
                database.insert(&job(problem, seed, method), &report).unwrap();
            }
        }
    }
    database
}

fn read(choice: &Choice) -> Result<Comparison, String> {
    let folder = tempfile::tempdir().unwrap();
    Comparison::read(&database(&folder), choice).map_err(|error| error.to_string())
}

fn filtered(filter: Filter) -> Choice {
    Choice { filter, ..Choice::default() }
}

#[test]
fn the_figures_of_a_hand_made_database() {
    let comparison = read(&Choice::default()).unwrap();
    assert_eq!(comparison.methods, ["arm:gp", "arm:sparse", "policy:round-robin"]);
    assert_eq!(comparison.seeds, Seeds { all: vec![0, 1, 2, 3], choose: vec![0, 1], score: vec![2, 3] });
    assert_eq!((comparison.cells.len(), comparison.complete().len()), (12, 12));
    let close = |a: f64, b: f64| assert!((a - b).abs() < 1e-12, "{a} is not {b}");
    let [gp, sparse, portfolio] = [0, 1, 2].map(|method| &comparison.summaries[method]);
    assert_eq!((gp.runs, sparse.runs, portfolio.runs), ((48, 0), (48, 0), (48, 1)));
    assert_eq!(gp.by_noise, [(0.0, 0.5, 0.5, 48)]);
    close(sparse.by_noise[0].1, 4.0 / 12.0);
    close(portfolio.by_noise[0].1, 8.0 / 12.0);
    close(gp.loss, 0.5);
    // Before the final choice no formula was a law.
    close(gp.raw_loss, 1.0);
    close(gp.auc, 0.75);
    close(portfolio.auc, (8.0 + 4.0 * 0.5 - 0.125) / 12.0);
    close(gp.accurate, 0.5);
    assert_eq!((gp.median_size, gp.median_cpu, gp.front_exact, gp.raw_exact), (20.0, 4.0, 1.0, 0.0));
    close(portfolio.front_exact, 47.0 / 48.0);
    // R2: gp alone is behind on two problems where the others lead, shares the first place on six with the portfolio, and so on.
    let (by_r2, by_size) = comparison.ranks.as_ref().unwrap();
    // gp: 6 of rank 1.5, 2 of rank 3 (sparse and the portfolio found it), 2 of rank 2.5, 2 of rank 2.
    close(by_r2.mean_ranks[0], (6.0 * 1.5 + 2.0 * 3.0 + 2.0 * 2.5 + 2.0 * 2.0) / 12.0);
    close(by_r2.mean_ranks[1], (6.0 * 3.0 + 2.0 * 1.5 + 2.0 * 1.0 + 2.0 * 2.0) / 12.0);
    assert_eq!(by_size.mean_ranks, [3.0, 1.0, 2.0]);
    // Curves: nothing before a tenth of the budget, the end from the half on.
    let at = |share: f64| comparison.any_time[0].0.iter().find(|(x, _)| (x - share).abs() < 1e-9).unwrap().1;
    assert_eq!((at(0.02), at(0.3), at(0.5), at(1.0)), (0.0, 0.0, 0.75, 0.75));
    assert_eq!(portfolio.shares, [("gp".to_string(), 0.75), ("sparse".to_string(), 0.25)]);
}

#[test]
fn the_closed_gap_of_a_hand_made_database() {
    let comparison = read(&Choice::default()).unwrap();
    assert_eq!(comparison.groups.len(), 1, "all problems are laws of one kind at one level of noise");
    let gaps = comparison.groups[0].gaps.as_ref().unwrap();
    assert_eq!((gaps.sbs, gaps.n), (0, (12, 12)));
    assert!((gaps.m_sbs - 0.5).abs() < 1e-12 && (gaps.m_vbs - 2.0 / 12.0).abs() < 1e-12);
    assert!(gaps.is_separated());
    let (gap, low, high) = gaps.methods[2].gap.unwrap();
    assert!((gap - 0.5).abs() < 1e-12 && low < 0.5 && high > 0.5 && high <= 1.0, "{gap} {low} {high}");
    assert!(gaps.methods[1].gap.unwrap().0 < 0.0, "sparse is worse than the single best solver");
    // The portfolio against gp: better on two problems of twelve.
    let pair = comparison.pairs.iter().find(|pair| (pair.method, pair.other) == (2, 0)).unwrap();
    assert!((pair.difference.0 - 2.0 / 12.0).abs() < 1e-12 && pair.wins == (2, 0), "{pair:?}");
    let shown = text(&comparison);
    for words in [
        "suite hand, budget 5cpu, 1 thread, seeds 0,1,2,3: 12 problems",
        "144 runs, 1 of them failed",
        "SBS arm:gp with m = 0.5000, VBS m = 0.1667",
        "best solvers chosen on seeds 0,1, all scored on seeds 2,3",
    ] {
        assert!(shown.contains(words), "{words:?} is not in\n{shown}");
    }
}

#[test]
fn seeds_to_choose_by_are_not_scored() {
    let of = |choose: &[u64], score: &[u64]| {
        read(&Choice { choose: choose.to_vec(), score: score.to_vec(), ..Choice::default() })
            .map(|comparison| (comparison.seeds.choose, comparison.seeds.score))
    };
    assert_eq!(of(&[3], &[]).unwrap(), (vec![3], vec![0, 1, 2]));
    assert_eq!(of(&[], &[0]).unwrap(), (vec![1, 2, 3], vec![0]));
    assert!(of(&[0, 1], &[1, 2]).unwrap_err().contains("seed 1 is both to choose by and to score by"));
}

#[test]
fn what_cannot_be_compared_is_refused() {
    let refusal = |choice: &Choice| read(choice).unwrap_err();
    let none = refusal(&filtered(Filter { suite: Some("other".into()), ..Filter::default() }));
    assert_eq!(none, "there are no runs of suite other; there are runs of 5cpu on 1 thread");
    let no_method = refusal(&filtered(Filter { methods: vec!["bare:".into()], ..Filter::default() }));
    assert!(no_method.ends_with("the methods are arm:gp, arm:sparse, policy:round-robin"), "{no_method}");
    let folder = tempfile::tempdir().unwrap();
    let mut database = database(&folder);
    let mut longer = job(0, 0, "arm:gp");
    longer.config.budget = Budget::Cpu(20.0);
    database.insert(&longer, &finished(true, 1.0, 5)).unwrap();
    let error = Comparison::read(&database, &Choice::default()).unwrap_err().to_string();
    assert!(error.contains("different budgets, 20cpu, 5cpu"), "{error}");
    let chosen = filtered(Filter { budget: Some("20cpu".into()), ..Filter::default() });
    assert_eq!(Comparison::read(&database, &chosen).unwrap().cells.len(), 1);
}

#[test]
fn pages_and_tables_are_written() {
    let folder = tempfile::tempdir().unwrap();
    let comparison = Comparison::read(&database(&folder), &Choice::default()).unwrap();
    let (page, table) = (folder.path().join("report.html"), folder.path().join("runs.csv"));
    write_html(&comparison, &page).unwrap();
    write_csv(&comparison, &table).unwrap();
    let page = std::fs::read_to_string(page).unwrap();
    assert!(page.starts_with("<!doctype html>") && page.trim_end().ends_with("</html>"));
    assert!(page.matches("<svg").count() >= 6 && !page.contains("<script") && !page.contains("src="), "{page}");
    let table = std::fs::read_to_string(table).unwrap();
    assert_eq!(table.lines().count(), 145);
    assert_eq!(table.lines().filter(|line| line.contains("out of memory")).count(), 1);
}

#[test]
fn a_scenario_for_algorithm_selection_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let comparison = Comparison::read(&database(&folder), &Choice::default()).unwrap();
    let scenario = folder.path().join("scenario");
    write_aslib(&comparison, &scenario).unwrap();
    let read = |name: &str| std::fs::read_to_string(scenario.join(name)).unwrap();
    let description = read("description.txt");
    assert!(description.contains("scenario_id: symfolio-hand-5cpu\n"), "{description}");
    assert!(description.contains("algorithm_cutoff_time: 5\n"), "{description}");
    let runs = read("algorithm_runs.arff");
    assert!(runs.contains("\n\"hand/p11/0\",3,\"policy:round-robin\",1,crash\n"), "{runs}");
    assert_eq!(runs.lines().filter(|line| line.ends_with(",ok")).count(), 143);
    assert_eq!(read("feature_values.arff").lines().filter(|line| line.starts_with('"')).count(), 48);
    assert_eq!(read("cv.arff").lines().filter(|line| line.starts_with('"')).count(), 12);
}

#[test]
fn a_method_without_some_runs_is_compared_on_those_that_it_has() {
    let folder = tempfile::tempdir().unwrap();
    let mut database = database(&folder);
    // A new policy without runs on seeds to choose by, and on the last two problems.
    for (seed, problem) in (2..4).flat_map(|seed| (0..10).map(move |problem| (seed, problem))) {
        database.insert(&job(problem, seed, "policy:uniform"), &finished(true, 1.0, 9)).unwrap();
    }
    let comparison = Comparison::read(&database, &Choice::default()).unwrap();
    let group = &comparison.groups[0];
    let gaps = group.gaps.as_ref().unwrap();
    assert_eq!((group.left_out, gaps.n.0), (0, 12));
    let pair = |method: usize, other: usize| {
        comparison.pairs.iter().find(|pair| (pair.method, pair.other) == (method, other)).map(|pair| pair.n)
    };
    assert_eq!((pair(3, 0), pair(2, 0)), (Some(10), Some(12)));
    assert_eq!((gaps.methods[3].n, gaps.methods[3].m, gaps.methods[2].n), (10, 0.0, 12));
    let shown = text(&comparison);
    for words in ["runs that were not made, of 48: policy:uniform 28", "policy:uniform (on 10)"] {
        assert!(shown.contains(words), "{words:?} is not in\n{shown}");
    }
}

#[test]
fn levels_of_noise_and_near_duplicates_are_ranked_as_one() {
    let folder = tempfile::tempdir().unwrap();
    let mut database = Database::open(&folder.path().join("noise.sqlite")).unwrap();
    for (problem, level, method) in (0..6).flat_map(|problem| {
        [0.0, 0.01].into_iter().flat_map(move |level| ["arm:gp", "arm:sparse"].map(|method| (problem, level, method)))
    }) {
        let found = (problem < 4) == (method == "arm:gp");
        let report = finished(found, if found { 1.0 } else { 0.5 }, method.len());
        database.insert(&Job { noise: level, ..job(problem, 0, method) }, &report).unwrap();
    }
    let comparison = Comparison::read(&database, &Choice::default()).unwrap();
    let (by_r2, _) = comparison.ranks.as_ref().unwrap();
    assert_eq!((comparison.cells.len(), by_r2.n), (12, 6));
    assert!((by_r2.mean_ranks[0] - (4.0 + 2.0 * 2.0) / 6.0).abs() < 1e-12);
}

#[test]
fn a_run_that_failed_counts_in_the_curves_and_an_undefined_median_is_a_dash() {
    let folder = tempfile::tempdir().unwrap();
    let mut database = Database::open(&folder.path().join("failed.sqlite")).unwrap();
    let undefined = |report: Report| match report {
        Report::Done(finished) => Report::Done(Finished { test_r2: None, ..finished }),
        failed => failed,
    };
    for seed in 0..3 {
        let report = if seed == 0 { Report::Failed("no".into()) } else { finished(true, 0.9, 5) };
        database.insert(&job(0, seed, "arm:gp"), &report).unwrap();
        database.insert(&job(0, seed, "arm:sparse"), &undefined(finished(false, 0.0, 5))).unwrap();
    }
    let comparison = Comparison::read(&database, &Choice::default()).unwrap();
    let end = comparison.any_time[0].0.last().unwrap().1;
    assert!((end - 0.6).abs() < 1e-12, "two of three runs end at 0.9: {end}");
    let shown = text(&comparison);
    assert!(!shown.contains("inf") && !shown.contains("NaN"), "{shown}");
}

#[test]
fn shares_are_shown_by_kind_of_problem() {
    let folder = tempfile::tempdir().unwrap();
    let mut database = Database::open(&folder.path().join("shares.sqlite")).unwrap();
    for (problem, share) in [(0, 0.1), (1, 0.2), (2, 0.6), (3, 0.9)] {
        let Report::Done(finished) = finished(true, 1.0, 5) else { continue };
        let shares = vec![("gp".to_string(), share), ("sparse".to_string(), 1.0 - share)];
        let mut job = job(problem, 0, "policy:uniform");
        job.problem.stratum = if problem < 3 { "physics".into() } else { "black-box".into() };
        database.insert(&job, &Report::Done(Finished { shares, ..finished })).unwrap();
    }
    let shown = text(&Comparison::read(&database, &Choice::default()).unwrap());
    for words in [
        ["method", "backend", "black-box", "physics", "on single problems"],
        ["policy:uniform", "gp", "90.0", "20.0", "10.0 to 90.0"],
        ["policy:uniform", "sparse", "10.0", "80.0", "10.0 to 90.0"],
    ] {
        let row = words.join(" ");
        let squeezed = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(shown.lines().any(|line| squeezed(line) == row), "{row:?} is not in\n{shown}");
    }
}

#[test]
fn builds_and_settings_are_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    let mut database = database(&folder);
    let (mut newer, mut open) = (job(0, 0, "arm:gp"), job(0, 0, "policy:round-robin"));
    newer.provenance.build = "0123456789".into();
    open.config.without = vec!["sparse".into()];
    open.provenance.variant = "without=sparse".into();
    database.insert(&newer, &finished(true, 1.0, 5)).unwrap();
    database.insert(&open, &finished(true, 1.0, 5)).unwrap();
    let of =
        |any_build: bool| Comparison::read(&database, &filtered(Filter { any_build, ..Filter::default() })).unwrap();
    let comparison = of(false);
    assert_eq!(
        comparison.methods,
        ["arm:gp", "arm:sparse", "policy:round-robin", "policy:round-robin [without=sparse]"]
    );
    assert_eq!((comparison.of(0, 0).len(), comparison.arms()), (1, vec![0, 1]));
    assert_eq!(of(true).of(0, 0).len(), 4);
    let some = filtered(Filter { methods: vec!["sparse".into()], ..Filter::default() });
    let some = Comparison::read(&database, &some).unwrap();
    assert_eq!(some.methods, ["arm:sparse", "policy:round-robin [without=sparse]"]);
    assert!(some.remarks.iter().all(|remark| !remark.contains("builds:")), "{:?}", some.remarks);
    let shown = text(&comparison);
    for words in [
        "4 runs of older builds",
        "runs of 2 builds: 01234567 (arm:gp); b (arm:gp, arm:sparse, policy:round-robin, policy:round-robin [without=sparse])",
    ] {
        assert!(shown.contains(words), "{words:?} is not in\n{shown}");
    }
}
