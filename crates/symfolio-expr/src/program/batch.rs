//! [`Batch`]: a population evaluated together.

use super::block::{Block, Rows, reserve};
use super::forward::{self, Keep};
use super::tape::{Operand, Tape};
use super::{Columns, Scratch};
use crate::{Expr, Real};

/// Many expressions made ready for evaluation together, with their constants as they are: a sub-expression that several of them
/// share, to the bits of its constants, is evaluated once.
///
/// ```
/// use symfolio_expr::{Batch, Columns, Expr, Scratch};
///
/// let exprs = ["(add (sin x0) 1.0)", "(mul (sin x0) ?2)", "x0"].map(|text| Expr::from_prefix(text).unwrap());
/// let batch = Batch::new(&exprs);
/// assert_eq!(batch.nodes_per_row(), 3); // one sine
/// let x: [&[f64]; 1] = [&[0.0, 0.0, 0.0]];
/// let mut sums = [0.0; 3];
/// batch.blocks(&Columns::new(x), &mut Scratch::default(), |index, _, values| {
///     sums[index] += values.iter().sum::<f64>();
///     true
/// });
/// assert_eq!(sums, [3.0, 0.0, 0.0]);
/// ```
#[derive(Clone, Debug)]
pub struct Batch {
    tape: Tape,
    /// Where each expression's value is found.
    roots: Vec<Operand>,
    /// Expressions whose root is an instruction, in the order of those instructions.
    order: Vec<usize>,
    /// How many instructions and expressions use each result.
    uses: Vec<u32>,
    /// Work of one row of all instructions before each, and of all.
    work: Vec<u64>,
}

/// What an evaluation took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Evaluated {
    /// In the units of [`crate::OpInfo::work`].
    pub work: u64,
    /// Nodes evaluated, times rows.
    pub node_rows: u64,
}

impl Batch {
    /// Prepares `exprs`.
    pub fn new<'e>(exprs: impl IntoIterator<Item = &'e Expr>) -> Batch {
        let mut tape = Tape::default();
        let roots: Vec<Operand> = exprs.into_iter().map(|expr| tape.add(expr, true)).collect();
        tape.assign_slots(None);
        let mut uses = vec![0; tape.instructions.len()];
        let args = tape.instructions.iter().flat_map(|instruction| instruction.args);
        for operand in args.chain(roots.iter().copied()) {
            if let Operand::Result(index) = operand {
                uses[index as usize] += 1;
            }
        }
        let mut order: Vec<usize> = (0..roots.len()).collect();
        order.sort_by_key(|expr| match roots[*expr] {
            // Leaves come first, before any instruction.
            Operand::Result(index) => index + 1,
            _ => 0,
        });
        let steps = tape.instructions.iter().scan(0, |sum, instruction| {
            *sum += u64::from(instruction.op.info().work);
            Some(*sum)
        });
        let work = std::iter::once(0).chain(steps).collect();
        Batch { tape, roots, order, uses, work }
    }

    /// Number of expressions.
    pub fn len(&self) -> usize {
        self.roots.len()
    }

    /// Is there no expression?
    pub fn is_empty(&self) -> bool {
        self.roots.is_empty()
    }

    /// Work of evaluating one row of all of them, in units of one addition; at least 1. An evaluation charges what its
    /// instructions take, which is nothing for leaves.
    pub fn work_per_row(&self) -> u64 {
        self.tape.work_per_row()
    }

    /// Number of nodes evaluated for one row (leaves are operands and do not count); at least 1.
    pub fn nodes_per_row(&self) -> u64 {
        self.tape.nodes_per_row()
    }

    /// Calls `visit(expression, start, values)` for each block of rows in order and each expression, in an order of its own, of
    /// those for which it has not yet answered `false`. What only the others need is no longer evaluated.
    ///
    /// # Panics
    /// Where a variable has no column.
    pub fn blocks<R: Real>(
        &self,
        columns: &Columns<'_, R>,
        scratch: &mut Scratch<R>,
        mut visit: impl FnMut(usize, usize, &[R]) -> bool,
    ) -> Evaluated {
        self.tape.check(columns);
        let Scratch { values, spare, tail, .. } = scratch;
        reserve(values, self.tape.n_slots);
        let mut uses = self.uses.clone();
        let mut wanted = self.order.clone();
        let mut evaluated = Evaluated::default();
        Rows::each(&[], columns, self.tape.n_features, tail, |rows, n| {
            let mut done = 0;
            wanted.retain(|&expr| {
                let root = self.roots[expr];
                let at = match root {
                    Operand::Result(index) => {
                        let (from, to) = (done, index as usize + 1);
                        done = done.max(to);
                        let steps = self.evaluate(rows, from..to, &uses, values, spare);
                        evaluated.work += steps.work * n as u64;
                        evaluated.node_rows += steps.node_rows * n as u64;
                        self.tape.instructions[index as usize].slot as usize
                    }
                    // Leaves come first, when no result is in use.
                    _ => 0,
                };
                rows.leaf(root, &mut values[at]);
                let more = visit(expr, rows.start, &values[at][..n]);
                if !more {
                    self.release(root, &mut uses);
                }
                more
            });
            !wanted.is_empty()
        });
        evaluated
    }

    /// Evaluates those instructions of `range` that something still uses; returns what that takes for one row.
    fn evaluate<R: Real>(
        &self,
        rows: Rows<'_, R>,
        range: std::ops::Range<usize>,
        uses: &[u32],
        values: &mut [Box<Block<R>>],
        spare: &mut Box<Block<R>>,
    ) -> Evaluated {
        let mut steps = Evaluated::default();
        let mut from = range.start;
        while from < range.end {
            let to = (from..range.end).find(|at| uses[*at] == 0).unwrap_or(range.end);
            forward::evaluate(rows, &self.tape.instructions, from..to, Keep::Slots, values, spare);
            steps.work += self.work[to] - self.work[from];
            steps.node_rows += (to - from) as u64;
            from = to + 1;
        }
        steps
    }

    /// Takes one use of `operand` back, and what it alone was made from.
    fn release(&self, operand: Operand, uses: &mut [u32]) {
        let mut stack = vec![operand];
        while let Some(operand) = stack.pop() {
            let Operand::Result(index) = operand else { continue };
            uses[index as usize] -= 1;
            if uses[index as usize] == 0 {
                stack.extend(self.tape.instructions[index as usize].args);
            }
        }
    }
}
