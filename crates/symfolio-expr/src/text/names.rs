//! What the names in infix text mean, and what to say where they mean nothing.

use std::ops::Range;

use super::characters::{folded, is_plain_name};
use super::error::{ParseError, ParseErrorKind};
use super::lexer::quote;
use crate::{Definition, Expr, OPERATORS, Op};

/// Modules that may stand before a function in Python.
const MODULES: [&str; 8] = ["np", "numpy", "math", "sp", "sympy", "jnp", "torch", "scipy"];

/// Functions that are not operators but short formulas over them, as prefix text.
const SHORTHANDS: [(&str, &str); 13] = [
    ("log10", "(div (log x0) 2.302585092994046)"),
    ("log2", "(div (log x0) 0.6931471805599453)"),
    ("log1p", "(log (add 1.0 x0))"),
    ("expm1", "(sub (exp x0) 1.0)"),
    ("exp2", "(pow 2.0 x0)"),
    ("sec", "(inv (cos x0))"),
    ("csc", "(inv (sin x0))"),
    ("cot", "(inv (tan x0))"),
    ("sign", "(sub (less 0.0 x0) (less x0 0.0))"),
    ("sigmoid", "(inv (add 1.0 (exp (neg x0))))"),
    ("fabs", "(abs x0)"),
    ("hypot", "(sqrt (add (square x0) (square x1)))"),
    ("greater", "(less x1 x0)"),
];

/// NumPy's sinc is that of signal processing, sin(pi*a)/(pi*a).
const NUMPY_SINC: &str = "(sinc (mul 3.141592653589793 x0))";

/// Names listed in an error message.
const LISTED: usize = 20;

/// What a name means that no parenthesis follows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Meaning {
    Column(u16),
    Number(f64),
    /// The free constant `cN`.
    Free(u16),
}

/// What a name means before its arguments.
#[derive(Clone, Debug)]
pub(super) enum Callable<'a> {
    Op(Op),
    Custom(&'a Definition),
    Shorthand(Expr),
}

impl Callable<'_> {
    pub(super) fn arity(&self) -> usize {
        match self {
            Callable::Op(op) => op.arity(),
            Callable::Custom(definition) => usize::from(definition.arity),
            Callable::Shorthand(body) => body.variables().len(),
        }
    }
}

/// The names that infix text may use.
pub(super) struct Names<'a> {
    columns: &'a [String],
    definitions: &'a [Definition],
}

impl<'a> Names<'a> {
    pub(super) fn new(columns: &'a [String], definitions: &'a [Definition]) -> Names<'a> {
        Names { columns, definitions }
    }

    pub(super) fn n_columns(&self) -> usize {
        self.columns.len()
    }

    pub(super) fn is_module(name: &str) -> bool {
        MODULES.contains(&name)
    }

    /// The column of this name; where there is none, the only one that differs in the width of letters.
    pub(super) fn column(&self, name: &str) -> Option<u16> {
        let exact = self.columns.iter().position(|column| column == name);
        let index = exact.or_else(|| {
            let wanted = folded(name);
            only(self.columns.iter().enumerate().filter(|(_, column)| folded(column) == wanted).map(|(index, _)| index))
        })?;
        u16::try_from(index).ok()
    }

    /// What `name` means without arguments; behind a Python module it is never a column.
    pub(super) fn meaning(&self, name: &str, in_module: bool) -> Option<Meaning> {
        if !in_module && let Some(index) = self.column(name) {
            return Some(Meaning::Column(index));
        }
        match folded(name).as_str() {
            "pi" | "Pi" | "PI" | "π" => Some(Meaning::Number(std::f64::consts::PI)),
            "e" | "E" => Some(Meaning::Number(std::f64::consts::E)),
            other if !in_module => free_number(other).map(Meaning::Free),
            _ => None,
        }
    }

    /// What `name` means before arguments: a custom operator, a built-in one or a shorthand; as it is
    /// written, else in lower case.
    pub(super) fn callable(&self, module: Option<&str>, name: &str) -> Option<Callable<'a>> {
        let name = folded(name);
        let lower = name.to_lowercase();
        if matches!(module, Some("np" | "numpy" | "jnp" | "torch")) && name == "sinc" {
            return Expr::from_prefix(NUMPY_SINC).ok().map(Callable::Shorthand);
        }
        let definitions = || self.definitions.iter();
        if module.is_none() {
            let exact = definitions().find(|definition| folded(&definition.name) == name);
            let found = exact
                .or_else(|| only(definitions().filter(|definition| folded(&definition.name).to_lowercase() == lower)));
            if let Some(definition) = found {
                return Some(Callable::Custom(definition));
            }
        }
        if let Some(op) = Op::by_name(&name).or_else(|| Op::by_name(&lower)) {
            return Some(Callable::Op(op));
        }
        let (_, body) = SHORTHANDS.iter().find(|(shorthand, _)| *shorthand == lower)?;
        Expr::from_prefix(body).ok().map(Callable::Shorthand)
    }

    pub(super) fn unknown_name(&self, text: &str, span: Range<usize>, name: String) -> ParseError {
        let hint = if self.columns.is_empty() {
            "there are no columns here".to_string()
        } else {
            let mut hint = format!("the names are {}", listed(self.columns.iter().map(|column| quote(column))));
            let rest = &text[span.start..];
            let literal = self
                .columns
                .iter()
                .find(|column| !is_plain_name(column) && !column.is_empty() && rest.starts_with(column.as_str()));
            if let Some(column) = literal {
                hint += &format!("; write {} between backticks", quote(column));
            } else if let Some(near) = nearest(&name, self.columns.iter().map(String::as_str)) {
                hint += &format!("; did you mean {near:?}?");
            }
            hint
        };
        ParseError::new(text, span, ParseErrorKind::UnknownName(name)).with_hint(hint)
    }

    pub(super) fn unknown_function(&self, text: &str, span: Range<usize>, name: &str) -> ParseError {
        let error = ParseError::new(text, span, ParseErrorKind::UnknownFunction(name.to_string()));
        if self.column(name).is_some() {
            return error.with_hint(format!("{} is a column; write {}*(...) for a product", quote(name), quote(name)));
        }
        let known = self.definitions.iter().map(|definition| definition.name.as_str());
        let known = known.chain(OPERATORS.iter().map(|info| info.name)).chain(SHORTHANDS.iter().map(|(name, _)| *name));
        let mut hint = format!("the functions are {}", known.clone().collect::<Vec<_>>().join(", "));
        if let Some(near) = nearest(name, known) {
            hint += &format!("; did you mean {near:?}?");
        }
        error.with_hint(hint)
    }
}

/// The number N of a name `cN` without leading zeros, up to 999.
pub(super) fn free_number(name: &str) -> Option<u16> {
    let digits = name.strip_prefix('c')?;
    let plain = digits.len() <= 3
        && digits.bytes().all(|byte| byte.is_ascii_digit())
        && (digits == "0" || !digits.starts_with('0'));
    if plain { digits.parse().ok() } else { None }
}

/// The item, where there is exactly one.
fn only<T>(mut items: impl Iterator<Item = T>) -> Option<T> {
    let first = items.next()?;
    if items.next().is_none() { Some(first) } else { None }
}

fn listed(names: impl ExactSizeIterator<Item = String>) -> String {
    let total = names.len();
    let mut text = names.take(LISTED).collect::<Vec<_>>().join(", ");
    if total > LISTED {
        text += &format!(" and {} more", total - LISTED);
    }
    text
}

/// The known name that the fewest edits turn `name` into, where they are few for its length; on a tie the
/// first one.
fn nearest<'n>(name: &str, known: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    let wanted: Vec<char> = folded(name).to_lowercase().chars().take(100).collect();
    let allowed = (wanted.len() / 3).max(1);
    let scored = known.map(|candidate| (edits(&wanted, candidate), candidate));
    let (distance, candidate) = scored.min_by_key(|(distance, _)| *distance)?;
    let longer = wanted.len().max(candidate.chars().count());
    (distance <= allowed && distance < longer).then_some(candidate)
}

/// Edit distance with transpositions of neighbours (optimal string alignment), in lower case.
fn edits(wanted: &[char], candidate: &str) -> usize {
    let candidate: Vec<char> = folded(candidate).to_lowercase().chars().take(100).collect();
    let mut rows: Vec<Vec<usize>> = vec![(0..=candidate.len()).collect()];
    for (i, a) in wanted.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, b) in candidate.iter().enumerate() {
            let mut best = (rows[i][j] + usize::from(a != b)).min(rows[i][j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && *a == candidate[j - 1] && wanted[i - 1] == *b {
                best = best.min(rows[i - 1][j - 1] + 1);
            }
            row.push(best);
        }
        rows.push(row);
    }
    rows[wanted.len()][candidate.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shorthand_is_an_expression_and_hides_no_operator() {
        for (name, body) in SHORTHANDS.iter().chain(&[("np.sinc", NUMPY_SINC)]) {
            assert!(Expr::from_prefix(body).is_ok(), "{name}");
            assert_eq!(Op::by_name(name), None, "{name}");
        }
    }

    #[test]
    fn the_nearest_name_is_near() {
        let known = ["temperature", "pressure", "x", "y"];
        for (name, near) in
            [("temprature", Some("temperature")), ("Pressrue", Some("pressure")), ("z", None), ("volume", None)]
        {
            assert_eq!(nearest(name, known.into_iter()), near, "{name}");
        }
    }
}
