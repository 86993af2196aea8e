//! [`Goal`]: what sums are screened for: a target, or a target times or over a simple entry.

use symfolio_expr::Op;
use symfolio_fit::{dot, least_squares};

use crate::bank::{Bank, Made};
use crate::find::{Find, GAIN, Records, Shape};
use crate::target::Target;

/// Factors that targets are multiplied and divided by, at most.
const FACTORS: usize = 64;

/// Targets that are multiplied and divided, at most: the first transforms.
const SCALED: usize = 3;

/// A sum that leaves more than this of what the factor alone leaves of a scaled target says nothing: its variance is not that of the
/// target.
const MOST_OF_SCALED: f64 = 0.02;

/// A target that hardly varies beside its mean, times a factor, is that factor: what less than this is left of by the factor alone is
/// not screened in single precision.
const FACTOR: f64 = 1e-3;

/// Work charged for one row of a pair that is looked at in double precision.
const NOTED: u64 = 16;

/// What sums are screened for.
#[derive(Clone, Debug)]
pub(crate) struct Goal {
    /// Number of the target.
    pub target: usize,
    /// The entry that the target is scaled by, if any, and whether it is divided by it.
    factor: Option<(u32, bool)>,
    /// The scaled target without its mean and of length 1.
    pub unit: Vec<f64>,
    /// What leaves more than this is not looked at.
    pub most: f64,
}

impl Goal {
    /// The targets themselves.
    pub fn plain(targets: &[Target]) -> Vec<Goal> {
        let goal = |(number, target): (usize, &Target)| Goal {
            target: number,
            factor: None,
            unit: target.unit.clone(),
            most: 1.0,
        };
        targets.iter().enumerate().map(goal).collect()
    }

    /// The first targets times, and over, features, their squares, and sums, differences, products and quotients of two.
    pub fn scaled(bank: &Bank, targets: &[Target]) -> Vec<Goal> {
        let is_simple = |at: &usize| match bank.entry(*at).made {
            Made::Terminal(_) => true,
            Made::Unary(op, ..) => op == Op::Square && bank.entry(*at).cost <= 2,
            Made::Binary(op, ..) => matches!(op, Op::Add | Op::Sub | Op::Mul | Op::Div) && bank.entry(*at).cost <= 3,
            Made::Literal(_) => false,
        };
        let factors: Vec<usize> = (0..bank.len()).filter(is_simple).take(FACTORS).collect();
        let mut goals = Vec::new();
        for (number, target) in targets.iter().enumerate().take(SCALED) {
            for factor in &factors {
                for divided in [false, true] {
                    let pairs = target.values.iter().zip(bank.values(*factor));
                    let values: Vec<f64> = pairs.map(|(u, h)| if divided { u / h } else { u * h }).collect();
                    let Some(moments) = bank.fingerprinter().moments(&values) else { continue };
                    let unit: Vec<f64> = values.iter().map(|value| (value - moments.mean) / moments.spread).collect();
                    // What the target's mean alone would be, scaled.
                    let scales: Vec<f64> =
                        bank.values(*factor).iter().map(|h| if divided { 1.0 / h } else { *h }).collect();
                    let alone = bank.fingerprinter().moments(&scales).map_or(1.0, |moments| {
                        let own = dot(&unit, &scales) / moments.spread;
                        1.0 - own * own
                    });
                    if alone > FACTOR {
                        let factor = Some((*factor as u32, divided));
                        goals.push(Goal { target: number, factor, unit, most: MOST_OF_SCALED * alone });
                    }
                }
            }
        }
        goals
    }

    /// Nodes of the factor and its operator.
    pub fn cost(&self, bank: &Bank) -> usize {
        self.factor.map_or(0, |(h, _)| usize::from(bank.entry(h as usize).cost) + 1)
    }

    /// Computes in double precision what `a f + b g + c` leaves of the target, scaled back, and notes it; returns the work.
    pub fn note(&self, bank: &Bank, target: &Target, f: usize, g: usize, records: &mut Records) -> u64 {
        let (first, second) = (f as u32, g as u32);
        let (left, shape) = match self.factor {
            None => match sum_leaves(bank, target, f, g) {
                Some(left) => (left, Shape::Sum(first, second)),
                None => return NOTED * bank.n() as u64,
            },
            Some((h, divided)) => {
                let factor = |h: f64| if divided { h } else { 1.0 / h };
                let scales: Vec<f64> = bank.values(h as usize).iter().map(|h| factor(*h)).collect();
                let scaled =
                    |at: usize| bank.values(at).iter().zip(&scales).map(|(value, scale)| value * scale).collect();
                let columns: [Vec<f64>; 2] = [scaled(f), scaled(g)];
                let solution = least_squares(&[&columns[0], &columns[1], &scales], &target.values, None);
                let mean = target.values.iter().sum::<f64>() / target.values.len() as f64;
                let total: f64 = target.values.iter().map(|value| (value - mean) * (value - mean)).sum();
                let shape = if divided { Shape::TimesSum(h, first, second) } else { Shape::SumOver(h, first, second) };
                (solution.residual_ss / total, shape)
            }
        };
        let cost = bank.entry(f).cost + bank.entry(g).cost + 1 + self.cost(bank) as u16;
        records.note(Find { left, target: self.target as u16, cost, shape });
        NOTED * bank.n() as u64
    }
}

/// Share of the target that a sum of two leaves; `None` where one of them leaves hardly more.
fn sum_leaves(bank: &Bank, target: &Target, f: usize, g: usize) -> Option<f64> {
    let (first, second) = (bank.entry(f), bank.entry(g));
    let own = dot(bank.values(f), &target.unit) * first.inverse_spread;
    let other = dot(bank.values(g), &target.unit) * second.inverse_spread;
    let products = bank.values(f).iter().zip(bank.values(g)).map(|(f, g)| (f - first.mean) * (g - second.mean));
    let shared = products.sum::<f64>() * first.inverse_spread * second.inverse_spread;
    let left = 1.0 - (own * own + other * (other - 2.0 * own * shared)) / (1.0 - shared * shared);
    (left < GAIN * (1.0 - (own * own).max(other * other))).then_some(left)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Law, grown, problem};

    #[test]
    fn a_target_that_hardly_varies_is_not_scaled() {
        let goals = |law: Law| {
            let (_, targets, growth) = grown(&problem(law), 500);
            Goal::scaled(&growth.bank, &targets)
        };
        let wide = goals(|x| 3.0 + x[0] * x[1]);
        assert!(wide.len() > 50 && wide.iter().all(|goal| goal.most > 0.0 && goal.most <= MOST_OF_SCALED));
        // Times a factor, it is that factor.
        assert!(goals(|x| 300.0 + 0.01 * x[0] * x[1]).is_empty());
    }
}
