//! The columns that are used, read row by row.

use super::cell::Cell;
use super::column::ColumnReader;
use super::error::{Refusal, shown};
use super::records::Records;
use super::selection::{Header, Role, Use};
use super::text::TextReader;
use super::{Delimiter, LoadOptions, LoadReport, Missing, Source};

/// The columns that were asked for, in that order, and how they were read.
pub(super) struct Table {
    pub(super) columns: Vec<ColumnReader>,
    /// The group of each row, where there is a column of groups.
    pub(super) labels: Vec<String>,
    pub(super) report: LoadReport,
}

/// A table whose first row was looked at.
struct Opened<'a> {
    records: Records<'a>,
    header: Header,
    gzip: bool,
    delimiter: Delimiter,
    /// Every row ends with a separator: the empty cell behind it is none.
    trailing: bool,
}

fn open<'a>(source: &'a Source, options: &LoadOptions) -> Result<Opened<'a>, Refusal> {
    let mut text = TextReader::open(source, options.encoding.as_deref())?;
    let gzip = text.gzip;
    let (sample, complete) = text.sample()?;
    let delimiter = options.delimiter.unwrap_or_else(|| Delimiter::detect(sample, complete));
    let trailing = delimiter.ends_every_line(sample, complete);
    let mut records = Records::new(text, delimiter);
    if !records.advance()? {
        return Err(Refusal::Empty);
    }
    let header = read_header(&records, options.header, trailing);
    Ok(Opened { records, header, gzip, delimiter, trailing })
}

/// The names of all columns, in the order of the table.
pub(super) fn names(source: &Source, options: &LoadOptions) -> Result<Vec<String>, Refusal> {
    Ok(open(source, options)?.header.distinct)
}

impl Table {
    /// Reads the columns that `select` chooses once it has seen the header.
    pub(super) fn read(
        source: &Source,
        options: &LoadOptions,
        select: impl FnOnce(&Header) -> Result<Vec<Use>, Refusal>,
    ) -> Result<Table, Refusal> {
        let Opened { mut records, header, gzip, delimiter, trailing } = open(source, options)?;
        let used = select(&header)?;
        let mut table = Table {
            report: LoadReport {
                encoding: records.text().encoding(),
                gzip,
                delimiter,
                header: header.found,
                rows_read: 0,
                rows_dropped: 0,
                first_dropped: Vec::new(),
                constant: Vec::new(),
                renamed: header.renamed(&used),
                trailing_separator: trailing,
                ignored: header.ignored(&used),
                decimal_comma: Vec::new(),
            },
            labels: Vec::new(),
            columns: used.into_iter().map(|one| ColumnReader::new(one, delimiter != Delimiter::Comma)).collect(),
        };
        let mut more = if header.found { records.advance()? } else { true };
        let mut row = Vec::with_capacity(table.columns.len());
        while more {
            let shape = Shape { columns: header.names.len(), trailing };
            let outcome = table.read_row(&records, shape, options.missing, &mut row);
            let headless = !header.found && table.report.rows_read == 1;
            outcome.map_err(|refusal| if headless { refusal.of_first_row() } else { refusal })?;
            more = records.advance()?;
        }
        table.report.encoding = records.text().encoding();
        let commas = table.columns.iter().filter(|column| column.has_decimal_comma());
        table.report.decimal_comma = commas.map(|column| column.name.clone()).collect();
        Ok(table)
    }

    /// Adds the present row to the columns, unless a cell is missing. `row` is storage to reuse.
    fn read_row(
        &mut self,
        records: &Records<'_>,
        shape: Shape,
        missing: Missing,
        row: &mut Vec<f64>,
    ) -> Result<(), Refusal> {
        let (cells, line) = (records.cells(), records.line());
        let expected = shape.columns + usize::from(shape.trailing);
        if cells.len() != expected {
            return Err(Refusal::Ragged { row: line, found: cells.len(), expected });
        }
        if shape.trailing && !cells[shape.columns].trim().is_empty() {
            return Err(Refusal::BehindLast { row: line, value: shown(&cells[shape.columns]) });
        }
        self.report.rows_read += 1;
        row.clear();
        let mut label = None;
        for column in &mut self.columns {
            let cell = &cells[column.position];
            if column.role == Role::Group {
                let name = cell.trim();
                if !name.is_empty() {
                    label = Some(name);
                    row.push(0.0);
                } else if missing == Missing::Error {
                    return Err(Refusal::MissingCell { place: column.place(line), value: String::new() });
                }
                continue;
            }
            match column.read(cell, line)? {
                Some(value) if column.role == Role::Weights && value < 0.0 => {
                    return Err(Refusal::NegativeWeight { place: column.place(line), value });
                }
                Some(value) => row.push(value),
                None if missing == Missing::Error => {
                    return Err(Refusal::MissingCell { place: column.place(line), value: shown(cell) });
                }
                None if missing == Missing::Keep => row.push(f64::NAN),
                None => {}
            }
        }
        if row.len() < self.columns.len() {
            self.report.drop_row(line);
            return Ok(());
        }
        for (column, value) in self.columns.iter_mut().zip(row) {
            column.values.push(*value);
        }
        self.labels.extend(label.map(str::to_owned));
        Ok(())
    }
}

/// The cells that every row has.
#[derive(Clone, Copy)]
struct Shape {
    columns: usize,
    /// Is there an empty cell behind them?
    trailing: bool,
}

/// The names in the first row; if it holds numbers, names made up from the positions.
fn read_header(records: &Records<'_>, given: Option<bool>, trailing: bool) -> Header {
    let all = records.cells();
    let cells: Vec<&str> = all.iter().take(all.len() - usize::from(trailing)).collect();
    let found = given.unwrap_or_else(|| cells.iter().any(|cell| !Cell::read(cell).is_numeric()));
    let names = match found {
        true => cells.iter().map(|cell| cell.trim().to_owned()).collect(),
        false => Header::default_names(cells.len()),
    };
    Header::new(names, found)
}
