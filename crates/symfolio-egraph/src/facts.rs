//! [`Facts`]: what is known of every value of an expression on the data's domain.

use symfolio_expr::{Interval, Op};

use crate::Domain;
use crate::tree::{Literal, Tree};

/// What is known of an expression, at every point of the domain.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Facts {
    /// Bounds on its value, wherever it has one.
    pub(crate) range: Interval,
    /// Does it have a (real) value everywhere on the domain?
    pub(crate) total: bool,
    /// Is it the same at every point: can it be written without variables?
    pub(crate) constant: bool,
    /// Its value, where it is a literal or folds to one.
    pub(crate) literal: Option<Literal>,
}

impl Facts {
    pub(crate) fn number(value: Literal) -> Facts {
        Facts { range: Interval::point(value.value()), total: true, constant: true, literal: Some(value) }
    }

    pub(crate) fn variable(range: Interval) -> Facts {
        Facts { range, total: true, constant: false, literal: None }
    }

    /// A free constant is an unknown number of known sign.
    pub(crate) fn param(sign: Interval) -> Facts {
        Facts { range: sign, total: true, constant: true, literal: None }
    }

    /// The facts of `op` of arguments with the facts `args`.
    pub(crate) fn apply(op: Op, args: &[Facts]) -> Facts {
        let get = |i: usize| args.get(i).copied().unwrap_or(Facts::NOTHING);
        let (a, b) = (get(0).range, get(1).range);
        let defined = match op {
            Op::Div => b.nonzero(),
            Op::Inv => a.nonzero(),
            Op::Pow => match get(1).literal.map(Literal::value) {
                Some(n) if n.fract() == 0.0 => n >= 0.0 || a.nonzero(),
                Some(n) => a.positive() || (n > 0.0 && a.nonnegative()),
                None => a.positive() || (a.nonnegative() && b.positive()),
            },
            Op::Sqrt => a.nonnegative(),
            Op::Log => a.positive(),
            Op::Asin | Op::Acos => a.within(-1.0, 1.0),
            Op::Tan => a.on_one_tangent_branch(),
            _ => true,
        };
        Facts {
            range: Interval::apply(op, [a, b, get(2).range]),
            total: defined && args.iter().all(|arg| arg.total),
            constant: args.iter().all(|arg| arg.constant),
            literal: fold(op, args),
        }
    }

    const NOTHING: Facts = Facts { range: Interval::ALL, total: false, constant: false, literal: None };

    pub(crate) fn of(tree: &Tree, domain: &Domain, params: &[f64]) -> Facts {
        match tree {
            Tree::Const(value) => Facts::number(*value),
            Tree::Param(index) => Facts::param(sign(params.get(usize::from(*index)).copied().unwrap_or(0.0))),
            Tree::Var(index) => Facts::variable(domain.range(*index)),
            Tree::Call(op, args) => {
                let args: Vec<Facts> = args.iter().map(|arg| Facts::of(arg, domain, params)).collect();
                Facts::apply(*op, &args)
            }
        }
    }
}

/// All numbers of the sign of `value`.
pub(crate) fn sign(value: f64) -> Interval {
    let tiny = f64::from_bits(1);
    if value > 0.0 {
        Interval { lo: tiny, hi: f64::INFINITY }
    } else if value < 0.0 {
        Interval { lo: f64::NEG_INFINITY, hi: -tiny }
    } else {
        Interval::ALL
    }
}

/// The value of an operator of literals, where it is finite.
fn fold(op: Op, args: &[Facts]) -> Option<Literal> {
    let mut values = [0.0; 3];
    for (value, arg) in values.iter_mut().zip(args) {
        *value = arg.literal?.value();
    }
    Literal::new(op.apply(values[0], values[1], values[2]))
}
