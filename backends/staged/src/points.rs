//! [`Points`]: what the oracle said, ready for fits.

use rand_chacha::ChaCha8Rng;
use symfolio_core::{Host, OracleError};
use symfolio_expr::{Columns, Expr};
use symfolio_fit::{Effort, FitData, FitOptions, Workspace, fit};

/// Points at which the target is defined, and its values there.
#[derive(Clone, Debug)]
pub(crate) struct Points {
    /// One column a feature, shape `(n_points)` each.
    pub columns: Vec<Vec<f64>>,
    pub target: Vec<f64>,
}

/// Steps of a fit that begins near its end, and most work of one.
const STEPS: usize = 30;
const MOST_WORK: u64 = 3_000_000;

impl Points {
    /// Asks the oracle about `points`; those without a value are left out.
    ///
    /// # Errors
    /// [`OracleError`].
    pub fn ask(host: &mut dyn Host, points: &[Vec<f64>]) -> Result<Points, OracleError> {
        let values = host.measure(points)?;
        let n_features = points.first().map_or(0, Vec::len);
        let known: Vec<(&Vec<f64>, f64)> = points.iter().zip(values).filter(|(_, value)| value.is_finite()).collect();
        let columns = (0..n_features).map(|input| known.iter().map(|(point, _)| point[input]).collect()).collect();
        Ok(Points { columns, target: known.into_iter().map(|(_, value)| value).collect() })
    }

    pub fn len(&self) -> usize {
        self.target.len()
    }

    /// Mean and variance of the target.
    pub fn moments(&self) -> (f64, f64) {
        moments(&self.target)
    }

    /// `form` with its constants fitted from where they are; its mean squared error, infinite where it is undefined; and the work.
    pub fn fit(&self, rng: &mut ChaCha8Rng, form: &Expr, workspace: &mut Workspace) -> (Expr, f64, u64) {
        let columns = Columns::new(self.columns.iter().map(Vec::as_slice));
        let data = FitData { columns: &columns, target: &self.target, weights: None };
        let options = FitOptions {
            effort: Effort::Quick,
            max_iterations: Some(STEPS),
            max_work: MOST_WORK,
            ..FitOptions::default()
        };
        let fitted = fit(rng, form, &data, &options, workspace);
        (form.with_params(&fitted.params), fitted.loss, fitted.work)
    }
}

/// Mean and variance.
pub(crate) fn moments(values: &[f64]) -> (f64, f64) {
    let n = values.len().max(1) as f64;
    let mean = values.iter().sum::<f64>() / n;
    (mean, values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / n)
}
