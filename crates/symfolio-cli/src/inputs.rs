//! What the commands read: tables and kept results.

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use symfolio::data::{Loaded, Source, load};
use symfolio::expr::number_text;
use symfolio::{DataConfig, Folder, StudyResult, UnitsConfig};

use crate::args::{Data, Reading, Which};
use crate::failure::Failure;

impl Data {
    /// What a study file says of the table, with what was given on the command line on top.
    pub fn config(&self, file: DataConfig) -> Result<DataConfig, Failure> {
        // The folder of a study may be used from elsewhere.
        let path = match self.data.as_os_str() == "-" {
            true => self.data.clone(),
            false => std::path::absolute(&self.data).map_err(Failure::usage)?,
        };
        Ok(DataConfig { path: Some(path), ..self.reading.config(file) })
    }

    /// Reads the table as `config` says, which is [`Data::config`].
    pub fn load(&self, config: &DataConfig) -> Result<Loaded, Failure> {
        let options = config.options().map_err(Failure::usage)?;
        Ok(load(&source(&self.data), &options)?)
    }
}

impl Reading {
    /// What a study file says of the table, with what was given on the command line on top.
    pub fn config(&self, file: DataConfig) -> DataConfig {
        DataConfig {
            path: file.path,
            target: self.target.clone().or(file.target),
            features: self.features.clone().or(file.features),
            weights: self.weights.clone().or(file.weights),
            header: self.header.or(file.header),
            delimiter: self.delimiter.clone().or(file.delimiter),
            encoding: self.encoding.clone().or(file.encoding),
            missing: self.missing.clone().or(file.missing),
            units: file.units,
        }
    }
}

/// The units that a command names a file of, or those of the study file, as a table of their own: a study that is kept does not depend on
/// other files.
pub fn units(given: Option<&Path>, file: Option<UnitsConfig>) -> Result<Option<UnitsConfig>, Failure> {
    let chosen = given.map(|path| UnitsConfig::File(path.to_path_buf())).or(file);
    chosen.map(|units| Ok(UnitsConfig::Table(units.table().map_err(Failure::usage)?))).transpose()
}

/// Where a table named on the command line comes from.
pub fn source(path: &Path) -> Source {
    if path.as_os_str() == "-" { Source::Stdin } else { Source::Path(path.to_path_buf()) }
}

/// Remarks on how a table was read, one a line; nothing where nothing is worth a remark.
pub fn remarks(loaded: &Loaded, config: &DataConfig) -> Vec<String> {
    let report = &loaded.report;
    let mut remarks = Vec::new();
    if let (Some(weights), None) = (&config.weights, &config.target) {
        let target = &loaded.dataset.target().name;
        remarks.push(format!(
            "the target is {target:?}, the last column but for the weights {weights:?}; choose another with --target"
        ));
    }
    if report.rows_dropped > 0 {
        let lines: Vec<String> = report.first_dropped.iter().map(u64::to_string).collect();
        let more = if report.rows_dropped > lines.len() { ", ..." } else { "" };
        let (dropped, all) = (report.rows_dropped, report.rows_read);
        remarks.push(format!("{dropped} of {all} rows left out for missing cells (lines {}{more})", lines.join(", ")));
    }
    for (name, value) in &report.constant {
        remarks.push(format!("column {name:?} left out: it is {} in every row", number_text(*value)));
    }
    for (position, name) in &report.renamed {
        remarks.push(format!("the column at position {position} is called {name:?} here: an earlier one has its name"));
    }
    if report.trailing_separator {
        remarks.push("every row ends with a separator: the empty column behind it is left out".into());
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
    if config.units.is_some() {
        let columns = loaded.dataset.features().iter().chain([loaded.dataset.target()]);
        let unknown: Vec<String> =
            columns.filter(|column| column.unit.is_none()).map(|column| format!("{:?}", column.name)).collect();
        if !unknown.is_empty() {
            remarks.push(format!("no unit is known of {}: it may be any", unknown.join(", ")));
        }
    }
    remarks
}

/// The file in a study's folder that keeps its result.
pub const RESULT: &str = "result.json";

/// The result that a study's folder keeps.
pub fn kept_result(dir: &Path) -> Result<StudyResult, Failure> {
    study_folder(dir)?;
    let (_, events) = Folder::read(dir).map_err(Failure::usage)?;
    let path: PathBuf = dir.join(RESULT);
    let text = std::fs::read_to_string(&path).map_err(|error| match error.kind() {
        ErrorKind::NotFound => Failure::usage(format!(
            "{}: the study has {} log entries but no result yet; finish it by `symfolio resume {}`",
            dir.display(),
            events.len(),
            dir.display()
        )),
        _ => unreadable("the result", &path, &error),
    })?;
    serde_json::from_str(&text).map_err(|error| Failure::usage(format!("{}: {error}", path.display())))
}

/// Checks that `dir` can be the folder of a kept study.
pub fn study_folder(dir: &Path) -> Result<(), Failure> {
    let why = match std::fs::metadata(dir) {
        Ok(found) if found.is_dir() => return Ok(()),
        Ok(_) => "this is a file, not the folder of a study; give the folder that `symfolio fit --out` made",
        Err(error) if error.kind() == ErrorKind::NotFound => "no such folder; check the path",
        Err(error) => return Err(unreadable("the study", dir, &error)),
    };
    Err(Failure::Usage(format!("{}: {why}", dir.display())))
}

/// Checks that a study can be kept in `dir`: a folder that is new, empty, or a study's, which the engine refuses in its own words.
pub fn new_folder(dir: &Path) -> Result<(), Failure> {
    let refuse = |why: &str| Err(Failure::Usage(format!("--out {}: {why}", dir.display())));
    match std::fs::read_dir(dir) {
        Ok(mut entries) => match entries.next().is_none() || dir.join("study.toml").exists() {
            true => Ok(()),
            false => refuse("this folder holds other things; name a new or an empty folder for the study"),
        },
        Err(error) => match error.kind() {
            ErrorKind::NotFound => Ok(()),
            ErrorKind::NotADirectory => refuse("this is a file; name a new or an empty folder for the study"),
            _ => Err(unreadable("--out", dir, &error)),
        },
    }
}

/// Why a file or folder cannot be read, and what to do about it.
pub fn unreadable(what: &str, path: &Path, error: &io::Error) -> Failure {
    let why = match error.kind() {
        ErrorKind::NotFound => "no such file; check the path".to_string(),
        ErrorKind::PermissionDenied => "no permission to read it; change its permissions or copy it".to_string(),
        ErrorKind::IsADirectory => "this is a folder; name a file in it".to_string(),
        ErrorKind::InvalidData => "this is not text in UTF-8; save it as such".to_string(),
        _ => format!("cannot be read ({error}); check the file and its disk"),
    };
    Failure::Usage(format!("{what} {}: {why}", path.display()))
}

/// The member of a front that was asked for.
pub fn member(result: &StudyResult, which: Which) -> Result<&symfolio::Member, Failure> {
    if let Some(size) = which.complexity {
        // Of several formulas of one size the chosen one is meant.
        let chosen = result.front.get(result.chosen).filter(|member| member.complexity == size);
        return chosen.or_else(|| result.front.iter().find(|member| member.complexity == size)).ok_or_else(|| {
            let sizes: Vec<String> = result.front.iter().map(|member| member.complexity.to_string()).collect();
            Failure::usage(format!("there is no formula of size {size}; the sizes are {}", sizes.join(", ")))
        });
    }
    let position = which.member.unwrap_or(result.chosen);
    result.front.get(position).ok_or_else(|| {
        Failure::usage(format!(
            "there is no formula {position}; the front has 0 to {}",
            result.front.len().saturating_sub(1)
        ))
    })
}
