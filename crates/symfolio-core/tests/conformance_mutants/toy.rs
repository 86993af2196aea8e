//! A small search that keeps to the contract, and all the ways in which it may break it.

use std::collections::VecDeque;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use serde::{Deserialize, Serialize};
use symfolio_core::{
    AskError, Backend, Config, Cost, Evaluation, Form, Host, Lineage, Need, Problem, Progress, Prompt, Resource,
    RowSet, Search, SearchError, Slice, Traits,
};
use symfolio_expr::{Expr, Node};
use symfolio_fit::{Effort, Workspace};

/// The one way in which a [`Toy`] is broken.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Fault {
    None,
    OrderByChance,
    CostByChance,
    ResumesFromScratch,
    ResumesWithOtherConstants,
    ResumesDearer,
    ResumesExhausted,
    SavesNothing,
    ChargesOn,
    EvaluatesOn,
    OffersOn,
    AsksOn,
    NeverReturns,
    NeverCharges,
    ChargesLate,
    UnknownOperators,
    TooComplex,
    NotFinite,
    OldRows,
    BannedOperators,
    BannedForms,
    NoPins,
    AnyConfig,
    PanicsAtConfig,
    VagueConfigError,
    AnyCheckpoint,
    PanicsAtCheckpoint,
    DiesOfNan,
    PanicsAtUnknownVariable,
    OffersBadMigrants,
    DiesOfFailedAnswer,
    PanicsAtAnswer,
    AsksForEver,
    AsksNothing,
    Silent,
}

/// Fits forms from a list, over and over, and whatever it is handed.
pub struct Toy {
    pub fault: Fault,
    /// Does it have no list of its own?
    pub lives_on_migrants: bool,
}

/// Charged for each form, so that a slice is soon over.
const WORK: u64 = 150_000;

const LIST: [&str; 12] = [
    "x0",
    "(mul ?1.0 x1)",
    "(add ?1.0 (mul ?1.0 x0))",
    "(mul x0 x1)",
    "(sin x0)",
    "(add ?1.0 (div x0 x1))",
    "(sub (square x0) ?1.0)",
    "(div x0 x1)",
    "(add x0 (mul x1 (add x0 (mul x1 (add x0 (mul x1 x1))))))",
    "(add ?1.0 (mul x0 x1))",
    "(mul ?1.0 (mul x0 x1))",
    "(add x0 (mul ?1.0 x1))",
];

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Empty {}

/// All that a [`ToySearch`] remembers.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct State {
    seed: u64,
    position: usize,
    taken: VecDeque<(Expr, Option<u64>)>,
    directives: u64,
    first_rows: Option<Vec<u32>>,
    chance: u64,
}

struct ToySearch {
    problem: Arc<Problem>,
    fault: Fault,
    lives_on_migrants: bool,
    resumed: bool,
    state: State,
}

impl Toy {
    fn search(&self, problem: Arc<Problem>, resumed: bool, state: State) -> Box<dyn Search> {
        let (fault, lives_on_migrants) = (self.fault, self.lives_on_migrants);
        Box::new(ToySearch { problem, fault, lives_on_migrants, resumed, state })
    }
}

impl Backend for Toy {
    fn name(&self) -> &str {
        "toy"
    }

    fn traits(&self) -> Traits {
        Traits {
            resource: Resource::Network,
            needs: if self.lives_on_migrants { vec![Need::Migrants] } else { vec![Need::Model] },
            resumable: true,
            takes_migrants: true,
            first: false,
            many: true,
        }
    }

    fn start(&self, problem: Arc<Problem>, config: &Config, seed: u64) -> Result<Box<dyn Search>, SearchError> {
        static STARTED: AtomicU64 = AtomicU64::new(0);
        match (config.read::<Empty>(), self.fault) {
            (Err(_), Fault::AnyConfig) | (Ok(_), _) => {}
            (Err(error), Fault::PanicsAtConfig) => panic!("{error}"),
            (Err(_), Fault::VagueConfigError) => return Err(SearchError::Config("something is wrong".into())),
            (Err(error), _) => return Err(error),
        }
        let chance = STARTED.fetch_add(1, Ordering::Relaxed);
        Ok(self.search(problem, false, State { seed, chance, ..State::default() }))
    }

    fn resume(&self, problem: Arc<Problem>, checkpoint: &[u8]) -> Result<Box<dyn Search>, SearchError> {
        let state = match (serde_json::from_slice::<State>(checkpoint), self.fault) {
            (Ok(state), Fault::ResumesFromScratch) => State { seed: state.seed, ..State::default() },
            (Ok(state), _) => state,
            (Err(_), Fault::AnyCheckpoint) => State::default(),
            (Err(error), Fault::PanicsAtCheckpoint) => panic!("{error}"),
            (Err(error), _) => return Err(SearchError::Checkpoint(error.to_string())),
        };
        Ok(self.search(problem, true, state))
    }
}

impl Search for ToySearch {
    fn advance(&mut self, slice: &Slice, host: &mut dyn Host) -> Result<Progress, SearchError> {
        self.receive(slice)?;
        if self.fault == Fault::Silent {
            let _ = host.charge(slice.grant);
            return Ok(Progress::Paused);
        }
        if !self.lives_on_migrants && self.fault != Fault::AsksNothing && self.ask(host)?.is_break() {
            return Ok(Progress::Paused);
        }
        let mut owed = 0;
        while let Some((expr, parent)) = self.next() {
            self.try_out(slice, host, expr, parent);
            owed += WORK + self.surcharge();
            let due = match self.fault {
                Fault::NeverCharges => false,
                Fault::ChargesLate => owed >= 10_000_000,
                _ => true,
            };
            if self.fault == Fault::NeverCharges && self.state.position % 50 == 49 {
                return Ok(Progress::Paused);
            }
            if due && host.charge(Cost::work(std::mem::take(&mut owed))).is_break() {
                self.go_on(host);
                let exhausted = self.fault == Fault::ResumesExhausted && self.resumed;
                return Ok(if exhausted { Progress::Exhausted } else { Progress::Paused });
            }
        }
        Ok(Progress::Exhausted)
    }

    fn checkpoint(&self) -> Result<Option<Vec<u8>>, SearchError> {
        let bytes = serde_json::to_vec(&self.state).map_err(|error| SearchError::Checkpoint(error.to_string()))?;
        Ok((self.fault != Fault::SavesNothing).then_some(bytes))
    }
}

impl ToySearch {
    fn receive(&mut self, slice: &Slice) -> Result<(), SearchError> {
        self.state.first_rows.get_or_insert_with(|| slice.rows.indices.to_vec());
        if self.state.directives != slice.directives.version && self.fault != Fault::NoPins {
            self.state.directives = slice.directives.version;
            self.state.taken.extend(slice.directives.pinned.iter().map(|expr| (expr.clone(), None)));
        }
        for migrant in &slice.migrants {
            if self.fault == Fault::DiesOfNan && migrant.loss.is_nan() {
                return Err(SearchError::Failed("a loss is not a number".into()));
            }
            let Some(expr) = migrant.form.expr() else { continue };
            if self.fault == Fault::PanicsAtUnknownVariable {
                expr.variables().iter().for_each(|variable| {
                    let _ = &self.problem.features[usize::from(*variable)];
                });
            }
            self.state.taken.push_back((expr.clone(), Some(migrant.id)));
        }
        Ok(())
    }

    /// One question a slice; formulas that come back are tried.
    fn ask(&mut self, host: &mut dyn Host) -> Result<ControlFlow<()>, SearchError> {
        host.ask(question());
        loop {
            let answer = match host.next_answer() {
                ControlFlow::Break(_) if self.fault == Fault::AsksForEver => None,
                ControlFlow::Break(_) => return Ok(ControlFlow::Break(())),
                ControlFlow::Continue(None) => return Ok(ControlFlow::Continue(())),
                ControlFlow::Continue(Some(answer)) => Some(answer.text),
            };
            match answer {
                Some(Ok(text)) => match symfolio_expr::parse(&text, &self.problem.features) {
                    Ok(expr) => self.state.taken.push_back((expr, None)),
                    Err(error) if self.fault == Fault::PanicsAtAnswer => panic!("{error}"),
                    Err(_) => {}
                },
                Some(Err(AskError::Failed(reason))) if self.fault == Fault::DiesOfFailedAnswer => {
                    return Err(SearchError::Failed(reason));
                }
                Some(Err(AskError::Failed(_))) | None if self.fault == Fault::AsksForEver => {
                    host.ask(question());
                }
                _ => {}
            }
        }
    }

    fn next(&mut self) -> Option<(Expr, Option<u64>)> {
        if let Some(taken) = self.state.taken.pop_front() {
            return Some(taken);
        }
        let chance = if self.fault == Fault::OrderByChance { self.state.chance } else { 0 };
        let at = (self.state.seed + chance) as usize + self.state.position;
        self.state.position += 1;
        (!self.lives_on_migrants).then(|| (form(LIST[at % LIST.len()]), None))
    }

    fn may_offer(&self, slice: &Slice, expr: &Expr) -> bool {
        let directives = &slice.directives;
        let ops = |allowed: &dyn Fn(symfolio_expr::Op) -> bool| {
            expr.nodes().iter().all(|node| if let Node::Op(op) = node { allowed(*op) } else { true })
        };
        let known = expr.variables().iter().all(|variable| usize::from(*variable) < self.problem.features.len());
        let operators = ops(&|op| self.problem.operators.contains(op));
        let mut constraints = self.problem.constraints.clone();
        if self.fault == Fault::TooComplex {
            (constraints.max_complexity, constraints.max_depth) = (99, 99);
        }
        known
            && expr.is_finite()
            && (operators || self.fault == Fault::UnknownOperators)
            && constraints.allow(expr, &self.problem.complexity)
            && (ops(&|op| !directives.banned_operators.contains(&op)) || self.fault == Fault::BannedOperators)
            && (!directives.banned_forms.contains(&expr.form_key()) || self.fault == Fault::BannedForms)
    }

    fn try_out(&mut self, slice: &Slice, host: &mut dyn Host, expr: Expr, parent: Option<u64>) {
        let lineage = || parent.map_or_else(|| Lineage::root("list"), |parent| Lineage::of(parent, "migrant"));
        if !self.may_offer(slice, &expr) {
            if self.fault == Fault::OffersBadMigrants && parent == Some(50) {
                host.offer(Form::Expr(expr), lineage());
            }
            return;
        }
        let Some(Evaluation { form, loss, .. }) = self.evaluate(host, expr) else { return };
        let Some(fitted) = form.expr().filter(|fitted| loss.is_finite() && self.may_offer(slice, fitted)) else {
            return;
        };
        let change = match self.fault {
            Fault::ResumesWithOtherConstants if self.resumed => 2.0,
            Fault::NotFinite if self.state.position % 3 == 1 => f64::NAN,
            _ => 1.0,
        };
        let params: Vec<f64> = fitted.params().iter().map(|param| change * param).collect();
        host.offer(Form::Expr(fitted.with_params(&params)), lineage());
    }

    fn evaluate(&self, host: &mut dyn Host, expr: Expr) -> Option<Evaluation> {
        let form = Form::Expr(expr);
        if self.fault != Fault::OldRows {
            return host.evaluate(&[form], Effort::Quick).pop();
        }
        let rows = RowSet::new(0, self.state.first_rows.clone()?);
        let mut rng = rand::SeedableRng::seed_from_u64(1);
        Some(self.problem.evaluate(&mut rng, &form, &rows, Effort::Quick, u64::MAX, &mut Workspace::default()).0)
    }

    fn surcharge(&self) -> u64 {
        match self.fault {
            Fault::CostByChance => self.state.chance,
            Fault::ResumesDearer if self.resumed => 1,
            _ => 0,
        }
    }

    /// What is done after Break.
    fn go_on(&mut self, host: &mut dyn Host) {
        let form = || Form::Expr(form("x0"));
        for _ in 0..20 {
            match self.fault {
                Fault::ChargesOn => drop(host.charge(Cost::work(1))),
                Fault::EvaluatesOn => drop(host.evaluate(&[form()], Effort::Quick)),
                Fault::OffersOn => host.offer(form(), Lineage::default()),
                Fault::AsksOn => drop(host.ask(question())),
                Fault::NeverReturns => loop {
                    host.offer(form(), Lineage::default());
                },
                _ => {}
            }
        }
    }
}

fn form(text: &str) -> Expr {
    Expr::from_prefix(text).unwrap()
}

fn question() -> Prompt {
    Prompt { messages: Vec::new(), schema: None, max_tokens: 100 }
}
