//! [`Team`]: the results whose sum, each with a scale, is a formula.

use serde::{Deserialize, Serialize};

use crate::score::TERMS;

/// Positions of the results whose sum, each with a scale, is a formula: one to [`TERMS`].
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Team {
    at: [usize; TERMS],
    n: usize,
}

impl Team {
    pub fn one(at: usize) -> Team {
        Team { at: [at; TERMS], n: 1 }
    }

    /// Those of `at` whose indices are `chosen`.
    pub fn of(at: &[usize], chosen: &[usize]) -> Team {
        let mut team = Team { at: [at[chosen[0]]; TERMS], n: chosen.len() };
        chosen.iter().enumerate().for_each(|(index, which)| team.at[index] = at[*which]);
        team
    }

    pub fn members(&self) -> &[usize] {
        &self.at[..self.n]
    }

    /// Is it one of results of a program of so many instructions?
    pub fn is_sound(&self, length: usize) -> bool {
        (1..=TERMS).contains(&self.n) && self.at.iter().all(|at| *at < length)
    }
}
