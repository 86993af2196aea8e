//! The READMEs' commands: what they tell people to type has to work.

use std::path::Path;
use std::process::Command;

use crate::{process, repository};

/// The files whose commands are run.
const FILES: &[&str] = &["README.md", "examples/README.md"];

/// The marker of a block of commands, and of a command in it.
const OPENING: &str = "```console";
const CLOSING: &str = "```";
const PROMPT: &str = "$ ";

/// A program that runs the READMEs' commands must not be run by them.
const OWN: &str = "cargo xtask";

/// A line to type, as the README has it.
#[derive(Debug, PartialEq, Eq)]
pub struct Typed {
    pub command: String,
    /// Counted from 1.
    pub line: usize,
}

/// The commands in the `console` blocks of `text`, without this program's own.
pub fn commands(text: &str) -> Vec<Typed> {
    let mut inside = false;
    let mut found = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        if inside {
            if line == CLOSING {
                inside = false;
            } else if let Some(command) = line.strip_prefix(PROMPT) {
                let command = command.trim();
                if !command.starts_with(OWN) {
                    found.push(Typed { command: command.to_owned(), line: index + 1 });
                }
            }
        } else {
            inside = line == OPENING;
        }
    }
    found
}

/// Runs every command of the READMEs from the root, and stops at the first that fails.
pub fn run(root: &Path) -> Result<(), String> {
    for file in FILES {
        let typed = commands(&repository::read(&root.join(file))?);
        if typed.is_empty() {
            return Err(format!("{file} shows no command: a block opens with {OPENING} and a line with '{PROMPT}'"));
        }
        for Typed { command, line } in typed {
            println!("$ {command}");
            let status = shell(root, &command)
                .status()
                .map_err(|error| format!("{file}:{line}: cannot start '{command}': {error}"))?;
            if !status.success() {
                return Err(format!("{file}:{line}: '{command}' ended with {status}"));
            }
        }
    }
    Ok(())
}

/// The command as a person would have it run: in the root, with the release build on the path.
fn shell(root: &Path, command: &str) -> Command {
    let (program, flag) = if cfg!(windows) { ("cmd", "/C") } else { ("sh", "-c") };
    let mut paths = vec![repository::target(root).join("release")];
    if let Some(path) = std::env::var_os("PATH") {
        paths.extend(std::env::split_paths(&path));
    }
    let mut shell = process::new(program);
    shell.arg(flag).arg(command).current_dir(root);
    if let Ok(path) = std::env::join_paths(paths) {
        shell.env("PATH", path);
    }
    shell
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expect: &[(&str, usize)]) {
        let found = commands(text);
        let found: Vec<(&str, usize)> = found.iter().map(|typed| (typed.command.as_str(), typed.line)).collect();
        assert_eq!(found, expect, "{text}");
    }

    #[test]
    fn only_prompts_in_console_blocks_are_commands() {
        check("```console\n$ one\noutput\n$ two --flag\n```\n", &[("one", 2), ("two --flag", 4)]);
        check("text\n$ not this\n```rust\n$ nor this\n```\n```console\n$ this\n```", &[("this", 7)]);
        check("```console\n$ first\n```\n$ between\n```console\n$ second\n```", &[("first", 2), ("second", 6)]);
        check("- in a list:\n  ```console\n  $ indented\n  ```", &[("indented", 3)]);
        check("", &[]);
    }

    #[test]
    fn the_test_command_does_not_call_itself() {
        check("```console\n$ cargo xtask test\n$ cargo run\n```", &[("cargo run", 3)]);
    }

    #[test]
    fn a_command_that_fails_is_seen() {
        let root = repository::root();
        assert!(shell(&root, "exit 3").status().is_ok_and(|status| status.code() == Some(3)));
        assert!(shell(&root, "exit 0").status().is_ok_and(|status| status.success()));
    }

    #[test]
    fn the_readme_shows_how_to_start() {
        let text = repository::read(&repository::root().join("README.md")).unwrap_or_default();
        let found = commands(&text);
        assert!(found.iter().any(|typed| typed.command.contains("fit examples/kepler.csv")), "{found:?}");
    }
}
