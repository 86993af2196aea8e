//! Crossover: a subtree of one parent in the place of one of the other.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use symfolio_expr::Expr;

/// Size of the subtree at each node.
pub(crate) fn subtree_sizes(expr: &Expr) -> Vec<usize> {
    let mut sizes: Vec<usize> = Vec::with_capacity(expr.len());
    for (at, node) in expr.nodes().iter().enumerate() {
        let mut size = 1;
        for _ in 0..node.arity() {
            size += sizes[at - size];
        }
        sizes.push(size);
    }
    sizes
}

/// A node of `expr`: an operator with probability 0.7 where there is one, so that leaves, which are most of a tree, do not
/// take most of the cuts (Koza 1992).
pub(crate) fn pick(rng: &mut ChaCha8Rng, expr: &Expr) -> usize {
    let inner: Vec<usize> = (0..expr.len()).filter(|at| expr.nodes()[*at].arity() > 0).collect();
    if inner.is_empty() || rng.random_bool(0.3) {
        return rng.random_range(0..expr.len());
    }
    inner[rng.random_range(0..inner.len())]
}

/// Size-fair crossover (Langdon 1999): the subtree that comes is at most twice as large as the one that goes, plus 1.
pub(crate) fn size_fair(rng: &mut ChaCha8Rng, receiver: &Expr, donor: &Expr) -> Expr {
    let cut = pick(rng, receiver);
    let goes = subtree_sizes(receiver)[cut];
    let sizes = subtree_sizes(donor);
    let fitting: Vec<usize> = (0..donor.len()).filter(|at| sizes[*at] <= 2 * goes + 1).collect();
    // Larger subtrees carry more of the donor: of two drawn the larger one.
    let mut draw = || fitting[rng.random_range(0..fitting.len())];
    let (first, second) = (draw(), draw());
    let root = if sizes[first] >= sizes[second] { first } else { second };
    receiver.replace(cut, &donor.subtree(root))
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::*;

    #[test]
    fn sizes_are_those_of_the_subtrees() {
        let expr = Expr::from_prefix("(where (less x0 ?1) (sin x1) (add x0 (mul ?2 x1)))").unwrap();
        let sizes = subtree_sizes(&expr);
        for (at, size) in sizes.iter().enumerate() {
            assert_eq!(*size, expr.subtree(at).len());
        }
    }

    #[test]
    fn children_are_hardly_larger_than_allowed() {
        let receiver = Expr::from_prefix("(add x0 (mul x1 (sin x2)))").unwrap();
        let donor =
            Expr::from_prefix("(div (add x3 (mul ?2 (exp x3))) (add (square x3) (sub x3 (mul x3 x3))))").unwrap();
        let mut rng = ChaCha8Rng::seed_from_u64(3);
        let mut mixed = 0;
        for _ in 0..300 {
            let child = size_fair(&mut rng, &receiver, &donor);
            assert!(child.len() <= receiver.len() + receiver.len() + 1);
            mixed += usize::from(child.variables().contains(&3) && child.variables().contains(&0));
        }
        assert!(mixed > 50);
    }
}
