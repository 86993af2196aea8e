//! [`Notation`]: how formulas are put together as text, with few parentheses and tidy signs.

use crate::{Expr, Node, Op};

/// How strongly the outermost operator of a [`Piece`] binds, weakest first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// A sum or difference.
    Sum,
    /// A product, a quotient, or a sign.
    Product,
    /// A power.
    Power,
    /// A name, a number without sign, a function with its arguments.
    #[default]
    Atom,
}

/// The text of a subtree, with an outermost minus sign kept apart.
///
/// Moving the sign of a product or quotient changes no value, so that `a + -2*b` can be written `a - 2*b`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Piece {
    /// Does a minus sign stand in front?
    pub negative: bool,
    /// The text without the sign.
    pub text: String,
    /// How strongly the text without the sign binds.
    pub level: Level,
}

impl Piece {
    /// A piece without sign.
    pub fn new(text: impl Into<String>, level: Level) -> Piece {
        Piece { negative: false, text: text.into(), level }
    }

    /// A name, or a function with its arguments.
    pub fn atom(text: impl Into<String>) -> Piece {
        Piece::new(text, Level::Atom)
    }

    /// A number; a leading minus sign becomes the piece's.
    pub fn number(text: &str) -> Piece {
        let size = text.strip_prefix('-');
        Piece { negative: size.is_some(), text: size.unwrap_or(text).to_string(), level: Level::Atom }
    }

    /// The piece with the other sign.
    pub fn negated(self) -> Piece {
        Piece { negative: !self.negative, ..self }
    }

    /// The piece without its sign.
    pub fn unsigned(self) -> Piece {
        Piece { negative: false, ..self }
    }
}

/// The signs and brackets of a notation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Notation {
    /// The opening bracket.
    pub open: &'static str,
    /// The closing bracket.
    pub close: &'static str,
    /// The sign of a product.
    pub times: &'static str,
    /// The sign of a quotient.
    pub over: &'static str,
}

impl Notation {
    /// `2*(a + b)/c`: that of most programming languages.
    pub const PLAIN: Notation = Notation { open: "(", close: ")", times: "*", over: "/" };

    /// The text, in brackets if it binds more weakly than `level`; a sign binds like a product.
    pub fn at_least(&self, piece: Piece, level: Level) -> String {
        let Notation { open, close, .. } = self;
        if piece.negative {
            let text = format!("-{}", self.at_least(piece.unsigned(), Level::Product));
            if level > Level::Product { format!("{open}{text}{close}") } else { text }
        } else if piece.level < level {
            format!("{open}{}{close}", piece.text)
        } else {
            piece.text
        }
    }

    /// The text with its sign, without brackets.
    pub fn whole(&self, piece: Piece) -> String {
        self.at_least(piece, Level::Sum)
    }

    /// `left + right`.
    pub fn sum(&self, left: Piece, right: Piece) -> Piece {
        let sign = if right.negative { '-' } else { '+' };
        let right = self.at_least(right.unsigned(), Level::Product);
        Piece::new(format!("{} {sign} {right}", self.whole(left)), Level::Sum)
    }

    /// `left - right`.
    pub fn difference(&self, left: Piece, right: Piece) -> Piece {
        self.sum(left, right.negated())
    }

    /// `left*right`, computed from left to right.
    pub fn product(&self, left: Piece, right: Piece) -> Piece {
        self.joined(left, self.times, right)
    }

    /// `left/right`, computed from left to right.
    pub fn quotient(&self, left: Piece, right: Piece) -> Piece {
        self.joined(left, self.over, right)
    }

    fn joined(&self, left: Piece, sign: &str, right: Piece) -> Piece {
        let negative = left.negative;
        let left = self.at_least(left.unsigned(), Level::Product);
        let right = self.at_least(right, Level::Power);
        Piece { negative, text: format!("{left}{sign}{right}"), level: Level::Product }
    }

    /// `name(argument, ...)`.
    pub fn call(&self, name: &str, args: impl IntoIterator<Item = Piece>) -> Piece {
        let args: Vec<String> = args.into_iter().map(|arg| self.whole(arg)).collect();
        Piece::atom(format!("{name}{}{}{}", self.open, args.join(", "), self.close))
    }
}

/// Works an expression up from its leaves: `leaf` gives the result for a variable or constant, `operation`
/// that for an operator from the results for its arguments, first argument first.
pub fn fold<T: Default>(expr: &Expr, mut leaf: impl FnMut(Node) -> T, mut operation: impl FnMut(Op, Vec<T>) -> T) -> T {
    let mut stack: Vec<T> = Vec::new();
    for node in expr.nodes() {
        let result = match *node {
            Node::Op(op) => {
                let args = stack.split_off(stack.len() - op.arity());
                operation(op, args)
            }
            other => leaf(other),
        };
        stack.push(result);
    }
    stack.pop().unwrap_or_default()
}
