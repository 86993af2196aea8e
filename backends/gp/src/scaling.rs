//! [`Scaling`]: a tree `f` stands for `a f + b`, with `a` and `b` kept apart from it.
//!
//! Variation then works on shapes, whatever the units (Keijzer 2003, *Improving symbolic regression with interval
//! arithmetic and linear scaling*). The nodes for `a` and `b` are added when the form is measured in full or offered, and
//! only where they pay.

use symfolio_expr::{Complexity, Expr, Node, Op};

/// How a tree is scaled with the operators at hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Scaling {
    /// `Mul`, `Div` by the inverse, or none.
    pub scale: Option<Op>,
    /// `Add`, `Sub` of the negative, or none.
    pub offset: Option<Op>,
}

/// A tree with the scale and the offset that it stands with. 1 and 0 mean that no nodes are needed for them.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Scaled {
    pub core: Expr,
    pub scale: f64,
    pub offset: f64,
}

impl Scaling {
    /// With the operators for which `has` is true.
    pub fn new(has: impl Fn(Op) -> bool) -> Scaling {
        let first = |ops: [Op; 2]| ops.into_iter().find(|op| has(*op));
        Scaling { scale: first([Op::Mul, Op::Div]), offset: first([Op::Add, Op::Sub]) }
    }

    /// What is left of it for `core` where the limits leave no room for all of its nodes, or `core` has a free factor in
    /// every term already.
    pub fn within(self, core: &Expr, complexity: &Complexity, max_complexity: u32, max_depth: usize) -> Scaling {
        let (mut size, mut depth) = (complexity.of(core), core.depth());
        let mut room = |op: Option<Op>| {
            let op = op?;
            let weight = complexity.operators.get(op.name()).copied().unwrap_or(op.info().complexity);
            let cost = complexity.constant + weight;
            if size + cost > max_complexity || depth >= max_depth {
                return None;
            }
            size += cost;
            depth += 1;
            Some(op)
        };
        let scale = if has_factors(core, core.len() - 1) { None } else { room(self.scale) };
        Scaling { scale, offset: room(self.offset) }
    }

    /// `core` with the nodes of this scaling.
    pub fn dress(self, core: &Expr, scale: f64, offset: f64) -> Expr {
        let scaled = match self.scale {
            Some(Op::Div) => Expr::apply(Op::Div, &[core, &Expr::param(1.0 / scale)]),
            Some(op) => Expr::apply(op, &[&Expr::param(scale), core]),
            None => core.clone(),
        };
        match self.offset {
            Some(Op::Sub) => Expr::apply(Op::Sub, &[&scaled, &Expr::param(-offset)]),
            Some(op) => Expr::apply(op, &[&scaled, &Expr::param(offset)]),
            None => scaled,
        }
    }

    /// The constants of a dressed expression, told apart again.
    pub fn undress(self, core: &Expr, params: &[f64]) -> Scaled {
        let mut own = params;
        let (mut scale, mut offset) = (1.0, 0.0);
        if let (Some(op), [rest @ .., last]) = (self.offset, own) {
            offset = if op == Op::Sub { -last } else { *last };
            own = rest;
        }
        match (self.scale, own) {
            (Some(Op::Div), [rest @ .., last]) => (scale, own) = (1.0 / last, rest),
            (Some(_), [first, rest @ ..]) => (scale, own) = (*first, rest),
            _ => {}
        }
        Scaled { core: core.with_params(own), scale, offset }
    }
}

impl Scaled {
    /// The nodes for scale and offset that it needs.
    pub fn needs(&self, available: Scaling) -> Scaling {
        Scaling {
            scale: available.scale.filter(|_| self.scale != 1.0),
            offset: available.offset.filter(|_| self.offset != 0.0),
        }
    }

    /// The form that it stands for.
    pub fn dressed(&self, available: Scaling) -> Expr {
        self.needs(available).dress(&self.core, self.scale, self.offset)
    }
}

/// Takes constant factor and term off the root of a tidy expression.
pub(crate) fn strip(expr: &Expr) -> Scaled {
    let (mut core, mut scale, mut offset) = (expr.clone(), 1.0, 0.0);
    let free = |expr: &Expr, at: usize| match expr.nodes()[at] {
        Node::Param(index) => {
            let once = expr.nodes().iter().filter(|node| **node == Node::Param(index)).count() == 1;
            once.then(|| expr.params()[usize::from(index)])
        }
        _ => None,
    };
    let root = core.len() - 1;
    if core.nodes()[root] == Node::Op(Op::Add) && core.len() > 3 {
        let children = core.children(root);
        if let Some(value) = free(&core, children[1]) {
            offset = value;
            core = core.subtree(children[0]);
        }
    }
    let root = core.len() - 1;
    if core.nodes()[root] == Node::Op(Op::Mul) {
        let children = core.children(root);
        if let Some(value) = free(&core, children[0]) {
            scale = value;
            core = core.subtree(children[1]);
        }
    }
    Scaled { core, scale, offset }
}

/// Has every term of the sum at `at` a free factor, so that a further one would say nothing new?
fn has_factors(expr: &Expr, at: usize) -> bool {
    match expr.nodes()[at] {
        Node::Param(_) => true,
        Node::Op(Op::Add | Op::Sub | Op::Where) => {
            let children = expr.children(at);
            let terms = if children.len() == 3 { &children[1..] } else { &children[..] };
            terms.iter().all(|child| has_factors(expr, *child))
        }
        Node::Op(Op::Mul) => expr.children(at).into_iter().any(|child| has_factors(expr, child)),
        Node::Op(Op::Div) => has_factors(expr, expr.children(at)[0]),
        Node::Op(Op::Neg) => has_factors(expr, at - 1),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expr(text: &str) -> Expr {
        Expr::from_prefix(text).unwrap()
    }

    #[test]
    fn dressing_and_undressing_are_inverse() {
        let core = expr("(sin (mul ?3.0 x0))");
        for (ops, text) in [
            (vec![Op::Add, Op::Mul], "(add (mul ?2.0 (sin (mul ?3.0 x0))) ?5.0)"),
            (vec![Op::Sub, Op::Div], "(sub (div (sin (mul ?3.0 x0)) ?0.5) ?-5.0)"),
            (vec![Op::Add], "(add (sin (mul ?3.0 x0)) ?5.0)"),
            (vec![], "(sin (mul ?3.0 x0))"),
        ] {
            let scaling = Scaling::new(|op| ops.contains(&op));
            let dressed = scaling.dress(&core, 2.0, 5.0);
            assert_eq!(dressed.to_prefix(), text);
            let scaled = scaling.undress(&core, dressed.params());
            assert_eq!(scaled.core, core);
            assert_eq!(scaled.scale, if scaling.scale.is_some() { 2.0 } else { 1.0 });
            assert_eq!(scaled.offset, if scaling.offset.is_some() { 5.0 } else { 0.0 });
        }
    }

    #[test]
    fn nodes_are_added_only_where_they_pay_and_fit() {
        let scaling = Scaling::new(|_| true);
        let scaled = Scaled { core: Expr::var(0), scale: 1.0, offset: 0.0 };
        assert_eq!(scaled.dressed(scaling).to_prefix(), "x0");
        assert_eq!(Scaled { offset: 2.0, ..scaled.clone() }.dressed(scaling).to_prefix(), "(add x0 ?2.0)");
        let counted = Complexity::default();
        for (core, size, depth, scale, offset) in [
            ("(sin x0)", 6, 4, true, true),
            ("(sin x0)", 5, 4, true, false),
            ("(sin x0)", 6, 3, true, false),
            ("(sin x0)", 3, 9, false, false),
            ("(add (mul ?1 x0) (sin x1))", 20, 9, true, true),
            ("(add (mul ?1 x0) (mul ?1 (sin x1)))", 20, 9, false, true),
        ] {
            let found = scaling.within(&expr(core), &counted, size, depth);
            assert_eq!((found.scale.is_some(), found.offset.is_some()), (scale, offset), "{core}");
        }
    }

    #[test]
    fn a_constant_factor_and_term_come_off() {
        let scaled = strip(&expr("(add (mul ?3.0 (sin x0)) ?4.0)"));
        assert_eq!((scaled.core.to_prefix().as_str(), scaled.scale, scaled.offset), ("(sin x0)", 3.0, 4.0));
        let shared = strip(&expr("(mul ?0=3.0 (sin (mul ?0=3.0 x0)))"));
        assert_eq!((shared.core.len(), shared.scale), (6, 1.0));
    }
}
