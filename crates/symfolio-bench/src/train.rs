//! [`train`]: from the results of past runs to what they say of the backends.

use std::collections::BTreeMap;

use symfolio::Profile;
use symfolio::scheduler::{Case, Prior, facts};

use crate::Run;

/// Fewest problems that a prior is trained on.
const FEWEST: usize = 20;

/// A prior, and how well it chooses on problems that it has not seen.
#[derive(Clone, Debug)]
pub struct Trained {
    /// Trained on all problems.
    pub prior: Prior,
    /// Each family of problems left out in turn.
    pub by_family: Choice,
    /// Each suite left out in turn, by name; empty where there is one suite only.
    pub by_suite: Vec<(String, Choice)>,
}

/// Mean losses on problems that a prior has not seen.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Choice {
    /// Problems.
    pub n: usize,
    /// The backend that is best on the problems seen (SBS).
    pub single_best: f64,
    /// The backend of which the prior expects the most.
    pub chosen: f64,
    /// The best backend of each problem (VBS): no choice can be better.
    pub virtual_best: f64,
}

/// Why a prior cannot be trained.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TrainError {
    /// There are too few problems on which backends were compared.
    #[error(
        "there are {found} problems on which at least two backends ran by themselves; a prior takes {FEWEST}: run more by `symfolio bench run SUITE --backends ...`"
    )]
    TooFew {
        /// How many there are.
        found: usize,
    },
}

/// Trains a prior on the runs of single backends (`arm:NAME`) among `runs`: a case is a problem of a suite at a level of noise, with the
/// mean of its facts and of each backend's losses over the seeds. Problems on which fewer than two backends ran say nothing.
///
/// # Errors
/// [`TrainError::TooFew`].
pub fn train(runs: &[Run], made: impl Into<String>) -> Result<Trained, TrainError> {
    let cases = cases(runs);
    if cases.len() < FEWEST {
        return Err(TrainError::TooFew { found: cases.len() });
    }
    let prior = Prior::train(made, cases);
    let mut groups: Vec<&str> = prior.cases.iter().map(|case| case.family.as_str()).collect();
    groups.sort_unstable();
    groups.dedup();
    let mut suites: Vec<&str> = groups.iter().map(|family| suite(family)).collect();
    suites.dedup();
    let by_family = Choice::mean(groups.iter().map(|family| judged(&prior, family)));
    let by_suite = match suites.len() {
        1 => Vec::new(),
        _ => suites.iter().map(|suite| (suite.to_string(), judged(&prior, suite))).collect(),
    };
    Ok(Trained { by_family, by_suite, prior })
}

/// The suite in the name of a family.
fn suite(family: &str) -> &str {
    family.split('/').next().unwrap_or(family)
}

/// Sums over the seeds of a case.
#[derive(Default)]
struct Tally {
    family: String,
    facts: Vec<(f64, Vec<f64>)>,
    losses: BTreeMap<String, (f64, f64)>,
}

fn cases(runs: &[Run]) -> Vec<Case> {
    let mut tallies: BTreeMap<(String, String, u64), Tally> = BTreeMap::new();
    for run in runs {
        let Some(backend) = run.key.method.strip_prefix("arm:") else { continue };
        let key = (run.key.suite.clone(), run.key.problem.clone(), run.key.noise.to_bits());
        let tally = tallies.entry(key).or_default();
        tally.family = format!("{}/{}", run.key.suite, run.family);
        if let Ok(profile) = serde_json::from_value::<Profile>(run.finished.profile.clone()) {
            tally.facts.push((1.0, facts(&profile)));
        }
        let (n, sum) = tally.losses.entry(backend.to_string()).or_default();
        *n += 1.0;
        *sum += run.loss();
    }
    let case = |tally: Tally| {
        let n = tally.facts.len() as f64;
        let width = tally.facts.first()?.1.len();
        let mean = |fact: usize| tally.facts.iter().map(|(_, facts)| facts[fact]).sum::<f64>() / n;
        let losses: BTreeMap<String, f64> = tally.losses.into_iter().map(|(name, (n, sum))| (name, sum / n)).collect();
        (losses.len() > 1).then(|| Case { family: tally.family.clone(), facts: (0..width).map(mean).collect(), losses })
    };
    tallies.into_values().filter_map(case).collect()
}

/// How a prior chooses on the problems of a family or suite that it is trained without.
fn judged(prior: &Prior, left_out: &str) -> Choice {
    let inside = |case: &&Case| case.family == left_out || case.family.starts_with(&format!("{left_out}/"));
    let seen = prior.without(left_out);
    let mean = |backend: &str| {
        let losses: Vec<f64> = seen.cases.iter().filter_map(|case| case.losses.get(backend)).copied().collect();
        losses.iter().sum::<f64>() / losses.len().max(1) as f64
    };
    let of_case = |case: &Case| {
        let backends: Vec<&str> = case.losses.keys().map(String::as_str).collect();
        let loss = |index: usize| case.losses[backends[index]];
        let all = || 0..backends.len();
        let single = all().min_by(|a, b| mean(backends[*a]).total_cmp(&mean(backends[*b])).then(a.cmp(b)));
        let promise = seen.expect_facts(&case.facts, &backends);
        let chosen = all().max_by(|a, b| promise[*a].total_cmp(&promise[*b]).then(b.cmp(a)));
        Choice {
            n: 1,
            single_best: single.map_or(1.0, loss),
            chosen: chosen.map_or(1.0, loss),
            virtual_best: all().map(loss).fold(1.0, f64::min),
        }
    };
    Choice::mean(prior.cases.iter().filter(inside).map(of_case))
}

impl Choice {
    /// The mean of several, each weighing by its number of problems.
    fn mean(all: impl Iterator<Item = Choice>) -> Choice {
        let mut sum = Choice::default();
        for one in all {
            let n = one.n as f64;
            sum.n += one.n;
            sum.single_best += n * one.single_best;
            sum.chosen += n * one.chosen;
            sum.virtual_best += n * one.virtual_best;
        }
        let n = sum.n.max(1) as f64;
        Choice {
            n: sum.n,
            single_best: sum.single_best / n,
            chosen: sum.chosen / n,
            virtual_best: sum.virtual_best / n,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    /// On noisy problems `gp` is right, on clean ones `sparse`.
    fn runs(n: usize) -> Vec<Run> {
        let run = |index: usize, method: &str| {
            let noisy = index % 2 == 1;
            let right = noisy == (method == "arm:gp");
            let mut profile = Profile { n_rows: 100, n_distinct: 100, ..Profile::default() };
            profile.target.deviation = 1.0;
            profile.noise = Some(if noisy { 0.1 } else { 1e-4 });
            let mut run = testing::run(&format!("p{index}"), 0.0, 1, method);
            run.family = format!("family{}", index / 2);
            run.law = Some("x".into());
            run.finished.exact = Some(right);
            run.finished.profile = serde_json::to_value(profile).unwrap();
            run
        };
        (0..n).flat_map(|index| ["arm:gp", "arm:sparse"].map(|method| run(index, method))).collect()
    }

    #[test]
    fn a_prior_chooses_by_what_problems_are_like() {
        let trained = train(&runs(60), "by a test").unwrap();
        assert_eq!(trained.prior.cases.len(), 60);
        assert!(trained.by_suite.is_empty());
        assert_eq!(trained.by_family, Choice { n: 60, single_best: 0.5, chosen: 0.0, virtual_best: 0.0 });
    }

    #[test]
    fn few_problems_are_too_few() {
        assert_eq!(train(&runs(19), "").unwrap_err(), TrainError::TooFew { found: 19 });
        let one_backend: Vec<Run> = runs(40).into_iter().filter(|run| run.key.method == "arm:gp").collect();
        assert_eq!(train(&one_backend, "").unwrap_err(), TrainError::TooFew { found: 0 });
    }
}
