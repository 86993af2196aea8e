//! [`State`]: all that a search knows between slices.

use serde::{Deserialize, Serialize};
use symfolio_core::Problem;
use symfolio_expr::Expr;

use crate::config::DecomposeConfig;
use crate::error::DecomposeError;
use crate::kriging::Training;
use crate::reduction::Reduction;
use crate::transform::Transform;

/// What a surrogate is to say of the data.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Hypothesis {
    pub transform: Transform,
    /// The features that are inputs, by number; the combination of a reduction is one more input behind them.
    pub features: Vec<usize>,
    pub reduction: Option<Reduction>,
    pub training: Training,
    /// Root mean square error on rows left out, where it has been weighed.
    pub error: Option<f64>,
}

impl Hypothesis {
    pub fn new(
        transform: Transform,
        features: Vec<usize>,
        reduction: Option<Reduction>,
        groups: Vec<Vec<usize>>,
    ) -> Hypothesis {
        let n_inputs = features.len() + reduction.map_or(0, Reduction::n_inputs);
        let training = Training::new(groups, n_inputs);
        Hypothesis { transform, features, reduction, training, error: None }
    }

    /// The same, begun where the surrogate of all features has come to.
    pub fn after(mut self, free: &Hypothesis) -> Hypothesis {
        self.training = self.training.after(&free.training, &self.features);
        self
    }

    /// Number of inputs.
    pub fn n_inputs(&self) -> usize {
        self.features.len() + self.reduction.map_or(0, Reduction::n_inputs)
    }

    fn is_sound(&self, n_features: usize) -> bool {
        let within = |feature: &usize| *feature < n_features;
        self.features.iter().all(within)
            && self.reduction.is_none_or(|reduction| reduction.features().iter().all(within))
            && self.training.is_sound(self.n_inputs())
    }
}

/// What is done next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Stage {
    /// Surrogates of the target and of its logarithm are fitted.
    #[default]
    Fit,
    /// They are looked at.
    Look,
    /// What they suggest is weighed.
    Weigh,
    /// What stands is proposed.
    Propose,
    /// What came of it is put together, as long as there is something.
    Join,
}

/// A part of the target that others look for a formula of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Part {
    /// The hypothesis that it is a part of, by number, and its group there.
    pub hypothesis: usize,
    pub group: usize,
    /// The number of its view.
    pub view: u64,
    /// Formulas of it over the features of the whole, the likeliest first; `None` before they are known.
    pub found: Option<Vec<Expr>>,
}

/// All that a search knows between slices.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct State {
    pub stage: Stage,
    /// Version of the rows that everything is about; `None` before the first slice.
    pub rows: Option<u64>,
    /// Most rows that surrogates are fitted to; `None` before the first slice.
    pub n_rows: Option<usize>,
    /// Surrogates of the whole: of the target, and of its logarithm where it has one.
    pub free: Vec<Hypothesis>,
    /// Features that matter, ascending.
    pub relevant: Vec<usize>,
    pub weighed: Vec<Hypothesis>,
    pub parts: Vec<Part>,
    /// Views that were proposed so far.
    pub views: u64,
    /// Forms that wait to be fitted and offered, next one last, with how they came about.
    pub waiting: Vec<(Expr, String)>,
}

/// The checkpoint.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Checkpoint {
    pub seed: u64,
    pub n_features: usize,
    pub config: DecomposeConfig,
    pub state: State,
}

impl Checkpoint {
    /// Reads a checkpoint of a search on `problem`.
    ///
    /// # Errors
    /// [`DecomposeError`] for other bytes, or those of another problem.
    pub fn read(problem: &Problem, bytes: &[u8]) -> Result<Checkpoint, DecomposeError> {
        let unreadable = |reason: String| DecomposeError::Unreadable { reason };
        let checkpoint: Checkpoint = serde_json::from_slice(bytes).map_err(|error| unreadable(error.to_string()))?;
        let (found, expected) = (checkpoint.n_features, problem.features.len());
        if found != expected {
            return Err(DecomposeError::OtherProblem { found, expected });
        }
        let state = &checkpoint.state;
        let hypotheses = state.free.iter().chain(&state.weighed);
        let known_part =
            |part: &Part| state.weighed.get(part.hypothesis).is_some_and(|of| part.group < of.training.groups.len());
        let likely = |reduction: Option<Reduction>| match reduction {
            Some(Reduction::Power(_, power)) => power.abs() <= 6.0 && (2.0 * power).fract() == 0.0,
            _ => true,
        };
        let rows = |n_rows: usize| (1..=2000).contains(&n_rows);
        let sound = state.n_rows.is_none_or(rows)
            && hypotheses.clone().all(|hypothesis| likely(hypothesis.reduction))
            && hypotheses.into_iter().all(|hypothesis| hypothesis.is_sound(expected))
            && state.relevant.iter().all(|feature| *feature < expected)
            && state.parts.iter().all(known_part);
        if !sound {
            return Err(unreadable("a hypothesis in it is about what is not there".into()));
        }
        Ok(checkpoint)
    }
}
