//! What counts as evidence: rows without weight, columns among hundreds, winners that rows held out disown, formulas not yet measured.

use super::*;

/// `n` rows of `d` features that are pure noise of deviation 1, and `law` of them plus noise; a quarter validates, none below 200 rows.
fn wide(seed: u64, (n, d): (usize, usize), law: impl Fn(&[f64]) -> f64) -> Problem {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let normal = Normal::new(0.0, 1.0).unwrap();
    let rows: Vec<Vec<f64>> = (0..n).map(|_| (0..d).map(|_| normal.sample(&mut rng)).collect()).collect();
    let target: Vec<f64> = rows.iter().map(|row| law(row) + normal.sample(&mut rng)).collect();
    let column = |j: usize| Column::new(&format!("x{j}"), rows.iter().map(|row| row[j]).collect::<Vec<f64>>());
    let dataset = Dataset::new("wide", (0..d).map(column).collect(), Column::new("y", target), None).unwrap();
    problem(dataset, if n < 200 { 0 } else { n / 4 })
}

/// The features by how much they correlate with what `law` leaves of the target on the training rows.
fn by_correlation(problem: &Problem, law: impl Fn(&[f64]) -> f64) -> Vec<usize> {
    let data = problem.dataset.as_ref().unwrap();
    let row = |i: u32| data.features().iter().map(|feature| feature.values[i as usize]).collect::<Vec<f64>>();
    let rows: Vec<Vec<f64>> = problem.split.train.iter().map(|i| row(*i)).collect();
    let left: Vec<f64> =
        problem.split.train.iter().zip(&rows).map(|(i, x)| data.target().values[*i as usize] - law(x)).collect();
    let mean = left.iter().sum::<f64>() / left.len() as f64;
    let along = |j: usize| rows.iter().zip(&left).map(|(x, y)| x[j] * (y - mean)).sum::<f64>().abs();
    let mut order: Vec<usize> = (0..data.features().len()).collect();
    order.sort_by(|a, b| along(*b).total_cmp(&along(*a)));
    order
}

fn chosen(problem: &Problem, forms: &[String]) -> String {
    let forms: Vec<&str> = forms.iter().map(String::as_str).collect();
    let selection = selected(problem, &front(problem, &forms));
    infix_rounded(&selection.members[selection.chosen].expr, &problem.features, 3)
}

#[test]
fn a_winner_that_rows_held_out_disown_does_not_hand_the_choice_to_a_constant() {
    for seed in 0..8 {
        let law = |x: &[f64]| 0.6 * x[0];
        let problem = wide(seed, (240, 120), law);
        let noise: Vec<usize> = by_correlation(&problem, law).into_iter().filter(|j| *j != 0).take(12).collect();
        // Fits of ever more columns of noise: on the training rows each gains by far.
        let longer = |n: usize| {
            let terms: Vec<String> = noise[..n].iter().map(|j| format!(" + c{}*x{j}", j + 1)).collect();
            format!("c0*x0{}", terms.concat())
        };
        let forms = ["c0".to_string(), "c0*x0".into(), longer(2), longer(6), longer(12)];
        let text = chosen(&problem, &forms);
        assert!(text.ends_with("x0"), "{seed}: {text}");
    }
}

#[test]
fn one_column_of_hundreds_is_no_evidence_by_being_the_best() {
    for seed in 0..6 {
        let problem = wide(seed, (100, 300), |_| 0.0);
        let best = by_correlation(&problem, |_| 0.0);
        let forms = [
            format!("c0*x{}", best[0]),
            format!("c0*x{} + c1*x{}", best[0], best[1]),
            format!("c0*x{0}*abs(x{0})", best[0]),
        ];
        let text = chosen(&problem, &forms);
        assert!(!text.contains('x'), "{seed}: {text}");
    }
}

#[test]
fn one_column_of_hundreds_is_found_where_it_is_the_law() {
    for seed in 0..6 {
        let problem = wide(seed, (220, 150), |x| 0.55 * x[0]);
        let text = chosen(&problem, &["c0".to_string(), "c0*x0".into()]);
        assert!(text.ends_with("x0"), "{seed}: {text}");
    }
}

#[test]
fn rows_without_weight_are_no_rows() {
    let mut rng = ChaCha8Rng::seed_from_u64(2);
    let normal = Normal::new(0.0, 1.0).unwrap();
    let x: Vec<f64> = (0..400).map(|_| rng.random_range(0.0..4.0)).collect();
    let y: Vec<f64> = x.iter().map(|x| 2.0 * x + 1.0 + normal.sample(&mut rng)).collect();
    let counts = |row: &usize| row % 10 == 3;
    let part = |values: &[f64]| (0..400).filter(counts).map(|row| values[row]).collect::<Vec<f64>>();
    let forms = ["c0*x", "c0*x + c1", "c0*x + c1*x**2 + c2", "c0*x + c1*sin(3*x) + c2", "c0*sqrt(x)"];
    let weights = (0..400).map(|row| if counts(&row) { 2.0 } else { 0.0 }).collect();
    let with = Dataset::new("", vec![Column::new("x", x.clone())], Column::new("y", y.clone()), Some(weights)).unwrap();
    let without = Dataset::new("", vec![Column::new("x", part(&x))], Column::new("y", part(&y)), None).unwrap();
    let [with, without] = [problem(with, 100), problem(without, 10)].map(|problem| {
        let selection = selected(&problem, &front(&problem, &forms));
        assert_eq!(selection.rows, (40, 0));
        selection
    });
    assert_eq!(with.alternatives.len(), without.alternatives.len());
    for (with, without) in with.alternatives.iter().zip(&without.alternatives) {
        assert_eq!(with.structure, without.structure);
        assert!((with.weight - without.weight).abs() < 1e-6, "{} and {}", with.weight, without.weight);
    }
}

#[test]
fn a_target_that_does_not_vary_leaves_figures_that_can_be_written() {
    let x: Vec<f64> = (0..300).map(f64::from).collect();
    let mut y = vec![1.0; 300];
    y[290] = 2.0;
    let dataset = Dataset::new("", vec![Column::new("x", x)], Column::new("y", y), None).unwrap();
    let problem = problem(dataset, 75);
    let selection = selected(&problem, &front(&problem, &["c0*x", "c0 + c1*x", "1 + 0.01*x"]));
    assert!(!selection.members.is_empty());
    for member in &selection.members {
        let figures = [Some(member.train), member.validation].into_iter().flatten();
        assert!(figures.flat_map(|it| [it.loss, it.nmse, it.r2, it.rmse]).all(f64::is_finite), "{member:?}");
    }
}

#[test]
fn intervals_are_those_of_the_loss() {
    // A line with gross errors on one side: squares would have a wide interval, the absolute error has not.
    let mut rng = ChaCha8Rng::seed_from_u64(9);
    let normal = Normal::new(0.0, 0.1).unwrap();
    let x: Vec<f64> = (0..80).map(|i| f64::from(i) / 8.0).collect();
    let wrong = |row: usize| if row % 11 == 5 { 40.0 } else { 0.0 };
    let y: Vec<f64> =
        x.iter().enumerate().map(|(row, x)| 2.3457 * x + 1.1234 + normal.sample(&mut rng) + wrong(row)).collect();
    let dataset = Dataset::new("", vec![Column::new("x", x)], Column::new("y", y), None).unwrap();
    let problem = Problem { loss: Loss::AbsoluteError, ..problem(dataset, 0) };
    let selection = selected(&problem, &front(&problem, &["c0", "c0*x + c1"]));
    let constants = &selection.members[selection.chosen].constants;
    let widths: Vec<f64> = constants.iter().filter_map(|c| c.interval).map(|(low, high)| high - low).collect();
    assert!(widths.len() == 2 && widths.iter().all(|width| *width < 0.3), "{constants:?}");
}

#[test]
fn what_is_most_promising_is_measured_even_where_polishing_takes_all_the_time() {
    let problem = synthetic(240, 0.01, |a, b| 2.5 * a * (-0.3 * b).exp());
    let candidates = front(&problem, &DAMPED);
    // One formula takes from the beginning of the time granted to nearly its end.
    let asked = Cell::new(0);
    let spent = |_| {
        asked.set(asked.get() + 1);
        if asked.get() > 60 { 0.8 } else { 0.0 }
    };
    let options = SelectOptions::default();
    let selection = select(&mut ChaCha8Rng::seed_from_u64(1), &problem, &Pool::of(&candidates), &options, &spent);
    let chosen = &selection.members[selection.chosen];
    assert!(chosen.validation.is_some() && chosen.complexity == 8, "{}", text(&problem, chosen));
}

#[test]
fn a_formula_that_was_compared_with_none_is_not_certain() {
    let problem = synthetic(60, 0.5, |a, b| 2.5 * a * (-0.3 * b).exp());
    let candidates = front(&problem, &DAMPED);
    let options = SelectOptions::default();
    let selection = select(&mut ChaCha8Rng::seed_from_u64(1), &problem, &Pool::of(&candidates), &options, &|_| 1.0);
    assert_eq!(selection.alternatives.len(), 1);
    assert!(selection.alternatives[0].weight < 1.0, "{}", selection.alternatives[0].weight);
}
