//! [`Session`]: what is worked on, made from the state and the slice, and made again after a break.

use std::ops::ControlFlow;

use symfolio_core::{Cost, Host, Problem, Slice, StopReason, Table};

use crate::bank::Bank;
use crate::config::EnumerateConfig;
use crate::fingerprint::Fingerprinter;
use crate::goal::Goal;
use crate::growth::Growth;
use crate::pairs::Crowd;
use crate::probes::Probes;
use crate::rounds;
use crate::state::State;
use crate::target::Target;
use crate::vocabulary::Vocabulary;

/// Work after which a search pays: about a millisecond.
pub(crate) const QUANTUM: u64 = 1_000_000;

/// Share of the target's variance below which a formula counts as exact.
const EXACT: f64 = 1e-16;

/// The bank of a round, and what it is compared with.
pub(crate) struct Session {
    /// The rows at which expressions are told apart.
    pub probes: Probes,
    /// What is looked for.
    pub targets: Vec<Target>,
    /// The bank.
    pub growth: Growth,
    /// Sizes that it grows to.
    pub sizes: Vec<usize>,
    /// Variance of the target on the rows that judge.
    pub variance: f64,
    /// Loss below which a formula counts as exact.
    pub exact: f64,
    crowd: Option<(CrowdKey, Crowd)>,
}

/// What a crowd depends on, besides the round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct CrowdKey {
    /// Stage of the round.
    pub stage: usize,
    /// What is screened.
    pub kind: Kind,
    /// About how many pairs.
    pub pairs: usize,
}

/// What a crowd is screened for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Sums that are the target.
    Sums,
    /// Sums that are the target times or over something simple.
    Scaled,
    /// Products.
    Products,
}

impl Session {
    /// The session of a state, with an empty bank: see [`Session::grow_again`].
    pub fn open(
        seed: u64,
        problem: &Problem,
        config: &EnumerateConfig,
        state: &State,
        slice: &Slice,
        table: &Table,
    ) -> Session {
        let probes = Probes::draw(seed, state.round, table, config.probe_rows);
        let vocabulary = Vocabulary::new(problem, &slice.directives.banned_operators, rounds::words(state.round));
        let targets = Target::all(&probes, &vocabulary.operators);
        let fingerprinter = Fingerprinter::new(seed, probes.n());
        let capacity = Bank::capacity(config.memory_mb * 1_000_000, probes.n());
        let sizes = rounds::sizes(state.round, capacity);
        let variance = probes.proof.variance();
        let exact = problem.loss.of((EXACT * variance).sqrt());
        let growth = Growth::new(state.terminals.clone(), vocabulary, &probes, fingerprinter);
        Session { probes, targets, growth, sizes, variance, exact, crowd: None }
    }

    /// Grows the bank to where the state's cursor stands, at most until the host says stop: then it is to be called again. What is made
    /// again is not charged for, or a search that is resumed would pay more than one that is kept.
    pub fn grow_again(&mut self, state: &State, host: &mut dyn Host) -> ControlFlow<StopReason> {
        // The last size also ends this for a cursor that no search leaves behind.
        let last = self.sizes.last().copied().unwrap_or(0);
        let mut work = 0;
        while self.growth.cursor() < state.cursor && self.growth.bank.len() < last {
            work += self.growth.step();
            if work >= QUANTUM {
                work = 0;
                host.charge(Cost::default())?;
            }
        }
        ControlFlow::Continue(())
    }

    /// Is there nothing to look for, or nothing to make it of? So it is where the target is the same in all probe rows.
    pub fn is_hopeless(&self) -> bool {
        self.targets.is_empty() || self.growth.has_no_terminals()
    }

    /// The size that the bank grows to in a stage.
    pub fn size(&self, stage: usize) -> usize {
        self.sizes.get(stage).or(self.sizes.last()).copied().unwrap_or(0)
    }

    /// The first entries of the bank, as many as make about `pairs` pairs with all, and what they are screened for. Taken out while
    /// they are worked with, because that also needs the rest of the session; [`Session::keep`] brings them back.
    pub fn crowd(&mut self, key: CrowdKey) -> Crowd {
        match self.crowd.take() {
            Some((known, crowd)) if known == key => crowd,
            _ => {
                let bank = &self.growth.bank;
                let goals = match key.kind {
                    Kind::Sums => Goal::plain(&self.targets),
                    Kind::Scaled => Goal::scaled(bank, &self.targets),
                    Kind::Products => Vec::new(),
                };
                Crowd::new(bank, goals, (key.pairs / bank.len().max(1)).max(1))
            }
        }
    }

    /// Keeps what [`Session::crowd`] made, for the next step.
    pub fn keep(&mut self, key: CrowdKey, crowd: Crowd) {
        self.crowd = Some((key, crowd));
    }
}
