//! `symfolio predict`.

use std::fmt::Write as _;
use std::io::Read as _;
use std::path::Path;
use std::process::ExitCode;

use symfolio::data::{LoadOptions, Missing, Source, load_features, names};
use symfolio::expr::{Columns, Expr, Program, Scratch};
use symfolio::parse;

use crate::args::{MissingInput, Predict};
use crate::failure::Failure;
use crate::inputs::{kept_result, member, source};
use crate::print;
use crate::progress::note;

pub fn run(arguments: Predict) -> Result<ExitCode, Failure> {
    let missing = match arguments.missing {
        MissingInput::Nan => Missing::Keep,
        MissingInput::Error => Missing::Error,
    };
    let mut options = LoadOptions { encoding: arguments.encoding.clone(), missing, ..LoadOptions::default() };
    let (expr, names, target, table) = match (&arguments.formula.expr, arguments.inputs.as_slice()) {
        (Some(text), [data]) => {
            let table = whole(data)?;
            let names = names(&table, &options)?;
            let expr = parse(text, &names).map_err(|error| Failure::formula(text, error))?;
            if !expr.params().is_empty() {
                return Err(Failure::usage(
                    "the formula has free constants c0, ...; give their values, or fit them by fit-constants",
                ));
            }
            (expr, names, "prediction".to_string(), table)
        }
        (Some(_), _) => return Err(Failure::usage("give either a study's folder or --expr, and one table")),
        (None, [dir, data]) => {
            let result = kept_result(dir)?;
            let expr = member(&result, arguments.formula.which)?.prefix.clone();
            options.features = Some(result.features.clone());
            (expr, result.features, result.target, source(data))
        }
        (None, _) => return Err(Failure::usage("give a study's folder and a table, or a table and --expr")),
    };
    let Predictions { values, incomplete } = predictions(&expr, &names, &table, &options)?;
    if incomplete > 0 {
        note(&format!("{incomplete} of {} rows have missing cells: their predictions are NaN", values.len()));
    }
    print(&if arguments.json { json(&target, &values)? } else { csv(&target, &values) })?;
    Ok(ExitCode::SUCCESS)
}

/// A table that is read twice: once for its names, once for its columns.
fn whole(path: &Path) -> Result<Source, Failure> {
    if path.as_os_str() != "-" {
        return Ok(source(path));
    }
    let mut bytes = Vec::new();
    std::io::stdin().read_to_end(&mut bytes).map_err(Failure::usage)?;
    Ok(Source::Bytes { name: "standard input".into(), bytes })
}

/// What a formula says of a table.
struct Predictions {
    /// A value for each row.
    values: Vec<f64>,
    /// Rows with a missing cell.
    incomplete: usize,
}

/// The formula's value on each row of the table; only the columns it uses are read.
fn predictions(expr: &Expr, names: &[String], table: &Source, options: &LoadOptions) -> Result<Predictions, Failure> {
    let used = expr.variables();
    // A constant formula still has a value a row: any column tells their number.
    let wanted: Vec<String> = match used.is_empty() {
        true => names.iter().take(1).cloned().collect(),
        false => used.iter().map(|index| names[usize::from(*index)].clone()).collect(),
    };
    let (columns, _) = load_features(table, &wanted, options)?;
    let position = |index: u16| used.iter().position(|known| *known == index).unwrap_or(0) as u16;
    let renumbered = expr.substitute(|index| Some(Expr::var(position(index))));
    let inputs = Columns::new(columns.iter().map(|column| &*column.values));
    let mut values = vec![0.0; inputs.n_rows()];
    Program::new(&renumbered).values(renumbered.params(), &inputs, &mut Scratch::default(), &mut values);
    // Some operators, such as a choice between two terms, have a value without one of their arguments.
    let mut incomplete = 0;
    for (row, value) in values.iter_mut().enumerate() {
        if !used.is_empty() && columns.iter().any(|column| column.values[row].is_nan()) {
            (*value, incomplete) = (f64::NAN, incomplete + 1);
        }
    }
    Ok(Predictions { values, incomplete })
}

fn csv(target: &str, values: &[f64]) -> String {
    let quoted = target.contains([',', '"', '\n']);
    let mut text = if quoted { format!("\"{}\"\n", target.replace('"', "\"\"")) } else { format!("{target}\n") };
    for value in values {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{value}");
    }
    text
}

fn json(target: &str, values: &[f64]) -> Result<String, Failure> {
    // JSON has no NaN; null says that the formula is undefined there.
    let finite: Vec<Option<f64>> = values.iter().map(|value| value.is_finite().then_some(*value)).collect();
    let object = serde_json::json!({ "schema": 1, "target": target, "values": finite });
    Ok(serde_json::to_string(&object).map_err(Failure::internal)? + "\n")
}
