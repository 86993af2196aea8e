//! [`Trial`]: a search under test, slice by slice.

use std::sync::Arc;

use symfolio_expr::Expr;

use super::{Offer, RecordingHost};
use crate::{
    Backend, Candidate, Config, Cost, Directives, Finding, Form, Lineage, Need, Problem, Progress, Proposal, RowSet,
    Search, Slice,
};

/// Work granted to each slice of the checks, unless they say otherwise: room for some steps of the slowest kind.
pub(super) const GRANT: u64 = 15_000_000;

/// A search under test, with the problem that it is given.
pub(super) struct Trial<'a> {
    backend: &'a dyn Backend,
    problem: Arc<Problem>,
    search: Box<dyn Search>,
}

/// All that came of a slice, as far as others can see it.
#[derive(Debug)]
pub(super) struct Harvest {
    pub offers: Vec<Offer>,
    pub proposals: Vec<Proposal>,
    pub spent: Cost,
    pub progress: Progress,
}

impl<'a> Trial<'a> {
    pub fn start(backend: &'a dyn Backend, config: &Config, problem: &Arc<Problem>) -> Result<Trial<'a>, String> {
        let search = backend.start(problem.clone(), config, 7).map_err(|error| format!("cannot start: {error}"))?;
        Ok(Trial { backend, problem: problem.clone(), search })
    }

    /// Advances by one slice.
    pub fn advance(&mut self, slice: &Slice) -> Result<Harvest, String> {
        let mut host = RecordingHost::new(self.problem.clone(), slice);
        let progress = self.advance_with(slice, &mut host)?;
        let RecordingHost { offers, proposals, spent, .. } = host;
        Ok(Harvest { offers, proposals, spent, progress })
    }

    /// Advances by one slice with a host of the caller's.
    pub fn advance_with(&mut self, slice: &Slice, host: &mut RecordingHost) -> Result<Progress, String> {
        if self.backend.traits().needs.contains(&Need::Oracle) {
            host.oracle = Some(Expr::from_prefix(law_of(&slice.rows)).map_err(|error| error.to_string())?);
        }
        self.search.advance(slice, host).map_err(|error| format!("slice {} failed: {error}", slice.index))
    }

    /// Advances by one slice after the other, and puts all offers in one row.
    pub fn offers(&mut self, slices: impl IntoIterator<Item = Slice>) -> Result<Vec<Offer>, String> {
        let mut offers = Vec::new();
        for slice in slices {
            offers.extend(self.advance(&slice)?.offers);
        }
        Ok(offers)
    }

    pub fn save(&self) -> Result<Option<Vec<u8>>, String> {
        self.search.checkpoint().map_err(|error| format!("cannot be saved: {error}"))
    }

    /// A search that goes on from `bytes`.
    pub fn resume(&self, bytes: &[u8]) -> Result<Trial<'a>, String> {
        let resumed = self.backend.resume(self.problem.clone(), bytes);
        let search = resumed.map_err(|error| format!("cannot be resumed: {error}"))?;
        Ok(Trial { backend: self.backend, problem: self.problem.clone(), search })
    }
}

/// Slice number `index` on the judge rows, with migrants for searches that live on them.
pub(super) fn slice(index: u64, problem: &Problem) -> Slice {
    Slice {
        index,
        grant: Cost::work(GRANT),
        migrants: migrants(index, problem),
        rows: problem.judge.clone(),
        directives: Arc::new(Directives::default()),
        findings: findings(index, problem),
    }
}

/// Findings as an engine hands them over: of the view that a search may have proposed before, and of one that none has.
fn findings(index: u64, problem: &Problem) -> Vec<Finding> {
    let finding = |view| Finding { view, front: migrants(index, problem), baseline: 1.0, exact: 1e-12 };
    match index {
        0 => Vec::new(),
        index => vec![finding(index - 1), finding(1_000_000 + index)],
    }
}

/// The two laws in roundabout forms, and forms near them; no two slices get the same ones.
pub(super) fn migrants(index: u64, problem: &Problem) -> Vec<Candidate> {
    const FORMS: [&str; 4] = [
        "(mul x0 (mul ?1.0 x1))",
        "(add (div x0 x1) (mul ?1.5 ?2.0))",
        "(sub (mul (square x0) (div x1 x0)) (mul ?0.001 (sin x0)))",
        "(add x0 (div x1 ?2.0))",
    ];
    let exprs = FORMS.iter().filter_map(|text| Expr::from_prefix(text).ok());
    let scaled = |expr: Expr| {
        let params: Vec<f64> = expr.params().iter().map(|param| param * (1.0 + index as f64)).collect();
        expr.with_params(&params)
    };
    exprs.enumerate().map(|(id, expr)| candidate(10 * index + id as u64, scaled(expr), problem)).collect()
}

pub(super) fn candidate(id: u64, expr: Expr, problem: &Problem) -> Candidate {
    let form = Form::Expr(expr);
    let loss = problem.objective.measure(&form, &problem.judge).loss;
    let complexity = form.complexity(&problem.complexity);
    Candidate { id, form, loss, complexity, run: 99, origin: vec!["suite".into()], lineage: Lineage::default() }
}

/// The law that `rows` follow, as an oracle knows it.
fn law_of(rows: &RowSet) -> &'static str {
    if rows.indices.first().is_some_and(|row| *row < 60) { "(mul x0 x1)" } else { "(add (div x0 x1) 3)" }
}

/// The rows of both laws, `version` 0 those of the first and all others those of the second.
pub(super) fn law_rows(version: u64) -> Arc<RowSet> {
    let rows: Vec<u32> = if version == 0 { (0..60).collect() } else { (60..120).collect() };
    Arc::new(RowSet::new(version, rows))
}

/// Is everything the same that others can see of slice number `index`?
pub(super) fn same(index: u64, first: &Harvest, second: &Harvest) -> Result<(), String> {
    // Compared as text, so that two NaN are equal.
    let differ = |a: &dyn std::fmt::Debug, b: &dyn std::fmt::Debug| format!("{a:?}") != format!("{b:?}");
    if let Some(at) = first.offers.iter().zip(&second.offers).position(|(a, b)| differ(a, b)) {
        return Err(format!("slice {index}, offer {at}: {:?}, then {:?}", first.offers[at], second.offers[at]));
    }
    if first.offers.len() != second.offers.len() {
        return Err(format!("slice {index}: {} offers, then {}", first.offers.len(), second.offers.len()));
    }
    if differ(first, second) {
        let rest = |harvest: &Harvest| {
            format!("{:?}, {:?}, proposals {:?}", harvest.spent, harvest.progress, harvest.proposals)
        };
        return Err(format!("slice {index}: {}, then {}", rest(first), rest(second)));
    }
    Ok(())
}

/// An error where there is no offer at all: what follows would hold of nothing.
pub(super) fn some_of(offers: Vec<Offer>, when: &str) -> Result<Vec<Offer>, String> {
    if offers.is_empty() { Err(format!("no offer {when}, so nothing can be said")) } else { Ok(offers) }
}

/// Do all offers keep to the operators and constraints, with finite constants?
pub(super) fn all_allowed(offers: &[Offer], problem: &Problem) -> Result<(), String> {
    for expr in offers.iter().filter_map(|offer| offer.form.expr()) {
        if !problem.allows(expr) {
            return Err(format!("{} was offered against operators or constraints", expr.to_prefix()));
        }
        if !expr.is_finite() {
            return Err(format!("{} was offered with a constant that is not finite", expr.to_prefix()));
        }
    }
    Ok(())
}
