//! Values of one block of rows.

use super::block::{Arg, Block, Rows};
use super::kernel::{Kernel, for_each_kernel};
use super::tape::Instruction;
use crate::operator::{choose, larger, less, smaller};
use crate::{Op, Real};

/// Where results go.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Keep {
    /// To the instruction's slot: memory is used again.
    Slots,
    /// Result `i` to block `i`: derivatives want them all.
    All,
}

for_each_kernel! {
    /// Evaluates the instructions of `range` and leaves their results in `blocks`.
    fn evaluate = plain by rows, (
        rows: Rows<'_, R>,
        all: &[Instruction],
        range: std::ops::Range<usize>,
        keep: Keep,
        blocks: &mut [Box<Block<R>>],
        spare: &mut Box<Block<R>>,
    )
}

#[inline(always)]
fn plain<R: Real>(
    rows: Rows<'_, R>,
    all: &[Instruction],
    range: std::ops::Range<usize>,
    keep: Keep,
    blocks: &mut [Box<Block<R>>],
    spare: &mut Box<Block<R>>,
) {
    for index in range {
        let instruction = &all[index];
        let result = |index: u32| {
            let at = if keep == Keep::All { index } else { all[index as usize].slot };
            &*blocks[at as usize]
        };
        apply(rows, instruction, result, &mut spare[..rows.n]);
        let at = if keep == Keep::All { index } else { instruction.slot as usize };
        std::mem::swap(&mut blocks[at], spare);
    }
}

/// `out` takes a function of one argument, row by row.
///
/// Macros rather than functions of closures: a closure that is not inlined would be compiled for the baseline.
macro_rules! unary {
    ($a:ident, $out:ident, |$x:ident| $value:expr) => {
        for (out, &$x) in $out.iter_mut().zip($a.column()) {
            *out = $value;
        }
    };
}

/// `out` takes a function of two arguments, row by row.
macro_rules! binary {
    ($a:expr, $b:expr, $out:ident, |$x:ident, $y:ident| $value:expr) => {
        match ($a, $b) {
            (Arg::Slice(a), Arg::Slice(b)) => {
                for ((out, &$x), &$y) in $out.iter_mut().zip(a).zip(b) {
                    *out = $value;
                }
            }
            (Arg::Slice(a), Arg::Scalar($y)) => {
                for (out, &$x) in $out.iter_mut().zip(a) {
                    *out = $value;
                }
            }
            (Arg::Scalar($x), Arg::Slice(b)) => {
                for (out, &$y) in $out.iter_mut().zip(b) {
                    *out = $value;
                }
            }
            (Arg::Scalar($x), Arg::Scalar($y)) => $out.fill($value),
        }
    };
}

/// `out` takes `a / b`; the bits do not depend on how.
#[inline(always)]
fn divide<R: Real>(kernel: Kernel, a: Arg<'_, R>, b: Arg<'_, R>, out: &mut [R]) {
    if kernel.divides_slowly() {
        let mut bits = 0;
        binary!(a, b, out, |a, b| {
            let (value, bits_of_value) = a.quotient(b);
            bits |= bits_of_value;
            value
        });
        if bits & R::EXCEPTIONAL_QUOTIENT == 0 {
            return;
        }
    }
    binary!(a, b, out, |a, b| a / b);
}

/// Runs the loop of an operator; `b` and `c` are macros, so that arguments that an operator has not are not looked for.
macro_rules! by_operator {
    ($kernel:expr, $op:expr, $a:ident, $b:ident, $c:ident, $out:ident) => {
        match $op {
            Op::Add => binary!($a, $b!(), $out, |a, b| a + b),
            Op::Sub => binary!($a, $b!(), $out, |a, b| a - b),
            Op::Mul => binary!($a, $b!(), $out, |a, b| a * b),
            Op::Div => divide($kernel, $a, $b!(), $out),
            Op::Pow => binary!($a, $b!(), $out, |a, b| a.pow(b)),
            Op::Min => binary!($a, $b!(), $out, |a, b| smaller(a, b)),
            Op::Max => binary!($a, $b!(), $out, |a, b| larger(a, b)),
            Op::Less => binary!($a, $b!(), $out, |a, b| less(a, b)),
            Op::Neg => unary!($a, $out, |a| -a),
            Op::Abs => unary!($a, $out, |a| a.abs()),
            Op::Inv => divide($kernel, Arg::Scalar(R::of(1.0)), $a, $out),
            Op::Square => unary!($a, $out, |a| a * a),
            Op::Cube => unary!($a, $out, |a| a * a * a),
            Op::Sqrt if $kernel.divides_slowly() => R::root_slice($a.column(), $out),
            Op::Sqrt => unary!($a, $out, |a| a.sqrt()),
            Op::Cbrt => unary!($a, $out, |a| a.cbrt()),
            Op::Exp => R::exp_slice($a.column(), $out),
            Op::Log => R::log_slice($a.column(), $out),
            Op::Sin => R::sin_slice($a.column(), $out),
            Op::Cos => R::cos_slice($a.column(), $out),
            Op::Sinc => R::sinc_slice($a.column(), $out),
            Op::Tan => R::tan_slice($a.column(), $out),
            Op::Asin => unary!($a, $out, |a| a.asin()),
            Op::Acos => unary!($a, $out, |a| a.acos()),
            Op::Atan => unary!($a, $out, |a| a.atan()),
            Op::Sinh => unary!($a, $out, |a| a.sinh()),
            Op::Cosh => unary!($a, $out, |a| a.cosh()),
            Op::Tanh => unary!($a, $out, |a| a.tanh()),
            Op::Where => {
                let (b, c) = ($b!(), $c!());
                for (row, value) in $out.iter_mut().enumerate() {
                    *value = choose($a.at(row), b.at(row), c.at(row));
                }
            }
        }
    };
}

#[inline(always)]
fn apply<'b, R: Real>(
    rows: Rows<'b, R>,
    instruction: &Instruction,
    result: impl Fn(u32) -> &'b Block<R>,
    out: &mut [R],
) {
    // What an argument is has to be found out at run time: only for those that there are.
    let a = rows.argument(instruction.args[0], &result);
    macro_rules! b {
        () => {
            rows.argument(instruction.args[1], &result)
        };
    }
    macro_rules! c {
        () => {
            rows.argument(instruction.args[2], &result)
        };
    }
    by_operator!(rows.kernel(), instruction.op, a, b, c, out)
}

/// What `op` makes of its arguments, for those who have no tape.
#[inline(always)]
pub(super) fn apply_to<R: Real>(kernel: Kernel, op: Op, args: [Arg<'_, R>; 3], out: &mut [R]) {
    let a = args[0];
    macro_rules! b {
        () => {
            args[1]
        };
    }
    macro_rules! c {
        () => {
            args[2]
        };
    }
    by_operator!(kernel, op, a, b, c, out)
}
