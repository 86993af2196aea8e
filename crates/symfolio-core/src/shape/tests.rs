use std::collections::BTreeMap;

use proptest::prelude::*;
use symfolio_expr::{Expr, parse};

use super::*;
use crate::Column;

/// Rows of x and t from 0 to 1, and y.
fn data() -> Dataset {
    let column = |name: &str, of: fn(f64) -> f64| {
        Column::new(name, (0..=40).map(|i| of(f64::from(i) / 40.0)).collect::<Vec<_>>())
    };
    let features = vec![column("x", |at| at), column("t", |at| (3.0 * at).fract())];
    Dataset::new("d", features, column("y", |at| 2.0 * at), None).unwrap()
}

fn expr(text: &str) -> Expr {
    parse(text, &["x".to_string(), "t".to_string()]).unwrap()
}

fn constraints(bounds: &str, monotone: &str, margin: f64) -> Constraints {
    let direction = |text: &str| match text.split_once(':').unwrap() {
        (name, "up") => (name.to_string(), Direction::Increasing),
        (name, _) => (name.to_string(), Direction::Decreasing),
    };
    Constraints {
        bounds: bounds.parse().ok(),
        monotone: monotone.split_whitespace().map(direction).collect(),
        bounds_margin: margin,
        ..Constraints::default()
    }
}

fn shape(bounds: &str, monotone: &str, margin: f64) -> Shape {
    Shape::new(&constraints(bounds, monotone, margin), &data()).unwrap().unwrap()
}

#[test]
fn verdicts_are_proved_checked_or_broken() {
    for (text, bounds, monotone, margin, expect) in [
        ("x*t", "0:1", "x:up t:up", 0.0, "proved"),
        ("x*t", "0:1", "", 0.5, "broken"),
        ("x*t", ":3", "", 0.5, "proved"),
        // The intervals of x - x**2 have to be cut up.
        ("x - x**2", ":0.26", "", 0.0, "proved"),
        ("x - x**2", ":0.24", "", 0.0, "broken"),
        // It touches the bound: at an end, and where no number of parts proves it.
        ("x**2 - 2*x + 1", "0:", "", 0.0, "proved"),
        ("x**2 - 0.6*x + 0.09", "0:", "", 0.0, "checked"),
        ("x - x**2", "", "x:up", 0.0, "broken"),
        ("2*x - x**2", "", "x:up", 0.0, "proved"),
        ("2*x - x**2", "", "x:up", 0.1, "broken"),
        ("exp(-x)*(1 + t)", "0:2", "x:down t:up", 0.0, "proved"),
        ("exp(-x)*(1 + t)", "0:2", "x:down t:down", 0.0, "broken"),
        // Undefined at an end, and a pole too narrow for points of a grid.
        ("log(x)", ":5", "", 0.0, "broken"),
        ("x + 1e-9/(x - 0.50123)", "-1:2", "", 0.0, "broken"),
        ("x + 1e-9/(x - 0.50123)", "", "x:up", 0.0, "broken"),
        // A step goes up, and is not proved to.
        ("where(x < 0.3, 0, 1)", "", "x:up", 0.0, "checked"),
        ("where(x < 0.3, 1, 0)", "", "x:up", 0.0, "broken"),
        // Ripples between the points.
        ("x + 0.001*sin(3000*x)", "", "x:up", 0.0, "broken"),
        // What does not depend on a feature keeps to it.
        ("t", "", "x:up", 0.0, "proved"),
        // Rounding errors are no breach.
        ("x**2 - 1e-17", "0:", "", 0.0, "checked"),
    ] {
        let (verdict, work) = shape(bounds, monotone, margin).verdict(&expr(text));
        let found = match verdict {
            Verdict::Proved => "proved",
            Verdict::Checked { points } => {
                assert!(points > 500);
                "checked"
            }
            Verdict::Broken { excess } => {
                assert!(excess > 0.0);
                "broken"
            }
        };
        assert_eq!(found, expect, "{text} in {bounds} {monotone} {margin}: {verdict:?}");
        assert!(work > 0);
    }
}

#[test]
fn a_glance_grades_breaches() {
    let shape = shape("0:", "x:up", 0.0);
    let excess = |text: &str| shape.glance(&expr(text)).0;
    assert_eq!(excess("x + t"), 0.0);
    assert!(excess("x - 0.1") > 0.0 && excess("x - 0.2") > excess("x - 0.1"));
    assert!(excess("1 - 0.5*x") > 0.0 && excess("1 - x") > excess("1 - 0.5*x"));
    assert!(excess("sqrt(x - 0.5)") > 0.3);
}

#[test]
fn shapes_that_do_not_fit_the_data_are_refused() {
    let refused = |constraints: Constraints| Shape::new(&constraints, &data()).unwrap_err().to_string();
    let message = refused(constraints("", "z:up", 0.0));
    assert_eq!(message, "monotone names \"z\", which is no feature; the features are x, t");
    assert!(refused(constraints("0:", "", -1.0)).contains("bounds_margin = -1 is not between 0 and 10"));
    assert!(refused(constraints("0:", "", f64::NAN)).contains("bounds_margin"));
    let none = Constraints { monotone: BTreeMap::new(), ..constraints("", "", 0.3) };
    assert!(Shape::new(&none, &data()).unwrap().is_none());
}

proptest! {
    /// What is proved holds at any point of the box.
    #[test]
    fn proofs_hold(a in -2.0f64..2.0, b in -2.0f64..2.0, c in -2.0f64..2.0, form in 0usize..6, x in 0.0f64..=1.0, t in 0.0f64..=1.0, step in 0.0f64..=1.0) {
        const FORMS: [&str; 6] = [
            "c0*x + c1*t*x + c2", "exp(c0*x)*c1 + c2*t", "c0*sin(3*c1*x) + c2*x + t", "c0/(1.5 + c1*x*t) + c2*x",
            "tanh(c0*x + c1)*sqrt(t + c2**2)", "abs(c0*x + c1*t) + max(c2*x, t)",
        ];
        let expr = expr(FORMS[form]);
        let values: Vec<f64> = [a, b, c].into_iter().take(expr.params().len()).collect();
        let expr = expr.with_params(&values);
        let shape = shape("-1:2", "x:up", 0.0);
        if shape.verdict(&expr).0 == Verdict::Proved {
            let (value, next) = (expr.value(&[x, t]), expr.value(&[x + step * (1.0 - x), t]));
            prop_assert!((-1.0 - 1e-12..=2.0 + 1e-12).contains(&value) && next >= value - 1e-12);
        }
    }
}
