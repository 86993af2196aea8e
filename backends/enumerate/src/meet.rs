//! Meeting in the middle: for each entry `f`, what the other part of the target must be is computed and looked up.

use std::ops::Range;

use crate::bank::Bank;
use crate::find::{Find, Records, Shape};
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
                let Some(g) = bank.fingerprinter().moments(&wanted).and_then(|moments| bank.find(&moments)) else {
                    continue;
                };
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
