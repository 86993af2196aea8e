//! [`Vocabulary`]: the operators, scales and literals that expressions are put together from.

use std::f64::consts::PI;

use symfolio_core::{Nested, Problem};
use symfolio_expr::{Expr, Op, OperatorSet, Program};

/// Which of the allowed operators a round uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Words {
    /// All of them.
    All,
    /// Sums, products, quotients and powers only, which reach deeper with the same memory.
    Algebraic,
}

/// A function of one argument, possibly scaled first: `op(scale * a)`.
#[derive(Clone, Debug)]
pub(crate) struct Function {
    /// The operator.
    pub op: Op,
    /// What the argument is multiplied by.
    pub scale: f64,
    /// Nodes besides the argument.
    pub cost: usize,
    /// Computes it of one column.
    pub program: Program,
}

/// The operators, scales and literals that expressions are put together from.
#[derive(Clone, Debug)]
pub(crate) struct Vocabulary {
    /// Functions of one argument.
    pub functions: Vec<Function>,
    /// Operators of two arguments.
    pub binary: Vec<Op>,
    /// Literals by cost.
    pub literals: Vec<(usize, f64)>,
    /// All operators that formulas may be written with.
    pub operators: OperatorSet,
    /// Operators that may not stand within each operator, as bits by its number.
    forbidden: Vec<u32>,
}

impl Vocabulary {
    /// What `problem` allows, without the operators `banned`.
    pub fn new(problem: &Problem, banned: &[Op], words: Words) -> Vocabulary {
        let allowed = |op: &Op| problem.operators.contains(*op) && !banned.contains(op);
        let operators = OperatorSet::new(problem.operators.ops().iter().copied().filter(allowed));
        let used = |op: &Op| words == Words::All || is_algebraic(*op);
        // A sign is a scale, which is fitted: a column and its negative are one.
        let unary = operators.of_arity(1).filter(|op| used(op) && *op != Op::Neg);
        let functions = unary
            .flat_map(|op| scales(op).iter().map(move |scale| (op, *scale)))
            .filter_map(|(op, scale)| Function::new(op, scale, &operators))
            .collect();
        let binary = operators.of_arity(2).filter(used).collect();
        let mut forbidden = vec![0; symfolio_expr::OPERATORS.len()];
        for Nested { outer, inner, max } in &problem.constraints.nested {
            // Rules that allow some are left to the check of whole formulas.
            if *max == 0 {
                forbidden[*outer as usize] |= bit(*inner);
            }
        }
        Vocabulary { functions, binary, literals: vec![(1, 1.0), (2, 2.0)], operators, forbidden }
    }

    /// May `op` stand around something with the operators `inside`, given as bits?
    pub fn allows(&self, op: Op, inside: u32) -> bool {
        self.forbidden[op as usize] & inside == 0
    }
}

impl Function {
    fn new(op: Op, scale: f64, operators: &OperatorSet) -> Option<Function> {
        let argument = scaled(&Expr::var(0), scale, operators)?;
        let expr = Expr::apply(op, &[&argument]);
        Some(Function { op, scale, cost: expr.len() - 1, program: Program::new(&expr) })
    }
}

/// `scale * expr`, or `None` where the operators cannot write it.
pub(crate) fn scaled(expr: &Expr, scale: f64, operators: &OperatorSet) -> Option<Expr> {
    if scale == 1.0 {
        Some(expr.clone())
    } else if scale == -1.0 && operators.contains(Op::Neg) {
        Some(Expr::apply(Op::Neg, &[expr]))
    } else {
        operators.contains(Op::Mul).then(|| Expr::apply(Op::Mul, &[&Expr::constant(scale), expr]))
    }
}

/// The operator's bit.
pub(crate) fn bit(op: Op) -> u32 {
    1 << (op as u32)
}

fn is_algebraic(op: Op) -> bool {
    use Op::*;
    matches!(op, Add | Sub | Mul | Div | Inv | Square | Cube | Sqrt)
}

/// Scales of the argument that make a difference beyond the scale and offset of the result, and are common in formulas.
fn scales(op: Op) -> &'static [f64] {
    match op {
        Op::Exp => &[1.0, -1.0, 2.0, 0.5],
        Op::Tanh | Op::Sinh | Op::Cosh => &[1.0, 2.0, 0.5],
        Op::Sin | Op::Cos => &[1.0, 2.0, 0.5, PI],
        Op::Sqrt | Op::Log => &[1.0, -1.0],
        _ => &[1.0],
    }
}

#[cfg(test)]
mod tests {
    use symfolio_core::conformance;

    use super::*;

    #[test]
    fn bans_and_nesting_are_kept_to() {
        let problem = conformance::problem(false);
        let words = Vocabulary::new(&problem, &[Op::Sin, Op::Div], Words::All);
        assert!(words.functions.iter().all(|function| function.op != Op::Sin && function.op != Op::Neg));
        assert!(!words.binary.contains(&Op::Div) && words.binary.contains(&Op::Mul));
        assert!(!words.allows(Op::Exp, bit(Op::Mul) | bit(Op::Exp)) && words.allows(Op::Exp, bit(Op::Mul)));
        let few = Vocabulary::new(&problem, &[], Words::Algebraic);
        assert!(few.functions.iter().all(|function| is_algebraic(function.op)) && few.operators.contains(Op::Exp));
    }

    #[test]
    fn a_scaled_function_counts_its_scale() {
        let words = Vocabulary::new(&conformance::problem(false), &[], Words::All);
        let costs: Vec<(f64, usize)> =
            words.functions.iter().filter(|f| f.op == Op::Exp).map(|f| (f.scale, f.cost)).collect();
        assert_eq!(costs, [(1.0, 1), (-1.0, 2), (2.0, 3), (0.5, 3)]);
    }
}
