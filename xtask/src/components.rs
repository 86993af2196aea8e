//! The parts of the toolchain that the steps need beyond the compiler.

use std::path::Path;

use crate::{process, repository};

/// A cargo command and the rustup component that brings it.
const NEEDED: &[(&str, &str)] = &[("fmt", "rustfmt"), ("clippy", "clippy")];

/// Installs what is missing, or says what to install.
pub fn provide(root: &Path) -> Result<(), String> {
    let missing: Vec<&str> =
        NEEDED.iter().filter(|(command, _)| !answers(root, command)).map(|(_, component)| *component).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let line = format!("rustup component add {}", missing.join(" "));
    println!("$ {line}");
    let added = process::new("rustup").args(["component", "add"]).args(&missing).current_dir(root).status();
    match added {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("'{line}' ended with {status}: install {} by hand", missing.join(" and "))),
        Err(_) => Err(format!(
            "{} missing and there is no rustup: install it with the package manager that brought cargo",
            missing.join(" and ")
        )),
    }
}

/// Does `cargo <command>` work here?
fn answers(root: &Path, command: &str) -> bool {
    process::new(repository::cargo())
        .args([command, "--version"])
        .current_dir(root)
        .output()
        .is_ok_and(|output| output.status.success())
}
