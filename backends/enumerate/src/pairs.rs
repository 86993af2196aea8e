//! [`Crowd`]: pairs of a simple entry with any other one, screened by the share of the target that they leave.
//!
//! Unlike the look-up of [`crate::meet`] this also works in noise and with two free coefficients; it is quadratic, so that only the
//! first entries of the bank, the simplest ones, are one of the two.

use symfolio_fit::dot;

use crate::bank::Bank;
use crate::find::{Find, GAIN, Records, Shape};
use crate::goal::Goal;
use crate::target::Target;

/// Entries of the bank that are screened at once.
pub(crate) const BLOCK: usize = 256;

/// Two columns that are correlated beyond this square are one and the same for a sum of them.
const SAME: f32 = 0.9998;

/// What rounding in single precision may add to the share of a target that is left.
const ROUNDING: f32 = 4e-6;

/// Products are not screened where rounding is more than this share of the target's variance.
const MOST_ROUNDING: f64 = 0.1;

/// Work charged for one row of a product that is looked at in double precision.
const NOTED: u64 = 8;

/// The transforms that products are screened for, by their number among the targets; the others are met by look-up only.
const PRODUCT_TARGETS: usize = 2;

/// The simple entries, ready to be paired.
#[derive(Clone, Debug)]
pub(crate) struct Crowd {
    /// Numbers of the entries in the bank, ascending.
    members: Vec<u32>,
    /// Columns without mean and of length 1, shape `(members, n)`.
    units: Vec<f32>,
    /// What sums are screened for.
    goals: Vec<Goal>,
    /// Correlation with each goal, shape `(members, goals)`.
    correlations: Vec<f32>,
    /// The block that sums were screened with last: its number, its columns and their correlations with each goal.
    block: Option<(usize, Tile, Vec<[f32; BLOCK]>)>,
}

/// A block of the bank, row by row, so that one row of many entries is one loop.
#[derive(Clone, Debug)]
struct Tile {
    start: usize,
    len: usize,
    /// Shape `(n, BLOCK)`.
    rows: Vec<f32>,
}

impl Crowd {
    /// The first `count` entries of the bank that are no literals.
    pub fn new(bank: &Bank, goals: Vec<Goal>, count: usize) -> Crowd {
        let is_column = |at: &usize| bank.entry(*at).inverse_spread > 0.0;
        let members: Vec<u32> = (0..bank.len()).filter(is_column).take(count).map(|at| at as u32).collect();
        let (mut units, mut correlations) = (Vec::new(), Vec::new());
        for at in &members {
            let entry = bank.entry(*at as usize);
            let values = bank.values(*at as usize);
            units.extend(values.iter().map(|value| ((value - entry.mean) * entry.inverse_spread) as f32));
            correlations.extend(goals.iter().map(|goal| (dot(values, &goal.unit) * entry.inverse_spread) as f32));
        }
        Crowd { members, units, goals, correlations, block: None }
    }

    /// Number of members.
    pub fn len(&self) -> usize {
        self.members.len()
    }

    /// Screens the sums of the members of `range` with the entries of block `block`; returns the work.
    pub fn sums(
        &mut self,
        bank: &Bank,
        targets: &[Target],
        block: usize,
        range: std::ops::Range<usize>,
        records: &mut Records,
    ) -> u64 {
        let n = bank.n();
        let mut work = self.preparation(n, block, &range);
        let (_, tile, of_block) = match self.block.take() {
            Some(known) if known.0 == block => self.block.insert(known),
            _ => self.block.insert(of_block(bank, &self.goals, block)),
        };
        let block_cost = usize::from(bank.entry(tile.start).cost);
        let (mut shared, mut slack) = ([0.0f32; BLOCK], [0.0f32; BLOCK]);
        for member in range {
            let f = self.members[member] as usize;
            // Each pair is met once: with the member that comes first.
            if f + 1 >= tile.start + tile.len {
                continue;
            }
            tile.project(&self.units[member * n..(member + 1) * n], &mut shared);
            for (slack, shared) in slack.iter_mut().zip(&shared) {
                let square = shared * shared;
                *slack = if square < SAME { 1.0 - square } else { f32::INFINITY };
            }
            let cost = usize::from(bank.entry(f).cost) + block_cost + 1;
            let correlations = &self.correlations[member * self.goals.len()..];
            for ((goal, others), own) in self.goals.iter().zip(of_block.iter()).zip(correlations) {
                let most = records.threshold(goal.target, cost + goal.cost(bank)).min(goal.most);
                let (own_square, twice) = (own * own, 2.0 * own);
                // What a sum with this entry must explain: enough, and more than either of the two alone.
                let gain = |square: f32| 1.0 - GAIN as f32 * (1.0 - square) - ROUNDING;
                let least = (1.0 - (most as f32 + ROUNDING)).max(gain(own_square));
                let mut hit = false;
                for ((other, shared), slack) in others.iter().zip(&shared).zip(&slack) {
                    hit |= own_square + other * (other - twice * shared) > least * slack;
                }
                if !hit || most == 0.0 {
                    continue;
                }
                for lane in (0..tile.len).filter(|lane| tile.start + lane > f) {
                    let (other, shared) = (others[lane], shared[lane]);
                    let least = least.max(gain(other * other));
                    if own_square + other * (other - twice * shared) > least * slack[lane] {
                        work += goal.note(bank, &targets[goal.target], f, tile.start + lane, records);
                    }
                }
            }
            work += (BLOCK * (n + 4 * self.goals.len())) as u64 / 3;
        }
        work
    }

    /// The work of what the first members of a block find ready later. By position, not by what is at hand: a search that was resumed
    /// pays the same as one that was kept.
    fn preparation(&self, n: usize, block: usize, range: &std::ops::Range<usize>) -> u64 {
        let columns = match (block, range.start) {
            (0, 0) => BLOCK + self.members.len(),
            (_, 0) => BLOCK,
            _ => 0,
        };
        1 + ((n + 1) * columns * self.goals.len()) as u64
    }

    /// Screens the products `f (a g + b)` of the members of `range` with the entries of block `block`, in the target's own units;
    /// returns the work.
    pub fn products(
        &self,
        bank: &Bank,
        targets: &[Target],
        block: usize,
        range: std::ops::Range<usize>,
        records: &mut Records,
    ) -> u64 {
        let n = bank.n();
        // Of length 1, so that squares of them stay in the range of single precision.
        let size = |at: usize| 1.0 / dot(bank.values(at), bank.values(at)).sqrt().max(f64::MIN_POSITIVE);
        let tile = Tile::new(bank, block, |at| {
            let size = size(at);
            move |value| value * size
        });
        let squares = Tile { rows: tile.rows.iter().map(|value| value * value).collect(), ..tile };
        let mut sums = [[0.0f32; BLOCK]; 3];
        let mut columns = [vec![0.0f32; n], vec![0.0f32; n]];
        let block_cost = usize::from(bank.entry(tile.start).cost);
        let mut work = (n * BLOCK * 2) as u64;
        for member in range {
            let f = self.members[member] as usize;
            for (number, target) in targets.iter().enumerate().take(PRODUCT_TARGETS) {
                let (mut own, mut along, mut total, mut sum) = (0.0, 0.0, 0.0, 0.0);
                for (row, (value, slope)) in bank.values(f).iter().zip(&target.slopes).enumerate() {
                    // Residuals of the transformed target times the slope are those of the target.
                    let (x, y) = (value * slope, target.values[row] * slope);
                    own += x * x;
                    along += x * y;
                    total += y * y;
                    sum += y;
                }
                // Both of length 1: squares of what they are are in the range of double precision only.
                let (unit, norm) = (1.0 / total.sqrt(), 1.0 / own.sqrt());
                let spread = 1.0 - sum * sum * unit * unit / n as f64;
                let is_sized = unit.is_finite() && norm.is_finite() && unit > 0.0 && norm > 0.0;
                // Where the mean is all that counts, what is left is a matter of rounding.
                if !is_sized || spread.is_nan() || spread * MOST_ROUNDING < f64::from(ROUNDING) {
                    continue;
                }
                for (row, (value, slope)) in bank.values(f).iter().zip(&target.slopes).enumerate() {
                    let x = value * slope * norm;
                    columns[0][row] = (x * x) as f32;
                    columns[1][row] = (x * target.values[row] * slope * unit) as f32;
                }
                let (along, spread) = ((along * unit * norm) as f32, spread as f32);
                squares.project(&columns[0], &mut sums[0]);
                tile.project(&columns[0], &mut sums[1]);
                tile.project(&columns[1], &mut sums[2]);
                let cost = usize::from(bank.entry(f).cost) + block_cost + 1;
                let most = records.threshold(number, cost) as f32 * spread + ROUNDING;
                // Enough, and more than `x` alone; `x g` is nothing that is known otherwise.
                let least = (1.0 - most).max(1.0 - GAIN as f32 * (1.0 - along * along) - ROUNDING);
                let [squares_of, shared_of, others_of] = &sums;
                let lanes = squares_of.iter().zip(shared_of).zip(others_of).enumerate().take(tile.len);
                for (lane, ((square, shared), other)) in lanes {
                    let (square, shared, other) = (*square, *shared, *other);
                    // What two columns `x g` and `x` explain of y, times the determinant.
                    let determinant = square - shared * shared;
                    let product = other * (other - 2.0 * shared * along) + along * along * square;
                    if product > least * determinant && determinant > 1e-4 * square {
                        note_product(bank, target, number, f, tile.start + lane, records);
                        work += NOTED * n as u64;
                    }
                }
                work += (BLOCK * n) as u64;
            }
        }
        work
    }
}

impl Tile {
    /// The entries of a block; `column` says what is made of the values of an entry.
    fn new<F: Fn(f64) -> f64>(bank: &Bank, block: usize, column: impl Fn(usize) -> F) -> Tile {
        let start = block * BLOCK;
        let len = bank.len().saturating_sub(start).min(BLOCK);
        let mut rows = vec![0.0; bank.n() * BLOCK];
        for lane in 0..len {
            let at = start + lane;
            let value = column(at);
            for (row, x) in bank.values(at).iter().enumerate() {
                rows[row * BLOCK + lane] = value(*x) as f32;
            }
        }
        Tile { start, len, rows }
    }

    /// Leaves in `out` the scalar product of `column` with each entry.
    fn project(&self, column: &[f32], out: &mut [f32; BLOCK]) {
        out.fill(0.0);
        for (weight, row) in column.iter().zip(self.rows.chunks_exact(BLOCK)) {
            for (out, value) in out.iter_mut().zip(row) {
                *out += weight * value;
            }
        }
    }
}

/// The columns of a block without mean and of length 1, and their correlations with each goal.
fn of_block(bank: &Bank, goals: &[Goal], block: usize) -> (usize, Tile, Vec<[f32; BLOCK]>) {
    let tile = Tile::new(bank, block, |at| {
        let entry = *bank.entry(at);
        move |value| (value - entry.mean) * entry.inverse_spread
    });
    let correlations = |goal: &Goal| {
        let mut values = [0.0; BLOCK];
        for (lane, at) in (tile.start..tile.start + tile.len).enumerate() {
            values[lane] = (dot(bank.values(at), &goal.unit) * bank.entry(at).inverse_spread) as f32;
        }
        values
    };
    let correlations = goals.iter().map(correlations).collect();
    (block, tile, correlations)
}

/// Computes what a product leaves in double precision and notes it.
fn note_product(bank: &Bank, target: &Target, number: usize, f: usize, g: usize, records: &mut Records) {
    let rows = target.values.len() as f64;
    let mut sums = [0.0; 7];
    for (row, (f, g)) in bank.values(f).iter().zip(bank.values(g)).enumerate() {
        let (x, y) = (f * target.slopes[row], target.values[row] * target.slopes[row]);
        let xg = x * g;
        for (sum, term) in sums.iter_mut().zip([xg * xg, xg * x, x * x, xg * y, x * y, y * y, y]) {
            *sum += term;
        }
    }
    let [a, b, c, d, e, total, sum] = sums;
    let explained = (d * (d * c - 2.0 * b * e) + e * e * a) / (a * c - b * b);
    if total - explained > GAIN * (total - e * e / c) {
        return;
    }
    let left = (total - explained) / (total - sum * sum / rows);
    let cost = bank.entry(f).cost + bank.entry(g).cost + 1;
    records.note(Find { left, target: number as u16, cost, shape: Shape::Product(f as u32, g as u32) });
}

#[cfg(test)]
mod tests {
    use symfolio_fit::Loss;

    use super::*;
    use crate::assemble::Assembler;
    use crate::testing::{Law, grown, problem};

    /// The formulas found, with their share of variance.
    fn screened(law: Law, kind: Kind) -> Vec<(String, f64)> {
        let problem = problem(law);
        let (probes, targets, growth) = grown(&problem, 1_500);
        let bank = &growth.bank;
        let goals = if kind == Kind::Scaled { Goal::scaled(bank, &targets) } else { Goal::plain(&targets) };
        let mut crowd = Crowd::new(bank, goals, 300);
        let mut records = Records::new(targets.len());
        for block in 0..bank.len().div_ceil(BLOCK) {
            if kind == Kind::Products {
                crowd.products(bank, &targets, block, 0..crowd.len(), &mut records);
            } else {
                crowd.sums(bank, &targets, block, 0..crowd.len(), &mut records);
            }
        }
        records.cut();
        let assembler = Assembler {
            bank,
            proof: &probes.proof,
            operators: &growth.vocabulary().operators,
            loss: Loss::SquaredError,
        };
        let formulas =
            records.waiting.iter().flat_map(|find| assembler.formulas(find, &targets[usize::from(find.target)]));
        formulas.map(|(expr, loss)| (expr.to_prefix(), loss / probes.proof.variance())).collect()
    }

    #[derive(Clone, Copy, PartialEq)]
    enum Kind {
        Sums,
        Products,
        Scaled,
    }

    /// A disturbance that no expression of the bank follows.
    fn noise(x: &[f64]) -> f64 {
        1e-3 * (977.0 * x[0] + 1531.0 * x[1] + 499.0 * x[2]).sin()
    }

    #[test]
    fn sums_and_products_are_found_in_noise() {
        let laws: [(Kind, Law); 6] = [
            (Kind::Sums, |x| 1.3 * x[0] * x[1] - 0.8 * x[2].sqrt() + 2.0 + noise(x)),
            (Kind::Sums, |x| 1.0 / (1.3 * x[0] * x[1] + 0.8 * x[2].exp()) + 0.01 * noise(x)),
            (Kind::Products, |x| x[0] * x[1] * (3.0 - 0.8 * x[2].sqrt()) + noise(x)),
            (Kind::Products, |x| 1.0 / (x[0] * (x[1] + x[2]).exp()) * (1.0 + 1e-3 * noise(x))),
            (Kind::Scaled, |x| (1.3 * x[0] * x[1] - 0.8 * x[2].sqrt() + 2.0) / (x[0] + x[2]) + noise(x)),
            (Kind::Scaled, |x| (x[0] + x[1]) / (1.3 * x[0] * x[1] + 0.8 * x[2].sqrt()) + 0.01 * noise(x)),
        ];
        for (at, (kind, law)) in laws.into_iter().enumerate() {
            let found = screened(law, kind);
            let best = found.iter().map(|(_, left)| *left).fold(f64::INFINITY, f64::min);
            assert!(best < 2e-5, "law {at}: {best} {found:?}");
        }
    }
    #[test]
    fn products_are_found_in_any_unit() {
        let laws: [Law; 4] = [
            |x| 1e8 * x[0] * x[1] * (3.0 - 0.8 * x[2].sqrt()),
            |x| 1e-8 * x[0] * x[1] * (3.0 - 0.8 * x[2].sqrt()),
            |x| 1e7 / (x[0] * x[1] * (3.0 - 0.8 * x[2].sqrt())),
            |x| 1e-7 / (x[0] * x[1] * (3.0 - 0.8 * x[2].sqrt())),
        ];
        for (at, law) in laws.into_iter().enumerate() {
            let found = screened(law, Kind::Products);
            let best = found.iter().map(|(_, left)| *left).fold(f64::INFINITY, f64::min);
            assert!(best < 1e-12, "law {at}: {best} {found:?}");
        }
    }

    /// In noise any second part takes a little of what the law leaves.
    #[test]
    fn pairs_of_a_law_and_anything_are_not_noted() {
        let problem = problem(|x| x[0] * x[1] + 30.0 * noise(x));
        let (_, targets, growth) = grown(&problem, 1_500);
        let bank = &growth.bank;
        let left = (0..bank.len()).map(|at| targets[0].left_by(bank.values(at), bank.entry(at).inverse_spread));
        let alone = left.fold(1.0, f64::min);
        assert!(alone < 1e-2);
        for kind in [Kind::Sums, Kind::Products] {
            let mut crowd = Crowd::new(bank, Goal::plain(&targets[..1]), 100);
            let mut records = Records::new(1);
            records.prove(0, 1, alone);
            for block in 0..bank.len().div_ceil(BLOCK) {
                match kind {
                    Kind::Products => crowd.products(bank, &targets[..1], block, 0..crowd.len(), &mut records),
                    _ => crowd.sums(bank, &targets[..1], block, 0..crowd.len(), &mut records),
                };
            }
            assert!(records.waiting.len() < 30, "{}", records.waiting.len());
        }
    }
}
