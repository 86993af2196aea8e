//! What is determined where constants cannot be told apart: the product, the sum, the ratio.

use symfolio_expr::{Program, Scratch, math};

use crate::data::FitData;

/// Constants in a redundant group for which coordinates are tried; there are two to the power of this many choices.
const MOST: usize = 4;
/// By how much constants are moved to check that nothing changes, as shares of their size.
const MOVES: [f64; 2] = [0.07, -0.11];
/// Changes of this share of the largest value are rounding.
const UNCHANGED: f64 = 1e-8;
/// Rows that are looked at.
const ROWS: usize = 200;

/// How a constant enters what is determined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Coordinate {
    /// Through its logarithm: as a factor.
    Log,
    /// As a summand.
    Plain,
}

/// The combination of the constants `group` that the data determine, as text such as `c0*c1`, `c0 + c1` or `c0*exp(c1)`; `None`
/// where there is no single one, or none that is simple.
///
/// `null` are the directions without effect, in units of the constants, each of length `params.len()`. With one
/// direction fewer than constants a single combination is left. Whether it is a product, a sum or a mixture shows only
/// away from the present values: each is tried by moving the constants along it and comparing predictions.
pub(crate) fn determined(
    program: &Program,
    params: &[f64],
    data: &FitData<'_>,
    group: &[usize],
    null: &[Vec<f64>],
) -> Option<String> {
    let m = group.len();
    let taking_part: Vec<&Vec<f64>> = null.iter().filter(|d| group.iter().any(|index| d[*index] != 0.0)).collect();
    if !(2..=MOST).contains(&m) || taking_part.len() + 1 != m {
        return None;
    }
    let before = predictions(program, params, data)?;
    let largest = before.iter().fold(0.0f64, |most, value| most.max(value.abs()));
    for choice in 0u32..1 << m {
        let coordinates: Vec<Coordinate> =
            (0..m).map(|at| if choice & (1 << at) == 0 { Coordinate::Log } else { Coordinate::Plain }).collect();
        if group.iter().zip(&coordinates).any(|(index, c)| *c == Coordinate::Log && params[*index] == 0.0) {
            continue;
        }
        // Directions in these coordinates, and the one combination of coordinates that none of them changes.
        let local: Vec<Vec<f64>> = taking_part
            .iter()
            .map(|direction| {
                let step = |(index, c): (&usize, &Coordinate)| match c {
                    Coordinate::Log => direction[*index] / params[*index],
                    Coordinate::Plain => direction[*index],
                };
                group.iter().zip(&coordinates).map(step).collect()
            })
            .collect();
        let Some(weights) = orthogonal(&local, m).and_then(|weights| simple(&weights)) else { continue };
        let unchanged = MOVES.iter().all(|share| {
            moves(&weights, &coordinates, *share).iter().all(|step| {
                let mut moved = params.to_vec();
                for ((index, c), step) in group.iter().zip(&coordinates).zip(step) {
                    moved[*index] = match c {
                        Coordinate::Log => moved[*index] * math::exp(*step),
                        Coordinate::Plain => moved[*index] + step,
                    };
                }
                predictions(program, &moved, data).is_some_and(|after| {
                    before.iter().zip(&after).all(|(a, b)| (a - b).abs() <= UNCHANGED * largest.max(f64::MIN_POSITIVE))
                })
            })
        });
        if unchanged {
            return Some(text(group, &coordinates, &weights));
        }
    }
    None
}

/// Values on some of the rows; `None` where one is not finite.
fn predictions(program: &Program, params: &[f64], data: &FitData<'_>) -> Option<Vec<f64>> {
    let some = data.columns.rows(0..data.n_rows().min(ROWS));
    let mut values = vec![0.0; some.n_rows()];
    program.values(params, &some, &mut Scratch::default(), &mut values);
    (!values.is_empty() && values.iter().all(|value| value.is_finite())).then_some(values)
}

/// The direction orthogonal to these `m - 1` independent ones, by Gram-Schmidt on the unit vectors.
fn orthogonal(directions: &[Vec<f64>], m: usize) -> Option<Vec<f64>> {
    let mut basis: Vec<Vec<f64>> = Vec::new();
    let reduce = |vector: &[f64], basis: &[Vec<f64>]| -> Vec<f64> {
        let mut left = vector.to_vec();
        // Twice, for the digits that the first pass loses.
        for unit in basis.iter().chain(basis) {
            let along: f64 = left.iter().zip(unit).map(|(a, b)| a * b).sum();
            left.iter_mut().zip(unit).for_each(|(value, unit)| *value -= along * unit);
        }
        left
    };
    let length = |vector: &[f64]| vector.iter().map(|value| value * value).sum::<f64>().sqrt();
    for direction in directions {
        let left = reduce(direction, &basis);
        let size = length(&left);
        if size.is_nan() || size <= 1e-9 * length(direction) {
            return None;
        }
        basis.push(left.iter().map(|value| value / size).collect());
    }
    let unit = |at: usize| -> Vec<f64> { (0..m).map(|other| if other == at { 1.0 } else { 0.0 }).collect() };
    let rest = (0..m).map(|at| reduce(&unit(at), &basis));
    rest.max_by(|a, b| length(a).total_cmp(&length(b)))
}

/// The weights as small whole numbers, the first positive; `None` where they are none.
fn simple(weights: &[f64]) -> Option<Vec<f64>> {
    let smallest = weights.iter().map(|weight| weight.abs()).fold(f64::INFINITY, f64::min);
    let sign = if *weights.first()? < 0.0 { -1.0 } else { 1.0 };
    (1..=3).map(f64::from).find_map(|times| {
        let scaled: Vec<f64> = weights.iter().map(|weight| sign * times * weight / smallest).collect();
        let whole = |value: &f64| (value - value.round()).abs() <= 1e-5 && (1.0..=6.0).contains(&value.round().abs());
        scaled.iter().all(whole).then(|| scaled.iter().map(|value| value.round()).collect())
    })
}

/// Moves that leave the weighted sum of the coordinates as it is: each constant against the first.
fn moves(weights: &[f64], coordinates: &[Coordinate], share: f64) -> Vec<Vec<f64>> {
    (1..coordinates.len())
        .map(|at| {
            let mut step = vec![0.0; coordinates.len()];
            step[at] = share;
            step[0] = -share * weights[at] / weights[0];
            step
        })
        .collect()
}

/// `c0*c1`, `c0/c1`, `c0**2*c1`, `c0 + 2*c1`, `c0*exp(c1)`.
fn text(group: &[usize], coordinates: &[Coordinate], weights: &[f64]) -> String {
    let parts = || group.iter().zip(coordinates).zip(weights).map(|((index, c), weight)| (*index, *c, *weight));
    let summed = |mut text: String, index: usize, weight: f64| {
        let size = weight.abs();
        let term = if size == 1.0 { format!("c{index}") } else { format!("{size}*c{index}") };
        match (text.is_empty(), weight < 0.0) {
            (true, false) => text = term,
            (true, true) => text = format!("-{term}"),
            (false, false) => text += &format!(" + {term}"),
            (false, true) => text += &format!(" - {term}"),
        }
        text
    };
    let plain = parts().filter(|part| part.1 == Coordinate::Plain);
    let sum = plain.fold(String::new(), |text, (index, _, weight)| summed(text, index, weight));
    let mut product = String::new();
    for (index, _, weight) in parts().filter(|part| part.1 == Coordinate::Log) {
        let size = weight.abs();
        let factor = if size == 1.0 { format!("c{index}") } else { format!("c{index}**{size}") };
        product = match (product.is_empty(), weight < 0.0) {
            (true, false) => factor,
            (true, true) => format!("1/{factor}"),
            (false, false) => format!("{product}*{factor}"),
            (false, true) => format!("{product}/{factor}"),
        };
    }
    match (product.is_empty(), sum.is_empty()) {
        (false, false) => format!("{product}*exp({sum})"),
        (false, true) => product,
        _ => sum,
    }
}
