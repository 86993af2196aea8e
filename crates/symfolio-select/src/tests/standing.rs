//! Alternatives, stability, and what formulas do between and beyond the rows.

use super::*;
use crate::{Alternative, Sighting};

/// `n` rows of one feature from `low` to `high`, `law` of it, and even noise.
fn curve(n: u32, (low, high): (f64, f64), noise: f64, law: impl Fn(f64) -> f64) -> Problem {
    let mut rng = ChaCha8Rng::seed_from_u64(11);
    let normal = Normal::new(0.0, 1.0).unwrap();
    let x: Vec<f64> = (0..n).map(|i| low + (high - low) * f64::from(i) / f64::from(n - 1)).collect();
    let y: Vec<f64> = x.iter().map(|x| law(*x) + noise * normal.sample(&mut rng)).collect();
    problem(Dataset::new("curve", vec![Column::new("x", x)], Column::new("y", y), None).unwrap(), 0)
}

fn texts(problem: &Problem, alternatives: &[Alternative]) -> Vec<String> {
    alternatives.iter().map(|it| infix_form(&it.formula.expr, &problem.features)).collect()
}

#[test]
fn alternatives_are_plausible_and_different() {
    // Over a third of a period the data cannot tell a sine from a parabola.
    let problem = curve(40, (0.3, 1.3), 0.02, |x| (2.0 * x).sin());
    let forms = ["sin(c0*x)", "c0*x - c1*x**2", "c0*x", "x*c1 - x*x*c0", "sin(c0*x) + 1e-4*x", "sin(c0*x) + 1e-5"];
    let selection = selected(&problem, &front(&problem, &forms));
    let found = texts(&problem, &selection.alternatives);
    assert_eq!(selection.alternatives[0].formula, selection.members[selection.chosen]);
    let with = |part: &str| found.iter().filter(|text| text.contains(part)).count();
    assert_eq!((with("sin"), with("x**2") + with("x*x") + with("(x")), (1, found.len() - 2), "{found:?}");
    let total: f64 = selection.alternatives.iter().map(|it| it.weight).sum();
    assert!((total - 1.0).abs() < 1e-12);
    assert_eq!((selection.alternatives[0].distance, &selection.alternatives[0].differs), (0.0, &None));
    // They differ most beyond the data, and there they do what is said.
    for other in &selection.alternatives[1..] {
        let differs = other.differs.as_ref().unwrap();
        assert!((0.15..=1.8).contains(&differs.at[0]), "{differs:?}");
        assert_eq!(differs.other, other.formula.expr.value(&differs.at));
        assert_eq!(differs.chosen, selection.alternatives[0].formula.expr.value(&differs.at));
    }
    let structures: Vec<_> = selection.alternatives.iter().map(|it| it.structure).collect();
    assert!(structures.iter().enumerate().all(|(i, key)| !structures[..i].contains(key)), "{found:?}");
}

#[test]
fn sightings_are_those_of_the_structure() {
    let problem = curve(60, (0.5, 4.0), 0.0, |x| 2.5 * x.exp());
    let front = front(&problem, &["c0*x", "2.4*exp(x)"]);
    let others = [Candidate { id: 7, ..super::front(&problem, &["exp(x)*1.9"]).remove(0) }];
    let seen = |candidate, run, spent| Sighting { candidate, run, backend: format!("b{run}"), spent, own: true };
    let sightings = [seen(0, 0, 0.1), seen(1, 1, 0.4), seen(7, 2, 0.2)];
    let pool = Pool { front: &front, others: &others, sightings: &sightings };
    let selection = select(&mut ChaCha8Rng::seed_from_u64(1), &problem, &pool, &SelectOptions::default(), &|_| 0.0);
    let found = selection.stability.unwrap().found;
    assert_eq!((found.backends, found.runs, found.since), (vec!["b1".into(), "b2".into()], 2, Some(0.2)));
}

#[test]
fn a_choice_that_hangs_on_few_rows_is_told_from_a_firm_one() {
    let share = |n, noise| {
        let problem = curve(n, (0.5, 3.0), noise, |x| 1.5 * x + 0.1 * x * x);
        let selection = selected(&problem, &front(&problem, &["c0*x", "c0*x + c1*x**2", "c0*x**c1", "c0*exp(c1*x)"]));
        let stability = selection.stability.unwrap();
        assert!(stability.replicates >= 20 && (0.0..=1.0).contains(&stability.probability));
        stability.bootstrap.unwrap()
    };
    let loose = [10, 12, 14].map(|n| share(n, 0.5)).iter().sum::<f64>() / 3.0;
    let firm = share(150, 1e-3);
    assert!(firm == 1.0 && loose <= 0.9, "{firm:?} {loose:?}");
}

#[test]
fn a_pole_between_the_rows_loses() {
    // The pole explains the noise of two neighbours, and earns a few nats by that.
    let problem = curve(40, (0.0, 4.0), 0.05, |x| 3.0 * x + 1.0);
    let row = (1..39).max_by(|a, b| gap(&problem, *a).total_cmp(&gap(&problem, *b))).unwrap();
    let middle = 4.0 * (row as f64 + 0.5) / 39.0;
    let with_pole = format!("c0*x + c1 + 0.002/(x - {middle})");
    let selection = selected(&problem, &front(&problem, &["c0*x", "c0*x + c1", &with_pole]));
    let text = infix_form(&selection.members[selection.chosen].expr, &problem.features);
    assert!(!text.contains('/'), "{text}");
    // Where the law has one, the evidence is overwhelming.
    let problem = curve(80, (0.0, 4.0), 0.05, |x| 2.0 / (x - 1.737));
    let selection = selected(&problem, &front(&problem, &["c0*x", "c0*x + c1", "1.9/(x - 1.74)", "c0*x**2 + c1*x"]));
    let chosen = &selection.alternatives[0];
    assert!(texts(&problem, &selection.alternatives)[0].contains('/'));
    let note = chosen.extrapolation.notes.first().unwrap();
    assert!(note.starts_with("has a pole between the rows of the data, at x = 1.73"), "{note}");
}

/// By how much the residuals of a row and the next differ, falling.
fn gap(problem: &Problem, row: usize) -> f64 {
    let target = &problem.dataset.as_ref().unwrap().target().values;
    let residual = |row: usize| target[row] - (3.0 * 4.0 * row as f64 / 39.0 + 1.0);
    residual(row + 1) - residual(row)
}

#[test]
fn every_part_of_the_chosen_formula_is_tested() {
    // The law is not on the front: a longer formula that holds it is.
    for (longer, expected) in [
        ("2.5*x0*exp(-0.3*x1) + 0.001*sin(3*x0)", "c0*x0*exp(c1*x1)"),
        ("2.5*x0*exp(-0.3*x1)*(1 + 0.0001*x1)", "c0*x0*exp(c1*x1)"),
        ("2.5*x0*exp(-0.3*x1 + 0.0001*x0*x1)", "c0*x0*exp(c1*x1)"),
        ("2.5*x0*exp(-0.3*x1)*cos(0.001*x0)", "c0*x0*exp(c1*x1)"),
    ] {
        let problem = synthetic(300, 0.05, |a, b| 2.5 * a * (-0.3 * b).exp());
        let selection = selected(&problem, &front(&problem, &["1.9*x0", longer]));
        let chosen = &selection.members[selection.chosen].expr;
        let law = parse(expected, &problem.features).unwrap();
        assert_eq!(
            chosen.thaw().form_key(),
            law.thaw().form_key(),
            "{longer}: {}",
            infix_form(chosen, &problem.features)
        );
    }
}
