//! [`Knob`]: what of a form may move when a further input does.

use serde::{Deserialize, Serialize};
use symfolio_expr::{Expr, Node, Op, OperatorSet};

/// What of a form may move when a further input does: one of its constants, or something that stands at rest in every form.
///
/// A form says the same in many ways, and in most of them several constants move together where one would do: the common factor of two
/// terms, the unit of an input that stands in two places. Knobs at rest make these ways open to every form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Knob {
    /// A constant of the form, by number.
    Constant(usize),
    /// A factor of the whole.
    Factor,
    /// A summand of the whole.
    Summand,
    /// A factor of an input wherever it stands.
    Stretch(u16),
    /// A summand of an input wherever it stands.
    Shift(u16),
}

/// The knobs of a form, those that change it least first.
pub(crate) fn knobs(form: &Expr, operators: &OperatorSet) -> Vec<Knob> {
    let mut knobs: Vec<Knob> = (0..form.params().len()).map(Knob::Constant).collect();
    let (factor, summand) = (operators.contains(Op::Mul), operators.contains(Op::Add));
    knobs.extend(factor.then_some(Knob::Factor));
    knobs.extend(summand.then_some(Knob::Summand));
    for input in form.variables() {
        // Of an input that stands in one place, a constant there does the same.
        if form.nodes().iter().filter(|node| **node == Node::Var(input)).count() > 1 {
            knobs.extend(factor.then_some(Knob::Stretch(input)));
            knobs.extend(summand.then_some(Knob::Shift(input)));
        }
    }
    knobs
}

impl Knob {
    /// Where it stands in `form` before anything moves.
    pub fn rest(self, form: &Expr) -> f64 {
        match self {
            Knob::Constant(index) => form.params()[index],
            Knob::Factor | Knob::Stretch(_) => 1.0,
            Knob::Summand | Knob::Shift(_) => 0.0,
        }
    }

    fn op(self) -> Option<Op> {
        match self {
            Knob::Constant(_) => None,
            Knob::Factor | Knob::Stretch(_) => Some(Op::Mul),
            Knob::Summand | Knob::Shift(_) => Some(Op::Add),
        }
    }
}

/// `form` with an expression in the place of each of some knobs. `of_rest` says what its other constants become.
pub(crate) fn turned(form: &Expr, knobs: &[Knob], parts: &[Expr], rest_is_free: bool) -> Option<Expr> {
    let mut nodes: Vec<Node> = Vec::new();
    let mut params = form.params().to_vec();
    // Every copy of a part has the same constants.
    let mut starts = Vec::with_capacity(parts.len());
    for part in parts {
        starts.push(params.len());
        params.extend_from_slice(part.params());
    }
    let append = |nodes: &mut Vec<Node>, at: usize| {
        nodes.extend(parts[at].nodes().iter().map(|node| match *node {
            Node::Param(index) => Node::Param(index + starts[at] as u16),
            other => other,
        }));
    };
    let place = |knob: Knob| knobs.iter().position(|known| *known == knob);
    for node in form.nodes() {
        match *node {
            Node::Param(index) => match place(Knob::Constant(index.into())) {
                Some(at) => append(&mut nodes, at),
                None if rest_is_free => nodes.push(*node),
                None => nodes.push(Node::Const(form.params()[usize::from(index)])),
            },
            Node::Var(input) => {
                nodes.push(*node);
                for knob in [Knob::Stretch(input), Knob::Shift(input)] {
                    if let (Some(at), Some(op)) = (place(knob), knob.op()) {
                        append(&mut nodes, at);
                        nodes.push(Node::Op(op));
                    }
                }
            }
            _ => nodes.push(*node),
        }
    }
    for knob in [Knob::Factor, Knob::Summand] {
        if let (Some(at), Some(op)) = (place(knob), knob.op()) {
            append(&mut nodes, at);
            nodes.push(Node::Op(op));
        }
    }
    Expr::new(nodes, params).ok()
}

/// `form` with these knobs as its only free constants, at `values`; and for each of its constants, which of the knobs it is.
pub(crate) fn loosened(form: &Expr, knobs: &[Knob], values: &[f64]) -> Option<(Expr, Vec<usize>)> {
    let parts: Vec<Expr> = values.iter().map(|value| Expr::param(*value)).collect();
    let loose = turned(form, knobs, &parts, false)?;
    // Constants are numbered by first appearance.
    let first = |knob: &Knob| {
        let at = |wanted: Node| form.nodes().iter().position(|node| *node == wanted).unwrap_or(usize::MAX);
        match *knob {
            Knob::Constant(index) => (at(Node::Param(index as u16)), 0),
            Knob::Stretch(input) => (at(Node::Var(input)), 1),
            Knob::Shift(input) => (at(Node::Var(input)), 2),
            Knob::Factor => (usize::MAX, 3),
            Knob::Summand => (usize::MAX, 4),
        }
    };
    let mut order: Vec<usize> = (0..knobs.len()).collect();
    order.sort_by_key(|at| first(&knobs[*at]));
    Some((loose, order))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knobs_turn_what_they_say() {
        // c0 * x0 + sin(x0 + c1)
        let form = Expr::from_prefix("(add (mul ?2 x0) (sin (add x0 ?3)))").unwrap();
        let all = knobs(&form, &OperatorSet::default());
        assert_eq!(
            all,
            [Knob::Constant(0), Knob::Constant(1), Knob::Factor, Knob::Summand, Knob::Stretch(0), Knob::Shift(0)]
        );
        for (chosen, values, expect) in [
            (vec![Knob::Constant(1)], vec![5.0], "(add (mul 2 x0) (sin (add x0 ?5)))"),
            (vec![Knob::Factor, Knob::Constant(0)], vec![7.0, 5.0], "(mul (add (mul ?5 x0) (sin (add x0 3))) ?7)"),
        ] {
            let (loose, order) = loosened(&form, &chosen, &values).unwrap();
            assert_eq!(loose.to_prefix(), Expr::from_prefix(expect).unwrap().to_prefix());
            for (at, knob) in order.iter().enumerate() {
                assert_eq!(loose.params()[at], values[*knob], "{expect}");
            }
        }
        // Both copies of a stretch have the same constants.
        let part = Expr::from_prefix("(add ?0.5 x1)").unwrap();
        let stretched = turned(&form, &[Knob::Stretch(0)], &[part], true).unwrap();
        assert_eq!(stretched.params().len(), 3, "{}", stretched.to_prefix());
        assert!((stretched.value(&[1.0, 1.5]) - (4.0 + 5f64.sin())).abs() < 1e-12);
    }
}
