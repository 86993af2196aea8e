//! [`Assembler`]: finds written down as formulas, with constants fitted on the rows that judge.

use symfolio_expr::{Expr, Node, Op, OperatorSet};
use symfolio_fit::{Loss, least_squares};

use crate::bank::Bank;
use crate::find::{Find, Shape};
use crate::probes::Proof;
use crate::target::Target;
use crate::transform::Transform;

/// Coefficients this near 1 or -1 are never written, and terms this small beside the others are left out.
const TOLERANCE: f64 = 1e-8;

/// In noise a coefficient this near 1 or -1 may be just that: the formula without it is tried, too.
const NEAR_ONE: f64 = 0.05;

/// Fits that find the weights of rows for losses other than squares.
const REWEIGHTED: usize = 3;

/// Residuals below this share of their median weigh alike.
const SMALL: f64 = 0.05;

/// Writes finds down as formulas.
pub(crate) struct Assembler<'a> {
    /// The entries that finds are made of.
    pub bank: &'a Bank,
    /// The rows that judge.
    pub proof: &'a Proof,
    /// What formulas are written with.
    pub operators: &'a OperatorSet,
    /// What formulas are judged by.
    pub loss: Loss,
}

/// A term of a linear model: a coefficient, and an expression or `None` for the constant.
type Term = (f64, Option<Expr>);

impl Assembler<'_> {
    /// The formulas of a find, with and without their constant term and coefficients near 1, each with its loss on the rows that
    /// judge.
    pub fn formulas(&self, find: &Find, target: &Target) -> Vec<(Expr, f64)> {
        let Some(columns) = self.columns(find.shape) else { return Vec::new() };
        let (transformed, slopes) = &target.proof;
        let ones = vec![1.0; self.proof.n_rows()];
        let values: Vec<Vec<f64>> = columns.iter().flatten().map(|expr| self.proof.values(expr)).collect();
        let mut all: Vec<&[f64]> = values.iter().map(Vec::as_slice).collect();
        if all.len() < columns.len() {
            all.push(&ones);
        }
        let weights = self.weights(&all, transformed, slopes);
        let negative = self.proof.target.iter().all(|y| *y < 0.0);
        let mut formulas = Vec::new();
        for count in [columns.len(), columns.len() - 1] {
            let solution = least_squares(&all[..count], transformed, Some(&weights));
            let terms: Vec<Term> =
                solution.coefficients.iter().copied().zip(columns[..count].iter().cloned()).collect();
            let significant = significant(&terms, &all);
            for tolerance in [TOLERANCE, NEAR_ONE] {
                let terms = rounded(&significant, tolerance);
                let Some(expr) = self.undone(find.shape, &terms, target.transform, negative) else { continue };
                if expr.is_finite() && formulas.iter().all(|(other, _)| *other != expr) {
                    let loss = self.proof.loss(self.loss, &self.proof.values(&expr));
                    formulas.push((expr, loss));
                }
            }
        }
        formulas
    }

    /// The weights of the rows in a fit of `columns` to the transformed target: residuals count as those of the target itself, and by
    /// what the loss makes of them (iteratively reweighted least squares, Holland and Welsch 1977).
    fn weights(&self, columns: &[&[f64]], transformed: &[f64], slopes: &[f64]) -> Vec<f64> {
        let plain: Vec<f64> =
            slopes.iter().zip(&self.proof.weights).map(|(slope, weight)| slope * slope * weight).collect();
        if self.loss == Loss::SquaredError {
            return plain;
        }
        let mut weights = plain.clone();
        for _ in 0..REWEIGHTED {
            let coefficients = least_squares(columns, transformed, Some(&weights)).coefficients;
            let residual = |row: usize| {
                let value: f64 = coefficients.iter().zip(columns).map(|(scale, column)| scale * column[row]).sum();
                (transformed[row] - value) * slopes[row]
            };
            let residuals: Vec<f64> = (0..transformed.len()).map(residual).collect();
            let mut sizes: Vec<f64> = residuals.iter().map(|residual| residual.abs()).collect();
            sizes.sort_unstable_by(f64::total_cmp);
            // What is far smaller than most is no better than that.
            let least = SMALL * sizes[sizes.len() / 2];
            if !(least > 0.0 && least.is_finite()) {
                break;
            }
            for (row, residual) in residuals.iter().enumerate() {
                let residual = if residual.abs() < least { least.copysign(*residual) } else { *residual };
                weights[row] = plain[row] * self.loss.of(residual) / (residual * residual);
            }
        }
        weights
    }

    /// The target from the terms of its transform. The coefficient of a single term is written in front: `c*x**2`, not `(c*x)**2`.
    fn undone(&self, shape: Shape, terms: &[Term], transform: Transform, negative: bool) -> Option<Expr> {
        if let [(coefficient, Some(expr))] = terms
            && coefficient.abs() != 1.0
            && let Some(outer) = transform.undone_factor(*coefficient)
            && let Some(inner) = transform.undo(expr, self.operators, negative)
            && self.operators.contains(Op::Mul)
        {
            return match transform {
                Transform::Inverse if self.operators.contains(Op::Div) => {
                    self.apply(Op::Div, &Expr::param(outer), expr)
                }
                _ => self.apply(Op::Mul, &Expr::param(outer), &inner),
            };
        }
        transform.undo(&self.write(shape, terms)?, self.operators, negative)
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
        if coefficient == 1.0 {
            return Some(expr.clone());
        }
        if coefficient == -1.0 && self.operators.contains(Op::Neg) {
            return Some(Expr::apply(Op::Neg, &[expr]));
        }
        self.apply(Op::Mul, &Expr::param(coefficient), expr)
    }

    fn apply(&self, op: Op, a: &Expr, b: &Expr) -> Option<Expr> {
        self.operators.contains(op).then(|| Expr::apply(op, &[a, b]))
    }
}

/// The terms with coefficients near 1 or -1 made just that; constants stay.
fn rounded(terms: &[Term], tolerance: f64) -> Vec<Term> {
    let round = |(coefficient, expr): &Term| {
        let is_near = expr.is_some() && (coefficient.abs() - 1.0).abs() < tolerance;
        (if is_near { coefficient.signum() } else { *coefficient }, expr.clone())
    };
    terms.iter().map(round).collect()
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

#[cfg(test)]
mod tests {
    use symfolio_expr::{Complexity, parse};

    use super::*;
    use crate::testing::{Law, grown, problem};

    type Shaping = fn(&[u32]) -> Shape;

    #[test]
    fn shapes_are_written_with_their_common_factor_once() {
        let names: Vec<String> = (0..3).map(|i| format!("x{i}")).collect();
        let cases: [(&[&str], Shaping, Law, u32); 6] = [
            (&["x0*x1"], |at| Shape::One(at[0]), |x| 3.0 * x[0] * x[1] + 1.5, 7),
            (&["x0", "sqrt(x1)"], |at| Shape::Sum(at[0], at[1]), |x| x[0] - 2.0 * x[1].sqrt(), 6),
            (&["x0", "cos(x1)"], |at| Shape::Product(at[0], at[1]), |x| x[0] * (2.0 * x[1].cos() + 3.0), 8),
            (&["x0", "cos(x1)"], |at| Shape::Quotient(at[0], at[1]), |x| (x[1].cos() + 3.0) / x[0], 6),
            (&["x0", "x1", "x2"], |at| Shape::TimesSum(at[0], at[1], at[2]), |x| x[0] * (x[1] - x[2] + 3.0), 7),
            (&["x0", "x1", "x2"], |at| Shape::SumOver(at[0], at[1], at[2]), |x| (x[1] + 5.0 * x[2]) / x[0], 7),
        ];
        for (at, (parts, shape, law, size)) in cases.into_iter().enumerate() {
            let (probes, targets, growth) = grown(&problem(law), 500);
            let number = |text: &&str| {
                let values = probes.values(&parse(text, &names).unwrap());
                (0..growth.bank.len()).find(|at| growth.bank.values(*at) == values).unwrap() as u32
            };
            let numbers: Vec<u32> = parts.iter().map(number).collect();
            let operators = &growth.vocabulary().operators;
            let assembler = Assembler { bank: &growth.bank, proof: &probes.proof, operators, loss: Loss::SquaredError };
            let find = Find { left: 0.0, target: 0, cost: 1, shape: shape(&numbers) };
            let formulas = assembler.formulas(&find, &targets[0]);
            let (expr, loss) = formulas.iter().min_by(|a, b| a.1.total_cmp(&b.1)).unwrap();
            assert!(*loss < 1e-24, "case {at}: {} {loss}", expr.to_prefix());
            assert_eq!(Complexity::default().of(expr), size, "case {at}: {}", expr.to_prefix());
        }
    }
}
