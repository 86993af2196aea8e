//! [`StudyConfig`]: everything that a person decides about a study; the content of `study.toml`.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use symfolio_core::{Budget, Config, Constraints, Exchange, Profile};
use symfolio_expr::{Complexity, Definition, Op, OperatorSet, ParseError, UnitTextError, parse_definition};
use symfolio_fit::Loss;
use symfolio_scheduler::Prior;

use crate::data::{Delimiter, LoadOptions, Missing};

/// Everything that a person decides about a study. Every field has a default; unknown fields are refused.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct StudyConfig {
    /// What the random streams begin from.
    pub seed: u64,
    /// What may be spent: `60s` (wall), `20cpu` (CPU-seconds), `2e9` (work units).
    pub budget: Budget,
    /// Cores to use; 0 for all there are.
    pub threads: usize,
    /// Who decides which backend gets the next slice.
    pub policy: String,
    /// What past runs say of the backends: a file made by `symfolio train-prior`, `none`, or `shipped` for what is built in.
    pub prior: String,
    /// Slots of virtual time, with a work budget: how many slices may be under way at once, whatever the number of threads.
    pub slots: usize,
    /// Work of an ordinary slice; a tenth of a second or so where absent, less for small budgets.
    pub slice_work: Option<u64>,
    /// The backends to use; empty for all that there are.
    pub only: Vec<String>,
    /// Backends to leave out.
    pub without: Vec<String>,
    /// Most of the budget that a backend may take, by name, 0 to 1; all of it where absent.
    pub shares: BTreeMap<String, f64>,
    /// What work, tokens and dollars are worth beside each other.
    pub exchange: Exchange,
    /// Where the data is and how to read it.
    pub data: DataConfig,
    /// What is looked for.
    pub problem: ProblemConfig,
    /// Settings of the backends by name.
    pub backends: BTreeMap<String, Config>,
    /// Programs that take part as backends, by the names that they go by, with their settings.
    pub programs: BTreeMap<String, Config>,
    /// What measures the target where a search asks.
    pub oracle: Option<OracleConfig>,
}

impl Default for StudyConfig {
    fn default() -> StudyConfig {
        StudyConfig {
            seed: 0,
            budget: Budget::Wall(60.0),
            threads: 0,
            policy: "rising-ucb".into(),
            prior: "shipped".into(),
            slots: 8,
            slice_work: None,
            only: Vec::new(),
            without: Vec::new(),
            shares: BTreeMap::new(),
            exchange: Exchange::default(),
            data: DataConfig::default(),
            problem: ProblemConfig::default(),
            backends: BTreeMap::new(),
            programs: BTreeMap::new(),
            oracle: None,
        }
    }
}

/// What measures the target where a search asks: `[oracle]`.
///
/// | name | default | purpose | range |
/// |---|---|---|---|
/// | `command` | | the program and its arguments; no shell reads them | at least one word, unless there is a formula |
/// | `formula` | | in the place of a program: a formula over the columns | |
/// | `max_questions` | 200000 | most points that may be asked for in the study | 1 to 1e9 |
/// | `timeout` | 10 | seconds to wait for an answer | 0.1 to 3600 |
/// | `startup` | 10 | seconds more for the first one | 0 to 3600 |
/// | `memory_mb` | 2000 | most memory of the program and its children, in MB | 10 to 1e6 |
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[allow(missing_docs, reason = "the table above documents each setting")]
pub struct OracleConfig {
    pub command: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub formula: Option<String>,
    pub max_questions: u64,
    pub timeout: f64,
    pub startup: f64,
    pub memory_mb: u64,
}

impl Default for OracleConfig {
    fn default() -> OracleConfig {
        OracleConfig {
            command: Vec::new(),
            formula: None,
            max_questions: 200_000,
            timeout: 10.0,
            startup: 10.0,
            memory_mb: 2000,
        }
    }
}

impl OracleConfig {
    /// # Errors
    /// [`ConfigError::Oracle`] names what is missing or out of range.
    pub(crate) fn check(&self) -> Result<(), ConfigError> {
        let named = self.command.first().is_some_and(|program| !program.trim().is_empty());
        if named == self.formula.is_some() {
            let message = "give either command = [\"python3\", \"oracle.py\"] or formula = \"x0*x1\"".into();
            return Err(ConfigError::Oracle { message });
        }
        let settings = [
            ("max_questions", self.max_questions as f64, 1.0..=1e9, "1 to 1000000000"),
            ("timeout", self.timeout, 0.1..=3600.0, "0.1 to 3600"),
            ("startup", self.startup, 0.0..=3600.0, "0 to 3600"),
            ("memory_mb", self.memory_mb as f64, 10.0..=1e6, "10 to 1000000"),
        ];
        match settings.into_iter().find(|(_, value, allowed, _)| !allowed.contains(value)) {
            Some((setting, value, _, range)) => {
                Err(ConfigError::Oracle { message: format!("{setting} is {value}, allowed is {range}") })
            }
            None => Ok(()),
        }
    }
}

/// Where the data is and how to read it; see [`LoadOptions`] for the fields.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[allow(missing_docs, reason = "LoadOptions documents them")]
pub struct DataConfig {
    /// The file; `-` for standard input.
    pub path: Option<PathBuf>,
    pub target: Option<String>,
    pub features: Option<Vec<String>>,
    pub weights: Option<String>,
    pub header: Option<bool>,
    pub delimiter: Option<String>,
    pub encoding: Option<String>,
    /// `drop` (default) or `error`.
    pub missing: Option<String>,
    /// Units of the columns.
    pub units: Option<UnitsConfig>,
}

/// Units of columns, by the columns' names.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum UnitsConfig {
    /// A TOML file with a line such as `speed = "m/s"` for each column.
    File(PathBuf),
    /// The same as a table of the study file.
    Table(BTreeMap<String, String>),
}

impl UnitsConfig {
    /// The units by the columns' names, from the file where they are in one.
    ///
    /// # Errors
    /// [`ConfigError::Units`] where the file cannot be read.
    pub fn table(&self) -> Result<BTreeMap<String, String>, ConfigError> {
        match self {
            UnitsConfig::Table(table) => Ok(table.clone()),
            UnitsConfig::File(path) => {
                let wrong = |message: String| ConfigError::Units { path: path.clone(), message };
                let text = std::fs::read_to_string(path).map_err(|error| wrong(error.to_string()))?;
                toml::from_str(&text).map_err(|error| {
                    wrong(format!("{}\nwrite a line such as speed = \"m/s\" for each column", error.to_string().trim()))
                })
            }
        }
    }
}

/// What is looked for.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ProblemConfig {
    /// The loss of one residual.
    pub loss: Option<Loss>,
    /// Names of the operators that may be used; the default set where absent.
    pub operators: Option<Vec<Op>>,
    /// Custom operators, such as `gauss(a) = exp(-a**2)`.
    pub define: Vec<String>,
    /// Formulas to begin from, over the columns; numbers in them are free constants that begin there.
    pub guess: Vec<String>,
    /// The outer form of the formula, such as `f(x0) + g(x1)*x2`: names that are called and are no operators are unknown functions.
    pub template: Option<String>,
    /// Share of the rows to hold out, 0 to 0.5; a quarter where absent, none below 40 rows.
    pub validation: Option<f64>,
    /// Have free constants no unit? Else they may have any. Needs units of the columns.
    pub dimensionless_constants: bool,
    /// What a form must keep to.
    pub constraints: Constraints,
    /// How complexity counts.
    pub complexity: Complexity,
}

/// What is wrong with a [`StudyConfig`].
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[allow(missing_docs, reason = "the messages say it")]
pub enum ConfigError {
    #[error("{0}")]
    Syntax(String),
    #[error("there is no backend {name:?}; the backends are {known}")]
    UnknownBackend { name: String, known: String },
    #[error("no backend is left to search with; name fewer in `without` or more in `only`")]
    NoBackend,
    #[error("the settings of backend {name:?} are wrong: {message}")]
    Backend { name: String, message: String },
    #[error("the template {text:?} cannot be read: {error}")]
    Template { text: String, error: Box<ParseError> },
    #[error(
        "the template {text:?} uses {operator}, which is not among the operators; add it to `operators`, or write the template without it"
    )]
    TemplateOperator { text: String, operator: &'static str },
    #[error(
        "a template is kept to by none of the backends that are left ({left}); take gp among them, or give no template"
    )]
    TemplateBackend { left: String },
    #[error(transparent)]
    Shape(#[from] symfolio_core::ShapeError),
    #[error(transparent)]
    Policy(#[from] symfolio_scheduler::UnknownPolicy),
    #[error("prior = {path:?}: {message}")]
    Prior { path: String, message: String },
    #[error("validation = {value} is not between 0 and 0.5")]
    Validation { value: f64 },
    #[error("slots = {value} is not between 1 and 1024")]
    Slots { value: usize },
    #[error("slice_work = {value} is below 1000; a slice of so little work does nothing but begin and end")]
    SliceWork { value: u64 },
    #[error(
        "backend {name:?} waits for the network, and waiting is no work: give a budget in seconds such as 60s, or leave it out by `without`"
    )]
    NetworkWork { name: String },
    #[error("exchange.{name} = {value} is not above 0 and finite")]
    Exchange { name: &'static str, value: f64 },
    #[error("shares.{name} = {value} is not between 0 and 1")]
    Share { name: String, value: f64 },
    #[error(
        "program {name:?} takes seconds, and those differ from run to run: give a budget in seconds such as 60s or 20cpu, leave it out by `without`, or, if it counts its own work, say `repeatable = true` in its table"
    )]
    ProgramWork { name: String },
    #[error("the program {name:?} has the name of a backend; give it another one")]
    ProgramName { name: String },
    #[error("[oracle]: {message}")]
    Oracle { message: String },
    #[error(
        "backend {name:?} asks an oracle, and the study has none; name one by --oracle or in [oracle], or leave the backend out"
    )]
    NoOracle { name: String },
    #[error("threads = {value} is not between 0 (all cores) and 1024")]
    Threads { value: usize },
    #[error("the units {}: {message}", path.display())]
    Units { path: PathBuf, message: String },
    #[error("column {column:?}: {error}")]
    Unit { column: String, error: Box<UnitTextError> },
    #[error("dimensionless_constants = true means nothing without units; give them by --units or in data.units")]
    NoUnits,
    #[error("missing = {value:?} is neither \"drop\" nor \"error\"")]
    Missing { value: String },
    #[error("delimiter = {value:?} is none of \",\", \";\", \"|\", \"tab\" and \"space\"")]
    Delimiter { value: String },
    #[error("the custom operator {text:?} cannot be read: {error}")]
    Definition { text: String, error: Box<ParseError> },
    #[error("the guess {text:?} cannot be read: {error}")]
    Guess { text: String, error: Box<ParseError> },
    #[error(
        "the guess {text:?} uses {operator}, which is not among the operators; add it to `operators`, or write the guess without it"
    )]
    GuessOperator { text: String, operator: &'static str },
    #[error(
        "the guess {text:?} has {complexity} nodes, depth {depth} or operators inside each other that the constraints do not allow, or not the form of the template; relax `constraints`, or write the guess as the template says"
    )]
    GuessConstraints { text: String, complexity: u32, depth: usize },
    #[error("complexity names the operator {name:?}, which does not exist")]
    Complexity { name: String },
    #[error("max_complexity = {value} leaves no room for a formula; take at least 1")]
    MaxComplexity { value: u32 },
}

impl StudyConfig {
    /// Reads TOML.
    ///
    /// # Errors
    /// [`ConfigError::Syntax`] names line, column and what was expected.
    pub fn from_toml(text: &str) -> Result<StudyConfig, ConfigError> {
        toml::from_str(text).map_err(|error| ConfigError::Syntax(error.to_string()))
    }

    /// What past runs say of the backends.
    ///
    /// # Errors
    /// [`ConfigError::Prior`] where the file cannot be read.
    pub fn prior(&self) -> Result<Prior, ConfigError> {
        match self.prior.as_str() {
            "none" => Ok(Prior::default()),
            "shipped" => Ok(Prior::shipped()),
            path => {
                let wrong = |message: String| ConfigError::Prior { path: path.into(), message };
                let text = std::fs::read_to_string(path).map_err(|error| wrong(error.to_string()))?;
                Prior::from_json(&text).map_err(|error| wrong(error.to_string()))
            }
        }
    }

    /// The number of threads to use: as set, or all cores.
    pub fn threads(&self) -> usize {
        #[expect(clippy::disallowed_methods, reason = "the engine owns the threads; the number changes no result")]
        let cores = || std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        if self.threads == 0 { cores() } else { self.threads }
    }
}

impl DataConfig {
    /// The options of the loader.
    ///
    /// # Errors
    /// A word that means nothing, or a file of units that cannot be read.
    pub fn options(&self) -> Result<LoadOptions, ConfigError> {
        let missing = match self.missing.as_deref() {
            None | Some("drop") => Missing::Drop,
            Some("error") => Missing::Error,
            Some(value) => return Err(ConfigError::Missing { value: value.into() }),
        };
        let delimiter = match self.delimiter.as_deref() {
            None => None,
            Some(",") => Some(Delimiter::Comma),
            Some(";") => Some(Delimiter::Semicolon),
            Some("|") => Some(Delimiter::Pipe),
            Some("tab" | "\t") => Some(Delimiter::Tab),
            Some("space" | " ") => Some(Delimiter::Spaces),
            Some(value) => return Err(ConfigError::Delimiter { value: value.into() }),
        };
        Ok(LoadOptions {
            target: self.target.clone(),
            features: self.features.clone(),
            mentioned_in: Vec::new(),
            weights: self.weights.clone(),
            header: self.header,
            delimiter,
            encoding: self.encoding.clone(),
            missing,
            units: self.units.as_ref().map_or(Ok(BTreeMap::new()), UnitsConfig::table)?,
        })
    }
}

impl ProblemConfig {
    /// The operators to search with on data of this profile: those that are named, or the default ones, of which the oscillating are left out
    /// where no feature has more than two values, since they make nothing of these that a sum and a product do not.
    ///
    /// # Errors
    /// A custom operator that cannot be read.
    pub fn operator_set(&self, profile: &Profile) -> Result<OperatorSet, ConfigError> {
        let two_valued = profile.features.iter().all(|feature| feature.column.distinct <= 2);
        let of_profile = || match two_valued && !profile.features.is_empty() {
            true => {
                [Op::Sin, Op::Cos, Op::Tanh, Op::Asin].iter().fold(OperatorSet::default(), |set, op| set.without(*op))
            }
            false => OperatorSet::default(),
        };
        let set = self.operators.as_ref().map_or_else(of_profile, |ops| OperatorSet::new(ops.iter().copied()));
        self.define.iter().try_fold(set, |set, text| {
            let definition: Definition = parse_definition(text)
                .map_err(|error| ConfigError::Definition { text: text.clone(), error: Box::new(error) })?;
            Ok(set.with(definition))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn toml_round_trips_and_unknown_keys_are_refused() {
        let text = "seed = 3\nbudget = \"20cpu\"\n[problem]\noperators = [\"add\", \"mul\", \"sin\"]\n[backends.gp]\npopulation = 100\n";
        let config = StudyConfig::from_toml(text).unwrap();
        assert_eq!((config.seed, config.budget), (3, Budget::Cpu(20.0)));
        let again = StudyConfig::from_toml(&toml::to_string(&config).unwrap()).unwrap();
        assert_eq!(again, config);
        for (text, word) in
            [("sed = 3", "sed"), ("budget = \"soon\"", "soon"), ("[problem]\noperators = [\"sine\"]", "sine")]
        {
            let error = StudyConfig::from_toml(text).unwrap_err().to_string();
            assert!(error.contains(word), "{error}");
        }
    }
}
