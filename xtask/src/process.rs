//! Starting other programs: a task runner is made of them.

use std::process::Command;

#[expect(clippy::disallowed_methods, reason = "a task runner starts processes")]
pub fn new(program: impl AsRef<std::ffi::OsStr>) -> Command {
    Command::new(program)
}
