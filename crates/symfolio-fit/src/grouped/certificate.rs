//! [`certify_grouped`]: how well several groups of rows determine shared and own constants.

use serde::{Deserialize, Serialize};
use symfolio_expr::{Expr, Program};

use super::Layout;
use super::bordered::Held;
use crate::certificate::{NEGLIGIBLE, PART, student_t};
use crate::data::{FitData, Workspace};
use crate::levenberg_marquardt::Problem;
use crate::loss::Loss;
use crate::normal_equations::dot;
use crate::polish::fill;
use crate::robust::Smoothed;
use crate::scatter::scatter;
use crate::singular_values::{normalise, rotated};
use crate::work::Work;

/// How well groups of rows determine the constants of an expression at their present values.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GroupedCertificate {
    /// 95 % confidence interval of each constant of each group, shape `(n_groups, n_constants)`; those of shared constants are the
    /// same in all groups. Infinite where the data do not determine the constant.
    pub intervals: Vec<Vec<(f64, f64)>>,
    /// Standard errors, of the same shape; infinite where the data do not determine the constant.
    pub standard_errors: Vec<Vec<f64>>,
    /// The larger of the condition of the shared constants once the own ones are eliminated and the largest condition of a group's own
    /// constants, columns of unit length; at least 1, infinite where constants cannot be told apart.
    pub condition: f64,
    /// Degrees of freedom of the residuals: rows that count less what is fitted.
    pub freedom: usize,
    /// Do the data determine every constant of every group?
    pub identifiable: bool,
    /// Constants that cannot be told apart.
    pub redundant: Vec<Redundancy>,
}

/// Constants a change of which can be made up for by changes of the others.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Redundancy {
    /// The constants, ascending. One alone has no effect.
    pub constants: Vec<usize>,
    /// The groups whose own constants take part, ascending; empty where only shared constants do.
    pub groups: Vec<usize>,
    /// The largest change of a shared constant, relative to its column's length, belongs to this one; `None` where no shared
    /// constant takes part. To hold it at its value makes the others of the set determined.
    pub lead: Option<usize>,
    /// The change without effect, shape `(groups.len().max(1), constants.len())`, in units of the constants.
    pub direction: Vec<Vec<f64>>,
}

/// How well `groups` determine the constants of `expr` at `params`, which should be a minimum of `loss`.
///
/// The delta method as in [`certify_loss`](crate::certify_loss), with one residual variance for all groups; `n_rows - rank` degrees
/// of freedom. The own constants of each group are eliminated by its singular value decomposition, so that nothing of the size of all
/// groups together is built. Constants in `held` count as known.
///
/// # Panics
/// Where the shapes do not fit the expression.
pub fn certify_grouped(
    expr: &Expr,
    groups: &[FitData<'_>],
    params: &[Vec<f64>],
    shared: &[usize],
    loss: Loss,
    held: &[Held],
    workspace: &mut Workspace,
) -> GroupedCertificate {
    assert_eq!(groups.len(), params.len(), "constants for each group");
    let program = Program::new(expr);
    let layout = Layout::new(expr.params().len(), shared);
    let everywhere = |constant: usize| held.contains(&Held { constant, group: None });
    let free = |of: &[usize]| -> Vec<usize> { of.iter().copied().filter(|index| !everywhere(*index)).collect() };
    let layout = Layout { shared: free(&layout.shared), own: free(&layout.own) };
    let mut blocks = Vec::with_capacity(groups.len());
    for (group, (data, params)) in groups.iter().zip(params).enumerate() {
        let in_group = |index: &usize| held.contains(&Held { constant: *index, group: Some(group) });
        let fixed: Vec<bool> = layout.own.iter().map(in_group).collect();
        match Block::new(&program, data, params, (&layout, &fixed), workspace) {
            Some(block) => blocks.push(block),
            None => return nothing_known(groups.len(), expr.params().len()),
        }
    }
    if !blocks.iter().flat_map(|block| &block.residuals).map(|(r, weight)| weight * r * r).sum::<f64>().is_finite() {
        return nothing_known(groups.len(), expr.params().len());
    }
    let border = Border::new(&mut blocks, layout.shared.len());
    assemble(&blocks, &border, &layout, params, loss, held)
}

fn nothing_known(n_groups: usize, k: usize) -> GroupedCertificate {
    GroupedCertificate {
        intervals: vec![vec![(f64::NEG_INFINITY, f64::INFINITY); k]; n_groups],
        standard_errors: vec![vec![f64::INFINITY; k]; n_groups],
        condition: f64::INFINITY,
        freedom: 0,
        identifiable: false,
        redundant: Vec::new(),
    }
}

/// One group's derivatives by its own constants, decomposed, and those by the shared ones.
struct Block {
    /// Residuals and weights of the rows that count.
    residuals: Vec<(f64, f64)>,
    /// Lengths of the own columns before scaling.
    lengths: Vec<f64>,
    /// Left singular vectors with an effect, their singular values and right singular vectors.
    left: Vec<Vec<f64>>,
    values: Vec<f64>,
    right: Vec<Vec<f64>>,
    /// Right singular vectors without effect.
    idle: Vec<Vec<f64>>,
    /// Columns of the shared constants, and what is left of them once the own ones are eliminated.
    border: Vec<Vec<f64>>,
    rest: Vec<Vec<f64>>,
}

impl Block {
    fn new(
        program: &Program,
        data: &FitData<'_>,
        params: &[f64],
        (layout, fixed): (&Layout, &[bool]),
        workspace: &mut Workspace,
    ) -> Option<Block> {
        let problem = Problem { program, data, loss: Smoothed::squared(), linear: &[], bounds: &[] };
        if !fill(&problem, params, workspace, &mut Work::with_limit(u64::MAX)) {
            return None;
        }
        let roots: Vec<f64> = (0..data.n_rows()).map(|row| data.weight(row).sqrt()).collect();
        let weigh =
            |values: &[f64]| -> Vec<f64> { values.iter().zip(&roots).map(|(value, root)| value * root).collect() };
        let residuals = workspace.least_squares.target_mut().iter().enumerate();
        let residuals = residuals.map(|(row, r)| (*r, data.weight(row))).filter(|(_, weight)| *weight > 0.0).collect();
        let mut column = |index: &usize| weigh(workspace.least_squares.column_mut(*index));
        let mut own: Vec<Vec<f64>> = layout.own.iter().map(&mut column).collect();
        let border: Vec<Vec<f64>> = layout.shared.iter().map(&mut column).collect();
        // Without effect as far as the others are concerned.
        own.iter_mut().zip(fixed).filter(|(_, fixed)| **fixed).for_each(|(column, _)| column.fill(0.0));
        let lengths = own.iter_mut().map(|column| normalise(column)).collect();
        let (columns, directions) = rotated(own);
        let mut block = Block {
            residuals,
            lengths,
            left: Vec::new(),
            values: Vec::new(),
            right: Vec::new(),
            idle: Vec::new(),
            rest: Vec::new(),
            border,
        };
        // Columns of zeros are not rotated: theirs is still the direction of the same position.
        let free = columns.into_iter().zip(directions).zip(fixed).filter(|(_, fixed)| !**fixed);
        for ((mut column, direction), _) in free {
            // Columns of unit length have singular values of the order of 1.
            let value = dot(&column, &column).sqrt();
            if value > NEGLIGIBLE {
                column.iter_mut().for_each(|entry| *entry /= value);
                block.left.push(column);
                block.values.push(value);
                block.right.push(direction);
            } else {
                block.idle.push(direction);
            }
        }
        Some(block)
    }

    /// The change of the own constants (scaled) that makes up best for the change `shared` (scaled) of the shared ones.
    fn answer(&self, shared: &[f64]) -> Vec<f64> {
        let mut moved = vec![0.0; self.border.first().map_or(0, Vec::len)];
        for (column, step) in self.border.iter().zip(shared) {
            moved.iter_mut().zip(column).for_each(|(moved, value)| *moved += step * value);
        }
        let mut own = vec![0.0; self.lengths.len()];
        for ((left, value), right) in self.left.iter().zip(&self.values).zip(&self.right) {
            let along = dot(left, &moved) / value;
            own.iter_mut().zip(right).for_each(|(own, part)| *own -= along * part);
        }
        own
    }
}

/// The shared constants once the own ones are eliminated.
struct Border {
    /// Lengths of the shared columns over all groups before scaling.
    lengths: Vec<f64>,
    values: Vec<f64>,
    directions: Vec<Vec<f64>>,
}

impl Border {
    /// Scales the shared columns to unit length over all groups, and decomposes what is left of them.
    fn new(blocks: &mut [Block], n_shared: usize) -> Border {
        let mut lengths = Vec::with_capacity(n_shared);
        for index in 0..n_shared {
            let mut column: Vec<f64> = blocks.iter().flat_map(|block| &block.border[index]).copied().collect();
            lengths.push(normalise(&mut column));
            let mut rest = column.as_slice();
            for block in &mut *blocks {
                let (own, others) = rest.split_at(block.border[index].len());
                block.border[index].copy_from_slice(own);
                rest = others;
            }
        }
        for block in &mut *blocks {
            block.rest = block.border.clone();
            for column in &mut block.rest {
                // Twice: the first pass leaves a rounding error along the columns that it removes.
                for left in block.left.iter().chain(&block.left) {
                    let along = dot(left, column);
                    column.iter_mut().zip(left).for_each(|(value, left)| *value -= along * left);
                }
            }
        }
        let stacked = |index: usize| blocks.iter().flat_map(|block| block.rest[index].iter().copied()).collect();
        let (columns, directions) = rotated((0..n_shared).map(stacked).collect());
        let values = columns.iter().map(|column: &Vec<f64>| dot(column, column).sqrt()).collect();
        Border { lengths, values, directions }
    }

    fn effective(&self) -> impl Iterator<Item = (f64, &Vec<f64>)> {
        self.values.iter().copied().zip(&self.directions).filter(|(value, _)| *value > NEGLIGIBLE)
    }

    fn idle(&self) -> impl Iterator<Item = &Vec<f64>> {
        self.values
            .iter()
            .zip(&self.directions)
            .filter(|(value, _)| **value <= NEGLIGIBLE)
            .map(|(_, direction)| direction)
    }
}

fn assemble(
    blocks: &[Block],
    border: &Border,
    layout: &Layout,
    params: &[Vec<f64>],
    loss: Loss,
    held: &[Held],
) -> GroupedCertificate {
    let redundant = redundancies(blocks, border, layout);
    let residuals: Vec<(f64, f64)> = blocks.iter().flat_map(|block| block.residuals.iter().copied()).collect();
    let n_rows = residuals.len();
    let rank = border.effective().count() + blocks.iter().map(|block| block.values.len()).sum::<usize>();
    let freedom = n_rows.saturating_sub(rank);
    let sigma = if freedom > 0 { scatter(loss, &residuals, rank) } else { f64::INFINITY };
    let undetermined = |group: usize, index: usize| {
        freedom == 0
            || redundant.iter().any(|set: &Redundancy| {
                let of_group = layout.shared.contains(&index) || set.groups.contains(&group);
                of_group && set.constants.contains(&index)
            })
    };
    // Square roots of the covariance of the shared constants: one column a direction with an effect.
    let roots: Vec<Vec<f64>> =
        border.effective().map(|(value, direction)| direction.iter().map(|part| part / value).collect()).collect();
    let mut standard_errors = Vec::with_capacity(blocks.len());
    for (group, block) in blocks.iter().enumerate() {
        let mut errors = vec![0.0; params[group].len()];
        let mut variance = vec![0.0; layout.own.len()];
        for (value, right) in block.values.iter().zip(&block.right) {
            variance.iter_mut().zip(right).for_each(|(variance, part)| *variance += (part / value).powi(2));
        }
        for root in &roots {
            variance.iter_mut().zip(block.answer(root)).for_each(|(variance, part)| *variance += part * part);
        }
        for ((index, variance), length) in layout.own.iter().zip(variance).zip(&block.lengths) {
            errors[*index] = if undetermined(group, *index) { f64::INFINITY } else { sigma * variance.sqrt() / length };
        }
        for (position, (index, length)) in layout.shared.iter().zip(&border.lengths).enumerate() {
            let variance: f64 = roots.iter().map(|root| root[position].powi(2)).sum();
            errors[*index] = if undetermined(group, *index) { f64::INFINITY } else { sigma * variance.sqrt() / length };
        }
        let known = held.iter().filter(|held| held.group.is_none_or(|of| of == group));
        known.for_each(|held| errors[held.constant] = 0.0);
        standard_errors.push(errors);
    }
    let quantile = student_t(freedom);
    let interval = |(value, error): (&f64, &f64)| match error.is_finite() {
        true if *error > 0.0 => (value - quantile * error, value + quantile * error),
        true => (*value, *value),
        false => (f64::NEG_INFINITY, f64::INFINITY),
    };
    let intervals = params.iter().zip(&standard_errors).map(|(p, e)| p.iter().zip(e).map(interval).collect()).collect();
    let condition = blocks
        .iter()
        .map(|block| ratio(&block.values, block.idle.is_empty()))
        .fold(ratio(&border.values, border.idle().next().is_none()), f64::max);
    GroupedCertificate {
        intervals,
        standard_errors,
        condition,
        freedom,
        identifiable: freedom > 0 && redundant.is_empty(),
        redundant,
    }
}

/// Largest over smallest of these singular values; infinite where some others vanish.
fn ratio(values: &[f64], complete: bool) -> f64 {
    let largest = values.iter().copied().fold(0.0, f64::max);
    let smallest = values.iter().copied().fold(f64::INFINITY, f64::min);
    match (values.is_empty(), complete && smallest > 0.0) {
        (true, true) => 1.0,
        (false, true) => largest / smallest,
        _ => f64::INFINITY,
    }
}

/// The directions without effect: those of groups alone, put together where the same constants take part, then those with shared
/// constants.
fn redundancies(blocks: &[Block], border: &Border, layout: &Layout) -> Vec<Redundancy> {
    let mut found: Vec<Redundancy> = Vec::new();
    for (group, block) in blocks.iter().enumerate() {
        for direction in &block.idle {
            let parts: Vec<usize> = (0..direction.len()).filter(|at| direction[*at].abs() > PART).collect();
            let constants: Vec<usize> = parts.iter().map(|at| layout.own[*at]).collect();
            let change = |at: &usize| if block.lengths[*at] > 0.0 { direction[*at] / block.lengths[*at] } else { 1.0 };
            let change: Vec<f64> = parts.iter().map(change).collect();
            match found.iter_mut().find(|set| set.constants == constants && !set.groups.contains(&group)) {
                Some(set) => {
                    set.groups.push(group);
                    set.direction.push(change);
                }
                None => found.push(Redundancy { constants, groups: vec![group], lead: None, direction: vec![change] }),
            }
        }
    }
    for direction in border.idle() {
        let answers: Vec<Vec<f64>> = blocks.iter().map(|block| block.answer(direction)).collect();
        let largest = direction.iter().chain(answers.iter().flatten()).fold(0.0f64, |most, part| most.max(part.abs()));
        let takes_part = |part: f64| part.abs() > PART * largest;
        let shared: Vec<usize> = (0..direction.len()).filter(|at| takes_part(direction[*at])).collect();
        let own: Vec<usize> =
            (0..layout.own.len()).filter(|at| answers.iter().any(|answer| takes_part(answer[*at]))).collect();
        let groups: Vec<usize> =
            (0..blocks.len()).filter(|group| answers[*group].iter().any(|part| takes_part(*part))).collect();
        let lead = shared.iter().copied().max_by(|a, b| direction[*a].abs().total_cmp(&direction[*b].abs()));
        let mut members: Vec<(usize, bool, usize)> = shared.iter().map(|at| (layout.shared[*at], true, *at)).collect();
        members.extend(own.iter().map(|at| (layout.own[*at], false, *at)));
        members.sort_unstable();
        let unit = |change: f64, length: f64| if length > 0.0 { change / length } else { 1.0 };
        let change = |group: usize| -> Vec<f64> {
            let of = |&(_, is_shared, at): &(usize, bool, usize)| match is_shared {
                true => unit(direction[at], border.lengths[at]),
                false => unit(answers[group][at], blocks[group].lengths[at]),
            };
            members.iter().map(of).collect()
        };
        let direction = if groups.is_empty() { vec![change(0)] } else { groups.iter().map(|g| change(*g)).collect() };
        let constants = members.iter().map(|member| member.0).collect();
        found.push(Redundancy { constants, groups, lead: lead.map(|at| layout.shared[at]), direction });
    }
    found
}
