//! Fitting the constants of a given formula: the library behind `symfolio fit-constants`.

mod error;
mod formula;
mod grouped;
mod groups;
mod intervals;
mod words;

use std::collections::BTreeMap;

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use serde::Serialize;
use symfolio_core::{Budget, Dataset, Table};
use symfolio_engine::Clock;
use symfolio_expr::{Expr, Program, Scratch, infix, rounded_number_text};
use symfolio_fit::{
    Criterion, Effort, FitOptions, Loss, Wasserstein, Workspace, certify_loss, fit, fit_wasserstein, profile_intervals,
};

pub use error::ConstantsError;
pub use formula::Formula;
use formula::renamed;
pub(crate) use grouped::{Fitting, fit_all, refuse_undefined, tables_of};
pub use grouped::{GroupResult, GroupedConstants, GroupedResult, fit_constants_grouped};
pub use groups::GroupedData;
pub use intervals::{Interval, Intervals};
use intervals::{NO_INTERVALS, at_bound, loss_of_intervals, remark_at_bound};
pub(crate) use intervals::{closed, of_ends, remarks_on};
pub(crate) use words::exponents;

/// How to fit.
#[derive(Clone, Debug, PartialEq)]
pub struct FitConstants {
    /// Loss of a residual, or distance of spectra; the latter only for one table.
    pub loss: Criterion,
    /// Most time or work to take.
    pub budget: Budget,
    /// What the random stream begins from.
    pub seed: u64,
    /// Lower and upper bounds of constants by name, each at most infinite; others are free.
    pub bounds: BTreeMap<String, (f64, f64)>,
    /// Values of constants to begin from, by name; further starts are made from the data.
    pub start: BTreeMap<String, f64>,
    /// How confidence intervals are found.
    pub intervals: Intervals,
}

impl Default for FitConstants {
    /// Squared error, two seconds, no bounds, no start, intervals of the delta method.
    fn default() -> FitConstants {
        FitConstants {
            loss: Criterion::default(),
            budget: Budget::Wall(2.0),
            seed: 0,
            bounds: BTreeMap::new(),
            start: BTreeMap::new(),
            intervals: Intervals::Delta,
        }
    }
}

impl FitConstants {
    /// The loss of a residual, which several groups need.
    pub(crate) fn row_loss(&self) -> Result<Loss, ConstantsError> {
        match self.loss {
            Criterion::Rows(loss) => Ok(loss),
            Criterion::Wasserstein { .. } => Err(ConstantsError::GroupedSpectra),
        }
    }

    /// Work that is left of the budget once `work` is spent, where a second buys `per_second`.
    fn work_left(&self, clock: &Clock, work: u64, per_second: f64) -> u64 {
        match self.budget {
            Budget::Work(total) => total.saturating_sub(work),
            Budget::Wall(_) | Budget::Cpu(_) => (clock.left(0.0).unwrap_or(0.0) * per_second) as u64,
        }
    }

    /// The same for the search for the constants, which leaves half of the budget where intervals are to be followed.
    pub(crate) fn work_left_for_fit(&self, clock: &Clock, work: u64, per_second: f64) -> u64 {
        let share = if self.intervals == Intervals::Profile { 0.5 } else { 0.0 };
        match self.budget {
            Budget::Work(total) => (total - (share * total as f64) as u64).saturating_sub(work),
            Budget::Wall(seconds) | Budget::Cpu(seconds) => {
                (clock.left(share * seconds).unwrap_or(0.0).max(0.0) * per_second) as u64
            }
        }
    }

    /// The same for intervals that are followed once `work` is spent: what a second buys has been seen by now.
    pub(crate) fn work_left_for_intervals(&self, clock: &Clock, work: u64, per_second: f64) -> u64 {
        self.work_left(clock, work, per_second.max(work as f64 / clock.wall().max(1e-3)))
    }

    /// The form to begin from and the bounds of its constants in their order (empty for none), checked.
    pub(crate) fn begin(&self, formula: &Formula) -> Result<(Expr, Vec<(f64, f64)>), ConstantsError> {
        for name in self.bounds.keys().chain(self.start.keys()) {
            if !formula.constants.contains(name) {
                let known = formula.constants.join(", ");
                return Err(ConstantsError::UnknownConstant { name: name.clone(), known });
            }
        }
        let free = (f64::NEG_INFINITY, f64::INFINITY);
        let bounds: Vec<(f64, f64)> =
            formula.constants.iter().map(|name| self.bounds.get(name).copied().unwrap_or(free)).collect();
        let mut values = formula.expr.params().to_vec();
        for ((name, value), (low, high)) in formula.constants.iter().zip(&mut values).zip(&bounds) {
            if low.is_nan() || high.is_nan() || low > high {
                return Err(ConstantsError::Bounds { name: name.clone(), low: *low, high: *high });
            }
            if low == high && low.is_infinite() {
                return Err(ConstantsError::InfiniteBounds { name: name.clone(), bound: *low });
            }
            *value = self.start.get(name).copied().unwrap_or_else(|| value.clamp(*low, *high));
            if !value.is_finite() || !(*low..=*high).contains(value) {
                return Err(ConstantsError::Start { name: name.clone(), value: *value, low: *low, high: *high });
            }
        }
        let bounds = if self.bounds.is_empty() { Vec::new() } else { bounds };
        Ok((formula.expr.with_params(&values), bounds))
    }
}

/// A formula with its constants fitted.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ConstantsResult {
    /// Version of the format.
    pub schema: u32,
    /// The formula with the values in place.
    pub expression: String,
    /// The formula with the names of its constants.
    pub form: String,
    /// Values by name, as the formula's text has the names.
    pub constants: BTreeMap<String, f64>,
    /// How the intervals were found.
    pub method: Intervals,
    /// 95 % confidence intervals by name; `None` where the data does not identify the constant, an end is `None` where it is open.
    pub intervals: BTreeMap<String, Option<Interval>>,
    /// What else is to be known of the intervals, such as ends that are bounds.
    pub remarks: Vec<String>,
    /// The two constants that are hardest to tell apart and the correlation of their estimates, where that is worth a word.
    pub nearly_redundant: Option<(String, String, f64)>,
    /// Mean squared error over the variance of the target.
    pub nmse: f64,
    /// Mean loss.
    pub loss: f64,
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

/// Fits the free constants of `formula` to all rows of `dataset`, from many starts, until the budget is spent or nothing is left to
/// gain.
///
/// ```
/// use symfolio::{Budget, Column, Dataset, FitConstants, Formula, fit_constants};
///
/// let t: Vec<f64> = (0..10).map(f64::from).collect();
/// let y: Vec<f64> = t.iter().map(|t| 3.0 * t + 7.0).collect();
/// let data = Dataset::new("line", vec![Column::new("t", t)], Column::new("y", y), None)?;
/// let formula = Formula::parse("c0*t + c5", &data.feature_names())?;
/// let settings = FitConstants { budget: Budget::Work(100_000_000), ..FitConstants::default() };
/// let fitted = fit_constants(&data, &formula, &settings)?;
/// assert!((fitted.constants["c5"] - 7.0).abs() < 1e-9);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`ConstantsError`] for bounds or starts that mean nothing, and [`ConstantsError::Undefined`] where no constants were found with which the formula has a value on every row.
///
/// # Panics
/// Where `formula` uses a variable that is no feature.
pub fn fit_constants(
    dataset: &Dataset,
    formula: &Formula,
    settings: &FitConstants,
) -> Result<ConstantsResult, ConstantsError> {
    let (expr, bounds) = settings.begin(formula)?;
    if settings.intervals == Intervals::Profile && !settings.loss.is_squared() {
        return Err(ConstantsError::ProfileLoss { loss: settings.loss.clone() });
    }
    let expr = &expr;
    let clock = Clock::start(settings.budget, (0.0, 0.0));
    let rows = counted(dataset);
    let table = Table::gather(dataset, &rows);
    refuse_scale(table.target.iter())?;
    let exact = exact(&settings.loss, expr, dataset, &table)?;
    let columns = table.columns();
    let data = table.fit_data(&columns);
    let mut workspace = Workspace::default();
    let mut best = expr.clone();
    let mut cut_short = false;
    let (mut loss, mut work, mut stale) = (f64::INFINITY, 0u64, 0);
    for round in 0..ROUNDS {
        let max_work = settings.work_left_for_fit(&clock, work, WORK_PER_SECOND);
        if max_work == 0 {
            break;
        }
        let options =
            FitOptions { effort: Effort::Thorough, max_work, bounds: bounds.clone(), ..FitOptions::default() };
        let mut rng = ChaCha8Rng::seed_from_u64(settings.seed);
        rng.set_stream(round);
        // Each round begins from the given form once more: its starts are drawn anew.
        let fitted = match &settings.loss {
            Criterion::Rows(loss) => {
                let options = FitOptions { loss: *loss, ..options };
                fit(&mut rng, expr, &data, &options, &mut workspace)
            }
            Criterion::Wasserstein { axis } => {
                let measure = axis_of(axis.as_deref(), expr, dataset)?;
                fit_wasserstein(&mut rng, expr, &data, measure, &options, &mut workspace)?
            }
        };
        cut_short |= round == 0 && fitted.work >= max_work;
        work += fitted.work;
        let gained = fitted.loss < 0.999 * loss;
        if fitted.loss < loss || round == 0 {
            (loss, best) = (fitted.loss, expr.with_params(&fitted.params));
        }
        stale = if gained { 0 } else { stale + 1 };
        if stale >= 3 || loss <= exact || expr.params().is_empty() {
            break;
        }
    }
    if let Some(undefined) = undefined(formula, &best, dataset, &rows) {
        return Err(undefined);
    }
    if !loss.is_finite() {
        return Err(ConstantsError::Scale { what: "the loss", value: loss });
    }
    let name = |index: usize| formula.constants[index].clone();
    let mut remarks = Vec::new();
    if cut_short {
        let spent = settings.budget;
        remarks.push(format!(
            "the budget of {spent} ended before the first round of starts was done: these may not be the best constants; give more by --budget"
        ));
    }
    let mut profiled = None;
    if settings.intervals == Intervals::Profile {
        let max_work = settings.work_left_for_intervals(&clock, work, WORK_PER_SECOND);
        let profile = profile_intervals(&best, &data, &bounds, max_work, &mut workspace);
        if let Some(better) = &profile.better {
            // The profile met a better minimum than the search had found.
            let options = FitOptions { bounds: bounds.clone(), max_iterations: Some(100), ..FitOptions::default() };
            let mut rng = ChaCha8Rng::seed_from_u64(settings.seed);
            let fitted = fit(&mut rng, &expr.with_params(better), &data, &options, &mut workspace);
            if fitted.loss < loss {
                (loss, best) = (fitted.loss, expr.with_params(&fitted.params));
            }
        }
        let named = profile.intervals.iter().enumerate().map(|(index, ends)| (*ends, name(index)));
        remarks.extend(remarks_on(named, settings.budget));
        profiled = Some(profile.intervals);
    }
    let held: Vec<usize> = (0..bounds.len()).filter(|index| at_bound(best.params()[*index], bounds[*index])).collect();
    let certified = loss_of_intervals(&settings.loss);
    let certificate = certify_loss(&best, &data, certified.unwrap_or_default(), &held, &mut workspace);
    let intervals: Vec<Option<Interval>> = match (profiled, certified) {
        (Some(profiled), _) => profiled.iter().copied().map(of_ends).collect(),
        (None, Some(_)) => {
            remarks.extend(held.iter().map(|index| remark_at_bound(&name(*index), best.params()[*index])));
            let of = |(index, ends): (usize, &(f64, f64))| if held.contains(&index) { None } else { closed(*ends) };
            certificate.intervals.iter().enumerate().map(of).collect()
        }
        (None, None) => {
            remarks.push(NO_INTERVALS.to_string());
            vec![None; best.params().len()]
        }
    };
    let program = Program::new(&best);
    let mean_square = symfolio_fit::loss_of(&program, best.params(), &data, Loss::SquaredError, &mut workspace);
    Ok(ConstantsResult {
        schema: 1,
        expression: infix(&best, &dataset.feature_names()),
        form: formula.text.clone(),
        constants: best.params().iter().enumerate().map(|(index, value)| (name(index), *value)).collect(),
        method: settings.intervals,
        intervals: intervals.into_iter().enumerate().map(|(index, interval)| (name(index), interval)).collect(),
        remarks,
        nearly_redundant: certificate.nearly_redundant.map(|(i, j, correlation)| (name(i), name(j), correlation)),
        nmse: mean_square.0 / table.target_variance(),
        loss,
        identifiable: certificate.identifiable,
        message: renamed(&certificate.message, &formula.constants),
        seconds: clock.wall(),
    })
}

/// The rows that count: those of a weight above 0.
fn counted(dataset: &Dataset) -> Vec<u32> {
    let counts = |row: &u32| dataset.weights().is_none_or(|weights| weights[*row as usize] > 0.0);
    (0..dataset.n_rows() as u32).filter(counts).collect()
}

/// Targets below and above which squares of residuals are beyond what numbers hold.
const TARGETS: std::ops::RangeInclusive<f64> = 1e-130..=1e130;

/// Refuses a target whose squares are too small or too large for a number: a fit would seem perfect, or never be one.
fn refuse_scale<'y>(target: impl IntoIterator<Item = &'y f64>) -> Result<(), ConstantsError> {
    let largest = target.into_iter().fold(0.0f64, |largest, y| largest.max(y.abs()));
    match largest == 0.0 || TARGETS.contains(&largest) {
        true => Ok(()),
        false => Err(ConstantsError::Scale { what: "the largest value of the target", value: largest }),
    }
}

/// The loss below which no further start is tried.
fn exact(loss: &Criterion, expr: &Expr, dataset: &Dataset, table: &Table) -> Result<f64, ConstantsError> {
    match loss {
        Criterion::Rows(loss) => Ok(loss.of((EXACT * table.target_variance()).sqrt())),
        Criterion::Wasserstein { axis } => {
            let Wasserstein { axis } = axis_of(axis.as_deref(), expr, dataset)?;
            let columns = table.columns();
            let places = columns.column(axis);
            let ends = |(low, high): (f64, f64), x: &f64| (low.min(*x), high.max(*x));
            let (low, high) = places.iter().fold((f64::INFINITY, f64::NEG_INFINITY), ends);
            Ok(EXACT.sqrt() * (high - low))
        }
    }
}

/// The axis of a spectrum: the feature of this name, or the only one that the expression uses.
fn axis_of(name: Option<&str>, expr: &Expr, dataset: &Dataset) -> Result<Wasserstein, ConstantsError> {
    let names = dataset.feature_names();
    let axis = match (name, expr.variables().as_slice()) {
        (Some(name), _) => names.iter().position(|known| known == name),
        (None, [only]) => Some(usize::from(*only)),
        (None, _) => None,
    };
    let axis = axis.ok_or_else(|| ConstantsError::Axis { known: names.join(", ") })?;
    Ok(Wasserstein { axis })
}

/// Where `best`, the formula with the best constants found, has no finite value on one of these rows.
fn undefined(formula: &Formula, best: &Expr, dataset: &Dataset, rows: &[u32]) -> Option<ConstantsError> {
    let mut values = vec![0.0; rows.len()];
    let table = Table::gather(dataset, rows);
    Program::new(best).values(best.params(), &table.columns(), &mut Scratch::default(), &mut values);
    let found = values.iter().position(|value| !value.is_finite())?;
    let (row, value) = (rows[found] as usize, values[found]);
    let shown = |name: &str, value: f64| format!("{name} = {}", rounded_number_text(value, 6));
    let inputs = best.variables().into_iter().map(|index| &dataset.features()[usize::from(index)]);
    let inputs = inputs.map(|column| shown(&column.name, column.values[row]));
    let constants = formula.constants.iter().zip(best.params()).map(|(name, value)| shown(name, *value));
    let at = inputs.chain(constants).collect::<Vec<_>>().join(", ");
    Some(ConstantsError::Undefined { row: row + 1, at, value })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A straight line, 3 t + 7.
    fn line() -> Dataset {
        let t: Vec<f64> = (0..20).map(f64::from).collect();
        let y: Vec<f64> = t.iter().map(|t| 3.0 * t + 7.0).collect();
        let columns = vec![symfolio_core::Column::new("t", t)];
        Dataset::new("line", columns, symfolio_core::Column::new("y", y), None).unwrap()
    }

    #[test]
    fn bounds_are_kept_to_and_starts_are_begun_from() {
        let data = line();
        let fitted = |text: &str, bounds: &[(&str, (f64, f64))], start: &[(&str, f64)]| {
            let formula = Formula::parse(text, &data.feature_names()).unwrap();
            let settings = FitConstants {
                budget: Budget::Work(50_000_000),
                bounds: bounds.iter().map(|(name, pair)| (name.to_string(), *pair)).collect(),
                start: start.iter().map(|(name, value)| (name.to_string(), *value)).collect(),
                ..FitConstants::default()
            };
            fit_constants(&data, &formula, &settings)
        };
        let free = fitted("c1*t + c4", &[], &[]).unwrap();
        assert!((free.constants["c1"] - 3.0).abs() < 1e-9 && (free.constants["c4"] - 7.0).abs() < 1e-8);
        let held = fitted("c1*t + c4", &[("c1", (0.0, 2.0))], &[]).unwrap();
        assert!((held.constants["c1"] - 2.0).abs() < 1e-6, "{held:?}");
        let half = fitted("c1*t + c4", &[("c4", (f64::NEG_INFINITY, 0.0))], &[]).unwrap();
        assert!(half.constants["c4"].abs() < 1e-6, "{half:?}");
        // Two constants do the same: of the two signs that fit, the start decides.
        for sign in [1.0, -1.0] {
            let pair = fitted("c0**2*t + 7", &[], &[("c0", 1.5 * sign)]).unwrap();
            assert!((pair.constants["c0"] - sign * 3f64.sqrt()).abs() < 1e-6, "{pair:?}");
        }
        for (bounds, start, message) in [
            (vec![("c9", (0.0, 1.0))], vec![], "the formula has no constant c9; it has c1, c4"),
            (vec![("c1", (2.0, 1.0))], vec![], "the bounds of c1 are 2 to 1; the lower one comes first"),
            (
                vec![("c1", (f64::INFINITY, f64::INFINITY))],
                vec![],
                "the bounds of c1 are both inf, and no number lies there; give at least one that is finite, as in 0:",
            ),
            (vec![("c1", (0.0, 1.0))], vec![("c1", 5.0)], "the start of c1 is 5, which does not lie within 0 to 1"),
        ] {
            assert_eq!(fitted("c1*t + c4", &bounds, &start).unwrap_err().to_string(), message);
        }
    }

    #[test]
    fn a_fit_that_its_budget_cuts_short_says_so() {
        let data = line();
        let fitted = |work| {
            let formula = Formula::parse("c0*sin(c1*t) + c2*t", &data.feature_names()).unwrap();
            let settings = FitConstants { budget: Budget::Work(work), ..FitConstants::default() };
            fit_constants(&data, &formula, &settings).unwrap().remarks
        };
        let remarks = fitted(2_000);
        assert!(
            remarks[0].starts_with("the budget of 2000 ended before the first round of starts was done"),
            "{remarks:?}"
        );
        let formula = Formula::parse("c0*t + c1", &data.feature_names()).unwrap();
        let settings = FitConstants { budget: Budget::Work(50_000_000), ..FitConstants::default() };
        assert!(fit_constants(&data, &formula, &settings).unwrap().remarks.is_empty());
    }

    #[test]
    fn spectra_are_fitted_along_their_axis() {
        let x: Vec<f64> = (0..100).map(|row| 0.1 * f64::from(row)).collect();
        let y: Vec<f64> = x.iter().map(|x| 2.0 * (-((x - 8.0) / 0.3).powi(2)).exp()).collect();
        let columns = vec![symfolio_core::Column::new("other", y.clone()), symfolio_core::Column::new("x", x)];
        let data = Dataset::new("peak", columns, symfolio_core::Column::new("y", y), None).unwrap();
        let settings = |loss: &str| FitConstants {
            loss: loss.parse().unwrap(),
            budget: Budget::Work(20_000_000),
            start: BTreeMap::from([("c1".to_string(), 2.0)]),
            ..FitConstants::default()
        };
        let fitted = |text: &str, loss: &str| {
            let formula = Formula::parse(text, &data.feature_names()).unwrap();
            fit_constants(&data, &formula, &settings(loss))
        };
        for loss in ["wasserstein", "wasserstein:x"] {
            let found = fitted("c0*exp(-((x - c1)/0.3)**2)", loss).unwrap();
            assert!((found.constants["c1"] - 8.0).abs() < 1e-6 && found.loss < 1e-6, "{found:?}");
        }
        for (text, loss, message) in [
            ("c0*exp(-(x - c1)**2)", "wasserstein:nu", "write wasserstein:COLUMN with one of other, x"),
            ("c0*exp(-(x - c1)**2)*other", "wasserstein", "write wasserstein:COLUMN with one of other, x"),
        ] {
            let error = fitted(text, loss).unwrap_err().to_string();
            assert!(error.ends_with(message), "{error}");
        }
        let labels: Vec<String> = (0..100).map(|row| (row % 2).to_string()).collect();
        let formula = Formula::parse("c0*exp(-(x - c1)**2)", &data.feature_names()).unwrap();
        let grouped = GroupedConstants { fit: settings("wasserstein"), ..GroupedConstants::default() };
        let error = fit_constants_grouped(&GroupedData::new(data.clone(), &labels), &formula, &grouped).unwrap_err();
        assert_eq!(error, ConstantsError::GroupedSpectra);
    }

    /// A line of noise with an outlier, fitted by `text`.
    fn noisy(text: &str, unit: f64, settings: &FitConstants) -> Result<ConstantsResult, ConstantsError> {
        let t: Vec<f64> = (0..20).map(f64::from).collect();
        let y = |t: &f64| unit * (3.0 * t + 7.0 + (7.0 * t).sin() + if *t == 4.0 { 30.0 } else { 0.0 });
        let y: Vec<f64> = t.iter().map(y).collect();
        let columns = vec![symfolio_core::Column::new("t", t)];
        let data = Dataset::new("line", columns, symfolio_core::Column::new("y", y), None).unwrap();
        fit_constants(&data, &Formula::parse(text, &data.feature_names()).unwrap(), settings)
    }

    fn on_work() -> FitConstants {
        FitConstants { budget: Budget::Work(20_000_000), ..FitConstants::default() }
    }

    #[test]
    fn targets_whose_squares_no_number_holds_are_refused() {
        for unit in [1e160, 1e-170] {
            let error = noisy("c0*t + c1", unit, &on_work()).unwrap_err().to_string();
            assert!(
                error.starts_with("the largest value of the target is 6.") && error.ends_with("take other units"),
                "{error}"
            );
        }
        for unit in [1e120, 1e-120] {
            let found = noisy("c0*t + c1", unit, &on_work()).unwrap();
            assert!(
                found.identifiable && found.nmse > 0.0 && (found.constants["c0"] / unit - 3.0).abs() < 0.5,
                "{found:?}"
            );
        }
    }

    #[test]
    fn a_constant_at_its_bound_has_no_interval_and_leaves_the_others_narrower() {
        let bounds = |low: f64| BTreeMap::from([("c0".to_string(), (low, f64::INFINITY))]);
        let free = noisy("c0*t + c1", 1.0, &FitConstants { bounds: bounds(0.0), ..on_work() }).unwrap();
        assert!(free.remarks.is_empty() && free.intervals["c0"].is_some());
        let held = noisy("c0*t + c1", 1.0, &FitConstants { bounds: bounds(4.5), ..on_work() }).unwrap();
        assert_eq!((held.constants["c0"], held.intervals["c0"]), (4.5, None));
        let remark = "c0 is at its bound, 4.5, and has no interval; those of the others take it as known";
        assert_eq!((held.remarks.as_slice(), held.identifiable), ([remark.to_string()].as_slice(), true));
        let known = noisy("4.5*t + c1", 1.0, &on_work()).unwrap();
        let ends = |result: &ConstantsResult| match result.intervals["c1"] {
            Some((Some(low), Some(high))) => (low, high),
            other => panic!("{other:?}"),
        };
        assert!((ends(&held).0 - ends(&known).0).abs() < 1e-6 && (ends(&held).1 - ends(&known).1).abs() < 1e-6);
    }

    #[test]
    fn intervals_are_those_of_the_loss() {
        let width = |loss: &str| {
            let result = noisy("c0*t + c1", 1.0, &FitConstants { loss: loss.parse().unwrap(), ..on_work() }).unwrap();
            match result.intervals["c0"] {
                Some((Some(low), Some(high))) => Ok(high - low),
                None => Err(result.remarks.join("; ")),
                other => panic!("{other:?}"),
            }
        };
        // The outlier widens those of the squared error only.
        for loss in ["mae", "huber:1", "log-cosh"] {
            assert!(width(loss).unwrap() < 0.5 * width("squared").unwrap(), "{loss}: {:?}", width(loss));
        }
        assert_eq!(
            width("wasserstein").unwrap_err(),
            "there are no intervals for the loss wasserstein; --loss squared has some"
        );
    }

    #[test]
    fn rows_without_weight_need_not_be_defined() {
        let t: Vec<f64> = (0..20).map(f64::from).collect();
        let y: Vec<f64> = t.iter().map(|t| 3.0 / t.max(1.0) + 7.0).collect();
        let weights = (0..20).map(|row| if row == 0 { 0.0 } else { 1.0 }).collect();
        let columns = vec![symfolio_core::Column::new("t", t)];
        let data = Dataset::new("weighted", columns, symfolio_core::Column::new("y", y), Some(weights)).unwrap();
        let formula = Formula::parse("c0/t + c1", &data.feature_names()).unwrap();
        let found = fit_constants(&data, &formula, &on_work()).unwrap();
        assert!((found.constants["c0"] - 3.0).abs() < 1e-9 && found.loss < 1e-20, "{found:?}");
        let labels: Vec<String> =
            (0..20).map(|row| if row < 1 { "none".into() } else { (row % 2).to_string() }).collect();
        let grouped = GroupedConstants { fit: on_work(), ..GroupedConstants::default() };
        let error = fit_constants_grouped(&GroupedData::new(data, &labels), &formula, &grouped).unwrap_err();
        assert_eq!(error, ConstantsError::WeightlessGroup { group: "none".into() });
    }
}
