//! Memory that evaluation works in, and [`Rows`]: what it works on.

use super::Columns;
use super::kernel::Kernel;
use super::tape::Operand;
use crate::Real;

/// Rows evaluated at a time.
pub const BLOCK: usize = 256;

/// Blocks that are not full are evaluated up to the next multiple of this, so that loops have no rest to do one by one.
const STEP: usize = 32;

/// [`BLOCK`] values, at the start of a cache line: the widest vectors do not lie across two of them.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
pub struct Block<R = f64>([R; BLOCK]);

impl<R: Real> Block<R> {
    pub(super) fn boxed() -> Box<Block<R>> {
        Box::new(Block([R::default(); BLOCK]))
    }
}

impl<R> std::ops::Deref for Block<R> {
    type Target = [R; BLOCK];

    fn deref(&self) -> &[R; BLOCK] {
        &self.0
    }
}

impl<R> std::ops::DerefMut for Block<R> {
    fn deref_mut(&mut self) -> &mut [R; BLOCK] {
        &mut self.0
    }
}

/// Working memory of evaluation; one a thread, reused from call to call.
#[derive(Clone, Debug)]
pub struct Scratch<R = f64> {
    /// Results of instructions.
    pub(super) values: Vec<Box<Block<R>>>,
    /// Where a result is made before it is exchanged for the block that it belongs to.
    pub(super) spare: Box<Block<R>>,
    /// Derivatives of the root by the results of instructions.
    pub(super) adjoints: Vec<Box<Block<R>>>,
    /// Derivatives of the root by the free constants.
    pub(super) jacobian: Vec<Box<Block<R>>>,
    /// The features of the last rows, the last one repeated up to a multiple of [`STEP`].
    pub(super) tail: Vec<Box<Block<R>>>,
}

impl<R: Real> Default for Scratch<R> {
    fn default() -> Scratch<R> {
        let nothing = Vec::new;
        Scratch { values: nothing(), spare: Block::boxed(), adjoints: nothing(), jacobian: nothing(), tail: nothing() }
    }
}

/// Makes `blocks` at least `wanted` long.
pub(super) fn reserve<R: Real>(blocks: &mut Vec<Box<Block<R>>>, wanted: usize) {
    if blocks.len() < wanted {
        blocks.resize_with(wanted, Block::boxed);
    }
}

/// A block of rows and what an expression over them is made of.
#[derive(Clone, Copy)]
pub(super) struct Rows<'a, R> {
    /// Values of the free constants.
    pub params: &'a [f64],
    pub columns: &'a Columns<'a, R>,
    /// Position of the first row.
    pub start: usize,
    /// Number of rows that are evaluated: those there are, and repetitions of the last one.
    pub n: usize,
    /// The features where rows are repeated; empty where none is.
    pub tail: &'a [Box<Block<R>>],
    /// One that this processor has: rows are made by [`Rows::each`] only.
    kernel: Kernel,
}

impl<'a, R: Real> Rows<'a, R> {
    /// Calls `visit(rows, n)` for block after block of which the first `n` rows are no repetitions, until it answers `false`.
    pub(super) fn each(
        params: &'a [f64],
        columns: &'a Columns<'a, R>,
        n_features: usize,
        tail: &'a mut Vec<Box<Block<R>>>,
        mut visit: impl FnMut(Rows<'_, R>, usize) -> bool,
    ) {
        let kernel = Kernel::here();
        let n_rows = columns.n_rows();
        let mut start = 0;
        while start < n_rows {
            let there = BLOCK.min(n_rows - start);
            let n = there.next_multiple_of(STEP);
            if n > there {
                reserve(tail, n_features);
                for (index, block) in tail.iter_mut().enumerate().take(n_features) {
                    let column = &columns.column(index)[start..];
                    block[..there].copy_from_slice(column);
                    block[there..n].fill(column[there - 1]);
                }
            }
            let rows = Rows { params, columns, start, n, tail: if n > there { tail } else { &[] }, kernel };
            if !visit(rows, there) {
                return;
            }
            start += there;
        }
    }

    /// Writes the values of a root that is a leaf into `block`; a result is there already.
    pub(super) fn leaf(self, root: Operand, block: &mut Block<R>) {
        match root {
            Operand::Const(value) => block[..self.n].fill(R::of(value)),
            Operand::Param(index) => block[..self.n].fill(R::of(self.params[usize::from(index)])),
            Operand::Var(index) => block[..self.n].copy_from_slice(self.variable(index)),
            Operand::Result(_) => {}
        }
    }

    /// What `operand` stands for on these rows; `result(i)` is the block that holds the values of instruction `i`.
    #[inline(always)]
    pub(super) fn argument<'s>(self, operand: Operand, result: impl FnOnce(u32) -> &'s Block<R>) -> Arg<'s, R>
    where
        'a: 's,
    {
        match operand {
            Operand::Const(value) => Arg::Scalar(R::of(value)),
            Operand::Param(index) => Arg::Scalar(R::of(self.params[usize::from(index)])),
            Operand::Var(index) => Arg::Slice(self.variable(index)),
            Operand::Result(index) => Arg::Slice(&result(index)[..self.n]),
        }
    }

    #[inline(always)]
    fn variable(self, index: u16) -> &'a [R] {
        match self.tail.get(usize::from(index)) {
            Some(block) => &block[..self.n],
            None => &self.columns.column(usize::from(index))[self.start..self.start + self.n],
        }
    }

    /// One that this processor has.
    #[inline(always)]
    pub(super) fn kernel(self) -> Kernel {
        self.kernel
    }

    /// The same rows for another kernel.
    #[cfg(test)]
    pub(super) fn with_kernel(self, kernel: Kernel) -> Rows<'a, R> {
        Rows { kernel, ..self }
    }
}

/// An argument of one block: a column of values, or one value for all rows.
#[derive(Clone, Copy)]
pub(super) enum Arg<'a, R> {
    Slice(&'a [R]),
    Scalar(R),
}

impl<'a, R: Real> Arg<'a, R> {
    /// The column. Functions of one argument have no other (see [`Tape::add`](super::tape::Tape::add)).
    #[inline(always)]
    pub(super) fn column(self) -> &'a [R] {
        match self {
            Arg::Slice(values) => values,
            Arg::Scalar(_) => &[],
        }
    }

    /// The value in row `row` of the block.
    #[inline(always)]
    pub(super) fn at(self, row: usize) -> R {
        match self {
            Arg::Slice(values) => values[row],
            Arg::Scalar(value) => value,
        }
    }
}
