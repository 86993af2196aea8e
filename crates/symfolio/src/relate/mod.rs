//! How the constants of a form depend on known quantities: the library behind `symfolio relate`.
//!
//! One form is fitted to several data sets that differ by known quantities (a length, a temperature). Each constant then has a value
//! with a standard error in each data set, and [`relate`] finds how it depends on the quantities.

mod design;
mod model;
mod modes;
mod select;
mod statistics;
#[cfg(test)]
mod tests;
mod text;

use std::collections::BTreeMap;

use serde::Serialize;
use symfolio_core::Table;
use symfolio_engine::Clock;
use symfolio_expr::Columns;
use symfolio_fit::{Effort, FitData, FitOptions, GroupedCertificate, Held, Workspace, certify_grouped};

use crate::constants::{ConstantsError, Formula, GroupedConstants, GroupedData, GroupedResult};
use crate::constants::{Fitting, exponents, fit_all, refuse_undefined, tables_of};
pub use design::{Range, design};
pub use model::Kind;
use model::Values;
use modes::{Modes, shares};
use select::{MIN_GROUPS, Selected, select};
use statistics::quantile;

/// A known quantity in which the groups differ.
#[derive(Clone, Debug, PartialEq)]
pub struct Quantity {
    /// Its name.
    pub name: String,
    /// Its value in each group, finite.
    pub values: Vec<f64>,
}

/// How the constants of a form depend on quantities.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RelateResult {
    /// Version of the format.
    pub schema: u32,
    /// The fit of the form to all groups.
    pub fit: GroupedResult,
    /// The values of each quantity, in the order of the groups.
    pub quantities: BTreeMap<String, Vec<f64>>,
    /// One entry for each constant that every group has of its own.
    pub relations: Vec<Relation>,
    /// What else is to be known, such as constants that were held.
    pub notes: Vec<String>,
}

/// How one constant depends on the quantities.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Relation {
    /// The constant.
    pub constant: String,
    /// The relation as a formula over the quantities, such as `2.34*L`; a number where there is none. `None` where nothing can be said.
    pub formula: Option<String>,
    /// Share of the (weighted) variance between the groups that the relation explains.
    pub r2: Option<f64>,
    /// Scatter around the relation, as a variance, in units of what the standard errors say; at least 1.
    pub dispersion: Option<f64>,
    /// Number of groups that it rests on.
    pub groups: usize,
    /// Groups that do not determine the constant.
    pub left_out: Vec<String>,
    /// One entry for each quantity.
    pub dependences: Vec<Dependence>,
    /// All of it in a sentence.
    pub sentence: String,
}

/// How one constant depends on one quantity.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Dependence {
    /// The quantity.
    pub quantity: String,
    /// `None` for no relation.
    pub kind: Option<Kind>,
    /// Exponent of a power, rate of an exponential, coefficient of the others, as fitted.
    pub value: Option<f64>,
    /// Its 95 % confidence interval.
    pub interval: Option<(f64, f64)>,
    /// The simple exponent that the formula has instead.
    pub exponent: Option<f64>,
    /// Probability of so good a dependence by chance if there were none, not corrected for the number of tests.
    pub p_value: f64,
    /// Bits by which the relation with it describes the values more shortly than without.
    pub bits: f64,
    /// Share of the evidence of each kind among the kinds.
    pub weights: BTreeMap<Kind, f64>,
    /// Why it was not tested.
    pub untested: Option<String>,
}

/// Why no relations can be found.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum RelateError {
    /// The form cannot be fitted.
    #[error(transparent)]
    Constants(#[from] ConstantsError),
    /// No quantity at all.
    #[error("there is no quantity to relate the constants to; name columns by --by, or give values by --with")]
    NoQuantity,
    /// Fewer or more values than groups.
    #[error("{name} has {found} value(s) for {groups} groups ({first}, ...); give one a group")]
    Length {
        /// The quantity.
        name: String,
        /// Values that it has.
        found: usize,
        /// Number of groups.
        groups: usize,
        /// Name of the first group.
        first: String,
    },
    /// A value that is no finite number.
    #[error("{name} is {value} in group {group}; give a finite number")]
    NotFinite {
        /// The quantity.
        name: String,
        /// The value.
        value: f64,
        /// The group.
        group: String,
    },
    /// A formula without constants.
    #[error("the formula has no constants that could depend on anything; write c0, c1, ... for them")]
    NoConstant,
    /// A quantity called like a constant of the formula.
    #[error(
        "{name} is a constant of the formula and a quantity; number the constants otherwise or rename the quantity"
    )]
    SameName {
        /// The name.
        name: String,
    },
    /// All constants are shared, so none can depend on anything.
    #[error("all constants of the formula are shared; leave at least one out of --shared")]
    AllShared,
}

/// Fits `formula` to each group and finds how every own constant depends on the quantities: not at all, as a power, linearly,
/// exponentially, or through the inverse, or as a combination for several quantities.
///
/// A dependence is named only if chance would give as good a one with a probability below 5 % over all constants, quantities and kinds
/// together (Bonferroni); the scatter around the relation counts where it is larger than the standard errors. At least four groups are needed.
///
/// # Errors
/// [`RelateError`] as its variants say.
///
/// # Panics
/// Where `formula` uses a variable that is no feature.
pub fn relate(
    data: &GroupedData,
    formula: &Formula,
    quantities: &[Quantity],
    settings: &GroupedConstants,
) -> Result<RelateResult, RelateError> {
    check(data, quantities)?;
    if let [group] = data.names.as_slice() {
        return Err(ConstantsError::OneGroup { group: group.clone() }.into());
    }
    let shared = settings.shared_positions(formula)?;
    if formula.constants.is_empty() {
        return Err(RelateError::NoConstant);
    }
    if let Some(Quantity { name, .. }) = quantities.iter().find(|quantity| formula.constants.contains(&quantity.name)) {
        return Err(RelateError::SameName { name: name.clone() });
    }
    let own: Vec<usize> = (0..formula.constants.len()).filter(|index| !shared.contains(index)).collect();
    if own.is_empty() {
        return Err(RelateError::AllShared);
    }
    let clock = Clock::start(settings.fit.budget, (0.0, 0.0));
    let tables = tables_of(data)?;
    let columns: Vec<Columns<'_>> = tables.iter().map(Table::columns).collect();
    let groups: Vec<FitData<'_>> =
        tables.iter().zip(&columns).map(|(table, columns)| table.fit_data(columns)).collect();
    let mut workspace = Workspace::default();
    let fitted = fit_all(formula, &groups, &shared, settings, &clock, &mut workspace)?;
    refuse_undefined(data, formula, &fitted)?;
    let (expr, bounds) = settings.fit.begin(formula)?;
    let options =
        FitOptions { loss: settings.fit.row_loss()?, effort: Effort::Thorough, bounds, ..FitOptions::default() };
    let by: Vec<Vec<f64>> = quantities.iter().map(|quantity| quantity.values.clone()).collect();
    let modes = Modes { expr: &expr, groups: &groups, shared: &shared, options: &options, places: &shares(&by) };
    let fitted = modes.align(fitted, &mut workspace);
    let loss = options.loss;
    let certificate = certify_grouped(&expr, &groups, &fitted.params, &shared, loss, &[], &mut workspace);
    let (held, mut notes) = hold_scales(&certificate, formula, &shared, &fitted.params);
    let known = match held.is_empty() {
        true => certificate.clone(),
        false => {
            let held: Vec<Held> = held.iter().map(|constant| Held { constant: *constant, group: None }).collect();
            certify_grouped(&expr, &groups, &fitted.params, &shared, loss, &held, &mut workspace)
        }
    };
    notes.extend(bounded(formula, &own, &fitted.params, &options.bounds));
    if exactly_determined(&known) {
        notes.push("the groups have no rows to spare for the errors of their constants: the scatter around a relation stands for them".into());
    }
    let names: Vec<String> = quantities.iter().map(|quantity| quantity.name.clone()).collect();
    let n_tests = own.len() * names.len();
    let relations = own
        .iter()
        .map(|index| {
            let estimate = |(group, params): (usize, &Vec<f64>)| (params[*index], error_of(&known, group, *index));
            let estimates: Vec<(f64, f64)> = fitted.params.iter().enumerate().map(estimate).collect();
            relation(&formula.constants[*index], &estimates, &by, &names, &data.names, n_tests)
        })
        .collect();
    let problem = Fitting { data, formula, groups: &groups, shared: &shared };
    Ok(RelateResult {
        schema: 1,
        fit: problem.result(&fitted, &certificate, (None, &[]), settings.fit.budget, clock.wall()),
        quantities: quantities.iter().map(|quantity| (quantity.name.clone(), quantity.values.clone())).collect(),
        relations,
        notes,
    })
}

fn check(data: &GroupedData, quantities: &[Quantity]) -> Result<(), RelateError> {
    if quantities.is_empty() {
        return Err(RelateError::NoQuantity);
    }
    for Quantity { name, values } in quantities {
        if values.len() != data.names.len() {
            let first = data.names[0].clone();
            return Err(RelateError::Length {
                name: name.clone(),
                found: values.len(),
                groups: data.names.len(),
                first,
            });
        }
        if let Some((value, group)) = values.iter().zip(&data.names).find(|(value, _)| !value.is_finite()) {
            return Err(RelateError::NotFinite { name: name.clone(), value: *value, group: group.clone() });
        }
    }
    Ok(())
}

/// Shared constants that have to be held for the own ones to have values at all, and a note on each.
fn hold_scales(
    certificate: &GroupedCertificate,
    formula: &Formula,
    shared: &[usize],
    params: &[Vec<f64>],
) -> (Vec<usize>, Vec<String>) {
    let (mut held, mut notes) = (Vec::new(), Vec::new());
    for set in &certificate.redundant {
        let Some(lead) = set.lead.filter(|lead| !held.contains(lead)) else { continue };
        held.push(lead);
        let own = set.constants.iter().filter(|index| !shared.contains(index));
        let own: Vec<&str> = own.map(|index| formula.constants[*index].as_str()).collect();
        if own.is_empty() {
            continue;
        }
        let name = &formula.constants[lead];
        let value = symfolio_expr::rounded_number_text(params[0][lead], 4);
        notes.push(match exponents(set, params) {
            Some(_) => format!(
                "the data leave the scale of {} free: {name} was held at {value}. Exponents do not depend on it, factors do; \
                 write a number for {name} in the formula to fix it",
                own.join(", ")
            ),
            None => format!(
                "{} and {name} cannot be told apart: {name} was held at {value}, and what is said of {} depends on it",
                own.join(", "),
                own.join(", ")
            ),
        });
    }
    (held, notes)
}

/// Standard error of a group's own constant; infinite where it is not determined. Without degrees of freedom it counts as exact, and what
/// tells how well the constant is known is the scatter around the relation.
fn error_of(known: &GroupedCertificate, group: usize, constant: usize) -> f64 {
    let redundant = || known.redundant.iter().any(|s| s.constants.contains(&constant) && s.groups.contains(&group));
    match exactly_determined(known) {
        true if !redundant() => 0.0,
        _ => known.standard_errors[group][constant],
    }
}

/// Are there values, but no degrees of freedom for their errors? Where even derivatives are undefined nothing is known, and that has
/// no condition and no redundancy either.
fn exactly_determined(known: &GroupedCertificate) -> bool {
    known.freedom == 0 && (known.condition.is_finite() || !known.redundant.is_empty())
}

/// Notes on own constants that bounds keep from where they would go.
fn bounded(formula: &Formula, own: &[usize], params: &[Vec<f64>], bounds: &[(f64, f64)]) -> Vec<String> {
    let note = |index: &usize| {
        let (low, high) = *bounds.get(*index)?;
        let at_bound = params.iter().filter(|values| values[*index] <= low || values[*index] >= high).count();
        let name = &formula.constants[*index];
        (at_bound > 0).then(|| {
            format!(
                "{name} is at its bound in {at_bound} of {} groups, and what is said of it is said of the bound; widen --bounds",
                params.len()
            )
        })
    };
    own.iter().filter_map(note).collect()
}

/// Values are not known better than to this share of the largest one: rounding and the last steps of fits.
const KNOWN_TO: f64 = 1e-9;
/// An error whose inverse square, a weight, can still be added up over groups.
const LEAST: f64 = 1e-150;

/// The relation of one constant with these estimates and standard errors.
pub(crate) fn relation(
    constant: &str,
    estimates: &[(f64, f64)],
    quantities: &[Vec<f64>],
    names: &[String],
    groups: &[String],
    n_tests: usize,
) -> Relation {
    let (used, lost): (Vec<usize>, Vec<usize>) =
        (0..estimates.len()).partition(|group| estimates[*group].1.is_finite());
    let largest = used.iter().map(|group| estimates[*group].0.abs()).fold(0.0, f64::max);
    let least = (KNOWN_TO * largest).max(LEAST);
    let values = Values {
        values: used.iter().map(|group| estimates[*group].0).collect(),
        weights: used.iter().map(|group| 1.0 / (estimates[*group].1.powi(2) + least * least)).collect(),
        quantities: quantities.iter().map(|values| used.iter().map(|group| values[*group]).collect()).collect(),
    };
    let mut relation = Relation {
        constant: constant.to_string(),
        formula: None,
        r2: None,
        dispersion: None,
        groups: used.len(),
        left_out: lost.iter().map(|group| groups[*group].clone()).collect(),
        dependences: Vec::new(),
        sentence: String::new(),
    };
    let selected = if used.len() >= MIN_GROUPS { select(&values, names, n_tests) } else { None };
    if let Some(selected) = &selected {
        let scatter = values.scatter();
        relation.r2 = (scatter > 0.0).then(|| 1.0 - selected.relation.chi_square / scatter);
        relation.dispersion = Some(selected.dispersion);
        relation.formula = Some(text::formula(&selected.relation, names));
        relation.dependences =
            names.iter().enumerate().map(|(index, name)| dependence(selected, index, name, values.n())).collect();
    }
    relation.sentence = text::sentence(&relation, selected.as_ref(), names);
    relation
}

fn dependence(selected: &Selected, index: usize, name: &str, n: usize) -> Dependence {
    let Selected { relation, free, dispersion, evidence } = selected;
    let evidence = &evidence[index];
    let position = free.model.terms.iter().position(|term| term.quantity == index);
    let slope = position.map(|position| free.slopes[position]);
    let reach = quantile(0.05, n - free.n_params) * dispersion.sqrt();
    Dependence {
        quantity: name.to_string(),
        kind: position.map(|position| free.model.terms[position].kind),
        value: slope.map(|(value, _)| value),
        interval: slope.map(|(value, error)| (value - reach * error, value + reach * error)),
        exponent: relation.model.terms.iter().find(|term| term.quantity == index).and_then(|term| term.held),
        p_value: evidence.p_value,
        bits: evidence.bits,
        weights: evidence.weights.iter().copied().collect(),
        untested: evidence.untested.clone(),
    }
}
