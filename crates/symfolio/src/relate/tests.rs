use std::collections::BTreeSet;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use symfolio_core::{Budget, Column, Dataset};

use super::*;
use crate::constants::FitConstants;

/// A normally distributed number, nearly.
fn normal(rng: &mut ChaCha8Rng) -> f64 {
    (0..12).map(|_| rng.random::<f64>()).sum::<f64>() - 6.0
}

#[test]
fn exact_relations_are_named() {
    let lengths: Vec<f64> = (0..8).map(|g| 1.0 + 4.0 * f64::from(g) / 7.0).collect();
    let decoy: Vec<f64> = [303.1, 287.6, 311.8, 295.0, 281.3, 318.2, 299.9, 306.4].to_vec();
    let names = ["L".to_string(), "T".to_string()];
    let groups: Vec<String> = (0..8).map(|g| format!("g{g}")).collect();
    let check = |law: fn(f64, f64) -> f64, error: f64, formula: &str, sentence: &str| {
        let estimates: Vec<(f64, f64)> = lengths.iter().zip(&decoy).map(|(l, t)| (law(*l, *t), error)).collect();
        let found = relation("c0", &estimates, &[lengths.clone(), decoy.clone()], &names, &groups, 6);
        assert_eq!(found.formula.as_deref(), Some(formula), "{found:#?}");
        assert!(found.sentence.contains(sentence), "{}", found.sentence);
    };
    check(|l, _| 2.34 * l, 0.0, "2.34*L", ": c0 = 2.34*L; no relation with T");
    check(|l, _| 0.8 * l * l, 1e-3, "0.8*L**2", "c0 goes with L**2 (exponent 2.00000, 1.9");
    check(|_, _| 12.1, 1e-3, "12.1", "c0: no relation with L, T");
    check(|_, _| 0.0, 0.0, "0", "c0: no relation with L, T");
    check(|_, _| 0.0, 1e-3, "0", "c0: no relation with L, T");
    check(|_, _| -3.0, 0.0, "-3", "c0: no relation with L, T");
    check(|l, _| 1.0 + 0.5 * l, 1e-3, "1 + 0.5*L", "is linear in L");
    check(|l, _| 3.0 * (-0.4 * l).exp(), 1e-4, "3*exp(-0.4*L)", "is exponential in L");
    check(|l, _| 1.0 + 2.0 / l, 1e-4, "1 + 2/L", "is linear in 1/L");
    check(|l, _| -4.0 / l, 1e-4, "-4/L", "is inversely proportional to L");
    check(|l, _| l.cbrt(), 1e-5, "1*L**(1/3)", "goes with L**(1/3)");
    check(|l, _| l.powf(0.77), 1e-5, "1*L**0.77", "goes with a power of L");
    check(|l, t| 2.0 * l * l * (0.01 * (t - 300.0)).exp(), 1e-4, "0.09957*L**2*exp(0.01*T)", "goes with L**2");
    check(|l, _| 0.9987 * l, 1e-4, "0.9987*L", "it is L (times 0.9987)");
}

#[test]
fn an_exponent_is_simple_unless_the_values_clearly_speak_against_it() {
    // An error of 0.001 leaves one of 0.00034 in the exponent; with 6 degrees of freedom 2.4 of these are 5 %, 3.7 are 1 %.
    let lengths: Vec<f64> = (0..8).map(|g| 1.0 + 4.0 * f64::from(g) / 7.0).collect();
    let groups: Vec<String> = (0..8).map(|g| format!("g{g}")).collect();
    for (true_exponent, simple) in
        [(1.0, Some(1.0)), (1.001, Some(1.0)), (1.002, None), (2.001, None), (4.0 + 1e-7, Some(4.0))]
    {
        let estimates: Vec<(f64, f64)> = lengths.iter().map(|l| (l.powf(true_exponent), 1e-3)).collect();
        let found = relation("c0", &estimates, std::slice::from_ref(&lengths), &["L".to_string()], &groups, 1);
        assert_eq!(found.dependences[0].exponent, simple, "{true_exponent}: {}", found.sentence);
        assert_eq!(found.dependences[0].kind, Some(Kind::Power));
    }
}

/// How often a decoy is named, and how often the true relations are, in so many experiments with eight groups. Errors of the
/// constants are `share` of their values, and known from 20 rows each.
fn experiments(count: u64, share: f64, scatter: f64) -> (usize, usize) {
    let (mut false_alarms, mut found) = (0, 0);
    let names = ["L".to_string(), "T".to_string()];
    let groups: Vec<String> = (0..8).map(|g| format!("g{g}")).collect();
    for experiment in 0..count {
        let mut rng = ChaCha8Rng::seed_from_u64(experiment);
        let lengths: Vec<f64> = (0..8).map(|g| 1.0 + 4.0 * f64::from(g) / 7.0).collect();
        let decoy: Vec<f64> = (0..8).map(|_| 280.0 + 40.0 * rng.random::<f64>()).collect();
        let laws: [fn(f64) -> f64; 3] = [|l| 0.8 * l * l, |l| 1.7 * l, |_| 12.1];
        let mut alarm = false;
        for (index, law) in laws.iter().enumerate() {
            let estimates: Vec<(f64, f64)> = lengths
                .iter()
                .map(|length| {
                    let error = share * law(*length) * (0.5 + rng.random::<f64>());
                    let known = (0..20).map(|_| normal(&mut rng).powi(2)).sum::<f64>() / 20.0;
                    (law(*length) + scatter * error * normal(&mut rng), error * known.sqrt())
                })
                .collect();
            let result = relation("c", &estimates, &[lengths.clone(), decoy.clone()], &names, &groups, 6);
            let kinds: Vec<Option<Kind>> = result.dependences.iter().map(|found| found.kind).collect();
            alarm |= kinds[1].is_some() || (index == 2 && kinds[0].is_some());
            let exponent = result.dependences[0].exponent;
            found += usize::from(index < 2 && exponent == Some([2.0, 1.0][index]));
        }
        false_alarms += usize::from(alarm);
    }
    (false_alarms, found)
}

#[test]
fn decoys_are_rarely_named_and_true_relations_nearly_always() {
    // (error, scatter in units of it, most false alarms, fewest relations of 80)
    for (share, scatter, alarms, relations) in [(0.02, 1.0, 2, 72), (0.02, 3.0, 2, 60)] {
        let (false_alarms, found) = experiments(40, share, scatter);
        assert!(false_alarms <= alarms && found >= relations, "{share} {scatter}: {false_alarms} {found}");
    }
}

/// Groups of `rows` rows each of `law(quantity, x)`, x from 0 to 10, with some noise.
fn groups(quantity: &[f64], rows: usize, law: impl Fn(f64, f64) -> f64) -> GroupedData {
    let mut rng = ChaCha8Rng::seed_from_u64(5);
    let (mut x, mut y, mut labels) = (Vec::new(), Vec::new(), Vec::new());
    for q in quantity {
        for row in 0..rows {
            let at = 10.0 * row as f64 / (rows - 1) as f64;
            x.push(at);
            y.push(law(*q, at) + 0.01 * normal(&mut rng));
            labels.push(format!("q{q}"));
        }
    }
    let dataset = Dataset::new("groups", vec![Column::new("x", x)], Column::new("y", y), None).unwrap();
    GroupedData::new(dataset, &labels)
}

fn related(data: &GroupedData, text: &str, shared: &[&str], quantity: &[f64]) -> Result<RelateResult, RelateError> {
    let formula = Formula::parse(text, &data.dataset.feature_names()).unwrap();
    let shared: BTreeSet<String> = shared.iter().map(|name| name.to_string()).collect();
    let fit = FitConstants { budget: Budget::Work(1_000_000_000), ..FitConstants::default() };
    let quantities = [Quantity { name: "q".into(), values: quantity.to_vec() }];
    relate(data, &formula, &quantities, &GroupedConstants { fit, shared })
}

#[test]
fn groups_are_brought_into_one_mode() {
    // Any of the phases 2 pi apart, and either sign of amplitude and frequency, fit a group alike.
    let quantity = [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0];
    let data = groups(&quantity, 30, |q, x| 2.0 * (1.3 * x + 0.9 * q).sin());
    let found = related(&data, "c0*sin(c1*x + c2)", &[], &quantity).unwrap();
    let kinds: Vec<Option<Kind>> = found.relations.iter().map(|relation| relation.dependences[0].kind).collect();
    assert_eq!(kinds[..2], [None, None], "{:#?}", found.relations);
    let phase = &found.relations[2].dependences[0];
    let slope = phase.value.unwrap_or(f64::NAN).abs();
    assert!(phase.kind == Some(Kind::Linear) && (slope - 0.9).abs() < 0.01, "{:#?}", found.relations[2]);
}

#[test]
fn groups_that_do_not_determine_a_constant_are_left_out() {
    let quantity = [1.0, 2.0, 3.0, 4.0, 5.0];
    let mut data = groups(&quantity, 12, |q, x| q * (-0.5 * x).exp() + 0.2);
    // Of the last group a single row is left.
    data.rows[4].truncate(1);
    let found = related(&data, "c0*exp(-c1*x) + c2", &["c1"], &quantity).unwrap();
    assert_eq!(found.relations[0].left_out, ["q5"]);
    assert_eq!(found.relations[0].dependences[0].exponent, Some(1.0), "{:#?}", found.relations[0]);
    assert!(found.relations[0].sentence.ends_with("left out for not being determined there: 1 of 5 groups"));
    let too_few = related(&data, "c0*exp(-c1*x) + c2", &[], &quantity[..3]);
    assert!(matches!(too_few, Err(RelateError::Length { found: 3, groups: 5, .. })));
    assert_eq!(related(&data, "2*x", &[], &quantity), Err(RelateError::NoConstant));
    let formula = Formula::parse("c0*x", &data.dataset.feature_names()).unwrap();
    let named = [Quantity { name: "c0".into(), values: quantity.to_vec() }];
    let refused = relate(&data, &formula, &named, &GroupedConstants::default());
    assert_eq!(refused, Err(RelateError::SameName { name: "c0".into() }));
}

#[test]
fn groups_without_rows_to_spare_are_related_by_their_scatter() {
    let quantity = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
    let data = groups(&quantity, 2, |q, x| 1.0 + 2.0 * q * x);
    let found = related(&data, "c0 + c1*x", &[], &quantity).unwrap();
    assert_eq!(found.relations[1].dependences[0].exponent, Some(1.0), "{:#?}", found.relations[1]);
    assert_eq!(found.relations[0].dependences[0].kind, None, "{:#?}", found.relations[0]);
    assert!(found.notes[0].contains("no rows to spare"), "{:?}", found.notes);
    // Two constants that make up for each other are not determined, with or without errors.
    let product = related(&data, "c0*c2 + c1*x", &[], &quantity).unwrap();
    assert_eq!(product.relations[0].groups, 0, "{:#?}", product.relations[0]);
}

#[test]
fn constants_at_a_bound_are_said_to_be() {
    let quantity = [1.0, 2.0, 3.0, 4.0, 5.0];
    let data = groups(&quantity, 12, |q, x| q + x);
    let formula = Formula::parse("c0 + c1*x", &data.dataset.feature_names()).unwrap();
    let bounds = [("c0".to_string(), (0.0, 2.5))].into_iter().collect();
    let fit = FitConstants { budget: Budget::Work(1_000_000_000), bounds, ..FitConstants::default() };
    let quantities = [Quantity { name: "q".into(), values: quantity.to_vec() }];
    let found = relate(&data, &formula, &quantities, &GroupedConstants { fit, ..Default::default() }).unwrap();
    assert!(
        found.notes.iter().any(|note| note.starts_with("c0 is at its bound in 3 of 5 groups")),
        "{:?}",
        found.notes
    );
}

#[test]
fn a_design_spreads_every_quantity() {
    let range = |name: &str, low: f64, high: f64| Range { name: name.into(), low, high };
    let one = design(&mut ChaCha8Rng::seed_from_u64(0), &[range("L", 1.0, 5.0)], 5);
    assert_eq!(one.concat(), [1.0, 2.0, 3.0, 4.0, 5.0]);
    let decades = design(&mut ChaCha8Rng::seed_from_u64(0), &[range("L", 1.0, 1000.0)], 4).concat();
    for (found, wanted) in decades.iter().zip([1.0, 10.0, 100.0, 1000.0]) {
        assert!((found / wanted - 1.0f64).abs() < 1e-12);
    }
    let ranges = [range("L", 1.0, 5.0), range("T", 280.0, 320.0), range("p", -1.0, 1.0)];
    for seed in 0..20 {
        let found = design(&mut ChaCha8Rng::seed_from_u64(seed), &ranges, 9);
        for (index, range) in ranges.iter().enumerate() {
            let mut column: Vec<f64> = found.iter().map(|setting| setting[index]).collect();
            let centred =
                |column: &[f64]| -> Vec<f64> { column.iter().map(|v| v - (range.low + range.high) / 2.0).collect() };
            if index > 0 {
                let (a, b) = (found.iter().map(|setting| setting[0] - 3.0), centred(&column));
                let product: f64 = a.zip(&b).map(|(a, b)| a * b).sum();
                let unit = (range.high - range.low) / 8.0 * 0.5 * 60.0;
                assert!(
                    (product / unit).abs() < 0.35,
                    "seed {seed}: quantity {index} follows the first one: {}",
                    product / unit
                );
            }
            column.sort_by(f64::total_cmp);
            assert!(
                column[0] == range.low && column[8] == range.high && column.windows(2).all(|pair| pair[0] < pair[1])
            );
        }
    }
}
