//! Expressions as infix text.

use super::lexer::quote;
use super::names::free_number;
use super::notation::{Level, Notation, Piece, fold};
use super::number::{number_text, rounded_number_text};
use super::parse::short_power;
use crate::{Expr, Node, Op};

const PLAIN: Notation = Notation::PLAIN;

/// `expr` as infix text with the values of its free constants inserted, as Python and SymPy read it.
///
/// [`crate::parse`] reads the text back to an expression with the same values, bit for bit, and the same
/// text; values that are not finite are clamped as [`Expr::constant`] says. Signs are tidied (`a - b` for
/// `a + -b`), which changes no value. `names[i]` is the name of variable `i` (`xi` where there is none);
/// names that are not plain words stand between backticks.
///
/// Powers are written with `**`, so are `square` and `cube`; `inv(a)` is `1/a`. The operator `pow` with an
/// exponent that would be read as one of these, or as a fraction, is written `pow(a, b)`: the
/// two may differ in the last bit.
pub fn infix(expr: &Expr, names: &[String]) -> String {
    print(expr, names, Style::Exact)
}

/// As [`infix`], with the free constants as `c0`, `c1`, ... in place of their values; a number that is the
/// name of a column is left out.
pub fn infix_form(expr: &Expr, names: &[String]) -> String {
    print(expr, names, Style::Form)
}

/// As [`infix`], for people: all numbers are rounded to `significant` decimal digits (at least 1), and
/// every power is written with `**`.
pub fn infix_rounded(expr: &Expr, names: &[String], significant: usize) -> String {
    print(expr, names, Style::Rounded(significant))
}

#[derive(Clone, Copy, PartialEq)]
enum Style {
    Exact,
    Form,
    Rounded(usize),
}

fn print(expr: &Expr, names: &[String], style: Style) -> String {
    let constants = constant_names(expr.params().len(), names);
    let number = |value: f64| {
        let value = if value.is_nan() { 0.0 } else { value.clamp(-f64::MAX, f64::MAX) };
        Piece::number(&match style {
            Style::Rounded(significant) => rounded_number_text(value, significant),
            _ => number_text(value),
        })
    };
    let leaf = |node| match node {
        Node::Var(index) => {
            Piece::atom(names.get(usize::from(index)).map_or_else(|| format!("x{index}"), |name| quote(name)))
        }
        Node::Const(value) => number(value),
        Node::Param(index) if style == Style::Form => Piece::atom(&constants[usize::from(index)]),
        Node::Param(index) => number(expr.params()[usize::from(index)]),
        Node::Op(_) => Piece::default(),
    };
    PLAIN.whole(fold(expr, leaf, |op, args| operation(op, args, style)))
}

/// Names `c0`, `c1`, ... for `count` constants, without those that are names of columns.
fn constant_names(count: usize, names: &[String]) -> Vec<String> {
    let taken: Vec<u16> = names.iter().filter_map(|name| free_number(name)).collect();
    (0..).filter(|number| !taken.contains(number)).take(count).map(|number: u16| format!("c{number}")).collect()
}

fn operation(op: Op, args: Vec<Piece>, style: Style) -> Piece {
    let mut args = args.into_iter();
    let mut next = || args.next().unwrap_or_default();
    match op {
        Op::Add => PLAIN.sum(next(), next()),
        Op::Sub => PLAIN.difference(next(), next()),
        Op::Mul => PLAIN.product(next(), next()),
        Op::Div => PLAIN.quotient(next(), next()),
        Op::Inv => PLAIN.quotient(Piece::number("1"), next()),
        Op::Neg => next().negated(),
        Op::Square => power(next(), "2"),
        Op::Cube => power(next(), "3"),
        Op::Pow => {
            let (base, exponent) = (next(), next());
            if !matches!(style, Style::Rounded(_)) && is_rewritten(&PLAIN.whole(exponent.clone())) {
                PLAIN.call(op.name(), [base, exponent])
            } else {
                power(base, &PLAIN.at_least(exponent, Level::Atom))
            }
        }
        _ => PLAIN.call(op.name(), args),
    }
}

fn power(base: Piece, exponent: &str) -> Piece {
    Piece::new(format!("{}**{exponent}", PLAIN.at_least(base, Level::Atom)), Level::Power)
}

/// Would the parser read a power with this exponent as something else than `pow`, or fold the exponent?
fn is_rewritten(exponent: &str) -> bool {
    match exponent.split_once('/') {
        None => exponent.parse().is_ok_and(|value| short_power(value).is_some()),
        Some((above, below)) => above.parse::<f64>().is_ok() && below.parse::<f64>().is_ok(),
    }
}
