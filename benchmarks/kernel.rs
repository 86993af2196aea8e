//! Time of evaluating one expression on 1000 rows: values, values and derivatives, each operator.

use divan::{Bencher, black_box};
use symfolio::expr::{Columns, Expr, OPERATORS, Op, Program, Real, Scratch};

/// `c0*sin(c1*x0 + c2) + c3*exp(c4*x1) + c5*log(x2) + c6*x3*sqrt(c7 + x4)`.
const EIGHT_CONSTANTS: &str = "(add (mul ?1.1 (sin (add (mul ?2.2 x0) ?0.3))) (add (mul ?0.7 (exp (mul ?0.5 x1))) \
     (add (mul ?1.3 (log x2)) (mul ?0.4 (mul x3 (sqrt (add ?1.0 x4)))))))";

fn main() {
    divan::main();
}

/// Five columns of 1000 values between 0.5 and 2.5.
fn table<R: Real>() -> Vec<Vec<R>> {
    let value = |row: usize, column: usize| 0.5 + 2.0 * ((row * 7919 * (column + 3)) % 1000) as f64 / 1000.0;
    (0..5).map(|column| (0..1000).map(|row| R::of(value(row, column))).collect()).collect()
}

fn expression() -> Expr {
    Expr::from_prefix(EIGHT_CONSTANTS).unwrap_or_else(|error| unreachable!("{error}"))
}

fn time_values<R: Real>(bencher: Bencher<'_, '_>, expr: &Expr) {
    let (table, program) = (table::<R>(), Program::new(expr));
    let columns = Columns::new(table.iter().map(Vec::as_slice));
    let mut scratch = Scratch::default();
    bencher.bench_local(|| {
        program.blocks(black_box(expr.params()), &columns, &mut scratch, |_, values| {
            black_box(values);
            true
        });
    });
}

#[divan::bench(types = [f64, f32])]
fn values<R: Real>(bencher: Bencher<'_, '_>) {
    time_values::<R>(bencher, &expression());
}

#[divan::bench(types = [f64, f32])]
fn values_and_derivatives<R: Real>(bencher: Bencher<'_, '_>) {
    let (table, expr) = (table::<R>(), expression());
    let (columns, program) = (Columns::new(table.iter().map(Vec::as_slice)), Program::new(&expr));
    let mut scratch = Scratch::default();
    bencher.bench_local(|| {
        program.jacobian_blocks(black_box(expr.params()), &columns, &mut scratch, |block| {
            black_box(block.jacobian);
            true
        });
    });
}

#[divan::bench(args = OPERATORS.iter().map(|info| info.name))]
fn operator(bencher: Bencher<'_, '_>, name: &str) {
    let op = Op::by_name(name).unwrap_or(Op::Add);
    let args = [Expr::var(0), Expr::var(1), Expr::var(2)];
    let args: Vec<&Expr> = args.iter().take(op.arity()).collect();
    time_values::<f64>(bencher, &Expr::apply(op, &args));
}
