//! [`train`]: from the results of past runs to what they say of the backends.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use symfolio::Profile;
use symfolio::core::FeatureProfile;
use symfolio::scheduler::{Case, Prior, facts};

use crate::database::Run;
use crate::selection::Selection;

/// Fewest problems that a prior is trained on.
const FEWEST: usize = 20;

/// A prior, and how well it chooses on problems that it has not seen.
#[derive(Clone, Debug)]
pub struct Trained {
    /// Trained on all problems.
    pub prior: Prior,
    /// Each family of problems left out in turn.
    pub by_family: Choice,
    /// Each suite left out in turn, by name, and with it what other suites have of its families; empty where there is one suite only.
    pub by_suite: Vec<(String, Choice)>,
    /// What was left out, and why.
    pub remarks: Vec<String>,
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
        "there are {found} problems on which at least two backends ran by themselves ({old} runs have profiles of an older version); a prior takes {FEWEST}: run more by `symfolio bench run SUITE --backends ...`"
    )]
    TooFew {
        /// How many there are.
        found: usize,
        /// Runs that are left out since their profiles lack facts.
        old: usize,
    },
}

/// Trains a prior on the runs of single backends (`arm:NAME`) of a selection: a case is a problem of a suite at a level of noise, with the
/// mean of its facts and of each backend's losses over the seeds. Problems on which fewer than two backends ran say nothing. `made` is the
/// command that makes it.
///
/// # Errors
/// [`TrainError::TooFew`].
pub fn train(selection: &Selection, made: impl Into<String>) -> Result<Trained, TrainError> {
    let Known { cases, remarks } = known(&selection.runs)?;
    let every = |of: &dyn Fn(&KnownCase) -> String| cases.iter().map(of).collect::<BTreeSet<String>>();
    let families = every(&|known| known.case.family.clone());
    let suites = every(&|known| known.suite.clone());
    let by_family = Choice::mean(families.iter().map(|family| judged(&cases, |known| known.case.family == *family)));
    let by_suite = match suites.len() {
        1 => Vec::new(),
        _ => suites.iter().map(|suite| (suite.clone(), judged(&cases, |known| known.suite == *suite))).collect(),
    };
    let prior = Prior::train(made, cases.into_iter().map(|known| known.case).collect());
    let remarks = selection.remarks.iter().cloned().chain(remarks).collect();
    Ok(Trained { prior, by_family, by_suite, remarks })
}

/// What runs say of the backends.
pub(crate) struct Known {
    /// Problem by problem.
    pub cases: Vec<KnownCase>,
    /// Which runs say nothing, and why.
    pub remarks: Vec<String>,
}

/// A case, and the suite that it is of.
pub(crate) struct KnownCase {
    pub suite: String,
    pub case: Case,
}

/// Sums over the seeds of a case.
#[derive(Default)]
struct Tally {
    family: String,
    facts: Vec<Vec<f64>>,
    losses: BTreeMap<String, (f64, f64)>,
}

/// The cases of `runs`.
///
/// # Errors
/// [`TrainError::TooFew`].
pub(crate) fn known(runs: &[Run]) -> Result<Known, TrainError> {
    let mut tallies: BTreeMap<(String, String, u64), Tally> = BTreeMap::new();
    let (mut others, mut changed, mut old) = (0, 0, 0);
    for run in runs {
        let Some(backend) = run.key.method.strip_prefix("arm:") else {
            others += 1;
            continue;
        };
        if run.label != run.key.method {
            changed += 1;
            continue;
        }
        let facts = match &run.finished.profile {
            Value::Null => None,
            profile if !is_whole(profile) => {
                old += 1;
                continue;
            }
            profile => serde_json::from_value::<Profile>(profile.clone()).ok().map(|profile| facts(&profile)),
        };
        let key = (run.key.suite.clone(), run.key.problem.clone(), run.key.noise.to_bits());
        let tally = tallies.entry(key).or_default();
        tally.family.clone_from(&run.family);
        tally.facts.extend(facts);
        let (n, sum) = tally.losses.entry(backend.to_string()).or_default();
        *n += 1.0;
        *sum += run.loss();
    }
    let all = tallies.len();
    let case = |((suite, ..), tally): ((String, String, u64), Tally)| {
        let n = tally.facts.len() as f64;
        let width = tally.facts.first()?.len();
        let mean = |fact: usize| tally.facts.iter().map(|facts| facts[fact]).sum::<f64>() / n;
        let losses: BTreeMap<String, f64> = tally.losses.into_iter().map(|(name, (n, sum))| (name, sum / n)).collect();
        let case = Case { family: tally.family, facts: (0..width).map(mean).collect(), losses };
        (case.losses.len() > 1).then_some(KnownCase { suite, case })
    };
    let cases: Vec<KnownCase> = tallies.into_iter().filter_map(case).collect();
    if cases.len() < FEWEST {
        return Err(TrainError::TooFew { found: cases.len(), old });
    }
    let remarks = [
        (others, "runs of methods that are no single backends (arm:NAME) are left out"),
        (changed, "runs of single backends with settings of their own are left out"),
        (old, "runs whose profile lacks facts that this version takes are left out"),
        (all - cases.len(), "problems with a profile or a run of fewer than two backends are left out"),
    ];
    let said = remarks.iter().filter(|(n, _)| *n > 0).map(|(n, words)| format!("{n} {words}"));
    Ok(Known { remarks: said.collect(), cases })
}

/// Has a profile all that one of today has? What an older version did not measure reads as what could not be had.
fn is_whole(profile: &Value) -> bool {
    let has = |value: &Value, like: &Value| {
        like.as_object().into_iter().flat_map(|like| like.keys()).all(|key| value.get(key).is_some())
    };
    let feature = serde_json::to_value(FeatureProfile::default()).unwrap_or_default();
    has(profile, &serde_json::to_value(Profile::default()).unwrap_or_default())
        && profile["features"].as_array().into_iter().flatten().all(|found| has(found, &feature))
}

/// How a prior chooses on the problems that `is` true of, trained without these and without all of their families.
fn judged(cases: &[KnownCase], is: impl Fn(&KnownCase) -> bool) -> Choice {
    let (inside, rest): (Vec<&KnownCase>, Vec<&KnownCase>) = cases.iter().partition(|known| is(known));
    let families: BTreeSet<&str> = inside.iter().map(|known| known.case.family.as_str()).collect();
    let seen = rest.into_iter().map(|known| &known.case).filter(|case| !families.contains(case.family.as_str()));
    let seen = Prior::train("", seen.cloned().collect());
    let mean = |backend: &str| {
        let losses: Vec<f64> = seen.cases.iter().filter_map(|case| case.losses.get(backend)).copied().collect();
        losses.iter().sum::<f64>() / losses.len().max(1) as f64
    };
    let of_case = |known: &&KnownCase| {
        let case = &known.case;
        let backends: Vec<&str> = case.losses.keys().map(String::as_str).collect();
        let loss = |index: usize| case.losses[backends[index]];
        let all = || 0..backends.len();
        let single = all().min_by(|a, b| mean(backends[*a]).total_cmp(&mean(backends[*b])).then(a.cmp(b)));
        Choice {
            n: 1,
            single_best: single.map_or(1.0, loss),
            chosen: seen.loss_of_choice(case),
            virtual_best: all().map(loss).fold(1.0, f64::min),
        }
    };
    Choice::mean(inside.iter().map(of_case))
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
    use crate::selection::{Filter, select};
    use crate::testing;

    /// On noisy problems `gp` is right, on clean ones `sparse`.
    fn runs(n: usize) -> Vec<Run> {
        let run = |index: usize, method: &str| {
            let noisy = index % 2 == 1;
            let right = noisy == (method == "arm:gp");
            let profile = Profile { noise: Some(if noisy { 0.1 } else { 1e-4 }), ..testing::profile() };
            let mut run = testing::run(&format!("p{index}"), 0.0, 1, method);
            run.family = format!("family{}", index / 2);
            run.law = Some("x".into());
            run.finished.exact = Some(right);
            run.finished.profile = serde_json::to_value(profile).unwrap();
            run
        };
        (0..n).flat_map(|index| ["arm:gp", "arm:sparse"].map(|method| run(index, method))).collect()
    }

    fn selection(runs: Vec<Run>) -> Selection {
        select(runs, &Filter::default()).unwrap()
    }

    #[test]
    fn a_prior_chooses_by_what_problems_are_like() {
        let trained = train(&selection(runs(60)), "by a test").unwrap();
        assert_eq!(trained.prior.cases.len(), 60);
        assert_eq!(trained.prior.made, "by a test");
        assert!(trained.by_suite.is_empty() && trained.remarks.is_empty(), "{:?}", trained.remarks);
        assert_eq!(trained.by_family, Choice { n: 60, single_best: 0.5, chosen: 0.0, virtual_best: 0.0 });
    }

    #[test]
    fn few_problems_are_too_few() {
        let refusal = |runs: Vec<Run>| train(&selection(runs), "").unwrap_err();
        assert_eq!(refusal(runs(19)), TrainError::TooFew { found: 19, old: 0 });
        let one_backend: Vec<Run> = runs(40).into_iter().filter(|run| run.key.method == "arm:gp").collect();
        assert_eq!(refusal(one_backend), TrainError::TooFew { found: 0, old: 0 });
    }

    #[test]
    fn what_is_left_out_is_said() {
        let mut all = runs(60);
        // The first two problems were profiled by a version that knew less.
        for run in &mut all[..4] {
            run.finished.profile.as_object_mut().unwrap().remove("sparse_r2");
        }
        all[4].variant = "slots=2".into();
        all[6].key.method = "bare:gp".into();
        let trained = train(&selection(all), "").unwrap();
        // Of the third and fourth problem one backend is left.
        assert_eq!(trained.prior.cases.len(), 56);
        assert_eq!(
            trained.remarks,
            [
                "1 runs of methods that are no single backends (arm:NAME) are left out",
                "1 runs of single backends with settings of their own are left out",
                "4 runs whose profile lacks facts that this version takes are left out",
                "2 problems with a profile or a run of fewer than two backends are left out",
            ]
        );
    }

    #[test]
    fn a_suite_is_left_out_with_what_other_suites_have_of_it() {
        // A second suite of the same laws: without it nothing is seen of its families.
        let second = runs(60).into_iter().map(|mut run| {
            run.key.suite = "again".into();
            run.family = format!("other-{}", run.family);
            run
        });
        let all: Vec<Run> = runs(60).into_iter().chain(second).collect();
        let by_name = train(&selection(all.clone()), "").unwrap();
        assert_eq!(
            by_name.by_suite.iter().map(|(name, choice)| (name.as_str(), choice.chosen)).collect::<Vec<_>>(),
            [("again", 0.0), ("s", 0.0)]
        );
        let linked = all.into_iter().map(|mut run| {
            run.content = format!("formula {}", run.key.problem);
            run
        });
        let by_content = train(&selection(linked.collect()), "").unwrap();
        // Nothing is known any more, and the first backend by name is taken.
        assert_eq!(by_content.by_suite.iter().map(|(_, choice)| choice.chosen).collect::<Vec<_>>(), [0.5, 0.5]);
    }
}
