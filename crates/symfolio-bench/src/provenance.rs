//! [`Provenance`]: what a run came from besides problem, seed and settings.

use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use symfolio::StudyConfig;
use symfolio::scheduler::Prior;

use crate::fingerprint;
use crate::method::Method;

/// What a run came from besides problem, seed and settings. Fingerprints are 16 hexadecimal digits; empty where nothing is known or nothing
/// applies.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Provenance {
    /// Fingerprint of the program that made it: see [`build_of_program`]; of a peer that of its command.
    pub build: String,
    /// Fingerprint of what a prior file says; empty for the prior that is part of the build, for none, and for methods that take none.
    pub prior: String,
    /// How the settings differ from the defaults, in words, such as `without=sparse`.
    pub variant: String,
    /// What the rows are of, whatever the problem is called: `formula ...`, `pmlb NAME` or `file FINGERPRINT`.
    pub content: String,
}

/// The fingerprint of a program: of the content of its file.
///
/// # Errors
/// Where the file cannot be read.
pub fn build_of_program(path: &Path) -> io::Result<String> {
    std::fs::read(path).map(|bytes| fingerprint::of_bytes(&bytes))
}

/// The fingerprint of a peer: of the words of its command and of the files `more` and among these words, as far as they can be read.
pub(crate) fn build_of_peer(command: &[String], more: &[PathBuf]) -> String {
    let files = command.iter().map(PathBuf::from).chain(more.iter().cloned());
    let contents: Vec<Option<String>> = files.map(|file| build_of_program(&file).ok()).collect();
    // Where the files are does not matter, what they are called does.
    let name = |word: &String| match Path::new(word).is_file() {
        true => Path::new(word).file_name().map_or(String::new(), |name| name.to_string_lossy().into_owned()),
        false => word.clone(),
    };
    fingerprint::of_value(&(command.iter().map(name).collect::<Vec<_>>(), contents))
}

/// The fingerprint of what a prior says; how it was made is no part of it.
pub(crate) fn of_prior(prior: &Prior) -> String {
    fingerprint::of_value(&(&prior.facts, &prior.centre, &prior.scale, prior.shrink, &prior.cases))
}

/// Longest value that stands in the words of a variant.
const LONGEST: usize = 40;

/// How the settings of a study by `method` differ from the defaults, such as `prior=none, without=sparse`; empty where they do not. Seed, budget,
/// threads and what the method itself sets are no part of it.
pub(crate) fn variant(method: &Method, config: &StudyConfig) -> String {
    if matches!(method, Method::Peer(_)) {
        // All that a peer is told of the settings are the operators.
        let operators = |config: &StudyConfig| StudyConfig {
            problem: symfolio::engine::ProblemConfig {
                operators: config.problem.operators.clone(),
                ..Default::default()
            },
            ..StudyConfig::default()
        };
        return difference(&operators(config), &StudyConfig::default());
    }
    let mut config = method.configure(config);
    if !matches!(method, Method::Policy(_) | Method::Oracle(_)) {
        config.prior = StudyConfig::default().prior;
    }
    difference(&config, &method.configure(&StudyConfig::default()))
}

fn difference(config: &StudyConfig, base: &StudyConfig) -> String {
    let like = StudyConfig {
        seed: base.seed,
        budget: base.budget,
        threads: base.threads,
        data: base.data.clone(),
        ..config.clone()
    };
    let flat = |config: &StudyConfig| {
        let mut found = Vec::new();
        flatten("", &serde_json::to_value(config).unwrap_or_default(), &mut found);
        found
    };
    let base = flat(base);
    let differs = |entry: &(String, String)| !base.contains(entry);
    let own = flat(&like).into_iter().filter(differs).map(|(path, value)| format!("{path}={value}"));
    own.collect::<Vec<_>>().join(", ")
}

/// Every value that is no table, under the path of its keys.
fn flatten(path: &str, value: &serde_json::Value, found: &mut Vec<(String, String)>) {
    use serde_json::Value;
    let word = |value: &Value| value.as_str().map_or_else(|| value.to_string(), String::from);
    let text = match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                flatten(&path, value, found);
            }
            return;
        }
        Value::Array(items) => items.iter().map(word).collect::<Vec<_>>().join("+"),
        other => word(other),
    };
    let text = if text.len() > LONGEST { fingerprint::of_bytes(text.as_bytes()) } else { text };
    found.push((path.into(), text));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variant_says_what_a_person_changed() {
        let of = |method: &str, toml: &str| {
            variant(&method.parse().unwrap(), &StudyConfig::from_toml(toml).unwrap_or_else(|error| panic!("{error}")))
        };
        for (method, toml, words) in [
            ("policy:uniform", "seed = 7\nbudget = \"9s\"\nthreads = 3\npolicy = \"thompson\"", ""),
            ("policy:uniform", "without = [\"sparse\"]", "without=sparse"),
            (
                "policy:uniform",
                "prior = \"none\"\n[backends.gp]\npopulation = 9",
                "backends.gp.population=9, prior=none",
            ),
            ("policy:uniform", "only = [\"gp\", \"sparse\"]", "only=gp+sparse"),
            ("arm:gp", "prior = \"none\"\nwithout = [\"sparse\"]", ""),
            ("arm:gp", "[backends.gp]\npopulation = 9", "backends.gp.population=9"),
            ("peer:x", "prior = \"none\"\nslots = 2", ""),
            ("peer:x", "[problem]\noperators = [\"add\", \"mul\"]", "problem.operators=add+mul"),
        ] {
            assert_eq!(of(method, toml), words, "{method}: {toml}");
        }
        let long = of("policy:uniform", &format!("without = [\"{}\"]", "a".repeat(60)));
        assert_eq!(long.len(), "without=".len() + 16, "{long}");
    }

    #[test]
    fn another_program_or_adapter_is_another_build() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let write = |name: &str, text: &str| std::fs::write(path(name), text).unwrap();
        write("run.sh", "one");
        write("adapter.py", "one");
        let command = ["sh".to_string(), path("run.sh").display().to_string()];
        let build = || build_of_peer(&command, &[path("adapter.py"), path("absent")]);
        let first = build();
        assert_eq!(first, build());
        assert_eq!(first.len(), 16);
        write("adapter.py", "two");
        let second = build();
        write("run.sh", "two");
        let third = build();
        assert!(first != second && second != third && third != first);
        assert_ne!(build_of_peer(&["sh".into()], &[]), build_of_peer(&["bash".into()], &[]));
        assert_eq!(build_of_program(&path("run.sh")).unwrap(), build_of_program(&path("adapter.py")).unwrap());
        assert!(build_of_program(&path("absent")).is_err());
    }
}
