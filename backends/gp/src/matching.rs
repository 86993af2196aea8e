//! Semantic matching: a node replaced, or joined by something, such that the whole comes near to the target.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use symfolio_expr::{Expr, Node, Op};
use symfolio_fit::FitData;

use crate::library::Library;
use crate::scaling::Scaled;
use crate::semantics::{Wish, node_values};
use crate::vocabulary::Vocabulary;

/// Operators that a wish can be handed through, to wrap a match in.
const WRAPS: [Op; 9] = [Op::Sqrt, Op::Square, Op::Inv, Op::Exp, Op::Log, Op::Sin, Op::Cos, Op::Tanh, Op::Asin];
/// Probability that a second entry is matched to what the first one leaves.
const SECOND: f64 = 0.35;

/// How the match stands to the node.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Joint {
    Instead,
    Under(Op),
    Plus,
    Times,
    Over,
}

/// A child of `parent` in which what is wished for at a random node is taken from the library: in the node's place, wrapped in an
/// operator or not, or added to it, multiplied with it, or dividing it. `None` where the wish cannot be met.
pub(crate) fn child(
    rng: &mut ChaCha8Rng,
    words: &Vocabulary,
    library: &Library,
    parent: &Scaled,
    data: &FitData<'_>,
) -> Option<Expr> {
    let core = &parent.core;
    let values = node_values(core, data.columns);
    let inner = core.len();
    let at = if rng.random_bool(0.2) { inner - 1 } else { rng.random_range(0..inner) };
    if matches!(core.nodes()[at], Node::Const(_)) {
        return None;
    }
    let wish = Wish::of_root(parent, data.target, data.weights).down(core, &values, at)?;
    let joint = draw(rng, words)?;
    let present = &values[at];
    let wish = match joint {
        Joint::Instead => wish,
        Joint::Under(op) => wish.undo(op, 0, present, None)?,
        Joint::Plus => wish.undo(Op::Add, 1, present, Some(present))?,
        Joint::Times => wish.undo(Op::Mul, 1, present, Some(present))?,
        Joint::Over => wish.undo(Op::Div, 1, present, Some(present))?,
    };
    let first = library.nearest(rng, &wish)?.expr(|op| words.has(op));
    let mut found = first;
    if words.has(Op::Add) && rng.random_bool(SECOND) {
        let known = node_values(&found, data.columns).pop()?;
        let rest = wish.undo(Op::Add, 1, &known, Some(&known))?;
        if let Some(second) = library.nearest(rng, &rest) {
            found = Expr::apply(Op::Add, &[&found, &second.expr(|op| words.has(op))]);
        }
    }
    let node = core.subtree(at);
    Some(core.replace(
        at,
        &match joint {
            Joint::Instead => found,
            Joint::Under(op) => Expr::apply(op, &[&found]),
            Joint::Plus => Expr::apply(Op::Add, &[&node, &found]),
            Joint::Times => Expr::apply(Op::Mul, &[&node, &found]),
            Joint::Over => Expr::apply(Op::Div, &[&node, &found]),
        },
    ))
}

fn draw(rng: &mut ChaCha8Rng, words: &Vocabulary) -> Option<Joint> {
    let joint = match rng.random_range(0..20) {
        0..7 => Joint::Instead,
        7..10 => Joint::Under(WRAPS[rng.random_range(0..WRAPS.len())]),
        10..14 => Joint::Plus,
        14..18 => Joint::Times,
        _ => Joint::Over,
    };
    let op = match joint {
        Joint::Instead => return Some(joint),
        Joint::Under(op) => op,
        Joint::Plus => Op::Add,
        Joint::Times => Op::Mul,
        Joint::Over => Op::Div,
    };
    words.has(op).then_some(joint)
}
