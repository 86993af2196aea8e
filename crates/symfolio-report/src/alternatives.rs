//! Stability, extrapolation and alternatives as plain text.

use std::fmt::Write as _;

use symfolio_expr::{infix_rounded, rounded_number_text};

use crate::{AlternativeResult, FoundResult, StudyResult};

/// Digits of constants and of figures.
const DIGITS: usize = 6;
const FIGURES: usize = 3;
/// Alternatives of less weight are left to the JSON.
const LEAST_WEIGHT: f64 = 1e-3;

/// Appends the lines on stability, extrapolation and alternatives; nothing where a result has none.
pub(crate) fn write_alternatives(out: &mut String, result: &StudyResult) -> std::fmt::Result {
    if let Some(stability) = &result.stability {
        let percent = |share: f64| format!("{:.0} %", 100.0 * share);
        write!(out, "stability {:.2}", stability.probability)?;
        if let Some(share) = stability.bootstrap {
            write!(out, ": chosen again in {} of {} resamples", percent(share), stability.replicates)?;
        }
        writeln!(out, "{}", found(&stability.found))?;
    }
    let Some((chosen, others)) = result.alternatives.split_first() else { return Ok(()) };
    for note in &chosen.extrapolation.notes {
        writeln!(out, "beyond the data: {note}")?;
    }
    let standing: Vec<&AlternativeResult> = others.iter().filter(|other| other.weight >= LEAST_WEIGHT).collect();
    if standing.is_empty() {
        return Ok(());
    }
    writeln!(out, "\nOther formulas that the data do not rule out (weight of the chosen one {:.3})", chosen.weight)?;
    for other in standing {
        let formula = infix_rounded(&other.formula.prefix, &result.features, DIGITS);
        writeln!(out, "{:7.3}  {formula}", other.weight)?;
        if let Some(differs) = &other.differs {
            let number = |value: f64| rounded_number_text(value, FIGURES);
            let at: Vec<String> =
                differs.at.iter().map(|(name, value)| format!("{name} = {}", number(*value))).collect();
            write!(out, "         differs most at {}: ", at.join(", "))?;
            write!(out, "{} there, the chosen one {}", number(differs.other), number(differs.chosen))?;
            match differs.residuals {
                Some(times) => writeln!(out, " ({} typical residuals apart)", rounded_number_text(times, 2))?,
                None => writeln!(out)?,
            }
        }
        if let Some(note) = other.extrapolation.notes.first() {
            writeln!(out, "         {note}")?;
        }
    }
    Ok(())
}

/// `; found by 2 backends, 3 times, first at 12 % of the budget`.
fn found(found: &FoundResult) -> String {
    let mut text = match (found.backends.len(), found.runs) {
        (0, _) => String::new(),
        (1, 1) => format!("; found by {}", found.backends[0]),
        (backends, runs) => {
            let times = if runs == 1 { "once".into() } else { format!("{runs} times") };
            let backends = if backends == 1 { found.backends[0].clone() } else { format!("{backends} backends") };
            format!("; found by {backends}, {times}")
        }
    };
    if let Some(since) = found.since {
        text += &format!("; first at {:.0} % of the budget", 100.0 * since);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_read_as_a_sentence() {
        let of = |backends: &[&str], runs, since| {
            found(&FoundResult { backends: backends.iter().map(|name| name.to_string()).collect(), runs, since })
        };
        assert_eq!(of(&[], 0, None), "");
        assert_eq!(of(&["gp"], 1, Some(0.5)), "; found by gp; first at 50 % of the budget");
        assert_eq!(of(&["gp"], 3, None), "; found by gp, 3 times");
        assert_eq!(of(&["gp", "sparse"], 5, Some(0.014)), "; found by 2 backends, 5 times; first at 1 % of the budget");
    }
}
