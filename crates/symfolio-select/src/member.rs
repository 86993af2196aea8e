//! [`Member`]: a polished formula among those that are chosen from.

use std::collections::BTreeSet;

use symfolio_core::{Problem, Table};
use symfolio_expr::{Expr, Key, Node, math};
use symfolio_fit::Loss;

use crate::extrapolation::Inside;
use crate::length::{Length, Scale, power};
use crate::likelihood::Likelihood;
use crate::metrics::{Metrics, range};
use crate::options::SelectOptions;
use crate::polish::Draft;
use crate::rows::{Bench, How, Rows};

/// A polished formula with what is known of it.
#[derive(Clone, Debug)]
pub(crate) struct Member {
    /// With constants from the training rows.
    pub expr: Expr,
    /// With the constants that the spread of the residuals makes likeliest; the same where that is even.
    pub likeliest: Expr,
    pub complexity: u32,
    /// Loss on the training rows.
    pub loss: f64,
    pub length: Length,
    pub train: Metrics,
    /// Nats that each training row takes, by the likelihood that a few bad rows do not rule.
    pub nats: Vec<f64>,
    /// Their distribution.
    pub likelihood: Likelihood,
    /// How it does on rows that its constants have not seen; `None` where the time did not suffice.
    pub held_out: Option<HeldOut>,
    pub candidate: u64,
    pub origin: Vec<String>,
    /// The forms, as searches put them forward, that it was made from.
    pub forms: BTreeSet<Key>,
    /// What it does between the rows.
    pub inside: Inside,
    /// Was there time to polish it?
    pub polished: bool,
    /// Is it the constant that is always in the running?
    pub is_constant: bool,
}

/// How a formula does on rows that its constants have not seen.
#[derive(Clone, Debug)]
pub(crate) struct HeldOut {
    pub metrics: Metrics,
    /// Nats that each row takes.
    pub nats: Vec<f64>,
}

impl Member {
    /// A member from `draft`. Of one that there was no time to polish, no other constants are looked for.
    pub(crate) fn new(
        bench: &mut Bench<'_>,
        problem: &Problem,
        rows: &Rows,
        scale: &Scale,
        draft: Draft,
        polished: bool,
    ) -> Member {
        let values = bench.values(&draft.expr, &rows.train);
        let weights = rows.train.weights.as_deref();
        let train = Metrics::new(&values, &rows.train.target, weights, rows.loss);
        let likeliest = if polished { likeliest(bench, rows, scale, &draft.expr) } else { draft.expr.clone() };
        let values = if likeliest == draft.expr { values } else { bench.values(&likeliest, &rows.train) };
        let residuals = residuals(&rows.train, &values, scale.divisors.as_deref());
        let likelihood = Likelihood::of(rows.loss, &residuals, weights, scale.least_residual());
        Member {
            complexity: problem.complexity.of(&draft.expr),
            is_constant: draft.expr.variables().is_empty(),
            expr: draft.expr,
            likeliest,
            loss: draft.loss,
            length: draft.length,
            train,
            nats: likelihood.nats(&residuals, weights),
            likelihood,
            polished,
            held_out: None,
            forms: BTreeSet::new(),
            inside: Inside::default(),
            candidate: u64::MAX,
            origin: vec!["selection".into()],
        }
    }

    /// Measures it on rows held out; says whether it is defined and sane there.
    pub(crate) fn hold_out(
        &mut self,
        bench: &mut Bench<'_>,
        rows: &Rows,
        scale: &Scale,
        options: &SelectOptions,
    ) -> bool {
        let table = rows.unseen();
        let mut unseen = |expr: &Expr, seen: &Table| match &rows.folds {
            None => bench.values(expr, table),
            Some(folds) => folds.predictions(bench, expr, seen.weights.as_deref(), rows.loss),
        };
        let values = unseen(&self.expr, &rows.train);
        // Constants of the folds are fitted as those of all training rows were.
        let even = scale.evened.as_ref().filter(|_| self.likeliest != self.expr);
        let likeliest = even.map(|even| unseen(&self.likeliest, even));
        let likeliest = likeliest.filter(|values| is_sane(values, &rows.all, options.absurd));
        let weights = table.weights.as_deref();
        let divisors = scale.unseen_divisors.as_deref();
        let residuals = residuals(table, likeliest.as_ref().unwrap_or(&values), divisors);
        let likelihood = match rows.validation {
            Some(_) => self.likelihood,
            None => Likelihood::of(rows.loss, &residuals, weights, scale.least_residual()),
        };
        let metrics = Metrics::new(&values, &table.target, weights, rows.loss);
        self.held_out = Some(HeldOut { metrics, nats: likelihood.nats(&residuals, weights) });
        is_sane(&values, &rows.all, options.absurd)
    }

    /// Description length by the likelihood that a few bad rows do not rule.
    pub(crate) fn evidence(&self, loss: Loss) -> f64 {
        let (n, k) = (self.nats.len() as f64, self.expr.params().len() as f64);
        self.nats.iter().sum::<f64>() + n / power(loss) * math::log(n / (n - k)) + self.length.of_formula()
    }

    /// The key of the form with every number free: formulas that share it differ in their numbers only.
    pub(crate) fn form(&self) -> Key {
        self.expr.thaw().form_key()
    }

    /// How many numbers it holds, free or literal.
    pub(crate) fn numbers(&self) -> usize {
        self.expr.nodes().iter().filter(|node| matches!(node, Node::Const(_) | Node::Param(_))).count()
    }
}

/// `expr` with the constants that the spread of the residuals makes likeliest.
fn likeliest(bench: &mut Bench<'_>, rows: &Rows, scale: &Scale, expr: &Expr) -> Expr {
    let Some(table) = scale.evened.as_ref().filter(|_| !expr.params().is_empty()) else { return expr.clone() };
    let (fitted, loss) = bench.fitted(expr, table, rows.loss, How::Adjust);
    if loss.is_finite() { fitted } else { expr.clone() }
}

/// Target minus prediction, row by row, divided by the spread.
pub(crate) fn residuals(table: &Table, values: &[f64], divisors: Option<&[f64]>) -> Vec<f64> {
    let by = |row: usize| divisors.map_or(1.0, |divisors| divisors[row]);
    table.target.iter().zip(values).enumerate().map(|(row, (y, value))| (y - value) / by(row)).collect()
}

/// Is every value finite and within `absurd` ranges of the middle of the target?
fn is_sane(values: &[f64], table: &Table, absurd: f64) -> bool {
    let (low, high) = range(&table.target);
    let (middle, reach) = (0.5 * low + 0.5 * high, absurd * (high - low));
    values.iter().all(|value| (value - middle).abs() <= reach)
}
