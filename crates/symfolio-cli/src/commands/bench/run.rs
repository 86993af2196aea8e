//! `symfolio bench run`.

use std::collections::BTreeMap;
use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use symfolio::StudyConfig;
use symfolio_bench::{
    Database, DatabaseError, Filter, Folds, Job, Limits, Method, Plan, PlanError, Report, RunnerError, Suite, Watcher,
    build_of_program, download, plan, select,
};

use crate::args::BenchRun;
use crate::budget;
use crate::commands::bench::command_line;
use crate::failure::Failure;
use crate::inputs::unreadable;
use crate::interrupt::Interrupt;
use crate::progress::note;

pub fn run(arguments: BenchRun) -> Result<ExitCode, Failure> {
    budget::check(arguments.budget).map_err(Failure::Usage)?;
    let suite = Suite::read(&arguments.suite).map_err(Failure::usage)?;
    let program = std::env::current_exe().map_err(Failure::internal)?;
    let asked = Plan { folds: folds(&arguments, &suite)?, ..asked(&arguments, &program)? };
    let mut planned = plan(&suite, &asked)?;
    let failed = if planned.missing.is_empty() {
        BTreeMap::new()
    } else {
        if !arguments.quiet {
            note(&format!("downloading {} data sets of PMLB", planned.missing.len()));
        }
        download(&asked.pmlb, planned.missing.clone(), &arguments.pmlb_url)
    };
    let skipped = planned.without(&failed.keys().cloned().collect());
    for error in failed.values() {
        note(&error.to_string());
    }
    if skipped > 0 {
        note(&format!("{skipped} runs are skipped for want of data"));
    }
    let mut database = Database::open(&arguments.db)?;
    let limits = Limits {
        jobs: arguments.jobs,
        program,
        arguments: vec!["bench".into(), "one".into()],
        again: arguments.again,
        any_build: arguments.any_build,
    };
    let mut progress = Progress::new(arguments.quiet);
    let interrupt = Interrupt::listen()?;
    let done = symfolio_bench::run(planned.jobs, &mut database, &limits, &mut progress, &interrupt.cancel());
    progress.finish();
    let done = done?;
    if !arguments.quiet {
        let skipped = if skipped > 0 { format!(", {skipped} skipped") } else { String::new() };
        note(&format!("{} runs done, {} failed, {} made before{skipped}", done.done, done.failed, done.kept));
        progress.failures.iter().take(SHOWN).for_each(|(error, (n, first))| {
            note(&format!("failed {n} times, first on {first}: {error}"));
        });
        note(&format!("hint: symfolio bench report {}", arguments.db.display()));
    }
    Ok(if done.cancelled { interrupt.code() } else { ExitCode::SUCCESS })
}

/// Different failures that are shown.
const SHOWN: usize = 5;

/// The folder of PMLB in the user's cache; in the current folder where there is none.
fn cache() -> PathBuf {
    let xdg = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    let cache = xdg.or_else(|| std::env::home_dir().map(|home| home.join(".cache")));
    cache.unwrap_or_default().join("symfolio").join("pmlb")
}

/// The priors that have not seen what they are used on, where they are asked for.
fn folds(arguments: &BenchRun, suite: &Suite) -> Result<Option<Folds>, Failure> {
    let Some(path) = &arguments.prior_from else { return Ok(None) };
    let filter = Filter {
        budget: Some(arguments.budget.to_string()),
        threads: Some(arguments.threads),
        any_build: arguments.any_build,
        ..Filter::default()
    };
    let refused = |error: &dyn std::fmt::Display| Failure::Usage(format!("--prior-from {}: {error}", path.display()));
    let selection = select(Database::existing(path)?.runs()?, &filter).map_err(|error| refused(&error))?;
    if !arguments.quiet {
        selection.remarks.iter().for_each(|remark| note(&format!("--prior-from: {remark}")));
    }
    let folder = path.with_extension("priors");
    Folds::train(&selection, suite, &folder, &command_line()).map(Some).map_err(|error| refused(&error))
}

fn asked(arguments: &BenchRun, program: &Path) -> Result<Plan, Failure> {
    let config = match &arguments.config {
        None => StudyConfig::default(),
        Some(path) => {
            let text = std::fs::read_to_string(path).map_err(|error| unreadable("the study file", path, &error))?;
            StudyConfig::from_toml(&text).map_err(|error| Failure::usage(format!("{}: {error}", path.display())))?
        }
    };
    let of_kind = |kind: &'static str, names: &[String]| -> Vec<String> {
        names.iter().map(|name| format!("{kind}:{name}")).collect()
    };
    let mut methods = Vec::new();
    let texts =
        [arguments.methods.clone(), of_kind("arm", &arguments.backends), of_kind("policy", &arguments.policies)];
    for text in texts.iter().flatten() {
        let method: Method = text.parse().map_err(Failure::usage)?;
        if !methods.contains(&method) {
            methods.push(method);
        }
    }
    Ok(Plan {
        methods,
        budget: arguments.budget,
        seeds: (arguments.first_seed, arguments.seeds),
        threads: arguments.threads,
        noise: arguments.noise.clone(),
        only_problem: arguments.only_problem.clone(),
        config,
        build: build_of_program(program).map_err(Failure::internal)?,
        folds: None,
        peers: arguments.peers.clone(),
        commands: arguments.peer.iter().cloned().collect(),
        pmlb: arguments.pmlb.clone().unwrap_or_else(cache),
    })
}

/// A bar on a terminal, a line for each tenth of the runs elsewhere.
struct Progress {
    quiet: bool,
    bar: Option<ProgressBar>,
    begun: Instant,
    to_do: usize,
    ended: usize,
    /// What went wrong, how often, and where first.
    failures: BTreeMap<String, (usize, String)>,
}

impl Progress {
    fn new(quiet: bool) -> Progress {
        #[expect(clippy::disallowed_methods, reason = "progress shows the time left")]
        let begun = Instant::now();
        Progress { quiet, bar: None, begun, to_do: 0, ended: 0, failures: BTreeMap::new() }
    }

    fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

impl Watcher for Progress {
    fn began(&mut self, to_do: usize, kept: usize, of_other_builds: usize) {
        self.to_do = to_do;
        if self.quiet {
            return;
        }
        note(&format!("{to_do} runs to make, {kept} made before"));
        if of_other_builds > 0 {
            note(&format!("hint: {of_other_builds} of them were made by other builds; --any-build keeps those"));
        }
        if std::io::stderr().is_terminal() && to_do > 0 {
            let bar = ProgressBar::with_draw_target(Some(to_do as u64), ProgressDrawTarget::stderr());
            let style = ProgressStyle::with_template("[{bar:30}] {pos} of {len}, {eta} left  {msg}");
            bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
            bar.enable_steady_tick(Duration::from_secs(1));
            self.bar = Some(bar);
        }
    }

    fn ended(&mut self, job: &Job, report: &Report) {
        let name = format!("{} {} noise {} seed {}", job.method, job.problem.name, job.noise, job.seed);
        if let Report::Failed(error) = report {
            self.failures.entry(error.clone()).or_insert((0, name.clone())).0 += 1;
        }
        self.ended += 1;
        if let Some(bar) = &self.bar {
            bar.set_message(name);
            bar.inc(1);
        } else if !self.quiet && (self.ended * 10 / self.to_do) > ((self.ended - 1) * 10 / self.to_do) {
            #[expect(clippy::disallowed_methods, reason = "progress shows the time left")]
            let passed = self.begun.elapsed();
            let left = passed.as_secs_f64() * (self.to_do - self.ended) as f64 / self.ended as f64;
            note(&format!("{} of {} runs, about {:.1} min left, last {name}", self.ended, self.to_do, left / 60.0));
        }
    }
}

impl From<PlanError> for Failure {
    fn from(error: PlanError) -> Failure {
        Failure::usage(error)
    }
}

impl From<DatabaseError> for Failure {
    fn from(error: DatabaseError) -> Failure {
        Failure::usage(error)
    }
}

impl From<RunnerError> for Failure {
    fn from(error: RunnerError) -> Failure {
        match error {
            RunnerError::Database(error) => error.into(),
            other => Failure::internal(other),
        }
    }
}
