//! [`LinearPhases`]: an amplitude and a phase become two linear constants.

use symfolio_expr::{Expr, ExprError, Node, Op, math};

use crate::linear::linear_constants;

/// `c0*sin(u + c1)` written as `a*sin(u) + b*cos(u)`, which is linear in both constants: the same curves, without the
/// landscape that a phase makes.
///
/// Only where amplitude and phase each appear once, the expression is affine in the amplitude, and neither has bounds.
#[derive(Clone, Debug)]
pub(crate) struct LinearPhases {
    pub expr: Expr,
    /// New index of a constant -> old index.
    old: Vec<usize>,
    pairs: Vec<Pair>,
}

/// `amplitude * wave(... + sign * phase)`; indices in the old expression.
#[derive(Clone, Copy, Debug)]
struct Pair {
    amplitude: usize,
    phase: usize,
    sign: f64,
    cosine: bool,
    /// Position of the wave's node.
    wave: usize,
}

impl LinearPhases {
    /// `None` where there is no such pair.
    pub(crate) fn of(expr: &Expr, bounded: impl Fn(usize) -> bool) -> Option<LinearPhases> {
        let linear = linear_constants(expr);
        let once = |index: usize| expr.nodes().iter().filter(|node| is_param(node, index)).count() == 1;
        let usable = |index: usize| once(index) && !bounded(index);
        let mut pairs: Vec<Pair> = Vec::new();
        for (at, node) in expr.nodes().iter().enumerate() {
            let Node::Param(index) = node else { continue };
            let amplitude = usize::from(*index);
            if !linear.contains(&amplitude) || !usable(amplitude) {
                continue;
            }
            let wave = factors(expr, at).into_iter().find_map(|wave| {
                let (phase, sign) = terms(expr, wave).into_iter().find(|(index, _)| usable(*index))?;
                let cosine = expr.nodes()[wave] == Node::Op(Op::Cos);
                Some(Pair { amplitude, phase, sign, cosine, wave })
            });
            pairs.extend(wave.filter(|pair| pairs.iter().all(|other| other.wave != pair.wave)));
        }
        if pairs.is_empty() { None } else { LinearPhases::rewrite(expr, pairs).ok() }
    }

    fn rewrite(expr: &Expr, pairs: Vec<Pair>) -> Result<LinearPhases, ExprError> {
        let mut stack: Vec<Vec<Node>> = Vec::new();
        for (at, node) in expr.nodes().iter().enumerate() {
            let built = match *node {
                Node::Param(index) if pairs.iter().any(|pair| pair.amplitude == usize::from(index)) => {
                    vec![Node::Const(1.0)]
                }
                Node::Param(index) if pairs.iter().any(|pair| pair.phase == usize::from(index)) => {
                    vec![Node::Const(0.0)]
                }
                Node::Op(op) => {
                    let args = stack.split_off(stack.len() - op.arity());
                    match pairs.iter().find(|pair| pair.wave == at) {
                        Some(pair) => both_waves(pair, &args[0]),
                        None => joined(op, args),
                    }
                }
                leaf => vec![leaf],
            };
            stack.push(built);
        }
        let nodes = stack.pop().unwrap_or_default();
        let mut old: Vec<usize> = Vec::new();
        for node in &nodes {
            if let Node::Param(index) = node
                && !old.contains(&usize::from(*index))
            {
                old.push(usize::from(*index));
            }
        }
        Ok(LinearPhases { expr: Expr::new(nodes, expr.params().to_vec())?, old, pairs })
    }

    /// Constants of the old expression as constants of the new one.
    pub(crate) fn rewritten(&self, params: &[f64]) -> Vec<f64> {
        let mut params = params.to_vec();
        for pair in &self.pairs {
            let (size, angle) = (params[pair.amplitude], pair.sign * params[pair.phase]);
            params[pair.amplitude] = size * math::cos(angle);
            params[pair.phase] = if pair.cosine { -size } else { size } * math::sin(angle);
        }
        self.old.iter().map(|index| params[*index]).collect()
    }

    /// Constants of the new expression as constants of the old one.
    pub(crate) fn restored(&self, params: &[f64]) -> Vec<f64> {
        let mut restored = vec![0.0; params.len()];
        self.old.iter().zip(params).for_each(|(index, value)| restored[*index] = *value);
        for pair in &self.pairs {
            let (a, b) = (restored[pair.amplitude], restored[pair.phase]);
            let b = if pair.cosine { -b } else { b };
            restored[pair.amplitude] = a.hypot(b);
            restored[pair.phase] = pair.sign * angle(a, b);
        }
        restored
    }

    /// What belongs to the old constants, such as bounds, in the order of the new ones.
    pub(crate) fn reordered<T: Copy>(&self, values: &[T]) -> Vec<T> {
        if values.is_empty() { Vec::new() } else { self.old.iter().map(|index| values[*index]).collect() }
    }
}

/// The angle of the point (x, y), between -pi and pi.
fn angle(x: f64, y: f64) -> f64 {
    if x == 0.0 && y == 0.0 {
        return 0.0;
    }
    // Half-angle form: exact enough everywhere but on the negative x axis.
    let radius = x.hypot(y);
    if x >= 0.0 {
        2.0 * math::atan(y / (radius + x))
    } else {
        let turned = 2.0 * math::atan(y.abs() / (radius - x));
        (std::f64::consts::PI - turned).copysign(y)
    }
}

fn is_param(node: &Node, index: usize) -> bool {
    matches!(node, Node::Param(other) if usize::from(*other) == index)
}

/// The node above `at`, and which argument of it `at` is.
fn parent(expr: &Expr, at: usize) -> Option<(usize, usize)> {
    (at + 1..expr.len()).find_map(|above| {
        let position = expr.children(above).iter().position(|child| *child == at)?;
        Some((above, position))
    })
}

/// The sines and cosines that the constant at `at` is multiplied by, nearest first.
fn factors(expr: &Expr, at: usize) -> Vec<usize> {
    let mut found = Vec::new();
    let mut below = at;
    while let Some((above, position)) = parent(expr, below) {
        match (&expr.nodes()[above], position) {
            (Node::Op(Op::Mul), _) => waves(expr, expr.children(above)[1 - position], &mut found),
            (Node::Op(Op::Div), 0) | (Node::Op(Op::Neg), _) => {}
            _ => break,
        }
        below = above;
    }
    found
}

/// The sines and cosines that are factors of the subtree at `root`.
fn waves(expr: &Expr, root: usize, found: &mut Vec<usize>) {
    match expr.nodes()[root] {
        Node::Op(Op::Sin | Op::Cos) => found.push(root),
        Node::Op(Op::Mul) => expr.children(root).into_iter().for_each(|child| waves(expr, child, found)),
        Node::Op(Op::Div | Op::Neg) => waves(expr, expr.children(root)[0], found),
        _ => {}
    }
}

/// The bare constants that are terms of the argument of the wave at `wave`, with their signs; none where the rest of
/// the argument is constant.
fn terms(expr: &Expr, wave: usize) -> Vec<(usize, f64)> {
    let mut found = Vec::new();
    let mut varies = false;
    let mut open: Vec<(usize, f64)> = expr.children(wave).into_iter().map(|child| (child, 1.0)).collect();
    while let Some((root, sign)) = open.pop() {
        let children = expr.children(root);
        match expr.nodes()[root] {
            Node::Param(index) => found.push((usize::from(index), sign)),
            Node::Op(Op::Add) => open.extend(children.into_iter().map(|child| (child, sign))),
            Node::Op(Op::Sub) => open.extend([(children[0], sign), (children[1], -sign)]),
            Node::Op(Op::Neg) => open.push((children[0], -sign)),
            _ => {
                let start = expr.subtree_start(root);
                varies |= expr.nodes()[start..=root].iter().any(|node| matches!(node, Node::Var(_)));
            }
        }
    }
    if varies { found } else { Vec::new() }
}

/// `amplitude * wave(angle) + phase * other wave(angle)`.
fn both_waves(pair: &Pair, angle: &[Node]) -> Vec<Node> {
    let (own, other) = if pair.cosine { (Op::Cos, Op::Sin) } else { (Op::Sin, Op::Cos) };
    let mut nodes = vec![Node::Param(pair.amplitude as u16)];
    nodes.extend_from_slice(angle);
    nodes.extend([Node::Op(own), Node::Op(Op::Mul), Node::Param(pair.phase as u16)]);
    nodes.extend_from_slice(angle);
    nodes.extend([Node::Op(other), Node::Op(Op::Mul), Node::Op(Op::Add)]);
    nodes
}

/// `op` of these arguments, without factors of 1 and terms of 0.
fn joined(op: Op, mut args: Vec<Vec<Node>>) -> Vec<Node> {
    let is = |arg: &[Node], value: f64| arg == [Node::Const(value)];
    match op {
        Op::Mul if is(&args[0], 1.0) => args.swap_remove(1),
        Op::Mul | Op::Div if is(&args[1], 1.0) => args.swap_remove(0),
        Op::Add if is(&args[0], 0.0) => args.swap_remove(1),
        Op::Add | Op::Sub if is(&args[1], 0.0) => args.swap_remove(0),
        _ => {
            let mut nodes = args.concat();
            nodes.push(Node::Op(op));
            nodes
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use symfolio_expr::parse;

    #[test]
    fn values_stay_as_they_are() {
        let names = ["x".to_string(), "z".to_string()];
        for (text, n_pairs) in [
            ("c0*sin(c1*x + c2)", 1),
            ("c0*cos(c1*x - c2) + c3", 1),
            ("c0*exp(-c1*x)*cos(c2*x + c3) + c4*sin(c5 - c6*z)", 2),
            ("-c0*sin(c1*x + c2*z + c3)/(1 + x**2)", 1),
            ("(c0 + c1*cos(c2*x + c3))*c4", 1),
            ("c0*sin(c1*x + c2)*cos(c3*x + c4) + c5", 1),
            // A phase that is used twice, one that is all of the argument, an amplitude inside a function.
            ("c0*sin(c1*x + c2) + c3*cos(c4*x + c2)", 0),
            ("c0*sin(c1) + x", 0),
            ("exp(c0*sin(c1*x + c2))", 0),
            ("c0*sin(c1*x + c2)**2", 0),
        ] {
            let expr = parse(text, &names).unwrap();
            let params: Vec<f64> = (0..expr.params().len()).map(|k| 0.7 - 0.4 * k as f64).collect();
            let Some(phases) = LinearPhases::of(&expr, |_| false) else {
                assert_eq!(n_pairs, 0, "{text}");
                continue;
            };
            assert_eq!(phases.pairs.len(), n_pairs, "{text}");
            let there = phases.rewritten(&params);
            let back = phases.restored(&there);
            for x in [[-1.3, 0.4], [0.0, 2.0], [2.7, -5.0]] {
                let value = expr.with_params(&params).value(&x);
                for other in [phases.expr.with_params(&there), expr.with_params(&back)].map(|expr| expr.value(&x)) {
                    assert!((value - other).abs() < 1e-13 * (1.0 + value.abs()), "{text} at {x:?}: {value} {other}");
                }
            }
        }
        let expr = parse("c0*sin(c1*x + c2)", &names).unwrap();
        assert!(LinearPhases::of(&expr, |index| index == 2).is_none(), "bounds are kept");
    }
}
