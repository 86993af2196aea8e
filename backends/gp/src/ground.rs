//! [`Ground`]: the rows of a slice, gathered for what they are used for.

use std::sync::Arc;

use symfolio_core::{Dataset, RowSet, Table};
use symfolio_expr::Columns;
use symfolio_fit::FitData;

use crate::config::GpConfig;

/// Losses below this share of the target's variance are rounding noise.
const NOISE: f64 = 1e-20;

/// The rows of a slice: all of them, those that the population is measured on, and those that children are tried on.
pub(crate) struct Ground {
    full: Arc<Table>,
    working: Arc<Table>,
    screen: Option<Arc<Table>>,
    /// Losses below it are rounding noise.
    pub floor: f64,
}

/// The columns of a [`Ground`], borrowed for evaluation.
pub(crate) struct GroundColumns<'a> {
    full: Columns<'a>,
    working: Columns<'a>,
    screen: Option<Columns<'a>>,
}

/// What expressions are fitted against.
#[derive(Clone, Copy)]
pub(crate) struct Fields<'a> {
    pub full: FitData<'a>,
    pub working: FitData<'a>,
    pub screen: Option<FitData<'a>>,
}

impl Ground {
    /// Gathers `rows`. Subsets are evenly spaced, so that they span ordered data; the screen is left out where it would be
    /// most of the working rows.
    pub fn gather(dataset: &Dataset, rows: &RowSet, config: &GpConfig) -> Ground {
        let full = rows.table(dataset);
        let subset = |count: usize| {
            let n = rows.indices.len();
            let indices: Vec<u32> = (0..count).map(|at| rows.indices[(2 * at + 1) * n / (2 * count)]).collect();
            Arc::new(Table::gather(dataset, &indices))
        };
        let working = if full.n_rows() > config.working_rows { subset(config.working_rows) } else { full.clone() };
        let screen = (2 * config.screen_rows <= working.n_rows()).then(|| subset(config.screen_rows));
        let variance = working.target_variance();
        let square = working.target.iter().map(|y| y * y).sum::<f64>() / working.n_rows().max(1) as f64;
        let floor = (NOISE * variance).max(1e-30 * square).max(f64::MIN_POSITIVE);
        Ground { full, working, screen, floor }
    }

    pub fn columns(&self) -> GroundColumns<'_> {
        GroundColumns {
            full: self.full.columns(),
            working: self.working.columns(),
            screen: self.screen.as_ref().map(|screen| screen.columns()),
        }
    }

    pub fn fields<'a>(&'a self, columns: &'a GroundColumns<'a>) -> Fields<'a> {
        Fields {
            full: self.full.fit_data(&columns.full),
            working: self.working.fit_data(&columns.working),
            screen: self.screen.as_ref().zip(columns.screen.as_ref()).map(|(table, columns)| table.fit_data(columns)),
        }
    }

    /// Is the population measured on fewer rows than the slice has?
    pub fn is_sampled(&self) -> bool {
        self.working.n_rows() < self.full.n_rows()
    }
}
