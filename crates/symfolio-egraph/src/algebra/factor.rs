//! Factoring sums: content, perfect squares, Horner's scheme.

use super::Algebra;
use super::poly::{Atom, Poly, Term};

/// Sums of more terms are only searched for content: the rest takes time that grows with the square.
const MOST_TERMS: usize = 16;

/// Relative difference up to which two coefficients count as the same: rounding and nothing more.
const SAME: f64 = 4.0 * f64::EPSILON;

fn same(a: f64, b: f64) -> bool {
    (a - b).abs() <= SAME * a.abs().max(b.abs())
}

impl Algebra<'_> {
    /// `poly = c * term * rest`, with everything that all its terms have in common in `term` and `c`; `rest` leads with
    /// a positive coefficient. Dividing keeps the domain: exponents left in `rest` are not negative.
    pub(super) fn content(&self, poly: &Poly) -> (Term, f64, Poly) {
        let mut term = common(poly, false);
        if self.mode.denominator {
            let with_denominator = common(poly, true);
            let safe = |(atom, exponent): &(Atom, crate::tree::Literal)| {
                exponent.value() > 0.0 || self.atom_facts(atom).range.nonzero()
            };
            if with_denominator.factors().iter().all(safe) {
                term = with_denominator;
            }
        }
        let inverse = term.scaled(-1.0);
        let divided = Poly::collect(poly.terms().iter().map(|(t, c)| (t.joined(&inverse), c.value())));
        let Some((first, lead)) = divided.terms().first() else { return (Term::one(), 1.0, poly.clone()) };
        let lead = lead.value();
        let equal = divided.terms().iter().all(|(_, c)| same(c.value().abs(), lead.abs()));
        if self.mode.monic {
            // The first term with a variable sets the scale, or else the first term.
            let with_variable = divided.terms().iter().find(|(t, _)| t.factors().iter().any(|(a, _)| !a.is_constant()));
            let (scale, c) = with_variable.map_or((first, lead), |(t, c)| (t, c.value()));
            let (constant, _) = scale.partition(Atom::is_constant);
            // A number that moved would make another constant of the one that it meets.
            let c = if self.mode.signed { 1.0 } else { c };
            let nonzero = constant.factors().iter().all(|(atom, _)| self.atom_facts(atom).range.nonzero());
            if nonzero {
                let down = constant.scaled(-1.0);
                let rest = divided.terms().iter().map(|(t, d)| (t.joined(&down), d.value() / c));
                return (term.joined(&constant), c, Poly::collect(rest));
            }
        }
        let c = if equal { lead } else { lead.signum() };
        (term, c, divided.times(1.0 / c))
    }

    /// Other ways to write a sum of several terms, for [`Algebra::write`] to choose from.
    pub(super) fn factorings(&self, poly: &Poly) -> Vec<Poly> {
        let mut found = Vec::new();
        for denominator in [false, true] {
            let term = common(poly, denominator);
            let inverse = term.scaled(-1.0);
            let divided = Poly::collect(poly.terms().iter().map(|(t, c)| (t.joined(&inverse), c.value())));
            let lead = divided.terms().first().map_or(1.0, |(_, c)| c.value());
            let equal = divided.terms().iter().all(|(_, c)| same(c.value().abs(), lead.abs()));
            let c = if equal { lead.abs() } else { 1.0 };
            if !(term.is_one() && c == 1.0) {
                let rest = divided.times(1.0 / c);
                found.push(Poly::single(term.joined(&Term::of(Atom::Sum(rest), 1.0)), c));
            }
        }
        if poly.len() <= MOST_TERMS {
            found.extend(squares(poly));
            found.extend(self.splits(poly));
        }
        found.retain(|other| other != poly);
        found
    }

    /// `a*G + R` for each atom power `a` that several terms share, and `(a + m)*G` where `R = m*G`.
    fn splits(&self, poly: &Poly) -> Vec<Poly> {
        let mut powers: Vec<(usize, Atom, f64)> = Vec::new();
        for (term, _) in poly.terms() {
            for (atom, exponent) in term.factors() {
                let up = exponent.value() > 0.0;
                if powers.iter().any(|(_, known, e)| known == atom && (*e > 0.0) == up) {
                    continue;
                }
                let having =
                    poly.terms().iter().filter_map(|(t, _)| t.exponent(atom)).filter(|e| *e != 0.0 && (*e > 0.0) == up);
                let (count, least) = having
                    .fold((0, f64::INFINITY), |(n, least), e| (n + 1, if up { e.min(least) } else { (-e).min(least) }));
                if count >= 2 && count < poly.len() {
                    powers.push((count, atom.clone(), if up { least } else { -least }));
                }
            }
        }
        // The most shared ones first; there is fuel for few.
        powers.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(&b.1)).then(a.2.total_cmp(&b.2)));
        powers.iter().take(3).flat_map(|(_, atom, k)| self.split(poly, atom, *k)).collect()
    }

    fn split(&self, poly: &Poly, atom: &Atom, k: f64) -> Vec<Poly> {
        let power = Term::of(atom.clone(), k);
        let inverse = power.scaled(-1.0);
        let (mut shared, mut rest) = (Vec::new(), Vec::new());
        for (term, c) in poly.terms() {
            let has = term.exponent(atom).is_some_and(|e| e != 0.0 && (e > 0.0) == (k > 0.0));
            if has {
                shared.push((term.joined(&inverse), c.value()));
            } else {
                rest.push((term.clone(), c.value()));
            }
        }
        let (shared, rest) = (Poly::collect(shared), Poly::collect(rest));
        let mut found = Vec::new();
        if shared.len() == rest.len()
            && let Some((m, c)) = ratio(&rest, &shared)
        {
            let factor = Poly::collect([(power.clone(), 1.0), (m, c)]);
            let product = Term::of(Atom::Sum(factor), 1.0).joined(&Term::of(Atom::Sum(shared.clone()), 1.0));
            found.push(Poly::single(product, 1.0));
        }
        let sign = if shared.leads_negative() { -1.0 } else { 1.0 };
        let product = power.joined(&Term::of(Atom::Sum(shared.times(sign)), 1.0));
        found.push(Poly::collect(rest.terms().iter().map(|(t, c)| (t.clone(), c.value())).chain([(product, sign)])));
        found
    }
}

/// The product of the powers that all terms share; with `denominator`, also of those below the line in any term.
fn common(poly: &Poly, denominator: bool) -> Term {
    let mut atoms: Vec<&Atom> = poly.terms().iter().flat_map(|(t, _)| t.factors()).map(|(atom, _)| atom).collect();
    atoms.sort();
    atoms.dedup();
    atoms.into_iter().fold(Term::one(), |product, atom| {
        let exponents: Option<Vec<f64>> = poly.terms().iter().map(|(t, _)| t.exponent(atom)).collect();
        let Some(exponents) = exponents else { return product };
        let least = exponents.iter().copied().fold(f64::INFINITY, f64::min);
        let most = exponents.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let shared = least > 0.0 || (least < 0.0 && (most < 0.0 || denominator));
        if shared { product.joined(&Term::of(atom.clone(), least)) } else { product }
    })
}

/// `(m, c)` with `a = c * m * b`.
fn ratio(a: &Poly, b: &Poly) -> Option<(Term, f64)> {
    let (b_first, b_lead) = b.terms().first()?;
    a.terms().iter().find_map(|(t, c)| {
        let m = t.joined(&b_first.scaled(-1.0));
        let c = c.value() / b_lead.value();
        // The quotient must not bring in a denominator.
        let whole = m.factors().iter().all(|(_, e)| e.value() > 0.0);
        let product = Poly::collect(b.terms().iter().map(|(t, d)| (t.joined(&m), d.value() * c)));
        let equal = product.len() == a.len()
            && product.terms().iter().zip(a.terms()).all(|((s, x), (t, y))| s == t && same(x.value(), y.value()));
        (whole && equal).then_some((m, c))
    })
}

/// Perfect squares: `a**2 + 2*a*b + b**2 = (a + b)**2`, also of more than two terms, and several in one sum.
fn squares(poly: &Poly) -> Option<Poly> {
    let terms = poly.terms();
    // Terms that are squares up to their sign: position, sign, root.
    let roots: Vec<(usize, f64, Term, f64)> = terms
        .iter()
        .enumerate()
        .filter(|(_, (term, _))| term.factors().iter().all(|(_, e)| e.value() % 2.0 == 0.0))
        .map(|(at, (term, c))| (at, c.value().signum(), term.scaled(0.5), c.value().abs().sqrt()))
        .collect();
    // Cross terms: the two roots, and the sign of their product relative to the squares.
    let mut cross: Vec<(usize, usize, usize, f64)> = Vec::new();
    for (i, a) in roots.iter().enumerate() {
        for (j, b) in roots.iter().enumerate().skip(i + 1).filter(|(_, b)| b.1 == a.1) {
            let product = a.2.joined(&b.2);
            let at = terms.iter().position(|(t, c)| *t == product && same(c.value().abs(), 2.0 * a.3 * b.3));
            if let Some(at) = at {
                cross.push((i, j, at, terms[at].1.value().signum() * a.1));
            }
        }
    }
    let mut used = vec![false; terms.len()];
    let mut found: Vec<(Term, f64)> = Vec::new();
    for start in 0..cross.len() {
        let (i, j, at, sign) = cross[start];
        if used[roots[i].0] || used[roots[j].0] || used[at] {
            continue;
        }
        let mut members = vec![(i, 1.0), (j, sign)];
        let mut taken = vec![at];
        // Further roots whose cross terms with all members are there, with fitting signs.
        for k in 0..roots.len() {
            if members.iter().any(|(m, _)| *m == k) || used[roots[k].0] {
                continue;
            }
            let links: Vec<_> = members
                .iter()
                .filter_map(|(m, s)| {
                    let link = cross.iter().find(|(a, b, at, _)| {
                        ((*a, *b) == (*m.min(&k), *m.max(&k))) && !used[*at] && !taken.contains(at)
                    });
                    link.map(|(_, _, at, sign)| (*at, sign * s))
                })
                .collect();
            if links.len() == members.len() && links.iter().all(|(_, sign)| *sign == links[0].1) {
                members.push((k, links[0].1));
                taken.extend(links.iter().map(|(at, _)| *at));
            }
        }
        for (member, _) in &members {
            used[roots[*member].0] = true;
        }
        for at in taken {
            used[at] = true;
        }
        let base = Poly::collect(members.iter().map(|(m, s)| (roots[*m].2.clone(), s * roots[*m].3)));
        let base = if base.leads_negative() { base.times(-1.0) } else { base };
        found.push((Term::of(Atom::Sum(base), 2.0), roots[i].1));
    }
    if found.is_empty() {
        return None;
    }
    let rest = terms.iter().zip(&used).filter(|(_, used)| !**used).map(|((t, c), _)| (t.clone(), c.value()));
    Some(Poly::collect(rest.chain(found)))
}
