//! Populations that share most of what they are made of, over rows of special values, given up at different times.

use proptest::prelude::*;

use super::*;
use crate::Op;

/// Operators whose result shows the order of their arguments and who made a zero or a NaN.
const OPERATORS: [Op; 8] = [Op::Add, Op::Sub, Op::Mul, Op::Div, Op::Min, Op::Less, Op::Neg, Op::Where];
/// Nodes of an expression beyond which nothing is made of it.
const MOST: usize = 60;

/// Expressions each made of earlier ones, so that their sub-expressions are used here and there, twice in one place, or as a whole.
fn populations() -> impl Strategy<Value = Vec<Expr>> {
    let step = (0..OPERATORS.len(), any::<[prop::sample::Index; 3]>());
    proptest::collection::vec(step, 1..60).prop_map(|steps| {
        let mut pool = vec![Expr::var(0), Expr::var(1)];
        pool.extend([0.0, -0.0, 2.0].map(Expr::constant));
        for (op, picks) in steps {
            let op = OPERATORS[op];
            // Late ones more often than chance would: chains of temporary results.
            let pick = |index: &prop::sample::Index| {
                let late = pool.len().saturating_sub(8);
                let at = index.index(2 * pool.len());
                &pool[if at < pool.len() { at } else { late + at % (pool.len() - late) }]
            };
            let args: Vec<&Expr> = picks[..op.arity()].iter().map(pick).collect();
            if args.iter().map(|arg| arg.len()).sum::<usize>() < MOST {
                pool.push(Expr::apply(op, &args));
            }
        }
        pool
    })
}

/// Two columns that hold every pair of these values in turn.
fn table(n_rows: usize) -> [Vec<f64>; 2] {
    const VALUES: [f64; 7] = [1.5, 0.0, f64::NAN, -0.0, f64::INFINITY, -2.0, f64::NEG_INFINITY];
    let column = |step: usize| (0..n_rows).map(|row| VALUES[row / step % 7]).collect();
    [column(1), column(7)]
}

fn same(a: f64, b: f64) -> bool {
    a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan())
}

/// What one row of `exprs` takes, evaluated together from the start.
fn of_one_row<'e>(exprs: impl Iterator<Item = &'e Expr>) -> Evaluated {
    let mut tape = Tape::default();
    exprs.for_each(|expr| {
        tape.add(expr, true);
    });
    let work = tape.instructions.iter().map(|instruction| u64::from(instruction.op.info().work)).sum();
    Evaluated { work, node_rows: tape.instructions.len() as u64 }
}

proptest! {
    #[test]
    fn a_batch_gives_what_each_expression_gives(
        exprs in populations(),
        lifetimes in proptest::collection::vec(1usize..5, 65),
        n_rows in 1usize..700,
    ) {
        let table = table(n_rows);
        let columns = Columns::new(table.iter().map(Vec::as_slice));
        let mut blocks: Vec<Vec<(usize, Vec<f64>)>> = vec![Vec::new(); exprs.len()];
        let evaluated = Batch::new(&exprs).blocks(&columns, &mut Scratch::default(), |index, start, part| {
            blocks[index].push((start, part.to_vec()));
            blocks[index].len() < lifetimes[index]
        });
        let n_blocks = n_rows.div_ceil(BLOCK);
        for (index, expr) in exprs.iter().enumerate() {
            prop_assert_eq!(blocks[index].len(), lifetimes[index].min(n_blocks));
            // The rows repeat.
            let expected: Vec<f64> = (0..n_rows.min(49)).map(|row| expr.value(&[table[0][row], table[1][row]])).collect();
            for (start, part) in &blocks[index] {
                for (row, value) in part.iter().enumerate() {
                    let expected = expected[(start + row) % 49];
                    prop_assert!(same(*value, expected), "{value} is not {expected} for {}", expr.to_prefix());
                }
            }
        }
        // In each block what those still wanted need, once.
        let mut expected = Evaluated::default();
        for block in 0..n_blocks {
            let n = BLOCK.min(n_rows - block * BLOCK) as u64;
            let wanted = exprs.iter().zip(&lifetimes).filter(|(_, lifetime)| **lifetime > block).map(|(expr, _)| expr);
            let row = of_one_row(wanted);
            expected.work += n * row.work;
            expected.node_rows += n * row.node_rows;
        }
        prop_assert_eq!(evaluated, expected);
    }
}

#[test]
fn what_is_given_up_is_no_longer_evaluated() {
    // sin, exp and add; the first expression alone wants the exponential.
    let exprs = ["(exp (sin x0))", "(add (sin x0) x0)", "x0", "(sin x0)"].map(|text| Expr::from_prefix(text).unwrap());
    let x = vec![0.5; 600];
    let columns = Columns::new([x.as_slice()]);
    let of = |op: Op| u64::from(op.info().work);
    let evaluated = Batch::new(&exprs).blocks(&columns, &mut Scratch::default(), |index, start, values| {
        assert!(values.iter().all(|value| same(*value, exprs[index].value(&[0.5]))));
        // The first after one block, the second after two, the others never.
        index >= 2 || start / BLOCK < index
    });
    let work = 600 * of(Op::Sin) + 256 * of(Op::Exp) + 512 * of(Op::Add);
    assert_eq!(evaluated, Evaluated { work, node_rows: 600 + 256 + 512 });
}

#[test]
fn rows_of_columns_are_within_them() {
    let x: [f64; 3] = [1.0, 2.0, 3.0];
    let columns = Columns::new([x.as_slice()]);
    assert_eq!(columns.rows(1..3).column(0), [2.0, 3.0]);
    assert!(std::panic::catch_unwind(|| columns.rows(2..4)).is_err());
    let none: Columns<'_, f64> = Columns::new([]);
    assert!(std::panic::catch_unwind(|| none.rows(0..1)).is_err());
}
