//! Programs of others, run on the same rows with the same operators and the same CPU budget.
//!
//! A peer is a command. It is started with one more argument, the path of a JSON file:
//!
//! ```json
//! {"train": "train.csv", "features": ["x", "z"], "target": "y", "operators": ["add", "mul", "sin"],
//!  "cpu_seconds": 5.0, "seed": 0, "threads": 1}
//! ```
//!
//! and prints, as its last line on standard output, `{"expression": "2*x + sin(z)", "size": 6, "seconds": 4.9}`: the formula over the
//! names of the columns in Python's syntax, and if it likes the number of nodes that it counts, the CPU seconds that it took, and as
//! `front` a list of other formulas, each `{"expression": ...}`.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use serde::{Deserialize, Serialize};
use symfolio::engine::Clock;
use symfolio::{Budget, Expr, ParseError, parse};

use crate::instance::Instance;
use crate::job::Job;

/// Why a peer has no result.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs, reason = "the messages say it")]
pub enum PeerError {
    #[error("peers are compared by CPU-seconds; give a budget such as 5cpu instead of {budget}")]
    Budget { budget: Budget },
    #[error("{folder} has no file \"command\" with the command that runs the peer; see benchmarks/README.md")]
    NoCommand { folder: PathBuf },
    #[error("the command of peer {name}, {text:?}, cannot be read: {message}")]
    BadCommand { name: String, text: String, message: String },
    #[error("cannot run {command:?}: {error}")]
    Start { command: String, error: std::io::Error },
    #[error("the program ended with {status}: {said}")]
    Ended { status: String, said: String },
    #[error("the last line that the program printed is no answer ({message}): {line:?}")]
    Answer { message: String, line: String },
    #[error("the formula {expression:?} cannot be read: {error}")]
    Formula { expression: String, error: Box<ParseError> },
    #[error("cannot write the table for the program: {0}")]
    Io(#[from] std::io::Error),
}

/// What a peer found.
pub(crate) struct Found {
    pub expr: Expr,
    pub expression: String,
    /// Other formulas, as far as they can be read.
    pub front: Vec<(String, Expr)>,
    pub size: Option<usize>,
    pub wall_seconds: f64,
    pub cpu_seconds: f64,
}

#[derive(Serialize)]
struct Request<'a> {
    train: &'a Path,
    features: Vec<String>,
    target: &'a str,
    operators: Vec<&'a str>,
    cpu_seconds: f64,
    seed: u64,
    threads: usize,
}

#[derive(Deserialize)]
struct Answer {
    expression: String,
    size: Option<usize>,
    seconds: Option<f64>,
    #[serde(default)]
    front: Vec<Other>,
}

#[derive(Deserialize)]
struct Other {
    expression: String,
}

/// Most formulas of a front that are looked at.
const FRONT: usize = 50;

/// The command of the peer `name`: the words of the file `command` in its folder within `peers`. Words that are paths from that folder are
/// made absolute.
///
/// # Errors
/// [`PeerError`] where there is no such file, or where it cannot be read.
pub fn command(peers: &Path, name: &str) -> Result<Vec<String>, PeerError> {
    let folder = peers.join(name);
    let Ok(text) = std::fs::read_to_string(folder.join("command")) else {
        return Err(PeerError::NoCommand { folder });
    };
    let mut words = words(&text, name)?;
    let home = std::path::absolute(&folder)?;
    for word in &mut words {
        if home.join(&*word).is_file() {
            *word = home.join(&*word).display().to_string();
        }
    }
    Ok(words)
}

/// Files that the answers of the peer `name` depend on besides those of its command, where its adapter is one of those in `peers/python` or
/// `peers/rust`.
pub(crate) fn adapters(peers: &Path, name: &str) -> Vec<PathBuf> {
    let (python, rust) = (peers.join("python"), peers.join("rust"));
    let module = name.replace('-', "_");
    let (adapter, source) = (python.join(format!("{module}_peer.py")), rust.join("src").join(format!("{module}.rs")));
    match (adapter.is_file(), source.is_file()) {
        (true, _) => vec![adapter, python.join("common.py"), python.join("requirements").join(format!("{name}.txt"))],
        (_, true) => vec![source, rust.join("src").join("main.rs"), rust.join("Cargo.lock")],
        _ => Vec::new(),
    }
}

/// The words of a peer's command.
pub(crate) fn words(text: &str, name: &str) -> Result<Vec<String>, PeerError> {
    let bad = |message: String| PeerError::BadCommand { name: name.into(), text: text.trim().into(), message };
    let words = shell_words::split(text.trim()).map_err(|error| bad(error.to_string()))?;
    if words.is_empty() { Err(bad("there is nothing in it".into())) } else { Ok(words) }
}

/// Runs the peer of `job`. Its processes are of the group of this one, which whoever started it ends as a whole.
pub(crate) fn run(job: &Job, instance: &Instance) -> Result<Found, PeerError> {
    let Budget::Cpu(cpu_seconds) = job.config.budget else {
        return Err(PeerError::Budget { budget: job.config.budget });
    };
    let folder = Scratch::create()?;
    let train = folder.0.join("train.csv");
    write_table(instance, &train)?;
    let operators = job.config.problem.operator_set(&symfolio::Profile::default()).unwrap_or_default();
    let request = Request {
        train: &train,
        features: instance.train.feature_names(),
        target: &instance.train.target().name,
        operators: operators.ops().iter().map(|op| op.name()).collect(),
        cpu_seconds,
        seed: job.seed,
        threads: job.config.threads,
    };
    let path = folder.0.join("request.json");
    std::fs::write(&path, serde_json::to_vec(&request).map_err(std::io::Error::from)?)?;
    let shown = job.command.join(" ");
    let started = |error| PeerError::Start { command: shown.clone(), error };
    let Some((program, arguments)) = job.command.split_first() else {
        return Err(started(std::io::ErrorKind::NotFound.into()));
    };
    let clock = Clock::start(job.config.budget, (0.0, 0.0));
    #[expect(clippy::disallowed_methods, reason = "the benchmark owns the processes of peers")]
    let mut command = std::process::Command::new(program);
    let output = command.args(arguments).arg(&path).stdin(Stdio::null()).output().map_err(started)?;
    let wall_seconds = clock.wall();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_string();
    if !output.status.success() {
        let said: String = text(&output.stderr).lines().last().unwrap_or_default().into();
        return Err(PeerError::Ended { status: output.status.to_string(), said });
    }
    let said = text(&output.stdout);
    let line = said.lines().last().unwrap_or_default().to_string();
    let answer: Answer = serde_json::from_str(&line)
        .map_err(|error| PeerError::Answer { message: error.to_string(), line: line.clone() })?;
    let expr = parse(&answer.expression, &request.features)
        .map_err(|error| PeerError::Formula { expression: answer.expression.clone(), error: Box::new(error) })?;
    let others = answer.front.into_iter().take(FRONT).filter_map(|other| {
        let expr = parse(&other.expression, &request.features).ok()?;
        Some((other.expression, expr))
    });
    Ok(Found {
        expr,
        front: others.collect(),
        expression: answer.expression,
        size: answer.size,
        wall_seconds,
        cpu_seconds: answer.seconds.unwrap_or(wall_seconds),
    })
}

fn write_table(instance: &Instance, path: &Path) -> std::io::Result<()> {
    let columns: Vec<_> = instance.train.features().iter().chain([instance.train.target()]).collect();
    let mut writer = csv::Writer::from_path(path)?;
    writer.write_record(columns.iter().map(|column| &*column.name))?;
    for row in 0..instance.train.n_rows() {
        writer.write_record(columns.iter().map(|column| column.values[row].to_string()))?;
    }
    writer.flush()
}

/// A folder of this process alone that goes when the run does.
struct Scratch(PathBuf);

impl Scratch {
    fn create() -> std::io::Result<Scratch> {
        let path = std::env::temp_dir().join(format!("symfolio-bench-{}", std::process::id()));
        std::fs::create_dir_all(&path)?;
        Ok(Scratch(path))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
