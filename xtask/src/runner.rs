//! Carries out steps one after the other, times them, and sums up.

use std::path::Path;
use std::time::{Duration, Instant};

use crate::steps::{Action, Step};
use crate::{process, repository};

/// What became of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    Passed(Duration),
    Failed(Duration),
    NotRun,
}

/// Runs the steps up to the first that fails. Returns whether all passed.
pub fn run(root: &Path, steps: &[&Step]) -> bool {
    let begin = now();
    let mut outcomes: Vec<(&str, Outcome)> = Vec::new();
    for (index, step) in steps.iter().enumerate() {
        println!("\n==> [{}/{}] {}\n{}", index + 1, steps.len(), step.name, words(step));
        let start = now();
        let result = carry_out(root, step);
        let time = start.elapsed_time();
        match result {
            Ok(()) => {
                println!("<== {}: ok in {}", step.name, seconds(time));
                outcomes.push((step.name, Outcome::Passed(time)));
            }
            Err(message) => {
                // On stdout like the rest, so that it stays in its place in a log.
                println!("error: {message}");
                println!("<== {}: FAILED after {}", step.name, seconds(time));
                outcomes.push((step.name, Outcome::Failed(time)));
                break;
            }
        }
    }
    outcomes.extend(steps.iter().skip(outcomes.len()).map(|step| (step.name, Outcome::NotRun)));
    println!("\n{}", summary(&outcomes, begin.elapsed_time()));
    outcomes.iter().all(|(_, outcome)| matches!(outcome, Outcome::Passed(_)))
}

/// Prints the steps without running them.
pub fn list(steps: &[&Step]) {
    for step in steps {
        println!("{:<14} {}", step.name, words(step));
    }
}

/// The exact command of a step, or what its check is about.
fn words(step: &Step) -> String {
    match step.action {
        Action::Cargo { arguments, environment } => {
            let mut line: Vec<String> = environment.iter().map(|(name, value)| format!("{name}='{value}'")).collect();
            line.push("cargo".to_owned());
            line.extend(arguments.iter().map(|word| (*word).to_owned()));
            format!("$ {}", line.join(" "))
        }
        Action::Check { words, .. } => words.to_owned(),
    }
}

fn carry_out(root: &Path, step: &Step) -> Result<(), String> {
    match step.action {
        Action::Cargo { arguments, environment } => {
            let status = process::new(repository::cargo())
                .args(arguments)
                .envs(environment.iter().copied())
                .current_dir(root)
                .status()
                .map_err(|error| format!("cannot start cargo: {error}"))?;
            if status.success() { Ok(()) } else { Err(format!("cargo ended with {status}")) }
        }
        Action::Check { check, .. } => check(root),
    }
}

/// One line a step, and a last line that says it all.
fn summary(outcomes: &[(&str, Outcome)], total: Duration) -> String {
    let mut lines: Vec<String> = Vec::new();
    let (mut passed, mut not_run, mut failed) = (0, 0, None);
    for (name, outcome) in outcomes {
        let (time, verdict) = match outcome {
            Outcome::Passed(time) => {
                passed += 1;
                (seconds(*time), "ok")
            }
            Outcome::Failed(time) => {
                failed = Some(*name);
                (seconds(*time), "FAILED")
            }
            Outcome::NotRun => {
                not_run += 1;
                ("-".to_owned(), "not run")
            }
        };
        lines.push(format!("{name:<14} {time:>9}  {verdict}"));
    }
    lines.push(match failed {
        None => format!("all {passed} steps passed in {}", seconds(total)),
        Some(name) => format!("FAILED at '{name}' after {}: {passed} steps passed, {not_run} not run", seconds(total)),
    });
    lines.join("\n")
}

fn seconds(time: Duration) -> String {
    format!("{:.1} s", time.as_secs_f64())
}

/// A moment, to take the time of a step.
struct Moment(Instant);

#[expect(clippy::disallowed_methods, reason = "a task runner tells how long each step took")]
fn now() -> Moment {
    Moment(Instant::now())
}

impl Moment {
    #[expect(clippy::disallowed_methods, reason = "a task runner tells how long each step took")]
    fn elapsed_time(&self) -> Duration {
        self.0.elapsed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn step(name: &'static str, check: fn(&Path) -> Result<(), String>) -> Step {
        Step { name, action: Action::Check { words: "words", check } }
    }

    const GOOD: Step = step("good", |_| Ok(()));
    const BAD: Step = step("bad", |_| Err("it is bad".to_owned()));
    const NEVER: Step = step("never", |_| panic!("a step after a failure was run"));

    #[test]
    fn the_first_failure_ends_the_run() {
        assert!(run(Path::new("."), &[&GOOD, &GOOD]));
        assert!(!run(Path::new("."), &[&GOOD, &BAD, &NEVER]));
    }

    #[test]
    fn a_cargo_command_is_shown_as_it_can_be_typed() {
        let step = Step {
            name: "documentation",
            action: Action::Cargo { arguments: &["doc", "--no-deps"], environment: &[("FLAGS", "-D warnings")] },
        };
        assert_eq!(words(&step), "$ FLAGS='-D warnings' cargo doc --no-deps");
    }

    #[test]
    fn a_cargo_command_that_fails_is_seen() {
        let step = Step {
            name: "no such command",
            action: Action::Cargo { arguments: &["no-such-command"], environment: &[] },
        };
        assert!(carry_out(&repository::root(), &step).is_err_and(|m| m.starts_with("cargo ended with")));
    }

    #[test]
    fn summaries() {
        let second = Duration::from_secs(1);
        assert_eq!(
            summary(&[("one", Outcome::Passed(second)), ("two", Outcome::Passed(second))], 2 * second),
            "one                1.0 s  ok\n\
             two                1.0 s  ok\n\
             all 2 steps passed in 2.0 s"
        );
        assert_eq!(
            summary(
                &[("one", Outcome::Passed(second)), ("two", Outcome::Failed(second)), ("three", Outcome::NotRun)],
                2 * second
            ),
            "one                1.0 s  ok\n\
             two                1.0 s  FAILED\n\
             three                  -  not run\n\
             FAILED at 'two' after 2.0 s: 1 steps passed, 1 not run"
        );
    }
}
