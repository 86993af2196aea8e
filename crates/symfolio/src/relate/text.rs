//! Relations in words and as formulas.

use symfolio_expr::{math, rounded_number_text};

use super::Relation;
use super::model::{Fitted, Kind};
use super::select::{MIN_GROUPS, Selected};

/// Digits of numbers in formulas and sentences.
const DIGITS: usize = 4;
/// A factor this near to 1 makes a constant the quantity itself.
const ONE: f64 = 0.02;

fn shown(value: f64) -> String {
    rounded_number_text(value, DIGITS)
}

/// The relation over the quantities `names`, such as `2.34*L` or `1.2*L**2*exp(-0.01*T) + 3*Q`.
pub(super) fn formula(fitted: &Fitted, names: &[String]) -> String {
    let mut text = shown(fitted.factor);
    for (term, (slope, _)) in fitted.model.terms.iter().zip(&fitted.slopes) {
        let name = &names[term.quantity];
        // A simple fraction is written as one, whatever digits it has.
        let number = match term.held {
            Some(held) if (3.0 * held).fract() == 0.0 || held.fract() == 0.0 => rational(held),
            _ => shown(*slope),
        };
        let (sign, size) = if *slope < 0.0 { ("-", shown(-slope)) } else { ("+", shown(*slope)) };
        text = match term.kind {
            Kind::Power if term.held == Some(1.0) => format!("{text}*{name}"),
            Kind::Power if term.held == Some(-1.0) => format!("{text}/{name}"),
            Kind::Power if number.starts_with('-') || number.contains('/') => format!("{text}*{name}**({number})"),
            Kind::Power => format!("{text}*{name}**{number}"),
            Kind::Exponential => format!("{text}*exp({number}*{name})"),
            Kind::Linear => format!("{text} {sign} {size}*{name}"),
            Kind::Inverse => format!("{text} {sign} {size}/{name}"),
        };
    }
    text
}

/// 2, -1/3, 2/3.
fn rational(value: f64) -> String {
    if value.fract() == 0.0 { shown(value) } else { format!("{}/3", shown((3.0 * value).round())) }
}

/// All of a relation in a sentence.
pub(super) fn sentence(relation: &Relation, selected: Option<&Selected>, names: &[String]) -> String {
    let constant = &relation.constant;
    let left_out = match relation.left_out.len() {
        0 => String::new(),
        n => format!("; left out for not being determined there: {} of {} groups", n, n + relation.groups),
    };
    let Some(selected) = selected else {
        return match relation.groups {
            0 => format!("{constant} is not determined in any group: nothing can be said of it"),
            n if n < MIN_GROUPS => {
                format!(
                    "{constant}: {n} groups are too few, a relation with an interval needs at least {MIN_GROUPS}{left_out}"
                )
            }
            n => format!("{constant}: {n} groups are too few for what was asked{left_out}"),
        };
    };
    let mut parts: Vec<String> = relation.dependences.iter().filter(|found| found.kind.is_some()).map(phrase).collect();
    if let [one] = selected.relation.model.terms.as_slice()
        && one.held == Some(1.0)
        && (selected.relation.factor - 1.0).abs() <= ONE
    {
        parts.push(format!("it is {} (times {})", names[one.quantity], shown(selected.relation.factor)));
    }
    let none: Vec<&str> = relation
        .dependences
        .iter()
        .filter(|found| found.kind.is_none() && found.untested.is_none())
        .map(|found| found.quantity.as_str())
        .collect();
    let untested = relation.dependences.iter().filter_map(|found| found.untested.clone());
    let mut text = match (parts.is_empty(), &relation.formula) {
        (false, Some(formula)) => format!("{constant} {}: {constant} = {formula}", parts.join(" and ")),
        _ => String::new(),
    };
    if !none.is_empty() {
        let no = format!("no relation with {}", none.join(", "));
        text = if text.is_empty() { format!("{constant}: {no}") } else { format!("{text}; {no}") };
    }
    for why in untested {
        text = if text.is_empty() { format!("{constant}: {why}") } else { format!("{text}; {why}") };
    }
    text + &left_out
}

/// A value and its interval with as many digits as tell them apart: `1.000, 0.998 to 1.002`.
pub(super) fn with_interval(value: f64, (low, high): (f64, f64)) -> String {
    let reach = 0.5 * (high - low);
    if !(reach.is_finite() && reach > 0.0) {
        return shown(value);
    }
    // Two digits of the reach.
    let magnitude = |value: f64| (math::log(value) / std::f64::consts::LN_10).floor();
    let decimals = 1.0 - magnitude(reach);
    if (0.0..=6.0).contains(&decimals) {
        let decimals = decimals as usize;
        return format!("{value:.decimals$}, {low:.decimals$} to {high:.decimals$}");
    }
    let size = value.abs().max(reach);
    let digits = (magnitude(size) - magnitude(reach) + 2.0).clamp(2.0, 8.0) as usize;
    let shown = |value: f64| rounded_number_text(value, digits);
    format!("{}, {} to {}", shown(value), shown(low), shown(high))
}

/// `is proportional to L (exponent 1.000, 0.998 to 1.002)`.
fn phrase(found: &super::Dependence) -> String {
    let name = &found.quantity;
    let interval = |what: &str| match (found.value, found.interval) {
        (Some(value), Some(interval)) => format!(" ({what} {})", with_interval(value, interval)),
        _ => String::new(),
    };
    match (found.kind, found.exponent) {
        (Some(Kind::Power), Some(1.0)) => format!("is proportional to {name}{}", interval("exponent")),
        (Some(Kind::Power), Some(-1.0)) => format!("is inversely proportional to {name}{}", interval("exponent")),
        (Some(Kind::Power), Some(held)) if held > 0.0 && held.fract() == 0.0 => {
            format!("goes with {name}**{}{}", shown(held), interval("exponent"))
        }
        (Some(Kind::Power), Some(held)) if (3.0 * held).fract() == 0.0 => {
            format!("goes with {name}**({}){}", rational(held), interval("exponent"))
        }
        (Some(Kind::Power), Some(held)) => format!("goes with {name}**({}){}", shown(held), interval("exponent")),
        (Some(Kind::Power), None) => format!("goes with a power of {name}{}", interval("exponent")),
        (Some(Kind::Exponential), _) => format!("is exponential in {name}{}", interval("rate")),
        (Some(Kind::Linear), _) => format!("is linear in {name}{}", interval("slope")),
        (Some(Kind::Inverse), _) => format!("is linear in 1/{name}{}", interval("coefficient")),
        (None, _) => format!("has no relation with {name}"),
    }
}
