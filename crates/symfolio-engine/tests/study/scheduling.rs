//! Who gets the budget: policies in whole studies, shares, and decisions taken again.

use std::collections::BTreeMap;
use std::sync::Arc;

use symfolio_core::{Backend, StopReason};
use symfolio_engine::{Folder, Outcome, State, StudyConfig, replay};
use symfolio_scheduler::{POLICIES, policy};

use crate::scripted::{Fault, Faulty, Random, config, lines, study};

/// An arm that runs first and finds nothing, and one that finds something.
fn backends() -> Vec<Arc<dyn Backend>> {
    vec![Arc::new(Faulty(Fault::Idle)), Arc::new(Random)]
}

/// Share of the work that arm `arm` took.
fn share(outcome: &Outcome, arm: usize) -> f64 {
    let slices = &outcome.state.history.slices;
    let own: u64 = slices.iter().filter(|slice| slice.arm == arm).map(|slice| slice.cost.work).sum();
    own as f64 / outcome.cost.work as f64
}

fn run(policy: &str, shares: &[(&str, f64)]) -> Outcome {
    let shares = shares.iter().map(|(name, share)| (name.to_string(), *share)).collect();
    study(StudyConfig { policy: policy.into(), shares, ..config("3e7", 2) }, &backends()).run(&mut ()).unwrap()
}

#[test]
fn an_arm_that_finds_nothing_gets_little_from_policies_that_look() {
    // 30 % of the budget, which is a third of the search's part of it, go to cheap, exact arms whatever they find.
    for (policy, least, most) in [("round-robin", 0.4, 0.6), ("uniform", 0.3, 0.75), ("rising-ucb", 0.25, 0.39)] {
        let share = share(&run(policy, &[]), 0);
        assert!((least..most).contains(&share), "{policy}: {share}");
    }
}

#[test]
fn rewards_are_shared_with_the_parents_and_sum_up() {
    let outcome = run("rising-ucb", &[]);
    let slices = &outcome.state.history.slices;
    let (gain, credit) = slices.iter().fold((0.0, 0.0), |(gain, credit), slice| {
        (gain + slice.reward.gain, credit + slice.reward.credit.iter().map(|(_, credit)| credit).sum::<f64>())
    });
    assert!(gain > 1.0 && (gain / credit - 1.0f64).abs() < 1e-9, "{gain} {credit}");
    let levels: Vec<f64> = slices.iter().filter_map(|slice| slice.reward.level).collect();
    assert!(levels.iter().all(|level| (0.0..=1.0).contains(level)) && levels.iter().any(|level| *level > 0.2));
    assert!(slices.iter().filter(|slice| slice.arm == 0).all(|slice| slice.reward.level.is_none()));
}

#[test]
fn a_share_is_kept_to() {
    let outcome = run("round-robin", &[("faulty", 0.1)]);
    assert!((0.05..0.13).contains(&share(&outcome, 0)), "{}", share(&outcome, 0));
    // With nothing else to give the budget to, the rest of it is left.
    let outcome = run("round-robin", &[("faulty", 0.1), ("random", 0.2)]);
    assert_eq!(outcome.reason, StopReason::Exhausted);
    assert!(outcome.cost.work < 1.2e7 as u64, "{}", outcome.cost.work);
    let wrong = |name: &str, share| {
        let shares = BTreeMap::from([(name.to_string(), share)]);
        let config = StudyConfig { shares, ..config("1e7", 1) };
        symfolio_engine::Study::new(crate::scripted::dataset(50), config, &backends()).unwrap_err().to_string()
    };
    assert_eq!(wrong("random", 1.5), "shares.random = 1.5 is not between 0 and 1");
    assert_eq!(wrong("radom", 0.5), "there is no backend \"radom\"; the backends are faulty, random");
}

#[test]
fn a_log_tells_its_state_and_the_same_policy_decides_as_it_did() {
    let scratch = tempfile::tempdir().unwrap();
    for (name, budget) in [("rising-ucb", "2e7"), ("thompson", "2e7"), ("uniform", "1s"), ("rising-ucb", "1s")] {
        let dir = scratch.path().join(format!("{name}-{budget}"));
        let config = StudyConfig { policy: name.into(), ..config(budget, 2) };
        let outcome = study(config, &backends()).keep_in(&dir).unwrap().run(&mut ()).unwrap();
        let (_, events) = Folder::read(&dir).unwrap();
        let told = State::of(&events).unwrap();
        assert_eq!(lines(&told.archive), lines(&outcome.state.archive));
        assert_eq!(told.history, outcome.state.history);
        let decided = replay(&events, &*policy(name).unwrap()).unwrap();
        assert!(decided.len() > 20, "{}", decided.len());
        let other = |decision: &&symfolio_engine::Redecision| decision.arm() != Some(decision.recorded);
        // Running free, a decision knows the time to the microsecond, and the log the time of its last entry.
        let tolerated = if budget.ends_with('s') { decided.len() / 20 } else { 0 };
        assert!(decided.iter().filter(other).count() <= tolerated, "{name} {budget}");
        // With a budget in work the decisions are the same every time, and so is that others decide otherwise.
        let differs = |policy_: &&str| replay(&events, &*policy(policy_).unwrap()).unwrap().iter().any(|d| other(&d));
        assert!(tolerated > 0 || POLICIES.iter().any(differs), "no other policy decides otherwise than {name}");
    }
}
