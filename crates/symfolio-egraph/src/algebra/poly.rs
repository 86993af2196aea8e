//! [`Poly`], [`Term`], [`Atom`]: sums of products of powers, in one order.

use symfolio_expr::Op;

use crate::facts::Facts;
use crate::tree::Literal;

use super::Algebra;

/// What is raised to a power in a [`Term`].
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Atom {
    Param(u16),
    Var(u16),
    /// A sum that is not multiplied out.
    Sum(Poly),
    Call(Op, Vec<Poly>),
}

/// A product of powers; no exponent is 0. An atom appears twice only where its powers have no common domain.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Term(Vec<(Atom, Literal)>);

/// A sum of terms times numbers that are not 0.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Poly(Vec<(Term, Literal)>);

/// A number that is known to be finite; others, which no caller has, become 0.
pub(super) fn literal(value: f64) -> Literal {
    Literal::new(value).unwrap_or_else(|| literal(0.0))
}

/// Removes the rounding of a sum or product of simple fractions.
fn tidy(exponent: f64) -> f64 {
    let near = (exponent * 12.0).round() / 12.0;
    if (near - exponent).abs() <= 4.0 * f64::EPSILON * exponent.abs() { near } else { exponent }
}

impl Term {
    pub(super) fn one() -> Term {
        Term::default()
    }

    pub(super) fn of(atom: Atom, exponent: f64) -> Term {
        Term(if exponent == 0.0 { Vec::new() } else { vec![(atom, literal(tidy(exponent)))] })
    }

    pub(super) fn factors(&self) -> &[(Atom, Literal)] {
        &self.0
    }

    pub(super) fn is_one(&self) -> bool {
        self.0.is_empty()
    }

    /// Sum of the exponents where there are variables only; other terms come behind all of these.
    pub(super) fn degree(&self) -> f64 {
        let variables = self.0.iter().all(|(atom, _)| matches!(atom, Atom::Var(_)));
        if variables { self.0.iter().map(|(_, exponent)| exponent.value()).sum() } else { f64::MIN }
    }

    pub(super) fn is_constant(&self) -> bool {
        self.0.iter().all(|(atom, _)| atom.is_constant())
    }

    /// The exponent of an atom; 0 where it does not appear. `None` where it appears more than once.
    pub(super) fn exponent(&self, atom: &Atom) -> Option<f64> {
        let mut found = self.0.iter().filter(|(other, _)| other == atom);
        let exponent = found.next().map_or(0.0, |(_, exponent)| exponent.value());
        found.next().is_none().then_some(exponent)
    }

    /// The factors for which `wanted` holds, and the others.
    pub(super) fn partition(&self, wanted: impl Fn(&Atom) -> bool) -> (Term, Term) {
        let (yes, no) = self.0.iter().cloned().partition(|(atom, _)| wanted(atom));
        (Term(yes), Term(no))
    }

    /// Multiplies every exponent, without regard to domains: only for whole results of known factors.
    pub(super) fn scaled(&self, by: f64) -> Term {
        Term(self.0.iter().map(|(atom, exponent)| (atom.clone(), literal(tidy(exponent.value() * by)))).collect())
    }

    /// The product of terms that have no atom in common, or whose common atoms' exponents just add up.
    pub(super) fn joined(&self, other: &Term) -> Term {
        let mut factors = self.0.clone();
        for (atom, exponent) in &other.0 {
            match factors.iter_mut().find(|(known, _)| known == atom) {
                Some((_, known)) => *known = literal(tidy(known.value() + exponent.value())),
                None => factors.push((atom.clone(), *exponent)),
            }
        }
        factors.retain(|(_, exponent)| exponent.value() != 0.0);
        factors.sort();
        Term(factors)
    }

    fn insert(&mut self, atom: Atom, exponent: f64) {
        if exponent != 0.0 {
            self.0.push((atom, literal(tidy(exponent))));
            self.0.sort();
        }
    }
}

impl Poly {
    pub(super) fn number(value: f64) -> Poly {
        Poly::single(Term::one(), value)
    }

    pub(super) fn single(term: Term, coefficient: f64) -> Poly {
        Poly(if coefficient == 0.0 { Vec::new() } else { vec![(term, literal(coefficient))] })
    }

    pub(super) fn atom(atom: Atom) -> Poly {
        Poly::single(Term::of(atom, 1.0), 1.0)
    }

    pub(super) fn collect(terms: impl IntoIterator<Item = (Term, f64)>) -> Poly {
        let mut terms: Vec<(Term, f64)> = terms.into_iter().collect();
        terms.sort_by(|a, b| a.0.cmp(&b.0));
        let mut merged: Vec<(Term, f64)> = Vec::with_capacity(terms.len());
        for (term, coefficient) in terms {
            match merged.last_mut() {
                Some(last) if last.0 == term => last.1 += coefficient,
                _ => merged.push((term, coefficient)),
            }
        }
        Poly(merged.into_iter().filter(|(_, c)| *c != 0.0).map(|(term, c)| (term, literal(c))).collect())
    }

    pub(super) fn terms(&self) -> &[(Term, Literal)] {
        &self.0
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn is_zero(&self) -> bool {
        self.0.is_empty()
    }

    /// The value, where there is nothing but a number.
    pub(super) fn value(&self) -> Option<f64> {
        match self.0.as_slice() {
            [] => Some(0.0),
            [(term, coefficient)] if term.is_one() => Some(coefficient.value()),
            _ => None,
        }
    }

    /// The only term, where there is exactly one.
    pub(super) fn only(&self) -> Option<(&Term, f64)> {
        if let [(term, coefficient)] = self.0.as_slice() { Some((term, coefficient.value())) } else { None }
    }

    pub(super) fn times(&self, factor: f64) -> Poly {
        Poly::collect(self.0.iter().map(|(term, c)| (term.clone(), c.value() * factor)))
    }

    pub(super) fn is_constant(&self) -> bool {
        self.0.iter().all(|(term, _)| term.is_constant())
    }

    /// Is there a term without variables that is more than a number?
    pub(super) fn has_free_constant_term(&self) -> bool {
        self.0.iter().any(|(term, _)| !term.is_one() && term.is_constant())
    }

    /// Does it start with a minus sign, in the order of terms?
    pub(super) fn leads_negative(&self) -> bool {
        self.0.first().is_some_and(|(_, c)| c.value() < 0.0)
    }
}

impl Atom {
    pub(super) fn is_constant(&self) -> bool {
        match self {
            Atom::Param(_) => true,
            Atom::Var(_) => false,
            Atom::Sum(poly) => poly.is_constant(),
            Atom::Call(_, args) => args.iter().all(Poly::is_constant),
        }
    }
}

impl Algebra<'_> {
    /// The sum; terms that cancel stay as they are where they do not have a value everywhere.
    pub(super) fn add(&self, a: &Poly, b: &Poly) -> Option<Poly> {
        let sum = Poly::collect(a.0.iter().chain(&b.0).map(|(term, c)| (term.clone(), c.value())));
        let cancelled = |(term, c): &(Term, Literal)| {
            b.0.iter().any(|(other, d)| other == term && c.value() == -d.value()) && !self.term_facts(term).total
        };
        // To cancel would add points to the domain; such an expression is left to its author.
        if a.0.iter().any(cancelled) { None } else { Some(sum) }
    }

    /// The product of two terms: powers of one atom are added up where that keeps the domain.
    pub(super) fn multiply_terms(&self, a: &Term, b: &Term) -> Term {
        let mut product = a.clone();
        for (atom, exponent) in &b.0 {
            self.multiply_factor(&mut product, atom.clone(), exponent.value());
        }
        product
    }

    fn multiply_factor(&self, product: &mut Term, atom: Atom, exponent: f64) {
        // Where constants are to be merged, an exponential of constants stays by itself.
        let alike = |other: &Atom| !self.mode.monic || other.is_constant() == atom.is_constant();
        if let Atom::Call(Op::Exp, args) = &atom
            && exponent == 1.0
            && let Some(at) = product
                .0
                .iter()
                .position(|(other, e)| matches!(other, Atom::Call(Op::Exp, _)) && e.value() == 1.0 && alike(other))
            && let Atom::Call(_, others) = &product.0[at].0
            && let Some(sum) = self.add(&args[0], &others[0])
        {
            product.0.remove(at);
            if !sum.is_zero() {
                product.insert(Atom::Call(Op::Exp, vec![sum]), 1.0);
            }
            return;
        }
        let at = product
            .0
            .iter()
            .position(|(other, e)| *other == atom && may_join(&self.atom_facts(&atom), e.value(), exponent));
        match at {
            Some(at) => {
                let (_, known) = product.0.remove(at);
                product.insert(atom, known.value() + exponent);
            }
            None => product.insert(atom, exponent),
        }
    }
}

/// Is `a**m * a**n` the same as `a**(m + n)`, at points without a value too?
pub(super) fn may_join(a: &Facts, m: f64, n: f64) -> bool {
    let sum = tidy(m + n);
    let needs_sign = m.fract() != 0.0 || n.fract() != 0.0;
    let needs_nonzero = m < 0.0 || n < 0.0;
    let keeps_sign = needs_sign == (sum.fract() != 0.0) || a.range.nonnegative();
    let keeps_zero = needs_nonzero == (sum < 0.0) || a.range.nonzero();
    keeps_sign && keeps_zero && (sum != 0.0 || a.total)
}
