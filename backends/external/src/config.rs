//! [`ProgramConfig`]: a program's table in a study file.

use serde::{Deserialize, Serialize};
use symfolio_core::{Config, SearchError};

use crate::error::ExternalError;

/// A program that takes part in a study: `[programs.NAME]`.
///
/// | name | default | purpose | range |
/// |---|---|---|---|
/// | `command` | | the program and its arguments; no shell reads them | at least one word |
/// | `memory_mb` | 2000 | most memory of the program and its children, in MB | 10 to 1e6 |
/// | `first` | false | is it to run before all methods that are not cheap and exact? | |
/// | `startup` | 10 | seconds beyond its first slice that it may take to get going | 0 to 3600 |
/// | `grace` | 2 | seconds beyond a slice after which it is ended | 0.1 to 3600 |
/// | `repeatable` | false | does the same input give the same lines, and does it count its own work? Then it may be part of a study with a work budget | |
///
/// ```
/// use symfolio_backend_external::ProgramConfig;
/// assert_eq!(ProgramConfig::default().memory_mb, 2000);
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ProgramConfig {
    /// The program and its arguments.
    pub command: Vec<String>,
    /// Most memory of the program and its children, in MB.
    pub memory_mb: u64,
    /// Is it to run before all methods that are not cheap and exact?
    pub first: bool,
    /// Seconds beyond its first slice that it may take to get going.
    pub startup: f64,
    /// Seconds beyond a slice after which it is ended.
    pub grace: f64,
    /// Does the same input give the same lines, and does it count its own work?
    pub repeatable: bool,
}

impl Default for ProgramConfig {
    fn default() -> ProgramConfig {
        ProgramConfig {
            command: Vec::new(),
            memory_mb: 2000,
            first: false,
            startup: 10.0,
            grace: 2.0,
            repeatable: false,
        }
    }
}

impl ProgramConfig {
    /// Reads and checks a table.
    pub(crate) fn read(config: &Config) -> Result<ProgramConfig, SearchError> {
        Ok(config.read::<ProgramConfig>()?.checked()?)
    }

    fn checked(self) -> Result<ProgramConfig, ExternalError> {
        if self.command.first().is_none_or(|program| program.trim().is_empty()) {
            return Err(ExternalError::NoCommand);
        }
        let settings = [
            ("memory_mb", self.memory_mb as f64, 10.0..=1e6, "10 to 1000000"),
            ("startup", self.startup, 0.0..=3600.0, "0 to 3600"),
            ("grace", self.grace, 0.1..=3600.0, "0.1 to 3600"),
        ];
        for (setting, value, allowed, range) in settings {
            if !allowed.contains(&value) {
                return Err(ExternalError::OutOfRange { setting, value, range });
            }
        }
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_read_and_what_is_wrong_with_it_is_named() {
        let read = |table: &str| ProgramConfig::read(&Config(table.parse().unwrap()));
        let full = read("command = ['python3', 'prog.py']\nmemory_mb = 500\nfirst = true\ngrace = 1.5").unwrap();
        assert_eq!((full.command.len(), full.memory_mb, full.first, full.grace), (2, 500, true, 1.5));
        for (table, message) in [
            ("", "no program is named; write command = [\"python3\", \"prog.py\"]"),
            ("command = ['']", "no program is named; write command = [\"python3\", \"prog.py\"]"),
            (
                "command = ['a']\nmemory_mb = 1",
                "memory_mb is 1, allowed is 10 to 1000000; correct it in the program's table",
            ),
            ("command = ['a']\ngrace = nan", "grace is NaN, allowed is 0.1 to 3600; correct it in the program's table"),
            ("command = 'a b'", "`command`: invalid type: string \"a b\", expected a sequence"),
        ] {
            assert_eq!(read(table), Err(SearchError::Config(message.into())), "{table}");
        }
    }
}
