//! The queue of tasks: cheap ones first, each a prefactor, a transform and a family of models.

use serde::{Deserialize, Serialize};
use symfolio_expr::{Op, OperatorSet};

use crate::library::Family;
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

/// The queue for a problem, in the order of work.
pub(crate) fn tasks(prefactors: &[Prefactor], operators: &OperatorSet) -> Vec<Task> {
    let mut tasks = Vec::new();
    let mut push = |tier, prefactor, transform: Transform, family| {
        if transform.is_expressible(operators) {
            tasks.push(Task { prefactor, transform, family, tier });
        }
    };
    let linear: Vec<Transform> = Transform::ALL.into_iter().filter(|t| *t != Transform::Cube).collect();
    let divided = 0..prefactors.len();

    push(0, 0, Transform::Log, Family::LogLinear(0));
    push(0, 0, Transform::Identity, Family::Polynomial(1));
    for prefactor in divided.clone() {
        for transform in &linear {
            push(1, prefactor, *transform, Family::Polynomial(2));
        }
    }
    push(2, 0, Transform::Log, Family::LogLinear(1));
    for prefactor in divided.clone() {
        for transform in &linear {
            push(2, prefactor, *transform, Family::Laurent(0));
        }
    }
    for prefactor in divided.clone() {
        for transform in [Transform::Identity, Transform::Square, Transform::Inverse] {
            push(3, prefactor, transform, Family::Rational(0));
            push(3, prefactor, transform, Family::Functions(0));
        }
        push(3, prefactor, Transform::Log, Family::Functions(0));
    }
    for prefactor in divided.clone() {
        for transform in [Transform::Identity, Transform::Log, Transform::Exp, Transform::Square, Transform::Inverse] {
            push(4, prefactor, transform, Family::Polynomial(4));
        }
    }
    push(4, 0, Transform::Log, Family::LogLinear(2));
    for prefactor in divided.clone() {
        for transform in &linear {
            push(5, prefactor, *transform, Family::Laurent(1));
        }
        for transform in [Transform::Identity, Transform::Square] {
            push(5, prefactor, transform, Family::Rational(1));
        }
    }
    for prefactor in divided {
        for transform in [Transform::Identity, Transform::Square, Transform::Inverse, Transform::Log] {
            push(6, prefactor, transform, Family::Functions(1));
            push(6, prefactor, transform, Family::Laurent(2));
        }
        push(6, prefactor, Transform::Identity, Family::Rational(2));
        push(6, prefactor, Transform::Square, Family::Rational(2));
    }
    if !operators.contains(Op::Add) {
        tasks.retain(|task| matches!(task.family, Family::LogLinear(_)));
    }
    tasks
}
