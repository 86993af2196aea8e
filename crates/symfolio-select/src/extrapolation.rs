//! [`Extrapolation`]: how a formula behaves between and beyond the rows of the data.

use serde::{Deserialize, Serialize};
use symfolio_core::Table;
use symfolio_expr::{Expr, Node, Op, Program, rounded_number_text};

use crate::metrics::range;
use crate::region::{Region, columns};
use crate::rows::Bench;

/// Rows from which a feature is moved beyond the data.
const BASES: usize = 16;
/// Steps from the edge of the data to the edge of the widened box.
const STEPS: usize = 32;
/// Rounds of bisection.
const ROUNDS: usize = 60;
/// A sign change with values that have grown by this while it was closed in on is a pole.
const POLE: f64 = 1e4;
/// Growth from which on it is told of.
const TOLD: f64 = 10.0;
/// Digits of what is told.
const DIGITS: usize = 4;
/// Remarks made at most.
const MOST_NOTES: usize = 4;

/// How a formula behaves between and beyond the rows of the data.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Extrapolation {
    /// Share of points between pairs of rows where it is undefined or farther from the target's middle than
    /// [`crate::SelectOptions::absurd`] ranges of the target; 0 to 1.
    pub broken_inside: f64,
    /// Share of points in the box around the data, widened by half of each range on either side, where it is undefined; 0 to 1.
    pub undefined_outside: f64,
    /// Greatest distance from the target's middle in the widened box, in half ranges of the target: 1 is no farther than the data.
    pub growth: f64,
    /// The same in plain words; empty where there is nothing to beware of.
    pub notes: Vec<String>,
}

/// Middle and half the range of the target.
fn reach(table: &Table) -> (f64, f64) {
    let (low, high) = range(&table.target);
    (0.5 * low + 0.5 * high, (0.5 * high - 0.5 * low).max(f64::MIN_POSITIVE))
}

/// What a formula does between the rows of the data.
#[derive(Clone, Debug, Default)]
pub(crate) struct Inside {
    /// Share of points between pairs of rows where it is undefined or absurd.
    share: f64,
    /// A place where a denominator passes through 0 and the formula goes beyond all measure.
    pole: Option<Vec<f64>>,
}

impl Inside {
    pub(crate) fn of(bench: &mut Bench<'_>, expr: &Expr, region: &Region, table: &Table, absurd: f64) -> Inside {
        if expr.variables().is_empty() {
            return Inside::default();
        }
        let (middle, half) = reach(table);
        let sane = |value: f64| (value - middle).abs() <= 2.0 * absurd * half;
        let values = bench.values_at(expr, &columns(&region.between));
        let n_sane = values.iter().filter(|value| sane(**value)).count();
        let mut inside = Inside { share: 1.0 - n_sane as f64 / values.len().max(1) as f64, pole: None };
        // Poles may be narrower than any net of points; signs of denominators tell of them.
        for at in 0..expr.len() {
            if let Some(denominator) = denominator(expr, at) {
                let place = zero(bench, &denominator, region).filter(|place| !sane(expr.value(place)));
                inside.pole = inside.pole.or(place);
            }
        }
        inside
    }

    /// Is it undefined or without measure anywhere between the rows?
    pub(crate) fn is_broken(&self) -> bool {
        self.share > 0.0 || self.pole.is_some()
    }
}

/// What node `at` divides by.
fn denominator(expr: &Expr, at: usize) -> Option<Expr> {
    let children = expr.children(at);
    let mut part = match expr.nodes()[at] {
        Node::Op(Op::Div) => children[1],
        Node::Op(Op::Inv) => children[0],
        Node::Op(Op::Pow) if matches!(expr.nodes()[children[1]], Node::Const(power) if power < 0.0) => children[0],
        _ => return None,
    };
    // A square has one sign on both sides of its zero.
    while let Node::Op(Op::Square | Op::Abs) = expr.nodes()[part] {
        part = expr.children(part)[0];
    }
    Some(expr.subtree(part)).filter(|part| !part.variables().is_empty())
}

/// A place on the line between two points, one where `expr` is negative and one where it is not, next to which its sign changes; it is
/// negative there.
fn zero(bench: &mut Bench<'_>, expr: &Expr, region: &Region) -> Option<Vec<f64>> {
    let values = bench.values_at(expr, &columns(&region.between));
    let point = |index: usize| -> Vec<f64> { region.between.iter().map(|column| column[index]).collect() };
    let mut below = point(values.iter().position(|value| *value < 0.0)?);
    let mut above = point(values.iter().position(|value| *value > 0.0)?);
    for _ in 0..ROUNDS {
        let middle: Vec<f64> = below.iter().zip(&above).map(|(a, b)| 0.5 * a + 0.5 * b).collect();
        if expr.value(&middle) < 0.0 { below = middle } else { above = middle }
    }
    bench.work += (ROUNDS * expr.len()) as u64;
    // The other end may be the zero itself, where 0 over 0 is undefined and yet no pole.
    Some(below)
}

impl Extrapolation {
    /// What there is to say of `expr`; `names` are the features'.
    pub(crate) fn of(
        bench: &mut Bench<'_>,
        expr: &Expr,
        region: &Region,
        table: &Table,
        inside: &Inside,
        names: &[String],
    ) -> Extrapolation {
        let variables = expr.variables();
        if variables.is_empty() {
            return Extrapolation { growth: 1.0, ..Extrapolation::default() };
        }
        let (middle, half) = reach(table);
        let far = |value: f64| (value - middle).abs() / half;
        let values = bench.values_at(expr, &columns(&region.widened));
        let undefined = values.iter().filter(|value| !value.is_finite()).count();
        let mut growth = values.iter().filter(|value| value.is_finite()).map(|value| far(*value)).fold(0.0, f64::max);
        let mut notes = Vec::new();
        let broken_inside = inside.share;
        if let Some(pole) = &inside.pole {
            let place = |index: &u16| {
                let index = usize::from(*index);
                format!("{} = {}", names[index], rounded_number_text(pole[index], DIGITS))
            };
            let places: Vec<String> = variables.iter().map(place).collect();
            notes.push(format!("has a pole between the rows of the data, at {}", places.join(", ")));
        } else if broken_inside > 0.0 {
            let share = rounded_number_text(100.0 * broken_inside, 2);
            notes.push(format!("undefined or beyond all measure at {share} % of points between the rows of the data"));
        }
        for feature in variables.iter().map(|index| usize::from(*index)).filter(|f| region.features[*f].goes_on()) {
            for up in [false, true] {
                let walk = Walk::new(bench, expr, region, table, feature, up);
                let finite = walk.values.iter().flatten().filter(|value| value.is_finite());
                growth = finite.map(|value| far(*value)).fold(growth, f64::max);
                notes.extend(walk.note(bench, &names[feature]));
            }
        }
        if growth >= TOLD {
            let times = rounded_number_text(growth, 2);
            notes.push(format!("goes {times} times as far as the data within half a range beyond it"));
        }
        notes.truncate(MOST_NOTES);
        let undefined_outside = undefined as f64 / values.len().max(1) as f64;
        Extrapolation { broken_inside, undefined_outside, growth, notes }
    }
}

/// The values along one feature from the edge of the data outwards, the others as in some rows.
struct Walk<'a> {
    expr: &'a Expr,
    feature: usize,
    up: bool,
    /// The rows, each with a value for every feature.
    bases: Vec<Vec<f64>>,
    /// The places of the feature, outwards.
    places: Vec<f64>,
    /// Base by base, place by place.
    values: Vec<Vec<f64>>,
}

impl<'a> Walk<'a> {
    fn new(
        bench: &mut Bench<'_>,
        expr: &'a Expr,
        region: &Region,
        table: &Table,
        feature: usize,
        up: bool,
    ) -> Walk<'a> {
        let n = table.n_rows();
        let rows = (0..BASES.min(n)).map(|base| base * n / BASES.min(n));
        let bases: Vec<Vec<f64>> =
            rows.map(|row| (0..table.n_features()).map(|index| table.feature(index)[row]).collect()).collect();
        let known = &region.features[feature];
        let (edge, end) = if up { (known.range.1, known.widened.1) } else { (known.range.0, known.widened.0) };
        let places: Vec<f64> = (0..=STEPS).map(|step| edge + (end - edge) * step as f64 / STEPS as f64).collect();
        bench.work += Program::new(expr).work_per_row() * (bases.len() * places.len()) as u64;
        let along = |base: &Vec<f64>| -> Vec<f64> {
            let mut point = base.clone();
            let value = |place: &f64| {
                point[feature] = *place;
                expr.value(&point)
            };
            places.iter().map(value).collect()
        };
        let values = bases.iter().map(along).collect();
        Walk { expr, feature, up, bases, places, values }
    }

    /// Where it is undefined or has a pole, the nearest to the data.
    fn note(&self, bench: &mut Bench<'_>, name: &str) -> Option<String> {
        let sign = if self.up { '>' } else { '<' };
        let nearer = |a: &f64, b: &f64| if self.up { a.total_cmp(b) } else { b.total_cmp(a) };
        // Where each base begins to be undefined; those that are so in the data already tell nothing of what is beyond.
        let edge = |base: usize| {
            let values = &self.values[base];
            // Infinite at one place only is a pole that a step has hit.
            let goes_on = |step: usize| values.get(step + 1).is_none_or(|next| !next.is_finite());
            let first = (0..values.len()).find(|step| !values[*step].is_finite() && goes_on(*step))?;
            (first > 0).then(|| self.close_in(base, first, |value| !value.is_finite()).1)
        };
        let edges: Vec<f64> = (0..self.bases.len()).filter_map(edge).collect();
        bench.work += (ROUNDS * edges.len() * self.expr.len()) as u64;
        if let Some(nearest) = edges.iter().copied().min_by(nearer) {
            let step = (self.places[1] - self.places[0]).abs();
            let all = edges.len() == self.bases.len() && edges.iter().all(|edge| (edge - nearest).abs() <= step);
            let place = rounded_number_text(nearest, DIGITS);
            return Some(match all {
                true => format!("undefined for {name} {sign} {place}"),
                false => format!("undefined at some points with {name} {sign} {place}"),
            });
        }
        let pole = (0..self.bases.len()).filter_map(|base| self.pole(base)).min_by(nearer)?;
        Some(format!("has a pole at {name} = {}", rounded_number_text(pole, DIGITS)))
    }

    /// The first pole along a base.
    fn pole(&self, base: usize) -> Option<f64> {
        let values = &self.values[base];
        if let Some(hit) = values.iter().position(|value| value.is_infinite()) {
            return Some(self.places[hit]);
        }
        (1..values.len()).filter(|step| values[step - 1] * values[*step] < 0.0).find_map(|step| {
            let sign = values[step] < 0.0;
            let (value, place) = self.close_in(base, step, |value| (value < 0.0) == sign);
            let before = values[step - 1].abs().max(values[step].abs());
            (value.abs() > POLE * before).then_some(place)
        })
    }

    /// The value and place where `holds`, which is so at `step` and not at the one before, begins to hold.
    fn close_in(&self, base: usize, step: usize, holds: impl Fn(f64) -> bool) -> (f64, f64) {
        let mut point = self.bases[base].clone();
        let (mut outside, mut inside) = (self.places[step - 1], self.places[step]);
        let mut value = self.values[base][step];
        for _ in 0..ROUNDS {
            let middle = 0.5 * (outside + inside);
            point[self.feature] = middle;
            let there = self.expr.value(&point);
            if holds(there) {
                (inside, value) = (middle, there);
            } else {
                outside = middle;
            }
        }
        (value, inside)
    }
}

#[cfg(test)]
mod tests {
    use rand_chacha::ChaCha8Rng;
    use rand_chacha::rand_core::SeedableRng;
    use symfolio_core::{Column, Dataset};
    use symfolio_expr::parse;
    use symfolio_fit::Workspace;

    use super::*;

    /// What is said of `text` for `x` from 1 to 9 and `z` from 1 to 3, the target from 0 to 10.
    fn of(text: &str) -> Extrapolation {
        let n = 81u32;
        let x: Vec<f64> = (0..n).map(|i| 1.0 + 0.1 * f64::from(i)).collect();
        let z: Vec<f64> = (0..n).map(|i| 1.0 + 0.1 * f64::from(i * 13 % 21)).collect();
        let y: Vec<f64> = (0..n).map(|i| f64::from(i) / 8.0).collect();
        let names = ["x".to_string(), "z".to_string()];
        let data =
            Dataset::new("d", vec![Column::new("x", x), Column::new("z", z)], Column::new("y", y), None).unwrap();
        let table = Table::gather(&data, &(0..n).collect::<Vec<u32>>());
        let region = Region::of(&table);
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let mut bench = Bench { rng: &mut rng, workspace: Workspace::default(), work: 0 };
        let expr = parse(text, &names).unwrap();
        let inside = Inside::of(&mut bench, &expr, &region, &table, 20.0);
        Extrapolation::of(&mut bench, &expr, &region, &table, &inside, &names)
    }

    #[test]
    fn what_is_beyond_the_data_is_told_in_words() {
        for (text, notes) in [
            ("x", &[][..]),
            ("5", &[]),
            ("sqrt(12.3 - x)", &["undefined for x > 12.3"]),
            ("log(x - 0.75)", &["undefined for x < 0.75"]),
            ("z*sqrt(10 + z - x)", &["undefined at some points with x > 11"]),
            ("1/(12 - x)", &["has a pole at x = 12", "goes"]),
            ("1/(12.1 - x)", &["has a pole at x = 12.1", "goes"]),
            ("exp(x/2)", &["goes 130 times as far as the data within half a range beyond it"]),
        ] {
            let told = of(text);
            assert_eq!(told.broken_inside, 0.0, "{text}");
            assert_eq!(told.notes.len(), notes.len(), "{text} {told:?}");
            for (note, expected) in told.notes.iter().zip(notes) {
                assert!(note.starts_with(expected), "{text}: {note}");
            }
        }
        assert!((of("x").growth - 1.6).abs() < 1e-9 && of("sqrt(12.3 - x)").undefined_outside > 0.05);
    }

    #[test]
    fn poles_between_the_rows_are_seen() {
        for (text, note) in [
            ("1/(x - 4.55)", "has a pole between the rows of the data, at x = 4.55"),
            ("x + 1e-9/(x - 4.55)", "has a pole between the rows of the data, at x = 4.55"),
            ("x + 1e-9*inv(square(x - 4.55))", "has a pole between the rows of the data, at x = 4.55"),
            ("x + (x - 4.55)**(-2)/1e9", "has a pole between the rows of the data, at x = 4.55"),
            // What is 0 over 0 there is no pole.
            ("sin(x - 4.55)/(x - 4.55)", ""),
            ("x/(x + z)", ""),
        ] {
            let told = of(text);
            let first = told.notes.first().map_or("", String::as_str);
            assert_eq!(first, note, "{text} {told:?}");
        }
        let undefined = of("sqrt(x - 3)");
        assert!((0.1..0.4).contains(&undefined.broken_inside), "{undefined:?}");
        assert!(undefined.notes[0].starts_with("undefined or beyond all measure at"), "{undefined:?}");
    }
}
