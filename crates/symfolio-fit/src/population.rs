//! [`Population`]: the losses of many expressions at the constants that they have.

use rand_chacha::ChaCha8Rng;
use symfolio_expr::{BLOCK, Batch, Columns, Expr, Real, Scratch};

use crate::data::FitData;
use crate::loss::Loss;
use crate::rows::Rows;

/// Rows of the pre-test.
const FEW: usize = 64;
/// A loss on the rows of the pre-test of this many times the limit is not chance.
const CLEARLY: f64 = 4.0;

/// Rows on which the losses of populations are taken, in one precision: `f64`, or `f32` where a search only ranks.
///
/// Three things make it faster than expression by expression: sub-expressions that several share are evaluated once
/// ([`Batch`]); a pre-test on 64 rows, drawn once, turns away what is clearly worse than a limit; and an expression is given up
/// at the first block of rows at which it is undefined or its loss can no longer end below the limit. Only the pre-test can be
/// wrong: about a candidate whose loss comes from few rows.
///
/// ```
/// use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng};
/// use symfolio_expr::{Columns, Expr};
/// use symfolio_fit::{FitData, Loss, Population};
///
/// let x: Vec<f64> = (1..=1000).map(f64::from).collect();
/// let y: Vec<f64> = x.iter().map(|x| 2.0 * x).collect();
/// let columns = Columns::new([x.as_slice()]);
/// let data = FitData { columns: &columns, target: &y, weights: None };
/// let rows = Population::<f64>::new(&mut ChaCha8Rng::seed_from_u64(1), &data, Loss::SquaredError);
/// let exprs = ["(mul 2.0 x0)", "(mul 2.1 x0)", "(log (neg x0))"].map(|text| Expr::from_prefix(text).unwrap());
/// let scores = rows.losses(&exprs, f64::INFINITY, &mut Default::default());
/// assert_eq!(scores.losses[0], 0.0);
/// assert!((scores.losses[1] / 3338.335 - 1.0).abs() < 1e-12);
/// assert_eq!(scores.losses[2], f64::INFINITY);
/// assert_eq!(rows.losses(&exprs, 10.0, &mut Default::default()).losses, [0.0, f64::INFINITY, f64::INFINITY]);
/// ```
#[derive(Clone, Debug)]
pub struct Population<R = f64> {
    few: Table<R>,
    all: Table<R>,
    loss: Loss,
}

/// What [`Population::losses`] found.
#[derive(Clone, Debug, PartialEq)]
pub struct Scores {
    /// The mean loss of each expression; infinite where it is undefined on a row or given up.
    pub losses: Vec<f64>,
    /// How many the pre-test turned away.
    pub n_turned_away: usize,
    /// Work spent, in the units of [`symfolio_expr::OpInfo::work`].
    pub work: u64,
    /// Nodes evaluated, times rows.
    pub node_rows: u64,
}

/// Columns in the precision of the evaluation.
#[derive(Clone, Debug)]
struct Table<R> {
    columns: Vec<Vec<R>>,
    target: Vec<f64>,
    weights: Option<Vec<f64>>,
}

impl<R: Real> Population<R> {
    /// Copies the rows of `data`; those of the pre-test are drawn from them.
    pub fn new(rng: &mut ChaCha8Rng, data: &FitData<'_>, loss: Loss) -> Population<R> {
        let few = Rows::some(rng, data, FEW);
        let columns = few.columns();
        Population { few: Table::of(&few.data(&columns)), all: Table::of(data), loss }
    }

    /// The losses of `exprs`. Those that end above `limit` may be given up: they are infinite.
    ///
    /// # Panics
    /// Where an expression uses a variable that has no column.
    pub fn losses<'e>(
        &self,
        exprs: impl IntoIterator<Item = &'e Expr>,
        limit: f64,
        scratch: &mut Scratch<R>,
    ) -> Scores {
        let exprs: Vec<&Expr> = exprs.into_iter().collect();
        let mut scores = Scores { losses: vec![f64::INFINITY; exprs.len()], n_turned_away: 0, work: 0, node_rows: 0 };
        let mut left: Vec<usize> = (0..exprs.len()).collect();
        if limit.is_finite() && self.all.target.len() > 2 * FEW {
            let promising = self.few.losses(&exprs, &left, CLEARLY * limit, self.loss, scratch, &mut scores);
            left.retain(|index| promising[*index].is_finite());
            scores.n_turned_away = exprs.len() - left.len();
        }
        scores.losses = self.all.losses(&exprs, &left, limit, self.loss, scratch, &mut scores);
        scores
    }
}

impl<R: Real> Table<R> {
    fn of(data: &FitData<'_>) -> Table<R> {
        let column = |index: usize| data.columns.column(index).iter().map(|value| R::of(*value)).collect();
        Table {
            columns: (0..data.columns.n_features()).map(column).collect(),
            target: data.target.to_vec(),
            weights: data.weights.map(<[f64]>::to_vec),
        }
    }

    /// The mean losses of the expressions in `left`, infinite for all others and those given up.
    fn losses(
        &self,
        exprs: &[&Expr],
        left: &[usize],
        limit: f64,
        loss: Loss,
        scratch: &mut Scratch<R>,
        scores: &mut Scores,
    ) -> Vec<f64> {
        let columns = Columns::new(self.columns.iter().map(Vec::as_slice));
        let batch = Batch::new(left.iter().map(|index| exprs[*index]));
        let total = self.weights.as_ref().map_or(self.target.len() as f64, |weights| weights.iter().sum());
        let most = limit * total;
        let mut sums = vec![0.0; left.len()];
        let mut wide = [0.0; BLOCK];
        let cost = batch.blocks(&columns, scratch, |index, start, values| {
            let wide = &mut wide[..values.len()];
            wide.iter_mut().zip(values).for_each(|(wide, value)| *wide = value.to_f64());
            let rows = start..start + values.len();
            let weights = self.weights.as_ref().map(|weights| &weights[rows.clone()]);
            sums[index] += loss.sum(wide, &self.target[rows], weights);
            sums[index].is_finite() && sums[index] <= most
        });
        scores.work += cost.work;
        scores.node_rows += cost.node_rows;
        let mut losses = vec![f64::INFINITY; exprs.len()];
        for (index, sum) in left.iter().zip(sums) {
            let mean = sum / total;
            if total > 0.0 && sum <= most && mean.is_finite() {
                losses[*index] = mean;
            }
        }
        losses
    }
}
