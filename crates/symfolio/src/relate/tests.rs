use super::*;

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
    check(|l, _| 0.8 * l * l, 1e-3, "0.8*L**2", "c0 goes with L**2 (exponent 2.00000, 1.99991 to 2.00009)");
    check(|_, _| 12.1, 1e-3, "12.1", "c0: no relation with L, T");
    check(|l, _| 1.0 + 0.5 * l, 1e-3, "1 + 0.5*L", "is linear in L");
    check(|l, _| 3.0 * (-0.4 * l).exp(), 1e-4, "3*exp(-0.4*L)", "is exponential in L");
    check(|l, _| 1.0 + 2.0 / l, 1e-4, "1 + 2/L", "is linear in 1/L");
    check(|l, _| -4.0 / l, 1e-4, "-4/L", "is inversely proportional to L");
    check(|l, _| l.cbrt(), 1e-5, "1*L**(1/3)", "goes with L**(1/3)");
    check(|l, _| l.powf(0.77), 1e-5, "1*L**0.77", "goes with a power of L");
    check(|l, t| 2.0 * l * l * (0.01 * (t - 300.0)).exp(), 1e-4, "0.09957*L**2*exp(0.01*T)", "goes with L**2");
    check(|l, _| 0.9987 * l, 1e-4, "0.9987*L", "it is L (times 0.9987)");
}
