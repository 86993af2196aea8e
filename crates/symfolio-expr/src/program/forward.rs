//! Values of one block of rows.

use super::{Arg, Block, Kernel, Operand, Rows};
use crate::Op;
use crate::math;
use crate::operator::{choose, larger, less, smaller};

/// Evaluates the rows and returns the values of the root.
///
/// With `keep`, instruction `i` leaves its values in block `i` (for derivatives); otherwise blocks are
/// reused. A root that is a leaf is written into block 0.
pub(super) fn block<'s>(rows: Rows<'_>, blocks: &'s mut [Block], keep: bool) -> &'s [f64] {
    evaluate(rows, blocks, keep);
    let root = rows.program.root_block(keep);
    let values = &mut blocks[root][..rows.n];
    if !matches!(rows.program.root, Operand::Result(_)) {
        unary(rows.argument(rows.program.root, &[], keep), values, |value| value);
    }
    values
}

fn evaluate(rows: Rows<'_>, blocks: &mut [Block], keep: bool) {
    match rows.kernel {
        #[cfg(target_arch = "x86_64")]
        #[allow(unsafe_code, reason = "calling a function compiled for AVX-512")]
        // SAFETY: rows are made for a kernel that this processor has.
        Kernel::Avx512 => unsafe { evaluate_avx512(rows, blocks, keep) },
        #[cfg(target_arch = "x86_64")]
        #[allow(unsafe_code, reason = "calling a function compiled for AVX2")]
        // SAFETY: as above.
        Kernel::Avx2 => unsafe { evaluate_avx2(rows, blocks, keep) },
        Kernel::Baseline => evaluate_plain(rows, blocks, keep),
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512dq,avx512bw,avx512vl")]
fn evaluate_avx512(rows: Rows<'_>, blocks: &mut [Block], keep: bool) {
    evaluate_plain(rows, blocks, keep);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn evaluate_avx2(rows: Rows<'_>, blocks: &mut [Block], keep: bool) {
    evaluate_plain(rows, blocks, keep);
}

#[inline(always)]
fn evaluate_plain(rows: Rows<'_>, blocks: &mut [Block], keep: bool) {
    // Results are made here and then copied, so that the compiler knows that they overlap no argument.
    let mut out = Block::ZERO;
    let out = &mut out[..rows.n];
    for (index, instruction) in rows.program.instructions.iter().enumerate() {
        let [a, b, c] = instruction.args.map(|operand| rows.argument(operand, blocks, keep));
        apply(instruction.op, a, b, c, out);
        blocks[rows.program.block_of(index as u16, keep)][..rows.n].copy_from_slice(out);
    }
}

#[inline(always)]
fn unary(a: Arg<'_>, out: &mut [f64], f: impl Fn(f64) -> f64) {
    match a {
        Arg::Slice(a) => out.iter_mut().zip(a).for_each(|(out, a)| *out = f(*a)),
        Arg::Scalar(a) => out.fill(f(a)),
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
        Op::Sin => a.angle(out, math::sin, math::sin_slice),
        Op::Cos => a.angle(out, math::cos, math::cos_slice),
        Op::Sinc => a.angle(out, math::sinc, math::sinc_slice),
        Op::Tan => a.angle(out, math::tan, math::tan_slice),
        Op::Asin => unary(a, out, math::asin),
        Op::Acos => unary(a, out, math::acos),
        Op::Atan => unary(a, out, math::atan),
        Op::Sinh => unary(a, out, math::sinh),
        Op::Cosh => unary(a, out, math::cosh),
        Op::Tanh => unary(a, out, math::tanh),
        Op::Where => {
            for (row, out) in out.iter_mut().enumerate() {
                *out = choose(a.at(row), b.at(row), c.at(row));
            }
        }
    }
}
