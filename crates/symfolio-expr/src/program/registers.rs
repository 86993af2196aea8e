//! [`Registers`]: one operator at a time, on up to [`BLOCK`] rows, for searches that change one step of a long computation and keep the rest.

use super::block::{Arg, Block};
use super::forward::apply_to;
use super::kernel::{Kernel, for_each_kernel};
use super::{BLOCK, Real};
use crate::Op;

/// Numbered columns of up to [`BLOCK`] values, which operators take their arguments from and leave their results in.
///
/// What a [`super::Program`] computes in one go is done here step by step: a search that changes one step computes only the steps behind it
/// anew. The kernels are the same, and so are the bits.
#[derive(Clone, Debug)]
pub struct Registers<R = f64> {
    blocks: Vec<Box<Block<R>>>,
    spare: Box<Block<R>>,
    here: Here,
}

/// The kernel of this processor: made by [`Registers::new`] only.
#[derive(Clone, Copy, Debug)]
pub(super) struct Here(Kernel);

impl Here {
    fn kernel(self) -> Kernel {
        self.0
    }
}

/// Three sums over the rows of a register: weights times values, times their squares, and target times values.
pub type Moments<R = f64> = [R; 3];

/// Lanes that sums are taken in; they are added up at the end, so that the order does not depend on the machine.
const LANES: usize = 16;

impl<R: Real> Registers<R> {
    /// `n` registers full of zeros.
    pub fn new(n: usize) -> Registers<R> {
        Registers {
            blocks: (0..n).map(|_| Block::boxed()).collect(),
            spare: Block::boxed(),
            here: Here(Kernel::here()),
        }
    }

    /// The values of register `at`.
    ///
    /// # Panics
    /// Where there is no such register; so do all others.
    pub fn values(&self, at: usize) -> &[R; BLOCK] {
        &self.blocks[at]
    }

    /// Copies `values` to register `at`; rows behind them take the last one. Does nothing without values.
    ///
    /// # Panics
    /// For more than [`BLOCK`] values.
    pub fn set(&mut self, at: usize, values: &[R]) {
        let Some(last) = values.last() else { return };
        let block = &mut self.blocks[at];
        block[..values.len()].copy_from_slice(values);
        block[values.len()..].fill(*last);
    }

    /// Fills register `at` with one value.
    pub fn fill(&mut self, at: usize, value: R) {
        self.blocks[at].fill(value);
    }

    /// Exchanges two registers.
    pub fn swap(&mut self, a: usize, b: usize) {
        self.blocks.swap(a, b);
    }

    /// Leaves in the first `rows` values of register `to` what `op` makes of registers `args`, of which it takes as many as its arity; what
    /// stands in the rows behind them means nothing then. `rows` is rounded up to a multiple of 32; more than [`BLOCK`] count as so many, here as
    /// in all sums.
    pub fn apply(&mut self, op: Op, args: [usize; 3], to: usize, rows: usize) {
        let n = rows.next_multiple_of(32).min(BLOCK);
        let [a, b, c] = args.map(|at| Arg::Slice(&self.blocks[at][..n]));
        step(self.here, op, [a, b, c], &mut self.spare[..n]);
        std::mem::swap(&mut self.blocks[to], &mut self.spare);
    }

    /// The sums over the first `rows` rows of register `at`; `weights` and `target` have at least `rows` values, which are 0 from there to the
    /// next multiple of 32.
    pub fn moments(&self, at: usize, weights: &[R; BLOCK], target: &[R; BLOCK], rows: usize) -> Moments<R> {
        let n = rows.next_multiple_of(32).min(BLOCK);
        let mut sums = [R::default(); 3];
        sum(self.here, &self.blocks[at][..n], &weights[..n], &target[..n], &mut sums);
        sums
    }

    /// The sum of the weighted products of registers `a` and `b` over the first `rows` rows; `weights` as for [`Registers::moments`].
    pub fn product(&self, a: usize, b: usize, weights: &[R; BLOCK], rows: usize) -> R {
        let n = rows.next_multiple_of(32).min(BLOCK);
        let mut total = R::default();
        multiply(self.here, &self.blocks[a][..n], &self.blocks[b][..n], &weights[..n], &mut total);
        total
    }
}

for_each_kernel! {
    fn step = step_plain by here, (here: Here, op: Op, args: [Arg<'_, R>; 3], out: &mut [R])
}

#[inline(always)]
fn step_plain<R: Real>(here: Here, op: Op, args: [Arg<'_, R>; 3], out: &mut [R]) {
    apply_to(here.kernel(), op, args, out);
}

for_each_kernel! {
    fn sum = sum_plain by here, (here: Here, values: &[R], weights: &[R], target: &[R], sums: &mut Moments<R>)
}

#[inline(always)]
fn sum_plain<R: Real>(_: Here, values: &[R], weights: &[R], target: &[R], sums: &mut Moments<R>) {
    let mut lanes = [[R::default(); LANES]; 3];
    let rows = values.chunks_exact(LANES).zip(weights.chunks_exact(LANES)).zip(target.chunks_exact(LANES));
    for ((values, weights), target) in rows {
        for lane in 0..LANES {
            let weighted = weights[lane] * values[lane];
            lanes[0][lane] += weighted;
            lanes[1][lane] += weighted * values[lane];
            lanes[2][lane] += target[lane] * values[lane];
        }
    }
    for (sum, lanes) in sums.iter_mut().zip(lanes) {
        *sum = lanes.into_iter().fold(R::default(), |sum, lane| sum + lane);
    }
}

for_each_kernel! {
    fn multiply = multiply_plain by here, (here: Here, a: &[R], b: &[R], weights: &[R], total: &mut R)
}

#[inline(always)]
fn multiply_plain<R: Real>(_: Here, a: &[R], b: &[R], weights: &[R], total: &mut R) {
    let mut lanes = [R::default(); LANES];
    for ((a, b), weights) in a.chunks_exact(LANES).zip(b.chunks_exact(LANES)).zip(weights.chunks_exact(LANES)) {
        for lane in 0..LANES {
            lanes[lane] += weights[lane] * a[lane] * b[lane];
        }
    }
    *total = lanes.into_iter().fold(R::default(), |sum, lane| sum + lane);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Columns, OPERATORS, Program, Scratch, parse};

    #[test]
    fn steps_give_the_bits_of_a_program() {
        let columns: Vec<Vec<f64>> = (1..4u32)
            .map(|column| (0..BLOCK as u32).map(|row| f64::from((row * 37 + column * 11) % 101) / 17.0 - 1.5).collect())
            .collect();
        for rows in [40, BLOCK] {
            let of = Columns::new(columns.iter().map(|column| &column[..rows]));
            let mut registers = Registers::new(5);
            columns.iter().enumerate().for_each(|(at, column)| registers.set(at, &column[..rows]));
            for info in OPERATORS {
                let arguments = ["a", "b", "c"][..usize::from(info.arity)].join(", ");
                let names = ["a", "b", "c"].map(String::from);
                let expr = parse(&format!("{}({arguments})", info.name), &names).unwrap();
                let mut expected = vec![0.0; rows];
                Program::new(&expr).values(&[], &of, &mut Scratch::default(), &mut expected);
                registers.apply(info.op, [0, 1, 2], 4, rows);
                let bits = |values: &[f64]| values.iter().map(|value| value.to_bits()).collect::<Vec<_>>();
                assert_eq!(bits(&registers.values(4)[..rows]), bits(&expected), "{}", info.name);
            }
        }
    }

    #[test]
    fn moments_are_sums_over_the_rows_there_are() {
        let mut registers = Registers::new(2);
        let (mut weights, mut target) = ([0.0; BLOCK], [0.0; BLOCK]);
        registers.set(0, &(0..50).map(f64::from).collect::<Vec<_>>());
        weights[..50].fill(2.0);
        (0..50).for_each(|row| target[row] = 3.0 * row as f64);
        assert_eq!(registers.moments(0, &weights, &target, 50), [2450.0, 80850.0, 121_275.0]);
        // Rows that were not counted do not count.
        assert_eq!(registers.moments(0, &weights, &target, 32)[0], 992.0);
        registers.fill(1, 3.0);
        assert_eq!(registers.product(0, 1, &weights, 50), 7350.0);
        assert_eq!(registers.product(0, 0, &weights, 32), registers.moments(0, &weights, &target, 32)[1]);
    }
}
