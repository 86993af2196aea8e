//! [`Exactness`]: is a formula the law, but for the digits of its constants?

use rand::SeedableRng as _;
use rand_chacha::ChaCha8Rng;
use symfolio::Expr;
use symfolio::expr::{Columns, Node};
use symfolio::fit::{Effort, FitData, FitOptions, Workspace, fit};
use symfolio_egraph::{Domain, Limits, simplify};

use crate::instance::{Law, Rows, nmse};

/// Below this NMSE on the widened ranges a formula has the law's values.
const SAME: f64 = 1e-10;
/// Or on so many of the points, to this relative error: a few points near a pole lose digits.
const MOST: f64 = 0.99;
const CLOSE: f64 = 1e-8;
/// Formulas that miss the law's values on the training rows by more than this NMSE, without and with noise, are not fitted at all.
const HOPELESS: (f64, f64) = (1e-3, 1e-2);
/// A formula is the law if it is at most so many times as long.
const LONGER: usize = 2;
/// Most constants that are fitted anew.
const MOST_CONSTANTS: usize = 24;
/// Steps of the fit, and the change of NMSE that a snapped constant may make.
const STEPS: usize = 200;
const NEUTRAL: f64 = 1e-12;

/// Tells whether formulas are the law of a problem.
///
/// A formula is *exact* when, with its constants fitted anew to the law's own values on the training rows, its NMSE is below
/// 1e-10 on points from ranges widened by half, where it was not fitted, and it has at most twice as many nodes as the law,
/// both simplified. The fit forgives noise in constants, the size refuses series that come close, and the widened ranges those that hold
/// by chance where the rows are.
#[derive(Debug)]
pub struct Exactness<'a> {
    law: &'a Law,
    domain: Domain,
    /// Nodes of the law, simplified.
    pub law_size: usize,
}

impl<'a> Exactness<'a> {
    /// Gets ready to judge formulas by `law`.
    pub fn new(law: &'a Law) -> Exactness<'a> {
        let domain = Domain::of_columns(law.train.columns.iter().map(Vec::as_slice));
        let law_size = size(&law.expr, &domain);
        Exactness { law, domain, law_size }
    }

    /// Is `formula` the law?
    pub fn of(&self, formula: &Expr) -> bool {
        let (train, wide) = (&self.law.train, &self.law.wide);
        let hopeless = if self.law.noise > 0.0 { HOPELESS.1 } else { HOPELESS.0 };
        // What cannot be shortened to twice the law's size is not worth the fit.
        if formula.len() > 4 * LONGER * self.law_size + 24 || train.nmse(formula) > hopeless {
            return false;
        }
        let fitted = snapped(refitted(formula, train), train);
        has_values(&fitted, wide) && size(&fitted, &self.domain) <= LONGER * self.law_size
    }
}

/// Has `formula` the values of `rows`?
fn has_values(formula: &Expr, rows: &Rows) -> bool {
    let values = rows.values(formula);
    if nmse(&values, &rows.target) < SAME {
        return true;
    }
    let close = |(value, y): &(&f64, &f64)| (*value - *y).abs() < CLOSE * (y.abs() + 1e-12);
    let n = values.iter().zip(&rows.target).filter(close).count();
    n as f64 > MOST * rows.target.len() as f64
}

/// The formula with its constants fitted to `rows` from where they are; as it is where that is not better.
fn refitted(formula: &Expr, rows: &Rows) -> Expr {
    let free = formula.thaw();
    let n = free.params().len();
    if n == 0 || n > MOST_CONSTANTS || n >= rows.target.len() {
        return formula.clone();
    }
    let columns = Columns::new(rows.columns.iter().map(Vec::as_slice));
    let data = FitData { columns: &columns, target: &rows.target, weights: None };
    let options = FitOptions { effort: Effort::Quick, max_iterations: Some(STEPS), ..FitOptions::default() };
    let fit = fit(&mut ChaCha8Rng::seed_from_u64(0), &free, &data, &options, &mut Workspace::default());
    let fitted = free.with_params(&fit.params);
    if rows.nmse(&fitted) < rows.nmse(formula) { fitted } else { formula.clone() }
}

/// The formula with those constants made 0, whole or half that may be without a change of its values: what they stand for can then be
/// simplified away.
fn snapped(formula: Expr, rows: &Rows) -> Expr {
    let mut best = formula.thaw();
    let allowed = rows.nmse(&best).max(NEUTRAL);
    for index in 0..best.params().len() {
        let value = best.params()[index];
        for simple in [0.0, value.round(), (2.0 * value).round() / 2.0] {
            if (simple - value).abs() > 1e-4 * value.abs().max(1.0) {
                continue;
            }
            let mut params = best.params().to_vec();
            params[index] = simple;
            let candidate = best.with_params(&params);
            if rows.nmse(&candidate) <= allowed {
                best = candidate;
                break;
            }
        }
    }
    best
}

/// Nodes of the shortest known form of `expr`.
pub(crate) fn size(expr: &Expr, domain: &Domain) -> usize {
    let limits = Limits::default();
    let frozen = expr.freeze();
    let has_free = expr.nodes().iter().any(|node| matches!(node, Node::Param(_)));
    let forms = [Some(simplify(&frozen, domain, &limits)), has_free.then(|| simplify(expr, domain, &limits))];
    forms.iter().flatten().map(Expr::len).fold(expr.len(), usize::min)
}

#[cfg(test)]
pub(crate) mod tests {
    use std::path::Path;

    use symfolio::parse;

    use super::*;
    use crate::Suite;
    use crate::instance::Instance;

    pub(crate) fn law(formula: &str, noise: f64) -> Law {
        let text = format!(
            "name = \"s\"\n[[problem]]\nname = \"p\"\nstratum = \"t\"\nformula = \"{formula}\"\ninputs = {{ x = [1, 3], z = [0, 2] }}"
        );
        let suite = Suite::from_toml(&text, Path::new("s.toml")).unwrap();
        let here = Path::new(".");
        Instance::draw(&suite.problems[0], noise, 0, here, here).unwrap().law.unwrap()
    }

    fn check(law_text: &str, formula: &str, expect: bool) {
        let law = law(law_text, 0.0);
        let names = ["x", "z"].map(String::from);
        let formula_read = parse(formula, &names).unwrap();
        assert_eq!(Exactness::new(&law).of(&formula_read), expect, "{formula} for {law_text}");
    }

    #[test]
    fn constants_may_be_a_little_off_and_forms_may_differ() {
        check("4.905*x**2 + z", "4.905*x**2 + z", true);
        check("4.905*x**2 + z", "4.9051*x*x + z*0.9999", true);
        check("4.905*x**2 + z", "x*(4.905*x) + z + 1e-9", true);
        check("exp(-x**2/2)/sqrt(2*pi)", "0.3989*exp(-0.5*x*x)", true);
        check("(x + z)/(1 + x*z)", "1/((1 + x*z)/(x + z))", true);
        check("sin(z)*x", "x*cos(z - 1.5708)", true);
    }

    #[test]
    fn what_only_comes_close_is_no_law() {
        check("4.905*x**2 + z", "4.905*x**2", false);
        check("sin(z)*x", "x*(z - z**3/6 + z**5/120)", false);
        // An additive constant is not the law.
        check("x**2*z", "x**2*z + 3", false);
        // The right values, simplified away or more than twice as long.
        check("x + z", "log(exp(x)) + z + (exp(z*x) - exp(x*z))", true);
        check("x + z", "(x + z)/tanh(30*x + 20*tanh(30*x + 20*tanh(40*x)))", false);
    }
}
