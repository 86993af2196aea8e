//! [`Library`]: small expressions with their values, from which what a node should be is chosen.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use symfolio_expr::{Columns, Expr, Key, Op};

use crate::crossover::subtree_sizes;
use crate::semantics::Wish;

/// Largest part of an individual that is taken in.
const PART: usize = 9;
/// Values beyond it would drown all others in sums of squares.
const LARGEST: f64 = 1e12;

#[derive(Clone, Debug)]
struct Entry {
    expr: Expr,
    /// Shape `(n_rows)`.
    values: Vec<f64>,
}

/// Small expressions with their values on the rows that children are tried on.
#[derive(Clone, Debug, Default)]
pub(crate) struct Library {
    entries: Vec<Entry>,
    keys: Vec<Key>,
}

/// The entry that comes nearest to a wish, with the factor and the term that it needs for it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Match {
    pub expr: Expr,
    /// 1 where none is needed.
    pub factor: f64,
    /// 0 where none is needed.
    pub term: f64,
}

impl Library {
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Takes `expr` in unless it is known, constant, or undefined on a row; says whether it did.
    pub fn add(&mut self, expr: &Expr, columns: &Columns<'_>) -> bool {
        if expr.variables().is_empty() {
            return false;
        }
        let key = expr.value_key();
        let Err(at) = self.keys.binary_search(&key) else { return false };
        let Some(values) = crate::semantics::node_values(expr, columns).pop() else { return false };
        let first = values.first().copied().unwrap_or(0.0);
        let varies = values.iter().any(|value| *value != first);
        if !varies || !values.iter().all(|value| value.abs() < LARGEST) {
            return false;
        }
        self.keys.insert(at, key);
        self.entries.push(Entry { expr: expr.clone(), values });
        true
    }

    /// Takes the small subtrees of `expr` in.
    pub fn add_parts(&mut self, expr: &Expr, columns: &Columns<'_>) {
        let sizes = subtree_sizes(expr);
        for at in (0..sizes.len()).filter(|at| (2..=PART).contains(&sizes[*at])) {
            self.add(&expr.subtree(at), columns);
        }
    }

    /// The entry nearest to `wish` in weighted squares after a free factor and term, among a random part of the entries;
    /// of equally near ones the shorter. `None` where nothing is known or the wish is void.
    pub fn nearest(&self, rng: &mut ChaCha8Rng, wish: &Wish) -> Option<Match> {
        let n = wish.values.len();
        let total: f64 = wish.weights.iter().sum();
        if self.entries.is_empty() || total <= 0.0 || !total.is_finite() {
            return None;
        }
        let weights: Vec<f64> = wish.weights.iter().map(|weight| weight / total).collect();
        let pull: Vec<f64> = (0..n).map(|row| weights[row] * wish.values[row]).collect();
        let mean: f64 = pull.iter().sum();
        let square = dot(&pull, &wish.values);
        let variance = square - mean * mean;
        if variance <= 0.0 || !variance.is_finite() {
            return None;
        }
        let mut best: Option<(f64, usize, f64, f64)> = None;
        let from = rng.random_range(0..self.entries.len());
        let considered = self.entries.len().div_ceil(2).max(40).min(self.entries.len());
        for step in 0..considered {
            let at = (from + step * stride(self.entries.len())) % self.entries.len();
            let Entry { expr, values } = &self.entries[at];
            let [mean_v, square_v, product] = sums(values, &weights, &pull);
            let spread = square_v - mean_v * mean_v;
            if spread <= 1e-14 * square_v || !spread.is_finite() {
                continue;
            }
            let covariance = product - mean * mean_v;
            let with_term = (1.0 - covariance * covariance / (spread * variance)).max(1e-14);
            let without_term = ((square - product * product / square_v) / variance).max(1e-14);
            let (left, factor, term) = if without_term <= 1.2 * with_term {
                (without_term, product / square_v, 0.0)
            } else {
                let factor = covariance / spread;
                (1.2 * with_term, factor, mean - factor * mean_v)
            };
            // A node more must lower what is left by 5 %.
            let score = left * (1.0 + 0.05 * expr.len() as f64);
            if best.is_none_or(|(held, ..)| score < held) {
                best = Some((score, at, factor, term));
            }
        }
        let (_, at, factor, term) = best?;
        let factor = if (factor - 1.0).abs() < 1e-6 { 1.0 } else { factor };
        (factor.is_finite() && term.is_finite()).then(|| Match { expr: self.entries[at].expr.clone(), factor, term })
    }
}

impl Match {
    /// The expression for it, where the operators for factor and term may be used.
    pub fn expr(&self, may: impl Fn(Op) -> bool) -> Expr {
        let scaled = if self.factor != 1.0 && may(Op::Mul) {
            Expr::apply(Op::Mul, &[&Expr::param(self.factor), &self.expr])
        } else {
            self.expr.clone()
        };
        if self.term != 0.0 && may(Op::Add) {
            Expr::apply(Op::Add, &[&scaled, &Expr::param(self.term)])
        } else {
            scaled
        }
    }
}

/// A step through `n` places that visits them in an order without neighbours; coprime to `n`.
fn stride(n: usize) -> usize {
    let divides = |a: usize, b: usize| {
        let (mut a, mut b) = (a, b);
        while b > 0 {
            (a, b) = (b, a % b);
        }
        a
    };
    (n * 5 / 13 + 1..).find(|step| divides(*step, n) == 1).unwrap_or(1)
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// Sums over the rows of `w v`, `w v^2` and `p v`, in eight lanes.
fn sums(values: &[f64], weights: &[f64], pull: &[f64]) -> [f64; 3] {
    let mut lanes = [[0.0; 8]; 3];
    let chunks = values.chunks(8).zip(weights.chunks(8)).zip(pull.chunks(8));
    for ((values, weights), pull) in chunks {
        if let (Ok(values), Ok(weights), Ok(pull)) =
            (<&[f64; 8]>::try_from(values), <&[f64; 8]>::try_from(weights), <&[f64; 8]>::try_from(pull))
        {
            for lane in 0..8 {
                let weighted = weights[lane] * values[lane];
                lanes[0][lane] += weighted;
                lanes[1][lane] += weighted * values[lane];
                lanes[2][lane] += pull[lane] * values[lane];
            }
        } else {
            for row in 0..values.len() {
                let weighted = weights[row] * values[row];
                lanes[0][row] += weighted;
                lanes[1][row] += weighted * values[row];
                lanes[2][row] += pull[row] * values[row];
            }
        }
    }
    lanes.map(|lanes| lanes.iter().sum())
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::*;

    #[test]
    fn the_right_entry_is_found_with_factor_and_term() {
        let x0: Vec<f64> = (0..50).map(|i| 0.3 + 0.1 * f64::from(i)).collect();
        let x1: Vec<f64> = (0..50).map(|i| 1.0 + 0.05 * f64::from((i * 17) % 50)).collect();
        let columns = Columns::new([x0.as_slice(), x1.as_slice()]);
        let mut library = Library::default();
        for text in ["x0", "x1", "(mul x0 x1)", "(sin x0)", "(div x0 x1)", "(log (sub x0 x0))", "(sub x0 x0)", "?3.0"] {
            library.add(&Expr::from_prefix(text).unwrap(), &columns);
        }
        assert_eq!(library.len(), 5);
        library.add_parts(&Expr::from_prefix("(add x0 (mul x1 (sin x0)))").unwrap(), &columns);
        assert_eq!(library.len(), 7);
        let mut rng = ChaCha8Rng::seed_from_u64(2);
        for (factor, term, expected) in [
            (2.0, 0.0, "(mul ?2.0 (div x0 x1))"),
            (1.0, 0.0, "(div x0 x1)"),
            (-3.0, 4.0, "(add (mul ?-3.0 (div x0 x1)) ?4.0)"),
        ] {
            let values = (0..50).map(|row| factor * x0[row] / x1[row] + term).collect();
            let wish = Wish { values, weights: (0..50).map(|row| f64::from(row % 3)).collect() };
            let found = library.nearest(&mut rng, &wish).unwrap();
            let rounded = Match { factor: found.factor, term: (1e9 * found.term).round() / 1e9, ..found.clone() };
            let expr = rounded.expr(|_| true);
            let expected = Expr::from_prefix(expected).unwrap();
            assert_eq!(expr.form_key(), expected.form_key());
            for (value, wanted) in expr.params().iter().zip(expected.params()) {
                assert!((value - wanted).abs() < 1e-8, "{value} {wanted}");
            }
        }
    }
}
