//! Sums made compact: perfect squares, merged logarithms, common factors and groups; then closed off as one atom.

use symfolio_expr::Expr;

use crate::assemble::{Assembler, Scaled};
use crate::monomial::{Monomial, ONE};

/// Turns a sum into one scaled product whose new atom, if any, is what cannot be factored out; `None` where the operators do
/// not suffice.
pub(crate) fn close(assembler: &mut Assembler<'_>, terms: Vec<Scaled>) -> Option<Scaled> {
    let mut terms = merged(terms);
    loop {
        if terms.len() == 1 {
            return terms.pop();
        }
        if terms.is_empty() {
            return Some((0.0, Monomial::one()));
        }
        if let Some(fewer) = merge_logarithms(assembler, &terms).or_else(|| complete_square(assembler, &terms)) {
            terms = merged(fewer);
            continue;
        }
        let common = common_factor(&terms);
        if !common.is_one() {
            let undo = common.inverse();
            let rest = terms.into_iter().map(|(coefficient, monomial)| (coefficient, monomial.times(&undo)));
            let (coefficient, product) = close(assembler, rest.collect())?;
            return Some((coefficient, product.times(&common)));
        }
        let Some((factor, members)) = best_group(&terms) else { break };
        let undo = factor.inverse();
        let inner = members.iter().map(|at| (terms[*at].0, terms[*at].1.times(&undo))).collect();
        let (coefficient, product) = close(assembler, inner)?;
        let mut rest: Vec<Scaled> =
            terms.into_iter().enumerate().filter(|(at, _)| !members.contains(at)).map(|(_, term)| term).collect();
        rest.push((coefficient, product.times(&factor)));
        terms = merged(rest);
    }
    seal(assembler, terms)
}

/// Adds the coefficients of equal monomials.
fn merged(mut terms: Vec<Scaled>) -> Vec<Scaled> {
    terms.sort_by(|a, b| a.1.cmp(&b.1));
    let mut sum: Vec<Scaled> = Vec::with_capacity(terms.len());
    for (coefficient, monomial) in terms {
        match sum.last_mut() {
            Some(last) if last.1 == monomial => last.0 += coefficient,
            _ => sum.push((coefficient, monomial)),
        }
    }
    sum.retain(|(coefficient, _)| *coefficient != 0.0);
    sum
}

/// `c M log a - c M log b` becomes `c M log(a / b)`.
fn merge_logarithms(assembler: &mut Assembler<'_>, terms: &[Scaled]) -> Option<Vec<Scaled>> {
    let logarithm = |assembler: &Assembler<'_>, monomial: &Monomial| {
        let powers = monomial.powers().iter();
        let logs: Vec<u16> = powers
            .filter(|(atom, exponent)| *exponent == ONE && assembler.atoms.source_of_log(*atom).is_some())
            .map(|(atom, _)| *atom)
            .collect();
        if let [log] = logs[..] { Some((log, monomial.times(&Monomial::power(log, -ONE)))) } else { None }
    };
    for (i, (c, monomial)) in terms.iter().enumerate() {
        let Some((first, factor)) = logarithm(assembler, monomial) else { continue };
        for (j, (d, other)) in terms.iter().enumerate().skip(i + 1) {
            let Some((second, other_factor)) = logarithm(assembler, other) else { continue };
            let same = (c.abs() - d.abs()).abs() <= assembler.writer.tolerance * c.abs();
            if factor != other_factor || !same {
                continue;
            }
            let (Some(a), Some(b)) = (assembler.atoms.source_of_log(first), assembler.atoms.source_of_log(second))
            else {
                continue;
            };
            // The positive one of two opposite logarithms goes above.
            let (above, below, size) = if *c * *d > 0.0 {
                (Monomial::power(a, ONE).times(&Monomial::power(b, ONE)), Monomial::one(), *c)
            } else if *c > 0.0 {
                (Monomial::power(a, ONE), Monomial::power(b, ONE), *c)
            } else {
                (Monomial::power(b, ONE), Monomial::power(a, ONE), *d)
            };
            let argument = assembler.write(1.0, &above.times(&below.inverse()))?;
            let source = assembler.atoms.intern(argument, assembler.sample);
            let merged = assembler.atoms.log_of(source);
            let rest = terms.iter().enumerate().filter(|(at, _)| *at != i && *at != j).map(|(_, term)| term.clone());
            let mut fewer: Vec<Scaled> = rest.collect();
            fewer.push((size, factor.times(&Monomial::power(merged, ONE))));
            return Some(fewer);
        }
    }
    None
}

/// `a m^2 + b m k + c k^2` with `b^2 = 4 a c` becomes the square of `sqrt(a) m +- sqrt(c) k`, with its sign.
fn complete_square(assembler: &mut Assembler<'_>, terms: &[Scaled]) -> Option<Vec<Scaled>> {
    for (i, (a, first)) in terms.iter().enumerate() {
        let Some(m) = first.raised(1, 2) else { continue };
        for (j, (c, second)) in terms.iter().enumerate().skip(i + 1) {
            if a * c <= 0.0 {
                continue;
            }
            let Some(k) = second.raised(1, 2) else { continue };
            let cross = m.times(&k);
            let Some((at, (b, _))) = terms.iter().enumerate().find(|(_, (_, monomial))| *monomial == cross) else {
                continue;
            };
            let wanted = 2.0 * (a * c).sqrt();
            if at == i || at == j || (b.abs() - wanted).abs() > assembler.writer.tolerance * wanted {
                continue;
            }
            if !is_real(assembler, &m) || !is_real(assembler, &k) {
                continue;
            }
            let sign = b.signum() * a.signum();
            let (scale, inner) = seal_square(assembler, vec![(a.abs().sqrt(), m), (sign * c.abs().sqrt(), k)])?;
            let rest = terms.iter().enumerate().filter(|(x, _)| *x != i && *x != j && *x != at);
            let mut fewer: Vec<Scaled> = rest.map(|(_, term)| term.clone()).collect();
            fewer.push((a.signum() * scale * scale, inner.raised(2, 1)?));
            return Some(fewer);
        }
    }
    None
}

/// The inner sum of a square: common factors out, then sealed.
fn seal_square(assembler: &mut Assembler<'_>, terms: Vec<Scaled>) -> Option<Scaled> {
    let common = common_factor(&terms);
    let undo = common.inverse();
    let rest = terms.into_iter().map(|(coefficient, monomial)| (coefficient, monomial.times(&undo))).collect();
    let (coefficient, product) = seal(assembler, rest)?;
    Some((coefficient, product.times(&common)))
}

fn is_real(assembler: &Assembler<'_>, monomial: &Monomial) -> bool {
    let values = assembler.atoms.monomial(monomial, assembler.sample.n_rows());
    values.iter().all(|value| value.is_finite())
}

/// The largest monomial that divides every term: per atom the exponent nearest to 0 where all have the same sign.
fn common_factor(terms: &[Scaled]) -> Monomial {
    let Some(((_, first), rest)) = terms.split_first() else { return Monomial::one() };
    let shared = first.powers().iter().map(|(atom, exponent)| {
        let nearest = rest.iter().fold(*exponent, |nearest, (_, monomial)| nearer(nearest, monomial.exponent(*atom)));
        (*atom, nearest)
    });
    Monomial::new(shared.collect())
}

/// The exponent nearer to 0, or 0 where the signs differ.
fn nearer(a: i16, b: i16) -> i16 {
    if a.signum() != b.signum() {
        0
    } else if a.abs() < b.abs() {
        a
    } else {
        b
    }
}

/// The power of one atom that most terms, but not all, share; at least two.
fn best_group(terms: &[Scaled]) -> Option<(Monomial, Vec<usize>)> {
    let mut candidates: Vec<(u16, i16)> = terms
        .iter()
        .flat_map(|(_, monomial)| monomial.powers().iter().map(|(atom, exponent)| (*atom, exponent.signum())))
        .collect();
    candidates.sort_unstable();
    candidates.dedup();
    let mut best: Option<(Monomial, Vec<usize>)> = None;
    for (atom, sign) in candidates {
        let holds = |(_, (_, monomial)): &(usize, &Scaled)| monomial.exponent(atom).signum() == sign;
        let members: Vec<usize> = terms.iter().enumerate().filter(holds).map(|(at, _)| at).collect();
        let exponents = members.iter().map(|at| terms[*at].1.exponent(atom));
        let Some(exponent) = exponents.reduce(nearer) else { continue };
        if members.len() >= 2 && best.as_ref().is_none_or(|(_, held)| held.len() < members.len()) {
            best = Some((Monomial::power(atom, exponent), members));
        }
    }
    best
}

/// Closes a sum off as an atom, scaled so that as many coefficients as possible are 1.
fn seal(assembler: &mut Assembler<'_>, terms: Vec<Scaled>) -> Option<Scaled> {
    let mut scale = best_scale(&terms, assembler.writer.tolerance);
    let positives = terms.iter().filter(|(coefficient, _)| *coefficient > 0.0).count();
    if positives == 0 {
        scale = -scale;
    }
    let mut written: Vec<(f64, Vec<(Expr, i16)>)> = Vec::with_capacity(terms.len());
    for (coefficient, monomial) in &terms {
        written.push((coefficient / scale, assembler.expand(monomial)?));
    }
    let expr = assembler.writer.sum(&written)?;
    let atom = assembler.atoms.intern(expr, assembler.sample);
    if positives > 0 && positives < terms.len() {
        written.iter_mut().for_each(|(coefficient, _)| *coefficient = -*coefficient);
        if let Some(negated) = assembler.writer.sum(&written) {
            assembler.atoms.set_negated(atom, negated);
        }
    }
    Some((scale, Monomial::power(atom, ONE)))
}

/// The size of coefficient that occurs most often; between equals 1 itself, then one of a term that is not constant.
fn best_scale(terms: &[Scaled], tolerance: f64) -> f64 {
    let count = |scale: f64| terms.iter().filter(|(c, _)| (c.abs() - scale).abs() <= tolerance * scale).count();
    let mut best = (0, false, 1.0);
    for (coefficient, monomial) in terms {
        let scale = if (coefficient.abs() - 1.0).abs() <= tolerance { 1.0 } else { coefficient.abs() };
        let rank = (count(scale), scale == 1.0 || (!monomial.is_one() && best.2 != 1.0), scale);
        if rank.0 > best.0 || (rank.0 == best.0 && rank.1 && !best.1) {
            best = rank;
        }
    }
    if best.2 > 0.0 { best.2 } else { 1.0 }
}
