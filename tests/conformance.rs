//! Every default backend passes the conformance suite of the contract.
#![cfg(test)]

use symfolio::core::{Config, conformance};

#[test]
fn the_default_portfolio_has_these_backends() {
    let names: Vec<String> = symfolio::backends().iter().map(|backend| backend.name().to_owned()).collect();
    assert_eq!(names, ["sparse", "enumerate", "staged", "gp", "decompose", "climb", "egraph"]);
}

#[test]
fn the_default_backends_conform() {
    let mut failed = Vec::new();
    for backend in symfolio::backends() {
        for verdict in conformance::check(&*backend, &Config::default()) {
            if let Err(why) = verdict.outcome {
                failed.push(format!("{}: {}: {why}", backend.name(), verdict.name));
            }
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}
