//! Derivatives of one block of rows by the free constants, from the root to the leaves.

use super::block::{Arg, Block, Rows};
use super::kernel::{Kernel, for_each_kernel};
use super::tape::{Instruction, Operand};
use crate::{Op, Real};

for_each_kernel! {
    /// Leaves the derivatives of the root by each free constant in `jacobian`; `values` holds the result of every instruction in
    /// its own block.
    fn differentiate = plain by rows, (
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

/// The derivative of `sin(a) / a` is `a` times this polynomial in `a^2`, the highest power first: `(-1)^n 2n / (2n + 1)!`.
const SINC_SLOPE: [f64; 9] = [
    -1.0 / 6_758_061_133_824_000.0,
    1.0 / 22_230_464_256_000.0,
    -1.0 / 93_405_312_000.0,
    1.0 / 518_918_400.0,
    -1.0 / 3_991_680.0,
    1.0 / 45_360.0,
    -1.0 / 840.0,
    1.0 / 30.0,
    -1.0 / 3.0,
];

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
                // Towards 0 the quotient loses all digits; up to 1 the series is exact to rounding.
                let square = a * a;
                let mut series = zero;
                for term in SINC_SLOPE {
                    series = series * square + R::of(term);
                }
                let quotient = (*out - v) / a;
                *out = d * if a.abs() < one { a * series } else { quotient };
            }
        }
        (Op::Tan, _) => each!(a.column(), value, adjoint, out, |d, _a, v| d * (one + v * v)),
        (Op::Asin, _) => each!(a.column(), value, adjoint, out, |d, a, _v| d / ((one - a) * (one + a)).sqrt()),
        (Op::Acos, _) => each!(a.column(), value, adjoint, out, |d, a, _v| -d / ((one - a) * (one + a)).sqrt()),
        (Op::Atan, _) => each!(a.column(), value, adjoint, out, |d, a, _v| d / (one + a * a)),
        (Op::Sinh, _) => each!(a.column(), value, adjoint, out, |d, a, _v| d * a.cosh()),
        (Op::Cosh, _) => each!(a.column(), value, adjoint, out, |d, a, _v| d * a.sinh()),
        // Not by the value, which is 1 to the last digit long before its slope is 0.
        (Op::Tanh, _) => each!(a.column(), value, adjoint, out, |d, a, _v| d / a.cosh() / a.cosh()),
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
    /// The derivative of `a**b = v` by `a` is `b (v / a)`; where `a` is 0 or `v` has lost digits, being nearly 0, it is `b a**(b - 1)`,
    /// which is taken in a second pass, and where `b` is 0 as well it is 0.
    fn power_by_base = plain_power_by_base by rows, (
        rows: Rows<'_, R>,
        a: Arg<'_, R>,
        b: Arg<'_, R>,
        value: &[R],
        adjoint: &[R],
        out: &mut [R],
    )
}

/// Does `value / base` have no or few digits?
#[inline(always)]
fn is_small<R: Real>(base: R, value: R) -> bool {
    base == R::of(0.0) || value.abs() < R::MIN_POSITIVE
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
    let mut any_small = false;
    for (row, out) in out.iter_mut().enumerate() {
        let base = a.at(row);
        any_small |= is_small(base, value[row]);
        *out = adjoint[row] * (b.at(row) * (value[row] / base));
    }
    if any_small {
        for (row, out) in out.iter_mut().enumerate() {
            let (base, exponent) = (a.at(row), b.at(row));
            if is_small(base, value[row]) {
                let slope = if exponent == zero { zero } else { exponent * base.pow(exponent - R::of(1.0)) };
                *out = adjoint[row] * slope;
            }
        }
    }
}

for_each_kernel! {
    /// The derivative of `a**b = v` by `b` is `v log(a)`. A negative base is only defined at isolated exponents, and 0 has no
    /// logarithm: no step along the exponent is offered.
    fn power_by_exponent = plain_power_by_exponent by rows, (
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
