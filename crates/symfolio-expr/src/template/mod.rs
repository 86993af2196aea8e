//! [`Template`]: the outer form of a formula, with holes that a search fills.

mod read;
#[cfg(test)]
mod tests;

use crate::text::{Call, parse_calls};
use crate::{Definition, Expr, Node, ParseError};

/// Most nodes of a formula that is put together.
const MOST_NODES: usize = 4096;

/// The outer form of a formula, such as `f(x0) + g(x1)*x2`: what is called and is no operator is a hole, an unknown function of its
/// arguments. A hole may be called more than once; it is the same function each time.
#[derive(Clone, Debug, PartialEq)]
pub struct Template {
    text: String,
    n_features: usize,
    /// In postfix order; variable `n_features + i` stands for the call `calls[i]`.
    nodes: Vec<Node>,
    /// Where the template's own free constants begin.
    params: Vec<f64>,
    calls: Vec<Call>,
    holes: Vec<Hole>,
}

/// An unknown function of a [`Template`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hole {
    /// Its name in the template.
    pub name: String,
    /// How many arguments it takes; at least 1. Formulas for it are over the variables 0 to `arity - 1`.
    pub arity: usize,
}

impl Template {
    /// Reads a template over the columns `names`. Numbers in it are literals, `c0`, `c1`, ... are free constants; arguments of holes
    /// may be expressions, without holes in them.
    ///
    /// # Errors
    /// [`ParseError`] names the place and the remedy: as [`crate::parse_with`] does, and for a hole with two different numbers of arguments,
    /// a hole within another's arguments, and a text without a hole.
    pub fn parse(text: &str, names: &[String], definitions: &[Definition]) -> Result<Template, ParseError> {
        let (nodes, params, calls) = parse_calls(text, names, definitions)?;
        let mut holes: Vec<Hole> = Vec::new();
        for call in &calls {
            if call.hole == holes.len() {
                holes.push(Hole { name: call.name.clone(), arity: call.args.len() });
            }
        }
        Ok(Template { text: text.to_string(), n_features: names.len(), nodes, params, calls, holes })
    }

    /// The text that it was read from.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The holes, in order of first appearance.
    pub fn holes(&self) -> &[Hole] {
        &self.holes
    }

    /// All its nodes, those of arguments included.
    pub fn nodes(&self) -> impl Iterator<Item = &Node> {
        self.nodes.iter().chain(self.calls.iter().flat_map(|call| call.args.iter().flatten()))
    }

    /// The formula with `functions[i]` in hole `i`. Free constants of a function are the same wherever it is called, and those of the
    /// template and of different holes are different. `None` where a hole has no function, a function has an argument too many, or the
    /// formula would have more than 4096 nodes.
    pub fn assemble(&self, functions: &[Expr]) -> Option<Expr> {
        let fits = |(hole, function): (&Hole, &Expr)| {
            function.variables().last().is_none_or(|last| usize::from(*last) < hole.arity)
        };
        if functions.len() != self.holes.len() || !self.holes.iter().zip(functions).all(fits) {
            return None;
        }
        let mut params = self.params.clone();
        let mut bases = Vec::with_capacity(functions.len());
        for function in functions {
            bases.push(params.len());
            params.extend_from_slice(function.params());
        }
        let mut nodes = Vec::new();
        for node in &self.nodes {
            let Some(call) = self.call(node) else {
                nodes.push(*node);
                continue;
            };
            for node in functions[call.hole].nodes() {
                match *node {
                    Node::Var(index) => nodes.extend_from_slice(&call.args[usize::from(index)]),
                    Node::Param(index) => nodes.push(Node::Param((bases[call.hole] + usize::from(index)) as u16)),
                    other => nodes.push(other),
                }
            }
            if nodes.len() > MOST_NODES {
                return None;
            }
        }
        Expr::new(nodes, params).ok()
    }

    /// The call that a node of the template stands for.
    fn call(&self, node: &Node) -> Option<&Call> {
        match node {
            Node::Var(index) => usize::from(*index).checked_sub(self.n_features).map(|at| &self.calls[at]),
            _ => None,
        }
    }
}
