//! The queue of tasks: cheap ones first, each a prefactor, a transform and a family of models.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use symfolio_expr::{Op, OperatorSet};

use crate::library::{Family, n_singles, quotients};
use crate::separate::Prefactor;
use crate::transform::Transform;

/// One entry of the queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Task {
    /// Number of the prefactor.
    pub prefactor: usize,
    /// The function of the target.
    pub transform: Transform,
    /// The library.
    pub family: Family,
    /// Tasks of one tier cost about the same; an exact find ends the search at the end of its tier.
    pub tier: u8,
}

/// The queue for a problem, in the order of work; with what units suggest where the columns have `units`.
pub(crate) fn tasks(prefactors: &[Prefactor], operators: &OperatorSet, units: bool) -> Vec<Task> {
    let mut queue = Queue { tasks: Vec::new(), known: BTreeSet::new(), operators };
    // Where variables separate, what is left is smaller: it comes before the plain target.
    let order: Vec<usize> = (1..prefactors.len()).chain([0]).collect();
    let many = |prefactor: usize| prefactors[prefactor].variables.len();
    let all = Transform::ALL;
    use Transform::{Exp, Identity, Inverse, InverseSquare, Log, Root, Sin, Square};

    queue.push(0, 0, &[Log], Family::Factors(0));
    queue.push(0, 0, &[Identity], Family::Polynomial(1));
    if units {
        queue.push(1, 0, &[Identity, Inverse, Square, InverseSquare], Family::Dimensional);
        queue.push(1, 0, &[Log], Family::DimensionalFactors);
        for prefactor in order.iter().copied() {
            queue.push(1, prefactor, &[Identity, Inverse, Square, InverseSquare], Family::Dimensional);
        }
    }
    for prefactor in order.iter().copied() {
        queue.push(1, prefactor, &all, Family::Polynomial(2));
    }
    queue.push(2, 0, &[Log], Family::Factors(1));
    queue.push(2, 0, &[Log], Family::Exponents(0));
    for prefactor in order.iter().copied() {
        queue.push(2, prefactor, &all, Family::Laurent(0));
    }
    queue.push(3, 0, &[Log], Family::Exponents(1));
    for prefactor in order.iter().copied() {
        queue.push(3, prefactor, &[Identity, Inverse, Square], Family::Laurent(1));
        queue.push(3, prefactor, &[Identity, Square, Sin, Inverse], Family::Waves(0));
        queue.push(3, prefactor, &[Identity, Inverse], Family::Growth(0));
        queue.push(3, prefactor, &[Identity, Log, Exp, Square, Inverse], Family::Polynomial(4));
        for transform in [Identity, Square] {
            let count = if many(prefactor) <= 6 { n_singles(&prefactors[prefactor].variables, operators) } else { 0 };
            (0..count).for_each(|index| queue.push(3, prefactor, &[transform], Family::Single(index as u16)));
        }
    }
    queue.push(4, 0, &[Log], Family::Factors(2));
    for prefactor in order.iter().copied() {
        queue.push(4, prefactor, &[Log], Family::Scanned);
        for transform in [Identity, Square] {
            let count = if many(prefactor) <= 6 { quotients(&prefactors[prefactor].variables).len() } else { 0 };
            (0..count).for_each(|index| queue.push(4, prefactor, &[transform], Family::Quotient(index as u8)));
        }
    }
    queue.push(5, 0, &[Identity], Family::Closed);
    queue.push(5, 0, &[Identity], Family::Scaled);
    for prefactor in order.iter().copied() {
        queue.push(5, prefactor, &[Identity, Inverse, Square, Root, InverseSquare, Log, Exp, Sin], Family::Laurent(1));
        queue.push(5, prefactor, &[Identity, Square], Family::Rational(0));
        queue.push(5, prefactor, &[Identity, Square, Sin], Family::Waves(1));
        queue.push(5, prefactor, &[Identity, Log, Inverse], Family::Growth(1));
    }
    for prefactor in order {
        queue.push(6, prefactor, &all, Family::Laurent(1));
        queue.push(6, prefactor, &[Identity, Square, Inverse, Log], Family::Laurent(2));
        queue.push(6, prefactor, &[Identity, Square], Family::Rational(1));
        queue.push(6, prefactor, &[Identity], Family::Rational(2));
    }
    queue.tasks
}

struct Queue<'a> {
    tasks: Vec<Task>,
    known: BTreeSet<(usize, Transform, Family)>,
    operators: &'a OperatorSet,
}

impl Queue<'_> {
    /// Appends the tasks that can be written with the operators and are not in the queue yet.
    fn push(&mut self, tier: u8, prefactor: usize, transforms: &[Transform], family: Family) {
        let may = |op: Op| self.operators.contains(op);
        let writable = match family {
            Family::Factors(_) | Family::DimensionalFactors => true,
            Family::Exponents(_) => may(Op::Exp),
            Family::Rational(_) | Family::Quotient(_) => may(Op::Add) && (may(Op::Div) || may(Op::Inv)),
            Family::Waves(_) => may(Op::Add) && (may(Op::Sin) || may(Op::Cos)),
            _ => may(Op::Add),
        };
        for transform in transforms {
            let task = Task { prefactor, transform: *transform, family, tier };
            // A polynomial of the logarithm of the target needs an exponential to be written.
            let exponential = *transform != Transform::Log || family.has_logarithms() || may(Op::Exp);
            let can_be_written = writable && exponential && transform.is_expressible(self.operators);
            if can_be_written && self.known.insert((prefactor, *transform, family)) {
                self.tasks.push(task);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::monomial::{Monomial, ONE};

    #[test]
    fn the_queue_goes_from_cheap_to_dear_and_keeps_to_the_operators() {
        let plain = Prefactor { monomial: Monomial::one(), variables: vec![0, 1, 2] };
        let divided = Prefactor { monomial: Monomial::power(0, ONE), variables: vec![1, 2] };
        let queue = tasks(&[plain.clone(), divided.clone()], &OperatorSet::default(), false);
        assert!(queue.is_sorted_by_key(|task| task.tier) && queue.len() > 100);
        let few =
            tasks(&[Prefactor { monomial: Monomial::one(), variables: vec![0] }], &OperatorSet::new([Op::Mul]), false);
        let more = tasks(&[plain, divided], &OperatorSet::default(), true);
        assert!(more.is_sorted_by_key(|task| task.tier) && more.len() == queue.len() + 9);
        assert!(few.iter().all(|task| matches!(task.family, Family::Factors(_))));
    }
}
