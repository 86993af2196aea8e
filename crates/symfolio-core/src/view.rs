//! [`Proposal`]: what a search suggests besides forms, [`View`]: a sub-problem, and [`Finding`]: what came of one.

use serde::{Deserialize, Serialize};
use symfolio_expr::{Columns, Expr, Node, Program, Scratch, infix};

use crate::{Candidate, Column, Dataset, DatasetError};

/// What a search suggests besides forms.
#[derive(Clone, Debug, PartialEq)]
pub enum Proposal {
    /// Working rows for later slices, as row indices of the data set.
    Rows(Vec<u32>),
    /// Points, one value a feature, at which a measurement would tell the candidates apart.
    Measurements(Vec<Vec<f64>>),
    /// A sub-problem on which any backend may run.
    View(Box<View>),
}

/// A sub-problem: features and a target made from those of a data set, and how what is found there becomes a form of the whole problem.
///
/// Decomposition, transforms of the target, variables held fixed, templates and right-hand sides of differential
/// equations are all views.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct View {
    /// What it is, in words for people: `log(y) as a function of x - z`.
    pub about: String,
    /// The features of the view, each over the parent's features.
    pub features: Vec<Expr>,
    /// Where its rows come from.
    pub data: ViewData,
    /// The parent's form, over the parent's features and, as variable number `n_features`, what was found (the hole). The hole stands in it
    /// once: constants of what was found would part otherwise.
    pub lift: Expr,
}

/// Where the rows of a [`View`] come from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ViewData {
    /// Rows of the parent.
    Rows {
        /// Which, ascending; `None` for all.
        rows: Option<Vec<u32>>,
        /// The target, over the parent's features and, as variable number `n_features`, the parent's target.
        target: Expr,
        /// What a row's weight is multiplied by, over the same; `None` for 1. With the square of `dy/dt` for a target `t` of the view, its
        /// residuals count as what they are of the parent's target `y`.
        weight: Option<Expr>,
    },
    /// Points of its own, such as what a fitted surrogate or an oracle says where no row is.
    Points {
        /// One column a feature of the view, shape `(n_points)` each.
        columns: Vec<Vec<f64>>,
        /// Values to explain, shape `(n_points)`.
        target: Vec<f64>,
    },
}

/// What came of a [`View`] that a search proposed. It is handed over once, when no more is done on the view.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// Which of the search's views, counted from 0 in the order of its proposals.
    pub view: u64,
    /// The front of what was found, simplest first, with losses as measured on the view; empty where the view was refused.
    pub front: Vec<Candidate>,
    /// Loss of the best constant on the view.
    pub baseline: f64,
    /// Loss on the view below which a form counts as exact.
    pub exact: f64,
}

/// Why a [`View`] cannot be made of a data set.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[allow(missing_docs, reason = "the messages say it")]
pub enum ViewError {
    #[error("the view names row {row}, but the data set has {n_rows}")]
    UnknownRow { row: u32, n_rows: usize },
    #[error("{part} of the view is undefined at row {row}; leave the row out or choose another transform")]
    Undefined { part: &'static str, row: u32 },
    #[error("the weight of the view is {weight} at row {row}; it must be 0 or above")]
    Weight { weight: f64, row: u32 },
    #[error("{part} uses variable {variable}, but there are {n_variables}, counted from 0")]
    UnknownVariable { part: &'static str, variable: u16, n_variables: usize },
    #[error("the view has {features} features, but its points have {columns} columns")]
    Columns { features: usize, columns: usize },
    #[error("a column of the view's points has {length} values, but its target has {expected}")]
    Length { length: usize, expected: usize },
    #[error(transparent)]
    Dataset(#[from] DatasetError),
}

impl View {
    /// The view's data set.
    ///
    /// # Errors
    /// [`ViewError`] where the view does not fit `parent`, its target or a feature is undefined on a row, or what is left is no data set.
    pub fn dataset(&self, parent: &Dataset) -> Result<Dataset, ViewError> {
        self.check(parent.n_features())?;
        let names = parent.feature_names();
        let name = |feature: &Expr| match feature.nodes() {
            [Node::Var(index)] => names[usize::from(*index)].clone(),
            _ => infix(feature, &names),
        };
        let names: Vec<String> = self.features.iter().map(name).collect();
        let (columns, target, weights) = match &self.data {
            ViewData::Points { columns, target } => (columns.clone(), target.clone(), None),
            ViewData::Rows { rows, target, weight } => self.gather(parent, rows.as_deref(), target, weight.as_ref())?,
        };
        let features = names.iter().zip(columns).map(|(name, values)| Column::new(name, values)).collect();
        Ok(Dataset::new(parent.name(), features, Column::new(&parent.target().name, target), weights)?)
    }

    fn check(&self, n_features: usize) -> Result<(), ViewError> {
        check_variables("the view's lift", &self.lift, n_features + 1)?;
        self.features.iter().try_for_each(|feature| check_variables("a feature of the view", feature, n_features))?;
        match &self.data {
            ViewData::Points { columns, .. } if columns.len() != self.features.len() => {
                Err(ViewError::Columns { features: self.features.len(), columns: columns.len() })
            }
            ViewData::Points { columns, target } => match columns.iter().find(|column| column.len() != target.len()) {
                Some(column) => Err(ViewError::Length { length: column.len(), expected: target.len() }),
                None => Ok(()),
            },
            ViewData::Rows { target, weight, .. } => [Some(target), weight.as_ref()]
                .into_iter()
                .flatten()
                .try_for_each(|expr| check_variables("the view's target", expr, n_features + 1)),
        }
    }

    /// Feature columns, target and weights from rows of the parent.
    fn gather(
        &self,
        parent: &Dataset,
        rows: Option<&[u32]>,
        target: &Expr,
        weight: Option<&Expr>,
    ) -> Result<Gathered, ViewError> {
        let all: Vec<u32> = (0..parent.n_rows() as u32).collect();
        let rows = rows.unwrap_or(&all);
        if let Some(row) = rows.iter().find(|row| **row as usize >= parent.n_rows()) {
            return Err(ViewError::UnknownRow { row: *row, n_rows: parent.n_rows() });
        }
        let take = |values: &[f64]| -> Vec<f64> { rows.iter().map(|row| values[*row as usize]).collect() };
        let mut columns: Vec<Vec<f64>> = parent.features().iter().map(|feature| take(&feature.values)).collect();
        columns.push(take(&parent.target().values));
        let defined = |part: &'static str, expr: &Expr| {
            let values = values(expr, &columns);
            match values.iter().position(|value| !value.is_finite()) {
                Some(at) => Err(ViewError::Undefined { part, row: rows[at] }),
                None => Ok(values),
            }
        };
        let features = self.features.iter().map(|feature| defined("a feature", feature)).collect::<Result<_, _>>()?;
        let target = defined("the target", target)?;
        let mut weights = parent.weights().map(take);
        if let Some(weight) = weight {
            let factors = defined("the weight", weight)?;
            if let Some(at) = factors.iter().position(|factor| *factor < 0.0) {
                return Err(ViewError::Weight { weight: factors[at], row: rows[at] });
            }
            weights = Some(match weights {
                Some(weights) => weights.iter().zip(factors).map(|(weight, factor)| weight * factor).collect(),
                None => factors,
            });
        }
        Ok((features, target, weights))
    }

    /// What was found on the view, as a form of the parent with `n_features` features.
    ///
    /// # Errors
    /// [`ViewError::UnknownVariable`] where `found` uses a variable that the view has no feature for, or the view does not fit
    /// the parent.
    pub fn lift(&self, found: &Expr, n_features: usize) -> Result<Expr, ViewError> {
        check_variables("the form found on the view", found, self.features.len())?;
        self.check(n_features)?;
        let named = found.substitute(|index| self.features.get(usize::from(index)).cloned());
        Ok(self.lift.substitute(|index| (usize::from(index) == n_features).then(|| named.clone())))
    }

    /// This view of what `outer` shows, as a view of the parent of `outer`, which has `n_features` features.
    ///
    /// # Errors
    /// [`ViewError`] where it does not fit `outer`. Where it is not defined on points of `outer`, only [`View::dataset`] says so.
    pub fn within(&self, outer: &View, n_features: usize) -> Result<View, ViewError> {
        self.check(outer.features.len())?;
        outer.check(n_features)?;
        let hole = outer.features.len();
        // Features of `outer` become what they are, its target (or hole) becomes `target`.
        let seen = |expr: &Expr, target: &Expr| {
            expr.substitute(|index| {
                outer.features.get(usize::from(index)).or((usize::from(index) == hole).then_some(target)).cloned()
            })
        };
        let features = self.features.iter().map(|feature| seen(feature, feature)).collect();
        let data = match (&self.data, &outer.data) {
            (ViewData::Points { .. }, _) => self.data.clone(),
            (ViewData::Rows { rows, target, weight }, ViewData::Rows { rows: outer_rows, target: of, weight: by }) => {
                let weight = match (weight.as_ref().map(|weight| seen(weight, of)), by.clone()) {
                    (Some(weight), Some(by)) => Some(Expr::apply(symfolio_expr::Op::Mul, &[&weight, &by])),
                    (weight, by) => weight.or(by),
                };
                ViewData::Rows {
                    rows: rows_within(rows.as_deref(), outer_rows.as_deref())?,
                    target: seen(target, of),
                    weight,
                }
            }
            (ViewData::Rows { rows, target, .. }, ViewData::Points { columns, target: of }) => {
                let n_rows = of.len();
                let all: Vec<u32> = (0..n_rows as u32).collect();
                let rows = rows.as_deref().unwrap_or(&all);
                if let Some(row) = rows.iter().find(|row| **row as usize >= n_rows) {
                    return Err(ViewError::UnknownRow { row: *row, n_rows });
                }
                let take = |values: &Vec<f64>| -> Vec<f64> { rows.iter().map(|row| values[*row as usize]).collect() };
                let taken: Vec<Vec<f64>> = columns.iter().chain([of]).map(take).collect();
                let columns = self.features.iter().map(|feature| values(feature, &taken)).collect();
                ViewData::Points { columns, target: values(target, &taken) }
            }
        };
        let inner = self.lift.substitute(|index| match usize::from(index) {
            index if index == hole => Some(Expr::var(n_features as u16)),
            index => outer.features.get(index).cloned(),
        });
        let lift = outer.lift.substitute(|index| (usize::from(index) == n_features).then(|| inner.clone()));
        Ok(View { about: format!("{}, {}", outer.about, self.about), features, data, lift })
    }
}

/// Feature columns, target and weights.
type Gathered = (Vec<Vec<f64>>, Vec<f64>, Option<Vec<f64>>);

/// Rows of rows.
fn rows_within(rows: Option<&[u32]>, outer: Option<&[u32]>) -> Result<Option<Vec<u32>>, ViewError> {
    match (rows, outer) {
        (None, outer) => Ok(outer.map(<[u32]>::to_vec)),
        (Some(rows), None) => Ok(Some(rows.to_vec())),
        (Some(rows), Some(outer)) => {
            let of = |row: &u32| {
                outer.get(*row as usize).copied().ok_or(ViewError::UnknownRow { row: *row, n_rows: outer.len() })
            };
            rows.iter().map(of).collect::<Result<_, _>>().map(Some)
        }
    }
}

/// Values of `expr` on columns of equal length.
fn values(expr: &Expr, columns: &[Vec<f64>]) -> Vec<f64> {
    let inputs = Columns::new(columns.iter().map(Vec::as_slice));
    let mut values = vec![0.0; columns.first().map_or(0, Vec::len)];
    Program::new(expr).values(expr.params(), &inputs, &mut Scratch::default(), &mut values);
    values
}

fn check_variables(part: &'static str, expr: &Expr, n_variables: usize) -> Result<(), ViewError> {
    match expr.variables().into_iter().find(|variable| usize::from(*variable) >= n_variables) {
        Some(variable) => Err(ViewError::UnknownVariable { part, variable, n_variables }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use symfolio_expr::parse;

    use super::*;

    fn parent() -> Dataset {
        let x = Column::new("x", vec![1.0, 2.0, 3.0, 4.0, 5.0]);
        let z = Column::new("z", vec![2.0, 1.0, 5.0, 1.0, 3.0]);
        let y: Vec<f64> = (0..5).map(|i| (x.values[i] - z.values[i]).exp() * z.values[i]).collect();
        Dataset::new("d", vec![x, z], Column::new("y", y), Some(vec![1.0, 2.0, 1.0, 1.0, 1.0])).unwrap()
    }

    /// Over the parent's features and its target, which is also the hole.
    fn of(text: &str) -> Expr {
        parse(text, &["x", "z", "y"].map(String::from)).unwrap()
    }

    /// y = exp(x - z) * z, seen as log(y / z) over x - z, where a residual counts y times as much.
    fn view() -> View {
        let data = ViewData::Rows { rows: Some(vec![0, 1, 2, 4]), target: of("log(y/z)"), weight: Some(of("y**2")) };
        View { about: "log(y/z)".into(), features: vec![of("x - z")], data, lift: of("exp(y)*z") }
    }

    fn rows(view: View, change: impl FnOnce(&mut Option<Vec<u32>>, &mut Expr, &mut Option<Expr>)) -> View {
        let mut view = view;
        if let ViewData::Rows { rows, target, weight } = &mut view.data {
            change(rows, target, weight);
        }
        view
    }

    #[test]
    fn a_view_transforms_features_and_target_and_lifts_what_is_found() {
        let data = view().dataset(&parent()).unwrap();
        assert_eq!((data.n_rows(), data.n_features(), &*data.features()[0].name), (4, 1, "x - z"));
        for (target, difference) in data.target().values.iter().zip(data.features()[0].values.iter()) {
            assert!((target - difference).abs() < 1e-12);
        }
        let weight = data.weights().unwrap()[1];
        assert!((weight - 2.0 * 1f64.exp().powi(2)).abs() < 1e-9, "{weight}");
        assert_eq!(view().lift(&Expr::var(0), 2).unwrap().to_prefix(), "(mul (exp (sub x0 x1)) x1)");
    }

    #[test]
    fn points_are_taken_as_they_are() {
        let points = ViewData::Points { columns: vec![vec![0.0, 1.0, 2.0]], target: vec![5.0, 6.0, 8.0] };
        let data = View { data: points, ..view() }.dataset(&parent()).unwrap();
        assert_eq!((&*data.features()[0].values, &*data.target().values), (&[0.0, 1.0, 2.0][..], &[5.0, 6.0, 8.0][..]));
        assert_eq!(data.weights(), None);
    }

    #[test]
    fn a_view_within_a_view_is_one_of_the_whole() {
        // Twice what is there, over the half of the difference, on the rows but one.
        let inner = |data| View {
            about: "twice".into(),
            features: vec![parse("d/2", &["d".into()]).unwrap()],
            data,
            lift: parse("t/2", &["d".into(), "t".into()]).unwrap(),
        };
        let over = |text: &str| parse(text, &["d".into(), "t".into()]).unwrap();
        let by_rows =
            inner(ViewData::Rows { rows: Some(vec![0, 2, 3]), target: over("2*t"), weight: Some(over("3 + 0*t")) });
        let whole = by_rows.within(&view(), 2).unwrap();
        let (direct, nested) =
            (whole.dataset(&parent()).unwrap(), by_rows.dataset(&view().dataset(&parent()).unwrap()).unwrap());
        for (a, b) in [
            (&direct.features()[0].values, &nested.features()[0].values),
            (&direct.target().values, &nested.target().values),
        ] {
            assert!(a.iter().zip(b.iter()).all(|(a, b)| (a - b).abs() < 1e-12), "{a:?} {b:?}");
        }
        let close = |(a, b): (&f64, &f64)| (a - b).abs() < 1e-9 * b.abs();
        assert!(direct.weights().unwrap().iter().zip(nested.weights().unwrap()).all(close));
        // What is found within is found of the whole: 4 * (d / 2) is twice the difference.
        let found = parse("4*h", &["h".into()]).unwrap();
        assert_eq!(whole.lift(&found, 2).unwrap(), view().lift(&by_rows.lift(&found, 1).unwrap(), 2).unwrap());
        // And on points.
        let points = View {
            data: ViewData::Points { columns: vec![vec![1.0, 2.0, 6.0, 4.0]], target: vec![7.0, 8.0, 9.0, 5.0] },
            ..view()
        };
        let seen = by_rows.within(&points, 2).unwrap();
        assert_eq!(seen.data, ViewData::Points { columns: vec![vec![0.5, 3.0, 2.0]], target: vec![14.0, 18.0, 10.0] });
        let beyond = rows(by_rows, |rows, _, _| *rows = Some(vec![4]));
        assert_eq!(beyond.within(&points, 2), Err(ViewError::UnknownRow { row: 4, n_rows: 4 }));
        assert_eq!(beyond.within(&view(), 2), Err(ViewError::UnknownRow { row: 4, n_rows: 4 }));
    }

    #[test]
    fn forms_that_do_not_fit_the_view_are_not_lifted() {
        let beyond = View { features: vec![Expr::var(5)], ..view() };
        let wild = View { lift: Expr::var(9), ..view() };
        for (view, found, message) in [
            (view(), 1, "the form found on the view uses variable 1, but there are 1, counted from 0"),
            (beyond, 0, "a feature of the view uses variable 5, but there are 2, counted from 0"),
            (wild, 0, "the view's lift uses variable 9, but there are 3, counted from 0"),
        ] {
            assert_eq!(view.lift(&Expr::var(found), 2).unwrap_err().to_string(), message);
        }
    }

    #[test]
    fn views_that_do_not_fit_are_refused() {
        let points = |columns| ViewData::Points { columns, target: vec![1.0, 2.0, 3.0] };
        let cases = [
            (
                View { features: vec![Expr::var(2)], ..view() },
                "a feature of the view uses variable 2, but there are 2, counted from 0",
            ),
            (rows(view(), |rows, _, _| *rows = Some(vec![9])), "the view names row 9, but the data set has 5"),
            (View { lift: Expr::var(3), ..view() }, "the view's lift uses variable 3, but there are 3, counted from 0"),
            (
                rows(view(), |_, target, _| *target = of("log(-x)")),
                "the target of the view is undefined at row 0; leave the row out or choose another transform",
            ),
            (
                View { features: vec![of("1/(x - 2)")], ..view() },
                "a feature of the view is undefined at row 1; leave the row out or choose another transform",
            ),
            (
                rows(view(), |_, _, weight| *weight = Some(of("x - 4"))),
                "the weight of the view is -3 at row 0; it must be 0 or above",
            ),
            (View { data: points(vec![]), ..view() }, "the view has 1 features, but its points have 0 columns"),
            (
                View { data: points(vec![vec![1.0]]), ..view() },
                "a column of the view's points has 1 values, but its target has 3",
            ),
        ];
        for (view, message) in cases {
            assert_eq!(view.dataset(&parent()).unwrap_err().to_string(), message);
        }
    }
}
