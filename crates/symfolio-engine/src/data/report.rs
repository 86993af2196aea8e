//! What was found and left out while a table was read.

use symfolio_core::Dataset;

use super::Delimiter;

/// A table that was read and checked.
#[derive(Clone, Debug, PartialEq)]
pub struct Loaded {
    /// The numbers.
    pub dataset: Dataset,
    /// How they were read.
    pub report: LoadReport,
}

/// How a table was read: what was detected, and what was left out.
#[derive(Clone, Debug, PartialEq)]
pub struct LoadReport {
    /// Name of the text encoding, for instance `UTF-8` or `Shift_JIS`.
    pub encoding: &'static str,
    /// Whether the table was packed with gzip.
    pub gzip: bool,
    /// What separates the cells.
    pub delimiter: Delimiter,
    /// Whether the first row holds names.
    pub header: bool,
    /// Rows of data in the table, dropped ones included; header, comments and blank lines do not count.
    pub rows_read: usize,
    /// Rows left out because a cell in a column that is used is missing.
    pub rows_dropped: usize,
    /// 1-based line numbers of the first of them, at most [`LoadReport::DROPPED_SHOWN`].
    pub first_dropped: Vec<u64>,
    /// Features left out because they have one value in all rows, with that value.
    pub constant: Vec<(String, f64)>,
    /// Columns that were chosen by position because an earlier one has the same name: 0-based position, and the name it got.
    pub renamed: Vec<(usize, String)>,
    /// Whether every row ends with a separator; the empty column behind it is left out.
    pub trailing_separator: bool,
    /// Names of the columns that no selector asked for.
    pub ignored: Vec<String>,
    /// Names of the columns whose numbers were written with a decimal comma.
    pub decimal_comma: Vec<String>,
}

impl LoadReport {
    /// How many dropped rows are named.
    pub const DROPPED_SHOWN: usize = 5;

    pub(super) fn drop_row(&mut self, line: u64) {
        self.rows_dropped += 1;
        if self.first_dropped.len() < Self::DROPPED_SHOWN {
            self.first_dropped.push(line);
        }
    }
}
