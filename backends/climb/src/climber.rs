//! [`Climber`]: a program that is changed step by step; [`Bench`]: where its results are computed.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};
use symfolio_expr::{Expr, Op, Registers, math};

use crate::config::ClimbConfig;
use crate::field::Field;
use crate::linear::{Change, Linear};
use crate::score::{Line, Ruler};
use crate::target::Target;
use crate::words::Words;

/// A program that is changed step by step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Climber {
    pub program: Linear,
    pub target: Target,
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
    /// The instruction that it is the result of.
    pub at: usize,
    /// Description length in nats, less that of the target's mean.
    pub energy: f64,
}

/// Nats by which a formula must be better to be told of again.
const NEWS: f64 = 1.0;
/// Nats that the rows that are not looked at yet may say in favour of a step.
const DOUBT: f64 = 12.0;

/// Where the results of one program are computed.
pub(crate) struct Bench<'a> {
    field: &'a Field,
    words: &'a Words,
    config: &'a ClimbConfig,
    registers: Registers,
    /// Energy of each result on the first rows and on all.
    energies: [Vec<f64>; 2],
    tried: [Vec<f64>; 2],
    sizes: Vec<u32>,
    tried_sizes: Vec<u32>,
    /// In additions of one row.
    pub work: u64,
    pub node_rows: u64,
}

impl Climber {
    /// A climber with a random program; `place` of `of` climbers says what it climbs towards.
    pub fn new(rng: &mut ChaCha8Rng, words: &Words, field: &Field, config: &ClimbConfig) -> Climber {
        let program = Linear::random(rng, words, config.constants, config.instructions);
        let n = field.targets.len();
        let transformed = n > 1 && rng.random::<f64>() < config.transformed;
        let target = field.targets[if transformed { rng.random_range(1..n) } else { 0 }].0;
        Climber { program, target, steps: 0, cycle: 0, record: None, told: None }
    }

    /// Has its best formula got better since it was told of?
    pub fn news(&self) -> Option<&Record> {
        self.record.as_ref().filter(|record| self.told.is_none_or(|told| record.energy < told - NEWS))
    }
}

impl<'a> Bench<'a> {
    pub fn new(field: &'a Field, words: &'a Words, config: &'a ClimbConfig) -> Bench<'a> {
        let base = field.columns.len() + config.constants;
        let mut registers = Registers::new(base + 2 * config.instructions);
        field.columns.iter().enumerate().for_each(|(at, column)| registers.set(at, column));
        let nothing = || vec![f64::INFINITY; config.instructions];
        Bench {
            field,
            words,
            config,
            registers,
            energies: [nothing(), nothing()],
            tried: [nothing(), nothing()],
            sizes: vec![0; config.instructions],
            tried_sizes: vec![0; config.instructions],
            work: 0,
            node_rows: 0,
        }
    }

    fn rulers(&self, target: Target) -> &'a [Ruler; 2] {
        let field = self.field;
        // A target is one of the field's: climbers are checked when they are read.
        let found = field.targets.iter().find(|(known, _)| *known == target);
        &found.unwrap_or(&field.targets[0]).1
    }

    /// Changes `climber` for some steps; `allowed` says whether a formula may be told of.
    pub fn climb(
        &mut self,
        rng: &mut ChaCha8Rng,
        climber: &mut Climber,
        length: u64,
        allowed: &dyn Fn(&Linear, usize, Target) -> bool,
    ) {
        let rulers = self.rulers(climber.target);
        self.compute(&climber.program, rulers);
        let mut now = best(&self.energies[1]);
        let mut live = climber.program.made_of(now.0);
        let cold = self.config.cold / self.config.hot;
        for _ in 0..self.config.turn {
            let part = climber.steps as f64 / length as f64;
            let temperature = self.config.hot * math::exp(math::log(cold) * part.min(1.0));
            climber.steps += 1;
            let change = climber.program.mutate(rng, self.words, live);
            let moved = climber.program.moved_by(change);
            // The point is drawn in any case, so that the stream does not hang on the screen.
            let slack = -temperature * math::log(rng.random::<f64>().max(1e-300));
            let Some(new) = self.tried(&climber.program, change, moved, rulers, now, slack) else {
                climber.program.undo(change);
                continue;
            };
            let is_record = climber.record.as_ref().is_none_or(|record| new.1 < record.energy);
            if is_record && new.1.is_finite() {
                if !allowed(&climber.program, new.0, climber.target) {
                    climber.program.undo(change);
                    continue;
                }
                climber.record = Some(Record { program: climber.program.clone(), at: new.0, energy: new.1 });
            }
            self.take(&climber.program, moved, rulers[0].rows < rulers[1].rows);
            now = new;
            live = climber.program.made_of(now.0);
        }
    }

    /// Computes all of a program.
    fn compute(&mut self, program: &Linear, rulers: &[Ruler; 2]) {
        let n_columns = usize::from(program.n_columns);
        for (at, constant) in program.constants.iter().enumerate() {
            self.registers.fill(n_columns + at, *constant);
        }
        let base = program.base();
        for at in 0..program.code.len() {
            let instruction = program.code[at];
            self.apply(instruction.op, instruction.args.map(usize::from), base + at, rulers[1].rows);
            self.sizes[at] = program.size(at, &self.sizes);
            for (which, ruler) in rulers.iter().enumerate() {
                self.energies[which][at] = self.energy(base + at, ruler, self.sizes[at]);
            }
        }
    }

    /// The best result and its energy after a change, where that is at most by `slack` above what it is `now`; what is moved is left in the
    /// registers for trial.
    fn tried(
        &mut self,
        program: &Linear,
        change: Change,
        moved: u64,
        rulers: &[Ruler; 2],
        now: (usize, f64),
        slack: f64,
    ) -> Option<(usize, f64)> {
        self.tried_sizes.copy_from_slice(&self.sizes);
        if let Change::Constant(at, _) = change {
            // What depends on it is computed anew if the change is undone: see `restored`.
            self.registers.fill(usize::from(program.n_columns) + at, program.constants[at]);
        }
        let [screen, full] = rulers;
        if screen.rows < full.rows {
            let (_, energy) = self.try_on(program, moved, screen, 0);
            let share = screen.rows as f64 / full.rows as f64;
            if energy > self.energies[0][now.0] + share * slack + DOUBT {
                self.restored(program, change);
                return None;
            }
        }
        let new = self.try_on(program, moved, full, 1);
        if new.1 > now.1 + slack || new.1.is_nan() {
            self.restored(program, change);
            return None;
        }
        Some(new)
    }

    /// The constant that a change moved is what it was.
    fn restored(&mut self, program: &Linear, change: Change) {
        if let Change::Constant(at, old) = change {
            self.registers.fill(usize::from(program.n_columns) + at, old);
        }
    }

    fn try_on(&mut self, program: &Linear, moved: u64, ruler: &Ruler, which: usize) -> (usize, f64) {
        let (base, length) = (program.base(), program.code.len());
        let mut tried = std::mem::take(&mut self.tried[which]);
        tried.copy_from_slice(&self.energies[which]);
        let mut left = moved;
        while left != 0 {
            let at = left.trailing_zeros() as usize;
            left &= left - 1;
            let instruction = program.code[at];
            let place = |arg: u16| {
                let arg = usize::from(arg);
                if arg >= base && moved >> (arg - base) & 1 == 1 { arg + length } else { arg }
            };
            self.apply(instruction.op, instruction.args.map(place), base + length + at, ruler.rows);
            self.tried_sizes[at] = program.size(at, &self.tried_sizes);
            tried[at] = self.energy(base + length + at, ruler, self.tried_sizes[at]);
        }
        let best = best(&tried);
        self.tried[which] = tried;
        best
    }

    /// Makes what was tried the program's own.
    fn take(&mut self, program: &Linear, moved: u64, screened: bool) {
        let (base, length) = (program.base(), program.code.len());
        let mut left = moved;
        while left != 0 {
            let at = left.trailing_zeros() as usize;
            left &= left - 1;
            self.registers.swap(base + at, base + length + at);
            self.sizes[at] = self.tried_sizes[at];
            self.energies[0][at] = self.tried[usize::from(!screened)][at];
            self.energies[1][at] = self.tried[1][at];
        }
    }

    fn apply(&mut self, op: Op, args: [usize; 2], to: usize, rows: usize) {
        self.registers.apply(op, [args[0], args[1], args[1]], to, rows);
        self.work += (u64::from(op.info().work) + 3) * rows as u64;
        self.node_rows += rows as u64;
    }

    fn energy(&self, register: usize, ruler: &Ruler, size: u32) -> f64 {
        let moments = self.registers.moments(register, &ruler.weights, &ruler.target, ruler.rows);
        let share = ruler.rows as f64 / self.field.targets[0].1[1].rows as f64;
        ruler.misfit(moments) + share * self.config.node * f64::from(size)
    }

    /// The formula of a record with the scale and offset that suit it, and which constant of the program each of its free constants is,
    /// the first two being offset and scale.
    pub fn formula(&mut self, record: &Record, target: Target) -> Option<(Expr, Line, Vec<usize>)> {
        let rulers = self.rulers(target);
        self.compute(&record.program, rulers);
        let register = record.program.base() + record.at;
        let full = &rulers[1];
        let line = full.line(self.registers.moments(register, &full.weights, &full.target, full.rows));
        let (expr, constants) = record.program.expr(record.at, &self.words.features())?;
        Some((expr, line, constants))
    }
}

/// The position of the smallest energy, and it.
fn best(energies: &[f64]) -> (usize, f64) {
    let mut best = (0, f64::INFINITY);
    for (at, energy) in energies.iter().enumerate() {
        if *energy < best.1 {
            best = (at, *energy);
        }
    }
    best
}
