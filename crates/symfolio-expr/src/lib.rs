//! Expressions: operators, text forms, complexity, evaluation and derivatives.
//!
//! ```
//! use symfolio_expr::{Columns, Expr, Program, Scratch, parse};
//!
//! let names = ["x".to_string(), "t".to_string()];
//! let expr = parse("2*x**2 + exp(-c0*t)", &names)?;
//! let x: [&[f64]; 2] = [&[1.0, 2.0, 3.0], &[0.0, 0.0, 0.0]];
//! let mut values = vec![0.0; 3];
//! Program::new(&expr).values(expr.params(), &Columns::new(x), &mut Scratch::default(), &mut values);
//! assert_eq!(values, [3.0, 9.0, 19.0]);
//! # Ok::<(), symfolio_expr::ParseError>(())
//! ```

mod complexity;
mod expr;
mod interval;
mod key;
pub mod math;
mod operator;
mod operator_set;
mod prefix;
mod program;
mod template;
mod text;
mod units;

pub use complexity::Complexity;
pub use expr::{Expr, ExprError, Node};
pub use interval::{Enclosure, Interval};
pub use key::Key;
pub use operator::{OPERATORS, Op, OpInfo};
pub use operator_set::{Definition, OperatorSet};
pub use prefix::PrefixError;
pub use program::{
    BLOCK, Batch, Block, Columns, Evaluated, JacobianBlock, Moments, Program, Real, Registers, Scratch, kernel,
};
pub use template::{Hole, Template};
pub use text::{
    Level, Notation, Numbers, ParseError, ParseErrorKind, ParseOptions, Piece, fold, infix, infix_form, infix_rounded,
    number_text, parse, parse_definition, parse_with, rounded_number_text,
};
pub use units::{
    Analysis, Bases, Inferred, Literals, Product, Unit, UnitError, UnitRule, UnitTextError, UnitTextProblem, Units,
};
