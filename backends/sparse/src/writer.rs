//! [`Writer`]: products of powers and signed sums as compact expressions over the operators that may be used.

use symfolio_expr::{Expr, Op, OperatorSet};

use crate::monomial::ONE;

/// Writes products of powers and signed sums with the operators that may be used; `None` where they do not suffice.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Writer<'a> {
    /// The operators that may be used.
    pub operators: &'a OperatorSet,
    /// Coefficients nearer to 1 than this, relatively, are left out.
    pub tolerance: f64,
}

impl Writer<'_> {
    fn has(&self, op: Op) -> bool {
        self.operators.contains(op)
    }

    /// `op` of one argument.
    pub fn unary(&self, op: Op, arg: &Expr) -> Option<Expr> {
        self.has(op).then(|| Expr::apply(op, &[arg]))
    }

    fn binary(&self, op: Op, a: &Expr, b: &Expr) -> Option<Expr> {
        self.has(op).then(|| Expr::apply(op, &[a, b]))
    }

    /// Is the coefficient 1, as far as can be told?
    pub fn is_one(&self, value: f64) -> bool {
        (value - 1.0).abs() <= self.tolerance
    }

    /// A coefficient: a literal where it is a small whole number, else a free constant.
    fn coefficient(&self, value: f64) -> Expr {
        if self.is_one(value) { Expr::constant(1.0) } else { Expr::param(value) }
    }

    /// `base` to the power `exponent` twelfths, `exponent > 0`.
    pub fn power(&self, base: &Expr, exponent: i16) -> Option<Expr> {
        let repeated = |times: i16| -> Option<Expr> {
            (1..times).try_fold(base.clone(), |product, _| self.binary(Op::Mul, &product, base))
        };
        let whole = exponent / ONE;
        match exponent {
            _ if exponent == ONE => Some(base.clone()),
            24 => self.unary(Op::Square, base).or_else(|| self.pow(base, 2.0)).or_else(|| repeated(2)),
            36 => self.unary(Op::Cube, base).or_else(|| self.pow(base, 3.0)).or_else(|| repeated(3)),
            48 => self
                .unary(Op::Square, base)
                .and_then(|square| self.unary(Op::Square, &square))
                .or_else(|| self.pow(base, 4.0))
                .or_else(|| repeated(4)),
            6 => self.unary(Op::Sqrt, base).or_else(|| self.pow(base, 0.5)),
            4 => self.unary(Op::Cbrt, base).or_else(|| self.pow(base, 1.0 / 3.0)),
            _ if exponent % ONE == 0 => self.pow(base, f64::from(whole)).or_else(|| repeated(whole)),
            18 => self.pow(base, 1.5).or_else(|| self.binary(Op::Mul, base, &self.unary(Op::Sqrt, base)?)),
            _ => self.pow(base, f64::from(exponent) / f64::from(ONE)),
        }
    }

    fn pow(&self, base: &Expr, exponent: f64) -> Option<Expr> {
        self.binary(Op::Pow, base, &Expr::constant(exponent))
    }

    fn product_of(&self, factors: &[Expr]) -> Option<Expr> {
        let (first, rest) = factors.split_first()?;
        rest.iter().try_fold(first.clone(), |product, factor| self.binary(Op::Mul, &product, factor))
    }

    fn quotient(&self, numerator: Option<Expr>, denominator: Option<Expr>) -> Option<Expr> {
        match (numerator, denominator) {
            (Some(numerator), None) => Some(numerator),
            (Some(numerator), Some(denominator)) => self
                .binary(Op::Div, &numerator, &denominator)
                .or_else(|| self.binary(Op::Mul, &numerator, &self.unary(Op::Inv, &denominator)?)),
            (None, Some(denominator)) => self
                .unary(Op::Inv, &denominator)
                .or_else(|| self.binary(Op::Div, &Expr::constant(1.0), &denominator))
                .or_else(|| self.pow(&denominator, -1.0)),
            (None, None) => Some(Expr::constant(1.0)),
        }
    }

    /// `coefficient` times the product of powers (exponents in twelfths). Factors of the same absolute exponent share one
    /// power: `x^2 / z^2` is written `square(x / z)`.
    pub fn product(&self, coefficient: f64, powers: &[(Expr, i16)]) -> Option<Expr> {
        let mut sizes: Vec<i16> = powers.iter().map(|(_, exponent)| exponent.abs()).collect();
        sizes.sort_unstable();
        sizes.dedup();
        let mut numerator: Vec<Expr> = Vec::new();
        let mut denominator: Vec<Expr> = Vec::new();
        for size in sizes {
            let of_sign = |sign: i16| -> Vec<Expr> {
                powers.iter().filter(|(_, exponent)| *exponent == sign * size).map(|(expr, _)| expr.clone()).collect()
            };
            let (above, below) = (of_sign(1), of_sign(-1));
            if size == ONE {
                numerator.extend(above);
                denominator.extend(below);
            } else if above.is_empty() {
                denominator.push(self.power(&self.product_of(&below)?, size)?);
            } else {
                let below = if below.is_empty() { None } else { Some(self.product_of(&below)?) };
                numerator.push(self.power(&self.quotient(self.product_of(&above), below)?, size)?);
            }
        }
        let negative =
            self.is_one(-coefficient) && (self.has(Op::Neg) && !(numerator.is_empty() && denominator.is_empty()));
        if !self.is_one(coefficient) && !negative {
            numerator.insert(0, Expr::param(coefficient));
        }
        let numerator = if numerator.is_empty() { None } else { Some(self.product_of(&numerator)?) };
        let denominator = if denominator.is_empty() { None } else { Some(self.product_of(&denominator)?) };
        let product = self.quotient(numerator, denominator)?;
        if negative { self.unary(Op::Neg, &product) } else { Some(product) }
    }

    /// The sum of `coefficient * product of powers`; positive terms first, so that signs become subtractions.
    pub fn sum(&self, terms: &[(f64, Vec<(Expr, i16)>)]) -> Option<Expr> {
        let positive = terms.iter().filter(|(coefficient, _)| *coefficient > 0.0);
        let negative = terms.iter().filter(|(coefficient, _)| *coefficient <= 0.0);
        let mut sum: Option<Expr> = None;
        for (coefficient, powers) in positive.chain(negative) {
            sum = Some(match sum {
                None if powers.is_empty() => self.coefficient(*coefficient),
                None => self.product(*coefficient, powers)?,
                Some(sum) => {
                    let subtract = *coefficient < 0.0 && self.has(Op::Sub);
                    let size = if subtract { -coefficient } else { *coefficient };
                    let term = if powers.is_empty() { self.coefficient(size) } else { self.product(size, powers)? };
                    self.binary(if subtract { Op::Sub } else { Op::Add }, &sum, &term)?
                }
            });
        }
        sum
    }
}

#[cfg(test)]
mod tests {
    use symfolio_expr::infix;

    use super::*;

    fn text(expr: Option<Expr>) -> String {
        let names: Vec<String> = (0..4).map(|i| format!("x{i}")).collect();
        expr.map_or_else(|| "none".into(), |expr| infix(&expr, &names))
    }

    fn product(operators: &OperatorSet, coefficient: f64, powers: &[(u16, i16)]) -> String {
        let powers: Vec<(Expr, i16)> = powers.iter().map(|(v, e)| (Expr::var(*v), *e)).collect();
        text(Writer { operators, tolerance: 1e-9 }.product(coefficient, &powers))
    }

    #[test]
    fn products_are_compact() {
        let all = OperatorSet::default();
        for (coefficient, powers, expected) in [
            (1.0, vec![(0, 12), (1, -12)], "x0/x1"),
            (1.0, vec![(0, 24), (1, -24)], "square(x0/x1)"),
            (2.5, vec![(0, -24)], "2.5/square(x0)"),
            (1.0, vec![(0, -12)], "inv(x0)"),
            (3.0, vec![(0, 6), (1, 6), (2, 12)], "3*sqrt(x0*x1)*x2"),
            (1.0, vec![(0, 48), (1, 36)], "cube(x1)*square(square(x0))"),
            (-1.0, vec![(0, 12)], "-x0"),
            (0.5, vec![(0, 18)], "0.5*x0**1.5"),
        ] {
            let found = product(&all, coefficient, &powers);
            let same = found.replace(' ', "") == expected.replace(' ', "");
            assert!(same || found.len() <= expected.len() + 6, "{found} for {expected}");
        }
    }

    #[test]
    fn what_cannot_be_written_is_none() {
        let few = OperatorSet::new([Op::Add, Op::Mul]);
        assert_eq!(product(&few, 1.0, &[(0, 6)]), "none");
        assert_eq!(product(&few, 1.0, &[(0, -12)]), "none");
        assert_eq!(product(&few, 1.0, &[(0, 24)]).replace(' ', ""), "x0*x0");
    }
}
