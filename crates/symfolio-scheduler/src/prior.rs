//! [`Prior`]: what past runs say of the backends on data of a kind.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use symfolio_core::Profile;

use crate::facts::{FACTS, facts, plain};

/// Fewest neighbours that are asked; with a single one the choice is worse than always taking the best backend.
const NEAREST: usize = 10;
/// Weights of the mean over all past problems that are tried.
const SHRINKS: [f64; 6] = [8.0, 4.0, 2.0, 1.0, 0.5, 0.0];
/// Backends whose expected losses differ by less than this are told apart by no more than their difference's share of it.
const CLEAR: f64 = 0.1;

/// What past runs say of the backends on data of a kind: the k nearest past problems by their [`facts`], each weighing by its
/// nearness, k = max(10, square root of their number), and all past problems together, which weigh [`Prior::shrink`] times as much: how much
/// is found by leaving out one family of problems after the other, so that a prior that has learnt little says so.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Prior {
    /// Where it comes from: the command that made it, and the version of Symfolio.
    pub made: String,
    /// The names of the facts.
    pub facts: Vec<String>,
    /// Mean of each fact over the cases.
    pub centre: Vec<f64>,
    /// Deviation of each fact over the cases; 1 where they do not differ.
    pub scale: Vec<f64>,
    /// Weight of the mean over all past problems beside that of the nearest ones; 0 or more.
    #[serde(default)]
    pub shrink: f64,
    /// The past problems.
    pub cases: Vec<Case>,
}

/// A past problem and how the backends did.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// Problems of one family are near-duplicates of each other.
    pub family: String,
    /// The facts of its profile.
    pub facts: Vec<f64>,
    /// Mean loss of each backend over its runs, 0 (always right) to 1.
    pub losses: BTreeMap<String, f64>,
}

/// A fact that moved what a prior says.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Reason {
    /// The name of the fact.
    pub fact: String,
    /// Its value: a count, or a share (of the deviation of the target for the noise).
    pub value: f64,
    /// Its mean over the past problems, the geometric one of counts and noise.
    pub typical: f64,
    /// By how much each backend's figure would change if the fact were typical, by name; what it has now less what it would have.
    pub shifts: Vec<(String, f64)>,
}

/// Why text is not a [`Prior`].
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs, reason = "the messages say it")]
pub enum PriorError {
    #[error("it is no prior: {0}; make one by `symfolio train-prior`")]
    Syntax(#[from] serde_json::Error),
    #[error(
        "it knows the facts {0:?}, and this version of Symfolio takes {FACTS:?}; train it anew by `symfolio train-prior`"
    )]
    OtherFacts(Vec<String>),
    #[error("case {0} (counted from 0) has not {len} finite facts", len = FACTS.len())]
    Case(usize),
}

impl Prior {
    /// The prior that is built in, from the file `prior.json` beside this one; [`Prior::made`] says how it was made.
    pub fn shipped() -> Prior {
        // A test reads the file: it is never broken.
        Prior::from_json(include_str!("prior.json")).unwrap_or_default()
    }

    /// A prior from past problems.
    pub fn train(made: impl Into<String>, cases: Vec<Case>) -> Prior {
        let mut prior = Prior::of(made, cases);
        prior.shrink = prior.best_shrink();
        prior
    }

    /// The weight of the mean over all past problems with which the backends of largest expectation had the least mean loss on families that
    /// were left out; of equally good ones the largest.
    fn best_shrink(&self) -> f64 {
        let families: BTreeSet<&str> = self.cases.iter().map(|case| case.family.as_str()).collect();
        let mut losses = [0.0; SHRINKS.len()];
        for family in families {
            let (inside, seen): (Vec<&Case>, Vec<&Case>) = self.cases.iter().partition(|case| case.family == family);
            let mut without = Prior::of("", seen.into_iter().cloned().collect());
            for (loss, shrink) in losses.iter_mut().zip(SHRINKS) {
                without.shrink = shrink;
                *loss += inside.iter().map(|case| without.loss_of_choice(case)).sum::<f64>();
            }
        }
        let best = (0..SHRINKS.len()).min_by(|a, b| losses[*a].total_cmp(&losses[*b]).then(a.cmp(b)));
        best.map_or(SHRINKS[0], |best| SHRINKS[best])
    }

    /// The loss, on a past problem, of the backend that is expected the most of there.
    pub fn loss_of_choice(&self, case: &Case) -> f64 {
        let backends: Vec<&str> = case.losses.keys().map(String::as_str).collect();
        let promise = self.expect_facts(&case.facts, &backends);
        let chosen = (0..backends.len()).max_by(|a, b| promise[*a].total_cmp(&promise[*b]).then(b.cmp(a)));
        chosen.map_or(1.0, |chosen| case.losses[backends[chosen]])
    }

    /// A prior that asks the nearest past problems alone.
    fn of(made: impl Into<String>, cases: Vec<Case>) -> Prior {
        let n = cases.len().max(1) as f64;
        let column = |fact: usize| cases.iter().map(move |case| case.facts[fact]);
        let centre: Vec<f64> = (0..FACTS.len()).map(|fact| column(fact).sum::<f64>() / n).collect();
        let spread = |fact: usize| (column(fact).map(|value| (value - centre[fact]).powi(2)).sum::<f64>() / n).sqrt();
        let scale = (0..FACTS.len()).map(|fact| if spread(fact) > 1e-9 { spread(fact) } else { 1.0 }).collect();
        let facts = FACTS.iter().map(|name| name.to_string()).collect();
        Prior { made: made.into(), facts, centre, scale, shrink: 0.0, cases }
    }

    /// Reads what [`Prior::to_json`] wrote.
    ///
    /// # Errors
    /// [`PriorError`] where it is something else, or was trained on other facts.
    pub fn from_json(text: &str) -> Result<Prior, PriorError> {
        let prior: Prior = serde_json::from_str(text)?;
        if prior.facts != FACTS {
            return Err(PriorError::OtherFacts(prior.facts));
        }
        let whole = |facts: &[f64]| facts.len() == FACTS.len() && facts.iter().all(|fact| fact.is_finite());
        if let Some(case) = prior.cases.iter().position(|case| !whole(&case.facts)) {
            return Err(PriorError::Case(case));
        }
        if !whole(&prior.centre) || !whole(&prior.scale) || !(0.0..f64::INFINITY).contains(&prior.shrink) {
            return Err(PriorError::OtherFacts(prior.facts));
        }
        Ok(prior)
    }

    /// Everything in it as text.
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default()
    }

    /// What is to be expected of each backend on data of this profile, 0 to 1, in the order of `backends`: 1 for the least expected
    /// loss, 0 for the largest, and near each other where these are. 0 for all where nothing is known.
    pub fn expect(&self, profile: &Profile, backends: &[&str]) -> Vec<f64> {
        self.expect_facts(&facts(profile), backends)
    }

    /// The same for [`facts`] in place of a profile.
    pub fn expect_facts(&self, facts: &[f64], backends: &[&str]) -> Vec<f64> {
        let near = self.nearest(facts);
        let expected: Vec<Option<f64>> = backends
            .iter()
            .map(|backend| {
                let known = near.iter().filter_map(|(weight, case)| Some((*weight, *case.losses.get(*backend)?)));
                let (total, sum) = known.fold((0.0, 0.0), |(total, sum), (w, loss)| (total + w, sum + w * loss));
                (total > 0.0).then(|| (sum / total + self.shrink * self.mean_loss(backend)) / (1.0 + self.shrink))
            })
            .collect();
        let known = || expected.iter().flatten().copied();
        let (least, most) = known().fold((f64::INFINITY, f64::NEG_INFINITY), |(l, m), v| (l.min(v), m.max(v)));
        // Of a backend without past runs the mean is expected.
        let mean = known().sum::<f64>() / known().count().max(1) as f64;
        let promise = |loss: Option<f64>| (most - loss.unwrap_or(mean)) / (most - least).max(CLEAR);
        if known().count() < 2 {
            return vec![0.0; backends.len()];
        }
        expected.into_iter().map(promise).collect()
    }

    /// Mean loss of a backend over all past problems that it ran on.
    fn mean_loss(&self, backend: &str) -> f64 {
        let losses = || self.cases.iter().filter_map(|case| case.losses.get(backend));
        losses().sum::<f64>() / losses().count().max(1) as f64
    }

    /// The nearest past problems with their weights.
    fn nearest(&self, facts: &[f64]) -> Vec<(f64, &Case)> {
        let distance = |case: &Case| -> f64 {
            let pairs = facts.iter().zip(&case.facts).zip(&self.scale);
            pairs.map(|((a, b), scale)| ((a - b) / scale).powi(2)).sum::<f64>().sqrt()
        };
        let mut near: Vec<(f64, usize)> = self.cases.iter().map(distance).zip(0..).collect();
        near.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        near.truncate(NEAREST.max(self.cases.len().isqrt()));
        near.into_iter().map(|(distance, index)| (1.0 / (1.0 + distance), &self.cases[index])).collect()
    }

    /// The facts of `profile` that moved what is expected, the strongest first, at most `count`: each is set to its mean over the past
    /// problems, and what is expected then is compared.
    pub fn reasons(&self, profile: &Profile, backends: &[&str], count: usize) -> Vec<Reason> {
        let facts = facts(profile);
        let now = self.expect_facts(&facts, backends);
        let mut reasons: Vec<Reason> = (0..self.centre.len())
            .map(|fact| {
                let mut typical = facts.clone();
                typical[fact] = self.centre[fact];
                let then = self.expect_facts(&typical, backends);
                let shifts = backends.iter().zip(now.iter().zip(&then));
                Reason {
                    fact: FACTS[fact].to_string(),
                    value: plain(fact, facts[fact]),
                    typical: plain(fact, self.centre[fact]),
                    shifts: shifts.map(|(name, (now, then))| (name.to_string(), now - then)).collect(),
                }
            })
            .collect();
        let strength = |reason: &Reason| reason.shifts.iter().map(|(_, shift)| shift.abs()).fold(0.0, f64::max);
        reasons.retain(|reason| strength(reason) > 0.005);
        reasons.sort_by(|a, b| strength(b).total_cmp(&strength(a)));
        reasons.truncate(count);
        reasons
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Noisy problems are for `gp`, the others for `sparse`; the number of rows means nothing.
    fn prior() -> Prior {
        let case = |i: usize| {
            let noise = -4.0 + 4.0 * (i as f64 / 39.0);
            let facts = facts(&Profile { n_rows: 100 + 37 * (i * 7 % 40), ..profile(noise) });
            let losses = [("gp", 0.5), ("sparse", if noise > -2.0 { 0.9 } else { 0.1 })];
            Case { family: format!("suite/{i}"), facts, losses: losses.map(|(n, l)| (n.to_string(), l)).into() }
        };
        Prior::train("by hand", (0..40).map(case).collect())
    }

    /// A profile whose noise is `noise` decades.
    fn profile(noise: f64) -> Profile {
        let mut profile =
            Profile { n_rows: 500, n_distinct: 500, noise: Some(10f64.powf(noise)), ..Profile::default() };
        profile.target.deviation = 1.0;
        profile
    }

    #[test]
    fn near_problems_decide_and_the_fact_that_decides_is_named() {
        let prior = prior();
        let backends = ["sparse", "gp", "new"];
        let clean = prior.expect(&profile(-3.8), &backends);
        let noisy = prior.expect(&profile(-0.2), &backends);
        assert_eq!((clean[0], clean[1], noisy[0], noisy[1]), (1.0, 0.0, 0.0, 1.0), "{clean:?} {noisy:?}");
        assert!((clean[2] - 0.5).abs() < 1e-12, "of what is not known the mean is expected");
        let reasons = prior.reasons(&profile(-3.8), &backends, 3);
        assert_eq!(reasons[0].fact, "noise");
        assert!(reasons[0].shifts[0].1 > 0.2, "{reasons:?}");
    }

    #[test]
    fn nothing_known_says_nothing() {
        assert_eq!(Prior::default().expect(&profile(-1.0), &["gp", "sparse"]), [0.0, 0.0]);
        assert!(Prior::default().reasons(&profile(-1.0), &["gp"], 3).is_empty());
        assert_eq!(prior().expect(&profile(-1.0), &["new"]), [0.0]);
    }

    #[test]
    fn the_shipped_prior_can_be_read() {
        assert!(Prior::from_json(include_str!("prior.json")).is_ok());
    }

    #[test]
    fn differences_that_are_not_clear_count_for_little() {
        let mut prior = prior();
        prior.cases.iter_mut().for_each(|case| {
            case.losses.insert("sparse".into(), 0.49);
        });
        let found = prior.expect(&profile(-1.0), &["sparse", "gp"]);
        assert!((found[0] - 0.1).abs() < 1e-9 && found[1] == 0.0, "{found:?}");
    }

    #[test]
    fn a_prior_that_has_learnt_nothing_says_what_is_so_of_all_problems() {
        // Which backend is better has nothing to do with the facts; `gp` is, by a little, over all.
        let mut noise = prior();
        for (i, case) in noise.cases.iter_mut().enumerate() {
            let better = i * 17 % 5 < 3;
            case.losses =
                [("gp", better), ("sparse", !better)].map(|(n, b)| (n.into(), if b { 0.2 } else { 0.6 })).into();
        }
        let trained = Prior::train("by hand", noise.cases);
        assert!(trained.shrink >= 2.0, "{}", trained.shrink);
        for noise in [-4.0, -2.0, 0.0] {
            let found = trained.expect(&profile(noise), &["sparse", "gp"]);
            assert!(found[1] > found[0], "{noise} {found:?}");
        }
        // Where the facts do say it, they are listened to.
        assert!(prior().shrink < 2.0, "{}", prior().shrink);
    }

    #[test]
    fn text_round_trips_and_other_text_is_refused() {
        let prior = prior();
        assert_eq!(Prior::from_json(&prior.to_json()).unwrap(), prior);
        for (text, message) in [
            ("[]".to_string(), "it is no prior"),
            (prior.to_json().replace("\"rows\"", "\"row\""), "train it anew"),
            (
                Prior { cases: vec![Case { facts: vec![1.0], ..prior.cases[0].clone() }], ..prior.clone() }.to_json(),
                "case 0",
            ),
        ] {
            assert!(Prior::from_json(&text).unwrap_err().to_string().contains(message), "{text}");
        }
    }
}
