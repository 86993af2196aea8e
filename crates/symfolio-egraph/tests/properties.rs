//! What holds for every expression, domain and limit.
#![cfg(test)]

use proptest::prelude::*;
use symfolio_egraph::{Constants, Domain, Limits, Simplifier, equivalents, simplify};
use symfolio_expr::{Expr, OPERATORS, Op};

const VARIABLES: u16 = 3;

/// Random expressions; arithmetic is as frequent as all functions together.
fn expressions() -> impl Strategy<Value = Expr> {
    let leaf = prop_oneof![
        4 => (0..VARIABLES).prop_map(Expr::var),
        1 => prop::sample::select(vec![-1.0, 0.0, 0.5, 1.0, 2.0, 3.0, -2.5]).prop_map(Expr::constant),
        2 => prop::sample::select(vec![-1.7, 0.3, 1.0, 2.6, 4.1]).prop_map(Expr::param),
    ];
    leaf.prop_recursive(5, 24, 3, |inner| {
        let arithmetic = prop::sample::select(vec![Op::Add, Op::Sub, Op::Mul, Op::Div, Op::Square, Op::Neg]);
        let any = prop::sample::select(OPERATORS.iter().map(|info| info.op).collect::<Vec<_>>());
        (prop_oneof![arithmetic, any], inner.clone(), inner.clone(), inner)
            .prop_map(|(op, a, b, c)| Expr::apply(op, &[&a, &b, &c][..op.arity()]))
    })
}

fn domains() -> impl Strategy<Value = Vec<(f64, f64)>> {
    let range =
        (prop::sample::select(vec![-3.0, -1.0, 0.0, 0.1, 1.0]), 0.5f64..4.0).prop_map(|(lo, width)| (lo, lo + width));
    prop::collection::vec(range, usize::from(VARIABLES))
}

/// How much the value moves when the inputs and the constants do by a few units in the last place: where that is much,
/// nothing can be said about the value. An independent measure of what rounding does.
fn spread(expr: &Expr, x: &[f64]) -> f64 {
    let value = expr.value(x);
    let mut worst = 0.0f64;
    for seed in 1..8u32 {
        let nudge = |i: usize, v: f64| v * (1.0 + f64::from((seed * 7 + i as u32 * 5) % 11) * 1e-15 - 5e-15);
        let moved: Vec<f64> = x.iter().enumerate().map(|(i, v)| nudge(i, *v)).collect();
        let params: Vec<f64> = expr.params().iter().enumerate().map(|(i, v)| nudge(i + 3, *v)).collect();
        let there = expr.with_params(&params).value(&moved);
        worst = worst.max(if there.is_finite() { (there - value).abs() } else { f64::INFINITY });
    }
    worst
}

fn check_values(expr: &Expr, found: &Expr, ranges: &[(f64, f64)], points: &[Vec<f64>]) -> Result<(), TestCaseError> {
    for point in points {
        let x: Vec<f64> = point.iter().zip(ranges).map(|(t, (lo, hi))| lo + t * (hi - lo)).collect();
        let (wanted, value) = (expr.value(&x), found.value(&x));
        if !wanted.is_finite() {
            continue;
        }
        let noise = 100.0 * (spread(expr, &x) + spread(found, &x));
        if !noise.is_finite() {
            continue;
        }
        let close = (value - wanted).abs() <= 1e-9 * wanted.abs() + noise + 1e-13;
        prop_assert!(close, "{}\nbecame {}\nat {x:?}: {wanted} and {value}", expr.to_prefix(), found.to_prefix());
    }
    Ok(())
}

fn points() -> impl Strategy<Value = Vec<Vec<f64>>> {
    prop::collection::vec(prop::collection::vec(0.0f64..=1.0, usize::from(VARIABLES)), 12)
}

proptest! {
    #![proptest_config(ProptestConfig { ..ProptestConfig::with_cases(4000) })]

    #[test]
    fn simplifying_keeps_values_and_never_grows(expr in expressions(), ranges in domains(), points in points()) {
        let domain = Domain::new(ranges.iter().copied());
        let found = simplify(&expr, &domain, &Limits::default());
        prop_assert!(found.len() <= expr.len(), "{} became {}", expr.to_prefix(), found.to_prefix());
        prop_assert!(found.params().len() <= expr.params().len(), "{} became {}", expr.to_prefix(), found.to_prefix());
        check_values(&expr, &found, &ranges, &points)?;
    }

    #[test]
    fn simplifying_twice_is_simplifying_once(expr in expressions(), ranges in domains()) {
        let domain = Domain::new(ranges.iter().copied());
        let once = simplify(&expr, &domain, &Limits::default());
        let twice = simplify(&once, &domain, &Limits::default());
        prop_assert_eq!(once.len(), twice.len(), "{} became {}", once.to_prefix(), twice.to_prefix());
    }

    #[test]
    fn other_threads_find_the_same(expr in expressions(), ranges in domains()) {
        let simplifier = Simplifier::new(Domain::new(ranges.iter().copied()));
        let here = simplifier.simplify(&expr);
        #[expect(clippy::disallowed_methods, reason = "that the thread does not matter is what is tested")]
        let there = std::thread::spawn({
            let (simplifier, expr) = (simplifier.clone(), expr.clone());
            move || simplifier.simplify(&expr)
        });
        prop_assert_eq!(here.expr.to_prefix(), simplifier.simplify(&expr).expr.to_prefix());
        prop_assert_eq!(there.join().unwrap().work, here.work);
        for constants in [Constants::Anonymous, Constants::Valued] {
            prop_assert_eq!(simplifier.canonical_key(&expr, constants), simplifier.clone().canonical_key(&expr, constants));
        }
    }

    #[test]
    fn equivalent_forms_keep_values_and_differ(expr in expressions(), ranges in domains(), points in points()) {
        let domain = Domain::new(ranges.iter().copied());
        let forms = equivalents(&expr, &domain, &Limits::default(), 6);
        prop_assert!(!forms.is_empty() && forms.len() <= 6);
        for (i, form) in forms.iter().enumerate() {
            check_values(&expr, form, &ranges, &points)?;
            prop_assert!(forms[..i].iter().all(|other| other.value_key() != form.value_key()));
        }
    }
}
