//! `symfolio report`.

use std::process::ExitCode;

use symfolio::report;

use crate::args::Report;
use crate::failure::Failure;
use crate::inputs::kept_result;
use crate::print;

pub fn run(arguments: Report) -> Result<ExitCode, Failure> {
    let result = kept_result(&arguments.dir)?;
    let text = match arguments.json {
        true => serde_json::to_string(&result).map_err(Failure::internal)? + "\n",
        false => report::text(&result),
    };
    print(&text)?;
    Ok(ExitCode::SUCCESS)
}
