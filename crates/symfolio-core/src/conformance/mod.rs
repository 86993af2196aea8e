//! The conformance suite: what every [`Backend`] must keep to, built in or not.
//!
//! ```ignore
//! for verdict in conformance::check(&MyBackend, &Config::default()) {
//!     assert_eq!(verdict.outcome, Ok(()), "{}", verdict.name);
//! }
//! ```

mod host;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use symfolio_expr::{Expr, Node, Op, OperatorSet};
use symfolio_fit::Loss;

pub use host::{Offer, RecordingHost};

use crate::{
    Backend, Candidate, Column, Config, Constraints, Cost, Dataset, Directives, Form, Lineage, Need, Problem, Profile,
    RowSet, Search, SearchError, Slice, Split,
};

/// The outcome of one check.
#[derive(Clone, Debug, PartialEq)]
pub struct Verdict {
    /// What was checked, in words.
    pub name: &'static str,
    /// `Err` says what went wrong.
    pub outcome: Result<(), String>,
}

/// Work granted to each slice of the checks.
const GRANT: u64 = 3_000_000;

type Check = fn(&dyn Backend, &Config) -> Result<(), String>;

/// Runs every check on `backend` with `config`; a panic is a failed check.
pub fn check(backend: &dyn Backend, config: &Config) -> Vec<Verdict> {
    const CHECKS: &[(&str, Check)] = &[
        ("the same inputs give the same offers", same_inputs_same_offers),
        ("saved and resumed equals kept in memory", resumed_equals_kept),
        ("at most one charge after Break", stops_when_told),
        ("offers keep to operators and constraints and have finite constants", offers_are_allowed),
        ("changed rows are honoured", rows_are_honoured),
        ("directives are honoured", directives_are_honoured),
        ("a configuration that means nothing is an error", garbage_config_is_an_error),
        ("a checkpoint that means nothing is an error", garbage_checkpoint_is_an_error),
        ("migrants that are not finite do no harm", bad_migrants_do_no_harm),
    ];
    let run = |check: &Check| match catch_unwind(AssertUnwindSafe(|| check(backend, config))) {
        Ok(outcome) => outcome,
        Err(panic) => Err(format!("it panicked: {}", panic_text(&*panic))),
    };
    CHECKS.iter().map(|(name, check)| Verdict { name, outcome: run(check) }).collect()
}

/// The message of a panic, where it has one.
pub fn panic_text(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_string());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "no message".into())
}

/// Two laws over two features: rows 0 to 59 follow `x0 * x1`, the others `x0 / x1 + 3`. Judged on all rows of one of them.
pub fn problem(second_law: bool) -> Arc<Problem> {
    let n = 120u32;
    let x0: Vec<f64> = (0..n).map(|i| 1.0 + f64::from((i * 37) % 60) / 20.0).collect();
    let x1: Vec<f64> = (0..n).map(|i| 0.5 + f64::from((i * 23) % 41) / 15.0).collect();
    let y = (0..n as usize).map(|i| if i < 60 { x0[i] * x1[i] } else { x0[i] / x1[i] + 3.0 });
    let target = Column::new("y", y.collect::<Vec<f64>>());
    let features = vec![Column::new("x0", x0), Column::new("x1", x1)];
    #[allow(clippy::expect_used, reason = "a fixed table that is known to be valid")]
    let dataset = Arc::new(Dataset::new("two laws", features, target, None).expect("a valid table"));
    let train: Arc<[u32]> = if second_law { (60..120).collect() } else { (0..60).collect() };
    let split = Split { train, validation: Arc::new([]) };
    let profile = Profile { n_rows: 60, ..Profile::default() };
    Arc::new(Problem { profile, ..Problem::new(dataset, split, Loss::SquaredError) })
}

/// Migrants for searches that live on them: the two laws in roundabout forms, and forms near them.
fn migrants(problem: &Problem) -> Vec<Candidate> {
    const FORMS: [&str; 4] = [
        "(mul x0 (mul ?1.0 x1))",
        "(add (div x0 x1) (mul ?1.5 ?2.0))",
        "(sub (mul (square x0) (div x1 x0)) (mul ?0.001 (sin x0)))",
        "(add x0 (mul ?0.5 x1))",
    ];
    let exprs = FORMS.iter().filter_map(|text| Expr::from_prefix(text).ok());
    exprs.enumerate().map(|(id, expr)| candidate(id as u64, expr, problem)).collect()
}

fn candidate(id: u64, expr: Expr, problem: &Problem) -> Candidate {
    let form = Form::Expr(expr);
    let loss = problem.objective.measure(&form, &problem.judge).loss;
    let complexity = form.complexity(&problem.complexity);
    Candidate { id, form, loss, complexity, run: 99, origin: vec!["suite".into()], lineage: Lineage::default() }
}

fn slice(index: u64, problem: &Problem, rows: &Arc<RowSet>) -> Slice {
    let migrants = if index == 0 { migrants(problem) } else { Vec::new() };
    Slice { index, grant: Cost::work(GRANT), migrants, rows: rows.clone(), directives: Arc::new(Directives::default()) }
}

fn start(backend: &dyn Backend, config: &Config, problem: &Arc<Problem>) -> Result<Box<dyn Search>, String> {
    backend.start(problem.clone(), config, 7).map_err(|error| format!("cannot start: {error}"))
}

/// Advances by one slice and returns the offers.
fn advance(search: &mut dyn Search, slice: &Slice, problem: &Arc<Problem>) -> Result<RecordingHost, String> {
    let mut host = RecordingHost::new(problem.clone(), slice);
    search.advance(slice, &mut host).map_err(|error| format!("slice {} failed: {error}", slice.index))?;
    Ok(host)
}

fn offers(backend: &dyn Backend, config: &Config, problem: &Arc<Problem>, slices: u64) -> Result<Vec<Offer>, String> {
    let mut search = start(backend, config, problem)?;
    let mut all = Vec::new();
    for index in 0..slices {
        all.extend(advance(&mut *search, &slice(index, problem, &problem.judge), problem)?.offers);
    }
    Ok(all)
}

fn same(first: &[Offer], second: &[Offer]) -> Result<(), String> {
    if first.len() != second.len() {
        return Err(format!("{} offers, then {}", first.len(), second.len()));
    }
    match first.iter().zip(second).position(|(a, b)| a != b) {
        Some(at) => Err(format!("offer {at} is {:?}, then {:?}", first[at].form, second[at].form)),
        None => Ok(()),
    }
}

fn same_inputs_same_offers(backend: &dyn Backend, config: &Config) -> Result<(), String> {
    let problem = problem(false);
    let first = offers(backend, config, &problem, 2)?;
    if first.is_empty() {
        return Err("two slices brought no offer on a simple law".into());
    }
    same(&first, &offers(backend, config, &problem, 2)?)
}

fn resumed_equals_kept(backend: &dyn Backend, config: &Config) -> Result<(), String> {
    let problem = problem(false);
    let mut kept = start(backend, config, &problem)?;
    advance(&mut *kept, &slice(0, &problem, &problem.judge), &problem)?;
    let saved = kept.checkpoint().map_err(|error| error.to_string())?;
    match (saved, backend.traits().resumable) {
        (None, false) => Ok(()),
        (None, true) => Err("its traits say resumable, but it gave no checkpoint".into()),
        (Some(_), false) => Err("its traits say not resumable, but it gave a checkpoint".into()),
        (Some(bytes), true) => {
            let next = slice(1, &problem, &problem.judge);
            let expected = advance(&mut *kept, &next, &problem)?.offers;
            let mut resumed = backend.resume(problem.clone(), &bytes).map_err(|error| error.to_string())?;
            same(&expected, &advance(&mut *resumed, &next, &problem)?.offers)
        }
    }
}

fn stops_when_told(backend: &dyn Backend, config: &Config) -> Result<(), String> {
    let problem = problem(false);
    for grant in [0, 1000, 200_000] {
        let mut search = start(backend, config, &problem)?;
        let slice = Slice { grant: Cost::work(grant), ..slice(0, &problem, &problem.judge) };
        let host = advance(&mut *search, &slice, &problem)?;
        if host.charges_after_break > 1 {
            return Err(format!("{} charges after Break with {grant} granted", host.charges_after_break));
        }
        if host.spent.work > grant + 2_000_000 {
            return Err(format!("spent {} work of {grant} granted", host.spent.work));
        }
    }
    Ok(())
}

fn offers_are_allowed(backend: &dyn Backend, config: &Config) -> Result<(), String> {
    let whole = problem(false);
    let operators = OperatorSet::new([Op::Add, Op::Mul, Op::Div, Op::Sub]);
    let constraints = Constraints { max_complexity: 9, max_depth: 4, ..Constraints::default() };
    let narrow = Arc::new(Problem { operators, constraints, ..(*whole).clone() });
    for problem in [whole, narrow] {
        for offer in offers(backend, config, &problem, 2)? {
            let Some(expr) = offer.form.expr() else { continue };
            if !problem.allows(expr) {
                return Err(format!("{} was offered against the constraints", expr.to_prefix()));
            }
            if !expr.is_finite() {
                return Err(format!("{} was offered with a constant that is not finite", expr.to_prefix()));
            }
        }
    }
    Ok(())
}

fn rows_are_honoured(backend: &dyn Backend, config: &Config) -> Result<(), String> {
    if backend.traits().needs.contains(&Need::Migrants) {
        return Ok(());
    }
    let problem = problem(true);
    let mut search = start(backend, config, &problem)?;
    let other = Arc::new(RowSet::new(0, (0..60).collect::<Vec<u32>>()));
    let bare = |index, rows| Slice { migrants: Vec::new(), ..slice(index, &problem, rows) };
    advance(&mut *search, &bare(0, &other), &problem)?;
    let right = Arc::new(RowSet::new(1, problem.split.train.clone()));
    let mut best = f64::INFINITY;
    for index in 1..4 {
        let host = advance(&mut *search, &bare(index, &right), &problem)?;
        best = host.offers.iter().map(|offer| offer.loss).fold(best, f64::min);
    }
    let variance = right.table(problem.dataset.as_ref().ok_or("no data")?).target_variance();
    if best < 0.2 * variance {
        return Ok(());
    }
    Err(format!("best loss on the new rows is {best}, their variance {variance}"))
}

fn directives_are_honoured(backend: &dyn Backend, config: &Config) -> Result<(), String> {
    let problem = problem(false);
    let mut search = start(backend, config, &problem)?;
    advance(&mut *search, &slice(0, &problem, &problem.judge), &problem)?;
    let banned = [Op::Mul, Op::Sin];
    let directives = Directives { version: 1, banned_operators: banned.to_vec(), ..Directives::default() };
    let next =
        Slice { directives: Arc::new(directives), migrants: migrants(&problem), ..slice(1, &problem, &problem.judge) };
    for offer in advance(&mut *search, &next, &problem)?.offers {
        let Some(expr) = offer.form.expr() else { continue };
        if let Some(op) = banned.iter().find(|op| expr.nodes().contains(&Node::Op(**op))) {
            return Err(format!("{} was offered while {op} was banned", expr.to_prefix()));
        }
    }
    Ok(())
}

fn garbage_config_is_an_error(backend: &dyn Backend, _: &Config) -> Result<(), String> {
    let garbage = Config(toml::Table::from_iter([("no_such_setting".to_string(), toml::Value::Boolean(true))]));
    match backend.start(problem(false), &garbage, 0) {
        Err(SearchError::Config(text)) if text.contains("no_such_setting") => Ok(()),
        Err(error) => Err(format!("the error does not name the setting: {error}")),
        Ok(_) => Err("it started with an unknown setting".into()),
    }
}

fn garbage_checkpoint_is_an_error(backend: &dyn Backend, config: &Config) -> Result<(), String> {
    let problem = problem(false);
    let mut search = start(backend, config, &problem)?;
    advance(&mut *search, &slice(0, &problem, &problem.judge), &problem)?;
    let mut cases = vec![Vec::new(), b"garbage".to_vec(), vec![0xFF; 1000], b"{}".to_vec(), b"null".to_vec()];
    if let Some(bytes) = search.checkpoint().map_err(|error| error.to_string())? {
        cases.push(bytes[..bytes.len() / 2].to_vec());
    }
    for bytes in cases {
        if backend.resume(problem.clone(), &bytes).is_ok() {
            return Err(format!("it resumed from {} bytes of garbage", bytes.len()));
        }
    }
    Ok(())
}

fn bad_migrants_do_no_harm(backend: &dyn Backend, config: &Config) -> Result<(), String> {
    let problem = problem(false);
    let mut search = start(backend, config, &problem)?;
    let texts = ["?NaN", "(mul ?inf x0)", "(log (sub x0 x0))", "x9", "(add x0 (mul ?1e300 (exp (exp x1))))"];
    let mut bad: Vec<Candidate> = texts
        .iter()
        .filter_map(|text| Expr::from_prefix(text).ok())
        .map(|expr| candidate(50, expr, &problem))
        .collect();
    bad.push(Candidate { form: Form::Program("x = 1".into()), ..bad[0].clone() });
    bad.push(Candidate { form: Form::System(Vec::new()), loss: f64::NAN, ..bad[0].clone() });
    for (index, loss) in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY].into_iter().enumerate() {
        let migrants = bad.iter().map(|migrant| Candidate { loss, ..migrant.clone() }).collect();
        let slice = Slice { migrants, ..slice(index as u64, &problem, &problem.judge) };
        for offer in advance(&mut *search, &slice, &problem)?.offers {
            if offer.form.expr().is_some_and(|expr| !expr.is_finite() || !problem.allows(expr)) {
                return Err(format!("it offered {:?}", offer.form));
            }
        }
    }
    Ok(())
}
