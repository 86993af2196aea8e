//! [`Proposal`]: what a search suggests besides forms, and [`View`]: a sub-problem.

use serde::{Deserialize, Serialize};
use symfolio_expr::{Expr, Program, Scratch};

use crate::{Column, Dataset, DatasetError};

/// What a search suggests besides forms.
#[derive(Clone, Debug, PartialEq)]
pub enum Proposal {
    /// Working rows for later slices, as row indices of the data set.
    Rows(Vec<u32>),
    /// Points, one value a feature, at which a measurement would tell the candidates apart.
    Measurements(Vec<Vec<f64>>),
    /// A sub-problem on which any backend may run.
    View(View),
}

/// A sub-problem: some rows and features of a data set, another target, and how what is found there becomes a form of the
/// whole problem.
///
/// Decomposition, transforms of the target, variables held fixed, templates and right-hand sides of differential
/// equations are all views.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct View {
    /// Rows of the parent, ascending; `None` for all.
    pub rows: Option<Vec<u32>>,
    /// Features of the parent that the view has, in the view's order; feature `i` of the view is `features[i]` of the parent.
    pub features: Vec<u16>,
    /// The view's target, over the parent's features and, as variable number `n_features`, the parent's target.
    pub target: Expr,
    /// The parent's form, over the parent's features and, as variable number `n_features`, what was found (the hole).
    pub lift: Expr,
}

/// Why a [`View`] cannot be made of a data set.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[allow(missing_docs, reason = "the messages say it")]
pub enum ViewError {
    #[error("the view names feature {feature}, but the data set has {n_features}")]
    UnknownFeature { feature: u16, n_features: usize },
    #[error("the view names row {row}, but the data set has {n_rows}")]
    UnknownRow { row: u32, n_rows: usize },
    #[error("the view's target is undefined at row {row}; leave the row out or choose another transform")]
    UndefinedTarget { row: u32 },
    #[error("{part} uses variable {variable}, but there are {n_variables}, counted from 0")]
    UnknownVariable { part: &'static str, variable: u16, n_variables: usize },
    #[error(transparent)]
    Dataset(#[from] DatasetError),
}

impl View {
    /// The view's data set.
    ///
    /// # Errors
    /// [`ViewError`] where the view does not fit `parent`, its target is undefined on a row, or what is left is no data set.
    pub fn dataset(&self, parent: &Dataset) -> Result<Dataset, ViewError> {
        let n_features = parent.n_features();
        check_variables("the view's target", &self.target, n_features + 1)?;
        check_variables("the view's lift", &self.lift, n_features + 1)?;
        if let Some(feature) = self.features.iter().find(|feature| usize::from(**feature) >= n_features) {
            return Err(ViewError::UnknownFeature { feature: *feature, n_features });
        }
        let rows: Vec<u32> = match &self.rows {
            Some(rows) => rows.clone(),
            None => (0..parent.n_rows() as u32).collect(),
        };
        if let Some(row) = rows.iter().find(|row| **row as usize >= parent.n_rows()) {
            return Err(ViewError::UnknownRow { row: *row, n_rows: parent.n_rows() });
        }
        let take = |values: &[f64]| -> Vec<f64> { rows.iter().map(|row| values[*row as usize]).collect() };
        let mut columns: Vec<Vec<f64>> = parent.features().iter().map(|feature| take(&feature.values)).collect();
        columns.push(take(&parent.target().values));
        let inputs = symfolio_expr::Columns::new(columns.iter().map(Vec::as_slice));
        let mut target = vec![0.0; rows.len()];
        Program::new(&self.target).values(self.target.params(), &inputs, &mut Scratch::default(), &mut target);
        if let Some(at) = target.iter().position(|value| !value.is_finite()) {
            return Err(ViewError::UndefinedTarget { row: rows[at] });
        }
        let features = self.features.iter().map(|feature| {
            let source = &parent.features()[usize::from(*feature)];
            Column { values: take(&source.values).into(), ..source.clone() }
        });
        let name = parent.target().name.to_string();
        let weights = parent.weights().map(take);
        Ok(Dataset::new(parent.name(), features.collect(), Column::new(&name, target), weights)?)
    }

    /// What was found on the view, as a form of the parent with `n_features` features.
    ///
    /// # Errors
    /// [`ViewError::UnknownVariable`] where `found` uses a variable that the view has no feature for, or the view does not fit
    /// the parent.
    pub fn lift(&self, found: &Expr, n_features: usize) -> Result<Expr, ViewError> {
        check_variables("the form found on the view", found, self.features.len())?;
        check_variables("the view's lift", &self.lift, n_features + 1)?;
        let named = found.substitute(|index| self.features.get(usize::from(index)).map(|feature| Expr::var(*feature)));
        check_variables("the lifted form", &named, n_features)?;
        Ok(self.lift.substitute(|index| (usize::from(index) == n_features).then(|| named.clone())))
    }
}

fn check_variables(part: &'static str, expr: &Expr, n_variables: usize) -> Result<(), ViewError> {
    match expr.variables().into_iter().find(|variable| usize::from(*variable) >= n_variables) {
        Some(variable) => Err(ViewError::UnknownVariable { part, variable, n_variables }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use symfolio_expr::Op;

    use super::*;

    fn parent() -> Dataset {
        let x = Column::new("x", vec![1.0, 2.0, 3.0, 4.0]);
        let z = Column::new("z", vec![2.0, 1.0, 5.0, 1.0]);
        let y: Vec<f64> = (0..4).map(|i| x.values[i].exp() * z.values[i]).collect();
        Dataset::new("d", vec![x, z], Column::new("y", y), None).unwrap()
    }

    /// y = exp(x) * z, seen as log(y / z) = x.
    fn view() -> View {
        let quotient = Expr::apply(Op::Div, &[&Expr::var(2), &Expr::var(1)]);
        let hole = Expr::apply(Op::Exp, &[&Expr::var(2)]);
        View {
            rows: Some(vec![0, 1, 3]),
            features: vec![0],
            target: Expr::apply(Op::Log, &[&quotient]),
            lift: Expr::apply(Op::Mul, &[&hole, &Expr::var(1)]),
        }
    }

    #[test]
    fn a_view_transforms_the_target_and_lifts_what_is_found() {
        let data = view().dataset(&parent()).unwrap();
        assert_eq!((data.n_rows(), data.n_features()), (3, 1));
        for (target, x) in data.target().values.iter().zip(data.features()[0].values.iter()) {
            assert!((target - x).abs() < 1e-12);
        }
        let lifted = view().lift(&Expr::var(0), 2).unwrap();
        assert_eq!(lifted.to_prefix(), "(mul (exp x0) x1)");
    }

    #[test]
    fn forms_that_do_not_fit_the_view_are_not_lifted() {
        let beyond = View { features: vec![5], ..view() };
        let wild = View { lift: Expr::var(9), ..view() };
        for (view, found, message) in [
            (view(), 1, "the form found on the view uses variable 1, but there are 1, counted from 0"),
            (beyond, 0, "the lifted form uses variable 5, but there are 2, counted from 0"),
            (wild, 0, "the view's lift uses variable 9, but there are 3, counted from 0"),
        ] {
            assert_eq!(view.lift(&Expr::var(found), 2).unwrap_err().to_string(), message);
        }
    }

    #[test]
    fn views_that_do_not_fit_are_refused() {
        let cases = [
            (View { features: vec![2], ..view() }, "the view names feature 2, but the data set has 2"),
            (View { rows: Some(vec![9]), ..view() }, "the view names row 9, but the data set has 4"),
            (View { lift: Expr::var(3), ..view() }, "the view's lift uses variable 3, but there are 3, counted from 0"),
            (
                View { target: Expr::apply(Op::Log, &[&Expr::apply(Op::Neg, &[&Expr::var(0)])]), ..view() },
                "the view's target is undefined at row 0; leave the row out or choose another transform",
            ),
        ];
        for (view, message) in cases {
            assert_eq!(view.dataset(&parent()).unwrap_err().to_string(), message);
        }
    }
}
