//! What the commands read: tables and kept results.

use std::path::{Path, PathBuf};

use symfolio::data::{LoadReport, Loaded, Source, load};
use symfolio::{DataConfig, Folder, StudyResult};

use crate::args::Data;
use crate::failure::Failure;

impl Data {
    /// The part of a study file that says the same.
    pub fn config(&self) -> Result<DataConfig, Failure> {
        // The folder of a study may be used from elsewhere.
        let path = match self.data.as_os_str() == "-" {
            true => self.data.clone(),
            false => std::path::absolute(&self.data).map_err(Failure::usage)?,
        };
        Ok(DataConfig {
            path: Some(path),
            target: self.target.clone(),
            features: self.features.clone(),
            weights: self.weights.clone(),
            header: self.header,
            delimiter: self.delimiter.clone(),
            encoding: self.encoding.clone(),
            missing: self.missing.clone(),
        })
    }

    /// Reads the table.
    pub fn load(&self) -> Result<Loaded, Failure> {
        let options = self.config()?.options().map_err(Failure::usage)?;
        Ok(load(&source(&self.data), &options)?)
    }
}

/// Where a table named on the command line comes from.
pub fn source(path: &Path) -> Source {
    if path.as_os_str() == "-" { Source::Stdin } else { Source::Path(path.to_path_buf()) }
}

/// Remarks on how a table was read, one a line; nothing where nothing is worth a remark.
pub fn remarks(report: &LoadReport) -> Vec<String> {
    let mut remarks = Vec::new();
    if report.rows_dropped > 0 {
        let lines: Vec<String> = report.first_dropped.iter().map(u64::to_string).collect();
        let more = if report.rows_dropped > lines.len() { ", ..." } else { "" };
        let (dropped, all) = (report.rows_dropped, report.rows_read);
        remarks.push(format!("{dropped} of {all} rows left out for missing cells (lines {}{more})", lines.join(", ")));
    }
    for (name, value) in &report.constant {
        remarks.push(format!("column {name:?} left out: it is {value} in every row"));
    }
    if !report.header {
        remarks.push("no header: the columns are x0, x1, ..., and y".into());
    }
    if report.encoding != "UTF-8" {
        remarks.push(format!("read as {}", report.encoding));
    }
    if !report.decimal_comma.is_empty() {
        remarks.push(format!("decimal commas in {}", report.decimal_comma.join(", ")));
    }
    remarks
}

/// The file in a study's folder that keeps its result.
pub const RESULT: &str = "result.json";

/// The result that a study's folder keeps.
pub fn kept_result(dir: &Path) -> Result<StudyResult, Failure> {
    let (_, events) = Folder::read(dir).map_err(Failure::usage)?;
    let path: PathBuf = dir.join(RESULT);
    let text = std::fs::read_to_string(&path).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => Failure::usage(format!(
            "{}: the study has {} log entries but no result yet; finish it by `symfolio resume {}`",
            dir.display(),
            events.len(),
            dir.display()
        )),
        _ => Failure::usage(format!("{}: {error}", path.display())),
    })?;
    serde_json::from_str(&text).map_err(|error| Failure::usage(format!("{}: {error}", path.display())))
}

/// The member of a front that was asked for.
pub fn member(result: &StudyResult, wanted: Option<usize>) -> Result<&symfolio::Member, Failure> {
    let position = wanted.unwrap_or(result.chosen);
    result.front.get(position).ok_or_else(|| {
        Failure::usage(format!(
            "there is no formula {position}; the front has 0 to {}",
            result.front.len().saturating_sub(1)
        ))
    })
}
