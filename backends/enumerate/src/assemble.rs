//! [`Assembler`]: finds written down as formulas, with constants fitted on the rows that judge.

use symfolio_expr::{Expr, Node, Op, OperatorSet};
use symfolio_fit::least_squares;

use crate::bank::Bank;
use crate::find::{Find, Shape};
use crate::probes::Proof;
use crate::target::{Target, capped};

/// Coefficients this near 1 or -1 are not written, and terms this small beside the others are left out.
const TOLERANCE: f64 = 1e-8;

/// Writes finds down as formulas.
pub(crate) struct Assembler<'a> {
    /// The entries that finds are made of.
    pub bank: &'a Bank,
    /// The rows that judge.
    pub proof: &'a Proof,
    /// What formulas are written with.
    pub operators: &'a OperatorSet,
}

/// A term of a linear model: a coefficient, and an expression or `None` for the constant.
type Term = (f64, Option<Expr>);

impl Assembler<'_> {
    /// The formulas of a find, with and without their constant term, each with its loss on the rows that judge.
    pub fn formulas(&self, find: &Find, target: &Target) -> Vec<(Expr, f64)> {
        let Some(columns) = self.columns(find.shape) else { return Vec::new() };
        let transformed: Vec<f64> = self.proof.target.iter().map(|y| target.transform.apply(*y)).collect();
        let slopes = self.proof.target.iter().map(|y| target.transform.slope(*y)).collect();
        let Some(slopes) = capped(slopes) else { return Vec::new() };
        let weights: Vec<f64> =
            slopes.iter().zip(&self.proof.weights).map(|(slope, weight)| slope * slope * weight).collect();
        let ones = vec![1.0; self.proof.n_rows()];
        let values: Vec<Vec<f64>> = columns.iter().flatten().map(|expr| self.proof.values(expr)).collect();
        let mut all: Vec<&[f64]> = values.iter().map(Vec::as_slice).collect();
        if all.len() < columns.len() {
            all.push(&ones);
        }
        let negative = self.proof.target.iter().all(|y| *y < 0.0);
        let mut formulas = Vec::new();
        for count in [columns.len(), columns.len() - 1] {
            let solution = least_squares(&all[..count], &transformed, Some(&weights));
            let terms: Vec<Term> =
                solution.coefficients.iter().copied().zip(columns[..count].iter().cloned()).collect();
            let significant = significant(&terms, &all);
            let Some(u) = self.write(find.shape, &significant) else { continue };
            let Some(expr) = target.transform.undo(&u, self.operators, negative) else { continue };
            if expr.is_finite() && formulas.iter().all(|(other, _)| *other != expr) {
                let loss = self.proof.mean_square(&self.proof.values(&expr));
                formulas.push((expr, loss));
            }
        }
        formulas
    }

    /// The entry of this number; `None` where there is none, or the operators cannot write it.
    fn expr(&self, at: u32) -> Option<Expr> {
        if (at as usize) < self.bank.len() { self.bank.expr(at as usize, self.operators) } else { None }
    }

    /// The columns that a shape is linear in, `None` for the constant, which is last; what is left out first is last, too.
    fn columns(&self, shape: Shape) -> Option<Vec<Option<Expr>>> {
        let expr = |at: u32| self.expr(at);
        let all = |numbers: &[u32]| -> Option<Vec<Option<Expr>>> {
            numbers.iter().map(|at| expr(*at).map(Some)).chain([Some(None)]).collect()
        };
        match shape {
            Shape::One(f) => all(&[f]),
            Shape::Sum(f, g) => all(&[f, g]),
            Shape::Product(f, g) => {
                let f = expr(f)?;
                Some(vec![Some(self.apply(Op::Mul, &f, &expr(g)?)?), Some(f)])
            }
            Shape::Quotient(f, g) => {
                let f = expr(f)?;
                let inverse = self.apply(Op::Div, &Expr::constant(1.0), &f)?;
                Some(vec![Some(self.apply(Op::Div, &expr(g)?, &f)?), Some(inverse)])
            }
            Shape::TimesSum(h, f, g) => {
                let h = expr(h)?;
                let [f, g] = [self.apply(Op::Mul, &h, &expr(f)?)?, self.apply(Op::Mul, &h, &expr(g)?)?];
                Some(vec![Some(f), Some(g), Some(h)])
            }
            Shape::SumOver(h, f, g) => {
                let h = expr(h)?;
                let [f, g] = [self.apply(Op::Div, &expr(f)?, &h)?, self.apply(Op::Div, &expr(g)?, &h)?];
                Some(vec![Some(f), Some(g), Some(self.apply(Op::Div, &Expr::constant(1.0), &h)?)])
            }
        }
    }

    /// The linear model in the notation of its shape: a common factor stands once.
    fn write(&self, shape: Shape, terms: &[Term]) -> Option<Expr> {
        match shape {
            Shape::Product(f, _) | Shape::TimesSum(f, ..) if terms.len() > 1 => {
                let f = self.expr(f)?;
                let inner = self.sum(&without(terms, |term| second_of(term, &f)))?;
                self.apply(Op::Mul, &f, &inner)
            }
            Shape::Quotient(f, _) | Shape::SumOver(f, ..) if terms.len() > 1 => {
                let f = self.expr(f)?;
                let inner = self.sum(&without(terms, first_of))?;
                self.apply(Op::Div, &inner, &f)
            }
            _ => self.sum(terms),
        }
    }

    /// The sum of the terms; those with a positive coefficient come first, so that signs become subtractions.
    fn sum(&self, terms: &[Term]) -> Option<Expr> {
        let (mut sum, mut order): (Option<Expr>, Vec<&Term>) = (None, terms.iter().collect());
        order.sort_by_key(|(coefficient, expr)| (*coefficient < 0.0, expr.is_none()));
        for (coefficient, expr) in order {
            sum = Some(match sum {
                None => self.term(*coefficient, expr.as_ref())?,
                Some(sum) if *coefficient < 0.0 && self.operators.contains(Op::Sub) => {
                    self.apply(Op::Sub, &sum, &self.term(-coefficient, expr.as_ref())?)?
                }
                Some(sum) => self.apply(Op::Add, &sum, &self.term(*coefficient, expr.as_ref())?)?,
            });
        }
        sum
    }

    fn term(&self, coefficient: f64, expr: Option<&Expr>) -> Option<Expr> {
        let Some(expr) = expr else { return Some(Expr::param(coefficient)) };
        if (coefficient - 1.0).abs() < TOLERANCE {
            return Some(expr.clone());
        }
        if (coefficient + 1.0).abs() < TOLERANCE && self.operators.contains(Op::Neg) {
            return Some(Expr::apply(Op::Neg, &[expr]));
        }
        self.apply(Op::Mul, &Expr::param(coefficient), expr)
    }

    fn apply(&self, op: Op, a: &Expr, b: &Expr) -> Option<Expr> {
        self.operators.contains(op).then(|| Expr::apply(op, &[a, b]))
    }
}

/// The terms with what is left of each column without the common factor: `None` for the factor itself.
fn without(terms: &[Term], rest: impl Fn(&Expr) -> Option<Expr>) -> Vec<Term> {
    terms.iter().map(|(coefficient, column)| (*coefficient, column.as_ref().and_then(&rest))).collect()
}

/// The second factor of a product that begins with `factor`, or `None` for `factor` itself.
fn second_of(column: &Expr, factor: &Expr) -> Option<Expr> {
    let root = column.len() - 1;
    let children = column.children(root);
    let is_product = column != factor && column.nodes()[root] == Node::Op(Op::Mul);
    is_product.then(|| children.get(1).map(|at| column.subtree(*at))).flatten()
}

/// The numerator, or `None` where it is 1.
fn first_of(column: &Expr) -> Option<Expr> {
    let numerator = column.subtree(*column.children(column.len() - 1).first()?);
    (numerator != Expr::constant(1.0)).then_some(numerator)
}

/// The terms whose largest value counts beside the largest of all.
fn significant(terms: &[Term], columns: &[&[f64]]) -> Vec<Term> {
    let size = |(coefficient, column): (f64, &&[f64])| {
        column.iter().map(|value| (coefficient * value).abs()).fold(0.0, f64::max)
    };
    let sizes: Vec<f64> = terms.iter().map(|(coefficient, _)| *coefficient).zip(columns).map(size).collect();
    let largest = sizes.iter().copied().fold(0.0, f64::max);
    let kept = terms.iter().zip(&sizes).filter(|(_, size)| **size > TOLERANCE * largest);
    kept.map(|(term, _)| term.clone()).collect()
}
