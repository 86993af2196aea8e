//! [`Analysis`]: which products of columns have the target's unit, and which have none (Buckingham 1914, *On physically similar
//! systems*).

use crate::{Expr, Op, OperatorSet};

use super::check::Units;
use super::linear::{is_nothing, rank, reduce};
use super::unit::{BASES, ONE, Unit, product_text};

/// Most products of the target's unit that are listed.
const PRODUCTS: usize = 12;
/// Most sets of columns that are tried.
const SETS: usize = 50_000;
/// Largest denominator of an exponent.
const DENOMINATOR: i32 = 60;

/// A column's position and its unit.
type Placed = (usize, Unit);

/// A product of powers of columns: (position of the feature, exponent in twelfths), ascending, no exponent 0. Empty for 1.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Product(pub Vec<(usize, i16)>);

impl Product {
    /// As text over the features' `names`: `m*v^2/r`; `1` where it is empty.
    pub fn text(&self, names: &[String]) -> String {
        let factors: Vec<(&str, i16)> =
            self.0.iter().filter_map(|(at, exponent)| Some((names.get(*at)?.as_str(), *exponent))).collect();
        product_text(None, &factors)
    }

    /// The product as an expression over the features; `None` where `operators` do not suffice.
    pub fn expr(&self, operators: &OperatorSet) -> Option<Expr> {
        let unary = |op: Op, base: &Expr| operators.contains(op).then(|| Expr::apply(op, &[base]));
        let binary = |op: Op, a: &Expr, b: &Expr| operators.contains(op).then(|| Expr::apply(op, &[a, b]));
        let power = |(at, exponent): &(usize, i16)| {
            let base = Expr::var(u16::try_from(*at).ok()?);
            let number = Expr::constant(f64::from(exponent.abs()) / f64::from(ONE));
            match exponent.abs() {
                ONE => Some(base),
                24 => unary(Op::Square, &base).or_else(|| binary(Op::Mul, &base, &base)),
                36 => unary(Op::Cube, &base).or_else(|| binary(Op::Pow, &base, &number)),
                6 => unary(Op::Sqrt, &base).or_else(|| binary(Op::Pow, &base, &number)),
                _ => binary(Op::Pow, &base, &number),
            }
        };
        let side = |sign: i16| -> Option<Option<Expr>> {
            let mut factors = self.0.iter().filter(|(_, exponent)| exponent.signum() == sign).map(power);
            let Some(first) = factors.next() else { return Some(None) };
            factors.try_fold(first?, |product, factor| binary(Op::Mul, &product, &factor?)).map(Some)
        };
        match (side(1)?, side(-1)?) {
            (Some(above), None) => Some(above),
            (Some(above), Some(below)) => binary(Op::Div, &above, &below),
            (None, Some(below)) => unary(Op::Inv, &below).or_else(|| binary(Op::Div, &Expr::constant(1.0), &below)),
            (None, None) => Some(Expr::constant(1.0)),
        }
    }

    /// Few columns first, then small exponents.
    fn order(&self) -> (usize, i32) {
        (self.0.len(), self.0.iter().map(|(_, exponent)| i32::from(exponent.abs())).sum())
    }
}

/// What the units of a table's columns say before any search. Scales do not matter here: kilometres over metres is a pure number.
///
/// A law in which no constant has a unit can be written as a product of the target's unit times a function of the groups.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Analysis {
    /// Products of features that have the target's unit, those of fewest features and smallest exponents first, at most twelve. Each
    /// is as short as it can be: without one of its features there is none. Empty where none has it, or where it is unknown.
    pub products: Vec<Product>,
    /// Independent products of features that have no unit, as many as there are: number of features less the rank of their
    /// units. Exponents are whole; few features and small exponents are preferred.
    pub groups: Vec<Product>,
}

impl Units {
    /// Which products of the features have the target's unit, and which have none. Features whose unit is unknown are left out.
    pub fn analysis(&self) -> &Analysis {
        self.analysis.get_or_init(|| Analysis {
            products: self.target.map_or_else(Vec::new, |target| self.products_of(&target)),
            groups: groups(&self.known()),
        })
    }

    /// [`Analysis::products`] for any unit.
    pub fn products_of(&self, unit: &Unit) -> Vec<Product> {
        products(&self.known(), unit)
    }

    /// The features whose unit is known, with their positions.
    fn known(&self) -> Vec<Placed> {
        self.features.iter().enumerate().filter_map(|(at, unit)| unit.map(|unit| (at, unit))).collect()
    }
}

/// The simplest product of `units` that is `target`, scale and all, whole exponents before others: positions and exponents in twelfths.
pub(super) fn combination(units: &[Unit], target: &Unit) -> Option<Vec<(usize, i16)>> {
    let all: Vec<Placed> = units.iter().copied().enumerate().collect();
    let order = |product: &Product| (product.0.iter().any(|(_, exponent)| exponent % ONE != 0), product.order());
    let mut best: Option<Product> = None;
    let mut left = SETS;
    for size in 1..=all.len().min(5) {
        each_set(&all, size, &mut left, |set| {
            let Some(product) = solve(set, target).and_then(|exponents| twelfths(set, &exponents)) else { return };
            let value = product.0.iter().try_fold(Unit::ONE, |value, (at, exponent)| {
                units[*at].raised(*exponent).map(|factor| value.times(&factor))
            });
            let simpler = best.as_ref().is_none_or(|best| order(&product) < order(best));
            if value.is_some_and(|value| value.is(target)) && simpler {
                best = Some(product);
            }
        });
    }
    best.map(|product| product.0)
}

fn products(features: &[Placed], target: &Unit) -> Vec<Product> {
    if target.is_dimensionless() {
        return vec![Product::default()];
    }
    let mut found: Vec<Product> = Vec::new();
    let mut left = SETS;
    for size in 1..=most_factors(features) {
        each_set(features, size, &mut left, |set| {
            found.extend(solve(set, target).and_then(|exponents| twelfths(set, &exponents)));
        });
    }
    found.sort_by_key(|product| (product.order(), product.0.clone()));
    found.truncate(PRODUCTS);
    found
}

fn groups(features: &[Placed]) -> Vec<Product> {
    let wanted = features.len() - rank(features.iter().map(|(_, unit)| row(unit)).collect());
    let mut chosen: Vec<Product> = Vec::new();
    let mut rows: Vec<Vec<f64>> = Vec::new();
    let mut left = SETS;
    for size in 1..=most_factors(features) + 1 {
        if chosen.len() == wanted {
            break;
        }
        let mut found: Vec<Product> = Vec::new();
        each_set(features, size, &mut left, |set| {
            let Some(((last, unit), rest)) = set.split_last() else { return };
            // The first exponents that undo the last column's, which makes 1 of them all.
            let Some(exponents) = unit.raised(-ONE).and_then(|inverse| solve(rest, &inverse)) else { return };
            let Some(whole) = whole(&exponents) else { return };
            let positions = rest.iter().map(|(at, _)| *at).chain([*last]);
            found.push(upright(positions.zip(whole).collect()));
        });
        found.sort_by_key(|product| (product.order(), product.0.clone()));
        for product in found {
            let mut row = vec![0.0; features.last().map_or(0, |(at, _)| at + 1)];
            product.0.iter().for_each(|(at, exponent)| row[*at] = f64::from(*exponent));
            rows.push(row);
            if chosen.len() < wanted && rank(rows.clone()) == rows.len() {
                chosen.push(product);
            } else {
                rows.pop();
            }
        }
    }
    chosen
}

/// No set of more columns than there are dimensions among them is independent.
fn most_factors(features: &[Placed]) -> usize {
    rank(features.iter().map(|(_, unit)| row(unit)).collect())
}

fn row(unit: &Unit) -> Vec<f64> {
    unit.exponents().iter().map(|exponent| f64::from(*exponent)).collect()
}

/// Calls `visit` with each set of `size` of the columns, in order, until `left` sets were visited.
fn each_set(columns: &[Placed], size: usize, left: &mut usize, mut visit: impl FnMut(&[Placed])) {
    if size == 0 || size > columns.len() {
        return;
    }
    let mut at: Vec<usize> = (0..size).collect();
    while *left > 0 {
        *left -= 1;
        visit(&at.iter().map(|place| columns[*place]).collect::<Vec<_>>());
        let Some(place) = (0..size).rev().find(|place| at[*place] < columns.len() - size + place) else { return };
        at[place] += 1;
        (place + 1..size).for_each(|next| at[next] = at[next - 1] + 1);
    }
}

/// The exponents, none of them 0, with which the columns make `target`; `None` where there are none, or other ones too.
fn solve(columns: &[Placed], target: &Unit) -> Option<Vec<f64>> {
    let n = columns.len();
    let equation = |base: usize| {
        let of = |unit: &Unit| f64::from(unit.exponents()[base]);
        columns.iter().map(|(_, unit)| of(unit)).chain([of(target)]).collect::<Vec<f64>>()
    };
    let mut rows: Vec<Vec<f64>> = (0..BASES).map(equation).collect();
    let pivots = reduce(&mut rows, n + 1);
    let unique = pivots.len() == n && pivots.last() != Some(&n);
    let exponents: Vec<f64> = rows.iter().take(n).map(|row| row[n]).collect();
    (unique && exponents.iter().all(|exponent| !is_nothing(*exponent))).then_some(exponents)
}

/// The exponents as a product, where they are whole numbers of twelfths.
fn twelfths(columns: &[Placed], exponents: &[f64]) -> Option<Product> {
    let exact = |exponent: &f64| {
        let twelfths = f64::from(ONE) * exponent;
        (is_nothing(twelfths - twelfths.round()) && twelfths.abs() < 30.0 * f64::from(ONE))
            .then_some(twelfths.round() as i16)
    };
    let exponents: Vec<i16> = exponents.iter().map(exact).collect::<Option<_>>()?;
    Some(Product(columns.iter().map(|(at, _)| *at).zip(exponents).collect()))
}

/// `exponents` and 1, times the smallest number that makes them all whole.
fn whole(exponents: &[f64]) -> Option<Vec<i16>> {
    let all = |factor: i32| {
        let scaled = exponents.iter().chain([&1.0]).map(|exponent| exponent * f64::from(factor));
        let exact = |value: f64| {
            let near = (value - value.round()).abs() < 1e-6 && value.abs() < 30.0;
            near.then_some(value.round() as i16)
        };
        scaled.map(exact).collect::<Option<Vec<i16>>>()
    };
    (1..=DENOMINATOR).find_map(all)
}

/// The group or its inverse: more is above than below, or what comes first is.
fn upright(whole: Vec<(usize, i16)>) -> Product {
    let sum: i16 = whole.iter().map(|(_, exponent)| *exponent).sum();
    let first = whole.first().map_or(1, |(_, exponent)| *exponent);
    let sign = if sum < 0 || (sum == 0 && first < 0) { -ONE } else { ONE };
    Product(whole.into_iter().map(|(at, exponent)| (at, sign * exponent)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Names and units of the features, the target's unit; then the products of the target's unit and the groups.
    fn check(features: &str, target: &str, products: &str, groups: &str) {
        let pairs: Vec<(&str, &str)> = features.split(", ").filter_map(|pair| pair.split_once(": ")).collect();
        let names: Vec<String> = pairs.iter().map(|(name, _)| name.to_string()).collect();
        let texts: Vec<Option<&str>> = pairs.iter().map(|(_, unit)| Some(*unit).filter(|unit| *unit != "?")).collect();
        let analysis = Units::new(&texts, Some(target), false).unwrap().analysis().clone();
        let shown = |products: &[Product]| products.iter().map(|p| p.text(&names)).collect::<Vec<_>>().join("; ");
        assert_eq!(shown(&analysis.products), products, "{features} for {target}");
        assert_eq!(shown(&analysis.groups), groups, "{features}");
    }

    #[test]
    fn products_and_groups() {
        check("m: kg, v: m/s", "J", "m*v^2", "");
        check("l: m, g: m/s^2, m: kg", "s", "l^(1/2)/g^(1/2)", "");
        check("l: m, g: m/s^2, angle: rad", "s", "l^(1/2)/g^(1/2)", "angle");
        check("a: m, b: m, c: m^2", "m^2", "c; a^2; b^2", "a/b; a^2/c");
        check("x: m, y: m", "1", "1", "x/y");
        check("x: m, t: s", "K", "", "");
        check("x: km, y: m", "m", "x; y", "x/y");
        check("x: m, u: ?, y: m", "m", "x; y", "x/y");
        // Drag: Reynolds' number.
        check("rho: kg/m^3, v: m/s, d: m, mu: Pa s", "N", "mu^2/rho; v*d*mu; rho*v^2*d^2", "rho*v*d/mu");
        check("q: C, r: m, e: F/m", "N", "q^2/r^2/e", "");
        check("a: 1, b: %", "1", "1", "a; b");
        check("a: m^2, b: m^3", "m", "b^(1/3); a^(1/2)", "a^3/b^2");
        check("price: [EUR]/kg, mass: kg", "[EUR]", "price*mass", "");
    }

    #[test]
    fn products_are_written_with_the_operators_at_hand() {
        let product = |powers: &[(usize, i16)]| Product(powers.to_vec());
        let all = OperatorSet::default();
        let few = OperatorSet::new([Op::Mul, Op::Div]);
        for (powers, operators, expect) in [
            (&[(0, 12), (1, 24), (2, -12)][..], &all, Some("(div (mul x0 (square x1)) x2)")),
            (&[(0, 12), (1, 24), (2, -12)], &few, Some("(div (mul x0 (mul x1 x1)) x2)")),
            (&[(0, 6), (1, -36)], &all, Some("(div (sqrt x0) (cube x1))")),
            (&[(0, 6)], &few, None),
            (&[(0, -12)], &all, Some("(inv x0)")),
            (&[(0, -12)], &few, Some("(div 1.0 x0)")),
            (&[(0, 18)], &all, Some("(pow x0 1.5)")),
            (&[], &all, Some("1.0")),
        ] {
            let expr = product(powers).expr(operators).map(|expr| expr.to_prefix());
            assert_eq!(expr.as_deref(), expect, "{powers:?}");
        }
    }

    #[test]
    fn many_columns_take_bounded_time() {
        let texts = vec![Some("m/s"); 60];
        let units = Units::new(&texts, Some("m/s"), false).unwrap();
        let analysis = units.analysis();
        assert_eq!((analysis.products.len(), analysis.groups.len()), (PRODUCTS, 59));
    }

    #[test]
    fn texts_are_in_the_columns_own_symbols() {
        let units = Units::new(&[Some("km"), Some("h"), Some("N/m")], Some("km/h"), false).unwrap();
        let mut bases = units.bases.clone();
        for (text, expect) in
            [("km/h^2", "km/h^2"), ("3.6 km/h", "m/s"), ("N*h", "h*N"), ("kg m/s^2", "N"), ("K", "K"), ("1", "1")]
        {
            assert_eq!(units.text(&bases.parse(text).unwrap()), expect, "{text}");
        }
    }
}
