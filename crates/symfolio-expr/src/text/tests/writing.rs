//! What is written: prefix text => infix text.

use super::names;
use crate::Expr;
use crate::text::{infix, infix_form, infix_rounded};

fn check(prefix: &str, text: &str) {
    let expr = Expr::from_prefix(prefix).unwrap();
    assert_eq!(infix(&expr, &names(&["x", "y", "z"])), text, "{prefix}");
}

#[test]
fn parentheses_are_few_and_signs_tidy() {
    for (prefix, text) in [
        ("(add x0 (neg x1))", "x - y"),
        ("(sub x0 (neg x1))", "x + y"),
        ("(add x0 -2.0)", "x - 2"),
        ("(sub x0 ?-2.5)", "x + 2.5"),
        ("(add x0 (mul -2.0 x1))", "x - 2*y"),
        ("(sub x0 (div (neg x1) x2))", "x + y/z"),
        ("(add x0 (neg (add x1 x2)))", "x - (y + z)"),
        ("(neg (neg (add x0 x1)))", "x + y"),
        ("(neg (mul x0 x1))", "-x*y"),
        ("(neg 2.0)", "-2"),
        ("(neg -2.0)", "2"),
        ("(neg (add x0 x1))", "-(x + y)"),
        ("(mul (neg (add x0 x1)) x2)", "-(x + y)*z"),
        ("(mul x0 (neg x1))", "x*(-y)"),
        ("(mul x0 -2.0)", "x*(-2)"),
        ("(mul -2.0 x0)", "-2*x"),
        ("(add x0 (add x1 x2))", "x + (y + z)"),
        ("(sub (sub x0 x1) x2)", "x - y - z"),
        ("(mul x0 (mul x1 x2))", "x*(y*z)"),
        ("(div x0 (mul x1 x2))", "x/(y*z)"),
        ("(mul (add x0 x1) x2)", "(x + y)*z"),
        ("(add (neg x0) x1)", "-x + y"),
    ] {
        check(prefix, text);
    }
}

#[test]
fn powers_are_written_as_powers() {
    for (prefix, text) in [
        ("(square x0)", "x**2"),
        ("(cube (neg x0))", "(-x)**3"),
        ("(square (square x0))", "(x**2)**2"),
        ("(pow x0 (square x1))", "x**(y**2)"),
        ("(pow -2.0 x0)", "(-2)**x"),
        ("(pow x0 -2.0)", "x**(-2)"),
        ("(pow x0 (neg x1))", "x**(-y)"),
        ("(pow x0 4.0)", "x**4"),
        ("(pow x0 2.0)", "pow(x, 2)"),
        ("(pow (add x0 x1) 0.5)", "pow(x + y, 0.5)"),
        ("(pow x0 -1.0)", "pow(x, -1)"),
        ("(pow x0 (div 1.0 3.0))", "pow(x, 1/3)"),
        ("(neg (square x0))", "-x**2"),
        ("(square -3.0)", "(-3)**2"),
        ("(mul x0 (square x1))", "x*y**2"),
        ("(inv x0)", "1/x"),
        ("(inv (mul x0 x1))", "1/(x*y)"),
        ("(mul x0 (inv x1))", "x*(1/y)"),
        ("(sqrt (add x0 x1))", "sqrt(x + y)"),
        ("(where (less x0 x1) (neg x0) 1e-300)", "where(less(x, y), -x, 1e-300)"),
        ("(min x0 (max x1 ?0.1))", "min(x, max(y, 0.1))"),
    ] {
        check(prefix, text);
    }
}

#[test]
fn forms_name_constants_and_step_around_columns() {
    let form = |prefix: &str, columns: &[&str]| infix_form(&Expr::from_prefix(prefix).unwrap(), &names(columns));
    assert_eq!(form("(add (mul ?2.0 x0) (mul ?1=3.0 (exp (neg ?1=3.0))))", &["x"]), "c0*x + c1*exp(-c1)");
    assert_eq!(form("(add (mul ?2.0 x0) ?3.0)", &["c0"]), "c1*c0 + c2");
    assert_eq!(form("(pow x0 ?2.0)", &["x"]), "x**c0");
    assert_eq!(form("(mul 2.0 (neg ?2.0))", &[]), "2*(-c0)");
}

#[test]
fn people_get_rounded_numbers() {
    let rounded = |prefix: &str, digits| infix_rounded(&Expr::from_prefix(prefix).unwrap(), &names(&["x"]), digits);
    assert_eq!(rounded("(add (mul ?2.123456 x0) ?-0.000012345)", 3), "2.12*x - 0.0000123");
    assert_eq!(rounded("(pow x0 ?2.00001)", 3), "x**2");
    assert_eq!(rounded("(pow x0 -1.0)", 3), "x**(-1)");
}

#[test]
fn values_that_are_not_finite_are_clamped() {
    check("?NaN", "0");
    check("(mul ?-inf x0)", "-1.7976931348623157e308*x");
}

#[test]
fn names_are_quoted_where_they_must_be() {
    let columns = names(&["温度", "semi-major axis (au)", "a`b", "sin", "2x", "", "x²", "k·T"]);
    for (index, text) in
        ["温度", "`semi-major axis (au)`", "`a``b`", "sin", "`2x`", "``", "`x²`", "`k·T`", "x8"].iter().enumerate()
    {
        assert_eq!(infix(&Expr::var(index as u16), &columns), *text);
    }
}
