//! [`Simplifier`]: the smallest form of an expression, its other forms, and its key.

use symfolio_expr::{Expr, Key, OperatorSet};

use crate::Domain;
use crate::cost::Cost;
use crate::extract::Extraction;
use crate::language::Knowledge;
use crate::saturate::{Limits, StopReason, saturate};
use crate::tree::Tree;
use crate::verify::Reference;

/// What [`Simplifier::simplify`] found.
#[derive(Clone, Debug, PartialEq)]
pub struct Simplified {
    /// The smallest form found; the input where there is none better.
    pub expr: Expr,
    /// Why the last saturation stopped.
    pub reason: StopReason,
    /// What it took: matches of rules and nodes of the graph, summed over all rounds. The same on every machine.
    pub work: u64,
}

/// Are free constants told apart by their values in [`Simplifier::canonical_key`]?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Constants {
    /// Only that there is a free constant matters: for telling forms apart.
    Anonymous,
    /// Values matter, to 9 significant digits.
    Valued,
}

/// Rewrites expressions into equal ones on a domain.
#[derive(Clone, Debug, Default)]
pub struct Simplifier {
    domain: Domain,
    limits: Limits,
    operators: Option<OperatorSet>,
    rows: Vec<Vec<f64>>,
}

/// How many of the cheapest forms are tried one after the other.
const TRIED: usize = 4;

impl Simplifier {
    /// A simplifier on `domain`, with default limits and every operator allowed.
    pub fn new(domain: Domain) -> Simplifier {
        Simplifier { domain, ..Simplifier::default() }
    }

    /// The same with other limits.
    pub fn with_limits(self, limits: Limits) -> Simplifier {
        Simplifier { limits, ..self }
    }

    /// The same with results built from `operators` only, and from those that the input has.
    pub fn with_operators(self, operators: OperatorSet) -> Simplifier {
        Simplifier { operators: Some(operators), ..self }
    }

    /// The same with further points at which results are checked: rows of data, the values of all variables each.
    pub fn with_rows(self, rows: Vec<Vec<f64>>) -> Simplifier {
        Simplifier { rows, ..self }
    }

    /// The smallest form found: fewest nodes, then fewest free constants, then the plainest shape; never larger than
    /// the input. Its values are those of `expr` at the present values of the free constants.
    pub fn simplify(&self, expr: &Expr) -> Simplified {
        let reference = Reference::new(expr, &self.domain, &self.rows);
        let knowledge = Knowledge { domain: self.domain.clone(), params: expr.params().to_vec() };
        let saturation = saturate(&[Tree::of(expr)], knowledge, &self.limits);
        let forms = Extraction::new(&saturation, None, TRIED).root_forms();
        let best = forms.iter().filter_map(|form| form.expr(expr.params())).find(|form| reference.agrees(form));
        let best = best.filter(|best| Cost::of(&Tree::of(best), None) < Cost::of(&Tree::of(expr), None));
        Simplified { expr: best.unwrap_or_else(|| expr.clone()), reason: saturation.reason, work: saturation.work }
    }

    /// Up to `count` of the cheapest different forms, ascending in cost.
    pub fn equivalents(&self, expr: &Expr, count: usize) -> Vec<Expr> {
        let reference = Reference::new(expr, &self.domain, &self.rows);
        let knowledge = Knowledge { domain: self.domain.clone(), params: expr.params().to_vec() };
        let saturation = saturate(&[Tree::of(expr)], knowledge, &self.limits);
        let forms = Extraction::new(&saturation, None, count).root_forms();
        forms.iter().filter_map(|form| form.expr(expr.params())).filter(|form| reference.agrees(form)).collect()
    }

    /// A key that is equal for expressions that lead to the same smallest form.
    pub fn canonical_key(&self, expr: &Expr, constants: Constants) -> Key {
        let smallest = self.simplify(expr).expr;
        match constants {
            Constants::Anonymous => smallest.form_key(),
            Constants::Valued => smallest.value_key(),
        }
    }
}

/// [`Simplifier::simplify`] with every operator allowed.
pub fn simplify(expr: &Expr, domain: &Domain, limits: &Limits) -> Expr {
    Simplifier::new(domain.clone()).with_limits(*limits).simplify(expr).expr
}

/// [`Simplifier::equivalents`] with every operator allowed.
pub fn equivalents(expr: &Expr, domain: &Domain, limits: &Limits, count: usize) -> Vec<Expr> {
    Simplifier::new(domain.clone()).with_limits(*limits).equivalents(expr, count)
}

/// [`Simplifier::canonical_key`] with free constants anonymous.
pub fn canonical_key(expr: &Expr, domain: &Domain, limits: &Limits) -> Key {
    Simplifier::new(domain.clone()).with_limits(*limits).canonical_key(expr, Constants::Anonymous)
}
