//! `symfolio resume`.

use std::process::ExitCode;

use symfolio::resume;

use crate::args::Resume;
use crate::commands::fit::{finish, listen};
use crate::failure::Failure;
use crate::progress::note;

pub fn run(arguments: Resume) -> Result<ExitCode, Failure> {
    if !arguments.output.quiet {
        note(&format!("taking up {}", arguments.dir.display()));
    }
    let study = resume(&arguments.dir, arguments.budget)?.with_cancel(listen()?);
    finish(study, arguments.output, Some(&arguments.dir))
}
