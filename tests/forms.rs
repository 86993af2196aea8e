//! Bounds, directions and templates from the outside: no formula that is returned breaks them.
#![cfg(test)]

mod common;

use common::{chosen, file, json, run};
use serde_json::Value;
use symfolio::expr::{Expr, Template};

/// 40 rows of y = 5*x/(1 + x) for x from 1 to 5, with noise.
fn saturation(dir: &tempfile::TempDir) -> String {
    let rows: String = (0..40)
        .map(|i| {
            let x = 1.0 + 4.0 * f64::from(i) / 39.0;
            let noise = 0.2 * (f64::from((i * 7919) % 1009) / 1009.0 - 0.5);
            format!("{x},{}\n", 5.0 * x / (1.0 + x) + noise)
        })
        .collect();
    file(dir, "saturation.csv", format!("x,y\n{rows}"))
}

fn front(result: &Value) -> Vec<Expr> {
    let members = result["front"].as_array().unwrap();
    members.iter().map(|member| serde_json::from_value(member["prefix"].clone()).unwrap()).collect()
}

/// Does the formula rise from 0 on, where x is from `lo` to `hi`?
fn rises(expr: &Expr, lo: f64, hi: f64) -> bool {
    let values: Vec<f64> = (0..=5000).map(|i| expr.value(&[lo + (hi - lo) * f64::from(i) / 5000.0])).collect();
    values.iter().all(|value| *value >= -1e-8) && values.windows(2).all(|pair| pair[1] >= pair[0] - 1e-8)
}

#[test]
fn formulas_keep_to_bounds_and_directions_beyond_the_data() {
    let dir = tempfile::tempdir().unwrap();
    let data = saturation(&dir);
    let (lo, hi) = (0.2, 5.8);
    let fit = ["fit", &data, "--budget", "1e8", "--json", "--quiet"];
    let asked = ["--bounds", "0:", "--monotone", "x:increasing", "--bounds-margin", "0.2"];
    let held = json(&[&fit[..], &asked].concat());
    let formulas = front(&held);
    assert!(!formulas.is_empty(), "{held}");
    for (expr, member) in formulas.iter().zip(held["front"].as_array().unwrap()) {
        assert!(rises(expr, lo, hi), "{member}");
        let how = member["constraints"]["how"].as_str();
        assert!(how == Some("proved") || member["constraints"]["points"].as_u64() > Some(500), "{member}");
    }
    assert!(chosen(&held)["r2"].as_f64() > Some(0.95), "{held}");
    // A study file says the same.
    let text = "[problem.constraints]\nbounds = \"0:\"\nmonotone = { x = \"increasing\" }\nbounds_margin = 0.2\n";
    let config = file(&dir, "study.toml", text);
    assert_eq!(json(&[&fit[..], &["--config", &config]].concat())["front"], held["front"]);
}

#[test]
fn a_law_that_falls_is_not_returned_where_formulas_have_to_rise() {
    let dir = tempfile::tempdir().unwrap();
    let rows: String = (0..60).map(|i| 0.1 * f64::from(i)).map(|x| format!("{x},{}\n", x * (4.0 - 0.5 * x))).collect();
    let data = file(&dir, "hump.csv", format!("x,y\n{rows}"));
    let fit = ["fit", &data, "--budget", "1e8", "--json", "--quiet"];
    let free = json(&fit);
    assert!(!rises(&front(&free)[free["chosen"].as_u64().unwrap() as usize], 0.0, 5.9), "{free}");
    assert!(free["front"][0].get("constraints").is_none());
    let held = json(&[&fit[..], &["--monotone", "x:increasing"]].concat());
    assert!(front(&held).iter().all(|expr| rises(expr, 0.0, 5.9)), "{held}");
}

/// 80 rows of y = sqrt(x0) + x1**2*x2.
fn parts(dir: &tempfile::TempDir) -> String {
    let rows: String = (0..80)
        .map(|i| {
            let at = |step: i32, modulus: i32| f64::from((i * step) % modulus) / f64::from(modulus);
            let (x0, x1, x2) = (0.5 + 4.0 * at(37, 101), 0.5 + 2.0 * at(53, 97), 4.0 * at(29, 89) - 2.0);
            format!("{x0},{x1},{x2},{}\n", x0.sqrt() + x1 * x1 * x2)
        })
        .collect();
    file(dir, "parts.csv", format!("x0,x1,x2,y\n{rows}"))
}

#[test]
fn a_template_is_filled_and_kept_to() {
    let dir = tempfile::tempdir().unwrap();
    let data = parts(&dir);
    let names = ["x0", "x1", "x2"].map(String::from);
    let fit = ["fit", &data, "--budget", "2e9", "--json", "--template"];
    for text in ["f(x0) + g(x1)*x2", "f(x1)*x2 + g(x0)", "f(x0) + g(x1, x2)"] {
        let template = Template::parse(text, &names, &[]).unwrap();
        let result = json(&[&fit[..], &[text]].concat());
        let formulas = front(&result);
        assert!(!formulas.is_empty(), "{result}");
        for expr in &formulas {
            assert!(template.read(expr).is_some(), "{} is not {text}", expr.to_prefix());
        }
        let law = chosen(&result);
        assert!(law["nmse"].as_f64() < Some(1e-20), "{text}: {law}");
        let functions = law["functions"].as_array().unwrap();
        assert_eq!(functions.len(), 2);
        let value = |name: &str, at: &[f64]| {
            let function = functions.iter().find(|function| function["name"] == name).unwrap();
            serde_json::from_value::<Expr>(function["prefix"].clone()).unwrap().value(at)
        };
        let (root, square) = match text {
            "f(x0) + g(x1)*x2" => (value("f", &[2.0]), value("g", &[1.5])),
            "f(x1)*x2 + g(x0)" => (value("g", &[2.0]), value("f", &[1.5])),
            _ => (value("f", &[2.0]) - value("f", &[1.0]) + 1.0, value("g", &[1.5, 1.0]) - value("g", &[1.5, 0.0])),
        };
        assert!((root - 2f64.sqrt()).abs() < 1e-6 && (square - 2.25).abs() < 1e-6, "{text}: {law}");
    }
    let told = run(&["fit", &data, "--budget", "1e7", "--template", "f(x0) + g(x1)*x2"]);
    assert_eq!(told.code, Some(0), "{told:?}");
    assert!(told.stderr.contains("left out, as they cannot keep to a template: sparse"), "{told:?}");
    assert!(told.stdout.contains("\nf(a) = ") && told.stdout.contains("\ng(a) = "), "{told:?}");
}

#[test]
fn one_function_stands_in_two_places() {
    let dir = tempfile::tempdir().unwrap();
    let rows: String = (0..60)
        .map(|i| {
            let (a, b) = (1.0 + f64::from((i * 37) % 61) / 20.0, 1.0 + f64::from((i * 23) % 59) / 20.0);
            format!("{a},{b},{}\n", 1.5 * a.powf(1.5) - 1.5 * b.powf(1.5))
        })
        .collect();
    let data = file(&dir, "difference.csv", format!("u,v,y\n{rows}"));
    let text = "f(u) - f(v)";
    let result = json(&["fit", &data, "--budget", "1e8", "--json", "--quiet", "--template", text]);
    let template = Template::parse(text, &["u", "v"].map(String::from), &[]).unwrap();
    assert!(front(&result).iter().all(|expr| template.read(expr).is_some()), "{result}");
    let law = chosen(&result);
    assert!(law["nmse"].as_f64() < Some(1e-12), "{law}");
    assert_eq!(law["functions"].as_array().unwrap().len(), 1);
}

#[test]
fn what_cannot_be_asked_is_refused_with_a_remedy() {
    let dir = tempfile::tempdir().unwrap();
    let data = parts(&dir);
    for (arguments, expect) in [
        (&["--bounds", "3"][..], "have no colon; write least:greatest such as 0:10"),
        (&["--bounds", "5:1"], "no value is above 5 and below 1; exchange the two"),
        (&["--monotone", "x0:up"], "write a column and increasing or decreasing, such as x1:increasing"),
        (&["--monotone", "z:increasing"], "monotone names \"z\", which is no feature; the features are x0, x1, x2"),
        (&["--bounds", "0:", "--bounds-margin", "-1"], "bounds_margin = -1 is not between 0 and 10"),
        (&["--template", "f(x0) + z"], "unknown name \"z\" at character 9; the names are x0, x1, x2"),
        (&["--template", "f(x0 + x1"], "the parenthesis is never closed at character 2"),
        (&["--template", "f(x0) + f(x0, x1)"], "f takes 1 argument but has 2 at character 9"),
        (&["--template", "x0 + x1"], "there is no hole; call a name that is no operator, such as f(x0)"),
        (&["--template", "tan(f(x0))"], "uses tan, which is not among the operators; add it to `operators`"),
        (
            &["--template", "f(x0)", "--only", "sparse"],
            "kept to by none of the backends that are left (sparse); take gp",
        ),
        (&["--template", "f(x0)", "--guess", "x1"], "not the form of the template"),
    ] {
        let refused = run(&[&["fit", &data, "--budget", "1e7"], arguments].concat());
        assert_eq!(refused.code, Some(2), "{arguments:?}: {refused:?}");
        assert!(refused.stderr.contains(expect), "{arguments:?}: {refused:?}");
    }
}
