//! `symfolio fit-constants`.

use std::fmt::Write as _;
use std::process::ExitCode;

use symfolio::expr::{ParseErrorKind, rounded_number_text};
use symfolio::{ConstantsResult, DataConfig, Formula, fit_constants};

use crate::args::FitConstants;
use crate::failure::Failure;
use crate::inputs::remarks;
use crate::print;
use crate::progress::note;

/// Digits of constants; all digits are in the formula and in the JSON.
const DIGITS: usize = 6;

pub fn run(arguments: FitConstants) -> Result<ExitCode, Failure> {
    let config = arguments.data.config(DataConfig::default())?;
    let loaded = arguments.data.load(&config)?;
    if !arguments.json {
        remarks(&loaded, &config).iter().for_each(|remark| note(remark));
    }
    let names = loaded.dataset.feature_names();
    let target = &*loaded.dataset.target().name;
    let formula = Formula::parse(&arguments.expr, &names).map_err(|error| match error.kind() {
        ParseErrorKind::UnknownName(name) if name == target => Failure::Usage(format!(
            "--expr: {target:?} is the target, which the formula is to explain; leave it out, or name another column \
             with --target"
        )),
        _ => Failure::formula(&arguments.expr, error),
    })?;
    for name in &formula.hidden {
        note(&format!("{name} is the column {name:?} here, no constant; number the constants otherwise to fit one"));
    }
    let settings = symfolio::FitConstants {
        loss: arguments.loss.unwrap_or(symfolio::Loss::SquaredError),
        budget: arguments.budget.unwrap_or(symfolio::Budget::Wall(2.0)),
        seed: arguments.seed,
        bounds: arguments.bounds.into_iter().collect(),
        start: arguments.start.into_iter().collect(),
    };
    let result = fit_constants(&loaded.dataset, &formula, &settings).map_err(Failure::usage)?;
    let text = match arguments.json {
        true => serde_json::to_string(&result).map_err(Failure::internal)? + "\n",
        false => text(&result, target),
    };
    print(&text)?;
    Ok(ExitCode::SUCCESS)
}

fn text(result: &ConstantsResult, target: &str) -> String {
    let mut out = format!("{target} = {}\n\n", result.expression);
    let shown = |value: f64| rounded_number_text(value, DIGITS);
    // c2 stands before c10.
    let mut constants: Vec<(&String, &f64)> = result.constants.iter().collect();
    constants.sort_by_key(|(name, _)| (name.len(), *name));
    for (name, value) in constants {
        // Writing to a string cannot fail.
        let _ = match result.intervals.get(name).copied().flatten() {
            Some((low, high)) => {
                writeln!(out, "{name} = {:<12}  95 % within [{}, {}]", shown(*value), shown(low), shown(high))
            }
            None => writeln!(out, "{name} = {:<12}  not identified", shown(*value)),
        };
    }
    if !result.constants.is_empty() {
        out.push('\n');
    }
    let _ = writeln!(
        out,
        "NMSE {}, loss {}, {:.3} s",
        rounded_number_text(result.nmse, 4),
        shown(result.loss),
        result.seconds
    );
    if !result.identifiable {
        let _ = writeln!(out, "{}", result.message);
    }
    out
}
