//! What the tests of several modules share: a table with a law, and a bank over it.

use std::sync::Arc;

use symfolio_core::{Column, Dataset, Problem, Split, Table};
use symfolio_expr::Expr;
use symfolio_fit::Loss;

use crate::fingerprint::Fingerprinter;
use crate::growth::Growth;
use crate::probes::Probes;
use crate::target::Target;
use crate::vocabulary::{Vocabulary, Words};

/// A law of three features.
pub(crate) type Law = fn(&[f64]) -> f64;

/// Three features, all above 0, and `law` of them.
pub(crate) fn problem(law: Law) -> Arc<Problem> {
    let n = 100u32;
    let column =
        |step: u32| (0..n).map(move |i| 0.5 + f64::from((i * step + i * i) % 101) / 40.0).collect::<Vec<f64>>();
    let columns = [column(37), column(23), column(71)];
    let y: Vec<f64> = (0..n as usize).map(|row| law(&[columns[0][row], columns[1][row], columns[2][row]])).collect();
    let features = columns.into_iter().enumerate().map(|(i, values)| Column::new(&format!("x{i}"), values)).collect();
    let dataset = Arc::new(Dataset::new("law", features, Column::new("y", y), None).unwrap());
    Arc::new(Problem::new(dataset, Split { train: (0..n).collect(), validation: Arc::new([]) }, Loss::SquaredError))
}

/// The problem's probe rows, its targets, and a bank of about `size` expressions.
pub(crate) fn grown(problem: &Problem, size: usize) -> (Probes, Vec<Target>, Growth) {
    let table: Arc<Table> = problem.judge.table(problem.dataset.as_ref().unwrap());
    let probes = Probes::draw(5, 0, &table, 32);
    let vocabulary = Vocabulary::new(problem, &[], Words::All);
    let targets = Target::all(&probes, &vocabulary.operators);
    let terminals = (0..3).map(Expr::var).collect();
    let mut growth = Growth::new(terminals, vocabulary, &probes, Fingerprinter::new(5, probes.n()));
    while growth.bank.len() < size && !growth.is_finished() {
        growth.step();
    }
    (probes, targets, growth)
}
