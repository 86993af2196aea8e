//! Keys by values: expressions that are equal on the domain share one, however they are written.
//!
//! To compare expressions by their values at points that nobody chose is older than any normal form (Martin, *Determining the
//! equivalence of algebraic expressions by hash coding*, JACM 1971; Schwartz 1980 and Gonnet 1984 bound how often it
//! errs): two different polynomials of degree d agree at a point drawn from n values with a chance of at most d/n. Here the values are doubles rounded
//! to [`DIGITS`] digits, at points of the data's domain. Expressions that differ by less than that everywhere share a key too.
//!
//! Free constants that are anonymous become variables. Those that stand for one number are merged first; then they are put in an order
//! that does not depend on how they are numbered, by what the expression does when one of them alone is moved. What takes other
//! constants to be the same, such as `c0*(x + c1)` and `c0*x + c1`, has another key.

use symfolio_expr::{Expr, Key};

use crate::Domain;
use crate::algebra;
use crate::merge::{Valued, merge_lone_constants};
use crate::tree::Tree;
use crate::verify::{Rounded, point};

/// Significant digits of a value that count.
const DIGITS: usize = 7;
/// Values that make a key.
const VALUES: usize = 10;
/// Points that are tried for them, where the expression is undefined at some.
const TRIES: usize = 60;
/// The first point that is no corner of the domain.
const FIRST: usize = 5;

/// The key of the function that `expr` is at its present constants.
pub(crate) fn of_function(expr: &Expr, domain: &Domain) -> Key {
    let constants = |_: usize| expr.params().to_vec();
    Key(values(expr, domain, constants).unwrap_or_else(|| expr.value_key().0))
}

/// The key of the functions that `expr` is at all constants.
pub(crate) fn of_family(expr: &Expr, domain: &Domain) -> Key {
    let merged = merged(expr, domain);
    let n = merged.params().len();
    // What the expression does when this constant alone differs from the others.
    let role = |index: usize| {
        let constants = |at: usize| {
            let mut constants = vec![draw(0, at); n];
            constants[index] = draw(1, at);
            constants
        };
        values(&merged, domain, constants)
    };
    let mut order: Vec<(Option<u64>, usize)> = (0..n).map(|index| (role(index), index)).collect();
    order.sort_unstable();
    let constants = |at: usize| {
        let mut constants = vec![0.0; n];
        for (rank, (_, index)) in order.iter().enumerate() {
            constants[*index] = draw(2 + rank, at);
        }
        constants
    };
    let hash = values(&merged, domain, constants).unwrap_or_else(|| merged.form_key().0);
    Key(mix(hash, n as u64))
}

/// The expression with constants merged where they stand for one number and for nothing else: `c*x**2` for `(c*x)**2`.
fn merged(expr: &Expr, domain: &Domain) -> Expr {
    let mut form = Valued { tree: Tree::of(expr), params: expr.params().to_vec() };
    // What one merging brings together, the next one can merge.
    for _ in 0..3 {
        let Some(tree) = algebra::spread(&form.tree, domain, &form.params) else { break };
        let is_new = tree != form.tree;
        form = merge_lone_constants(tree, &form.params);
        if !is_new {
            break;
        }
    }
    form.tree.expr(&form.params).unwrap_or_else(|| expr.clone())
}

/// Value number `at` of the constant of rank `rank`: between 0.4 and 2.4, where most functions are defined.
fn draw(rank: usize, at: usize) -> f64 {
    let step = (3.0 + 2.0 * rank as f64).sqrt() + 0.1 * rank as f64;
    0.4 + 2.0 * ((at as f64 + 1.7) * step + 0.37 * rank as f64).fract()
}

/// The hash of the first values that are finite; `None` where there are none.
fn values(expr: &Expr, domain: &Domain, constants: impl Fn(usize) -> Vec<f64>) -> Option<u64> {
    let n_variables = expr.variables().last().map_or(0, |last| usize::from(*last) + 1);
    let mut hash = None;
    let mut found = 0;
    for at in 0..TRIES {
        let value = Rounded::of(expr, &constants(at), &point(FIRST + at, n_variables, domain));
        if value.value.is_finite() {
            hash = Some(mix(mix(hash.unwrap_or(0x5F), at as u64), rounded(value)));
            found += 1;
        }
        if found == VALUES {
            break;
        }
    }
    hash
}

/// The bits of a value without the digits that do not count, and without any where it is nothing but rounding.
fn rounded(value: Rounded) -> u64 {
    if value.value.abs() <= 16.0 * value.error {
        return 0;
    }
    let text = format!("{:.DIGITS$e}", value.value, DIGITS = DIGITS - 1);
    text.parse().unwrap_or(value.value).to_bits()
}

/// Mixes two words (the finaliser of SplitMix64).
fn mix(a: u64, b: u64) -> u64 {
    let mut z = a.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ b.wrapping_add(0x2545_F491_4F6C_DD1D);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}
