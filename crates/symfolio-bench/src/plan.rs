//! [`plan`]: the grid of problems, noise, seeds and methods.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use symfolio::{Budget, StudyConfig};

use crate::job::Job;
use crate::method::{Method, MethodError};
use crate::peer::{self, PeerError};
use crate::pmlb;
use crate::suite::{Data, Suite};

/// What is to be run.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The methods.
    pub methods: Vec<Method>,
    /// What each run may spend.
    pub budget: Budget,
    /// First seed, and how many.
    pub seeds: (u64, u64),
    /// Cores that each run may use.
    pub threads: usize,
    /// Levels of noise instead of the suite's.
    pub noise: Option<Vec<f64>>,
    /// Only problems whose name contains this text.
    pub only_problem: Option<String>,
    /// All other settings of the studies.
    pub config: StudyConfig,
    /// Where the folders of peers are.
    pub peers: PathBuf,
    /// Commands of peers by name, which win over those in the folders.
    pub commands: BTreeMap<String, String>,
    /// Where sets of PMLB are kept.
    pub pmlb: PathBuf,
}

/// Why a plan means nothing.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs, reason = "the messages say it")]
pub enum PlanError {
    #[error(transparent)]
    Method(#[from] MethodError),
    #[error(transparent)]
    Peer(#[from] PeerError),
    #[error("no method; name some, such as --methods arm:gp,policy:round-robin")]
    NoMethod,
    #[error("no problem of {suite} has {text:?} in its name; the problems are {known}")]
    NoProblem { suite: String, text: String, known: String },
    #[error("noise = {value} is not between 0 and 10")]
    Noise { value: f64 },
}

/// What a plan comes to.
#[derive(Clone, Debug, PartialEq)]
pub struct Planned {
    /// The runs, seed by seed, so that what is done early is a fair part of the whole.
    pub jobs: Vec<Job>,
    /// Sets of PMLB that are needed and not there.
    pub missing: BTreeSet<String>,
}

/// The runs that `plan` asks for on `suite`. Those whose data is missing are among them: see [`Planned::without`].
///
/// # Errors
/// [`PlanError`] for a method or level that means nothing, or where no problem is left.
pub fn plan(suite: &Suite, plan: &Plan) -> Result<Planned, PlanError> {
    if plan.methods.is_empty() {
        return Err(PlanError::NoMethod);
    }
    let mut commands = Vec::new();
    for method in &plan.methods {
        method.check()?;
        commands.push(match method {
            Method::Peer(name) => match plan.commands.get(name) {
                Some(text) => peer::words(text, name)?,
                None => peer::command(&plan.peers, name)?,
            },
            _ => Vec::new(),
        });
    }
    if let Some(value) = plan.noise.iter().flatten().copied().find(|value| !(0.0..=10.0).contains(value)) {
        return Err(PlanError::Noise { value });
    }
    let wanted = |name: &str| plan.only_problem.as_ref().is_none_or(|text| name.contains(text));
    let problems: Vec<_> = suite.problems.iter().filter(|problem| wanted(&problem.name)).collect();
    if problems.is_empty() {
        let known: Vec<&str> = suite.problems.iter().map(|problem| problem.name.as_str()).collect();
        let text = plan.only_problem.clone().unwrap_or_default();
        return Err(PlanError::NoProblem { suite: suite.name.clone(), text, known: known.join(", ") });
    }
    let mut config = StudyConfig { budget: plan.budget, threads: plan.threads, seed: 0, ..plan.config.clone() };
    config.problem.operators = suite.operators.clone().or(config.problem.operators);
    let mut planned = Planned { jobs: Vec::new(), missing: BTreeSet::new() };
    for seed in plan.seeds.0..plan.seeds.0.saturating_add(plan.seeds.1) {
        for problem in &problems {
            if let Data::Pmlb { name } = &problem.data
                && pmlb::find(&plan.pmlb, name).is_none()
            {
                planned.missing.insert(name.clone());
            }
            for noise in suite.levels(problem, plan.noise.as_deref()) {
                for (method, command) in plan.methods.iter().zip(&commands) {
                    planned.jobs.push(Job {
                        suite: suite.name.clone(),
                        folder: suite.folder.clone(),
                        pmlb: plan.pmlb.clone(),
                        problem: (*problem).clone(),
                        noise,
                        seed,
                        method: method.to_string(),
                        config: config.clone(),
                        command: command.clone(),
                    });
                }
            }
        }
    }
    Ok(planned)
}

impl Planned {
    /// Takes out the runs on sets of PMLB that are `missing`, and returns how many these were.
    pub fn without(&mut self, missing: &BTreeSet<String>) -> usize {
        let before = self.jobs.len();
        self.jobs.retain(|job| !matches!(&job.problem.data, Data::Pmlb { name } if missing.contains(name)));
        before - self.jobs.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    fn suite() -> Suite {
        let mut b = testing::problem("b");
        b.data = Data::Pmlb { name: "set".into() };
        Suite {
            name: "s".into(),
            about: String::new(),
            noise: vec![0.0, 0.01],
            operators: None,
            problems: vec![testing::problem("a"), b],
            folder: ".".into(),
        }
    }

    fn ask(methods: &[&str]) -> Plan {
        Plan {
            methods: methods.iter().map(|text| text.parse().unwrap()).collect(),
            budget: Budget::Cpu(1.0),
            seeds: (3, 2),
            threads: 1,
            noise: None,
            only_problem: None,
            config: StudyConfig::default(),
            peers: "peers".into(),
            commands: BTreeMap::new(),
            pmlb: "nowhere".into(),
        }
    }

    #[test]
    fn the_grid_goes_seed_by_seed() {
        let mut planned = plan(&suite(), &ask(&["arm:gp", "bare:sparse"])).unwrap();
        let shown = |planned: &Planned| -> Vec<String> {
            let job = |job: &Job| format!("{} {} {} {}", job.seed, job.problem.name, job.noise, job.method);
            planned.jobs.iter().map(job).collect()
        };
        let of_seed = |seed: u64| {
            ["a 0 arm:gp", "a 0 bare:sparse", "a 0.01 arm:gp", "a 0.01 bare:sparse", "b 0 arm:gp", "b 0 bare:sparse"]
                .map(|rest| format!("{seed} {rest}"))
        };
        assert_eq!(shown(&planned), [of_seed(3), of_seed(4)].concat());
        let missing = planned.missing.clone();
        assert_eq!(planned.without(&missing), 4);
        assert_eq!(planned.jobs.len(), 8);
    }

    #[test]
    fn what_means_nothing_is_refused() {
        let refusal = |plan_asked: Plan| plan(&suite(), &plan_asked).unwrap_err().to_string();
        assert!(refusal(ask(&[])).contains("no method"));
        assert!(refusal(ask(&["arm:magic"])).contains("\"magic\""));
        assert!(refusal(ask(&["peer:nobody"])).contains("nobody has no file \"command\""));
        assert!(refusal(Plan { noise: Some(vec![-0.5]), ..ask(&["arm:gp"]) }).contains("noise = -0.5"));
        let other = Plan { only_problem: Some("zz".into()), ..ask(&["arm:gp"]) };
        assert!(refusal(other).contains("the problems are a, b"));
    }
}
