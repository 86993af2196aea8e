//! parse(print(e)) = e: random expressions over awkward names.

use proptest::prelude::*;

use super::names;
use crate::text::{infix, infix_form, infix_rounded, parse};
use crate::{Expr, Node, OPERATORS, Op};

const COLUMNS: [&str; 10] = ["x", "温度", "λ", "semi-major axis (au)", "a`b", "sin", "e", "pi", "c0", "-1"];

fn number() -> impl Strategy<Value = f64> {
    prop_oneof![
        prop::sample::select(vec![
            0.0,
            -0.0,
            1.0,
            -1.0,
            2.0,
            -2.0,
            3.0,
            0.5,
            -0.5,
            1.5,
            10.0,
            1e-7,
            1e22,
            f64::MAX,
            5e-324
        ]),
        -10.0..10.0f64,
        any::<f64>().prop_filter("literals are finite", |value| value.is_finite()),
    ]
}

fn expression() -> impl Strategy<Value = Expr> {
    let leaf = prop_oneof![
        (0..COLUMNS.len() as u16).prop_map(Expr::var),
        number().prop_map(Expr::constant),
        number().prop_map(Expr::param),
    ];
    leaf.prop_recursive(6, 40, 3, |inner| {
        let op = prop::sample::select(OPERATORS.iter().map(|info| info.op).collect::<Vec<Op>>());
        // Signs and powers are where text forms go wrong: they come more often.
        let risky = prop::sample::select(vec![Op::Neg, Op::Pow, Op::Inv, Op::Div, Op::Sub, Op::Mul, Op::Square]);
        (prop_oneof![op, risky], inner.clone(), inner.clone(), inner)
            .prop_map(|(op, a, b, c)| Expr::apply(op, &[&a, &b, &c][..op.arity()]))
    })
}

/// The expression with every second free constant the same one.
fn shared(expr: &Expr) -> Expr {
    let nodes = expr.nodes().iter().map(|node| match *node {
        Node::Param(index) if index % 2 == 0 => Node::Param(0),
        other => other,
    });
    Expr::new(nodes.collect(), expr.params().to_vec()).unwrap()
}

fn same(a: f64, b: f64) -> bool {
    a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn values_and_text_survive(expr in expression(), point in prop::collection::vec(-3.0..3.0f64, COLUMNS.len())) {
        let columns = names(&COLUMNS);
        let text = infix(&expr, &columns);
        let back = parse(&text, &columns).map_err(|error| TestCaseError::fail(format!("{text}: {error}")))?;
        let (before, after) = (expr.freeze().value(&point), back.value(&point));
        prop_assert!(same(before, after), "{text}: {before:?} became {after:?}");
        prop_assert_eq!(infix(&back, &columns), text);
    }

    #[test]
    fn forms_survive(expr in expression(), point in prop::collection::vec(-3.0..3.0f64, COLUMNS.len())) {
        let columns = names(&COLUMNS);
        let expr = shared(&expr);
        let text = infix_form(&expr, &columns);
        let back = parse(&text, &columns).map_err(|error| TestCaseError::fail(format!("{text}: {error}")))?;
        prop_assert_eq!(back.params().len(), expr.params().len(), "{}", &text);
        let (before, after) = (expr.value(&point), back.with_params(expr.params()).value(&point));
        prop_assert!(same(before, after), "{text}: {before:?} became {after:?}");
        prop_assert_eq!(infix_form(&back, &columns), text);
    }

    #[test]
    fn rounded_text_is_read(expr in expression(), digits in 1..6usize) {
        let columns = names(&COLUMNS);
        let text = infix_rounded(&expr, &columns, digits);
        prop_assert!(parse(&text, &columns).is_ok(), "{}", text);
    }

    #[test]
    fn no_text_is_a_panic(text in "[-+*/^().,|<>√²⁻ 0-9exc_`sin温度=×]{0,40}") {
        let _ = parse(&text, &names(&COLUMNS));
    }

    #[test]
    fn no_text_whatever_is_a_panic(text in any::<String>()) {
        if let Err(error) = parse(&text, &names(&COLUMNS)) {
            prop_assert!(text.get(error.span()).is_some());
        }
    }

    #[test]
    fn every_name_can_be_written_and_read(name in any::<String>()) {
        let columns = vec![name, "other".to_string()];
        let expr = Expr::apply(Op::Pow, &[&Expr::var(0), &Expr::apply(Op::Neg, &[&Expr::var(0)])]);
        prop_assert_eq!(parse(&infix(&expr, &columns), &columns).unwrap(), expr);
    }
}
