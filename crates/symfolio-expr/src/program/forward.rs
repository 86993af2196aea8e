//! Values of one block of rows.

use super::{Arg, BLOCK, Columns, Operand, Program};
use crate::Op;
use crate::math;
use crate::operator::{choose, larger, less, smaller};

/// Evaluates rows `start..start + n` and returns the values of the root.
///
/// With `keep`, instruction `i` leaves its values in block `i` (for derivatives); otherwise blocks are
/// reused. The last block is spare room for a root that is a leaf.
pub(super) fn block<'s>(
    program: &Program,
    params: &[f64],
    columns: &Columns<'_>,
    start: usize,
    n: usize,
    blocks: &'s mut [[f64; BLOCK]],
    keep: bool,
) -> &'s [f64] {
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx2") {
        #[allow(unsafe_code, reason = "calling a function compiled for AVX2")]
        // SAFETY: the processor has AVX2, as was just checked.
        unsafe {
            block_avx2(program, params, columns, start, n, blocks, keep);
        }
        return root_values(program, params, columns, start, n, blocks, keep);
    }
    block_plain(program, params, columns, start, n, blocks, keep);
    root_values(program, params, columns, start, n, blocks, keep)
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn block_avx2(
    program: &Program,
    params: &[f64],
    columns: &Columns<'_>,
    start: usize,
    n: usize,
    blocks: &mut [[f64; BLOCK]],
    keep: bool,
) {
    block_plain(program, params, columns, start, n, blocks, keep);
}

#[inline(always)]
fn block_plain(
    program: &Program,
    params: &[f64],
    columns: &Columns<'_>,
    start: usize,
    n: usize,
    blocks: &mut [[f64; BLOCK]],
    keep: bool,
) {
    for (index, instruction) in program.instructions.iter().enumerate() {
        let target = if keep { index } else { usize::from(instruction.slot) };
        // The target is taken out of the list while its arguments are read; it is never one of them.
        let mut out = [0.0; BLOCK];
        {
            let arg = |operand: Operand| argument(program, operand, params, columns, start, n, blocks, keep);
            let [a, b, c] = instruction.args.map(arg);
            apply(instruction.op, a, b, c, &mut out[..n]);
        }
        blocks[target][..n].copy_from_slice(&out[..n]);
    }
}

#[inline(always)]
#[allow(clippy::too_many_arguments, reason = "one place that resolves an operand")]
pub(super) fn argument<'a>(
    program: &Program,
    operand: Operand,
    params: &[f64],
    columns: &Columns<'a>,
    start: usize,
    n: usize,
    blocks: &'a [[f64; BLOCK]],
    keep: bool,
) -> Arg<'a> {
    match operand {
        Operand::Const(value) => Arg::Scalar(value),
        Operand::Param(index) => Arg::Scalar(params[usize::from(index)]),
        Operand::Var(index) => Arg::Slice(&columns.column(usize::from(index))[start..start + n]),
        Operand::Result(index) => {
            let index = usize::from(index);
            let at = if keep { index } else { usize::from(program.instructions[index].slot) };
            Arg::Slice(&blocks[at][..n])
        }
    }
}

/// The root's values; a root that is a leaf is written into the spare block.
fn root_values<'s>(
    program: &Program,
    params: &[f64],
    columns: &Columns<'_>,
    start: usize,
    n: usize,
    blocks: &'s mut [[f64; BLOCK]],
    keep: bool,
) -> &'s [f64] {
    let at = match program.root {
        Operand::Result(index) if keep => usize::from(index),
        Operand::Result(index) => usize::from(program.instructions[usize::from(index)].slot),
        Operand::Var(index) => {
            blocks[0][..n].copy_from_slice(&columns.column(usize::from(index))[start..start + n]);
            0
        }
        Operand::Const(value) => {
            blocks[0][..n].fill(value);
            0
        }
        Operand::Param(index) => {
            blocks[0][..n].fill(params[usize::from(index)]);
            0
        }
    };
    &blocks[at][..n]
}

#[inline(always)]
fn unary(a: Arg<'_>, out: &mut [f64], f: impl Fn(f64) -> f64) {
    match a {
        Arg::Slice(a) => out.iter_mut().zip(a).for_each(|(out, a)| *out = f(*a)),
        Arg::Scalar(a) => out.fill(f(a)),
    }
}

/// Functions of angles have a form for slices: the rare huge angles are set right in a second pass.
#[inline(always)]
fn angle(a: Arg<'_>, out: &mut [f64], one: impl Fn(f64) -> f64, slice: impl Fn(&[f64], &mut [f64])) {
    match a {
        Arg::Slice(a) => slice(a, out),
        Arg::Scalar(a) => out.fill(one(a)),
    }
}

#[inline(always)]
fn binary(a: Arg<'_>, b: Arg<'_>, out: &mut [f64], f: impl Fn(f64, f64) -> f64) {
    match (a, b) {
        (Arg::Slice(a), Arg::Slice(b)) => {
            out.iter_mut().zip(a).zip(b).for_each(|((out, a), b)| *out = f(*a, *b));
        }
        (Arg::Slice(a), Arg::Scalar(b)) => out.iter_mut().zip(a).for_each(|(out, a)| *out = f(*a, b)),
        (Arg::Scalar(a), Arg::Slice(b)) => out.iter_mut().zip(b).for_each(|(out, b)| *out = f(a, *b)),
        (Arg::Scalar(a), Arg::Scalar(b)) => out.fill(f(a, b)),
    }
}

#[inline(always)]
fn at(arg: Arg<'_>, row: usize) -> f64 {
    match arg {
        Arg::Slice(values) => values[row],
        Arg::Scalar(value) => value,
    }
}

#[inline(always)]
fn apply(op: Op, a: Arg<'_>, b: Arg<'_>, c: Arg<'_>, out: &mut [f64]) {
    match op {
        Op::Add => binary(a, b, out, |a, b| a + b),
        Op::Sub => binary(a, b, out, |a, b| a - b),
        Op::Mul => binary(a, b, out, |a, b| a * b),
        Op::Div => binary(a, b, out, |a, b| a / b),
        Op::Pow => binary(a, b, out, math::pow),
        Op::Min => binary(a, b, out, smaller),
        Op::Max => binary(a, b, out, larger),
        Op::Less => binary(a, b, out, less),
        Op::Neg => unary(a, out, |a| -a),
        Op::Abs => unary(a, out, f64::abs),
        Op::Inv => unary(a, out, |a| 1.0 / a),
        Op::Square => unary(a, out, |a| a * a),
        Op::Cube => unary(a, out, |a| a * a * a),
        Op::Sqrt => unary(a, out, f64::sqrt),
        Op::Cbrt => unary(a, out, math::cbrt),
        Op::Exp => unary(a, out, math::exp),
        Op::Log => unary(a, out, math::log),
        Op::Sin => angle(a, out, math::sin, math::sin_slice),
        Op::Cos => angle(a, out, math::cos, math::cos_slice),
        Op::Sinc => angle(a, out, math::sinc, math::sinc_slice),
        Op::Tan => angle(a, out, math::tan, math::tan_slice),
        Op::Asin => unary(a, out, math::asin),
        Op::Acos => unary(a, out, math::acos),
        Op::Atan => unary(a, out, math::atan),
        Op::Sinh => unary(a, out, math::sinh),
        Op::Cosh => unary(a, out, math::cosh),
        Op::Tanh => unary(a, out, math::tanh),
        Op::Where => {
            for (row, out) in out.iter_mut().enumerate() {
                *out = choose(at(a, row), at(b, row), at(c, row));
            }
        }
    }
}
