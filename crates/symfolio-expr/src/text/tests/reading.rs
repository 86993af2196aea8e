//! What is read: infix text => prefix text.

use super::names;
use crate::text::{Numbers, ParseOptions, parse, parse_definition, parse_with};

fn check(columns: &[&str], text: &str, prefix: &str) {
    match parse(text, &names(columns)) {
        Ok(expr) => assert_eq!(expr.to_prefix(), prefix, "{text}"),
        Err(error) => panic!("{text}: {error}"),
    }
}

#[test]
fn operators_group_as_in_mathematics() {
    for (text, prefix) in [
        ("x", "x0"),
        ("x + y*z", "(add x0 (mul x1 x2))"),
        ("x - y - z", "(sub (sub x0 x1) x2)"),
        ("x/y/z", "(div (div x0 x1) x2)"),
        ("x^y^z", "(pow x0 (pow x1 x2))"),
        ("x**y**z", "(pow x0 (pow x1 x2))"),
        ("-x^2", "(neg (square x0))"),
        ("-x*y", "(mul (neg x0) x1)"),
        ("2^-3", "(pow 2.0 -3.0)"),
        ("2^-x^y", "(pow 2.0 (neg (pow x0 x1)))"),
        ("2^-x*y", "(mul (pow 2.0 (neg x0)) x1)"),
        ("x*-y", "(mul x0 (neg x1))"),
        ("+x", "x0"),
        ("--x", "(neg (neg x0))"),
        ("-2", "-2.0"),
        ("-(2)*x", "(mul -2.0 x0)"),
        ("x < y", "(less x0 x1)"),
        ("x + 1 > y*2", "(less (mul x1 2.0) (add x0 1.0))"),
        ("where(x < 2, y, z)", "(where (less x0 2.0) x1 x2)"),
        ("(x < y)*z", "(mul (less x0 x1) x2)"),
        ("|x - |y||", "(abs (sub x0 (abs x1)))"),
        ("2*|x|*y", "(mul (mul 2.0 (abs x0)) x1)"),
        ("x/2", "(div x0 2.0)"),
    ] {
        check(&["x", "y", "z"], text, prefix);
    }
}

#[test]
fn short_powers_become_their_operators() {
    for (text, prefix) in [
        ("x**2", "(square x0)"),
        ("x^3", "(cube x0)"),
        ("x**0.5", "(sqrt x0)"),
        ("x**(1/2)", "(sqrt x0)"),
        ("x**-1", "(inv x0)"),
        ("x**(-1)", "(inv x0)"),
        ("1/x", "(inv x0)"),
        ("1/x/y", "(div (inv x0) x1)"),
        ("-1/x", "(div -1.0 x0)"),
        ("x**4", "(pow x0 4.0)"),
        ("x**(3/2)", "(pow x0 1.5)"),
        ("x**(-1/2)", "(pow x0 -0.5)"),
        ("x**-(1/2)", "(pow x0 -0.5)"),
        ("pow(x, 2)", "(pow x0 2.0)"),
        ("x^y", "(pow x0 x1)"),
        ("2^2", "(square 2.0)"),
    ] {
        check(&["x", "y"], text, prefix);
    }
}

#[test]
fn products_without_a_sign() {
    for (text, prefix) in [
        ("2x", "(mul 2.0 x0)"),
        ("-2x", "(mul -2.0 x0)"),
        ("3(x+1)", "(mul 3.0 (add x0 1.0))"),
        ("2 sin(x)", "(mul 2.0 (sin x0))"),
        ("2x**2", "(mul 2.0 (square x0))"),
        ("2^3x", "(mul (cube 2.0) x0)"),
        ("y/2x", "(mul (div x1 2.0) x0)"),
        ("1 + 2x", "(add 1.0 (mul 2.0 x0))"),
        ("2e", "(mul 2.0 2.718281828459045)"),
        ("2e3x", "(mul 2000.0 x0)"),
        ("2`x`", "(mul 2.0 x0)"),
        ("x²y", "(mul (square x0) x1)"),
        ("√2x", "(mul (sqrt 2.0) x0)"),
        ("2√x", "(mul 2.0 (sqrt x0))"),
    ] {
        check(&["x", "y"], text, prefix);
    }
}

#[test]
fn typographic_forms_count_as_plain_ones() {
    for (text, prefix) in [
        ("2·x×y÷z−1", "(sub (div (mul (mul 2.0 x0) x1) x2) 1.0)"),
        ("x²+y³", "(add (square x0) (cube x1))"),
        ("x⁻¹", "(inv x0)"),
        ("x⁻²·y¹⁰", "(mul (pow x0 -2.0) (pow x1 10.0))"),
        ("-x²", "(neg (square x0))"),
        ("√(x+y)", "(sqrt (add x0 x1))"),
        ("√x²", "(square (sqrt x0))"),
        ("π*x", "(mul 3.141592653589793 x0)"),
        ("２＊ｘ＋１．５", "(add (mul 2.0 x0) 1.5)"),
        ("ｓｉｎ（ｘ）＊＊２", "(square (sin x0))"),
        ("ｘ　／　ｙ", "(div x0 x1)"),
        ("1e−3*x", "(mul 0.001 x0)"),
        ("\u{FEFF}x", "x0"),
    ] {
        check(&["x", "y", "z"], text, prefix);
    }
}

#[test]
fn numbers_and_constants() {
    for (text, prefix) in [
        (".5", "0.5"),
        ("5.", "5.0"),
        ("1e-3", "0.001"),
        ("1E+3", "1000.0"),
        ("1e-400", "0.0"),
        ("pi", "3.141592653589793"),
        ("e", "2.718281828459045"),
        ("np.pi", "3.141592653589793"),
        ("math.e", "2.718281828459045"),
        ("c0*x", "(mul ?1.0 x0)"),
        ("c7 + c3", "(add ?1.0 ?1.0)"),
        ("c7*x + c7", "(add (mul ?0=1.0 x0) ?0=1.0)"),
        ("c₁ + c1", "(add ?0=1.0 ?0=1.0)"),
    ] {
        check(&["x"], text, prefix);
    }
}

#[test]
fn functions_go_by_many_names() {
    for (text, prefix) in [
        ("SIN(x)", "(sin x0)"),
        ("Sqrt (x)", "(sqrt x0)"),
        ("ln(x)", "(log x0)"),
        ("arctan(x)", "(atan x0)"),
        ("np.sin(x)", "(sin x0)"),
        ("numpy . exp(x)", "(exp x0)"),
        ("sp.Abs(x)", "(abs x0)"),
        ("np.power(x, y)", "(pow x0 x1)"),
        ("np.where(x, y, 1)", "(where x0 x1 1.0)"),
        ("sympy.Min(x, y)", "(min x0 x1)"),
        ("max(x, y, 1, 2)", "(max (max (max x0 x1) 1.0) 2.0)"),
        ("add(x, neg(y))", "(add x0 (neg x1))"),
        ("sinc(x)", "(sinc x0)"),
        ("np.sinc(x)", "(sinc (mul 3.141592653589793 x0))"),
        ("log10(x)", "(div (log x0) 2.302585092994046)"),
        ("hypot(x, y)", "(sqrt (add (square x0) (square x1)))"),
    ] {
        check(&["x", "y"], text, prefix);
    }
}

#[test]
fn columns_go_before_everything_but_functions() {
    for (columns, text, prefix) in [
        (&["sin", "e", "pi", "c0"][..], "sin(e)*pi + sin*c0", "(add (mul (sin x1) x2) (mul x0 x3))"),
        (&["c0"], "c0 + c1", "(add x0 ?1.0)"),
        (&["np"], "np + np.pi", "(add x0 3.141592653589793)"),
        (&["温度", "圧力"], "温度 * sin(圧力)", "(mul x0 (sin x1))"),
        (&["長さ", "ﾃﾞｰﾀ", "ア・イ"], "長さ+ﾃﾞｰﾀ+ア・イ", "(add (add x0 x1) x2)"),
        (&["θ", "π", "α_1"], "θ+π+α_1", "(add (add x0 x1) x2)"),
        (&["e\u{301}tat", "नमस्ते"], "e\u{301}tat*नमस्ते", "(mul x0 x1)"),
        (&["Ａ", "A"], "Ａ - A", "(sub x0 x1)"),
        (&["ｘ"], "x", "x0"),
        (&["x"], "ｘ", "x0"),
        (&["x₁"], "x1", "x0"),
        (&["semi-major axis (au)", "2x"], "`semi-major axis (au)` + `2x`", "(add x0 x1)"),
        (&["a`b", ""], "`a``b` * ``", "(mul x0 x1)"),
        (&["x²"], "`x²`", "x0"),
        (&["x"], "`x`", "x0"),
    ] {
        check(columns, text, prefix);
    }
}

#[test]
fn numbers_can_be_read_as_free_constants() {
    let options = ParseOptions { numbers: Numbers::Free, ..Default::default() };
    for (text, prefix) in [
        ("2*x", "(mul ?2.0 x0)"),
        ("-2*x", "(mul ?-2.0 x0)"),
        ("x**2 + 3", "(add (square x0) ?3.0)"),
        ("x**4", "(pow x0 4.0)"),
        ("x**-1.5", "(pow x0 -1.5)"),
        ("x**(1/3)", "(pow x0 0.3333333333333333)"),
        ("x**0.3", "(pow x0 ?0.3)"),
        ("2**x", "(pow ?2.0 x0)"),
        ("1/(1 + x)", "(inv (add ?1.0 x0))"),
        ("2*x + 2", "(add (mul ?2.0 x0) ?2.0)"),
        ("c0*x + 2*c0", "(add (mul ?0=1.0 x0) (mul ?2.0 ?0=1.0))"),
        ("pi*x", "(mul 3.141592653589793 x0)"),
        ("x² + log10(x)", "(add (square x0) (div (log x0) 2.302585092994046))"),
    ] {
        let expr = parse_with(text, &names(&["x"]), &options).unwrap();
        assert_eq!(expr.to_prefix(), prefix, "{text}");
    }
}

#[test]
fn custom_operators_expand() {
    let definitions = [
        "gauss(a) = exp(-a**2)",
        "ratio(a, b) = a/(1 + b)",
        "rate(a) = c0*a + c0",
        " 平均 ( あ , い )＝( あ + い ) / 2",
        "Sin2(a) = sin(a)**2",
    ];
    let definitions = definitions.iter().map(|text| parse_definition(text).unwrap()).collect();
    let options = ParseOptions { definitions, numbers: Numbers::Literal };
    for (text, prefix) in [
        ("gauss(x - 1)", "(exp (neg (square (sub x0 1.0))))"),
        ("GAUSS(x)", "(exp (neg (square x0)))"),
        ("ratio(x, gauss(y))", "(div x0 (add 1.0 (exp (neg (square x1)))))"),
        ("rate(x) + rate(y)", "(add (add (mul ?0=1.0 x0) ?0=1.0) (add (mul ?1=1.0 x1) ?1=1.0))"),
        ("平均(x, y)", "(div (add x0 x1) 2.0)"),
        ("sin2(c0*x) * c0", "(mul (square (sin (mul ?0=1.0 x0))) ?0=1.0)"),
    ] {
        let expr = parse_with(text, &names(&["x", "y"]), &options).unwrap();
        assert_eq!(expr.to_prefix(), prefix, "{text}");
    }
}

#[test]
fn an_argument_that_is_used_twice_keeps_its_constants() {
    let options =
        ParseOptions { definitions: vec![parse_definition("f(a) = a + a**2").unwrap()], numbers: Numbers::Free };
    let expr = parse_with("f(3*x)", &names(&["x"]), &options).unwrap();
    assert_eq!(expr.to_prefix(), "(add (mul ?0=3.0 x0) (square (mul ?0=3.0 x0)))");
}
