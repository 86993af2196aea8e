//! `symfolio fit`.

use std::io::IsTerminal as _;
use std::process::ExitCode;
use std::time::Instant;

use symfolio::{Op, OracleConfig, Problem, StopReason, Study, StudyConfig, engine, result, study};

use crate::args::{Fit, Output};
use crate::budget;
use crate::commands::report::print_result;
use crate::failure::Failure;
use crate::inputs::{RESULT, new_folder, remarks, units, unreadable};
use crate::interrupt::Interrupt;
use crate::progress::{Progress, note};

pub fn run(arguments: Fit) -> Result<ExitCode, Failure> {
    #[expect(clippy::disallowed_methods, reason = "the budget counts from here")]
    let begun = Instant::now();
    let config = configuration(&arguments)?;
    let quiet = arguments.output.quiet;
    if let Some(dir) = &arguments.out {
        new_folder(dir)?;
    }
    if !quiet {
        note(&format!("reading {}", arguments.data.data.display()));
    }
    let loaded = arguments.data.load(&config.data)?;
    if !quiet {
        remarks(&loaded, &config.data).iter().for_each(|remark| note(remark));
        note(&headline(&loaded.dataset, &config));
    }
    let mut study = study(loaded.dataset, config)?;
    if let (false, Some(remark)) = (quiet, out_of_reach(study.problem())) {
        note(&remark);
    }
    if let (false, Some(remark)) = (quiet, left_out(&study)) {
        note(&remark);
    }
    if let Some(dir) = &arguments.out {
        study = study.keep_in(dir)?;
    }
    #[expect(clippy::disallowed_methods, reason = "loading counts as part of a wall budget")]
    let loading = begun.elapsed().as_secs_f64();
    let study = study.begun_before(loading, engine::Clock::process_cpu());
    finish(study, arguments.output, arguments.out.as_deref(), Interrupt::listen()?)
}

/// The study file, with what was given on the command line on top.
fn configuration(arguments: &Fit) -> Result<StudyConfig, Failure> {
    let mut config = match &arguments.config {
        None => StudyConfig::default(),
        Some(path) => {
            let text = std::fs::read_to_string(path).map_err(|error| unreadable("the study file", path, &error))?;
            StudyConfig::from_toml(&text).map_err(|error| Failure::usage(format!("{}: {error}", path.display())))?
        }
    };
    config.data = arguments.data.config(config.data)?;
    config.data.units = units(arguments.units.as_deref(), config.data.units)?;
    config.problem.dimensionless_constants |= arguments.dimensionless_constants;
    set(&mut config.budget, arguments.budget);
    budget::check(config.budget).map_err(Failure::Usage)?;
    set(&mut config.threads, arguments.threads);
    set(&mut config.seed, arguments.seed);
    set(&mut config.policy, arguments.policy.clone());
    set(&mut config.prior, arguments.prior.clone());
    set(&mut config.only, arguments.only.clone());
    set(&mut config.without, arguments.without.clone());
    set(&mut config.problem.constraints.max_complexity, arguments.max_complexity);
    let constraints = &mut config.problem.constraints;
    constraints.bounds = arguments.bounds.or(constraints.bounds);
    constraints.monotone.extend(arguments.monotone.iter().cloned());
    set(&mut constraints.bounds_margin, arguments.bounds_margin);
    config.problem.loss = arguments.loss.or(config.problem.loss);
    config.problem.define.extend(arguments.define.iter().cloned());
    config.problem.template = arguments.template.clone().or(config.problem.template);
    config.problem.guess.extend(arguments.guess.iter().cloned());
    for text in &arguments.program {
        let (name, command) = program(text)?;
        config.programs.entry(name).or_default().0.insert("command".into(), command.into());
    }
    if let Some(text) = &arguments.oracle {
        let refuse =
            |why: &str| Failure::usage(format!("--oracle {text:?}: {why}; write --oracle 'python3 oracle.py'"));
        let command = shell_words::split(text).map_err(|error| refuse(&error.to_string()))?;
        if command.is_empty() {
            return Err(refuse("no command is in it"));
        }
        let oracle = config.oracle.take().unwrap_or_default();
        config.oracle = Some(OracleConfig { command, formula: None, ..oracle });
    }
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

/// A program's name and command, from `NAME=COMMAND`.
fn program(text: &str) -> Result<(String, Vec<String>), Failure> {
    let refuse =
        |why: &str| Failure::usage(format!("--program {text:?}: {why}; write --program mine='python3 prog.py'"));
    let (name, command) = text.split_once('=').ok_or_else(|| refuse("there is no = in it"))?;
    let named = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
    if !named {
        return Err(refuse("a name has letters, digits, - and _ only"));
    }
    let words = shell_words::split(command).map_err(|error| refuse(&error.to_string()))?;
    if words.is_empty() { Err(refuse("no command follows the =")) } else { Ok((name.to_string(), words)) }
}

fn set<T>(field: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *field = value;
    }
}

/// A remark where a template leaves methods out.
fn left_out(study: &Study) -> Option<String> {
    let names = study.left_out();
    (!names.is_empty()).then(|| format!("left out, as they cannot keep to a template: {}", names.join(", ")))
}

/// A remark where no product of the columns has the target's unit.
fn out_of_reach(problem: &Problem) -> Option<String> {
    let units = problem.units.as_ref()?;
    let unit = units.target().filter(|_| units.analysis().products.is_empty())?;
    let unit = units.text(unit);
    Some(match units.dimensionless_constants() {
        true => format!("no product of the columns is in {unit}, and constants have no units: there may be no formula"),
        false => format!("no product of the columns is in {unit}: every formula has a constant with a unit"),
    })
}

fn headline(dataset: &symfolio::Dataset, config: &StudyConfig) -> String {
    let names: Vec<String> = dataset.feature_names();
    let shown = names.iter().take(8).cloned().collect::<Vec<_>>().join(", ");
    let more = if names.len() > 8 { ", ..." } else { "" };
    let target = &dataset.target().name;
    format!(
        "looking for {target} = f({shown}{more}) on {} rows, budget {}",
        dataset.n_rows(),
        budget::shown(config.budget)
    )
}

/// Runs a study, prints its result and keeps it in the study's folder.
pub fn finish(
    study: Study,
    output: Output,
    dir: Option<&std::path::Path>,
    interrupt: Interrupt,
) -> Result<ExitCode, Failure> {
    let study = study.with_cancel(interrupt.cancel());
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
    if let Some(dir) = dir {
        let path = dir.join(RESULT);
        let json = serde_json::to_string(&result).map_err(Failure::internal)?;
        engine::write_whole(&path, format!("{json}\n").as_bytes())
            .map_err(|error| Failure::internal(format!("{}: {error}", path.display())))?;
    }
    print_result(&result, output.json)?;
    Ok(if outcome.reason == StopReason::Cancelled { interrupt.code() } else { ExitCode::SUCCESS })
}
