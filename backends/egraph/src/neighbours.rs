//! The neighbours of an expression: forms that differ from it in one place.

use symfolio_expr::{Expr, Node, Op, OperatorSet};

/// A form near another one, and how it came about.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Neighbour {
    pub(crate) expr: Expr,
    pub(crate) operation: &'static str,
}

/// Every neighbour of `expr` that has operators of `operators` only, the likelier kinds first. Some may be equal to each other.
pub(crate) fn neighbours(expr: &Expr, operators: &OperatorSet) -> Vec<Neighbour> {
    let mut found = Vec::new();
    let mut add = |operation: &'static str, expr: Option<Expr>| {
        found.extend(expr.map(|expr| Neighbour { expr, operation }));
    };
    let operators_at =
        || (0..expr.len()).filter_map(|at| if let Node::Op(op) = expr.nodes()[at] { Some((at, op)) } else { None });
    for (at, op) in operators_at() {
        for child in expr.children(at) {
            let operation = match op {
                Op::Add | Op::Sub => "drop a term",
                Op::Mul | Op::Div => "drop a factor",
                _ => "drop an operator",
            };
            add(operation, with_subtree(expr, at, child));
        }
    }
    for (at, node) in expr.nodes().iter().enumerate() {
        match *node {
            Node::Param(_) => {
                for value in [0.0, 1.0] {
                    add("freeze a constant", Some(expr.replace(at, &Expr::constant(value))));
                }
            }
            Node::Const(value) => add("free a constant", Some(expr.replace(at, &Expr::param(value)))),
            _ => {}
        }
    }
    for (at, op) in operators_at() {
        for exponent in exponents(expr, at, op) {
            add("move an exponent", raised(expr, at, exponent, operators));
        }
    }
    for (at, op) in operators_at() {
        let like = operators.ops().iter().filter(|other| **other != op && other.arity() == op.arity());
        for other in like {
            add("change an operator", with_operator(expr, at, *other));
        }
    }
    for at in 0..expr.len() {
        // Where there is no constant yet, one may be missing.
        let part = expr.subtree(at);
        if matches!(expr.nodes()[at], Node::Param(_) | Node::Const(_)) {
            continue;
        }
        for (op, value) in [(Op::Mul, 1.0), (Op::Add, 0.0)] {
            if operators.contains(op) {
                add("add a constant", Some(replaced(expr, at, |_| Expr::apply(op, &[&Expr::param(value), &part]))));
            }
        }
    }
    let allowed =
        |expr: &Expr| expr.nodes().iter().all(|node| !matches!(node, Node::Op(op) if !operators.contains(*op)));
    found.retain(|neighbour| neighbour.expr != *expr && allowed(&neighbour.expr));
    found
}

/// The expression with the subtree at `at` replaced by what `make` makes of it. Shared constants of the subtree become ones of
/// their own, with the same values.
fn replaced(expr: &Expr, at: usize, make: impl FnOnce(&Expr) -> Expr) -> Expr {
    expr.replace(at, &make(&expr.subtree(at)))
}

/// The expression with the subtree at `at` replaced by its part at `child`.
fn with_subtree(expr: &Expr, at: usize, child: usize) -> Option<Expr> {
    let start = expr.subtree_start(at);
    let inner = expr.subtree_start(child)..=child;
    let nodes = expr.nodes()[..start].iter().chain(&expr.nodes()[inner]).chain(&expr.nodes()[at + 1..]);
    Expr::new(nodes.copied().collect(), expr.params().to_vec()).ok()
}

fn with_operator(expr: &Expr, at: usize, op: Op) -> Option<Expr> {
    let mut nodes = expr.nodes().to_vec();
    nodes[at] = Node::Op(op);
    Expr::new(nodes, expr.params().to_vec()).ok()
}

/// Exponents near that of the power at `at`, if it is one.
fn exponents(expr: &Expr, at: usize, op: Op) -> Vec<f64> {
    let present = match op {
        Op::Square => 2.0,
        Op::Cube => 3.0,
        Op::Sqrt => 0.5,
        Op::Inv => -1.0,
        Op::Pow => match expr.nodes()[at - 1] {
            Node::Const(value) => value,
            Node::Param(index) => (2.0 * expr.params()[usize::from(index)]).round() / 2.0,
            _ => return Vec::new(),
        },
        _ => return Vec::new(),
    };
    [0.5, -0.5, 1.0, -1.0, 0.0].into_iter().map(|step| present + step).filter(|exponent| *exponent != 0.0).collect()
}

/// The power at `at` with another exponent, in the operators at hand.
fn raised(expr: &Expr, at: usize, exponent: f64, operators: &OperatorSet) -> Option<Expr> {
    if !exponent.is_finite() || exponent.abs() > 8.0 {
        return None;
    }
    let base = expr.children(at).first().map(|child| expr.subtree(*child))?;
    let unary = [(2.0, Op::Square), (3.0, Op::Cube), (0.5, Op::Sqrt), (-1.0, Op::Inv)];
    let short = unary.iter().find(|(known, op)| *known == exponent && operators.contains(*op));
    let power = match short {
        Some((_, op)) => Expr::apply(*op, &[&base]),
        None if exponent == 1.0 => base,
        None if operators.contains(Op::Pow) => Expr::apply(Op::Pow, &[&base, &Expr::constant(exponent)]),
        None => return None,
    };
    Some(expr.replace(at, &power))
}

#[cfg(test)]
mod tests {
    use symfolio_expr::{infix, parse};

    use super::*;

    fn found(text: &str, operation: &str) -> Vec<String> {
        let names = ["x".to_string(), "y".to_string()];
        let expr = parse(text, &names).unwrap();
        let near = neighbours(&expr, &OperatorSet::new([Op::Add, Op::Sub, Op::Mul, Op::Square, Op::Cube, Op::Sin]));
        near.iter().filter(|near| near.operation == operation).map(|near| infix(&near.expr, &names)).collect()
    }

    #[test]
    fn one_place_is_changed() {
        assert_eq!(found("x + sin(y)", "drop a term"), ["x", "sin(y)"]);
        assert_eq!(found("x*y", "drop a factor"), ["x", "y"]);
        assert_eq!(found("c0*x", "freeze a constant"), ["0*x", "1*x"]);
        assert_eq!(found("3*x", "free a constant"), ["3*x"]);
        assert_eq!(found("x**2", "move an exponent"), ["x**3", "x"]);
        assert_eq!(found("x + y", "change an operator"), ["x - y", "x*y"]);
        assert_eq!(found("x", "add a constant"), ["1*x", "0 + x"]);
    }

    #[test]
    fn operators_that_may_not_be_used_are_not() {
        // The base of a square root, which is not in the set, is what is left of it.
        assert_eq!(found("sqrt(x)", "drop an operator"), ["x"]);
        assert!(found("tanh(x)*y", "add a constant").is_empty());
    }
}
