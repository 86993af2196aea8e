//! First members: simple forms, and random trees of all sizes.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use symfolio_core::Problem;
use symfolio_expr::{Expr, Op};

use crate::vocabulary::Vocabulary;

/// Most variables whose pairs are all tried.
const PAIRED: usize = 10;
/// Most products of each kind that units suggest.
const SUGGESTED: usize = 6;
/// Most terms of the linear model.
const LINEAR: usize = 10;

/// Simple forms in the operators of `words`: what units suggest, the linear model, each variable and its powers, products and ratios of pairs, the
/// product of all. The most relevant variables come first, where the profile knows them.
pub(crate) fn simple_forms(problem: &Problem, words: &Vocabulary) -> Vec<Expr> {
    let mut order: Vec<u16> = words.variables.items().to_vec();
    let relevance =
        |index: u16| problem.profile.features.get(usize::from(index)).map_or(0.0, |feature| feature.relevance);
    order.sort_by(|a, b| relevance(*b).total_cmp(&relevance(*a)).then(a.cmp(b)));
    let variables: Vec<Expr> = order.iter().map(|index| Expr::var(*index)).collect();
    let mut forms: Vec<Expr> = suggested_by_units(problem);
    forms.extend(variables.iter().cloned());
    if words.has(Op::Add) && words.has(Op::Mul) {
        let term = |variable: &Expr| Expr::apply(Op::Mul, &[&Expr::param(1.0), variable]);
        let terms = variables.iter().take(LINEAR).map(term);
        forms.extend(terms.reduce(|sum, term| Expr::apply(Op::Add, &[&sum, &term])));
    }
    let near = &variables[..variables.len().min(PAIRED)];
    if words.has(Op::Mul) {
        forms.extend(near.iter().cloned().reduce(|product, next| Expr::apply(Op::Mul, &[&product, &next])));
    }
    for op in [Op::Square, Op::Sqrt, Op::Inv, Op::Log, Op::Exp, Op::Sin, Op::Cos] {
        if words.has(op) {
            forms.extend(near.iter().map(|variable| Expr::apply(op, &[variable])));
        }
    }
    for (i, a) in near.iter().enumerate() {
        for (j, b) in near.iter().enumerate() {
            let ops = [(Op::Mul, i < j), (Op::Sub, i < j), (Op::Div, i != j)];
            let wanted = ops.into_iter().filter(|(op, wanted)| *wanted && words.has(*op));
            forms.extend(wanted.map(|(op, _)| Expr::apply(op, &[a, b])));
        }
    }
    forms
}

/// Products of variables that have the target's unit, and that have none.
fn suggested_by_units(problem: &Problem) -> Vec<Expr> {
    let Some(units) = &problem.units else { return Vec::new() };
    let analysis = units.analysis();
    let few = analysis.products.iter().take(SUGGESTED).chain(analysis.groups.iter().take(SUGGESTED));
    let forms = few.filter_map(|product| product.expr(&problem.operators));
    forms.filter(|form| !form.variables().is_empty()).collect()
}

/// Small forms to match wishes with: the simple ones, and functions of products, ratios and differences. At most `most`,
/// drawn at random among the longer ones.
pub(crate) fn building_blocks(rng: &mut ChaCha8Rng, problem: &Problem, words: &Vocabulary, most: usize) -> Vec<Expr> {
    let mut blocks = simple_forms(problem, words);
    blocks.truncate(most);
    let pairs: Vec<Expr> = blocks.iter().filter(|block| block.len() == 3).cloned().collect();
    let functions: Vec<Op> = [Op::Square, Op::Sqrt, Op::Exp, Op::Sin, Op::Cos, Op::Log, Op::Tanh]
        .into_iter()
        .filter(|op| words.has(*op))
        .collect();
    let mut longer: Vec<Expr> = Vec::new();
    for pair in &pairs {
        longer.extend(functions.iter().map(|op| Expr::apply(*op, &[pair])));
        if words.has(Op::Mul) {
            longer
                .extend(words.variables.items().iter().map(|index| Expr::apply(Op::Mul, &[&Expr::var(*index), pair])));
        }
    }
    while blocks.len() < most && !longer.is_empty() {
        blocks.push(longer.swap_remove(rng.random_range(0..longer.len())));
    }
    blocks
}

/// A random tree with 1 to `largest` nodes, every size equally often.
pub(crate) fn random_tree(rng: &mut ChaCha8Rng, words: &Vocabulary, largest: usize) -> Expr {
    let size = rng.random_range(1..=largest.max(1));
    words.tree(rng, size)
}
