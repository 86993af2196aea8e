//! Does the target depend on two features through one combination only?

use symfolio_core::{Combination, Symmetry, Table};

use crate::landmarks::{r2, standardised};

/// Rows and features, the most relevant ones, that are looked at.
const MAX_ROWS: usize = 400;
const FEATURES: usize = 4;
/// Other features that take part in the distances.
const OTHERS: usize = 6;
const NEAREST: usize = 4;
/// Fewest rows that say anything.
const MIN_ROWS: usize = 60;
/// Neighbours have to explain so much more, as a share of what they left unexplained.
const GAIN: f64 = 0.3;
/// Differences in the target between neighbours that are far apart in a feature may be so many times those of near ones.
const INDIFFERENT: f64 = 3.0;
const COMBINATIONS: [Combination; 4] =
    [Combination::Difference, Combination::Sum, Combination::Ratio, Combination::Product];

/// Pairs of features that the target seems to depend on through their difference, sum, ratio or product only, the clearest first: with
/// the combination in place of the two, in one dimension less, the nearest neighbours tell much more of the target. The symmetries
/// are those of AI Feynman (Udrescu and Tegmark 2020, section II.E); a pair has at most one.
pub(crate) fn measure(table: &Table, target: &[f64], by_relevance: &[usize]) -> Vec<Symmetry> {
    let n = target.len().min(MAX_ROWS);
    if n < MIN_ROWS || by_relevance.len() < 2 {
        return Vec::new();
    }
    let target = &target[..n];
    let column = |index: usize| &table.feature(index)[..n];
    let used = &by_relevance[..by_relevance.len().min(OTHERS)];
    let scaled: Vec<Vec<f64>> = used.iter().map(|index| standardised(column(*index))).collect();
    let all: Vec<&[f64]> = scaled.iter().map(Vec::as_slice).collect();
    let mut found = Vec::new();
    for i in 0..used.len().min(FEATURES) {
        for j in i + 1..used.len().min(FEATURES) {
            let (a, b) = (used[i].min(used[j]), used[i].max(used[j]));
            let others: Vec<&[f64]> = (0..all.len()).filter(|k| *k != i && *k != j).map(|k| all[k]).collect();
            let with = |more: &[&[f64]]| near(&[&others, more].concat(), target);
            // To leave out what does not matter is no merit of a combination.
            let before = [with(&[all[i], all[j]]), with(&[all[i]]), with(&[all[j]]), with(&[])];
            let before = before.iter().map(|near| near.r2).fold(-1.0, f64::max);
            let gains = COMBINATIONS.iter().filter_map(|combination| {
                let combined = standardised(&combined(*combination, column(a), column(b))?);
                let near = with(&[&combined]);
                let gain = (near.r2 - before) / (1.0 - before).max(1e-9);
                let symmetry = Symmetry { features: (a, b), combination: *combination, gain };
                (gain > GAIN && indifferent(&near, &scaled[i], target)).then_some(symmetry)
            });
            found.extend(gains.max_by(|one, other| one.gain.total_cmp(&other.gain)));
        }
    }
    found.sort_by(|one, other| other.gain.total_cmp(&one.gain).then(one.features.cmp(&other.features)));
    found
}

/// The combination of two columns; `None` where a division is by zero or a number too large.
fn combined(combination: Combination, a: &[f64], b: &[f64]) -> Option<Vec<f64>> {
    let combine = |(a, b): (&f64, &f64)| match combination {
        Combination::Difference => a - b,
        Combination::Sum => a + b,
        Combination::Ratio => a / b,
        Combination::Product => a * b,
    };
    let values: Vec<f64> = a.iter().zip(b).map(combine).collect();
    values.iter().all(|value| value.is_finite()).then_some(values)
}

/// What the nearest neighbours tell of the target.
struct Near {
    /// R2 of their mean, the row itself left out.
    r2: f64,
    /// The nearest one of each row.
    nearest: Vec<usize>,
}

/// Do neighbours by the combination differ in the target no more where they differ much in the feature than where they differ little? If the
/// target depends on the combination only, the feature itself makes no difference.
fn indifferent(near: &Near, feature: &[f64], target: &[f64]) -> bool {
    let mut pairs: Vec<(f64, f64)> = (near.nearest.iter().enumerate())
        .map(|(row, other)| ((feature[row] - feature[*other]).abs(), (target[row] - target[*other]).powi(2)))
        .collect();
    pairs.sort_by(|one, other| one.0.total_cmp(&other.0));
    let (close, far) = pairs.split_at(pairs.len() / 2);
    let sum = |pairs: &[(f64, f64)]| pairs.iter().map(|(_, square)| square).sum::<f64>();
    sum(far) <= INDIFFERENT * sum(close)
}

/// Looks for the nearest neighbours in the space of `columns`.
fn near(columns: &[&[f64]], target: &[f64]) -> Near {
    let n = target.len();
    let mean = target.iter().sum::<f64>() / n as f64;
    let (mut left, mut spread) = (0.0, 0.0);
    let mut closest = Vec::with_capacity(n);
    for row in 0..n {
        let mut nearest = [(f64::INFINITY, 0usize); NEAREST];
        for other in (0..n).filter(|other| *other != row) {
            let distance: f64 = columns.iter().map(|column| (column[row] - column[other]).powi(2)).sum();
            if distance < nearest[NEAREST - 1].0 {
                let at = nearest.partition_point(|(known, _)| *known <= distance);
                nearest[at..].rotate_right(1);
                nearest[at] = (distance, other);
            }
        }
        closest.push(nearest[0].1);
        let value = nearest.iter().map(|(_, other)| target[*other]).sum::<f64>() / NEAREST as f64;
        left += (target[row] - value).powi(2);
        spread += (target[row] - mean).powi(2);
    }
    Near { r2: r2(left, spread), nearest: closest }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::table;

    fn check(law: fn(&[f64]) -> f64, expect: Option<(usize, usize, Combination)>) {
        let table = table(500, 3, law);
        let found = measure(&table, &standardised(&table.target), &[0, 1, 2]);
        let first = found.first().map(|symmetry| (symmetry.features.0, symmetry.features.1, symmetry.combination));
        assert_eq!(first, expect, "{found:?}");
    }

    #[test]
    fn combinations_are_recognised() {
        check(|x| (3.0 * (x[0] - x[1])).sin() * x[2], Some((0, 1, Combination::Difference)));
        check(|x| (3.0 * (x[0] + x[2])).sin() + x[1], Some((0, 2, Combination::Sum)));
        check(|x| (5.0 * x[1] / x[2]).sin() + x[0], Some((1, 2, Combination::Ratio)));
        check(|x| (3.0 * x[0] * x[1]).cos() * x[2], Some((0, 1, Combination::Product)));
        check(|x| (4.0 * x[0]).sin() + (3.0 * x[1]).cos() + x[2], None);
        check(|x| x[0] * (3.0 * x[1] - 4.5).sin(), None);
        // Features that do not matter have no combination.
        check(|x| (3.0 * x[1]).sin(), None);
    }
}
