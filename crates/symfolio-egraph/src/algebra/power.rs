//! Powers with literal exponents.

use symfolio_expr::Op;

use super::Algebra;
use super::poly::{Atom, Poly, Term};

/// Most terms that multiplying out may lead to.
const LARGEST_EXPANSION: usize = 24;

impl Algebra<'_> {
    /// The product.
    pub(super) fn multiply(&self, a: &Poly, b: &Poly) -> Option<Poly> {
        if a.is_zero() || b.is_zero() {
            // 0 takes the other factor away, and with it the points where that has no value.
            return (self.facts(a).total && self.facts(b).total).then(Poly::default);
        }
        if let (Some((s, c)), Some((t, d))) = (a.only(), b.only()) {
            return self.flattened(self.multiply_terms(s, t), c * d);
        }
        if self.mode.expand && a.len() * b.len() <= LARGEST_EXPANSION {
            return self.expanded(a, b);
        }
        if let Some(value) = a.value() {
            return finite(b.times(value));
        }
        if let Some(value) = b.value() {
            return finite(a.times(value));
        }
        let (s, c) = self.as_term(a)?;
        let (t, d) = self.as_term(b)?;
        self.flattened(self.multiply_terms(&s, &t), c * d)
    }

    fn expanded(&self, a: &Poly, b: &Poly) -> Option<Poly> {
        let mut sum = Poly::default();
        for (s, c) in a.terms() {
            for (t, d) in b.terms() {
                sum = self.add(&sum, &self.flattened(self.multiply_terms(s, t), c.value() * d.value())?)?;
            }
        }
        Some(sum)
    }

    /// A sum as one factor, its content taken out.
    fn as_term(&self, poly: &Poly) -> Option<(Term, f64)> {
        if let Some((term, c)) = poly.only() {
            return Some((term.clone(), c));
        }
        let (term, c, rest) = self.content(poly);
        Some((self.multiply_terms(&term, &Term::of(Atom::Sum(rest), 1.0)), c))
    }

    /// A term as a poly: a sum that stands alone in it, or that is to be multiplied out, is opened.
    pub(super) fn flattened(&self, term: Term, c: f64) -> Option<Poly> {
        if !c.is_finite() {
            return None;
        }
        // A literal 0 takes the term away, and with it the points where the term has no value.
        if c == 0.0 {
            return self.term_facts(&term).total.then(Poly::default);
        }
        let open = |(atom, exponent): &(Atom, crate::tree::Literal)| {
            let n = exponent.value();
            let alone = term.factors().len() == 1 && n == 1.0;
            matches!(atom, Atom::Sum(_))
                && (alone || (self.mode.expand && n.fract() == 0.0 && (1.0..=4.0).contains(&n)))
        };
        let Some(at) = term.factors().iter().position(open) else { return Some(Poly::single(term, c)) };
        let (Atom::Sum(sum), n) = &term.factors()[at] else { return Some(Poly::single(term, c)) };
        if term.factors().len() == 1 && n.value() == 1.0 {
            return finite(sum.times(c));
        }
        if sum.len().saturating_pow(n.value() as u32) > LARGEST_EXPANSION {
            return Some(Poly::single(term, c));
        }
        let (_, rest) = term.partition(|atom| *atom == term.factors()[at].0);
        let mut product = self.flattened(rest, c)?;
        for _ in 0..n.value() as usize {
            product = self.expanded(&product, sum)?;
        }
        Some(product)
    }

    /// `poly` to a literal power; `None` where that is beyond this algebra.
    pub(super) fn power(&self, poly: &Poly, exponent: f64) -> Option<Poly> {
        if exponent == 1.0 {
            return Some(poly.clone());
        }
        if exponent == 0.0 {
            return self.facts(poly).total.then(|| Poly::number(1.0));
        }
        if let Some(value) = poly.value() {
            let value = Op::Pow.apply(value, exponent, 0.0);
            return value.is_finite().then(|| Poly::number(value));
        }
        if let Some((term, c)) = poly.only() {
            let (term, c) = self.term_power(term, c, exponent)?;
            return self.flattened(term, c);
        }
        let (term, c, rest) = self.content(poly);
        let with_rest = self.multiply_terms(&term, &Term::of(Atom::Sum(rest), 1.0));
        let (term, c) = self.term_power(&with_rest, c, exponent)?;
        self.flattened(term, c)
    }

    /// `(c * term)**exponent` with as much as possible taken out of the power.
    fn term_power(&self, term: &Term, c: f64, exponent: f64) -> Option<(Term, f64)> {
        let mut out = Term::one();
        let mut taken = 1.0;
        if exponent.fract() == 0.0 {
            for (atom, m) in term.factors() {
                let power = self.factor_power(atom, m.value(), exponent);
                let (power, sign) = power.unwrap_or_else(|| (wrapped(atom, m.value(), exponent), 1.0));
                out = self.multiply_terms(&out, &power);
                taken *= sign;
            }
            return Some((out, taken * c.powf(exponent)));
        }
        let mut inside: Vec<(Atom, f64)> = Vec::new();
        for (atom, m) in term.factors() {
            let facts = self.atom_facts(atom);
            let leaves = facts.range.positive() || (m.value() % 2.0 == 0.0 && facts.range.nonzero());
            match self.factor_power(atom, m.value(), exponent).filter(|_| leaves) {
                Some((power, sign)) => {
                    out = self.multiply_terms(&out, &power);
                    taken *= sign;
                }
                None => inside.push((atom.clone(), m.value())),
            }
        }
        let root = c.abs().powf(exponent);
        let exact = c > 0.0 && (root.fract() == 0.0 || (1.0 / root).fract() == 0.0 || self.mode.monic);
        let mut left = if exact { 1.0 } else { c };
        if exact {
            taken *= root;
        }
        // What is known not to be negative has a root of its own; so has the last factor, beside positive ones.
        let nonnegative =
            |(atom, m): &(Atom, f64)| *m > 0.0 && (m % 2.0 == 0.0 || self.atom_facts(atom).range.nonnegative());
        if left > 0.0 && (inside.len() <= 1 || inside.iter().all(nonnegative)) {
            let powers: Option<Vec<(Term, f64)>> =
                inside.iter().map(|(atom, m)| self.factor_power(atom, *m, exponent)).collect();
            if let Some(powers) = powers
                && (left == 1.0 || inside.is_empty() || inside.iter().all(|(atom, _)| !matches!(atom, Atom::Sum(_))))
            {
                for (power, sign) in powers {
                    out = self.multiply_terms(&out, &power);
                    taken *= sign;
                }
                if left != 1.0 {
                    taken *= left.powf(exponent);
                    left = 1.0;
                }
                inside.clear();
            }
        }
        if !inside.is_empty() || left != 1.0 {
            let rest = inside.iter().fold(Term::one(), |rest, (atom, m)| rest.joined(&Term::of(atom.clone(), *m)));
            let rest = self.flattened(rest, left)?;
            out = self.multiply_terms(&out, &Term::of(Atom::Sum(rest), exponent));
        }
        Some((out, taken))
    }

    /// `(atom**m)**n` as a power with the same domain, and its sign; `None` where there is none.
    fn factor_power(&self, atom: &Atom, m: f64, n: f64) -> Option<(Term, f64)> {
        if let (Atom::Call(Op::Exp, args), true) = (atom, m == 1.0) {
            return Some((Term::of(Atom::Call(Op::Exp, vec![args[0].times(n)]), 1.0), 1.0));
        }
        let range = self.atom_facts(atom).range;
        let whole = Term::of(atom.clone(), m * n);
        let product = whole.factors().first().map_or(0.0, |(_, exponent)| exponent.value());
        if n.fract() == 0.0 || m % 2.0 != 0.0 {
            let had_sign = m.fract() != 0.0 || n.fract() != 0.0;
            let keeps_sign = had_sign == (product.fract() != 0.0) || range.nonnegative();
            return keeps_sign.then_some((whole, 1.0));
        }
        // A root of an even power is a power of the absolute value.
        if range.nonnegative() || product % 2.0 == 0.0 {
            return Some((whole, 1.0));
        }
        let itself = match atom {
            Atom::Sum(poly) => poly.clone(),
            other => Poly::atom(other.clone()),
        };
        if range.nonpositive() {
            let negative = Term::of(Atom::Sum(itself.times(-1.0)), product);
            return Some(if product.fract() == 0.0 { (whole, -1.0) } else { (negative, 1.0) });
        }
        Some((Term::of(Atom::Call(Op::Abs, vec![itself]), product), 1.0))
    }
}

fn wrapped(atom: &Atom, m: f64, n: f64) -> Term {
    Term::of(Atom::Sum(Poly::single(Term::of(atom.clone(), m), 1.0)), n)
}

fn finite(poly: Poly) -> Option<Poly> {
    // Overflow of a coefficient would have become 0 and vanished.
    poly.terms().iter().all(|(_, c)| c.value() != 0.0).then_some(poly)
}
