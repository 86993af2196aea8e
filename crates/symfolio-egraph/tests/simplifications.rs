//! What simplifies to what, one case a line.

use symfolio_egraph::{Domain, Limits, simplify};
use symfolio_expr::{infix, parse};

fn names() -> Vec<String> {
    ["x", "y", "z", "u", "v", "w"].map(String::from).to_vec()
}

/// All variables between `lo` and `hi`; reading the output as infix text.
fn simplified(text: &str, lo: f64, hi: f64) -> String {
    let expr = parse(text, &names()).unwrap();
    let domain = Domain::new([(lo, hi); 6]);
    infix(&simplify(&expr, &domain, &Limits::default()), &names())
}

#[track_caller]
fn check(lo: f64, hi: f64, cases: &[(&str, &str)]) {
    let mut wrong = Vec::new();
    for (text, expected) in cases {
        let found = simplified(text, lo, hi);
        if found != *expected {
            wrong.push(format!("{text}\n   gives    {found}\n   expected {expected}"));
        }
    }
    assert!(wrong.is_empty(), "on [{lo}, {hi}]:\n{}", wrong.join("\n"));
}

#[test]
fn on_positive_numbers() {
    check(
        1.0,
        5.0,
        &[
            ("x + 0", "x"),
            ("x - x", "0"),
            ("x/x", "1"),
            ("sqrt(x**2)", "x"),
            ("sqrt(x)**2", "x"),
            ("exp(log(x))", "x"),
            ("log(exp(x))", "x"),
            ("sin(x)**2 + cos(x)**2", "1"),
            ("exp(x)*exp(-x)", "1"),
        ],
    );
}
