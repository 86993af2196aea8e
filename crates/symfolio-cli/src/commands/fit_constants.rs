//! `symfolio fit-constants`.

use std::fmt::Write as _;
use std::process::ExitCode;

use symfolio::data::{LoadOptions, load};
use symfolio::expr::rounded_number_text;
use symfolio::{
    ConstantsResult, DataConfig, GroupedConstants, GroupedData, GroupedResult, Interval, Intervals, fit_constants,
    fit_constants_grouped,
};

use crate::args::{FitConstants, IntervalMethod};
use crate::failure::Failure;
use crate::groups::{Tables, formula};
use crate::inputs::{remarks, source};
use crate::print;
use crate::progress::note;
use crate::table::Table;

/// Digits of constants; all digits are in the formula and in the JSON.
const DIGITS: usize = 6;

pub fn run(arguments: FitConstants) -> Result<ExitCode, Failure> {
    let grouped = arguments.groups.is_used() || !arguments.more.is_empty();
    let mut settings = arguments.fitting.settings(if grouped { 10.0 } else { 2.0 });
    settings.intervals = match arguments.intervals {
        IntervalMethod::Delta => Intervals::Delta,
        IntervalMethod::Profile => Intervals::Profile,
    };
    let text = match grouped {
        true => fit_groups(&arguments, settings)?,
        false => single(&arguments, &settings)?,
    };
    print(&text)?;
    Ok(ExitCode::SUCCESS)
}

fn single(arguments: &FitConstants, settings: &symfolio::FitConstants) -> Result<String, Failure> {
    let config = arguments.data.config(DataConfig::default())?;
    let options = LoadOptions { mentioned_in: arguments.fitting.needed(), ..config.options().map_err(Failure::usage)? };
    let loaded = load(&source(&arguments.data.data), &options)?;
    if !arguments.json {
        remarks(&loaded, &config).iter().for_each(|remark| note(remark));
    }
    let target = &*loaded.dataset.target().name;
    let formula = formula(&arguments.fitting.expr, &loaded)?;
    let result = fit_constants(&loaded.dataset, &formula, settings).map_err(Failure::usage)?;
    match arguments.json {
        true => Ok(serde_json::to_string(&result).map_err(Failure::internal)? + "\n"),
        false => Ok(text(&result, target)),
    }
}

fn fit_groups(arguments: &FitConstants, fit: symfolio::FitConstants) -> Result<String, Failure> {
    arguments.groups.check(1 + arguments.more.len())?;
    let paths = std::iter::once(&arguments.data.data).chain(&arguments.more).map(|path| &**path).collect();
    let tables = Tables {
        paths,
        reading: &arguments.data.reading,
        group: arguments.groups.group.as_deref(),
        needed: arguments.fitting.needed(),
    };
    let grouped = tables.load(!arguments.json)?;
    let formula = formula(&arguments.fitting.expr, &grouped.loaded)?;
    let data = GroupedData::new(grouped.loaded.dataset, &grouped.labels);
    let shared = arguments.groups.shared(&formula)?;
    let result = fit_constants_grouped(&data, &formula, &GroupedConstants { fit, shared }).map_err(Failure::usage)?;
    match arguments.json {
        true => Ok(serde_json::to_string(&result).map_err(Failure::internal)? + "\n"),
        false => Ok(grouped_text(&result, &data.dataset.target().name)),
    }
}

/// A number with the digits of a table.
pub fn shown(value: f64) -> String {
    rounded_number_text(value, DIGITS)
}

/// Names and values, c2 before c10.
pub fn in_order<V>(constants: &std::collections::BTreeMap<String, V>) -> Vec<(&String, &V)> {
    let mut constants: Vec<(&String, &V)> = constants.iter().collect();
    constants.sort_by_key(|(name, _)| (name.len(), *name));
    constants
}

/// `c0 = 3   95 % within [2.9, 3.1]`, a line; `above` or `below` where one end is open.
fn line(out: &mut String, name: &str, value: f64, interval: Option<Interval>) {
    let known = match interval {
        Some((Some(low), Some(high))) => format!("95 % within [{}, {}]", shown(low), shown(high)),
        Some((Some(low), None)) => format!("95 % above {}, with no upper end", shown(low)),
        Some((None, Some(high))) => format!("95 % below {}, with no lower end", shown(high)),
        _ => "no interval".to_string(),
    };
    // Writing to a string cannot fail.
    let _ = writeln!(out, "{name} = {:<12}  {known}", shown(value));
}

fn text(result: &ConstantsResult, target: &str) -> String {
    let mut out = format!("{target} = {}\n\n", result.expression);
    for (name, value) in in_order(&result.constants) {
        line(&mut out, name, *value, result.intervals.get(name).copied().flatten());
    }
    if !result.constants.is_empty() {
        out.push('\n');
    }
    let all_well = result.identifiable && result.nearly_redundant.is_none();
    out += &last_lines((result.nmse, result.loss, result.seconds), all_well, &result.message);
    result.remarks.iter().for_each(|remark| out += &format!("{remark}\n"));
    out
}

/// NMSE, loss and seconds, and what the data do not determine.
fn last_lines((nmse, loss, seconds): (f64, f64, f64), all_well: bool, message: &str) -> String {
    let mut out = format!("NMSE {}, loss {}, {seconds:.3} s\n", rounded_number_text(nmse, 4), shown(loss));
    if !all_well {
        let _ = writeln!(out, "{message}");
    }
    out
}

fn grouped_text(result: &GroupedResult, target: &str) -> String {
    let mut out = format!("{target} = {}\n\n", result.form);
    for (name, value) in in_order(&result.shared) {
        line(&mut out, name, *value, result.shared_intervals.get(name).copied().flatten());
    }
    if !result.shared.is_empty() {
        let _ = writeln!(out, "shared by {} groups\n", result.groups.len());
    }
    let own: Vec<&String> =
        result.groups.first().map(|group| in_order(&group.constants)).unwrap_or_default().iter().map(|c| c.0).collect();
    let mut table = Table::new(["group", "rows"]);
    for name in &own {
        table.heading(name);
        table.heading("95 % within");
    }
    table.heading("loss");
    for group in &result.groups {
        let mut row = vec![group.name.clone(), group.rows.to_string()];
        for name in &own {
            row.push(group.constants.get(*name).copied().map(shown).unwrap_or_default());
            row.push(match group.intervals.get(*name).copied().flatten() {
                Some((Some(low), Some(high))) => format!("[{}, {}]", shown(low), shown(high)),
                Some((Some(low), None)) => format!("above {}", shown(low)),
                Some((None, Some(high))) => format!("below {}", shown(high)),
                _ => "no interval".to_string(),
            });
        }
        row.push(rounded_number_text(group.loss, 4));
        table.row(row);
    }
    let _ = writeln!(out, "{table}");
    out += &last_lines((result.nmse, result.loss, result.seconds), result.identifiable, &result.message);
    result.remarks.iter().for_each(|remark| out += &format!("{remark}\n"));
    out
}
