//! From what the engine returns to what is printed and kept.

use std::collections::BTreeSet;

use symfolio_core::{Dataset, Problem};
use symfolio_engine::{Outcome, State};
use symfolio_expr::{Expr, Hole, infix};
use symfolio_fit::Loss;
use symfolio_report::{
    AlternativeResult, ConstantResult, DifferenceResult, ExtrapolationResult, FoundResult, FunctionResult, Member,
    SCHEMA, Spent, StabilityResult, StudyResult, ValidationMethod,
};
use symfolio_select::{Alternative, Finished, Found, Stability, Validation};

/// What a study found, in the form that `--json` prints and `result.json` keeps.
pub fn result(outcome: &Outcome) -> StudyResult {
    let problem = &outcome.problem;
    let target = problem.dataset.as_deref().map_or("y", |dataset: &Dataset| &dataset.target().name);
    let chosen = outcome.selection.members.get(outcome.selection.chosen).map(|member| &member.expr);
    StudyResult {
        schema: SCHEMA,
        target: target.to_string(),
        target_unit: problem.dataset.as_deref().and_then(|data| data.target().unit.as_deref().map(String::from)),
        features: problem.features.clone(),
        chosen: outcome.selection.chosen,
        front: outcome.selection.members.iter().map(|member| self::member(member, problem)).collect(),
        alternatives: outcome.selection.alternatives.iter().map(|it| alternative(it, problem, chosen)).collect(),
        stability: outcome.selection.stability.as_ref().map(stability),
        loss: problem.loss.to_string(),
        cost: Spent {
            work: outcome.cost.work + outcome.selection.work,
            node_rows: outcome.cost.node_rows,
            wall_seconds: outcome.wall_seconds,
            cpu_seconds: outcome.cpu_seconds,
        },
        first_exact_seconds: outcome.first_exact_seconds,
        stop_reason: outcome.reason.to_string(),
        rows: outcome.selection.rows,
        validation_method: outcome.selection.validation.map(|validation| match validation {
            Validation::HeldOut => ValidationMethod::HeldOut,
            Validation::CrossValidation { .. } => ValidationMethod::CrossValidation,
        }),
        validation_folds: match outcome.selection.validation {
            Some(Validation::CrossValidation { folds }) => Some(folds),
            _ => None,
        },
        remarks: remarks(outcome),
        shares: shares(&outcome.state),
    }
}

fn alternative(alternative: &Alternative, problem: &Problem, chosen: Option<&Expr>) -> AlternativeResult {
    let names = &problem.features;
    let mut used: BTreeSet<u16> = alternative.formula.expr.variables().into_iter().collect();
    used.extend(chosen.into_iter().flat_map(Expr::variables));
    let extrapolation = &alternative.extrapolation;
    AlternativeResult {
        formula: member(&alternative.formula, problem),
        structure: format!("{:016x}", alternative.structure.0),
        distance: alternative.distance,
        weight: alternative.weight,
        differs: alternative.differs.as_ref().map(|differs| DifferenceResult {
            at: used.iter().map(|index| usize::from(*index)).map(|i| (names[i].clone(), differs.at[i])).collect(),
            chosen: differs.chosen,
            other: differs.other,
            residuals: differs.residuals,
        }),
        extrapolation: ExtrapolationResult {
            broken_inside: extrapolation.broken_inside,
            undefined_outside: extrapolation.undefined_outside,
            growth: extrapolation.growth,
            notes: extrapolation.notes.clone(),
        },
        found: found(&alternative.found),
    }
}

fn stability(stability: &Stability) -> StabilityResult {
    StabilityResult {
        probability: stability.probability,
        bootstrap: stability.bootstrap,
        replicates: stability.replicates,
        margin: stability.margin,
        gap: stability.gap,
        found: found(&stability.found),
    }
}

fn found(found: &Found) -> FoundResult {
    FoundResult { backends: found.backends.clone(), runs: found.runs, since: found.since }
}

fn member(finished: &Finished, problem: &Problem) -> Member {
    let names = &problem.features;
    let units = constant_units(problem, &finished.expr);
    let validation = finished.validation.as_ref();
    Member {
        expression: infix(&finished.expr, names),
        prefix: finished.expr.clone(),
        complexity: finished.complexity,
        exact: finished.exact,
        loss: finished.train.loss,
        nmse: finished.train.nmse,
        r2: finished.train.r2,
        rmse: finished.train.rmse,
        validation_r2: validation.map(|metrics| metrics.r2),
        validation_nmse: validation.map(|metrics| metrics.nmse),
        validation_rmse: validation.map(|metrics| metrics.rmse),
        description_length: finished.description_length,
        origin: finished.origin.clone(),
        constants: finished
            .constants
            .iter()
            .enumerate()
            .map(|(at, constant)| ConstantResult {
                value: constant.value,
                interval: constant.interval.filter(|(low, high)| low.is_finite() && high.is_finite()),
                snapped: constant.snapped.clone(),
                unit: units.get(at).cloned().flatten(),
            })
            .collect(),
        functions: functions(problem, &finished.expr),
        constraints: problem.verdict(&finished.expr).map(|(verdict, _)| verdict),
    }
}

/// The function of each hole of the problem's template in `expr`.
fn functions(problem: &Problem, expr: &Expr) -> Vec<FunctionResult> {
    let Some(template) = &problem.template else { return Vec::new() };
    let read = template.read(expr).unwrap_or_default();
    let function = |(hole, prefix): (&Hole, Expr)| {
        let arguments: Vec<String> = (0..hole.arity).map(argument).collect();
        FunctionResult { name: hole.name.clone(), expression: infix(&prefix, &arguments), prefix, arguments }
    };
    template.holes().iter().zip(read).map(function).collect()
}

/// What an argument is called: `a`, `b`, ..., without `e`, which is a number.
fn argument(index: usize) -> String {
    const LETTERS: &str = "abdfghklmnpqrstuvwxyz";
    LETTERS.chars().nth(index).map_or_else(|| format!("a{index}"), String::from)
}

/// The unit of each number of `expr`, in order of first appearance, where the units of the columns settle it.
fn constant_units(problem: &Problem, expr: &Expr) -> Vec<Option<String>> {
    let Some(units) = &problem.units else { return Vec::new() };
    units.constants(expr).into_iter().map(|unit| unit.map(|unit| units.text(&unit))).collect()
}

/// Outliers named in a remark.
const NAMED: usize = 5;

/// What a reader of the figures should know: rows that the chosen formula does not explain at all, and rows that repeat others.
fn remarks(outcome: &Outcome) -> Vec<String> {
    let mut remarks = Vec::new();
    let selection = &outcome.selection;
    if selection.members.is_empty() && outcome.problem.shape.is_some() {
        remarks.push(
            "no formula was found that keeps to `bounds` and `monotone`; relax them, take a smaller `bounds_margin` or a larger budget"
                .to_string(),
        );
    }
    if selection.members.is_empty() && outcome.problem.template.is_some() {
        remarks.push("no formula was found that has the form of the template; give a larger budget".to_string());
    }
    if !selection.outliers.is_empty() {
        let rows: Vec<String> = selection.outliers.iter().take(NAMED).map(|row| (row + 1).to_string()).collect();
        let more = if selection.outliers.len() > NAMED { ", ..." } else { "" };
        remarks.push(format!(
            "{} of the rows used lie more than 20 robust standard deviations from the chosen formula (counted from 1: {}{more}); \
             if they are errors, leave them out{}",
            selection.outliers.len(),
            rows.join(", "),
            if outcome.problem.loss == Loss::SquaredError { ", or use --loss mae" } else { "" }
        ));
    }
    let profile = &outcome.problem.profile;
    let repeated = profile.n_rows.saturating_sub(profile.n_distinct);
    if repeated > 0 && selection.validation.is_some() {
        remarks.push(format!(
            "{repeated} of {} rows repeat the features of another: figures on rows held out or by cross-validation may be too good",
            profile.n_rows
        ));
    }
    remarks
}

/// Share of the work by arm.
fn shares(state: &State) -> Vec<(String, f64)> {
    let history = &state.history;
    let share = |index: usize| history.share(history.seconds(|arm| arm == index));
    history.arms.iter().enumerate().map(|(index, arm)| (arm.backend.clone(), share(index))).collect()
}
