//! [`Program`]: an expression made ready for evaluation over blocks of rows; [`Batch`]: many of them.
//!
//! Instructions work on blocks of [`BLOCK`] rows that stay in the first-level cache; leaves are operands and are never copied.
//! Every kernel is one plain loop, compiled for the baseline, for AVX2 and for AVX-512, and picked at run time. Fused
//! multiply-adds are part of the functions' definition and none is the system's, so all kernels give the same bits.

mod batch;
mod block;
mod columns;
mod forward;
mod kernel;
mod real;
mod registers;
mod reverse;
mod tape;

pub use batch::{Batch, Evaluated};
pub use block::{BLOCK, Block, Scratch};
pub use columns::Columns;
pub use kernel::kernel;
pub use real::Real;
pub use registers::{Moments, Registers};

use crate::Expr;
use block::{Rows, reserve};
use forward::Keep;
use tape::{Operand, Tape};

/// An expression made ready for evaluation; the values of its free constants are given at each call. A sub-expression that it has
/// twice is evaluated once.
///
/// Columns and working memory are of one precision, `f64` or `f32`, which is the precision of the evaluation, save of what is made of
/// literals alone: that is worked out once, in `f64`, and then rounded. (In a [`Batch`] free constants are literals.)
#[derive(Clone, Debug)]
pub struct Program {
    tape: Tape,
    root: Operand,
    n_params: usize,
    work_per_row: u64,
}

/// One block of values and their derivatives.
#[derive(Clone, Copy, Debug)]
pub struct JacobianBlock<'a, R = f64> {
    /// Position of the first row of the block.
    pub start: usize,
    /// Values, shape `(n)` with `n` at most [`BLOCK`].
    pub values: &'a [R],
    /// Derivatives by free constant: `jacobian[k][i]` is d value(i) / d c_k for `i < n`; entries behind `n` mean nothing.
    ///
    /// They may be infinite or NaN where the value is finite: at the edge of a domain (`sqrt` at 0, `asin` at 1), and where the value
    /// does not depend on what is undefined (`pow(NaN, 0)` is 1). They may be finite where the value is not, as that of `log` below 0.
    pub jacobian: &'a [Box<Block<R>>],
}

impl Program {
    /// Prepares `expr`.
    pub fn new(expr: &Expr) -> Program {
        let mut tape = Tape::default();
        let root = tape.add(expr, false);
        let n_params = expr.params().len();
        tape.assign_slots(if let Operand::Result(index) = root { Some(index) } else { None });
        tape.mark_first(n_params);
        let work_per_row = tape.work_per_row();
        Program { tape, root, n_params, work_per_row }
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
        self.tape.nodes_per_row()
    }

    /// Calls `visit(start, values)` for each block of rows in order, until it answers `false`.
    ///
    /// # Panics
    /// Where a variable has no column, or the number of `params` is not the number of free constants.
    pub fn blocks<R: Real>(
        &self,
        params: &[f64],
        columns: &Columns<'_, R>,
        scratch: &mut Scratch<R>,
        mut visit: impl FnMut(usize, &[R]) -> bool,
    ) {
        self.check(params, columns);
        let Scratch { values, spare, tail, .. } = scratch;
        reserve(values, self.tape.n_slots);
        let at = self.root_block(Keep::Slots);
        Rows::each(params, columns, self.tape.n_features, tail, |rows, n| {
            let instructions = &self.tape.instructions;
            forward::evaluate(rows, instructions, 0..instructions.len(), Keep::Slots, values, spare);
            rows.leaf(self.root, &mut values[at]);
            visit(rows.start, &values[at][..n])
        });
    }

    /// Writes the value of each row into `out`, shape `(n_rows)`.
    ///
    /// # Panics
    /// As [`Program::blocks`], and where `out` has another length than the columns.
    pub fn values<R: Real>(&self, params: &[f64], columns: &Columns<'_, R>, scratch: &mut Scratch<R>, out: &mut [R]) {
        assert_eq!(out.len(), columns.n_rows(), "one output a row");
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
    pub fn jacobian_blocks<R: Real>(
        &self,
        params: &[f64],
        columns: &Columns<'_, R>,
        scratch: &mut Scratch<R>,
        mut visit: impl FnMut(JacobianBlock<'_, R>) -> bool,
    ) {
        self.check(params, columns);
        let Scratch { values, spare, adjoints, jacobian, tail } = scratch;
        let instructions = &self.tape.instructions;
        reserve(values, instructions.len().max(1));
        reserve(adjoints, instructions.len());
        reserve(jacobian, self.n_params);
        let jacobian = &mut jacobian[..self.n_params];
        let at = self.root_block(Keep::All);
        Rows::each(params, columns, self.tape.n_features, tail, |rows, n| {
            forward::evaluate(rows, instructions, 0..instructions.len(), Keep::All, values, spare);
            rows.leaf(self.root, &mut values[at]);
            reverse::differentiate(rows, instructions, self.root, values, adjoints, jacobian, spare);
            visit(JacobianBlock { start: rows.start, values: &values[at][..n], jacobian })
        });
    }

    /// The block that holds the values of the root: that of its instruction, or block 0 for a leaf.
    fn root_block(&self, keep: Keep) -> usize {
        match (self.root, keep) {
            (Operand::Result(index), Keep::All) => index as usize,
            (Operand::Result(index), Keep::Slots) => self.tape.instructions[index as usize].slot as usize,
            _ => 0,
        }
    }

    fn check<R>(&self, params: &[f64], columns: &Columns<'_, R>) {
        assert_eq!(params.len(), self.n_params, "one value a free constant");
        self.tape.check(columns);
    }
}

#[cfg(test)]
mod batch_tests;
#[cfg(test)]
mod tests;
