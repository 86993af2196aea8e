//! [`Change`]: how a program is changed, and how that is undone.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use symfolio_expr::math;

use crate::linear::{Instruction, Linear, constant};
use crate::words::Words;

/// Share of the changes that move a constant of use, where there is one.
const CONSTANT: f64 = 0.15;
/// Shares of the others, where an instruction is of use: those that put an operator between two, that leave one out, that go on from one.
const INSERT: f64 = 0.15;
const SHORTEN: f64 = 0.1;
const BUILD: f64 = 0.05;
/// Share of what is left that changes an instruction of use; the others change any.
const LIVE: f64 = 0.8;

/// A change of a program, and what it was before.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Change {
    Instruction(usize, Instruction),
    /// An instruction that became part of another one, and that other one.
    Pair([(usize, Instruction); 2]),
    Constant(usize, f64),
}

impl Linear {
    /// Changes one thing at random: an instruction of `likely` or any, or a constant; returns what it was.
    pub fn mutate(&mut self, rng: &mut ChaCha8Rng, words: &Words, likely: u64) -> Change {
        let used = self.constants_of(likely);
        if used != 0 && rng.random::<f64>() < CONSTANT {
            let at = pick(rng, used);
            let old = self.constants[at];
            self.constants[at] = moved(rng, old);
            return Change::Constant(at, old);
        }
        if likely != 0 {
            let point: f64 = rng.random();
            let change = if point < INSERT {
                self.insert(rng, words, likely)
            } else if point < INSERT + SHORTEN {
                self.shorten(rng, likely)
            } else if point < INSERT + SHORTEN + BUILD {
                self.build(rng, words, likely)
            } else {
                None
            };
            if let Some(change) = change {
                return change;
            }
        }
        let at = match likely != 0 && rng.random::<f64>() < LIVE {
            true => pick(rng, likely),
            false => rng.random_range(0..self.code.len()),
        };
        let old = self.code[at];
        let kind: f64 = rng.random();
        self.code[at] = if kind < 0.3 {
            Instruction::of(words.operator(rng), old.args)
        } else if kind < 0.8 {
            let mut args = old.args;
            let which = if old.op.arity() == 1 { 0 } else { usize::from(rng.random::<bool>()) };
            args[which] = self.argument(rng, words, at);
            Instruction::of(old.op, args)
        } else {
            let args = [self.argument(rng, words, at), self.argument(rng, words, at)];
            Instruction::of(words.operator(rng), args)
        };
        Change::Instruction(at, old)
    }

    /// Puts an operator between a likely instruction and what it takes.
    fn insert(&mut self, rng: &mut ChaCha8Rng, words: &Words, likely: u64) -> Option<Change> {
        let at = pick(rng, likely);
        let old = self.code[at];
        let which = if old.op.arity() == 1 { 0 } else { usize::from(rng.random::<bool>()) };
        let taken = old.args[which];
        let first = usize::from(taken).checked_sub(self.base()).map_or(0, |result| result + 1);
        // The instructions between that are not of use.
        let free = !likely & ((1 << at) - 1) & !((1 << first) - 1);
        if free == 0 {
            return None;
        }
        let between = pick(rng, free);
        let other = self.argument(rng, words, between);
        let pair = if rng.random::<bool>() { [taken, other] } else { [other, taken] };
        let op = words.operator(rng);
        let change = Change::Pair([(between, self.code[between]), (at, old)]);
        self.code[between] = Instruction::of(op, if op.arity() == 1 { [taken; 2] } else { pair });
        let mut args = old.args;
        args[which] = (self.base() + between) as u16;
        self.code[at] = Instruction::of(old.op, args);
        Some(change)
    }

    /// Has a likely instruction take what one of its arguments is made of.
    fn shorten(&mut self, rng: &mut ChaCha8Rng, likely: u64) -> Option<Change> {
        let at = pick(rng, likely);
        let old = self.code[at];
        let which = if old.op.arity() == 1 { 0 } else { usize::from(rng.random::<bool>()) };
        let taken = self.code[usize::from(old.args[which]).checked_sub(self.base())?];
        let mut args = old.args;
        args[which] = taken.args[usize::from(rng.random::<bool>())];
        self.code[at] = Instruction::of(old.op, args);
        Some(Change::Instruction(at, old))
    }

    /// Has an instruction that is not of use take the result of a likely one.
    fn build(&mut self, rng: &mut ChaCha8Rng, words: &Words, likely: u64) -> Option<Change> {
        let below = pick(rng, likely);
        let free = !likely & ((1 << self.code.len()) - 1) & !((2 << below) - 1);
        if free == 0 {
            return None;
        }
        let at = pick(rng, free);
        let (taken, other) = ((self.base() + below) as u16, self.argument(rng, words, at));
        let change = Change::Instruction(at, self.code[at]);
        let op = words.operator(rng);
        let pair = if rng.random::<bool>() { [taken, other] } else { [other, taken] };
        self.code[at] = Instruction::of(op, if op.arity() == 1 { [taken; 2] } else { pair });
        Some(change)
    }

    pub fn undo(&mut self, change: Change) {
        match change {
            Change::Instruction(at, old) => self.code[at] = old,
            Change::Pair(both) => both.into_iter().for_each(|(at, old)| self.code[at] = old),
            Change::Constant(at, old) => self.constants[at] = old,
        }
    }

    /// The instructions whose results a change moves: the bits of their positions.
    pub fn moved_by(&self, change: Change) -> u64 {
        let (first, mut moved) = match change {
            Change::Instruction(at, _) => (at + 1, 1u64 << at),
            Change::Pair([(inner, _), (outer, _)]) => (inner + 1, 1 << inner | 1 << outer),
            Change::Constant(..) => (0, 0),
        };
        let constant = match change {
            Change::Constant(at, _) => self.n_columns + at as u16,
            _ => u16::MAX,
        };
        let base = self.base() as u16;
        for (at, instruction) in self.code.iter().enumerate().skip(first) {
            let takes = |arg: u16| arg == constant || (arg >= base && moved >> (arg - base) & 1 == 1);
            if instruction.args.into_iter().any(takes) {
                moved |= 1 << at;
            }
        }
        moved
    }

    /// The constants that these instructions take directly: the bits of their positions.
    fn constants_of(&self, instructions: u64) -> u64 {
        let (low, high) = (self.n_columns, self.base() as u16);
        let mut used = 0;
        for (at, instruction) in self.code.iter().enumerate() {
            if instructions >> at & 1 == 1 {
                for arg in instruction.args {
                    if (low..high).contains(&arg) {
                        used |= 1 << (arg - low);
                    }
                }
            }
        }
        used
    }
}

/// The position of one of the bits that are set; there is one.
fn pick(rng: &mut ChaCha8Rng, bits: u64) -> usize {
    let mut left = bits;
    for _ in 0..rng.random_range(0..bits.count_ones()) {
        left &= left - 1;
    }
    left.trailing_zeros() as usize
}

/// A constant near another one, its opposite, or a new one.
fn moved(rng: &mut ChaCha8Rng, old: f64) -> f64 {
    let point: f64 = rng.random();
    let new = if point < 0.75 {
        // Steps of all sizes, from a millionth to twice.
        let size = math::exp(-14.0 * rng.random::<f64>());
        let way = if rng.random::<bool>() { 1.0 } else { -1.0 };
        old * (1.0 + way * 2.0 * size)
    } else if point < 0.8 {
        -old
    } else {
        constant(rng)
    };
    if new.is_finite() { new } else { 1.0 }
}
