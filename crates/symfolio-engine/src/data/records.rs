//! The rows of a table, cut into cells.

use std::io::BufRead;

use csv::ByteRecord;

use super::delimiter::{Delimiter, words};
use super::error::Refusal;
use super::text::TextReader;

/// Reads row after row into one reused record. Comments and blank lines are no rows.
pub(super) struct Records<'a> {
    rows: Rows<'a>,
    record: ByteRecord,
}

enum Rows<'a> {
    Separated(Box<csv::Reader<TextReader<'a>>>),
    Spaced { text: TextReader<'a>, line: Vec<u8>, number: u64 },
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
            None => Rows::Spaced { text, line: Vec::new(), number: 0 },
        };
        Records { rows, record: ByteRecord::new() }
    }

    /// Goes to the next row; `false` at the end of the table.
    pub(super) fn advance(&mut self) -> Result<bool, Refusal> {
        loop {
            let found = match &mut self.rows {
                Rows::Separated(reader) => reader.read_byte_record(&mut self.record).map_err(cause)?,
                Rows::Spaced { text, line, number } => {
                    line.clear();
                    text.read_until(b'\n', line).map_err(Refusal::from_io)?;
                    *number += 1;
                    self.record.clear();
                    if !line.starts_with(b"#") {
                        words(line).for_each(|word| self.record.push_field(word));
                    }
                    !line.is_empty()
                }
            };
            let blank = match self.record.len() {
                0 => true,
                1 => self.record[0].trim_ascii().is_empty(),
                _ => false,
            };
            if !found || !blank {
                return Ok(found);
            }
        }
    }

    /// The cells of the present row.
    pub(super) fn cells(&self) -> &ByteRecord {
        &self.record
    }

    /// 1-based number of the line on which the present row begins.
    pub(super) fn line(&self) -> u64 {
        match &self.rows {
            Rows::Spaced { number, .. } => *number,
            // The csv crate's own position is that of the comments before the row, so count back from the row's end:
            // every line end of the text is one byte `\n`, also the last one, and quoted ones are in the cells.
            Rows::Separated(reader) => {
                let within = self.record.as_slice().iter().filter(|byte| **byte == b'\n').count();
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

fn cause(error: csv::Error) -> Refusal {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => Refusal::from_io(error),
        other => Refusal::Unreadable(std::io::Error::other(format!("{other:?}"))),
    }
}
