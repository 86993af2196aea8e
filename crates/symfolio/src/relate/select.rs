//! Which quantities a constant depends on, and how: steps forward and back, each with a test.

use super::model::{Fitted, Kind, Model, Term, Values};
use super::statistics::{quantile, two_sided};

/// Probability of naming any relation at all where there is none, over all constants, quantities and kinds.
const LEVEL: f64 = 0.05;
/// Fewest groups for a relation with an interval.
pub(super) const MIN_GROUPS: usize = 4;
/// Fewest different values of a quantity that tell how something depends on it.
pub(super) const MIN_DISTINCT: usize = 3;
/// Exponents that a fitted one is taken for where the data allow it.
const EXPONENTS: [f64; 18] = [
    1.0,
    -1.0,
    2.0,
    -2.0,
    0.5,
    -0.5,
    3.0,
    -3.0,
    1.5,
    -1.5,
    4.0,
    -4.0,
    1.0 / 3.0,
    -1.0 / 3.0,
    2.0 / 3.0,
    -2.0 / 3.0,
    0.25,
    -0.25,
];

/// Exponents this near to a simple number are that number but for the rounding of the data, whatever their errors say.
const ROUNDING: f64 = 1e-6;

/// What was found for one constant.
pub(super) struct Selected {
    /// The relation, with simple exponents where the data allow them.
    pub relation: Fitted,
    /// The same with every exponent fitted.
    pub free: Fitted,
    /// The scatter around the relation in units of that of the values' errors; at least 1.
    pub dispersion: f64,
    /// For each quantity: is it in the relation, and the evidence.
    pub evidence: Vec<Evidence>,
}

/// How a quantity stands.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Evidence {
    /// Probability of so good a term by chance, before any correction for the number of tests; 1 where it cannot be tested.
    pub p_value: f64,
    /// Bits by which a relation with the quantity describes the values more shortly than without; negative where longer.
    pub bits: f64,
    /// Other kinds that the data leave possible, with their share of the evidence (by description length).
    pub weights: Vec<(Kind, f64)>,
    /// Why it was not tested.
    pub untested: Option<String>,
}

/// Chooses the relation of a constant to the quantities. `n_tests` is the number of pairs of a constant and a quantity that are
/// looked at in all.
pub(super) fn select(values: &Values, names: &[String], n_tests: usize) -> Option<Selected> {
    let level = LEVEL / (n_tests * Kind::ALL.len()) as f64;
    let mut current = values.fit(&Model::default(), None)?;
    let usable: Vec<usize> = (0..names.len()).filter(|index| values.n_distinct(*index) >= MIN_DISTINCT).collect();
    // Forward: the best term of those that are significant, then perhaps one of another quantity.
    loop {
        let free: Vec<usize> = usable
            .iter()
            .copied()
            .filter(|index| current.model.terms.iter().all(|term| term.quantity != *index))
            .collect();
        let one = || free.iter().flat_map(|index| Kind::ALL.map(|kind| current.model.with(Term::new(*index, kind))));
        match best_of(values, one(), &current) {
            Some(best) if p_value(values, &current, &best) < level => {
                current = best;
                continue;
            }
            _ => {}
        }
        // Each of two quantities may hide what the other does, and both together show it.
        let pairs = one().flat_map(|model| {
            let last =
                model.terms.iter().find(|term| !current.model.terms.contains(term)).map_or(0, |term| term.quantity);
            let others = free.iter().filter(move |index| **index > last);
            let with = move |index: &usize| Kind::ALL.map(|kind| model.with(Term::new(*index, kind)));
            others.flat_map(with).collect::<Vec<_>>()
        });
        // As many more tests as there are pairs of kinds and of quantities.
        let level = LEVEL / (n_tests * Kind::ALL.len().pow(2) * names.len().saturating_sub(1).max(1)) as f64;
        match best_of(values, pairs, &current) {
            Some(best) if p_value(values, &current, &best) < level => current = best,
            _ => break,
        }
    }
    current = other_kinds(values, current);
    // Back: what later terms made needless.
    while let Some(position) = (0..current.model.terms.len()).find(|position| {
        let without = values.fit(&current.model.without(*position), None);
        without.is_some_and(|without| p_value(values, &without, &current) >= level)
    }) {
        current = values.fit(&current.model.without(position), None)?;
    }
    let relation = simple_exponents(values, &current);
    let evidence = (0..names.len()).map(|index| evidence(values, &names[index], index, &current)).collect();
    let dispersion = dispersion(values, &current);
    Some(Selected { relation, free: current, dispersion, evidence })
}

/// The model that fits best.
fn best_of(values: &Values, models: impl Iterator<Item = Model>, before: &Fitted) -> Option<Fitted> {
    let fitted = models.filter_map(|model| values.fit(&model, Some(before)));
    fitted.min_by(|a, b| a.chi_square.total_cmp(&b.chi_square))
}

/// Residual scatter in units of the values' errors, at least 1: errors are not taken for smaller than they are said to be.
fn dispersion(values: &Values, fitted: &Fitted) -> f64 {
    (fitted.chi_square / (values.n() - fitted.n_params) as f64).max(1.0)
}

/// Probability that one or two terms without meaning would lower the scatter as much, by Student's t or the F distribution.
fn p_value(values: &Values, without: &Fitted, with: &Fitted) -> f64 {
    let gained = (without.chi_square - with.chi_square).max(0.0) / dispersion(values, with);
    let freedom = values.n() - with.n_params;
    match with.n_params - without.n_params {
        // F with two degrees of freedom above has a closed form.
        2 => symfolio_expr::math::pow(1.0 + gained / freedom as f64, -0.5 * freedom as f64),
        _ => two_sided(gained.sqrt(), freedom),
    }
}

/// Nats that a fitted parameter costs at least: what a test at the level of 1 % would ask for. Simple exponents, which are not fitted,
/// are thereby kept unless the values clearly speak against them.
const PARAMETER: f64 = 3.3;

/// Description length in nats, but for what all models have in common.
fn length(values: &Values, fitted: &Fitted, dispersion: f64) -> f64 {
    let parameter = (0.5 * symfolio_expr::math::log(values.n() as f64)).max(PARAMETER);
    0.5 * fitted.chi_square / dispersion + parameter * fitted.n_params as f64
}

/// Description length with simple exponents or without, whichever is shorter.
fn shortest(values: &Values, fitted: &Fitted, dispersion: f64) -> f64 {
    length(values, &simple_exponents(values, fitted), dispersion).min(length(values, fitted, dispersion))
}

/// Replaces kinds one at a time as long as that fits better, the simple exponents of a power counted as what they save.
fn other_kinds(values: &Values, mut current: Fitted) -> Fitted {
    for _ in 0..3 {
        let mut changed = false;
        for quantity in current.model.terms.iter().map(|term| term.quantity).collect::<Vec<_>>() {
            let Some(position) = current.model.terms.iter().position(|term| term.quantity == quantity) else {
                continue;
            };
            let rest = current.model.without(position);
            let scale = dispersion(values, &current);
            let score = |fitted: &Fitted| shortest(values, fitted, scale);
            let before = score(&current);
            let others = Kind::ALL.iter().filter(|kind| current.model.terms[position].kind != **kind);
            let fitted = others.filter_map(|kind| values.fit(&rest.with(Term::new(quantity, *kind)), Some(&current)));
            let best = fitted.map(|fitted| (score(&fitted), fitted)).min_by(|a, b| a.0.total_cmp(&b.0));
            if let Some((score, fitted)) = best
                && score < before - 1e-9
            {
                current = fitted;
                changed = true;
            }
        }
        if !changed {
            break;
        }
    }
    current
}

/// `fitted` with exponents held at simple numbers where the data allow one and only one.
fn simple_exponents(values: &Values, fitted: &Fitted) -> Fitted {
    let mut best = fitted.clone();
    let scale = dispersion(values, fitted);
    for position in 0..fitted.model.terms.len() {
        if fitted.model.terms[position].kind != Kind::Power {
            continue;
        }
        let (slope, error) = fitted.slopes[position];
        let within = |level: f64| {
            let reach = (quantile(level, values.n() - fitted.n_params) * error * scale.sqrt()).max(ROUNDING);
            EXPONENTS.iter().filter(move |exponent| (**exponent - slope).abs() <= reach)
        };
        // Within a wide interval there is always some simple number: it has to be the only one. Of the true ones the 95 % interval
        // misses one in twenty, which is too many to have them unsaid.
        let mut near = within(0.05).chain(within(0.01).filter(|_| within(0.05).next().is_none()));
        let (Some(exponent), None) = (near.next(), near.next()) else { continue };
        let mut model = best.model.clone();
        model.terms[position].held = Some(*exponent);
        if let Some(held) = values.fit(&model, Some(&best)) {
            best = held;
        }
    }
    best
}

/// How the values speak for a relation with quantity `index`, given the others in `chosen`.
fn evidence(values: &Values, name: &str, index: usize, chosen: &Fitted) -> Evidence {
    let n_distinct = values.n_distinct(index);
    if n_distinct < MIN_DISTINCT {
        let untested = match n_distinct {
            1 => format!("{name} is the same in all groups"),
            _ => format!("{name} has two values only; three are needed"),
        };
        return Evidence { p_value: 1.0, bits: 0.0, weights: Vec::new(), untested: Some(untested) };
    }
    let position = chosen.model.terms.iter().position(|term| term.quantity == index);
    let rest = position.map_or_else(|| chosen.model.clone(), |position| chosen.model.without(position));
    let Some(without) = values.fit(&rest, None) else {
        let untested = "there are too few groups for one more quantity".to_string();
        return Evidence { p_value: 1.0, bits: 0.0, weights: Vec::new(), untested: Some(untested) };
    };
    let with: Vec<(Kind, Fitted)> = Kind::ALL
        .into_iter()
        .filter_map(|kind| Some((kind, values.fit(&rest.with(Term::new(index, kind)), Some(&without))?)))
        .collect();
    let Some((_, best)) = with.iter().min_by(|a, b| a.1.chi_square.total_cmp(&b.1.chi_square)) else {
        let untested = "there are too few groups for one more quantity".to_string();
        return Evidence { p_value: 1.0, bits: 0.0, weights: Vec::new(), untested: Some(untested) };
    };
    let scale = dispersion(values, best);
    let lengths: Vec<f64> = with.iter().map(|(_, fitted)| shortest(values, fitted, scale)).collect();
    let shortest = lengths.iter().copied().fold(f64::INFINITY, f64::min);
    let share = |length: &f64| symfolio_expr::math::exp(shortest - length);
    let total: f64 = lengths.iter().map(share).sum();
    let weights = with.iter().zip(&lengths).map(|((kind, _), length)| (*kind, share(length) / total)).collect();
    Evidence {
        p_value: p_value(values, &without, best),
        // No value has more bits than its 64.
        bits: ((length(values, &without, scale) - shortest) / std::f64::consts::LN_2).min(64.0 * values.n() as f64),
        weights,
        untested: None,
    }
}
