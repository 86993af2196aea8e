//! [`Folds`]: priors for scoring policies, each trained without the families that it is used on.

use std::path::{Path, PathBuf};

use symfolio::scheduler::{Case, Prior};

use crate::content::content;
use crate::families::Families;
use crate::fingerprint;
use crate::provenance::of_prior;
use crate::selection::Selection;
use crate::suite::{Problem, Suite};
use crate::train::{TrainError, known};

/// How many parts families are divided into.
const FOLDS: u64 = 10;

/// Why there are no priors.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs, reason = "the messages say it")]
pub enum FoldsError {
    #[error(transparent)]
    Train(#[from] TrainError),
    #[error("{path}: cannot be written ({error})")]
    Io { path: PathBuf, error: std::io::Error },
}

/// Priors for scoring policies: families are divided into ten parts by their names, and the prior of a part is trained on the past problems
/// of all the others.
#[derive(Clone, Debug)]
pub struct Folds {
    families: Families,
    /// File and fingerprint of each.
    priors: Vec<(PathBuf, String)>,
}

impl Folds {
    /// Trains the priors on the runs of single backends in `selection` and writes them into `folder`, which is made where it is not there.
    /// `suite` is what they are for, `made` the command that makes them.
    ///
    /// # Errors
    /// [`FoldsError`].
    pub fn train(selection: &Selection, suite: &Suite, folder: &Path, made: &str) -> Result<Folds, FoldsError> {
        let problems = suite.problems.iter().map(|problem| (&problem.family, content(&problem.data, &suite.folder)));
        let coming: Vec<(&String, String)> = problems.collect();
        let past = selection.runs.iter().map(|run| (run.family.as_str(), run.content.as_str()));
        let coming = coming.iter().map(|(family, content)| (family.as_str(), content.as_str()));
        let families = Families::link(selection.families.links().chain(past).chain(coming));
        let mut cases: Vec<Case> = known(&selection.runs)?.cases.into_iter().map(|known| known.case).collect();
        for case in &mut cases {
            case.family = families.of(&case.family).to_string();
        }
        let io = |path: &Path, error| FoldsError::Io { path: path.to_path_buf(), error };
        let folder = std::path::absolute(folder).map_err(|error| io(folder, error))?;
        std::fs::create_dir_all(&folder).map_err(|error| io(&folder, error))?;
        let mut priors = Vec::new();
        for fold in 0..FOLDS {
            let seen: Vec<Case> = cases.iter().filter(|case| fold_of(&case.family) != fold).cloned().collect();
            let made = format!("{made}; part {} of {FOLDS}, without the families that it is used on", fold + 1);
            let prior = Prior::train(made, seen);
            let fingerprint = of_prior(&prior);
            // Named by what it says: runs that were made with another one keep theirs.
            let path = folder.join(format!("{fingerprint}.json"));
            if !path.is_file() {
                symfolio::engine::write_whole(&path, prior.to_json().as_bytes()).map_err(|error| io(&path, error))?;
            }
            priors.push((path, fingerprint));
        }
        Ok(Folds { families, priors })
    }

    /// The file and the fingerprint of the prior that has seen nothing of the family of `problem`.
    pub(crate) fn prior_of(&self, problem: &Problem) -> &(PathBuf, String) {
        &self.priors[fold_of(self.families.of(&problem.family)) as usize]
    }
}

/// The part that a family is in: its name alone says it, so that other problems do not move it.
fn fold_of(family: &str) -> u64 {
    fingerprint::hash(family.as_bytes()) % FOLDS
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::database::Run;
    use crate::selection::{Filter, select};
    use crate::testing;

    /// Two backends on forty laws of one suite, and another suite with the same laws under other names.
    fn past() -> (Selection, Suite) {
        let law = |index: usize| format!("{}*x + {index}", index + 2);
        let runs = (0..40).flat_map(|index| {
            ["arm:gp", "arm:sparse"].map(|method| {
                let mut run: Run = testing::run(&format!("p{index}"), 0.0, 1, method);
                run.content = crate::content::of_law(&law(index));
                run.finished.profile = serde_json::to_value(testing::profile()).unwrap();
                run
            })
        });
        let problem = |index: usize| {
            let mut problem = testing::problem(&format!("q{index:02}"));
            if let crate::suite::Data::Formula { formula, .. } = &mut problem.data {
                *formula = law(index);
            }
            problem
        };
        let suite = Suite {
            name: "other".into(),
            about: String::new(),
            noise: vec![0.0],
            operators: None,
            problems: (0..45).map(problem).collect(),
            folder: ".".into(),
        };
        (select(runs.collect(), &Filter::default()).unwrap(), suite)
    }

    #[test]
    fn no_problem_is_scored_with_a_prior_that_has_seen_its_law() {
        let (selection, suite) = past();
        let folder = tempfile::tempdir().unwrap();
        let folds = Folds::train(&selection, &suite, folder.path(), "by a test").unwrap();
        let mut seen = BTreeSet::new();
        for (index, problem) in suite.problems.iter().enumerate() {
            let (path, fingerprint) = folds.prior_of(problem);
            let prior = Prior::from_json(&std::fs::read_to_string(path).unwrap()).unwrap();
            assert!(prior.made.starts_with("by a test; part "), "{}", prior.made);
            assert_eq!(of_prior(&prior), *fingerprint);
            let own = format!("f-p{index}");
            assert!(prior.cases.iter().all(|case| case.family != own), "{own} is in its own prior");
            assert!((20..40).contains(&prior.cases.len()), "{}", prior.cases.len());
            seen.insert(path.clone());
        }
        assert!((5..=10).contains(&seen.len()), "{seen:?}");
        // Made again, the same files.
        let again = Folds::train(&selection, &suite, folder.path(), "by another test").unwrap();
        assert_eq!(again.priors, folds.priors);
    }
}
