//! Formulas as Python functions over NumPy arrays.

use symfolio_expr::{Expr, Node, Notation, Op, Piece, fold};

use super::program::{PYTHON_KEYWORDS, Parameters, Python, arithmetic, helpers, literal, power};

pub(super) fn numpy(expr: &Expr, names: &[String], target: &str) -> String {
    let expr = expr.freeze();
    let reserved = format!("{PYTHON_KEYWORDS} np float predict");
    let parameters = Parameters::of_function(&expr, names, &reserved);
    let leaf = |node| match node {
        Node::Var(index) => Python::object(Piece::atom(parameters.identifier(index))),
        Node::Const(value) => Python::number(literal(value)),
        Node::Param(_) | Node::Op(_) => Python::default(),
    };
    let formula = Notation::PLAIN.whole(fold(&expr, leaf, operation).piece);
    // Whole numbers would divide and overflow otherwise than floating-point ones.
    let arrays: String = parameters
        .which(&expr, true)
        .map(|identifier| format!("    {identifier} = np.asarray({identifier}, dtype=float)\n"))
        .collect();
    format!(
        "{}import numpy as np\n\n\n{}def predict({}):\n{arrays}    return {formula}\n",
        parameters.explained(target, "# "),
        helpers(&expr, helper),
        parameters.list(str::to_string)
    )
}

fn operation(op: Op, args: Vec<Python>) -> Python {
    let numbers_only = args.iter().all(|arg| arg.numbers_only);
    let args: Vec<Piece> = args.into_iter().map(|arg| arg.piece).collect();
    let call = |name: &str, args: Vec<Piece>| Python::object(Notation::PLAIN.call(name, args));
    match op {
        Op::Div if numbers_only => call("np.divide", args),
        Op::Inv if numbers_only => call("np.divide", [vec![literal(1.0)], args].concat()),
        Op::Pow if numbers_only => call("np.power", args),
        Op::Square if numbers_only => call("np.square", args),
        Op::Cube if numbers_only => call("np.power", [args, vec![literal(3.0)]].concat()),
        Op::Pow | Op::Square | Op::Cube => {
            let mut args = args.into_iter();
            let base = args.next().unwrap_or_default();
            let exponent = args.next().unwrap_or_else(|| Piece::number(if op == Op::Square { "2" } else { "3" }));
            Python::object(power(base, exponent))
        }
        _ => match arithmetic(op, args) {
            Ok(piece) => Python { piece, numbers_only },
            Err(args) => call(function(op), args),
        },
    }
}

fn function(op: Op) -> &'static str {
    match op {
        Op::Min => "np.minimum",
        Op::Max => "np.maximum",
        Op::Less => "_less",
        Op::Abs => "np.abs",
        Op::Sqrt => "np.sqrt",
        Op::Cbrt => "np.cbrt",
        Op::Exp => "np.exp",
        Op::Log => "np.log",
        Op::Sin => "np.sin",
        Op::Cos => "np.cos",
        Op::Sinc => "_sinc",
        Op::Tan => "np.tan",
        Op::Asin => "np.arcsin",
        Op::Acos => "np.arccos",
        Op::Atan => "np.arctan",
        Op::Sinh => "np.sinh",
        Op::Cosh => "np.cosh",
        Op::Tanh => "np.tanh",
        Op::Where => "_where",
        other => other.name(),
    }
}

/// What NumPy lacks. Identifiers never start with an underscore, so these names are free.
fn helper(op: Op) -> Option<&'static str> {
    match op {
        Op::Less => {
            Some("def _less(a, b):\n    return np.where(np.isnan(a) | np.isnan(b), np.nan, np.less(a, b))\n\n\n")
        }
        // NumPy's own sinc is sin(pi*a)/(pi*a); undoing the factor would lose digits.
        Op::Sinc => Some(
            "def _sinc(a):\n    zero = np.equal(a, 0.0)\n    \
             return np.where(zero, 1.0, np.sin(a) / np.where(zero, 1.0, a))\n\n\n",
        ),
        Op::Where => Some(
            "def _where(condition, a, b):\n    \
             return np.where(np.isnan(condition), np.nan, np.where(np.not_equal(condition, 0.0), a, b))\n\n\n",
        ),
        _ => None,
    }
}
