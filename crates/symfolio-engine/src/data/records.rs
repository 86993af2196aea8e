//! The rows of a table, cut into cells.

use std::io::BufRead;

use csv::StringRecord;

use super::text::{END, TextReader};
use super::{Delimiter, Refusal};

/// Reads row after row into one reused record. Comments and blank lines are no rows.
pub(super) struct Records<'a> {
    rows: Rows<'a>,
    record: StringRecord,
}

enum Rows<'a> {
    Separated(Box<csv::Reader<TextReader<'a>>>),
    Spaced { text: TextReader<'a>, line: String, number: u64 },
}

impl<'a> Records<'a> {
    pub(super) fn new(text: TextReader<'a>, delimiter: Delimiter) -> Records<'a> {
        let rows = match delimiter.byte() {
            Some(separator) => Rows::Separated(Box::new(
                csv::ReaderBuilder::new()
                    .delimiter(separator)
                    .comment(Some(b'#'))
                    .has_headers(false)
                    .flexible(true)
                    .terminator(csv::Terminator::Any(b'\n'))
                    .buffer_capacity(1 << 16)
                    .from_reader(text),
            )),
            None => Rows::Spaced { text, line: String::new(), number: 0 },
        };
        Records { rows, record: StringRecord::new() }
    }

    /// Goes to the next row; `false` at the end of the table.
    pub(super) fn advance(&mut self) -> Result<bool, Refusal> {
        loop {
            let found = match &mut self.rows {
                Rows::Separated(reader) => {
                    let found = reader.read_record(&mut self.record).map_err(cause)?;
                    refuse_open_quote(&self.record, reader.position().line())?;
                    found
                }
                Rows::Spaced { text, line, number } => {
                    line.clear();
                    text.read_line(line).map_err(Refusal::from_io)?;
                    *number += 1;
                    self.record.clear();
                    if !line.starts_with('#') {
                        line.split_ascii_whitespace().for_each(|word| self.record.push_field(word));
                    }
                    !line.is_empty()
                }
            };
            let blank = match self.record.len() {
                0 => true,
                1 => self.record[0].trim().is_empty(),
                _ => false,
            };
            if !found || !blank {
                return Ok(found);
            }
        }
    }

    /// The cells of the present row.
    pub(super) fn cells(&self) -> &StringRecord {
        &self.record
    }

    /// 1-based number of the line on which the present row begins.
    pub(super) fn line(&self) -> u64 {
        match &self.rows {
            Rows::Spaced { number, .. } => *number,
            // The csv crate's own position is that of the comments before the row, so count back from the row's end:
            // every line end of the text is one byte `\n`, also the last one, and quoted ones are in the cells.
            Rows::Separated(reader) => {
                let within = self.record.as_slice().bytes().filter(|byte| *byte == b'\n').count();
                reader.position().line().saturating_sub(1 + within as u64)
            }
        }
    }

    /// The text below, for what is known about it only after reading.
    pub(super) fn text(&self) -> &TextReader<'a> {
        match &self.rows {
            Rows::Separated(reader) => reader.get_ref(),
            Rows::Spaced { text, .. } => text,
        }
    }
}

/// A quote that is never closed takes everything behind it into the last cell, the end mark included. `next` is the line
/// behind the row.
fn refuse_open_quote(record: &StringRecord, next: u64) -> Result<(), Refusal> {
    match record.iter().next_back() {
        Some(cell) if cell.ends_with(END) => {
            let lines = cell.bytes().filter(|byte| *byte == b'\n').count();
            Err(Refusal::OpenQuote { row: next.saturating_sub(lines as u64) })
        }
        _ => Ok(()),
    }
}

fn cause(error: csv::Error) -> Refusal {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => Refusal::from_io(error),
        other => Refusal::Unreadable(std::io::Error::other(format!("{other:?}"))),
    }
}
