//! [`tidy`]: the spelling that people prefer among those of one size.

use symfolio_expr::{Expr, Node, Op, OperatorSet};

/// `expr` with nested fractions made one, powers as squares, cubes, roots and fractions where `operators` has them, and without minus
/// signs that cancel. It is never longer, and equal wherever both are defined.
pub(crate) fn tidy(expr: &Expr, operators: &OperatorSet) -> Expr {
    let mut uses = vec![0; expr.params().len()];
    for node in expr.nodes() {
        if let Node::Param(index) = node {
            uses[usize::from(*index)] += 1;
        }
    }
    let mut spelling = Spelling { params: expr.params().to_vec(), uses, operators };
    let mut stack: Vec<Vec<Node>> = Vec::new();
    for node in expr.nodes() {
        let arity = match node {
            Node::Op(op) => op.arity(),
            _ => 0,
        };
        let Some(first) = stack.len().checked_sub(arity) else { return expr.clone() };
        let parts = stack.split_off(first);
        let spelled = match (node, <[Vec<Node>; 2]>::try_from(parts)) {
            (Node::Op(op), Ok([left, right])) => spelling.binary(*op, left, right),
            (_, Ok([left, right])) => joined(&[&left, &right], *node),
            (Node::Op(Op::Sqrt), Err(parts)) if parts.len() == 1 => spelling.root(&parts[0]),
            (_, Err(parts)) => joined(&parts.iter().map(Vec::as_slice).collect::<Vec<_>>(), *node),
        };
        stack.push(spelled);
    }
    let nodes = stack.pop().unwrap_or_default();
    Expr::new(nodes, spelling.params).unwrap_or_else(|_| expr.clone())
}

struct Spelling<'a> {
    params: Vec<f64>,
    /// How often each free constant appears.
    uses: Vec<usize>,
    operators: &'a OperatorSet,
}

impl Spelling<'_> {
    fn binary(&mut self, op: Op, left: Vec<Node>, right: Vec<Node>) -> Vec<Node> {
        match op {
            Op::Mul | Op::Div if self.is_negative(&left) && self.is_negative(&right) => {
                let saved = self.params.clone();
                if let (Some(left), Some(right)) = (self.negated(&left), self.negated(&right)) {
                    return self.binary(op, left, right);
                }
                self.params = saved;
            }
            Op::Sub if self.is_negative(&right) => {
                if let Some(right) = self.negated(&right) {
                    return joined(&[&left, &right], Node::Op(Op::Add));
                }
            }
            _ => {}
        }
        match (op, parts(&left), parts(&right)) {
            // a/(b/c) = a*c/b, and a*(b/c) = a*b/c.
            (Op::Div, _, Some((Op::Div, b, c))) => {
                let above = self.binary(Op::Mul, left, c.to_vec());
                self.binary(Op::Div, above, b.to_vec())
            }
            (Op::Mul, _, Some((Op::Div, b, c))) => {
                let above = self.binary(Op::Mul, left, b.to_vec());
                self.binary(Op::Div, above, c.to_vec())
            }
            (Op::Pow, _, _) => self.power(left, right),
            _ => joined(&[&left, &right], Node::Op(op)),
        }
    }

    fn power(&self, base: Vec<Node>, exponent: Vec<Node>) -> Vec<Node> {
        let op = match exponent.as_slice() {
            [Node::Const(value)] if *value == 1.0 => return base,
            [Node::Const(value)] if *value == 2.0 => Some(Op::Square),
            [Node::Const(value)] if *value == 3.0 => Some(Op::Cube),
            [Node::Const(value)] if *value == 0.5 => Some(Op::Sqrt),
            [Node::Const(value)] if *value == -1.0 => Some(Op::Inv),
            _ => None,
        };
        match op.filter(|op| self.operators.contains(*op)) {
            Some(op) => joined(&[&base], Node::Op(op)),
            None => joined(&[&base, &exponent], Node::Op(Op::Pow)),
        }
    }

    /// A root of a power is a power where that is defined for the same numbers: that of an even one is a magnitude.
    fn root(&self, of: &[Node]) -> Vec<Node> {
        let halved = match of {
            [base @ .., Node::Op(Op::Cube)] => Some((base, 1.5)),
            [base @ .., Node::Const(value), Node::Op(Op::Pow)] if value % 2.0 != 0.0 => Some((base, value / 2.0)),
            _ => None,
        };
        match halved.filter(|_| self.operators.contains(Op::Pow)) {
            Some((base, exponent)) => joined(&[base, &[Node::Const(exponent)]], Node::Op(Op::Pow)),
            None => joined(&[of], Node::Op(Op::Sqrt)),
        }
    }

    /// Is it written with a minus sign in front that can be left out?
    fn is_negative(&self, nodes: &[Node]) -> bool {
        match (nodes, parts(nodes)) {
            ([Node::Const(value)], _) => *value < 0.0,
            ([Node::Param(index)], _) => {
                let index = usize::from(*index);
                self.uses[index] == 1 && self.params[index] < 0.0
            }
            (_, Some((Op::Mul | Op::Div, left, right))) => self.is_negative(left) != self.is_negative(right),
            (_, Some((Op::Add, left, right))) => self.is_negative(left) && self.is_negative(right),
            (_, Some((Op::Sub, left, _))) => self.is_negative(left),
            ([.., Node::Op(Op::Neg)], _) => true,
            _ => false,
        }
    }

    /// What [`Spelling::is_negative`] says is negative, with the other sign.
    fn negated(&mut self, nodes: &[Node]) -> Option<Vec<Node>> {
        if !self.is_negative(nodes) {
            return None;
        }
        match (nodes, parts(nodes)) {
            ([Node::Const(value)], _) => Some(vec![Node::Const(-value)]),
            ([node @ Node::Param(index)], _) => {
                self.params[usize::from(*index)] *= -1.0;
                Some(vec![*node])
            }
            (_, Some((op @ (Op::Mul | Op::Div), left, right))) => Some(match self.negated(left) {
                Some(left) => joined(&[&left, right], Node::Op(op)),
                None => joined(&[left, &self.negated(right)?], Node::Op(op)),
            }),
            (_, Some((Op::Add, left, right))) => {
                let (left, right) = (self.negated(left)?, self.negated(right)?);
                Some(joined(&[&left, &right], Node::Op(Op::Add)))
            }
            (_, Some((Op::Sub, left, right))) => {
                let left = self.negated(left)?;
                Some(joined(&[&left, right], Node::Op(Op::Add)))
            }
            ([inner @ .., Node::Op(Op::Neg)], _) => Some(inner.to_vec()),
            _ => None,
        }
    }
}

fn joined(parts: &[&[Node]], root: Node) -> Vec<Node> {
    parts.iter().flat_map(|part| part.iter().copied()).chain([root]).collect()
}

/// Operator, left and right side of what a binary operator joins.
fn parts(nodes: &[Node]) -> Option<(Op, &[Node], &[Node])> {
    let (Node::Op(op), inner) = nodes.split_last()? else { return None };
    if op.arity() != 2 {
        return None;
    }
    let mut missing = 1;
    let mut at = inner.len();
    while missing > 0 {
        at = at.checked_sub(1)?;
        missing += match inner[at] {
            Node::Op(op) => op.arity(),
            _ => 0,
        };
        missing -= 1;
    }
    let (left, right) = inner.split_at(at);
    Some((*op, left, right))
}

#[cfg(test)]
mod tests {
    use super::*;
    use symfolio_expr::{infix, parse};

    #[test]
    fn of_spellings_of_one_size_people_prefer_one() {
        let names = ["x".to_string(), "z".to_string()];
        for (text, expected) in [
            ("(div ?3.2 (div x1 (square x0)))", "3.2*x**2/z"),
            ("(mul ?3.5 (div x1 (square x0)))", "3.5*z/x**2"),
            ("(pow x0 3)", "x**3"),
            ("(sqrt (cube x0))", "x**1.5"),
            ("(sqrt (square x0))", "sqrt(x**2)"),
            ("(sqrt (pow x0 -0.5))", "x**(-0.25)"),
            ("(sub x0 (mul ?-0.5 x1))", "x + 0.5*z"),
            ("(div ?-3.2 (sub (mul ?-0.5 (sin x0)) (div x1 x0)))", "3.2/(0.5*sin(x) + z/x)"),
            ("(mul ?-3.2 (sub x0 x1))", "-3.2*(x - z)"),
        ] {
            let expr = Expr::from_prefix(text).unwrap();
            let tidied = tidy(&expr, &OperatorSet::default());
            let wanted = parse(expected, &names).unwrap();
            assert_eq!(infix(&tidied, &names), infix(&wanted, &names), "{text}");
            assert!(tidied.len() <= expr.len());
            for x in [[0.7, 1.9], [2.3, 0.4]] {
                assert!((tidied.value(&x) / expr.value(&x) - 1.0).abs() < 1e-12, "{text}");
            }
        }
    }
}
