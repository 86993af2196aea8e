//! [`Form`]: what a search puts forward.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use symfolio_expr::{Complexity, Expr, Key};

/// What a search puts forward: an expression, several at once, or a program.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Form {
    /// One expression for one target.
    Expr(Expr),
    /// One expression an output, for several targets or the right-hand sides of differential equations.
    System(Vec<Expr>),
    /// Source text of an evolved program.
    Program(Arc<str>),
}

impl Form {
    /// The expression, where the form is one.
    pub fn expr(&self) -> Option<&Expr> {
        match self {
            Form::Expr(expr) => Some(expr),
            _ => None,
        }
    }

    /// How complex the form counts: nodes of expressions, lines of programs that are not blank; at least 1.
    pub fn complexity(&self, weights: &Complexity) -> u32 {
        match self {
            Form::Expr(expr) => weights.of(expr),
            Form::System(exprs) => exprs.iter().map(|expr| weights.of(expr)).sum::<u32>().max(1),
            Form::Program(text) => (text.lines().filter(|line| !line.trim().is_empty()).count() as u32).max(1),
        }
    }

    /// The key that tells two forms with their constants apart.
    pub fn key(&self) -> Key {
        match self {
            Form::Expr(expr) => expr.value_key(),
            Form::System(exprs) => Key(exprs.iter().fold(17, |hash, expr| fold(hash, expr.value_key().0))),
            Form::Program(text) => Key(text.bytes().fold(23, |hash, byte| fold(hash, u64::from(byte)))),
        }
    }
}

/// One step of FNV-1a over words.
fn fold(hash: u64, word: u64) -> u64 {
    (hash ^ word).wrapping_mul(0x0000_0100_0000_01B3)
}

impl From<Expr> for Form {
    fn from(expr: Expr) -> Form {
        Form::Expr(expr)
    }
}
