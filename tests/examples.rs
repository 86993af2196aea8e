//! Every example recovers its law.
//!
//! The budgets are in work units: the outcome is the same on every machine, however busy it is.
#![cfg(test)]

mod common;

use common::{chosen, json};
use symfolio::{expr::Expr, parse};

/// Fits `file` and returns the chosen formula with its table of features.
fn fit(file: &str, budget: &str) -> (Expr, serde_json::Value) {
    let result = json(&["fit", &format!("examples/{file}"), "--budget", budget, "--json", "--quiet"]);
    let names: Vec<String> = serde_json::from_value(result["features"].clone()).unwrap();
    let member = chosen(&result).clone();
    let text = member["expression"].as_str().unwrap().to_string();
    (parse(&text, &names).unwrap(), member)
}

/// Are the two formulas of one variable equal to `tolerance`, relatively, at every point?
fn agree(expr: &Expr, law: impl Fn(f64) -> f64, points: &[f64], tolerance: f64) {
    for x in points {
        let (found, wanted) = (expr.value(&[*x]), law(*x));
        assert!((found - wanted).abs() <= tolerance * wanted.abs(), "at {x}: {found}, not {wanted}");
    }
}

#[test]
fn kepler() {
    let (expr, member) = fit("kepler.csv", "5e8");
    assert_eq!(member["expression"], "a**1.5");
    agree(&expr, |a| a.powf(1.5), &[0.1, 1.0, 40.0], 1e-12);
}

#[test]
fn boyle() {
    let (expr, member) = fit("boyle1662.csv", "5e8");
    assert!(member["complexity"].as_u64().unwrap() <= 4, "{member}");
    let k = expr.value(&[1.0]);
    assert!((1380.0..1440.0).contains(&k), "{member}");
    agree(&expr, |v| k / v, &[5.0, 20.0, 80.0], 1e-9);
}

#[test]
fn hubble() {
    let (expr, member) = fit("hubble1929.csv", "5e8");
    assert!(member["complexity"].as_u64().unwrap() <= 5, "{member}");
    let slope = (expr.value(&[2.0]) - expr.value(&[1.0])) / 1.0;
    assert!((400.0..480.0).contains(&slope), "{member}");
}

#[test]
fn balmer() {
    let (expr, member) = fit("balmer.csv", "1e9");
    agree(&expr, |n| 364.5 * n * n / (n * n - 4.0), &[3.0, 5.0, 20.0, 100.0], 2e-3);
    assert!(member["complexity"].as_u64().unwrap() <= 9, "{member}");
}

#[test]
fn leavitt() {
    let (expr, member) = fit("leavitt1912.csv", "5e8");
    // Magnitudes fall by about two for each decade of the period.
    for decade in [1.5, 5.0, 12.0] {
        let fall = expr.value(&[decade]) - expr.value(&[10.0 * decade]);
        assert!((1.8..2.4).contains(&fall), "{member}");
    }
    assert!(member["complexity"].as_u64().unwrap() <= 6, "{member}");
}

#[test]
fn sabine() {
    let (expr, member) = fit("sabine1825.csv", "1e9");
    // Clairaut's law with Sabine's own constants, to the scatter of his stations.
    agree(&expr, |latitude| 39.01568 + 0.20213 * latitude.sin().powi(2), &[-1.5, -0.8, 0.0, 0.4, 1.2, 1.57], 1e-4);
    // The same at both poles, and flat there and at the equator: it is a law of the square of a sine or a cosine.
    let slope = |at: f64| (expr.value(&[at + 1e-4]) - expr.value(&[at - 1e-4])) / 2e-4;
    assert!(slope(0.0).abs() < 1e-6 && slope(std::f64::consts::FRAC_PI_2).abs() < 1e-6, "{member}");
    assert!(member["complexity"].as_u64().unwrap() <= 8, "{member}");
}

#[test]
fn blackbody() {
    let (expr, member) = fit("blackbody.csv", "3e9");
    // Planck's law at 2.725 K, in the file's units.
    agree(
        &expr,
        |nu| 39.729 * nu.powi(3) / ((1.438_777 / 2.725 * nu).exp() - 1.0),
        &[3.0, 6.0, 10.0, 15.0, 20.0],
        5e-3,
    );
    assert!(member["r2"].as_f64().unwrap() > 0.99999, "{member}");
    // Planck's law and no term for the noise of the last rows, which would rule beyond them.
    assert!(member["complexity"].as_u64().unwrap() <= 11, "{member}");
    agree(&expr, |nu| 39.729 * nu.powi(3) / ((1.438_777 / 2.725 * nu).exp() - 1.0), &[25.0, 30.0], 2e-2);
}
