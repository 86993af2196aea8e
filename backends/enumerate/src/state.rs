//! [`State`]: all that a search knows between slices, save the bank, which is made again from it.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};
use symfolio_expr::{Expr, Key};

use crate::error::EnumerateError;
use crate::find::Records;
use crate::growth::{Cursor, MAX_COST};

/// Most forms of others that are kept as a source of terminals.
const GUESTS: usize = 16;

/// Entries that no bank has.
const MOST_ENTRIES: usize = 1 << 32;

/// Forms that are remembered as fitted.
const MEASURED: usize = 2000;

/// A form is fitted again when its constants leave less than this share of what they left then.
const NEARER: f64 = 0.7;

/// What is done with the bank.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Phase {
    /// It grows to the size of the stage.
    Grow,
    /// The entries from this one on are met in the middle.
    Meet(usize),
    /// Sums are screened: block of the bank, member of the crowd.
    Sums(usize, usize),
    /// Sums for the target times or over something simple are screened: block of the bank, member of the crowd.
    Scaled(usize, usize),
    /// Products are screened: block of the bank, member of the crowd.
    Products(usize, usize),
}

/// A formula waiting to be measured by the host.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Pending {
    /// The formula.
    pub expr: Expr,
    /// How it came about.
    pub operation: String,
    /// Is it to be offered whatever it comes to? Pinned forms are.
    pub pinned: bool,
}

/// A measured formula that none of the others dominates.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Elite {
    /// Complexity as the problem counts it.
    pub complexity: u32,
    /// Loss on the rows of the slice.
    pub loss: f64,
    /// Loss on the rows that judge; these are drawn anew with every round, and it is computed anew with them.
    #[serde(skip)]
    pub proof: f64,
    /// The formula with its constants.
    pub expr: Expr,
}

/// All that a search knows between slices.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct State {
    /// Number of features of the problem.
    pub n_features: usize,
    /// Version of the rows that everything below belongs to; `None` before the first slice.
    pub rows: Option<u64>,
    /// Version of the directives that were followed last.
    pub directives: u64,
    /// Number of the round.
    pub round: u32,
    /// Stage within the round: how large the bank is to grow.
    pub stage: usize,
    /// What is done with it.
    pub phase: Phase,
    /// Where its growth stands.
    pub cursor: Cursor,
    /// What the round's expressions are made of.
    pub terminals: Vec<Expr>,
    /// The round's best finds.
    pub records: Records,
    /// Are the finds that wait being written down?
    pub settling: bool,
    /// Formulas waiting to be measured, next one last.
    pub pending: Vec<Pending>,
    /// The best formulas, by ascending complexity and descending loss.
    pub elites: Vec<Elite>,
    /// Forms that others found, with their loss, best first.
    pub guests: Vec<(f64, Expr)>,
    /// Forms that were fitted lately, and their loss on the rows that judge before.
    pub measured: VecDeque<(Key, f64)>,
    /// Rounds since something was found or came in.
    pub idle: u32,
}

impl State {
    /// Nothing known yet.
    pub fn new(n_features: usize) -> State {
        State {
            n_features,
            rows: None,
            directives: 0,
            round: 0,
            stage: 0,
            phase: Phase::Grow,
            cursor: Cursor::default(),
            terminals: Vec::new(),
            records: Records::default(),
            settling: false,
            pending: Vec::new(),
            elites: Vec::new(),
            guests: Vec::new(),
            measured: VecDeque::new(),
            idle: 0,
        }
    }

    /// The smallest loss, on the rows that judge, of a formula of at most `complexity` that is held.
    pub fn best_proof(&self, complexity: u32) -> f64 {
        let held = self.elites.iter().filter(|elite| elite.complexity <= complexity);
        held.map(|elite| elite.proof).fold(f64::INFINITY, f64::min)
    }

    /// Is a formula worth fitting: of a form that was not fitted lately, or much nearer to the target than it was then? `proof` is its
    /// loss on the rows that judge. It counts as fitted from now on.
    pub fn is_new(&mut self, form: Key, proof: f64) -> bool {
        if let Some((_, known)) = self.measured.iter_mut().find(|(known, _)| *known == form) {
            let is_nearer = proof < NEARER * *known;
            *known = known.min(proof);
            return is_nearer;
        }
        if self.measured.len() == MEASURED {
            self.measured.pop_front();
        }
        self.measured.push_back((form, proof));
        true
    }

    /// The smallest loss held by a formula of at most `complexity`.
    pub fn best_loss(&self, complexity: u32) -> f64 {
        let held = self.elites.iter().filter(|elite| elite.complexity <= complexity);
        held.map(|elite| elite.loss).fold(f64::INFINITY, f64::min)
    }

    /// Notes a measured formula if it is better than what is held at its complexity; says whether it was. Losses below `floor`
    /// count alike.
    pub fn note(&mut self, elite: Elite, floor: f64) -> bool {
        let level = elite.loss.max(floor);
        let is_better = level < self.best_loss(elite.complexity).max(floor) * (1.0 - 1e-9);
        if !(elite.loss.is_finite() && is_better) {
            return false;
        }
        self.elites.retain(|held| held.complexity < elite.complexity || held.loss.max(floor) < level);
        let at = self.elites.partition_point(|held| held.complexity < elite.complexity);
        self.elites.insert(at, elite);
        true
    }

    /// Keeps a form that others found.
    pub fn welcome(&mut self, loss: f64, expr: &Expr) {
        if self.guests.iter().all(|(_, guest)| guest != expr) {
            let at = self.guests.partition_point(|(other, _)| *other <= loss);
            self.guests.insert(at, (loss, expr.clone()));
            self.guests.truncate(GUESTS);
            self.idle = 0;
        }
    }

    /// Can a search go on from it?
    ///
    /// # Errors
    /// [`EnumerateError::Damaged`] names the first value that no search leaves behind.
    pub fn check(&self) -> Result<(), EnumerateError> {
        let pending = self.pending.iter().map(|pending| &pending.expr);
        let elites = self.elites.iter().map(|elite| &elite.expr);
        let guests = self.guests.iter().map(|(_, expr)| expr);
        for expr in pending.chain(elites).chain(guests).chain(&self.terminals) {
            let known = expr.variables().last().is_none_or(|last| usize::from(*last) < self.n_features);
            let allowed = format!("finite constants and variables below {}", self.n_features);
            EnumerateError::unless(known && expr.is_finite(), "formula", expr.to_prefix(), allowed)?;
        }
        let losses = self.elites.iter().map(|elite| elite.loss).chain(self.guests.iter().map(|(loss, _)| *loss));
        for loss in losses {
            EnumerateError::unless(loss.is_finite() && loss >= 0.0, "loss", loss, "a number not below 0")?;
        }
        let (at, member) = match self.phase {
            Phase::Grow => (0, 0),
            Phase::Meet(at) => (at, 0),
            Phase::Sums(block, member) | Phase::Scaled(block, member) | Phase::Products(block, member) => {
                (block, member)
            }
        };
        let most = at.max(member).max(self.stage);
        EnumerateError::unless(most <= MOST_ENTRIES, "phase", most, format!("at most {MOST_ENTRIES}"))?;
        let cost = self.cursor.cost;
        EnumerateError::unless(cost <= MAX_COST + 1, "cost", cost, format!("at most {}", MAX_COST + 1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_finite_losses_that_are_better_are_noted() {
        let mut state = State::new(1);
        let elite = |complexity: u32, loss: f64| Elite { complexity, loss, proof: loss, expr: Expr::constant(loss) };
        for (complexity, loss, is_noted) in [
            (5, f64::NAN, false),
            (5, f64::INFINITY, false),
            (5, 2.0, true),
            (7, 2.0, false),
            (7, 1.0, true),
            (3, 1.0, true),
            (9, 1e-30, true),
            (11, 1e-40, false),
        ] {
            assert_eq!(state.note(elite(complexity, loss), 1e-20), is_noted, "{complexity} {loss}");
        }
        let held: Vec<(u32, f64)> = state.elites.iter().map(|elite| (elite.complexity, elite.loss)).collect();
        assert_eq!(held, [(3, 1.0), (9, 1e-30)]);
        assert_eq!(state.check(), Ok(()));
    }

    #[test]
    fn the_best_guests_stay() {
        let mut state = State::new(1);
        (0..40).for_each(|i| state.welcome(f64::from((i * 7) % 40), &Expr::constant(f64::from(i))));
        let losses: Vec<f64> = state.guests.iter().map(|(loss, _)| *loss).collect();
        assert_eq!(losses, (0..16).map(f64::from).collect::<Vec<f64>>());
    }
    #[test]
    fn forms_are_fitted_again_only_when_they_are_much_nearer() {
        let mut state = State::new(1);
        let (first, second) = (Expr::var(0).form_key(), Expr::param(1.0).form_key());
        for (form, proof, is_new) in
            [(first, 1.0, true), (first, 0.9, false), (second, 0.9, true), (first, 0.5, true), (first, 0.6, false)]
        {
            assert_eq!(state.is_new(form, proof), is_new, "{proof}");
        }
    }
}
