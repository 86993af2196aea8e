//! [`Unit`]: a product of powers of base units and a scale; [`Bases`]: the names of the base units.

use crate::rounded_number_text;

/// Exponents are kept in this many parts of 1, so that halves, thirds and quarters are exact.
pub(crate) const ONE: i16 = 12;

/// The base units of the SI, in the order of the exponents. An angle has no unit of its own: a radian is 1.
pub(crate) const SI: [&str; 7] = ["kg", "m", "s", "A", "K", "mol", "cd"];

/// Base units in all: those of the SI and room for five of a table's own.
pub(crate) const BASES: usize = 12;

/// Largest exponent: no law has 30 seconds in a product.
const MOST: i32 = 30 * ONE as i32;

/// Scales are the same when their logarithms differ by at most this.
const SAME: f64 = 1e-9;

/// A product of powers of base units, and the number that it is a multiple of it: a kilometre is 1000 times a metre.
#[derive(Clone, Copy, Debug)]
pub struct Unit {
    /// By base unit, in twelfths.
    exponents: [i16; BASES],
    /// Natural logarithm of the scale.
    scale: f64,
}

impl Unit {
    /// The unit of pure numbers.
    pub const ONE: Unit = Unit { exponents: [0; BASES], scale: 0.0 };

    pub(crate) fn new(exponents: [i16; BASES], scale: f64) -> Unit {
        Unit { exponents, scale }
    }

    /// The base unit at position `index`.
    pub(crate) fn base(index: usize) -> Unit {
        let mut unit = Unit::ONE;
        unit.exponents[index] = ONE;
        unit
    }

    /// Exponents of the base units in twelfths: kg, m, s, A, K, mol, cd, then those of the table's own.
    pub fn exponents(&self) -> &[i16] {
        &self.exponents
    }

    /// Natural logarithm of the scale: 0 for a coherent SI unit, ln(1000) for a kilometre.
    pub fn log_scale(&self) -> f64 {
        self.scale
    }

    /// Is it the same unit, scale and all? A metre is not a kilometre: their numbers cannot be added.
    pub fn is(&self, other: &Unit) -> bool {
        self.exponents == other.exponents && (self.scale - other.scale).abs() <= SAME
    }

    /// Is it that of pure numbers? Degrees and per cent are not: they have a scale.
    pub fn is_one(&self) -> bool {
        self.is(&Unit::ONE)
    }

    /// Has it no base unit, whatever its scale?
    pub fn is_dimensionless(&self) -> bool {
        self.exponents == [0; BASES]
    }

    /// The product of both.
    #[must_use]
    pub fn times(&self, other: &Unit) -> Unit {
        let mut product = *self;
        product.exponents.iter_mut().zip(&other.exponents).for_each(|(a, b)| *a = a.saturating_add(*b));
        product.scale += other.scale;
        product
    }

    /// The quotient.
    #[must_use]
    pub fn over(&self, other: &Unit) -> Unit {
        let mut quotient = *self;
        quotient.exponents.iter_mut().zip(&other.exponents).for_each(|(a, b)| *a = a.saturating_sub(*b));
        quotient.scale -= other.scale;
        quotient
    }

    /// The unit to a power in twelfths; `None` where an exponent would be no whole number of twelfths, or above 30.
    pub fn raised(&self, power: i16) -> Option<Unit> {
        let mut raised = *self;
        for exponent in &mut raised.exponents {
            let product = i32::from(*exponent) * i32::from(power);
            if product % i32::from(ONE) != 0 || (product / i32::from(ONE)).abs() > MOST {
                return None;
            }
            *exponent = (product / i32::from(ONE)) as i16;
        }
        raised.scale *= f64::from(power) / f64::from(ONE);
        Some(raised)
    }

    /// The unit to the power `power`; `None` as for [`Unit::raised`].
    pub fn power(&self, power: f64) -> Option<Unit> {
        let twelfths = (f64::from(ONE) * power).round();
        let whole = (f64::from(ONE) * power - twelfths).abs() < 1e-9 && twelfths.abs() <= f64::from(MOST);
        if whole { self.raised(twelfths as i16) } else { None }
    }

    /// This many of it.
    pub(crate) fn scaled(mut self, factor: f64) -> Unit {
        self.scale += crate::math::log(factor);
        self
    }
}

/// The names of the base units: those of the SI, then the table's own, such as `[EUR]`, in order of appearance.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Bases {
    own: Vec<String>,
}

impl Bases {
    /// The base unit of one's own called `name`; `None` where there is no room for another one.
    pub(crate) fn own(&mut self, name: &str) -> Option<Unit> {
        let place = self.own.iter().position(|known| known == name).unwrap_or_else(|| {
            self.own.push(name.to_string());
            self.own.len() - 1
        });
        (SI.len() + place < BASES).then(|| Unit::base(SI.len() + place))
    }

    /// `unit` as text that [`Bases::parse`] reads: `kg*m/s^2`, `1000*m`; `1` for pure numbers.
    pub fn text(&self, unit: &Unit) -> String {
        let own: Vec<String> = self.own.iter().map(|name| format!("[{name}]")).collect();
        let names = SI.iter().copied().chain(own.iter().map(String::as_str));
        let factors: Vec<(&str, i16)> = names.zip(unit.exponents.iter().copied()).collect();
        let scale = crate::math::exp(unit.scale);
        product_text((unit.scale.abs() > SAME).then_some(scale), &factors)
    }
}

/// A product of powers (exponents in twelfths) as text: `2*a*b^2/c`; `1` where it is empty.
pub(crate) fn product_text(number: Option<f64>, factors: &[(&str, i16)]) -> String {
    let mut text = number.map_or_else(String::new, |number| rounded_number_text(number, 6));
    let mut push = |sign: char, name: &str, exponent: i16| {
        match (sign, text.is_empty()) {
            ('*', true) => {}
            ('/', true) => text.push_str("1/"),
            _ => text.push(sign),
        }
        text.push_str(name);
        let exponent = exponent.abs();
        if exponent % ONE == 0 && exponent != ONE {
            text.push_str(&format!("^{}", exponent / ONE));
        } else if exponent != ONE {
            let shared = (1..=ONE).rev().find(|d| ONE % d == 0 && exponent % d == 0).unwrap_or(1);
            text.push_str(&format!("^({}/{})", exponent / shared, ONE / shared));
        }
    };
    factors.iter().filter(|(_, exponent)| *exponent > 0).for_each(|(name, exponent)| push('*', name, *exponent));
    factors.iter().filter(|(_, exponent)| *exponent < 0).for_each(|(name, exponent)| push('/', name, *exponent));
    if text.is_empty() { "1".into() } else { text }
}
