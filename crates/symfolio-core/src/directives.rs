//! [`Directives`]: what a person or the scheduler tells running searches.

use serde::{Deserialize, Serialize};
use symfolio_expr::{Expr, Key, Op};

/// What a person or the scheduler tells running searches; a new version reaches each of them with its next slice.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Directives {
    /// Grows by one with every change.
    pub version: u64,
    /// Operators that no further offer may contain.
    pub banned_operators: Vec<Op>,
    /// Forms (constants anonymous) that no further offer may have.
    pub banned_forms: Vec<Key>,
    /// Expressions to build on: searches that take migrants take them in as if they had found them.
    pub pinned: Vec<Expr>,
    /// Words for language models.
    pub hints: Vec<String>,
}

impl Directives {
    /// May `expr` be offered?
    pub fn allow(&self, expr: &Expr) -> bool {
        let uses = |op: &Op| expr.nodes().contains(&symfolio_expr::Node::Op(*op));
        !self.banned_operators.iter().any(uses)
            && (self.banned_forms.is_empty() || !self.banned_forms.contains(&expr.form_key()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn banned_operators_and_forms_are_refused() {
        let sine = Expr::apply(Op::Sin, &[&Expr::var(0)]);
        let scaled = Expr::apply(Op::Mul, &[&Expr::param(2.0), &Expr::var(0)]);
        let mut directives = Directives { banned_operators: vec![Op::Sin], ..Directives::default() };
        assert!(!directives.allow(&sine) && directives.allow(&scaled));
        directives.banned_forms.push(scaled.with_params(&[7.0]).form_key());
        assert!(!directives.allow(&scaled) && directives.allow(&Expr::var(0)));
    }
}
