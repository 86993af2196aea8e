//! Free constants: what is merged, which values the merged ones have, and keys.
#![cfg(test)]
#![allow(clippy::unwrap_used, reason = "a test that cannot read its own input should stop")]

use symfolio_egraph::{Constants, Domain, Limits, Simplifier, canonical_key, simplify};
use symfolio_expr::{Expr, Op, OperatorSet, infix, infix_form, parse};

fn names() -> Vec<String> {
    ["x", "y", "z", "t"].map(String::from).to_vec()
}

fn domain() -> Domain {
    Domain::new([(1.0, 5.0); 4])
}

/// The expression with the values 2, 3, 5, 7, ... in the places of its free constants.
fn expression(text: &str) -> Expr {
    let expr = parse(text, &names()).unwrap();
    let values: Vec<f64> = [2.0, 3.0, 5.0, 7.0, 11.0].into_iter().take(expr.params().len()).collect();
    expr.with_params(&values)
}

#[test]
fn redundant_constants_are_merged_with_their_values() {
    for (text, form, value) in [
        ("c0*x*c1", "c0*x", "6*x"),
        ("c0*x + c1*x", "c0*x", "5*x"),
        ("x + c0 + y + c1", "x + y + c0", "x + y + 5"),
        ("c0*(c1*x + c2)", "c0*x + c1", "6*x + 10"),
        ("c0*(x + c1) + c2", "c0*x + c1", "2*x + 11"),
        ("c0*x/(c1*x + c2)", "c0*x/(x + c1)", "0.6666666666666666*x/(x + 1.6666666666666667)"),
        ("c0/(c1*x)", "c0/x", "0.6666666666666666/x"),
        ("c0*sqrt(c1*x)", "c0*sqrt(x)", "3.4641016151377544*sqrt(x)"),
        ("(c0*x)**2*c1", "c0*x**2", "12*x**2"),
        ("c0*exp(c1 + x)", "c0*exp(x)", "40.171073846375336*exp(x)"),
        ("exp(c0 + x)", "c0*exp(x)", "7.38905609893065*exp(x)"),
        ("exp(x*y - c0)/z", "c0*exp(x*y)/z", "0.1353352832366127*exp(x*y)/z"),
        ("(c0*x)**2", "c0*x**2", "4*x**2"),
        ("1/(c0*x)**2", "c0/x**2", "0.25/x**2"),
        ("sqrt(c0*x*y)", "c0*sqrt(x*y)", "1.4142135623730951*sqrt(x*y)"),
        ("(c0*sin(x))**3", "c0*sin(x)**3", "8*sin(x)**3"),
        ("sin(c0 + t + c1)", "sin(t + c0)", "sin(t + 5)"),
        ("x**c0*x**c1", "x**c0", "x**5"),
        ("2*c0*x", "c0*x", "4*x"),
        ("c0*exp(-c1*t)", "c0*exp(c1*t)", "2*exp(-3*t)"),
        // Nothing to merge.
        ("c0*x + c1", "c0*x + c1", "2*x + 3"),
        ("c0*x + c1*y", "c0*x + c1*y", "2*x + 3*y"),
        ("c0*x*(y + c0)", "c0*x*(y + c0)", "2*x*(y + 2)"),
    ] {
        let found = simplify(&expression(text), &domain(), &Limits::default());
        let shown = (infix_form(&found, &names()), infix(&found, &names()));
        assert_eq!((shown.0.as_str(), shown.1.as_str()), (form, value), "{text}");
    }
}

#[test]
fn close_is_not_equal() {
    let found = simplify(&expression("x**2 - 2.000001*x*y + y**2"), &domain(), &Limits::default());
    assert!(!infix(&found, &names()).contains("(x - y)"), "{}", infix(&found, &names()));
}

#[test]
fn keys_agree_for_forms_of_one_family_however_they_are_written() {
    let key = |text: &str| canonical_key(&expression(text), &domain(), &Limits::default());
    for (a, b) in [
        ("x*y + x*z", "x*(z + y)"),
        ("sqrt(x**2)", "x"),
        ("exp(x)*exp(y)", "exp(y + x)"),
        ("c0*x + c1*x", "c0*x"),
        ("log(exp(x)) + c0 + c1", "c0 + x"),
        ("(x - y)**2", "x**2 - 2*x*y + y**2"),
        ("sqrt(exp(x**2))", "exp(x**2/2)"),
        ("(c0*x)**2", "c0*x**2"),
        ("exp(c0 + x)", "c0*exp(x)"),
        ("c0*x + c1*y", "c0*y + c1*x"),
        ("x - c0*y", "c0*y + x"),
        ("c0 + c1*x/(x + c2)", "c0 + c1 - c1*c2/(x + c2)"),
        ("1/(c0 + x/(c1 + y))", "(y + c1)/(c0*y + c0*c1 + x)"),
        ("(x + 1)/(x**2 - 1) + c0", "c0 + 1/(x - 1)"),
        ("sin(2*x)", "2*sin(x)*cos(x)"),
        ("c0*(x + c1)*(y + c2)", "c0*x*y + c0*c2*x + c0*c1*y + c0*c1*c2"),
        ("c0*sin(c1*x + c2) + c3", "c2 + c3*sin(c0 + c1*x)"),
    ] {
        assert_eq!(key(a), key(b), "{a} and {b}");
    }
    for (a, b) in [
        ("x", "y"),
        ("x + y", "x - y"),
        ("c0*x", "c0 + x"),
        ("x**2", "x**3"),
        ("c0*x", "x"),
        ("c0*x + c0*y", "c0*x + c1*y"),
        ("c0*(x + c1)*(y + c2)", "c0*x*y + c1*x + c2*y + c3"),
        ("c0*x + x**2", "c0*x**2 + x"),
        ("sin(c0*x)", "c0*sin(x)"),
        ("x**c0", "c0**x"),
        ("c0 + c1*x + c2*x*y", "c0 + c1*y + c2*x*y"),
    ] {
        assert_ne!(key(a), key(b), "{a} and {b}");
    }
}

#[test]
fn values_matter_to_keys_only_on_demand() {
    let simplifier = Simplifier::new(domain());
    let (two, three) = (expression("c0*x"), expression("c0*x").with_params(&[3.0]));
    let key = |expr: &Expr, constants| simplifier.canonical_key(expr, constants);
    assert_eq!(key(&two, Constants::Anonymous), key(&three, Constants::Anonymous));
    assert_ne!(key(&two, Constants::Valued), key(&three, Constants::Valued));
}

#[test]
fn results_have_allowed_operators_only() {
    let simplifier = |ops: &[Op]| Simplifier::new(domain()).with_operators(OperatorSet::new(ops.iter().copied()));
    for (ops, text, expected) in [
        (&[Op::Add, Op::Mul, Op::Sub][..], "x*y*x*y", "(mul (mul x0 x1) (mul x0 x1))"),
        (&[Op::Add, Op::Mul, Op::Sub], "x*y + x*z", "(mul x0 (add x1 x2))"),
        (&[Op::Sin, Op::Cos, Op::Div], "sin(x)/cos(x)", "(div (sin x0) (cos x0))"),
        (&[Op::Sin, Op::Cos, Op::Div, Op::Tan], "sin(x)/cos(x)", "(tan x0)"),
    ] {
        let found = simplifier(ops).simplify(&expression(text)).expr;
        assert_eq!(found.to_prefix(), expected, "{text}");
    }
}

#[test]
fn rows_are_checked_too() {
    // The row lies outside the domain, and x has another value there.
    let simplifier = Simplifier::new(domain()).with_rows(vec![vec![-2.0, 1.0, 1.0, 1.0]]);
    let found = simplifier.simplify(&expression("sqrt(x**2)")).expr;
    assert_eq!(infix(&found, &names()), "abs(x)");
}

#[test]
fn odd_input_is_given_back() {
    for text in
        ["(log -1.0)", "(div x0 0.0)", "?NaN", "(mul ?inf x0)", "(sqrt (neg (square ?2.0)))", "1.0", "(pow 0.0 -1.0)"]
    {
        let expr = Expr::from_prefix(text).unwrap();
        assert_eq!(simplify(&expr, &Domain::default(), &Limits::default()).to_prefix(), text);
    }
    let small = Limits { iterations: 0, nodes: 0 };
    let found = simplify(&expression("x*y + x*z"), &domain(), &small);
    assert_eq!(infix(&found, &names()), "x*(y + z)", "algebra needs no graph");
}
