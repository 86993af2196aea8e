//! [`Tape`]: expressions as a straight line of instructions, each common sub-expression once.

use rustc_hash::FxHashMap;

use super::Columns;
use crate::{Expr, Node, Op};

/// Where an instruction takes an argument from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Operand {
    /// The result of an earlier instruction.
    Result(u32),
    Var(u16),
    Const(f64),
    Param(u16),
}

impl Operand {
    /// A literal; all NaN are one.
    fn constant(value: f64) -> Operand {
        Operand::Const(if value.is_nan() { f64::NAN } else { value })
    }

    /// Equal for operands that stand for the same bits.
    fn key(self) -> (u8, u64) {
        match self {
            Operand::Result(index) => (0, u64::from(index)),
            Operand::Var(index) => (1, u64::from(index)),
            Operand::Const(value) => (2, value.to_bits()),
            Operand::Param(index) => (3, u64::from(index)),
        }
    }
}

#[derive(Clone, Debug)]
pub(super) struct Instruction {
    pub op: Op,
    /// Unused arguments are `Const(0)`.
    pub args: [Operand; 3],
    /// Block that the result goes to when only values are wanted.
    pub slot: u32,
    /// Does the result depend on a free constant?
    pub free: bool,
    /// From the last instruction to the first: is this the first time that the argument takes a derivative, so that it is set rather
    /// than added to?
    pub first: [bool; 3],
}

type InstructionKey = (Op, [(u8, u64); 3]);

/// Equal for instructions that give the same bits. The sum and the product of two numbers do not depend on their order.
fn key(op: Op, args: &[Operand; 3]) -> InstructionKey {
    let mut keys = args.map(Operand::key);
    if matches!(op, Op::Add | Op::Mul) && keys[1] < keys[0] {
        keys.swap(0, 1);
    }
    (op, keys)
}

/// From this many instructions on they are looked up in a table; before, one by one.
const MANY: usize = 24;

/// Instructions in the order of evaluation.
#[derive(Clone, Debug, Default)]
pub(super) struct Tape {
    pub instructions: Vec<Instruction>,
    /// Blocks needed where only values are wanted; at least 1.
    pub n_slots: usize,
    pub n_features: usize,
    /// Empty before there are many, and once all is added. Only looked up, so that its order reaches no result.
    known: FxHashMap<InstructionKey, u32>,
}

impl Tape {
    /// Adds what is new in `expr` and returns where its value is found. With `literal`, free constants are literals of
    /// their present values.
    pub(super) fn add(&mut self, expr: &Expr, literal: bool) -> Operand {
        let mut stack: Vec<Operand> = Vec::with_capacity(8);
        for node in expr.nodes() {
            let operand = match *node {
                Node::Var(index) => {
                    self.n_features = self.n_features.max(usize::from(index) + 1);
                    Operand::Var(index)
                }
                Node::Const(value) => Operand::constant(value),
                Node::Param(index) if literal => Operand::constant(expr.params()[usize::from(index)]),
                Node::Param(index) => Operand::Param(index),
                Node::Op(op) => {
                    let mut args = [Operand::Const(0.0); 3];
                    let first = stack.len() - op.arity();
                    args[..op.arity()].copy_from_slice(&stack[first..]);
                    stack.truncate(first);
                    self.operation(op, args)
                }
            };
            stack.push(operand);
        }
        stack.pop().unwrap_or(Operand::Const(0.0))
    }

    /// The operator's value: worked out here where all arguments are known, else the result of an instruction.
    ///
    /// Functions of one argument always get a result or a variable, so that kernels have one loop for them: a bare free constant
    /// is multiplied by 1 first.
    fn operation(&mut self, op: Op, mut args: [Operand; 3]) -> Operand {
        if let [Operand::Const(a), Operand::Const(b), Operand::Const(c)] = args {
            return Operand::constant(op.apply(a, b, c));
        }
        if op.arity() == 1 && matches!(args[0], Operand::Param(_)) {
            let column = [args[0], Operand::Const(1.0), Operand::Const(0.0)];
            args[0] = Operand::Result(self.instruction(Op::Mul, column));
        }
        Operand::Result(self.instruction(op, args))
    }

    /// The position of this instruction, which is added if it is new.
    fn instruction(&mut self, op: Op, args: [Operand; 3]) -> u32 {
        let key_of = |instruction: &Instruction| key(instruction.op, &instruction.args);
        let wanted = key(op, &args);
        let len = self.instructions.len();
        if len >= MANY && self.known.is_empty() {
            self.known = self.instructions.iter().map(key_of).zip(0..).collect();
        }
        let found = if len < MANY {
            self.instructions.iter().position(|known| known.op == op && key_of(known) == wanted).map(|at| at as u32)
        } else {
            self.known.get(&wanted).copied()
        };
        found.unwrap_or_else(|| {
            let free = args.iter().any(|arg| match *arg {
                Operand::Result(index) => self.instructions[index as usize].free,
                Operand::Param(_) => true,
                _ => false,
            });
            self.instructions.push(Instruction { op, args, slot: 0, free, first: [false; 3] });
            if len >= MANY {
                self.known.insert(wanted, len as u32);
            }
            len as u32
        })
    }

    /// Ends the adding, and says which block each result goes to: one whose result is no longer wanted, or a new one. Results in `kept` are wanted to
    /// the end.
    pub(super) fn assign_slots(&mut self, kept: Option<u32>) {
        const NEVER: u32 = u32::MAX;
        self.known = FxHashMap::default();
        let mut last_use: Vec<u32> = (0..self.instructions.len() as u32).collect();
        for (at, instruction) in self.instructions.iter().enumerate() {
            for arg in instruction.args {
                if let Operand::Result(index) = arg {
                    last_use[index as usize] = at as u32;
                }
            }
        }
        if let Some(kept) = kept {
            last_use[kept as usize] = NEVER;
        }
        let mut unused: Vec<u32> = Vec::new();
        self.n_slots = 0;
        for at in 0..self.instructions.len() {
            let args = self.instructions[at].args;
            for (position, arg) in args.iter().enumerate() {
                if let Operand::Result(index) = *arg
                    && last_use[index as usize] == at as u32
                    && !args[..position].contains(arg)
                {
                    unused.push(self.instructions[index as usize].slot);
                }
            }
            self.instructions[at].slot = unused.pop().unwrap_or_else(|| {
                self.n_slots += 1;
                self.n_slots as u32 - 1
            });
            if last_use[at] == at as u32 {
                // Nothing uses it but whoever asked for it.
                unused.push(self.instructions[at].slot);
            }
        }
        self.n_slots = self.n_slots.max(1);
    }

    /// Marks, for derivatives of the result `root` by `n_params` free constants, which argument takes its derivative first.
    pub(super) fn mark_first(&mut self, n_params: usize) {
        let mut results = vec![true; self.instructions.len()];
        let mut params = vec![true; n_params];
        for instruction in self.instructions.iter_mut().rev() {
            for (arg, first) in instruction.args.iter().zip(&mut instruction.first) {
                *first = match *arg {
                    Operand::Result(index) => std::mem::take(&mut results[index as usize]),
                    Operand::Param(index) => std::mem::take(&mut params[usize::from(index)]),
                    _ => false,
                };
            }
        }
    }

    /// # Panics
    /// Where a variable has no column.
    pub(super) fn check<R>(&self, columns: &Columns<'_, R>) {
        assert!(
            self.n_features <= columns.n_features(),
            "the expression uses variable {} but there are {} columns",
            self.n_features.saturating_sub(1),
            columns.n_features()
        );
    }

    /// Work of evaluating one row, in units of one addition; at least 1.
    pub(super) fn work_per_row(&self) -> u64 {
        1 + self.instructions.iter().map(|instruction| u64::from(instruction.op.info().work)).sum::<u64>()
    }

    /// Number of instructions; at least 1.
    pub(super) fn nodes_per_row(&self) -> u64 {
        (self.instructions.len() as u64).max(1)
    }
}
