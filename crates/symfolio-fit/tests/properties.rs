//! What holds for every fit, whatever the expression, the data and the start.
#![cfg(test)]
#![allow(clippy::unwrap_used, reason = "helpers of tests stop loudly")]

use proptest::prelude::*;
use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng};
use symfolio_expr::{Columns, Expr, Program, parse};
use symfolio_fit::{Effort, Fit, FitData, FitOptions, Loss, Workspace, fit, least_squares, loss_of};

const FORMS: &[&str] = &[
    "c0 + c1*x",
    "c0*exp(c1*x) + c2*z",
    "c0*sin(c1*x + c2)",
    "c0*log(c1*x + c2)",
    "c0/(c1 + x*z)",
    "sqrt(c0*x + c1) - c2*z",
    "c0*x**c1",
    "(x - c0)**c1 + tan(c2*z)",
    "exp(exp(c0*x))",
    "c0*c1 + c2*c0*x",
    "asin(c0*x)/c1",
    "min(c0*x, c1) + max(c2, z)",
];

fn expression(text: &str) -> Expr {
    parse(text, &["x".to_string(), "z".to_string()]).unwrap()
}

fn any_constant() -> impl Strategy<Value = f64> {
    prop_oneof![-3.0..3.0f64, Just(0.0), Just(1e6), Just(-1e-9), Just(1e300)]
}

#[derive(Debug)]
struct Table {
    columns: Vec<Vec<f64>>,
    target: Vec<f64>,
    weights: Option<Vec<f64>>,
}

impl Table {
    fn fit(&self, expr: &Expr, options: &FitOptions) -> Fit {
        let columns = Columns::new(self.columns.iter().map(Vec::as_slice));
        let data = FitData { columns: &columns, target: &self.target, weights: self.weights.as_deref() };
        fit(&mut ChaCha8Rng::seed_from_u64(3), expr, &data, options, &mut Workspace::default())
    }

    fn loss(&self, expr: &Expr, params: &[f64], loss: Loss) -> f64 {
        let columns = Columns::new(self.columns.iter().map(Vec::as_slice));
        let data = FitData { columns: &columns, target: &self.target, weights: self.weights.as_deref() };
        loss_of(&Program::new(expr), params, &data, loss, &mut Workspace::default()).0
    }
}

fn any_table(rows: impl Into<proptest::collection::SizeRange>) -> impl Strategy<Value = Table> {
    proptest::collection::vec((-4.0..4.0f64, 0.1..3.0f64, -5.0..5.0f64, 0.1..2.0f64), rows).prop_map(|rows| Table {
        columns: vec![rows.iter().map(|row| row.0).collect(), rows.iter().map(|row| row.1).collect()],
        target: rows.iter().map(|row| row.2).collect(),
        weights: Some(rows.iter().map(|row| row.3).collect()),
    })
}

const LOSSES: [Loss; 5] =
    [Loss::SquaredError, Loss::AbsoluteError, Loss::Huber { delta: 0.7 }, Loss::LogCosh, Loss::Quantile { q: 0.8 }];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn never_worse_than_the_start_and_never_nan(
        form in 0..FORMS.len(),
        table in any_table(1..40),
        start in proptest::collection::vec(any_constant(), 3),
        loss in 0..LOSSES.len(),
        weighted: bool,
        thorough in prop::bool::weighted(0.1),
    ) {
        let mut table = table;
        if !weighted {
            table.weights = None;
        }
        let expr = expression(FORMS[form]);
        let expr = expr.with_params(&start[..expr.params().len()]);
        let effort = if thorough { Effort::Thorough } else { Effort::Quick };
        let options = FitOptions { loss: LOSSES[loss], max_work: 3_000_000, ..FitOptions::with_effort(effort) };
        let fit = table.fit(&expr, &options);
        prop_assert!(fit.params.iter().all(|value| value.is_finite()), "{:?}", fit.params);
        let before = table.loss(&expr, expr.params(), LOSSES[loss]);
        prop_assert!(fit.loss <= before, "{} after {before}", fit.loss);
        let measured = table.loss(&expr, &fit.params, LOSSES[loss]);
        prop_assert!(measured == fit.loss, "said {} but is {measured}", fit.loss);
    }

    #[test]
    fn the_same_generator_gives_the_same_bits(form in 0..FORMS.len(), table in any_table(10..30)) {
        let expr = expression(FORMS[form]);
        let options = FitOptions { max_work: 1_000_000, ..FitOptions::with_effort(Effort::Thorough) };
        let (first, second) = (table.fit(&expr, &options), table.fit(&expr, &options));
        prop_assert_eq!(format!("{first:?}"), format!("{second:?}"));
    }

    #[test]
    fn the_order_of_rows_does_not_matter(table in any_table(20..40)) {
        let expr = expression("c0 + c1*x + c2*exp(0.3*z)");
        let reversed = |values: &[f64]| values.iter().rev().copied().collect::<Vec<f64>>();
        let other = Table {
            columns: table.columns.iter().map(|column| reversed(column)).collect(),
            target: reversed(&table.target),
            weights: table.weights.as_deref().map(reversed),
        };
        let (first, second) = (table.fit(&expr, &FitOptions::default()), other.fit(&expr, &FitOptions::default()));
        for (a, b) in first.params.iter().zip(&second.params) {
            prop_assert!((a - b).abs() <= 1e-9 * (1.0 + a.abs()), "{a} or {b}");
        }
    }

    #[test]
    fn a_weight_is_a_number_of_copies(table in any_table(12..25), copies in proptest::collection::vec(1usize..4, 25), loss in 0..LOSSES.len()) {
        let repeat = |values: &[f64]| -> Vec<f64> {
            values.iter().zip(&copies).flat_map(|(value, count)| std::iter::repeat_n(*value, *count)).collect()
        };
        let n = table.target.len();
        let repeated = Table { columns: table.columns.iter().map(|c| repeat(c)).collect(), target: repeat(&table.target), weights: None };
        let weights = copies[..n].iter().map(|count| *count as f64).collect();
        let weighted = Table { weights: Some(weights), ..table };
        let expr = expression("c0 + c1*x + c2*z");
        let options = FitOptions { loss: LOSSES[loss], max_iterations: Some(60), ..FitOptions::default() };
        let (first, second) = (weighted.fit(&expr, &options), repeated.fit(&expr, &options));
        prop_assert!((first.loss - second.loss).abs() <= 1e-5 * first.loss, "{} or {}", first.loss, second.loss);
    }

    #[test]
    fn least_squares_leave_residuals_orthogonal_to_the_columns(table in any_table(8..30), same: bool) {
        let ones = vec![1.0; table.target.len()];
        let twice: Vec<f64> = table.columns[0].iter().map(|x| 2.0 * x - 1.0).collect();
        let mut columns: Vec<&[f64]> = vec![&ones, &table.columns[0], &table.columns[1]];
        if same {
            columns.insert(1, &twice);
        }
        let weights = table.weights.as_deref();
        let solution = least_squares(&columns, &table.target, weights);
        prop_assert_eq!(solution.rank, 3);
        let value = |row: usize| columns.iter().zip(&solution.coefficients).map(|(c, b)| c[row] * b).sum::<f64>();
        let weight = |row: usize| weights.map_or(1.0, |weights| weights[row]);
        let residuals: Vec<f64> = (0..ones.len()).map(|row| table.target[row] - value(row)).collect();
        for column in &columns {
            let product: f64 = (0..ones.len()).map(|row| weight(row) * column[row] * residuals[row]).sum();
            prop_assert!(product.abs() < 1e-10, "{product}");
        }
        let ss: f64 = residuals.iter().enumerate().map(|(row, r)| weight(row) * r * r).sum();
        prop_assert!((ss - solution.residual_ss).abs() <= 1e-10 * (1.0 + ss));
    }
}

#[test]
fn without_rows_nothing_is_fitted() {
    let x: [f64; 0] = [];
    let columns = Columns::new([x.as_slice()]);
    let data = FitData { columns: &columns, target: &[], weights: None };
    for text in ["c0*x + c1", "c0*c1*sin(c2*x + c3) + exp(c4)*x", "x"] {
        let expr = parse(text, &["x".to_string()]).unwrap();
        for effort in [Effort::Score, Effort::Quick, Effort::Thorough] {
            let options = FitOptions::with_effort(effort);
            let found = fit(&mut ChaCha8Rng::seed_from_u64(1), &expr, &data, &options, &mut Workspace::default());
            assert_eq!((found.params.as_slice(), found.loss), (expr.params(), f64::INFINITY), "{text}");
        }
    }
}

#[test]
fn bounds_that_leave_nothing_between_them_are_refused() {
    let x = [1.0, 2.0, 3.0];
    let columns = Columns::new([x.as_slice()]);
    let data = FitData { columns: &columns, target: &x, weights: None };
    let expr = parse("c0*x", &["x".to_string()]).unwrap();
    let (inf, nan) = (f64::INFINITY, f64::NAN);
    for (bounds, allowed) in [
        ((0.0, 2.0), true),
        ((2.0, 2.0), true),
        ((-inf, inf), true),
        ((nan, nan), false),
        ((nan, 1.0), false),
        ((2.0, 1.0), false),
        ((inf, inf), false),
        ((-inf, -inf), false),
    ] {
        let options = FitOptions { bounds: vec![bounds], ..FitOptions::default() };
        let run = || fit(&mut ChaCha8Rng::seed_from_u64(1), &expr, &data, &options, &mut Workspace::default());
        assert_eq!(std::panic::catch_unwind(run).is_ok(), allowed, "{bounds:?}");
    }
}
