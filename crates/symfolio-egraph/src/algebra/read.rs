//! Reading a tree into a [`Poly`].

use symfolio_expr::Op;

use super::Algebra;
use super::poly::{Atom, Poly, Term};
use crate::facts::Facts;
use crate::tree::Tree;

impl Algebra<'_> {
    /// The sum that a tree stands for; `None` where a step would change the domain or overflow.
    pub(super) fn read(&self, tree: &Tree) -> Option<Poly> {
        let (op, args) = match tree {
            Tree::Const(value) => return Some(Poly::number(value.value())),
            Tree::Param(index) => return Some(Poly::atom(Atom::Param(*index))),
            Tree::Var(index) => return Some(Poly::atom(Atom::Var(*index))),
            Tree::Call(op, args) => (*op, args),
        };
        let read: Option<Vec<Poly>> = args.iter().map(|arg| self.read(arg)).collect();
        let args = read?;
        let a = &args[0];
        match op {
            Op::Add => self.add(a, &args[1]),
            Op::Sub => self.add(a, &args[1].times(-1.0)),
            Op::Neg => Some(a.times(-1.0)),
            Op::Mul => self.multiply(a, &args[1]),
            Op::Div => self.multiply(a, &self.power_or_call(&args[1], -1.0)?),
            Op::Inv => self.power_or_call(a, -1.0),
            Op::Square => self.power_or_call(a, 2.0),
            Op::Cube => self.power_or_call(a, 3.0),
            Op::Sqrt => self.power_or_call(a, 0.5),
            Op::Cbrt if self.facts(a).range.nonnegative() => self.power_or_call(a, 1.0 / 3.0),
            Op::Pow => match args[1].value() {
                Some(exponent) => self.power_or_call(a, exponent),
                None => self.call(op, args),
            },
            Op::Exp => self.exponential(a),
            Op::Log => self.logarithm(a),
            Op::Abs => self.absolute(a),
            _ => self.call(op, args),
        }
    }

    fn power_or_call(&self, base: &Poly, exponent: f64) -> Option<Poly> {
        let power = self.power(base, exponent);
        if power.is_none() && base.value().is_some() {
            // 1/0 and its like: left as they stand.
            return Some(Poly::atom(Atom::Call(Op::Pow, vec![base.clone(), Poly::number(exponent)])));
        }
        power
    }

    /// A call that nothing more is known of, save signs and numbers.
    pub(super) fn call(&self, op: Op, mut args: Vec<Poly>) -> Option<Poly> {
        let facts: Vec<Facts> = args.iter().map(|arg| self.facts(arg)).collect();
        if let Some(value) = Facts::apply(op, &facts).literal.filter(|_| args.iter().all(|arg| arg.value().is_some())) {
            return Some(Poly::number(value.value()));
        }
        let odd = matches!(op, Op::Sin | Op::Tan | Op::Asin | Op::Atan | Op::Sinh | Op::Tanh | Op::Cbrt);
        let even = matches!(op, Op::Cos | Op::Cosh | Op::Sinc | Op::Abs);
        if (odd || even) && args[0].leads_negative() {
            args[0] = args[0].times(-1.0);
            return Some(Poly::single(Term::of(Atom::Call(op, args), 1.0), if odd { -1.0 } else { 1.0 }));
        }
        if op.info().commutative {
            args.sort();
        }
        Some(Poly::atom(Atom::Call(op, args)))
    }

    /// `exp(n*log(a) + b) = a**n * exp(b)` for positive `a`.
    fn exponential(&self, exponent: &Poly) -> Option<Poly> {
        let mut product = Poly::number(1.0);
        let mut rest: Vec<(Term, f64)> = Vec::new();
        for (term, c) in exponent.terms() {
            match term.factors() {
                [(Atom::Call(Op::Log, args), one)] if one.value() == 1.0 && self.facts(&args[0]).range.positive() => {
                    product = self.multiply(&product, &self.power(&args[0], c.value())?)?;
                }
                _ => rest.push((term.clone(), c.value())),
            }
        }
        let mut rest = Poly::collect(rest);
        if rest.is_zero() {
            return Some(product);
        }
        if self.mode.monic && rest.has_free_constant_term() && !rest.is_constant() {
            // exp(c + x) = exp(c)*exp(x), where exp(c) can be merged with other constants.
            let (constant, other): (Vec<_>, Vec<_>) = rest
                .terms()
                .iter()
                .map(|(term, c)| (term.clone(), c.value()))
                .partition(|(term, _)| term.is_constant());
            let factor = self.call(Op::Exp, vec![Poly::collect(constant)])?;
            product = self.multiply(&product, &factor)?;
            rest = Poly::collect(other);
        }
        let exp = match rest.value() {
            Some(_) => self.call(Op::Exp, vec![rest])?,
            None => Poly::atom(Atom::Call(Op::Exp, vec![rest])),
        };
        self.multiply(&product, &exp)
    }

    /// `log(exp(a)*b) = a + log(b)`, and, where sums are expanded, `log(a*b) = log(a) + log(b)` for positive `a`.
    fn logarithm(&self, argument: &Poly) -> Option<Poly> {
        let Some((term, c)) = argument.only() else { return self.call(Op::Log, vec![argument.clone()]) };
        let mut sum = Poly::default();
        let mut rest = Term::one();
        for (atom, exponent) in term.factors() {
            match atom {
                Atom::Call(Op::Exp, args) if exponent.value() == 1.0 => sum = self.add(&sum, &args[0])?,
                _ if self.mode.expand && self.atom_facts(atom).range.positive() => {
                    let inside = match atom {
                        Atom::Sum(poly) => poly.clone(),
                        other => Poly::atom(other.clone()),
                    };
                    let log = self.call(Op::Log, vec![inside])?;
                    sum = self.add(&sum, &log.times(exponent.value()))?;
                }
                _ => rest = rest.joined(&Term::of(atom.clone(), exponent.value())),
            }
        }
        if rest.is_one() && c == 1.0 {
            return Some(sum);
        }
        let rest = self.flattened(rest, c)?;
        self.add(&sum, &self.call(Op::Log, vec![rest])?)
    }

    /// `abs` with the factors of known sign taken out.
    fn absolute(&self, argument: &Poly) -> Option<Poly> {
        let range = self.facts(argument).range;
        if range.nonnegative() {
            return Some(argument.clone());
        }
        if range.nonpositive() {
            return Some(argument.times(-1.0));
        }
        let Some((term, c)) = argument.only() else { return self.call(Op::Abs, vec![argument.clone()]) };
        let mut out = Term::one();
        let mut rest = Term::one();
        let mut sign = 1.0;
        for (atom, exponent) in term.factors() {
            let range = self.atom_facts(atom).range;
            let power = Term::of(atom.clone(), exponent.value());
            if range.nonnegative() || exponent.value() % 2.0 == 0.0 || exponent.value().fract() != 0.0 {
                out = out.joined(&power);
            } else if range.nonpositive() {
                out = out.joined(&power);
                sign = -sign;
            } else {
                rest = rest.joined(&power);
            }
        }
        let rest = self.call(Op::Abs, vec![Poly::single(rest, 1.0)])?;
        self.multiply(&Poly::single(out, sign * c.abs()), &rest)
    }
}
