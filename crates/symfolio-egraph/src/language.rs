//! [`Term`]: an expression's node as `egg` sees it, and [`Knowledge`]: what is known of each class of equals.

use std::fmt;

use egg::{Analysis, DidMerge, EGraph, FromOp, Id, Language};
use symfolio_expr::Op;

use crate::Domain;
use crate::facts::{self, Facts};
use crate::tree::{Literal, Tree};

/// One node; its arguments are classes of equal nodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Term {
    Const(Literal),
    Param(u16),
    Var(u16),
    Unary(Op, [Id; 1]),
    Binary(Op, [Id; 2]),
    Ternary(Op, [Id; 3]),
}

/// What a node is, without its arguments.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Head {
    Const,
    Param,
    Var,
    Op(Op),
}

impl Term {
    /// `op` of as many of `args` as it takes.
    pub(crate) fn call(op: Op, args: [Id; 3]) -> Term {
        match op.arity() {
            1 => Term::Unary(op, [args[0]]),
            2 => Term::Binary(op, [args[0], args[1]]),
            _ => Term::Ternary(op, args),
        }
    }
}

impl Language for Term {
    type Discriminant = Head;

    fn discriminant(&self) -> Head {
        match self {
            Term::Const(_) => Head::Const,
            Term::Param(_) => Head::Param,
            Term::Var(_) => Head::Var,
            Term::Unary(op, _) | Term::Binary(op, _) | Term::Ternary(op, _) => Head::Op(*op),
        }
    }

    fn matches(&self, other: &Term) -> bool {
        match (self, other) {
            (Term::Const(a), Term::Const(b)) => a == b,
            (Term::Param(a), Term::Param(b)) | (Term::Var(a), Term::Var(b)) => a == b,
            _ => self.discriminant() == other.discriminant(),
        }
    }

    fn children(&self) -> &[Id] {
        match self {
            Term::Unary(_, args) => args,
            Term::Binary(_, args) => args,
            Term::Ternary(_, args) => args,
            _ => &[],
        }
    }

    fn children_mut(&mut self) -> &mut [Id] {
        match self {
            Term::Unary(_, args) => args,
            Term::Binary(_, args) => args,
            Term::Ternary(_, args) => args,
            _ => &mut [],
        }
    }
}

impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Term::Const(value) => write!(f, "{:?}", value.value()),
            Term::Param(index) => write!(f, "c{index}"),
            Term::Var(index) => write!(f, "x{index}"),
            Term::Unary(op, _) | Term::Binary(op, _) | Term::Ternary(op, _) => write!(f, "{op}"),
        }
    }
}

/// A word of a rule that is neither an operator of that many arguments nor a number.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{word:?} of {arguments} arguments is neither an operator nor a number")]
pub(crate) struct UnknownWord {
    word: String,
    arguments: usize,
}

impl FromOp for Term {
    type Error = UnknownWord;

    fn from_op(word: &str, children: Vec<Id>) -> Result<Term, UnknownWord> {
        let unknown = || UnknownWord { word: word.to_string(), arguments: children.len() };
        if children.is_empty() {
            let value = word.parse().ok().and_then(Literal::new);
            return value.map(Term::Const).ok_or_else(unknown);
        }
        let op = Op::by_name(word).filter(|op| op.arity() == children.len()).ok_or_else(unknown)?;
        let mut args = [children[0]; 3];
        args[..children.len()].copy_from_slice(&children);
        Ok(Term::call(op, args))
    }
}

/// What is known of a class of equals.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Known {
    pub(crate) facts: Facts,
    /// How often the range was narrowed.
    narrowed: u8,
}

/// How often a range may be narrowed. Around a cycle of the graph, bounds can approach their limit for ever.
const NARROWINGS: u8 = 12;

/// Keeps, for each class of equals, the [`Facts`] that all its members together imply.
#[derive(Clone, Debug, Default)]
pub(crate) struct Knowledge {
    pub(crate) domain: Domain,
    /// Present values of the free constants; only their signs are used.
    pub(crate) params: Vec<f64>,
}

impl Analysis<Term> for Knowledge {
    type Data = Known;

    fn make(egraph: &mut EGraph<Term, Knowledge>, term: &Term, _id: Id) -> Known {
        let of = |arg: Id| egraph[arg].data.facts;
        let facts = match term {
            Term::Const(value) => Facts::number(*value),
            Term::Param(index) => {
                let value = egraph.analysis.params.get(usize::from(*index)).copied().unwrap_or(0.0);
                Facts::param(facts::sign(value))
            }
            Term::Var(index) => Facts::variable(egraph.analysis.domain.range(*index)),
            Term::Unary(op, args) => Facts::apply(*op, &args.map(of)),
            Term::Binary(op, args) => Facts::apply(*op, &args.map(of)),
            Term::Ternary(op, args) => Facts::apply(*op, &args.map(of)),
        };
        Known { facts, narrowed: 0 }
    }

    fn merge(&mut self, to: &mut Known, from: Known) -> DidMerge {
        let (a, b) = (to.facts, from.facts);
        let narrowed = to.narrowed.max(from.narrowed);
        let range = if narrowed < NARROWINGS { a.range.meet(b.range) } else { a.range };
        let facts = Facts {
            range,
            total: a.total || b.total,
            constant: a.constant || b.constant,
            // Two literals in one class differ by rounding only; the one of fewer bits is the likelier.
            literal: match (a.literal, b.literal) {
                (Some(a), Some(b)) => Some(std::cmp::min_by_key(a, b, |value| value.value().to_bits().reverse_bits())),
                (a, b) => a.or(b),
            },
        };
        *to = Known { facts, narrowed: if range == a.range { to.narrowed } else { narrowed + 1 } };
        DidMerge(facts != a, facts != b)
    }

    fn modify(egraph: &mut EGraph<Term, Knowledge>, id: Id) {
        if let Some(value) = egraph[id].data.facts.literal {
            let literal = egraph.add(Term::Const(value));
            egraph.union(id, literal);
        }
    }
}

/// Adds a tree and returns its class.
pub(crate) fn add_tree(egraph: &mut EGraph<Term, Knowledge>, tree: &Tree) -> Id {
    let term = match tree {
        Tree::Const(value) => Term::Const(*value),
        Tree::Param(index) => Term::Param(*index),
        Tree::Var(index) => Term::Var(*index),
        Tree::Call(op, args) => {
            let mut ids = [Id::from(0); 3];
            for (id, arg) in ids.iter_mut().zip(args) {
                *id = add_tree(egraph, arg);
            }
            Term::call(*op, ids)
        }
    };
    egraph.add(term)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_that_approach_a_limit_for_ever_are_left_alone() {
        // x = x*(1 - 1e-9) + 1e-9 holds at 1 only; each turn around the cycle brings the lower bound a billionth nearer.
        let domain = Domain::new([(0.0, 1.0)]);
        let mut egraph = EGraph::new(Knowledge { domain, params: Vec::new() });
        let x = egraph.add(Term::Var(0));
        let product = Tree::binary(Op::Mul, Tree::Var(0), Tree::number(1.0 - 1e-9));
        let cycle = add_tree(&mut egraph, &Tree::binary(Op::Add, product, Tree::number(1e-9)));
        egraph.union(x, cycle);
        egraph.rebuild();
        let known = egraph[x].data;
        assert!(known.narrowed <= NARROWINGS && known.facts.range.within(0.0, 1.0), "{known:?}");
    }
}
