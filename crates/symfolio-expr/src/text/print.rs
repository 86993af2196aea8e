//! Expressions as infix text.

use super::lexer::quote;
use super::names::free_number;
use super::number::{number_text, rounded_number_text};
use super::parse::short_power;
use crate::{Expr, Node, Op};

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

/// How strongly the outermost operator of a piece binds, weakest first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    Sum,
    Product,
    Power,
    Atom,
}

/// The text of a subtree, with an outermost minus sign kept apart.
struct Piece {
    negative: bool,
    text: String,
    /// Of the text without the sign.
    level: Level,
}

impl Piece {
    fn new(text: String, level: Level) -> Piece {
        Piece { negative: false, text, level }
    }

    fn number(text: String) -> Piece {
        match text.strip_prefix('-') {
            Some(size) => Piece { negative: true, text: size.to_string(), level: Level::Atom },
            None => Piece::new(text, Level::Atom),
        }
    }

    fn negated(self) -> Piece {
        Piece { negative: !self.negative, ..self }
    }

    /// The text, in parentheses if it binds more weakly than `level`; a sign binds like a product.
    fn at_least(self, level: Level) -> String {
        if self.negative {
            let text = format!("-{}", self.negated().at_least(Level::Product));
            if level > Level::Product { format!("({text})") } else { text }
        } else if self.level < level {
            format!("({})", self.text)
        } else {
            self.text
        }
    }

    fn whole(self) -> String {
        self.at_least(Level::Sum)
    }
}

fn print(expr: &Expr, names: &[String], style: Style) -> String {
    let constants = constant_names(expr.params().len(), names);
    let number = |value: f64| {
        let value = if value.is_nan() { 0.0 } else { value.clamp(-f64::MAX, f64::MAX) };
        Piece::number(if let Style::Rounded(significant) = style {
            rounded_number_text(value, significant)
        } else {
            number_text(value)
        })
    };
    let mut stack: Vec<Piece> = Vec::new();
    for node in expr.nodes() {
        let piece = match *node {
            Node::Var(index) => {
                let name = names.get(usize::from(index)).map_or_else(|| format!("x{index}"), |name| quote(name));
                Piece::new(name, Level::Atom)
            }
            Node::Const(value) => number(value),
            Node::Param(index) if style == Style::Form => {
                Piece::new(constants[usize::from(index)].clone(), Level::Atom)
            }
            Node::Param(index) => number(expr.params()[usize::from(index)]),
            Node::Op(op) => {
                let args = stack.split_off(stack.len() - op.arity());
                operation(op, args, style)
            }
        };
        stack.push(piece);
    }
    stack.pop().map(Piece::whole).unwrap_or_default()
}

/// Names `c0`, `c1`, ... for `count` constants, without those that are names of columns.
fn constant_names(count: usize, names: &[String]) -> Vec<String> {
    let taken: Vec<u16> = names.iter().filter_map(|name| free_number(name)).collect();
    (0..).filter(|number| !taken.contains(number)).take(count).map(|number: u16| format!("c{number}")).collect()
}

fn operation(op: Op, args: Vec<Piece>, style: Style) -> Piece {
    let mut args = args.into_iter();
    let mut next = || args.next().unwrap_or_else(|| Piece::new(String::new(), Level::Atom));
    match op {
        Op::Add => sum(next(), next(), false),
        Op::Sub => sum(next(), next(), true),
        Op::Mul => product(next(), '*', next()),
        Op::Div => product(next(), '/', next()),
        Op::Inv => Piece::new(format!("1/{}", next().at_least(Level::Power)), Level::Product),
        Op::Neg => next().negated(),
        Op::Square => power(next(), "2"),
        Op::Cube => power(next(), "3"),
        Op::Pow => {
            let (base, exponent) = (next(), next().at_least(Level::Atom));
            let inner = exponent.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')).unwrap_or(&exponent);
            if !matches!(style, Style::Rounded(_)) && is_rewritten(inner) {
                Piece::new(format!("pow({}, {inner})", base.whole()), Level::Atom)
            } else {
                power(base, &exponent)
            }
        }
        _ => {
            let list: Vec<String> = (0..op.arity()).map(|_| next().whole()).collect();
            Piece::new(format!("{op}({})", list.join(", ")), Level::Atom)
        }
    }
}

fn sum(left: Piece, right: Piece, minus: bool) -> Piece {
    let sign = if minus != right.negative { '-' } else { '+' };
    let size = Piece { negative: false, ..right };
    Piece::new(format!("{} {sign} {}", left.whole(), size.at_least(Level::Product)), Level::Sum)
}

fn product(left: Piece, sign: char, right: Piece) -> Piece {
    let negative = left.negative;
    let mut text = Piece { negative: false, ..left }.at_least(Level::Product);
    text.push(sign);
    text += &right.at_least(Level::Power);
    Piece { negative, text, level: Level::Product }
}

fn power(base: Piece, exponent: &str) -> Piece {
    Piece::new(format!("{}**{exponent}", base.at_least(Level::Atom)), Level::Power)
}

/// Would the parser read a power with this exponent as something else than `pow`, or fold the exponent?
fn is_rewritten(exponent: &str) -> bool {
    match exponent.split_once('/') {
        None => exponent.parse().is_ok_and(|value| short_power(value).is_some()),
        Some((above, below)) => above.parse::<f64>().is_ok() && below.parse::<f64>().is_ok(),
    }
}
