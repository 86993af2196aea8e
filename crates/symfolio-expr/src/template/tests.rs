use proptest::prelude::*;

use super::*;
use crate::infix;

fn names() -> Vec<String> {
    ["x0", "x1", "x2"].map(String::from).to_vec()
}

fn template(text: &str) -> Template {
    Template::parse(text, &names(), &[]).unwrap()
}

fn functions(texts: &[&str]) -> Vec<Expr> {
    texts.iter().map(|text| crate::parse(text, &["a".to_string(), "b".to_string()]).unwrap()).collect()
}

#[test]
fn functions_are_put_in_and_read_off_again() {
    for (text, inside, expect) in [
        ("f(x0) + g(x1)*x2", &["a**2", "c0*a"][..], "x0**2 + c0*x1*x2"),
        // One function at two places has one set of constants.
        ("f(x0) - f(x1)", &["exp(c0*a)"], "exp(c0*x0) - exp(c0*x1)"),
        ("f(x0 - x1, x2)*c0", &["a/b + a"], "((x0 - x1)/x2 + (x0 - x1))*c0"),
        ("sqrt(h(x0 + x1))", &["3"], "sqrt(3)"),
        ("c0*f(c0*x0) + 2*x1", &["c0*sin(a)"], "c0*(c1*sin(c0*x0)) + 2*x1"),
        ("f(x0) + g(x0)", &["a", "c0"], "x0 + c0"),
    ] {
        let (template, given) = (template(text), functions(inside));
        let whole = template.assemble(&given).unwrap();
        let expect = crate::parse(expect, &names()).unwrap();
        let shown = infix(&whole, &names());
        assert_eq!(whole.nodes().len(), expect.len(), "{text}: {shown}");
        assert_eq!(whole.value(&[0.3, 0.7, 1.9]), expect.value(&[0.3, 0.7, 1.9]), "{text}: {shown}");
        assert_eq!(template.read(&whole), Some(given), "{text}: {shown}");
    }
}

#[test]
fn a_formula_has_the_form_or_not() {
    for (text, formula, expect) in [
        ("f(x0) + g(x1)*x2", "x2*sin(x1) + x0", Some(&["a", "sin(a)"][..])),
        ("f(x0) + g(x1)*x2", "x0 - x2*sin(x1)", None),
        ("f(x0) + g(x1)*x2", "x0*x1 + x1*x2", None),
        ("f(x0) + g(x1)*x2", "exp(x0)", None),
        ("f(x0) - f(x1)", "x0**2 - x1**2", Some(&["a**2"])),
        ("f(x0) - f(x1)", "x0**2 - x1**3", None),
        ("f(x0) - f(x1)", "2*x0 - 3*x1", None),
        ("f(x0) - f(x1)", "2*x0 - 2*x1", Some(&["2*a"])),
        // Constants that are free to differ are not the same.
        ("f(x0) - f(x1)", "c0*x0 - c1*x1", None),
        ("f(x0) - f(x1)", "c0*x0 - c0*x1", Some(&["c0*a"])),
        ("f(x1 + x0)", "sin(x0 + x1)", Some(&["sin(a)"])),
        ("f(x0 - x1)", "sin(x0 - x1) + x0", None),
        ("2*f(x0)", "c0*sin(x0)", None),
        ("c0*f(x0)", "3*sin(x0)", Some(&["sin(a)"])),
    ] {
        let formula_of = crate::parse(formula, &names()).unwrap();
        let expect = expect.map(functions);
        assert_eq!(template(text).read(&formula_of), expect, "{formula} as {text}");
    }
}

#[test]
fn templates_that_mean_nothing_are_refused_with_place_and_remedy() {
    for (text, told) in [
        ("f(x0) + z", "unknown name \"z\" at character 9; the names are x0, x1, x2"),
        ("f(x0 + g(x1)*x2", "the parenthesis is never closed at character 2"),
        ("f(x0)) + x1", "this parenthesis was never opened"),
        ("f(x0) + f(x0, x1)", "f takes 1 argument but has 2 at character 9; a hole takes as many each time"),
        ("f()", "f takes at least 1 argument but has 0 at character 1"),
        ("x0 + 2*sin(x1)", "there is no hole; call a name that is no operator, such as f(x0)"),
        ("f(g(x0))", "the hole \"g\" stands within the arguments of another at character 3"),
        ("", "the text is empty"),
    ] {
        let error = Template::parse(text, &names(), &[]).unwrap_err().to_string();
        assert!(error.contains(told), "{text}: {error}");
    }
}

#[test]
fn functions_that_do_not_fit_are_refused() {
    let template = template("f(x0) + g(x1)");
    assert_eq!(template.assemble(&functions(&["a"])), None);
    assert_eq!(template.assemble(&functions(&["a", "a*b"])), None);
    assert!(template.assemble(&functions(&["a", "1"])).is_some());
}

proptest! {
    /// What is read makes the same formula again.
    #[test]
    fn reading_undoes_assembling(which in 0usize..6, first in 0usize..8, second in 0usize..8) {
        const TEMPLATES: [&str; 6] = [
            "f(x0) + g(x1)*x2", "f(x0)*g(x0)", "f(x0 - x1, x2) + g(x2)", "f(x0) - f(x1)*g(x2)", "exp(f(x0))/g(x0, x1)",
            "f(x0, x0 + x1) + g(x1, x0)",
        ];
        const FUNCTIONS: [&str; 8] = ["a", "c0", "a*a + c0", "sin(c0*a) + a", "c0*a*c1", "2.5", "a/(a + c0)", "exp(-a)"];
        let template = template(TEMPLATES[which]);
        let whole = template.assemble(&functions(&[FUNCTIONS[first], FUNCTIONS[second]])).unwrap();
        let read = template.read(&whole).unwrap();
        let again = template.assemble(&read).unwrap();
        prop_assert_eq!(infix(&again, &names()), infix(&whole, &names()));
        prop_assert_eq!(again.params(), whole.params());
    }
}
