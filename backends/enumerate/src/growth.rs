//! [`Growth`]: fills a bank level by level, in small steps.

use serde::{Deserialize, Serialize};
use symfolio_expr::{Columns, Op, Program, Scratch};

use crate::bank::{Bank, Made};
use crate::probes::Probes;
use crate::vocabulary::Vocabulary;

/// Costs beyond this are not begun: by then a bank is full, or its operators make nothing new.
pub(crate) const MAX_COST: usize = 24;

/// Entries that one step combines with another one.
const CHUNK: usize = 256;

/// Work charged for looking at one value of a new column: its moments and its place in the tables.
const WORK_PER_VALUE: u64 = 5;

/// Largest cost of a base and of an exponent: powers of powers of anything are no one's formula.
const MAX_POWER: (usize, usize) = (2, 1);

/// Where the enumeration stands; in the order in which it gets there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Cursor {
    /// Cost of the expressions that are being made.
    pub cost: usize,
    /// Which job of this cost.
    job: usize,
    /// First argument within its level.
    left: usize,
    /// Second argument within its level.
    right: usize,
}

/// A part of a level.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Job {
    /// Terminals and literals.
    Leaves,
    /// The function of this number, of all entries of a cost.
    Unary { function: usize, of: usize },
    /// All operators of two arguments, of the entries of two costs, the larger one first.
    Binary { left: usize, right: usize },
}

/// A bank that grows.
#[derive(Clone, Debug)]
pub(crate) struct Growth {
    /// What there is.
    pub bank: Bank,
    vocabulary: Vocabulary,
    leaves: Vec<Vec<f64>>,
    cursor: Cursor,
    jobs: Vec<Job>,
    buffer: Vec<f64>,
    tile: Vec<f64>,
    scratch: Scratch,
}

impl Growth {
    /// A bank that is still empty, over `terminals`.
    pub fn new(
        terminals: Vec<symfolio_expr::Expr>,
        vocabulary: Vocabulary,
        probes: &Probes,
        fingerprinter: crate::fingerprint::Fingerprinter,
    ) -> Growth {
        let leaves = terminals.iter().map(|terminal| probes.values(terminal)).collect();
        let bank = Bank::new(terminals, fingerprinter, probes.n());
        let cursor = Cursor { cost: 1, ..Cursor::default() };
        let mut growth = Growth {
            bank,
            vocabulary,
            leaves,
            cursor,
            jobs: Vec::new(),
            buffer: Vec::new(),
            tile: Vec::new(),
            scratch: Scratch::default(),
        };
        growth.jobs = growth.jobs_of(1);
        growth
    }

    /// What expressions are made of.
    pub fn vocabulary(&self) -> &Vocabulary {
        &self.vocabulary
    }

    /// Is there nothing to begin with?
    pub fn has_no_terminals(&self) -> bool {
        self.leaves.is_empty()
    }

    /// Where it stands.
    pub fn cursor(&self) -> Cursor {
        self.cursor
    }

    /// Is nothing left to make?
    pub fn is_finished(&self) -> bool {
        self.cursor.cost > MAX_COST
    }

    /// Combines one entry with at most 256 others; the work that it took, in additions of one row.
    pub fn step(&mut self) -> u64 {
        let Some(job) = self.jobs.get(self.cursor.job).copied() else {
            self.bank.close_level();
            self.cursor = Cursor { cost: self.cursor.cost + 1, ..Cursor::default() };
            self.jobs = self.jobs_of(self.cursor.cost);
            return 1;
        };
        match job {
            Job::Leaves => self.leaves(),
            Job::Unary { function, of } => self.unary(function, of),
            Job::Binary { left, right } => self.binary(left, right),
        }
    }

    fn jobs_of(&self, cost: usize) -> Vec<Job> {
        let mut jobs = vec![Job::Leaves];
        for (function, known) in self.vocabulary.functions.iter().enumerate() {
            if cost > known.cost {
                jobs.push(Job::Unary { function, of: cost - known.cost });
            }
        }
        for right in 1..cost.saturating_sub(1) {
            let left = cost - 1 - right;
            if left >= right {
                jobs.push(Job::Binary { left, right });
            }
        }
        jobs
    }

    fn next_job(&mut self) {
        self.cursor = Cursor { job: self.cursor.job + 1, left: 0, right: 0, ..self.cursor };
    }

    fn leaves(&mut self) -> u64 {
        if self.cursor.cost == 1 {
            for (index, values) in self.leaves.iter().enumerate() {
                self.bank.push(Made::Terminal(index as u16), values);
            }
        }
        for (_, value) in self.vocabulary.literals.iter().filter(|(cost, _)| *cost == self.cursor.cost) {
            self.bank.push_literal(*value);
        }
        self.next_job();
        (1 + self.leaves.len() * self.bank.n()) as u64
    }

    fn unary(&mut self, function: usize, of: usize) -> u64 {
        let level = self.bank.level(of);
        let start = level.start + self.cursor.left;
        let end = level.end.min(start + CHUNK);
        let function = &self.vocabulary.functions[function];
        let mut work = 1;
        if start < end {
            let n = self.bank.n();
            self.buffer.resize((end - start) * n, 0.0);
            let columns = Columns::new([self.bank.columns(start..end)]);
            function.program.values(&[], &columns, &mut self.scratch, &mut self.buffer);
            for (at, values) in (start..end).zip(self.buffer.chunks_exact(n)) {
                let entry = self.bank.entry(at);
                if entry.inverse_spread > 0.0 && self.vocabulary.allows(function.op, entry.inside) {
                    self.bank.push(Made::Unary(function.op, function.scale, at as u32), values);
                }
            }
            work += (self.buffer.len() as u64) * (function.program.work_per_row() + WORK_PER_VALUE);
        }
        if end < level.end {
            self.cursor.left = end - level.start;
        } else {
            self.next_job();
        }
        work
    }

    fn binary(&mut self, left: usize, right: usize) -> u64 {
        let (lefts, rights) = (self.bank.level(left), self.bank.level(right));
        let a = lefts.start + self.cursor.left;
        if a >= lefts.end {
            self.next_job();
            return 1;
        }
        // Within one level each pair is met once.
        let last = if left == right { a + 1 } else { rights.end };
        let start = rights.start + self.cursor.right;
        let end = last.min(start + CHUNK);
        let mut work = 1;
        if start < end {
            for index in 0..self.vocabulary.binary.len() {
                let op = self.vocabulary.binary[index];
                work += self.combine(op, a, start..end, false);
                if !op.info().commutative && op != Op::Sub {
                    work += self.combine(op, a, start..end, true);
                }
            }
        }
        if end < last {
            self.cursor.right = end - rights.start;
        } else {
            self.cursor = Cursor { left: self.cursor.left + 1, right: 0, ..self.cursor };
        }
        work
    }

    /// Takes in `op(a, b)`, or `op(b, a)` where `is_swapped`, for all `b` of a range.
    fn combine(&mut self, op: Op, a: usize, range: std::ops::Range<usize>, is_swapped: bool) -> u64 {
        let first = *self.bank.entry(a);
        if op == Op::Pow {
            let costs = [usize::from(first.cost), usize::from(self.bank.entry(range.start).cost)];
            let (base, exponent) = if is_swapped { (costs[1], costs[0]) } else { (costs[0], costs[1]) };
            if base > MAX_POWER.0 || exponent > MAX_POWER.1 {
                return 1;
            }
        }
        if !self.vocabulary.allows(op, first.inside) {
            return 1;
        }
        self.evaluate(op, a, range.clone(), is_swapped);
        let n = self.bank.n();
        for (b, values) in range.zip(self.buffer.chunks_exact(n)) {
            if self.vocabulary.allows(op, self.bank.entry(b).inside) {
                let (a, b) = if is_swapped { (b, a) } else { (a, b) };
                self.bank.push(Made::Binary(op, a as u32, b as u32), values);
            }
        }
        (self.buffer.len() as u64) * (u64::from(op.info().work) + WORK_PER_VALUE)
    }

    /// Leaves the values in the buffer.
    fn evaluate(&mut self, op: Op, a: usize, range: std::ops::Range<usize>, is_swapped: bool) {
        let n = self.bank.n();
        self.buffer.resize(range.len() * n, 0.0);
        let (of, others) = (self.bank.values(a), self.bank.columns(range));
        let rows = self.buffer.chunks_exact_mut(n).zip(others.chunks_exact(n));
        macro_rules! plain {
            (|$x:ident, $y:ident| $value:expr) => {
                for (out, others) in rows {
                    for ((out, &$x), &$y) in out.iter_mut().zip(of).zip(others) {
                        *out = $value;
                    }
                }
            };
        }
        match op {
            Op::Add => plain!(|x, y| x + y),
            Op::Sub => plain!(|x, y| x - y),
            Op::Mul => plain!(|x, y| x * y),
            Op::Div if is_swapped => plain!(|x, y| y / x),
            Op::Div => plain!(|x, y| x / y),
            _ => {
                self.tile.clear();
                (0..others.len() / n).for_each(|_| self.tile.extend_from_slice(of));
                let sides = if is_swapped { [others, &self.tile] } else { [&self.tile[..], others] };
                let arguments = [0, 1].map(symfolio_expr::Expr::var);
                let program = Program::new(&symfolio_expr::Expr::apply(op, &[&arguments[0], &arguments[1]]));
                program.values(&[], &Columns::new(sides), &mut self.scratch, &mut self.buffer);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use symfolio_expr::parse;

    use super::Growth;
    use crate::testing::{grown, problem};

    #[test]
    fn entries_have_the_values_of_their_expressions_and_keep_to_the_rules() {
        let problem = problem(|x| x[0]);
        let (probes, _, growth) = grown(&problem, 3_000);
        for at in (0..growth.bank.len()).step_by(7) {
            let expr = growth.bank.expr(at, &growth.vocabulary().operators).unwrap();
            assert_eq!(probes.values(&expr), growth.bank.values(at), "{}", expr.to_prefix());
            assert!(problem.allows(&expr), "{}", expr.to_prefix());
        }
    }

    #[test]
    fn the_operators_in_a_terminal_count_as_inside() {
        let problem = problem(|x| x[0]);
        let (probes, _, begun) = grown(&problem, 1);
        let terminals = vec![parse("sin(exp(x0))", &["x0".to_owned()]).unwrap()];
        let fingerprinter = begun.bank.fingerprinter().clone();
        let mut growth = Growth::new(terminals, begun.vocabulary().clone(), &probes, fingerprinter);
        while growth.bank.len() < 300 {
            growth.step();
        }
        for at in 0..growth.bank.len() {
            let expr = growth.bank.expr(at, &growth.vocabulary().operators).unwrap();
            assert!(problem.allows(&expr), "{}", expr.to_prefix());
        }
    }

    #[test]
    fn small_expressions_are_there_once() {
        let (probes, _, growth) = grown(&problem(|x| x[0]), 3_000);
        let names: Vec<String> = (0..3).map(|i| format!("x{i}")).collect();
        for text in
            ["x0*x1", "x0/x1", "x2-x0", "1+x0", "2-x1", "sqrt(1+x0)", "exp(-x2)", "sin(0.5*x1)", "cos(x0)", "x0**2"]
        {
            let values = probes.values(&parse(text, &names).unwrap());
            let moments = growth.bank.fingerprinter().moments(&values).unwrap();
            let same = |at: &usize| {
                let known = growth.bank.fingerprinter().moments(growth.bank.values(*at));
                known.is_some_and(|known| known.up_to_scale() == moments.up_to_scale())
            };
            assert_eq!((0..growth.bank.len()).filter(same).count(), 1, "{text}");
        }
    }

    #[test]
    fn a_bank_that_is_made_again_is_the_same() {
        let problem = problem(|x| x[0]);
        let (_, _, growth) = grown(&problem, 2_000);
        let (_, _, mut again) = grown(&problem, 1);
        let mut cursors = BTreeSet::new();
        while again.cursor() < growth.cursor() {
            assert!(cursors.insert(again.cursor()), "it stands still");
            again.step();
        }
        let all = 0..growth.bank.len();
        assert_eq!((again.cursor(), again.bank.len()), (growth.cursor(), growth.bank.len()));
        assert_eq!(again.bank.columns(all.clone()), growth.bank.columns(all));
    }
}
