//! [`Job`] and [`Report`]: what a process of its own is asked for, and what it answers.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use symfolio::StudyConfig;

use crate::fingerprint;
use crate::provenance::Provenance;
use crate::suite::{Data, Problem};

/// One run of one method on one problem, with all that it depends on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Job {
    /// The suite's name.
    pub suite: String,
    /// The folder that paths of tables count from.
    pub folder: PathBuf,
    /// Where sets of PMLB are kept.
    pub pmlb: PathBuf,
    /// The problem.
    pub problem: Problem,
    /// Noise on the training target, as a share of its root mean square.
    pub noise: f64,
    /// What rows, noise and search are drawn from.
    pub seed: u64,
    /// The method, as text.
    pub method: String,
    /// Settings of the study; budget and threads are here, and the seed is set from `seed`.
    pub config: StudyConfig,
    /// The command that runs a peer, with its arguments; empty for other methods.
    pub command: Vec<String>,
    /// What it comes from besides.
    pub provenance: Provenance,
}

impl Job {
    /// What makes two runs the same run: see [`crate::Database`].
    pub fn key(&self) -> Key {
        let Provenance { build, prior, content, .. } = &self.provenance;
        // A table may change under its name, and a prior be moved.
        let definition = match &self.problem.data {
            Data::File { .. } if !content.is_empty() => fingerprint::of_value(&(&self.problem, content)),
            _ => fingerprint::of_value(&self.problem),
        };
        let settings = match prior.is_empty() {
            true => fingerprint::of_value(&self.config),
            false => fingerprint::of_value(&StudyConfig { prior: String::new(), ..self.config.clone() }),
        };
        Key {
            suite: self.suite.clone(),
            problem: self.problem.name.clone(),
            definition,
            settings,
            prior: prior.clone(),
            noise: self.noise,
            seed: self.seed,
            method: self.method.clone(),
            budget: self.config.budget.to_string(),
            threads: self.config.threads,
            build: build.clone(),
        }
    }
}

/// What makes two runs the same run.
#[derive(Clone, Debug, PartialEq)]
pub struct Key {
    /// The suite's name.
    pub suite: String,
    /// The problem's name.
    pub problem: String,
    /// A fingerprint of the problem's entry in the suite, and of its table: with another range it is another problem.
    pub definition: String,
    /// A fingerprint of the settings of the study.
    pub settings: String,
    /// A fingerprint of what a prior file says; empty where there is none.
    pub prior: String,
    /// Level of noise.
    pub noise: f64,
    /// Seed.
    pub seed: u64,
    /// Method, as text.
    pub method: String,
    /// Budget, as text.
    pub budget: String,
    /// Threads.
    pub threads: usize,
    /// A fingerprint of the program that made it; empty where it is not known.
    pub build: String,
}

/// What a process of its own answers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(clippy::large_enum_variant, reason = "one a process")]
pub enum Report {
    /// The run came to its end.
    Done(Finished),
    /// It did not, and why.
    Failed(String),
}

/// A run that came to its end. Figures that are not finite are absent.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Finished {
    /// Fingerprint of the training data (`Dataset::content_hash`), 16 hexadecimal digits.
    pub problem_hash: String,
    /// What the training data is like, as JSON.
    pub profile: serde_json::Value,
    /// The study's configuration, as JSON.
    pub config: serde_json::Value,
    /// Version of Symfolio.
    pub version: String,
    /// The kernels that evaluated expressions.
    pub kernel: String,
    /// Nodes of the law, simplified.
    pub law_size: Option<usize>,
    /// Is the chosen formula the law? Absent without a law; so are the next three.
    pub exact: Option<bool>,
    /// Is any formula of the front the law?
    pub front_exact: Option<bool>,
    /// Is the archive's formula of smallest training loss, before the final choice, the law?
    pub raw_exact: Option<bool>,
    /// Is the chosen formula a symbolic solution by SRBench's criterion?
    pub solution: Option<bool>,
    /// R2 of the chosen formula on the rows to test on.
    pub test_r2: Option<f64>,
    /// R2 of the chosen formula on the training rows.
    pub train_r2: Option<f64>,
    /// R2 of the archive's formula of smallest training loss on the rows to test on.
    pub raw_test_r2: Option<f64>,
    /// Nodes of the chosen formula.
    pub size: Option<usize>,
    /// Its complexity in the study's weights.
    pub complexity: Option<u32>,
    /// Its description length in nats.
    pub description_length: Option<f64>,
    /// Wall seconds.
    pub wall_seconds: f64,
    /// CPU seconds.
    pub cpu_seconds: f64,
    /// Work.
    pub work: u64,
    /// Node-row evaluations.
    pub node_rows: u64,
    /// Why the search ended.
    pub stop_reason: String,
    /// Share of the work by backend.
    pub shares: Vec<(String, f64)>,
    /// The chosen formula.
    pub expression: String,
    /// All formulas of the front.
    pub front: Vec<FrontMember>,
    /// How the best formula so far got better.
    pub curve: Vec<CurvePoint>,
}

/// A formula of the front.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct FrontMember {
    /// The formula.
    pub expression: String,
    /// Its complexity.
    pub complexity: u32,
    /// Its NMSE on the training rows.
    pub train_nmse: f64,
    /// Its R2 on the rows to test on; absent where undefined.
    pub test_r2: Option<f64>,
    /// Backends that had a part in it.
    pub origin: Vec<String>,
}

/// How a study stood when the archive had changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CurvePoint {
    /// CPU seconds of the study.
    pub cpu_seconds: f64,
    /// Work of all slices so far.
    pub work: u64,
    /// Share of the budget that was spent.
    pub share: f64,
    /// NMSE of the best formula so far on the training rows.
    pub train_nmse: f64,
    /// Its R2 on the rows to test on; absent where undefined.
    pub test_r2: Option<f64>,
}
