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

/// Part `group` of a target that is a sum under its transform: the rows less the other parts, as `surrogate` knows them. `None` where that is
/// no number.
pub(crate) fn part(
    problem: &Problem,
    rows: &RowSet,
    hypothesis: &Hypothesis,
    surrogate: &Kriging,
    group: usize,
) -> Option<View> {
    let dataset = problem.dataset.as_ref()?;
    let table = rows.table(dataset);
    let columns: Vec<&[f64]> = hypothesis.features.iter().map(|feature| table.feature(*feature)).collect();
    let transform = hypothesis.transform;
    let n_groups = hypothesis.training.groups.len();
    let mut target = Vec::with_capacity(table.n_rows());
    for (row, y) in table.target.iter().enumerate() {
        let point: Vec<f64> = columns.iter().map(|column| column[row]).collect();
        let others = (0..n_groups).filter(|other| *other != group).map(|other| surrogate.part(other, &point));
        target.push(transform.part(transform.of(*y) - others.sum::<f64>()));
    }
    if target.iter().any(|value| !value.is_finite()) {
        return None;
    }
    let own: Vec<usize> = hypothesis.training.groups[group].iter().map(|input| hypothesis.features[*input]).collect();
    let features: Vec<Expr> = own.iter().map(|feature| Expr::var(*feature as u16)).collect();
    let what = if transform == Transform::Logarithm {
        "a factor of y".into()
    } else {
        format!("a part of {}", transform.name())
    };
    let about = format!("{what} over {}", listed(&features, &problem.features));
    let columns = own.iter().map(|feature| table.feature(*feature).to_vec()).collect();
    Some(View {
        about,
        features,
        data: ViewData::Points { columns, target },
        lift: Expr::var(problem.features.len() as u16),
    })
}
