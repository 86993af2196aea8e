//! Meeting in the middle: for each entry `f`, what the other part of the target must be is computed and looked up.

use std::ops::Range;

use crate::bank::Bank;
use crate::find::{Find, Records, Shape};
use crate::fingerprint::Moments;
use crate::target::Target;

/// Work charged for one value of one wanted column.
const WORK_PER_VALUE: u64 = 6;

/// Looks up what each `f` of a range lacks: `T / f`, `T f`, `T - f` and `T + f`, up to scale and offset. A hit is exact to nine
/// digits, so that this finds nothing in noise. Returns the work.
pub(crate) fn meet(bank: &Bank, targets: &[Target], range: Range<usize>, records: &mut Records) -> u64 {
    let mut wanted = vec![0.0; bank.n()];
    let mut work = 1;
    for f in range {
        let entry = bank.entry(f);
        if entry.inverse_spread == 0.0 {
            continue;
        }
        for (number, target) in targets.iter().enumerate() {
            for way in 0..4 {
                let pairs = wanted.iter_mut().zip(&target.values).zip(bank.values(f));
                match way {
                    0 => pairs.for_each(|((wanted, u), f)| *wanted = u / f),
                    1 => pairs.for_each(|((wanted, u), f)| *wanted = u * f),
                    2 => pairs.for_each(|((wanted, u), f)| *wanted = u - f),
                    _ => pairs.for_each(|((wanted, u), f)| *wanted = u + f),
                }
                let Some(moments) = bank.fingerprinter().moments(&wanted) else { continue };
                let Some(g) = bank.find(&moments).filter(|g| is_line(bank, *g, &wanted, &moments)) else { continue };
                let (first, second) = (f as u32, g as u32);
                let shape = match way {
                    0 => Shape::Product(first, second),
                    1 => Shape::Quotient(first, second),
                    // What takes nothing away leaves the target itself, which was met before.
                    _ if f == g => continue,
                    _ => Shape::Sum(first, second),
                };
                let cost = entry.cost + bank.entry(g).cost + 1;
                records.note(Find { left: 0.0, target: number as u16, cost, shape });
            }
        }
        work += (targets.len() * 4 * bank.n()) as u64 * WORK_PER_VALUE;
    }
    work
}

/// Is `wanted` really `a g + b`, row by row? Columns that one huge value dominates look alike as a whole.
fn is_line(bank: &Bank, g: usize, wanted: &[f64], moments: &Moments) -> bool {
    let entry = bank.entry(g);
    let (mut along, mut largest) = (0.0, 0.0f64);
    for (wanted, g) in wanted.iter().zip(bank.values(g)) {
        along += (wanted - moments.mean) * (g - entry.mean);
        largest = largest.max(wanted.abs());
    }
    let slope = along * entry.inverse_spread * entry.inverse_spread;
    wanted.iter().zip(bank.values(g)).all(|(wanted, g)| {
        let error = (wanted - moments.mean) - slope * (g - entry.mean);
        error.abs() <= 1e-6 * wanted.abs() + 1e-13 * largest
    })
}

#[cfg(test)]
mod tests {
    use symfolio_fit::Loss;

    use super::*;
    use crate::assemble::Assembler;
    use crate::testing::{Law, grown, problem};

    /// The least loss, in variances, of what is met for a law that the bank itself does not have.
    fn met(law: Law) -> f64 {
        let (probes, targets, growth) = grown(&problem(law), 2_000);
        let bank = &growth.bank;
        let mut records = Records::new(targets.len());
        for at in 0..bank.len() {
            let left = targets.iter().map(|target| target.left_by(bank.values(at), bank.entry(at).inverse_spread));
            assert!(left.fold(1.0, f64::min) > 1e-12, "the bank has the law itself");
        }
        meet(bank, &targets, 0..bank.len(), &mut records);
        let assembler = Assembler {
            bank,
            proof: &probes.proof,
            operators: &growth.vocabulary().operators,
            loss: Loss::SquaredError,
        };
        let formulas =
            records.waiting.iter().flat_map(|find| assembler.formulas(find, &targets[usize::from(find.target)]));
        formulas.map(|(_, loss)| loss / probes.proof.variance()).fold(f64::INFINITY, f64::min)
    }

    #[test]
    fn laws_of_two_known_parts_are_met() {
        let laws: [(&str, Law); 5] = [
            ("product", |x| 3.0 * (x[0] + x[1]).sqrt() * (x[2] * x[0]).exp()),
            ("product with an offset", |x| x[0] * x[1] * (2.0 - 0.7 * (x[2] * x[1]).cos())),
            ("quotient", |x| (1.0 + 0.3 * (x[0] * x[1]).sin()) / (x[2] + x[0])),
            ("sum", |x| (x[0] * x[1]).exp() - 2.5 * (x[2] / x[1]).sqrt() + 4.0),
            ("root of a sum", |x| ((x[0] * x[1]).exp() + 0.3 * (x[2] + x[1]).sqrt()).sqrt()),
        ];
        for (name, law) in laws {
            let left = met(law);
            assert!(left < 1e-24, "{name}: {left}");
        }
    }
}
