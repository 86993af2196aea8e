//! [`RowSet`]: which rows a slice works on, and [`Table`]: their values, gathered once.

use std::sync::{Arc, OnceLock};

use symfolio_expr::Columns;
use symfolio_fit::FitData;

use crate::Dataset;

/// A versioned choice of rows.
///
/// A new version means: losses measured on an older one are not comparable; evaluate again what you keep.
#[derive(Debug, Default)]
pub struct RowSet {
    /// Grows by one with every change of the working rows of a study; 0 is what it begins with.
    pub version: u64,
    /// Row indices into the data set, ascending; empty for an objective without data.
    pub indices: Arc<[u32]>,
    /// The run that proposed the rows, which shares the credit of what is found on them; `None` for the engine's own.
    pub proposer: Option<u32>,
    table: OnceLock<Arc<Table>>,
}

impl RowSet {
    /// A row set of the engine's own.
    pub fn new(version: u64, indices: impl Into<Arc<[u32]>>) -> RowSet {
        RowSet { version, indices: indices.into(), proposer: None, table: OnceLock::new() }
    }

    /// The same rows with the run that proposed them.
    pub fn proposed_by(self, run: u32) -> RowSet {
        RowSet { proposer: Some(run), ..self }
    }

    /// The values of these rows, gathered at the first call and shared by all later ones. A set that is all rows shares the data
    /// set's own columns and copies nothing.
    ///
    /// # Panics
    /// Where an index is not a row of `dataset`: a row set belongs to one data set.
    pub fn table(&self, dataset: &Dataset) -> Arc<Table> {
        self.table.get_or_init(|| Arc::new(Table::gather(dataset, &self.indices))).clone()
    }
}

/// Values of some rows of a data set, column by column.
#[derive(Clone, Debug)]
pub struct Table {
    features: Vec<Arc<[f64]>>,
    /// Values to explain, shape `(n_rows)`.
    pub target: Arc<[f64]>,
    /// One weight a row, or `None` when all rows count alike.
    pub weights: Option<Arc<[f64]>>,
}

impl Table {
    /// Gathers the rows `indices` of `dataset`.
    ///
    /// # Panics
    /// Where an index is not a row.
    pub fn gather(dataset: &Dataset, indices: &[u32]) -> Table {
        let every = indices.len() == dataset.n_rows() && indices.iter().enumerate().all(|(i, row)| i == *row as usize);
        let take = |values: &[f64]| -> Arc<[f64]> { indices.iter().map(|row| values[*row as usize]).collect() };
        let column = |values: &Arc<[f64]>| if every { values.clone() } else { take(values) };
        Table {
            features: dataset.features().iter().map(|feature| column(&feature.values)).collect(),
            target: column(&dataset.target().values),
            weights: dataset.weights().map(take),
        }
    }

    /// Number of rows.
    pub fn n_rows(&self) -> usize {
        self.target.len()
    }

    /// Number of features.
    pub fn n_features(&self) -> usize {
        self.features.len()
    }

    /// Values of feature `index`, shape `(n_rows)`.
    pub fn feature(&self, index: usize) -> &[f64] {
        &self.features[index]
    }

    /// The features as the evaluator takes them.
    pub fn columns(&self) -> Columns<'_> {
        Columns::new(self.features.iter().map(|column| &**column))
    }

    /// What a fit is made against; `columns` are [`Table::columns`].
    pub fn fit_data<'a>(&'a self, columns: &'a Columns<'a>) -> FitData<'a> {
        FitData { columns, target: &self.target, weights: self.weights.as_deref() }
    }

    /// Weighted variance of the target, the loss of the best constant under squared error; positive unless the rows' targets
    /// are all equal.
    pub fn target_variance(&self) -> f64 {
        let weight = |i: usize| self.weights.as_ref().map_or(1.0, |weights| weights[i]);
        let total: f64 = (0..self.n_rows()).map(weight).sum();
        let mean = (0..self.n_rows()).map(|i| weight(i) * self.target[i]).sum::<f64>() / total;
        (0..self.n_rows()).map(|i| weight(i) * (self.target[i] - mean).powi(2)).sum::<f64>() / total
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Column;

    fn dataset() -> Dataset {
        let x = Column::new("x", vec![1.0, 2.0, 3.0, 4.0]);
        Dataset::new("d", vec![x], Column::new("y", vec![1.0, 4.0, 9.0, 16.0]), Some(vec![1.0, 1.0, 1.0, 0.0])).unwrap()
    }

    #[test]
    fn all_rows_share_the_columns_and_some_rows_are_gathered_once() {
        let data = dataset();
        let all = RowSet::new(0, vec![0, 1, 2, 3]);
        assert!(std::ptr::eq(all.table(&data).feature(0), &*data.features()[0].values));
        let some = RowSet::new(1, vec![1, 3]);
        let table = some.table(&data);
        assert_eq!((table.feature(0), &*table.target), (&[2.0, 4.0][..], &[4.0, 16.0][..]));
        assert!(Arc::ptr_eq(&table, &some.table(&data)));
    }

    #[test]
    fn variance_is_weighted() {
        let table = RowSet::new(0, vec![0, 1, 2, 3]).table(&dataset());
        let mean = 14.0 / 3.0;
        let expected = ((1.0f64 - mean).powi(2) + (4.0f64 - mean).powi(2) + (9.0f64 - mean).powi(2)) / 3.0;
        assert!((table.target_variance() - expected).abs() < 1e-12);
    }
}
