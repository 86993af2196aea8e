//! What is refused, and what the message says.

use super::names;
use crate::text::{ParseErrorKind, ParseOptions, parse, parse_definition, parse_with};

/// The error of reading `text` over `columns`: its span and its message.
fn check(columns: &[&str], text: &str, piece: &str, message: &str) {
    let error = parse(text, &names(columns)).expect_err(text);
    assert_eq!(&text[error.span()], piece, "{text}");
    assert_eq!(error.to_string(), message, "{text}");
}

#[test]
fn messages_name_the_place_and_the_remedy() {
    for (text, piece, message) in [
        ("", "", "the text is empty"),
        (" \n", " \n", "the text is empty"),
        (
            "2 + temprature",
            "temprature",
            "unknown name \"temprature\" at character 5; the names are temperature, x, `a b`; did you mean \"temperature\"?",
        ),
        ("q", "q", "unknown name \"q\" at character 1; the names are temperature, x, `a b`"),
        ("`q`", "`q`", "unknown name \"q\" at character 1; the names are temperature, x, `a b`"),
        (
            "x`",
            "`",
            "the quoted name has no closing backtick at character 2; a backtick inside a quoted name is written twice",
        ),
        ("x +", "", "expected a name, a number or a parenthesis, found the end of the text at character 4"),
        ("x + * x", "*", "expected a name, a number or a parenthesis, found \"*\" at character 5"),
        ("(x + (x)", "(", "the parenthesis is never closed at character 1"),
        ("|x", "|", "the bar is never closed at character 1"),
        ("x)", ")", "expected an operator, found \")\" at character 2; this parenthesis was never opened"),
        ("x x", "x", "expected an operator, found \"x\" at character 3; write * between factors"),
        ("(x)(x)", "(", "expected an operator, found \"(\" at character 4; write * between factors"),
        ("1.2.3", ".3", "expected an operator, found \".3\" at character 4; write * between factors"),
        (
            "1,5*x",
            ",",
            "expected an operator, found \",\" at character 2; a comma separates arguments; decimals are written with a point",
        ),
        (
            "temperature (x)",
            "temperature",
            "unknown function \"temperature\" at character 1; temperature is a column; write temperature*(...) for a product",
        ),
        ("sin(x, x)", "sin", "sin takes 1 argument but has 2 at character 1"),
        ("where(x)", "where", "where takes 3 arguments but has 1 at character 1"),
        ("sin()", "sin", "sin takes 1 argument but has 0 at character 1"),
        ("sin(x,)", ")", "expected a name, a number or a parenthesis, found \")\" at character 7"),
        ("sin*x", "sin", "function \"sin\" stands without its arguments at character 1; write sin(...)"),
        ("1e999", "1e999", "the number 1e999 is too large for a 64-bit float at character 1"),
        ("x # y", "#", "cannot read the character '#' at character 3"),
        ("y = 2*x", "y", ""),
        ("x <= 2", "<=", "expected < or >, found \"<=\" at character 3; the operators compare with < and > only"),
        ("x < 2 < x", "<", "comparisons cannot be chained at character 7; write where(a < b, b < c, 0) for a < b < c"),
        ("[x]", "[", "cannot read the character '[' at character 1; group with ( and )"),
        ("x⁻", "⁻", "expected a whole number as superscript, found \"-\" at character 2"),
    ] {
        if message.is_empty() {
            // The equals sign is reported before the name that stands in front of it.
            check(
                &["x"],
                text,
                "=",
                "cannot read the character '=' at character 3; give only the side to the right of the equals sign",
            );
        } else {
            check(&["temperature", "x", "a b"], text, piece, message);
        }
    }
}

#[test]
fn places_count_characters_and_spans_count_bytes() {
    let error = parse("温度 + 圧", &names(&["温度", "圧力"])).unwrap_err();
    assert_eq!((error.character(), error.span()), (6, 9..12));
    assert_eq!(error.hint(), Some("the names are 温度, 圧力; did you mean \"圧力\"?"));
}

#[test]
fn a_name_that_needs_backticks_is_recognised() {
    let text = "2*semi-major axis (au)";
    check(
        &["semi-major axis (au)"],
        text,
        "semi",
        "unknown name \"semi\" at character 3; the names are `semi-major axis (au)`; write `semi-major axis (au)` between backticks",
    );
}

#[test]
fn unknown_functions_list_the_known_ones() {
    let error = parse("sinn(x)", &names(&["x"])).unwrap_err().to_string();
    assert!(error.starts_with("unknown function \"sinn\" at character 1; the functions are add, sub,"), "{error}");
    assert!(error.ends_with("did you mean \"sin\"?"), "{error}");
}

#[test]
fn long_lists_of_names_are_cut() {
    let columns: Vec<String> = (0..50).map(|index| format!("column{index}")).collect();
    let error = parse("zz", &columns).unwrap_err().to_string();
    assert!(error.ends_with("column18, column19 and 30 more"), "{error}");
}

#[test]
fn deep_text_is_refused_and_deep_enough_text_is_read() {
    let nested = |open: &str, levels: usize, close: &str| format!("{}x{}", open.repeat(levels), close.repeat(levels));
    let columns = names(&["x"]);
    for (open, close) in [
        ("(", ")"),
        ("sin(", ")"),
        ("-", ""),
        ("x**", ""),
        ("x*(", ")"),
        ("x**(-", ")"),
        ("|", "|"),
        ("√", ""),
        ("1/(x+", ")"),
    ] {
        assert!(parse(&nested(open, 240, close), &columns).is_ok(), "{open}");
        let error = parse(&nested(open, 50_000, close), &columns).expect_err(open);
        assert!(matches!(error.kind(), ParseErrorKind::TooDeep { .. }), "{open}: {error}");
    }
    assert!(parse(&nested("sin(", 499, ")"), &columns).is_ok());
    assert!(parse(&nested("sin(", 500, ")"), &columns).is_err());
    let long_sum = format!("x{}", "+x".repeat(499));
    assert!(parse(&long_sum, &columns).is_ok());
    assert!(matches!(parse(&format!("{long_sum}+x"), &columns).unwrap_err().kind(), ParseErrorKind::TooDeep { .. }));
    assert!(matches!(parse(&"x+".repeat(1 << 20), &columns).unwrap_err().kind(), ParseErrorKind::TooLong { .. }));
}

#[test]
fn expansions_that_explode_are_refused() {
    let options = ParseOptions { definitions: vec![parse_definition("f(a) = a*a").unwrap()], ..Default::default() };
    let text = format!("{}x{}", "f(".repeat(60), ")".repeat(60));
    let error = parse_with(&text, &names(&["x"]), &options).unwrap_err();
    assert!(matches!(error.kind(), ParseErrorKind::TooLarge { .. }), "{error}");
}

#[test]
fn definitions_are_checked() {
    for (text, message) in [
        ("gauss(a)", "a definition has an equals sign"),
        ("gauss = 2", "a definition starts with name(argument, ...)"),
        ("gauss(a = 2", "the list of arguments is not closed"),
        ("sin(a) = a", "\"sin\" is a built-in operator"),
        ("f(a, a) = a", "argument \"a\" is there twice"),
        ("f(a, b) = a", "argument \"b\" is not used"),
        ("f(a, b, c, d) = a", "an operator takes 1 to 3 arguments, not 4"),
        ("f() = 2", "\"\" is not a name of letters, digits and underscores"),
        ("2f(a) = a", "\"2f\" is not a name of letters, digits and underscores"),
    ] {
        let error = parse_definition(text).expect_err(text);
        assert_eq!(error.kind().to_string(), message, "{text}");
    }
    let error = parse_definition("平均(a) = a + b").unwrap_err();
    assert_eq!((error.character(), error.span()), (13, 16..17));
}
