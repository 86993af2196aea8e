//! Constants in comparisons: the loss is a staircase in them, flat between the values of the rows.

use symfolio_expr::{Expr, Node, Op, Program};

use crate::cholesky::Cholesky;
use crate::descent::{Place, descend};
use crate::screening::LOOK;
use crate::thorough::{Search, keep_better};

/// Steps looked at in one pass over a staircase; between the best of them there is another pass.
const STEPS: usize = 40;
/// Rounds over all such constants.
const ROUNDS: usize = 3;

/// A comparison of a bare constant with something else.
#[derive(Clone, Debug)]
struct Jump {
    index: usize,
    /// What it is compared with.
    other: Expr,
    /// The constants in it.
    inner: Vec<usize>,
}

impl Search<'_> {
    /// Moves each constant that is compared with something to the best step of its staircase, the linear constants
    /// solved for at each.
    pub(crate) fn scan_jumps(&mut self, best: &mut Place) {
        let jumps = jumps(self.expr);
        for _ in 0..ROUNDS {
            let before = best.loss;
            for jump in &jumps {
                if !best.loss.is_finite() || self.done(best) {
                    return;
                }
                let place = self.best_step(jump, best);
                keep_better(best, place);
            }
            if best.loss >= before {
                return;
            }
        }
    }

    fn best_step(&mut self, jump: &Jump, best: &Place) -> Place {
        let params: Vec<f64> = jump.inner.iter().map(|index| best.params[*index]).collect();
        let data = self.problem.data;
        let mut levels = vec![0.0; data.n_rows()];
        Program::new(&jump.other).values(&params, data.columns, &mut self.workspace.scratch, &mut levels);
        levels.retain(|level| level.is_finite());
        levels.sort_by(f64::total_cmp);
        levels.dedup();
        let steps: Vec<f64> = levels.windows(2).map(|pair| 0.5 * (pair[0] + pair[1])).collect();
        let (mut low, mut high) = (0, steps.len());
        let mut cholesky = Cholesky::default();
        let mut starts = Vec::new();
        while high > low {
            let stride = (high - low).div_ceil(STEPS);
            let mut reached: Vec<(f64, usize)> = Vec::new();
            for at in (low..high).step_by(stride) {
                let mut trial = best.params.clone();
                trial[jump.index] = steps[at];
                reached.push((self.project(&mut trial, data, &mut cholesky), at));
            }
            reached.sort_by(|a, b| a.0.total_cmp(&b.0));
            for (_, at) in reached.iter().take(2) {
                let mut start = best.params.clone();
                start[jump.index] = steps[*at];
                starts.push(start);
            }
            let Some((_, at)) = reached.first() else { break };
            if stride == 1 {
                break;
            }
            (low, high) = (at.saturating_sub(stride), (at + stride + 1).min(steps.len()));
        }
        let mut reached = Place { loss: f64::INFINITY, ..best.clone() };
        // The last pass was the finest; a few steps say which of its best is best once the other constants follow.
        for start in starts.into_iter().rev().take(4) {
            keep_better(&mut reached, descend(self.problem, start, LOOK, self.workspace, self.work));
        }
        reached
    }
}

fn jumps(expr: &Expr) -> Vec<Jump> {
    let mut found = Vec::new();
    for (root, node) in expr.nodes().iter().enumerate() {
        if *node != Node::Op(Op::Less) {
            continue;
        }
        let children = expr.children(root);
        for (own, other) in [(children[0], children[1]), (children[1], children[0])] {
            let Node::Param(index) = expr.nodes()[own] else { continue };
            let mut inner: Vec<usize> = Vec::new();
            for node in &expr.nodes()[expr.subtree_start(other)..=other] {
                if let Node::Param(index) = node
                    && !inner.contains(&usize::from(*index))
                {
                    inner.push(usize::from(*index));
                }
            }
            found.push(Jump { index: usize::from(index), other: expr.subtree(other), inner });
        }
    }
    found
}
