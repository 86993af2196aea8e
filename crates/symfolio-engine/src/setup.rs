//! From a data set and a configuration to a [`Problem`].

use std::sync::Arc;

use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use symfolio_core::{Dataset, Problem, Profile, RowSet, Shape, Split, View, ViewData, ViewError};
use symfolio_expr::{Node, OperatorSet, Template, Units};
use symfolio_fit::Loss;

use crate::{ConfigError, ProblemConfig};

/// Tables with fewer rows hold none out: every row is needed to find the law.
const MIN_ROWS_TO_SPLIT: usize = 40;
/// Most rows on which the archive's losses are measured, and on which candidates are confirmed.
const MAX_JUDGE_ROWS: usize = 10_000;
/// Most rows that a slice works on, and most where the target has no noise to be averaged out.
const MAX_WORKING_ROWS: usize = 4_000;
const MAX_CLEAN_ROWS: usize = 1_500;
/// Share of the target's deviation up to which noise is none.
const CLEAN: f64 = 1e-3;

/// What a study is set up with.
pub(crate) struct Setup {
    pub problem: Arc<Problem>,
    /// The rows that slices work on.
    pub working: Arc<RowSet>,
    /// Rows held out to confirm exact formulas; `None` when there are too few.
    pub validation: Option<Arc<RowSet>>,
}

/// Splits the rows, profiles the data, and puts the problem together. The same data, configuration and seed give the same problem.
pub(crate) fn setup(dataset: Arc<Dataset>, config: &ProblemConfig, seed: u64) -> Result<Setup, ConfigError> {
    let share = config.validation.unwrap_or(if dataset.n_rows() < MIN_ROWS_TO_SPLIT { 0.0 } else { 0.25 });
    if !(0.0..=0.5).contains(&share) {
        return Err(ConfigError::Validation { value: share });
    }
    if config.constraints.max_complexity == 0 {
        return Err(ConfigError::MaxComplexity { value: 0 });
    }
    if let Err(name) = config.complexity.check() {
        return Err(ConfigError::Complexity { name });
    }
    let units = units(&dataset, config.dimensionless_constants)?;
    let shape = Shape::new(&config.constraints, &dataset)?.map(Arc::new);
    let profile = symfolio_profile::profile(&dataset);
    let operators = config.operator_set(&profile)?;
    let template = template(config, &dataset, &operators)?;
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(u64::MAX);
    let split = split(&mut rng, dataset.n_rows(), share);
    let judge_rows = sample(&mut rng, &split.train, MAX_JUDGE_ROWS);
    let judge = Arc::new(RowSet::new(0, judge_rows.clone()));
    let most = most_working_rows(&profile);
    let working = match judge_rows.len() <= most {
        true => judge.clone(),
        false => Arc::new(RowSet::new(1, sample(&mut rng, &judge_rows, most))),
    };
    let validation = (split.validation.len() >= 3)
        .then(|| Arc::new(RowSet::new(2, sample(&mut rng, &split.validation, MAX_JUDGE_ROWS))));
    let loss = config.loss.unwrap_or(Loss::SquaredError);
    let problem = Problem {
        profile,
        judge,
        operators,
        complexity: config.complexity.clone(),
        constraints: config.constraints.clone(),
        units,
        shape,
        template,
        ..Problem::new(dataset, split, loss)
    };
    Ok(Setup { problem: Arc::new(problem), working, validation })
}

/// The problem of a view of `whole`: all its rows are searched on, with the operators, constraints, units and loss of the
/// whole. What its values must keep to, and a template, is
/// asked of what is lifted.
///
/// # Errors
/// [`ViewError`] where the view does not fit, or there is no data set.
pub(crate) fn setup_view(whole: &Problem, view: &View) -> Result<Setup, ViewError> {
    let Some(dataset) = &whole.dataset else {
        return Err(ViewError::UnknownVariable { part: "the view", variable: 0, n_variables: 0 });
    };
    let dataset = Arc::new(view.dataset(dataset)?);
    let target = match &view.data {
        ViewData::Rows { target, .. } => Some(target),
        ViewData::Points { .. } => None,
    };
    let train: Arc<[u32]> = (0..dataset.n_rows() as u32).collect();
    let problem = Problem {
        profile: symfolio_profile::profile(&dataset),
        operators: whole.operators.clone(),
        complexity: whole.complexity.clone(),
        constraints: whole.constraints.clone(),
        units: whole.units.as_ref().map(|units| Arc::new(units.derived(&view.features, target))),
        ..Problem::new(dataset, Split { train, validation: Arc::new([]) }, whole.loss)
    };
    let working = problem.judge.clone();
    Ok(Setup { problem: Arc::new(problem), working, validation: None })
}

/// The units of the columns as forms have to keep to them; `None` where none is known.
///
/// # Errors
/// [`ConfigError::Unit`] for a text that is no unit, [`ConfigError::NoUnits`] where constants are to have none and no column has one.
pub fn units(dataset: &Dataset, dimensionless_constants: bool) -> Result<Option<Arc<Units>>, ConfigError> {
    let columns = dataset.features().iter().chain([dataset.target()]);
    if columns.clone().all(|column| column.unit.is_none()) {
        return if dimensionless_constants { Err(ConfigError::NoUnits) } else { Ok(None) };
    }
    let features: Vec<Option<&str>> = dataset.features().iter().map(|column| column.unit.as_deref()).collect();
    match Units::new(&features, dataset.target().unit.as_deref(), dimensionless_constants) {
        Ok(units) => Ok(Some(Arc::new(units))),
        Err((at, error)) => {
            let column = columns.map(|column| column.name.to_string()).nth(at).unwrap_or_default();
            Err(ConfigError::Unit { column, error: Box::new(error) })
        }
    }
}

/// The template of a configuration; `None` where it has none.
fn template(
    config: &ProblemConfig,
    dataset: &Dataset,
    operators: &OperatorSet,
) -> Result<Option<Arc<Template>>, ConfigError> {
    let Some(text) = &config.template else { return Ok(None) };
    let template = Template::parse(text, &dataset.feature_names(), operators.definitions())
        .map_err(|error| ConfigError::Template { text: text.clone(), error: Box::new(error) })?;
    let unknown = template.nodes().find_map(|node| match node {
        Node::Op(op) if !operators.contains(*op) => Some(op.info().name),
        _ => None,
    });
    match unknown {
        Some(operator) => Err(ConfigError::TemplateOperator { text: text.clone(), operator }),
        None => Ok(Some(Arc::new(template))),
    }
}

/// Most rows that a slice works on: noise takes many, a clean law few.
fn most_working_rows(profile: &Profile) -> usize {
    let clean = profile.noise.is_some_and(|noise| noise <= CLEAN * profile.target.deviation);
    if clean { MAX_CLEAN_ROWS } else { MAX_WORKING_ROWS }
}

/// A random split; both sides ascending.
fn split(rng: &mut impl Rng, n_rows: usize, share: f64) -> Split {
    let held_out = (share * n_rows as f64).round() as usize;
    let mut order: Vec<u32> = (0..n_rows as u32).collect();
    if held_out == 0 {
        return Split { train: order.into(), validation: Arc::new([]) };
    }
    order.shuffle(rng);
    let mut validation = order.split_off(n_rows - held_out);
    order.sort_unstable();
    validation.sort_unstable();
    Split { train: order.into(), validation: validation.into() }
}

/// At most `most` of `rows`, ascending.
fn sample(rng: &mut impl Rng, rows: &Arc<[u32]>, most: usize) -> Arc<[u32]> {
    if rows.len() <= most {
        return rows.clone();
    }
    let mut all = rows.to_vec();
    let mut chosen = all.partial_shuffle(rng, most).0.to_vec();
    chosen.sort_unstable();
    chosen.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_split_without_loss_and_by_seed() {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let parts = split(&mut rng, 100, 0.25);
        assert_eq!((parts.train.len(), parts.validation.len()), (75, 25));
        let mut all: Vec<u32> = parts.train.iter().chain(parts.validation.iter()).copied().collect();
        all.sort_unstable();
        assert_eq!(all, (0..100).collect::<Vec<u32>>());
        assert_ne!(split(&mut ChaCha8Rng::seed_from_u64(2), 100, 0.25).validation, parts.validation);
    }

    #[test]
    fn samples_are_ascending_subsets() {
        let rows: Arc<[u32]> = (0..1000).map(|row| row * 2).collect();
        let chosen = sample(&mut ChaCha8Rng::seed_from_u64(1), &rows, 50);
        assert_eq!(chosen.len(), 50);
        assert!(chosen.is_sorted() && chosen.iter().all(|row| rows.contains(row)));
    }
}
