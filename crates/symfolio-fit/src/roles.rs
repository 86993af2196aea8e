//! What the constants of an expression are for, read off the operators around them.

use symfolio_expr::{Expr, Node, Op};

/// The nearest operator above a node that is not a sum, a product or a sign: what the value goes into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Context {
    /// The value of the expression itself.
    Sum,
    /// An angle: constants in products are frequencies, those in sums phases.
    Angle,
    /// `sinc`, whose peak has a place and a width.
    Peak,
    /// An exponent of e or of a variable: constants in products are rates.
    Growth,
    /// Something that is to be positive or at least not 0: logarithm, root, base of a power, divisor.
    Positive,
    /// Something with a special place at 0: square, absolute value, hyperbolic and arc functions, comparisons.
    Local,
}

impl Context {
    /// The context of argument number `position` of `op`, where the context of the result is `above`.
    fn of(op: Op, position: usize, above: Context) -> Context {
        match (op, position) {
            (Op::Add | Op::Sub | Op::Mul | Op::Neg, _) | (Op::Div, 0) | (Op::Where, 1 | 2) => above,
            (Op::Sin | Op::Cos | Op::Tan, _) => Context::Angle,
            (Op::Sinc, _) => Context::Peak,
            (Op::Exp | Op::Sinh | Op::Cosh, _) | (Op::Pow, 1) => Context::Growth,
            (Op::Log | Op::Sqrt | Op::Inv, _) | (Op::Div, 1) | (Op::Pow, 0) => Context::Positive,
            _ => Context::Local,
        }
    }
}

/// The context of each node.
pub(crate) fn contexts(expr: &Expr) -> Vec<Context> {
    let mut contexts = vec![Context::Sum; expr.len()];
    for root in (0..expr.len()).rev() {
        if let Node::Op(op) = expr.nodes()[root] {
            for (position, child) in expr.children(root).into_iter().enumerate() {
                contexts[child] = Context::of(op, position, contexts[root]);
            }
        }
    }
    contexts
}

/// The constants, ascending, whose valleys are narrow: factors of an angle or of a peak's argument, and places that an angle or
/// peak is measured from.
pub(crate) fn narrow(expr: &Expr, contexts: &[Context]) -> Vec<usize> {
    let mut found = Vec::new();
    for (root, (node, context)) in expr.nodes().iter().zip(contexts).enumerate() {
        if !matches!(context, Context::Angle | Context::Peak) {
            continue;
        }
        let children: Vec<Node> = expr.children(root).into_iter().map(|child| expr.nodes()[child]).collect();
        let measured = || children.iter().any(|child| matches!(child, Node::Var(_)));
        if matches!(node, Node::Op(Op::Mul | Op::Div)) || matches!(node, Node::Op(Op::Add | Op::Sub)) && measured() {
            found.extend(children.iter().filter_map(|child| match child {
                Node::Param(index) => Some(usize::from(*index)),
                _ => None,
            }));
        }
    }
    found.sort_unstable();
    found.dedup();
    found
}

/// The constants, ascending, whose sign matters: factors in one angle that several varying terms make up.
pub(crate) fn of_either_sign(expr: &Expr, contexts: &[Context]) -> Vec<usize> {
    let nodes = expr.nodes();
    let span = |root: usize| &nodes[expr.subtree_start(root)..=root];
    let varies = |root: &usize| span(*root).iter().any(|node| matches!(node, Node::Var(_)));
    let mut found = Vec::new();
    for (root, (node, context)) in nodes.iter().zip(contexts).enumerate() {
        let sum = *context == Context::Angle && matches!(node, Node::Op(Op::Add | Op::Sub));
        if sum && expr.children(root).iter().all(varies) {
            found.extend(span(root).iter().filter_map(|node| match node {
                Node::Param(index) => Some(usize::from(*index)),
                _ => None,
            }));
        }
    }
    found.sort_unstable();
    found.dedup();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_matter_where_an_angle_has_several_terms() {
        for (text, expected) in [
            ("(mul ?1 (cos (add (add (mul ?1 x0) (mul ?1 x1)) ?1)))", vec![1, 2]),
            ("(sin (add (mul ?1 x0) ?1))", vec![]),
            ("(sin (mul ?1 (sub x0 ?1)))", vec![]),
        ] {
            let expr = Expr::from_prefix(text).unwrap();
            assert_eq!(of_either_sign(&expr, &contexts(&expr)), expected, "{text}");
        }
    }

    #[test]
    fn narrow_constants_are_found() {
        for (text, expected) in [
            ("(mul ?1 (sin (add (mul ?1 x0) ?1)))", vec![1]),
            ("(mul ?1 (cos (sub (div x0 ?1) ?1)))", vec![1]),
            ("(add (sinc (mul (sub x0 ?1) ?1)) (sin ?1))", vec![0, 1]),
            ("(exp (mul ?1 (sin (exp (mul ?1 x0)))))", vec![]),
            ("(add (sin (mul ?0=1.0 x0)) (cos (mul x1 ?0=1.0)))", vec![0]),
        ] {
            let expr = Expr::from_prefix(text).unwrap();
            assert_eq!(narrow(&expr, &contexts(&expr)), expected, "{text}");
        }
    }
}
