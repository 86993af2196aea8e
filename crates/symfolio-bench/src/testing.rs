//! What the tests of several modules share.

use std::path::PathBuf;

use symfolio::{Profile, StudyConfig};

use crate::Run;
use crate::job::{Finished, Job};
use crate::provenance::Provenance;
use crate::suite::{Data, Problem, Sampling};

/// A problem `y = 2*x` of the family `f-NAME`.
pub fn problem(name: &str) -> Problem {
    Problem {
        name: name.into(),
        family: format!("f-{name}"),
        stratum: "test".into(),
        source: String::new(),
        noise: None,
        data: Data::Formula {
            formula: "2*x".into(),
            inputs: vec![("x".into(), 0.0, 1.0)],
            sampling: Sampling::Uniform,
            train: 20,
            test: 20,
            law: true,
        },
    }
}

/// A run of `method` on [`problem`] that came to its end without a figure.
pub fn run(name: &str, noise: f64, seed: u64, method: &str) -> Run {
    let job = job(name, noise, seed, method);
    Run {
        id: 0,
        key: job.key(),
        label: method.into(),
        variant: job.provenance.variant,
        content: job.provenance.content,
        family: job.problem.family,
        stratum: job.problem.stratum,
        law: None,
        error: None,
        finished: Finished::default(),
    }
}

/// A profile of a hundred rows that tells nothing more.
pub fn profile() -> Profile {
    let mut profile = Profile { n_rows: 100, n_distinct: 100, ..Profile::default() };
    profile.target.deviation = 1.0;
    profile
}

/// A run of `method` on [`problem`].
pub fn job(name: &str, noise: f64, seed: u64, method: &str) -> Job {
    Job {
        suite: "s".into(),
        folder: PathBuf::from("."),
        pmlb: PathBuf::from("."),
        problem: problem(name),
        noise,
        seed,
        method: method.into(),
        config: StudyConfig { threads: 1, ..StudyConfig::default() },
        command: Vec::new(),
        provenance: Provenance { build: "b".into(), ..Provenance::default() },
    }
}
