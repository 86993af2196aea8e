//! [`Problem`]: everything that a search may know of what it is to find.

use std::collections::BTreeMap;
use std::sync::Arc;

use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};
use symfolio_expr::{Complexity, Expr, Literals, Node, Op, OperatorSet, Template, Units};
use symfolio_fit::{Effort, FitOptions, Loss, Workspace, fit};

use crate::{
    Bounds, Cost, DataObjective, Dataset, Direction, Evaluation, Form, Objective, Profile, RowSet, Shape, Verdict,
};

/// Everything that a search may know of what it is to find. Plain values, shared and never changed during a study.
#[derive(Clone)]
pub struct Problem {
    /// Names of the features, in the order of the variables.
    pub features: Vec<String>,
    /// The data set; `None` where an evaluator is the objective.
    pub dataset: Option<Arc<Dataset>>,
    /// Rows to search on and rows held out.
    pub split: Split,
    /// The fixed rows on which the archive's losses are measured.
    pub judge: Arc<RowSet>,
    /// How good a form is.
    pub objective: Arc<dyn Objective>,
    /// The loss of one residual; squared error where there is no data.
    pub loss: Loss,
    /// The operators that may be used.
    pub operators: OperatorSet,
    /// How complexity counts.
    pub complexity: Complexity,
    /// What a form must keep to.
    pub constraints: Constraints,
    /// Units of the features and the target, which forms must keep to; `None` where none is known.
    pub units: Option<Arc<Units>>,
    /// What the values of a formula must keep to, made of [`Constraints`]; `None` where they may be any.
    pub shape: Option<Arc<Shape>>,
    /// The outer form that a formula must have, over the features; `None` for any.
    pub template: Option<Arc<Template>>,
    /// What the data is like.
    pub profile: Profile,
}

impl std::fmt::Debug for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Problem").field("features", &self.features).field("loss", &self.loss).finish_non_exhaustive()
    }
}

/// Most work of one fit that a search asks for.
const MOST_WORK: u64 = 100_000_000;

impl Problem {
    /// The problem of `dataset`: judged on the training rows, with the default operators and constraints, and without a profile.
    pub fn new(dataset: Arc<Dataset>, split: Split, loss: Loss) -> Problem {
        Problem {
            features: dataset.feature_names(),
            objective: Arc::new(DataObjective::new(dataset.clone(), loss)),
            dataset: Some(dataset),
            judge: Arc::new(RowSet::new(0, split.train.clone())),
            split,
            loss,
            operators: OperatorSet::default(),
            complexity: Complexity::default(),
            constraints: Constraints::default(),
            units: None,
            shape: None,
            template: None,
            profile: Profile::default(),
        }
    }

    /// `form` with its constants fitted to `rows`, and what that cost: what [`crate::Host::evaluate`] answers.
    ///
    /// Without a data set, and for a form that is no expression, the objective measures the form as it is. No new step of a fit is
    /// begun once it has taken `max_work`, or 1e8 (about a tenth of a second): a search has many forms to fit.
    pub fn evaluate(
        &self,
        rng: &mut ChaCha8Rng,
        form: &Form,
        rows: &RowSet,
        effort: Effort,
        max_work: u64,
        workspace: &mut Workspace,
    ) -> (Evaluation, Cost) {
        let complexity = form.complexity(&self.complexity);
        let (Some(expr), Some(dataset)) = (form.expr(), &self.dataset) else {
            let measure = self.objective.measure(form, rows);
            return (Evaluation { form: form.clone(), loss: measure.loss, complexity }, measure.cost);
        };
        let table = rows.table(dataset);
        if expr.variables().last().is_some_and(|last| usize::from(*last) >= table.n_features()) {
            return (Evaluation { form: form.clone(), loss: f64::INFINITY, complexity }, Cost::default());
        }
        let columns = table.columns();
        let max_work = max_work.min(MOST_WORK);
        let options = FitOptions { loss: self.loss, effort, max_work, ..FitOptions::default() };
        let fitted = fit(rng, expr, &table.fit_data(&columns), &options, workspace);
        let cost = Cost { work: fitted.work, node_rows: fitted.node_rows, ..Cost::default() };
        (Evaluation { form: expr.with_params(&fitted.params).into(), loss: fitted.loss, complexity }, cost)
    }

    /// May a search offer `expr`: are its operators in the set, has it the form of the template, does it keep to the constraints, and is it
    /// dimensionally sound?
    /// Literals are pure numbers: what may have a unit is a free constant.
    pub fn allows(&self, expr: &Expr) -> bool {
        self.allows_form(expr) && self.units.as_ref().is_none_or(|units| units.allow(expr, Literals::Pure))
    }

    /// [`Problem::allows`] for a finished formula, whose literals may be rounded constants that have units.
    pub fn allows_finished(&self, expr: &Expr) -> bool {
        self.allows_form(expr) && self.units.as_ref().is_none_or(|units| units.allow(expr, Literals::Free))
    }

    /// How `expr`, with its present constants, stands to [`Problem::shape`], and the work of finding out; `None` where there is none.
    /// What is offered or returned has to hold by it, besides what [`Problem::allows`] says of the form alone.
    pub fn verdict(&self, expr: &Expr) -> Option<(Verdict, u64)> {
        self.shape.as_ref().map(|shape| shape.verdict(expr))
    }

    /// [`Problem::allows`] without the units.
    pub fn allows_form(&self, expr: &Expr) -> bool {
        let known = |node: &Node| match *node {
            Node::Op(op) => self.operators.contains(op),
            Node::Var(index) => usize::from(index) < self.features.len(),
            _ => true,
        };
        expr.nodes().iter().all(known)
            && self.constraints.allow(expr, &self.complexity)
            && self.template.as_ref().is_none_or(|template| template.read(expr).is_some())
    }
}

/// Which rows are searched on and which are held out; ascending, disjoint row indices.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Split {
    /// Rows to search on.
    pub train: Arc<[u32]>,
    /// Rows held out, for choosing among finished candidates; may be empty for small data.
    pub validation: Arc<[u32]>,
}

/// What a form must keep to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Constraints {
    /// Most complex form that may be offered.
    pub max_complexity: u32,
    /// Deepest tree that may be offered; a leaf has depth 1.
    pub max_depth: usize,
    /// Which operators may stand inside which, and how often.
    pub nested: Vec<Nested>,
    /// The least and the greatest value that a formula may have, wherever the features lie in the box of the data; `None` for any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bounds: Option<Bounds>,
    /// Features, by name, as which grow the formula may not fall, or not rise, anywhere in that box.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub monotone: BTreeMap<String, Direction>,
    /// By how much the box is wider than the data on either side of each feature, as a share of its range, 0 to 10.
    #[serde(skip_serializing_if = "is_zero")]
    pub bounds_margin: f64,
}

fn is_zero(value: &f64) -> bool {
    *value == 0.0
}

/// Inside any use of `outer`, `inner` may stand at most `max` times.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Nested {
    /// The operator around.
    pub outer: Op,
    /// The operator counted within its arguments.
    pub inner: Op,
    /// Most uses allowed.
    pub max: usize,
}

impl Default for Constraints {
    /// 50 nodes, depth 14, and no operator inside one of its own family (sines, their inverses, hyperbolic functions and
    /// their like, exponentials, logarithms), nor sines and hyperbolic functions inside each other: forms that no one writes down but that fit anything.
    /// Nor an inverse inside a sine: `cos(asin(a))` has an algebraic equal that people read.
    fn default() -> Constraints {
        let sines = [Op::Sin, Op::Cos, Op::Tan, Op::Sinc];
        let inverses = [Op::Asin, Op::Acos, Op::Atan];
        let hyperbolic = [Op::Sinh, Op::Cosh, Op::Tanh];
        let pairs: [(&[Op], &[Op]); 8] = [
            (&sines, &sines),
            (&sines, &hyperbolic),
            (&hyperbolic, &sines),
            (&sines, &inverses),
            (&inverses, &inverses),
            (&hyperbolic, &hyperbolic),
            (&[Op::Exp], &[Op::Exp]),
            (&[Op::Log], &[Op::Log]),
        ];
        let nested = pairs.iter().flat_map(|(outer, inner)| {
            outer.iter().flat_map(|outer| inner.iter().map(|inner| Nested { outer: *outer, inner: *inner, max: 0 }))
        });
        Constraints {
            max_complexity: 50,
            max_depth: 14,
            nested: nested.collect(),
            bounds: None,
            monotone: BTreeMap::new(),
            bounds_margin: 0.0,
        }
    }
}

impl Constraints {
    /// Does `expr` keep to them?
    pub fn allow(&self, expr: &Expr, complexity: &Complexity) -> bool {
        complexity.of(expr) <= self.max_complexity && expr.depth() <= self.max_depth && self.nested_allow(expr)
    }

    fn nested_allow(&self, expr: &Expr) -> bool {
        self.nested.iter().all(|rule| {
            let nodes = expr.nodes();
            nodes.iter().enumerate().filter(|(_, node)| **node == Node::Op(rule.outer)).all(|(root, _)| {
                let inside = &nodes[expr.subtree_start(root)..root];
                inside.iter().filter(|node| **node == Node::Op(rule.inner)).count() <= rule.max
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn constraints_hold_for_size_depth_and_nesting() {
        let complexity = Complexity::default();
        let sine = Expr::apply(Op::Sin, &[&Expr::var(0)]);
        let nested = Expr::apply(Op::Cos, &[&Expr::apply(Op::Neg, &[&sine])]);
        let sum = Expr::apply(Op::Add, &[&sine, &sine]);
        let constraints = Constraints::default();
        assert!(constraints.allow(&sum, &complexity) && !constraints.allow(&nested, &complexity));
        assert!(!Constraints { max_complexity: 4, ..constraints.clone() }.allow(&sum, &complexity));
        assert!(!Constraints { max_depth: 2, ..constraints.clone() }.allow(&sum, &complexity));
        for (text, allowed) in [
            ("(cos (asin x0))", false),
            ("(asin (mul ?2.0 (asin x0)))", false),
            ("(tanh (add x0 (cosh x0)))", false),
            ("(exp (neg (exp x0)))", false),
            // Refraction: the angle is an asin of a sine.
            ("(asin (mul ?1.5 (sin x0)))", true),
            ("(log (exp x0))", true),
        ] {
            assert_eq!(constraints.allow(&Expr::from_prefix(text).unwrap(), &complexity), allowed, "{text}");
        }
    }
}
