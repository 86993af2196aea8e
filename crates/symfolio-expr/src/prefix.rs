//! Prefix text: the exact wire form, `(mul ?2.5 (sin x0))`, and the form in which expressions are serialised.
//!
//! Variables are `x0`, `x1`, ..., literals are plain numbers, free constants are `?VALUE`, or `?K=VALUE` where
//! constant number K appears again. Numbers are written with the shortest digits that lead back to the same bits.

use std::fmt::Write as _;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::{Expr, ExprError, Node, Op};

/// Deepest nesting that is read; deeper text is refused rather than risking the stack.
const MAX_DEPTH: usize = 500;

/// Why prefix text is not an expression. Positions count bytes from 0.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[allow(missing_docs, reason = "the messages say it")]
pub enum PrefixError {
    #[error("the text ends at byte {at} inside an expression")]
    Ends { at: usize },
    #[error("unknown operator {name:?} at byte {at}")]
    UnknownOperator { name: String, at: usize },
    #[error("cannot read {token:?} at byte {at}; expected a variable x0.., a number, ?NUMBER or (operator ...)")]
    BadToken { token: String, at: usize },
    #[error("{op} at byte {at} takes {wanted} arguments, not {found}")]
    Arity { op: Op, at: usize, wanted: usize, found: usize },
    #[error("text goes on behind the expression at byte {at}: {rest:?}")]
    Trailing { at: usize, rest: String },
    #[error("nested deeper than {MAX_DEPTH} levels at byte {at}")]
    TooDeep { at: usize },
    #[error(transparent)]
    Expr(#[from] ExprError),
}

impl Expr {
    /// The prefix text; [`Expr::from_prefix`] reads it back to an equal expression, bit for bit.
    pub fn to_prefix(&self) -> String {
        let mut text = String::new();
        self.write_prefix(self.len() - 1, &mut text);
        text
    }

    fn write_prefix(&self, at: usize, text: &mut String) {
        // Writing to a string cannot fail.
        let _ = match self.nodes()[at] {
            Node::Var(index) => write!(text, "x{index}"),
            Node::Const(value) => write!(text, "{value:?}"),
            Node::Param(index) => {
                let value = self.params()[usize::from(index)];
                let uses = self.nodes().iter().filter(|node| **node == Node::Param(index)).count();
                if uses > 1 { write!(text, "?{index}={value:?}") } else { write!(text, "?{value:?}") }
            }
            Node::Op(op) => {
                let _ = write!(text, "({op}");
                for child in self.children(at) {
                    text.push(' ');
                    self.write_prefix(child, text);
                }
                write!(text, ")")
            }
        };
    }

    /// Reads prefix text.
    ///
    /// # Errors
    /// [`PrefixError`] names the place and what was expected.
    pub fn from_prefix(text: &str) -> Result<Expr, PrefixError> {
        let mut reader = Reader { text, at: 0, nodes: Vec::new(), params: Vec::new(), shared: Vec::new() };
        reader.expression(0)?;
        reader.skip_space();
        if reader.at < text.len() {
            let rest = text[reader.at..].chars().take(20).collect();
            return Err(PrefixError::Trailing { at: reader.at, rest });
        }
        Ok(Expr::new(reader.nodes, reader.params)?)
    }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    nodes: Vec<Node>,
    params: Vec<f64>,
    /// Number in the text of a shared constant, and its position among the values.
    shared: Vec<(u16, u16)>,
}

impl<'a> Reader<'a> {
    fn skip_space(&mut self) {
        self.at += self.text[self.at..].len() - self.text[self.at..].trim_start().len();
    }

    fn token(&mut self) -> &'a str {
        let rest = &self.text[self.at..];
        let end = rest.find(|c: char| c.is_whitespace() || c == '(' || c == ')').unwrap_or(rest.len());
        self.at += end;
        &rest[..end]
    }

    fn expression(&mut self, depth: usize) -> Result<(), PrefixError> {
        self.skip_space();
        let start = self.at;
        if depth > MAX_DEPTH {
            return Err(PrefixError::TooDeep { at: start });
        }
        match self.text[self.at..].chars().next() {
            None => Err(PrefixError::Ends { at: start }),
            Some('(') => {
                self.at += 1;
                self.skip_space();
                let name = self.token();
                let op = Op::by_name(name).ok_or_else(|| PrefixError::UnknownOperator {
                    name: name.chars().take(40).collect(),
                    at: start + 1,
                })?;
                let mut found = 0;
                loop {
                    self.skip_space();
                    match self.text[self.at..].chars().next() {
                        None => return Err(PrefixError::Ends { at: self.at }),
                        Some(')') => break,
                        Some(_) => self.expression(depth + 1)?,
                    }
                    found += 1;
                }
                self.at += 1;
                if found != op.arity() {
                    return Err(PrefixError::Arity { op, at: start, wanted: op.arity(), found });
                }
                self.nodes.push(Node::Op(op));
                Ok(())
            }
            Some(_) => {
                let token = self.token();
                let node = self.leaf(token);
                let bad = || PrefixError::BadToken { token: token.chars().take(40).collect(), at: start };
                self.nodes.push(node.ok_or_else(bad)?);
                Ok(())
            }
        }
    }

    fn leaf(&mut self, token: &str) -> Option<Node> {
        if let Some(free) = token.strip_prefix('?') {
            let Some((number, value)) = free.split_once('=') else {
                self.params.push(free.parse().ok()?);
                return Some(Node::Param((self.params.len() - 1) as u16));
            };
            let (number, value): (u16, f64) = (number.parse().ok()?, value.parse().ok()?);
            if let Some((_, index)) = self.shared.iter().find(|(known, _)| *known == number) {
                return Some(Node::Param(*index));
            }
            self.params.push(value);
            let index = (self.params.len() - 1) as u16;
            self.shared.push((number, index));
            return Some(Node::Param(index));
        }
        match token.strip_prefix('x') {
            Some(index) => index.parse().ok().map(Node::Var),
            None => token.parse().ok().map(Node::Const),
        }
    }
}

impl Serialize for Expr {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.to_prefix())
    }
}

impl<'de> Deserialize<'de> for Expr {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Expr, D::Error> {
        let text = String::deserialize(deserializer)?;
        Expr::from_prefix(&text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_leads_back_to_the_same_text() {
        for text in
            ["x0", "1.0", "?2.5", "(add x0 1e-300)", "(where (less x0 x1) ?0.1 (sin x2))", "(mul ?0=2.0 (exp ?0=2.0))"]
        {
            assert_eq!(Expr::from_prefix(text).unwrap().to_prefix(), text);
        }
    }

    #[test]
    fn a_free_constant_need_not_be_finite() {
        let expr = Expr::from_prefix("?NaN").unwrap();
        assert!(!expr.is_finite());
        assert_eq!(expr.to_prefix(), "?NaN");
    }

    #[test]
    fn errors_name_the_place() {
        for (text, message) in [
            ("", "the text ends at byte 0"),
            ("(sin x0", "the text ends at byte 7"),
            ("(sinus x0)", "unknown operator \"sinus\" at byte 1"),
            ("(sin x0 x1)", "sin at byte 0 takes 1 arguments, not 2"),
            ("y", "cannot read \"y\" at byte 0"),
            ("x0 x1", "text goes on behind the expression at byte 3"),
            ("inf", "constant inf at node 0 is not finite"),
            ("x99999", "cannot read \"x99999\""),
        ] {
            let error = Expr::from_prefix(text).unwrap_err().to_string();
            assert!(error.starts_with(message), "{text}: {error}");
        }
        let deep = "(sin ".repeat(100_000);
        assert!(matches!(Expr::from_prefix(&deep), Err(PrefixError::TooDeep { .. })));
    }
}
