//! [`Bank`]: expressions with distinct values, and those values, in one flat array.

use std::ops::Range;

use rustc_hash::{FxHashMap, FxHashSet};
use symfolio_expr::{Expr, Node, Op, OperatorSet};

use crate::fingerprint::{Fingerprinter, Moments};
use crate::vocabulary::{bit, scaled};

/// How an expression is made of others.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Made {
    /// The terminal of this number.
    Terminal(u16),
    /// A literal.
    Literal(f64),
    /// `op(scale * a)`.
    Unary(Op, f64, u32),
    /// `op(a, b)`.
    Binary(Op, u32, u32),
}

/// One expression of a bank.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry {
    /// How it is made.
    pub made: Made,
    /// Its nodes, a terminal counting as one.
    pub cost: u16,
    /// The operators in it, as bits by their number.
    pub inside: u32,
    /// Mean of its values.
    pub mean: f64,
    /// One over the root of the sum of their squared differences from the mean; 0 for a literal.
    pub inverse_spread: f64,
    length: f64,
}

/// Bytes of an entry besides its values: itself and its places in two hash tables, which are at times half empty.
const BYTES_BESIDE_VALUES: usize = std::mem::size_of::<Entry>() + 60;

/// Sums that are this much smaller than their terms are rounding errors.
const CANCELLED: f64 = 1e-8;

/// Expressions with distinct values up to scale. Their numbers are in the order in which they came, which is by cost.
#[derive(Clone, Debug)]
pub(crate) struct Bank {
    n: usize,
    terminals: Vec<Expr>,
    fingerprinter: Fingerprinter,
    entries: Vec<Entry>,
    values: Vec<f64>,
    known: FxHashSet<u64>,
    by_shape: FxHashMap<u64, u32>,
    /// `ends[c]` is the number of entries of cost at most `c`, for costs that are done.
    ends: Vec<usize>,
}

impl Bank {
    /// An empty bank over `terminals`, for columns of `n` values.
    pub fn new(terminals: Vec<Expr>, fingerprinter: Fingerprinter, n: usize) -> Bank {
        Bank {
            n,
            terminals,
            fingerprinter,
            entries: Vec::new(),
            values: Vec::new(),
            known: FxHashSet::default(),
            by_shape: FxHashMap::default(),
            ends: vec![0],
        }
    }

    /// Entries that `bytes` of memory hold, for columns of `n` values.
    pub fn capacity(bytes: usize, n: usize) -> usize {
        bytes / (8 * n + BYTES_BESIDE_VALUES)
    }

    /// Number of entries.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Rows of a column.
    pub fn n(&self) -> usize {
        self.n
    }

    /// What projects columns.
    pub fn fingerprinter(&self) -> &Fingerprinter {
        &self.fingerprinter
    }

    /// Entry number `at`.
    ///
    /// # Panics
    /// Where there is no such entry; so do [`Bank::values`] and [`Bank::expr`].
    pub fn entry(&self, at: usize) -> &Entry {
        &self.entries[at]
    }

    /// Values of entry `at`, shape `(n)`.
    pub fn values(&self, at: usize) -> &[f64] {
        self.columns(at..at + 1)
    }

    /// Values of the entries of a range, one behind the other.
    pub fn columns(&self, range: Range<usize>) -> &[f64] {
        &self.values[range.start * self.n..range.end * self.n]
    }

    /// The entries of a cost that is done.
    pub fn level(&self, cost: usize) -> Range<usize> {
        match (cost.checked_sub(1).and_then(|below| self.ends.get(below)), self.ends.get(cost)) {
            (Some(start), Some(end)) => *start..*end,
            _ => 0..0,
        }
    }

    /// Closes the level that is under way: what comes now costs one more.
    pub fn close_level(&mut self) {
        self.ends.push(self.entries.len());
    }

    /// Cost of the level that is under way.
    pub fn cost(&self) -> usize {
        self.ends.len()
    }

    /// Takes in a literal; it has no shape to be known by.
    pub fn push_literal(&mut self, value: f64) {
        let cost = self.cost() as u16;
        let length = value.abs() * (self.n as f64).sqrt();
        self.values.extend(std::iter::repeat_n(value, self.n));
        let made = Made::Literal(value);
        self.entries.push(Entry { made, cost, inside: 0, mean: value, inverse_spread: 0.0, length });
    }

    /// Takes in an expression, unless its values are those of a known one up to scale, or are of no use.
    pub fn push(&mut self, made: Made, values: &[f64]) {
        let Some(moments) = self.fingerprinter.moments(values) else { return };
        if self.is_cancelled(made, &moments) || !self.known.insert(moments.up_to_scale()) {
            return;
        }
        let number = self.entries.len() as u32;
        self.by_shape.entry(moments.up_to_scale_and_offset()).or_insert(number);
        let inside = match made {
            Made::Terminal(index) => operators_of(&self.terminals[usize::from(index)]),
            Made::Literal(_) => 0,
            Made::Unary(op, _, a) => bit(op) | self.entries[a as usize].inside,
            Made::Binary(op, a, b) => bit(op) | self.entries[a as usize].inside | self.entries[b as usize].inside,
        };
        self.values.extend_from_slice(values);
        let cost = self.cost() as u16;
        let (mean, inverse_spread, length) = (moments.mean, 1.0 / moments.spread, moments.length);
        self.entries.push(Entry { made, cost, inside, mean, inverse_spread, length });
    }

    fn is_cancelled(&self, made: Made, moments: &Moments) -> bool {
        let Made::Binary(Op::Add | Op::Sub, a, b) = made else { return false };
        let longest = self.entries[a as usize].length.max(self.entries[b as usize].length);
        moments.length < CANCELLED * longest
    }

    /// The first entry whose values are those of `moments` up to scale and offset.
    pub fn find(&self, moments: &Moments) -> Option<usize> {
        self.by_shape.get(&moments.up_to_scale_and_offset()).map(|at| *at as usize)
    }

    /// Entry `at` as an expression over the features; `None` where the operators cannot write its scales.
    pub fn expr(&self, at: usize, operators: &OperatorSet) -> Option<Expr> {
        match self.entries[at].made {
            Made::Terminal(index) => self.terminals.get(usize::from(index)).cloned(),
            Made::Literal(value) => Some(Expr::constant(value)),
            Made::Unary(op, scale, a) => {
                Some(Expr::apply(op, &[&scaled(&self.expr(a as usize, operators)?, scale, operators)?]))
            }
            Made::Binary(op, a, b) => {
                Some(Expr::apply(op, &[&self.expr(a as usize, operators)?, &self.expr(b as usize, operators)?]))
            }
        }
    }
}

/// The operators in an expression, as bits.
fn operators_of(expr: &Expr) -> u32 {
    expr.nodes().iter().fold(0, |bits, node| if let Node::Op(op) = node { bits | bit(*op) } else { bits })
}
