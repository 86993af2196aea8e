//! [`Probes`]: fixed points of the box at which formulas are looked at.

use symfolio_expr::{Columns, Expr, Program, Scratch};

use super::Rules;
use crate::Dataset;

/// How many points of each kind.
pub(super) struct Grade {
    /// Points spread over the box.
    spread: usize,
    /// Corners of the box at most.
    corners: usize,
    /// Rows of the data at most.
    rows: usize,
    /// Lines along each monotone feature.
    lines: usize,
    /// Points of a line.
    levels: usize,
}

/// What a search looks at for every formula.
pub(super) const COARSE: Grade = Grade { spread: 32, corners: 16, rows: 32, lines: 12, levels: 5 };
/// What is looked at before a formula is offered or returned.
pub(super) const FINE: Grade = Grade { spread: 256, corners: 256, rows: 256, lines: 96, levels: 9 };

/// Fixed points of the box, the same for every formula: single ones, then the lines along each monotone feature.
#[derive(Clone, Debug)]
pub(super) struct Probes {
    /// One column a feature.
    columns: Vec<Vec<f64>>,
    /// Points that are not part of a line.
    single: usize,
    /// Lines along each monotone feature, and points of each line.
    lines: (usize, usize),
}

impl Probes {
    pub fn new(rules: &Rules, dataset: &Dataset, grade: &Grade) -> Probes {
        let ranges = &rules.ranges;
        let place = |feature: usize, share: f64| ranges[feature].lo + share * (ranges[feature].hi - ranges[feature].lo);
        let all = 0..ranges.len();
        let spread = |index: usize| -> Vec<f64> { all.clone().map(|at| place(at, evenly(index, at))).collect() };
        let corner = |index: usize| -> Vec<f64> {
            // All corners of a box of few sides, in order; of one of many sides, some.
            let high = |at: usize| if at < 16 { (index >> at) & 1 == 1 } else { evenly(index, at) > 0.5 };
            all.clone().map(|at| if high(at) { ranges[at].hi } else { ranges[at].lo }).collect()
        };
        let row = |row: usize| -> Vec<f64> { dataset.features().iter().map(|feature| feature.values[row]).collect() };
        let n_corners = 1usize.checked_shl(ranges.len() as u32).unwrap_or(usize::MAX).min(grade.corners);
        let n_rows = dataset.n_rows();
        let some_rows = |most: usize| (0..most.min(n_rows)).map(move |at| at * n_rows / most.min(n_rows));
        let mut points: Vec<Vec<f64>> = (0..grade.spread).map(spread).collect();
        points.extend((0..n_corners).map(corner));
        points.extend(some_rows(grade.rows).map(row));
        let single = points.len();
        // A line goes through a row of the data, or through a point of the box.
        let through_rows: Vec<usize> = some_rows(grade.lines / 3).collect();
        for (feature, _) in &rules.monotone {
            for line in 0..grade.lines {
                let base = through_rows.get(line).map_or_else(|| spread(line), |at| row(*at));
                for level in 0..grade.levels {
                    let mut point = base.clone();
                    let at = usize::from(*feature);
                    point[at] = place(at, level as f64 / (grade.levels - 1) as f64);
                    points.push(point);
                }
            }
        }
        let columns = all.map(|at| points.iter().map(|point| point[at]).collect()).collect();
        Probes { columns, single, lines: (grade.lines, grade.levels) }
    }

    pub fn n_points(&self) -> usize {
        self.columns.first().map_or(0, Vec::len)
    }

    /// By how much `expr` breaks the rules here, summed over the rules, and the work of looking.
    pub fn excess(&self, expr: &Expr, rules: &Rules) -> (f64, u64) {
        let program = Program::new(expr);
        let inputs = Columns::new(self.columns.iter().map(Vec::as_slice));
        let mut values = vec![0.0; self.n_points()];
        program.values(expr.params(), &inputs, &mut Scratch::default(), &mut values);
        let work = values.len() as u64 * (program.work_per_row() + 4);
        let undefined = values.iter().filter(|value| !value.is_finite()).count();
        let worst = values.iter().filter(|value| value.is_finite());
        let bounds = worst.map(|value| rules.out_of_bounds(*value)).fold(0.0, f64::max);
        let (lines, levels) = self.lines;
        let falls = rules.monotone.iter().enumerate().map(|(at, (_, direction))| {
            let first = self.single + at * lines * levels;
            let steps = values[first..first + lines * levels].chunks(levels).flat_map(|line| line.windows(2));
            let fall = |step: &[f64]| {
                let fall = direction.sign() * (step[0] - step[1]);
                rules.beyond_rounding(fall, step[0].abs().max(step[1].abs()))
            };
            steps.map(fall).filter(|fall| fall.is_finite()).fold(0.0, f64::max)
        });
        let share = undefined as f64 / values.len().max(1) as f64;
        (bounds + falls.sum::<f64>() + share, work)
    }
}

/// Point `index` of a sequence that fills the unit interval evenly, another one for each `dimension`: multiples of the root of a prime
/// (Richtmyer 1951).
fn evenly(index: usize, dimension: usize) -> f64 {
    let root = f64::from(prime(dimension)).sqrt();
    ((index + 1) as f64 * root).fract()
}

/// The prime of this number, counted from 0.
fn prime(number: usize) -> u32 {
    let is_prime = |n: &u32| (2..).take_while(|d| d * d <= *n).all(|d| !n.is_multiple_of(d));
    (2..).filter(is_prime).nth(number).unwrap_or(2)
}
