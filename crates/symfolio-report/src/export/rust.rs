//! Formulas as Rust functions.

use symfolio_expr::{Expr, Node, Notation, Op, Piece, fold};

use super::program::{Parameters, arithmetic, helpers, literal};

/// Keywords of Rust, and the names used here.
const RESERVED: &str = "abstract as async await become box break const continue crate do dyn else enum extern false final fn for \
    gen if impl in let loop macro match mod move mut override priv pub ref return self Self static struct \
    super trait true try type typeof union unsafe unsized use virtual where while yield f64 None Some Ok Err \
    predict smaller larger less square cube sinc choose main";

pub(super) fn rust(expr: &Expr, names: &[String], target: &str) -> String {
    let expr = expr.freeze();
    let parameters = Parameters::of_function(&expr, names, RESERVED);
    let leaf = |node| match node {
        Node::Var(index) => Piece::atom(parameters.identifier(index)),
        Node::Const(value) => literal(value),
        Node::Param(_) | Node::Op(_) => Piece::default(),
    };
    let formula = Notation::PLAIN.whole(fold(&expr, leaf, operation));
    let list = parameters.list(|identifier| format!("{identifier}: f64"));
    let unused = if parameters.which(&expr, false).next().is_some() { ", unused_variables" } else { "" };
    format!(
        "{}#[allow(non_snake_case{unused})]\npub fn predict({list}) -> f64 {{\n    {formula}\n}}\n{}",
        parameters.explained(target, "// "),
        helpers(&expr, helper)
    )
}

fn operation(op: Op, args: Vec<Piece>) -> Piece {
    arithmetic(op, args).unwrap_or_else(|args| Notation::PLAIN.call(function(op), args))
}

fn function(op: Op) -> &'static str {
    match op {
        Op::Pow => "f64::powf",
        Op::Min => "smaller",
        Op::Max => "larger",
        Op::Abs => "f64::abs",
        Op::Sqrt => "f64::sqrt",
        Op::Cbrt => "f64::cbrt",
        Op::Exp => "f64::exp",
        Op::Log => "f64::ln",
        Op::Sin => "f64::sin",
        Op::Cos => "f64::cos",
        Op::Tan => "f64::tan",
        Op::Asin => "f64::asin",
        Op::Acos => "f64::acos",
        Op::Atan => "f64::atan",
        Op::Sinh => "f64::sinh",
        Op::Cosh => "f64::cosh",
        Op::Tanh => "f64::tanh",
        Op::Where => "choose",
        other => other.name(),
    }
}

/// What Rust's library lacks, or does otherwise with NaN.
fn helper(op: Op) -> Option<&'static str> {
    match op {
        Op::Min => Some("\nfn smaller(a: f64, b: f64) -> f64 {\n    if a < b || a.is_nan() { a } else { b }\n}\n"),
        Op::Max => Some("\nfn larger(a: f64, b: f64) -> f64 {\n    if a > b || a.is_nan() { a } else { b }\n}\n"),
        Op::Less => Some(
            "\nfn less(a: f64, b: f64) -> f64 {\n    \
             if a.is_nan() || b.is_nan() { f64::NAN } else if a < b { 1.0 } else { 0.0 }\n}\n",
        ),
        Op::Square => Some("\nfn square(a: f64) -> f64 {\n    a * a\n}\n"),
        Op::Cube => Some("\nfn cube(a: f64) -> f64 {\n    a * a * a\n}\n"),
        Op::Sinc => Some("\nfn sinc(a: f64) -> f64 {\n    if a == 0.0 { 1.0 } else { a.sin() / a }\n}\n"),
        Op::Where => Some(
            "\nfn choose(condition: f64, a: f64, b: f64) -> f64 {\n    \
             if condition.is_nan() { condition } else if condition != 0.0 { a } else { b }\n}\n",
        ),
        _ => None,
    }
}
