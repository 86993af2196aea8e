//! Whole profiles with known answers.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, Normal};
use symfolio_core::{Column, Dataset};

use crate::testing::dataset;
use crate::{describe, profile};

/// The data set with noise of `level` standard deviations of its target added.
fn noisy(data: &Dataset, level: f64) -> Dataset {
    let deviation = crate::column::profile(&data.target().values).deviation;
    let normal = Normal::new(0.0, level * deviation).unwrap();
    let mut rng = ChaCha8Rng::seed_from_u64(3);
    let target: Vec<f64> = data.target().values.iter().map(|y| y + normal.sample(&mut rng)).collect();
    Dataset::new("noisy", data.features().to_vec(), Column::new("y", target), None).unwrap()
}

/// The noise found, in standard deviations of the target without noise.
fn noise_found(n_rows: usize, n_features: usize, level: f64, law: fn(&[f64]) -> f64) -> Option<f64> {
    let data = dataset(n_rows, n_features, law);
    let deviation = crate::column::profile(&data.target().values).deviation;
    profile(&noisy(&data, level)).noise.map(|noise| noise / deviation)
}

#[test]
fn noise_is_found_within_a_fifth() {
    let damped: fn(&[f64]) -> f64 = |x| 2.5 * x[0] * (-0.3 * x[1]).exp();
    for (n_rows, n_features, law, levels) in [
        (40, 1, (|x| 2.0 * x[0]) as fn(&[f64]) -> f64, [0.001, 0.01, 0.5]),
        (300, 1, |x| (4.0 * x[0]).sin(), [0.01, 0.1, 1.0]),
        (400, 2, damped, [0.01, 0.1, 0.5]),
        (500, 4, |x| x[0] * x[1] / x[2].sqrt(), [0.1, 0.5, 1.0]),
    ] {
        for level in levels {
            let found = noise_found(n_rows, n_features, level, law);
            assert!(
                found.is_some_and(|f| f > 0.8 * level && f < 1.2 * level),
                "{n_rows} {n_features} {level} {found:?}"
            );
        }
    }
}

#[test]
fn no_noise_is_invented() {
    fn check(n_rows: usize, n_features: usize, law: fn(&[f64]) -> f64) {
        let found = noise_found(n_rows, n_features, 0.0, law);
        assert!(found.is_none_or(|found| found < 3e-3), "{n_rows} {n_features} {found:?}");
    }
    check(3, 1, |x| x[0]);
    check(10, 1, |x| x[0].powf(1.5));
    check(100, 1, |x| (5.0 * x[0]).sin());
    check(300, 2, |x| x[0].powf(x[1]));
    check(300, 4, |x| x[0] * x[1] / (x[2] - 0.2 * x[3]).powi(2));
    check(300, 6, |x| x[0] * x[1] * (3.0 * x[2]).cos() + x[3] * x[4] / x[5]);
}

#[test]
fn idle_features_are_told_from_busy_ones() {
    let data = dataset(500, 3, |x| (4.0 * x[1]).sin());
    let profile = profile(&data);
    let relevance: Vec<f64> = profile.features.iter().map(|feature| feature.relevance).collect();
    assert!(relevance[1] > 0.9 && relevance[0] < 0.15 && relevance[2] < 0.15, "{relevance:?}");
    assert_eq!((profile.n_rows, profile.n_distinct), (500, 500));
}

#[test]
fn constant_features_and_repeated_rows_do_no_harm() {
    let a = Column::new("a", vec![1.0, 1.0, 2.0, 2.0, 3.0, 3.0]);
    let b = Column::new("b", vec![5.0; 6]);
    let data = Dataset::new("", vec![b, a], Column::new("y", vec![1.0, 1.1, 2.0, 2.1, 3.0, 3.1]), None).unwrap();
    let found = profile(&data);
    assert_eq!((found.n_distinct, found.features[0].relevance, found.features[0].monotonicity), (3, 0.0, 0.0));
    assert!(found.linear_r2 > 0.98, "{found:?}");
    let only = Dataset::new("", vec![data.features()[0].clone()], data.target().clone(), None).unwrap();
    let found = profile(&only);
    assert!(found.noise.is_none() && found.neighbours_r2 == 0.0 && found.linear_r2 <= 0.0, "{found:?}");
}

#[test]
fn every_figure_is_finite_for_any_finite_numbers() {
    for scale in [1e-300, 1e-150, 1e150, 1e300] {
        let column = |name: &str, shift: f64| {
            Column::new(name, (0..50).map(|i| scale * (f64::from(i * i % 17) + shift)).collect::<Vec<f64>>())
        };
        let data = Dataset::new("", vec![column("a", 0.0), column("b", 1.0)], column("y", 2.0), None).unwrap();
        let found = profile(&data);
        assert!(found.noise.is_none_or(f64::is_finite), "{found:?}");
        for r2 in [Some(found.linear_r2), found.quadratic_r2, found.power_law_r2, Some(found.neighbours_r2)] {
            assert!(r2.is_none_or(|r2| (-1.0..=1.0).contains(&r2)), "{scale} {found:?}");
        }
        assert!(found.linear_r2 > 0.999, "{scale} {found:?}");
    }
}

#[test]
fn the_text_names_what_matters() {
    let data = dataset(200, 2, |x| 3.0 * x[0] + 0.01 * x[1]);
    let text = describe(&profile(&data), &["length".into(), "width".into()], "area");
    for part in ["200 rows, 2 features\n", "  length ", "target area: from ", "no noise to be seen", "1 - "] {
        assert!(text.contains(part), "{part:?} is missing in\n{text}");
    }
    assert!(!text.contains("it follows") && text.contains("sum of functions of one feature each"), "{text}");
    let power = describe(&profile(&dataset(300, 2, |x| 2.0 * x[0].powf(1.5) / x[1])), &[], "y");
    assert!(power.contains("it follows a power law: x0**1.5 * x1**-1\n"), "{power}");
    let busy = text.lines().position(|line| line.contains("length")).unwrap();
    assert!(text.lines().position(|line| line.contains("width")).unwrap() > busy, "{text}");
    println!("{text}");
}
