//! [`Program`]: an expression made ready for evaluation over blocks of rows.
//!
//! Instructions work on blocks of [`BLOCK`] rows that stay in the first-level cache; leaves are operands and are never copied.
//! Every kernel is one plain loop, compiled for the baseline, for AVX2 and for AVX-512, and picked at run time. No kernel
//! uses a fused multiply-add or the system's mathematics library, so all give the same bits.

mod forward;
mod reverse;

use crate::{Expr, Node, Op};

/// Name of the instruction set that the kernels run on: `avx512`, `avx2` or `baseline`. All give the same bits.
pub fn kernel() -> &'static str {
    match Kernel::here() {
        #[cfg(target_arch = "x86_64")]
        Kernel::Avx512 => "avx512",
        #[cfg(target_arch = "x86_64")]
        Kernel::Avx2 => "avx2",
        Kernel::Baseline => "baseline",
    }
}

/// The instruction sets that kernels are compiled for.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Kernel {
    #[cfg(target_arch = "x86_64")]
    Avx512,
    #[cfg(target_arch = "x86_64")]
    Avx2,
    Baseline,
}

impl Kernel {
    /// The best one that this processor has.
    #[inline]
    fn here() -> Kernel {
        #[cfg(target_arch = "x86_64")]
        {
            use std::arch::is_x86_feature_detected as has;
            if has!("avx512f") && has!("avx512dq") && has!("avx512bw") && has!("avx512vl") {
                return Kernel::Avx512;
            }
            if has!("avx2") {
                return Kernel::Avx2;
            }
        }
        Kernel::Baseline
    }
}

/// Rows evaluated at a time.
pub const BLOCK: usize = 256;

/// The values of the features, column by column: shape `(n_rows, n_features)`.
#[derive(Clone, Debug)]
pub struct Columns<'a> {
    columns: Vec<&'a [f64]>,
    n_rows: usize,
}

impl<'a> Columns<'a> {
    /// Columns of equal length, feature 0 first.
    ///
    /// # Panics
    /// Where the lengths differ.
    pub fn new(columns: impl IntoIterator<Item = &'a [f64]>) -> Columns<'a> {
        let columns: Vec<&[f64]> = columns.into_iter().collect();
        let n_rows = columns.first().map_or(0, |column| column.len());
        assert!(columns.iter().all(|column| column.len() == n_rows), "columns of equal length");
        Columns { columns, n_rows }
    }

    /// Number of rows.
    pub fn n_rows(&self) -> usize {
        self.n_rows
    }

    /// Number of columns.
    pub fn n_features(&self) -> usize {
        self.columns.len()
    }

    /// The values of feature `index`, shape `(n_rows)`.
    pub fn column(&self, index: usize) -> &'a [f64] {
        self.columns[index]
    }

    /// The same columns with the rows of `range` only.
    pub fn rows(&self, range: std::ops::Range<usize>) -> Columns<'a> {
        let n_rows = range.len();
        Columns { columns: self.columns.iter().map(|column| &column[range.clone()]).collect(), n_rows }
    }
}

/// Where an instruction takes an argument from.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Operand {
    /// The result of an earlier instruction.
    Result(u16),
    Var(u16),
    Const(f64),
    Param(u16),
}

#[derive(Clone, Debug)]
struct Instruction {
    op: Op,
    /// Unused arguments are `Const(0)`.
    args: [Operand; 3],
    /// Block that the result goes to when only values are wanted; never that of an argument.
    slot: u16,
    /// Does the result depend on a free constant?
    free: bool,
}

/// An expression made ready for evaluation; the values of its free constants are given at each call.
#[derive(Clone, Debug)]
pub struct Program {
    instructions: Vec<Instruction>,
    root: Operand,
    n_slots: usize,
    n_params: usize,
    n_features: usize,
    work_per_row: u64,
}

/// [`BLOCK`] values, at the start of a cache line: the widest vectors do not lie across two of them.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
pub struct Block([f64; BLOCK]);

impl Block {
    const ZERO: Block = Block([0.0; BLOCK]);
}

impl std::ops::Deref for Block {
    type Target = [f64; BLOCK];

    fn deref(&self) -> &[f64; BLOCK] {
        &self.0
    }
}

impl std::ops::DerefMut for Block {
    fn deref_mut(&mut self) -> &mut [f64; BLOCK] {
        &mut self.0
    }
}

/// Working memory of evaluation; one a thread, reused from call to call.
#[derive(Clone, Debug, Default)]
pub struct Scratch {
    values: Vec<Block>,
    adjoints: Vec<Block>,
    jacobian: Vec<Block>,
}

/// One block of values and their derivatives.
#[derive(Clone, Copy, Debug)]
pub struct JacobianBlock<'a> {
    /// Position of the first row of the block.
    pub start: usize,
    /// Values, shape `(n)` with `n` at most [`BLOCK`].
    pub values: &'a [f64],
    /// Derivatives by free constant: `jacobian[k][i]` is d value(i) / d c_k for `i < n`; entries behind `n` mean nothing.
    pub jacobian: &'a [Block],
}

impl Program {
    /// Prepares `expr`.
    pub fn new(expr: &Expr) -> Program {
        let mut stack: Vec<Operand> = Vec::with_capacity(8);
        let mut instructions: Vec<Instruction> = Vec::with_capacity(expr.len());
        let mut unused: Vec<u16> = Vec::new();
        let mut n_slots = 0u16;
        let mut n_features = 0;
        let mut work_per_row = 1;
        for node in expr.nodes() {
            let operand = match *node {
                Node::Var(index) => {
                    n_features = n_features.max(usize::from(index) + 1);
                    Operand::Var(index)
                }
                Node::Const(value) => Operand::Const(value),
                Node::Param(index) => Operand::Param(index),
                Node::Op(op) => {
                    let mut args = [Operand::Const(0.0); 3];
                    let first = stack.len() - op.arity();
                    args[..op.arity()].copy_from_slice(&stack[first..]);
                    stack.truncate(first);
                    let slot = unused.pop().unwrap_or_else(|| {
                        n_slots += 1;
                        n_slots - 1
                    });
                    let mut free = false;
                    for arg in args {
                        match arg {
                            Operand::Result(index) => {
                                let source: &Instruction = &instructions[usize::from(index)];
                                unused.push(source.slot);
                                free |= source.free;
                            }
                            Operand::Param(_) => free = true,
                            _ => {}
                        }
                    }
                    instructions.push(Instruction { op, args, slot, free });
                    work_per_row += u64::from(op.info().work);
                    Operand::Result((instructions.len() - 1) as u16)
                }
            };
            stack.push(operand);
        }
        let root = stack.pop().unwrap_or(Operand::Const(0.0));
        let n_slots = usize::from(n_slots);
        Program { instructions, root, n_slots, n_params: expr.params().len(), n_features, work_per_row }
    }

    /// Number of free constants.
    pub fn n_params(&self) -> usize {
        self.n_params
    }

    /// Work of evaluating one row, in units of one addition; at least 1.
    pub fn work_per_row(&self) -> u64 {
        self.work_per_row
    }

    /// Number of nodes evaluated for one row (leaves are operands and do not count); at least 1.
    pub fn nodes_per_row(&self) -> u64 {
        (self.instructions.len() as u64).max(1)
    }

    /// Calls `visit(start, values)` for each block of rows in order, until it answers `false`.
    ///
    /// # Panics
    /// Where a variable has no column, or the number of `params` is not the number of free constants.
    pub fn blocks(
        &self,
        params: &[f64],
        columns: &Columns<'_>,
        scratch: &mut Scratch,
        mut visit: impl FnMut(usize, &[f64]) -> bool,
    ) {
        self.check(params, columns);
        scratch.values.resize(scratch.values.len().max(self.n_slots + 1), Block::ZERO);
        let (mut start, kernel) = (0, Kernel::here());
        while start < columns.n_rows {
            let n = BLOCK.min(columns.n_rows - start);
            let rows = Rows { program: self, params, columns, start, n, kernel };
            if !visit(start, forward::block(rows, &mut scratch.values, false)) {
                return;
            }
            start += n;
        }
    }

    /// Writes the value of each row into `out`, shape `(n_rows)`.
    ///
    /// # Panics
    /// As [`Program::blocks`], and where `out` has another length than the columns.
    pub fn values(&self, params: &[f64], columns: &Columns<'_>, scratch: &mut Scratch, out: &mut [f64]) {
        assert_eq!(out.len(), columns.n_rows, "one output a row");
        self.blocks(params, columns, scratch, |start, values| {
            out[start..start + values.len()].copy_from_slice(values);
            true
        });
    }

    /// Calls `visit` with values and derivatives by the free constants for each block of rows in order, until it
    /// answers `false`. Reverse mode: the cost is that of a few evaluations, whatever the number of constants.
    ///
    /// # Panics
    /// As [`Program::blocks`].
    pub fn jacobian_blocks(
        &self,
        params: &[f64],
        columns: &Columns<'_>,
        scratch: &mut Scratch,
        mut visit: impl FnMut(JacobianBlock<'_>) -> bool,
    ) {
        self.check(params, columns);
        let Scratch { values, adjoints, jacobian } = scratch;
        let wanted = self.instructions.len() + 1;
        values.resize(values.len().max(wanted), Block::ZERO);
        adjoints.resize(adjoints.len().max(wanted), Block::ZERO);
        jacobian.resize(jacobian.len().max(self.n_params), Block::ZERO);
        let (mut start, kernel) = (0, Kernel::here());
        while start < columns.n_rows {
            let n = BLOCK.min(columns.n_rows - start);
            let rows = Rows { program: self, params, columns, start, n, kernel };
            forward::block(rows, values, true);
            let jacobian = &mut jacobian[..self.n_params];
            reverse::block(rows, values, adjoints, jacobian);
            let values = &values[self.root_block(true)][..n];
            if !visit(JacobianBlock { start, values, jacobian }) {
                return;
            }
            start += n;
        }
    }

    /// The block that holds the values of the root: that of its instruction, or block 0 for a leaf.
    fn root_block(&self, keep: bool) -> usize {
        match self.root {
            Operand::Result(index) => self.block_of(index, keep),
            _ => 0,
        }
    }

    /// The block that holds the values of instruction `index`: its own where every instruction keeps one, else its slot.
    #[inline(always)]
    fn block_of(&self, index: u16, keep: bool) -> usize {
        usize::from(if keep { index } else { self.instructions[usize::from(index)].slot })
    }

    fn check(&self, params: &[f64], columns: &Columns<'_>) {
        assert_eq!(params.len(), self.n_params, "one value a free constant");
        assert!(
            self.n_features <= columns.n_features(),
            "the expression uses variable {} but there are {} columns",
            self.n_features.saturating_sub(1),
            columns.n_features()
        );
    }
}

/// A block of rows, `start..start + n`, and what is evaluated on them.
#[derive(Clone, Copy)]
struct Rows<'a> {
    program: &'a Program,
    params: &'a [f64],
    columns: &'a Columns<'a>,
    start: usize,
    n: usize,
    /// One that this processor has.
    kernel: Kernel,
}

impl<'a> Rows<'a> {
    /// What `operand` stands for on these rows; `blocks` holds the results so far, each in the block that `keep` gives it.
    #[inline(always)]
    fn argument(self, operand: Operand, blocks: &'a [Block], keep: bool) -> Arg<'a> {
        match operand {
            Operand::Const(value) => Arg::Scalar(value),
            Operand::Param(index) => Arg::Scalar(self.params[usize::from(index)]),
            Operand::Var(index) => {
                Arg::Slice(&self.columns.column(usize::from(index))[self.start..self.start + self.n])
            }
            Operand::Result(index) => Arg::Slice(&blocks[self.program.block_of(index, keep)][..self.n]),
        }
    }
}

/// An argument of one block: a column of values, or one value for all rows.
#[derive(Clone, Copy)]
enum Arg<'a> {
    Slice(&'a [f64]),
    Scalar(f64),
}

impl Arg<'_> {
    /// The value in row `row` of the block.
    #[inline(always)]
    fn at(self, row: usize) -> f64 {
        match self {
            Arg::Slice(values) => values[row],
            Arg::Scalar(value) => value,
        }
    }

    /// Writes a function of an angle on every row. These have a form for slices: the rare huge angles are set right in
    /// a second pass.
    #[inline(always)]
    fn angle(self, out: &mut [f64], one: impl Fn(f64) -> f64, slice: impl Fn(&[f64], &mut [f64])) {
        match self {
            Arg::Slice(values) => slice(values, out),
            Arg::Scalar(value) => out.fill(one(value)),
        }
    }
}

#[cfg(test)]
mod tests;
