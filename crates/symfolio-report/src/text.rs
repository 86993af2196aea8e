//! A study's result as plain text for a terminal.

use std::fmt::Write as _;

use symfolio_core::Verdict;
use symfolio_expr::{infix_rounded, rounded_number_text};

use crate::alternatives::write_alternatives;
use crate::result::SQUARED;
use crate::{FunctionResult, Member, StudyResult, ValidationMethod};

/// Digits of constants in the table; all digits are in the JSON and in exports.
const DIGITS: usize = 6;

/// The result as plain text: the front as a table, then the chosen formula with its figures and constants. Ends with a new line.
pub fn text(result: &StudyResult) -> String {
    let mut out = String::new();
    // Writing to a string cannot fail.
    let _ = write_text(&mut out, result);
    out
}

fn write_text(out: &mut String, result: &StudyResult) -> std::fmt::Result {
    let formula = |member: &Member| infix_rounded(&member.prefix, &result.features, DIGITS);
    let column = if by_folds(result) { "R2 by folds" } else { "held out R2" };
    // Squares say little where another loss is asked for.
    let other = (result.loss != SQUARED).then_some(&result.loss);
    let heading = other.map_or("NMSE", String::as_str);
    writeln!(out, "  size  {heading:>10}  {column}  formula")?;
    for (position, member) in result.front.iter().enumerate() {
        let mark = if position == result.chosen { '>' } else { ' ' };
        let validation = member.validation_r2.map_or("-".into(), |value| r2(value, member.exact));
        let loss = if other.is_some() { member.loss } else { member.nmse };
        writeln!(out, "{mark} {:4}  {loss:>10.3e}  {validation:>11}  {}", member.complexity, formula(member))?;
    }
    let Some(chosen) = result.chosen() else {
        return result.remarks.iter().try_for_each(|remark| writeln!(out, "note: {remark}"));
    };
    writeln!(out, "\n{} = {}\n", result.target, formula(chosen))?;
    if let Some(unit) = &result.target_unit {
        writeln!(out, "{} is in {}", result.target, if unit == "1" { "pure numbers" } else { unit })?;
    }
    if let Some(other) = other {
        write!(out, "{other} {}; ", rounded_number_text(chosen.loss, DIGITS - 1))?;
    }
    write!(out, "R2 {} on {} rows", r2(chosen.r2, chosen.exact), result.rows.0)?;
    if let Some(validation) = chosen.validation_r2 {
        write!(out, ", {} {}", r2(validation, chosen.exact), validation_name(result))?;
    }
    writeln!(out, "; RMSE {}", rounded_number_text(chosen.rmse, DIGITS - 1))?;
    for constant in &chosen.constants {
        let unit =
            constant.unit.as_deref().filter(|unit| *unit != "1").map_or_else(String::new, |unit| format!(" {unit}"));
        write!(out, "constant {}{unit}", rounded_number_text(constant.value, DIGITS))?;
        match (&constant.snapped, constant.interval) {
            (Some(exact), _) if rounded_number_text(constant.value, DIGITS) == *exact => writeln!(out)?,
            (Some(exact), _) => writeln!(out, " is {exact}")?,
            (None, Some((low, high))) => {
                let [low, high] = [low, high].map(|end| rounded_number_text(end, DIGITS - 1));
                writeln!(out, ", 95 % within [{low}, {high}]")?;
            }
            (None, None) => writeln!(out, ", not identified by the data")?,
        }
    }
    for FunctionResult { name, arguments, prefix, .. } in &chosen.functions {
        writeln!(out, "{name}({}) = {}", arguments.join(", "), infix_rounded(prefix, arguments, DIGITS))?;
    }
    match chosen.constraints {
        Some(Verdict::Proved) => writeln!(out, "constraints on its values: proved for the whole box")?,
        Some(Verdict::Checked { points }) => {
            writeln!(out, "constraints on its values: not proved, but checked at {points} points")?;
        }
        Some(Verdict::Broken { .. }) => writeln!(out, "constraints on its values: broken")?,
        None => {}
    }
    let shares: Vec<String> =
        result.shares.iter().map(|(name, share)| format!("{name} {:.0} %", 100.0 * share)).collect();
    let found = chosen.origin.join(" + ");
    let cost = &result.cost;
    for remark in &result.remarks {
        writeln!(out, "note: {remark}")?;
    }
    write_alternatives(out, result)?;
    writeln!(
        out,
        "found by {found}; work: {}; {:.1} s wall, {:.1} s CPU; stopped: {}",
        shares.join(", "),
        cost.wall_seconds,
        cost.cpu_seconds,
        result.stop_reason.replace('_', " ")
    )
}

fn by_folds(result: &StudyResult) -> bool {
    result.validation_method == Some(ValidationMethod::CrossValidation)
}

/// What was done to check the formula.
fn validation_name(result: &StudyResult) -> String {
    match (by_folds(result), result.validation_folds, result.rows.1) {
        (true, Some(folds), _) => format!("by {folds}-fold cross-validation"),
        (true, None, _) => "by cross-validation".into(),
        (false, _, rows) => format!("on {rows} held out rows, with constants fitted without them"),
    }
}

/// R2 with as many nines as it has; a formula is `exact` by its residuals, not by its R2, which one row may rule.
fn r2(value: f64, exact: bool) -> String {
    const MOST_DIGITS: usize = 15;
    let missing = 1.0 - value;
    if !(0.0..=1e-3).contains(&missing) {
        format!("{value:.4}")
    } else if missing < 1e-12 && exact {
        "1 (exact)".into()
    } else if missing == 0.0 {
        "1.0000".into()
    } else {
        let digits = ((-missing.log10()).ceil() as usize + 1).min(MOST_DIGITS);
        format!("{value:.digits$}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        AlternativeResult, ConstantResult, DifferenceResult, ExtrapolationResult, FoundResult, SCHEMA, Spent,
        StabilityResult,
    };
    use symfolio_expr::{Expr, parse};

    fn member(text: &str, complexity: u32, nmse: f64) -> Member {
        let prefix = parse(text, &["a".to_string()]).unwrap();
        Member {
            expression: text.into(),
            prefix,
            complexity,
            exact: nmse == 0.0,
            loss: nmse,
            nmse,
            r2: 1.0 - nmse,
            rmse: nmse.sqrt(),
            validation_r2: Some(1.0 - 2.0 * nmse),
            validation_nmse: Some(2.0 * nmse),
            validation_rmse: Some(nmse),
            description_length: 0.0,
            origin: vec!["sparse".into(), "egraph".into()],
            constants: vec![
                ConstantResult { value: 1.5, interval: None, snapped: Some("3/2".into()), unit: None },
                ConstantResult { value: 2.25, interval: Some((2.0, 2.5)), snapped: None, unit: None },
            ],
            constraints: None,
            functions: Vec::new(),
        }
    }

    fn alternative(text: &str, weight: f64, residuals: Option<f64>) -> AlternativeResult {
        AlternativeResult {
            formula: member(text, 3, 0.01),
            structure: "00ff".into(),
            distance: 0.0,
            weight,
            differs: residuals.map(|times| DifferenceResult {
                at: vec![("a".into(), 9.0)],
                chosen: 27.0,
                other: 81.0,
                residuals: Some(times),
            }),
            extrapolation: ExtrapolationResult { notes: vec!["undefined for a < 0".into()], ..Default::default() },
            found: FoundResult::default(),
        }
    }

    #[test]
    fn a_result_reads_as_a_table_and_a_formula() {
        let result = StudyResult {
            schema: SCHEMA,
            target: "T".into(),
            target_unit: None,
            features: vec!["a".into()],
            chosen: 1,
            loss: SQUARED.into(),
            front: vec![member("2*a", 3, 0.25), member("a**1.5", 3, 4.9e-7)],
            alternatives: vec![alternative("a**1.5", 0.75, None), alternative("a**2", 0.25, Some(12.5))],
            stability: Some(StabilityResult {
                probability: 0.875,
                bootstrap: Some(0.93),
                replicates: 100,
                margin: Some(4.0),
                gap: Some(2.0),
                found: FoundResult { backends: vec!["gp".into(), "sparse".into()], runs: 5, since: Some(0.1) },
            }),
            cost: Spent { work: 10, node_rows: 5, wall_seconds: 1.26, cpu_seconds: 1.2 },
            first_exact_seconds: None,
            stop_reason: "settled".into(),
            rows: (8, 0),
            validation_method: Some(ValidationMethod::CrossValidation),
            validation_folds: Some(8),
            remarks: vec!["row 3 is far off".into()],
            shares: vec![("sparse".into(), 0.75), ("gp".into(), 0.25)],
        };
        let expected = "  size        NMSE  R2 by folds  formula
     3    2.500e-1       0.5000  2*a
>    3    4.900e-7   0.99999902  a**1.5

T = a**1.5

R2 0.99999951 on 8 rows, 0.99999902 by 8-fold cross-validation; RMSE 0.0007
constant 1.5 is 3/2
constant 2.25, 95 % within [2, 2.5]
note: row 3 is far off
stability 0.88: chosen again in 93 % of 100 resamples; found by 2 backends, 5 times; first at 10 % of the budget
beyond the data: undefined for a < 0

Other formulas that the data do not rule out (weight of the chosen one 0.750)
  0.250  a**2
         differs most at a = 9: 81 there, the chosen one 27 (12 typical residuals apart)
         undefined for a < 0
found by sparse + egraph; work: sparse 75 %, gp 25 %; 1.3 s wall, 1.2 s CPU; stopped: settled
";
        assert_eq!(text(&result), expected);
        let mut shaped = result.clone();
        for (verdict, told) in [
            (Verdict::Proved, "\nconstraints on its values: proved for the whole box\n"),
            (
                Verdict::Checked { points: 1234 },
                "\nconstraints on its values: not proved, but checked at 1234 points\n",
            ),
        ] {
            shaped.front[1].constraints = Some(verdict);
            assert!(text(&shaped).contains(told), "{}", text(&shaped));
        }
        shaped.front[1].functions = vec![FunctionResult {
            name: "f".into(),
            arguments: vec!["a".into(), "b".into()],
            expression: "a*b".into(),
            prefix: Expr::from_prefix("(mul x0 x1)").unwrap(),
        }];
        assert!(text(&shaped).contains("\nf(a, b) = a*b\n"), "{}", text(&shaped));
        let none = StudyResult { front: Vec::new(), chosen: 0, ..result.clone() };
        assert!(text(&none).ends_with("note: row 3 is far off\n"));
        let held_out = StudyResult {
            rows: (150, 50),
            validation_method: Some(ValidationMethod::HeldOut),
            validation_folds: None,
            ..result
        };
        let told =
            "R2 0.99999951 on 150 rows, 0.99999902 on 50 held out rows, with constants fitted without them; RMSE";
        assert!(text(&held_out).contains(told), "{}", text(&held_out));
        let mut absolute = StudyResult { loss: "mae".into(), ..held_out };
        absolute.front[1].loss = 0.125;
        let absolute = text(&absolute);
        for told in ["  size         mae  held out R2  formula", "3    1.250e-1", "\nmae 0.125; R2 0.999"] {
            assert!(absolute.contains(told), "{told:?} {absolute}");
        }
    }

    #[test]
    fn nines_are_shown_as_far_as_they_go() {
        for (value, exact, shown) in [
            (0.5, false, "0.5000"),
            (0.99951, false, "0.99951"),
            (1.0, true, "1 (exact)"),
            (1.0, false, "1.0000"),
            (1.0 - 1e-13, false, "0.99999999999990"),
            (-3.0, false, "-3.0000"),
        ] {
            assert_eq!(r2(value, exact), shown);
        }
    }
}
