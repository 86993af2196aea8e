//! [`Monomial`]: a product of powers of atoms, with rational exponents.

use serde::{Deserialize, Serialize};
use symfolio_expr::math;

/// Exponents count in twelfths, so that halves, thirds and quarters are exact.
pub(crate) const ONE: i16 = 12;

/// A product of powers of atoms: (number of the atom, exponent in twelfths), ascending by atom, no exponent 0.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Monomial(Vec<(u16, i16)>);

impl Monomial {
    /// The empty product, 1.
    pub fn one() -> Monomial {
        Monomial(Vec::new())
    }

    /// One atom to a power in twelfths.
    pub fn power(atom: u16, exponent: i16) -> Monomial {
        Monomial::new(vec![(atom, exponent)])
    }

    /// Brings any list of powers into order; powers of the same atom are multiplied.
    pub fn new(mut powers: Vec<(u16, i16)>) -> Monomial {
        powers.sort_unstable();
        let mut merged: Vec<(u16, i16)> = Vec::with_capacity(powers.len());
        for (atom, exponent) in powers {
            match merged.last_mut() {
                Some(last) if last.0 == atom => last.1 = last.1.saturating_add(exponent),
                _ => merged.push((atom, exponent)),
            }
        }
        merged.retain(|(_, exponent)| *exponent != 0);
        Monomial(merged)
    }

    /// The powers, ascending by atom.
    pub fn powers(&self) -> &[(u16, i16)] {
        &self.0
    }

    /// Is it the empty product?
    pub fn is_one(&self) -> bool {
        self.0.is_empty()
    }

    /// The exponent of `atom` in twelfths, 0 where it does not occur.
    pub fn exponent(&self, atom: u16) -> i16 {
        self.0.iter().find(|(held, _)| *held == atom).map_or(0, |(_, exponent)| *exponent)
    }

    /// The product of both.
    pub fn times(&self, other: &Monomial) -> Monomial {
        Monomial::new(self.0.iter().chain(&other.0).copied().collect())
    }

    /// Raised to `numerator / denominator`; `None` where an exponent would not be a whole number of twelfths.
    pub fn raised(&self, numerator: i16, denominator: i16) -> Option<Monomial> {
        let raise = |(atom, exponent): &(u16, i16)| {
            let product = exponent.checked_mul(numerator)?;
            (product % denominator == 0).then_some((*atom, product / denominator))
        };
        self.0.iter().map(raise).collect::<Option<Vec<_>>>().map(Monomial)
    }

    /// 1 divided by it.
    pub fn inverse(&self) -> Monomial {
        Monomial(self.0.iter().map(|(atom, exponent)| (*atom, -exponent)).collect())
    }

    /// Sum of the absolute exponents, in twelfths.
    pub fn degree(&self) -> u32 {
        self.0.iter().map(|(_, exponent)| u32::from(exponent.unsigned_abs())).sum()
    }
}

/// `x` to the power `exponent` twelfths; NaN for a negative `x` and an exponent that is not whole.
pub(crate) fn raise(x: f64, exponent: i16) -> f64 {
    if exponent % ONE == 0 {
        return math::powi(x, i32::from(exponent / ONE));
    }
    if exponent % (ONE / 2) == 0 {
        return math::powi(x.sqrt(), i32::from(exponent / (ONE / 2)));
    }
    if x < 0.0 { f64::NAN } else { math::pow(x, f64::from(exponent) / f64::from(ONE)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_and_roots_keep_exponents_exact() {
        let product = Monomial::power(1, ONE).times(&Monomial::new(vec![(0, -24), (1, 6)]));
        assert_eq!(product.powers(), [(0, -24), (1, 18)]);
        assert_eq!(product.raised(1, 2), Some(Monomial::new(vec![(0, -12), (1, 9)])));
        assert_eq!(product.raised(1, 5), None);
        assert!(product.times(&product.inverse()).is_one());
    }

    #[test]
    fn powers_of_numbers() {
        for (x, exponent, expected) in
            [(3.0, 24, 9.0), (4.0, 6, 2.0), (4.0, -18, 0.125), (8.0, 4, 2.0), (-2.0, 36, -8.0)]
        {
            assert!((raise(x, exponent) - expected).abs() < 1e-14, "{x} {exponent}");
        }
        assert!(raise(-2.0, 6).is_nan() && raise(-2.0, 4).is_nan());
    }
}
