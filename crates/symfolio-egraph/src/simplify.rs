//! [`Simplifier`]: the smallest form of an expression, its other forms, and its key.

use std::collections::BTreeSet;

use symfolio_expr::{Expr, Key, Node, OperatorSet};

use crate::Domain;
use crate::algebra;
use crate::cost::Cost;
use crate::extract::Extraction;
use crate::fingerprint;
use crate::language::Knowledge;
use crate::merge::{Valued, merge_constants};
use crate::rules;
use crate::saturate::{Limits, Saturation, StopReason, saturate};
use crate::spelling::spell;
use crate::tree::Tree;
use crate::verify::Reference;

/// What [`Simplifier::simplify`] found.
#[derive(Clone, Debug, PartialEq)]
pub struct Simplified {
    /// The smallest form found; the input where there is none better.
    pub expr: Expr,
    /// Why the last saturation stopped.
    pub reason: StopReason,
    /// What it took: matches of rules, nodes of graphs and nodes read by algebra, summed over all rounds. The same on
    /// every machine; a unit is some 2 microseconds.
    pub work: u64,
}

/// What [`Simplifier::equivalents`] found.
#[derive(Clone, Debug, PartialEq)]
pub struct Equivalents {
    /// Different forms, ascending in cost; never empty.
    pub forms: Vec<Expr>,
    /// What it took, in the units of [`Simplified::work`].
    pub work: u64,
}

/// Are free constants told apart by their values in [`Simplifier::canonical_key`]?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Constants {
    /// Only that there is a free constant matters: for telling forms apart.
    Anonymous,
    /// Values matter, as far as they show in the first 7 significant digits of the expression's values.
    Valued,
}

/// Rewrites expressions into equal ones on a domain.
#[derive(Clone, Debug, Default)]
pub struct Simplifier {
    domain: Domain,
    limits: Limits,
    operators: Option<OperatorSet>,
    rows: Vec<Vec<f64>>,
}

/// How many of the cheapest forms of a graph are tried one after the other.
const TRIED: usize = 4;

/// A form with its cost, in ascending order of which it is tried.
struct Candidate {
    cost: Cost,
    form: Valued,
}

impl Simplifier {
    /// A simplifier on `domain`, with default limits and every operator allowed.
    pub fn new(domain: Domain) -> Simplifier {
        Simplifier { domain, ..Simplifier::default() }
    }

    /// The same with other limits.
    pub fn with_limits(self, limits: Limits) -> Simplifier {
        Simplifier { limits, ..self }
    }

    /// The same with results built from `operators` only, and from those that the input has.
    pub fn with_operators(self, operators: OperatorSet) -> Simplifier {
        Simplifier { operators: Some(operators), ..self }
    }

    /// The same with further points at which results are checked: rows of data, the values of all variables each.
    pub fn with_rows(self, rows: Vec<Vec<f64>>) -> Simplifier {
        Simplifier { rows, ..self }
    }

    /// The smallest form found: fewest nodes, then fewest free constants, then the plainest shape; never larger than
    /// the input. Its values are those of `expr` at the present values of the free constants; constants that stand for
    /// one number are merged into one.
    pub fn simplify(&self, expr: &Expr) -> Simplified {
        let reference = Reference::new(expr, &self.domain, &self.rows);
        let allowed = self.allowed(expr);
        let mut best = Valued { tree: Tree::of(expr), params: expr.params().to_vec() };
        let mut work = 0;
        loop {
            let mut trees = self.rewritings(&best, &algebra::MODES, &mut work);
            let merged = self.merged(&best, &trees);
            if self.improve(&mut best, merged, &allowed, &reference) {
                trees = self.rewritings(&best, &algebra::MODES, &mut work);
            }
            let saturation = self.saturate(&best, &trees, rules::for_size());
            work += saturation.work;
            let forms = Extraction::new(&saturation, allowed.as_ref(), TRIED, 1).root_forms();
            let mut candidates = self.merged(&best, &forms);
            for tree in forms.into_iter().filter(|tree| *tree != best.tree && !trees.contains(tree)) {
                let form = Valued { tree, params: best.params.clone() };
                let rewritten = self.rewritings(&form, &algebra::MODES[..2], &mut work);
                candidates.extend(self.merged(&form, &rewritten));
            }
            if !self.improve(&mut best, candidates, &allowed, &reference) {
                let expr = self.arranged(&best, &allowed, &reference).unwrap_or_else(|| expr.clone());
                return Simplified { expr, reason: saturation.reason, work };
            }
        }
    }

    /// Up to `count` of the cheapest different forms, ascending in cost: the simplest one first, and then others that
    /// differ in more than the order and grouping of sums and products. At least one.
    pub fn equivalents(&self, expr: &Expr, count: usize) -> Equivalents {
        let reference = Reference::new(expr, &self.domain, &self.rows);
        let Simplified { expr: simplest, mut work, .. } = self.simplify(expr);
        let allowed = self.allowed(expr);
        let form = Valued { tree: Tree::of(&simplest), params: simplest.params().to_vec() };
        let sown = self.rewritings(&form, &algebra::MODES, &mut work);
        let saturation = self.saturate(&form, &sown, rules::for_variety());
        work += saturation.work;
        let trees = Extraction::new(&saturation, allowed.as_ref(), 4 * count, 3).root_forms();
        let trees: Vec<Tree> = trees.iter().map(|tree| spelled(tree, allowed.as_ref())).collect();
        let mut found = vec![simplest.clone()];
        let normal = |tree: &Tree| {
            let tree = algebra::normal(tree, &self.domain, &form.params).unwrap_or_else(|| tree.clone());
            tree.expr(&form.params).map(|expr| expr.value_key())
        };
        let mut keys = BTreeSet::from([normal(&form.tree), Some(simplest.value_key())]);
        for tree in &trees {
            let Some(expr) = tree.expr(&form.params) else { continue };
            let new = !keys.contains(&Some(expr.value_key())) && !keys.contains(&normal(tree));
            if found.len() < count && new && reference.agrees(&expr) {
                keys.extend([normal(tree), Some(expr.value_key())]);
                found.push(expr);
            }
        }
        Equivalents { forms: found, work }
    }

    /// The operators that results may have.
    fn allowed(&self, expr: &Expr) -> Option<OperatorSet> {
        let own = expr.nodes().iter().filter_map(|node| if let Node::Op(op) = node { Some(*op) } else { None });
        self.operators.as_ref().map(|set| OperatorSet::new(set.ops().iter().copied().chain(own)))
    }

    /// The graph of the forms equal to `form`, sown with `trees`, which algebra made of it.
    fn saturate(&self, form: &Valued, trees: &[Tree], rules: &[rules::Compiled]) -> Saturation {
        let knowledge = Knowledge { domain: self.domain.clone(), params: form.params.clone() };
        saturate(std::iter::once(&form.tree).chain(trees), knowledge, rules, &self.limits)
    }

    /// What algebra makes of a form.
    fn rewritings(&self, form: &Valued, modes: &[algebra::Mode], work: &mut u64) -> Vec<Tree> {
        *work += (modes.len() * form.tree.size()) as u64;
        algebra::rewritings(&form.tree, modes, &self.domain, &form.params)
    }

    /// The form and others with the same constants, with constants merged.
    fn merged(&self, form: &Valued, others: &[Tree]) -> Vec<Valued> {
        let trees = std::iter::once(&form.tree).chain(others);
        trees.map(|tree| merge_constants(tree.clone(), &form.params)).collect()
    }

    /// Replaces `best` by the cheapest candidate that has its values, if it is cheaper.
    fn improve(
        &self,
        best: &mut Valued,
        candidates: Vec<Valued>,
        allowed: &Option<OperatorSet>,
        reference: &Reference<'_>,
    ) -> bool {
        let limit = Cost::of(&best.tree, allowed.as_ref());
        let mut ranked: Vec<Candidate> = candidates
            .into_iter()
            .map(|form| Valued { tree: spelled(&form.tree, allowed.as_ref()), ..form })
            .map(|form| Candidate { cost: Cost::of(&form.tree, allowed.as_ref()), form })
            .filter(|candidate| candidate.cost < limit)
            .collect();
        ranked.sort_by(|a, b| a.cost.cmp(&b.cost).then_with(|| a.form.tree.cmp(&b.form.tree)));
        let found = ranked.into_iter().find(|candidate| {
            candidate.form.tree.expr(&candidate.form.params).is_some_and(|expr| reference.agrees(&expr))
        });
        let improved = found.is_some();
        if let Some(found) = found {
            *best = found.form;
        }
        improved
    }

    /// The expression with its operands in the usual order and its constants in front, where that costs nothing: `c*x**2` for `(c*x)**2`.
    fn arranged(&self, best: &Valued, allowed: &Option<OperatorSet>, reference: &Reference<'_>) -> Option<Expr> {
        let rewritten = algebra::rewritings(&best.tree, &algebra::MODES[..3], &self.domain, &best.params);
        let (plain, monic) = (rewritten.first(), rewritten.last());
        let merged = [monic, plain].into_iter().flatten().map(|tree| merge_constants(tree.clone(), &best.params));
        let plain = plain.map(|tree| Valued { tree: tree.clone(), params: best.params.clone() });
        let spelled = |form: Valued| Valued { tree: spelled(&form.tree, allowed.as_ref()), ..form };
        let as_good = |form: &Valued| Cost::of(&form.tree, allowed.as_ref()) == Cost::of(&best.tree, allowed.as_ref());
        let in_rows = Valued { tree: best.tree.clone().in_rows(), params: best.params.clone() };
        let arranged = merged.chain(plain).map(spelled).filter(as_good).chain([in_rows]);
        let mut exprs = arranged.filter_map(|form| form.tree.expr(&form.params));
        exprs.find(|expr| reference.agrees(expr)).or_else(|| best.tree.expr(&best.params))
    }

    /// A key that is equal for expressions that are equal on the domain: of one function, or of one family of functions where constants
    /// are anonymous, whatever these are called. It takes no saturation, so it is fast, and does not depend on limits. Functions that
    /// differ by less than the seventh digit of their values share a key.
    pub fn canonical_key(&self, expr: &Expr, constants: Constants) -> Key {
        match constants {
            Constants::Anonymous => fingerprint::of_family(expr, &self.domain),
            Constants::Valued => fingerprint::of_function(expr, &self.domain),
        }
    }
}

fn spelled(tree: &Tree, allowed: Option<&OperatorSet>) -> Tree {
    allowed.map_or_else(|| tree.clone(), |allowed| spell(tree, allowed))
}

/// [`Simplifier::simplify`] with every operator allowed.
/// Repeated until it shortens nothing more.
pub fn simplify(expr: &Expr, domain: &Domain, limits: &Limits) -> Expr {
    let simplifier = Simplifier::new(domain.clone()).with_limits(*limits);
    let mut best = simplifier.simplify(expr).expr;
    // A shorter form may open a way that the limits had hidden.
    loop {
        let next = simplifier.simplify(&best).expr;
        if next.len() >= best.len() {
            return best;
        }
        best = next;
    }
}

/// [`Simplifier::equivalents`] with every operator allowed.
pub fn equivalents(expr: &Expr, domain: &Domain, limits: &Limits, count: usize) -> Vec<Expr> {
    Simplifier::new(domain.clone()).with_limits(*limits).equivalents(expr, count).forms
}

/// [`Simplifier::canonical_key`] with free constants anonymous.
pub fn canonical_key(expr: &Expr, domain: &Domain, limits: &Limits) -> Key {
    Simplifier::new(domain.clone()).with_limits(*limits).canonical_key(expr, Constants::Anonymous)
}
