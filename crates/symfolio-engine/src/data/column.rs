//! One column while its cells are read.

use super::cell::Cell;
use super::error::{Place, Refusal, shown};
use super::selection::{Role, Use};

/// How the numbers of a column mark their decimals, and the first line that shows it.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Decimals {
    Unknown,
    Point(u64),
    Comma(u64),
}

/// A column that is used, and what was read of it so far.
pub(super) struct ColumnReader {
    pub(super) name: String,
    pub(super) role: Role,
    /// 0-based position among the cells of a row.
    pub(super) position: usize,
    pub(super) values: Vec<f64>,
    /// Whether a comma may be a decimal mark, because it does not separate cells.
    commas: bool,
    decimals: Decimals,
}

impl ColumnReader {
    pub(super) fn new(wanted: Use, commas: bool) -> ColumnReader {
        let Use { name, role, position } = wanted;
        ColumnReader { name, role, position, values: Vec::new(), commas, decimals: Decimals::Unknown }
    }

    /// The value of a cell on the given line; `None` when it is missing.
    #[inline]
    pub(super) fn read(&mut self, cell: &str, line: u64) -> Result<Option<f64>, Refusal> {
        // Nearly all cells are plain numbers; only those that are not pay for the full reading.
        if let Ok(value) = cell.trim_ascii().parse::<f64>()
            && value.is_finite()
            && (!self.commas || self.decimal_point_fits(cell, line))
        {
            return Ok(Some(value));
        }
        self.read_in_full(cell, line)
    }

    /// Whether all rows have this value; for a column without rows there is none.
    pub(super) fn constant(&self) -> Option<f64> {
        let first = *self.values.first()?;
        self.values.iter().all(|value| *value == first).then_some(first)
    }

    /// Whether a number was written with a decimal comma.
    pub(super) fn has_decimal_comma(&self) -> bool {
        matches!(self.decimals, Decimals::Comma(_))
    }

    /// The column on the given line, for messages.
    pub(super) fn place(&self, line: u64) -> Place {
        Place { row: line, column: self.name.clone(), position: self.position }
    }

    fn decimal_point_fits(&mut self, text: &str, line: u64) -> bool {
        match self.decimals {
            Decimals::Point(_) => true,
            Decimals::Comma(_) => !text.contains('.'),
            Decimals::Unknown => {
                if text.contains('.') {
                    self.decimals = Decimals::Point(line);
                }
                true
            }
        }
    }

    #[cold]
    fn read_in_full(&mut self, text: &str, line: u64) -> Result<Option<f64>, Refusal> {
        let mixed = |column: &Self, other_row| Refusal::MixedDecimals {
            place: column.place(line),
            value: shown(text),
            other_row,
        };
        match Cell::read(text) {
            Cell::Missing => Ok(None),
            Cell::Number(value) => {
                let point = text.contains(['.', '．']);
                match self.decimals {
                    Decimals::Comma(row) if point => return Err(mixed(self, row)),
                    Decimals::Unknown if point => self.decimals = Decimals::Point(line),
                    _ => {}
                }
                Ok(Some(value))
            }
            Cell::DecimalComma(value) if self.commas => match self.decimals {
                Decimals::Point(row) => Err(mixed(self, row)),
                Decimals::Comma(_) => Ok(Some(value)),
                Decimals::Unknown => {
                    self.decimals = Decimals::Comma(line);
                    Ok(Some(value))
                }
            },
            Cell::Infinite => Err(Refusal::Infinite { place: self.place(line), value: shown(text) }),
            Cell::DecimalComma(_) => Err(Refusal::Comma { place: self.place(line), value: shown(text) }),
            Cell::Grouped => Err(Refusal::Grouped { place: self.place(line), value: shown(text) }),
            Cell::Text => {
                Err(Refusal::NotANumber { place: self.place(line), value: shown(text), remedy: self.role.remedy() })
            }
        }
    }
}
