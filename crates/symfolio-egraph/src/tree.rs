//! [`Tree`]: an expression as a tree with a total order, the form that the algebraic passes work on.

use std::cmp::Ordering;

use symfolio_expr::{Expr, Node, Op};

/// A finite number that is compared by its bits, so that it can be a key. `-0.0` becomes `0.0`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Literal(f64);

impl Literal {
    /// `None` for NaN and infinities.
    pub(crate) fn new(value: f64) -> Option<Literal> {
        value.is_finite().then_some(Literal(value + 0.0))
    }

    pub(crate) const fn value(self) -> f64 {
        self.0
    }
}

impl PartialEq for Literal {
    fn eq(&self, other: &Literal) -> bool {
        self.0.to_bits() == other.0.to_bits()
    }
}

impl Eq for Literal {}

impl PartialOrd for Literal {
    fn partial_cmp(&self, other: &Literal) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Literal {
    fn cmp(&self, other: &Literal) -> Ordering {
        self.0.total_cmp(&other.0)
    }
}

impl std::hash::Hash for Literal {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.0.to_bits().hash(state);
    }
}

/// An expression as a tree. Free constants keep the number that they have in a table of values beside it, so that
/// parts of one expression can be moved about without losing track of which constants are the same.
///
/// The order puts constants first, then variables, then operators; it decides how operands are arranged.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Tree {
    Const(Literal),
    Param(u16),
    Var(u16),
    Call(Op, Vec<Tree>),
}

impl Tree {
    pub(crate) fn of(expr: &Expr) -> Tree {
        let mut stack: Vec<Tree> = Vec::with_capacity(8);
        for node in expr.nodes() {
            let tree = match *node {
                Node::Var(index) => Tree::Var(index),
                Node::Param(index) => Tree::Param(index),
                Node::Const(value) => Tree::number(value),
                Node::Op(op) => {
                    let rest = stack.len() - op.arity();
                    let args = stack.split_off(rest);
                    Tree::Call(op, args)
                }
            };
            stack.push(tree);
        }
        // An expression leaves exactly one tree.
        stack.pop().unwrap_or(Tree::Const(Literal(0.0)))
    }

    /// The expression; `None` where a free constant has no value in `params` (or the tree is no expression at all).
    pub(crate) fn expr(&self, params: &[f64]) -> Option<Expr> {
        let mut nodes = Vec::with_capacity(16);
        self.push_nodes(&mut nodes);
        Expr::new(nodes, params.to_vec()).ok()
    }

    fn push_nodes(&self, nodes: &mut Vec<Node>) {
        match self {
            Tree::Const(value) => nodes.push(Node::Const(value.value())),
            Tree::Param(index) => nodes.push(Node::Param(*index)),
            Tree::Var(index) => nodes.push(Node::Var(*index)),
            Tree::Call(op, args) => {
                args.iter().for_each(|arg| arg.push_nodes(nodes));
                nodes.push(Node::Op(*op));
            }
        }
    }

    /// A literal; values that are not finite, which no expression holds, become 0.
    pub(crate) fn number(value: f64) -> Tree {
        Tree::Const(Literal::new(value).unwrap_or(Literal(0.0)))
    }

    pub(crate) fn unary(op: Op, a: Tree) -> Tree {
        Tree::Call(op, vec![a])
    }

    pub(crate) fn binary(op: Op, a: Tree, b: Tree) -> Tree {
        Tree::Call(op, vec![a, b])
    }

    /// `a op b` for a sum or a product, with the operands of `b` in one row after those of `a`, as people write them.
    pub(crate) fn row(op: Op, a: Tree, b: Tree) -> Tree {
        match b {
            Tree::Call(inner, args) if inner == op => args.into_iter().fold(a, |row, arg| Tree::row(op, row, arg)),
            b => Tree::binary(op, a, b),
        }
    }

    /// The same with every sum and product in one row.
    pub(crate) fn in_rows(self) -> Tree {
        let Tree::Call(op, args) = self else { return self };
        let args: Vec<Tree> = args.into_iter().map(Tree::in_rows).collect();
        match <[Tree; 2]>::try_from(args) {
            Ok([a, b]) if matches!(op, Op::Add | Op::Mul) => Tree::row(op, a, b),
            Ok([a, b]) => Tree::binary(op, a, b),
            Err(args) => Tree::Call(op, args),
        }
    }

    /// The value of a literal.
    pub(crate) fn literal(&self) -> Option<f64> {
        if let Tree::Const(value) = self { Some(value.value()) } else { None }
    }

    pub(crate) fn is_number(&self, value: f64) -> bool {
        self.literal() == Some(value)
    }

    pub(crate) fn args(&self) -> &[Tree] {
        if let Tree::Call(_, args) = self { args } else { &[] }
    }

    /// Number of nodes.
    pub(crate) fn size(&self) -> usize {
        1 + self.args().iter().map(Tree::size).sum::<usize>()
    }

    /// Does no variable appear?
    pub(crate) fn is_constant(&self) -> bool {
        !matches!(self, Tree::Var(_)) && self.args().iter().all(Tree::is_constant)
    }

    /// Calls `visit` with the number of each free constant, in order of appearance, repeats included.
    pub(crate) fn for_each_param(&self, visit: &mut impl FnMut(u16)) {
        if let Tree::Param(index) = self {
            visit(*index);
        }
        self.args().iter().for_each(|arg| arg.for_each_param(visit));
    }

    /// The distinct free constants, ascending.
    pub(crate) fn params(&self) -> Vec<u16> {
        let mut found = Vec::new();
        self.for_each_param(&mut |index| found.push(index));
        found.sort_unstable();
        found.dedup();
        found
    }

    /// Value of a tree without variables.
    pub(crate) fn constant_value(&self, params: &[f64]) -> f64 {
        match self {
            Tree::Const(value) => value.value(),
            Tree::Param(index) => params.get(usize::from(*index)).copied().unwrap_or(f64::NAN),
            Tree::Var(_) => f64::NAN,
            Tree::Call(op, args) => {
                let at = |i: usize| args.get(i).map_or(0.0, |arg| arg.constant_value(params));
                op.apply(at(0), at(1), at(2))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_and_products_are_written_in_one_row() {
        for (text, expected) in [
            ("(add x0 (add x1 (mul x2 (mul x3 x4))))", "(add (add x0 x1) (mul (mul x2 x3) x4))"),
            ("(sub x0 (sub x1 (add x2 (add x3 x4))))", "(sub x0 (sub x1 (add (add x2 x3) x4)))"),
            ("(sin (mul x0 (mul x1 x2)))", "(sin (mul (mul x0 x1) x2))"),
        ] {
            let tree = Tree::of(&Expr::from_prefix(text).unwrap());
            assert_eq!(tree.in_rows().expr(&[]).unwrap().to_prefix(), expected);
        }
    }

    #[test]
    fn trees_lead_back_to_their_expression() {
        for text in ["x3", "(add ?2.0 (mul ?1=3.0 (sin (mul ?1=3.0 x0))))", "(where (less x0 1.0) 0.0 -2.5)"] {
            let expr = Expr::from_prefix(text).unwrap();
            let tree = Tree::of(&expr);
            assert_eq!(tree.size(), expr.len());
            assert_eq!(tree.expr(expr.params()), Some(expr));
        }
    }
}
