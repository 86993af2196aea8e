//! [`Assembler`]: from a sum of columns to a compact formula in the original variables.

use symfolio_expr::{Expr, Op, OperatorSet, math};

use crate::atoms::Atoms;
use crate::monomial::{Monomial, ONE};
use crate::sample::Sample;
use crate::sum;
use crate::transform::{Inverse, Transform};
use crate::writer::Writer;

/// A model that is linear in its constants: `T(sign * y / prefactor) = sum of coefficient * monomial`.
#[derive(Clone, Debug)]
pub(crate) struct Model {
    /// Coefficients and monomials, none of them 0.
    pub terms: Vec<(f64, Monomial)>,
    /// The function of the target.
    pub transform: Transform,
    /// What the target was divided by, over the variables.
    pub prefactor: Monomial,
    /// 1, or -1 where the target is never positive.
    pub sign: f64,
    /// The atom that stands for the transformed target on the right-hand side, in rational models.
    pub target: Option<u16>,
}

/// A coefficient and a monomial: what parts of a formula are while it is put together.
pub(crate) type Scaled = (f64, Monomial);

/// Puts formulas together; its atoms grow by the sums that it closes off.
#[derive(Debug)]
pub(crate) struct Assembler<'a> {
    /// Variables, functions and sums.
    pub atoms: Atoms,
    /// The rows on which signs are looked up.
    pub sample: &'a Sample,
    /// Writes the parts.
    pub writer: Writer<'a>,
}

impl<'a> Assembler<'a> {
    /// Coefficients nearer to 1, and ratios nearer to simple ones, than `tolerance` count as such.
    pub fn new(atoms: Atoms, sample: &'a Sample, operators: &'a OperatorSet, tolerance: f64) -> Assembler<'a> {
        Assembler { atoms, sample, writer: Writer { operators, tolerance } }
    }

    /// The formula of `model`; `None` where the operators do not suffice or a root of a negative number would be taken.
    pub fn formula(&mut self, model: &Model) -> Option<Expr> {
        let (mut coefficient, mut product) = match model.target {
            Some(target) => self.rational(&model.terms, target)?,
            None if model.transform.inverse() == Inverse::Exponential => self.exponential(&model.terms)?,
            None => match model.transform.inverse() {
                Inverse::ShiftedExponential { .. } => self.exponential(&model.terms)?,
                _ => sum::close(self, model.terms.clone())?,
            },
        };
        (coefficient, product) = self.undo(model.transform, coefficient, product)?;
        product = product.times(&model.prefactor);
        coefficient *= model.sign;
        if model.transform == Transform::Log && self.is_opposed(&product, coefficient) {
            coefficient = -coefficient;
        }
        self.write(coefficient, &product)
    }

    /// `p / (1 - q)` of `u = p + q u`.
    fn rational(&mut self, terms: &[Scaled], target: u16) -> Option<Scaled> {
        let (with, without): (Vec<Scaled>, Vec<Scaled>) =
            terms.iter().cloned().partition(|(_, monomial)| monomial.exponent(target) != 0);
        if without.is_empty() {
            return None;
        }
        let numerator = sum::close(self, without)?;
        let mut rest = vec![(1.0, Monomial::one())];
        let undo = Monomial::power(target, -ONE);
        rest.extend(with.into_iter().map(|(coefficient, monomial)| (-coefficient, monomial.times(&undo))));
        let denominator = sum::close(self, rest)?;
        Some((numerator.0 / denominator.0, numerator.1.times(&denominator.1.inverse())))
    }

    /// `exp(sum)` with the constant and the logarithms taken out as factors.
    fn exponential(&mut self, terms: &[Scaled]) -> Option<Scaled> {
        let mut coefficient = 1.0;
        let mut product = Monomial::one();
        let mut rest = Vec::new();
        for (c, monomial) in terms {
            let logarithm = match monomial.powers() {
                [(atom, exponent)] if *exponent == ONE => self.atoms.source_of_log(*atom),
                _ => None,
            };
            match logarithm {
                _ if monomial.is_one() => coefficient *= math::exp(*c),
                Some(source) => product = product.times(&self.real_power(source, *c)?),
                None => rest.push((*c, monomial.clone())),
            }
        }
        if !rest.is_empty() {
            let (scale, inner) = sum::close(self, rest)?;
            let argument = self.write(scale, &inner)?;
            let exponential = self.writer.unary(Op::Exp, &argument)?;
            product = product.times(&Monomial::power(self.atoms.intern(exponential, self.sample), ONE));
        }
        coefficient.is_finite().then_some((coefficient, product))
    }

    /// An atom to a power found by regression: exact twelfths stay exponents of the form, others become constants.
    fn real_power(&mut self, atom: u16, exponent: f64) -> Option<Monomial> {
        let twelfths = (exponent * f64::from(ONE)).round();
        if (exponent * f64::from(ONE) - twelfths).abs() < 1e-6 * f64::from(ONE) && twelfths.abs() < 200.0 {
            return Some(Monomial::power(atom, twelfths as i16));
        }
        if !self.writer.operators.contains(Op::Pow) || self.atoms.values(atom).iter().any(|value| *value < 0.0) {
            return None;
        }
        let power = Expr::apply(Op::Pow, &[self.atoms.expr(atom), &Expr::param(exponent.abs())]);
        let sign = if exponent < 0.0 { -ONE } else { ONE };
        Some(Monomial::power(self.atoms.intern(power, self.sample), sign))
    }

    fn undo(&mut self, transform: Transform, coefficient: f64, product: Monomial) -> Option<Scaled> {
        match transform.inverse() {
            Inverse::Exponential => Some((coefficient, product)),
            Inverse::Power(numerator, 1) => {
                Some((math::powi(coefficient, i32::from(numerator)), product.raised(numerator, 1)?))
            }
            Inverse::Power(numerator, denominator) => self.root(coefficient, product, numerator, denominator),
            Inverse::Op(op) => {
                let argument = self.write(coefficient, &product)?;
                let value = self.writer.unary(op, &argument)?;
                Some((1.0, Monomial::power(self.atoms.intern(value, self.sample), ONE)))
            }
            Inverse::ShiftedExponential { shift, exponent, sign } => {
                let terms = vec![(coefficient, product), (shift, Monomial::one())];
                let (scale, inner) = sum::close(self, terms)?;
                let exponent_twelfths = exponent * ONE;
                let raised = inner.raised(exponent_twelfths, ONE)?;
                Some((sign * math::powi(scale, i32::from(exponent)), raised))
            }
        }
    }

    /// A fractional power of a product: exponents are divided, with a look at the signs on the data.
    fn root(&mut self, coefficient: f64, product: Monomial, numerator: i16, denominator: i16) -> Option<Scaled> {
        let mut coefficient = coefficient;
        let mut powers: Vec<(u16, i16)> = Vec::new();
        for (atom, exponent) in product.powers() {
            let values = self.atoms.values(*atom);
            let negative = values.iter().all(|value| *value <= 0.0);
            let mixed = !negative && values.iter().any(|value| *value < 0.0);
            let even = exponent % (2 * ONE) == 0;
            if negative {
                if !even {
                    coefficient = -coefficient;
                }
                powers.push((self.opposite(*atom)?, *exponent));
            } else if mixed && even {
                // The root of a square is an absolute value.
                let size = match self.writer.unary(Op::Abs, self.atoms.expr(*atom)) {
                    Some(size) => self.atoms.intern(size, self.sample),
                    None => {
                        let square = self.writer.power(self.atoms.expr(*atom), 2 * ONE)?;
                        let square = self.atoms.intern(square, self.sample);
                        powers.push((square, exponent / 2));
                        continue;
                    }
                };
                powers.push((size, *exponent));
            } else {
                powers.push((*atom, *exponent));
            }
        }
        if coefficient <= 0.0 {
            return None;
        }
        let raised = Monomial::new(powers).raised(numerator, denominator)?;
        Some((math::pow(coefficient, f64::from(numerator) / f64::from(denominator)), raised))
    }

    /// The negative of an atom as an atom: a difference turned around, or a negation.
    fn opposite(&mut self, atom: u16) -> Option<u16> {
        let negated = match self.atoms.negated(atom) {
            Some(negated) => negated.clone(),
            None => self.writer.unary(Op::Neg, self.atoms.expr(atom))?,
        };
        let original = self.atoms.expr(atom).clone();
        let opposite = self.atoms.intern(negated, self.sample);
        self.atoms.set_negated(opposite, original);
        Some(opposite)
    }

    /// Does the product point away from the target?
    fn is_opposed(&self, product: &Monomial, coefficient: f64) -> bool {
        let values = self.atoms.monomial(product, self.sample.n_rows());
        let along: f64 = values.iter().zip(&self.sample.target).map(|(value, y)| value * y).sum();
        along * coefficient < 0.0
    }

    /// Writes a scaled product. A coefficient of -1 is hidden in a difference where there is one.
    pub fn write(&mut self, coefficient: f64, product: &Monomial) -> Option<Expr> {
        let mut coefficient = coefficient;
        let mut product = product.clone();
        if coefficient < 0.0 {
            let odd = product
                .powers()
                .iter()
                .find(|(atom, exponent)| exponent.abs() == ONE && self.atoms.negated(*atom).is_some());
            if let Some((atom, exponent)) = odd.copied() {
                let opposite = self.opposite(atom)?;
                product = product.times(&Monomial::power(atom, -exponent)).times(&Monomial::power(opposite, exponent));
                coefficient = -coefficient;
            }
        }
        let powers = self.expand(&product)?;
        self.writer.product(coefficient, &powers)
    }

    /// The expressions behind a monomial's atoms; logarithms that remain are written as such.
    pub fn expand(&mut self, product: &Monomial) -> Option<Vec<(Expr, i16)>> {
        let powers = product.powers().iter();
        powers
            .map(|(atom, exponent)| {
                let expr = self.atoms.expr(*atom).clone();
                match self.atoms.source_of_log(*atom) {
                    Some(_) => Some((self.writer.unary(Op::Log, &expr)?, *exponent)),
                    None => Some((expr, *exponent)),
                }
            })
            .collect()
    }
}

#[cfg(test)]
mod tests;
