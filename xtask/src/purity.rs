//! The core is pure: files, processes, network, clock and threads are named only where they belong.

use std::path::Path;

use crate::repository;
use crate::tokens::{Kind, Token, tokens};

/// What a pure crate does not name.
const OUTSIDE_WORLD: &[&str] = &[
    "std::fs",
    "std::net",
    "std::process",
    "std::thread",
    "std::time::Instant",
    "std::time::SystemTime",
    "std::time::UNIX_EPOCH",
];

/// The crates that own the outside world; the others reach it through `Host`.
const OWNERS: &[&str] = &["symfolio-engine", "symfolio-bench", "symfolio-cli"];

/// A file, what it may name in spite of its crate's purity, and why.
const EXCEPTIONS: &[(&str, &str, &str)] = &[];

/// Checks every `src` folder of `crates/` and `backends/`, and reports all breaches at once.
pub fn check(root: &Path) -> Result<(), String> {
    let mut breaches = Vec::new();
    for folder in ["crates", "backends"] {
        for home in repository::entries(&root.join(folder))? {
            let owns = home.file_name().is_some_and(|name| OWNERS.iter().any(|owner| name == *owner));
            let sources = home.join("src");
            if owns || !sources.is_dir() {
                continue;
            }
            for path in repository::rust_files(&sources)? {
                // A module of tests may be in a file or folder of its own.
                if path.components().any(|part| part.as_os_str() == "tests.rs" || part.as_os_str() == "tests") {
                    continue;
                }
                let file = repository::shown(root, &path);
                for (line, named) in breaches_of(&repository::read(&path)?) {
                    if !is_excepted(&file, &named) {
                        breaches.push(format!(
                            "{file}:{line}: names {named}, but only {} touch files, clock, processes, threads or network",
                            OWNERS.join(", ")
                        ));
                    }
                }
            }
        }
    }
    if breaches.is_empty() { Ok(()) } else { Err(breaches.join("\n")) }
}

fn is_excepted(file: &str, named: &str) -> bool {
    EXCEPTIONS.iter().any(|(place, path, _why)| *place == file && is_within(named, path))
}

/// The outside world that `source` names outside its tests, with lines.
fn breaches_of(source: &str) -> Vec<(usize, String)> {
    let tokens = tokens(source);
    let mut paths = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        if let Some(end) = end_of_test_item(&tokens, at) {
            at = end;
        } else if tokens[at].kind == Kind::Word("std") {
            at = read_path(&tokens, at, "", &mut paths);
        } else {
            at += 1;
        }
    }
    paths.retain(|(_, path)| OUTSIDE_WORLD.iter().any(|outside| is_within(path, outside)));
    paths
}

/// `std::fs::File` is within `std::fs`; `std::fsx` is not.
fn is_within(path: &str, outside: &str) -> bool {
    path.strip_prefix(outside).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

fn is_sign(tokens: &[Token], at: usize, sign: char) -> bool {
    tokens.get(at).is_some_and(|token| token.kind == Kind::Sign(sign))
}

/// Reads the path that starts at `at`, with all branches of `{a, b::c}`, and returns where it ends.
fn read_path(tokens: &[Token], mut at: usize, before: &str, found: &mut Vec<(usize, String)>) -> usize {
    let mut path = before.to_owned();
    let mut line = tokens.get(at).map_or(0, |token| token.line);
    while let Some(token) = tokens.get(at) {
        match token.kind {
            Kind::Word(word) => {
                line = token.line;
                path = if path.is_empty() { word.to_owned() } else { format!("{path}::{word}") };
                at += 1;
                if !(is_sign(tokens, at, ':') && is_sign(tokens, at + 1, ':')) {
                    break;
                }
                at += 2;
            }
            Kind::Sign('{') => {
                at += 1;
                while at < tokens.len() && !is_sign(tokens, at, '}') {
                    let next = read_path(tokens, at, &path, found);
                    // `as name`, commas and stars are stepped over one by one.
                    at = next.max(at + 1);
                    if tokens.get(at).is_some_and(|token| token.kind == Kind::Word("as")) {
                        at += 2;
                    }
                }
                return at + 1;
            }
            // A star takes all of the path so far.
            Kind::Sign('*') if path != before => break,
            Kind::Sign(_) => return at,
        }
    }
    found.push((line, path));
    at
}

/// If `#[cfg(test)]` is at `at`: the end of the item below it.
fn end_of_test_item(tokens: &[Token], at: usize) -> Option<usize> {
    const ATTRIBUTE: [Kind<'static>; 7] = [
        Kind::Sign('#'),
        Kind::Sign('['),
        Kind::Word("cfg"),
        Kind::Sign('('),
        Kind::Word("test"),
        Kind::Sign(')'),
        Kind::Sign(']'),
    ];
    let here = tokens.get(at..at + ATTRIBUTE.len())?;
    if !here.iter().map(|token| token.kind).eq(ATTRIBUTE) {
        return None;
    }
    let mut depth = 0_usize;
    for (index, token) in tokens.iter().enumerate().skip(at + ATTRIBUTE.len()) {
        match token.kind {
            Kind::Sign('{') => depth += 1,
            Kind::Sign('}') => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return Some(index + 1);
                }
            }
            Kind::Sign(';') if depth == 0 => return Some(index + 1),
            _ => {}
        }
    }
    Some(tokens.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_source(source: &str, expect: &[(usize, &str)]) {
        let found = breaches_of(source);
        let found: Vec<(usize, &str)> = found.iter().map(|(line, path)| (*line, path.as_str())).collect();
        assert_eq!(found, expect, "{source}");
    }

    #[test]
    fn the_outside_world_in_all_its_spellings() {
        check_source("use std::fs;", &[(1, "std::fs")]);
        check_source("use ::std::fs::File;", &[(1, "std::fs::File")]);
        check_source("\nfn f() { std::thread::spawn(g); }", &[(2, "std::thread::spawn")]);
        check_source("use std::{fmt, fs as disk, io};", &[(1, "std::fs")]);
        check_source("use std::{\n  fmt,\n  time::{Duration, Instant},\n};", &[(3, "std::time::Instant")]);
        check_source(
            "use std::{net::*, process::{self, Command}};",
            &[(1, "std::net"), (1, "std::process::self"), (1, "std::process::Command")],
        );
        check_source("let t = std::time::SystemTime::now();", &[(1, "std::time::SystemTime::now")]);
    }

    #[test]
    fn what_is_pure() {
        check_source("use std::time::Duration;", &[]);
        check_source("use std::{collections::BTreeMap, sync::Arc};", &[]);
        check_source("// std::fs\nlet text = \"std::process\";", &[]);
        check_source("use std::fsx;", &[]);
        check_source("thread_local! { static X: u8 = 1; }", &[]);
    }

    #[test]
    fn tests_may_touch_the_world_and_what_follows_them_may_not() {
        check_source("#[cfg(test)]\nmod tests { use std::fs; fn f() { std::thread::yield_now() } }", &[]);
        check_source("#[cfg(test)]\nmod tests;\nuse std::fs;", &[(3, "std::fs")]);
        check_source("#[cfg(test)]\nmod tests { mod a {} }\nuse std::fs;", &[(3, "std::fs")]);
        check_source("#[cfg(not(test))]\nuse std::fs;", &[(2, "std::fs")]);
    }

    #[test]
    fn this_repository_is_pure() {
        assert_eq!(check(&repository::root()), Ok(()));
    }
}
