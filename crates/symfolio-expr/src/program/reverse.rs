//! Derivatives of one block of rows by the free constants, from the root to the leaves.

use super::block::{Arg, Block, Rows};
use super::kernel::{Kernel, for_each_kernel};
use super::tape::{Instruction, Operand};
use crate::{Op, Real};

for_each_kernel! {
    /// Leaves the derivatives of the root by each free constant in `jacobian`; `values` holds the result of every instruction in
    /// its own block.
    fn differentiate = plain by rows.kernel, (
        rows: Rows<'_, R>,
        all: &[Instruction],
        root: Operand,
        values: &[Box<Block<R>>],
        adjoints: &mut [Box<Block<R>>],
        jacobian: &mut [Box<Block<R>>],
        spare: &mut Box<Block<R>>,
    )
}

#[inline(always)]
fn plain<R: Real>(
    rows: Rows<'_, R>,
    all: &[Instruction],
    root: Operand,
    values: &[Box<Block<R>>],
    adjoints: &mut [Box<Block<R>>],
    jacobian: &mut [Box<Block<R>>],
    spare: &mut Box<Block<R>>,
) {
    let n = rows.n;
    match root {
        Operand::Result(index) => adjoints[index as usize][..n].fill(R::of(1.0)),
        Operand::Param(index) => jacobian[usize::from(index)][..n].fill(R::of(1.0)),
        _ => {}
    }
    for (index, instruction) in all.iter().enumerate().rev() {
        if !instruction.free {
            continue;
        }
        let result = |index: u32| &*values[index as usize];
        let [a, b, _] = instruction.args;
        let (a, b) = (rows.argument(a, result), rows.argument(b, result));
        let value = &values[index][..n];
        let (sources, own) = adjoints.split_at_mut(index);
        let adjoint = &own[0][..n];
        for (position, operand) in instruction.args[..instruction.op.arity()].iter().enumerate() {
            let goal = match *operand {
                Operand::Result(source) if all[source as usize].free => &mut sources[source as usize],
                Operand::Param(constant) => &mut jacobian[usize::from(constant)],
                _ => continue,
            };
            if instruction.first[position] {
                derivative(rows, (instruction.op, position), a, b, value, adjoint, &mut goal[..n]);
            } else {
                derivative(rows, (instruction.op, position), a, b, value, adjoint, &mut spare[..n]);
                for (sum, part) in goal[..n].iter_mut().zip(&spare[..n]) {
                    *sum += *part;
                }
            }
        }
    }
}

/// One loop over the rows: `$out` takes `$value`, in terms of the values of the adjoint, the argument and the result.
macro_rules! each {
    ($arg:expr, $result:ident, $adjoint:ident, $out:ident, |$d:ident, $x:ident, $v:ident| $value:expr) => {
        for (((out, &$d), &$x), &$v) in $out.iter_mut().zip($adjoint).zip($arg).zip($result) {
            *out = $value;
        }
    };
}

/// As `each!` for an argument that may be one value for all rows.
macro_rules! each_of_two {
    ($arg:expr, $result:ident, $adjoint:ident, $out:ident, |$d:ident, $x:ident, $v:ident| $value:expr) => {
        match $arg {
            Arg::Slice(arg) => each!(arg, $result, $adjoint, $out, |$d, $x, $v| $value),
            Arg::Scalar($x) => {
                for ((out, &$d), &$v) in $out.iter_mut().zip($adjoint).zip($result) {
                    *out = $value;
                }
            }
        }
    };
}

/// Writes what the adjoint of an operator's result passes on to its argument number `position`.
#[inline(always)]
fn derivative<R: Real>(
    rows: Rows<'_, R>,
    (op, position): (Op, usize),
    a: Arg<'_, R>,
    b: Arg<'_, R>,
    value: &[R],
    adjoint: &[R],
    out: &mut [R],
) {
    let (zero, one) = (R::of(0.0), R::of(1.0));
    match (op, position) {
        (Op::Add, _) | (Op::Sub, 0) => out.copy_from_slice(adjoint),
        (Op::Sub, _) | (Op::Neg, _) => each!(value, value, adjoint, out, |d, _a, _v| -d),
        (Op::Mul, 0) => each_of_two!(b, value, adjoint, out, |d, b, _v| d * b),
        (Op::Mul, _) => each_of_two!(a, value, adjoint, out, |d, a, _v| d * a),
        (Op::Div, 0) => each_of_two!(b, value, adjoint, out, |d, b, _v| d / b),
        (Op::Div, _) => each_of_two!(b, value, adjoint, out, |d, b, v| -(d * v) / b),
        (Op::Less, _) => out.fill(zero),
        (Op::Abs, _) => each!(a.column(), value, adjoint, out, |d, a, _v| if a < zero { -d } else { d }),
        (Op::Inv, _) => each!(a.column(), value, adjoint, out, |d, _a, v| d * (-v * v)),
        (Op::Square, _) => each!(a.column(), value, adjoint, out, |d, a, _v| d * (a + a)),
        (Op::Cube, _) => each!(a.column(), value, adjoint, out, |d, a, _v| d * (R::of(3.0) * a * a)),
        (Op::Sqrt, _) => each!(a.column(), value, adjoint, out, |d, _a, v| d * (R::of(0.5) / v)),
        (Op::Cbrt, _) => each!(a.column(), value, adjoint, out, |d, _a, v| d / (R::of(3.0) * v * v)),
        (Op::Exp, _) => each!(a.column(), value, adjoint, out, |d, _a, v| d * v),
        (Op::Log, _) => each!(a.column(), value, adjoint, out, |d, a, _v| d / a),
        (Op::Sin, _) => {
            R::cos_slice(a.column(), out);
            for (out, d) in out.iter_mut().zip(adjoint) {
                *out = *d * *out;
            }
        }
        (Op::Cos, _) => {
            R::sin_slice(a.column(), out);
            for (out, d) in out.iter_mut().zip(adjoint) {
                *out = -(*d * *out);
            }
        }
        (Op::Sinc, _) => {
            R::cos_slice(a.column(), out);
            for (((out, &d), &a), &v) in out.iter_mut().zip(adjoint).zip(a.column()).zip(value) {
                // Near 0 the quotient loses all digits; the series -a/3 + a^3/30 is exact there to rounding.
                let series = a * (a * a * R::of(1.0 / 30.0) - R::of(1.0 / 3.0));
                let quotient = (*out - v) / a;
                *out = d * if a.abs() < R::of(1e-3) { series } else { quotient };
            }
        }
        (Op::Tan, _) => each!(a.column(), value, adjoint, out, |d, _a, v| d * (one + v * v)),
        (Op::Asin, _) => each!(a.column(), value, adjoint, out, |d, a, _v| d / (one - a * a).sqrt()),
        (Op::Acos, _) => each!(a.column(), value, adjoint, out, |d, a, _v| -d / (one - a * a).sqrt()),
        (Op::Atan, _) => each!(a.column(), value, adjoint, out, |d, a, _v| d / (one + a * a)),
        (Op::Sinh, _) => each!(a.column(), value, adjoint, out, |d, a, _v| d * a.cosh()),
        (Op::Cosh, _) => each!(a.column(), value, adjoint, out, |d, a, _v| d * a.sinh()),
        (Op::Tanh, _) => each!(a.column(), value, adjoint, out, |d, _a, v| d * (one - v * v)),
        (Op::Pow, 0) => power_by_base(rows, a, b, value, adjoint, out),
        (Op::Pow, _) => power_by_exponent(rows, a, value, adjoint, out),
        (Op::Min, _) | (Op::Max, _) => {
            for (row, out) in out.iter_mut().enumerate() {
                let (a, b) = (a.at(row), b.at(row));
                let first = if op == Op::Min { a < b } else { a > b };
                *out = if first == (position == 0) { adjoint[row] } else { zero };
            }
        }
        (Op::Where, _) => {
            for (row, out) in out.iter_mut().enumerate() {
                let chosen = if a.at(row) != zero { 1 } else { 2 };
                *out = if position == chosen { adjoint[row] } else { zero };
            }
        }
    }
}

for_each_kernel! {
    /// The derivative of `a**b = v` by `a` is `b v / a`; where `a` is 0 it is `b a**(b - 1)`, which is taken in a second pass.
    fn power_by_base = plain_power_by_base by rows.kernel, (
        rows: Rows<'_, R>,
        a: Arg<'_, R>,
        b: Arg<'_, R>,
        value: &[R],
        adjoint: &[R],
        out: &mut [R],
    )
}

#[inline(always)]
fn plain_power_by_base<R: Real>(
    _rows: Rows<'_, R>,
    a: Arg<'_, R>,
    b: Arg<'_, R>,
    value: &[R],
    adjoint: &[R],
    out: &mut [R],
) {
    let zero = R::of(0.0);
    let mut any_zero = false;
    for (row, out) in out.iter_mut().enumerate() {
        let base = a.at(row);
        any_zero |= base == zero;
        *out = adjoint[row] * (b.at(row) * value[row] / base);
    }
    if any_zero {
        for (row, out) in out.iter_mut().enumerate() {
            let (base, exponent) = (a.at(row), b.at(row));
            if base == zero {
                *out = adjoint[row] * (exponent * base.pow(exponent - R::of(1.0)));
            }
        }
    }
}

for_each_kernel! {
    /// The derivative of `a**b = v` by `b` is `v log(a)`. A negative base is only defined at isolated exponents, and 0 has no
    /// logarithm: no step along the exponent is offered.
    fn power_by_exponent = plain_power_by_exponent by rows.kernel, (
        rows: Rows<'_, R>,
        a: Arg<'_, R>,
        value: &[R],
        adjoint: &[R],
        out: &mut [R],
    )
}

#[inline(always)]
fn plain_power_by_exponent<R: Real>(_rows: Rows<'_, R>, a: Arg<'_, R>, value: &[R], adjoint: &[R], out: &mut [R]) {
    let (zero, one) = (R::of(0.0), R::of(1.0));
    each_of_two!(a, value, adjoint, out, |d, a, v| d * (v * if a > zero { a } else { one }.log()));
}
