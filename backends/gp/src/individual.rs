//! [`Individual`]: a member of a population.

use serde::{Deserialize, Serialize};
use symfolio_core::Lineage;
use symfolio_expr::Expr;

use crate::float;
use crate::operation::Operation;
use crate::scaling::{Scaled, Scaling};

/// Most migrants remembered as ancestors.
const ANCESTORS: usize = 4;

/// A member of a population: a tree with its scaling, and what was measured of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Individual {
    /// The tree, its constants fitted.
    pub core: Expr,
    /// It stands for `scale * core + offset`; exactly 1 where no node is needed.
    #[serde(with = "float")]
    pub scale: f64,
    /// Exactly 0 where no node is needed.
    #[serde(with = "float")]
    pub offset: f64,
    /// Loss of the scaled tree on the working rows; finite.
    #[serde(with = "float")]
    pub loss: f64,
    /// Complexity of the scaled tree.
    pub complexity: u32,
    /// By how much it breaks what the problem asks of its values, as [`symfolio_core::Shape::glance`] says; 0 where it keeps to that.
    #[serde(default, with = "float")]
    pub breach: f64,
    /// What made it.
    pub operation: Operation,
    /// Migrants among its ancestors, by their id; the nearest ones, ascending.
    pub ancestors: Vec<u64>,
}

impl Individual {
    /// The form that it stands for.
    pub fn form(&self, scaling: Scaling) -> Expr {
        self.scaled().dressed(scaling)
    }

    /// Tree and scaling.
    pub fn scaled(&self) -> Scaled {
        Scaled { core: self.core.clone(), scale: self.scale, offset: self.offset }
    }

    /// How it came about, for the host.
    pub fn lineage(&self) -> Lineage {
        Lineage { parents: self.ancestors.clone(), operation: self.operation.name().into() }
    }
}

/// The ancestors of a child of two parents.
pub(crate) fn merge_ancestors(first: &[u64], second: &[u64]) -> Vec<u64> {
    let mut all: Vec<u64> = first.iter().chain(second).copied().collect();
    all.sort_unstable();
    all.dedup();
    // The archive numbers its candidates in order: the youngest migrants are the nearest ancestors.
    all.split_off(all.len().saturating_sub(ANCESTORS))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_youngest_ancestors_are_kept() {
        assert_eq!(merge_ancestors(&[1, 5, 9], &[5, 7, 2]), [2, 5, 7, 9]);
        assert_eq!(merge_ancestors(&[], &[3]), [3]);
    }

    #[test]
    fn losses_that_are_not_finite_survive_json() {
        let individual = Individual {
            core: Expr::var(0),
            scale: -0.0,
            offset: f64::NEG_INFINITY,
            loss: f64::INFINITY,
            complexity: 1,
            breach: 0.0,
            operation: Operation::Crossover,
            ancestors: vec![u64::MAX],
        };
        let text = serde_json::to_string(&individual).unwrap();
        let back: Individual = serde_json::from_str(&text).unwrap();
        assert_eq!(back, individual);
        assert!(back.scale.is_sign_negative());
    }
}
