//! Polishing one formula: simplify, fit, drop what does nothing, and write simple numbers.

use std::collections::BTreeSet;

use symfolio_core::Problem;
use symfolio_egraph::{Domain, Limits, Simplifier};
use symfolio_expr::{Expr, Key, Node, Op};
use symfolio_fit::certify_loss;

use crate::held_out::significantly_worse;
use crate::length::{Length, Scale};
use crate::literal::{Literal, near};
use crate::options::SelectOptions;
use crate::rows::{Bench, How, Rows};
use crate::tidy::tidy;

/// Numbers this near (as a share) are tried even where the fit says otherwise: real data have errors of other kinds than noise.
const NEAR: f64 = 2e-3;
/// A literal that replaces a number which fits significantly better has to be as short as this, in nats.
const SHORT: f64 = 4.0;
/// Formulas longer than this are not searched for parts that do nothing.
const LONG: usize = 60;

/// A formula with its constants, and its description length on the training rows.
#[derive(Clone, Debug)]
pub(crate) struct Draft {
    pub expr: Expr,
    pub loss: f64,
    pub length: Length,
}

/// What polishing needs to know.
pub(crate) struct Polisher<'a> {
    pub problem: &'a Problem,
    pub rows: &'a Rows,
    pub scale: &'a Scale,
    pub options: &'a SelectOptions,
    pub stop: &'a dyn Fn(u64) -> bool,
    pub simplifier: Simplifier,
}

impl<'a> Polisher<'a> {
    pub(crate) fn new(
        problem: &'a Problem,
        rows: &'a Rows,
        scale: &'a Scale,
        options: &'a SelectOptions,
        stop: &'a dyn Fn(u64) -> bool,
    ) -> Polisher<'a> {
        let columns = (0..rows.all.n_features()).map(|index| rows.all.feature(index));
        let simplifier = Simplifier::new(Domain::of_columns(columns))
            .with_limits(Limits { iterations: 5, nodes: 400 })
            .with_operators(problem.operators.clone());
        Polisher { problem, rows, scale, options, stop, simplifier }
    }

    /// Does `expr` keep to what the problem asks of its values?
    pub(crate) fn keeps_shape(&self, bench: &mut Bench<'_>, expr: &Expr) -> bool {
        self.problem.verdict(expr).is_none_or(|(verdict, work)| {
            bench.work += work;
            verdict.holds()
        })
    }

    /// `expr` as it is; `None` where it is undefined on a training row or breaks what the problem asks of its values.
    pub(crate) fn as_it_is(&self, bench: &mut Bench<'_>, expr: &Expr) -> Option<Draft> {
        let values = bench.values(expr, &self.rows.train);
        let table = &self.rows.train;
        let loss = self.scale.loss.mean(&values, &table.target, table.weights.as_deref());
        let length = self.scale.length(bench, expr, loss, table)?;
        self.keeps_shape(bench, expr).then(|| Draft { expr: expr.clone(), loss, length })
    }

    /// The shortest description found; `None` where the formula is undefined on a training row, or breaks what the problem asks of its
    /// values with the constants that fit best. Whenever it is told to stop, it returns the best so far.
    pub(crate) fn polish(&self, bench: &mut Bench<'_>, expr: &Expr) -> Option<Draft> {
        let start = self.draft(bench, expr, How::Converge);
        let mut best = self.freed(bench, expr, start)?;
        for step in [Polisher::without_idle_parts, Polisher::with_simple_numbers, Polisher::without_idle_parts] {
            if (self.stop)(bench.work) {
                return Some(best);
            }
            best = step(self, bench, best);
        }
        Some(self.simplified(bench, best))
    }

    /// `expr` with fitted constants; `None` where it is undefined on a training row or breaks what the problem asks of its values.
    pub(crate) fn draft(&self, bench: &mut Bench<'_>, expr: &Expr, how: How) -> Option<Draft> {
        let (expr, loss) = bench.fitted(expr, &self.rows.train, self.scale.loss, how);
        let length = self.scale.length(bench, &expr, loss, &self.rows.train)?;
        self.keeps_shape(bench, &expr).then_some(Draft { expr, loss, length })
    }

    /// The simplified form with literals that are not whole numbers freed, thoroughly fitted; `start` where that is no better.
    fn freed(&self, bench: &mut Bench<'_>, expr: &Expr, start: Option<Draft>) -> Option<Draft> {
        let fitted = start.as_ref().map_or(expr, |draft| &draft.expr);
        let simplified = self.simplifier.simplify(&thaw(fitted));
        bench.work += simplified.work;
        let how = if start.is_some() { How::Converge } else { How::Thorough };
        let form = if self.allows(&simplified.expr) { &simplified.expr } else { fitted };
        let freed = self.draft(bench, form, how);
        shorter(start, freed)
    }

    fn simplified(&self, bench: &mut Bench<'_>, best: Draft) -> Draft {
        let simplified = self.simplifier.simplify(&best.expr);
        bench.work += simplified.work;
        if simplified.expr == best.expr || !self.allows(&simplified.expr) {
            return best;
        }
        let draft = self.draft(bench, &simplified.expr, How::Converge);
        shorter(Some(best.clone()), draft).unwrap_or(best)
    }

    /// `expr` in the spelling that people prefer, and simplified where `simplifies`; as it is where its loss on the training rows, which is
    /// `loss`, would rise by that.
    pub(crate) fn tidied(&self, bench: &mut Bench<'_>, expr: &Expr, loss: f64, simplifies: bool) -> Expr {
        let limit = (loss * (1.0 + 1e-9)).max(self.scale.floor);
        let mut best = expr.clone();
        if simplifies && expr.len() <= LONG {
            let simplified = self.simplifier.simplify(expr);
            bench.work += simplified.work;
            best = self.respelled(bench, best, simplified.expr, limit);
        }
        let spelled = tidy(&best, &self.problem.operators);
        self.respelled(bench, best, spelled, limit)
    }

    /// `other` where it is no more complex than `expr` and its loss within `limit`; `expr` elsewhere.
    fn respelled(&self, bench: &mut Bench<'_>, expr: Expr, other: Expr, limit: f64) -> Expr {
        let complexity = &self.problem.complexity;
        if other == expr || complexity.of(&other) > complexity.of(&expr) || !self.allows(&other) {
            return expr;
        }
        let table = &self.rows.train;
        let values = bench.values(&other, table);
        let loss = self.scale.loss.mean(&values, &table.target, table.weights.as_deref());
        if loss <= limit && self.keeps_shape(bench, &other) { other } else { expr }
    }

    pub(crate) fn allows(&self, expr: &Expr) -> bool {
        self.problem.allows_finished(expr)
    }

    /// Drops terms, factors and exponents as long as the description gets shorter.
    fn without_idle_parts(&self, bench: &mut Bench<'_>, mut best: Draft) -> Draft {
        if best.expr.len() > LONG {
            return best;
        }
        loop {
            let mut shortest: Option<Draft> = None;
            for reduced in reductions(&best.expr).into_iter().filter(|reduced| self.allows(reduced)) {
                if (self.stop)(bench.work) {
                    return best;
                }
                let limit = shortest.as_ref().unwrap_or(&best).length.total();
                let draft = self.draft(bench, &reduced, How::Adjust);
                shortest = draft.filter(|draft| draft.length.total() < limit).or(shortest);
            }
            match shortest {
                Some(shorter) => best = shorter,
                None => return best,
            }
        }
    }

    /// `expr` with one part left out, or with one part that depends on features held at its mean on the training rows; each
    /// simplified, none twice, none that is not allowed.
    pub(crate) fn without_one_part(&self, bench: &mut Bench<'_>, expr: &Expr) -> Vec<Expr> {
        if expr.len() > LONG {
            return Vec::new();
        }
        let mut reduced = reductions(expr);
        for at in 0..expr.len().saturating_sub(1) {
            let part = expr.subtree(at);
            if part.variables().is_empty() {
                continue;
            }
            let values = bench.values(&part, &self.rows.train);
            let mean = values.iter().sum::<f64>() / values.len().max(1) as f64;
            if mean.is_finite() {
                reduced.push(expr.replace(at, &Expr::param(mean)));
            }
        }
        let mut forms: BTreeSet<Key> = BTreeSet::new();
        let mut found = Vec::new();
        for reduced in reduced {
            let simplified = self.simplifier.simplify(&reduced);
            bench.work += simplified.work;
            // What is simplified may have lost the form of a template.
            let kept = self.problem.template.is_some().then_some(reduced);
            let form = std::iter::once(simplified.expr).chain(kept).find(|form| self.allows(form));
            found.extend(form.filter(|form| forms.insert(form.thaw().form_key())));
        }
        found
    }

    /// Replaces constants by numbers that people write, as long as the description gets shorter, or where few rows do not tell the
    /// two apart.
    fn with_simple_numbers(&self, bench: &mut Bench<'_>, mut best: Draft) -> Draft {
        while !(self.stop)(bench.work) {
            let proposals = self.proposals(bench, &best);
            let accepted = proposals.iter().find_map(|proposal| {
                if (self.stop)(bench.work) {
                    return None;
                }
                let literal = Some(with_literal(&best.expr, proposal)).filter(|expr| self.allows(expr))?;
                let draft = self.draft(bench, &literal, How::Adjust)?;
                let accepted = draft.length.total() <= best.length.total()
                    || (proposal.is_striking(&best.expr) && self.is_no_worse(bench, &draft, &best));
                accepted.then_some(draft)
            });
            match accepted {
                Some(draft) => best = draft,
                None => break,
            }
        }
        best
    }

    /// Is a formula of few rows that costs a little more told from the other by rows that it has not seen?
    fn is_no_worse(&self, bench: &mut Bench<'_>, draft: &Draft, best: &Draft) -> bool {
        let Some(folds) = &self.rows.folds else { return false };
        if self.rows.all.n_rows() >= self.options.cross_validate_below
            || draft.length.total() > best.length.total() + self.options.patience
        {
            return false;
        }
        let table = &self.rows.train;
        let mut residuals = |expr: &Expr| -> Vec<f64> {
            let values = folds.predictions(bench, expr, table.weights.as_deref(), self.scale.loss);
            table.target.iter().zip(values).map(|(y, value)| y - value).collect()
        };
        let (first, second) = (residuals(&draft.expr), residuals(&best.expr));
        !significantly_worse(&first, &second, self.scale.least_residual())
    }

    /// What to try, the most promising first: at most two numbers for each constant.
    fn proposals(&self, bench: &mut Bench<'_>, best: &Draft) -> Vec<Proposal> {
        let expr = &best.expr;
        let columns = self.rows.train.columns();
        let certificate =
            certify_loss(expr, &self.rows.train.fit_data(&columns), self.scale.loss, &[], &mut bench.workspace);
        let average = best.length.constants / expr.params().len().max(1) as f64;
        let mut proposals = Vec::new();
        for (index, (value, error)) in expr.params().iter().zip(&certificate.standard_errors).enumerate() {
            let size = value.abs();
            let error = error.max(1e-9 * size);
            let reach = (4.0 * error).max(NEAR * size).min(0.3 * size);
            let mut found: Vec<Proposal> = near(*value, reach)
                .into_iter()
                .filter(|literal| literal.rational || !is_exponent(expr, index))
                .map(|literal| {
                    let rise = 0.5 * ((literal.value - value) / error).powi(2);
                    Proposal { index, gain: average - literal.cost - rise, literal }
                })
                .collect();
            found.sort_by(|a, b| b.gain.total_cmp(&a.gain).then(a.literal.cost.total_cmp(&b.literal.cost)));
            // The likeliest, and the simplest one near by.
            let striking = found.iter().skip(1).find(|proposal| proposal.is_striking(expr)).cloned();
            found.truncate(1);
            proposals.extend(found.into_iter().chain(striking));
        }
        proposals.retain(|proposal| proposal.gain > -2.0 || proposal.is_striking(expr));
        proposals.sort_by(|a, b| b.gain.total_cmp(&a.gain).then(a.index.cmp(&b.index)));
        proposals
    }
}

/// A number to try in place of a constant.
#[derive(Clone, Debug)]
struct Proposal {
    index: usize,
    literal: Literal,
    /// Nats that the description is expected to get shorter by.
    gain: f64,
}

impl Proposal {
    /// Is it so simple and so near that chance is no likely explanation?
    fn is_striking(&self, expr: &Expr) -> bool {
        let value = expr.params()[self.index];
        self.literal.cost <= SHORT && (self.literal.value - value).abs() <= NEAR * value.abs()
    }
}

fn shorter(first: Option<Draft>, second: Option<Draft>) -> Option<Draft> {
    match (first, second) {
        (Some(first), Some(second)) => Some(if second.length.total() <= first.length.total() { second } else { first }),
        (first, second) => first.or(second),
    }
}

/// Literals that are not whole numbers freed, save half numbers that are exponents.
fn thaw(expr: &Expr) -> Expr {
    let mut params = expr.params().to_vec();
    let nodes = expr.nodes();
    let thawed = nodes.iter().enumerate().map(|(at, node)| match *node {
        Node::Const(value) if value.fract() != 0.0 => {
            let exponent = nodes.get(at + 1) == Some(&Node::Op(Op::Pow)) && (2.0 * value).fract() == 0.0;
            if exponent {
                return *node;
            }
            params.push(value);
            Node::Param((params.len() - 1) as u16)
        }
        other => other,
    });
    let thawed: Vec<Node> = thawed.collect();
    Expr::new(thawed, params).unwrap_or_else(|_| expr.clone())
}

/// Is the constant only used as an exponent?
fn is_exponent(expr: &Expr, index: usize) -> bool {
    let nodes = expr.nodes();
    let uses = nodes.iter().enumerate().filter(|(_, node)| **node == Node::Param(index as u16));
    uses.map(|(at, _)| nodes.get(at + 1)).all(|next| next == Some(&Node::Op(Op::Pow)))
}

fn with_literal(expr: &Expr, proposal: &Proposal) -> Expr {
    let replaced = expr.nodes().iter().map(|node| match *node {
        Node::Param(index) if usize::from(index) == proposal.index => Node::Const(proposal.literal.value),
        other => other,
    });
    Expr::new(replaced.collect(), expr.params().to_vec()).unwrap_or_else(|_| expr.clone())
}

/// `expr` with one part left out: a term of a sum, a factor, an exponent.
fn reductions(expr: &Expr) -> Vec<Expr> {
    let mut found = Vec::new();
    for (at, node) in expr.nodes().iter().enumerate() {
        let Node::Op(op @ (Op::Add | Op::Sub | Op::Mul | Op::Div | Op::Pow)) = *node else { continue };
        let children = expr.children(at);
        let (left, right) = (expr.subtree(children[0]), expr.subtree(children[1]));
        let right = match op {
            Op::Sub => Some(Expr::apply(Op::Neg, &[&right])),
            Op::Div => Some(Expr::apply(Op::Inv, &[&right])),
            Op::Pow => None,
            _ => Some(right),
        };
        found.extend([Some(left), right].into_iter().flatten().map(|part| expr.replace(at, &part)));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_left_out_one_at_a_time() {
        let expr = Expr::from_prefix("(add (mul ?2 x0) (div 1.0 x1))").unwrap();
        let texts: Vec<String> = reductions(&expr).iter().map(Expr::to_prefix).collect();
        let expected = [
            "(add ?2.0 (div 1.0 x1))",
            "(add x0 (div 1.0 x1))",
            "(add (mul ?2.0 x0) 1.0)",
            "(add (mul ?2.0 x0) (inv x1))",
            "(mul ?2.0 x0)",
            "(div 1.0 x1)",
        ];
        assert_eq!(texts, expected);
    }

    #[test]
    fn whole_numbers_and_half_exponents_stay_literals() {
        for (text, expected) in [
            ("(mul 2.0 (pow x0 1.5))", "(mul 2.0 (pow x0 1.5))"),
            ("(mul 0.5 (pow x0 1.3))", "(mul ?0.5 (pow x0 ?1.3))"),
            ("(add (mul ?0=2.0 x0) (mul ?0=2.0 3.25))", "(add (mul ?0=2.0 x0) (mul ?0=2.0 ?3.25))"),
        ] {
            assert_eq!(thaw(&Expr::from_prefix(text).unwrap()).to_prefix(), expected);
        }
    }
}
