//! Fitting the constants of a formula to several groups of rows, some shared and some each group's own.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use serde::Serialize;
use symfolio_core::{Budget, Dataset, Table};
use symfolio_engine::Clock;
use symfolio_expr::{Columns, Expr};
use symfolio_fit::{
    Effort, FitData, FitOptions, GroupedCertificate, GroupedFit, GroupedProfile, Held, Loss, Workspace,
    certify_grouped, fit_grouped, profile_grouped, refine_grouped,
};

use super::groups::GroupedData;
use super::words::{message, too_few};
use super::{
    ConstantsError, FitConstants, Formula, Interval, Intervals, at_bound, closed, of_ends, refuse_scale,
    remark_at_bound, remarks_on, undefined,
};

/// How to fit several groups.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct GroupedConstants {
    /// What holds for all groups alike; bounds and starts of an own constant apply in each.
    pub fit: FitConstants,
    /// Constants with one value for all groups; each other one has a value of its own in every group.
    pub shared: BTreeSet<String>,
}

impl GroupedConstants {
    /// The positions of the shared constants.
    pub(crate) fn shared_positions(&self, formula: &Formula) -> Result<Vec<usize>, ConstantsError> {
        let position = |name: &String| {
            formula.constants.iter().position(|known| known == name).ok_or_else(|| ConstantsError::UnknownShared {
                name: name.clone(),
                known: formula.constants.join(", "),
            })
        };
        self.shared.iter().map(position).collect()
    }
}

/// A formula with its constants fitted to several groups.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct GroupedResult {
    /// Version of the format.
    pub schema: u32,
    /// The formula with the names of its constants.
    pub form: String,
    /// How the intervals were found.
    pub method: Intervals,
    /// Values of the shared constants by name.
    pub shared: BTreeMap<String, f64>,
    /// Their 95 % confidence intervals; `None` where the data does not identify the constant.
    pub shared_intervals: BTreeMap<String, Option<Interval>>,
    /// The groups in the order in which they first appear.
    pub groups: Vec<GroupResult>,
    /// What else is to be known of the intervals, such as ends that are bounds.
    pub remarks: Vec<String>,
    /// Mean squared error over the variance of the target, over all rows.
    pub nmse: f64,
    /// Mean loss over all rows.
    pub loss: f64,
    /// Does the data determine every constant of every group?
    pub identifiable: bool,
    /// In words, which constants of which groups cannot be told apart.
    pub message: String,
    /// Seconds that the fit took.
    pub seconds: f64,
}

/// One group of a [`GroupedResult`].
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct GroupResult {
    /// Its name.
    pub name: String,
    /// Its number of rows that count: those of a weight above 0.
    pub rows: usize,
    /// The formula with the group's values in place.
    pub expression: String,
    /// Values of its own constants by name.
    pub constants: BTreeMap<String, f64>,
    /// Their 95 % confidence intervals; `None` where the data does not identify the constant.
    pub intervals: BTreeMap<String, Option<Interval>>,
    /// Mean loss over its rows.
    pub loss: f64,
}

/// Fits the free constants of `formula` to groups of rows: the constants named in `settings.shared` have one value for all, the
/// others one in each group.
///
/// ```
/// use std::collections::BTreeSet;
/// use symfolio::{Column, Dataset, Formula, GroupedConstants, GroupedData, fit_constants_grouped};
///
/// let x: Vec<f64> = (0..12).map(|row| f64::from(row % 6)).collect();
/// let label = |row: i32| if row < 6 { "flat".to_string() } else { "steep".to_string() };
/// let labels: Vec<String> = (0..12).map(label).collect();
/// let y: Vec<f64> = (0..12).map(|row| 7.0 + f64::from(row % 6) * if row < 6 { 1.0 } else { 3.0 }).collect();
/// let data = Dataset::new("lines", vec![Column::new("x", x)], Column::new("y", y), None)?;
/// let formula = Formula::parse("c0 + c1*x", &data.feature_names())?;
/// let settings = GroupedConstants { shared: BTreeSet::from(["c0".to_string()]), ..GroupedConstants::default() };
/// let fitted = fit_constants_grouped(&GroupedData::new(data, &labels), &formula, &settings)?;
/// assert!((fitted.shared["c0"] - 7.0).abs() < 1e-9);
/// assert!((fitted.groups[1].constants["c1"] - 3.0).abs() < 1e-9);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`ConstantsError`] for bounds, starts or shared constants that mean nothing, for a single group, and where no constants were
/// found with which the formula has a value on every row.
///
/// # Panics
/// Where `formula` uses a variable that is no feature.
pub fn fit_constants_grouped(
    data: &GroupedData,
    formula: &Formula,
    settings: &GroupedConstants,
) -> Result<GroupedResult, ConstantsError> {
    if let [group] = data.names.as_slice() {
        return Err(ConstantsError::OneGroup { group: group.clone() });
    }
    if settings.fit.intervals == Intervals::Profile && !settings.fit.loss.is_squared() {
        return Err(ConstantsError::ProfileLoss { loss: settings.fit.loss.clone() });
    }
    let clock = Clock::start(settings.fit.budget, (0.0, 0.0));
    let shared = settings.shared_positions(formula)?;
    let tables = tables_of(data)?;
    let columns: Vec<Columns<'_>> = tables.iter().map(Table::columns).collect();
    let groups: Vec<FitData<'_>> =
        tables.iter().zip(&columns).map(|(table, columns)| table.fit_data(columns)).collect();
    let mut workspace = Workspace::default();
    let mut fitted = fit_all(formula, &groups, &shared, settings, &clock, &mut workspace)?;
    refuse_undefined(data, formula, &fitted)?;
    let mut profile = None;
    if settings.fit.intervals == Intervals::Profile {
        let (expr, bounds) = settings.fit.begin(formula)?;
        let max_work = settings.fit.work_left_for_intervals(&clock, fitted.work, WORK_PER_SECOND);
        let found = profile_grouped(&expr, &groups, &fitted.params, &shared, &bounds, max_work, &mut workspace);
        if let Some(better) = &found.better {
            // The profile met a better minimum than the search had found.
            let options = FitOptions { bounds, ..FitOptions::default() };
            fitted = refine_grouped(&expr, &groups, better.clone(), &shared, &options, &mut workspace);
        }
        profile = Some(found);
    }
    let (loss, held) =
        (settings.fit.row_loss()?, held_by_bounds(&fitted.params, &shared, &settings.fit.begin(formula)?.1));
    let certificate = certify_grouped(&formula.expr, &groups, &fitted.params, &shared, loss, &held, &mut workspace);
    let problem = Fitting { data, formula, groups: &groups, shared: &shared };
    Ok(problem.result(&fitted, &certificate, (profile.as_ref(), &held), settings.fit.budget, clock.wall()))
}

/// The rows of each group that count.
pub(crate) fn tables_of(data: &GroupedData) -> Result<Vec<Table>, ConstantsError> {
    let tables = data.tables();
    for (table, name) in tables.iter().zip(&data.names) {
        if table.n_rows() == 0 {
            return Err(ConstantsError::WeightlessGroup { group: name.clone() });
        }
    }
    refuse_scale(tables.iter().flat_map(|table| table.target.iter()))?;
    Ok(tables)
}

/// The constants that are at a bound.
fn held_by_bounds(params: &[Vec<f64>], shared: &[usize], bounds: &[(f64, f64)]) -> Vec<Held> {
    let mut held = Vec::new();
    for (constant, bounds) in bounds.iter().enumerate() {
        let at = |params: &Vec<f64>| at_bound(params[constant], *bounds);
        match shared.contains(&constant) {
            true if params.first().is_some_and(at) => held.push(Held { constant, group: None }),
            true => {}
            false => {
                let groups = (0..params.len()).filter(|group| at(&params[*group]));
                held.extend(groups.map(|group| Held { constant, group: Some(group) }));
            }
        }
    }
    held
}

/// What was fitted.
pub(crate) struct Fitting<'f> {
    pub(crate) data: &'f GroupedData,
    pub(crate) formula: &'f Formula,
    pub(crate) groups: &'f [FitData<'f>],
    pub(crate) shared: &'f [usize],
}

/// Work that a second buys at least; less than for one table, since most of the time goes into small groups.
const WORK_PER_SECOND: f64 = 1e8;

/// The joint fit within the budget.
pub(crate) fn fit_all(
    formula: &Formula,
    groups: &[FitData<'_>],
    shared: &[usize],
    settings: &GroupedConstants,
    clock: &Clock,
    workspace: &mut Workspace,
) -> Result<GroupedFit, ConstantsError> {
    let (expr, bounds) = settings.fit.begin(formula)?;
    let max_work = settings.fit.work_left_for_fit(clock, 0, WORK_PER_SECOND);
    let options = FitOptions {
        loss: settings.fit.row_loss()?,
        effort: Effort::Thorough,
        max_work,
        bounds,
        ..FitOptions::default()
    };
    let mut rng = ChaCha8Rng::seed_from_u64(settings.fit.seed);
    Ok(fit_grouped(&mut rng, &expr, groups, shared, &options, workspace))
}

/// Refuses constants with which the formula has no value on some row.
pub(crate) fn refuse_undefined(
    data: &GroupedData,
    formula: &Formula,
    fitted: &GroupedFit,
) -> Result<(), ConstantsError> {
    for (rows, params) in data.rows.iter().zip(&fitted.params) {
        let rows = data.counted(rows);
        if let Some(error) = undefined(formula, &formula.expr.with_params(params), &data.dataset, &rows) {
            return Err(error);
        }
    }
    Ok(())
}

impl Fitting<'_> {
    /// The result of a fit, for people and programs.
    pub(crate) fn result(
        &self,
        fitted: &GroupedFit,
        certificate: &GroupedCertificate,
        (profile, held): (Option<&GroupedProfile>, &[Held]),
        budget: Budget,
        seconds: f64,
    ) -> GroupedResult {
        let Fitting { data, formula, groups, shared } = *self;
        let names = data.dataset.feature_names();
        let name = |index: &usize| formula.constants[*index].clone();
        let own: Vec<usize> = (0..formula.constants.len()).filter(|index| !shared.contains(index)).collect();
        let rows: Vec<usize> = groups.iter().map(FitData::n_rows).collect();
        let values =
            |of: &[usize], group: usize| of.iter().map(|index| (name(index), fitted.params[group][*index])).collect();
        let interval = |group: usize, index: usize| match profile {
            Some(profile) => of_ends(profile.intervals[group][index]),
            None if held.iter().any(|held| held.constant == index && held.group.is_none_or(|of| of == group)) => None,
            None => closed(certificate.intervals[group][index]),
        };
        let intervals =
            |of: &[usize], group: usize| of.iter().map(|index| (name(index), interval(group, *index))).collect();
        let group = |(group, name): (usize, &String)| GroupResult {
            name: name.clone(),
            rows: rows[group],
            expression: symfolio_expr::infix(&formula.expr.with_params(&fitted.params[group]), &names),
            constants: values(&own, group),
            intervals: intervals(&own, group),
            loss: fitted.losses[group],
        };
        let mut remarks: Vec<String> = Vec::new();
        if profile.is_none() {
            remarks.extend(held.iter().map(|held| {
                let place = held.group.map_or_else(String::new, |group| format!(" in group {}", data.names[group]));
                let value = fitted.params[held.group.unwrap_or(0)][held.constant];
                remark_at_bound(&format!("{}{place}", name(&held.constant)), value)
            }));
        }
        if let Some(profile) = profile {
            let shared = shared.iter().map(|index| (profile.intervals[0][*index], name(index)));
            let own = data.names.iter().enumerate().flat_map(|(group, label)| {
                let of = move |index: &usize| {
                    (profile.intervals[group][*index], format!("{} in group {label}", name(index)))
                };
                own.iter().map(of)
            });
            remarks.extend(remarks_on(shared.chain(own), budget));
        }
        let is_held = |index: &usize| {
            let everywhere = |held: &&Held| held.constant == *index && held.group.is_none();
            let here = |group: usize| held.iter().any(|held| held.constant == *index && held.group == Some(group));
            held.iter().any(|held| everywhere(&held)) || (0..data.names.len()).all(here)
        };
        let free = |of: &[usize]| of.iter().filter(|index| !is_held(index)).count();
        GroupedResult {
            schema: 1,
            form: formula.text.clone(),
            method: if profile.is_some() { Intervals::Profile } else { Intervals::Delta },
            shared: values(shared, 0),
            shared_intervals: intervals(shared, 0),
            groups: data.names.iter().enumerate().map(group).collect(),
            remarks,
            nmse: mean_square(&formula.expr, groups, &fitted.params) / variance(&data.dataset),
            loss: fitted.loss,
            identifiable: certificate.identifiable,
            message: too_few(&rows, &data.names, free(shared), free(&own))
                .unwrap_or_else(|| message(certificate, &formula.constants, shared, &data.names, &fitted.params)),
            seconds,
        }
    }
}

/// Weighted mean of the squared residuals over all groups.
fn mean_square(expr: &Expr, groups: &[FitData<'_>], params: &[Vec<f64>]) -> f64 {
    let mut workspace = Workspace::default();
    let program = symfolio_expr::Program::new(expr);
    let (mut sum, mut total) = (0.0, 0.0);
    for (group, params) in groups.iter().zip(params).filter(|(group, _)| group.total_weight() > 0.0) {
        let mean = symfolio_fit::loss_of(&program, params, group, Loss::SquaredError, &mut workspace).0;
        sum += mean * group.total_weight();
        total += group.total_weight();
    }
    sum / total
}

fn variance(dataset: &Dataset) -> f64 {
    let rows: Arc<[u32]> = (0..dataset.n_rows() as u32).collect();
    Table::gather(dataset, &rows).target_variance()
}
