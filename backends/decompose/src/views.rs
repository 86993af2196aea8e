//! The views that hypotheses come to.

use symfolio_core::{Problem, RowSet, View, ViewData};
use symfolio_expr::{Expr, Op, infix};

use crate::kriging::Kriging;
use crate::reduction::{Reduction, power};
use crate::state::Hypothesis;
use crate::transform::Transform;

/// The reduced problem: features that matter, combinations in the place of what they combine, powers divided out.
pub(crate) struct Reduced {
    /// Over the features of the whole.
    pub features: Vec<Expr>,
    /// What is divided out, where something is.
    pub factor: Option<Expr>,
}

impl Reduced {
    /// With reductions of different features.
    pub fn new(relevant: &[usize], reductions: &[Reduction]) -> Reduced {
        let var = |feature: usize| Expr::var(feature as u16);
        let gone: Vec<usize> = reductions.iter().flat_map(|reduction| reduction.features()).collect();
        let mut kept: Vec<usize> = relevant.iter().copied().filter(|feature| !gone.contains(feature)).collect();
        kept.sort_unstable();
        let mut features: Vec<Expr> = kept.into_iter().map(var).collect();
        let mut factor: Option<Expr> = None;
        for reduction in reductions {
            match *reduction {
                Reduction::Together(a, b, combination) => features.push(combination.expr(&var(a), &var(b))),
                Reduction::Power(feature, exponent) => {
                    let new = power(&var(feature), exponent);
                    factor = Some(match factor {
                        Some(factor) => Expr::apply(Op::Mul, &[&factor, &new]),
                        None => new,
                    });
                }
            }
        }
        Reduced { features, factor }
    }

    /// What was found on it (or a form with the same variables), as a form of the whole.
    pub fn lifted(&self, found: Expr) -> Expr {
        match &self.factor {
            Some(factor) => Expr::apply(Op::Mul, &[&found, factor]),
            None => found,
        }
    }

    /// The view; `None` where nothing is left to search for.
    pub fn view(&self, problem: &Problem, rows: &RowSet) -> Option<View> {
        if self.features.is_empty() {
            return None;
        }
        let y = Expr::var(problem.features.len() as u16);
        let (target, weight) = match &self.factor {
            Some(factor) => (Expr::apply(Op::Div, &[&y, factor]), Some(Expr::apply(Op::Mul, &[factor, factor]))),
            None => (y.clone(), None),
        };
        let mut names = problem.features.clone();
        names.push("y".into());
        let about = format!("{} over {}", infix(&target, &names), listed(&self.features, &names));
        let data = ViewData::Rows { rows: Some(rows.indices.to_vec()), target, weight };
        Some(View { about, features: self.features.clone(), data, lift: self.lifted(y) })
    }
}

fn listed(features: &[Expr], names: &[String]) -> String {
    features.iter().map(|feature| infix(feature, names)).collect::<Vec<String>>().join(", ")
}

/// The parts of a target that is a sum under its transform: at most `most` of the rows less the other parts, as `surrogate` knows them. `None`
/// where one is no number, or always the same.
pub(crate) fn parts(
    problem: &Problem,
    rows: &RowSet,
    hypothesis: &Hypothesis,
    surrogate: &Kriging,
    most: usize,
) -> Option<Vec<View>> {
    let dataset = problem.dataset.as_ref()?;
    let table = rows.table(dataset);
    let columns: Vec<&[f64]> = hypothesis.features.iter().map(|feature| table.feature(*feature)).collect();
    let (transform, groups) = (hypothesis.transform, &hypothesis.training.groups);
    let chosen: Vec<usize> = (0..table.n_rows()).step_by(table.n_rows().div_ceil(most).max(1)).collect();
    let mut targets = vec![Vec::with_capacity(chosen.len()); groups.len()];
    for row in &chosen {
        let point: Vec<f64> = columns.iter().map(|column| column[*row]).collect();
        let known: Vec<f64> = (0..groups.len()).map(|group| surrogate.part(group, &point)).collect();
        let left = transform.of(table.target[*row]) - known.iter().sum::<f64>();
        for (target, known) in targets.iter_mut().zip(known) {
            target.push(transform.part(left + known));
        }
    }
    let told = |target: &Vec<f64>| {
        target.iter().all(|value| value.is_finite()) && target.iter().any(|value| *value != target[0])
    };
    if !targets.iter().all(told) {
        return None;
    }
    let what = match transform {
        Transform::Logarithm => "a factor of y".into(),
        _ => format!("a part of {}", transform.name()),
    };
    let view = |(group, target): (&Vec<usize>, Vec<f64>)| {
        let own: Vec<usize> = group.iter().map(|input| hypothesis.features[*input]).collect();
        let features: Vec<Expr> = own.iter().map(|feature| Expr::var(*feature as u16)).collect();
        let about = format!("{what} over {}", listed(&features, &problem.features));
        let take = |feature: &usize| chosen.iter().map(|row| table.feature(*feature)[*row]).collect();
        let columns = own.iter().map(take).collect();
        let lift = Expr::var(problem.features.len() as u16);
        View { about, features, data: ViewData::Points { columns, target }, lift }
    };
    Some(groups.iter().zip(targets).map(view).collect())
}
