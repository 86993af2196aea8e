//! [`Atoms`]: what columns are products of: variables, functions of them, and sums that assembly has closed off.

use std::sync::Arc;

use symfolio_expr::Expr;

use crate::monomial::{Monomial, raise};
use crate::sample::Sample;

/// What columns are products of. The first `n_features` atoms are the variables, in their order.
#[derive(Clone, Debug)]
pub(crate) struct Atoms {
    atoms: Vec<Atom>,
}

#[derive(Clone, Debug)]
struct Atom {
    expr: Expr,
    /// Values on the rows of the sample.
    values: Arc<[f64]>,
    /// The atom whose absolute value's logarithm this one is.
    log_of: Option<u16>,
    /// The negative of this atom as an expression of the same size, for differences.
    negated: Option<Expr>,
}

impl Atoms {
    /// The variables alone.
    pub fn variables(sample: &Sample) -> Atoms {
        let variable = |(index, values): (usize, &Vec<f64>)| Atom {
            expr: Expr::var(index as u16),
            values: values.as_slice().into(),
            log_of: None,
            negated: None,
        };
        Atoms { atoms: sample.features.iter().enumerate().map(variable).collect() }
    }

    /// Adds an expression over the features; an equal one that is there already is returned instead.
    pub fn intern(&mut self, expr: Expr, sample: &Sample) -> u16 {
        if let Some(index) = self.atoms.iter().position(|atom| atom.log_of.is_none() && atom.expr == expr) {
            return index as u16;
        }
        let values = sample.values(&expr).into();
        self.push(Atom { expr, values, log_of: None, negated: None })
    }

    /// The logarithm of the absolute value of an atom. Its expression is that of the atom: models in which it remains as a
    /// logarithm write it as such.
    pub fn log_of(&mut self, atom: u16) -> u16 {
        if let Some(index) = self.atoms.iter().position(|held| held.log_of == Some(atom)) {
            return index as u16;
        }
        let source = &self.atoms[usize::from(atom)];
        let values = source.values.iter().map(|value| symfolio_expr::math::log(value.abs())).collect();
        let expr = source.expr.clone();
        self.push(Atom { expr, values, log_of: Some(atom), negated: None })
    }

    /// An atom that has values but no expression, such as the transformed target of a rational model.
    pub fn push_values(&mut self, values: Vec<f64>) -> u16 {
        self.push(Atom { expr: Expr::constant(f64::NAN), values: values.into(), log_of: None, negated: None })
    }

    /// Notes the negative of an atom, of the same size as the atom itself.
    pub fn set_negated(&mut self, atom: u16, negated: Expr) {
        self.atoms[usize::from(atom)].negated = Some(negated);
    }

    /// The negative of an atom, where it is known as an expression of the same size.
    pub fn negated(&self, atom: u16) -> Option<&Expr> {
        self.atoms[usize::from(atom)].negated.as_ref()
    }

    fn push(&mut self, atom: Atom) -> u16 {
        self.atoms.push(atom);
        (self.atoms.len() - 1) as u16
    }

    /// The expression of an atom.
    pub fn expr(&self, atom: u16) -> &Expr {
        &self.atoms[usize::from(atom)].expr
    }

    /// The values of an atom on the rows of the sample.
    pub fn values(&self, atom: u16) -> &[f64] {
        &self.atoms[usize::from(atom)].values
    }

    /// The atom of which this one is the logarithm.
    pub fn source_of_log(&self, atom: u16) -> Option<u16> {
        self.atoms[usize::from(atom)].log_of
    }

    /// The values of a monomial on the first `n_rows` rows of the sample.
    pub fn monomial(&self, monomial: &Monomial, n_rows: usize) -> Vec<f64> {
        let mut product = vec![1.0; n_rows];
        for (atom, exponent) in monomial.powers() {
            let values = &self.values(*atom)[..n_rows];
            match exponent / crate::monomial::ONE {
                1 if exponent % crate::monomial::ONE == 0 => {
                    product.iter_mut().zip(values).for_each(|(product, value)| *product *= value);
                }
                _ => product.iter_mut().zip(values).for_each(|(product, value)| *product *= raise(*value, *exponent)),
            }
        }
        product
    }
}
