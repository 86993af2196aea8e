//! Policies: history in, decision out.
//!
//! Every policy runs the cheap, exact arms first ([`first_arm`]) and hands the rest of the budget out in its own way. All are
//! pure functions of the [`History`], so that a recorded study can be decided again offline.

mod facts;
mod first;
mod prior;
mod rising_ucb;
mod round_robin;
mod standing;
mod successive_halving;
mod thompson;
mod uniform;

use std::sync::Arc;

use symfolio_core::{Action, Decision, History, Policy, StopReason};

pub use facts::{FACTS, facts};
pub use first::{FIRST_SHARE, first_arm};
pub use prior::{Case, Prior, PriorError, Reason};
pub use rising_ucb::RisingUcb;
pub use round_robin::RoundRobin;
pub use successive_halving::SuccessiveHalving;
pub use thompson::Thompson;
pub use uniform::Uniform;

/// The policies by name.
pub const POLICIES: &[&str] = &["rising-ucb", "round-robin", "successive-halving", "thompson", "uniform"];

/// There is no policy of this name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no policy {name:?}; the policies are {}", POLICIES.join(", "))]
pub struct UnknownPolicy {
    /// The name that was asked for.
    pub name: String,
}

/// The policy called `name`.
///
/// # Errors
/// [`UnknownPolicy`] lists the names there are.
pub fn policy(name: &str) -> Result<Arc<dyn Policy>, UnknownPolicy> {
    match name {
        "rising-ucb" => Ok(Arc::new(RisingUcb::default())),
        "round-robin" => Ok(Arc::new(RoundRobin)),
        "successive-halving" => Ok(Arc::new(SuccessiveHalving::default())),
        "thompson" => Ok(Arc::new(Thompson::default())),
        "uniform" => Ok(Arc::new(Uniform)),
        _ => Err(UnknownPolicy { name: name.to_string() }),
    }
}

/// A grant of one ordinary slice to `arm`.
fn grant(arm: usize, work: u64, terms: Vec<(String, f64)>) -> Decision {
    Decision { action: Action::Grant { arm, work }, terms }
}

/// What to do when no arm is ready: wait while a running slice may change that, else stop.
fn nothing_ready(history: &History) -> Decision {
    let running = history.arms.iter().any(|arm| arm.running > 0);
    let action = if running { Action::Wait } else { Action::Stop(StopReason::Exhausted) };
    Decision { action, terms: Vec::new() }
}

#[cfg(test)]
mod testing;
