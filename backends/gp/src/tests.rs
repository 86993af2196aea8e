//! The whole search on small problems.

use std::collections::BTreeMap;
use std::sync::Arc;

use symfolio_core::conformance::{self, RecordingHost};
use symfolio_core::{
    Backend, Candidate, Config, Cost, DataObjective, Directives, Form, Lineage, Measure, Objective, Problem, RowSet,
    Search, SearchError, Slice,
};
use symfolio_expr::Expr;
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
