//! A profile in words.

use std::fmt::Write as _;

use symfolio_core::{ColumnProfile, Combination, Profile, Symmetry};
use symfolio_expr::rounded_number_text;

/// `profile` as a short text for people: the size of the data, a table of the features, the most relevant first, the target and
/// its noise, and how well simple models do.
///
/// `names` are the features' names in the order of the data set, `target` is the target's.
pub fn describe(profile: &Profile, names: &[String], target: &str) -> String {
    let plural = if profile.features.len() == 1 { "" } else { "s" };
    let mut text = format!("{} rows, {} feature{plural}", profile.n_rows, profile.features.len());
    if profile.n_distinct < profile.n_rows {
        // Writing to a string cannot fail, here and below.
        let _ = write!(text, "; {} rows repeat the features of another", profile.n_rows - profile.n_distinct);
    }
    text += "\n\n";
    text += &aligned(&features(profile, names));
    text += "\n";
    text += &target_line(profile, target);
    text += "\n\nShare of the target's variance explained on rows held out (1 is all of it)\n";
    text += &aligned(&landmarks(profile));
    let remarks = remarks(profile, names);
    if !remarks.is_empty() {
        text += "\n";
        remarks.iter().for_each(|remark| text += &format!("  {remark}\n"));
    }
    text
}

/// A model of a kind counts as right where it leaves at most this share of the variance, or this many times that of the noise.
const ROUNDING: f64 = 1e-6;
const NOISE: f64 = 1.5;
/// Share of the variance from which on an oscillation is worth a word.
const OSCILLATES: f64 = 0.02;
/// Correlation of neighbouring rows from which on their order means something.
const ORDERED: f64 = 0.7;

/// What a reader may conclude, one line each.
fn remarks(profile: &Profile, names: &[String]) -> Vec<String> {
    let name = |index: usize| names.get(index).cloned().unwrap_or_else(|| format!("x{index}"));
    let noise = profile.noise.map_or(0.0, |noise| (noise / profile.target.deviation).powi(2));
    let right = |r2: Option<f64>| r2.is_some_and(|r2| r2 > 0.5 && 1.0 - r2 <= (NOISE * noise).max(ROUNDING));
    let mut remarks = Vec::new();
    if profile.features.len() > 1 && right(profile.additive_r2) {
        remarks.push("the target is a sum of functions of one feature each".to_string());
    }
    if profile.features.len() > 1 && right(profile.multiplicative_r2) {
        remarks.push("the target is a product of functions of one feature each".to_string());
    }
    if right(profile.power_law_r2) {
        let slopes: Vec<String> = (profile.features.iter().enumerate())
            .filter_map(|(index, feature)| Some((index, feature.log_slope.filter(|slope| slope.abs() > 5e-3)?)))
            .map(|(index, slope)| format!("{}**{}", name(index), rounded_number_text(slope, 3)))
            .collect();
        remarks.push(format!("it follows a power law: {}", slopes.join(" * ")));
    }
    for (index, feature) in profile.features.iter().enumerate() {
        if feature.periodicity > OSCILLATES {
            let share = rounded_number_text(100.0 * feature.periodicity, 2);
            remarks.push(format!("it oscillates with {} ({share} % of the variance)", name(index)));
        }
    }
    for Symmetry { features: (a, b), combination, .. } in &profile.symmetries {
        let sign = match combination {
            Combination::Difference => "-",
            Combination::Sum => "+",
            Combination::Ratio => "/",
            Combination::Product => "*",
        };
        let (a, b) = (name(*a), name(*b));
        remarks.push(format!("{a} and {b} seem to matter through {a} {sign} {b} only"));
    }
    match profile.series {
        Some(index) => remarks.push(format!("{} grows from row to row: a series", name(index))),
        None if profile.autocorrelation > ORDERED => {
            remarks.push("neighbouring rows are alike: their order means something".to_string());
        }
        None => {}
    }
    remarks
}

fn features(profile: &Profile, names: &[String]) -> Vec<Vec<String>> {
    let heading = ["feature", "from", "to", "mean", "distinct", "relevance", "monotonic"];
    let mut rows = vec![heading.map(String::from).to_vec()];
    let mut order: Vec<usize> = (0..profile.features.len()).collect();
    order.sort_by(|a, b| profile.features[*b].relevance.total_cmp(&profile.features[*a].relevance).then(a.cmp(b)));
    for index in order {
        let feature = &profile.features[index];
        let name = names.get(index).cloned().unwrap_or_else(|| format!("x{index}"));
        let ColumnProfile { min, max, mean, distinct, .. } = feature.column;
        let numbers = [min, max, mean].map(|value| rounded_number_text(value, 4));
        let ranks = [feature.relevance, feature.monotonicity].map(|value| format!("{value:.2}"));
        rows.push([name].into_iter().chain(numbers).chain([distinct.to_string()]).chain(ranks).collect());
    }
    rows
}

fn target_line(profile: &Profile, name: &str) -> String {
    let ColumnProfile { min, max, mean, deviation, .. } = profile.target;
    let [min, max, mean, spread] = [min, max, mean, deviation].map(|value| rounded_number_text(value, 4));
    let noise = match profile.noise {
        None => "its noise cannot be told from these rows".to_string(),
        // Less than what the estimate itself is uncertain by.
        Some(noise) if noise <= 1e-3 * deviation => "no noise to be seen".to_string(),
        Some(noise) => format!(
            "noise near {} ({} % of the deviation)",
            rounded_number_text(noise, 2),
            rounded_number_text(100.0 * noise / deviation, 2)
        ),
    };
    format!("target {name}: from {min} to {max}, mean {mean}, standard deviation {spread}; {noise}")
}

fn landmarks(profile: &Profile) -> Vec<Vec<String>> {
    let rows = [
        ("linear", Some(profile.linear_r2), ""),
        ("quadratic", profile.quadratic_r2, "too few rows"),
        ("power law, on logarithms", profile.power_law_r2, "values that are not positive, or too few rows"),
        ("sparse quadratic (elastic net)", profile.sparse_r2, "too few rows"),
        ("sum of functions of one feature", profile.additive_r2, "too few rows"),
        ("product of such, on logarithms", profile.multiplicative_r2, "a target of both signs, or too few rows"),
        ("trees", Some(profile.trees_r2), ""),
        ("mean of nearest neighbours", Some(profile.neighbours_r2), ""),
    ];
    let share = |r2: f64| match 1.0 - r2 {
        // What is missing is rounding.
        missing if missing.abs() < 1e-15 => "1".to_string(),
        missing if r2 > 0.999 => format!("1 - {}", rounded_number_text(missing, 2)),
        _ => format!("{r2:.3}"),
    };
    let row = |(name, r2, why): (&str, Option<f64>, &str)| {
        vec![name.to_string(), r2.map_or_else(|| format!("not to be had: {why}"), share)]
    };
    rows.into_iter().map(row).collect()
}

/// Rows of cells in columns of equal width; the first column is set to the left, numbers to the right.
fn aligned(rows: &[Vec<String>]) -> String {
    let n_columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max();
    let widths: Vec<usize> = (0..n_columns).map(|column| width(column).unwrap_or(0)).collect();
    let mut text = String::new();
    for row in rows {
        let mut line = String::from("  ");
        for (column, (cell, width)) in row.iter().zip(&widths).enumerate() {
            let _ = match column {
                0 => write!(line, "{cell:<width$}"),
                _ if n_columns == 2 => write!(line, "  {cell}"),
                _ => write!(line, "  {cell:>width$}"),
            };
        }
        text += line.trim_end();
        text.push('\n');
    }
    text
}
