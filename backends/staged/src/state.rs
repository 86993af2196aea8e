//! [`State`]: all that a search knows between slices.

use serde::{Deserialize, Serialize};
use symfolio_core::Problem;
use symfolio_expr::Expr;

use crate::branch::Branch;
use crate::config::StagedConfig;
use crate::error::StagedError;
use crate::ground::Ground;

/// What is done next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Stage {
    /// The middle of the data and the noise are looked at.
    #[default]
    Begin,
    /// Inputs are moved, to see which act.
    Screen,
    /// Slices of one input are looked at.
    Single,
    /// Further inputs are freed.
    Grow,
}

/// The slice of one input, all others held at the base.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Single {
    pub input: usize,
    pub x: Vec<f64>,
    pub y: Vec<f64>,
    /// The number of its view, once it is proposed.
    pub view: Option<u64>,
}

/// All that a search knows between slices.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct State {
    pub stage: Stage,
    /// Version of the rows that everything is about; `None` before the first slice.
    pub rows: Option<u64>,
    pub ground: Option<Ground>,
    /// Standard deviation of the oracle's answers; 0 where it is within rounding.
    pub noise: f64,
    /// Inputs that have been screened, or whose slice has been looked at.
    pub looked: usize,
    /// Inputs that act, with how far they move the target, the largest first once all are known.
    pub acting: Vec<(usize, f64)>,
    /// Slices that are no straight line.
    pub singles: Vec<Single>,
    /// Branches, the one that is followed last.
    pub branches: Vec<Branch>,
    /// Views that were proposed so far.
    pub views: u64,
    /// Forms that wait to be fitted to the rows and offered, next one last, with how they came about.
    pub waiting: Vec<(Expr, String)>,
}

/// The checkpoint.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Checkpoint {
    pub seed: u64,
    pub n_features: usize,
    pub config: StagedConfig,
    pub state: State,
}

impl Checkpoint {
    /// Reads a checkpoint of a search on `problem`.
    ///
    /// # Errors
    /// [`StagedError`] for other bytes, or those of another problem.
    pub fn read(problem: &Problem, bytes: &[u8]) -> Result<Checkpoint, StagedError> {
        let unreadable = |reason: String| StagedError::Unreadable { reason };
        let checkpoint: Checkpoint = serde_json::from_slice(bytes).map_err(|error| unreadable(error.to_string()))?;
        let (found, expected) = (checkpoint.n_features, problem.features.len());
        if found != expected {
            return Err(StagedError::OtherProblem { found, expected });
        }
        if !checkpoint.state.is_sound(expected) {
            return Err(unreadable("an input or a constant in it is not there".into()));
        }
        Ok(checkpoint)
    }
}

impl State {
    /// Does it name inputs, constants and curves that there are?
    fn is_sound(&self, n_features: usize) -> bool {
        let known = |input: &usize| *input < n_features;
        let fits = |form: &Expr| form.variables().iter().all(|variable| known(&usize::from(*variable)));
        let box_fits =
            |ground: &Ground| [&ground.base, &ground.low, &ground.high].iter().all(|values| values.len() == n_features);
        let branch_fits = |branch: &Branch| {
            let ways = branch.ways.iter().chain(branch.open.as_ref().map(|open| &open.way));
            fits(&branch.form)
                && branch.free.iter().chain(&branch.rest).all(known)
                && branch.open.as_ref().is_none_or(|open| open.parts.len() == open.way.knobs.len())
                && ways.into_iter().all(|way| {
                    known(&way.input)
                        && way.curves.len() == way.knobs.len()
                        && way.lines.len() == way.knobs.len()
                        && way.lines.iter().flatten().all(fits)
                        && way.curves.iter().all(|curve| curve.len() == way.values.len())
                        && way.knobs.iter().all(|knob| match knob {
                            crate::knob::Knob::Constant(index) => *index < branch.form.params().len(),
                            _ => true,
                        })
                })
        };
        self.ground.as_ref().is_none_or(box_fits)
            && (self.ground.is_some() || self.stage == Stage::Begin)
            && self.acting.iter().all(|(input, _)| known(input))
            && self.singles.iter().all(|single| known(&single.input) && single.x.len() == single.y.len())
            && self.branches.iter().all(branch_fits)
            && self.waiting.iter().all(|(form, _)| fits(form))
    }
}
