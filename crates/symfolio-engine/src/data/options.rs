//! What a user may say about a table.

use std::collections::BTreeMap;

use super::Delimiter;

/// How to read a table; the default detects everything and takes the last column as the target.
///
/// A *selector* is the name of a column or its 0-based position, counted from the end when negative; a name that
/// matches wins over a position.
///
/// | field | default | meaning |
/// |---|---|---|
/// | `target` | last column that is not the weights | selector of the column to explain |
/// | `features` | all columns but target and weights | selectors, in the order wanted |
/// | `mentioned_in` | nothing | without `features`: texts, such as a formula, in which the columns that are needed are named |
/// | `weights` | none | selector of a column of weights, each at least 0 |
/// | `header` | detected | whether the first row holds names |
/// | `delimiter` | detected | what separates the cells of a row |
/// | `encoding` | detected | label such as `utf-8`, `shift_jis`, `cp932`, `euc-jp`, `latin-1`; a byte-order mark wins |
/// | `missing` | [`Missing::Drop`] | what to do about missing cells in the columns used |
/// | `units` | none | units by the names of columns, as [`Bases::parse`](symfolio_expr::Bases::parse) reads them, or `unknown` |
///
/// A decimal comma (`3,14`) is read as such only where the comma does not separate cells, and only in a column without
/// any decimal point; a column that has both is refused, because `1,234` could then mean either. The columns
/// concerned are listed in the [`LoadReport`](super::LoadReport). Thousands separators are always refused.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LoadOptions {
    /// Selector of the column to explain.
    pub target: Option<String>,
    /// Selectors of the columns to explain it with.
    pub features: Option<Vec<String>>,
    /// Texts that name the columns that are needed. Where these name any, and `features` none, the other columns are not read, and these are
    /// kept whether they vary or not.
    pub mentioned_in: Vec<String>,
    /// Selector of the column of weights.
    pub weights: Option<String>,
    /// Whether the first row holds names.
    pub header: Option<bool>,
    /// What separates the cells of a row.
    pub delimiter: Option<Delimiter>,
    /// Label of the text encoding.
    pub encoding: Option<String>,
    /// What to do about missing cells.
    pub missing: Missing,
    /// Units by the names of columns.
    pub units: BTreeMap<String, String>,
}

/// What to do about a row with a missing cell in a column that is used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Missing {
    /// Leave the row out and count it.
    #[default]
    Drop,
    /// Refuse the table.
    Error,
    /// Keep the row, with NaN in the cell's place: for a formula that is evaluated row by row. No data set holds NaN.
    Keep,
}
