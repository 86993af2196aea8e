//! `symfolio export`.

use std::process::ExitCode;

use symfolio::report::export::export;

use crate::args::Export;
use crate::failure::Failure;
use crate::inputs::{kept_result, member};
use crate::print;

pub fn run(arguments: Export) -> Result<ExitCode, Failure> {
    let result = kept_result(&arguments.dir)?;
    let member = member(&result, arguments.which)?;
    let text = export(&member.prefix, &result.features, &result.target, arguments.format);
    print(text.trim_end())?;
    print("\n")?;
    Ok(ExitCode::SUCCESS)
}
