//! [`Expr`]: an immutable expression as one flat array of nodes in postfix order.

use crate::Op;

/// One node of an [`Expr`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Node {
    /// An input variable, by its position among the features of the data set.
    Var(u16),
    /// A literal constant that no fitter moves, such as an exponent or a snapped value. Finite.
    Const(f64),
    /// A free constant, by its position in [`Expr::params`].
    Param(u16),
    /// An operator; its arguments are the subtrees that end just before it.
    Op(Op),
}

impl Node {
    /// How many subtrees the node takes: 0 for leaves.
    pub const fn arity(self) -> usize {
        match self {
            Node::Op(op) => op.arity(),
            _ => 0,
        }
    }
}

/// An immutable expression: nodes in postfix order, and the values of its free constants.
///
/// Invariants, kept by every constructor: the nodes form exactly one tree; literals are finite; free
/// constants are numbered 0, 1, ... in the order of their first appearance, and each one appears.
/// A free constant may appear more than once (it is then shared).
#[derive(Clone, Debug, PartialEq)]
pub struct Expr {
    nodes: Vec<Node>,
    params: Vec<f64>,
}

/// Why a list of nodes is not an expression.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ExprError {
    /// The nodes do not form exactly one tree.
    #[error("the nodes leave {left} trees at node {at}, not one; check the number of arguments of each operator")]
    NotOneTree {
        /// Position of the node where the check failed.
        at: usize,
        /// How many trees were on the stack there.
        left: usize,
    },
    /// A literal is NaN or infinite.
    #[error("constant {value} at node {at} is not finite")]
    NotFinite {
        /// Position of the node.
        at: usize,
        /// Its value.
        value: f64,
    },
    /// A free constant has no value.
    #[error("free constant c{index} has no value: {given} values are given")]
    MissingParam {
        /// Number of the constant.
        index: u16,
        /// How many values were given.
        given: usize,
    },
}

impl Expr {
    /// Builds an expression from nodes in postfix order and the values of its free constants; constants
    /// are renumbered by first appearance and values that nothing uses are dropped.
    ///
    /// # Errors
    /// [`ExprError`] where the nodes are not one tree, a literal is not finite, or a value is missing.
    pub fn new(nodes: Vec<Node>, params: Vec<f64>) -> Result<Expr, ExprError> {
        let mut depth = 0usize;
        for (at, node) in nodes.iter().enumerate() {
            match *node {
                Node::Const(value) if !value.is_finite() => return Err(ExprError::NotFinite { at, value }),
                Node::Param(index) if usize::from(index) >= params.len() => {
                    return Err(ExprError::MissingParam { index, given: params.len() });
                }
                _ => {}
            }
            if depth < node.arity() {
                return Err(ExprError::NotOneTree { at, left: depth });
            }
            depth = depth + 1 - node.arity();
        }
        if depth != 1 {
            return Err(ExprError::NotOneTree { at: nodes.len(), left: depth });
        }
        Ok(Expr::normalised(nodes, &params))
    }

    /// Renumbers the free constants by first appearance; the nodes are known to be one tree.
    fn normalised(mut nodes: Vec<Node>, values: &[f64]) -> Expr {
        let mut order: Vec<u16> = Vec::new();
        let mut params = Vec::new();
        for node in &mut nodes {
            if let Node::Param(index) = node {
                let position = order.iter().position(|seen| seen == index).unwrap_or_else(|| {
                    order.push(*index);
                    params.push(values[usize::from(*index)]);
                    order.len() - 1
                });
                *index = position as u16;
            }
        }
        Expr { nodes, params }
    }

    /// The variable at position `index` among the features.
    pub fn var(index: u16) -> Expr {
        Expr { nodes: vec![Node::Var(index)], params: Vec::new() }
    }

    /// A literal constant. Not finite values become the largest finite one of their sign, NaN becomes 0:
    /// an expression never holds them.
    pub fn constant(value: f64) -> Expr {
        let value = if value.is_nan() { 0.0 } else { value.clamp(-f64::MAX, f64::MAX) };
        Expr { nodes: vec![Node::Const(value)], params: Vec::new() }
    }

    /// A free constant with the value `value` to start from.
    pub fn param(value: f64) -> Expr {
        Expr { nodes: vec![Node::Param(0)], params: vec![value] }
    }

    /// `op` of `args`; free constants of different arguments stay different.
    ///
    /// # Panics
    /// Where the number of arguments is not the operator's arity (a slip of the programmer, never of data).
    pub fn apply(op: Op, args: &[&Expr]) -> Expr {
        assert_eq!(args.len(), op.arity(), "{op} takes {} arguments", op.arity());
        let mut nodes = Vec::with_capacity(1 + args.iter().map(|arg| arg.len()).sum::<usize>());
        let mut params = Vec::new();
        for arg in args {
            append(&mut nodes, &mut params, arg);
        }
        nodes.push(Node::Op(op));
        Expr { nodes, params }
    }

    /// The nodes in postfix order; the root is the last one.
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// The values of the free constants, `c0` first.
    pub fn params(&self) -> &[f64] {
        &self.params
    }

    /// The same form with other values of the free constants.
    ///
    /// # Panics
    /// Where the number of values is not the number of free constants.
    pub fn with_params(&self, values: &[f64]) -> Expr {
        assert_eq!(values.len(), self.params.len(), "one value a free constant");
        Expr { nodes: self.nodes.clone(), params: values.to_vec() }
    }

    /// Number of nodes; at least 1.
    #[allow(clippy::len_without_is_empty, reason = "an expression is never empty")]
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Height of the tree: 1 for a leaf.
    pub fn depth(&self) -> usize {
        let mut stack: Vec<usize> = Vec::with_capacity(self.nodes.len());
        for node in &self.nodes {
            let rest = stack.len() - node.arity();
            let height = 1 + stack.drain(rest..).max().unwrap_or(0);
            stack.push(height);
        }
        stack.pop().unwrap_or(0)
    }

    /// Position of the first node of the subtree whose root is at `root`.
    pub fn subtree_start(&self, root: usize) -> usize {
        let mut wanted = 1usize;
        let mut at = root + 1;
        while wanted > 0 {
            at -= 1;
            wanted = wanted - 1 + self.nodes[at].arity();
        }
        at
    }

    /// Positions of the roots of the arguments of the node at `root`, first argument first.
    pub fn children(&self, root: usize) -> Vec<usize> {
        let mut roots = Vec::with_capacity(3);
        let mut end = root;
        for _ in 0..self.nodes[root].arity() {
            roots.push(end - 1);
            end = self.subtree_start(end - 1);
        }
        roots.reverse();
        roots
    }

    /// The subtree whose root is at `root`, as an expression of its own.
    pub fn subtree(&self, root: usize) -> Expr {
        let start = self.subtree_start(root);
        Expr::normalised(self.nodes[start..=root].to_vec(), &self.params)
    }

    /// The expression with the subtree at `root` replaced; the replacement's constants are new ones.
    pub fn replace(&self, root: usize, replacement: &Expr) -> Expr {
        let start = self.subtree_start(root);
        let mut nodes = self.nodes[..start].to_vec();
        let mut params = self.params.clone();
        append(&mut nodes, &mut params, replacement);
        nodes.extend_from_slice(&self.nodes[root + 1..]);
        Expr::normalised(nodes, &params)
    }

    /// Replaces variables by expressions: `substitute(|v| ...)` gives the expression for variable `v`, or
    /// `None` to keep it. Each inserted copy has constants of its own.
    pub fn substitute(&self, mut replacement: impl FnMut(u16) -> Option<Expr>) -> Expr {
        let mut nodes = Vec::with_capacity(self.nodes.len());
        let mut params = self.params.clone();
        for node in &self.nodes {
            match *node {
                Node::Var(index) => match replacement(index) {
                    Some(inner) => append(&mut nodes, &mut params, &inner),
                    None => nodes.push(*node),
                },
                _ => nodes.push(*node),
            }
        }
        Expr::normalised(nodes, &params)
    }

    /// The distinct variables, ascending.
    pub fn variables(&self) -> Vec<u16> {
        let mut found: Vec<u16> = self
            .nodes
            .iter()
            .filter_map(|node| if let Node::Var(index) = node { Some(*index) } else { None })
            .collect();
        found.sort_unstable();
        found.dedup();
        found
    }

    /// Is every free constant's value finite?
    pub fn is_finite(&self) -> bool {
        self.params.iter().all(|value| value.is_finite())
    }

    /// Free constants turned into literals. Values that are not finite are clamped as [`Expr::constant`] says.
    pub fn freeze(&self) -> Expr {
        let nodes = self.nodes.iter().map(|node| match *node {
            Node::Param(index) => Expr::constant(self.params[usize::from(index)]).nodes[0],
            other => other,
        });
        Expr { nodes: nodes.collect(), params: Vec::new() }
    }

    /// Literals turned into free constants, save whole and half numbers that are exponents (they are part
    /// of the form: `x**2`, `x**0.5`).
    pub fn thaw(&self) -> Expr {
        let mut nodes = self.nodes.clone();
        let mut params = self.params.clone();
        for at in 0..nodes.len() {
            let Node::Const(value) = nodes[at] else { continue };
            let exponent = matches!(nodes.get(at + 1), Some(Node::Op(Op::Pow)));
            if exponent && (2.0 * value).fract() == 0.0 {
                continue;
            }
            nodes[at] = Node::Param(params.len() as u16);
            params.push(value);
        }
        Expr::normalised(nodes, &params)
    }

    /// Value at one point: `x[i]` is the value of variable `i`.
    ///
    /// # Panics
    /// Where a variable has no value in `x`.
    pub fn value(&self, x: &[f64]) -> f64 {
        let mut stack: Vec<f64> = Vec::with_capacity(8);
        for node in &self.nodes {
            let value = match *node {
                Node::Var(index) => x[usize::from(index)],
                Node::Const(value) => value,
                Node::Param(index) => self.params[usize::from(index)],
                Node::Op(op) => {
                    let first = stack.len() - op.arity();
                    let mut args = [0.0; 3];
                    args[..op.arity()].copy_from_slice(&stack[first..]);
                    stack.truncate(first);
                    op.apply(args[0], args[1], args[2])
                }
            };
            stack.push(value);
        }
        stack[0]
    }
}

/// Appends `expr` to a list of nodes; its constants come behind those that are there.
fn append(nodes: &mut Vec<Node>, params: &mut Vec<f64>, expr: &Expr) {
    let base = params.len() as u16;
    nodes.extend(expr.nodes.iter().map(|node| match *node {
        Node::Param(index) => Node::Param(base + index),
        other => other,
    }));
    params.extend_from_slice(&expr.params);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Expr {
        // c0 * x0 + sin(c1)
        let product = Expr::apply(Op::Mul, &[&Expr::param(2.0), &Expr::var(0)]);
        let sine = Expr::apply(Op::Sin, &[&Expr::param(0.5)]);
        Expr::apply(Op::Add, &[&product, &sine])
    }

    #[test]
    fn structure_is_read_off_the_postfix_array() {
        let expr = sample();
        assert_eq!(expr.params(), [2.0, 0.5]);
        assert_eq!((expr.len(), expr.depth()), (6, 3));
        assert_eq!(expr.children(5), vec![2, 4]);
        assert_eq!(expr.subtree(4).params(), [0.5]);
        assert_eq!(expr.value(&[3.0]), 6.0 + 0.5f64.sin());
    }

    #[test]
    fn replacing_keeps_constants_in_order_of_appearance() {
        let replaced = sample().replace(2, &Expr::param(7.0));
        assert_eq!(replaced.params(), [7.0, 0.5]);
        assert_eq!(replaced.value(&[]), 7.0 + 0.5f64.sin());
    }

    #[test]
    fn broken_node_lists_are_refused() {
        let cases = [
            (vec![], "the nodes leave 0 trees at node 0"),
            (vec![Node::Var(0), Node::Var(1)], "the nodes leave 2 trees at node 2"),
            (vec![Node::Var(0), Node::Op(Op::Add)], "the nodes leave 1 trees at node 1"),
            (vec![Node::Const(f64::NAN)], "constant NaN at node 0 is not finite"),
            (vec![Node::Param(3)], "free constant c3 has no value: 0 values are given"),
        ];
        for (nodes, message) in cases {
            let error = Expr::new(nodes, Vec::new()).unwrap_err().to_string();
            assert!(error.starts_with(message), "{error}");
        }
    }

    #[test]
    fn thawing_frees_literals_but_not_whole_exponents() {
        // 3 * x0 ** 2
        let power = Expr::apply(Op::Pow, &[&Expr::var(0), &Expr::constant(2.0)]);
        let thawed = Expr::apply(Op::Mul, &[&Expr::constant(3.0), &power]).thaw();
        assert_eq!(thawed.params(), [3.0]);
        assert_eq!(thawed.freeze().params(), [0.0; 0]);
    }
}
