//! [`Pool`]: what a study hands to selection.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use symfolio_core::Candidate;
use symfolio_expr::{Expr, Key};

/// What a study hands to selection.
#[derive(Clone, Copy, Debug)]
pub struct Pool<'a> {
    /// The candidates that no other one dominates in loss and complexity.
    pub front: &'a [Candidate],
    /// Candidates that the front held once and let go. The most promising of them, one of each form, are in the running too.
    pub others: &'a [Candidate],
    /// Who found them, and when.
    pub sightings: &'a [Sighting],
}

/// A run put a form forward.
#[derive(Clone, Debug, PartialEq)]
pub struct Sighting {
    /// The candidate that has this form.
    pub candidate: u64,
    /// The run.
    pub run: u32,
    /// Its backend.
    pub backend: String,
    /// Share of the budget that was spent, 0 to 1.
    pub spent: f64,
    /// Did the run make it from nothing that others had found?
    pub own: bool,
}

/// Who found a structure, and when.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Found {
    /// The backends that found it by themselves, by name.
    pub backends: Vec<String>,
    /// Number of runs that found it by themselves.
    pub runs: usize,
    /// Share of the budget, 0 to 1, that was spent when it was first found; `None` where selection itself made it.
    pub since: Option<f64>,
}

impl<'a> Pool<'a> {
    /// A front of which nothing else is known.
    pub fn of(front: &'a [Candidate]) -> Pool<'a> {
        Pool { front, others: &[], sightings: &[] }
    }
}

/// The sightings of each form, whatever its numbers.
pub(crate) struct Sightings<'a>(BTreeMap<Key, Vec<&'a Sighting>>);

impl<'a> Sightings<'a> {
    pub(crate) fn new(pool: &Pool<'a>) -> Sightings<'a> {
        let candidates = pool.front.iter().chain(pool.others);
        let keyed = candidates.filter_map(|held| held.form.expr().map(|expr| (held.id, raw_form(expr))));
        let forms: BTreeMap<u64, Key> = keyed.collect();
        let mut by_form: BTreeMap<Key, Vec<&Sighting>> = BTreeMap::new();
        for sighting in pool.sightings {
            if let Some(form) = forms.get(&sighting.candidate) {
                by_form.entry(*form).or_default().push(sighting);
            }
        }
        Sightings(by_form)
    }

    /// Who found one of `forms`, and when the first did.
    pub(crate) fn found(&self, forms: &BTreeSet<Key>) -> Found {
        let all: Vec<&Sighting> = forms.iter().filter_map(|form| self.0.get(form)).flatten().copied().collect();
        let own = all.iter().filter(|sighting| sighting.own);
        let backends: BTreeSet<&str> = own.clone().map(|sighting| sighting.backend.as_str()).collect();
        let runs: BTreeSet<u32> = own.map(|sighting| sighting.run).collect();
        Found {
            backends: backends.into_iter().map(str::to_string).collect(),
            runs: runs.len(),
            since: all.iter().map(|sighting| sighting.spent).min_by(f64::total_cmp),
        }
    }
}

/// The key of a form as a search put it forward, with every number free.
pub(crate) fn raw_form(expr: &Expr) -> Key {
    expr.thaw().form_key()
}

#[cfg(test)]
mod tests {
    use super::*;
    use symfolio_core::Lineage;

    fn candidate(id: u64, text: &str) -> Candidate {
        let form = Expr::from_prefix(text).unwrap().into();
        Candidate { id, form, loss: 0.1, complexity: 3, run: 0, origin: Vec::new(), lineage: Lineage::default() }
    }

    #[test]
    fn finds_of_one_structure_are_counted_by_run() {
        let front = [candidate(0, "(mul ?2.0 x0)"), candidate(1, "(sin x0)")];
        let others = [candidate(2, "(mul x0 ?3.0)")];
        let seen = |candidate, run, backend: &str, spent, own| Sighting {
            candidate,
            run,
            backend: backend.into(),
            spent,
            own,
        };
        let sightings = [
            seen(0, 0, "gp", 0.5, true),
            seen(2, 1, "sparse", 0.2, true),
            seen(2, 1, "sparse", 0.3, true),
            seen(2, 2, "egraph", 0.1, false),
            seen(1, 3, "gp", 0.0, true),
        ];
        let known = Sightings::new(&Pool { front: &front, others: &others, sightings: &sightings });
        let forms = BTreeSet::from([raw_form(front[0].form.expr().unwrap())]);
        let found = known.found(&forms);
        assert_eq!(found, Found { backends: vec!["gp".into(), "sparse".into()], runs: 2, since: Some(0.1) });
        assert_eq!(known.found(&BTreeSet::new()), Found::default());
    }
}
