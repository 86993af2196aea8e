//! What one cell says.

use std::borrow::Cow;

/// What a cell holds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Cell {
    /// A finite number.
    Number(f64),
    /// A finite number with a comma where others have a point.
    DecimalComma(f64),
    /// One of the marks for a missing value.
    Missing,
    /// An infinity, or a number too large for 64 bits.
    Infinite,
    /// A number but for commas, spaces or apostrophes that group its digits.
    Grouped,
    /// Anything else.
    Text,
}

const MISSING: &[&str] = &["", "na", "n/a", "nan", "null", "none", "?", "-"];

impl Cell {
    /// Reads a cell in full: white space around it, full-width forms, marks for missing values and decimal commas.
    ///
    /// Plain numbers do not need it: `str::parse` reads them the same way.
    pub(super) fn read(text: &str) -> Cell {
        let text = ascii_forms(text.trim());
        let text = text.trim();
        if MISSING.iter().any(|mark| text.eq_ignore_ascii_case(mark)) {
            return Cell::Missing;
        }
        if let Ok(value) = text.parse() {
            return Cell::of(value, Cell::Number);
        }
        let mut commas = text.match_indices(',');
        if let (Some(_), None) = (commas.next(), commas.next())
            && let Ok(value) = text.replace(',', ".").parse()
        {
            return Cell::of(value, Cell::DecimalComma);
        }
        match text.replace([',', ' ', '\u{a0}', '\u{202f}', '\'', '_'], "").parse::<f64>() {
            Ok(value) if !value.is_nan() => Cell::Grouped,
            _ if is_grouped_with_points(text) => Cell::Grouped,
            _ => Cell::Text,
        }
    }

    /// Whether it is meant as a number, or as the lack of one, and so does not look like a column's name.
    pub(super) fn is_numeric(self) -> bool {
        self != Cell::Text
    }

    fn of(value: f64, finite: fn(f64) -> Cell) -> Cell {
        if value.is_finite() {
            finite(value)
        } else if value.is_nan() {
            Cell::Missing
        } else {
            Cell::Infinite
        }
    }
}

/// Full-width forms (U+FF01 to U+FF5E) and the minus sign U+2212 as the ASCII characters they stand for.
fn ascii_forms(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return Cow::Borrowed(text);
    }
    let ascii = |character| match character {
        '\u{2212}' => '-',
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(character as u32 - 0xfee0).unwrap_or(character),
        other => other,
    };
    Cow::Owned(text.chars().map(ascii).collect())
}

/// `1.234.567` and `1.234,5`: points that group digits.
fn is_grouped_with_points(text: &str) -> bool {
    let plain = text.replace('.', "").replacen(',', ".", 1);
    text.contains('.') && plain.parse::<f64>().is_ok_and(f64::is_finite)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_read_in_every_way_of_writing() {
        fn check(text: &str, expected: Cell) {
            assert_eq!(Cell::read(text), expected, "{text:?}");
        }
        check("1.5", Cell::Number(1.5));
        check(" -.5e-3 ", Cell::Number(-0.0005));
        check("+7.", Cell::Number(7.0));
        check("１２．５", Cell::Number(12.5));
        check("－１．２Ｅ＋３", Cell::Number(-1200.0));
        check("＋４", Cell::Number(4.0));
        check("\u{2212}3", Cell::Number(-3.0));
        check("\u{3000}2\u{3000}", Cell::Number(2.0));
        check("\u{a0}2\u{a0}", Cell::Number(2.0));
        check("1e-999", Cell::Number(0.0));
        check("2,75", Cell::DecimalComma(2.75));
        check("-1,5e3", Cell::DecimalComma(-1500.0));
        check("２，７５", Cell::DecimalComma(2.75));
        check("1,234", Cell::DecimalComma(1.234));
        for mark in ["", " ", "NA", "n/a", "NaN", "-nan", "null", "NULL", "None", "?", "-", "－", "？"] {
            check(mark, Cell::Missing);
        }
        for infinite in ["inf", "-inf", "Infinity", "1e999", "-1e999", "1,5e999"] {
            check(infinite, Cell::Infinite);
        }
        for grouped in ["1,234.5", "1,234,567", "1 234", "1\u{a0}234,5", "1'234.5", "1.234,5", "1.234.567", "1_000"] {
            check(grouped, Cell::Grouped);
        }
        for text in ["12 kg", "abc", "1.2.x", ",", ".", "--1", "0x10", "１２ｋｇ", "面積", "1e", "１２時"] {
            check(text, Cell::Text);
        }
    }
}
