//! `symfolio fit`.

use std::io::IsTerminal as _;
use std::process::ExitCode;
use std::time::Instant;

use symfolio::{Cancel, Op, StopReason, Study, StudyConfig, engine, report, result, study};

use crate::args::{Fit, Output};
use crate::failure::Failure;
use crate::inputs::{RESULT, remarks};
use crate::print;
use crate::progress::{Progress, note};

pub fn run(arguments: Fit) -> Result<ExitCode, Failure> {
    #[expect(clippy::disallowed_methods, reason = "the budget counts from here")]
    let begun = Instant::now();
    let config = configuration(&arguments)?;
    let quiet = arguments.output.quiet;
    if !quiet {
        note(&format!("reading {}", arguments.data.data.display()));
    }
    let cancel = listen()?;
    let loaded = arguments.data.load()?;
    if !quiet {
        remarks(&loaded.report).iter().for_each(|remark| note(remark));
        note(&headline(&loaded.dataset, &config));
    }
    let mut study = study(loaded.dataset, config)?;
    if let Some(dir) = &arguments.out {
        study = study.keep_in(dir)?;
    }
    #[expect(clippy::disallowed_methods, reason = "loading counts as part of a wall budget")]
    let loading = begun.elapsed().as_secs_f64();
    finish(
        study.with_cancel(cancel).begun_before(loading, engine::Clock::process_cpu()),
        arguments.output,
        arguments.out.as_deref(),
    )
}

/// The study file, with what was given on the command line on top.
fn configuration(arguments: &Fit) -> Result<StudyConfig, Failure> {
    let mut config = match &arguments.config {
        None => StudyConfig::default(),
        Some(path) => {
            let text = std::fs::read_to_string(path)
                .map_err(|error| Failure::usage(format!("{}: {error}", path.display())))?;
            StudyConfig::from_toml(&text).map_err(|error| Failure::usage(format!("{}: {error}", path.display())))?
        }
    };
    config.data = arguments.data.config()?;
    set(&mut config.budget, arguments.budget);
    set(&mut config.threads, arguments.threads);
    set(&mut config.seed, arguments.seed);
    set(&mut config.policy, arguments.policy.clone());
    set(&mut config.only, arguments.only.clone());
    set(&mut config.without, arguments.without.clone());
    set(&mut config.problem.constraints.max_complexity, arguments.max_complexity);
    config.problem.loss = arguments.loss.or(config.problem.loss);
    config.problem.define.extend(arguments.define.iter().cloned());
    if let Some(names) = &arguments.operators {
        let op = |name: &String| {
            Op::by_name(name).ok_or_else(|| {
                let known: Vec<&str> = symfolio::expr::OPERATORS.iter().map(|info| info.name).collect();
                Failure::usage(format!(
                    "--operators: there is no operator {name:?}; the operators are {}",
                    known.join(", ")
                ))
            })
        };
        config.problem.operators = Some(names.iter().map(op).collect::<Result<_, _>>()?);
    }
    Ok(config)
}

fn set<T>(field: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *field = value;
    }
}

fn headline(dataset: &symfolio::Dataset, config: &StudyConfig) -> String {
    let names: Vec<String> = dataset.feature_names();
    let shown = names.iter().take(8).cloned().collect::<Vec<_>>().join(", ");
    let more = if names.len() > 8 { ", ..." } else { "" };
    let target = &dataset.target().name;
    format!("looking for {target} = f({shown}{more}) on {} rows, budget {}", dataset.n_rows(), config.budget)
}

/// Ctrl-C ends the study with what there is; a second one ends the process.
pub fn listen() -> Result<Cancel, Failure> {
    let cancel = Cancel::default();
    let heard = cancel.clone();
    ctrlc::set_handler(move || {
        if heard.is_cancelled() {
            #[expect(clippy::disallowed_methods, reason = "somebody insists")]
            std::process::exit(130);
        }
        heard.cancel();
    })
    .map_err(Failure::internal)?;
    Ok(cancel)
}

/// Runs a study, prints its result and keeps it in the study's folder.
pub fn finish(study: Study, output: Output, dir: Option<&std::path::Path>) -> Result<ExitCode, Failure> {
    let problem = study.problem().clone();
    let budget = study.config().budget;
    let baseline = problem.dataset.as_ref().map_or(1.0, |dataset| problem.judge.table(dataset).target_variance());
    let outcome = if output.quiet {
        study.run(&mut ())?
    } else {
        let mut progress = Progress::new(std::io::stderr().is_terminal(), budget, problem.features.clone(), baseline);
        study.run(&mut progress)?
    };
    let result = result(&outcome);
    let json = serde_json::to_string(&result).map_err(Failure::internal)?;
    if let Some(dir) = dir {
        let path = dir.join(RESULT);
        std::fs::write(&path, format!("{json}\n"))
            .map_err(|error| Failure::internal(format!("{}: {error}", path.display())))?;
    }
    print(&if output.json { format!("{json}\n") } else { report::text(&result) })?;
    Ok(ExitCode::from(if outcome.reason == StopReason::Cancelled { 130 } else { 0 }))
}
