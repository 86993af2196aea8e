//! Formulas as JSON.

use serde::Serialize;
use symfolio_expr::{Expr, infix, infix_form};

/// The fields of the object, in their order.
#[derive(Serialize)]
struct Formula<'a> {
    target: &'a str,
    /// The formula with the values of its constants.
    infix: String,
    /// The formula with its free constants as c0, c1, ...
    form: String,
    /// The exact wire form.
    prefix: String,
    /// All columns; variable xN of the prefix text is the N-th, from 0.
    names: &'a [String],
    /// The columns that the formula uses, by their positions.
    variables: Vec<u16>,
    /// The values of the free constants in the order of their first appearance; null where not finite.
    constants: &'a [f64],
}

pub(super) fn json(expr: &Expr, names: &[String], target: &str) -> String {
    let formula = Formula {
        target,
        infix: infix(expr, names),
        form: infix_form(expr, names),
        prefix: expr.to_prefix(),
        names,
        variables: expr.variables(),
        constants: expr.params(),
    };
    // A structure of texts and numbers always has a JSON form.
    serde_json::to_string_pretty(&formula).unwrap_or_default() + "\n"
}
