use symfolio_expr::infix;

use super::*;

fn sample() -> Sample {
    let column =
        |a: usize, b: usize| (0..60).map(|i| 1.0 + ((i * a) % b) as f64 / b as f64 * 3.0).collect::<Vec<f64>>();
    let features = vec![column(7, 31), column(11, 29), column(13, 37), column(17, 41)];
    Sample { target: vec![1.0; 60], root_weights: vec![1.0; 60], features }
}

/// Terms as (coefficient, exponents of x0..x3 in whole numbers); the formula and its largest error.
fn check(transform: Transform, terms: &[(f64, [i16; 4])], expected_size: usize) {
    let sample = sample();
    let operators = OperatorSet::default();
    let mut assembler = Assembler::new(Atoms::variables(&sample), &sample, &operators, 1e-9);
    let monomial = |exponents: &[i16; 4]| {
        Monomial::new(exponents.iter().enumerate().map(|(atom, exponent)| (atom as u16, exponent * ONE)).collect())
    };
    let terms: Vec<Scaled> = terms.iter().map(|(coefficient, exponents)| (*coefficient, monomial(exponents))).collect();
    let model = Model { terms: terms.clone(), transform, prefactor: Monomial::one(), sign: 1.0, target: None };
    let expr = assembler.formula(&model).unwrap();
    let names: Vec<String> = (0..4).map(|i| format!("x{i}")).collect();
    let text = infix(&expr, &names);
    for (row, value) in sample.values(&expr).into_iter().enumerate() {
        let sum: f64 = terms.iter().map(|(c, m)| c * assembler.atoms.monomial(m, 60)[row]).sum();
        let u = transform.apply(value);
        assert!((u - sum).abs() < 1e-9 * (1.0 + sum.abs()), "{text}: {u} for {sum}");
    }
    assert!(expr.len() <= expected_size, "{text} has {} nodes", expr.len());
}

#[test]
fn squares_are_completed() {
    let sum_of_squares = [
        (1.0, [2, 0, 0, 0]),
        (-2.0, [1, 1, 0, 0]),
        (1.0, [0, 2, 0, 0]),
        (1.0, [0, 0, 2, 0]),
        (-2.0, [0, 0, 1, 1]),
        (1.0, [0, 0, 0, 2]),
    ];
    check(Transform::Square, &sum_of_squares, 10);
    check(Transform::Inverse, &sum_of_squares, 10);
    check(Transform::Square, &[(3.0, [2, 0, 2, 0]), (6.0, [1, 1, 1, 0]), (3.0, [0, 2, 0, 0])], 8);
}

#[test]
fn common_factors_and_groups_are_taken_out() {
    check(Transform::Identity, &[(0.25, [1, 2, 0, 2]), (0.25, [1, 0, 2, 2])], 12);
    check(
        Transform::Identity,
        &[(1.0, [1, 0, 1, 0]), (1.0, [1, 0, 0, 1]), (1.0, [0, 1, 1, 0]), (1.0, [0, 1, 0, 1])],
        7,
    );
    check(Transform::Inverse, &[(1.0, [-1, 0, 0, 0]), (1.0, [0, -1, 1, 0])], 7);
}

#[test]
fn roots_look_at_signs() {
    // (x1 - 9)^2 under a root: the difference is negative on the data.
    check(Transform::Square, &[(1.0, [0, 2, 0, 0]), (-18.0, [0, 1, 0, 0]), (81.0, [0, 0, 0, 0])], 3);
    check(Transform::InverseSquare, &[(2.0, [2, 0, 0, 0]), (2.0, [0, 0, 2, 0])], 8);
}
