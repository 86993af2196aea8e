//! [`perform`]: one run in this process, from drawing the rows to scoring what was found.

use symfolio::engine::Clock;
use symfolio::expr::kernel;
use symfolio::{Event, Expr, Observer, OracleConfig, Outcome, State, StudyError, result, study};

use crate::instance::{Instance, InstanceError, Rows};
use crate::job::{CurvePoint, Finished, FrontMember, Job, Report};
use crate::method::{Method, MethodError};
use crate::peer::{self, PeerError};
use crate::score::{Exactness, is_solution, r2};
use crate::suite::Data;

/// Why a run has no result.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs, reason = "each wraps an error that documents itself")]
pub enum RunError {
    #[error(transparent)]
    Method(#[from] MethodError),
    #[error(transparent)]
    Instance(#[from] InstanceError),
    #[error(transparent)]
    Study(#[from] StudyError),
    #[error(transparent)]
    Peer(#[from] PeerError),
    #[error("the problem has no formula that could be asked as an oracle; leave the method out")]
    NoOracle,
    #[error("the study found no formula")]
    Nothing,
}

/// Runs a job here and now, and scores what it found.
pub fn perform(job: &Job) -> Report {
    match attempt(job) {
        Ok(finished) => Report::Done(finished),
        Err(error) => Report::Failed(error.to_string()),
    }
}

fn attempt(job: &Job) -> Result<Finished, RunError> {
    let method: Method = job.method.parse()?;
    let instance = Instance::draw(&job.problem, job.noise, job.seed, &job.folder, &job.pmlb)?;
    match method {
        Method::Peer(_) => {
            let found = peer::run(job, &instance)?;
            let front: Vec<Expr> = found.front.iter().map(|(_, expr)| expr.clone()).collect();
            let mut finished = scored(&instance, &found.expr, &front, None);
            finished.front = found.front.iter().map(|member| of_peer(member, &instance)).collect();
            finished.expression = found.expression;
            finished.size = found.size.or(finished.size);
            finished.wall_seconds = found.wall_seconds;
            finished.cpu_seconds = found.cpu_seconds;
            finished.config = serde_json::json!({ "command": job.command });
            Ok(finished)
        }
        method => searched(job, &method, &instance),
    }
}

/// A formula of a peer's front.
fn of_peer((expression, expr): &(String, Expr), instance: &Instance) -> FrontMember {
    FrontMember {
        expression: expression.clone(),
        complexity: expr.len() as u32,
        train_nmse: Rows::of(&instance.train).nmse(expr).min(f64::MAX),
        test_r2: r2(expr, &instance.test),
        origin: Vec::new(),
    }
}

/// The run of a study.
fn searched(job: &Job, method: &Method, instance: &Instance) -> Result<Finished, RunError> {
    method.check()?;
    let mut config = method.configure(&job.config);
    config.seed = job.seed;
    if let Method::Oracle(_) = method {
        let Data::Formula { formula, .. } = &job.problem.data else { return Err(RunError::NoOracle) };
        config.oracle = Some(OracleConfig { formula: Some(formula.clone()), ..OracleConfig::default() });
    }
    // Drawing the rows is not the method's; its profile and set-up are.
    let begun = Clock::process_cpu();
    let waiting = Clock::start(config.budget, (0.0, 0.0));
    let study = study(instance.train.clone(), config.clone())?;
    let study = study.begun_before(waiting.wall(), Clock::process_cpu() - begun);
    let mut recorder = Recorder::default();
    let outcome = study.run(&mut recorder)?;
    let found = result(&outcome);
    let chosen = found.chosen().ok_or(RunError::Nothing)?;
    let front: Vec<Expr> = found.front.iter().map(|member| member.prefix.clone()).collect();
    let raw = outcome.state.archive.best().and_then(|best| best.form.expr());
    let mut finished = scored(instance, &chosen.prefix, &front, raw);
    finished.profile = serde_json::to_value(&outcome.problem.profile).unwrap_or_default();
    finished.config = serde_json::to_value(&config).unwrap_or_default();
    finished.complexity = Some(chosen.complexity);
    finished.description_length = Some(chosen.description_length).filter(|length| length.is_finite());
    finished.wall_seconds = outcome.wall_seconds;
    finished.cpu_seconds = outcome.cpu_seconds;
    finished.work = found.cost.work;
    finished.node_rows = found.cost.node_rows;
    finished.stop_reason = found.stop_reason.clone();
    finished.shares = found.shares.clone();
    finished.expression = chosen.expression.clone();
    finished.front = (found.front.iter())
        .map(|member| FrontMember {
            expression: member.expression.clone(),
            complexity: member.complexity,
            train_nmse: member.nmse,
            test_r2: r2(&member.prefix, &instance.test),
            origin: member.origin.clone(),
        })
        .collect();
    finished.curve = recorder.curve(instance, &outcome);
    Ok(finished)
}

/// The scores of `chosen`, of the front that it is of, and of the formula that fitted best before the choice.
fn scored(instance: &Instance, chosen: &Expr, front: &[Expr], raw: Option<&Expr>) -> Finished {
    let exactness = instance.law.as_ref().map(Exactness::new);
    let exact = exactness.as_ref().map(|exactness| exactness.of(chosen));
    Finished {
        problem_hash: format!("{:016x}", instance.train.content_hash()),
        version: env!("CARGO_PKG_VERSION").into(),
        kernel: kernel().into(),
        law_size: exactness.as_ref().map(|exactness| exactness.law_size),
        exact,
        front_exact: exactness
            .as_ref()
            .map(|exactness| exact == Some(true) || front.iter().any(|form| exactness.of(form))),
        raw_exact: exactness.as_ref().zip(raw).map(|(exactness, raw)| exactness.of(raw)),
        solution: instance.law.as_ref().map(|law| is_solution(chosen, law)),
        test_r2: r2(chosen, &instance.test),
        train_r2: r2(chosen, &Rows::of(&instance.train)),
        raw_test_r2: raw.and_then(|raw| r2(raw, &instance.test)),
        size: Some(chosen.len()),
        ..Finished::default()
    }
}

/// Notes the best formula whenever the archive changes. It is scored when the study is over, so that scores cost it nothing.
#[derive(Default)]
struct Recorder {
    points: Vec<(CurvePoint, Expr)>,
}

impl Observer for Recorder {
    fn event(&mut self, event: &Event, state: &State) {
        let changed = match event {
            Event::SliceEnded { accepted, .. } | Event::RunFailed { accepted, .. } => !accepted.is_empty(),
            _ => false,
        };
        let Some(best) = state.archive.best().and_then(|best| best.form.expr()).filter(|_| changed) else { return };
        let point = CurvePoint {
            cpu_seconds: state.clock.1,
            work: state.cost.work,
            share: state.spent(),
            ..CurvePoint::default()
        };
        self.points.push((point, best.clone()));
    }
}

impl Recorder {
    /// The curve; its last point is the end of the study with the chosen formula.
    fn curve(self, instance: &Instance, outcome: &Outcome) -> Vec<CurvePoint> {
        let train = Rows::of(&instance.train);
        let budget_spent = |point: &CurvePoint| point.share.min(1.0);
        let last = outcome.selection.members.get(outcome.selection.chosen).map(|chosen| {
            let point = CurvePoint {
                cpu_seconds: outcome.cpu_seconds,
                work: outcome.cost.work + outcome.selection.work,
                share: outcome.state.spent(),
                ..CurvePoint::default()
            };
            (point, chosen.expr.clone())
        });
        let scored = |(point, expr): (CurvePoint, Expr)| CurvePoint {
            share: budget_spent(&point),
            train_nmse: train.nmse(&expr).min(f64::MAX),
            test_r2: r2(&expr, &instance.test),
            ..point
        };
        self.points.into_iter().chain(last).map(scored).collect()
    }
}
