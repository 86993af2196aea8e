//! [`Vocabulary`]: what trees are made of, and how often each part is drawn.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use symfolio_core::{Directives, Problem};
use symfolio_expr::{Definition, Expr, Node, Op, math};

/// Things to draw from, each with a weight.
#[derive(Clone, Debug)]
pub(crate) struct Urn<T> {
    items: Vec<T>,
    /// Sums of the weights so far.
    sums: Vec<f64>,
}

impl<T> Urn<T> {
    pub fn new(weighted: impl IntoIterator<Item = (T, f64)>) -> Urn<T> {
        let mut urn = Urn { items: Vec::new(), sums: Vec::new() };
        let mut sum = 0.0;
        for (item, weight) in weighted {
            if weight > 0.0 {
                sum += weight;
                urn.items.push(item);
                urn.sums.push(sum);
            }
        }
        urn
    }

    pub fn draw(&self, rng: &mut ChaCha8Rng) -> Option<&T> {
        let total = *self.sums.last()?;
        let point = rng.random_range(0.0..1.0) * total;
        let at = self.sums.partition_point(|sum| *sum <= point);
        self.items.get(at.min(self.items.len() - 1))
    }

    pub fn items(&self) -> &[T] {
        &self.items
    }
}

/// A way of combining one or more arguments.
#[derive(Clone, Debug)]
pub(crate) enum Combiner {
    Op(Op),
    Custom(Definition),
}

impl Combiner {
    pub fn apply(&self, args: &[&Expr]) -> Expr {
        match self {
            Combiner::Op(op) => Expr::apply(*op, args),
            Combiner::Custom(definition) => definition.expand(args),
        }
    }
}

/// What trees are made of, and how often each part is drawn.
#[derive(Clone, Debug)]
pub(crate) struct Vocabulary {
    pub variables: Urn<u16>,
    pub unary: Urn<Combiner>,
    pub binary: Urn<Combiner>,
    pub ternary: Urn<Combiner>,
    ops: Vec<Op>,
}

/// Whole and half exponents, small ones more often.
const EXPONENTS: [(f64, f64); 8] =
    [(2.0, 2.0), (3.0, 1.5), (-1.0, 1.0), (-2.0, 1.5), (0.5, 1.5), (1.5, 1.0), (-0.5, 0.7), (4.0, 0.7)];

/// How often an operator is drawn, before the choice of its arity.
fn weight(op: Op) -> f64 {
    match op {
        Op::Mul => 1.3,
        Op::Add => 1.0,
        Op::Sub => 0.7,
        Op::Div => 0.8,
        Op::Square | Op::Sqrt => 0.5,
        Op::Exp | Op::Sin | Op::Cos => 0.3,
        Op::Log | Op::Inv => 0.2,
        Op::Tanh | Op::Abs | Op::Cube | Op::Cosh | Op::Sinh | Op::Where => 0.1,
        Op::Asin | Op::Acos | Op::Neg | Op::Sinc | Op::Atan | Op::Tan | Op::Cbrt => 0.06,
        Op::Pow | Op::Min | Op::Max => 0.06,
        // A truth value is of use inside `where` only, which draws it itself.
        Op::Less => 0.01,
    }
}

impl Vocabulary {
    /// What `problem` allows and `directives` leave; features that the profile found irrelevant are drawn less often.
    pub fn new(problem: &Problem, directives: &Directives) -> Vocabulary {
        let ops: Vec<Op> =
            problem.operators.ops().iter().copied().filter(|op| !directives.banned_operators.contains(op)).collect();
        let usable = |definition: &&Definition| {
            definition.body.nodes().iter().all(|node| !matches!(node, Node::Op(op) if !ops.contains(op)))
        };
        let combiners = |arity: usize| {
            let built_in = ops.iter().filter(move |op| op.arity() == arity).map(|op| (Combiner::Op(*op), weight(*op)));
            let definitions = problem.operators.definitions().iter().filter(usable);
            let custom = definitions.filter(move |definition| usize::from(definition.arity) == arity);
            Urn::new(built_in.chain(custom.map(|definition| (Combiner::Custom(definition.clone()), 0.4))))
        };
        let relevance =
            |index: usize| problem.profile.features.get(index).map_or(1.0, |feature| 0.3 + feature.relevance);
        Vocabulary {
            variables: Urn::new((0..problem.features.len()).map(|index| (index as u16, relevance(index)))),
            unary: combiners(1),
            binary: combiners(2),
            ternary: combiners(3),
            ops,
        }
    }

    /// The same over `n` variables that are drawn equally often.
    pub fn over(&self, n: usize) -> Vocabulary {
        Vocabulary { variables: Urn::new((0..n).map(|index| (index as u16, 1.0))), ..self.clone() }
    }

    /// May `op` be used?
    pub fn has(&self, op: Op) -> bool {
        self.ops.contains(&op)
    }

    /// A variable, or a constant with probability `constants`.
    pub fn leaf(&self, rng: &mut ChaCha8Rng, constants: f64) -> Expr {
        match self.variables.draw(rng) {
            Some(index) if !rng.random_bool(constants) => Expr::var(*index),
            _ => Expr::param(any_constant(rng)),
        }
    }

    /// A random tree of about `size` nodes: sizes are split evenly among arguments, so that shapes are balanced.
    pub fn tree(&self, rng: &mut ChaCha8Rng, size: usize) -> Expr {
        if size <= 1 {
            return self.leaf(rng, 0.15);
        }
        if size >= 5
            && rng.random_bool(0.05)
            && let Some(combiner) = self.ternary.draw(rng).cloned()
        {
            let part = (size - 1) / 3;
            let condition = self.condition(rng, part);
            let (a, b) = (self.tree(rng, part), self.tree(rng, part));
            return combiner.apply(&[&condition, &a, &b]);
        }
        let unary = if size == 2 { 1.0 } else { 0.3 };
        if rng.random_bool(unary) || self.binary.items().is_empty() {
            let Some(combiner) = self.unary.draw(rng).cloned() else { return self.leaf(rng, 0.15) };
            return combiner.apply(&[&self.tree(rng, size - 1)]);
        }
        let Some(combiner) = self.binary.draw(rng).cloned() else { return self.leaf(rng, 0.15) };
        let left = rng.random_range(1..=(size - 2).max(1));
        let first = self.tree(rng, left);
        if let Combiner::Op(Op::Pow) = combiner {
            return Expr::apply(Op::Pow, &[&first, &self.exponent(rng)]);
        }
        combiner.apply(&[&first, &self.tree(rng, (size - 1).saturating_sub(left))])
    }

    /// What a `where` decides by: a comparison where the set has one.
    fn condition(&self, rng: &mut ChaCha8Rng, size: usize) -> Expr {
        let first = self.tree(rng, size.saturating_sub(2));
        if self.has(Op::Less) { Expr::apply(Op::Less, &[&first, &self.leaf(rng, 0.6)]) } else { first }
    }

    /// A literal whole or half exponent, now and then a free one.
    pub fn exponent(&self, rng: &mut ChaCha8Rng) -> Expr {
        if rng.random_bool(0.2) {
            return Expr::param(rng.random_range(-2.0..3.0));
        }
        let urn = Urn::new(EXPONENTS);
        Expr::constant(*urn.draw(rng).unwrap_or(&2.0))
    }
}

/// A constant to start a fit from: mostly simple numbers, else any magnitude from 0.01 to 100.
pub(crate) fn any_constant(rng: &mut ChaCha8Rng) -> f64 {
    const SIMPLE: [f64; 6] = [1.0, -1.0, 2.0, 0.5, std::f64::consts::PI, 3.0];
    if rng.random_bool(0.6) {
        return SIMPLE[rng.random_range(0..SIMPLE.len())];
    }
    let size = math::exp(rng.random_range(-4.6..4.6));
    if rng.random::<bool>() { size } else { -size }
}
