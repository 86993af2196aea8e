//! [`StudyResult`]: what a study found, in the form that `--json` prints and `result.json` keeps.

use serde::{Deserialize, Serialize};
use symfolio_core::Verdict;
use symfolio_expr::Expr;

/// Version of the format; grows when a field changes its meaning or goes away.
pub const SCHEMA: u32 = 1;

/// The loss of studies that name none.
pub(crate) const SQUARED: &str = "squared";

/// What a study found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StudyResult {
    /// [`SCHEMA`].
    pub schema: u32,
    /// Name of the column that is explained.
    pub target: String,
    /// Its unit; absent where it is unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target_unit: Option<String>,
    /// Names of the features, in the order of the variables.
    pub features: Vec<String>,
    /// Position in `front` of the formula to use.
    pub chosen: usize,
    /// The formulas that no other one of them dominates in complexity and training loss, by ascending complexity, and the chosen one,
    /// which may be dominated.
    pub front: Vec<Member>,
    /// Up to five formulas that are plausible and truly different, the chosen one first, then by description; empty in results of
    /// older versions.
    #[serde(default)]
    pub alternatives: Vec<AlternativeResult>,
    /// How sure it is that another seed would lead to the same formula; absent in results of older versions.
    #[serde(default)]
    pub stability: Option<StabilityResult>,
    /// What is made small: `squared`, `mae`, `huber:DELTA`, `log-cosh` or `quantile:Q`.
    #[serde(default = "squared")]
    pub loss: String,
    /// What was spent.
    pub cost: Spent,
    /// Seconds until the first exact candidate: a training NMSE below 1e-12, confirmed on the rows held out.
    pub first_exact_seconds: Option<f64>,
    /// Why the search ended.
    pub stop_reason: String,
    /// Number of rows that the training figures are of, and of rows held out; with cross-validation none are.
    pub rows: (usize, usize),
    /// Where the validation figures come from: `held_out` or `cross_validation`; absent where there are none.
    #[serde(default)]
    pub validation_method: Option<ValidationMethod>,
    /// Number of folds of cross-validation; absent with rows held out.
    #[serde(default)]
    pub validation_folds: Option<usize>,
    /// What a reader of the figures should know of the data.
    #[serde(default)]
    pub remarks: Vec<String>,
    /// Share of the work by backend.
    pub shares: Vec<(String, f64)>,
}

fn squared() -> String {
    SQUARED.into()
}

/// How formulas are checked on rows that their constants have not seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ValidationMethod {
    /// On rows held out.
    HeldOut,
    /// By cross-validation over all rows.
    CrossValidation,
}

/// One formula of the front.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Member {
    /// Infix text over the column names: `**` for powers, SymPy's function names, digits that reproduce the loss.
    pub expression: String,
    /// The same in prefix text, exact.
    pub prefix: Expr,
    /// Complexity in weighted nodes.
    pub complexity: u32,
    /// Is every residual a rounding error?
    #[serde(default)]
    pub exact: bool,
    /// Mean loss on the training rows, like the next three of the expression as it is printed.
    pub loss: f64,
    /// Mean squared error over the variance of the target, on the training rows.
    pub nmse: f64,
    /// 1 - NMSE.
    pub r2: f64,
    /// Root of the mean squared error, in the target's unit, on the training rows.
    pub rmse: f64,
    /// R2 on rows held out, or by cross-validation, with constants fitted without these rows; the printed ones are fitted on all.
    pub validation_r2: Option<f64>,
    /// NMSE likewise.
    pub validation_nmse: Option<f64>,
    /// RMSE likewise.
    pub validation_rmse: Option<f64>,
    /// Description length in nats; the smaller, the better supported.
    pub description_length: f64,
    /// Names of the backends that had a part in it.
    pub origin: Vec<String>,
    /// The constants in order of appearance.
    pub constants: Vec<ConstantResult>,
    /// How it is known to keep to the bounds and directions that were asked for; absent where none were.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub constraints: Option<Verdict>,
    /// The function of each hole of the template, in order of first appearance; empty without a template.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub functions: Vec<FunctionResult>,
}

/// The function of one hole of a template.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FunctionResult {
    /// Its name in the template.
    pub name: String,
    /// Names of its arguments in `expression`: `a`, `b`, ...
    pub arguments: Vec<String>,
    /// Infix text over the arguments.
    pub expression: String,
    /// The same in prefix text, exact; variable `i` is argument `i`.
    pub prefix: Expr,
}

/// One constant of a formula.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ConstantResult {
    /// Its value.
    pub value: f64,
    /// 95 % confidence interval; absent where the constant was snapped or cannot be identified.
    pub interval: Option<(f64, f64)>,
    /// What it was snapped to, such as `1/(2*pi)`.
    pub snapped: Option<String>,
    /// Its unit, `1` for a pure number; absent where the units of the columns do not settle it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
}

/// A formula that the data leave standing, or the chosen one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AlternativeResult {
    /// The formula with its figures.
    #[serde(flatten)]
    pub formula: Member,
    /// 16 hexadecimal digits that are equal for formulas which differ in their numbers only.
    pub structure: String,
    /// Nats by which its description is longer than that of the chosen formula; negative where it is shorter.
    pub distance: f64,
    /// Its probability by description length, were one of the alternatives the law, 0 to 1.
    pub weight: f64,
    /// Where it differs most from the chosen formula in the widened box around the data; absent for that itself.
    pub differs: Option<DifferenceResult>,
    /// How it behaves between and beyond the rows of the data.
    pub extrapolation: ExtrapolationResult,
    /// Who found it, and when.
    pub found: FoundResult,
}

/// The measurement that would tell a formula from the chosen one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DifferenceResult {
    /// Name and value of each feature that one of the two depends on.
    pub at: Vec<(String, f64)>,
    /// What the chosen formula predicts there, in the target's unit.
    pub chosen: f64,
    /// What this one predicts there.
    pub other: f64,
    /// The difference in typical residuals of the chosen formula; absent where these are rounding errors.
    pub residuals: Option<f64>,
}

/// How a formula behaves between and beyond the rows of the data.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ExtrapolationResult {
    /// Share of points between rows of the data where it is undefined or absurdly large, 0 to 1.
    pub broken_inside: f64,
    /// Share of points in the box around the data, widened by half of each range on either side, where it is undefined, 0 to 1.
    pub undefined_outside: f64,
    /// Greatest distance from the middle of the target there, in half ranges of the target.
    pub growth: f64,
    /// What to beware of, in words.
    pub notes: Vec<String>,
}

/// Who found a structure, and when.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct FoundResult {
    /// The backends that found it by themselves.
    pub backends: Vec<String>,
    /// Number of runs that did.
    pub runs: usize,
    /// Share of the budget that was spent when it was first found, 0 to 1; absent where the final choice made it.
    pub since: Option<f64>,
}

/// How sure it is that another seed would lead to the same formula, its numbers aside.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StabilityResult {
    /// All evidence together, 0 to 1.
    pub probability: f64,
    /// Share of resampled sets of rows that lead to the same choice, 0 to 1; absent where there was no time.
    pub bootstrap: Option<f64>,
    /// Number of resampled sets.
    pub replicates: usize,
    /// Nats by which the description of the nearest alternative is longer; absent where there is none.
    pub margin: Option<f64>,
    /// Powers of ten by which the loss of the best simpler formula is larger; absent where none is simpler.
    pub gap: Option<f64>,
    /// Who found the chosen structure, and when.
    pub found: FoundResult,
}

/// What a study spent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Spent {
    /// Work units.
    pub work: u64,
    /// Operator evaluations times rows.
    pub node_rows: u64,
    /// Seconds by the wall.
    pub wall_seconds: f64,
    /// Seconds of processor time over all threads.
    pub cpu_seconds: f64,
}

impl StudyResult {
    /// The formula to use.
    pub fn chosen(&self) -> Option<&Member> {
        self.front.get(self.chosen)
    }
}
