//! What the whole-program tests share.
#![allow(dead_code, reason = "each test program uses a part")]

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// The program, to be run in the root of the repository.
pub fn symfolio() -> Command {
    #[expect(clippy::disallowed_methods, reason = "the tests run the program")]
    let mut command = Command::new(env!("CARGO_BIN_EXE_symfolio"));
    command.current_dir(root());
    command
}

/// The root of the repository.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// How a run of the program ended.
#[derive(Debug)]
pub struct Run {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

/// Runs the program to its end.
pub fn run(arguments: &[&str]) -> Run {
    run_with(arguments, &[])
}

/// Runs the program to its end with `input` on standard input.
pub fn run_with(arguments: &[&str], input: &[u8]) -> Run {
    let mut command = assert_cmd::Command::from_std(symfolio());
    let output = command.args(arguments).write_stdin(input).output().expect("the program runs");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("output is UTF-8");
    Run { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
}

/// Runs the program, which has to succeed, and reads the JSON object that it prints.
pub fn json(arguments: &[&str]) -> Value {
    let run = run(arguments);
    assert_eq!(run.code, Some(0), "{arguments:?}: {}", run.stderr);
    serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{arguments:?}: {error}: {}", run.stdout))
}

/// The chosen formula of a result.
pub fn chosen(result: &Value) -> &Value {
    &result["front"][result["chosen"].as_u64().expect("a position") as usize]
}

/// Writes a table into `dir` and returns its path as text.
pub fn file(dir: &tempfile::TempDir, name: &str, content: impl AsRef<[u8]>) -> String {
    let path = dir.path().join(name);
    std::fs::write(&path, content).expect("a scratch file");
    path.to_str().expect("a path in UTF-8").to_string()
}
