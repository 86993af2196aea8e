//! What is written, word for word.

use super::{HOSTILE, expr, hostile};
use crate::export::{Format, export};

fn check_latex(names: &[&str], text: &str, latex: &str) {
    let names: Vec<String> = names.iter().map(|name| name.to_string()).collect();
    assert_eq!(export(&expr(text), &names, "", Format::Latex), latex, "{text}");
}

#[test]
fn latex_is_set_as_in_print() {
    for (text, latex) in [
        ("2*v0 + v1", r"2 \, x + y"),
        ("v0*2*3", r"x \cdot 2 \cdot 3"),
        ("v0 - (v1 + v2)", r"x - \left(y + z\right)"),
        ("v0 + (v1 - v2)", r"x + y - z"),
        ("v0 + -2*v1", r"x - 2 \, y"),
        ("(v0 + v1)*v2", r"\left(x + y\right) \, z"),
        ("v0*(v1*v2)", r"x \, y \, z"),
        ("v0*(-v1)", r"x \, \left(-y\right)"),
        ("-v0/(v1 + 1)", r"-\frac{x}{y + 1}"),
        ("1/v0", r"\frac{1}{x}"),
        ("(v0/v1)**2", r"\left(\frac{x}{y}\right)^{2}"),
        ("v0**3*v1", r"x^{3} \, y"),
        ("(v0**v1)**v2", r"\left(x^{y}\right)^{z}"),
        ("v0**(-v1 + 1)", r"x^{-y + 1}"),
        ("(-2)**v0", r"\left(-2\right)^{x}"),
        ("sqrt(v0 + 1)**3", r"\left(\sqrt{x + 1}\right)^{3}"),
        ("cbrt(v0)", r"\sqrt[3]{x}"),
        ("exp(-v0**2)", r"e^{-x^{2}}"),
        ("exp(v0)**2", r"\left(e^{x}\right)^{2}"),
        ("sin(v0)**2", r"\left(\sin\left(x\right)\right)^{2}"),
        ("log(v0) + asin(v1)", r"\ln\left(x\right) + \arcsin\left(y\right)"),
        ("sinc(v0)", r"\operatorname{sinc}\left(x\right)"),
        ("abs(v0 - v1)", r"\left|x - y\right|"),
        ("min(v0, max(v1, 0))", r"\min\left(x, \max\left(y, 0\right)\right)"),
        ("less(v0, v1)", r"\left[x < y\right]"),
        (
            "2*where(v0 < 1, v1, -v1)",
            r"2 \, \left(\begin{cases} y & \text{if } x < 1 \\ -y & \text{otherwise} \end{cases}\right)",
        ),
        ("where(v0, 1, 2)", r"\left(\begin{cases} 1 & \text{if } x \neq 0 \\ 2 & \text{otherwise} \end{cases}\right)"),
        ("1.5e-7*v0", r"1.5 \times 10^{-7} \, x"),
        ("v0 - 1e30", r"x - 1 \times 10^{30}"),
        ("(1e30)**v0", r"\left(1 \times 10^{30}\right)^{x}"),
        ("0.30000000000000004", "0.30000000000000004"),
    ] {
        check_latex(&["x", "y", "z"], text, latex);
    }
}

#[test]
fn latex_names_are_proper() {
    for (name, latex) in [
        ("x", "x"),
        ("x1", "x_{1}"),
        ("temperature", r"\mathrm{temperature}"),
        ("T_max", r"T_{\mathrm{max}}"),
        ("omega_0", r"\omega_{0}"),
        ("λ", r"\lambda"),
        ("Δt", r"\text{Δt}"),
        ("Omega", r"\Omega"),
        ("v_x_0", r"v_{\text{x\_0}}"),
        ("_x", r"\text{\_x}"),
        ("温度", r"\text{温度}"),
        ("温度_内", r"\text{温度}_{\text{内}}"),
        ("semi-major axis (au)", r"\text{semi-major axis (au)}"),
        ("50% of $ & #", r"\text{50\% of \$ \& \#}"),
        (r"\input{a}~^", r"\text{\textbackslash{}input\{a\}\textasciitilde{}\textasciicircum{}}"),
        ("a\n\nb", r"\text{a  b}"),
        ("", r"\text{\ }"),
    ] {
        check_latex(&[name], "v0", latex);
    }
}

#[test]
fn programs_are_complete_and_safe() {
    let (four, three) = (&hostile()[..4], &[HOSTILE[4], HOSTILE[1], HOSTILE[10]].map(str::to_string));
    let formula = expr("v0*sinc(v3) + less(v1, v0)**2");
    assert_eq!(
        export(&formula, four, "y */", Format::C),
        "/*
 * predict: y * /
 * x: x
 * x1: 温度
 * semi_major_axis_au: semi-major axis (au)
 * int_evil: * / int evil; / *
 */
#include <math.h>

static double less(double a, double b) { return isnan(a) || isnan(b) ? NAN : a < b; }

static double square(double a) { return a * a; }

static double sinc(double a) { return a == 0.0 ? 1.0 : sin(a) / a; }

double predict(double x, double x1, double semi_major_axis_au, double int_evil)
{
    (void)semi_major_axis_au;
    return x * sinc(int_evil) + square(less(x1, x));
}
"
    );
    assert_eq!(
        export(&expr("2*v2 - v0**-2"), three, "y", Format::Numpy),
        "# predict: y
# import_os: \"\"\"<U+000A>import os<U+000A>
# x1: 温度
# def_2: def
import numpy as np


def predict(import_os, x1, def_2):
    import_os = np.asarray(import_os, dtype=float)
    def_2 = np.asarray(def_2, dtype=float)
    return 2.0 * def_2 - import_os**(-2.0)
"
    );
    let formula = expr("2*v10 - v4**-2");
    assert_eq!(
        export(&formula, &hostile(), "y\n", Format::Sympy),
        "# formula: y<U+000A>
import sympy

import_os = sympy.Symbol(\"\\\"\\\"\\\"\\u000aimport os\\u000a\", real=True)
def_2 = sympy.Symbol(\"def\", real=True)
formula = 2 * def_2 - import_os**(-2)

if __name__ == \"__main__\":
    print(formula)
"
    );
    assert_eq!(
        export(&expr("exp(v1)*v2"), &hostile()[13..], "", Format::Rust),
        "// predict: The value of the formula
// np: np
// reversed: <U+202E>reversed
// lambda_0: λ_0
#[allow(non_snake_case, unused_variables)]
pub fn predict(np: f64, reversed: f64, lambda_0: f64) -> f64 {
    f64::exp(reversed) * lambda_0
}
"
    );
}

#[test]
fn json_holds_the_formula_in_several_forms() {
    let names = ["x\"".to_string(), "t".to_string()];
    let text = export(&expr("2*v1 + c0").with_params(&[0.1]), &names, "y", Format::Json);
    let value: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(
        value,
        serde_json::json!({
            "target": "y", "infix": "2*t + 0.1", "form": "2*t + c0", "prefix": "(add (mul 2.0 x1) ?0.1)",
            "names": ["x\"", "t"], "variables": [1], "constants": [0.1],
        })
    );
}

#[test]
fn formats_go_by_their_names() {
    for format in Format::ALL {
        assert_eq!(format.to_string().parse(), Ok(format));
        assert_eq!(format.to_string().to_uppercase().parse(), Ok(format));
    }
    assert_eq!("py".parse(), Ok(Format::Numpy));
    assert_eq!(
        "fortran".parse::<Format>().unwrap_err().to_string(),
        "unknown format \"fortran\"; the formats are text, latex, sympy, numpy, c, rust, json"
    );
}
