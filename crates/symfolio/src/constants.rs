//! Fitting the constants of a given formula: the library behind `symfolio fit-constants`.

use std::collections::BTreeMap;

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use serde::Serialize;
use symfolio_core::{Budget, Dataset, Table};
use symfolio_engine::Clock;
use symfolio_expr::{Expr, infix};
use symfolio_fit::{Effort, FitOptions, Loss, Workspace, certify, fit};

/// How to fit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FitConstants {
    /// Loss of a residual.
    pub loss: Loss,
    /// Most time or work to take.
    pub budget: Budget,
    /// What the random stream begins from.
    pub seed: u64,
}

/// A formula with its constants fitted.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ConstantsResult {
    /// Version of the format.
    pub schema: u32,
    /// The formula with the values in place.
    pub expression: String,
    /// Values by name, `c0` first in the formula.
    pub constants: BTreeMap<String, f64>,
    /// 95 % confidence intervals by name; `None` where the data does not identify the constant.
    pub intervals: BTreeMap<String, Option<(f64, f64)>>,
    /// Mean squared error over the variance of the target; `None` where the formula is undefined on some row.
    pub nmse: Option<f64>,
    /// Mean loss; `None` likewise.
    pub loss: Option<f64>,
    /// Does the data determine every constant?
    pub identifiable: bool,
    /// In words, which constants cannot be told apart.
    pub message: String,
    /// Seconds that the fit took.
    pub seconds: f64,
}

/// Work per second that a time budget is taken to buy at least; a fit stops at the budget's work at the latest.
const WORK_PER_SECOND: f64 = 1e9;
/// NMSE below which no further start is tried.
const EXACT: f64 = 1e-24;
/// Most rounds of starts.
const ROUNDS: u64 = 64;

/// Fits the free constants of `expr` to all rows of `dataset`, from many starts, until the budget is spent or nothing is left to
/// gain.
///
/// # Panics
/// Where `expr` uses a variable that is no feature.
pub fn fit_constants(dataset: &Dataset, expr: &Expr, settings: &FitConstants) -> ConstantsResult {
    let clock = Clock::start(settings.budget, (0.0, 0.0));
    let rows: Vec<u32> = (0..dataset.n_rows() as u32).collect();
    let table = Table::gather(dataset, &rows);
    let columns = table.columns();
    let data = table.fit_data(&columns);
    let mut workspace = Workspace::default();
    let mut best = expr.clone();
    let (mut loss, mut work, mut stale) = (f64::INFINITY, 0u64, 0);
    for round in 0..ROUNDS {
        let max_work = match settings.budget {
            Budget::Work(total) => total.saturating_sub(work),
            Budget::Wall(_) | Budget::Cpu(_) => (clock.left(0.0).unwrap_or(0.0) * WORK_PER_SECOND) as u64,
        };
        if max_work == 0 {
            break;
        }
        let options = FitOptions { loss: settings.loss, effort: Effort::Thorough, max_work, ..FitOptions::default() };
        let mut rng = ChaCha8Rng::seed_from_u64(settings.seed);
        rng.set_stream(round);
        // Each round begins from the given form once more: its starts are drawn anew.
        let fitted = fit(&mut rng, expr, &data, &options, &mut workspace);
        work += fitted.work;
        let gained = fitted.loss < 0.999 * loss;
        if fitted.loss < loss || round == 0 {
            (loss, best) = (fitted.loss, expr.with_params(&fitted.params));
        }
        stale = if gained { 0 } else { stale + 1 };
        if stale >= 3 || loss <= EXACT * table.target_variance() || expr.params().is_empty() {
            break;
        }
    }
    let certificate = certify(&best, &data, &mut workspace);
    let name = |index: usize| format!("c{index}");
    let mean_square = symfolio_fit::loss_of(
        &symfolio_expr::Program::new(&best),
        best.params(),
        &data,
        Loss::SquaredError,
        &mut workspace,
    );
    let finite = |value: f64| value.is_finite().then_some(value);
    ConstantsResult {
        schema: 1,
        expression: infix(&best, &dataset.feature_names()),
        constants: best.params().iter().enumerate().map(|(index, value)| (name(index), *value)).collect(),
        intervals: certificate
            .intervals
            .iter()
            .enumerate()
            .map(|(index, (low, high))| (name(index), (low.is_finite() && high.is_finite()).then_some((*low, *high))))
            .collect(),
        nmse: finite(mean_square.0 / table.target_variance()),
        loss: finite(loss),
        identifiable: certificate.identifiable,
        message: certificate.message,
        seconds: clock.wall(),
    }
}
