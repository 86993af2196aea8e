//! [`Instance`]: one problem with its rows, as drawn by a seed.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rand::seq::SliceRandom as _;
use rand::{Rng, RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution as _, StandardNormal};
use symfolio::data::{DataError, LoadOptions, Source, load};
use symfolio::expr::{Columns, Program, Scratch};
use symfolio::{Column, Dataset, DatasetError, Expr, ParseError, parse};

use crate::fingerprint;
use crate::pmlb;
use crate::suite::{Data, Problem, Sampling};

/// Why a problem has no rows.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs, reason = "the messages say it")]
pub enum InstanceError {
    #[error("the formula cannot be read: {0}")]
    Formula(#[from] ParseError),
    #[error("the formula is undefined on nearly all of its ranges: {found} of {wanted} rows were found")]
    Undefined { found: usize, wanted: usize },
    #[error(transparent)]
    Table(#[from] DataError),
    #[error(transparent)]
    Dataset(#[from] DatasetError),
    #[error(
        "the data set {name:?} of PMLB is not in {folder}; run where there is a network, or put {name}.tsv.gz there"
    )]
    NoPmlb { name: String, folder: PathBuf },
}

/// One problem with its rows.
#[derive(Clone, Debug)]
pub struct Instance {
    /// What methods are given.
    pub train: Dataset,
    /// What they are scored on.
    pub test: Rows,
    /// The formula to be found, if there is one.
    pub law: Option<Law>,
}

/// Rows of all features with a target that has no noise added.
#[derive(Clone, Debug, PartialEq)]
pub struct Rows {
    /// The values of each feature, shape `(n_features, n_rows)`.
    pub columns: Vec<Vec<f64>>,
    /// The target, shape `(n_rows)`.
    pub target: Vec<f64>,
}

/// The formula behind a problem.
#[derive(Clone, Debug)]
pub struct Law {
    /// The formula.
    pub expr: Expr,
    /// The training rows without noise.
    pub train: Rows,
    /// Points from the ranges widened by half: where a formula has to hold that is the law.
    pub wide: Rows,
    /// Standard deviation of the noise on the training target, as a share of its root mean square.
    pub noise: f64,
}

/// Rows that are drawn at most for one that is defined.
const TRIES: usize = 200;
/// Points of the widened ranges.
const WIDE: usize = 400;
/// Share of a table that is held out, as in SRBench (La Cava et al. 2021).
const HELD_OUT: f64 = 0.25;

impl Instance {
    /// The rows of `problem` as drawn by `seed`; the same arguments give the same bits.
    ///
    /// Noise is normal with a standard deviation of `noise` times the root mean square of the training target, and on that
    /// target only (La Cava et al. 2021, section 4). The inputs and the draws of the noise do not depend on its level.
    /// `folder` is where paths of tables count from, `folder_of_pmlb` where sets of PMLB are kept.
    ///
    /// # Errors
    /// [`InstanceError`].
    pub fn draw(
        problem: &Problem,
        noise: f64,
        seed: u64,
        folder: &Path,
        folder_of_pmlb: &Path,
    ) -> Result<Instance, InstanceError> {
        // A stream of random numbers of its own for each name.
        let mut rng = ChaCha8Rng::seed_from_u64(fingerprint::hash(problem.name.as_bytes()));
        rng.set_stream(2 * seed);
        let mut instance = match &problem.data {
            Data::Formula { formula, inputs, sampling, train, test, law } => {
                let names: Vec<String> = inputs.iter().map(|(name, ..)| name.clone()).collect();
                let expr = parse(formula, &names)?;
                let ranges: Vec<(f64, f64)> = inputs.iter().map(|(_, low, high)| (*low, *high)).collect();
                let (train, test) = match sampling {
                    Sampling::Uniform => {
                        (drawn(&mut rng, &expr, &ranges, *train)?, drawn(&mut rng, &expr, &ranges, *test)?)
                    }
                    Sampling::Spaced => (spaced(&expr, ranges[0], *train, 0.0)?, spaced(&expr, ranges[0], *test, 0.5)?),
                };
                let wide: Vec<(f64, f64)> = ranges.iter().map(|range| widened(*range)).collect();
                let wide = without_outliers(drawn(&mut rng, &expr, &wide, 4 * WIDE)?, WIDE);
                let law = law.then(|| Law { expr, train: train.clone(), wide, noise });
                Instance { train: dataset(&problem.name, &names, train)?, test, law }
            }
            Data::File { path, target } => {
                let options = LoadOptions { target: target.clone(), ..LoadOptions::default() };
                split(&mut rng, &load(&Source::Path(folder.join(path)), &options)?.dataset)?
            }
            Data::Pmlb { name } => {
                let Some(path) = pmlb::find(folder_of_pmlb, name) else {
                    return Err(InstanceError::NoPmlb { name: name.clone(), folder: folder_of_pmlb.to_path_buf() });
                };
                let options = LoadOptions { target: Some("target".into()), ..LoadOptions::default() };
                split(&mut rng, &load(&Source::Path(path), &options)?.dataset)?
            }
        };
        if noise > 0.0 {
            rng.set_stream(2 * seed + 1);
            instance.train = with_noise(&mut rng, &instance.train, noise)?;
        }
        Ok(instance)
    }
}

/// A range made longer by half of its length at either end; what is positive stays positive.
fn widened((low, high): (f64, f64)) -> (f64, f64) {
    let half = 0.5 * (high - low);
    let down = if low >= 0.0 { (low - half).max(0.5 * low) } else { low - half };
    (down, high + half)
}

/// `n` rows with inputs drawn evenly from `ranges` where the law has a finite value.
fn drawn(rng: &mut impl Rng, law: &Expr, ranges: &[(f64, f64)], n: usize) -> Result<Rows, InstanceError> {
    let mut rows = Rows { columns: vec![Vec::with_capacity(n); ranges.len()], target: Vec::with_capacity(n) };
    let mut point = vec![0.0; ranges.len()];
    for _ in 0..n * TRIES {
        for (value, (low, high)) in point.iter_mut().zip(ranges) {
            *value = low + (high - low) * rng.random::<f64>();
        }
        rows.push(law, &point);
        if rows.target.len() == n {
            return Ok(rows);
        }
    }
    Err(InstanceError::Undefined { found: rows.target.len(), wanted: n })
}

/// `n` rows at equal distances, `shift` of a distance after the beginning of the range.
fn spaced(law: &Expr, (low, high): (f64, f64), n: usize, shift: f64) -> Result<Rows, InstanceError> {
    let mut rows = Rows { columns: vec![Vec::with_capacity(n)], target: Vec::with_capacity(n) };
    for row in 0..n {
        rows.push(law, &[low + (high - low) * (row as f64 + shift) / (n as f64 - 1.0 + 2.0 * shift)]);
    }
    if rows.target.len() == n {
        Ok(rows)
    } else {
        Err(InstanceError::Undefined { found: rows.target.len(), wanted: n })
    }
}

/// The first `n` rows whose target is within 50 times the deviation that nine rows of ten have from the median: near a pole a few
/// rows would decide alone.
fn without_outliers(rows: Rows, n: usize) -> Rows {
    let mut sorted = rows.target.clone();
    sorted.sort_by(f64::total_cmp);
    let median = sorted[sorted.len() / 2];
    let mut deviations: Vec<f64> = rows.target.iter().map(|value| (value - median).abs()).collect();
    deviations.sort_by(f64::total_cmp);
    let most = 50.0 * deviations[deviations.len() * 9 / 10];
    let kept: Vec<usize> =
        (0..rows.target.len()).filter(|row| (rows.target[*row] - median).abs() <= most).take(n).collect();
    rows.select(&kept)
}

impl Rows {
    fn push(&mut self, law: &Expr, point: &[f64]) {
        let value = law.value(point);
        if value.is_finite() {
            self.columns.iter_mut().zip(point).for_each(|(column, value)| column.push(*value));
            self.target.push(value);
        }
    }

    /// The rows of a data set.
    pub fn of(dataset: &Dataset) -> Rows {
        Rows {
            columns: dataset.features().iter().map(|column| column.values.to_vec()).collect(),
            target: dataset.target().values.to_vec(),
        }
    }

    /// The rows at these positions.
    fn select(&self, rows: &[usize]) -> Rows {
        let of = |values: &Vec<f64>| rows.iter().map(|row| values[*row]).collect();
        Rows { columns: self.columns.iter().map(of).collect(), target: of(&self.target) }
    }

    /// The values of `expr`, one a row; not finite where it is undefined.
    pub fn values(&self, expr: &Expr) -> Vec<f64> {
        let mut values = vec![f64::NAN; self.target.len()];
        let columns = Columns::new(self.columns.iter().map(Vec::as_slice));
        Program::new(expr).values(expr.params(), &columns, &mut Scratch::default(), &mut values);
        values
    }

    /// Mean squared error of `expr` over the variance of the target; infinite where it is undefined on some row.
    pub fn nmse(&self, expr: &Expr) -> f64 {
        nmse(&self.values(expr), &self.target)
    }
}

/// Mean squared error of `values` over the variance of `target`; infinite where a value is not finite.
pub fn nmse(values: &[f64], target: &[f64]) -> f64 {
    let n = target.len() as f64;
    let mean = target.iter().sum::<f64>() / n;
    let variance = target.iter().map(|y| (y - mean).powi(2)).sum::<f64>() / n;
    let error = values.iter().zip(target).map(|(value, y)| (value - y).powi(2)).sum::<f64>() / n;
    if error.is_finite() { error / variance.max(f64::MIN_POSITIVE) } else { f64::INFINITY }
}

fn dataset(name: &str, names: &[String], rows: Rows) -> Result<Dataset, DatasetError> {
    let features = names.iter().zip(rows.columns).map(|(name, values)| Column::new(name, values)).collect();
    // The target's name must not be one of the inputs'.
    let mut target = "y".to_string();
    while names.contains(&target) {
        target.push('_');
    }
    Dataset::new(name, features, Column::new(&target, rows.target), None)
}

/// Three quarters of a table to train on, the rest to test on.
fn split(rng: &mut impl Rng, table: &Dataset) -> Result<Instance, InstanceError> {
    let n = table.n_rows();
    let mut order: Vec<usize> = (0..n).collect();
    order.shuffle(rng);
    let mut held_out = order.split_off(n - (HELD_OUT * n as f64).round() as usize);
    order.sort_unstable();
    held_out.sort_unstable();
    let rows = Rows::of(table);
    let train = rows.select(&order);
    let features = table.features().iter().zip(train.columns);
    let features = features.map(|(column, values)| Column { values: values.into(), ..column.clone() }).collect();
    let target = Column { values: train.target.into(), ..table.target().clone() };
    Ok(Instance { train: Dataset::new(table.name(), features, target, None)?, test: rows.select(&held_out), law: None })
}

fn with_noise(rng: &mut impl Rng, train: &Dataset, noise: f64) -> Result<Dataset, DatasetError> {
    let target = &train.target().values;
    let scale = noise * (target.iter().map(|y| y * y).sum::<f64>() / target.len() as f64).sqrt();
    let noisy: Arc<[f64]> = target
        .iter()
        .map(|y| {
            let deviate: f64 = StandardNormal.sample(rng);
            y + scale * deviate
        })
        .collect();
    let target = Column { values: noisy, ..train.target().clone() };
    Dataset::new(train.name(), train.features().to_vec(), target, None)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Suite;

    fn problem(text: &str) -> Problem {
        let text = format!("name = \"s\"\n[[problem]]\nname = \"p\"\nstratum = \"t\"\n{text}");
        Suite::from_toml(&text, Path::new("s.toml")).unwrap().problems.remove(0)
    }

    fn draw(problem: &Problem, noise: f64, seed: u64) -> Instance {
        Instance::draw(problem, noise, seed, Path::new("."), Path::new(".")).unwrap()
    }

    #[test]
    fn draws_are_repeated_by_seed_and_noise_is_on_the_training_target_only() {
        let problem = problem("formula = \"3*a/b\"\ninputs = { a = [1, 5], b = [-1, 2] }\ntrain = 400");
        let (clean, again, other) = (draw(&problem, 0.0, 1), draw(&problem, 0.0, 1), draw(&problem, 0.0, 2));
        assert_eq!(clean.train, again.train);
        assert_ne!(clean.train.features()[0], other.train.features()[0]);
        let noisy = draw(&problem, 0.1, 1);
        assert_eq!((noisy.train.features(), &noisy.test), (clean.train.features(), &clean.test));
        let law = noisy.law.unwrap();
        assert_eq!(law.train.target, *clean.train.target().values);
        let difference: Vec<f64> =
            noisy.train.target().values.iter().zip(&law.train.target).map(|(noisy, clean)| noisy - clean).collect();
        let mean_square = |values: &[f64]| values.iter().map(|value| value * value).sum::<f64>() / values.len() as f64;
        let share = (mean_square(&difference) / mean_square(&law.train.target)).sqrt();
        assert!((share - 0.1).abs() < 0.015, "{share}");
        // The pole at b = 0 does not decide alone.
        assert!(law.wide.target.len() == WIDE && law.wide.target.iter().all(|value| value.abs() < 1e4));
        assert!(law.wide.columns[1].iter().any(|b| *b < -1.1), "ranges are widened");
    }

    #[test]
    fn ranges_are_widened_by_half_and_stay_positive() {
        for (range, wide) in
            [((-1.0, 1.0), (-2.0, 2.0)), ((1.0, 5.0), (0.5, 7.0)), ((4.0, 6.0), (3.0, 7.0)), ((0.0, 1.0), (0.0, 1.5))]
        {
            assert_eq!(widened(range), wide);
        }
    }

    #[test]
    fn time_runs_at_equal_distances_and_is_tested_between_them() {
        let instance = draw(
            &problem("formula = \"t\"\ninputs = { t = [0, 10] }\nsampling = \"spaced\"\ntrain = 11\ntest = 10"),
            0.0,
            0,
        );
        assert_eq!(&*instance.train.features()[0].values, (0..11).map(f64::from).collect::<Vec<_>>());
        assert_eq!(instance.test.columns[0], (0..10).map(|row| f64::from(row) + 0.5).collect::<Vec<_>>());
    }

    #[test]
    fn tables_are_split_three_to_one() {
        let folder = tempfile::tempdir().unwrap();
        let text: String = (0..40).map(|row| format!("{row},{},{}\n", row * row, 2 * row)).collect();
        std::fs::write(folder.path().join("t.csv"), format!("a,b,c\n{text}")).unwrap();
        let problem = problem("file = \"t.csv\"\ntarget = \"b\"");
        let instance = Instance::draw(&problem, 0.0, 0, folder.path(), Path::new(".")).unwrap();
        assert_eq!((instance.train.n_rows(), instance.test.target.len()), (30, 10));
        assert_eq!(instance.train.feature_names(), ["a", "c"]);
        assert!(instance.test.columns[0].iter().zip(&instance.test.target).all(|(a, b)| a * a == *b));
        let missing = Problem { data: Data::Pmlb { name: "none".into() }, ..problem };
        let error = Instance::draw(&missing, 0.0, 0, folder.path(), folder.path()).unwrap_err().to_string();
        assert!(error.contains("\"none\" of PMLB is not in"), "{error}");
    }

    #[test]
    fn a_formula_that_is_undefined_is_refused() {
        let problem = problem("formula = \"log(x)\"\ninputs = { x = [-2, -1] }");
        let error = Instance::draw(&problem, 0.0, 0, Path::new("."), Path::new(".")).unwrap_err().to_string();
        assert!(error.contains("0 of 200 rows"), "{error}");
    }
}
