//! The operator table: every fact about an operator that is not a kernel stands in one row here.

use std::fmt;

use crate::{Real, UnitRule};

/// A built-in operator.
///
/// Custom operators are written as expressions over these (see [`crate::Definition`]), so that every
/// other part of the system has one closed set to deal with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
#[allow(missing_docs, reason = "the table below documents every operator in words")]
pub enum Op {
    Add,
    Sub,
    Mul,
    Div,
    Pow,
    Min,
    Max,
    Less,
    Neg,
    Abs,
    Inv,
    Square,
    Cube,
    Sqrt,
    Cbrt,
    Exp,
    Log,
    Sin,
    Cos,
    Sinc,
    Tan,
    Asin,
    Acos,
    Atan,
    Sinh,
    Cosh,
    Tanh,
    Where,
}

/// One row of the operator table.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OpInfo {
    /// The operator that the row is about.
    pub op: Op,
    /// Its name in text forms, as SymPy and NumPy readers expect it.
    pub name: &'static str,
    /// How many arguments it takes, 1 to 3.
    pub arity: u8,
    /// Work charged for one row, in units of one addition. Fixed in source so that a work budget means
    /// the same on every machine (the ratios are those of vectorised kernels).
    pub work: u32,
    /// Complexity counted by default, in nodes. An operator that stands for a short formula counts as
    /// that formula would.
    pub complexity: u32,
    /// Does exchanging the arguments leave the value as it is?
    pub commutative: bool,
    /// What it asks of the units of its arguments, and what unit its value has.
    pub unit: UnitRule,
    /// The definition in words, with the domain where it is not all of the real numbers.
    pub meaning: &'static str,
}

macro_rules! table {
    ($($op:ident $name:literal $arity:literal $work:literal $complexity:literal $comm:literal $rule:ident $(($power:literal))? $meaning:literal;)*) => {
        /// The operator table, in the order of [`Op`].
        pub const OPERATORS: &[OpInfo] = &[$(OpInfo {
            op: Op::$op, name: $name, arity: $arity, work: $work, complexity: $complexity,
            commutative: $comm, unit: UnitRule::$rule $(($power))?, meaning: $meaning,
        }),*];
    };
}

table! {
    Add "add" 2 1 1 true Agree "a + b";
    Sub "sub" 2 1 1 false Agree "a - b";
    Mul "mul" 2 1 1 true Product "a * b";
    Div "div" 2 3 1 false Quotient "a / b; undefined at b = 0";
    Pow "pow" 2 16 1 false Exponent "a to the power b; undefined for a < 0 unless b is a whole number";
    Min "min" 2 1 1 true Agree "the smaller of a and b";
    Max "max" 2 1 1 true Agree "the larger of a and b";
    Less "less" 2 1 1 false Compare "1 where a < b, else 0";
    Neg "neg" 1 1 1 false Agree "-a";
    Abs "abs" 1 1 1 false Agree "absolute value";
    Inv "inv" 1 3 1 false Power(-12) "1 / a; undefined at 0";
    Square "square" 1 1 1 false Power(24) "a * a";
    Cube "cube" 1 2 1 false Power(36) "a * a * a";
    Sqrt "sqrt" 1 4 1 false Power(6) "square root; undefined for a < 0";
    Cbrt "cbrt" 1 10 1 false Power(4) "real cube root";
    Exp "exp" 1 6 1 false Pure "e to the power a";
    Log "log" 1 7 1 false Pure "natural logarithm; undefined for a <= 0";
    Sin "sin" 1 7 1 false Pure "sine of a in radians";
    Cos "cos" 1 7 1 false Pure "cosine of a in radians";
    Sinc "sinc" 1 9 1 false Pure "sin(a) / a, and 1 at a = 0";
    Tan "tan" 1 12 1 false Pure "tangent of a in radians";
    Asin "asin" 1 10 1 false Pure "arc sine; undefined outside [-1, 1]";
    Acos "acos" 1 10 1 false Pure "arc cosine; undefined outside [-1, 1]";
    Atan "atan" 1 10 1 false Pure "arc tangent";
    Sinh "sinh" 1 10 1 false Pure "hyperbolic sine";
    Cosh "cosh" 1 10 1 false Pure "hyperbolic cosine";
    Tanh "tanh" 1 10 1 false Pure "hyperbolic tangent";
    Where "where" 3 1 1 false Choose "b where a is not 0, else c";
}

impl Op {
    /// The operator's row in [`OPERATORS`].
    pub const fn info(self) -> &'static OpInfo {
        &OPERATORS[self as usize]
    }

    /// The number of arguments, 1 to 3.
    pub const fn arity(self) -> usize {
        self.info().arity as usize
    }

    /// The name in text forms.
    pub const fn name(self) -> &'static str {
        self.info().name
    }

    /// Finds an operator by its name or by one of the aliases in use among symbolic-regression tools
    /// (`ln`, `arcsin`, `inverse`, `pow2`, ...).
    pub fn by_name(name: &str) -> Option<Op> {
        let name = match name {
            "+" => "add",
            "-" => "sub",
            "*" => "mul",
            "/" => "div",
            "^" | "**" | "power" => "pow",
            "ln" => "log",
            "arcsin" => "asin",
            "arccos" => "acos",
            "arctan" => "atan",
            "inverse" | "reciprocal" => "inv",
            "sqr" | "pow2" => "square",
            "pow3" => "cube",
            "Abs" => "abs",
            "Min" | "minimum" => "min",
            "Max" | "maximum" => "max",
            other => other,
        };
        OPERATORS.iter().find(|info| info.name == name).map(|info| info.op)
    }

    /// The value at one point; `b` and `c` are ignored by operators of fewer arguments.
    ///
    /// This is the definition that the block kernels are tested against, and what folds constants.
    pub fn apply(self, a: f64, b: f64, c: f64) -> f64 {
        use crate::math;
        match self {
            Op::Add => a + b,
            Op::Sub => a - b,
            Op::Mul => a * b,
            Op::Div => a / b,
            Op::Pow => math::pow(a, b),
            Op::Min => smaller(a, b),
            Op::Max => larger(a, b),
            Op::Less => less(a, b),
            Op::Neg => -a,
            Op::Abs => a.abs(),
            Op::Inv => 1.0 / a,
            Op::Square => a * a,
            Op::Cube => a * a * a,
            Op::Sqrt => a.sqrt(),
            Op::Cbrt => math::cbrt(a),
            Op::Exp => math::exp(a),
            Op::Log => math::log(a),
            Op::Sin => math::sin(a),
            Op::Cos => math::cos(a),
            Op::Sinc => math::sinc(a),
            Op::Tan => math::tan(a),
            Op::Asin => math::asin(a),
            Op::Acos => math::acos(a),
            Op::Atan => math::atan(a),
            Op::Sinh => math::sinh(a),
            Op::Cosh => math::cosh(a),
            Op::Tanh => math::tanh(a),
            Op::Where => choose(a, b, c),
        }
    }
}

/// The smaller value; NaN if either is NaN.
#[inline(always)]
pub(crate) fn smaller<R: Real>(a: R, b: R) -> R {
    if a < b || a.is_nan() { a } else { b }
}

/// The larger value; NaN if either is NaN.
#[inline(always)]
pub(crate) fn larger<R: Real>(a: R, b: R) -> R {
    if a > b || a.is_nan() { a } else { b }
}

/// 1 where `a < b`, else 0; NaN if either is NaN.
#[inline(always)]
pub(crate) fn less<R: Real>(a: R, b: R) -> R {
    let truth = R::of(if a < b { 1.0 } else { 0.0 });
    if a.is_nan() || b.is_nan() { R::of(f64::NAN) } else { truth }
}

/// `b` where `a` is not 0, else `c`; NaN where `a` is NaN.
#[inline(always)]
pub(crate) fn choose<R: Real>(a: R, b: R, c: R) -> R {
    let chosen = if a != R::of(0.0) { b } else { c };
    if a.is_nan() { a } else { chosen }
}

impl fmt::Display for Op {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_stand_in_the_order_of_the_enum_and_names_lead_back() {
        for (index, info) in OPERATORS.iter().enumerate() {
            assert_eq!(info.op as usize, index);
            assert_eq!(Op::by_name(info.name), Some(info.op));
            assert!((1..=3).contains(&info.arity), "{}", info.name);
        }
        assert_eq!(OPERATORS.len(), Op::Where as usize + 1);
    }

    #[test]
    fn aliases_lead_to_the_same_operator() {
        for (alias, op) in [("ln", Op::Log), ("arcsin", Op::Asin), ("**", Op::Pow), ("Abs", Op::Abs)] {
            assert_eq!(Op::by_name(alias), Some(op), "{alias}");
        }
        assert_eq!(Op::by_name("besselj"), None);
    }
}
