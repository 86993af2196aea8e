//! [`plan`]: the grid of problems, noise, seeds and methods.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use symfolio::{Budget, ConfigError, StudyConfig};

use crate::content::content;
use crate::folds::Folds;
use crate::job::Job;
use crate::method::{Method, MethodError};
use crate::peer::{self, PeerError};
use crate::pmlb;
use crate::provenance::{Provenance, build_of_peer, of_prior, variant};
use crate::suite::{Data, Problem, Suite};

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
    /// The fingerprint of this program: see [`crate::build_of_program`].
    pub build: String,
    /// Priors of policies by problem, in the place of that of `config`.
    pub folds: Option<Folds>,
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
    #[error(transparent)]
    Config(#[from] ConfigError),
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
    let entrants = plan.methods.iter().map(|method| Entrant::new(method, plan)).collect::<Result<Vec<_>, _>>()?;
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
    let contents: Vec<String> = problems.iter().map(|problem| content(&problem.data, &suite.folder)).collect();
    let mut planned = Planned { jobs: Vec::new(), missing: BTreeSet::new() };
    for seed in plan.seeds.0..plan.seeds.0.saturating_add(plan.seeds.1) {
        for (problem, content) in problems.iter().zip(&contents) {
            if let Data::Pmlb { name } = &problem.data
                && pmlb::find(&plan.pmlb, name).is_none()
            {
                planned.missing.insert(name.clone());
            }
            for noise in suite.levels(problem, plan.noise.as_deref()) {
                for entrant in &entrants {
                    let (config, prior) = entrant.settings(problem, suite, plan);
                    planned.jobs.push(Job {
                        suite: suite.name.clone(),
                        folder: suite.folder.clone(),
                        pmlb: plan.pmlb.clone(),
                        problem: (*problem).clone(),
                        noise,
                        seed,
                        method: entrant.method.to_string(),
                        config,
                        command: entrant.command.clone(),
                        provenance: Provenance {
                            build: entrant.build.clone(),
                            prior,
                            variant: entrant.variant.clone(),
                            content: content.clone(),
                        },
                    });
                }
            }
        }
    }
    Ok(planned)
}

/// A method with what is the same for it on all problems.
struct Entrant<'a> {
    method: &'a Method,
    /// The command of a peer.
    command: Vec<String>,
    build: String,
    /// Fingerprint of what its prior file says.
    prior: String,
    variant: String,
}

impl Entrant<'_> {
    fn new<'a>(method: &'a Method, plan: &Plan) -> Result<Entrant<'a>, PlanError> {
        method.check()?;
        let (command, build) = match method {
            Method::Peer(name) => match plan.commands.get(name) {
                Some(text) => {
                    let command = peer::words(text, name)?;
                    (command.clone(), build_of_peer(&command, &[]))
                }
                None => {
                    let command = peer::command(&plan.peers, name)?;
                    (command.clone(), build_of_peer(&command, &peer::adapters(&plan.peers, name)))
                }
            },
            _ => (Vec::new(), plan.build.clone()),
        };
        // Single backends ask no prior.
        let of_policy = matches!(method, Method::Policy(_) | Method::Oracle(_));
        let mut config = plan.config.clone();
        let mut prior = String::new();
        if of_policy && plan.folds.is_some() {
            config.prior = OUT_OF_FOLD.into();
        } else if of_policy && !matches!(config.prior.as_str(), "none" | "shipped") {
            prior = of_prior(&config.prior()?);
            config.prior =
                PathBuf::from(&config.prior).file_name().map_or(prior.clone(), |name| name.display().to_string());
        }
        Ok(Entrant { method, command, build, prior, variant: variant(method, &config) })
    }

    /// The settings of a study on `problem`, and the fingerprint of what its prior file says.
    fn settings(&self, problem: &Problem, suite: &Suite, plan: &Plan) -> (StudyConfig, String) {
        let mut config = StudyConfig { budget: plan.budget, threads: plan.threads, seed: 0, ..plan.config.clone() };
        config.problem.operators = suite.operators.clone().or(config.problem.operators);
        match (&plan.folds, self.method) {
            (Some(folds), Method::Policy(_) | Method::Oracle(_)) => {
                let (path, prior) = folds.prior_of(problem);
                config.prior = path.display().to_string();
                (config, prior.clone())
            }
            _ => (config, self.prior.clone()),
        }
    }
}

/// What the settings of a run are said to have whose prior has not seen the family of its problem.
const OUT_OF_FOLD: &str = "out-of-fold";

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
            build: "0123".into(),
            folds: None,
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
    fn runs_say_what_they_come_from() {
        let folder = tempfile::tempdir().unwrap();
        let prior = folder.path().join("mine.json");
        let train = |made: &str, loss: f64| {
            let width = symfolio::scheduler::FACTS.len();
            let losses = [("gp".to_string(), loss)].into();
            let case = symfolio::scheduler::Case { family: "f".into(), facts: vec![0.0; width], losses };
            std::fs::write(&prior, symfolio::scheduler::Prior::train(made, vec![case]).to_json()).unwrap();
        };
        std::fs::write(folder.path().join("program.py"), "one").unwrap();
        let mut asked = ask(&["arm:gp", "policy:uniform", "peer:mine"]);
        asked.config.prior = prior.display().to_string();
        asked.commands = [("mine".to_string(), folder.path().join("program.py").display().to_string())].into();
        let provenances = |asked: &Plan| -> Vec<Provenance> {
            plan(&suite(), asked).unwrap().jobs.into_iter().take(3).map(|job| job.provenance).collect()
        };
        train("once", 0.5);
        let first = provenances(&asked);
        assert_eq!((first[0].build.as_str(), first[1].build.as_str()), ("0123", "0123"));
        assert!(first[2].build.len() == 16, "{first:?}");
        assert_eq!(first.iter().map(|of| of.variant.as_str()).collect::<Vec<_>>(), ["", "prior=mine.json", ""]);
        assert!(first[0].prior.is_empty() && first[1].prior.len() == 16 && first[2].prior.is_empty());
        assert!(first.iter().all(|of| of.content == first[0].content && of.content.starts_with("formula ")));
        train("twice", 0.5);
        assert_eq!(provenances(&asked), first, "how a prior was made is no part of what it says");
        train("twice", 0.25);
        std::fs::write(folder.path().join("program.py"), "two").unwrap();
        let second = provenances(&asked);
        assert_ne!(second[1].prior, first[1].prior);
        assert_ne!(second[2].build, first[2].build);
        assert_eq!(second[0], first[0]);
        asked.config.prior = folder.path().join("none.json").display().to_string();
        assert!(plan(&suite(), &asked).unwrap_err().to_string().contains("none.json"));
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
