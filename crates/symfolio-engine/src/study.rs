//! [`Study`]: a data set, a configuration and backends, ready to run.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use symfolio_core::{
    Archive, Arm, Backend, Budget, Candidate, Config, Cost, Dataset, Directives, Need, Problem, Resource, StopReason,
};
use symfolio_expr::{Expr, Node, Numbers, ParseOptions, parse_with};
use symfolio_fit::{Effort, Workspace};
use symfolio_scheduler::policy;
use symfolio_select::{Pool, SelectOptions, Selection, select};
use tokio::runtime::Builder;
use tokio::sync::Semaphore;

use crate::data::{DataError, Source, load};
use crate::driver::Driver;
use crate::host::Shared;
use crate::oracle::{Desk, Source as Oracle, answers};
use crate::scale::Scale;
use crate::setup::{Setup, setup};
use crate::state::Rules;
use crate::{
    Cancel, Clock, ConfigError, Event, Folder, FolderError, Model, ProblemConfig, Settings, Snapshot, State,
    StudyConfig,
};

/// Seconds that the final choice takes at most once a person has cancelled the study.
const PATIENCE: f64 = 2.0;

/// Why a study cannot be run.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs, reason = "each wraps an error that documents itself")]
pub enum StudyError {
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error(transparent)]
    Data(#[from] DataError),
    #[error(transparent)]
    Folder(#[from] FolderError),
    #[error(
        "{path}: the data has changed since the study began (fingerprint {now:016x}, then {then:016x}); start a new study"
    )]
    DataChanged { path: PathBuf, now: u64, then: u64 },
    #[error(
        "{path}/study.toml: {what} are not what the study began with, and its log means nothing with others; undo the change, or start a new study"
    )]
    SettingsChanged { path: PathBuf, what: &'static str },
    #[error("the study was read from standard input, which is gone; start a new one")]
    NoSource,
    #[error("cannot start a thread: {0}")]
    Thread(#[from] std::io::Error),
}

/// Watches a study while it runs; every method may do nothing.
pub trait Observer {
    /// An entry was appended to the log.
    fn event(&mut self, _event: &Event, _state: &State) {}

    /// Some time passed.
    fn tick(&mut self, _snapshot: &Snapshot<'_>) {}
}

/// Watches nothing.
impl Observer for () {}

/// The backends that a study uses, with their settings.
type Portfolio = Vec<(Arc<dyn Backend>, Config)>;

/// A study that can be run.
pub struct Study {
    config: StudyConfig,
    setup: Setup,
    /// Formulas to begin from, with their constants fitted.
    guesses: Vec<Expr>,
    backends: Portfolio,
    /// Names of the backends that take no part because they cannot keep to the template.
    left_out: Vec<String>,
    /// What past runs say of each backend on such data.
    prior: Vec<f64>,
    model: Option<Arc<dyn Model>>,
    oracle: Option<Oracle>,
    folder: Option<Folder>,
    /// The log of earlier sessions.
    past: Vec<Event>,
    cancel: Cancel,
    /// Wall and CPU seconds that passed before the study was made, such as for loading data.
    before: (f64, f64),
}

/// What a study found.
#[derive(Debug)]
pub struct Outcome {
    /// What was searched.
    pub problem: Arc<Problem>,
    /// The finished front and the choice.
    pub selection: Selection,
    /// Why the search ended.
    pub reason: StopReason,
    /// What the search cost.
    pub cost: Cost,
    /// Wall seconds of the study.
    pub wall_seconds: f64,
    /// CPU seconds of the process.
    pub cpu_seconds: f64,
    /// Wall seconds until the first exact candidate: a training NMSE below 1e-12 (see [`crate::Scale::exact`]), confirmed on the rows
    /// held out.
    pub first_exact_seconds: Option<f64>,
    /// What is known of the search.
    pub state: State,
}

impl std::fmt::Debug for Study {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Study").field("config", &self.config).finish_non_exhaustive()
    }
}

impl Study {
    /// A study of `dataset` with those of `backends` that the configuration allows.
    ///
    /// # Errors
    /// [`StudyError::Config`] for a setting that means nothing.
    pub fn new(dataset: Dataset, config: StudyConfig, backends: &[Arc<dyn Backend>]) -> Result<Study, StudyError> {
        policy(&config.policy).map_err(ConfigError::from)?;
        if !(1..=1024).contains(&config.slots) {
            return Err(ConfigError::Slots { value: config.slots }.into());
        }
        if config.threads > 1024 {
            return Err(ConfigError::Threads { value: config.threads }.into());
        }
        if let Some(value) = config.slice_work.filter(|work| *work < 1000) {
            return Err(ConfigError::SliceWork { value }.into());
        }
        if let Some((name, value)) = config.exchange.unusable() {
            return Err(ConfigError::Exchange { name, value }.into());
        }
        if let Some((name, value)) = config.shares.iter().find(|(_, share)| !(0.0..=1.0).contains(*share)) {
            return Err(ConfigError::Share { name: name.clone(), value: *value }.into());
        }
        let setup = setup(Arc::new(dataset), &config.problem, config.seed)?;
        let target = |dataset: &Arc<Dataset>| dataset.target().name.to_string();
        let target = setup.problem.dataset.as_ref().map_or_else(String::new, target);
        let oracle = config.oracle.as_ref().map(|oracle| Oracle::new(oracle, &setup.problem.features, &target));
        let oracle = oracle.transpose()?;
        let guesses = guesses(&setup, &config.problem)?;
        let backends = portfolio(&config, backends)?;
        let (backends, left_out): (Portfolio, Portfolio) =
            backends.into_iter().partition(|(backend, _)| setup.problem.template.is_none() || backend.keeps_template());
        let left_out: Vec<String> = left_out.iter().map(|(backend, _)| backend.name().to_string()).collect();
        if backends.is_empty() {
            return Err(ConfigError::TemplateBackend { left: left_out.join(", ") }.into());
        }
        let names: Vec<&str> = backends.iter().map(|(backend, _)| backend.name()).collect();
        let prior = config.prior()?.expect(&setup.problem.profile, &names);
        let network = backends.iter().find(|(backend, _)| backend.traits().resource == Resource::Network);
        if let (Some((backend, _)), Budget::Work(_)) = (network, config.budget) {
            return Err(ConfigError::NetworkWork { name: backend.name().into() }.into());
        }
        let program = backends.iter().find(|(backend, _)| backend.traits().resource == Resource::Program);
        if let (Some((backend, _)), Budget::Work(_)) = (program, config.budget) {
            return Err(ConfigError::ProgramWork { name: backend.name().into() }.into());
        }
        for (backend, settings) in &backends {
            // A wrong setting is told now, not when the arm's turn comes.
            if let Err(symfolio_core::SearchError::Config(message)) = backend.start(setup.problem.clone(), settings, 0)
            {
                return Err(ConfigError::Backend { name: backend.name().into(), message }.into());
            }
        }
        Ok(Study {
            config,
            setup,
            guesses,
            backends,
            left_out,
            prior,
            model: None,
            oracle,
            folder: None,
            past: Vec::new(),
            cancel: Cancel::default(),
            before: (0.0, 0.0),
        })
    }

    /// The study in `path`, to be taken up where it ended.
    ///
    /// # Errors
    /// [`StudyError`] where the folder, its data or its configuration cannot be used.
    pub fn resume(path: &Path, budget: Option<Budget>, backends: &[Arc<dyn Backend>]) -> Result<Study, StudyError> {
        let (folder, mut config, past) = Folder::resume(path)?;
        let loading = Clock::start(config.budget, (0.0, 0.0));
        config.budget = budget.or(last_budget(&past)).unwrap_or(config.budget);
        let file = config.data.path.clone().filter(|file| file != Path::new("-")).ok_or(StudyError::NoSource)?;
        let loaded = load(&Source::Path(file.clone()), &config.data.options()?)?;
        let now = loaded.dataset.content_hash();
        let mut study = Study::new(loaded.dataset, config, backends)?;
        for event in &past {
            if let Event::StudyStarted { data: then, arms, problem, seed, slots, .. } = event {
                if *then != now {
                    return Err(StudyError::DataChanged { path: file, now, then: *then });
                }
                let present: Vec<&str> = study.backends.iter().map(|(backend, _)| backend.name()).collect();
                let same = [
                    ("the backends", present.iter().eq(arms.iter().map(|arm| &arm.backend))),
                    ("[problem]", study.config.problem == **problem),
                    ("seed", study.config.seed == *seed),
                    ("slots", study.config.slots == *slots),
                ];
                if let Some((what, _)) = same.into_iter().find(|(_, same)| !same) {
                    return Err(StudyError::SettingsChanged { path: path.to_path_buf(), what });
                }
            }
        }
        study.folder = Some(folder);
        study.past = past;
        study.before = (loading.wall(), loading.cpu());
        Ok(study)
    }

    /// Keeps the study in the folder `path`.
    ///
    /// # Errors
    /// [`StudyError::Folder`] where it holds a study already or cannot be written.
    pub fn keep_in(mut self, path: &Path) -> Result<Study, StudyError> {
        self.folder = Some(Folder::create(path, &self.config)?);
        Ok(self)
    }

    /// Gives searches a language model to ask.
    pub fn with_model(mut self, model: Arc<dyn Model>) -> Study {
        self.model = Some(model);
        self
    }

    /// Ends the study when `cancel` says so.
    pub fn with_cancel(mut self, cancel: Cancel) -> Study {
        self.cancel = cancel;
        self
    }

    /// Counts wall and CPU seconds that passed before, such as for loading data, as part of the budget.
    pub fn begun_before(mut self, wall: f64, cpu: f64) -> Study {
        self.before = (wall, cpu);
        self
    }

    /// What is searched.
    pub fn problem(&self) -> &Arc<Problem> {
        &self.setup.problem
    }

    /// Names of the backends that were asked for and take no part, as they cannot keep to the template.
    pub fn left_out(&self) -> &[String] {
        &self.left_out
    }

    /// The configuration.
    pub fn config(&self) -> &StudyConfig {
        &self.config
    }

    /// Runs the study to its end: search, then the final choice.
    ///
    /// # Errors
    /// [`StudyError`] where the folder can no longer be written or no thread can be started. What was found is in the folder then.
    pub fn run(mut self, observer: &mut dyn Observer) -> Result<Outcome, StudyError> {
        let rules = self.rules();
        let mut state = State::new(self.arms(), rules);
        for event in &self.past {
            state.apply(event);
        }
        let earlier = (state.clock.0 + self.before.0, state.clock.1 + self.before.1);
        let clock = Clock::start(self.config.budget, earlier);
        let opening = self.opening(&state);
        state.apply(&opening);
        if let Some(folder) = &mut self.folder {
            folder.append(&opening)?;
        }
        observer.event(&opening, &state);
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
        let threads = self.config.threads();
        let n_rows = self.setup.problem.dataset.as_ref().map_or(0, |dataset| dataset.n_rows());
        let most = self.config.oracle.as_ref().map_or(0, |oracle| oracle.max_questions);
        let n_features = self.setup.problem.features.len();
        let oracle = match self.oracle.take() {
            Some(source) => {
                let answers = answers(self.folder.as_ref().map(Folder::path))?;
                let desk = Desk::new(source, n_features, most, answers, clock.programs().clone());
                Some(Arc::new(Mutex::new(desk)))
            }
            None => None,
        };
        let shared = Shared {
            clock: clock.clone(),
            reserve: reserve(self.config.budget, n_rows),
            cancel: Cancel::default(),
            cores: Arc::new(Semaphore::new(threads)),
            wanted: Arc::default(),
            runtime: runtime.handle().clone(),
            model: self.model.clone(),
            oracle,
        };
        let driver = Driver {
            shared,
            rules,
            backends: &self.backends,
            policy: policy(&self.config.policy).map_err(ConfigError::from)?,
            seed: self.config.seed,
            threads,
            setup: &self.setup,
            views: BTreeMap::new(),
            directives: self.directives(),
            state,
            folder: self.folder.as_mut(),
            observer,
            cancel: self.cancel.clone(),
            logical_slots: self.config.slots,
        };
        let (state, live) = runtime.block_on(driver.search())?;
        runtime.shutdown_background();
        let selection = self.choose(&live, &state, &clock);
        Ok(Outcome {
            problem: self.setup.problem,
            selection,
            reason: state.ended.unwrap_or(StopReason::BudgetSpent),
            cost: state.cost,
            wall_seconds: clock.wall(),
            cpu_seconds: clock.cpu(),
            first_exact_seconds: state.exact.map(|exact| exact.seconds),
            state,
        })
    }

    fn opening(&self, state: &State) -> Event {
        if !self.past.is_empty() {
            let (wall_seconds, cpu_seconds) = state.clock;
            let settings =
                Settings { policy: self.config.policy.clone(), arms: self.arms(), exchange: self.config.exchange };
            return Event::StudyResumed {
                wall_seconds,
                cpu_seconds,
                budget: self.config.budget,
                settings: Some(settings),
            };
        }
        let dataset = self.setup.problem.dataset.as_deref();
        Event::StudyStarted {
            version: env!("CARGO_PKG_VERSION").into(),
            data: dataset.map_or(0, Dataset::content_hash),
            features: self.setup.problem.features.clone(),
            target: dataset.map_or("y".into(), |dataset| dataset.target().name.to_string()),
            kernel: symfolio_expr::kernel().into(),
            arms: self.arms(),
            rules: self.rules(),
            policy: self.config.policy.clone(),
            problem: Box::new(self.config.problem.clone()),
            seed: self.config.seed,
            slots: self.config.slots,
            profile: Box::new(self.setup.problem.profile.clone()),
        }
    }

    /// What searches on the whole problem are told from the beginning.
    fn directives(&self) -> Arc<Directives> {
        let version = u64::from(!self.guesses.is_empty());
        Arc::new(Directives { version, pinned: self.guesses.clone(), ..Directives::default() })
    }

    fn rules(&self) -> Rules {
        let problem = &self.setup.problem;
        let scale = Scale::of_problem(problem);
        Rules {
            budget: self.config.budget,
            slice_work: self.config.slice_work.unwrap_or(slice_work(self.config.budget)),
            scale,
            n_rows: problem.judge.indices.len(),
            max_complexity: problem.constraints.max_complexity,
            exchange: self.config.exchange,
        }
    }

    fn arms(&self) -> Vec<Arm> {
        let threads = self.config.threads().max(self.config.slots);
        let arm = |((backend, _), prior): (&(Arc<dyn Backend>, Config), &f64)| {
            let traits = backend.traits();
            Arm {
                backend: backend.name().to_string(),
                first: traits.first,
                takes_migrants: traits.takes_migrants,
                needs_migrants: traits.needs.contains(&Need::Migrants),
                max_running: match (traits.many, traits.resource) {
                    (false, _) => 1,
                    (true, Resource::Cpu | Resource::Program) => threads,
                    (true, Resource::Network) => usize::MAX,
                },
                running: 0,
                exhausted: false,
                fresh_migrants: false,
                retired: false,
                network: traits.resource == Resource::Network,
                needs_oracle: traits.needs.contains(&Need::Oracle),
                max_share: self.config.shares.get(backend.name()).copied().unwrap_or(1.0),
                prior: *prior,
            }
        };
        self.backends.iter().zip(&self.prior).map(arm).collect()
    }

    /// The final choice, within what is left of the budget.
    fn choose(&self, archive: &Archive, state: &State, clock: &Clock) -> Selection {
        let mut rng = ChaCha8Rng::seed_from_u64(self.config.seed);
        rng.set_stream(u64::MAX - 1);
        let (begun, granted) = (clock.wall(), clock.left(0.05));
        let spent = |work: u64| {
            let of_budget = match (granted, clock.left(0.05), self.config.budget) {
                (Some(granted), Some(left), _) => 1.0 - left / granted.max(f64::MIN_POSITIVE),
                (_, _, Budget::Work(total)) => work as f64 / total.saturating_sub(state.cost.work).max(1) as f64,
                _ => 0.0,
            };
            // A person who cancelled waits for the choice.
            let of_patience = if self.cancel.is_cancelled() { (clock.wall() - begun) / PATIENCE } else { 0.0 };
            of_budget.max(of_patience)
        };
        let on_front = |held: &&Candidate| archive.front().iter().any(|member| member.id == held.id);
        let others: Vec<Candidate> = state.accepted.iter().filter(|held| !on_front(held)).cloned().collect();
        let pool = Pool { front: archive.front(), others: &others, sightings: &state.sightings };
        select(&mut rng, &self.setup.problem, &pool, &SelectOptions::default(), &spent)
    }
}

/// The guesses of a configuration, with their constants fitted to the rows that are worked on.
fn guesses(setup: &Setup, config: &ProblemConfig) -> Result<Vec<Expr>, ConfigError> {
    let problem = &setup.problem;
    let definitions = problem.operators.definitions().to_vec();
    let options = ParseOptions { definitions, numbers: Numbers::Free };
    let mut rng = ChaCha8Rng::seed_from_u64(0);
    let mut workspace = Workspace::default();
    let fitted = |text: &String| {
        let guess = parse_with(text, &problem.features, &options)
            .map_err(|error| ConfigError::Guess { text: text.clone(), error: Box::new(error) })?;
        let unknown = guess.nodes().iter().find_map(|node| match node {
            Node::Op(op) if !problem.operators.contains(*op) => Some(op.info().name),
            _ => None,
        });
        if let Some(operator) = unknown {
            return Err(ConfigError::GuessOperator { text: text.clone(), operator });
        }
        if !problem.allows(&guess) {
            let (complexity, depth) = (problem.complexity.of(&guess), guess.depth());
            return Err(ConfigError::GuessConstraints { text: text.clone(), complexity, depth });
        }
        let form = guess.clone().into();
        let (found, _) = problem.evaluate(&mut rng, &form, &setup.working, Effort::Thorough, u64::MAX, &mut workspace);
        // Where nothing can be fitted, searches may still make something of the form.
        Ok(found.form.expr().filter(|expr| expr.is_finite()).cloned().unwrap_or(guess))
    };
    config.guess.iter().map(fitted).collect()
}

/// The last budget that a study was given, by its log.
pub fn last_budget(events: &[Event]) -> Option<Budget> {
    events.iter().rev().find_map(|event| match event {
        Event::StudyStarted { rules, .. } => Some(rules.budget),
        Event::StudyResumed { budget, .. } => Some(*budget),
        _ => None,
    })
}

/// Would a study whose search ended after `cost` and `clock` (wall and CPU seconds) search on with `budget`, given its settings and number
/// of rows?
pub fn leaves_time_to_search(
    budget: Budget,
    slice_work_set: Option<u64>,
    n_rows: usize,
    cost: Cost,
    clock: (f64, f64),
) -> bool {
    match budget {
        Budget::Wall(seconds) => clock.0 + reserve(budget, n_rows) < seconds,
        Budget::Cpu(seconds) => clock.1 + reserve(budget, n_rows) < seconds,
        Budget::Work(work) => {
            let slice = slice_work_set.unwrap_or(slice_work(budget));
            searchable(work).saturating_sub(cost.work) >= slice / 10
        }
    }
}

/// Work that a budget leaves for slices; the rest is for the final choice.
pub(crate) fn searchable(total: u64) -> u64 {
    total - total / 10
}

/// Seconds of a time budget that the search leaves for the final choice: more for many rows, since that reads all of them.
fn reserve(budget: Budget, n_rows: usize) -> f64 {
    match budget {
        Budget::Wall(seconds) | Budget::Cpu(seconds) => (0.1 * seconds).clamp(0.1, 2.0 + 4e-6 * n_rows as f64),
        Budget::Work(_) => 0.0,
    }
}

/// Work of an ordinary slice: a tenth of a second or so, less for small budgets. Long studies have longer slices, so that policies, which look
/// at all slices so far, do not come to take more time than the search.
fn slice_work(budget: Budget) -> u64 {
    const ORDINARY: u64 = 150_000_000;
    const MOST_SLICES: f64 = 4000.0;
    let (short, total) = match budget {
        Budget::Wall(seconds) | Budget::Cpu(seconds) => {
            (((seconds * 2.5e7) as u64).clamp(1_000_000, ORDINARY), seconds * Cost::WORK_PER_CPU_SECOND as f64)
        }
        Budget::Work(work) => ((work / 200).clamp(100_000, ORDINARY), work as f64),
    };
    short.max((total / MOST_SLICES) as u64)
}

/// The backends that a configuration allows, with their settings.
fn portfolio(config: &StudyConfig, backends: &[Arc<dyn Backend>]) -> Result<Portfolio, ConfigError> {
    let names: Vec<&str> = backends.iter().map(|backend| backend.name()).collect();
    if let Some(name) = config.programs.keys().find(|name| names.iter().filter(|known| known == name).count() > 1) {
        return Err(ConfigError::ProgramName { name: name.clone() });
    }
    let tables = config.backends.keys().chain(config.programs.keys()).chain(config.shares.keys());
    let named = config.only.iter().chain(&config.without).chain(tables);
    if let Some(unknown) = named.into_iter().find(|name| !names.contains(&name.as_str())) {
        return Err(ConfigError::UnknownBackend { name: unknown.clone(), known: names.join(", ") });
    }
    let wanted = |name: &str| {
        (config.only.is_empty() || config.only.iter().any(|only| only == name))
            && !config.without.iter().any(|out| out == name)
    };
    let asks = |backend: &Arc<dyn Backend>| backend.traits().needs.contains(&Need::Oracle);
    let can = |backend: &Arc<dyn Backend>| config.oracle.is_some() || !asks(backend);
    if let Some(backend) =
        backends.iter().find(|backend| !can(backend) && config.only.iter().any(|only| only == backend.name()))
    {
        return Err(ConfigError::NoOracle { name: backend.name().into() });
    }
    let settings = |name: &str| {
        let given = config.backends.get(name).or(config.programs.get(name));
        given.cloned().unwrap_or_default()
    };
    let chosen: Vec<_> = backends
        .iter()
        .filter(|backend| wanted(backend.name()) && can(backend))
        .map(|backend| (backend.clone(), settings(backend.name())))
        .collect();
    if chosen.is_empty() { Err(ConfigError::NoBackend) } else { Ok(chosen) }
}
