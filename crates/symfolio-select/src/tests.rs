//! Front in, chosen formula out.

mod fair;
mod panel;
mod standing;

use std::cell::Cell;
use std::sync::Arc;

use proptest::prelude::*;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use rand_distr::{Distribution, Normal};
use symfolio_core::{Candidate, Column, Dataset, Lineage, Problem, RowSet, Split};
use symfolio_expr::{Expr, Op, OperatorSet, infix_form, infix_rounded, parse};
use symfolio_fit::Loss;

use crate::metrics::variance;
use crate::{Finished, Pool, SelectOptions, Selection, Validation, select};

/// A problem over the columns of an example, the last one the target; small, so without validation rows.
fn example(text: &str) -> Problem {
    let mut lines = text.lines().filter(|line| !line.starts_with('#'));
    let names: Vec<&str> = lines.next().unwrap().split(',').collect();
    let rows: Vec<Vec<f64>> = lines.map(|line| line.split(',').map(|cell| cell.parse().unwrap()).collect()).collect();
    let column = |j: usize| Column::new(names[j], rows.iter().map(|row| row[j]).collect::<Vec<f64>>());
    let last = names.len() - 1;
    problem(Dataset::new("example", (0..last).map(column).collect(), column(last), None).unwrap(), 0)
}

/// A problem over `dataset` whose last `held_out` rows validate.
fn problem(dataset: Dataset, held_out: usize) -> Problem {
    let dataset = Arc::new(dataset);
    let n = dataset.n_rows() as u32;
    let cut = n - held_out as u32;
    let all = Arc::new(RowSet::new(0, (0..n).collect::<Vec<u32>>()));
    let split = Split { train: (0..cut).collect(), validation: (cut..n).collect() };
    Problem { judge: all, ..Problem::new(dataset, split, Loss::SquaredError) }
}

/// Candidates with these forms; `c0`, `c1`... start at 1.
fn front(problem: &Problem, forms: &[&str]) -> Vec<Candidate> {
    let made = forms.iter().enumerate().map(|(id, form)| {
        let expr = parse(form, &problem.features).unwrap();
        let loss = problem.objective.measure(&expr.clone().into(), &problem.judge).loss;
        let complexity = problem.complexity.of(&expr);
        Candidate {
            id: id as u64,
            form: expr.into(),
            loss,
            complexity,
            run: 0,
            origin: vec!["test".into()],
            lineage: Lineage::default(),
        }
    });
    made.collect()
}

fn selected(problem: &Problem, front: &[Candidate]) -> Selection {
    select(&mut ChaCha8Rng::seed_from_u64(1), problem, &Pool::of(front), &SelectOptions::default(), &|_| 0.0)
}

/// Checks that the chosen formula is `expected`: the same values to a thousandth of the target's deviation, and no larger.
fn check(problem: &Problem, forms: &[&str], expected: &str) {
    let selection = selected(problem, &front(problem, forms));
    check_selection(problem, &selection, expected);
}

fn check_selection(problem: &Problem, selection: &Selection, expected: &str) {
    let texts: Vec<String> = selection.members.iter().map(|member| text(problem, member)).collect();
    let chosen = &selection.members[selection.chosen];
    let law = parse(expected, &problem.features).unwrap();
    let table = problem.judge.table(problem.dataset.as_ref().unwrap());
    let tolerance = 1e-3 * table.target_variance().sqrt();
    let row = |i: usize| (0..table.n_features()).map(|j| table.feature(j)[i]).collect::<Vec<f64>>();
    let agrees = (0..table.n_rows()).all(|i| (chosen.expr.value(&row(i)) - law.value(&row(i))).abs() <= tolerance);
    let smaller = chosen.complexity <= problem.complexity.of(&law);
    assert!(agrees && smaller, "{expected} is wanted, {} chosen of\n{}", texts[selection.chosen], texts.join("\n"));
}

fn text(problem: &Problem, member: &Finished) -> String {
    let formula = infix_rounded(&member.expr, &problem.features, 4);
    let held_out = member.validation.map_or(f64::NAN, |metrics| metrics.nmse);
    let Finished { complexity, description_length, train, .. } = member;
    format!(
        "{formula}  size {complexity} length {description_length:.1} nmse {:.2e} held out {held_out:.2e}",
        train.nmse
    )
}

#[test]
fn published_measurements_give_their_laws() {
    let kepler = example(include_str!("../../../examples/kepler.csv"));
    let forms = ["c0*a", "a**c0", "c0*a**c1", "c0*a**c1 + c2", "c0*a**c1 + c2*a", "c0*a**c1 + c2*a + c3*log(a)"];
    check(&kepler, &forms, "a**1.5");
    check(&kepler, &forms[2..], "a**1.5");
    let hubble = example(include_str!("../../../examples/hubble1929.csv"));
    let more = ["c0*r + c1*sin(c2*r)", "c0*r**2 + c1*r + c2", "c0 + c1*sqrt(r) + c2/r"];
    check(&hubble, &[&["c0*r", "c0*r + c1", "c0*r**c1"], &more[..]].concat(), "423.937*r");
    let boyle = example(include_str!("../../../examples/boyle1662.csv"));
    let forms = ["c0/V", "c0/V + c1", "c0/(V + c1)", "c0*V**c1", "c0*V + c1", "c0/V + c1 + c2*V"];
    check(&boyle, &forms, "1406.9/V");
    let balmer = example(include_str!("../../../examples/balmer.csv"));
    let more = ["364*n**2/(n**2 - 4.1)", "c0*(n**2 + 0.1)/(n**2 - 4)", "c0 + c1/(n - c2)"];
    check(&balmer, &[&["c0 + c1/n", "c0 + c1/n**2"], &more[..]].concat(), "364.599*n**2/(n**2 - 4)");
    let leavitt = example(include_str!("../../../examples/leavitt1912.csv"));
    let forms = ["c0 + c1*P", "c0 + c1*log(P)", "c0 + c1*sqrt(P)", "c0 + c1*log(P + c2)", "c0 + c1*P**c2"];
    check(&leavitt, &forms, "15.56 - 0.8763*log(P)");
    let planck = example(include_str!("../../../examples/blackbody.csv"));
    let forms = ["c0*nu**3/(exp(0.5*nu) - 1)", "c0*nu**3/(exp(0.5*nu) - c1)", "c0*nu**c1/(exp(0.5*nu) - c2) + c3"];
    check(&planck, &forms, "39.7301*nu**3/(exp(0.527993*nu) - 1)");
}

/// Two features between 0 and 4, `law` of them, and noise of `level` standard deviations; a quarter validates.
fn synthetic(n_rows: usize, level: f64, law: impl Fn(f64, f64) -> f64) -> Problem {
    let mut rng = ChaCha8Rng::seed_from_u64(5);
    let rows: Vec<[f64; 2]> = (0..n_rows).map(|_| [rng.random_range(0.1..4.0), rng.random_range(0.1..4.0)]).collect();
    let mut target: Vec<f64> = rows.iter().map(|x| law(x[0], x[1])).collect();
    let normal = Normal::new(0.0, level * variance(&target, None).sqrt()).unwrap();
    target.iter_mut().for_each(|y| *y += normal.sample(&mut rng));
    let column = |j: usize| Column::new(&format!("x{j}"), rows.iter().map(|row| row[j]).collect::<Vec<f64>>());
    let dataset = Dataset::new("synthetic", vec![column(0), column(1)], Column::new("y", target), None).unwrap();
    problem(dataset, n_rows / 4)
}

const DAMPED: [&str; 8] = [
    "1.9*x0",
    "1.9*x0 - 0.5*x1",
    "2.2*x0/(x1 + 0.7)",
    "2.2*x0*exp(-0.2*x1)",
    "2.2*x0*exp(-0.2*x1) + 0.01",
    "2.2*x0*exp(-0.2*x1 + 0.02*x1*x0)",
    "2.2*x0*exp(-0.2*x1) + 0.1*sin(2.1*x1 + 0.3)",
    "2.2*x0**1.1*exp(-0.2*x1**0.9) + 0.05*x1 + 0.01*x0*x1",
];

#[test]
fn the_law_is_chosen_at_every_level_of_noise() {
    for (n_rows, level) in [(400, 0.0), (400, 0.01), (400, 0.1), (100, 0.0), (100, 0.1), (40, 0.05)] {
        let problem = synthetic(n_rows, level, |a, b| 2.5 * a * (-0.3 * b).exp());
        let selection = selected(&problem, &front(&problem, &DAMPED));
        let chosen = &selection.members[selection.chosen];
        let form = infix_form(&chosen.expr, &problem.features);
        assert_eq!((chosen.complexity, form.contains("exp")), (8, true), "{n_rows} {level} {form}");
        assert_eq!(chosen.exact, level == 0.0, "{n_rows} {level}");
        if level == 0.0 {
            check_selection(&problem, &selection, "2.5*x0*exp(-0.3*x1)");
            let snapped: Vec<Option<&str>> = chosen.constants.iter().map(|c| c.snapped.as_deref()).collect();
            assert!(snapped.contains(&Some("5/2")) && !snapped.contains(&None), "{snapped:?}");
        }
    }
}

#[test]
fn exact_laws_get_their_exact_numbers() {
    fn check_exact(law: fn(f64, f64) -> f64, forms: &[&str], expected: &str, numbers: &str) {
        let problem = synthetic(300, 0.0, law);
        let selection = selected(&problem, &front(&problem, forms));
        check_selection(&problem, &selection, expected);
        let chosen = &selection.members[selection.chosen];
        assert!(chosen.exact, "{expected}");
        let snapped: Vec<&str> = chosen.constants.iter().filter_map(|c| c.snapped.as_deref()).collect();
        assert_eq!(snapped.join(" "), numbers, "{expected}");
        assert_eq!(chosen.constants.len(), snapped.len(), "{expected}");
    }
    use std::f64::consts::PI;
    check_exact(
        |a, b| 2.0 * PI * (a / b).sqrt(),
        &["6.1*sqrt(x0/x1)", "6.1*sqrt(x0/x1) + 0.3"],
        "6.283185307179586*sqrt(x0/x1)",
        "2*pi",
    );
    check_exact(|a, b| a.powf(1.5) * b / 3.0, &["0.3*x0**1.45*x1", "0.3*x0**1.45*x1**1.1"], "x1*x0**1.5/3", "1/3 3/2");
    check_exact(
        |a, b| (-a * a / 2.0).exp() * b / (2.0 * PI).sqrt(),
        &["0.41*x1*exp(-0.47*x0**2)"],
        "0.3989422804014327*x1*exp(x0**2*(-0.5))",
        "1/sqrt(2*pi) -1/2",
    );
    check_exact(|a, b| a + b * b, &["1.1*x0 + 0.9*x1**2 + 0.1", "1.1*x0 + 0.9*x1**2.1"], "x0 + x1**2", "");
}

#[test]
fn nothing_is_made_of_noise() {
    let problem = synthetic(120, 0.0, |a, b| a + b);
    let noise: Vec<f64> = (0..120).map(|i| f64::from((i * i * 7919) % 1013)).collect();
    let data = problem.dataset.as_ref().unwrap();
    let dataset = Dataset::new("noise", data.features().to_vec(), Column::new("y", noise), None).unwrap();
    let problem = self::problem(dataset, 0);
    let forms = ["c0*x0 + c1", "c0*sin(c1*x0 + c2) + c3", "c0/x1 + c1", "c0*x0*x1 + c1*x1 + c2*x0 + c3"];
    let selection = selected(&problem, &front(&problem, &forms));
    assert_eq!(selection.members[selection.chosen].complexity, 1);
}

#[test]
fn what_is_undefined_or_absurd_on_held_out_rows_is_out() {
    type Term = (&'static str, fn(f64) -> f64);
    let terms: [Term; 2] =
        [("5*sqrt(179.5 - t)", |t| 5.0 * (179.5 - t).sqrt()), ("1e-24*exp(0.32*t)", |t| 1e-24 * (0.32 * t).exp())];
    for (text, term) in terms {
        // The validation rows go on where the training rows end, and there the term is no more.
        let law = |t: f64| 3.0 * t + (0.7 * t).sin() + if t < 180.0 { term(t) } else { 0.0 };
        let t: Vec<f64> = (0..240).map(f64::from).collect();
        let target: Vec<f64> = t.iter().map(|t| law(*t)).collect();
        let dataset = Dataset::new("", vec![Column::new("t", t)], Column::new("y", target), None).unwrap();
        let problem = problem(dataset, 60);
        let with_term = format!("3*t + {text}");
        let selection = selected(&problem, &front(&problem, &["c0*t", &with_term]));
        let forms: Vec<String> = selection.members.iter().map(|m| infix_form(&m.expr, &problem.features)).collect();
        assert!(forms.iter().all(|form| !form.contains("sqrt") && !form.contains("exp")), "{forms:?}");
        assert_eq!(selection.members[selection.chosen].complexity, 3, "{forms:?}");
    }
}

#[test]
fn stopping_at_any_step_leaves_a_valid_selection() {
    let problem = synthetic(240, 0.01, |a, b| 2.5 * a * (-0.3 * b).exp());
    let front = front(&problem, &DAMPED);
    for steps in [0, 1, 2, 5, 20, 60, 200] {
        let asked = Cell::new(0);
        let spent = |_| {
            asked.set(asked.get() + 1);
            f64::from(u8::from(asked.get() > steps))
        };
        let selection =
            select(&mut ChaCha8Rng::seed_from_u64(1), &problem, &Pool::of(&front), &SelectOptions::default(), &spent);
        check_valid(&problem, &selection);
        if steps >= 60 {
            let form = infix_form(&selection.members[selection.chosen].expr, &problem.features);
            assert!(form.contains("exp"), "{steps} {form}");
        }
    }
    let empty = selected(&problem, &[]);
    check_valid(&problem, &empty);
    assert_eq!((empty.members.len(), empty.chosen, empty.members[0].candidate), (1, 0, u64::MAX));
}

#[test]
fn time_spent_on_polishing_leaves_time_to_measure() {
    let problem = synthetic(240, 0.01, |a, b| 2.5 * a * (-0.3 * b).exp());
    let front = front(&problem, &DAMPED);
    // Half of the time is over from the start: nothing is polished, and yet all is measured on rows held out.
    let selection =
        select(&mut ChaCha8Rng::seed_from_u64(1), &problem, &Pool::of(&front), &SelectOptions::default(), &|_| 0.6);
    check_valid(&problem, &selection);
    assert!(selection.members.len() > 2 && selection.members.iter().all(|member| member.validation.is_some()));
}

#[test]
fn operators_that_are_not_allowed_do_not_appear() {
    let whole = synthetic(120, 0.0, |a, b| 2.5 * a * b / 3.0);
    for (ops, forms) in [
        (vec![Op::Div, Op::Sub], ["c0*x0/(c1/x1)", "x0/(c0/x1)", "x0 - (c0 - x1)"]),
        (vec![Op::Sub, Op::Mul], ["x0*x1 - (c0 - x1)", "x0 - c0*x1", "x0 - (c0 - x1*c1)"]),
    ] {
        let problem = Problem { operators: OperatorSet::new(ops.iter().copied()), ..whole.clone() };
        let names: Vec<&str> = forms.to_vec();
        let front: Vec<Candidate> = front(&problem, &names)
            .into_iter()
            .filter(|held| held.form.expr().is_some_and(|expr| problem.allows(expr)))
            .collect();
        assert!(!front.is_empty());
        for member in selected(&problem, &front).members {
            assert!(problem.allows(&member.expr), "{ops:?}: {}", text(&problem, &member));
        }
    }
}

fn check_valid(problem: &Problem, selection: &Selection) {
    assert!(selection.chosen < selection.members.len());
    assert!(selection.members.windows(2).all(|pair| pair[0].complexity <= pair[1].complexity));
    for (i, member) in selection.members.iter().enumerate() {
        assert!(member.train.loss.is_finite() && member.description_length.is_finite());
        assert_eq!(member.complexity, problem.complexity.of(&member.expr));
        for (j, other) in selection.members.iter().enumerate() {
            let worse = other.complexity <= member.complexity && other.train.loss < member.train.loss;
            let pardoned = i == j || i == selection.chosen;
            assert!(pardoned || !worse, "{} {}", text(problem, member), text(problem, other));
        }
    }
}

#[test]
fn losses_and_weights_are_those_of_the_problem() {
    // Every tenth row is wrong by far: the absolute error does not mind, and neither do weights that are 0 there.
    let base = synthetic(160, 0.0, |a, b| 3.0 * a + 2.0 * b);
    let data = base.dataset.as_ref().unwrap();
    let wrong = |row: usize| row % 10 == 3;
    let spoiled: Vec<f64> =
        data.target().values.iter().enumerate().map(|(row, y)| if wrong(row) { y + 40.0 } else { *y }).collect();
    let column = Column::new("y", spoiled);
    let forms = ["c0*x0", "c0*x0 + c1", "c0*x0 + c1*x1", "c0*x0 + c1*x1 + c2*x0*x1"];
    let law = |selection: &Selection| infix_rounded(&selection.members[selection.chosen].expr, &base.features, 3);
    let robust = Dataset::new("", data.features().to_vec(), column.clone(), None).unwrap();
    let robust = Problem { loss: Loss::AbsoluteError, ..problem(robust, 0) };
    let weights: Vec<f64> = (0..160).map(|row| if wrong(row) { 0.0 } else { 2.0 }).collect();
    let weighted = problem(Dataset::new("", data.features().to_vec(), column, Some(weights)).unwrap(), 0);
    for problem in [robust, weighted] {
        let selection = selected(&problem, &front(&problem, &forms));
        let chosen = &selection.members[selection.chosen].expr;
        for x in [[0.0, 1.0], [1.0, 0.0]] {
            let difference = chosen.value(&x) - (3.0 * x[0] + 2.0 * x[1]);
            assert!(difference.abs() < 1e-3, "{}", law(&selection));
        }
    }
}

#[test]
fn a_front_without_expressions_or_rows_gives_what_there_is() {
    let mut problem = synthetic(40, 0.1, |a, b| a + b);
    let mut front = front(&problem, &["c0*x0"]);
    front[0].form = symfolio_core::Form::Program("return x0".into());
    assert_eq!(selected(&problem, &front).members.len(), 1);
    front[0].form = Expr::var(7).into();
    assert_eq!(selected(&problem, &front).members.len(), 1);
    problem.dataset = None;
    assert!(selected(&problem, &front).members.is_empty());
}

#[test]
fn fitted_numbers_have_intervals_that_hold_the_truth() {
    let problem = synthetic(400, 0.05, |a, b| 2.345 * a * (-0.3217 * b).exp());
    let selection = selected(&problem, &front(&problem, &DAMPED));
    let chosen = &selection.members[selection.chosen];
    let fitted: Vec<_> = chosen.constants.iter().filter_map(|c| c.interval).collect();
    assert!(!fitted.is_empty());
    for (constant, truth) in chosen.constants.iter().zip([2.345, -0.3217]) {
        if let Some((low, high)) = constant.interval {
            assert!(low < constant.value && constant.value < high && high - low < 0.1, "{constant:?}");
            assert!(low - 0.01 < truth && truth < high + 0.01, "{constant:?}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn the_order_of_the_front_does_not_matter(
        picks in prop::collection::vec(0usize..8, 1..5), shift in 0usize..5, level in 0.0f64..0.5,
    ) {
        let problem = synthetic(60, level, |a, b| 2.5 * a * (-0.3 * b).exp());
        let forms: Vec<&str> = picks.iter().map(|pick| DAMPED[*pick]).collect();
        let mut candidates = front(&problem, &forms);
        let first = selected(&problem, &candidates);
        check_valid(&problem, &first);
        let n = candidates.len();
        candidates.rotate_left(shift % n);
        prop_assert_eq!(&selected(&problem, &candidates), &first);
    }
}

#[test]
fn gross_errors_do_not_hide_a_line_from_the_absolute_error_and_rows_without_weight_are_not_told_of() {
    let mut rng = ChaCha8Rng::seed_from_u64(5);
    let noise = Normal::new(0.0, 0.1).unwrap();
    let x: Vec<f64> = (0..80).map(|i| f64::from(i) / 8.0).collect();
    let wrong = |row: usize| row * 7 % 13 == 5;
    let y: Vec<f64> =
        (0..80).map(|row| 2.0 * x[row] + 1.0 + noise.sample(&mut rng) + if wrong(row) { 40.0 } else { 0.0 }).collect();
    let weightless = (0..80).find(|row| wrong(*row)).unwrap();
    let weights: Vec<f64> = (0..80).map(|row| if row == weightless { 0.0 } else { 1.0 }).collect();
    for weights in [None, Some(weights)] {
        let told = (0..80).filter(|row| wrong(*row) && weights.as_ref().is_none_or(|w| w[*row] > 0.0)).count();
        let dataset =
            Dataset::new("", vec![Column::new("x", x.clone())], Column::new("y", y.clone()), weights).unwrap();
        let problem = problem(dataset, 0);
        let problem = Problem { loss: Loss::AbsoluteError, ..problem };
        let selection = selected(&problem, &front(&problem, &["c0", "c0*x", "c0*x + c1"]));
        let chosen = infix_form(&selection.members[selection.chosen].expr, &problem.features);
        assert!(chosen.starts_with("2*x + "), "{chosen}");
        assert_eq!(selection.outliers.len(), told);
    }
}
