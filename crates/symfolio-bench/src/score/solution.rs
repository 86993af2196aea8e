//! [`is_solution`]: SRBench's criterion for a symbolic solution.

use symfolio::Expr;
use symfolio::expr::Node;
use symfolio_egraph::{Domain, Limits, simplify};

use crate::instance::Law;

/// Significant digits that constants are rounded to.
const DIGITS: usize = 3;
/// What varies by less than this share of the law's own variation is constant.
const CONSTANT: f64 = 1e-7;

/// Is `formula` a symbolic solution of `law` (La Cava et al. 2021, definition 4.1): after rounding constants, is the formula less
/// the law, or over it, a constant, and the formula itself not?
///
/// Both are simplified, which gathers constants, and their constants are rounded to three significant digits; a formula that differs
/// from the law by a constant before any rounding is one as well, so that 4.9049999 does not miss 4.905. That the difference
/// or ratio is constant is decided by their values on the law's training rows and on the widened ranges.
pub fn is_solution(formula: &Expr, law: &Law) -> bool {
    let domain = Domain::of_columns(law.train.columns.iter().map(Vec::as_slice));
    let short = |expr: &Expr| rounded(&simplify(&expr.freeze(), &domain, &Limits::default()));
    is_related(formula, &law.expr, law) || is_related(&short(formula), &short(&law.expr), law)
}

/// Is `formula` less `expr`, or over it, a constant on all rows, and `formula` none?
fn is_related(formula: &Expr, expr: &Expr, law: &Law) -> bool {
    let everywhere = [&law.train, &law.wide].map(|rows| (rows.values(formula), rows.values(expr)));
    let scale = spread(&law.train.target).1;
    let differences = |(values, of_law): &(Vec<f64>, Vec<f64>)| -> Vec<f64> {
        values.iter().zip(of_law).map(|(value, law)| value - law).collect()
    };
    // A law that is 0 on a row has no ratio there.
    let ratios = |(values, of_law): &(Vec<f64>, Vec<f64>)| -> Vec<f64> {
        values.iter().zip(of_law).filter(|pair| *pair != (&0.0, &0.0)).map(|(value, law)| value / law).collect()
    };
    if is_constant(&everywhere[0].0, scale) {
        return false;
    }
    let one_number = |found: [Vec<f64>; 2], scale: Option<f64>| {
        let all: Vec<f64> = found.concat();
        let scale = scale.or_else(|| all.first().map(|first| first.abs())).unwrap_or(0.0);
        !all.is_empty() && is_constant(&all, scale)
    };
    one_number([0, 1].map(|at| differences(&everywhere[at])), Some(scale))
        || one_number([0, 1].map(|at| ratios(&everywhere[at])), None)
}

/// Do finite `values` vary by little in comparison with `scale`?
fn is_constant(values: &[f64], scale: f64) -> bool {
    let (middle, spread) = spread(values);
    middle.is_finite() && spread <= CONSTANT * scale.max(f64::MIN_POSITIVE)
}

/// Mean and largest distance from it.
fn spread(values: &[f64]) -> (f64, f64) {
    let mean = values.iter().sum::<f64>() / values.len().max(1) as f64;
    (mean, values.iter().map(|value| (value - mean).abs()).fold(0.0, f64::max))
}

/// The formula with every constant rounded.
fn rounded(expr: &Expr) -> Expr {
    let round = |value: f64| format!("{value:.*e}", DIGITS - 1).parse().unwrap_or(value);
    let nodes = expr.nodes().iter().map(|node| match *node {
        Node::Const(value) => Node::Const(round(value)),
        other => other,
    });
    let params = expr.params().iter().map(|value| round(*value)).collect();
    Expr::new(nodes.collect(), params).unwrap_or_else(|_| expr.clone())
}

#[cfg(test)]
mod tests {
    use symfolio::parse;

    use super::super::exact::tests::law;
    use super::*;

    fn check(law_text: &str, formula: &str, expect: bool) {
        let names = ["x", "z"].map(String::from);
        let formula_read = parse(formula, &names).unwrap();
        assert_eq!(is_solution(&formula_read, &law(law_text, 0.0)), expect, "{formula} for {law_text}");
    }

    #[test]
    fn additive_and_multiplicative_constants_are_forgiven() {
        check("4.905*x**2 + z", "4.905*x**2 + z", true);
        check("4.905*x**2 + z", "4.9049999*x**2 + z + 7", true);
        check("4.905*x**2 + z", "2*(4.905*x**2 + z)", true);
        check("4.91*x**2 + z", "4.9123*x**2 + z", true);
        check("x*z/(4*pi)", "0.0796*x*z", true);
        check("x*z", "-12.5*z*x", true);
    }

    #[test]
    fn other_formulas_are_not() {
        check("4.905*x**2 + z", "4.8*x**2 + z", false);
        check("4.905*x**2 + z", "5*z", false);
        check("4.905*x**2 + z", "3", false);
        check("sin(z)*x", "x*(z - z**3/6)", false);
        check("x*z", "x*z + 0.01*x", false);
    }
}
