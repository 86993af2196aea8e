//! A profile in words.

use std::fmt::Write as _;

use symfolio_core::{ColumnProfile, Profile};
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
    text
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
