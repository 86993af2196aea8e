//! Derivatives by the free constants, one block of rows, by reverse accumulation.

use super::{Arg, Block, Kernel, Operand, Rows};
use crate::Op;
use crate::math;

/// Fills `jacobian` for the rows; `values` holds every instruction's values, as [`super::forward::block`] leaves them with
/// `keep`.
pub(super) fn block(rows: Rows<'_>, values: &[Block], adjoints: &mut [Block], jacobian: &mut [Block]) {
    match rows.kernel {
        #[cfg(target_arch = "x86_64")]
        #[allow(unsafe_code, reason = "calling a function compiled for AVX-512")]
        // SAFETY: rows are made for a kernel that this processor has.
        Kernel::Avx512 => unsafe { block_avx512(rows, values, adjoints, jacobian) },
        #[cfg(target_arch = "x86_64")]
        #[allow(unsafe_code, reason = "calling a function compiled for AVX2")]
        // SAFETY: as above.
        Kernel::Avx2 => unsafe { block_avx2(rows, values, adjoints, jacobian) },
        Kernel::Baseline => block_plain(rows, values, adjoints, jacobian),
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512dq,avx512bw,avx512vl")]
fn block_avx512(rows: Rows<'_>, values: &[Block], adjoints: &mut [Block], jacobian: &mut [Block]) {
    block_plain(rows, values, adjoints, jacobian);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn block_avx2(rows: Rows<'_>, values: &[Block], adjoints: &mut [Block], jacobian: &mut [Block]) {
    block_plain(rows, values, adjoints, jacobian);
}

#[inline(always)]
fn block_plain(rows: Rows<'_>, values: &[Block], adjoints: &mut [Block], jacobian: &mut [Block]) {
    let Rows { program, n, .. } = rows;
    for column in jacobian.iter_mut() {
        column[..n].fill(0.0);
    }
    match program.root {
        Operand::Result(index) => adjoints[usize::from(index)][..n].fill(1.0),
        Operand::Param(index) => jacobian[usize::from(index)][..n].fill(1.0),
        _ => {}
    }
    // Derivatives are made here and then passed on, so that the compiler knows that they overlap no argument.
    let mut out = Block::ZERO;
    let out = &mut out[..n];
    for (index, instruction) in program.instructions.iter().enumerate().rev() {
        if !instruction.free {
            continue;
        }
        let [a, b, _] = instruction.args.map(|operand| rows.argument(operand, values, true));
        let value = &values[index][..n];
        for (position, operand) in instruction.args[..instruction.op.arity()].iter().enumerate() {
            match *operand {
                // Each result is an argument exactly once, so its adjoint is set, never added to.
                Operand::Result(source) if program.instructions[usize::from(source)].free => {
                    derivative(instruction.op, position, a, b, value, &adjoints[index][..n], out);
                    adjoints[usize::from(source)][..n].copy_from_slice(out);
                }
                Operand::Param(constant) => {
                    derivative(instruction.op, position, a, b, value, &adjoints[index][..n], out);
                    let column = &mut jacobian[usize::from(constant)][..n];
                    column.iter_mut().zip(&*out).for_each(|(sum, part)| *sum += part);
                }
                _ => {}
            }
        }
    }
}

/// A function of an angle on the first `n` rows of a block.
#[inline(always)]
fn angles(arg: Arg<'_>, n: usize, one: impl Fn(f64) -> f64, slice: impl Fn(&[f64], &mut [f64])) -> Block {
    let mut values = Block::ZERO;
    arg.angle(&mut values[..n], one, slice);
    values
}

/// One loop over the rows: `out` takes `adjoint * f(argument, value)`.
#[inline(always)]
fn each(arg: Arg<'_>, value: &[f64], adjoint: &[f64], out: &mut [f64], f: impl Fn(f64, f64) -> f64) {
    match arg {
        Arg::Slice(arg) => {
            for (((out, adjoint), arg), value) in out.iter_mut().zip(adjoint).zip(arg).zip(value) {
                *out = adjoint * f(*arg, *value);
            }
        }
        Arg::Scalar(arg) => {
            for ((out, adjoint), value) in out.iter_mut().zip(adjoint).zip(value) {
                *out = adjoint * f(arg, *value);
            }
        }
    }
}

/// Writes what the adjoint of an operator's result passes on to its argument number `position`.
#[inline(always)]
fn derivative(op: Op, position: usize, a: Arg<'_>, b: Arg<'_>, value: &[f64], adjoint: &[f64], out: &mut [f64]) {
    let n = value.len();
    match (op, position) {
        (Op::Add, _) | (Op::Sub, 0) => each(a, value, adjoint, out, |_, _| 1.0),
        (Op::Sub, _) | (Op::Neg, _) => each(a, value, adjoint, out, |_, _| -1.0),
        (Op::Mul, 0) => each(b, value, adjoint, out, |b, _| b),
        (Op::Mul, _) => each(a, value, adjoint, out, |a, _| a),
        (Op::Div, 0) => each(b, value, adjoint, out, |b, _| 1.0 / b),
        (Op::Div, _) => each(b, value, adjoint, out, |b, v| -v / b),
        (Op::Less, _) => each(a, value, adjoint, out, |_, _| 0.0),
        (Op::Abs, _) => each(a, value, adjoint, out, |a, _| if a < 0.0 { -1.0 } else { 1.0 }),
        (Op::Inv, _) => each(a, value, adjoint, out, |_, v| -v * v),
        (Op::Square, _) => each(a, value, adjoint, out, |a, _| 2.0 * a),
        (Op::Cube, _) => each(a, value, adjoint, out, |a, _| 3.0 * a * a),
        (Op::Sqrt, _) => each(a, value, adjoint, out, |_, v| 0.5 / v),
        (Op::Cbrt, _) => each(a, value, adjoint, out, |_, v| 1.0 / (3.0 * v * v)),
        (Op::Exp, _) => each(a, value, adjoint, out, |_, v| v),
        (Op::Log, _) => each(a, value, adjoint, out, |a, _| 1.0 / a),
        (Op::Sin, _) => {
            let cosine = angles(a, n, math::cos, math::cos_slice);
            each(Arg::Slice(&cosine[..n]), value, adjoint, out, |cosine, _| cosine);
        }
        (Op::Cos, _) => {
            let sine = angles(a, n, math::sin, math::sin_slice);
            each(Arg::Slice(&sine[..n]), value, adjoint, out, |sine, _| -sine);
        }
        (Op::Sinc, _) => {
            let cosine = angles(a, n, math::cos, math::cos_slice);
            for (row, out) in out.iter_mut().enumerate() {
                let a = a.at(row);
                // Near 0 the quotient loses all digits; the series -a/3 + a^3/30 is exact there to rounding.
                let series = a * (a * a / 30.0 - 1.0 / 3.0);
                let quotient = (cosine[row] - value[row]) / a;
                *out = adjoint[row] * if a.abs() < 1e-3 { series } else { quotient };
            }
        }
        (Op::Tan, _) => each(a, value, adjoint, out, |_, v| 1.0 + v * v),
        (Op::Asin, _) => each(a, value, adjoint, out, |a, _| 1.0 / (1.0 - a * a).sqrt()),
        (Op::Acos, _) => each(a, value, adjoint, out, |a, _| -1.0 / (1.0 - a * a).sqrt()),
        (Op::Atan, _) => each(a, value, adjoint, out, |a, _| 1.0 / (1.0 + a * a)),
        (Op::Sinh, _) => each(a, value, adjoint, out, |a, _| math::cosh(a)),
        (Op::Cosh, _) => each(a, value, adjoint, out, |a, _| math::sinh(a)),
        (Op::Tanh, _) => each(a, value, adjoint, out, |_, v| 1.0 - v * v),
        (Op::Pow, _) => {
            for (row, out) in out.iter_mut().enumerate() {
                *out = adjoint[row] * power(a.at(row), b.at(row), value[row], position);
            }
        }
        (Op::Min, _) | (Op::Max, _) => {
            for (row, out) in out.iter_mut().enumerate() {
                let (a, b) = (a.at(row), b.at(row));
                let first = if op == Op::Min { a < b } else { a > b };
                *out = if first == (position == 0) { adjoint[row] } else { 0.0 };
            }
        }
        (Op::Where, _) => {
            for (row, out) in out.iter_mut().enumerate() {
                let chosen = if a.at(row) != 0.0 { 1 } else { 2 };
                *out = if position == chosen { adjoint[row] } else { 0.0 };
            }
        }
    }
}

/// Derivative of `a**b = v` by `a` (position 0) or `b`.
fn power(a: f64, b: f64, v: f64, position: usize) -> f64 {
    if position == 0 {
        // At a = 0 the quotient v / a is undefined where the derivative is not.
        if a == 0.0 { b * math::pow(a, b - 1.0) } else { b * v / a }
    } else if a == 0.0 {
        0.0
    } else {
        // A negative base is only defined at isolated exponents: no step along the exponent is offered.
        if a < 0.0 { 0.0 } else { v * math::log(a) }
    }
}
