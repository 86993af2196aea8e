//! [`certify`]: how well the data determine the constants.

use serde::{Deserialize, Serialize};
use symfolio_expr::{Expr, Program};

use crate::data::{FitData, Workspace};
use crate::levenberg_marquardt::Problem;
use crate::loss::Loss;
use crate::polish::fill;
use crate::redundancy::determined;
use crate::robust::Smoothed;
use crate::scatter::scatter;
use crate::singular_values::{normalise, singular_values};
use crate::work::Work;

/// How well the data determine the constants of an expression at their present values.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Certificate {
    /// 95 % confidence interval of each constant, `c0` first; infinite where the data do not determine it.
    pub intervals: Vec<(f64, f64)>,
    /// Standard error of each constant; infinite where the data do not determine it.
    pub standard_errors: Vec<f64>,
    /// Largest over smallest singular value of the Jacobian with columns of unit length; at least 1. Above about 1e8 the
    /// constants are told apart by rounding noise.
    pub condition: f64,
    /// Do the data determine every constant?
    pub identifiable: bool,
    /// Groups of constants that cannot be told apart: a change of one is made up for by the others of its group. A group of one
    /// does not matter at all.
    pub redundant: Vec<Vec<usize>>,
    /// The two constants that are told apart worst, with the correlation of their estimates, where that is above 0.999 in size or
    /// the condition above 1e6; `None` also where constants cannot be told apart at all.
    pub nearly_redundant: Option<(usize, usize, f64)>,
    /// The above in a sentence, and what is determined of constants that cannot be told apart where that is simple: their product,
    /// sum, ratio.
    pub message: String,
}

/// Singular values below this share of the largest are taken for 0.
pub(crate) const NEGLIGIBLE: f64 = 1e-9;
/// Correlations and conditions from which on two constants are hard to tell apart.
const CORRELATED: f64 = 0.999;
const ILL_CONDITIONED: f64 = 1e6;
/// Share of a direction without effect from which on a constant is part of it.
pub(crate) const PART: f64 = 1e-3;

/// How well `data` determine the constants of `expr`, by the delta method at their present values, which should be a
/// minimum of the squared error.
///
/// With residuals `r`, weights `W` and Jacobian `J` of `n` rows and `k` constants, the covariance is
/// `sigma^2 (J^T W J)^-1` with `sigma^2 = r^T W r / (n - k)`, and intervals are Student's t with `n - k` degrees of
/// freedom (Bates and Watts 1988, section 2.3). The singular values of `J` with its columns scaled to unit length tell
/// which constants are determined at all; they need not be small because of units.
///
/// # Panics
/// Where the expression uses a variable that has no column, and where target or weights have the wrong length.
pub fn certify(expr: &Expr, data: &FitData<'_>, workspace: &mut Workspace) -> Certificate {
    certify_loss(expr, data, Loss::SquaredError, &[], workspace)
}

/// [`certify`] at a minimum of another loss. Constants in `held` count as known: their errors are 0.
///
/// For `huber` and `log-cosh`, `sigma` is `sqrt(mean(psi^2)) / mean(psi')` with `psi` the derivative of the loss (Huber 1981,
/// *Robust Statistics*, section 7.6); for `mae` and `quantile:Q` it is `sqrt(Q (1 - Q)) / f(0)` with `f` the density of the
/// residuals (Koenker and Bassett 1978). Both take the residuals to have the same distribution on every row, and weights
/// that differ to have nothing to do with the derivatives.
///
/// # Panics
/// As [`certify`].
pub fn certify_loss(
    expr: &Expr,
    data: &FitData<'_>,
    loss: Loss,
    held: &[usize],
    workspace: &mut Workspace,
) -> Certificate {
    data.check();
    let program = Program::new(expr);
    let (n, k) = (data.n_rows(), expr.params().len());
    let problem = Problem { program: &program, data, loss: Smoothed::squared(), linear: &[], bounds: &[] };
    let mut work = Work::with_limit(u64::MAX);
    if !fill(&problem, expr.params(), workspace, &mut work) {
        return nothing_known(k, "the expression is undefined on a row, so nothing is known about its constants");
    }
    let least_squares = &mut workspace.least_squares;
    let roots: Vec<f64> = (0..n).map(|row| data.weight(row).sqrt()).collect();
    let weigh = |values: &[f64]| -> Vec<f64> { values.iter().zip(&roots).map(|(value, root)| value * root).collect() };
    let residuals: Vec<(f64, f64)> = (least_squares.target_mut().iter().enumerate())
        .map(|(row, r)| (*r, data.weight(row)))
        .filter(|(_, weight)| *weight > 0.0)
        .collect();
    if !residuals.iter().map(|(r, weight)| weight * r * r).sum::<f64>().is_finite() {
        return nothing_known(k, "the squares of the residuals are too large for a number; rescale the target");
    }
    let free: Vec<usize> = (0..k).filter(|index| !held.contains(index)).collect();
    let mut lengths = vec![1.0; k];
    let mut columns = Vec::with_capacity(k);
    for &index in &free {
        let mut column = weigh(least_squares.column_mut(index));
        lengths[index] = normalise(&mut column);
        columns.push(column);
    }
    let (values, directions) = singular_values(columns);
    let directions: Vec<Vec<f64>> = directions.iter().map(|direction| spread(direction, &free, k)).collect();
    let largest = values.iter().copied().fold(0.0, f64::max);
    let smallest = values.iter().copied().fold(f64::INFINITY, f64::min);
    let effective = |value: f64| value > NEGLIGIBLE * largest;
    let redundant = groups(k, values.iter().zip(&directions).filter(|(value, _)| !effective(**value)).map(|(_, d)| d));
    let counted = data.n_counted();
    let freedom = counted.saturating_sub(free.len());
    let sigma = if freedom > 0 { scatter(loss, &residuals, free.len()) } else { f64::INFINITY };
    let quantile = student_t(freedom);
    let standard_errors: Vec<f64> = (0..k)
        .map(|index| {
            if held.contains(&index) {
                return 0.0;
            }
            if freedom == 0 || redundant.iter().any(|group| group.contains(&index)) {
                return f64::INFINITY;
            }
            let inverse: f64 = values
                .iter()
                .zip(&directions)
                .filter(|(value, _)| effective(**value))
                .map(|(value, direction)| (direction[index] / value).powi(2))
                .sum();
            sigma * inverse.sqrt() / lengths[index]
        })
        .collect();
    let intervals = expr
        .params()
        .iter()
        .zip(&standard_errors)
        .map(|(value, error)| {
            if error.is_finite() {
                (value - quantile * error, value + quantile * error)
            } else {
                (f64::NEG_INFINITY, f64::INFINITY)
            }
        })
        .collect();
    let identifiable = freedom > 0 && redundant.is_empty();
    let condition = if free.is_empty() {
        1.0
    } else if smallest > 0.0 {
        largest / smallest
    } else {
        f64::INFINITY
    };
    let idle = values.iter().zip(&directions).filter(|(value, _)| !effective(**value));
    let idle: Vec<Vec<f64>> = idle.map(|(_, direction)| in_units(direction, &lengths)).collect();
    let determined: Vec<Option<String>> =
        redundant.iter().map(|group| determined(&program, expr.params(), data, group, &idle)).collect();
    let nearly_redundant = if identifiable { nearly_redundant(&values, &directions, condition) } else { None };
    let message = match free.is_empty() && k > 0 {
        true => "no constant is left for the data to determine".to_string(),
        false => message(counted, free.len(), &redundant, &determined, nearly_redundant, condition),
    };
    Certificate { intervals, standard_errors, condition, identifiable, redundant, nearly_redundant, message }
}

/// A direction among the constants `free` as one among all `k`.
fn spread(direction: &[f64], free: &[usize], k: usize) -> Vec<f64> {
    let mut all = vec![0.0; k];
    free.iter().zip(direction).for_each(|(index, part)| all[*index] = *part);
    all
}

/// A direction of columns of unit length in units of the constants; parts that are rounding left out.
fn in_units(direction: &[f64], lengths: &[f64]) -> Vec<f64> {
    let part = |(part, length): (&f64, &f64)| if part.abs() > PART && *length > 0.0 { part / length } else { 0.0 };
    direction.iter().zip(lengths).map(part).collect()
}

/// The two constants of the largest correlation, if that or the condition is worth a word.
fn nearly_redundant(values: &[f64], directions: &[Vec<f64>], condition: f64) -> Option<(usize, usize, f64)> {
    let covariance = |i: usize, j: usize| -> f64 {
        values.iter().zip(directions).map(|(value, direction)| direction[i] * direction[j] / (value * value)).sum()
    };
    let k = directions.first().map_or(0, Vec::len);
    let pairs = (0..k).flat_map(|j| (0..j).map(move |i| (i, j)));
    let correlated = pairs.map(|(i, j)| (i, j, covariance(i, j) / (covariance(i, i) * covariance(j, j)).sqrt()));
    // Not a number with a constant that is held.
    let worst = correlated.filter(|pair| pair.2.is_finite()).max_by(|a, b| a.2.abs().total_cmp(&b.2.abs()))?;
    (worst.2.abs() > CORRELATED || condition > ILL_CONDITIONED).then_some(worst)
}

fn nothing_known(k: usize, message: &str) -> Certificate {
    Certificate {
        intervals: vec![(f64::NEG_INFINITY, f64::INFINITY); k],
        standard_errors: vec![f64::INFINITY; k],
        condition: f64::INFINITY,
        identifiable: false,
        redundant: Vec::new(),
        nearly_redundant: None,
        message: message.to_string(),
    }
}

/// Constants that take part in the same direction without effect, directions that share a constant merged.
fn groups<'d>(k: usize, directions: impl Iterator<Item = &'d Vec<f64>>) -> Vec<Vec<usize>> {
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for direction in directions {
        let mut group: Vec<usize> = (0..k).filter(|index| direction[*index].abs() > PART).collect();
        let (touching, apart) = groups.into_iter().partition(|known| known.iter().any(|index| group.contains(index)));
        groups = apart;
        group.extend(<Vec<Vec<usize>> as IntoIterator>::into_iter(touching).flatten());
        group.sort_unstable();
        group.dedup();
        groups.push(group);
    }
    groups.sort();
    groups
}

fn message(
    n: usize,
    k: usize,
    redundant: &[Vec<usize>],
    determined: &[Option<String>],
    nearly_redundant: Option<(usize, usize, f64)>,
    condition: f64,
) -> String {
    if k == 0 {
        return "there are no constants".to_string();
    }
    if n < k {
        return format!("{n} rows cannot determine {k} constants");
    }
    if !redundant.is_empty() {
        let names = |group: &Vec<usize>| group.iter().map(|index| format!("c{index}")).collect::<Vec<_>>().join(", ");
        let parts: Vec<String> = redundant
            .iter()
            .zip(determined)
            .map(|(group, determined)| match (group.len(), determined) {
                (1, _) => format!("{} has no effect", names(group)),
                (_, Some(what)) => format!("{} cannot be told apart: only {what} is determined", names(group)),
                _ => format!("{} cannot be told apart", names(group)),
            })
            .collect();
        return parts.join("; ");
    }
    if n <= k {
        return format!("{n} rows cannot give the uncertainty of {k} constants");
    }
    let barely = nearly_redundant.map_or_else(String::new, |(i, j, correlation)| {
        // As many digits as tell it from 1.
        let digits = [4, 6, 9].into_iter().find(|digits| 1.0 - correlation.abs() > 0.1f64.powi(*digits)).unwrap_or(12);
        format!(
            ", but c{i} and c{j} barely: a change of one is nearly made up for by the other (correlation {correlation:.0$})",
            digits as usize
        )
    });
    format!("all {k} constants are determined (condition {condition:.1e}){barely}")
}

/// The 97.5 % quantile of Student's t with `freedom` degrees of freedom; infinite for 0. Exact to four digits: a table,
/// then the expansion around the normal quantile (Abramowitz and Stegun 26.7.5).
pub(crate) fn student_t(freedom: usize) -> f64 {
    const TABLE: [f64; 9] = [
        f64::INFINITY,
        12.706_204_736,
        4.302_652_730,
        3.182_446_305,
        2.776_445_105,
        2.570_581_836,
        2.446_911_851,
        2.364_624_252,
        2.306_004_135,
    ];
    if let Some(value) = TABLE.get(freedom) {
        return *value;
    }
    let z: f64 = 1.959_963_984_540_054;
    let n = freedom as f64;
    let term = |power: i32| z.powi(power);
    z + (term(3) + z) / (4.0 * n)
        + (5.0 * term(5) + 16.0 * term(3) + 3.0 * z) / (96.0 * n.powi(2))
        + (3.0 * term(7) + 19.0 * term(5) + 17.0 * term(3) - 15.0 * z) / (384.0 * n.powi(3))
        + (79.0 * term(9) + 776.0 * term(7) + 1482.0 * term(5) - 1920.0 * term(3) - 945.0 * z) / (92160.0 * n.powi(4))
}

#[cfg(test)]
mod tests {
    use symfolio_expr::Columns;

    use super::*;

    #[test]
    fn student_t_agrees_with_tables() {
        for (freedom, expected) in
            [(1, 12.706), (4, 2.776), (5, 2.571), (9, 2.262), (10, 2.228), (30, 2.042), (1000, 1.962)]
        {
            assert!((student_t(freedom) - expected).abs() < 5.1e-4, "{freedom}: {}", student_t(freedom));
        }
    }

    fn certificate(text: &str) -> Certificate {
        let x: Vec<f64> = (0..20).map(f64::from).collect();
        let y: Vec<f64> = x.iter().map(|x| 1.0 + 2.0 * x + if x % 2.0 == 0.0 { 0.1 } else { -0.1 }).collect();
        let columns = Columns::new([x.as_slice()]);
        let data = FitData { columns: &columns, target: &y, weights: None };
        certify(&Expr::from_prefix(text).unwrap(), &data, &mut Workspace::default())
    }

    #[test]
    fn intervals_of_a_straight_line_are_the_textbook_ones() {
        let found = certificate("(add ?1 (mul ?2 x0))");
        assert!(found.identifiable);
        // Residuals are 0.1 each; the sum of (x - mean)^2 is 665 and the mean is 9.5.
        let sigma = (20.0 * 0.01f64 / 18.0).sqrt();
        let expected = [sigma * (1.0 / 20.0 + 9.5f64.powi(2) / 665.0).sqrt(), sigma / 665f64.sqrt()];
        for (error, expected) in found.standard_errors.iter().zip(expected) {
            assert!((error / expected - 1.0).abs() < 1e-12);
        }
        assert!((found.intervals[1].1 - 2.0 - 2.100_92 * expected[1]).abs() < 1e-6);
    }

    #[test]
    fn rows_without_weight_do_not_count() {
        let x: Vec<f64> = (0..30).map(f64::from).collect();
        let y: Vec<f64> = x.iter().map(|x| 1.0 + 2.0 * x + (3.0 * x).sin()).collect();
        let weights: Vec<f64> = (0..30).map(|row| if row < 6 { 1.0 } else { 0.0 }).collect();
        let expr = Expr::from_prefix("(add ?1 (mul ?2 x0))").unwrap();
        let mut workspace = Workspace::default();
        let mut of = |x: &[f64], y: &[f64], weights: Option<&[f64]>| {
            let columns = Columns::new([x]);
            let data = FitData { columns: &columns, target: y, weights };
            let profile = crate::profile_intervals(&expr, &data, &[], u64::MAX, &mut workspace);
            (certify(&expr, &data, &mut workspace).intervals, profile.intervals)
        };
        assert_eq!(of(&x, &y, Some(&weights)), of(&x[..6], &y[..6], None));
    }

    #[test]
    fn constants_that_cannot_be_told_apart_are_named() {
        for (text, redundant, message) in [
            (
                "(add ?1 (mul (mul ?2 ?1) x0))",
                vec![vec![1, 2]],
                "c1, c2 cannot be told apart: only c1*c2 is determined",
            ),
            // Products, ratios and sums at values where the first two look alike.
            ("(mul (mul ?1 ?1) x0)", vec![vec![0, 1]], "c0, c1 cannot be told apart: only c0*c1 is determined"),
            ("(mul (div ?1 ?1) x0)", vec![vec![0, 1]], "c0, c1 cannot be told apart: only c0/c1 is determined"),
            ("(mul (sub ?3 ?1) x0)", vec![vec![0, 1]], "c0, c1 cannot be told apart: only c0 - c1 is determined"),
            ("(mul (mul ?2 (square ?3)) x0)", vec![vec![0, 1]], "c0, c1 cannot be told apart: only c0*c1**2 is"),
            ("(mul ?2 (exp (add x0 ?3)))", vec![vec![0, 1]], "c0, c1 cannot be told apart: only c0*exp(c1) is"),
            ("(add (mul 2 ?2) (add ?3 x0))", vec![vec![0, 1]], "c0, c1 cannot be told apart: only 2*c0 + c1 is"),
            ("(mul (mul ?2 ?3) (mul ?4 x0))", vec![vec![0, 1, 2]], "c0, c1, c2 cannot be told apart: only c0*c1*c2 is"),
            // A sum of squares is determined, which no simple text says.
            ("(mul (add (square ?2) (square ?3)) x0)", vec![vec![0, 1]], "c0, c1 cannot be told apart"),
            ("(mul x0 (add ?1 (mul 0.0 ?3)))", vec![vec![1]], "c1 has no effect"),
            (
                "(add (add ?0.5 ?0.5) (mul (add ?1 ?1) x0))",
                vec![vec![0, 1], vec![2, 3]],
                "c0, c1 cannot be told apart: only c0 + c1 is determined; c2, c3 cannot be told apart: only c2 + c3 is",
            ),
            // Told apart in principle.
            (
                "(add ?1 (mul ?2 (add 100000.0 x0)))",
                vec![],
                "all 2 constants are determined (condition 3.5e4), but c0 and c1 barely: a change of one is nearly made up \
                 for by the other (correlation -0.999999998)",
            ),
            ("(add ?1 (mul ?2 x0))", vec![], "all 2 constants are determined"),
            ("(sqrt (sub ?1 x0))", vec![], "the expression is undefined on a row"),
            ("x0", vec![], "there are no constants"),
        ] {
            let found = certificate(text);
            assert_eq!(found.redundant, redundant, "{text}");
            assert!(found.message.starts_with(message), "{text}: {}", found.message);
            for group in redundant {
                assert!(group.iter().all(|index| found.intervals[*index].1 == f64::INFINITY));
            }
        }
    }

    #[test]
    fn held_constants_count_as_known() {
        let x: Vec<f64> = (0..20).map(f64::from).collect();
        let y: Vec<f64> = x.iter().map(|x| 2.0 * x + if x % 2.0 == 0.0 { 0.1 } else { -0.1 }).collect();
        let columns = Columns::new([x.as_slice()]);
        let data = FitData { columns: &columns, target: &y, weights: None };
        let of = |text: &str, held: &[usize]| {
            let expr = Expr::from_prefix(text).unwrap();
            certify_loss(&expr, &data, Loss::SquaredError, held, &mut Workspace::default())
        };
        let (held, alone) = (of("(add ?0 (mul ?2 x0))", &[0]), of("(add 0 (mul ?2 x0))", &[]));
        assert_eq!(held.standard_errors, [0.0, alone.standard_errors[0]]);
        assert_eq!((held.condition, held.identifiable, held.nearly_redundant), (1.0, true, None));
        assert!(of("(add ?1 (mul (mul ?2 ?1) x0))", &[1]).identifiable);
        assert_eq!(of("(mul ?2 x0)", &[0]).message, "no constant is left for the data to determine");
    }
}
