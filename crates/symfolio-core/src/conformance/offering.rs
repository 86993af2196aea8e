//! Checks that offers follow what the problem and the slices say.

use std::sync::Arc;

use symfolio_expr::{Expr, Node, Op, OperatorSet};

use super::trial::{Trial, all_allowed, law_rows, slice, some_of};
use super::{Offer, problem, problem_of};
use crate::{Backend, Config, Constraints, Directives, Need, Problem, Slice};

/// Offers keep to operators and constraints and have finite constants.
pub(super) fn offers_are_allowed(backend: &dyn Backend, config: &Config) -> Result<(), String> {
    let whole = problem(false);
    let operators = OperatorSet::new([Op::Add, Op::Mul, Op::Div, Op::Sub]);
    let constraints = Constraints { max_complexity: 9, max_depth: 4, ..Constraints::default() };
    let narrow = Arc::new(Problem { operators, constraints, ..(*whole).clone() });
    for (problem, when) in [(whole, "on a simple law"), (narrow, "of at most 9 nodes of arithmetic")] {
        let offers = Trial::start(backend, config, &problem)?.offers((0..2).map(|index| slice(index, &problem)))?;
        all_allowed(&some_of(offers, when)?, &problem)?;
    }
    Ok(())
}

/// After the rows have changed, the law of the new ones is found.
pub(super) fn rows_are_honoured(backend: &dyn Backend, config: &Config) -> Result<(), String> {
    let problem = problem(true);
    let needs_migrants = backend.traits().needs.contains(&Need::Migrants);
    let slice = |index: u64| {
        let fed = slice(index, &problem);
        let migrants = if needs_migrants { fed.migrants.clone() } else { Vec::new() };
        Slice { migrants, rows: law_rows(u64::from(index > 0)), ..fed }
    };
    let mut trial = Trial::start(backend, config, &problem)?;
    trial.advance(&slice(0))?;
    let best = trial.offers((1..4).map(slice))?.iter().map(|offer| offer.loss).fold(f64::INFINITY, f64::min);
    let variance = variance(&problem)?;
    if best < 0.01 * variance {
        return Ok(());
    }
    Err(format!("the best loss on the new rows is {best}, their variance {variance}"))
}

fn variance(problem: &Problem) -> Result<f64, String> {
    let dataset = problem.dataset.as_ref().ok_or("no data")?;
    Ok(problem.judge.table(dataset).target_variance())
}

/// What would be offered is not any more when it is banned, from the beginning or later.
pub(super) fn bans_are_honoured(backend: &dyn Backend, config: &Config) -> Result<(), String> {
    let problem = problem(false);
    let free = Trial::start(backend, config, &problem)?.offers((0..2).map(|index| slice(index, &problem)))?;
    let (expr, op) = best(&free).ok_or("no offer with an operator, so nothing can be said")?;
    let operator = Directives { version: 1, banned_operators: vec![op], ..Directives::default() };
    let form = Directives { version: 1, banned_forms: vec![expr.form_key()], ..Directives::default() };
    for (directives, what) in [(operator, op.to_string()), (form, expr.to_prefix())] {
        let directives = Arc::new(directives);
        let under = |index: u64| Slice { directives: directives.clone(), ..slice(index, &problem) };
        let early = Trial::start(backend, config, &problem)?.offers((0..2).map(under))?;
        let early = some_of(early, &format!("while {what} is banned"))?;
        let mut trial = Trial::start(backend, config, &problem)?;
        trial.advance(&slice(0, &problem))?;
        let late = trial.offers((1..3).map(under))?;
        let exprs = early.iter().chain(&late).filter_map(|offer| offer.form.expr());
        if let Some(banned) = exprs.into_iter().find(|expr| !directives.allow(expr)) {
            return Err(format!("{} was offered while {what} was banned", banned.to_prefix()));
        }
    }
    Ok(())
}

/// The best offer that has an operator, and its outermost one.
fn best(offers: &[Offer]) -> Option<(&Expr, Op)> {
    let with_operator = |offer: &'_ Offer| match offer.form.expr()?.nodes().last()? {
        Node::Op(op) => Some(*op),
        _ => None,
    };
    let known = offers.iter().filter_map(|offer| Some((offer, with_operator(offer)?)));
    let (offer, op) = known.min_by(|a, b| a.0.loss.total_cmp(&b.0.loss))?;
    Some((offer.form.expr()?, op))
}

/// A law that no one finds by chance is offered once it is pinned. Searches that take no migrants take no pins either.
pub(super) fn pins_are_taken_in(backend: &dyn Backend, config: &Config) -> Result<(), String> {
    if !backend.traits().takes_migrants {
        return Ok(());
    }
    let problem = problem_of(false, |x0, x1| (3.0 * x0).sin().exp() / (x1 + 0.37 * x0 * x0));
    let law = "(mul ?1.0 (div (exp (sin (mul ?3.0 x0))) (add x1 (mul ?0.37 (square x0)))))";
    let pinned = Expr::from_prefix(law).map_err(|error| error.to_string())?;
    let directives = Arc::new(Directives { version: 1, pinned: vec![pinned], ..Directives::default() });
    let under = |index: u64| Slice { directives: directives.clone(), ..slice(index, &problem) };
    let offers = Trial::start(backend, config, &problem)?.offers((0..2).map(under))?;
    let best = offers.iter().map(|offer| offer.loss).fold(f64::INFINITY, f64::min);
    let variance = variance(&problem)?;
    if best < 1e-9 * variance {
        return Ok(());
    }
    Err(format!("the best loss is {best} of a variance of {variance}, although the law itself is pinned"))
}
