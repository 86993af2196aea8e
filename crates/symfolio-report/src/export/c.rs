//! Formulas as C99 functions.

use symfolio_expr::{Expr, Node, Notation, Op, Piece, fold};

use super::program::{Parameters, arithmetic, helpers, literal};

/// Keywords of C and C++, names of the standard library's mathematics, and the names used here.
const RESERVED: &str = "alignas alignof and and_eq asm auto bitand bitor bool break case catch char class co_await co_return \
    co_yield compl concept const const_cast consteval constexpr constinit continue decltype default delete \
    do double dynamic_cast else enum explicit export extern false far float for friend goto if inline int \
    linux long mutable namespace near new noexcept not not_eq nullptr operator or or_eq private protected \
    public register reinterpret_cast requires restrict return short signed sizeof static static_assert \
    static_cast struct switch template this thread_local throw true try typedef typeid typename typeof \
    typeof_unqual union unix unsigned using virtual void volatile wchar_t while xor xor_eq NAN INFINITY \
    HUGE_VAL HUGE_VALF HUGE_VALL MATH_ERRNO MATH_ERREXCEPT math_errhandling FP_NAN FP_INFINITE FP_ZERO \
    FP_NORMAL FP_SUBNORMAL FP_ILOGB0 FP_ILOGBNAN FP_FAST_FMA FP_FAST_FMAF FP_FAST_FMAL M_E M_LOG2E M_LOG10E \
    M_LN2 M_LN10 M_PI M_PI_2 M_PI_4 M_1_PI M_2_PI M_2_SQRTPI M_SQRT2 M_SQRT1_2 MAXFLOAT DOMAIN SING OVERFLOW \
    UNDERFLOW PLOSS TLOSS isnan isinf isfinite isnormal isgreater isless signbit fpclassify fabs sqrt cbrt \
    exp log sin cos tan asin acos atan sinh cosh tanh pow predict smaller larger less square cube sinc \
    choose main";

pub(super) fn c(expr: &Expr, names: &[String], target: &str) -> String {
    let expr = expr.freeze();
    let parameters = Parameters::of_function(&expr, names, RESERVED);
    let leaf = |node| match node {
        Node::Var(index) => Piece::atom(parameters.identifier(index)),
        Node::Const(value) => literal(value),
        Node::Param(_) | Node::Op(_) => Piece::default(),
    };
    let formula = Notation::PLAIN.whole(fold(&expr, leaf, operation));
    let list = parameters.list(|identifier| format!("double {identifier}"));
    let list = if list.is_empty() { "void" } else { &list };
    // Compilers warn of parameters that are not used.
    let unused: String =
        parameters.which(&expr, false).map(|identifier| format!("    (void){identifier};\n")).collect();
    format!(
        "/*\n{} */\n#include <math.h>\n\n{}double predict({list})\n{{\n{unused}    return {formula};\n}}\n",
        parameters.explained(target, " * "),
        helpers(&expr, helper)
    )
}

fn operation(op: Op, args: Vec<Piece>) -> Piece {
    arithmetic(op, args).unwrap_or_else(|args| Notation::PLAIN.call(function(op), args))
}

fn function(op: Op) -> &'static str {
    match op {
        Op::Abs => "fabs",
        Op::Min => "smaller",
        Op::Max => "larger",
        Op::Where => "choose",
        other => other.name(),
    }
}

/// What C's library lacks, or does otherwise with NaN.
fn helper(op: Op) -> Option<&'static str> {
    match op {
        Op::Min => Some("static double smaller(double a, double b) { return a < b || isnan(a) ? a : b; }\n\n"),
        Op::Max => Some("static double larger(double a, double b) { return a > b || isnan(a) ? a : b; }\n\n"),
        Op::Less => Some("static double less(double a, double b) { return isnan(a) || isnan(b) ? NAN : a < b; }\n\n"),
        Op::Square => Some("static double square(double a) { return a * a; }\n\n"),
        Op::Cube => Some("static double cube(double a) { return a * a * a; }\n\n"),
        Op::Sinc => Some("static double sinc(double a) { return a == 0.0 ? 1.0 : sin(a) / a; }\n\n"),
        Op::Where => Some(
            "static double choose(double condition, double a, double b)\n{\n    \
             return isnan(condition) ? condition : condition != 0.0 ? a : b;\n}\n\n",
        ),
        _ => None,
    }
}
