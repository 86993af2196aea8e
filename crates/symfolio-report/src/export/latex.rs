//! Formulas in LaTeX, within what KaTeX, MathJax and amsmath all read.

use symfolio_expr::{Expr, Level, Node, Notation, Op, Piece, fold, number_text};

use super::{column_name, greek};

const LATEX: Notation = Notation { open: r"\left(", close: r"\right)", times: r" \, ", over: " / " };

/// A subtree, and what is compared where it is a comparison.
#[derive(Default)]
struct Part {
    piece: Piece,
    condition: Option<String>,
}

pub(super) fn latex(expr: &Expr, names: &[String], target: &str) -> String {
    let expr = expr.freeze();
    let leaf = |node| {
        let piece = match node {
            Node::Var(index) => Piece::atom(name(&column_name(names, index))),
            Node::Const(value) => number(value),
            Node::Param(_) | Node::Op(_) => Piece::default(),
        };
        Part { piece, condition: None }
    };
    let formula = LATEX.whole(fold(&expr, leaf, operation).piece);
    if target.is_empty() { formula } else { format!("{} = {formula}", name(target)) }
}

fn number(value: f64) -> Piece {
    let text = number_text(value);
    match text.split_once('e') {
        None => Piece::number(&text),
        Some((digits, exponent)) => {
            let size = Piece::number(digits);
            Piece { text: format!(r"{} \times 10^{{{exponent}}}", size.text), level: Level::Product, ..size }
        }
    }
}

fn operation(op: Op, args: Vec<Part>) -> Part {
    let condition = args.first().and_then(|arg| arg.condition.clone());
    let mut args = args.into_iter().map(|arg| arg.piece);
    let mut next = || args.next().unwrap_or_default();
    if op == Op::Less {
        let comparison = format!("{} < {}", LATEX.whole(next()), LATEX.whole(next()));
        return Part { piece: Piece::atom(format!(r"\left[{comparison}\right]")), condition: Some(comparison) };
    }
    let piece = match op {
        // Sums and products are associative on paper: brackets at their right ends go.
        Op::Add => {
            let (left, right) = (next(), next());
            if right.level == Level::Sum && !right.negative {
                Piece::new(format!("{} + {}", LATEX.whole(left), right.text), Level::Sum)
            } else {
                LATEX.sum(left, right)
            }
        }
        Op::Sub => LATEX.difference(next(), next()),
        Op::Mul => product(next(), next()),
        Op::Div => fraction(next(), next()),
        Op::Inv => fraction(Piece::number("1"), next()),
        Op::Neg => next().negated(),
        Op::Pow => {
            let base = next();
            power(base, &LATEX.whole(next()))
        }
        Op::Square => power(next(), "2"),
        Op::Cube => power(next(), "3"),
        Op::Exp => Piece::new(format!("e^{{{}}}", LATEX.whole(next())), Level::Power),
        Op::Sqrt => Piece::new(format!(r"\sqrt{{{}}}", LATEX.whole(next())), Level::Power),
        Op::Cbrt => Piece::new(format!(r"\sqrt[3]{{{}}}", LATEX.whole(next())), Level::Power),
        Op::Abs => Piece::atom(format!(r"\left|{}\right|", LATEX.whole(next()))),
        Op::Where => {
            let tested = LATEX.whole(next());
            let condition = condition.unwrap_or_else(|| format!(r"{tested} \neq 0"));
            let (a, b) = (LATEX.whole(next()), LATEX.whole(next()));
            let cases = format!(r"{a} & \text{{if }} {condition} \\ {b} & \text{{otherwise}}");
            // What follows the cases must not seem to belong to the last of them.
            Piece::atom(format!(r"\left(\begin{{cases}} {cases} \end{{cases}}\right)"))
        }
        Op::Min
        | Op::Max
        | Op::Log
        | Op::Sin
        | Op::Cos
        | Op::Sinc
        | Op::Tan
        | Op::Asin
        | Op::Acos
        | Op::Atan
        | Op::Sinh
        | Op::Cosh
        | Op::Tanh
        | Op::Less => {
            let call = LATEX.call(function(op), args);
            Piece::new(call.text, Level::Power)
        }
    };
    Part { piece, condition: None }
}

fn function(op: Op) -> &'static str {
    match op {
        Op::Min => r"\min",
        Op::Max => r"\max",
        Op::Log => r"\ln",
        Op::Sin => r"\sin",
        Op::Cos => r"\cos",
        Op::Sinc => r"\operatorname{sinc}",
        Op::Tan => r"\tan",
        Op::Asin => r"\arcsin",
        Op::Acos => r"\arccos",
        Op::Atan => r"\arctan",
        Op::Sinh => r"\sinh",
        Op::Cosh => r"\cosh",
        Op::Tanh => r"\tanh",
        other => other.name(),
    }
}

fn product(left: Piece, right: Piece) -> Piece {
    let negative = left.negative;
    let left = LATEX.at_least(left.unsigned(), Level::Product);
    let level = if right.negative { Level::Power } else { Level::Product };
    let right = LATEX.at_least(right, level);
    // Two numbers side by side would read as one.
    let digit = |c: char| c.is_ascii_digit() || c == '.';
    let times = if right.starts_with(digit) { r" \cdot " } else { LATEX.times };
    Piece { negative, text: format!("{left}{times}{right}"), level: Level::Product }
}

fn fraction(above: Piece, below: Piece) -> Piece {
    let negative = above.negative;
    let text = format!(r"\frac{{{}}}{{{}}}", LATEX.whole(above.unsigned()), LATEX.whole(below));
    Piece { negative, text, level: Level::Product }
}

fn power(base: Piece, exponent: &str) -> Piece {
    Piece::new(format!("{}^{{{exponent}}}", LATEX.at_least(base, Level::Atom)), Level::Power)
}

/// The name of a column: one letter in italics, Greek letters as such, words upright, what stands behind
/// the first underscore and digits at the end as subscripts.
fn name(name: &str) -> String {
    let (stem, subscript) = match name.split_once('_') {
        Some((stem, subscript)) if !stem.is_empty() && !subscript.is_empty() => (stem, subscript),
        _ => {
            let stem = name.trim_end_matches(|c: char| c.is_ascii_digit());
            if stem.is_empty() || stem.ends_with([' ', '.', '-', ',', '_']) {
                (name, "")
            } else {
                name.split_at(stem.len())
            }
        }
    };
    if subscript.is_empty() { word(stem) } else { format!("{}_{{{}}}", word(stem), word(subscript)) }
}

/// Part of a name.
fn word(text: &str) -> String {
    let mut letters = text.chars();
    if let (Some(letter), None) = (letters.next(), letters.next()) {
        if let Some(command) = greek::name_of(letter) {
            return format!("\\{command}");
        }
        if letter.is_ascii_alphabetic() {
            return letter.to_string();
        }
    }
    if let Some(command) = greek::command(text) {
        return format!("\\{command}");
    }
    if !text.is_empty() && text.chars().all(|c| c.is_ascii_digit()) {
        return text.to_string();
    }
    if !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric()) {
        return format!(r"\mathrm{{{text}}}");
    }
    format!(r"\text{{{}}}", escaped(text))
}

/// Text for `\text{...}`, on one line and without commands.
fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for c in text.chars() {
        match c {
            '#' | '$' | '%' | '&' | '_' | '{' | '}' => escaped.extend(['\\', c]),
            '\\' => escaped += r"\textbackslash{}",
            '~' => escaped += r"\textasciitilde{}",
            '^' => escaped += r"\textasciicircum{}",
            c if c.is_control() || c.is_whitespace() => escaped.push(' '),
            c => escaped.push(c),
        }
    }
    // An empty name still takes its place.
    if escaped.trim().is_empty() { r"\ ".to_string() } else { escaped }
}
