//! The architecture's arrows: which of our crates may depend on which. Arrows go down only.

use std::path::Path;

use crate::manifest::{self, Manifest};
use crate::repository;

/// What one crate may depend on, among ours.
struct Layer {
    name: &'static str,
    may: &'static [&'static str],
    because: &'static str,
}

const EXPR: &str = "symfolio-expr";
const FIT: &str = "symfolio-fit";
const EGRAPH: &str = "symfolio-egraph";
const CORE: &str = "symfolio-core";
const PROFILE: &str = "symfolio-profile";
const SCHEDULER: &str = "symfolio-scheduler";
const SELECT: &str = "symfolio-select";

const MATHEMATICS: &str = "the mathematics knows nothing of searches";
const CONTRACT: &str = "the contract is values and traits over the mathematics";
const PART: &str = "a part meets the others only through the contract";

/// The library crates that are under a rule of their own. A new one has to be entered here on purpose.
const LAYERS: &[Layer] = &[
    Layer { name: EXPR, may: &[], because: MATHEMATICS },
    Layer { name: FIT, may: &[EXPR], because: MATHEMATICS },
    Layer { name: EGRAPH, may: &[EXPR], because: MATHEMATICS },
    Layer { name: CORE, may: &[EXPR, FIT, EGRAPH], because: CONTRACT },
    Layer { name: PROFILE, may: &[CORE, EXPR, FIT], because: PART },
    Layer { name: SCHEDULER, may: &[CORE, EXPR, FIT], because: PART },
    Layer { name: SELECT, may: &[CORE, EXPR, FIT, EGRAPH], because: PART },
    Layer { name: "symfolio-report", may: &[CORE, EXPR, SELECT], because: PART },
    Layer {
        name: "symfolio-engine",
        may: &[CORE, EXPR, FIT, EGRAPH, PROFILE, SCHEDULER, SELECT],
        because: "the engine runs searches without naming one",
    },
];

/// A backend: one rule for all of them.
const BACKEND: &[&str] = &[CORE, EXPR, FIT, EGRAPH];

/// The crates that people meet. Nothing depends on them.
const FACES: &[&str] = &["symfolio-cli"];

/// The facade and what stands on it may use everything but a face.
const FACADE: &str = "symfolio";
const BENCH: &str = "symfolio-bench";

/// Where a manifest lies decides which rule it is under.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Folder {
    Crates,
    Backends,
}

/// Checks every crate of `crates/` and `backends/`, and reports all breaches at once.
pub fn check(root: &Path) -> Result<(), String> {
    let mut breaches = Vec::new();
    for (name, folder) in [("crates", Folder::Crates), ("backends", Folder::Backends)] {
        for path in repository::entries(&root.join(name))? {
            let path = path.join("Cargo.toml");
            if path.is_file() {
                let manifest = manifest::read(&repository::read(&path)?);
                for (line, breach) in breaches_of(&manifest, folder) {
                    breaches.push(format!("{}:{line}: {breach}", repository::shown(root, &path)));
                }
            }
        }
    }
    if breaches.is_empty() { Ok(()) } else { Err(breaches.join("\n")) }
}

/// The breaches of one crate, each with the line of its manifest.
fn breaches_of(manifest: &Manifest, folder: Folder) -> Vec<(usize, String)> {
    let name = manifest.name.as_str();
    let ours = manifest.dependencies.iter().filter(|d| is_ours(&d.package));
    if name == FACADE || name == BENCH || FACES.contains(&name) {
        return ours
            .filter(|d| FACES.contains(&d.package.as_str()))
            .map(|d| (d.line, format!("{name} depends on {}, but nothing depends on a face", d.package)))
            .collect();
    }
    let (may, because) = match LAYERS.iter().find(|layer| layer.name == name) {
        Some(layer) => (layer.may, layer.because),
        None if folder == Folder::Backends => {
            (BACKEND, "a backend never depends on another backend, the engine or the scheduler")
        }
        None => {
            return vec![(1, format!("{name} has no layer yet: give it one in xtask/src/layers.rs"))];
        }
    };
    ours.filter(|d| !may.contains(&d.package.as_str()))
        .map(|d| (d.line, format!("{name} depends on {}, but {} ({because})", d.package, allowed(may))))
        .collect()
}

fn allowed(may: &[&str]) -> String {
    if may.is_empty() {
        "may depend on none of our crates".to_owned()
    } else {
        format!("of ours may depend only on {}", may.join(", "))
    }
}

fn is_ours(package: &str) -> bool {
    package == FACADE || package.starts_with("symfolio-")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_crate(folder: Folder, name: &str, dependency: &str, expect: Option<&str>) {
        let text = format!("[package]\nname = \"{name}\"\n[dependencies]\n{dependency}.workspace = true\n");
        let breaches = breaches_of(&manifest::read(&text), folder);
        match (expect, breaches.as_slice()) {
            (None, []) => {}
            (Some(words), [(line, breach)]) => {
                assert!(breach.contains(words), "{breach:?} should contain {words:?}");
                assert!(breach.contains(name), "{breach:?} should name {name}");
                assert!(*line == 4 || words.contains("no layer"), "line {line} of {text}");
            }
            _ => panic!("{name} -> {dependency}: expected {expect:?}, found {breaches:?}"),
        }
    }

    #[test]
    fn arrows_that_go_down() {
        let crates = |name, dependency| check_crate(Folder::Crates, name, dependency, None);
        crates("symfolio-expr", "serde");
        crates("symfolio-fit", "symfolio-expr");
        crates("symfolio-egraph", "symfolio-expr");
        crates("symfolio-core", "symfolio-egraph");
        crates("symfolio-profile", "symfolio-fit");
        crates("symfolio-scheduler", "symfolio-core");
        crates("symfolio-select", "symfolio-egraph");
        crates("symfolio-report", "symfolio-select");
        crates("symfolio-engine", "symfolio-scheduler");
        crates("symfolio", "symfolio-backend-gp");
        crates("symfolio-bench", "symfolio");
        crates("symfolio-cli", "symfolio-bench");
        crates("symfolio-cli", "symfolio");
        check_crate(Folder::Backends, "symfolio-backend-gp", "symfolio-egraph", None);
    }

    #[test]
    fn arrows_that_do_not() {
        let crates = |name, dependency, words| check_crate(Folder::Crates, name, dependency, Some(words));
        crates("symfolio-expr", "symfolio-core", "may depend on none of our crates");
        crates("symfolio-fit", "symfolio-egraph", "only on symfolio-expr (the mathematics");
        crates("symfolio-egraph", "symfolio-fit", "only on symfolio-expr");
        crates("symfolio-core", "symfolio-engine", "values and traits");
        crates("symfolio-profile", "symfolio-scheduler", "only through the contract");
        crates("symfolio-scheduler", "symfolio-profile", "only through the contract");
        crates("symfolio-report", "symfolio-engine", "only through the contract");
        crates("symfolio-engine", "symfolio-backend-gp", "without naming one");
        crates("symfolio-engine", "symfolio", "without naming one");
        crates("symfolio", "symfolio-cli", "nothing depends on a face");
        crates("symfolio-bench", "symfolio-cli", "nothing depends on a face");
        crates("symfolio-engine", "symfolio-bench", "without naming one");
        crates("symfolio-novel", "symfolio-core", "no layer yet");
        let backends = |dependency| {
            check_crate(Folder::Backends, "symfolio-backend-gp", dependency, Some("a backend never"));
        };
        backends("symfolio-backend-sparse");
        backends("symfolio-engine");
        backends("symfolio-scheduler");
        backends("symfolio-cli");
    }

    #[test]
    fn this_repository_keeps_its_layers() {
        assert_eq!(check(&repository::root()), Ok(()));
    }
}
