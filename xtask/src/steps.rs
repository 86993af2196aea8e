//! What `cargo xtask test` does, in order: cheap and telling first.

use std::path::Path;

use crate::{components, layers, purity, readme};

/// One thing that must hold.
pub struct Step {
    pub name: &'static str,
    pub action: Action,
}

/// How a step is carried out.
pub enum Action {
    /// A cargo command, with environment variables of its own.
    Cargo { arguments: &'static [&'static str], environment: &'static [(&'static str, &'static str)] },
    /// A check of this program, with the words that describe it.
    Check { words: &'static str, check: fn(&Path) -> Result<(), String> },
}

const fn cargo(name: &'static str, arguments: &'static [&'static str]) -> Step {
    Step { name, action: Action::Cargo { arguments, environment: &[] } }
}

const fn check(name: &'static str, words: &'static str, check: fn(&Path) -> Result<(), String>) -> Step {
    Step { name, action: Action::Check { words, check } }
}

const PLAIN: &[Step] = &[
    check("components", "rustfmt and clippy are there, or get installed", components::provide),
    check("layering", "crates/ and backends/ depend downwards only (xtask/src/layers.rs)", layers::check),
    check("purity", "no files, clock, processes, threads or network in the core (xtask/src/purity.rs)", purity::check),
    cargo("format", &["fmt", "--all", "--check"]),
    cargo("lints", &["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]),
    cargo("tests", &["test", "--workspace"]),
    Step {
        name: "documentation",
        action: Action::Cargo {
            arguments: &["doc", "--workspace", "--no-deps"],
            environment: &[("RUSTDOCFLAGS", "-D warnings")],
        },
    },
];

/// The steps that `--full` adds.
const SLOW: &[Step] = &[
    cargo("release build", &["build", "--workspace", "--release"]),
    cargo("slow tests", &["test", "--workspace", "--release", "--", "--ignored"]),
];

/// The READMEs' commands come last: they want the release build.
const LAST: &[Step] = &[check("READMEs", "every command that README.md and examples/README.md show", readme::run)];

/// The steps of a plain or a full run.
pub fn plan(full: bool) -> Vec<&'static Step> {
    let slow = if full { SLOW } else { &[] };
    PLAIN.iter().chain(slow).chain(LAST).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(full: bool) -> Vec<&'static str> {
        plan(full).iter().map(|step| step.name).collect()
    }

    #[test]
    fn full_is_plain_and_more() {
        let (plain, full) = (names(false), names(true));
        assert!(plain.iter().all(|name| full.contains(name)));
        assert!(full.contains(&"slow tests") && !plain.contains(&"slow tests"));
    }

    #[test]
    fn no_two_steps_share_a_name() {
        let mut names = names(true);
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count);
    }
}
