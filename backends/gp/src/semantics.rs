//! What a node of a tree would have to be for the whole to be right: semantic backpropagation (Pawlak, Wieloch and
//! Krawiec 2015).

use symfolio_expr::{Columns, Expr, Node, Op};

use crate::scaling::Scaled;

/// Values wanted of a node, row by row, and how much each row counts: the square of what a small error there does to the
/// whole, 0 where nothing would make the whole right.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Wish {
    pub values: Vec<f64>,
    pub weights: Vec<f64>,
}

/// Share of the rows that must have a wish.
const ENOUGH: f64 = 0.7;

/// Values of every node of `expr`, shape `(n_nodes, n_rows)`.
pub(crate) fn node_values(expr: &Expr, columns: &Columns<'_>) -> Vec<Vec<f64>> {
    let n_rows = columns.n_rows();
    let mut all: Vec<Vec<f64>> = Vec::with_capacity(expr.len());
    let mut stack: Vec<usize> = Vec::with_capacity(8);
    for (at, node) in expr.nodes().iter().enumerate() {
        let values = match *node {
            Node::Var(index) => columns.column(usize::from(index)).to_vec(),
            Node::Const(value) => vec![value; n_rows],
            Node::Param(index) => vec![expr.params()[usize::from(index)]; n_rows],
            Node::Op(op) => {
                let args = stack.split_off(stack.len() - op.arity());
                let arg = |k: usize, row: usize| args.get(k).map_or(0.0, |at| all[*at][row]);
                (0..n_rows).map(|row| op.apply(arg(0, row), arg(1, row), arg(2, row))).collect()
            }
        };
        all.push(values);
        stack.push(at);
    }
    all
}

impl Wish {
    /// What the tree itself would have to be for `scale * tree + offset` to be the target.
    pub fn of_root(scaled: &Scaled, target: &[f64], weights: Option<&[f64]>) -> Wish {
        Wish {
            values: target.iter().map(|y| (y - scaled.offset) / scaled.scale).collect(),
            weights: weights.map_or_else(|| vec![1.0; target.len()], <[f64]>::to_vec),
        }
    }

    /// Hands the wish down from the root of `expr` to the node `to`; `None` where an operator on the way cannot be undone, or
    /// too few rows are left.
    pub fn down(mut self, expr: &Expr, values: &[Vec<f64>], to: usize) -> Option<Wish> {
        let mut at = expr.len() - 1;
        while at != to {
            let Node::Op(op) = expr.nodes()[at] else { return None };
            let children = expr.children(at);
            let position = children.iter().position(|child| to <= *child)?;
            let next = children[position];
            let sibling = children.iter().copied().find(|child| *child != next);
            self = self.undo(op, position, &values[next], sibling.map(|sibling| values[sibling].as_slice()))?;
            at = next;
        }
        Some(self)
    }

    /// The wish for argument `position` of `op`, whose value is `present` and whose other argument is `other`.
    pub fn undo(mut self, op: Op, position: usize, present: &[f64], other: Option<&[f64]>) -> Option<Wish> {
        for row in 0..self.values.len() {
            let (wish, now) = (self.values[row], present[row]);
            let other = other.map_or(0.0, |other| other[row]);
            // The wished value and the derivative of `op` there.
            let (value, slope) = match (op, position) {
                (Op::Add, _) => (wish - other, 1.0),
                (Op::Sub, 0) => (wish + other, 1.0),
                (Op::Sub, _) => (other - wish, 1.0),
                (Op::Mul, _) => (wish / other, other),
                (Op::Div, 0) => (wish * other, 1.0 / other),
                (Op::Div, _) => (other / wish, wish * wish / other),
                (Op::Neg, _) => (-wish, 1.0),
                (Op::Inv, _) => (1.0 / wish, wish * wish),
                (Op::Abs, _) => (wish.copysign(now), if wish >= 0.0 { 1.0 } else { 0.0 }),
                (Op::Square, _) => (wish.sqrt().copysign(now), 2.0 * wish.sqrt()),
                (Op::Cube, _) => {
                    let root = Op::Cbrt.apply(wish, 0.0, 0.0);
                    (root, 3.0 * root * root)
                }
                (Op::Sqrt, _) if wish >= 0.0 => (wish * wish, 0.5 / wish),
                (Op::Cbrt, _) => (wish * wish * wish, 1.0 / (3.0 * wish * wish)),
                (Op::Exp, _) => (Op::Log.apply(wish, 0.0, 0.0), wish),
                (Op::Log, _) => {
                    let power = Op::Exp.apply(wish, 0.0, 0.0);
                    (power, 1.0 / power)
                }
                (Op::Sin, _) => (nearest_sine(wish, now), (1.0 - wish * wish).sqrt()),
                (Op::Cos, _) => {
                    let quarter = 0.5 * std::f64::consts::PI;
                    (nearest_sine(wish, now + quarter) - quarter, (1.0 - wish * wish).sqrt())
                }
                (Op::Asin, _) => (Op::Sin.apply(wish, 0.0, 0.0), 1.0 / Op::Cos.apply(wish, 0.0, 0.0)),
                (Op::Tanh, _) => (0.5 * Op::Log.apply((1.0 + wish) / (1.0 - wish), 0.0, 0.0), 1.0 - wish * wish),
                (Op::Pow, 0) if wish > 0.0 => {
                    let root = Op::Pow.apply(wish, 1.0 / other, 0.0);
                    (root, other * wish / root)
                }
                (Op::Sqrt | Op::Pow, 0) => (f64::NAN, 0.0),
                _ => return None,
            };
            let weight = self.weights[row] * slope * slope;
            let valid = value.is_finite() && weight.is_finite();
            (self.values[row], self.weights[row]) = if valid { (value, weight) } else { (0.0, 0.0) };
        }
        let wished = self.weights.iter().filter(|weight| **weight > 0.0).count();
        (wished as f64 >= ENOUGH * self.weights.len() as f64).then_some(self)
    }
}

/// The angle with this sine that is nearest to `near`.
fn nearest_sine(sine: f64, near: f64) -> f64 {
    use std::f64::consts::PI;
    let principal = Op::Asin.apply(sine, 0.0, 0.0);
    let turned = |angle: f64| angle + 2.0 * PI * ((near - angle) / (2.0 * PI)).round();
    let (first, second) = (turned(principal), turned(PI - principal));
    if (first - near).abs() <= (second - near).abs() { first } else { second }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// For each tree and each of its nodes: if the target is what the tree gives, the wish for the node is what it gives.
    #[test]
    fn a_tree_that_is_right_wishes_for_its_own_values() {
        let x0: Vec<f64> = (0..40).map(|i| 0.2 + 0.04 * f64::from(i)).collect();
        let x1: Vec<f64> = (0..40).map(|i| 0.1 + 0.02 * f64::from((i * 7) % 40)).collect();
        let columns = Columns::new([x0.as_slice(), x1.as_slice()]);
        for text in [
            "(add (mul x0 (exp (neg x1))) (sub x0 (div x1 x0)))",
            "(sqrt (add (square x0) (inv (add x1 ?1.0))))",
            "(sin (mul ?4.0 (add x0 x1)))",
            "(cos (mul ?5.0 (cube x0)))",
            "(log (add x0 (tanh (cbrt x1))))",
            "(pow (add x0 ?2.0) -1.5)",
            "(div (asin (mul ?0.4 x0)) (sub x1 ?3.0))",
            "(abs (sub x0 x1))",
        ] {
            let expr = Expr::from_prefix(text).unwrap();
            let values = node_values(&expr, &columns);
            let scaled = Scaled { core: expr.clone(), scale: 3.0, offset: -2.0 };
            let target: Vec<f64> = values[expr.len() - 1].iter().map(|value| 3.0 * value - 2.0).collect();
            for to in 0..expr.len() {
                let Some(wish) = Wish::of_root(&scaled, &target, None).down(&expr, &values, to) else {
                    assert!(matches!(expr.nodes()[to], Node::Const(_)), "{text} {to}");
                    continue;
                };
                for row in (0..40).filter(|row| wish.weights[*row] > 1e-6) {
                    let (wished, has) = (wish.values[row], values[to][row]);
                    assert!((wished - has).abs() < 1e-6 * (1.0 + has.abs()), "{text} {to} {row}: {wished} {has}");
                }
            }
        }
    }

    #[test]
    fn a_wish_that_cannot_be_met_on_most_rows_is_none() {
        let wish = Wish { values: vec![-1.0; 10], weights: vec![1.0; 10] };
        assert_eq!(wish.clone().undo(Op::Exp, 0, &[0.0; 10], None), None);
        assert_eq!(wish.clone().undo(Op::Min, 0, &[0.0; 10], Some(&[0.0; 10])), None);
        assert_eq!(wish.undo(Op::Neg, 0, &[0.0; 10], None).unwrap().values, [1.0; 10]);
    }
}
