use rand::SeedableRng;
use symfolio_expr::Columns;

use super::*;
use crate::certificate::certify;
use crate::fit::fit;
use crate::loss::Loss;
use crate::options::Effort;

/// Rows of several groups.
struct Data {
    x: Vec<Vec<f64>>,
    y: Vec<Vec<f64>>,
}

impl Data {
    /// Group g has `sizes[g]` rows of `law(g, x)` with x from 0 to 10, and noise of standard deviation about `noise`.
    fn new(sizes: &[usize], noise: f64, law: impl Fn(usize, f64) -> f64) -> Data {
        let mut state = 12345u64;
        let mut uniform = || {
            state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            (state >> 11) as f64 / (1u64 << 53) as f64
        };
        let (mut x, mut y) = (Vec::new(), Vec::new());
        for (group, n) in sizes.iter().enumerate() {
            let xs: Vec<f64> = (0..*n).map(|row| 10.0 * (row as f64 + 0.5) / *n as f64).collect();
            let normal = |u: &mut dyn FnMut() -> f64| (0..12).map(|_| u()).sum::<f64>() - 6.0;
            y.push(xs.iter().map(|x| law(group, *x) + noise * normal(&mut uniform)).collect());
            x.push(xs);
        }
        Data { x, y }
    }

    fn columns(&self) -> Vec<Columns<'_>> {
        self.x.iter().map(|x| Columns::new([x.as_slice()])).collect()
    }

    fn groups<'d>(&'d self, columns: &'d [Columns<'d>]) -> Vec<FitData<'d>> {
        columns.iter().zip(&self.y).map(|(columns, y)| FitData { columns, target: y, weights: None }).collect()
    }

    fn fit(&self, text: &str, shared: &[usize], options: &FitOptions) -> GroupedFit {
        let columns = self.columns();
        let groups = self.groups(&columns);
        let expr = symfolio_expr::parse(text, &["x".to_string()]).unwrap();
        fit_grouped(&mut ChaCha8Rng::seed_from_u64(1), &expr, &groups, shared, options, &mut Workspace::default())
    }

    fn certify(&self, text: &str, shared: &[usize], params: &[Vec<f64>]) -> GroupedCertificate {
        let columns = self.columns();
        let expr = symfolio_expr::parse(text, &["x".to_string()]).unwrap();
        let loss = Loss::SquaredError;
        certify_grouped(&expr, &self.groups(&columns), params, shared, loss, &[], &mut Workspace::default())
    }
}

fn close(found: f64, wanted: f64, share: f64) {
    assert!((found - wanted).abs() <= share * wanted.abs(), "{found}, not {wanted}");
}

#[test]
fn shared_constants_of_known_laws_are_found() {
    // A rate for all, an amplitude and an offset for each; the last groups have 2 and 1 rows.
    let amplitude = |group: usize| 1.0 + 0.7 * group as f64;
    let decay = Data::new(&[20, 15, 10, 2, 1], 0.0, |g, x| amplitude(g) * (-0.37 * x).exp() + 0.1 * g as f64);
    let fit = decay.fit("c0*exp(-c1*x) + c2", &[1], &FitOptions::default());
    for (group, params) in fit.params.iter().enumerate() {
        close(params[1], 0.37, 1e-8);
        if group < 4 {
            close(params[0], amplitude(group), 1e-7);
        }
    }
    assert!(fit.loss < 1e-20, "{}", fit.loss);
    // Multi-modal: a width for all, a place and a height for each of 50 groups.
    let place = |group: usize| 1.0 + 8.0 * ((group * 37) % 50) as f64 / 50.0;
    let sinc = |u: f64| if u == 0.0 { 1.0 } else { u.sin() / u };
    let peaks = Data::new(&[40; 50], 0.01, |g, x| (1.0 + 0.02 * g as f64) * sinc(2.5 * (x - place(g))).powi(2));
    let fit = peaks.fit("c0*sinc(c1*(x - c2))**2", &[1], &FitOptions::default());
    close(fit.params[0][1].abs(), 2.5, 3e-3);
    for (group, params) in fit.params.iter().enumerate() {
        assert!((params[2] - place(group)).abs() < 0.02, "{group}: {params:?}");
    }
    // 2000 rows, 101 constants.
    close(fit.loss, 1e-4 * (2000.0 - 101.0) / 2000.0, 0.1);
}

#[test]
fn the_optimum_is_that_of_one_big_expression() {
    let data = Data::new(&[12, 9, 14], 0.05, |g, x| (2.0 + g as f64) * (-0.4 * x).exp() + 0.3 * g as f64);
    // Group number as a second variable, and a chain of choices for each own constant.
    let x: Vec<f64> = data.x.iter().flatten().copied().collect();
    let number: Vec<f64> = data.x.iter().enumerate().flat_map(|(g, x)| vec![g as f64; x.len()]).collect();
    let y: Vec<f64> = data.y.iter().flatten().copied().collect();
    let names = ["x".to_string(), "g".to_string()];
    let text = "where(g < 0.5, c0, where(g < 1.5, c1, c2))*exp(-c3*x) + where(g < 0.5, c4, where(g < 1.5, c5, c6))";
    let expr = symfolio_expr::parse(text, &names).unwrap();
    for (loss, tolerance) in [
        (Loss::SquaredError, 1e-9f64),
        (Loss::Huber { delta: 0.05 }, 1e-6),
        (Loss::LogCosh, 1e-7),
        (Loss::AbsoluteError, 2e-3),
    ] {
        let weights: Vec<f64> = (0..y.len()).map(|row| 0.5 + (row % 3) as f64).collect();
        let columns = Columns::new([x.as_slice(), number.as_slice()]);
        let all = FitData { columns: &columns, target: &y, weights: Some(&weights) };
        let options = FitOptions { loss, effort: Effort::Thorough, ..FitOptions::default() };
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let whole = fit(&mut rng, &expr, &all, &options, &mut Workspace::default());
        let columns = data.columns();
        let mut groups = data.groups(&columns);
        let mut begun = 0;
        for group in &mut groups {
            group.weights = Some(&weights[begun..begun + group.n_rows()]);
            begun += group.n_rows();
        }
        let small = symfolio_expr::parse("c0*exp(-c1*x) + c2", &names[..1]).unwrap();
        let joint = fit_grouped(&mut rng, &small, &groups, &[1], &options, &mut Workspace::default());
        close(joint.loss, whole.loss, tolerance);
        if loss != Loss::AbsoluteError {
            // The expression numbers its constants by first appearance: amplitudes, rate, offsets.
            for (group, params) in joint.params.iter().enumerate() {
                for (found, wanted) in
                    params.iter().zip([whole.params[group], whole.params[3], whole.params[4 + group]])
                {
                    close(*found, wanted, 1e-3f64.min(tolerance.sqrt()));
                }
            }
        }
        if loss.is_squared() {
            let big = certify(&expr.with_params(&whole.params), &all, &mut Workspace::default());
            let found = certify_grouped(
                &small,
                &groups,
                &joint.params,
                &[1],
                Loss::SquaredError,
                &[],
                &mut Workspace::default(),
            );
            assert!(found.identifiable && big.identifiable);
            for (group, errors) in found.standard_errors.iter().enumerate() {
                for (found, at) in errors.iter().zip([group, 3, 4 + group]) {
                    close(*found, big.standard_errors[at], 1e-4);
                }
            }
        }
    }
}

#[test]
fn bounds_hold_in_every_group() {
    let data = Data::new(&[10, 10], 0.0, |g, x| (1.0 + g as f64) * x + 3.0);
    let free = (f64::NEG_INFINITY, f64::INFINITY);
    let options = FitOptions { bounds: vec![(0.0, 1.5), free], ..FitOptions::default() };
    let fit = data.fit("c0*x + c1", &[1], &options);
    close(fit.params[1][0], 1.5, 1e-9);
    assert!(fit.params[0][0] <= 1.5 && fit.params[0][1] == fit.params[1][1]);
    let none = data.fit("c0*x + c1", &[], &FitOptions::default());
    close(none.params[1][0], 2.0, 1e-12);
    let all = data.fit("c0*x + c1", &[0, 1], &FitOptions::default());
    close(all.params[0][0], 1.5, 1e-12);
}

#[test]
fn what_cannot_be_told_apart_is_named_with_its_groups() {
    let data = Data::new(&[10, 10, 2], 0.01, |g, x| (1.0 + g as f64) * x + 3.0);
    // Two rows cannot give three constants of the group; the others can.
    let params: Vec<Vec<f64>> = (0..3).map(|g| vec![1.0 + f64::from(g), 3.0, 0.01]).collect();
    let found = data.certify("c0*x + c1 + c2*x**2", &[], &params);
    assert_eq!(found.redundant.len(), 1);
    assert_eq!((&found.redundant[0].constants[..], &found.redundant[0].groups[..]), (&[0, 1, 2][..], &[2][..]));
    assert!(found.standard_errors[0].iter().all(|e| e.is_finite()) && found.standard_errors[2][0] == f64::INFINITY);
    // The scale of the own factor is free as long as the shared one is.
    let params: Vec<Vec<f64>> = (0..3).map(|g| vec![2.0, 0.5 + 0.5 * f64::from(g), 3.0]).collect();
    let found = data.certify("c0*c1*x + c2", &[0, 2], &params);
    assert_eq!(found.redundant.len(), 1, "{found:?}");
    let set = &found.redundant[0];
    assert_eq!((&set.constants[..], &set.groups[..], set.lead), (&[0, 1][..], &[0, 1, 2][..], Some(0)));
    for (group, change) in set.direction.iter().enumerate() {
        close(change[1] / params[group][1], -change[0] / params[group][0], 1e-9);
    }
    assert!(found.standard_errors[0][2].is_finite() && found.standard_errors[0][0] == f64::INFINITY);
}

#[test]
fn profiles_of_groups_are_those_of_one_big_expression() {
    let data = Data::new(&[9, 7, 8], 0.15, |g, x| (2.0 + g as f64) * (-0.4 * x).exp());
    let x: Vec<f64> = data.x.iter().flatten().copied().collect();
    let number: Vec<f64> = data.x.iter().enumerate().flat_map(|(g, x)| vec![g as f64; x.len()]).collect();
    let y: Vec<f64> = data.y.iter().flatten().copied().collect();
    let names = ["x".to_string(), "g".to_string()];
    let text = "where(g < 0.5, c0, where(g < 1.5, c1, c2))*exp(-c3*x)";
    let expr = symfolio_expr::parse(text, &names).unwrap();
    let fit = data.fit("c0*exp(-c1*x)", &[1], &FitOptions::default());
    let rate = fit.params[0][1];
    let whole = expr.with_params(&[fit.params[0][0], fit.params[1][0], fit.params[2][0], rate]);
    let columns = Columns::new([x.as_slice(), number.as_slice()]);
    let all = FitData { columns: &columns, target: &y, weights: None };
    let mut workspace = Workspace::default();
    let expected = crate::profile_intervals(&whole, &all, &[], u64::MAX, &mut workspace).intervals;
    let small = symfolio_expr::parse("c0*exp(-c1*x)", &names[..1]).unwrap();
    let columns = data.columns();
    let groups = data.groups(&columns);
    let found = profile_grouped(&small, &groups, &fit.params, &[1], &[], u64::MAX, &mut workspace);
    assert_eq!(found.better, None);
    for (group, intervals) in found.intervals.iter().enumerate() {
        for (found, expected) in intervals.iter().zip([expected[group], expected[3]]) {
            let (crate::End::At(low), crate::End::At(high)) = *found else { panic!("{found:?}") };
            let (crate::End::At(known_low), crate::End::At(known_high)) = expected else { panic!("{expected:?}") };
            close(low, known_low, 1e-5);
            close(high, known_high, 1e-5);
        }
    }
    let stopped = profile_grouped(&small, &groups, &fit.params, &[1], &[], 1, &mut workspace);
    assert_eq!(stopped.intervals[0][0].0, crate::End::Unknown);
}

#[test]
fn bounds_are_kept_to_from_any_start() {
    let data = Data::new(&[8, 8], 0.0, |_, x| 3.0 * x + 1.0);
    let columns = data.columns();
    let groups = data.groups(&columns);
    let expr = symfolio_expr::parse("c0*x + c1", &["x".to_string()]).unwrap().with_params(&[2.5, 0.0]);
    let free = (f64::NEG_INFINITY, f64::INFINITY);
    let options = FitOptions { bounds: vec![(0.0, 2.0), free], ..FitOptions::default() };
    let mut workspace = Workspace::default();
    let found = fit_grouped(&mut ChaCha8Rng::seed_from_u64(1), &expr, &groups, &[0], &options, &mut workspace);
    assert!(found.params.iter().all(|params| params[0] == 2.0), "{:?}", found.params);
    let refined = refine_grouped(&expr, &groups, vec![vec![2.5, 0.0]; 2], &[0], &options, &mut workspace);
    assert!(refined.params.iter().all(|params| params[0] == 2.0), "{:?}", refined.params);
}

#[test]
fn groups_end_when_their_work_is_spent() {
    let data = Data::new(&[6; 400], 0.05, |g, x| (1.0 + 0.01 * g as f64) * (-0.37 * x).exp());
    let pass = |program: &Program| 2400 * program.work_per_row();
    let expr = symfolio_expr::parse("c0*exp(-c1*x)", &["x".to_string()]).unwrap();
    let program = Program::new(&expr);
    for loss in [Loss::SquaredError, Loss::AbsoluteError] {
        let options = FitOptions { loss, max_work: 100_000, ..FitOptions::default() };
        let fit = data.fit("c0*exp(-c1*x)", &[1], &options);
        // What is under way is finished, and the end is measured: a few passes over all rows.
        assert!(fit.work < 100_000 + 8 * pass(&program), "{loss}: {} units for {}", fit.work, pass(&program));
        assert!(fit.loss.is_finite());
    }
    let columns = data.columns();
    let params: Vec<Vec<f64>> = (0..400).map(|g| vec![1.0 + 0.01 * f64::from(g), 0.37]).collect();
    let profile =
        profile_grouped(&expr, &data.groups(&columns), &params, &[1], &[], 1_000_000, &mut Workspace::default());
    assert!(profile.work < 1_000_000 + 8 * pass(&program), "{}", profile.work);
    assert_eq!(profile.intervals[399][0], (crate::End::Unknown, crate::End::Unknown));
}

#[test]
fn a_constant_that_is_held_in_one_group_is_known_there() {
    let data = Data::new(&[12, 12, 12], 0.05, |g, x| (1.0 + g as f64) + 0.4 * x);
    let columns = data.columns();
    let groups = data.groups(&columns);
    let expr = symfolio_expr::parse("c0 + c1*x", &["x".to_string()]).unwrap();
    let params: Vec<Vec<f64>> = (0..3).map(|g| vec![1.0 + f64::from(g), 0.4]).collect();
    let of = |held: &[Held]| {
        certify_grouped(&expr, &groups, &params, &[1], Loss::SquaredError, held, &mut Workspace::default())
    };
    let (all, held) = (of(&[]), of(&[Held { constant: 0, group: Some(1) }]));
    assert_eq!((held.standard_errors[1][0], held.intervals[1][0]), (0.0, (2.0, 2.0)));
    assert!(held.identifiable && held.redundant.is_empty() && held.freedom == all.freedom + 1);
    // One offset known tells more of the common slope.
    assert!(held.standard_errors[0][1] < all.standard_errors[0][1]);
}
