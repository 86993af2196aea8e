//! One child of chosen parents.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use symfolio_expr::Expr;

use crate::crossover::{pick, size_fair, subtree_sizes};
use crate::individual::Individual;
use crate::mutation;
use crate::operation::Operation;
use crate::vocabulary::Vocabulary;

/// How often each of [`Operation::VARIATIONS`] is tried, before what it brings is known.
const PRIOR: [f64; Operation::VARIATIONS.len()] = [4.0, 2.0, 2.0, 0.7, 1.0, 2.0, 2.0, 0.7, 1.5, 0.0];

/// The same with semantic matching at `match_rate`.
pub(crate) fn prior(match_rate: f64) -> [f64; Operation::VARIATIONS.len()] {
    let mut prior = PRIOR;
    prior[Operation::VARIATIONS.len() - 1] = match_rate;
    prior
}

/// Largest part of a front member that is taken elsewhere.
const PART: usize = 9;

/// What a child may be made of.
pub(crate) struct Parents<'a> {
    /// The parent's tree.
    pub bare: &'a Expr,
    /// The parent's tree with scale and offset.
    pub scaled: &'a Expr,
    /// The other parent's tree.
    pub mate: &'a Expr,
    /// The best that the search has found: a store of good parts.
    pub front: &'a [Individual],
}

/// A child by `operation`; `None` where the operation does not apply.
pub(crate) fn vary(
    rng: &mut ChaCha8Rng,
    operation: Operation,
    words: &Vocabulary,
    parents: &Parents<'_>,
) -> Option<Expr> {
    let Parents { bare, scaled, mate, front } = *parents;
    match operation {
        Operation::Crossover => Some(size_fair(rng, bare, mate)),
        Operation::Subtree => Some(mutation::subtree(rng, words, bare)),
        Operation::Point => mutation::point(rng, words, bare),
        Operation::Constants => mutation::constants(rng, bare),
        Operation::Hoist => mutation::hoist(rng, bare),
        Operation::Insert => mutation::insert(rng, words, bare),
        Operation::Extend => {
            let part = if rng.random_bool(0.3) { good_part(rng, front) } else { None };
            mutation::extend(rng, words, scaled, bare, part.as_ref())
        }
        Operation::Wrap => mutation::wrap(rng, words, scaled, bare),
        Operation::Transplant => {
            let part = good_part(rng, front)?;
            Some(bare.replace(pick(rng, bare), &part))
        }
        _ => None,
    }
}

/// A small subtree of a member of the front.
fn good_part(rng: &mut ChaCha8Rng, front: &[Individual]) -> Option<Expr> {
    let member = front.get(rng.random_range(0..front.len().max(1)))?;
    let sizes = subtree_sizes(&member.core);
    let fitting: Vec<usize> = (0..sizes.len()).filter(|at| (2..=PART).contains(&sizes[*at])).collect();
    let at = fitting.get(rng.random_range(0..fitting.len().max(1)))?;
    Some(member.core.subtree(*at))
}
