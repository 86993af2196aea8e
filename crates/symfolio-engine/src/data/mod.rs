//! Loading tables: text of any usual encoding and separator in, a checked [`Dataset`] out.
//!
//! A table is read once, from front to back: bytes are unpacked (gzip), decoded, cut into records and parsed into
//! columns chunk by chunk, so that the memory needed is about that of the numbers. What was detected or left out is
//! told in a [`LoadReport`]; what cannot be read without guessing is refused with a [`DataError`] that names the place
//! and the remedy.
//!
//! | aspect | accepted |
//! |---|---|
//! | separators | comma, tab, `;`, `\|`, or runs of spaces when none of the others fits; detected or given |
//! | comments | lines that begin with `#`, and blank lines, are skipped |
//! | header | detected: a first row with a cell that is neither a number nor missing; otherwise `x0`, `x1`, ..., `y` |
//! | encodings | UTF-8, UTF-16, Shift-JIS (CP932), EUC-JP, Latin-1 and others, detected or given by label |
//! | numbers | `1`, `-.5`, `6.02e23`, full-width forms, U+2212 as minus; see [`LoadOptions`] for decimal commas |
//! | last column | a separator at the end of every row makes no column |
//! | missing | empty, `NA`, `N/A`, `NaN`, `null`, `none`, `?`, `-`, in any case |
//!
//! Architecture Invariant: no value is repaired by guessing. A cell is a finite number, a missing mark or an error.

mod cell;
mod column;
mod delimiter;
mod encoding;
mod error;
mod groups;
mod options;
mod records;
mod report;
mod selection;
mod source;
mod table;
mod text;
mod units;

pub use delimiter::Delimiter;
pub use error::{DataError, Place, Refusal};
pub use groups::{Grouped, load_groups, load_labelled};
pub use options::{LoadOptions, Missing};
pub use report::{LoadReport, Loaded};
pub use selection::Role;
pub use source::Source;

use std::sync::Arc;

use symfolio_core::{Column, Dataset, MIN_ROWS};

use column::ColumnReader;
use table::Table;

/// Reads a table with a target.
///
/// Features that do not vary are left out and reported. The data set is named after the file, without its endings.
///
/// ```
/// use symfolio_engine::data::{LoadOptions, Source, load};
/// let bytes = "面積;高さ\n１．５;2\n2;4\n3;6,5\n".into();
/// let source = Source::Bytes { name: "plots.csv".into(), bytes };
/// let loaded = load(&source, &LoadOptions::default())?;
/// assert_eq!(loaded.dataset.feature_names(), ["面積"]);
/// assert_eq!(*loaded.dataset.target().values, [2.0, 4.0, 6.5]);
/// # Ok::<(), symfolio_engine::data::DataError>(())
/// ```
///
/// # Errors
/// A [`DataError`] whose [`Refusal`] says what was found, where, and what to do.
pub fn load(source: &Source, options: &LoadOptions) -> Result<Loaded, DataError> {
    dataset(source, options).map_err(|refusal| DataError::new(source, refusal))
}

/// Reads the columns called `names`, in that order, for a formula that is to be evaluated on new data.
///
/// Other columns, a target included, may be there and are ignored; constant columns and short tables are fine.
/// Without a header the columns are `x0`, `x1`, ..., and the last one answers to `y` as well. Target and
/// weights in `options` are not looked at; the features there, if any, are the names of all columns that the formula was found
/// on, which tell whether columns of one name were numbered. Choose [`Missing::Keep`] or [`Missing::Error`] when row i of
/// the answer has to belong to row i of the table.
///
/// # Errors
/// A [`DataError`] as for [`load`]; also when a name is not among the columns.
pub fn load_features(
    source: &Source,
    names: &[String],
    options: &LoadOptions,
) -> Result<(Vec<Column>, LoadReport), DataError> {
    features(source, names, options).map_err(|refusal| DataError::new(source, refusal))
}

/// The names of all columns of a table, in order; `x0`, `x1`, ..., `y` where it has no header. All but the first of equal
/// names are numbered: `x`, `x_2`.
///
/// # Errors
/// A [`DataError`] where the table cannot be opened or is empty.
pub fn names(source: &Source, options: &LoadOptions) -> Result<Vec<String>, DataError> {
    table::names(source, options).map_err(|refusal| DataError::new(source, refusal))
}

fn dataset(source: &Source, options: &LoadOptions) -> Result<Loaded, Refusal> {
    let table = Table::read(source, options, |header| {
        units::check(&options.units, header)?;
        selection::select(header, options)
    })?;
    let mut loaded = assemble(table, &source.stem())?;
    loaded.dataset = loaded.dataset.with_units(|name| units::of(&options.units, name));
    Ok(loaded)
}

/// The data set of a table that was read; features that do not vary are left out and reported.
fn assemble(table: Table, name: &str) -> Result<Loaded, Refusal> {
    let Table { columns, mut report, .. } = table;
    let kept = report.rows_read - report.rows_dropped;
    if kept < MIN_ROWS {
        return Err(Refusal::TooFewRows { kept, dropped: report.rows_dropped, needed: MIN_ROWS });
    }
    let (mut features, mut target, mut weights) = (Vec::new(), None, None);
    for column in columns {
        match column.role {
            Role::Group => {}
            Role::Weights => weights = Some(column.values),
            Role::Target => target = Some(finished(column)),
            // What a formula needs, it needs whether it varies or not.
            Role::Needed => features.push(finished(column)),
            Role::Feature => match column.constant() {
                Some(value) => report.constant.push((column.name, value)),
                None => features.push(finished(column)),
            },
        }
    }
    let (Some(target), false) = (target, features.is_empty()) else {
        return Err(Refusal::OnlyConstantFeatures { columns: report.constant });
    };
    let dataset = Dataset::new(name, features, target, weights)?;
    Ok(Loaded { dataset, report })
}

fn features(source: &Source, names: &[String], options: &LoadOptions) -> Result<(Vec<Column>, LoadReport), Refusal> {
    let known = options.features.as_deref().unwrap_or(names);
    let table = Table::read(source, options, |header| selection::needed(header, names, known))?;
    let Table { columns, report, .. } = table;
    if report.rows_read == report.rows_dropped {
        return Err(Refusal::TooFewRows { kept: 0, dropped: report.rows_dropped, needed: 1 });
    }
    Ok((columns.into_iter().map(finished).collect(), report))
}

/// Moves the values behind an `Arc`: one copy of one column, whose old storage is freed before the next one.
fn finished(column: ColumnReader) -> Column {
    Column { name: column.name.into(), values: Arc::from(column.values), unit: None }
}
