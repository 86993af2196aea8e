//! The project's own tasks. `cargo xtask test` is the one command that says whether a change may land.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a task runner talks to the terminal")]

mod components;
mod layers;
mod manifest;
mod process;
mod purity;
mod readme;
mod repository;
mod runner;
mod steps;
mod tokens;

use std::process::ExitCode;

const HELP: &str = "\
The project's own tasks.

usage: cargo xtask <task>

tasks:
  test           what a change must pass: format, lints, layering, purity, tests, documentation, the READMEs' commands
  test --full    the same, and what is slow: a release build and the tests marked #[ignore = \"slow\"]
  test --list    the steps and their commands, without running them
  help           this text

examples:
  cargo xtask test
  cargo xtask test --full
";

/// What the command line asks for.
#[derive(Debug, PartialEq, Eq)]
enum Task {
    Test { full: bool, list: bool },
    Help,
}

fn parse(arguments: &[&str]) -> Result<Task, String> {
    match arguments {
        [] | ["help" | "--help" | "-h", ..] => Ok(Task::Help),
        ["test", options @ ..] => {
            let (mut full, mut list) = (false, false);
            for option in options {
                match *option {
                    "--full" => full = true,
                    "--list" => list = true,
                    "--help" | "-h" => return Ok(Task::Help),
                    other => {
                        return Err(format!("test has no option '{other}': it knows --full and --list"));
                    }
                }
            }
            Ok(Task::Test { full, list })
        }
        [other, ..] => Err(format!("no task is called '{other}': the tasks are test and help")),
    }
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match parse(&arguments) {
        Ok(Task::Help) => {
            print!("{HELP}");
            ExitCode::SUCCESS
        }
        Ok(Task::Test { full, list: true }) => {
            runner::list(&steps::plan(full));
            ExitCode::SUCCESS
        }
        Ok(Task::Test { full, list: false }) => {
            if runner::run(&repository::root(), &steps::plan(full)) {
                ExitCode::SUCCESS
            } else {
                ExitCode::FAILURE
            }
        }
        Err(message) => {
            eprintln!("error: {message}\nhint: cargo xtask help");
            ExitCode::from(2)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(arguments: &[&str], expect: Task) {
        assert_eq!(parse(arguments), Ok(expect), "{arguments:?}");
    }

    #[test]
    fn command_lines() {
        check(&[], Task::Help);
        check(&["help"], Task::Help);
        check(&["test", "--help"], Task::Help);
        check(&["test"], Task::Test { full: false, list: false });
        check(&["test", "--full"], Task::Test { full: true, list: false });
        check(&["test", "--list", "--full"], Task::Test { full: true, list: true });
    }

    #[test]
    fn refusals_name_the_word_and_the_choices() {
        assert_eq!(parse(&["tset"]), Err("no task is called 'tset': the tasks are test and help".to_owned()));
        assert_eq!(parse(&["test", "--ful"]), Err("test has no option '--ful': it knows --full and --list".to_owned()));
    }
}
