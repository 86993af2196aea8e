//! [`Linear`]: a program of instructions, each a possible formula.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};
use symfolio_expr::{Expr, Node, Op};

use crate::score::Line;
use crate::words::Words;

/// One instruction: an operator and the registers that it takes. Registers are numbered: columns, constants, results in their order.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Instruction {
    pub op: Op,
    /// The second one is that of the first for operators with one argument.
    pub args: [u16; 2],
}

/// A program of instructions, each of which takes columns, constants or earlier results.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Linear {
    pub n_columns: u16,
    pub constants: Vec<f64>,
    pub code: Vec<Instruction>,
}

/// What stands around the terms of a formula.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Shape {
    pub offset: bool,
    pub scale: bool,
}

/// Formulas of more nodes have no size.
const LARGEST: u32 = 1 << 12;

impl Linear {
    pub fn random(rng: &mut ChaCha8Rng, words: &Words, n_constants: usize, length: usize) -> Linear {
        let constants = (0..n_constants).map(|_| constant(rng)).collect();
        let mut linear = Linear { n_columns: words.n_columns(), constants, code: Vec::with_capacity(length) };
        for at in 0..length {
            let op = words.operator(rng);
            let args = [linear.argument(rng, words, at), linear.argument(rng, words, at)];
            linear.code.push(Instruction::of(op, args));
        }
        linear
    }

    /// The register of the first result.
    pub fn base(&self) -> usize {
        usize::from(self.n_columns) + self.constants.len()
    }

    /// A register that instruction `at` may take: a column, an earlier result, or a constant.
    pub fn argument(&self, rng: &mut ChaCha8Rng, words: &Words, at: usize) -> u16 {
        let point: f64 = rng.random();
        if point < 0.4 || (at == 0 && point < 0.8) {
            words.column(rng)
        } else if point < 0.85 && at > 0 {
            // Later results are longer formulas: they are what is being built.
            let back = (at as f64 * rng.random::<f64>().powi(2)) as usize;
            (self.base() + at - 1 - back.min(at - 1)) as u16
        } else {
            self.n_columns + rng.random_range(0..self.constants.len()) as u16
        }
    }

    /// The instructions that the results `terms` are made of, themselves included: the bits of their positions.
    pub fn made_of(&self, terms: &[usize]) -> u64 {
        let base = self.base() as u16;
        let mut wanted = terms.iter().fold(0u64, |wanted, at| wanted | 1 << at);
        for index in (0..self.code.len()).rev() {
            if wanted >> index & 1 == 1 {
                for arg in self.code[index].args {
                    if arg >= base {
                        wanted |= 1 << (arg - base);
                    }
                }
            }
        }
        wanted
    }

    /// Nodes of the formula that instruction `at` is, given those of the results before it.
    pub fn size(&self, at: usize, before: &[u32]) -> u32 {
        let base = self.base() as u16;
        let Instruction { op, args } = self.code[at];
        let of = |arg: u16| if arg >= base { before[usize::from(arg - base)] } else { 1 };
        let complexity = op.info().complexity;
        let sum = if op.arity() == 1 { of(args[0]) } else { of(args[0]) + of(args[1]) };
        (sum + complexity).min(LARGEST)
    }

    /// The results `terms` with what stands around them as an expression over the features `columns`: `shape` says whether there is an offset,
    /// and whether the terms have scales. A constant that stands in several places is one free constant.
    /// Returns also which constant of the program each free constant is, if any.
    pub fn expr(
        &self,
        terms: &[usize],
        line: &Line,
        shape: Shape,
        columns: &[u16],
    ) -> Option<(Expr, Vec<Option<usize>>)> {
        let n = self.constants.len();
        let (mut nodes, mut order) = (Vec::new(), Vec::new());
        if shape.offset {
            nodes.push(Node::Param(n as u16));
            order.push(None);
        }
        for (index, at) in terms.iter().enumerate() {
            if shape.scale {
                nodes.push(Node::Param((n + 1 + index) as u16));
                order.push(None);
            }
            self.write(*at, columns, &mut nodes, &mut order)?;
            if shape.scale {
                nodes.push(Node::Op(Op::Mul));
            }
            if shape.offset || index > 0 {
                nodes.push(Node::Op(Op::Add));
            }
        }
        let mut params = self.constants.clone();
        params.push(line.offset);
        params.extend(&line.scales);
        Expr::new(nodes, params).ok().map(|expr| (expr, order))
    }

    /// Appends result `at` to `nodes`, and what it takes that `order` does not have; `None` for one of too many nodes.
    fn write(&self, at: usize, columns: &[u16], nodes: &mut Vec<Node>, order: &mut Vec<Option<usize>>) -> Option<()> {
        let base = self.base() as u16;
        // Registers that are still to be written, and operators whose arguments have been.
        let mut stack = vec![(base + at as u16, false)];
        while let Some((register, written)) = stack.pop() {
            if nodes.len() > LARGEST as usize {
                return None;
            }
            if register < self.n_columns {
                nodes.push(Node::Var(columns[usize::from(register)]));
            } else if register < base {
                let constant = usize::from(register - self.n_columns);
                if !order.contains(&Some(constant)) {
                    order.push(Some(constant));
                }
                nodes.push(Node::Param(constant as u16));
            } else {
                let Instruction { op, args } = self.code[usize::from(register - base)];
                if written {
                    nodes.push(Node::Op(op));
                } else {
                    stack.push((register, true));
                    if op.arity() == 2 {
                        stack.push((args[1], false));
                    }
                    stack.push((args[0], false));
                }
            }
        }
        Some(())
    }

    /// Does every instruction take what stands before it?
    pub fn is_sound(&self, length: usize) -> bool {
        let fits = |(at, instruction): (usize, &Instruction)| {
            (1..=2).contains(&instruction.op.arity())
                && instruction.args.iter().all(|arg| usize::from(*arg) < self.base() + at)
        };
        self.code.len() == length
            && self.constants.iter().all(|constant| constant.is_finite())
            && self.code.iter().enumerate().all(fits)
    }
}

impl Instruction {
    pub fn of(op: Op, args: [u16; 2]) -> Instruction {
        let args = if op.arity() == 1 { [args[0]; 2] } else { args };
        Instruction { op, args }
    }
}

/// A constant to begin with: small whole numbers mostly.
pub(crate) fn constant(rng: &mut ChaCha8Rng) -> f64 {
    const SIMPLE: [f64; 8] = [1.0, 2.0, 3.0, 0.5, -1.0, 4.0, std::f64::consts::PI, 10.0];
    match rng.random::<f64>() {
        point if point < 0.7 => SIMPLE[rng.random_range(0..SIMPLE.len())],
        point if point < 0.85 => rng.random_range(-1.0..1.0),
        _ => rng.random_range(-10.0..10.0),
    }
}
