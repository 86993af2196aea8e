//! [`ExternalSearch`]: a program, told its slices and heard out.

use std::collections::VecDeque;
use std::ops::ControlFlow;
use std::sync::Arc;

use rustc_hash::FxHashSet;
use symfolio_core::{
    Conversation, Cost, Directives, Form, Heard, Host, Lineage, Problem, ProgramError, ProgramSpec, Progress, Search,
    SearchError, Slice,
};
use symfolio_expr::{Expr, Key, infix};
use symfolio_fit::Effort;

use crate::config::ProgramConfig;
use crate::error::ExternalError;
use crate::formulas::{Reader, is_of, text_of};
use crate::protocol::{
    Defined, DirectivesMessage, EndState, FromProgram, Measured, Migrant, PROTOCOL, Refused, Rows, SliceMessage, Start,
    ToProgram,
};

/// Lines that a program may write in one slice; a long one counts as several.
const MOST_LINES: u64 = 100_000;
const LINE_BYTES: u64 = 1000;
/// Lines after which a program of which none could be used is ended.
const MOST_GARBAGE: u64 = 1000;
/// Migrants that wait for the next slice; the latest are kept.
const MOST_MIGRANTS: usize = 500;
/// Formulas remembered as offered; after so many the memory begins anew.
const MEMORY: usize = 1 << 20;
/// Work charged for a slice, so that one that ends at once is not free, and for a line.
const SLICE_WORK: u64 = 100_000;
const LINE_WORK: u64 = 1000;
/// Pays for nothing: a sign of life, and a question whether to go on.
const NOTHING: Cost = Cost::work(0);
/// Share of a processor second that a second of waiting counts as: a program that sleeps keeps a core from others.
const WAITING: f64 = 0.1;
/// Share of a slice below which a program that offered nothing has nothing to try.
const AT_ONCE: f64 = 0.02;

/// A program under way, or to be started.
pub(crate) struct ExternalSearch {
    name: String,
    problem: Arc<Problem>,
    config: ProgramConfig,
    seed: u64,
    reader: Reader,
    /// Keys of what was offered.
    offered: FxHashSet<Key>,
    migrants: VecDeque<Migrant>,
    directives: u64,
    talk: Option<Talk>,
}

/// A conversation, and where it stands.
struct Talk {
    program: Box<dyn Conversation>,
    /// Lines read so far.
    line: u64,
    /// Lines that could be used.
    good: u64,
    /// Version of the rows that it was told.
    rows: u64,
    /// Work for slices and lines that is not paid for yet.
    owed: u64,
    /// The program's own work that is paid for, and what it says it did.
    paid: u64,
    said: u64,
    /// The slice that it has not ended yet.
    open: Option<Open>,
    refused: Refused,
    /// Has it been through a slice?
    started: bool,
    /// Did it say at last that nothing is left to try?
    exhausted: bool,
}

/// A slice that the program has not ended yet; it may last longer than the study's.
struct Open {
    seconds: f64,
    /// Seconds that it was heard before, and at which it is too late.
    begun: f64,
    late: f64,
    lines: u64,
    offers: u64,
    /// What it asked for and has no answer to yet.
    question: Option<Question>,
}

struct Question {
    expressions: VecDeque<String>,
    fit: bool,
    results: Vec<Measured>,
}

impl ExternalSearch {
    pub fn start(
        name: &str,
        problem: Arc<Problem>,
        config: ProgramConfig,
        seed: u64,
    ) -> Result<ExternalSearch, SearchError> {
        if problem.dataset.is_none() {
            return Err(ExternalError::NoData.into());
        }
        Ok(ExternalSearch {
            name: name.to_string(),
            reader: Reader::new(&problem),
            problem,
            config,
            seed,
            offered: FxHashSet::default(),
            migrants: VecDeque::new(),
            directives: 0,
            talk: None,
        })
    }

    /// Keeps what the slice brings until the program is told.
    fn receive(&mut self, slice: &Slice) {
        for migrant in &slice.migrants {
            if let Some(expression) = text_of(migrant, &self.problem) {
                self.migrants.push_back(Migrant { expression, loss: migrant.loss, complexity: migrant.complexity });
            }
        }
        let surplus = self.migrants.len().saturating_sub(MOST_MIGRANTS);
        self.migrants.drain(..surplus);
    }

    /// Starts the program and tells it the problem.
    fn open(&mut self, slice: &Slice, host: &mut dyn Host) -> Result<Talk, SearchError> {
        let spec = ProgramSpec { command: self.config.command.clone(), memory_mb: self.config.memory_mb };
        let program = host.open(&spec).map_err(|error| self.host_error(0, error))?;
        let problem = self.problem.clone();
        let dataset = problem.dataset.as_ref().ok_or(ExternalError::NoData)?;
        let table = slice.rows.table(dataset);
        let columns = dataset.features().iter().chain([dataset.target()]);
        let defined = problem.operators.definitions().iter().map(|definition| {
            let arguments: Vec<String> = (0..definition.arity).map(|i| format!("a{i}")).collect();
            Defined { name: &definition.name, body: infix(&definition.body, &arguments), arguments }
        });
        let start = ToProgram::Start(Start {
            protocol: PROTOCOL,
            features: &problem.features,
            target: &dataset.target().name,
            units: columns.filter_map(|column| Some((&*column.name, column.unit.as_deref()?))).collect(),
            dimensionless_constants: problem.units.as_ref().is_some_and(|units| units.dimensionless_constants()),
            operators: problem.operators.ops().iter().map(|op| op.name()).collect(),
            definitions: defined.collect(),
            constraints: &problem.constraints,
            loss: problem.loss,
            seed: self.seed,
            threads: 1,
            memory_mb: self.config.memory_mb,
            rows: Rows::new(dataset, &slice.rows, &table),
        });
        let mut talk = Talk {
            program,
            line: 0,
            good: 0,
            rows: slice.rows.version,
            owed: 0,
            paid: 0,
            said: 0,
            open: None,
            refused: Refused::default(),
            started: false,
            exhausted: false,
        };
        self.say(&mut talk, &start)?;
        Ok(talk)
    }

    fn say(&self, talk: &mut Talk, message: &ToProgram<'_>) -> Result<(), SearchError> {
        let text = serde_json::to_string(message).map_err(|error| SearchError::Failed(error.to_string()))?;
        talk.program.say(text).map_err(|error| self.host_error(talk.line, error))
    }

    fn host_error(&self, line: u64, error: ProgramError) -> SearchError {
        ExternalError::Host { name: self.name.clone(), line, error }.into()
    }

    /// Tells the program to go on.
    fn begin(&mut self, talk: &mut Talk, slice: &Slice) -> Result<(), SearchError> {
        let problem = self.problem.clone();
        let dataset = problem.dataset.as_ref().ok_or(ExternalError::NoData)?;
        let table = slice.rows.table(dataset);
        let seconds = slice.grant.work as f64 / Cost::WORK_PER_CPU_SECOND as f64;
        let directives = &slice.directives;
        let pinned = directives.pinned.iter().filter(|expr| is_of(expr, &problem));
        let told = DirectivesMessage {
            version: directives.version,
            banned_operators: directives.banned_operators.iter().map(|op| op.name()).collect(),
            pinned: pinned.map(|expr| infix(expr, &problem.features)).collect(),
            hints: &directives.hints,
        };
        if slice.rows.version != talk.rows {
            // On other rows the same form is fitted to other numbers.
            self.offered.clear();
        }
        let refused = std::mem::take(&mut talk.refused);
        let message = ToProgram::Slice(SliceMessage {
            index: slice.index,
            seconds,
            work: slice.grant.work,
            migrants: self.migrants.drain(..).collect(),
            directives: (directives.version != self.directives).then_some(told),
            rows: (slice.rows.version != talk.rows).then(|| Rows::new(dataset, &slice.rows, &table)),
            refused: (refused.count > 0).then_some(refused),
        });
        self.say(talk, &message)?;
        talk.owed += SLICE_WORK;
        self.directives = directives.version;
        talk.rows = slice.rows.version;
        let late = self.config.grace + if talk.started { 0.0 } else { self.config.startup };
        let begun = talk.program.used().heard;
        talk.open = Some(Open { seconds, begun, late, lines: 0, offers: 0, question: None });
        Ok(())
    }

    /// Hears the program out until it ends its slice or the host says Break.
    fn listen(&mut self, talk: &mut Talk, slice: &Slice, host: &mut dyn Host) -> Result<Progress, SearchError> {
        loop {
            // Offers and evaluations are paid for as they are made, and all else when the slice is over.
            if host.charge(NOTHING).is_break() {
                return Ok(Progress::Paused);
            }
            if self.answer(talk, slice, host)? {
                continue;
            }
            match talk.program.hear().map_err(|error| self.host_error(talk.line, error))? {
                Heard::Line(line) => {
                    talk.line += 1;
                    talk.owed += LINE_WORK;
                    if let Some(progress) = self.take(talk, &line, slice, host)? {
                        return Ok(progress);
                    }
                }
                Heard::Nothing => {}
                // Nothing was left to try for it, so that it may have gone home.
                Heard::Ended(_) if talk.exhausted && talk.open.as_ref().is_some_and(|open| open.lines == 0) => {
                    talk.open = None;
                    return Ok(Progress::Exhausted);
                }
                Heard::Ended(how) => {
                    return Err(ExternalError::Gone { name: self.name.clone(), line: talk.line, how }.into());
                }
            }
            self.check_time(talk)?;
        }
    }

    fn check_time(&self, talk: &Talk) -> Result<(), SearchError> {
        let heard = talk.program.used().heard;
        match &talk.open {
            Some(open) if heard - open.begun > open.seconds + open.late => {
                let (name, line) = (self.name.clone(), talk.line);
                Err(ExternalError::Late { name, line, seconds: open.seconds, late: open.late }.into())
            }
            _ => Ok(()),
        }
    }

    /// Acts on a line; `Some` where it ends the slice.
    fn take(
        &mut self,
        talk: &mut Talk,
        line: &str,
        slice: &Slice,
        host: &mut dyn Host,
    ) -> Result<Option<Progress>, SearchError> {
        let Some(open) = &mut talk.open else { return Ok(None) };
        open.lines += 1 + line.len() as u64 / LINE_BYTES;
        if open.lines > MOST_LINES {
            let (name, line) = (self.name.clone(), talk.line);
            return Err(ExternalError::TooMany { name, line, most: MOST_LINES }.into());
        }
        match serde_json::from_str::<FromProgram>(line) {
            Ok(FromProgram::Offer { expression, fit }) => {
                match self.reader.read(&expression, &self.problem, &slice.directives) {
                    Ok(expr) => {
                        talk.good += 1;
                        open.offers += 1;
                        self.offer(expr, fit, slice, host);
                    }
                    Err(why) => self.refuse(talk, &why, &expression)?,
                }
            }
            Ok(FromProgram::Evaluate { expressions, fit }) => {
                talk.good += 1;
                let results = Vec::with_capacity(expressions.len());
                open.question = Some(Question { expressions: expressions.into(), fit, results });
            }
            Ok(FromProgram::Progress {}) => talk.good += 1,
            Ok(FromProgram::End { state, work }) => return self.end(talk, state, work).map(Some),
            Err(error) => self.refuse(talk, &format!("it is no message: {error}"), line)?,
        }
        Ok(None)
    }

    fn end(&self, talk: &mut Talk, state: EndState, work: u64) -> Result<Progress, SearchError> {
        self.check_garbage(talk, 1)?;
        talk.said = talk.said.saturating_add(work);
        talk.started = true;
        talk.exhausted = state == EndState::Exhausted;
        let heard = talk.program.used().heard;
        let idle = talk.open.take().is_some_and(|open| {
            open.offers == 0 && !self.config.repeatable && heard - open.begun < AT_ONCE * open.seconds
        });
        Ok(if idle || state == EndState::Exhausted { Progress::Exhausted } else { Progress::Paused })
    }

    fn refuse(&self, talk: &mut Talk, why: &str, text: &str) -> Result<(), SearchError> {
        if talk.refused.count == 0 {
            let text: String = text.chars().take(80).collect();
            talk.refused.first = format!("line {}: {text:?}: {why}", talk.line);
        }
        talk.refused.count += 1;
        self.check_garbage(talk, MOST_GARBAGE)
    }

    /// Ends a program of which no line could be used.
    fn check_garbage(&self, talk: &Talk, most: u64) -> Result<(), SearchError> {
        if talk.good > 0 || talk.refused.count < most {
            return Ok(());
        }
        let (name, line, first) = (self.name.clone(), talk.line, talk.refused.first.clone());
        Err(ExternalError::Garbage { name, line, first }.into())
    }

    fn offer(&mut self, expr: Expr, fit: bool, slice: &Slice, host: &mut dyn Host) {
        if self.offered.len() >= MEMORY {
            self.offered.clear();
        }
        if !self.offered.insert(expr.value_key()) {
            return;
        }
        let form = match fit {
            true => host.evaluate(&[Form::Expr(expr)], Effort::Quick).pop().map(|fitted| fitted.form),
            false => Some(Form::Expr(expr)),
        };
        let finite = |form: &Form| form.expr().is_some_and(|expr| expr.is_finite() && slice.directives.allow(expr));
        if let Some(form) = form.filter(finite) {
            host.offer(form, Lineage::root(if fit { "fitted offer" } else { "offer" }));
        }
    }

    /// Measures the next expression that the program asked about; says whether there was one.
    fn answer(&self, talk: &mut Talk, slice: &Slice, host: &mut dyn Host) -> Result<bool, SearchError> {
        let Some(question) = talk.open.as_mut().and_then(|open| open.question.as_mut()) else { return Ok(false) };
        if let Some(text) = question.expressions.pop_front() {
            let measured = self.measure(&text, question.fit, &slice.directives, host);
            question.results.push(measured);
            return Ok(true);
        }
        let results = std::mem::take(&mut question.results);
        if let Some(open) = &mut talk.open {
            open.question = None;
        }
        self.say(talk, &ToProgram::Evaluated { results })?;
        Ok(true)
    }

    fn measure(&self, text: &str, fit: bool, directives: &Directives, host: &mut dyn Host) -> Measured {
        let expr = match self.reader.read(text, &self.problem, directives) {
            Ok(expr) => expr,
            Err(error) => return Measured::Refused { error },
        };
        let effort = if fit { Effort::Quick } else { Effort::Score };
        match host.evaluate(&[Form::Expr(expr)], effort).pop() {
            Some(evaluation) => Measured::Formula {
                expression: evaluation.form.expr().map(|expr| infix(expr, &self.problem.features)).unwrap_or_default(),
                loss: evaluation.loss,
                complexity: evaluation.complexity,
            },
            None => Measured::Refused { error: "it was not measured".into() },
        }
    }

    /// What the program has taken and nobody has paid for yet.
    fn bill(&self, talk: &mut Talk) -> Cost {
        let used = talk.program.used();
        let seconds = used.cpu.max(WAITING * used.heard);
        let total =
            if self.config.repeatable { talk.said } else { (seconds * Cost::WORK_PER_CPU_SECOND as f64) as u64 };
        let work = total.saturating_sub(talk.paid);
        talk.paid += work;
        Cost::work(work.saturating_add(std::mem::take(&mut talk.owed)))
    }
}

impl Search for ExternalSearch {
    fn advance(&mut self, slice: &Slice, host: &mut dyn Host) -> Result<Progress, SearchError> {
        self.receive(slice);
        if let ControlFlow::Break(_) = host.charge(NOTHING) {
            return Ok(Progress::Paused);
        }
        let mut talk = match self.talk.take() {
            Some(talk) => talk,
            None => self.open(slice, host)?,
        };
        if talk.open.is_none() {
            self.begin(&mut talk, slice)?;
        }
        let heard = self.listen(&mut talk, slice, host);
        talk.program.rest();
        // Whatever came of it is paid for. Nothing else is done whether that is too much or not.
        let _ = host.charge(self.bill(&mut talk));
        let progress = heard?;
        self.talk = Some(talk);
        Ok(progress)
    }

    fn checkpoint(&self) -> Result<Option<Vec<u8>>, SearchError> {
        Ok(None)
    }
}
