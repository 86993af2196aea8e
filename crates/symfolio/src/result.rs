//! From what the engine returns to what is printed and kept.

use symfolio_core::Dataset;
use symfolio_engine::{Outcome, State};
use symfolio_expr::infix;
use symfolio_report::{ConstantResult, Member, SCHEMA, Spent, StudyResult};
use symfolio_select::Finished;

/// What a study found, in the form that `--json` prints and `result.json` keeps.
pub fn result(outcome: &Outcome) -> StudyResult {
    let problem = &outcome.problem;
    let target = problem.dataset.as_deref().map_or("y", |dataset: &Dataset| &dataset.target().name);
    StudyResult {
        schema: SCHEMA,
        target: target.to_string(),
        features: problem.features.clone(),
        chosen: outcome.selection.chosen,
        front: outcome.selection.members.iter().map(|member| self::member(member, &problem.features)).collect(),
        cost: Spent {
            work: outcome.cost.work + outcome.selection.work,
            node_rows: outcome.cost.node_rows,
            wall_seconds: outcome.wall_seconds,
            cpu_seconds: outcome.cpu_seconds,
        },
        first_exact_seconds: outcome.first_exact_seconds,
        stop_reason: outcome.reason.to_string(),
        rows: (problem.split.train.len(), problem.split.validation.len()),
        shares: shares(&outcome.state),
    }
}

fn member(finished: &Finished, names: &[String]) -> Member {
    let validation = finished.validation.as_ref();
    Member {
        expression: infix(&finished.expr, names),
        prefix: finished.expr.clone(),
        complexity: finished.complexity,
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
            .map(|constant| ConstantResult {
                value: constant.value,
                interval: constant.interval.filter(|(low, high)| low.is_finite() && high.is_finite()),
                snapped: constant.snapped.clone(),
            })
            .collect(),
    }
}

/// Share of the work by arm.
fn shares(state: &State) -> Vec<(String, f64)> {
    let total: u64 = state.history.slices.iter().map(|slice| slice.cost.work).sum();
    let of = |index: usize| {
        let work: u64 =
            state.history.slices.iter().filter(|slice| slice.arm == index).map(|slice| slice.cost.work).sum();
        work as f64 / total.max(1) as f64
    };
    state.history.arms.iter().enumerate().map(|(index, arm)| (arm.backend.clone(), of(index))).collect()
}
