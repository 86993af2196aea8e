//! What was made of what: the graph of a study's candidates.

use petgraph::dot::{Config, Dot};
use petgraph::graph::{DiGraph, NodeIndex};
use petgraph::visit::{Bfs, Reversed};
use serde::Serialize;
use symfolio_core::Candidate;
use symfolio_engine::State;
use symfolio_expr::infix_rounded;

/// Significant digits of constants.
const DIGITS: usize = 6;

/// A formula of the archive and its descent.
#[derive(Clone, Debug, Serialize)]
pub struct FrontAccount {
    /// Its number within the study.
    pub candidate: u64,
    /// The formula.
    pub expression: String,
    /// Its complexity.
    pub complexity: u32,
    /// Its loss on the judge rows.
    pub loss: f64,
    /// The method that offered it.
    pub backend: String,
    /// What the method did to make it, in its own words.
    pub operation: String,
    /// The candidates that it descends from, the nearest first.
    pub ancestors: Vec<Ancestor>,
}

/// A candidate that another descends from.
#[derive(Clone, Debug, Serialize)]
pub struct Ancestor {
    /// Its number within the study.
    pub candidate: u64,
    /// The formula.
    pub expression: String,
    /// The method that offered it.
    pub backend: String,
    /// What the method did to make it, in its own words.
    pub operation: String,
}

/// The graph of a study's candidates: an edge leads from a parent to what was made of it.
pub(super) struct Lineages {
    graph: DiGraph<u64, ()>,
}

impl Lineages {
    pub fn new(state: &State) -> Lineages {
        let mut graph = DiGraph::with_capacity(state.accepted.len(), state.accepted.len());
        let nodes: Vec<NodeIndex> = state.accepted.iter().map(|candidate| graph.add_node(candidate.id)).collect();
        for (child, candidate) in nodes.iter().zip(&state.accepted) {
            for parent in candidate.lineage.parents.iter().filter_map(|parent| nodes.get(*parent as usize)) {
                graph.update_edge(*parent, *child, ());
            }
        }
        Lineages { graph }
    }

    /// The archive's formulas, each with its ancestors.
    pub fn front(&self, state: &State, features: &[String]) -> Vec<FrontAccount> {
        let account = |held: &Candidate| FrontAccount {
            candidate: held.id,
            expression: text(held, features),
            complexity: held.complexity,
            loss: held.loss,
            backend: backend(held),
            operation: held.lineage.operation.clone(),
            ancestors: self.ancestors(state, held.id, features),
        };
        state.archive.front().iter().map(account).collect()
    }

    fn ancestors(&self, state: &State, id: u64, features: &[String]) -> Vec<Ancestor> {
        let reversed = Reversed(&self.graph);
        let mut search = Bfs::new(reversed, NodeIndex::new(id as usize));
        let mut ancestors = Vec::new();
        while let Some(node) = search.next(reversed) {
            let candidate = &state.accepted[node.index()];
            if candidate.id != id {
                ancestors.push(Ancestor {
                    candidate: candidate.id,
                    expression: text(candidate, features),
                    backend: backend(candidate),
                    operation: candidate.lineage.operation.clone(),
                });
            }
        }
        ancestors
    }

    /// Graphviz text of the archive's formulas and all that they descend from.
    pub fn dot(&self, state: &State, features: &[String]) -> String {
        let front: Vec<u64> = state.archive.front().iter().map(|held| held.id).collect();
        let kept = self.graph.filter_map(
            |node, id| (front.contains(id) || self.leads_to(node, &front)).then_some(*id),
            |_, ()| Some(()),
        );
        let label = |id: u64| {
            let candidate = &state.accepted[id as usize];
            let words =
                format!("{}\n{}: {}", text(candidate, features), backend(candidate), candidate.lineage.operation);
            let style = if front.contains(&id) { ", style=bold" } else { "" };
            format!("label={words:?}, shape=box{style}")
        };
        let plain = [Config::EdgeNoLabel, Config::NodeNoLabel];
        format!("{:?}", Dot::with_attr_getters(&kept, &plain, &|_, _| String::new(), &|_, (_, id)| label(*id)))
    }

    /// Is some candidate of `front` made of `node`?
    fn leads_to(&self, node: NodeIndex, front: &[u64]) -> bool {
        let mut search = Bfs::new(&self.graph, node);
        while let Some(next) = search.next(&self.graph) {
            if front.contains(&self.graph[next]) {
                return true;
            }
        }
        false
    }
}

fn text(candidate: &Candidate, features: &[String]) -> String {
    candidate.form.expr().map_or_else(|| format!("{:?}", candidate.form), |expr| infix_rounded(expr, features, DIGITS))
}

/// The method that offered a candidate: the last of its origin.
fn backend(candidate: &Candidate) -> String {
    candidate.origin.last().cloned().unwrap_or_default()
}
