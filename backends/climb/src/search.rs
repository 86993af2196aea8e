//! [`ClimbSearch`]: climbers that take turns.

use std::ops::ControlFlow;
use std::sync::Arc;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use symfolio_core::{Directives, Form, Host, Lineage, Problem, Progress, Search, SearchError, Slice, StopReason};
use symfolio_expr::{Expr, OperatorSet};
use symfolio_fit::Effort;

use crate::bench::Bench;
use crate::climber::{Climber, Record, climb};
use crate::config::ClimbConfig;
use crate::error::ClimbError;
use crate::field::Field;
use crate::linear::{Linear, Shape};
use crate::score::{Line, TERMS};
use crate::state::{Checkpoint, State};
use crate::target::Target;
use crate::team::Team;
use crate::words::{COLUMNS, Words};

/// The random stream that rows are drawn by; those of slices count from 0.
const ROWS: u64 = u64::MAX;
/// A scale or an offset so near to 1 or 0 of the target's deviation is perhaps none.
const NEAR: f64 = 0.05;

/// With scales and an offset.
const WHOLE: Shape = Shape { offset: true, scale: true };

const BARE: Shape = Shape { offset: false, scale: false };
const SHAPES: [Shape; 4] = [WHOLE, Shape { offset: false, scale: true }, Shape { offset: true, scale: false }, BARE];

/// Climbers that take turns.
pub(crate) struct ClimbSearch {
    problem: Arc<Problem>,
    config: ClimbConfig,
    seed: u64,
    state: State,
}

impl ClimbSearch {
    pub fn start(problem: Arc<Problem>, config: ClimbConfig, seed: u64) -> Result<ClimbSearch, ClimbError> {
        if problem.dataset.is_none() {
            return Err(ClimbError::NoData);
        }
        Words::new(seed, &problem, &Directives::default())?;
        Ok(ClimbSearch { problem, config, seed, state: State::default() })
    }

    pub fn resume(problem: Arc<Problem>, bytes: &[u8]) -> Result<ClimbSearch, ClimbError> {
        let n_columns = problem.features.len().min(COLUMNS) as u16;
        let Checkpoint { seed, config, state, .. } = Checkpoint::read(&problem, bytes, n_columns)?;
        Words::new(seed, &problem, &Directives::default())?;
        if problem.dataset.is_none() {
            return Err(ClimbError::NoData);
        }
        Ok(ClimbSearch { problem, config, seed, state })
    }

    /// Begins the next cycle of a climber that has come to the end of one: anew, or from the best formula of any.
    fn next_cycle(&mut self, rng: &mut ChaCha8Rng, words: &Words, field: &Field, at: usize) {
        let cycle = self.state.climbers[at].cycle + 1;
        let from = &self.state.climbers[rng.random_range(0..self.state.climbers.len())];
        let mut climber = match from.record.clone().filter(|_| rng.random::<bool>()) {
            Some(record) => Climber {
                told: Some(record.energy),
                program: record.program,
                team: Some(record.team),
                record: None,
                ..from.clone()
            },
            None => Climber::new(rng, words, field, &self.config),
        };
        (climber.steps, climber.cycle) = (0, cycle);
        self.state.climbers[at] = climber;
    }

    /// Has the host fit the best formula of a climber, and offers what is better than all before. The constants go back into the
    /// program. Where the host says stop, what is left is told of in the climber's next turn.
    fn tell(
        &mut self,
        slice: &Slice,
        host: &mut dyn Host,
        bench: &mut Bench<'_>,
        features: &[u16],
        at: usize,
    ) -> ControlFlow<StopReason> {
        let go_on = ControlFlow::Continue(());
        let climber = &mut self.state.climbers[at];
        let Some(record) = climber.news().cloned() else { return go_on };
        let told = climber.told.replace(record.energy);
        let target = climber.target;
        let Some(line) = bench.line(&record, target) else { return go_on };
        let may_offer = |expr: &Expr| expr.is_finite() && self.problem.allows(expr) && slice.directives.allow(expr);
        let formula = |shape: Shape| {
            let (expr, order) = record.program.expr(record.team.members(), &line, shape, features)?;
            Some((target.undone(expr), order))
        };
        // Where the whole of it is not allowed, because it is too long or takes a banned operator, some of it may be.
        let is_allowed = formula(WHOLE).is_some_and(|(expr, _)| may_offer(&expr));
        for shape in if is_allowed { Shape::likely(&line) } else { SHAPES.to_vec() } {
            let Some((expr, order)) = formula(shape) else { return go_on };
            if !may_offer(&expr) || !self.state.is_new(expr.form_key(), record.energy) {
                continue;
            }
            let Some(evaluation) = host.evaluate(&[Form::Expr(expr)], Effort::Quick).pop() else { return go_on };
            let Some(fitted) = evaluation.form.expr().cloned() else { return go_on };
            if !may_offer(&fitted) {
                continue;
            }
            if shape == WHOLE {
                self.state.climbers[at].learn(&record, &order, fitted.params());
            }
            if self.state.is_news(evaluation.complexity, evaluation.loss) {
                host.offer(evaluation.form, Lineage::root(format!("climb to {}", target.name())));
            }
            if let ControlFlow::Break(reason) = host.charge(bench.cost()) {
                self.state.climbers[at].told = told;
                return ControlFlow::Break(reason);
            }
        }
        go_on
    }
}

impl Shape {
    /// With both, and without those that seem to be none.
    fn likely(line: &Line) -> Vec<Shape> {
        // A scale of its own for every term, or for none.
        let offsets: &[bool] = if line.offset.abs() < NEAR * line.deviation { &[true, false] } else { &[true] };
        let none = line.scales.iter().all(|scale| (scale - 1.0).abs() < NEAR);
        let scales: &[bool] = if none { &[true, false] } else { &[true] };
        offsets.iter().flat_map(|offset| scales.iter().map(|scale| Shape { offset: *offset, scale: *scale })).collect()
    }
}

impl Climber {
    /// Takes over constants that were fitted to the formula of `record`; `order` says which of the program's they are.
    fn learn(&mut self, record: &Record, order: &[Option<usize>], fitted: &[f64]) {
        let set = |program: &mut Linear| {
            for (constant, value) in order.iter().zip(fitted) {
                if let Some(constant) = constant {
                    program.constants[*constant] = *value;
                }
            }
        };
        if self.program.code == record.program.code {
            set(&mut self.program);
        }
        if let Some(record) = &mut self.record {
            set(&mut record.program);
        }
    }
}

impl Search for ClimbSearch {
    fn advance(&mut self, slice: &Slice, host: &mut dyn Host) -> Result<Progress, SearchError> {
        let problem = self.problem.clone();
        let Some(dataset) = &problem.dataset else { return Err(ClimbError::NoData.into()) };
        let words = Words::new(self.seed, &problem, &slice.directives)?;
        let mut by_rows = ChaCha8Rng::seed_from_u64(self.seed ^ slice.rows.version);
        by_rows.set_stream(ROWS);
        let banned = &slice.directives.banned_operators;
        let operators = OperatorSet::new(problem.operators.ops().iter().copied().filter(|op| !banned.contains(op)));
        let field = Field::gather(&mut by_rows, dataset, &slice.rows, &words.features(), &operators, &self.config);
        if field.targets.is_empty() {
            return Ok(Progress::Exhausted);
        }
        let mut rng = ChaCha8Rng::seed_from_u64(self.seed);
        rng.set_stream(slice.index);
        if self.state.rows.replace(slice.rows.version) != Some(slice.rows.version) {
            self.state.forget();
        }
        if std::mem::replace(&mut self.state.directives, slice.directives.version) != slice.directives.version {
            self.state.forget();
        }
        // What takes banned operators, in its program or around it, cannot get rid of them.
        self.state.climbers.retain(|climber| {
            field.has(climber.target) && climber.program.code.iter().all(|instruction| words.has(instruction.op))
        });
        self.state.next = self.state.next.min(self.state.climbers.len());
        while self.state.climbers.len() < self.config.climbers {
            let climber = Climber::new(&mut rng, &words, &field, &self.config);
            self.state.climbers.push(climber);
        }
        let config = self.config.clone();
        let mut bench = Bench::new(&field, &words, &config);
        let features = words.features();
        // What is around the terms may be left out where it is not allowed.
        let nothing = Line { offset: 0.0, deviation: 0.0, scales: vec![1.0; TERMS] };
        let allowed = |program: &Linear, team: Team, target: Target| {
            let expr = program.expr(team.members(), &nothing, BARE, &features).map(|(expr, _)| target.undone(expr));
            expr.is_some_and(|expr| problem.allows(&expr) && slice.directives.allow(&expr))
        };
        loop {
            let at = self.state.next;
            // What a turn found that was cut short comes first.
            if self.tell(slice, host, &mut bench, &features, at).is_break() {
                return Ok(Progress::Paused);
            }
            let length = config.cycle * luby(self.state.climbers[at].cycle + 1);
            let climber = &mut self.state.climbers[at];
            if climb(&mut rng, climber, &mut bench, length, &allowed, host).is_break()
                || self.tell(slice, host, &mut bench, &features, at).is_break()
            {
                return Ok(Progress::Paused);
            }
            if self.state.climbers[at].steps >= length {
                self.next_cycle(&mut rng, &words, &field, at);
            }
            self.state.next = (at + 1) % self.state.climbers.len();
            if host.charge(bench.cost()).is_break() {
                return Ok(Progress::Paused);
            }
        }
    }

    fn checkpoint(&self) -> Result<Option<Vec<u8>>, SearchError> {
        let n_features = self.problem.features.len();
        let checkpoint =
            Checkpoint { seed: self.seed, n_features, config: self.config.clone(), state: self.state.clone() };
        let bytes = serde_json::to_vec(&checkpoint).map_err(|error| SearchError::Checkpoint(error.to_string()))?;
        Ok(Some(bytes))
    }
}

/// The sequence 1, 1, 2, 1, 1, 2, 4, ... (Luby, Sinclair and Zuckerman 1993), which loses little whatever the best length is.
fn luby(mut at: u32) -> u64 {
    loop {
        let power = 32 - at.leading_zeros();
        if at == (1 << power) - 1 {
            return 1 << (power - 1);
        }
        at -= (1 << (power - 1)) - 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cycles_follow_lubys_sequence() {
        let found: Vec<u64> = (1..=15).map(luby).collect();
        assert_eq!(found, [1, 1, 2, 1, 1, 2, 4, 1, 1, 2, 1, 1, 2, 4, 8]);
    }
    #[test]
    fn an_offset_that_is_small_beside_the_target_may_be_none() {
        let cases =
            [(0.2, 10.0, 5.0, true), (-0.2, 10.0, 5.0, true), (0.2, 1.0, 300.0, false), (2.0, 10.0, 5.0, false)];
        for (offset, deviation, scale, is_near) in cases {
            let line = Line { offset, deviation, scales: vec![scale] };
            assert_eq!(Shape::likely(&line).iter().any(|shape| !shape.offset), is_near, "{offset} {deviation} {scale}");
        }
    }
}
