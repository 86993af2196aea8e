//! Node-row evaluations per second.

use std::time::Instant;

use dynamic_expressions::expression::PostfixExpr;
use dynamic_expressions::node::PNode;
use dynamic_expressions::operator_enum::builtin::*;
use dynamic_expressions::{EvalContext, EvalOptions, HasOp, eval_tree_array_into, opset};
use ndarray::Array2;
use symfolio_expr::{Columns, Expr, Node, Op, Program, Scratch};

const N_ROWS: usize = 1000;
const N_FEATURES: usize = 5;
const N_TREES: usize = 200;
const N_NODES: usize = 20;
const ROUNDS: usize = 40;

opset! { pub Ops32 for f32 { Add, Sub, Mul, Div, Sin, Cos, Exp, Log, Sqrt, Abs2 } }
opset! { pub Ops64 for f64 { Add, Sub, Mul, Div, Sin, Cos, Exp, Log, Sqrt, Abs2 } }

/// SplitMix64.
struct Random(u64);

impl Random {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % n
    }

    fn uniform(&mut self) -> f64 {
        self.below(1 << 52) as f64 / (1u64 << 52) as f64
    }
}

/// A random tree of `n` nodes: a third of the inner nodes unary (if there are unary operators), a third of the leaves constants.
fn tree(random: &mut Random, n: usize, unary: &[Op]) -> Expr {
    if n <= 1 || (n == 2 && unary.is_empty()) {
        return if random.below(3) == 0 {
            Expr::param(0.5 + random.uniform())
        } else {
            Expr::var(random.below(N_FEATURES as u64) as u16)
        };
    }
    if n == 2 || (!unary.is_empty() && random.below(10) < 6) {
        let inner = tree(random, n - 1, unary);
        return Expr::apply(unary[random.below(unary.len() as u64) as usize], &[&inner]);
    }
    let left = 1 + random.below(n as u64 - 2) as usize;
    let (a, b) = (tree(random, left, unary), tree(random, n - 1 - left, unary));
    Expr::apply([Op::Add, Op::Sub, Op::Mul, Op::Div][random.below(4) as usize], &[&a, &b])
}

/// Median seconds of the two, taken in turn.
fn alternate(mut ours: impl FnMut(), mut theirs: impl FnMut()) -> (f64, f64) {
    let mut seconds = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let start = Instant::now();
        ours();
        seconds.0.push(start.elapsed().as_secs_f64());
        let start = Instant::now();
        theirs();
        seconds.1.push(start.elapsed().as_secs_f64());
    }
    let median = |mut seconds: Vec<f64>| {
        seconds.sort_by(f64::total_cmp);
        seconds[seconds.len() / 2]
    };
    (median(seconds.0), median(seconds.1))
}

/// The same tree for the other crate.
macro_rules! translated {
    ($ops:ident) => {
        |expr: &Expr| {
            let mut constants = Vec::new();
            let mut constant = |value: f64| {
                constants.push(value as _);
                PNode::Const { idx: (constants.len() - 1) as u16 }
            };
            let nodes: Vec<PNode> = expr
                .nodes()
                .iter()
                .map(|node| match *node {
                    Node::Var(feature) => PNode::Var { feature },
                    Node::Const(value) => constant(value),
                    Node::Param(index) => constant(expr.params()[usize::from(index)]),
                    Node::Op(op) => {
                        let id = match op {
                            Op::Add => <$ops as HasOp<Add>>::ID,
                            Op::Sub => <$ops as HasOp<Sub>>::ID,
                            Op::Mul => <$ops as HasOp<Mul>>::ID,
                            Op::Div => <$ops as HasOp<Div>>::ID,
                            Op::Sin => <$ops as HasOp<Sin>>::ID,
                            Op::Cos => <$ops as HasOp<Cos>>::ID,
                            Op::Exp => <$ops as HasOp<Exp>>::ID,
                            Op::Log => <$ops as HasOp<Log>>::ID,
                            Op::Sqrt => <$ops as HasOp<Sqrt>>::ID,
                            Op::Square => <$ops as HasOp<Abs2>>::ID,
                            other => unreachable!("{other} is not drawn"),
                        };
                        PNode::Op { arity: op.arity() as u8, op: id }
                    }
                })
                .collect();
            PostfixExpr::new(nodes, constants, Default::default())
        }
    };
}
/// Compares one precision: `exprs` are finite on all rows.
macro_rules! precision {
    ($float:ident, $ops:ident, $exprs:expr, $table:expr) => {{
        let table: Vec<Vec<$float>> = $table.iter().map(|column| column.iter().map(|x| *x as $float).collect()).collect();
        let columns = Columns::new(table.iter().map(Vec::as_slice));
        let programs: Vec<(Program, &Expr)> = $exprs.iter().map(|expr| (Program::new(expr), expr)).collect();
        let (mut scratch, mut out) = (Scratch::default(), vec![0 as $float; N_ROWS]);
        let theirs: Vec<PostfixExpr<$float, $ops, 2>> = $exprs.iter().map(translated!($ops)).collect();
        let flat: Vec<$float> = table.iter().flatten().copied().collect();
        let view = Array2::from_shape_vec((N_FEATURES, N_ROWS), flat).expect("a full table");
        let mut context = EvalContext::new(N_ROWS);
        let mut their_out = vec![0 as $float; N_ROWS];
        let options = EvalOptions { check_finite: false, early_exit: false };
        // Deep compositions amplify the last bit, in single precision to anything: most have to agree.
        let mut n_alike = 0;
        for ((program, expr), tree) in programs.iter().zip(&theirs) {
            program.values(expr.params(), &columns, &mut scratch, &mut out);
            eval_tree_array_into(&mut their_out, tree, view.view(), &mut context, &options);
            let close = |(a, b): (&$float, &$float)| (a - b).abs() <= 1e-3 * (a.abs() + b.abs());
            n_alike += usize::from(out.iter().zip(&their_out).filter(|pair| close(*pair)).count() * 10 >= 9 * N_ROWS);
        }
        assert!(n_alike * 10 >= 8 * N_TREES, "both evaluate the same trees: {n_alike} of {N_TREES} agree");
        let (ours, theirs) = alternate(
            || {
                for (program, expr) in &programs {
                    program.values(expr.params(), &columns, &mut scratch, &mut out);
                }
            },
            || {
                for tree in &theirs {
                    eval_tree_array_into(&mut their_out, tree, view.view(), &mut context, &options);
                }
            },
        );
        let node_rows = ($exprs.iter().map(Expr::len).sum::<usize>() * N_ROWS) as f64;
        println!(
            "  {}: symfolio {:.2e}, dynamic_expressions {:.2e} node-rows/s, ratio {:.2}",
            stringify!($float),
            node_rows / ours,
            node_rows / theirs,
            theirs / ours
        );
    }};
}

pub fn compare() {
    let mut random = Random(1);
    let table: Vec<Vec<f64>> = (0..N_FEATURES).map(|_| (0..N_ROWS).map(|_| 0.5 + 2.0 * random.uniform()).collect()).collect();
    let columns = Columns::new(table.iter().map(Vec::as_slice));
    let (mut scratch, mut out) = (Scratch::default(), vec![0.0; N_ROWS]);
    println!("{N_TREES} trees of {N_NODES} nodes, {N_ROWS} rows, one thread, kernel {}", symfolio_expr::kernel());
    for (name, unary) in
        [("+ - * / sin cos exp log sqrt square", &[Op::Sin, Op::Cos, Op::Exp, Op::Log, Op::Sqrt, Op::Square][..]), ("+ - * /", &[])]
    {
        println!("{name}");
        let mut exprs = Vec::new();
        while exprs.len() < N_TREES {
            let expr = tree(&mut random, N_NODES, unary);
            Program::new(&expr).values(expr.params(), &columns, &mut scratch, &mut out);
            // Finite in single precision too, and far from its limits.
            if out.iter().all(|value| value.abs() < 1e30) {
                exprs.push(expr);
            }
        }
        precision!(f64, Ops64, exprs, table);
        precision!(f32, Ops32, exprs, table);
    }
}
