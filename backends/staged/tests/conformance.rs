//! The contract's own checks.
#![cfg(test)]

use symfolio_backend_staged::Staged;
use symfolio_core::{Config, conformance};

#[test]
fn the_contract_is_kept() {
    for verdict in conformance::check(&Staged, &Config::default()) {
        assert_eq!(verdict.outcome, Ok(()), "{}", verdict.name);
    }
}
