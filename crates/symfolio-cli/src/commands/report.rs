//! `symfolio report`.

use std::process::ExitCode;

use symfolio::{StudyResult, report};

use crate::args::Report;
use crate::failure::Failure;
use crate::inputs::kept_result;
use crate::print;

pub fn run(arguments: Report) -> Result<ExitCode, Failure> {
    print_result(&kept_result(&arguments.dir)?, arguments.json)?;
    Ok(ExitCode::SUCCESS)
}

/// A result as people or programs read it.
pub fn print_result(result: &StudyResult, json: bool) -> Result<(), Failure> {
    print(&match json {
        true => serde_json::to_string(result).map_err(Failure::internal)? + "\n",
        false => report::text(result),
    })
}
