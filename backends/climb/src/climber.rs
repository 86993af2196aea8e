//! [`Climber`]: a program that is changed step by step.

use std::ops::ControlFlow;

use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};
use symfolio_core::{Host, StopReason};
use symfolio_expr::math;

use crate::bench::Bench;
use crate::change::Change;
use crate::config::ClimbConfig;
use crate::field::Field;
use crate::linear::Linear;
use crate::target::Target;
use crate::team::Team;
use crate::words::Words;

/// A program that is changed step by step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Climber {
    pub program: Linear,
    pub target: Target,
    /// Most terms of its formulas.
    pub terms: usize,
    /// What it is now the sum of; `None` before its first step.
    pub team: Option<Team>,
    /// Steps since its cycle began.
    pub steps: u64,
    /// Number of the cycle.
    pub cycle: u32,
    /// The best formula since then.
    pub record: Option<Record>,
    /// Its energy when it was last told of.
    pub told: Option<f64>,
}

/// A formula worth telling of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Record {
    pub program: Linear,
    /// The results that it is the sum of.
    pub team: Team,
    /// Description length in nats, less that of the target's mean.
    pub energy: f64,
}

/// Nats by which a formula must be better to be told of again.
pub(crate) const NEWS: f64 = 1.0;

/// Work after which a turn pays: about a millisecond.
const QUANTUM: u64 = 1_000_000;

impl Climber {
    /// A climber with a random program.
    pub fn new(rng: &mut ChaCha8Rng, words: &Words, field: &Field, config: &ClimbConfig) -> Climber {
        let program = Linear::random(rng, words, config.constants, config.instructions);
        let n = field.targets.len();
        let transformed = n > 1 && rng.random::<f64>() < config.transformed;
        let target = field.targets[if transformed { rng.random_range(1..n) } else { 0 }].0;
        let terms = rng.random_range(1..=config.terms);
        Climber { program, target, terms, team: None, steps: 0, cycle: 0, record: None, told: None }
    }

    /// Has its best formula got better since it was told of?
    pub fn news(&self) -> Option<&Record> {
        self.record.as_ref().filter(|record| self.told.is_none_or(|told| record.energy < told - NEWS))
    }
}

/// Changes `climber` for some steps of a cycle of `length`, until the host says stop; `allowed` says whether a formula may be told of.
pub(crate) fn climb(
    rng: &mut ChaCha8Rng,
    climber: &mut Climber,
    bench: &mut Bench<'_>,
    length: u64,
    allowed: &dyn Fn(&Linear, Team, Target) -> bool,
    host: &mut dyn Host,
) -> ControlFlow<StopReason> {
    let config = bench.config;
    let mut now = bench.begin(&climber.program, climber.target, climber.terms, climber.team);
    let mut live = climber.program.made_of(now.0.members());
    let cold = config.cold / config.hot;
    let mut flow = ControlFlow::Continue(());
    for _ in 0..config.turn {
        if bench.work >= QUANTUM {
            flow = host.charge(bench.cost());
            if flow.is_break() {
                break;
            }
        }
        let part = climber.steps as f64 / length as f64;
        let temperature = config.hot * math::exp(math::log(cold) * part.min(1.0));
        climber.steps += 1;
        let change = climber.program.mutate(rng, bench.words, live);
        let moved = climber.program.moved_by(change);
        // The point is drawn in any case, so that the stream does not hang on the screen.
        let slack = -temperature * math::log(rng.random::<f64>().max(1e-300));
        let Some(new) = bench.tried(&climber.program, change, moved, slack) else {
            climber.program.undo(change);
            continue;
        };
        let is_record = climber.record.as_ref().is_none_or(|record| new.1 < record.energy);
        if is_record && new.1.is_finite() {
            if !allowed(&climber.program, new.0, climber.target) {
                bench.restore(&climber.program, change);
                climber.program.undo(change);
                continue;
            }
            climber.record = Some(Record { program: climber.program.clone(), team: new.0, energy: new.1 });
        }
        bench.take(climber.program.base(), moved, new.0);
        if new.0 != now.0 || !matches!(change, Change::Constant(..)) {
            live = climber.program.made_of(new.0.members());
        }
        now = new;
    }
    climber.team = Some(now.0);
    flow
}
