//! Formulas as SymPy expressions.

use symfolio_expr::{Expr, Node, Notation, Op, Piece, fold};

use super::identifiers::{comment, python_string};
use super::program::{PYTHON_KEYWORDS, Parameters, Python, arithmetic, helpers, literal, power};

/// Whole numbers up to this size are written as such: every one of them is exact as a 64-bit float.
const LARGEST_WHOLE: f64 = 9_007_199_254_740_992.0;

/// A subtree, and the text of what is compared where it is a comparison.
#[derive(Default)]
struct Part {
    python: Python,
    condition: Option<String>,
}

pub(super) fn sympy(expr: &Expr, names: &[String], target: &str) -> String {
    let expr = expr.freeze();
    let reserved = format!("{PYTHON_KEYWORDS} sympy formula");
    let parameters = Parameters::used(&expr, names, &reserved);
    let leaf = |node| {
        let python = match node {
            Node::Var(index) => Python::object(Piece::atom(parameters.identifier(index))),
            Node::Const(value) => Python::number(number(value)),
            Node::Param(_) | Node::Op(_) => Python::default(),
        };
        Part { python, condition: None }
    };
    let formula = Notation::PLAIN.whole(fold(&expr, leaf, operation).python.piece);
    let symbols: String = parameters
        .all
        .iter()
        .map(|(_, name, identifier)| format!("{identifier} = sympy.Symbol({}, real=True)\n", python_string(name)))
        .collect();
    let target = if target.is_empty() { "the value".to_string() } else { comment(target) };
    format!(
        "# formula: {target}\nimport sympy\n\n{symbols}{}formula = {formula}\n\n\
         if __name__ == \"__main__\":\n    print(formula)\n",
        helpers(&expr, helper)
    )
}

fn number(value: f64) -> Piece {
    if value.fract() == 0.0 && value.abs() <= LARGEST_WHOLE {
        Piece::number(&format!("{value}"))
    } else {
        literal(value)
    }
}

fn operation(op: Op, args: Vec<Part>) -> Part {
    let numbers_only = args.iter().all(|arg| arg.python.numbers_only);
    let condition = args.first().and_then(|arg| arg.condition.clone());
    let mut args: Vec<Piece> = args.into_iter().map(|arg| arg.python.piece).collect();
    let plain = Notation::PLAIN;
    if op == Op::Inv {
        args.insert(0, number(1.0));
    }
    let exact = matches!(op, Op::Div | Op::Inv | Op::Pow | Op::Square | Op::Cube);
    if exact
        && numbers_only
        && let Some(first) = args.first_mut()
    {
        // A number of SymPy divides by zero and roots negative numbers without an error; a whole one would
        // be raised to a power exactly, however many digits that takes.
        *first = plain.call("sympy.Float", [std::mem::take(first)]);
    }
    let object = |piece| Part { python: Python::object(piece), condition: None };
    match op {
        Op::Inv => Part { python: Python::object(plain_quotient(args)), condition: None },
        Op::Div if numbers_only => object(plain_quotient(args)),
        Op::Pow | Op::Square | Op::Cube => {
            let mut args = args.into_iter();
            let base = args.next().unwrap_or_default();
            let exponent = args.next().unwrap_or_else(|| number(if op == Op::Square { 2.0 } else { 3.0 }));
            object(power(base, exponent))
        }
        Op::Less => {
            let condition = plain.call("sympy.Lt", args).text;
            let piece = Piece::atom(format!("sympy.Piecewise((1, {condition}), (0, True))"));
            Part { python: Python::object(piece), condition: Some(condition) }
        }
        Op::Where => {
            let mut args = args.into_iter();
            let mut next = || args.next().unwrap_or_default();
            let tested = plain.call("sympy.Ne", [next(), Piece::number("0")]).text;
            let (a, b) = (plain.whole(next()), plain.whole(next()));
            let condition = condition.unwrap_or(tested);
            object(Piece::atom(format!("sympy.Piecewise(({a}, {condition}), ({b}, True))")))
        }
        _ => match arithmetic(op, args) {
            Ok(piece) => Part { python: Python { piece, numbers_only }, condition: None },
            Err(args) => object(plain.call(function(op), args)),
        },
    }
}

fn plain_quotient(args: Vec<Piece>) -> Piece {
    arithmetic(Op::Div, args).unwrap_or_default()
}

fn function(op: Op) -> &'static str {
    match op {
        Op::Min => "sympy.Min",
        Op::Max => "sympy.Max",
        Op::Abs => "sympy.Abs",
        Op::Sqrt => "sympy.sqrt",
        Op::Cbrt => "_cbrt",
        Op::Exp => "sympy.exp",
        Op::Log => "sympy.log",
        Op::Sin => "sympy.sin",
        Op::Cos => "sympy.cos",
        Op::Sinc => "sympy.sinc",
        Op::Tan => "sympy.tan",
        Op::Asin => "sympy.asin",
        Op::Acos => "sympy.acos",
        Op::Atan => "sympy.atan",
        Op::Sinh => "sympy.sinh",
        Op::Cosh => "sympy.cosh",
        Op::Tanh => "sympy.tanh",
        other => other.name(),
    }
}

/// SymPy's own cube root of a negative number is complex.
fn helper(op: Op) -> Option<&'static str> {
    (op == Op::Cbrt).then_some("\n\ndef _cbrt(a):\n    return sympy.sign(a) * sympy.cbrt(sympy.Abs(a))\n\n\n")
}
