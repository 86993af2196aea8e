//! [`Columns`]: the values of the features.

/// The values of the features, column by column: shape `(n_rows, n_features)`.
#[derive(Clone, Debug)]
pub struct Columns<'a, R = f64> {
    columns: Vec<&'a [R]>,
    n_rows: usize,
}

impl<'a, R> Columns<'a, R> {
    /// Columns of equal length, feature 0 first.
    ///
    /// # Panics
    /// Where the lengths differ.
    pub fn new(columns: impl IntoIterator<Item = &'a [R]>) -> Columns<'a, R> {
        let columns: Vec<&[R]> = columns.into_iter().collect();
        let n_rows = columns.first().map_or(0, |column| column.len());
        assert!(columns.iter().all(|column| column.len() == n_rows), "columns of equal length");
        Columns { columns, n_rows }
    }

    /// Number of rows.
    pub fn n_rows(&self) -> usize {
        self.n_rows
    }

    /// Number of columns.
    pub fn n_features(&self) -> usize {
        self.columns.len()
    }

    /// The values of feature `index`, shape `(n_rows)`.
    pub fn column(&self, index: usize) -> &'a [R] {
        self.columns[index]
    }

    /// The same columns with the rows of `range` only.
    ///
    /// # Panics
    /// Where `range` goes beyond the rows.
    pub fn rows(&self, range: std::ops::Range<usize>) -> Columns<'a, R> {
        assert!(range.start <= range.end && range.end <= self.n_rows, "rows {range:?} of {}", self.n_rows);
        let n_rows = range.len();
        Columns { columns: self.columns.iter().map(|column| &column[range.clone()]).collect(), n_rows }
    }
}
