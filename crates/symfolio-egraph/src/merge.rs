//! Merging free constants: `c0*c1*x` becomes `c2*x` with the value that `c0*c1` has now.
//!
//! A part without variables may become one free constant if one of its constants appears nowhere else: then the values
//! that the part can take are not tied to anything else, and the merged form reaches every value that the old one did.
//! (It may reach more: `exp(c0)` is positive, the constant in its place need not be.) Parts whose constants are all
//! shared with other parts stay as they are.

use std::collections::BTreeSet;

use crate::tree::Tree;
use crate::verify::Rounded;

/// A tree and the values of its free constants.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Valued {
    pub(crate) tree: Tree,
    pub(crate) params: Vec<f64>,
}

/// Merges until nothing is left to merge. Values at the present constants stay the same, up to rounding.
pub(crate) fn merge_constants(tree: Tree, params: &[f64]) -> Valued {
    merge(tree, params, |own| own.iter().any(|own| *own))
}

/// The same for parts only of which no constant appears elsewhere: then a constant takes the place of constants, and what the others
/// mean does not change.
pub(crate) fn merge_lone_constants(tree: Tree, params: &[f64]) -> Valued {
    merge(tree, params, |own| own.iter().all(|own| *own))
}

/// Merges parts for which `may` holds, given for each of their constants whether it appears nowhere else.
fn merge(tree: Tree, params: &[f64], may: impl Fn(&[bool]) -> bool) -> Valued {
    let mut valued = Valued { tree, params: params.to_vec() };
    while let Some(part) = mergeable(&valued.tree, &valued.params, &may) {
        let Ok(index) = u16::try_from(valued.params.len()) else { break };
        valued.params.push(part.constant_value(&valued.params));
        valued.tree = replaced(&valued.tree, &part, &Tree::Param(index));
    }
    valued
}

/// The first part that may become one free constant.
fn mergeable(tree: &Tree, params: &[f64], may: impl Fn(&[bool]) -> bool) -> Option<Tree> {
    let mut parts = Vec::new();
    constant_parts(tree, &mut parts);
    let mut everywhere = Vec::new();
    tree.for_each_param(&mut |index| everywhere.push(index));
    let mut seen = BTreeSet::new();
    parts
        .iter()
        .copied()
        .filter(|part| seen.insert(*part))
        .find(|part| {
            let copies = parts.iter().filter(|other| *other == part).count();
            let mut inside = Vec::new();
            part.for_each_param(&mut |index| inside.push(index));
            let count = |list: &[u16], index: u16| list.iter().filter(|other| **other == index).count();
            let is_own = |index: &u16| count(&everywhere, *index) == copies * count(&inside, *index);
            let own: Vec<bool> = inside.iter().map(is_own).collect();
            may(&own) && is_sharp(part, params)
        })
        .cloned()
}

/// Relative rounding error from which on the value of a part is not taken for a constant: what cancellation has left of it, the rest of
/// the expression may be fitted to.
const BLURRED: f64 = 1e-12;

/// Is the value of a part without variables finite, and known to nearly all its digits?
fn is_sharp(part: &Tree, params: &[f64]) -> bool {
    part.expr(params).is_some_and(|expr| {
        let found = Rounded::of(&expr, expr.params(), &[]);
        found.value.is_finite() && found.error <= BLURRED * found.value.abs()
    })
}

/// The largest operators without variables that have a free constant, in order of appearance.
fn constant_parts<'a>(tree: &'a Tree, parts: &mut Vec<&'a Tree>) {
    if !tree.is_constant() {
        tree.args().iter().for_each(|arg| constant_parts(arg, parts));
    } else if matches!(tree, Tree::Call(..)) && !tree.params().is_empty() {
        parts.push(tree);
    }
}

fn replaced(tree: &Tree, part: &Tree, by: &Tree) -> Tree {
    match tree {
        _ if tree == part => by.clone(),
        Tree::Call(op, args) => Tree::Call(*op, args.iter().map(|arg| replaced(arg, part, by)).collect()),
        leaf => leaf.clone(),
    }
}

#[cfg(test)]
mod tests {
    use symfolio_expr::Expr;

    use super::*;

    #[test]
    fn constants_of_their_own_are_merged_and_shared_ones_are_not() {
        for (text, expected) in [
            ("(mul (mul ?2.0 ?3.0) x0)", "(mul ?6.0 x0)"),
            ("(mul (exp ?0.0) x0)", "(mul ?1.0 x0)"),
            ("(add (mul 2.0 ?3.0) x0)", "(add ?6.0 x0)"),
            // One of two is enough: the other one is free to be what it must be elsewhere.
            ("(add (mul ?0=2.0 ?3.0) (mul ?0=2.0 x0))", "(add ?6.0 (mul ?2.0 x0))"),
            // Neither: the product would become independent of its factors.
            (
                "(add (mul ?0=2.0 x0) (add (mul ?1=3.0 x1) (mul ?0=2.0 ?1=3.0)))",
                "(add (mul ?0=2.0 x0) (add (mul ?1=3.0 x1) (mul ?0=2.0 ?1=3.0)))",
            ),
            // The same part twice is one constant, still shared.
            (
                "(mul (sin (neg ?0=2.0)) (add x0 (sin (neg ?0=2.0))))",
                "(mul ?0=-0.9092974268256817 (add x0 ?0=-0.9092974268256817))",
            ),
            ("(sqrt (neg ?2.0))", "(sqrt (neg ?2.0))"),
            // Nine of the digits of the difference would be rounding.
            ("(mul x0 (sub ?5336057421.25 ?5336057421.125))", "(mul x0 (sub ?5336057421.25 ?5336057421.125))"),
        ] {
            let expr = Expr::from_prefix(text).unwrap();
            let merged = merge_constants(Tree::of(&expr), expr.params());
            assert_eq!(merged.tree.expr(&merged.params).unwrap().to_prefix(), expected, "{text}");
        }
    }
}
