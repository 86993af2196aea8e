//! [`Rows`]: copies of some of the rows.

use rand::seq::index::sample;
use rand_chacha::ChaCha8Rng;
use symfolio_expr::Columns;

use crate::data::FitData;

/// Copies of some of the rows of a table.
#[derive(Clone, Debug)]
pub(crate) struct Rows {
    pub columns: Vec<Vec<f64>>,
    pub target: Vec<f64>,
    pub weights: Option<Vec<f64>>,
}

impl Rows {
    /// At most `count` rows, drawn without replacement: evenly spaced ones would take high frequencies for low ones.
    pub(crate) fn some(rng: &mut ChaCha8Rng, data: &FitData<'_>, count: usize) -> Rows {
        let n = data.n_rows();
        let mut chosen: Vec<usize> = if n <= count { (0..n).collect() } else { sample(rng, n, count).into_vec() };
        chosen.sort_unstable();
        Rows::chosen(data, &chosen)
    }

    /// These rows.
    pub(crate) fn chosen(data: &FitData<'_>, chosen: &[usize]) -> Rows {
        let take = |values: &[f64]| -> Vec<f64> { chosen.iter().map(|row| values[*row]).collect() };
        Rows {
            columns: (0..data.columns.n_features()).map(|index| take(data.columns.column(index))).collect(),
            target: take(data.target),
            weights: data.weights.map(take),
        }
    }

    pub(crate) fn columns(&self) -> Columns<'_> {
        Columns::new(self.columns.iter().map(Vec::as_slice))
    }

    pub(crate) fn data<'d>(&'d self, columns: &'d Columns<'d>) -> FitData<'d> {
        FitData { columns, target: &self.target, weights: self.weights.as_deref() }
    }

    pub(crate) fn len(&self) -> usize {
        self.target.len()
    }
}
