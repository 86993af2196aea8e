//! `symfolio fit-constants`.

use std::fmt::Write as _;
use std::process::ExitCode;

use symfolio::{ConstantsResult, fit_constants};

use crate::args::FitConstants;
use crate::failure::Failure;
use crate::inputs::remarks;
use crate::print;
use crate::progress::note;

pub fn run(arguments: FitConstants) -> Result<ExitCode, Failure> {
    let loaded = arguments.data.load()?;
    if !arguments.json {
        remarks(&loaded.report).iter().for_each(|remark| note(remark));
    }
    let names = loaded.dataset.feature_names();
    let expr = symfolio::parse(&arguments.expr, &names).map_err(|error| Failure::formula(&arguments.expr, error))?;
    let settings = symfolio::FitConstants {
        loss: arguments.loss.unwrap_or(symfolio::Loss::SquaredError),
        budget: arguments.budget.unwrap_or(symfolio::Budget::Wall(2.0)),
        seed: arguments.seed,
    };
    let result = fit_constants(&loaded.dataset, &expr, &settings);
    let text = match arguments.json {
        true => serde_json::to_string(&result).map_err(Failure::internal)? + "\n",
        false => text(&result, &loaded.dataset.target().name),
    };
    print(&text)?;
    Ok(ExitCode::SUCCESS)
}

fn text(result: &ConstantsResult, target: &str) -> String {
    let mut out = format!("{target} = {}\n\n", result.expression);
    for (name, value) in &result.constants {
        // Writing to a string cannot fail.
        let _ = match result.intervals.get(name).copied().flatten() {
            Some((low, high)) => writeln!(out, "{name} = {value:<24} 95 % within [{low:.6e}, {high:.6e}]"),
            None => writeln!(out, "{name} = {value:<24} not identified"),
        };
    }
    let _ = writeln!(
        out,
        "\nNMSE {:.3e}, loss {:.6e}, {:.3} s",
        result.nmse.unwrap_or(f64::NAN),
        result.loss.unwrap_or(f64::NAN),
        result.seconds
    );
    if !result.identifiable {
        let _ = writeln!(out, "{}", result.message);
    }
    out
}
