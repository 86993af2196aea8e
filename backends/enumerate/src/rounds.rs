//! What each round is made of: its words, its sizes and its terminals.

use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use symfolio_core::Problem;
use symfolio_expr::{Expr, Node};

use crate::config::EnumerateConfig;
use crate::state::State;
use crate::vocabulary::Words;

/// Sizes that the bank of a round grows to, one after the other; it never grows beyond its memory.
pub(crate) fn sizes(round: u32, capacity: usize) -> Vec<usize> {
    let sizes: &[usize] = match round {
        0 => &[2_500, 25_000, 150_000],
        1 => &[25_000, usize::MAX],
        2..6 => &[3_000, 40_000],
        6..12 => &[3_000, 40_000, 150_000],
        _ => &[3_000, 40_000, usize::MAX],
    };
    let mut sizes: Vec<usize> = sizes.iter().map(|size| (*size).min(capacity)).collect();
    sizes.dedup();
    sizes
}

/// The words of a round: the first rounds use all, then algebra alone, then both by turns.
pub(crate) fn words(round: u32) -> Words {
    if round == 1 || (round > 2 && round % 3 == 1) { Words::Algebraic } else { Words::All }
}

/// The terminals of a round: features, and from the third round on sub-expressions of good forms.
pub(crate) fn terminals(seed: u64, problem: &Problem, config: &EnumerateConfig, state: &State) -> Vec<Expr> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(u64::from(state.round));
    let mut terminals: Vec<Expr> =
        features(&mut rng, problem, config.max_variables, state.round).into_iter().map(Expr::var).collect();
    if state.round < 2 {
        return terminals;
    }
    let mut parts = parts(state);
    parts.retain(|part| problem.allows(part));
    // Early parts are those of the best forms: squares of uniform numbers are mostly small.
    for _ in 0..config.feedback.min(parts.len()) {
        let uniform: f64 = rng.random_range(0.0..1.0);
        let at = (uniform * uniform * parts.len() as f64) as usize;
        terminals.push(parts.remove(at.min(parts.len() - 1)));
    }
    terminals
}

/// The features of a round: the most relevant ones; from the fourth round on the less relevant half is drawn.
fn features(rng: &mut ChaCha8Rng, problem: &Problem, count: usize, round: u32) -> Vec<u16> {
    let n = problem.features.len();
    let relevance = |index: u16| problem.profile.features.get(usize::from(index)).map_or(0.0, |known| known.relevance);
    let mut order: Vec<u16> = (0..n as u16).collect();
    order.sort_by(|a, b| relevance(*b).total_cmp(&relevance(*a)).then(a.cmp(b)));
    if n > count && round > 2 {
        order[count.div_ceil(2)..].shuffle(rng);
    }
    order.truncate(count);
    order.sort_unstable();
    order
}

/// Sub-expressions of good forms, those of the best forms first, each once. Half of the places go to forms of others.
fn parts(state: &State) -> Vec<Expr> {
    let own = state.elites.iter().rev().map(|elite| &elite.expr);
    let others = state.guests.iter().map(|(_, expr)| expr);
    let (own, others): (Vec<&Expr>, Vec<&Expr>) = (own.collect(), others.collect());
    let mut parts: Vec<Expr> = Vec::new();
    let mut known = std::collections::BTreeSet::new();
    for at in 0..own.len().max(others.len()) {
        for expr in [own.get(at), others.get(at)].into_iter().flatten() {
            for root in (0..expr.len()).rev() {
                let part = expr.subtree(root);
                let has_variable = part.nodes().iter().any(|node| matches!(node, Node::Var(_)));
                if part.len() > 2 && has_variable && known.insert(part.value_key()) {
                    parts.push(part);
                }
            }
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use symfolio_core::conformance;

    use super::*;
    use crate::state::Elite;

    #[test]
    fn parts_of_good_forms_become_terminals_from_the_third_round_on() {
        let problem = conformance::problem(false);
        let config = EnumerateConfig::default();
        let mut state = State::new(2);
        let expr = Expr::from_prefix("(sqrt (add (square x0) (mul ?2.0 x1)))").unwrap();
        state.elites.push(Elite { complexity: 6, loss: 0.1, proof: 0.1, expr });
        assert_eq!(terminals(1, &problem, &config, &state), [Expr::var(0), Expr::var(1)]);
        state.round = 2;
        let later = terminals(1, &problem, &config, &state);
        assert_eq!(later.len(), 5, "{later:?}");
        assert!(later.iter().any(|expr| expr.to_prefix() == "(mul ?2.0 x1)"), "{later:?}");
        assert_eq!(later, terminals(1, &problem, &config, &state));
    }

    #[test]
    fn a_bank_never_outgrows_its_memory() {
        for round in 0..20 {
            assert!(sizes(round, 1000).iter().all(|size| *size <= 1000) && !sizes(round, 1000).is_empty());
        }
    }
}
