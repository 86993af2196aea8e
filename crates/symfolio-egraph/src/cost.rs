//! [`Cost`]: which of two equal forms is the better one.

use symfolio_expr::{Op, OperatorSet};

use crate::spelling::can_spell;
use crate::tree::Tree;

/// What a form costs: nodes first, then free constants, then how unfamiliar its shape is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Cost {
    pub(crate) nodes: u32,
    pub(crate) params: u32,
    pub(crate) shape: u32,
}

/// A cost that no real form reaches: for operators that may not be used.
const FORBIDDEN: u32 = 1 << 20;

impl Cost {
    pub(crate) const VARIABLE: Cost = Cost { nodes: 1, params: 0, shape: 0 };
    pub(crate) const PARAM: Cost = Cost { nodes: 1, params: 1, shape: 0 };

    /// Whole numbers read more easily than others, small ones more easily than large ones.
    pub(crate) fn literal(value: f64) -> Cost {
        let shape = match (value.fract() == 0.0, value.abs() <= 10.0) {
            (true, true) => 0,
            (true, false) => 1,
            _ if (2.0 * value).fract() == 0.0 => 2,
            _ => 3,
        };
        Cost { nodes: 1, params: 0, shape }
    }

    pub(crate) fn op(op: Op, allowed: Option<&OperatorSet>) -> Cost {
        let shape = match op {
            Op::Add | Op::Mul | Op::Square => 1,
            Op::Sub | Op::Div | Op::Sqrt | Op::Exp | Op::Log | Op::Sin | Op::Cos | Op::Cube => 2,
            Op::Neg | Op::Inv | Op::Pow | Op::Abs => 3,
            _ => 4,
        };
        let nodes = match allowed {
            Some(set) if set.contains(op) => 1,
            Some(set) if can_spell(op, set) => 3,
            Some(_) => FORBIDDEN,
            None => 1,
        };
        Cost { nodes, params: 0, shape }
    }

    pub(crate) fn plus(self, other: Cost) -> Cost {
        Cost {
            nodes: self.nodes.saturating_add(other.nodes),
            params: self.params.saturating_add(other.params),
            shape: self.shape.saturating_add(other.shape),
        }
    }

    pub(crate) fn is_allowed(self) -> bool {
        self.nodes < FORBIDDEN
    }

    /// The cost of a whole expression; a free constant that appears more than once counts once.
    pub(crate) fn of(tree: &Tree, allowed: Option<&OperatorSet>) -> Cost {
        Cost { params: tree.params().len() as u32, ..Cost::sum(tree, allowed) }
    }

    fn sum(tree: &Tree, allowed: Option<&OperatorSet>) -> Cost {
        match tree {
            Tree::Const(value) => Cost::literal(value.value()),
            Tree::Param(_) => Cost::PARAM,
            Tree::Var(_) => Cost::VARIABLE,
            Tree::Call(op, args) => {
                args.iter().fold(Cost::op(*op, allowed), |cost, arg| cost.plus(Cost::sum(arg, allowed)))
            }
        }
    }
}
