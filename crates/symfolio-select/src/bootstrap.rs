//! How often resampled rows lead to the same choice.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use symfolio_core::Table;
use symfolio_expr::{Key, Program};
use symfolio_fit::Cholesky;

use crate::choose::Chooser;
use crate::likelihood::Likelihood;
use crate::member::{Member, residuals};
use crate::rows::{Bench, Rows};

/// Resamples at most.
const REPLICATES: usize = 100;
/// Resamples at least, where there is time.
const LEAST: usize = 20;
/// Rows of formulas that are read in all resamples together.
const MOST_READ: usize = 12_000_000;
/// Members that take part: the chosen one, and those of best evidence.
const RIVALS: usize = 12;
/// A fit of a resample may gain at most so many nats a constant: more comes of derivatives that hold nearby only.
const MOST_GAIN: f64 = 4.0;

/// Share of resamples in which a formula of the same structure is chosen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Repeats {
    pub share: f64,
    pub replicates: usize,
}

/// Draws rows with replacement, and chooses among the most promising members by what each of them makes of the drawn rows; a step of
/// Gauss and Newton tells what each gains by constants fitted to these (Efron 1979; the choice itself is resampled, as in Breiman,
/// *The little bootstrap*, 1992). `None` where there was no time for a single one.
pub(crate) fn bootstrap(
    bench: &mut Bench<'_>,
    rows: &Rows,
    chooser: &Chooser<'_>,
    members: &[Member],
    chosen: usize,
    stop: &dyn Fn(u64) -> bool,
) -> Option<Repeats> {
    let form = members.get(chosen)?.form();
    let mut ranked: Vec<usize> = (0..members.len()).collect();
    ranked.sort_by(|a, b| chooser.evidence(&members[*a]).total_cmp(&chooser.evidence(&members[*b])));
    ranked.sort_by_key(|index| !(*index == chosen || members[*index].is_constant));
    ranked.truncate(RIVALS);
    let rivals: Vec<&Member> = ranked.iter().map(|index| &members[*index]).collect();
    let forms: Vec<Key> = rivals.iter().map(|rival| rival.form()).collect();
    let slopes: Vec<Option<Slopes>> = rivals.iter().map(|rival| Slopes::of(bench, rows, chooser, rival)).collect();
    let n = rows.train.n_rows();
    let held = rivals.iter().find_map(|rival| rival.held_out.as_ref()).map_or(0, |held_out| held_out.nats.len());
    let wanted = (MOST_READ / (n + held).max(1) / rivals.len().max(1)).clamp(LEAST, REPLICATES);
    let mut rng = ChaCha8Rng::seed_from_u64(bench.rng.random());
    let mut resampled: Vec<Member> = rivals.iter().map(|rival| (*rival).clone()).collect();
    let (mut same, mut done) = (0, 0);
    while done < wanted && !stop(bench.work) {
        let draw = |rng: &mut ChaCha8Rng, count: usize| -> Vec<usize> {
            (0..count).map(|_| rng.random_range(0..count)).collect()
        };
        let train = draw(&mut rng, n);
        // By cross-validation, the rows held out are the training rows.
        let unseen = if rows.validation.is_some() { draw(&mut rng, held) } else { train.clone() };
        for ((rival, copy), slopes) in rivals.iter().zip(&mut resampled).zip(&slopes) {
            let gain = slopes.as_ref().map_or(0.0, |slopes| slopes.gain(&train)) / n as f64;
            copy.nats.clear();
            copy.nats.extend(train.iter().map(|row| rival.nats[*row] - gain));
            if let (Some(copied), Some(held_out)) = (&mut copy.held_out, &rival.held_out) {
                copied.nats.clear();
                copied.nats.extend(unseen.iter().map(|row| held_out.nats[*row]));
            }
        }
        bench.work += ((n + held) * rivals.len() * 4) as u64;
        same += usize::from(forms[chooser.choose(&resampled)] == form);
        done += 1;
    }
    (done > 0).then(|| Repeats { share: same as f64 / done as f64, replicates: done })
}

/// Derivatives of the nats of each training row by the constants.
struct Slopes {
    k: usize,
    /// Row by row, `k` derivatives of the scaled residual over its scale.
    jacobian: Vec<f64>,
    /// Row by row: the scaled residual over its scale, and the weight that Student's distribution gives it.
    rows: Vec<(f64, f64)>,
}

impl Slopes {
    /// `None` where the formula has no constants, or where there are no derivatives.
    fn of(bench: &mut Bench<'_>, rows: &Rows, chooser: &Chooser<'_>, member: &Member) -> Option<Slopes> {
        let (expr, table) = (&member.likeliest, &rows.train);
        let k = expr.params().len();
        let Likelihood::Student { sigma } = member.likelihood else { return None };
        if k == 0 || sigma <= chooser.scale.least_residual() {
            return None;
        }
        let divisors = chooser.scale.divisors.as_deref();
        let values = bench.values(expr, table);
        let weigh = |residual: f64| (residual / sigma, member.likelihood.weight(residual));
        let rows: Vec<(f64, f64)> = residuals(table, &values, divisors).into_iter().map(weigh).collect();
        let jacobian = jacobian(bench, member, table, divisors, sigma);
        let finite = jacobian.iter().all(|slope| slope.is_finite());
        finite.then_some(Slopes { k, jacobian, rows })
    }

    /// Nats that constants fitted to the rows `drawn` gain on them, to second order.
    fn gain(&self, drawn: &[usize]) -> f64 {
        let k = self.k;
        let (mut matrix, mut gradient) = (vec![0.0; k * k], vec![0.0; k]);
        for row in drawn {
            let (residual, weight) = self.rows[*row];
            let slopes = &self.jacobian[row * k..(row + 1) * k];
            for i in 0..k {
                gradient[i] += weight * slopes[i] * residual;
                for j in 0..=i {
                    matrix[i * k + j] += weight * slopes[i] * slopes[j];
                }
            }
        }
        let mut cholesky = Cholesky::default();
        cholesky.factorise(&matrix, k);
        let mut step = gradient.clone();
        cholesky.solve(&mut step);
        let gain = 0.5 * step.iter().zip(&gradient).map(|(step, slope)| step * slope).sum::<f64>();
        if gain.is_finite() { gain.clamp(0.0, MOST_GAIN * k as f64) } else { 0.0 }
    }
}

fn jacobian(bench: &mut Bench<'_>, member: &Member, table: &Table, divisors: Option<&[f64]>, sigma: f64) -> Vec<f64> {
    let expr = &member.likeliest;
    let k = expr.params().len();
    let program = Program::new(expr);
    let mut jacobian = vec![0.0; k * table.n_rows()];
    program.jacobian_blocks(expr.params(), &table.columns(), &mut bench.workspace.scratch, |block| {
        for (index, column) in block.jacobian.iter().enumerate() {
            for (i, derivative) in column[..block.values.len()].iter().enumerate() {
                let row = block.start + i;
                jacobian[row * k + index] = derivative / (sigma * divisors.map_or(1.0, |divisors| divisors[row]));
            }
        }
        true
    });
    bench.work += 3 * program.work_per_row() * table.n_rows() as u64;
    jacobian
}
