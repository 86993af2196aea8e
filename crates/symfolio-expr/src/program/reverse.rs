//! Derivatives by the free constants, one block of rows, by reverse accumulation.

use super::{Arg, BLOCK, Columns, Operand, Program, forward};
use crate::Op;
use crate::math;

/// Fills `jacobian` for rows `start..start + n`; `values` holds every instruction's values, as
/// [`forward::block`] leaves them with `keep`. Returns the values of the root.
#[allow(clippy::too_many_arguments, reason = "the working memory is lent part by part")]
pub(super) fn block<'s>(
    program: &Program,
    params: &[f64],
    columns: &Columns<'_>,
    start: usize,
    n: usize,
    values: &'s [[f64; BLOCK]],
    adjoints: &mut [[f64; BLOCK]],
    jacobian: &mut [[f64; BLOCK]],
) -> &'s [f64] {
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx2") {
        #[allow(unsafe_code, reason = "calling a function compiled for AVX2")]
        // SAFETY: the processor has AVX2, as was just checked.
        unsafe {
            block_avx2(program, params, columns, start, n, values, adjoints, jacobian);
        }
        return root_values(program, n, values);
    }
    block_plain(program, params, columns, start, n, values, adjoints, jacobian);
    root_values(program, n, values)
}

fn root_values<'s>(program: &Program, n: usize, values: &'s [[f64; BLOCK]]) -> &'s [f64] {
    match program.root {
        Operand::Result(index) => &values[usize::from(index)][..n],
        _ => &values[0][..n],
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
#[allow(clippy::too_many_arguments, reason = "as block")]
fn block_avx2(
    program: &Program,
    params: &[f64],
    columns: &Columns<'_>,
    start: usize,
    n: usize,
    values: &[[f64; BLOCK]],
    adjoints: &mut [[f64; BLOCK]],
    jacobian: &mut [[f64; BLOCK]],
) {
    block_plain(program, params, columns, start, n, values, adjoints, jacobian);
}

#[inline(always)]
#[allow(clippy::too_many_arguments, reason = "as block")]
fn block_plain(
    program: &Program,
    params: &[f64],
    columns: &Columns<'_>,
    start: usize,
    n: usize,
    values: &[[f64; BLOCK]],
    adjoints: &mut [[f64; BLOCK]],
    jacobian: &mut [[f64; BLOCK]],
) {
    for column in jacobian.iter_mut() {
        column[..n].fill(0.0);
    }
    match program.root {
        Operand::Result(index) => adjoints[usize::from(index)][..n].fill(1.0),
        Operand::Param(index) => jacobian[usize::from(index)][..n].fill(1.0),
        _ => {}
    }
    for (index, instruction) in program.instructions.iter().enumerate().rev() {
        if !instruction.free {
            continue;
        }
        let arg = |operand: Operand| forward::argument(program, operand, params, columns, start, n, values, true);
        let [a, b, c] = instruction.args.map(arg);
        let value = &values[index][..n];
        let (below, own) = adjoints.split_at_mut(index);
        let adjoint = &own[0][..n];
        for (position, operand) in instruction.args[..instruction.op.arity()].iter().enumerate() {
            match *operand {
                // Each result is an argument exactly once, so its adjoint is set, never added to.
                Operand::Result(source) if program.instructions[usize::from(source)].free => {
                    let out = &mut below[usize::from(source)][..n];
                    derivative(instruction.op, position, a, b, c, value, adjoint, out, |out, d| *out = d);
                }
                Operand::Param(constant) => {
                    let out = &mut jacobian[usize::from(constant)][..n];
                    derivative(instruction.op, position, a, b, c, value, adjoint, out, |out, d| *out += d);
                }
                _ => {}
            }
        }
    }
}

#[inline(always)]
fn at(arg: Arg<'_>, row: usize) -> f64 {
    match arg {
        Arg::Slice(values) => values[row],
        Arg::Scalar(value) => value,
    }
}

/// A function of an angle on every row of a block.
#[inline(always)]
fn angle(arg: Arg<'_>, n: usize, one: impl Fn(f64) -> f64, slice: impl Fn(&[f64], &mut [f64])) -> [f64; BLOCK] {
    let mut values = [0.0; BLOCK];
    match arg {
        Arg::Slice(arg) => slice(arg, &mut values[..n]),
        Arg::Scalar(arg) => values[..n].fill(one(arg)),
    }
    values
}

/// One loop over the rows: `out` takes `adjoint * f(argument, value)`.
#[inline(always)]
fn rows(
    arg: Arg<'_>,
    value: &[f64],
    adjoint: &[f64],
    out: &mut [f64],
    put: impl Fn(&mut f64, f64),
    f: impl Fn(f64, f64) -> f64,
) {
    match arg {
        Arg::Slice(arg) => {
            for (((out, adjoint), arg), value) in out.iter_mut().zip(adjoint).zip(arg).zip(value) {
                put(out, adjoint * f(*arg, *value));
            }
        }
        Arg::Scalar(arg) => {
            for ((out, adjoint), value) in out.iter_mut().zip(adjoint).zip(value) {
                put(out, adjoint * f(arg, *value));
            }
        }
    }
}

/// Passes the adjoint of an operator's result on to its argument number `position`.
#[inline(always)]
#[allow(clippy::too_many_arguments, reason = "the operator's arguments and result, and where to")]
fn derivative(
    op: Op,
    position: usize,
    a: Arg<'_>,
    b: Arg<'_>,
    c: Arg<'_>,
    value: &[f64],
    adjoint: &[f64],
    out: &mut [f64],
    put: impl Fn(&mut f64, f64) + Copy,
) {
    match (op, position) {
        (Op::Add, _) | (Op::Sub, 0) => rows(a, value, adjoint, out, put, |_, _| 1.0),
        (Op::Sub, _) | (Op::Neg, _) => rows(a, value, adjoint, out, put, |_, _| -1.0),
        (Op::Mul, 0) => rows(b, value, adjoint, out, put, |b, _| b),
        (Op::Mul, _) => rows(a, value, adjoint, out, put, |a, _| a),
        (Op::Div, 0) => rows(b, value, adjoint, out, put, |b, _| 1.0 / b),
        (Op::Div, _) => rows(b, value, adjoint, out, put, |b, v| -v / b),
        (Op::Less, _) => rows(a, value, adjoint, out, put, |_, _| 0.0),
        (Op::Abs, _) => rows(a, value, adjoint, out, put, |a, _| if a < 0.0 { -1.0 } else { 1.0 }),
        (Op::Inv, _) => rows(a, value, adjoint, out, put, |_, v| -v * v),
        (Op::Square, _) => rows(a, value, adjoint, out, put, |a, _| 2.0 * a),
        (Op::Cube, _) => rows(a, value, adjoint, out, put, |a, _| 3.0 * a * a),
        (Op::Sqrt, _) => rows(a, value, adjoint, out, put, |_, v| 0.5 / v),
        (Op::Cbrt, _) => rows(a, value, adjoint, out, put, |_, v| 1.0 / (3.0 * v * v)),
        (Op::Exp, _) => rows(a, value, adjoint, out, put, |_, v| v),
        (Op::Log, _) => rows(a, value, adjoint, out, put, |a, _| 1.0 / a),
        (Op::Sin, _) => {
            let cosine = angle(a, value.len(), math::cos, math::cos_slice);
            rows(Arg::Slice(&cosine[..value.len()]), value, adjoint, out, put, |cosine, _| cosine);
        }
        (Op::Cos, _) => {
            let sine = angle(a, value.len(), math::sin, math::sin_slice);
            rows(Arg::Slice(&sine[..value.len()]), value, adjoint, out, put, |sine, _| -sine);
        }
        (Op::Sinc, _) => {
            let cosine = angle(a, value.len(), math::cos, math::cos_slice);
            for (row, out) in out.iter_mut().enumerate() {
                let a = at(a, row);
                // Near 0 the quotient loses all digits; the series -a/3 + a^3/30 is exact there to rounding.
                let series = a * (a * a / 30.0 - 1.0 / 3.0);
                let quotient = (cosine[row] - value[row]) / a;
                put(out, adjoint[row] * if a.abs() < 1e-3 { series } else { quotient });
            }
        }
        (Op::Tan, _) => rows(a, value, adjoint, out, put, |_, v| 1.0 + v * v),
        (Op::Asin, _) => rows(a, value, adjoint, out, put, |a, _| 1.0 / (1.0 - a * a).sqrt()),
        (Op::Acos, _) => rows(a, value, adjoint, out, put, |a, _| -1.0 / (1.0 - a * a).sqrt()),
        (Op::Atan, _) => rows(a, value, adjoint, out, put, |a, _| 1.0 / (1.0 + a * a)),
        (Op::Sinh, _) => rows(a, value, adjoint, out, put, |a, _| math::cosh(a)),
        (Op::Cosh, _) => rows(a, value, adjoint, out, put, |a, _| math::sinh(a)),
        (Op::Tanh, _) => rows(a, value, adjoint, out, put, |_, v| 1.0 - v * v),
        (Op::Pow, _) => {
            for (row, out) in out.iter_mut().enumerate() {
                put(out, adjoint[row] * power(at(a, row), at(b, row), value[row], position));
            }
        }
        (Op::Min, _) | (Op::Max, _) => {
            for (row, out) in out.iter_mut().enumerate() {
                let (a, b) = (at(a, row), at(b, row));
                let first = if op == Op::Min { a < b } else { a > b };
                put(out, if first == (position == 0) { adjoint[row] } else { 0.0 });
            }
        }
        (Op::Where, _) => {
            for (row, out) in out.iter_mut().enumerate() {
                let chosen = if at(a, row) != 0.0 { 1 } else { 2 };
                put(out, if position == chosen { adjoint[row] } else { 0.0 });
            }
            let _ = c;
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
