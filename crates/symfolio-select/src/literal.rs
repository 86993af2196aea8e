//! Numbers that people write: whole numbers, fractions, and these times pi and its like; with what they cost to write.

use std::f64::consts::{E, LN_2, PI, SQRT_2};
use std::sync::OnceLock;

use symfolio_expr::math;

/// A positive number that people write.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Literal {
    pub value: f64,
    /// As it is written: `1/(2*pi)`.
    pub text: String,
    /// Length of its code in nats.
    pub cost: f64,
    /// Is it a fraction of whole numbers?
    pub rational: bool,
}

/// Largest whole number, numerator and denominator of a fraction.
const MAX_WHOLE: u32 = 100;
const MAX_NUMERATOR: u32 = 30;
const MAX_DENOMINATOR: u32 = 12;
/// Largest numerator and denominator before a famous constant.
const MAX_FACTOR: u32 = 6;
/// Length in nats of the choice among whole numbers, fractions and famous constants.
const KIND: f64 = 1.1;

/// Length in nats of the choice among constants of the family of pi, and among the others.
const PI_FAMILY: f64 = 2.8;
const RARE: f64 = 4.2;

/// Constants that laws are full of; one over each of them counts too.
fn famous() -> [(&'static str, f64); 8] {
    [
        ("pi", PI),
        ("pi**2", PI * PI),
        ("e", E),
        ("sqrt(2)", SQRT_2),
        ("sqrt(3)", 3f64.sqrt()),
        ("sqrt(pi)", PI.sqrt()),
        ("sqrt(2*pi)", (2.0 * PI).sqrt()),
        ("log(2)", LN_2),
    ]
}

fn size(n: u32) -> f64 {
    math::log(1.0 + f64::from(n))
}

/// All of them, ascending; of equal ones the cheapest.
fn table() -> &'static [Literal] {
    static TABLE: OnceLock<Vec<Literal>> = OnceLock::new();
    TABLE.get_or_init(|| {
        let mut found: Vec<Literal> = (1..=MAX_WHOLE)
            .map(|p| Literal { value: f64::from(p), text: p.to_string(), cost: size(p) + KIND, rational: true })
            .collect();
        for (p, q) in coprime(MAX_NUMERATOR, MAX_DENOMINATOR).filter(|(_, q)| *q > 1) {
            let value = f64::from(p) / f64::from(q);
            found.push(Literal { value, text: format!("{p}/{q}"), cost: size(p) + size(q) + KIND, rational: true });
        }
        for (name, constant) in famous() {
            // Which constant, and whether one over it. Many constants times many fractions come near to any number: what is not made
            // of pi has to be told by more digits.
            let choice = if name.contains("pi") { PI_FAMILY } else { RARE };
            for (p, q) in coprime(MAX_FACTOR, MAX_FACTOR) {
                let cost = size(p) + size(q) + choice + KIND;
                let factor = f64::from(p) / f64::from(q);
                let direct = match (p, q) {
                    (1, 1) => name.to_string(),
                    (1, _) => format!("{name}/{q}"),
                    (_, 1) => format!("{p}*{name}"),
                    _ => format!("{p}*{name}/{q}"),
                };
                let inverse = if q == 1 { format!("{p}/{}", atom(name)) } else { format!("{p}/({q}*{name})") };
                found.push(Literal { value: factor * constant, text: direct, cost, rational: false });
                found.push(Literal { value: factor / constant, text: inverse, cost, rational: false });
            }
        }
        found.sort_by(|a, b| a.value.total_cmp(&b.value).then(a.cost.total_cmp(&b.cost)));
        // Of equal numbers the cheapest: 2/sqrt(2) is sqrt(2), though it may be rounded to another last digit.
        found.dedup_by(|later, first| {
            let equal = (later.value - first.value).abs() <= 1e-14 * first.value;
            if equal && later.cost < first.cost {
                std::mem::swap(later, first);
            }
            equal
        });
        found
    })
}

fn atom(name: &str) -> String {
    if name.contains("**") { format!("({name})") } else { name.to_string() }
}

fn coprime(max_p: u32, max_q: u32) -> impl Iterator<Item = (u32, u32)> {
    let gcd = |mut a: u32, mut b: u32| {
        while b > 0 {
            (a, b) = (b, a % b);
        }
        a
    };
    (1..=max_q).flat_map(move |q| (1..=max_p).map(move |p| (p, q))).filter(move |(p, q)| gcd(*p, *q) == 1)
}

/// The numbers that people write within `reach` of `value`, with its sign.
pub(crate) fn near(value: f64, reach: f64) -> Vec<Literal> {
    let sized = value.abs();
    let table = table();
    let from = table.partition_point(|literal| literal.value < sized - reach);
    let inside = table[from..].iter().take_while(|literal| literal.value <= sized + reach);
    let signed = |literal: &Literal| match value < 0.0 {
        true => Literal { value: -literal.value, text: format!("-{}", literal.text), ..literal.clone() },
        false => literal.clone(),
    };
    inside.map(signed).collect()
}

/// How `value` is written, where it is one of the numbers that people write.
pub(crate) fn text(value: f64) -> Option<String> {
    if value == 0.0 {
        return Some("0".to_string());
    }
    exact(value).map(|literal| literal.text)
}

/// Length in nats of the code of a literal: of one that people write its own, of others their decimal digits.
pub(crate) fn cost(value: f64) -> f64 {
    if value == 0.0 {
        return KIND;
    }
    exact(value).map_or_else(|| KIND + digits(value) * std::f64::consts::LN_10, |literal| literal.cost)
}

fn exact(value: f64) -> Option<Literal> {
    near(value, 2.0 * f64::EPSILON * value.abs()).into_iter().min_by(|a, b| a.cost.total_cmp(&b.cost))
}

/// Decimal digits of the shortest text that leads back to `value`, and those of its exponent.
fn digits(value: f64) -> f64 {
    let text = format!("{value:e}");
    text.chars().filter(char::is_ascii_digit).count() as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_numbers_are_written_as_people_do() {
        for (value, expected) in [
            (1.5, "3/2"),
            (-2.0, "-2"),
            (PI, "pi"),
            (1.0 / (2.0 * PI), "1/(2*pi)"),
            (4.0 * PI / 3.0, "4*pi/3"),
            (1.0 / (2.0 * PI).sqrt(), "1/sqrt(2*pi)"),
            (0.5f64.sqrt(), "1/sqrt(2)"),
            (1.0 / (PI * PI), "1/(pi**2)"),
            (SQRT_2, "sqrt(2)"),
            (2.0 / SQRT_2, "sqrt(2)"),
            (3.0 / 3f64.sqrt(), "sqrt(3)"),
            (6.0 / 3f64.sqrt(), "2*sqrt(3)"),
            (0.0, "0"),
        ] {
            assert_eq!(text(value).as_deref(), Some(expected), "{value}");
        }
        assert_eq!(text(1.234_567), None);
    }

    #[test]
    fn simpler_numbers_cost_less() {
        let rising = [1.0, 2.0, 0.5, 1.5, 7.0 / 12.0, 1.234_567_89];
        assert!(rising.windows(2).all(|pair| cost(pair[0]) < cost(pair[1])), "{:?}", rising.map(cost));
        assert!(cost(PI) < cost(1.0 / (2.0 * PI)) && cost(PI) > cost(2.0));
        assert_eq!(cost(-3.0), cost(3.0));
    }

    #[test]
    fn nearby_numbers_keep_the_sign() {
        let found = near(-1.499_8, 1e-3);
        assert!(found.iter().any(|literal| literal.value == -1.5 && literal.text == "-3/2"));
        assert!(found.iter().all(|literal| (literal.value + 1.499_8).abs() <= 1e-3));
    }
}
