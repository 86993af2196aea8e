//! The whole search on small problems.

use std::collections::BTreeMap;
use std::sync::Arc;

use symfolio_core::conformance::{self, RecordingHost};
use symfolio_core::{
    Backend, Candidate, Column, Config, Constraints, Cost, DataObjective, Dataset, Direction, Directives, Form,
    Lineage, Measure, Objective, Problem, RowSet, Search, SearchError, Shape, Slice, Split,
};
use symfolio_expr::{Expr, Template};
use symfolio_fit::Loss;

use crate::Gp;

#[test]
fn it_conforms() {
    for verdict in conformance::check(&Gp, &Config::default()) {
        assert_eq!(verdict.outcome, Ok(()), "{}", verdict.name);
    }
}

fn slice(index: u64, problem: &Problem, work: u64) -> Slice {
    Slice {
        index,
        grant: Cost::work(work),
        migrants: Vec::new(),
        rows: problem.judge.clone(),
        directives: Arc::new(Directives::default()),
        findings: Vec::new(),
    }
}

fn advance(search: &mut dyn Search, problem: &Arc<Problem>, slice: Slice) -> RecordingHost {
    let mut host = RecordingHost::new(problem.clone(), &slice);
    search.advance(&slice, &mut host).unwrap();
    host
}

#[test]
fn a_simple_law_is_found() {
    let problem = conformance::problem(true);
    let mut search = Gp.start(problem.clone(), &Config::default(), 1).unwrap();
    let host = advance(&mut *search, &problem, slice(0, &problem, 20_000_000));
    let best = host.offers.iter().map(|offer| offer.loss).fold(f64::INFINITY, f64::min);
    assert!(best < 1e-20, "{best}");
}

/// An objective without data: how far the form's value at (1, 2, 3) is from 10.
struct Puzzle;

impl Objective for Puzzle {
    fn measure(&self, form: &Form, _: &RowSet) -> Measure {
        let value = form.expr().map_or(f64::INFINITY, |expr| expr.value(&[1.0, 2.0, 3.0]));
        let loss = (value - 10.0).abs();
        let cost = Cost::work(20_000);
        Measure {
            loss: if loss.is_nan() { f64::INFINITY } else { loss },
            metrics: BTreeMap::new(),
            message: None,
            cost,
        }
    }
}

#[test]
fn an_objective_without_data_is_searched_through_the_host() {
    let with_data = conformance::problem(false);
    let problem = Arc::new(Problem {
        features: vec!["a".into(), "b".into(), "c".into()],
        dataset: None,
        objective: Arc::new(Puzzle),
        judge: Arc::new(RowSet::default()),
        ..(*with_data).clone()
    });
    let mut search = Gp.start(problem.clone(), &Config::default(), 3).unwrap();
    let host = advance(&mut *search, &problem, slice(0, &problem, 40_000_000));
    let best = host.offers.iter().map(|offer| offer.loss).fold(f64::INFINITY, f64::min);
    assert!(best < 1e-6, "{best}");
    let bytes = search.checkpoint().unwrap().unwrap();
    let mut resumed = Gp.resume(problem.clone(), &bytes).unwrap();
    let expected = advance(&mut *search, &problem, slice(1, &problem, 5_000_000)).offers;
    assert_eq!(advance(&mut *resumed, &problem, slice(1, &problem, 5_000_000)).offers, expected);
}

#[test]
fn every_loss_is_searched() {
    for loss in ["mae", "huber:0.5", "log-cosh", "quantile:0.5"] {
        let squared = conformance::problem(true);
        let loss: Loss = loss.parse().unwrap();
        let dataset = squared.dataset.clone().unwrap();
        let objective = Arc::new(DataObjective::new(dataset, loss));
        let problem = Arc::new(Problem { loss, objective, ..(*squared).clone() });
        let mut search = Gp.start(problem.clone(), &Config::default(), 1).unwrap();
        let host = advance(&mut *search, &problem, slice(0, &problem, 60_000_000));
        let best = host.offers.iter().map(|offer| offer.loss).fold(f64::INFINITY, f64::min);
        assert!(best < 1e-3, "{loss}: {best}");
    }
}

#[test]
fn settings_out_of_range_are_named() {
    for (key, value, message) in [
        ("population", "3", "population is 3; it must be from 10 to 100000"),
        ("tournament", "0", "tournament is 0; it must be from 1 to the population"),
        ("refit", "1.5", "refit is 1.5; it must be from 0 to 1"),
        ("screen_slack", "0.5", "screen_slack is 0.5; it must be from 1 to 1000"),
        ("selection", "\"roulette\"", "unknown variant `roulette`"),
        ("max_initial", "-1", "invalid value"),
    ] {
        let table: toml::Table = format!("{key} = {value}").parse().unwrap();
        let Err(error) = Gp.start(conformance::problem(false), &Config(table), 0) else { panic!("{key}") };
        assert!(matches!(error, SearchError::Config(_)) && error.to_string().contains(message), "{error}");
    }
}

#[test]
fn lexicase_selection_conforms_too() {
    let table: toml::Table = "selection = \"lexicase\"\npopulation = 60".parse().unwrap();
    for verdict in conformance::check(&Gp, &Config(table)) {
        assert_eq!(verdict.outcome, Ok(()), "{}", verdict.name);
    }
}

#[test]
fn a_checkpoint_of_another_problem_is_refused() {
    let problem = conformance::problem(false);
    let mut search = Gp.start(problem.clone(), &Config::default(), 3).unwrap();
    advance(&mut *search, &problem, slice(0, &problem, 2_000_000));
    let bytes = search.checkpoint().unwrap().unwrap();
    let narrow = Arc::new(Problem { features: vec!["x0".into()], ..(*problem).clone() });
    let Err(error) = Gp.resume(narrow, &bytes) else { panic!() };
    assert!(error.to_string().contains("a problem with 2 features, this one has 1"), "{error}");
    let text = String::from_utf8(bytes).unwrap();
    let Err(error) = Gp.resume(problem.clone(), text.replace("x1", "x7").as_bytes()) else { panic!() };
    assert!(error.to_string().contains("uses a variable"), "{error}");
    let Err(error) = Gp.resume(problem, text.replace("\"version\":1", "\"version\":9").as_bytes()) else { panic!() };
    assert!(error.to_string().contains("version 9"), "{error}");
}

#[test]
fn pinned_expressions_and_migrants_leave_their_mark() {
    let problem = conformance::problem(true);
    let mut search = Gp.start(problem.clone(), &Config::default(), 3).unwrap();
    let pinned = Expr::from_prefix("(add (div x0 x1) 2.0)").unwrap();
    let directives = Arc::new(Directives { version: 1, pinned: vec![pinned], ..Directives::default() });
    let host = advance(&mut *search, &problem, Slice { directives, ..slice(0, &problem, 1_000_000) });
    assert!(host.offers.iter().any(|offer| offer.loss < 1e-20), "the literal 2 is freed and fitted");

    let form = Form::Expr(Expr::from_prefix("(add (div x0 x1) (mul ?0.1 (sin x0)))").unwrap());
    let loss = problem.objective.measure(&form, &problem.judge).loss;
    let (lineage, origin) = (Lineage::default(), Vec::new());
    let migrant = Candidate { id: 17, form, loss, complexity: 8, run: 5, origin, lineage };
    let mut search = Gp.start(problem.clone(), &Config::default(), 3).unwrap();
    let host = advance(&mut *search, &problem, Slice { migrants: vec![migrant], ..slice(0, &problem, 1_000_000) });
    let heir = host.offers.iter().find(|offer| offer.loss < 1e-20).unwrap();
    assert_eq!(heir.lineage.parents, [17]);
}

/// 60 rows of three features, and of `target` with noise of at most `noise`.
fn table(target: fn(f64, f64, f64) -> f64, noise: f64) -> Problem {
    let at = |i: i32, step: i32, modulus: i32| f64::from((i * step) % modulus) / f64::from(modulus);
    let rows: Vec<[f64; 4]> = (1..=60)
        .map(|i| {
            let (a, b, c) = (0.5 + 3.0 * at(i, 37, 101), 0.5 + 2.0 * at(i, 53, 97), 2.0 * at(i, 29, 89) - 1.0);
            [a, b, c, target(a, b, c) + noise * (2.0 * at(i, 7919, 1009) - 1.0)]
        })
        .collect();
    let column = |name: &str, at: usize| Column::new(name, rows.iter().map(|row| row[at]).collect::<Vec<f64>>());
    let features = vec![column("x0", 0), column("x1", 1), column("x2", 2)];
    let dataset = Dataset::new("d", features, column("y", 3), None).unwrap();
    let split = Split { train: (0..60).collect(), validation: Arc::new([]) };
    Problem::new(Arc::new(dataset), split, Loss::SquaredError)
}

/// The offers of some slices with `work` in all.
fn offers(problem: &Arc<Problem>, work: u64) -> Vec<conformance::Offer> {
    let mut search = Gp.start(problem.clone(), &Config::default(), 1).unwrap();
    (0..4).flat_map(|index| advance(&mut *search, problem, slice(index, problem, work / 4)).offers).collect()
}

#[test]
fn a_template_is_filled_by_evolution_and_kept_to() {
    for (text, target, work) in [
        ("f(x0) + g(x1)*x2", (|a, b, c| (2.0 * a).sin() + b * b * c) as fn(f64, f64, f64) -> f64, 60_000_000),
        ("f(x0 - x1)*c0", |a, b, _| 3.0 / (1.0 + (a - b) * (a - b)), 240_000_000),
        ("f(x0) - f(x1)", |a, b, _| 1.5 * (a.sqrt() - b.sqrt()), 30_000_000),
    ] {
        let problem = table(target, 0.0);
        let template = Template::parse(text, &problem.features, &[]).unwrap();
        let problem = Arc::new(Problem { template: Some(Arc::new(template.clone())), ..problem });
        let offers = offers(&problem, work);
        for offer in &offers {
            let expr = offer.form.expr().unwrap();
            assert!(template.read(expr).is_some(), "{} is not {text}", expr.to_prefix());
        }
        let best = offers.iter().map(|offer| offer.loss).fold(f64::INFINITY, f64::min);
        assert!(best < 1e-18, "{text}: {best} of {}", offers.len());
    }
}

#[test]
fn what_breaks_bounds_or_directions_is_not_offered_and_starves_nobody() {
    // The data end before the target would fall: most that fits breaks the rules beyond them.
    let free = table(|a, b, _| a / (1.0 + a) + 0.1 * b, 0.02);
    let rules = Constraints {
        bounds: "0:2".parse().ok(),
        monotone: [("x0".to_string(), Direction::Increasing), ("x1".to_string(), Direction::Increasing)].into(),
        bounds_margin: 0.15,
        ..Constraints::default()
    };
    let shape = Shape::new(&rules, free.dataset.as_ref().unwrap()).unwrap().map(Arc::new);
    let held = Arc::new(Problem { shape: shape.clone(), ..free.clone() });
    let breaks = |offer: &&conformance::Offer| !shape.as_ref().unwrap().verdict(offer.form.expr().unwrap()).0.holds();
    let (free, held) = (offers(&Arc::new(free), 40_000_000), offers(&held, 40_000_000));
    assert!(free.iter().filter(breaks).count() > 0);
    assert_eq!(held.iter().filter(breaks).count(), 0);
    let best = held.iter().map(|offer| offer.loss).fold(f64::INFINITY, f64::min);
    assert!(held.len() >= 3 && best < 1e-3, "{best} of {}", held.len());
}
