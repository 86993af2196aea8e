//! What exports to programming languages share.

use std::collections::BTreeSet;

use symfolio_expr::{Expr, Level, Node, Notation, Op, Piece};

use super::column_name;
use super::identifiers::{comment, identifiers};

/// The columns that an exported program names.
pub(super) struct Parameters {
    /// Variable, name of the column, identifier.
    pub(super) all: Vec<(u16, String, String)>,
}

impl Parameters {
    /// All columns, under identifiers that are none of the words of `reserved`: every formula over the same columns gives a
    /// function that is called alike.
    pub(super) fn of_function(expr: &Expr, names: &[String], reserved: &str) -> Parameters {
        let n_named = u16::try_from(names.len()).unwrap_or(u16::MAX);
        let n_used = expr.variables().last().map_or(0, |last| last.saturating_add(1));
        Parameters::of(0..n_named.max(n_used), names, reserved)
    }

    /// The columns that `expr` uses.
    pub(super) fn used(expr: &Expr, names: &[String], reserved: &str) -> Parameters {
        Parameters::of(expr.variables(), names, reserved)
    }

    fn of(variables: impl IntoIterator<Item = u16>, names: &[String], reserved: &str) -> Parameters {
        let columns: Vec<(u16, String)> =
            variables.into_iter().map(|index| (index, column_name(names, index))).collect();
        let safe = identifiers(&columns, reserved.split_whitespace());
        Parameters { all: columns.into_iter().zip(safe).map(|((index, name), safe)| (index, name, safe)).collect() }
    }

    /// The identifier of variable `index`.
    pub(super) fn identifier(&self, index: u16) -> &str {
        self.all.iter().find(|(variable, ..)| *variable == index).map_or("", |(.., identifier)| identifier)
    }

    /// The identifiers of the columns that `expr` uses (`true`) or does not use.
    pub(super) fn which<'s>(&'s self, expr: &Expr, used: bool) -> impl Iterator<Item = &'s str> {
        let variables = expr.variables();
        self.all
            .iter()
            .filter(move |(index, ..)| variables.contains(index) == used)
            .map(|(.., identifier)| identifier.as_str())
    }

    /// The list of parameters, each written by `one`.
    pub(super) fn list(&self, one: impl Fn(&str) -> String) -> String {
        self.all.iter().map(|(.., identifier)| one(identifier)).collect::<Vec<_>>().join(", ")
    }

    /// Lines that say what is predicted and which column each parameter is, each after `prefix`.
    pub(super) fn explained(&self, target: &str, prefix: &str) -> String {
        let target = if target.is_empty() { "The value of the formula".to_string() } else { comment(target) };
        let mut lines = vec![format!("{prefix}predict: {target}")];
        lines.extend(self.all.iter().map(|(_, name, identifier)| format!("{prefix}{identifier}: {}", comment(name))));
        lines.join("\n") + "\n"
    }
}

/// A number with the shortest digits that lead back to it, as a floating-point literal of C, Rust and Python.
pub(super) fn literal(value: f64) -> Piece {
    Piece::number(&format!("{value:?}"))
}

/// `+ - * /`, the sign and the reciprocal, which all languages write alike; gives the arguments back for
/// every other operator.
pub(super) fn arithmetic(op: Op, args: Vec<Piece>) -> Result<Piece, Vec<Piece>> {
    const PLAIN: Notation = Notation { times: " * ", over: " / ", ..Notation::PLAIN };
    let two = |args: Vec<Piece>, combine: fn(&Notation, Piece, Piece) -> Piece| {
        let mut args = args.into_iter();
        combine(&PLAIN, args.next().unwrap_or_default(), args.next().unwrap_or_default())
    };
    match op {
        Op::Add => Ok(two(args, Notation::sum)),
        Op::Sub => Ok(two(args, Notation::difference)),
        Op::Mul => Ok(two(args, Notation::product)),
        Op::Div => Ok(two(args, Notation::quotient)),
        Op::Inv => Ok(two([vec![literal(1.0)], args].concat(), Notation::quotient)),
        Op::Neg => Ok(args.into_iter().next().unwrap_or_default().negated()),
        _ => Err(args),
    }
}

/// The helper functions that the operators of `expr` need, in the order of the operator table.
pub(super) fn helpers(expr: &Expr, helper: impl Fn(Op) -> Option<&'static str>) -> String {
    let ops = expr.nodes().iter().filter_map(|node| if let Node::Op(op) = node { Some(*op) } else { None });
    ops.collect::<BTreeSet<Op>>().into_iter().filter_map(helper).collect()
}

/// Keywords and built-in constants of Python.
pub(super) const PYTHON_KEYWORDS: &str = "False None True and as assert async await break case class continue def del elif else except finally for \
    from global if import in is lambda match nonlocal not or pass raise return try type while with yield \
    print";

/// A subtree in Python; whether it holds numbers only matters, as Python's own numbers raise errors where
/// arrays and symbols do not (`1/0`, `(-8)**0.5`).
#[derive(Clone, Debug, Default)]
pub(super) struct Python {
    pub(super) piece: Piece,
    pub(super) numbers_only: bool,
}

impl Python {
    /// A piece that is an array, a symbol or the result of a function.
    pub(super) fn object(piece: Piece) -> Python {
        Python { piece, numbers_only: false }
    }

    /// A literal.
    pub(super) fn number(piece: Piece) -> Python {
        Python { piece, numbers_only: true }
    }
}

/// `base**exponent`.
pub(super) fn power(base: Piece, exponent: Piece) -> Piece {
    let base = Notation::PLAIN.at_least(base, Level::Atom);
    let exponent = Notation::PLAIN.at_least(exponent, Level::Atom);
    Piece::new(format!("{base}**{exponent}"), Level::Power)
}
