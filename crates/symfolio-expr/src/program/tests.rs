use proptest::prelude::*;

use super::kernel::Kernel;
use super::*;
use crate::{OPERATORS, Op};

/// A random expression over two variables, literals and free constants.
pub(crate) fn expressions() -> impl Strategy<Value = Expr> {
    expressions_of(OPERATORS.iter().map(|info| info.op).collect())
}

/// The same of these operators.
fn expressions_of(operators: Vec<Op>) -> impl Strategy<Value = Expr> {
    let leaf = prop_oneof![
        (0u16..2).prop_map(Expr::var),
        (-3.0..3.0f64).prop_map(Expr::constant),
        (-3.0..3.0f64).prop_map(Expr::param),
    ];
    leaf.prop_recursive(5, 24, 3, move |inner| {
        let operator = prop::sample::select(operators.clone());
        (operator, inner.clone(), inner.clone(), inner)
            .prop_map(|(op, a, b, c)| Expr::apply(op, &[&a, &b, &c][..op.arity()]))
    })
}

/// Operators of bounded slope: with the others the rounding of an argument can change anything.
const TAME: [Op; 11] =
    [Op::Add, Op::Sub, Op::Min, Op::Max, Op::Neg, Op::Abs, Op::Sin, Op::Cos, Op::Sinc, Op::Atan, Op::Tanh];

fn table(n_rows: usize) -> Vec<Vec<f64>> {
    let row = |i: usize, k: usize| ((i * 37 + k * 11) % 101) as f64 / 20.0 - 2.0;
    (0..2).map(|k| (0..n_rows).map(|i| row(i, k)).collect()).collect()
}

fn columns(table: &[Vec<f64>]) -> Columns<'_> {
    Columns::new(table.iter().map(Vec::as_slice))
}

fn same(a: f64, b: f64) -> bool {
    a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan())
}

/// The kernels that this processor has.
fn kernels() -> Vec<Kernel> {
    match Kernel::here() {
        #[cfg(target_arch = "x86_64")]
        Kernel::Avx512 => vec![Kernel::Baseline, Kernel::Avx2, Kernel::Avx512],
        #[cfg(target_arch = "x86_64")]
        Kernel::Avx2 => vec![Kernel::Baseline, Kernel::Avx2],
        Kernel::Baseline => vec![Kernel::Baseline],
    }
}

/// Values and derivatives on the first rows of a table as one kernel makes them, bit for bit; NaN is NaN.
fn bits<R: Real>(expr: &Expr, table: &[Vec<R>], kernel: Kernel) -> Vec<u64> {
    let (program, columns) = (Program::new(expr), Columns::new(table.iter().map(Vec::as_slice)));
    let (instructions, params) = (&program.tape.instructions, expr.params());
    let blocks = |n: usize| -> Vec<_> { std::iter::repeat_with(Block::boxed).take(n).collect() };
    let (mut values, mut adjoints) = (blocks(instructions.len() + 1), blocks(instructions.len()));
    let (mut jacobian, mut spare, mut tail) = (blocks(program.n_params), Block::boxed(), Vec::new());
    let mut all = Vec::new();
    let mut take = |values: &[R]| all.extend(values.iter().map(|value| value.to_f64()));
    Rows::each(params, &columns, program.tape.n_features, &mut tail, |rows, n| {
        let rows = rows.with_kernel(kernel);
        forward::evaluate(rows, instructions, 0..instructions.len(), Keep::All, &mut values, &mut spare);
        let at = program.root_block(Keep::All);
        rows.leaf(program.root, &mut values[at]);
        take(&values[at][..n]);
        let root = program.root;
        reverse::differentiate(rows, instructions, root, &values, &mut adjoints, &mut jacobian, &mut spare);
        jacobian.iter().for_each(|column| take(&column[..n]));
        true
    });
    all.into_iter().map(|value| if value.is_nan() { f64::NAN.to_bits() } else { value.to_bits() }).collect()
}

proptest! {
    #[test]
    fn all_kernels_give_the_same_bits(expr in expressions(), n_rows in 1usize..300) {
        let table = table(n_rows);
        let single: Vec<Vec<f32>> = table.iter().map(|column| column.iter().map(|x| *x as f32).collect()).collect();
        let (plain, plain_single) = (bits(&expr, &table, Kernel::Baseline), bits(&expr, &single, Kernel::Baseline));
        for kernel in kernels() {
            prop_assert!(bits(&expr, &table, kernel) == plain, "{kernel:?} on {}", expr.to_prefix());
            prop_assert!(bits(&expr, &single, kernel) == plain_single, "{kernel:?} in f32 on {}", expr.to_prefix());
        }
    }

    #[test]
    fn blocks_agree_with_the_definition_of_each_operator(expr in expressions(), n_rows in 1usize..600) {
        let table = table(n_rows);
        let mut values = vec![0.0; n_rows];
        Program::new(&expr).values(expr.params(), &columns(&table), &mut Scratch::default(), &mut values);
        for (i, value) in values.iter().enumerate() {
            let expected = expr.value(&[table[0][i], table[1][i]]);
            prop_assert!(same(*value, expected), "row {i} of {}: {value} is not {expected}", expr.to_prefix());
        }
    }

    #[test]
    fn a_batch_gives_what_its_programs_give(exprs in proptest::collection::vec(expressions(), 0..40), n_rows in 1usize..600) {
        let table = table(n_rows);
        let batch = Batch::new(&exprs);
        let mut values = vec![vec![0.0; n_rows]; exprs.len()];
        // Every third expression is given up after its first block.
        let mut seen = vec![0; exprs.len()];
        batch.blocks(&columns(&table), &mut Scratch::default(), |index, start, part| {
            values[index][start..start + part.len()].copy_from_slice(part);
            seen[index] += 1;
            index % 3 != 0
        });
        let mut instructions = 0;
        for (index, expr) in exprs.iter().enumerate() {
            let mut alone = vec![0.0; n_rows];
            let program = Program::new(expr);
            program.values(expr.params(), &columns(&table), &mut Scratch::default(), &mut alone);
            instructions += program.tape.instructions.len() as u64;
            let wanted = if index % 3 == 0 { BLOCK.min(n_rows) } else { n_rows };
            prop_assert_eq!(seen[index], wanted.div_ceil(BLOCK));
            for (found, expected) in values[index][..wanted].iter().zip(&alone) {
                prop_assert!(same(*found, *expected), "{found} is not {expected} for {}", expr.to_prefix());
            }
        }
        prop_assert!(batch.nodes_per_row() <= instructions.max(1));
    }

    #[test]
    fn single_precision_agrees_with_double_where_nothing_amplifies(expr in expressions_of(TAME.to_vec())) {
        let table = table(70);
        let single: Vec<Vec<f32>> = table.iter().map(|column| column.iter().map(|x| *x as f32).collect()).collect();
        let program = Program::new(&expr);
        let (mut values, mut rough) = (vec![0.0; 70], vec![0.0f32; 70]);
        program.values(expr.params(), &columns(&table), &mut Scratch::default(), &mut values);
        let rows = Columns::new(single.iter().map(Vec::as_slice));
        program.values(expr.params(), &rows, &mut Scratch::default(), &mut rough);
        for (value, rough) in values.iter().zip(&rough) {
            prop_assert!((value - f64::from(*rough)).abs() < 1e-4, "{rough} is not {value} for {}", expr.to_prefix());
        }
    }

    #[test]
    fn derivatives_agree_with_finite_differences(expr in expressions()) {
        let table = table(20);
        let program = Program::new(&expr);
        let mut scratch = Scratch::default();
        let mut jacobian = vec![vec![0.0; 20]; program.n_params()];
        program.jacobian_blocks(expr.params(), &columns(&table), &mut scratch, |block| {
            for (column, part) in jacobian.iter_mut().zip(block.jacobian) {
                column.copy_from_slice(&part[..20]);
            }
            true
        });
        for k in 0..program.n_params() {
            let shifted = |h: f64| {
                let mut params = expr.params().to_vec();
                params[k] += h;
                let mut values = vec![0.0; 20];
                Program::new(&expr).values(&params, &columns(&table), &mut Scratch::default(), &mut values);
                values
            };
            let h = 1e-5;
            let (far, near, up, down) = (shifted(-2.0 * h), shifted(2.0 * h), shifted(h), shifted(-h));
            for i in 0..20 {
                let wide = (near[i] - far[i]) / (4.0 * h);
                let narrow = (up[i] - down[i]) / (2.0 * h);
                let exact = jacobian[k][i];
                // `pow(NaN, 0)` is 1 and has no derivative; the fitter treats such an entry as 0.
                if exact.is_nan() {
                    continue;
                }
                // Only where the difference quotient itself is trustworthy: smooth, finite, of moderate size.
                if !wide.is_finite() || !narrow.is_finite() || (wide - narrow).abs() > 1e-6 * (1.0 + narrow.abs()) || narrow.abs() > 1e5 || up[i].abs() > 1e5 {
                    continue;
                }
                prop_assert!((exact - narrow).abs() <= 1e-5 * (1.0 + narrow.abs()), "c{k}, row {i} of {}: {exact} is not {narrow}", expr.to_prefix());
            }
        }
    }
}

/// Some kernels divide and take roots in their own way, which has to notice where it does not do.
#[test]
fn quotients_and_roots_are_the_processors_own() {
    let magnitudes = [0.0, 5e-324, 1e-308, 1e-300, 1e-77, 1e-76, 0.3, 1.0, 2.0, 1e76, 1e78, 1e155, 1e300, f64::MAX];
    let kinds: Vec<f64> = magnitudes.iter().flat_map(|x| [*x, -x]).chain([f64::INFINITY, f64::NAN]).collect();
    for kind in &kinds {
        for other in &kinds {
            // One of the kind among ordinary ones.
            let mut table = table(256);
            table.iter_mut().flatten().for_each(|x| *x = x.abs() + 0.1);
            (table[0][77], table[1][77]) = (*kind, *other);
            let (x, y, two) = (Expr::var(0), Expr::var(1), Expr::constant(2.0));
            type Function = fn(f64, f64) -> f64;
            let cases: [(Op, &[&Expr], Function); 5] = [
                (Op::Div, &[&x, &y], |x, y| x / y),
                (Op::Div, &[&x, &two], |x, _| x / 2.0),
                (Op::Div, &[&two, &y], |_, y| 2.0 / y),
                (Op::Inv, &[&x], |x, _| 1.0 / x),
                (Op::Sqrt, &[&x], |x, _| x.sqrt()),
            ];
            for (op, args, function) in cases {
                let mut found = vec![0.0; 256];
                let program = Program::new(&Expr::apply(op, args));
                program.values(&[], &columns(&table), &mut Scratch::default(), &mut found);
                for ((found, x), y) in found.iter().zip(&table[0]).zip(&table[1]) {
                    let expected = function(*x, *y);
                    assert!(same(*found, expected), "{op} of {x:e}, {y:e} is {expected:e}, not {found:e}");
                }
            }
        }
    }
}

#[test]
fn a_leaf_is_a_program_too() {
    let table = table(3);
    for (expr, expected) in
        [(Expr::var(1), table[1].clone()), (Expr::constant(4.0), vec![4.0; 3]), (Expr::param(5.0), vec![5.0; 3])]
    {
        let mut values = vec![0.0; 3];
        Program::new(&expr).values(expr.params(), &columns(&table), &mut Scratch::default(), &mut values);
        assert_eq!(values, expected);
    }
    let mut seen = Vec::new();
    Program::new(&Expr::param(5.0)).jacobian_blocks(&[5.0], &columns(&table), &mut Scratch::default(), |block| {
        seen.extend_from_slice(block.values);
        seen.extend_from_slice(&block.jacobian[0][..3]);
        true
    });
    assert_eq!(seen, [5.0, 5.0, 5.0, 1.0, 1.0, 1.0]);
}

#[test]
fn evaluation_stops_when_the_visitor_says_so() {
    let table = table(1000);
    let mut blocks = 0;
    let expr = Expr::apply(Op::Sin, &[&Expr::var(0)]);
    Program::new(&expr).blocks(&[], &columns(&table), &mut Scratch::default(), |_, _| {
        blocks += 1;
        blocks < 2
    });
    assert_eq!(blocks, 2);
}

#[test]
fn shared_constants_collect_both_derivatives() {
    let expr = Expr::from_prefix("(add (mul ?0=2.0 x0) (square ?0=2.0))").unwrap();
    let table = table(4);
    Program::new(&expr).jacobian_blocks(expr.params(), &columns(&table), &mut Scratch::default(), |block| {
        for (derivative, x) in block.jacobian[0].iter().zip(&table[0]) {
            assert!((derivative - (x + 4.0)).abs() < 1e-12);
        }
        true
    });
}

#[test]
fn common_sub_expressions_are_evaluated_once() {
    for (text, expected) in [
        ("(mul (sin x0) (sin x0))", 2),
        ("(add (mul x0 x1) (exp (mul x1 x0)))", 3),
        ("(sub (sub x0 x1) (sub x1 x0))", 3),
        ("(mul (add ?0=1.0 x0) (sin (add x0 ?0=1.0)))", 3),
        ("(mul (add ?1 x0) (sin (add x0 ?1)))", 4),
        ("(add (mul 0.0 x0) (mul -0.0 x0))", 3),
        // The order matters: to the value, to the sign of a zero, to which NaN it is.
        ("(sub (div x0 x1) (div x1 x0))", 3),
        ("(sub (min x0 x1) (min x1 x0))", 3),
        ("(sub (max x0 x1) (max x1 x0))", 3),
        ("(sub (less x0 x1) (less x1 x0))", 3),
        // NaN made of literals may have either sign.
        ("(add (mul x0 (sqrt -1.0)) (mul x0 (neg (sqrt -1.0))))", 2),
        ("x0", 1),
    ] {
        assert_eq!(Program::new(&Expr::from_prefix(text).unwrap()).nodes_per_row(), expected, "{text}");
    }
    // The sum of 40 terms, once more from the end of the first: beyond where a table takes over, and across it.
    let terms = (1..=40).map(|k| format!("(mul {k}.0 x0)"));
    let sum = terms.clone().skip(1).fold("(mul 1.0 x0)".to_string(), |sum, term| format!("(add {sum} {term})"));
    for (text, expected) in [
        (format!("(div {sum} {sum})"), 40 + 39 + 1),
        (format!("(div {sum} (mul 3.0 x0))"), 40 + 39 + 1),
        (format!("(div {sum} (mul 30.0 x0))"), 40 + 39 + 1),
    ] {
        assert_eq!(Program::new(&Expr::from_prefix(&text).unwrap()).nodes_per_row(), expected, "{text}");
    }
}

/// Where formulas in terms of the value lose digits, overflow or underflow.
#[test]
fn derivatives_are_right_at_the_edges() {
    let one = |text: &str, single: bool| -> f64 {
        let expr = Expr::from_prefix(text).unwrap();
        let program = Program::new(&expr);
        let mut found = f64::NAN;
        if single {
            let columns = Columns::new([[1.0f32].as_slice()]);
            program.jacobian_blocks(expr.params(), &columns, &mut Scratch::default(), |block| {
                found = f64::from(block.jacobian[0][0]);
                true
            });
        } else {
            let columns = Columns::new([[1.0f64].as_slice()]);
            program.jacobian_blocks(expr.params(), &columns, &mut Scratch::default(), |block| {
                found = block.jacobian[0][0];
                true
            });
        }
        found
    };
    for (text, expected) in EDGES {
        let found = one(text, false);
        assert!((found - expected).abs() <= 1e-14 * expected.abs(), "{text}: {found:e}, not {expected:e}");
    }
    for (text, expected) in SINGLE_EDGES {
        let found = one(text, true);
        assert!((found - expected).abs() <= 4e-6 * expected.abs(), "{text} in f32: {found:e}, not {expected:e}");
    }
}

/// Derivatives by the constant: the numbers nearest to a reference of 60 digits.
const EDGES: &[(&str, f64)] = &[
    ("(sinc ?1e-8)", -3.3333333333333334e-9),
    ("(sinc ?0.001)", -0.0003333333000000012),
    ("(sinc ?0.01)", -0.0033333000001190475),
    ("(sinc ?0.3)", -0.09910288804064188),
    ("(sinc ?0.999)", -0.30092945678572564),
    ("(sinc ?1.001)", -0.3014077239952235),
    ("(sinc ?2.5)", -0.4162129892754065),
    ("(tanh ?0.3)", 0.9151369618266292),
    ("(tanh ?5.0)", 0.00018158323094380667),
    ("(tanh ?15.0)", 3.743049187535369e-13),
    ("(tanh ?19.0)", 1.2556531168192118e-16),
    ("(tanh ?300.0)", 1.0601586212017243e-260),
    ("(asin ?0.5)", 1.1547005383792515),
    ("(asin ?0.999999)", 707.1069579531425),
    ("(asin ?0.9999999999)", 70710.67519510884),
    ("(acos ?0.9999999999)", -70710.67519510884),
    ("(pow ?1.2e154 2.0)", 2.4e154),
    ("(pow ?1e-170 2.0)", 2e-170),
    ("(pow ?1e-200 1.75)", 1.75e-150),
    ("(pow ?3.0 2.5)", 12.99038105676658),
    ("(pow ?0.0 0.0)", 0.0),
    ("(pow ?0.0 1.0)", 1.0),
    ("(pow ?0.0 2.0)", 0.0),
];

/// The same at the nearest floats.
const SINGLE_EDGES: &[(&str, f64)] = &[
    ("(sinc ?0.001)", -0.000333333316),
    ("(sinc ?0.01)", -0.00333329993),
    ("(sinc ?0.3)", -0.0991028919),
    ("(sinc ?0.999)", -0.30092946),
    ("(sinc ?1.001)", -0.301407735),
    ("(tanh ?0.3)", 0.915136955),
    ("(tanh ?9.0)", 6.09199171e-8),
    ("(tanh ?15.0)", 3.74304919e-13),
    ("(pow ?1e-20 2.0)", 2e-20),
    ("(pow ?0.0 0.0)", 0.0),
];
