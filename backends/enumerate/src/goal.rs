//! [`Goal`]: what sums are screened for: a target, or a target times or over a simple entry.

use symfolio_expr::Op;
use symfolio_fit::{dot, least_squares};

use crate::bank::{Bank, Made};
use crate::find::{Find, Records, Shape};
use crate::target::Target;

/// Factors that targets are multiplied and divided by, at most.
const FACTORS: usize = 64;

/// Targets that are multiplied and divided, at most: the first transforms.
const SCALED: usize = 3;

/// A scaled target of which a sum leaves more than this says nothing: its variance is not that of the target.
const MOST_OF_SCALED: f64 = 0.02;

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
                    let unit = values.iter().map(|value| (value - moments.mean) / moments.spread).collect();
                    let factor = Some((*factor as u32, divided));
                    goals.push(Goal { target: number, factor, unit, most: MOST_OF_SCALED });
                }
            }
        }
        goals
    }

    /// Nodes of the factor and its operator.
    pub fn cost(&self, bank: &Bank) -> usize {
        self.factor.map_or(0, |(h, _)| usize::from(bank.entry(h as usize).cost) + 1)
    }

    /// Computes in double precision what `a f + b g + c` leaves of the target, scaled back, and notes it.
    pub fn note(&self, bank: &Bank, target: &Target, f: usize, g: usize, records: &mut Records) {
        let (first, second) = (f as u32, g as u32);
        let (left, shape) = match self.factor {
            None => (sum_leaves(bank, target, f, g), Shape::Sum(first, second)),
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
    }
}

fn sum_leaves(bank: &Bank, target: &Target, f: usize, g: usize) -> f64 {
    let (first, second) = (bank.entry(f), bank.entry(g));
    let own = dot(bank.values(f), &target.unit) * first.inverse_spread;
    let other = dot(bank.values(g), &target.unit) * second.inverse_spread;
    let products = bank.values(f).iter().zip(bank.values(g)).map(|(f, g)| (f - first.mean) * (g - second.mean));
    let shared = products.sum::<f64>() * first.inverse_spread * second.inverse_spread;
    1.0 - (own * own + other * (other - 2.0 * own * shared)) / (1.0 - shared * shared)
}
