//! Mutations: small changes of one tree.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use symfolio_expr::{Expr, Node, Op, math};

use crate::crossover::{pick, subtree_sizes};
use crate::vocabulary::{Combiner, Vocabulary, any_constant};

/// A random subtree of similar size in the place of one.
pub(crate) fn subtree(rng: &mut ChaCha8Rng, words: &Vocabulary, parent: &Expr) -> Expr {
    let cut = pick(rng, parent);
    let goes = subtree_sizes(parent)[cut].min(7);
    let size = rng.random_range(1..=goes + 2);
    parent.replace(cut, &words.tree(rng, size))
}

/// Another operator of the same arity, another variable, or a variable for a constant and the reverse; at one node, or
/// at each with a small probability.
pub(crate) fn point(rng: &mut ChaCha8Rng, words: &Vocabulary, parent: &Expr) -> Option<Expr> {
    let mut nodes = parent.nodes().to_vec();
    let mut params = parent.params().to_vec();
    let chosen = rng.random_range(0..nodes.len());
    let everywhere = if rng.random_bool(0.3) { 1.5 / nodes.len() as f64 } else { 0.0 };
    for (at, node) in nodes.iter_mut().enumerate() {
        if at != chosen && !rng.random_bool(f64::min(everywhere, 1.0)) {
            continue;
        }
        *node = match *node {
            Node::Op(op) => {
                let urn = match op.arity() {
                    1 => &words.unary,
                    2 => &words.binary,
                    _ => &words.ternary,
                };
                match urn.draw(rng) {
                    Some(Combiner::Op(other)) if *other != Op::Pow => Node::Op(*other),
                    _ => *node,
                }
            }
            leaf => match words.leaf(rng, 0.1).nodes()[0] {
                Node::Var(index) => Node::Var(index),
                _ if matches!(leaf, Node::Var(_)) => {
                    params.push(any_constant(rng));
                    Node::Param((params.len() - 1) as u16)
                }
                _ => leaf,
            },
        };
    }
    Expr::new(nodes, params).ok()
}

/// Other starting values for the constants: each one scaled, turned or drawn anew with some probability.
pub(crate) fn constants(rng: &mut ChaCha8Rng, parent: &Expr) -> Option<Expr> {
    if parent.params().is_empty() {
        return None;
    }
    let chosen = rng.random_range(0..parent.params().len());
    let values: Vec<f64> = parent
        .params()
        .iter()
        .enumerate()
        .map(|(at, value)| {
            if at != chosen && rng.random_bool(0.7) {
                return *value;
            }
            match rng.random_range(0..6) {
                0 => -value,
                1 => any_constant(rng),
                2 => value * f64::from(rng.random_range(2..5)),
                3 => value / f64::from(rng.random_range(2..5)),
                _ => value * math::exp(rng.random_range(-1.0..1.0)),
            }
        })
        .collect();
    Some(parent.with_params(&values))
}

/// One of its subtrees in the place of the whole, or of an operator that it stands under.
pub(crate) fn hoist(rng: &mut ChaCha8Rng, parent: &Expr) -> Option<Expr> {
    let inner: Vec<usize> = (0..parent.len()).filter(|at| parent.nodes()[*at].arity() > 0).collect();
    if inner.is_empty() {
        return None;
    }
    let around = inner[rng.random_range(0..inner.len())];
    let children = parent.children(around);
    let child = children[rng.random_range(0..children.len())];
    let kept = parent.subtree(child);
    Some(if rng.random_bool(0.2) { kept } else { parent.replace(around, &kept) })
}

/// Every tree that is left when one operator gives way to one of its arguments.
pub(crate) fn prunings(parent: &Expr) -> impl Iterator<Item = Expr> {
    let inner = (0..parent.len()).filter(|at| parent.nodes()[*at].arity() > 0);
    inner.flat_map(move |at| {
        parent.children(at).into_iter().map(move |child| parent.replace(at, &parent.subtree(child)))
    })
}

/// A new operator above a node, or a constant factor, term or small tree joined to it.
pub(crate) fn insert(rng: &mut ChaCha8Rng, words: &Vocabulary, parent: &Expr) -> Option<Expr> {
    let at = rng.random_range(0..parent.len());
    if matches!(parent.nodes().get(at + 1), Some(Node::Op(Op::Pow))) && matches!(parent.nodes()[at], Node::Const(_)) {
        return None;
    }
    let below = parent.subtree(at);
    let joined = if rng.random_bool(0.35) {
        words.unary.draw(rng)?.clone().apply(&[&below])
    } else if rng.random_bool(0.4) && words.has(Op::Mul) {
        Expr::apply(Op::Mul, &[&Expr::param(any_constant(rng)), &below])
    } else {
        let combiner = words.binary.draw(rng)?.clone();
        if let Combiner::Op(Op::Pow) = combiner {
            Expr::apply(Op::Pow, &[&below, &words.exponent(rng)])
        } else {
            let size = rng.random_range(1..=4);
            let other = if rng.random_bool(0.2) { Expr::param(any_constant(rng)) } else { words.tree(rng, size) };
            if rng.random::<bool>() { combiner.apply(&[&below, &other]) } else { combiner.apply(&[&other, &below]) }
        }
    };
    Some(parent.replace(at, &joined))
}

/// A unary operator around the whole, with a free factor and term inside it where the operator can use them.
pub(crate) fn wrap(rng: &mut ChaCha8Rng, words: &Vocabulary, scaled: &Expr, bare: &Expr) -> Option<Expr> {
    let combiner = words.unary.draw(rng)?.clone();
    let inside = if rng.random::<bool>() { scaled } else { bare };
    Some(combiner.apply(&[inside]))
}

/// `f + g`, `f - g`, `f * g` or `f / g` with a small tree or a good part `g`.
pub(crate) fn extend(
    rng: &mut ChaCha8Rng,
    words: &Vocabulary,
    scaled: &Expr,
    bare: &Expr,
    part: Option<&Expr>,
) -> Option<Expr> {
    let size = rng.random_range(1..=5);
    let other = part.cloned().unwrap_or_else(|| words.tree(rng, size));
    let ways: [(Op, bool); 4] = [(Op::Add, true), (Op::Mul, true), (Op::Div, true), (Op::Div, false)];
    let (op, first) = ways[[0, 0, 0, 1, 1, 2, 2, 3][rng.random_range(0..8)]];
    if !words.has(op) {
        return None;
    }
    if op == Op::Add {
        let term = if words.has(Op::Mul) { Expr::apply(Op::Mul, &[&Expr::param(1.0), &other]) } else { other };
        return Some(Expr::apply(Op::Add, &[scaled, &term]));
    }
    let base = if rng.random_bool(0.3) { scaled } else { bare };
    Some(if first { Expr::apply(op, &[base, &other]) } else { Expr::apply(op, &[&other, base]) })
}
