//! The contract: [`Backend`], [`Search`], [`Host`] and the [`Slice`] that passes between them.

use std::ops::ControlFlow;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use symfolio_fit::Effort;

use crate::{
    Answer, Candidate, Conversation, Cost, Directives, Evaluation, Finding, Form, Lineage, OracleError, Problem,
    ProgramError, ProgramSpec, Prompt, Proposal, RowSet, StopReason, Ticket,
};

/// A way of searching. Has no state of its own.
pub trait Backend: Send + Sync {
    /// Its name, as studies, logs and reports call it: lower case, unique in a portfolio.
    fn name(&self) -> &str;

    /// What it needs and what it can do.
    fn traits(&self) -> Traits;

    /// Does it keep to [`Problem::template`]? A backend that does not takes no part where there is one.
    fn keeps_template(&self) -> bool {
        false
    }

    /// Begins a search; the same arguments begin the same search.
    ///
    /// # Errors
    /// [`SearchError::Config`] for a configuration that it does not understand, [`SearchError::Unsuited`] for a problem that it
    /// cannot search.
    fn start(&self, problem: Arc<Problem>, config: &Config, seed: u64) -> Result<Box<dyn Search>, SearchError>;

    /// Takes a search up again from what [`Search::checkpoint`] gave.
    ///
    /// # Errors
    /// [`SearchError::Checkpoint`] for bytes that are not a checkpoint of this backend and problem.
    fn resume(&self, problem: Arc<Problem>, checkpoint: &[u8]) -> Result<Box<dyn Search>, SearchError>;
}

/// One search under way. Between slices it is at rest: it may be saved, moved or dropped.
pub trait Search: Send {
    /// Works until the slice is spent or nothing is left to try. It is a function of the checkpoint and the slice: no clock, no
    /// randomness but its own seeded streams. After the first [`ControlFlow::Break`] it returns: with at most one further charge, to
    /// settle, and offers only of what it has measured before.
    ///
    /// # Errors
    /// [`SearchError`] ends this run, never the study.
    fn advance(&mut self, slice: &Slice, host: &mut dyn Host) -> Result<Progress, SearchError>;

    /// Bytes to go on from, or `None` for a search that cannot be saved: after a restart it is started anew and goes on with the
    /// slice after, so that its part of the study is not what it would have been undisturbed.
    ///
    /// # Errors
    /// [`SearchError::Checkpoint`] where the state cannot be written.
    fn checkpoint(&self) -> Result<Option<Vec<u8>>, SearchError>;
}

/// What a search may ask of whoever runs it: in process, across a plugin's boundary, or across machines.
pub trait Host {
    /// Puts a form forward. The host scores it on the judge rows, at this slice's cost; the archive decides.
    fn offer(&mut self, form: Form, lineage: Lineage);

    /// Measures forms on the slice's rows, with their constants fitted as `effort` says; charged to this slice. One evaluation
    /// a form, in the same order.
    fn evaluate(&mut self, forms: &[Form], effort: Effort) -> Vec<Evaluation>;

    /// Suggests rows, measurements or a sub-problem.
    fn propose(&mut self, proposal: Proposal);

    /// Asks the study's language model; returns at once.
    fn ask(&mut self, prompt: Prompt) -> Ticket;

    /// Waits for the next answer to any open question; `None` where no question is open. Answers that were paid for can be
    /// fetched after `charge` said Break, too; questions still open when the slice ends are withdrawn.
    fn next_answer(&mut self) -> ControlFlow<StopReason, Option<Answer>>;

    /// Pays for work of the search's own; `Break` means stop, and says why. A search pays at least every 10 ms or so of work.
    fn charge(&mut self, cost: Cost) -> ControlFlow<StopReason>;

    /// Starts a program to talk to. The search keeps the conversation between its slices, lets the program rest meanwhile, and
    /// pays for what it computes. A search with a program cannot be saved: it is started anew.
    ///
    /// # Errors
    /// [`ProgramError::NotHere`] from a host that starts no programs, as most do not; [`ProgramError::Start`].
    fn open(&mut self, _program: &ProgramSpec) -> Result<Box<dyn Conversation>, ProgramError> {
        Err(ProgramError::NotHere)
    }

    /// Asks the study's oracle what the target is at `points`, each with one value a feature, in the units of the data; one value a
    /// point, NaN where the target is undefined. Charged to this slice. What was asked before is answered as before, so that a slice that is
    /// repeated goes the same way. A search about a view has no oracle.
    ///
    /// # Errors
    /// [`OracleError::None`] from a host without an oracle, as most are; the others say what is wrong with the oracle.
    fn measure(&mut self, _points: &[Vec<f64>]) -> Result<Vec<f64>, OracleError> {
        Err(OracleError::None)
    }
}

/// One round of granted work.
#[derive(Clone, Debug)]
pub struct Slice {
    /// Number of the slice within its run, from 0; with the run's seed it names the random stream.
    pub index: u64,
    /// What may be spent.
    pub grant: Cost,
    /// Candidates of the archive that the search has not been handed yet.
    pub migrants: Vec<Candidate>,
    /// The rows to work on.
    pub rows: Arc<RowSet>,
    /// What a person or the scheduler asks for.
    pub directives: Arc<Directives>,
    /// What came of views that the search proposed, each once, in the order in which they were closed.
    pub findings: Vec<Finding>,
}

/// How a slice ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Progress {
    /// There is more to try; a further slice is welcome.
    Paused,
    /// Nothing is left to try, unless new migrants or rows arrive.
    Exhausted,
}

/// What a backend needs and what it can do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Traits {
    /// What it mostly waits for.
    pub resource: Resource,
    /// What a problem must have for it.
    pub needs: Vec<Need>,
    /// Can [`Search::checkpoint`] return bytes?
    pub resumable: bool,
    /// Does it make use of migrants?
    pub takes_migrants: bool,
    /// Is it cheap and exact, and so to run before all others?
    pub first: bool,
    /// May several searches of it run at once, with different seeds?
    pub many: bool,
}

/// What a backend mostly waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resource {
    /// A processor core.
    Cpu,
    /// Answers from elsewhere.
    Network,
    /// A program that computes on a core of its own accord. What it takes is measured in seconds, which no two runs share: such a
    /// backend cannot be part of a study with a work budget.
    Program,
}

/// What a problem or study must have for a backend.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// A data set.
    Data,
    /// Units of the columns.
    Units,
    /// A language model.
    Model,
    /// Archive members to work on.
    Migrants,
    /// An oracle, see [`Host::measure`]. A study without one leaves the backend out, and so do all views.
    Oracle,
}

/// A backend's part of the study file: a TOML table that only the backend understands.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Config(pub toml::Table);

impl Config {
    /// Reads the table into the backend's own type; an empty table gives its defaults.
    ///
    /// # Errors
    /// [`SearchError::Config`] names the key that is unknown or has the wrong type, what was given and what is expected.
    pub fn read<T: serde::de::DeserializeOwned>(&self) -> Result<T, SearchError> {
        self.0.clone().try_into().map_err(|error: toml::de::Error| SearchError::Config(with_key(&error)))
    }
}

/// An error of a table that has no text to point into, key first. The key is only in what the error displays, in a line of its
/// own after the message.
fn with_key(error: &toml::de::Error) -> String {
    let (shown, message) = (error.to_string(), error.message());
    let key = shown.strip_prefix(message).and_then(|rest| rest.trim().strip_prefix("in "));
    key.map_or_else(|| message.to_string(), |key| format!("{key}: {message}"))
}

/// Why a run cannot begin or go on. It ends the run, never the study.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum SearchError {
    /// The backend's configuration is wrong.
    #[error("wrong configuration: {0}")]
    Config(String),
    /// The bytes are not a checkpoint that the backend can go on from.
    #[error("not a usable checkpoint: {0}")]
    Checkpoint(String),
    /// The backend cannot search this problem.
    #[error("not suited to this problem: {0}")]
    Unsuited(String),
    /// Anything else.
    #[error("{0}")]
    Failed(String),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Default, PartialEq, Deserialize)]
    #[serde(default, deny_unknown_fields)]
    struct Settings {
        population: usize,
        rates: Rates,
    }

    #[derive(Debug, Default, PartialEq, Deserialize)]
    #[serde(default, deny_unknown_fields)]
    struct Rates {
        crossover: f64,
    }

    fn read(table: &str) -> Result<Settings, SearchError> {
        Config(table.parse().unwrap()).read()
    }

    #[test]
    fn a_wrong_setting_is_named_with_what_was_given_and_expected() {
        assert_eq!(read("").unwrap(), Settings::default());
        assert_eq!(read("population = 30\nrates.crossover = 0.5").unwrap().rates.crossover, 0.5);
        for (table, message) in [
            ("population = \"many\"", "`population`: invalid type: string \"many\", expected usize"),
            ("population = -1", "`population`: invalid value: integer `-1`, expected usize"),
            ("rates.crossover = true", "`rates.crossover`: invalid type: boolean `true`, expected f64"),
            ("rates = 3", "`rates`: invalid type: integer `3`, expected struct Rates"),
        ] {
            assert_eq!(read(table), Err(SearchError::Config(message.into())));
        }
        let unknown = read("size = 3").unwrap_err().to_string();
        assert!(unknown.contains("unknown field `size`, expected `population` or `rates`"), "{unknown}");
    }
}
