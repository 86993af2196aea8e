//! The arguments.

use std::path::PathBuf;

use clap::builder::RangedU64ValueParser;
use clap::{Args, Parser, Subcommand, ValueEnum};
use symfolio::{Bounds, Budget, Criterion, Direction, Loss, report::export::Format};

use crate::budget;

const EXAMPLES: &str = "Examples:
  symfolio fit planets.csv                          the law behind the last column, within a minute
  symfolio fit data.csv --target y --budget 20s     another column, another budget
  symfolio fit data.csv --out study                 keep the study; then: symfolio resume study
  symfolio predict study new.csv                    values of the chosen formula on other data
  symfolio export study --format latex              the formula for a paper
  symfolio fit-constants data.csv --expr 'c0*exp(-c1*x) + c2'
  symfolio relate data.csv --expr 'c0*exp(-c1*x)' --by T    how constants depend on quantities
  symfolio profile data.csv                         what the data is like";

/// Finds the formula behind data.
#[derive(Debug, Parser)]
#[command(name = "symfolio", version, about, after_help = EXAMPLES, arg_required_else_help = true)]
pub struct Arguments {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Find formulas for a column of a table.
    Fit(Fit),
    /// Go on with a study that was kept by `fit --out`.
    Resume(Resume),
    /// Print the result of a study again.
    Report(Report),
    /// Why a study spent its budget as it did, and where its formulas come from.
    Explain(Explain),
    /// What another policy would have decided in a study.
    Replay(Replay),
    /// Values of a formula on a table.
    Predict(Predict),
    /// A formula in another notation or language.
    Export(Export),
    /// What a table is like: noise, relevance, how far simple models get.
    Profile(Profile),
    /// Fit the constants of a given formula.
    FitConstants(FitConstants),
    /// Fit a formula to several data sets and find how its constants depend on known quantities.
    Relate(Relate),
    /// Learn from past runs which methods to expect the most of, on data of which kind.
    TrainPrior(TrainPrior),
    /// Compare methods on a suite of problems; measure this machine.
    #[command(subcommand)]
    Bench(Bench),
}

#[derive(Debug, Subcommand)]
pub enum Bench {
    /// Node-row evaluations per second on random trees, one thread; some seconds.
    Kernel,
    /// Find the constants of known laws from no start, on 95 families of hard landscapes; about twenty seconds.
    Fit(BenchFit),
    /// Run methods on a suite of problems, each run in a process of its own, and keep the results in a database.
    Run(BenchRun),
    /// Compare the methods in a database: tables, a page with charts, CSV.
    Report(BenchReport),
    /// Try policies on the recorded runs of single backends, without running anything.
    Screen(BenchScreen),
    /// Perform one run, read from standard input.
    #[command(hide = true)]
    One,
}

const BENCH_RUN_EXAMPLES: &str = "Examples:
  symfolio bench run benchmarks/suites/quick.toml --db quick.sqlite --budget 1cpu --seeds 2 --backends gp,sparse
  symfolio bench run benchmarks/suites/mixed.toml --db mixed.sqlite --seeds 5 \\
      --backends gp,sparse --policies round-robin,successive-halving
  symfolio bench run benchmarks/suites/mixed.toml --db mixed.sqlite --methods peer:operon,bare:gp --only-problem nguyen

Methods: arm:NAME is a backend with the cheap and exact ones in front that every portfolio begins with, bare:NAME that
backend alone, policy:NAME the whole portfolio under a policy, peer:NAME the program in benchmarks/peers/NAME.
What the database has is not run again: the same command goes on after an interruption. What another build of Symfolio,
or of a peer, made is: --any-build keeps that too.

--prior-from scores policies with priors that have not seen what they are scored on: for each problem, one learnt from
the runs of single backends in that database on all families of problems but a tenth, which the problem's is of.";

#[derive(Args, Debug)]
#[command(after_help = BENCH_RUN_EXAMPLES, arg_required_else_help = true)]
pub struct BenchRun {
    /// The suite: a TOML file, see benchmarks/README.md.
    pub suite: PathBuf,
    /// The database to fill; made where it is not there.
    #[arg(long, value_name = "FILE")]
    pub db: PathBuf,
    /// What each run may spend.
    #[arg(long, value_parser = budget::read, default_value = "5cpu")]
    pub budget: Budget,
    /// Seeds for each problem, 1 to 1000.
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = RangedU64ValueParser::<u64>::new().range(1..=1000))]
    pub seeds: u64,
    /// The first seed.
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = seed)]
    pub first_seed: u64,
    /// Cores that each run may use, 1 to 1024.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = RangedU64ValueParser::<usize>::new().range(1..=1024))]
    pub threads: usize,
    /// Methods, such as policy:round-robin,arm:gp.
    #[arg(long, value_name = "METHOD,...", value_delimiter = ',')]
    pub methods: Vec<String>,
    /// Backends, each as arm:NAME.
    #[arg(long, value_name = "NAME,...", value_delimiter = ',')]
    pub backends: Vec<String>,
    /// Policies, each as policy:NAME.
    #[arg(long, value_name = "NAME,...", value_delimiter = ',')]
    pub policies: Vec<String>,
    /// Runs at once, 1 to 1024.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = RangedU64ValueParser::<usize>::new().range(1..=1024))]
    pub jobs: usize,
    /// Only problems whose name contains this text.
    #[arg(long, value_name = "TEXT")]
    pub only_problem: Option<String>,
    /// Levels of noise in the place of the suite's, as shares of the target's root mean square.
    #[arg(long, value_name = "LEVEL,...", value_delimiter = ',')]
    pub noise: Option<Vec<f64>>,
    /// A study file (TOML) with all other settings of the studies.
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Policies take priors learnt from the runs of single backends in this database, with the same budget and threads, without the family of
    /// the problem; they are kept beside it.
    #[arg(long, value_name = "DB")]
    pub prior_from: Option<PathBuf>,
    /// The folder of the peers: NAME/command in it holds the command of peer:NAME.
    #[arg(long, value_name = "DIR", default_value = "benchmarks/peers")]
    pub peers: PathBuf,
    /// The command of a peer, such as operon='python operon_peer.py'; may be given again.
    #[arg(long, value_name = "NAME=COMMAND", value_parser = named_command)]
    pub peer: Vec<(String, String)>,
    /// The folder of data sets of PMLB [default: symfolio/pmlb in the user's cache].
    #[arg(long, value_name = "DIR")]
    pub pmlb: Option<PathBuf>,
    /// Where sets of PMLB that are not there are downloaded from.
    #[arg(long, value_name = "URL", default_value = symfolio_bench::PMLB)]
    pub pmlb_url: String,
    /// Make runs again that failed before.
    #[arg(long)]
    pub again: bool,
    /// Keep runs that other builds made, of Symfolio or of a peer, in the place of making them again.
    #[arg(long)]
    pub any_build: bool,
    /// No progress on standard error.
    #[arg(long, short)]
    pub quiet: bool,
}

const BENCH_REPORT_EXAMPLES: &str = "Examples:
  symfolio bench report mixed.sqlite
  symfolio bench report mixed.sqlite --html mixed.html --csv mixed.csv --choose-seeds 0,1 --score-seeds 2,3,4";

#[derive(Args, Debug)]
#[command(after_help = BENCH_REPORT_EXAMPLES, arg_required_else_help = true)]
pub struct BenchReport {
    /// The database that `bench run` filled.
    pub db: PathBuf,
    /// Write one page with charts, which needs nothing else.
    #[arg(long, value_name = "FILE")]
    pub html: Option<PathBuf>,
    /// Write a row for every run.
    #[arg(long, value_name = "FILE")]
    pub csv: Option<PathBuf>,
    /// Write a scenario of ASlib, the library for algorithm selection, into this folder.
    #[arg(long, value_name = "DIR")]
    pub aslib: Option<PathBuf>,
    /// Seeds by which the single and the virtual best solver are chosen [default: the first half].
    #[arg(long, value_name = "N,...", value_delimiter = ',')]
    pub choose_seeds: Vec<u64>,
    /// Seeds on which everything is scored for the closed gap [default: the others].
    #[arg(long, value_name = "N,...", value_delimiter = ',')]
    pub score_seeds: Vec<u64>,
    /// Only runs of this suite.
    #[arg(long, value_name = "NAME")]
    pub suite: Option<String>,
    /// Only methods whose name contains one of these texts, such as policy:,bare:.
    #[arg(long, value_name = "TEXT,...", value_delimiter = ',')]
    pub methods: Vec<String>,
    #[command(flatten)]
    pub which: Recorded,
}

/// Which runs of a database.
#[derive(Args, Clone, Debug)]
pub struct Recorded {
    /// Only runs of this budget, such as 5cpu.
    #[arg(long, value_parser = budget::read)]
    pub budget: Option<Budget>,
    /// Only runs with this number of threads.
    #[arg(long, value_name = "N")]
    pub threads: Option<usize>,
    /// Take runs of older builds too where the newest build of a problem and method has not made them.
    #[arg(long)]
    pub any_build: bool,
}

const BENCH_SCREEN_EXAMPLES: &str = "Examples:
  symfolio bench run benchmarks/suites/mixed.toml --db mixed.sqlite --seeds 5 --backends gp,egraph
  symfolio bench screen mixed.sqlite
  symfolio bench screen mixed.sqlite --policies rising-ucb,uniform

Each arm goes along its own record when a policy gives it a slice. What arms give each other is in no record: run the best policies
for real.";

#[derive(Args, Debug)]
#[command(after_help = BENCH_SCREEN_EXAMPLES, arg_required_else_help = true)]
pub struct BenchScreen {
    /// The database that `bench run` filled, with runs of single backends (`--backends`).
    pub db: PathBuf,
    /// Policies [default: all].
    #[arg(long, value_name = "NAME,...", value_delimiter = ',')]
    pub policies: Vec<String>,
    /// Only runs of this suite.
    #[arg(long, value_name = "NAME")]
    pub suite: Option<String>,
    #[command(flatten)]
    pub which: Recorded,
}

const TRAIN_PRIOR_EXAMPLES: &str = "Examples:
  symfolio bench run benchmarks/suites/mixed.toml --db mixed.sqlite --seeds 5 --backends gp,sparse
  symfolio train-prior mixed.sqlite --out prior.json
  symfolio fit data.csv --prior prior.json

Each problem is described by its profile; what is expected of a method on new data is what it did on the problems nearest to it.";

#[derive(Args, Debug)]
#[command(after_help = TRAIN_PRIOR_EXAMPLES, arg_required_else_help = true)]
pub struct TrainPrior {
    /// The databases that `bench run` filled, with runs of single backends (`--backends`).
    #[arg(required = true)]
    pub db: Vec<PathBuf>,
    /// Write the prior to this file.
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    #[command(flatten)]
    pub which: Recorded,
}

#[derive(Args, Debug)]
pub struct BenchFit {
    /// Only families whose name contains this text.
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub family: String,
    /// Draws of constants for each family, 1 to 1000.
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = RangedU64ValueParser::<u64>::new().range(1..=1000))]
    pub draws: u64,
    /// Seeds for each problem, 1 to 1000.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = RangedU64ValueParser::<u64>::new().range(1..=1000))]
    pub seeds: u64,
    /// Leave each stage of the fitter out in turn, and print the table of docs/fitting-constants.md.
    #[arg(long)]
    pub ablation: bool,
}

/// Reads `NAME=COMMAND`.
fn named_command(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, command)) if !name.is_empty() => Ok((name.into(), command.into())),
        _ => Err("write NAME=COMMAND, such as operon='python operon_peer.py'".into()),
    }
}

/// A table.
#[derive(Args, Clone, Debug)]
pub struct Data {
    /// The table: CSV, TSV and relatives, gzipped or not; `-` for standard input.
    #[arg(value_name = "DATA")]
    pub data: PathBuf,
    #[command(flatten)]
    pub reading: Reading,
}

/// What is in a table, and how it is written.
#[derive(Args, Clone, Debug)]
pub struct Reading {
    /// Column to explain, by name or position; positions count from 0, negative ones from the end [default: the last].
    #[arg(long, value_name = "NAME|INDEX", allow_negative_numbers = true)]
    pub target: Option<String>,
    /// Columns to explain it with, by names or positions from 0 [default: all others].
    #[arg(long, value_name = "NAME|INDEX,...", value_delimiter = ',', allow_negative_numbers = true)]
    pub features: Option<Vec<String>>,
    /// Column of weights, by name or position from 0.
    #[arg(long, value_name = "NAME|INDEX", allow_negative_numbers = true)]
    pub weights: Option<String>,
    /// Text encoding, such as utf-8, shift_jis, utf-16le [default: detected].
    #[arg(long)]
    pub encoding: Option<String>,
    /// What separates the cells: `,` `;` `|` `tab` or `space` [default: detected].
    #[arg(long)]
    pub delimiter: Option<String>,
    /// Does the first row hold names? [default: detected]
    #[arg(long, value_name = "true|false")]
    pub header: Option<bool>,
    /// What to do about rows with missing cells: `drop` or `error` [default: drop].
    #[arg(long)]
    pub missing: Option<String>,
}

const FIT_EXAMPLES: &str = "Examples:
  symfolio fit examples/kepler.csv
  symfolio fit data.csv --target speed --features mass,length --budget 5m
  symfolio fit data.csv --budget 2e9 --seed 7 --json     the same result on any number of threads
  cat data.tsv | symfolio fit - --operators add,mul,div,sqrt

Budgets: 60s, 5m, 2h (wall time), 20cpu (CPU-seconds), 2e9 (work units; deterministic).
Exit codes: 0 done, 1 internal error, 2 wrong usage, configuration or data, 130 interrupted,
143 terminated (SIGTERM); after either of these the results so far are printed.";

#[derive(Args, Debug)]
#[command(after_help = FIT_EXAMPLES, arg_required_else_help = true)]
pub struct Fit {
    #[command(flatten)]
    pub data: Data,
    /// What may be spent [default: 60s].
    #[arg(long, value_parser = budget::read)]
    pub budget: Option<Budget>,
    /// Cores to use, 1 to 1024 [default: all].
    #[arg(long, value_name = "N", value_parser = RangedU64ValueParser::<usize>::new().range(1..=1024))]
    pub threads: Option<usize>,
    /// What the random streams begin from [default: 0].
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = seed)]
    pub seed: Option<u64>,
    /// Keep the study in this folder: configuration, log, checkpoints, result.
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// A study file (TOML) to begin from; options given here win.
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Operators that may be used, such as add,mul,sin [default: see README].
    #[arg(long, value_name = "OP,...", value_delimiter = ',')]
    pub operators: Option<Vec<String>>,
    /// A custom operator, such as 'gauss(a) = exp(-a**2)'; may be given again.
    #[arg(long, value_name = "DEFINITION")]
    pub define: Vec<String>,
    /// A formula to begin from, such as 'c0*exp(-c1*t)'; its numbers are fitted; may be given again.
    #[arg(long, value_name = "FORMULA", allow_hyphen_values = true)]
    pub guess: Vec<String>,
    /// The outer form of the formula, such as 'f(x0) + g(x1)*x2': what is called and is no operator is a function to be found. Only gp keeps to
    /// it.
    #[arg(long, value_name = "FORM", allow_hyphen_values = true)]
    pub template: Option<String>,
    /// Units of the columns: a TOML file with a line such as speed = "m/s" for each. Formulas that break them are not considered.
    #[arg(long, value_name = "FILE")]
    pub units: Option<PathBuf>,
    /// Constants have no units; by default each may have any.
    #[arg(long)]
    pub dimensionless_constants: bool,
    /// Least and greatest value of the formula, such as 0:10, 0: or :10; it keeps to them wherever the columns lie within their ranges.
    #[arg(long, value_name = "LEAST:GREATEST", allow_hyphen_values = true)]
    pub bounds: Option<Bounds>,
    /// A column as which grows the formula may not fall, or not rise, such as x1:increasing or x2:decreasing; may be given again.
    #[arg(long, value_name = "COLUMN:DIRECTION", value_parser = monotone)]
    pub monotone: Vec<(String, Direction)>,
    /// How much further than the data --bounds and --monotone hold on either side, as a share of each column's range [default: 0].
    #[arg(long, value_name = "SHARE", allow_negative_numbers = true)]
    pub bounds_margin: Option<f64>,
    /// Loss of a residual: squared, mae, huber:1.5, log-cosh, quantile:0.9 [default: squared].
    #[arg(long)]
    pub loss: Option<Loss>,
    /// Most complex formula to consider, in nodes [default: 50].
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = clap::value_parser!(u32).range(1..))]
    pub max_complexity: Option<u32>,
    /// Who decides which method gets the next slice: rising-ucb, round-robin, successive-halving, thompson, uniform [default: rising-ucb].
    #[arg(long)]
    pub policy: Option<String>,
    /// What past runs say of the methods: shipped, none, or a file made by train-prior [default: shipped].
    #[arg(long, value_name = "FILE")]
    pub prior: Option<String>,
    /// Methods to use, such as sparse,gp [default: all].
    #[arg(long, value_name = "NAME,...", value_delimiter = ',')]
    pub only: Option<Vec<String>>,
    /// Methods to leave out.
    #[arg(long, value_name = "NAME,...", value_delimiter = ',')]
    pub without: Option<Vec<String>>,
    /// A program that takes part as the method NAME, such as mine='python3 prog.py'; may be given again. What it reads and writes
    /// is in docs/external-programs.md.
    #[arg(long, value_name = "NAME=COMMAND")]
    pub program: Vec<String>,
    /// A program that measures the target at points that searches choose, such as 'python3 oracle.py'. What it reads and writes is
    /// in docs/oracle.md.
    #[arg(long, value_name = "COMMAND")]
    pub oracle: Option<String>,
    #[command(flatten)]
    pub output: Output,
}

/// What is printed.
#[derive(Args, Clone, Copy, Debug)]
pub struct Output {
    /// Print one JSON object on standard output.
    #[arg(long)]
    pub json: bool,
    /// No progress and no remarks on standard error.
    #[arg(long, short)]
    pub quiet: bool,
}

#[derive(Args, Debug)]
#[command(arg_required_else_help = true)]
pub struct Resume {
    /// The study's folder.
    pub dir: PathBuf,
    /// Another budget for the whole study, earlier sessions included.
    #[arg(long, value_parser = budget::read)]
    pub budget: Option<Budget>,
    #[command(flatten)]
    pub output: Output,
}

const REPORT_NOTES: &str = "Each row of the table is a formula, the simplest first; the chosen one is marked by >.
To use another one: symfolio export DIR --complexity SIZE, with SIZE from the table's first column.";

#[derive(Args, Debug)]
#[command(after_help = REPORT_NOTES, arg_required_else_help = true)]
pub struct Report {
    /// The study's folder.
    pub dir: PathBuf,
    /// Print the result's JSON object.
    #[arg(long)]
    pub json: bool,
}

#[derive(Args, Debug)]
#[command(arg_required_else_help = true)]
pub struct Explain {
    /// The study's folder.
    pub dir: PathBuf,
    /// Print every decision with its terms.
    #[arg(long)]
    pub decisions: bool,
    /// Write the graph of what was made of what to this file, for Graphviz.
    #[arg(long, value_name = "FILE")]
    pub dot: Option<PathBuf>,
    /// Print one JSON object.
    #[arg(long)]
    pub json: bool,
}

#[derive(Args, Debug)]
#[command(arg_required_else_help = true)]
pub struct Replay {
    /// The study's folder.
    pub dir: PathBuf,
    /// The policies to ask [default: all].
    #[arg(long, value_name = "NAME,...", value_delimiter = ',')]
    pub policy: Vec<String>,
    /// Print one JSON object.
    #[arg(long)]
    pub json: bool,
}

/// Which formula of a study.
#[derive(Args, Clone, Copy, Debug)]
pub struct Which {
    /// The formula of this size, the first figure of its row in the report [default: the chosen formula].
    #[arg(long, value_name = "SIZE", allow_negative_numbers = true, conflicts_with = "member")]
    pub complexity: Option<u32>,
    /// The formula in this row of the report's table; rows count from 0.
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    pub member: Option<usize>,
}

/// Which formula: of a study, or given as text.
#[derive(Args, Clone, Debug)]
pub struct Formula {
    #[command(flatten)]
    pub which: Which,
    /// A formula over the table's columns, instead of a study.
    #[arg(long, value_name = "FORMULA", allow_hyphen_values = true)]
    pub expr: Option<String>,
}

const PREDICT_EXAMPLES: &str = "Examples:
  symfolio predict study new.csv
  symfolio predict study new.csv --complexity 7     the formula of size 7 in the report's table
  symfolio predict --expr 'a**1.5' planets.csv

There is a value for every row, in the order of the table; it is NaN (null with --json)
where a cell that the formula needs is missing, and where the formula is undefined.";

#[derive(Args, Debug)]
#[command(after_help = PREDICT_EXAMPLES, arg_required_else_help = true)]
pub struct Predict {
    /// The study's folder (not with --expr), then the table; `-` for standard input.
    #[arg(value_name = "[DIR] DATA", num_args = 1..=2, required = true)]
    pub inputs: Vec<PathBuf>,
    #[command(flatten)]
    pub formula: Formula,
    /// Text encoding of the table [default: detected].
    #[arg(long)]
    pub encoding: Option<String>,
    /// What to do about a row with a missing cell: predict `nan`, or refuse the table by an `error`.
    #[arg(long, value_enum, default_value_t = MissingInput::Nan)]
    pub missing: MissingInput,
    /// Print one JSON object.
    #[arg(long)]
    pub json: bool,
}

/// What a prediction makes of a missing cell.
#[derive(Clone, Copy, Debug, PartialEq, ValueEnum)]
pub enum MissingInput {
    Nan,
    Error,
}

#[derive(Args, Debug)]
#[command(arg_required_else_help = true)]
pub struct Export {
    /// The study's folder.
    pub dir: PathBuf,
    /// text, latex, sympy, numpy, c, rust or json.
    #[arg(long, default_value = "text")]
    pub format: Format,
    #[command(flatten)]
    pub which: Which,
}

#[derive(Args, Debug)]
#[command(arg_required_else_help = true)]
pub struct Profile {
    #[command(flatten)]
    pub data: Data,
    /// Units of the columns: a TOML file with a line such as speed = "m/s" for each.
    #[arg(long, value_name = "FILE")]
    pub units: Option<PathBuf>,
    /// Print one JSON object.
    #[arg(long)]
    pub json: bool,
}

const CONSTANTS_EXAMPLES: &str = "Examples:
  symfolio fit-constants decay.csv --expr 'c0*exp(-c1*t) + c2'
  symfolio fit-constants data.csv --expr 'c0*x/(c1 + x)' --json
  symfolio fit-constants data.csv --expr 'c0*sin(c1*t)' --bounds c1=0:50 --start c0=1
  symfolio fit-constants data.csv --expr 'c0*x/(c1 + x)' --intervals profile
  symfolio fit-constants data.csv --expr 'c0*exp(-c1*t) + c2' --group sample --shared c1
  symfolio fit-constants old.csv new.csv --expr 'c0*exp(-c1*t)' --own c0

c0, c1, ... are the constants to fit; numbers stay as they are. A column of such a name is the column.
With --group, or with several tables, each group of rows has its own value of every constant that is not shared.";

#[derive(Args, Debug)]
#[command(after_help = CONSTANTS_EXAMPLES, arg_required_else_help = true)]
pub struct FitConstants {
    #[command(flatten)]
    pub data: Data,
    /// Further tables with the same columns, each a group of its own unless --group names a column.
    #[arg(value_name = "MORE")]
    pub more: Vec<PathBuf>,
    #[command(flatten)]
    pub groups: Groups,
    #[command(flatten)]
    pub fitting: Fitting,
    /// How the 95 % intervals are found: from the curvature at the best fit, or along the loss itself, the others fitted anew.
    #[arg(long, value_enum, default_value_t = IntervalMethod::Delta)]
    pub intervals: IntervalMethod,
    /// Print one JSON object.
    #[arg(long)]
    pub json: bool,
}

/// How confidence intervals are found.
#[derive(Clone, Copy, Debug, PartialEq, ValueEnum)]
pub enum IntervalMethod {
    Delta,
    Profile,
}

/// The formula to fit, and how.
#[derive(Args, Clone, Debug)]
pub struct Fitting {
    /// The formula, with constants c0, c1, ... to fit.
    #[arg(long, value_name = "FORMULA", allow_hyphen_values = true)]
    pub expr: String,
    /// Most time to take; wall seconds such as 2s, or work units [default: 2s, with groups 10s, relate 30s].
    #[arg(long, value_parser = budget::read)]
    pub budget: Option<Budget>,
    /// Loss of a residual: squared, mae, huber:1.5, log-cosh, quantile:0.9; or wasserstein, wasserstein:COLUMN, the
    /// distance of spectra along a column, for one table [default: squared].
    #[arg(long)]
    pub loss: Option<Criterion>,
    /// Bounds of a constant, either end open: c1=0:10, c1=0:, c1=:10; may be repeated.
    #[arg(long, value_name = "NAME=LOW:HIGH", value_parser = bounds)]
    pub bounds: Vec<(String, (f64, f64))>,
    /// A constant's value to begin from: c0=1; may be repeated.
    #[arg(long, value_name = "NAME=VALUE", value_parser = start)]
    pub start: Vec<(String, f64)>,
    /// What the random streams begin from.
    #[arg(long, value_name = "N", default_value_t = 0, allow_negative_numbers = true, value_parser = seed)]
    pub seed: u64,
}

const RELATE_EXAMPLES: &str = "Examples:
  symfolio relate shg.csv --expr 'c0*sinc(c1*(x - c2))**2' --group sample --by L,T
  symfolio relate one.csv two.csv three.csv four.csv --expr 'c0*exp(-c1*t)' --with T=280,290,300,310
  symfolio relate runs.csv --expr 'c0*x + c1' --group run --quantities conditions.csv
  symfolio relate --oracle './simulate --length {L}' --vary L=1:5 --expr 'c0*sinc(c1*(x - c2))**2'

A quantity has one value in each group: a column that is constant within the groups (--by), a list in the order of
the groups (--with), or a column of a table with a row a group (--quantities). Without --group, several tables are a group
each, and one table is grouped by the quantities themselves.
An oracle is run without a shell, once for each setting; {L} in its arguments becomes the value of L, which is also in the
environment as SYMFOLIO_L. It prints a table with a header on standard output. With --x x=0:10:200 it finds that grid as a
column x on standard input, and as {x_low}, {x_high} and {x_points}.";

#[derive(Args, Debug)]
#[command(after_help = RELATE_EXAMPLES, arg_required_else_help = true)]
pub struct Relate {
    /// One table or several of the same columns; `-` for standard input.
    #[arg(value_name = "DATA", required_unless_present = "oracle", conflicts_with = "oracle")]
    pub tables: Vec<PathBuf>,
    #[command(flatten)]
    pub reading: Reading,
    #[command(flatten)]
    pub groups: Groups,
    /// Columns that are quantities: constant within each group.
    #[arg(long, value_name = "NAME,...", value_delimiter = ',')]
    pub by: Vec<String>,
    /// A quantity's values in the order of the groups: L=1,2,3; may be repeated.
    #[arg(long, value_name = "NAME=VALUE,...", value_parser = values)]
    pub with: Vec<(String, Vec<f64>)>,
    /// A table with a row a group: its name in the first column (or the one called as --group says), quantities in the others.
    #[arg(long, value_name = "FILE")]
    pub quantities: Option<PathBuf>,
    #[command(flatten)]
    pub fitting: Fitting,
    #[command(flatten)]
    pub oracle: Oracle,
    /// Print one JSON object.
    #[arg(long)]
    pub json: bool,
}

/// A program that makes the data sets.
#[derive(Args, Clone, Debug)]
pub struct Oracle {
    /// A command that prints a table for a setting of the quantities, such as './simulate --length {L}'.
    #[arg(long, value_name = "COMMAND", requires = "vary", conflicts_with_all = ["by", "with", "quantities", "group"])]
    pub oracle: Option<String>,
    /// A quantity and its range: L=1:5; may be repeated.
    #[arg(long, value_name = "NAME=LOW:HIGH", value_parser = range, requires = "oracle")]
    pub vary: Vec<symfolio::relate::Range>,
    /// How many settings, at least 4 [default: 8].
    #[arg(long, value_name = "N", requires = "oracle", value_parser = RangedU64ValueParser::<usize>::new().range(4..=10_000))]
    pub points: Option<usize>,
    /// A grid for the oracle: x=0:10:200 is 200 values of x from 0 to 10.
    #[arg(long, value_name = "NAME=LOW:HIGH:POINTS", value_parser = grid, requires = "oracle")]
    pub x: Option<(symfolio::relate::Range, usize)>,
    /// Most seconds for one call, such as 60s or 5m [default: 60s].
    #[arg(long, value_name = "TIME", value_parser = budget::seconds, requires = "oracle")]
    pub timeout: Option<f64>,
}

/// Which rows belong together, and which constants they share.
#[derive(Args, Clone, Debug)]
pub struct Groups {
    /// Column that names the group of each row, in text or numbers; it is no feature.
    #[arg(long, value_name = "NAME|INDEX", allow_negative_numbers = true)]
    pub group: Option<String>,
    /// Constants with one value for all groups, such as c0,c1 [default: none].
    #[arg(long, value_name = "NAME,...", value_delimiter = ',')]
    pub shared: Option<Vec<String>>,
    /// The other way to say it: constants of which each group has its own value; all others are shared.
    #[arg(long, value_name = "NAME,...", value_delimiter = ',', conflicts_with = "shared")]
    pub own: Option<Vec<String>>,
}

/// Reads `c1=0:10`; an end that is left out is infinite.
fn bounds(text: &str) -> Result<(String, (f64, f64)), String> {
    let end = |text: &str, open: f64| if text.trim().is_empty() { Some(open) } else { text.trim().parse().ok() };
    text.split_once('=')
        .and_then(|(name, ends)| Some((name, ends.split_once(':')?)))
        .and_then(|(name, (low, high))| {
            Some((name.trim().to_string(), (end(low, f64::NEG_INFINITY)?, end(high, f64::INFINITY)?)))
        })
        .ok_or_else(|| "bounds are written c1=0:10, c1=0: or c1=:10".into())
}

/// Reads `c0=1`.
fn start(text: &str) -> Result<(String, f64), String> {
    text.split_once('=')
        .and_then(|(name, value)| Some((name.trim().to_string(), value.trim().parse().ok()?)))
        .ok_or_else(|| "a start is written c0=1".into())
}

/// Reads `L=1,2,3`.
fn values(text: &str) -> Result<(String, Vec<f64>), String> {
    text.split_once('=')
        .and_then(|(name, list)| {
            let values: Option<Vec<f64>> = list.split(',').map(|value| value.trim().parse().ok()).collect();
            Some((name.trim().to_string(), values?))
        })
        .filter(|(name, _)| !name.is_empty())
        .ok_or_else(|| "values are written L=1,2,3, numbers only".into())
}

/// Reads `L=1:5`.
fn range(text: &str) -> Result<symfolio::relate::Range, String> {
    let (name, (low, high)) = bounds(text).map_err(|_| "a range is written L=1:5")?;
    let usable = low.is_finite() && high.is_finite() && low < high && is_name(&name);
    usable.then_some(symfolio::relate::Range { name, low, high }).ok_or_else(|| {
        "a range is written L=1:5: a name of letters, digits and _, then the smaller and the larger number".into()
    })
}

/// Reads `x=0:10:200`.
fn grid(text: &str) -> Result<(symfolio::relate::Range, usize), String> {
    text.rsplit_once(':')
        .and_then(|(ends, points)| Some((range(ends).ok()?, points.trim().parse().ok().filter(|points| *points >= 2)?)))
        .ok_or_else(|| "a grid is written x=0:10:200: ends and the number of points, at least 2".into())
}

/// Can it be a placeholder, and a part of a variable's name in the environment?
fn is_name(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// Reads a column and the way a formula goes as it grows.
fn monotone(text: &str) -> Result<(String, Direction), String> {
    let read = text.rsplit_once(':').and_then(|(column, word)| {
        let direction = [Direction::Increasing, Direction::Decreasing].into_iter().find(|it| it.name() == word.trim());
        direction.filter(|_| !column.trim().is_empty()).map(|direction| (column.trim().to_string(), direction))
    });
    read.ok_or_else(|| "write a column and increasing or decreasing, such as x1:increasing".to_string())
}

/// Reads a seed.
fn seed(text: &str) -> Result<u64, String> {
    // Study files have no larger numbers.
    let most = i64::MAX.unsigned_abs();
    let read = text.parse().ok().filter(|seed| *seed <= most);
    read.ok_or_else(|| format!("a seed is a whole number from 0 to {most}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The threads that `fit --threads TEXT` asks for, or what it says instead.
    fn threads(text: &str) -> Result<Option<usize>, String> {
        match Arguments::try_parse_from(["symfolio", "fit", "data.csv", "--threads", text]) {
            Ok(Arguments { command: Command::Fit(fit) }) => Ok(fit.threads),
            Ok(other) => Err(format!("{other:?}")),
            Err(error) => Err(error.to_string()),
        }
    }

    #[test]
    fn bounds_may_be_open_at_an_end() {
        assert_eq!(bounds("c1=0:10"), Ok(("c1".into(), (0.0, 10.0))));
        assert_eq!(bounds("c1=-2.5e3:"), Ok(("c1".into(), (-2500.0, f64::INFINITY))));
        assert_eq!(bounds("c12=:1"), Ok(("c12".into(), (f64::NEG_INFINITY, 1.0))));
        for text in ["c1", "c1=5", "c1=a:b", "=", ""] {
            assert!(bounds(text).is_err() && start(text.trim_end_matches('5')).is_err(), "{text}");
        }
        assert_eq!(start("c0=-1e-3"), Ok(("c0".into(), -1e-3)));
    }

    #[test]
    fn threads_have_a_range() {
        assert_eq!(threads("1"), Ok(Some(1)));
        assert_eq!(threads("1024"), Ok(Some(1024)));
        for text in ["0", "1025", "18446744073709551615"] {
            let said = threads(text).unwrap_err();
            assert!(said.contains(text) && said.contains("--threads <N>") && said.contains("1..=1024"), "{said}");
        }
    }
}
