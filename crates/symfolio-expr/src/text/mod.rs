//! Infix text.
use crate::Expr;
/// Why text is not an expression.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("not an expression")]
pub struct ParseError;
/// Reads infix text.
pub fn parse(_text: &str, _names: &[String]) -> Result<Expr, ParseError> {
    Err(ParseError)
}
/// Writes infix text.
pub fn infix(expr: &Expr, _names: &[String]) -> String {
    expr.to_prefix()
}
