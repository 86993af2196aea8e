//! Backends whose behaviour is written down, and a data set for them.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::Arc;

use rand::{RngExt as _, SeedableRng};
use rand_chacha::ChaCha8Rng;
use symfolio_core::{
    Backend, Column, Config, Cost, Dataset, Form, Host, Lineage, Need, Problem, Progress, Resource, Search,
    SearchError, Slice, Traits,
};
use symfolio_engine::{Study, StudyConfig};
use symfolio_expr::{Expr, Op};
use symfolio_fit::Effort;

/// y = 3 x0 x1 + 0.01 sin(100 x0): a law that simple forms get close to and never reach.
pub fn dataset(n: usize) -> Dataset {
    let x0: Vec<f64> = (0..n).map(|i| 1.0 + ((i * 37) % 101) as f64 / 50.0).collect();
    let x1: Vec<f64> = (0..n).map(|i| 2.0 - ((i * 53) % 97) as f64 / 60.0).collect();
    let y = (0..n).map(|i| 3.0 * x0[i] * x1[i] + 0.01 * (100.0 * x0[i]).sin());
    let target = Column::new("y", y.collect::<Vec<f64>>());
    Dataset::new("scripted", vec![Column::new("x0", x0), Column::new("x1", x1)], target, None).unwrap()
}

pub fn config(budget: &str, threads: usize) -> StudyConfig {
    StudyConfig { budget: budget.parse().unwrap(), threads, ..StudyConfig::default() }
}

pub fn study(config: StudyConfig, backends: &[Arc<dyn Backend>]) -> Study {
    Study::new(dataset(240), config, backends).unwrap()
}

/// The front as text, bit for bit.
pub fn front(outcome: &symfolio_engine::Outcome) -> Vec<String> {
    lines(&outcome.state.archive)
}

/// An archive as text, bit for bit.
pub fn lines(archive: &symfolio_core::Archive) -> Vec<String> {
    let line = |held: &symfolio_core::Candidate| {
        format!("{} {:x} {:?} {:?}", held.complexity, held.loss.to_bits(), held.form, held.origin)
    };
    archive.front().iter().map(line).collect()
}

/// Random forms, fitted by the host; builds on migrants. Several may run at once.
pub struct Random;

struct RandomSearch {
    problem: Arc<Problem>,
    seed: u64,
    pool: Vec<(Expr, Vec<u64>)>,
}

impl Backend for Random {
    fn name(&self) -> &str {
        "random"
    }

    fn traits(&self) -> Traits {
        Traits {
            resource: Resource::Cpu,
            needs: Vec::new(),
            resumable: true,
            takes_migrants: true,
            first: false,
            many: true,
        }
    }

    fn start(&self, problem: Arc<Problem>, _: &Config, seed: u64) -> Result<Box<dyn Search>, SearchError> {
        Ok(Box::new(RandomSearch { problem, seed, pool: Vec::new() }))
    }

    fn resume(&self, problem: Arc<Problem>, checkpoint: &[u8]) -> Result<Box<dyn Search>, SearchError> {
        let (seed, pool) =
            serde_json::from_slice(checkpoint).map_err(|error| SearchError::Checkpoint(error.to_string()))?;
        Ok(Box::new(RandomSearch { problem, seed, pool }))
    }
}

impl Search for RandomSearch {
    fn advance(&mut self, slice: &Slice, host: &mut dyn Host) -> Result<Progress, SearchError> {
        let mut rng = ChaCha8Rng::seed_from_u64(self.seed);
        rng.set_stream(slice.index);
        for migrant in &slice.migrants {
            if let Some(expr) = migrant.form.expr() {
                self.pool.push((expr.clone(), vec![migrant.id]));
            }
        }
        loop {
            let (form, parents) = self.next(&mut rng);
            if self.problem.allows(&form) {
                let fitted = host.evaluate(&[Form::Expr(form)], Effort::Quick).swap_remove(0);
                if let (Some(expr), true) = (fitted.form.expr(), fitted.loss.is_finite()) {
                    self.pool.push((expr.clone(), parents.clone()));
                    if self.pool.len() > 30 {
                        self.pool.remove(0);
                    }
                    host.offer(fitted.form.clone(), Lineage { parents, operation: "random".into() });
                }
            }
            if let ControlFlow::Break(_) = host.charge(Cost::work(1000)) {
                return Ok(Progress::Paused);
            }
        }
    }

    fn checkpoint(&self) -> Result<Option<Vec<u8>>, SearchError> {
        serde_json::to_vec(&(self.seed, &self.pool))
            .map(Some)
            .map_err(|error| SearchError::Checkpoint(error.to_string()))
    }
}

impl RandomSearch {
    fn next(&self, rng: &mut ChaCha8Rng) -> (Expr, Vec<u64>) {
        let leaf = |rng: &mut ChaCha8Rng| match rng.random_range(0..3) {
            0 => Expr::param(1.0),
            k => Expr::var(k - 1),
        };
        let (base, parents) = match self.pool.len() {
            n if n == 0 || rng.random_bool(0.3) => (leaf(rng), Vec::new()),
            n => self.pool[rng.random_range(0..n)].clone(),
        };
        let op = [Op::Add, Op::Mul, Op::Div, Op::Sub][rng.random_range(0..4)];
        let other = leaf(rng);
        (Expr::apply(op, &[&base, &other]), parents)
    }
}

/// How a [`Faulty`] search goes wrong.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Fault {
    Panics,
    Errs,
    /// Never charges and never returns.
    Hangs,
    /// Never charges and offers without end.
    Floods,
    /// Ignores Break for ever, but charges.
    Deaf,
    /// Offers nothing, and pays like [`Fault::Nonsense`].
    Idle,
    /// Offers nonsense: constants that are not finite, unknown variables, banned operators.
    Nonsense,
    /// Offers a good formula, then panics.
    OffersThenPanics,
    /// Has nothing to try.
    Done,
    /// Cannot be started.
    Unsuited,
}

/// A backend with a fault.
pub struct Faulty(pub Fault);

struct FaultySearch(Fault);

impl Backend for Faulty {
    fn name(&self) -> &str {
        "faulty"
    }

    fn traits(&self) -> Traits {
        Traits {
            resource: Resource::Cpu,
            needs: Vec::new(),
            resumable: false,
            takes_migrants: false,
            first: true,
            many: self.0 != Fault::Done,
        }
    }

    fn start(&self, _: Arc<Problem>, _: &Config, _: u64) -> Result<Box<dyn Search>, SearchError> {
        match self.0 {
            Fault::Unsuited => Err(SearchError::Unsuited("it wants units".into())),
            fault => Ok(Box::new(FaultySearch(fault))),
        }
    }

    fn resume(&self, _: Arc<Problem>, _: &[u8]) -> Result<Box<dyn Search>, SearchError> {
        Err(SearchError::Checkpoint("there is none".into()))
    }
}

/// A moment's sleep.
#[expect(clippy::disallowed_methods, reason = "a search that does not return is to leave the cores to other tests")]
fn rest() {
    std::thread::sleep(std::time::Duration::from_millis(1));
}

impl Search for FaultySearch {
    fn advance(&mut self, slice: &Slice, host: &mut dyn Host) -> Result<Progress, SearchError> {
        let nonsense = ["?NaN", "x77", "(log (sub x0 x0))", "(sinh x0)", "(mul ?inf x1)"];
        match self.0 {
            Fault::Panics => panic!("on purpose"),
            Fault::OffersThenPanics => {
                let good = Expr::from_prefix("(add ?0.5 (mul ?1.0 (mul x0 x1)))").unwrap();
                host.offer(Form::Expr(good), Lineage::root("offer"));
                panic!("on purpose, after an offer")
            }
            Fault::Done => Ok(Progress::Exhausted),
            Fault::Errs => Err(SearchError::Failed("on purpose".into())),
            // Threads that are given up live as long as the test program: they are not to keep its cores busy.
            Fault::Hangs => loop {
                rest();
            },
            Fault::Floods => {
                for offer in 0u64.. {
                    host.offer(Form::Expr(Expr::param(slice.index as f64)), Lineage::root("flood"));
                    if offer > 1_000_000 {
                        rest();
                    }
                }
                unreachable!("it offers without end")
            }
            Fault::Deaf => loop {
                if host.charge(Cost::work(1000)).is_break() {
                    rest();
                }
            },
            Fault::Idle => {
                let _ = host.charge(Cost::work(slice.grant.work));
                Ok(Progress::Paused)
            }
            Fault::Nonsense => {
                for text in nonsense {
                    host.offer(
                        Form::Expr(Expr::from_prefix(text).unwrap()),
                        Lineage { parents: vec![999], operation: String::new() },
                    );
                }
                host.offer(Form::Program("y = x".into()), Lineage::default());
                host.offer(Form::System(Vec::new()), Lineage::default());
                let _ = host.charge(Cost::work(slice.grant.work));
                Ok(Progress::Paused)
            }
            Fault::Unsuited => unreachable!("it was never started"),
        }
    }

    fn checkpoint(&self) -> Result<Option<Vec<u8>>, SearchError> {
        Ok(None)
    }
}

/// Asks the study's model for formulas, and offers what comes back.
pub struct Asking {
    /// Questions kept open at a time.
    pub open: usize,
}

struct AskingSearch {
    problem: Arc<Problem>,
    open: usize,
}

impl Backend for Asking {
    fn name(&self) -> &str {
        "asking"
    }

    fn traits(&self) -> Traits {
        let needs = vec![Need::Model];
        Traits {
            resource: Resource::Network,
            needs,
            resumable: false,
            takes_migrants: false,
            first: false,
            many: false,
        }
    }

    fn start(&self, problem: Arc<Problem>, _: &Config, _: u64) -> Result<Box<dyn Search>, SearchError> {
        Ok(Box::new(AskingSearch { problem, open: self.open }))
    }

    fn resume(&self, _: Arc<Problem>, _: &[u8]) -> Result<Box<dyn Search>, SearchError> {
        Err(SearchError::Checkpoint("there is none".into()))
    }
}

impl Search for AskingSearch {
    fn advance(&mut self, _: &Slice, host: &mut dyn Host) -> Result<Progress, SearchError> {
        let prompt = || symfolio_core::Prompt { messages: Vec::new(), schema: None, max_tokens: 100 };
        let mut asked = BTreeMap::new();
        for _ in 0..self.open {
            asked.insert(host.ask(prompt()), ());
        }
        loop {
            match host.next_answer() {
                ControlFlow::Break(_) => return Ok(Progress::Paused),
                ControlFlow::Continue(None) => return Ok(Progress::Exhausted),
                ControlFlow::Continue(Some(answer)) => {
                    assert!(asked.remove(&answer.ticket).is_some(), "an answer to a question that was not asked");
                    let formula =
                        answer.text.ok().and_then(|text| symfolio_expr::parse(&text, &self.problem.features).ok());
                    if let Some(expr) = formula {
                        let fitted = host.evaluate(&[Form::Expr(expr)], Effort::Quick).swap_remove(0);
                        host.offer(fitted.form, Lineage::root("answer"));
                    }
                    if host.charge(Cost::work(1000)).is_break() {
                        return Ok(Progress::Paused);
                    }
                    asked.insert(host.ask(prompt()), ());
                }
            }
        }
    }

    fn checkpoint(&self) -> Result<Option<Vec<u8>>, SearchError> {
        Ok(None)
    }
}
