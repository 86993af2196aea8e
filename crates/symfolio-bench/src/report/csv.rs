//! [`write_csv`]: a row for every run, for other programs.

use std::path::Path;

use crate::report::{Comparison, ReportError};

/// The columns; empty cells where there is nothing.
const COLUMNS: [&str; 32] = [
    "suite",
    "problem",
    "family",
    "stratum",
    "law",
    "noise",
    "seed",
    "method",
    "budget",
    "threads",
    "settings",
    "prior",
    "build",
    "version",
    "problem_hash",
    "status",
    "error",
    "loss",
    "exact",
    "front_exact",
    "raw_exact",
    "solution",
    "test_r2",
    "train_r2",
    "size",
    "complexity",
    "description_length",
    "wall_seconds",
    "cpu_seconds",
    "work",
    "stop_reason",
    "expression",
];

/// Writes a row for every run of the comparison to `path`.
///
/// # Errors
/// [`ReportError::Io`].
pub fn write_csv(comparison: &Comparison, path: &Path) -> Result<(), ReportError> {
    let io = |error: std::io::Error| ReportError::Io { path: path.to_path_buf(), error };
    let mut writer = csv::Writer::from_path(path).map_err(|error| io(error.into()))?;
    writer.write_record(COLUMNS).map_err(|error| io(error.into()))?;
    fn some<T: ToString>(value: Option<T>) -> String {
        value.map_or(String::new(), |value| value.to_string())
    }
    let flag = |value: Option<bool>| some(value.map(u8::from));
    for run in (0..comparison.methods.len()).flat_map(|method| comparison.of_method(method)) {
        let (key, found) = (&run.key, &run.finished);
        let done = run.error.is_none();
        let record: [String; COLUMNS.len()] = [
            key.suite.clone(),
            key.problem.clone(),
            run.family.clone(),
            run.stratum.clone(),
            some(run.law.as_ref()),
            key.noise.to_string(),
            key.seed.to_string(),
            key.method.clone(),
            key.budget.clone(),
            key.threads.to_string(),
            run.variant.clone(),
            key.prior.clone(),
            key.build.clone(),
            found.version.clone(),
            found.problem_hash.clone(),
            if done { "done".into() } else { "failed".into() },
            some(run.error.as_ref()),
            run.loss().to_string(),
            flag(found.exact),
            flag(found.front_exact),
            flag(found.raw_exact),
            flag(found.solution),
            some(found.test_r2),
            some(found.train_r2),
            some(found.size),
            some(found.complexity),
            some(found.description_length),
            if done { found.wall_seconds.to_string() } else { String::new() },
            if done { found.cpu_seconds.to_string() } else { String::new() },
            if done { found.work.to_string() } else { String::new() },
            found.stop_reason.clone(),
            found.expression.clone(),
        ];
        writer.write_record(record).map_err(|error| io(error.into()))?;
    }
    writer.flush().map_err(io)
}
