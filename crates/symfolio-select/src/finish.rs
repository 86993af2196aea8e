//! Final constants, certificates, and the front that is shown.

use std::collections::BTreeSet;

use symfolio_expr::{Key, infix_rounded};

use crate::alternatives::Standing;
use crate::choose::Chooser;
use crate::constants::constants;
use crate::extrapolation::Inside;
use crate::member::Member;
use crate::polish::Polisher;
use crate::pool::Sightings;
use crate::rows::{Bench, How};
use crate::select::Finished;
use crate::trust::is_exact;

/// Digits of constants by which formulas that are shown are told apart.
const SHOWN: usize = 6;

/// A finished formula with what is known of the member that it was.
#[derive(Clone, Debug)]
pub(crate) struct Done {
    pub finished: Finished,
    pub evidence: f64,
    pub form: Key,
    pub forms: BTreeSet<Key>,
    pub inside: Inside,
    pub on_front: bool,
}

impl Done {
    pub(crate) fn standing(&self, sightings: &Sightings<'_>) -> Standing {
        Standing {
            finished: self.finished.clone(),
            structure: self.form,
            evidence: self.evidence,
            found: sightings.found(&self.forms),
            inside: self.inside.clone(),
            on_front: self.on_front,
        }
    }
}

/// The members with constants from all rows and their intervals, as far as time allows, the chosen one first and then by evidence; those
/// behind keep the constants of the training rows. In the end by ascending complexity and loss, and the position of the chosen one.
pub(crate) fn finish(
    bench: &mut Bench<'_>,
    polisher: &Polisher<'_>,
    chooser: &Chooser<'_>,
    members: Vec<Member>,
    chosen: usize,
    stop: &dyn Fn(u64) -> bool,
) -> (Vec<Done>, usize) {
    let mut queue: Vec<(bool, f64, Member)> = members
        .into_iter()
        .enumerate()
        .map(|(index, member)| (index == chosen, chooser.evidence(&member), member))
        .collect();
    queue.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.total_cmp(&b.1)));
    let mut done: Vec<(bool, Done)> = Vec::with_capacity(queue.len());
    for (is_chosen, evidence, mut member) in queue {
        let in_time = is_chosen || !stop(bench.work);
        let (form, forms) = (member.form(), std::mem::take(&mut member.forms));
        let inside = std::mem::take(&mut member.inside);
        let finished = finish_one(bench, polisher, member, in_time);
        done.push((is_chosen, Done { finished, evidence, form, forms, inside, on_front: false }));
    }
    // The chosen one comes before others of its complexity and loss.
    done.sort_by(|(a_is, a), (b_is, b)| {
        let (a, b) = (&a.finished, &b.finished);
        let order = a.complexity.cmp(&b.complexity).then(a.train.loss.total_cmp(&b.train.loss));
        order.then(b_is.cmp(a_is)).then(a.expr.value_key().cmp(&b.expr.value_key()))
    });
    let mut least = f64::INFINITY;
    for (_, done) in &mut done {
        let level = done.finished.train.loss.max(polisher.scale.floor);
        done.on_front = level < least;
        least = least.min(level);
    }
    let position = done.iter().position(|(is_chosen, _)| *is_chosen).unwrap_or(0);
    (done.into_iter().map(|(_, done)| done).collect(), position)
}

/// Those that no other one dominates and the chosen one, of those that look alike one, and the position of the chosen one.
pub(crate) fn nondominated(polisher: &Polisher<'_>, done: Vec<Done>, chosen: usize) -> (Vec<Finished>, usize) {
    let text = |done: &Done| infix_rounded(&done.finished.expr, &polisher.problem.features, SHOWN);
    let mut texts: BTreeSet<String> = done.get(chosen).map(text).into_iter().collect();
    let mut position = 0;
    let mut members = Vec::new();
    for (index, done) in done.into_iter().enumerate() {
        if index == chosen {
            position = members.len();
        }
        if index == chosen || (done.on_front && texts.insert(text(&done))) {
            members.push(done.finished);
        }
    }
    (members, position)
}

fn finish_one(bench: &mut Bench<'_>, polisher: &Polisher<'_>, member: Member, in_time: bool) -> Finished {
    let rows = polisher.rows;
    let mut expr = polisher.tidied(bench, &member.expr, member.loss, in_time && !member.polished);
    let mut train = member.train;
    let mut exact = false;
    if in_time {
        if rows.all.n_rows() > rows.train.n_rows() {
            let (refitted, loss) = bench.fitted(&expr, &rows.all, rows.loss, How::Adjust);
            if loss.is_finite() && polisher.keeps_shape(bench, &refitted) {
                expr = refitted;
            }
        }
        let values = bench.values(&expr, &rows.all);
        train = rows.on_training_rows(&values);
        let loss = rows.loss.mean(&values, &rows.all.target, rows.all.weights.as_deref());
        exact = loss <= polisher.scale.floor && is_exact(&rows.all, &values);
    }
    let constants = constants(bench, &expr, in_time.then_some(&rows.all), rows.loss);
    Finished {
        complexity: polisher.problem.complexity.of(&expr),
        train,
        validation: member.held_out.map(|held_out| held_out.metrics),
        constants,
        description_length: member.length.total(),
        origin: member.origin,
        candidate: member.candidate,
        exact,
        expr,
    }
}
