//! Laws under noise, beside what a long search makes of the noise.

use super::*;

/// How a measurement goes wrong.
#[derive(Clone, Copy, Debug)]
enum Noise {
    /// By a share of the value.
    Share(f64),
    /// By a share of the target's standard deviation.
    Even(f64),
}

/// Measurements of `law` at random places between 0.5 and 4 in `n_features` features; a quarter validates, none below 200 rows.
fn measured(seed: u64, n_rows: usize, n_features: usize, noise: Noise, law: fn(&[f64]) -> f64) -> Problem {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let rows: Vec<Vec<f64>> =
        (0..n_rows).map(|_| (0..n_features).map(|_| rng.random_range(0.5..4.0)).collect()).collect();
    let mut target: Vec<f64> = rows.iter().map(|x| law(x)).collect();
    let normal = Normal::new(0.0, 1.0).unwrap();
    let deviation = variance(&target, None).sqrt();
    for y in &mut target {
        let error = normal.sample(&mut rng);
        match noise {
            Noise::Share(share) => *y *= 1.0 + share * error,
            Noise::Even(share) => *y += share * deviation * error,
        }
    }
    let column = |j: usize| Column::new(&format!("x{j}"), rows.iter().map(|row| row[j]).collect::<Vec<f64>>());
    let columns = (0..n_features).map(column).collect();
    problem(
        Dataset::new("measured", columns, Column::new("y", target), None).unwrap(),
        if n_rows < 200 { 0 } else { n_rows / 4 },
    )
}

/// `law` plus the one of thousands of terms that the training rows' residuals take for structure most.
fn mined(problem: &Problem, law: &str) -> String {
    let table = problem.judge.table(problem.dataset.as_ref().unwrap());
    let expr = parse(law, &problem.features).unwrap();
    let row = |i: usize| (0..table.n_features()).map(|j| table.feature(j)[i]).collect::<Vec<f64>>();
    let rows: Vec<Vec<f64>> = (0..problem.split.train.len()).map(row).collect();
    let residuals: Vec<f64> = rows.iter().zip(table.target.iter()).map(|(x, y)| y - expr.value(x)).collect();
    let last = table.n_features() - 1;
    let mut best = (0.0, String::new());
    for term in [format!("x0**2*cos(W*x{last})"), format!("sin(W*x0)/x{last}"), "exp(x0)*cos(W*x0)".into()] {
        for step in 1..400 {
            let text = term.replace('W', &format!("{}", 0.37 * f64::from(step)));
            let part = parse(&text, &problem.features).unwrap();
            let values: Vec<f64> = rows.iter().map(|x| part.value(x)).collect();
            let along: f64 = residuals.iter().zip(&values).map(|(r, t)| r * t).sum();
            let square: f64 = values.iter().map(|t| t * t).sum();
            if along * along / square > best.0 {
                best = (along * along / square, format!("{law} + {}*{text}", along / square));
            }
        }
    }
    best.1
}

#[test]
fn noise_is_not_taken_for_structure() {
    type Law = (&'static str, fn(&[f64]) -> f64, &'static [&'static str]);
    let laws: [Law; 5] = [
        ("3.2*x0**2/x1", |x| 3.2 * x[0] * x[0] / x[1], &["x0**2", "3*x0/x1", "3*x0**2.1/x1", "3*x0**2/x1 + 0.1*x0"]),
        (
            "5.4*x0*exp(-1.3*x1)",
            |x| 5.4 * x[0] * (-1.3 * x[1]).exp(),
            &["2*x0/x1", "x0/x1**2", "5*x0*exp(-1.2*x1) + 0.1"],
        ),
        (
            "6.67*x0*x1/x2**2",
            |x| 6.67 * x[0] * x[1] / (x[2] * x[2]),
            &["5*x0*x1/x2", "9*x0/x2**2", "6*x0*x1**1.1/x2**2"],
        ),
        (
            "2.5*x0 + exp(1.1*x1)",
            |x| 2.5 * x[0] + (1.1 * x[1]).exp(),
            &["9*x1", "exp(1.2*x1)", "2.5*x0 + exp(1.1*x1) + 0.3*x2"],
        ),
        (
            "2.1*sqrt(x0/x1)",
            |x| 2.1 * (x[0] / x[1]).sqrt(),
            &["2*x0/x1", "2*sqrt(x0)", "2*(x0/x1)**0.45", "2*sqrt(x0/x1) + 0.1"],
        ),
    ];
    let noises = [Noise::Share(0.01), Noise::Share(0.03), Noise::Share(0.05), Noise::Even(0.01), Noise::Even(0.05)];
    for (seed, (law, function, others)) in (0u64..).zip(laws) {
        for (n_rows, noise) in [120, 300, 240, 600, 100].into_iter().zip(noises) {
            let problem = measured(seed, n_rows, 3, noise, function);
            let junk = mined(&problem, law);
            let forms: Vec<&str> = others.iter().copied().chain([law, &junk]).collect();
            let selection = selected(&problem, &front(&problem, &forms));
            let chosen = &selection.members[selection.chosen];
            let wanted = parse(law, &problem.features).unwrap();
            let x = [1.3, 2.1, 1.7];
            let near = (chosen.expr.value(&x) / wanted.value(&x) - 1.0).abs() < 0.05;
            let lines: Vec<String> = selection.members.iter().map(|member| text(&problem, member)).collect();
            let right = near && chosen.complexity == problem.complexity.of(&wanted);
            assert!(
                right,
                "{law} with {n_rows} rows and {noise:?}: {} of\n{}",
                text(&problem, chosen),
                lines.join("\n")
            );
        }
    }
}

#[test]
fn a_term_for_the_noise_of_two_rows_goes() {
    let planck = example(include_str!("../../../../examples/blackbody.csv"));
    let law = "39.7301*nu**3/(exp(0.527993*nu) - 1)";
    let junk = ["- 7e-33*exp(nu)**3", "- 3.9e-38*exp(4*nu)", "- 1.5e-10*exp(nu)"].map(|term| format!("{law} {term}"));
    let forms: Vec<&str> = [law].into_iter().chain(junk.iter().map(String::as_str)).collect();
    check(&planck, &forms, law);
}

#[test]
fn one_wrong_cell_is_told_and_not_explained() {
    let mut rng = ChaCha8Rng::seed_from_u64(3);
    let normal = Normal::new(0.0, 0.1).unwrap();
    let x: Vec<f64> = (0..100).map(|_| rng.random_range(0.0..5.0)).collect();
    let mut y: Vec<f64> = x.iter().map(|x| 2.0 * x + 1.0 + normal.sample(&mut rng)).collect();
    y[5] = 1e6;
    let pole = format!("2*x + 1 + 0.001/({} - x)", x[5] + 1e-9);
    let data = Dataset::new("", vec![Column::new("x", x)], Column::new("y", y), None).unwrap();
    let problem = problem(data, 0);
    let selection = selected(&problem, &front(&problem, &["c0*x", &pole]));
    let chosen = &selection.members[selection.chosen];
    assert!(
        chosen.complexity == 1 && selection.members.iter().all(|member| !member.exact),
        "{}",
        text(&problem, chosen)
    );
    assert_eq!(selection.outliers, [5]);
}

#[test]
fn the_front_falls_strictly_and_holds_each_formula_once() {
    for (n_rows, level) in [(400, 0.0), (400, 0.1), (100, 0.05), (30, 0.3)] {
        let problem = synthetic(n_rows, level, |a, b| 2.5 * a * (-0.3 * b).exp());
        let candidates = front(&problem, &DAMPED);
        for spent in [0.0, 0.6, 0.9] {
            let options = SelectOptions::default();
            let selection =
                select(&mut ChaCha8Rng::seed_from_u64(1), &problem, &Pool::of(&candidates), &options, &|_| spent);
            let others: Vec<&Finished> =
                selection.members.iter().enumerate().filter(|(i, _)| *i != selection.chosen).map(|(_, m)| m).collect();
            let falls =
                |pair: &[&Finished]| pair[0].complexity < pair[1].complexity && pair[0].train.loss > pair[1].train.loss;
            assert!(others.windows(2).all(falls), "{n_rows} {level} {spent}");
            let texts: Vec<String> =
                selection.members.iter().map(|m| infix_rounded(&m.expr, &problem.features, 6)).collect();
            assert!(texts.iter().enumerate().all(|(i, text)| !texts[..i].contains(text)), "{texts:?}");
        }
    }
}

#[test]
fn figures_belong_to_the_expression() {
    let problem = synthetic(400, 0.1, |a, b| 2.345 * a * (-0.3217 * b).exp());
    let selection = selected(&problem, &front(&problem, &DAMPED));
    assert_eq!((selection.rows, selection.validation), ((300, 100), Some(Validation::HeldOut)));
    let data = problem.dataset.as_ref().unwrap();
    let train = symfolio_core::Table::gather(data, &problem.split.train);
    for member in &selection.members {
        let row = |i: usize| [train.feature(0)[i], train.feature(1)[i]];
        let squares = (0..train.n_rows()).map(|i| (train.target[i] - member.expr.value(&row(i))).powi(2));
        let mse = squares.sum::<f64>() / train.n_rows() as f64;
        assert!((member.train.loss / mse - 1.0).abs() < 1e-9, "{}", text(&problem, member));
    }
    let few = synthetic(100, 0.1, |a, b| a + b);
    let selection = selected(&few, &front(&few, &["x0", "x0 + x1"]));
    assert_eq!((selection.rows, selection.validation), ((100, 0), Some(Validation::CrossValidation { folds: 10 })));
}

#[test]
fn without_time_the_chosen_formula_is_still_well_spelled() {
    let problem = synthetic(240, 0.01, |a, b| 3.2 * a * a / b);
    for form in ["3.2/(x1/x0**2)", "-3.2/(-x1/x0**2)", "3.2*pow(x0, 2)/x1 + 0*x0"] {
        let candidates = front(&problem, &[form]);
        let options = SelectOptions::default();
        let selection =
            select(&mut ChaCha8Rng::seed_from_u64(1), &problem, &Pool::of(&candidates), &options, &|_| 0.99);
        let chosen = &selection.members[selection.chosen];
        let form = infix_form(&chosen.expr, &problem.features);
        assert!(chosen.complexity <= 6 && !form.contains("/(") && !form.contains("pow"), "{form}");
        assert!(chosen.constants.iter().all(|constant| constant.value > 0.0), "{form}");
    }
}
