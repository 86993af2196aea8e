//! Custom operators as text: `gauss(a) = exp(-a**2)`.

use super::characters::{folded, is_plain_name};
use super::error::{ParseError, ParseErrorKind};
use super::parse::parse;
use crate::{Definition, Op};

/// Reads a custom operator: its name, its 1 to 3 arguments, an equals sign, its body.
///
/// Free constants in the body (`c0`, ...) are constants of each use; numbers are literals.
///
/// # Errors
/// [`ParseError`] where the left side is not `name(argument, ...)`, the name is a built-in operator's, an
/// argument is repeated or unused, or the body cannot be read.
///
/// ```
/// # use symfolio_expr::{parse_definition, parse_with, ParseOptions};
/// let options = ParseOptions { definitions: vec![parse_definition("gauss(a) = exp(-a**2)")?], ..Default::default() };
/// let names = ["x".to_string()];
/// assert_eq!(parse_with("gauss(x - 1)", &names, &options)?.value(&[1.0]), 1.0);
/// # Ok::<(), symfolio_expr::ParseError>(())
/// ```
pub fn parse_definition(text: &str) -> Result<Definition, ParseError> {
    let bad = |message: String| {
        ParseError::new(text, 0..text.len(), ParseErrorKind::Definition(message))
            .with_hint("write for example gauss(a) = exp(-a**2)")
    };
    let (head, body) = text.split_once(['=', '＝']).ok_or_else(|| bad("a definition has an equals sign".into()))?;
    let head = folded(head);
    let (name, rest) =
        head.split_once('(').ok_or_else(|| bad("a definition starts with name(argument, ...)".into()))?;
    let name = name.trim();
    let arguments =
        rest.trim_end().strip_suffix(')').ok_or_else(|| bad("the list of arguments is not closed".into()))?;
    let arguments: Vec<String> = arguments.split(',').map(|argument| argument.trim().to_string()).collect();
    for name in std::iter::once(name).chain(arguments.iter().map(String::as_str)) {
        if !is_plain_name(name) {
            return Err(bad(format!("{name:?} is not a name of letters, digits and underscores")));
        }
    }
    if Op::by_name(name).is_some() {
        return Err(bad(format!("{name:?} is a built-in operator")));
    }
    if arguments.len() > 3 {
        return Err(bad(format!("an operator takes 1 to 3 arguments, not {}", arguments.len())));
    }
    if let Some(repeated) = (1..arguments.len()).find(|at| arguments[..*at].contains(&arguments[*at])) {
        return Err(bad(format!("argument {:?} is there twice", arguments[repeated])));
    }
    let offset = text.len() - body.len();
    let expr = parse(body, &arguments).map_err(|error| error.shifted(offset, text[..offset].chars().count()))?;
    let used = expr.variables();
    if let Some(unused) = (0..arguments.len()).find(|at| !used.iter().any(|index| usize::from(*index) == *at)) {
        return Err(bad(format!("argument {:?} is not used", arguments[unused])));
    }
    Ok(Definition { name: name.to_string(), arity: arguments.len() as u8, body: expr })
}
