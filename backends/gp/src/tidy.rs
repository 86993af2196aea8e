//! [`tidy`]: the same function with fewer nodes and fewer constants.

use symfolio_expr::{Expr, Node, Op};

/// Folds what is constant, brings constant factors and terms to the outside where they merge, and undoes operators
/// that cancel (`log(exp(a))`, `a * a`); `None` where the result is no longer a function of anything (`a - a`) or a
/// folded constant is not finite.
///
/// Constants that move outwards end in the linear scaling of the whole, where they cost the fit nothing. Only operators
/// that `allowed` permits are introduced. Domains may grow (`exp(log(a))` becomes `a`), never shrink.
pub(crate) fn tidy(expr: &Expr, allowed: &dyn Fn(Op) -> bool) -> Option<Expr> {
    let mut arena = Arena::new(expr, allowed);
    let mut stack: Vec<u32> = Vec::with_capacity(8);
    for node in expr.nodes() {
        let id = match *node {
            Node::Op(op) => {
                let first = stack.len() - op.arity();
                let mut args = [0; 3];
                args[..op.arity()].copy_from_slice(&stack[first..]);
                stack.truncate(first);
                arena.build(op, args)?
            }
            leaf => arena.push(leaf, [0; 3]),
        };
        stack.push(id);
    }
    let mut nodes = Vec::with_capacity(expr.len());
    arena.emit(*stack.first()?, &mut nodes);
    Expr::new(nodes, arena.params).ok()
}

struct Arena<'a> {
    nodes: Vec<(Node, [u32; 3])>,
    params: Vec<f64>,
    /// Does the constant appear more than once? Shared constants are never folded.
    shared: Vec<bool>,
    allowed: &'a dyn Fn(Op) -> bool,
}

impl<'a> Arena<'a> {
    fn new(expr: &Expr, allowed: &'a dyn Fn(Op) -> bool) -> Arena<'a> {
        let mut uses = vec![0; expr.params().len()];
        for node in expr.nodes() {
            if let Node::Param(index) = node {
                uses[usize::from(*index)] += 1;
            }
        }
        let shared = uses.into_iter().map(|count| count > 1).collect();
        Arena { nodes: Vec::with_capacity(2 * expr.len()), params: expr.params().to_vec(), shared, allowed }
    }

    fn push(&mut self, node: Node, args: [u32; 3]) -> u32 {
        self.nodes.push((node, args));
        (self.nodes.len() - 1) as u32
    }

    fn param(&mut self, value: f64) -> Option<u32> {
        if !value.is_finite() || self.params.len() >= usize::from(u16::MAX) {
            return None;
        }
        self.params.push(value);
        self.shared.push(false);
        Some(self.push(Node::Param((self.params.len() - 1) as u16), [0; 3]))
    }

    /// The value of a constant that may be folded.
    fn number(&self, id: u32) -> Option<f64> {
        match self.nodes[id as usize].0 {
            Node::Const(value) => Some(value),
            Node::Param(index) if !self.shared[usize::from(index)] => Some(self.params[usize::from(index)]),
            _ => None,
        }
    }

    fn free(&self, id: u32) -> Option<f64> {
        self.number(id).filter(|_| matches!(self.nodes[id as usize].0, Node::Param(_)))
    }

    /// The arguments of `id`, if it is an `op`.
    fn open(&self, id: u32, op: Op) -> Option<[u32; 3]> {
        let (node, args) = self.nodes[id as usize];
        (node == Node::Op(op)).then_some(args)
    }

    /// `c * u`, taken apart: the constant's value and `u`.
    fn scaled(&self, id: u32) -> Option<(f64, u32)> {
        let [c, u, _] = self.open(id, Op::Mul)?;
        Some((self.free(c)?, u))
    }

    /// `u + c`, taken apart.
    fn shifted(&self, id: u32) -> Option<(u32, f64)> {
        let [u, c, _] = self.open(id, Op::Add)?;
        Some((u, self.free(c)?))
    }

    fn same(&self, a: u32, b: u32) -> bool {
        let ((first, left), (second, right)) = (self.nodes[a as usize], self.nodes[b as usize]);
        a == b || (first == second && (0..first.arity()).all(|i| self.same(left[i], right[i])))
    }

    fn may(&self, op: Op) -> bool {
        (self.allowed)(op)
    }

    fn times(&mut self, factor: f64, id: u32) -> Option<u32> {
        let factor = self.param(factor)?;
        self.build(Op::Mul, [factor, id, 0])
    }

    fn plus(&mut self, id: u32, term: f64) -> Option<u32> {
        let term = self.param(term)?;
        self.build(Op::Add, [id, term, 0])
    }

    fn build(&mut self, op: Op, args: [u32; 3]) -> Option<u32> {
        if let Some(folded) = self.fold(op, args) {
            return folded;
        }
        let rewritten = match op {
            Op::Add | Op::Sub => self.sum(op, args[0], args[1])?,
            Op::Mul => self.product(args[0], args[1])?,
            Op::Div => self.quotient(args[0], args[1])?,
            Op::Pow => self.power(args[0], args[1])?,
            _ => self.unary(op, args[0])?,
        };
        Some(rewritten.unwrap_or_else(|| self.push(Node::Op(op), args)))
    }

    /// `Some(None)` where the constant is not finite.
    #[allow(clippy::option_option, reason = "no fold, a failed fold and a fold are three answers")]
    fn fold(&mut self, op: Op, args: [u32; 3]) -> Option<Option<u32>> {
        let mut values = [0.0; 3];
        let mut free = false;
        for (value, arg) in values.iter_mut().zip(&args[..op.arity()]) {
            *value = self.number(*arg)?;
            free |= matches!(self.nodes[*arg as usize].0, Node::Param(_));
        }
        let value = op.apply(values[0], values[1], values[2]);
        Some(match (value.is_finite(), free) {
            (false, _) => None,
            (true, true) => self.param(value),
            (true, false) => Some(self.push(Node::Const(value), [0; 3])),
        })
    }

    fn sum(&mut self, op: Op, a: u32, b: u32) -> Option<Option<u32>> {
        let sign = if op == Op::Add { 1.0 } else { -1.0 };
        if self.same(a, b) {
            if op == Op::Sub {
                return None;
            }
            return if self.may(Op::Mul) { self.times(2.0, a).map(Some) } else { Some(None) };
        }
        if !self.may(Op::Add) {
            return Some(None);
        }
        if let Some(term) = self.free(b) {
            if let Some((inner, more)) = self.shifted(a) {
                return self.plus(inner, more + sign * term).map(Some);
            }
            return if op == Op::Sub { self.plus(a, -term).map(Some) } else { Some(None) };
        }
        if op == Op::Add && self.free(a).is_some() {
            return self.build(op, [b, a, 0]).map(Some);
        }
        if let Some((inner, term)) = self.shifted(a) {
            let rest = self.build(op, [inner, b, 0])?;
            return self.plus(rest, term).map(Some);
        }
        if let Some((inner, term)) = self.shifted(b) {
            let rest = self.build(op, [a, inner, 0])?;
            return self.plus(rest, sign * term).map(Some);
        }
        if let (Some([inner, ..]), true) = (self.open(b, Op::Neg), self.may(Op::Sub)) {
            let other = if op == Op::Add { Op::Sub } else { Op::Add };
            return self.build(other, [a, inner, 0]).map(Some);
        }
        Some(None)
    }

    fn product(&mut self, a: u32, b: u32) -> Option<Option<u32>> {
        if self.free(b).is_some() && self.free(a).is_none() {
            return self.build(Op::Mul, [b, a, 0]).map(Some);
        }
        if let Some(factor) = self.free(a) {
            if let Some((more, inner)) = self.scaled(b) {
                return self.times(factor * more, inner).map(Some);
            }
            if let Some([inner, ..]) = self.open(b, Op::Neg) {
                return self.times(-factor, inner).map(Some);
            }
            if let Some([top, bottom, _]) = self.open(b, Op::Div)
                && let Some(more) = self.free(top)
            {
                let top = self.param(factor * more)?;
                return self.build(Op::Div, [top, bottom, 0]).map(Some);
            }
            return Some(None);
        }
        if let Some((factor, inner)) = self.scaled(a) {
            let rest = self.build(Op::Mul, [inner, b, 0])?;
            return self.times(factor, rest).map(Some);
        }
        if let Some((factor, inner)) = self.scaled(b) {
            let rest = self.build(Op::Mul, [a, inner, 0])?;
            return self.times(factor, rest).map(Some);
        }
        if self.same(a, b) && self.may(Op::Square) {
            return self.build(Op::Square, [a, 0, 0]).map(Some);
        }
        for (a, b) in [(a, b), (b, a)] {
            if let (Some([inner, ..]), true) = (self.open(b, Op::Inv), self.may(Op::Div)) {
                return self.build(Op::Div, [a, inner, 0]).map(Some);
            }
            if let (Some([inner, ..]), true) = (self.open(b, Op::Square), self.may(Op::Cube))
                && self.same(a, inner)
            {
                return self.build(Op::Cube, [a, 0, 0]).map(Some);
            }
            if let Some([top, bottom, _]) = self.open(b, Op::Div)
                && self.same(a, bottom)
            {
                return Some(Some(top));
            }
        }
        Some(None)
    }

    fn quotient(&mut self, a: u32, b: u32) -> Option<Option<u32>> {
        if self.same(a, b) {
            return None;
        }
        if !self.may(Op::Mul) {
            return Some(None);
        }
        if let Some(divisor) = self.free(b) {
            return self.times(1.0 / divisor, a).map(Some);
        }
        if let Some((factor, inner)) = self.scaled(a) {
            let rest = self.build(Op::Div, [inner, b, 0])?;
            return self.times(factor, rest).map(Some);
        }
        if let Some((divisor, inner)) = self.scaled(b) {
            let rest = self.build(Op::Div, [a, inner, 0])?;
            return self.times(1.0 / divisor, rest).map(Some);
        }
        if let Some([inner, ..]) = self.open(b, Op::Inv) {
            return self.build(Op::Mul, [a, inner, 0]).map(Some);
        }
        if let Some([inner, ..]) = self.open(a, Op::Square)
            && self.same(inner, b)
        {
            return Some(Some(inner));
        }
        for (same, other) in self.open(a, Op::Mul).map_or([(a, a); 2], |[l, r, _]| [(l, r), (r, l)]) {
            if same != a && self.same(same, b) {
                return Some(Some(other));
            }
        }
        Some(None)
    }

    fn power(&mut self, a: u32, b: u32) -> Option<Option<u32>> {
        let Node::Const(exponent) = self.nodes[b as usize].0 else { return Some(None) };
        let op = match exponent {
            1.0 => return Some(Some(a)),
            2.0 => Op::Square,
            3.0 => Op::Cube,
            0.5 => Op::Sqrt,
            -1.0 => Op::Inv,
            _ => return Some(None),
        };
        if self.may(op) { self.build(op, [a, 0, 0]).map(Some) } else { Some(None) }
    }

    fn unary(&mut self, op: Op, a: u32) -> Option<Option<u32>> {
        let undone = match op {
            Op::Neg | Op::Inv => Some(op),
            Op::Exp => Some(Op::Log),
            Op::Log => Some(Op::Exp),
            Op::Square => Some(Op::Sqrt),
            Op::Sin => Some(Op::Asin),
            Op::Cos => Some(Op::Acos),
            Op::Tan => Some(Op::Atan),
            _ => None,
        };
        if let Some([inner, ..]) = undone.and_then(|inverse| self.open(a, inverse)) {
            return Some(Some(inner));
        }
        if let Some([inner, ..]) = self.open(a, Op::Neg) {
            match op {
                Op::Square | Op::Cos | Op::Abs => return self.build(op, [inner, 0, 0]).map(Some),
                Op::Sin | Op::Tan | Op::Tanh | Op::Cube | Op::Atan | Op::Inv if self.may(Op::Mul) => {
                    let rest = self.build(op, [inner, 0, 0])?;
                    return self.times(-1.0, rest).map(Some);
                }
                _ => {}
            }
        }
        if let (Some((factor, inner)), true) = (self.scaled(a), self.may(Op::Mul)) {
            let outside = match op {
                Op::Neg => Some(-factor),
                Op::Inv => Some(1.0 / factor),
                Op::Square => Some(factor * factor),
                Op::Cube => Some(factor * factor * factor),
                Op::Sqrt if factor > 0.0 => Some(factor.sqrt()),
                Op::Abs => Some(factor.abs()),
                _ => None,
            };
            if let Some(outside) = outside {
                let rest = if op == Op::Neg { inner } else { self.build(op, [inner, 0, 0])? };
                return self.times(outside, rest).map(Some);
            }
            if op == Op::Log && factor > 0.0 && self.may(Op::Add) {
                let rest = self.build(Op::Log, [inner, 0, 0])?;
                return self.plus(rest, Op::Log.apply(factor, 0.0, 0.0)).map(Some);
            }
        }
        if let (Op::Exp, Some((inner, term)), true) = (op, self.shifted(a), self.may(Op::Mul)) {
            let rest = self.build(Op::Exp, [inner, 0, 0])?;
            return self.times(Op::Exp.apply(term, 0.0, 0.0), rest).map(Some);
        }
        if let (Op::Neg, Some([left, right, _])) = (op, self.open(a, Op::Sub)) {
            return self.build(Op::Sub, [right, left, 0]).map(Some);
        }
        if let (Op::Inv, Some([top, bottom, _])) = (op, self.open(a, Op::Div)) {
            return self.build(Op::Div, [bottom, top, 0]).map(Some);
        }
        Some(None)
    }

    fn emit(&self, id: u32, nodes: &mut Vec<Node>) {
        let (node, args) = self.nodes[id as usize];
        for arg in &args[..node.arity()] {
            self.emit(*arg, nodes);
        }
        nodes.push(node);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_function_in_fewer_nodes() {
        for (text, expected) in [
            ("(add ?2 x0)", "(add x0 ?2.0)"),
            ("(add (add x0 ?1) (add x1 ?2))", "(add (add x0 x1) ?3.0)"),
            ("(sub (add x0 ?1) (sub x1 ?2))", "(add (sub x0 x1) ?3.0)"),
            ("(mul (mul x0 ?2) (div x1 ?4))", "(mul ?0.5 (mul x0 x1))"),
            ("(div (mul ?3 x0) (mul ?6 x1))", "(mul ?0.5 (div x0 x1))"),
            ("(mul x0 x0)", "(square x0)"),
            ("(mul (square x0) x0)", "(cube x0)"),
            ("(mul x0 (inv x1))", "(div x0 x1)"),
            ("(add x0 x0)", "(mul ?2.0 x0)"),
            ("(exp (add x0 ?0))", "(mul ?1.0 (exp x0))"),
            ("(log (mul ?1 x0))", "(add (log x0) ?0.0)"),
            ("(square (mul ?3 (neg x0)))", "(mul ?9.0 (square x0))"),
            ("(log (exp (sqrt (mul ?4 x0))))", "(mul ?2.0 (sqrt x0))"),
            ("(neg (sub x0 x1))", "(sub x1 x0)"),
            ("(sin (neg x0))", "(mul ?-1.0 (sin x0))"),
            ("(div (mul x0 x1) x1)", "x0"),
            ("(pow x0 2.0)", "(square x0)"),
            ("(pow x0 1.5)", "(pow x0 1.5)"),
            ("(mul ?0=2.0 (exp (mul ?0=2.0 x0)))", "(mul ?0=2.0 (exp (mul ?0=2.0 x0)))"),
        ] {
            let tidied = tidy(&Expr::from_prefix(text).unwrap(), &|_| true).map(|expr| expr.to_prefix());
            assert_eq!(tidied.as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn what_depends_on_nothing_is_refused() {
        for text in ["(sub x0 x0)", "(div x1 x1)", "(add x0 (log ?-1))", "(mul x0 (inv ?0))"] {
            assert_eq!(tidy(&Expr::from_prefix(text).unwrap(), &|_| true), None, "{text}");
        }
    }

    #[test]
    fn operators_that_are_not_allowed_are_not_introduced() {
        for text in ["(mul x0 x0)", "(div x0 ?2.0)", "(sub x0 ?2.0)", "(add x0 x0)"] {
            let expr = Expr::from_prefix(text).unwrap();
            let only = |op| expr.nodes().contains(&Node::Op(op));
            assert_eq!(tidy(&expr, &only).map(|expr| expr.to_prefix()).as_deref(), Some(text));
        }
    }
}
