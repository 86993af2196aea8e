//! The operators that a search may use.

use serde::{Deserialize, Serialize};

use crate::{Expr, Op};

/// A custom operator: a name, a number of arguments, and its body over them (`Var(0)` is the first argument).
///
/// It is a macro: wherever it is used, its body is inserted, so that evaluation, derivatives, text forms and
/// rewriting need to know nothing of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Definition {
    /// Its name in input text.
    pub name: String,
    /// How many arguments it takes, 1 to 3.
    pub arity: u8,
    /// The body; variables are the arguments, free constants are constants of each use.
    pub body: Expr,
}

impl Definition {
    /// The body with `args` in the arguments' places.
    ///
    /// # Panics
    /// Where the number of arguments is not [`Definition::arity`].
    pub fn expand(&self, args: &[&Expr]) -> Expr {
        assert_eq!(args.len(), usize::from(self.arity), "{} takes {} arguments", self.name, self.arity);
        self.body.substitute(|index| args.get(usize::from(index)).map(|arg| (*arg).clone()))
    }
}

/// The operators that a search may use, built in and custom.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OperatorSet {
    ops: Vec<Op>,
    definitions: Vec<Definition>,
}

impl Default for OperatorSet {
    /// `+ - * / pow square cube sqrt inv neg exp log sin cos tanh asin`: what laws of nature are mostly written in.
    fn default() -> OperatorSet {
        use Op::*;
        OperatorSet::new([Add, Sub, Mul, Div, Pow, Square, Cube, Sqrt, Inv, Neg, Exp, Log, Sin, Cos, Tanh, Asin])
    }
}

impl OperatorSet {
    /// A set of built-in operators; duplicates count once.
    pub fn new(ops: impl IntoIterator<Item = Op>) -> OperatorSet {
        let mut ops: Vec<Op> = ops.into_iter().collect();
        ops.sort_unstable();
        ops.dedup();
        OperatorSet { ops, definitions: Vec::new() }
    }

    /// The same set with a custom operator added.
    pub fn with(mut self, definition: Definition) -> OperatorSet {
        self.definitions.push(definition);
        self
    }

    /// The same set without `op`.
    pub fn without(mut self, op: Op) -> OperatorSet {
        self.ops.retain(|other| *other != op);
        self
    }

    /// The built-in operators, in the order of the operator table.
    pub fn ops(&self) -> &[Op] {
        &self.ops
    }

    /// The custom operators, in the order in which they were added.
    pub fn definitions(&self) -> &[Definition] {
        &self.definitions
    }

    /// May a search use `op`?
    pub fn contains(&self, op: Op) -> bool {
        self.ops.binary_search(&op).is_ok()
    }

    /// The built-in operators of `arity` arguments.
    pub fn of_arity(&self, arity: usize) -> impl Iterator<Item = Op> + '_ {
        self.ops.iter().copied().filter(move |op| op.arity() == arity)
    }
}

impl Serialize for Op {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for Op {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Op, D::Error> {
        let name = String::deserialize(deserializer)?;
        Op::by_name(&name).ok_or_else(|| {
            let known: Vec<&str> = crate::OPERATORS.iter().map(|info| info.name).collect();
            serde::de::Error::custom(format!("unknown operator {name:?}; the operators are {}", known.join(", ")))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_custom_operator_expands_to_its_body() {
        // gauss(a) = exp(-square(a))
        let squared = Expr::apply(Op::Square, &[&Expr::var(0)]);
        let body = Expr::apply(Op::Exp, &[&Expr::apply(Op::Neg, &[&squared])]);
        let gauss = Definition { name: "gauss".into(), arity: 1, body };
        let argument = Expr::apply(Op::Mul, &[&Expr::param(2.0), &Expr::var(3)]);
        assert_eq!(gauss.expand(&[&argument]).value(&[0.0, 0.0, 0.0, 0.5]), (-1.0f64).exp());
    }

    #[test]
    fn sets_are_sorted_and_without_duplicates() {
        let set = OperatorSet::new([Op::Sin, Op::Add, Op::Sin]);
        assert_eq!(set.ops(), [Op::Add, Op::Sin]);
        assert!(set.contains(Op::Sin) && !set.contains(Op::Cos));
        assert_eq!(set.of_arity(1).collect::<Vec<_>>(), [Op::Sin]);
        assert!(!set.without(Op::Sin).contains(Op::Sin));
    }
}
