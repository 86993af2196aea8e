//! Backends that fail cost the study at most two slices, and change no correct result.

use std::sync::Arc;

use symfolio_core::Backend;
use symfolio_engine::Event;

use crate::scripted::{Fault, Faulty, Random, config, front, study};

fn failures(outcome: &symfolio_engine::Outcome, arm: usize) -> usize {
    outcome.state.history.slices.iter().filter(|slice| slice.arm == arm && slice.progress.is_none()).count()
}

#[test]
fn a_search_that_panics_errs_or_cannot_start_is_retired_after_two_slices() {
    for fault in [Fault::Panics, Fault::Errs, Fault::Unsuited] {
        let backends: Vec<Arc<dyn Backend>> = vec![Arc::new(Faulty(fault)), Arc::new(Random)];
        let outcome = study(config("1e7", 2), &backends).run(&mut ()).unwrap();
        assert_eq!(failures(&outcome, 0), 2, "{fault:?}");
        assert!(outcome.state.history.arms[0].retired, "{fault:?}");
        assert!(front(&outcome).len() > 3, "{fault:?}: the other arm found its formulas");
    }
}

#[test]
fn a_search_that_hangs_is_given_up_and_the_study_ends_in_time() {
    for fault in [Fault::Hangs, Fault::Floods] {
        let backends: Vec<Arc<dyn Backend>> = vec![Arc::new(Faulty(fault)), Arc::new(Random)];
        let mut watcher = Watcher::default();
        let outcome = study(config("7s", 2), &backends).run(&mut watcher).unwrap();
        assert!(
            watcher.messages.iter().any(|message| message.contains("its thread was given up")),
            "{fault:?}: {:?}",
            watcher.messages
        );
        assert!(outcome.wall_seconds < 7.5, "{fault:?}: {} s", outcome.wall_seconds);
        assert!(front(&outcome).len() > 3, "{fault:?}");
    }
}

#[test]
fn a_search_that_ignores_break_does_not_hold_the_study_up() {
    let backends: Vec<Arc<dyn Backend>> = vec![Arc::new(Faulty(Fault::Deaf)), Arc::new(Random)];
    let outcome = study(config("5s", 2), &backends).run(&mut ()).unwrap();
    assert!(outcome.state.history.arms[0].retired, "it was given up twice");
    assert!(outcome.wall_seconds < 5.5, "{} s", outcome.wall_seconds);
    assert!(front(&outcome).len() > 3);
}

#[test]
fn what_a_search_offered_before_it_failed_is_kept() {
    let backends: Vec<Arc<dyn Backend>> = vec![Arc::new(Faulty(Fault::OffersThenPanics))];
    for budget in ["1e7", "1s"] {
        let outcome = study(config(budget, 2), &backends).run(&mut ()).unwrap();
        assert_eq!(failures(&outcome, 0), 2, "{budget}");
        let held: Vec<_> = outcome.state.archive.front().iter().map(|held| (held.id, held.origin.clone())).collect();
        assert_eq!(held, [(0, vec!["faulty".to_string()])], "{budget}");
        assert!(outcome.selection.members.iter().any(|member| member.candidate == 0), "{budget}");
    }
}

#[test]
fn an_exhausted_search_that_takes_no_migrants_is_left_alone() {
    let backends: Vec<Arc<dyn Backend>> = vec![Arc::new(Faulty(Fault::Done)), Arc::new(Random)];
    let outcome = study(config("5e7", 2), &backends).run(&mut ()).unwrap();
    let slices = outcome.state.history.slices.iter().filter(|slice| slice.arm == 0).count();
    let runs = outcome.state.runs.iter().filter(|run| run.arm == 0).count();
    assert!(front(&outcome).len() > 3, "the front changed often");
    assert_eq!((slices, runs), (1, 1));
}

#[test]
fn nonsense_offers_change_nothing() {
    let good: Vec<Arc<dyn Backend>> = vec![Arc::new(Random)];
    let both: Vec<Arc<dyn Backend>> = vec![Arc::new(Random), Arc::new(Faulty(Fault::Nonsense))];
    let clean = study(config("1e7", 2), &good).run(&mut ()).unwrap();
    let mixed = study(config("1e7", 2), &both).run(&mut ()).unwrap();
    assert!(mixed.state.accepted.iter().all(|candidate| candidate.origin == ["random"]));
    assert!(clean.selection.members.iter().all(|member| member.expr.is_finite()));
}

#[derive(Default)]
struct Watcher {
    messages: Vec<String>,
}

impl symfolio_engine::Observer for Watcher {
    fn event(&mut self, event: &Event, _: &symfolio_engine::State) {
        if let Event::RunFailed { error, .. } = event {
            self.messages.push(error.clone());
        }
    }
}
