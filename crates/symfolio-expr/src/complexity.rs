//! How complex an expression counts: a weighted number of nodes.

use serde::{Deserialize, Serialize};

use crate::{Expr, Node, OPERATORS};

/// Weights of the nodes; the default counts every node as 1 (SRBench's *size*).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Complexity {
    /// Weight of a variable.
    pub variable: u32,
    /// Weight of a constant, free or literal.
    pub constant: u32,
    /// Weights of operators by name, where they differ from the operator table's.
    pub operators: std::collections::BTreeMap<String, u32>,
}

impl Default for Complexity {
    fn default() -> Complexity {
        Complexity { variable: 1, constant: 1, operators: Default::default() }
    }
}

impl Complexity {
    /// The complexity of `expr`; at least 1.
    pub fn of(&self, expr: &Expr) -> u32 {
        let total: u32 = expr
            .nodes()
            .iter()
            .map(|node| match *node {
                Node::Var(_) => self.variable,
                Node::Const(_) | Node::Param(_) => self.constant,
                Node::Op(op) if self.operators.is_empty() => op.info().complexity,
                Node::Op(op) => self.operators.get(op.name()).copied().unwrap_or(op.info().complexity),
            })
            .sum();
        total.max(1)
    }

    /// Checks that every weight names an operator.
    ///
    /// # Errors
    /// The first name that is not in the operator table.
    pub fn check(&self) -> Result<(), String> {
        match self.operators.keys().find(|name| OPERATORS.iter().all(|info| info.name != name.as_str())) {
            Some(unknown) => Err(unknown.clone()),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Op;

    #[test]
    fn nodes_are_counted_with_their_weights() {
        let expr = Expr::apply(Op::Sin, &[&Expr::apply(Op::Mul, &[&Expr::param(2.0), &Expr::var(0)])]);
        assert_eq!(Complexity::default().of(&expr), 4);
        let mut weights = Complexity { constant: 2, ..Complexity::default() };
        weights.operators.insert("sin".into(), 5);
        assert_eq!(weights.of(&expr), 9);
        assert_eq!(weights.check(), Ok(()));
        weights.operators.insert("bessel".into(), 5);
        assert_eq!(weights.check(), Err("bessel".to_string()));
    }
}
