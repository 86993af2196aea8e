//! [`explain`]: why a study spent its budget as it did, and where its formulas come from.

mod lineage;

use serde::Serialize;
use symfolio_core::{Budget, Candidate, Exchange, Need, Profile};
use symfolio_engine::{Event, State, StudyConfig};
use symfolio_expr::infix;
use symfolio_scheduler::Reason;

use lineage::Lineages;
pub use lineage::{Ancestor, FrontAccount};

/// Why a study spent its budget as it did, and where its formulas come from. Follows from the study's folder alone, without its data.
#[derive(Clone, Debug, Serialize)]
pub struct Explanation {
    /// Version of the format.
    pub schema: u32,
    /// The name of the column to explain.
    pub target: String,
    /// The names of the features.
    pub features: Vec<String>,
    /// What the data is like.
    pub profile: Profile,
    /// Who decided; several where the study was taken up again under another policy, the first one first.
    pub policy: String,
    /// What might be spent.
    pub budget: Budget,
    /// Share of the budget that slices took, 0 to 1.
    pub spent: f64,
    /// What work, tokens and dollars were worth beside each other.
    pub exchange: Exchange,
    /// The methods, in the order of the portfolio.
    pub arms: Vec<ArmAccount>,
    /// Methods that took no part because they ask an oracle, and there was none.
    pub without_oracle: Vec<String>,
    /// The facts of the profile that moved what past runs led to expect, the strongest first.
    pub reasons: Vec<Reason>,
    /// For each tenth of what slices cost, the share of each method in it, in the order of `arms`.
    pub timeline: Vec<Vec<f64>>,
    /// The decisions in order.
    pub decisions: Vec<DecisionAccount>,
    /// The sub-problems that searches proposed, in order; refused ones are left out.
    pub views: Vec<ViewAccount>,
    /// The formulas of the archive, the simplest first, before the final choice tidied them.
    pub front: Vec<FrontAccount>,
}

/// A sub-problem and what came of it.
#[derive(Clone, Debug, Serialize)]
pub struct ViewAccount {
    /// Its number within the study.
    pub view: u32,
    /// What it is, in words.
    pub about: String,
    /// The method that proposed it.
    pub backend: String,
    /// Its share of what slices cost, 0 to 1.
    pub share: f64,
    /// Slices that ended.
    pub slices: usize,
    /// Is no more to be done on it?
    pub closed: bool,
    /// Was a form found that is exact on it?
    pub exact: bool,
    /// The best formula that was found on it, over its own features; empty where there is none.
    pub best: String,
    /// What that leaves of the loss of the best constant there; 1 where there is none.
    pub left: f64,
    /// Formulas found on it that entered the archive of the whole.
    pub lifted: usize,
}

/// What a method got and gave.
#[derive(Clone, Debug, Serialize)]
pub struct ArmAccount {
    /// Its name.
    pub backend: String,
    /// Its share of what slices cost, 0 to 1.
    pub share: f64,
    /// Slices that ended.
    pub slices: usize,
    /// Searches that it began, and how many of them failed.
    pub runs: usize,
    /// How many of them failed.
    pub failed: usize,
    /// Its share of all gain in hypervolume, its part in what others made of its candidates included; 0 to 1.
    pub credit: f64,
    /// How far forms of its own came, 0 for the best constant to 1 for the noise.
    pub level: f64,
    /// Complexity that it took off candidates.
    pub simplified: u32,
    /// What past runs led to expect of it, 0 to 1.
    pub prior: f64,
    /// Had it nothing left to try at the end?
    pub exhausted: bool,
}

/// A decision and what came of it.
#[derive(Clone, Debug, Serialize)]
pub struct DecisionAccount {
    /// Number of the slice.
    pub slice: u64,
    /// Share of the budget that was spent.
    pub spent: f64,
    /// The method that got it.
    pub backend: String,
    /// Work granted.
    pub work: u64,
    /// The figures that led to it.
    pub terms: Vec<(String, f64)>,
    /// Growth of the archive's hypervolume; `None` where the slice did not end.
    pub gain: Option<f64>,
    /// Offers that entered the archive.
    pub accepted: usize,
}

/// Parts of the cost in [`Explanation::timeline`].
const TENTHS: usize = 10;
/// Facts named at most.
const REASONS: usize = 4;

/// Why the study with this log and configuration spent its budget as it did; `None` where the log does not begin with the study's
/// start.
pub fn explain(events: &[Event], config: &StudyConfig) -> Option<Explanation> {
    let Event::StudyStarted { policy, profile, features, target, .. } = events.first()? else { return None };
    let mut decisions = Vec::new();
    let state = State::replay(events, |state, event| match event {
        Event::SliceGranted(grant) => decisions.push(DecisionAccount {
            slice: grant.slice,
            spent: state.spent(),
            backend: state.history.arms[state.arm_of(grant.run)].backend.clone(),
            work: grant.work,
            terms: grant.decision.terms.clone(),
            gain: None,
            accepted: 0,
        }),
        Event::SliceEnded { slice, reward, accepted, .. }
        | Event::RunFailed { slice: Some(slice), reward, accepted, .. } => {
            if let Some(decision) = decisions.iter_mut().rev().find(|decision| decision.slice == *slice) {
                (decision.gain, decision.accepted) = (Some(reward.gain), accepted.len());
            }
        }
        _ => {}
    })?;
    let names: Vec<&str> = state.history.arms.iter().map(|arm| arm.backend.as_str()).collect();
    // A prior that is gone explains nothing; what it said stands in the log.
    let prior = config.prior().unwrap_or_default();
    Some(Explanation {
        schema: 1,
        target: target.clone(),
        features: features.clone(),
        profile: (**profile).clone(),
        policy: policies(policy, events),
        budget: symfolio_engine::last_budget(events)?,
        spent: state.spent(),
        exchange: state.history.exchange,
        arms: arms(&state),
        without_oracle: without_oracle(config),
        reasons: prior.reasons(profile, &names, REASONS),
        timeline: timeline(&state),
        decisions,
        views: views(&state, features),
        front: Lineages::new(&state).front(&state, features),
    })
}

/// The built-in methods that would have taken part if there had been an oracle.
fn without_oracle(config: &StudyConfig) -> Vec<String> {
    if config.oracle.is_some() || !config.only.is_empty() {
        return Vec::new();
    }
    let all = crate::backends();
    let asks = all.iter().filter(|backend| backend.traits().needs.contains(&Need::Oracle));
    asks.map(|backend| backend.name().to_string()).filter(|name| !config.without.contains(name)).collect()
}

/// The policies of all sessions, in words.
fn policies(first: &str, events: &[Event]) -> String {
    let mut policies = vec![first];
    for event in events {
        if let Event::StudyResumed { settings: Some(settings), .. } = event
            && policies.last() != Some(&settings.policy.as_str())
        {
            policies.push(&settings.policy);
        }
    }
    policies.join(", then ")
}

/// The study's candidates and what was made of what, in the language of Graphviz; `None` as for [`explain`].
pub fn lineage_dot(events: &[Event]) -> Option<String> {
    let Event::StudyStarted { features, .. } = events.first()? else { return None };
    let state = State::of(events)?;
    Some(Lineages::new(&state).dot(&state, features))
}

fn views(state: &State, features: &[String]) -> Vec<ViewAccount> {
    let all = (0u32..).zip(&state.views);
    all.filter_map(|(number, view)| {
        let opened = view.opened.as_ref()?;
        let names: Vec<String> = opened.view.features.iter().map(|feature| infix(feature, features)).collect();
        let best = view.archive.front().last();
        let of = |held: &&Candidate| state.runs.get(held.run as usize).is_some_and(|run| run.view == Some(number));
        Some(ViewAccount {
            view: number,
            about: opened.view.about.clone(),
            backend: state.history.arms[state.arm_of(view.run)].backend.clone(),
            share: state.history.share(view.history.seconds(|_| true)),
            slices: view.history.slices.len(),
            closed: view.closed,
            exact: view.exact,
            best: best.and_then(|best| best.form.expr()).map_or_else(String::new, |expr| infix(expr, &names)),
            left: best.map_or(1.0, |best| best.loss / opened.scale.baseline),
            lifted: state.accepted.iter().filter(of).count(),
        })
    })
    .collect()
}

fn arms(state: &State) -> Vec<ArmAccount> {
    let slices = &state.history.slices;
    let gain: f64 = slices.iter().map(|slice| slice.reward.gain).sum();
    let account = |index: usize| {
        let own = || slices.iter().filter(|slice| slice.arm == index);
        let runs = || (0..).zip(&state.runs).filter(|(run, _)| state.arm_of(*run) == index);
        let credit = slices.iter().flat_map(|slice| &slice.reward.credit).filter(|(arm, _)| *arm == index);
        let arm = &state.history.arms[index];
        ArmAccount {
            backend: arm.backend.clone(),
            share: state.history.share(state.history.seconds(|arm| arm == index)),
            slices: own().count(),
            runs: runs().count(),
            failed: runs().filter(|(_, run)| run.failed).count(),
            credit: if gain > 0.0 { credit.map(|(_, credit)| credit).sum::<f64>() / gain } else { 0.0 },
            level: own().filter_map(|slice| slice.reward.level).fold(0.0, f64::max),
            simplified: own().map(|slice| slice.reward.simplified).sum(),
            prior: arm.prior,
            exhausted: arm.exhausted,
        }
    };
    (0..state.history.arms.len()).map(account).collect()
}

/// The share of each arm in each tenth of what slices cost.
fn timeline(state: &State) -> Vec<Vec<f64>> {
    let slices = &state.history.slices;
    let total = state.history.seconds(|_| true);
    if total <= 0.0 {
        return Vec::new();
    }
    let part = total / TENTHS as f64;
    let mut timeline = vec![vec![0.0; state.history.arms.len()]; TENTHS];
    let mut done = 0.0;
    for slice in slices.iter() {
        let (begin, end) = (done, done + state.history.exchange.seconds(slice.cost));
        done = end;
        for (tenth, shares) in timeline.iter_mut().enumerate() {
            let (low, high) = (tenth as f64 * part, (tenth + 1) as f64 * part);
            shares[slice.arm] += (end.min(high) - begin.max(low)).max(0.0) / part;
        }
    }
    timeline
}
