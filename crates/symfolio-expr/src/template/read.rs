//! Reading the functions of the holes off a formula.

use super::Template;
use crate::{Expr, Node};

/// What is known while a formula is read.
#[derive(Clone)]
struct Found {
    /// For each hole its function, with the numbers that free constants have in the whole formula.
    functions: Vec<Option<Vec<Node>>>,
    /// For each free constant of the template the leaf that stands for it.
    constants: Vec<Option<Node>>,
}

impl Template {
    /// The function of each hole, where `expr` has the form of the template: operator by operator, up to the order of the operands of
    /// operators that do not mind it; `None` where it has not. A hole that is called more than once has to have the same function
    /// with the same constants in all places: shared free ones, or equal literals.
    ///
    /// What [`Template::assemble`] makes is always read, as functions that make the same formula again.
    pub fn read(&self, expr: &Expr) -> Option<Vec<Expr>> {
        let mut found = Found { functions: vec![None; self.holes().len()], constants: vec![None; self.params.len()] };
        if !self.matches(&self.nodes, self.nodes.len() - 1, expr, expr.len() - 1, &mut found) {
            return None;
        }
        let function = |nodes: Option<Vec<Node>>| Expr::new(nodes?, expr.params().to_vec()).ok();
        found.functions.into_iter().map(function).collect()
    }

    /// Is the subtree of `expr` at `at` of the form of the one of `pattern` at `root`?
    fn matches(&self, pattern: &[Node], root: usize, expr: &Expr, at: usize, found: &mut Found) -> bool {
        if let Some(call) = self.call(&pattern[root]) {
            let mut function = Vec::new();
            if !self.abstracted(&call.args, expr, at, found, &mut function) {
                return false;
            }
            let known = &mut found.functions[call.hole];
            return match known {
                Some(known) => *known == function,
                None => {
                    *known = Some(function);
                    true
                }
            };
        }
        let node = expr.nodes()[at];
        match pattern[root] {
            Node::Param(index) => {
                let known = &mut found.constants[usize::from(index)];
                matches!(node, Node::Param(_) | Node::Const(_)) && *known.get_or_insert(node) == node
            }
            Node::Op(op) if node == Node::Op(op) => {
                let (wanted, given) = (children(pattern, root), expr.children(at));
                let before = found.clone();
                let mut in_order = wanted.iter().zip(&given);
                if in_order.all(|(wanted, given)| self.matches(pattern, *wanted, expr, *given, found)) {
                    return true;
                }
                *found = before;
                let mut exchanged = wanted.iter().zip(given.iter().rev());
                op.info().commutative
                    && exchanged.all(|(wanted, given)| self.matches(pattern, *wanted, expr, *given, found))
            }
            other => other == node,
        }
    }

    /// Appends to `function` the subtree of `expr` at `at` as a function of `args`, the largest parts that are arguments first; says whether it
    /// is one: no feature may stand outside of them.
    fn abstracted(
        &self,
        args: &[Vec<Node>],
        expr: &Expr,
        at: usize,
        found: &mut Found,
        function: &mut Vec<Node>,
    ) -> bool {
        for (index, arg) in args.iter().enumerate() {
            let mut tried = found.clone();
            if self.matches(arg, arg.len() - 1, expr, at, &mut tried) {
                *found = tried;
                function.push(Node::Var(index as u16));
                return true;
            }
        }
        if matches!(expr.nodes()[at], Node::Var(_)) {
            return false;
        }
        let below = expr.children(at).into_iter().all(|child| self.abstracted(args, expr, child, found, function));
        function.push(expr.nodes()[at]);
        below
    }
}

/// Positions of the roots of the arguments of the node at `root`, first argument first.
fn children(nodes: &[Node], root: usize) -> Vec<usize> {
    let mut roots = Vec::with_capacity(3);
    let mut end = root;
    for _ in 0..nodes[root].arity() {
        roots.push(end - 1);
        let mut wanted = 1;
        while wanted > 0 {
            end -= 1;
            wanted = wanted - 1 + nodes[end].arity();
        }
    }
    roots.reverse();
    roots
}
