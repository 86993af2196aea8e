//! The conformance suite finds every fault that it is there for, and no other.
#![cfg(test)]
#![allow(clippy::unwrap_used, clippy::panic, reason = "backends that are broken on purpose")]

mod toy;

use symfolio_core::{Config, conformance};
use toy::{Fault, Toy};

const REPEAT: &str = "the same inputs give the same offers at the same cost";
const RESUME: &str = "saved and resumed equals kept in memory";
const STOP: &str = "it returns after Break";
const ALLOWED: &str = "offers keep to operators and constraints and have finite constants";
const ROWS: &str = "changed rows are honoured";
const BANS: &str = "banned operators and forms are not offered";
const PINS: &str = "pinned forms are taken in";
const CONFIG: &str = "a configuration that means nothing is an error";
const CHECKPOINT: &str = "a checkpoint that means nothing is an error";
const MIGRANTS: &str = "migrants that are not finite do no harm";
const ANSWERS: &str = "answers that are errors or no formulas do no harm";

/// The checks that fail are `expected`, whether or not the toy has forms of its own.
fn check(fault: Fault, lives_on_migrants: bool, expected: &[&str]) {
    let verdicts = conformance::check(&Toy { fault, lives_on_migrants }, &Config::default());
    let failed: Vec<_> = verdicts.iter().filter(|verdict| verdict.outcome.is_err()).collect();
    assert_eq!(failed.iter().map(|verdict| verdict.name).collect::<Vec<_>>(), expected, "{fault:?}: {failed:#?}");
}

#[test]
fn a_sound_search_passes() {
    check(Fault::None, false, &[]);
    check(Fault::None, true, &[]);
}

#[test]
fn every_fault_fails_the_check_that_is_meant_for_it() {
    for (fault, name) in [
        (Fault::OrderByChance, REPEAT),
        (Fault::CostByChance, REPEAT),
        (Fault::ResumesFromScratch, RESUME),
        (Fault::ResumesWithOtherConstants, RESUME),
        (Fault::ResumesDearer, RESUME),
        (Fault::ResumesExhausted, RESUME),
        (Fault::SavesNothing, RESUME),
        (Fault::ChargesOn, STOP),
        (Fault::EvaluatesOn, STOP),
        (Fault::OffersOn, STOP),
        (Fault::AsksOn, STOP),
        (Fault::NeverCharges, STOP),
        (Fault::ChargesLate, STOP),
        (Fault::UnknownOperators, ALLOWED),
        (Fault::TooComplex, ALLOWED),
        (Fault::OldRows, ROWS),
        (Fault::BannedOperators, BANS),
        (Fault::BannedForms, BANS),
        (Fault::NoPins, PINS),
        (Fault::AnyConfig, CONFIG),
        (Fault::PanicsAtConfig, CONFIG),
        (Fault::VagueConfigError, CONFIG),
        (Fault::AnyCheckpoint, CHECKPOINT),
        (Fault::PanicsAtCheckpoint, CHECKPOINT),
        (Fault::DiesOfNan, MIGRANTS),
        (Fault::PanicsAtUnknownVariable, MIGRANTS),
        (Fault::OffersBadMigrants, MIGRANTS),
        (Fault::DiesOfFailedAnswer, ANSWERS),
        (Fault::PanicsAtAnswer, ANSWERS),
        (Fault::AsksForEver, ANSWERS),
        (Fault::AsksNothing, ANSWERS),
    ] {
        check(fault, false, &[name]);
    }
}

#[test]
fn faults_of_searches_that_live_on_migrants_are_found_too() {
    for (fault, name) in [
        (Fault::ResumesDearer, RESUME),
        (Fault::OldRows, ROWS),
        (Fault::BannedOperators, BANS),
        (Fault::BannedForms, BANS),
        (Fault::NoPins, PINS),
        (Fault::PanicsAtUnknownVariable, MIGRANTS),
    ] {
        check(fault, true, &[name]);
    }
}

#[test]
fn what_is_wrong_everywhere_fails_everywhere() {
    // Nothing can be said of offers that are not made.
    check(Fault::Silent, false, &[REPEAT, RESUME, ALLOWED, ROWS, BANS, PINS, MIGRANTS, ANSWERS]);
    check(Fault::NotFinite, false, &[ALLOWED, MIGRANTS, ANSWERS]);
    check(
        Fault::NeverReturns,
        false,
        &[REPEAT, RESUME, STOP, ALLOWED, ROWS, BANS, PINS, CHECKPOINT, MIGRANTS, ANSWERS],
    );
}
