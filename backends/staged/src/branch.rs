//! [`Branch`]: a form in the inputs that are free so far, and how it may go on.

use serde::{Deserialize, Serialize};
use symfolio_expr::Expr;

use crate::knob::Knob;

/// A form in the inputs that are free so far, which holds wherever the others are held at the base.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Branch {
    pub form: Expr,
    /// Inputs that it is about, in the order in which they were freed, and those to come.
    pub free: Vec<usize>,
    pub rest: Vec<usize>,
    pub sweep: Sweep,
    /// How it may go on, the likeliest last.
    pub ways: Vec<Way>,
    /// The way that is being followed.
    pub open: Option<Open>,
}

/// Where the search for ways has come to: which input, and which of the knobs.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Sweep {
    pub at: usize,
    pub knobs: Vec<usize>,
    /// Ways found for this input.
    pub found: usize,
}

/// A further input, and what moves with it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Way {
    pub input: usize,
    pub knobs: Vec<Knob>,
    /// Values of the input, and those of each knob there.
    pub values: Vec<f64>,
    pub curves: Vec<Vec<f64>>,
    /// For each knob the straight line that its curve is, where it is one.
    pub lines: Vec<Option<Expr>>,
    /// The largest error of the lines, as a share of the curves' variance.
    pub error: f64,
}

impl Way {
    /// Knobs whose curves have to be searched for.
    pub fn unknown(&self) -> usize {
        self.lines.iter().filter(|line| line.is_none()).count()
    }

    /// Ascending in how likely it leads on: few that move, few to search for, nearly straight.
    pub fn rank(&self) -> (usize, usize, f64) {
        (self.knobs.len(), self.unknown(), self.error)
    }
}

/// A way that is being followed: what was found of each knob.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Open {
    pub way: Way,
    pub parts: Vec<Part>,
}

/// A knob as a function of the further input.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Part {
    /// The number of its view, where others look for it.
    pub view: Option<u64>,
    /// Over the features of the whole, the likeliest first; `None` before they are known.
    pub forms: Option<Vec<Expr>>,
}

impl Branch {
    pub fn new(form: Expr, free: Vec<usize>, rest: Vec<usize>) -> Branch {
        Branch { form, free, rest, sweep: Sweep::default(), ways: Vec::new(), open: None }
    }

    /// Puts the ways in order.
    pub fn sort(&mut self) {
        let key = |way: &Way| way.rank();
        self.ways.sort_by(|a, b| {
            let (a, b) = (key(a), key(b));
            (b.0, b.1).cmp(&(a.0, a.1)).then(b.2.total_cmp(&a.2))
        });
    }

    /// The formulas of all knobs put together in all ways, those of the smallest ranks first, at most `most`; `None` while one is not known.
    pub fn choices(&self, most: usize) -> Option<Vec<Vec<Expr>>> {
        let open = self.open.as_ref()?;
        let found: Option<Vec<&Vec<Expr>>> = open.parts.iter().map(|part| part.forms.as_ref()).collect();
        let found = found?;
        let mut ranks: Vec<Vec<usize>> = vec![Vec::new()];
        for forms in &found {
            ranks = ranks
                .iter()
                .flat_map(|ranks| (0..forms.len()).map(|rank| [&ranks[..], &[rank]].concat()).collect::<Vec<_>>())
                .collect();
            ranks.sort_by_key(|ranks| (ranks.iter().sum::<usize>(), ranks.clone()));
            ranks.truncate(most);
        }
        let chosen = |ranks: Vec<usize>| ranks.iter().zip(&found).map(|(rank, forms)| forms[*rank].clone()).collect();
        Some(ranks.into_iter().map(chosen).collect())
    }
}

/// The next choice of as many of `n` things, in the order of the dictionary; `false` after the last.
pub(crate) fn advance(choice: &mut [usize], n: usize) -> bool {
    let k = choice.len();
    let Some(at) = (0..k).rev().find(|at| choice[*at] + k - at < n) else { return false };
    choice[at] += 1;
    for next in at + 1..k {
        choice[next] = choice[next - 1] + 1;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn choices_come_in_order_and_come_to_an_end() {
        let mut choice = vec![0, 1];
        let mut all = vec![choice.clone()];
        while advance(&mut choice, 4) {
            all.push(choice.clone());
        }
        assert_eq!(all, [[0, 1], [0, 2], [0, 3], [1, 2], [1, 3], [2, 3]]);
        assert!(!advance(&mut [0, 1, 2], 3) && !advance(&mut [0], 0));
    }
}
