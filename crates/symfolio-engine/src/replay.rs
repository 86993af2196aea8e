//! [`replay`]: what another policy would have decided in a study that is over.

use symfolio_core::{Action, Decision, Policy};

use crate::driver::decision_seed;
use crate::{Event, State};

/// A decision of a recorded study, taken again.
#[derive(Clone, Debug, PartialEq)]
pub struct Redecision {
    /// Number of the slice that was granted then.
    pub slice: u64,
    /// Share of the budget that was spent, 0 to 1.
    pub spent: f64,
    /// The arm that got the slice.
    pub recorded: usize,
    /// What the policy decides, knowing what was known then.
    pub decision: Decision,
}

impl Redecision {
    /// The arm that the policy grants a slice to; `None` where it waits or stops.
    pub fn arm(&self) -> Option<usize> {
        match self.decision.action {
            Action::Grant { arm, .. } => Some(arm),
            Action::Wait | Action::Stop(_) => None,
        }
    }
}

/// Takes every decision of a recorded study again by `policy`, each with the history as it was then: the study goes the way that
/// it went, whatever the policy says. The policy of the study itself decides as it did. `None` where the log does not begin with
/// the study's start.
pub fn replay(events: &[Event], policy: &dyn Policy) -> Option<Vec<Redecision>> {
    let Event::StudyStarted { seed, .. } = events.first()? else { return None };
    let mut decisions = Vec::new();
    State::replay(events, |state, event| {
        let Event::SliceGranted(grant) = event else { return };
        let recorded = state.arm_of(grant.run);
        let history = state.history_for(state.history.arms[recorded].network);
        let decision = policy.decide(&history, decision_seed(*seed, state.slices));
        decisions.push(Redecision { slice: grant.slice, spent: history.spent, recorded, decision });
    })?;
    Some(decisions)
}
