//! What the constants of an expression are for, read off the operators around them.

use symfolio_expr::{Expr, Node, Op, math};

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

/// The size that the values of each node are to have where the operators above say so, as they do where the expression's own size is
/// `size`: those of a root squared are to have that of its square, whatever the units. `None` where factors beside it, which are free,
/// decide.
pub(crate) fn goals(expr: &Expr, size: f64) -> Vec<Option<f64>> {
    let mut goals = vec![None; expr.len()];
    if let Some(root) = goals.last_mut() {
        *root = Some(size);
    }
    for root in (0..expr.len()).rev() {
        let Node::Op(op) = expr.nodes()[root] else { continue };
        for (position, child) in expr.children(root).into_iter().enumerate() {
            goals[child] = goals[root].and_then(|goal: f64| match (op, position) {
                (Op::Add | Op::Sub | Op::Neg | Op::Abs | Op::Min | Op::Max, _) | (Op::Where, 1 | 2) => Some(goal),
                (Op::Sqrt, _) => Some(goal * goal),
                (Op::Cbrt, _) => Some(goal * goal * goal),
                (Op::Square, _) => Some(goal.sqrt()),
                (Op::Cube, _) => Some(math::cbrt(goal)),
                (Op::Inv, _) => Some(1.0 / goal),
                _ => None,
            });
        }
    }
    goals.into_iter().map(|goal| goal.filter(|goal| goal.is_normal())).collect()
}

/// Is each node the second of the two arguments of a sum or difference, whose first one is known when its own turn comes?
pub(crate) fn beside_another(expr: &Expr) -> Vec<bool> {
    let mut beside = vec![false; expr.len()];
    for root in 0..expr.len() {
        if matches!(expr.nodes()[root], Node::Op(Op::Add | Op::Sub)) {
            expr.children(root).into_iter().skip(1).for_each(|child| beside[child] = true);
        }
    }
    beside
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
    fn goals_follow_the_operators() {
        for (text, expected) in [
            ("(sqrt (add ?1 x0))", vec![Some(9.0), Some(9.0), Some(9.0), Some(3.0)]),
            ("(mul ?1 (sqrt x0))", vec![None, None, None, Some(3.0)]),
            ("(inv (square x0))", vec![Some((1.0f64 / 3.0).sqrt()), Some(1.0 / 3.0), Some(3.0)]),
        ] {
            assert_eq!(goals(&Expr::from_prefix(text).unwrap(), 3.0), expected, "{text}");
        }
        let sum = Expr::from_prefix("(add x0 (mul ?1 x1))").unwrap();
        assert_eq!(beside_another(&sum), [false, false, false, true, false]);
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
