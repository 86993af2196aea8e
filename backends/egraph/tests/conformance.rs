//! The contract's own checks, and what the backend makes of two migrants.
#![cfg(test)]
#![allow(clippy::unwrap_used, reason = "a test that cannot read its own input should stop")]

use std::sync::Arc;

use symfolio_backend_egraph::EgraphBackend;
use symfolio_core::conformance::{self, RecordingHost};
use symfolio_core::{Backend, Candidate, Config, Cost, Directives, Form, Lineage, Progress, Slice};
use symfolio_expr::{Complexity, Expr, infix_form};

#[test]
fn the_contract_is_kept() {
    for verdict in conformance::check(&EgraphBackend, &Config::default()) {
        assert_eq!(verdict.outcome, Ok(()), "{}", verdict.name);
    }
}

/// The forms offered after one generous slice with `text` as the only migrant, on data that follow `x0 * x1`.
fn offered(text: &str) -> Vec<(String, Lineage, f64)> {
    let problem = conformance::problem(false);
    let form = Form::Expr(Expr::from_prefix(text).unwrap());
    let loss = problem.objective.measure(&form, &problem.judge).loss;
    let complexity = form.complexity(&Complexity::default());
    let migrant =
        Candidate { id: 4, form, loss, complexity, run: 1, origin: vec!["gp".into()], lineage: Lineage::default() };
    let slice = Slice {
        index: 0,
        grant: Cost::work(1_000_000_000),
        migrants: vec![migrant],
        rows: problem.judge.clone(),
        directives: Arc::new(Directives::default()),
        findings: Vec::new(),
    };
    let mut search = EgraphBackend.start(problem.clone(), &Config::default(), 1).unwrap();
    let mut host = RecordingHost::new(problem.clone(), &slice);
    assert_eq!(search.advance(&slice, &mut host), Ok(Progress::Exhausted));
    // The same migrant again is no news.
    let mut again = RecordingHost::new(problem.clone(), &slice);
    assert_eq!(search.advance(&slice, &mut again), Ok(Progress::Exhausted));
    assert!(again.offers.is_empty() && again.spent.work < 10);
    let text = |form: &Form| form.expr().map(|expr| infix_form(expr, &problem.features)).unwrap();
    host.offers.iter().map(|offer| (text(&offer.form), offer.lineage.clone(), offer.loss)).collect()
}

#[test]
fn a_roundabout_law_becomes_a_plain_one() {
    let offers = offered("(mul (mul ?2.0 (exp (log x0))) (mul ?0.5 (div (square x1) x1)))");
    assert_eq!(offers[0].0, "c0*x0*x1");
    assert_eq!(offers[0].1, Lineage::of(4, "simplify"));
    assert!(offers.iter().any(|(text, _, loss)| text == "x0*x1" && *loss < 1e-20), "{offers:?}");
}

#[test]
fn a_law_next_to_the_right_one_leads_there() {
    let offers = offered("(div (mul ?1.0 x0) x1)");
    assert!(offers.iter().any(|(text, _, loss)| text.contains("x0*x1") && *loss < 1e-12), "{offers:?}");
}
