//! Applying the rules until nothing new is found or a limit is reached.
//!
//! `egg`'s own runner looks at the clock; this loop does not, so that the same input always gives the same graph.

use egg::{EGraph, Id};

use crate::language::{Knowledge, Term, add_tree};
use crate::rules::Compiled;
use crate::tree::Tree;

/// How far saturation goes. There is no time limit: it would make results depend on the machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Rounds in which every rule is applied wherever it matches. Default 8.
    pub iterations: usize,
    /// Nodes in the graph of equal expressions, checked after each rule. Default 1000.
    pub nodes: usize,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { iterations: 8, nodes: 1000 }
    }
}

/// Why saturation stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StopReason {
    /// No rule finds anything new: every form that the rules reach is known.
    Saturated,
    /// [`Limits::iterations`] were done.
    IterationLimit,
    /// [`Limits::nodes`] were reached.
    NodeLimit,
}

/// Most matches of one rule that one round applies; a rule with more would crowd out the others.
const MATCHES: usize = 400;

/// A saturated graph and the class of the expression that it was grown from.
pub(crate) struct Saturation {
    pub(crate) egraph: EGraph<Term, Knowledge>,
    pub(crate) root: Id,
    pub(crate) reason: StopReason,
    /// Units of work, see [`crate::Simplified::work`].
    pub(crate) work: u64,
}

/// Grows the graph of the forms equal to `trees`, which are known to be equal to each other.
pub(crate) fn saturate<'a>(
    trees: impl IntoIterator<Item = &'a Tree>,
    knowledge: Knowledge,
    rules: &[Compiled],
    limits: &Limits,
) -> Saturation {
    let mut egraph = EGraph::new(knowledge);
    let mut root = None;
    for tree in trees {
        let id = add_tree(&mut egraph, tree);
        match root {
            Some(first) => drop(egraph.union(first, id)),
            None => root = Some(id),
        }
    }
    egraph.rebuild();
    let (reason, work) = run(&mut egraph, rules, limits);
    let root = egraph.find(root.unwrap_or(Id::from(0)));
    Saturation { egraph, root, reason, work }
}

fn run(egraph: &mut EGraph<Term, Knowledge>, rules: &[Compiled], limits: &Limits) -> (StopReason, u64) {
    let mut work = 0;
    for _ in 0..limits.iterations {
        let matches: Vec<_> = rules.iter().map(|rule| (rule, rule.search_with_limit(egraph, MATCHES))).collect();
        let before = (egraph.total_size(), egraph.number_of_classes());
        let mut changed = false;
        let mut full = false;
        for (rule, found) in matches {
            let applied = rule.apply(egraph, &found).len();
            work += found.iter().map(|found| found.substs.len() as u64).sum::<u64>();
            changed |= applied > 0;
            if egraph.total_size() > limits.nodes {
                full = true;
                break;
            }
        }
        work += egraph.total_size() as u64;
        egraph.rebuild();
        if full {
            return (StopReason::NodeLimit, work);
        }
        if !changed && before == (egraph.total_size(), egraph.number_of_classes()) {
            return (StopReason::Saturated, work);
        }
    }
    (StopReason::IterationLimit, work)
}
