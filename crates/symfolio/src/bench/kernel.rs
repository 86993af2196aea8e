//! [`KernelBench`]: how fast expressions are evaluated on this machine.

use std::fmt;

use rand::RngExt;
use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng};
use symfolio_engine::Clock;
use symfolio_expr::{Columns, Expr, Op, Program, Real, Scratch, kernel};
use symfolio_fit::{FitData, Loss, Population};

const ARITHMETIC: [Op; 4] = [Op::Add, Op::Sub, Op::Mul, Op::Div];
const FUNCTIONS: [Op; 6] = [Op::Sin, Op::Cos, Op::Exp, Op::Log, Op::Sqrt, Op::Square];

/// What is measured: random trees with operators drawn evenly from a set, a third of the leaves constants and the others
/// variables, finite and below 1e30 on all rows (values between 0.5 and 2.5); one thread.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct KernelBench {
    /// Number of rows.
    pub rows: usize,
    /// Number of trees.
    pub trees: usize,
    /// Nodes of each tree, leaves included.
    pub nodes: usize,
    /// How often each figure is taken; the median counts.
    pub repeats: usize,
    /// What the random trees begin from.
    pub seed: u64,
}

impl Default for KernelBench {
    /// 1000 rows, 200 trees of 20 nodes, 21 repeats.
    fn default() -> KernelBench {
        KernelBench { rows: 1000, trees: 200, nodes: 20, repeats: 21, seed: 1 }
    }
}

/// What was found for one set of operators.
#[derive(Clone, Debug, PartialEq)]
pub struct KernelScore {
    /// The operators.
    pub operators: &'static str,
    /// Node-row evaluations per second, leaves counted, in double precision.
    pub double: f64,
    /// The same in single precision.
    pub single: f64,
    /// The same in double precision for losses of all trees together, common sub-expressions shared.
    pub together: f64,
    /// As `together`, with a limit below which 5 % of the losses lie: pre-test and early end.
    pub limited: f64,
    /// Time of values and derivatives by all constants, over that of values.
    pub jacobian: f64,
}

/// All scores, with the instruction set that they were taken on.
#[derive(Clone, Debug, PartialEq)]
pub struct KernelScores {
    /// What was measured.
    pub bench: KernelBench,
    /// `avx512`, `avx2` or `baseline`.
    pub kernel: &'static str,
    /// One a set of operators.
    pub scores: Vec<KernelScore>,
}

impl KernelBench {
    /// Takes all figures; some seconds.
    pub fn run(&self) -> KernelScores {
        let mut rng = ChaCha8Rng::seed_from_u64(self.seed);
        let table: Vec<Vec<f64>> =
            (0..5).map(|_| (0..self.rows).map(|_| 0.5 + 2.0 * rng.random::<f64>()).collect()).collect();
        let sets = [("+ - * /", &[][..]), ("+ - * / sin cos exp log sqrt square", &FUNCTIONS[..])];
        let scores = sets.iter().map(|(name, unary)| self.score(&mut rng, name, unary, &table)).collect();
        KernelScores { bench: *self, kernel: kernel(), scores }
    }

    fn score(&self, rng: &mut ChaCha8Rng, operators: &'static str, unary: &[Op], table: &[Vec<f64>]) -> KernelScore {
        let single: Vec<Vec<f32>> = table.iter().map(|column| column.iter().map(|x| *x as f32).collect()).collect();
        let columns = Columns::new(table.iter().map(Vec::as_slice));
        let exprs = self.trees(rng, unary, &columns);
        let target = vec![1.0; self.rows];
        let data = FitData { columns: &columns, target: &target, weights: None };
        let population = Population::<f64>::new(rng, &data, Loss::SquaredError);
        let mut scratch = Scratch::default();
        let mut losses = population.losses(&exprs, f64::INFINITY, &mut scratch).losses;
        losses.sort_by(f64::total_cmp);
        let limit = losses.get(exprs.len() / 20).copied().unwrap_or(f64::INFINITY);
        let node_rows = (exprs.iter().map(Expr::len).sum::<usize>() * self.rows) as f64;
        let programs: Vec<(Program, &Expr)> = exprs.iter().map(|expr| (Program::new(expr), expr)).collect();
        let values = self.values(&programs, table);
        let derivatives = self.median(|| {
            for (program, expr) in &programs {
                program.jacobian_blocks(expr.params(), &columns, &mut scratch, |_| true);
            }
        });
        let mut together = |limit: f64| {
            self.median(|| {
                population.losses(&exprs, limit, &mut scratch);
            })
        };
        KernelScore {
            operators,
            double: node_rows / values,
            single: node_rows / self.values(&programs, &single),
            together: node_rows / together(f64::INFINITY),
            limited: node_rows / together(limit),
            jacobian: derivatives / values,
        }
    }

    /// Seconds of the values of all programs.
    fn values<R: Real>(&self, programs: &[(Program, &Expr)], table: &[Vec<R>]) -> f64 {
        let columns = Columns::new(table.iter().map(Vec::as_slice));
        let mut scratch = Scratch::default();
        let mut out = vec![R::default(); self.rows];
        self.median(|| {
            for (program, expr) in programs {
                program.values(expr.params(), &columns, &mut scratch, &mut out);
            }
        })
    }

    /// Median seconds of `task`.
    fn median(&self, mut task: impl FnMut()) -> f64 {
        let mut seconds: Vec<f64> = (0..self.repeats.max(1))
            .map(|_| {
                let begun = Clock::process_cpu();
                task();
                Clock::process_cpu() - begun
            })
            .collect();
        seconds.sort_by(f64::total_cmp);
        seconds[seconds.len() / 2].max(1e-9)
    }

    fn trees(&self, rng: &mut ChaCha8Rng, unary: &[Op], columns: &Columns<'_>) -> Vec<Expr> {
        let mut scratch = Scratch::default();
        let mut exprs = Vec::with_capacity(self.trees);
        while exprs.len() < self.trees {
            let expr = tree(rng, self.nodes, unary);
            let mut finite = true;
            Program::new(&expr).blocks(expr.params(), columns, &mut scratch, |_, values| {
                finite = values.iter().all(|value| value.abs() < 1e30);
                finite
            });
            if finite {
                exprs.push(expr);
            }
        }
        exprs
    }
}

/// A random tree of `n` nodes; fewer where binary operators alone would have to make an even number.
fn tree(rng: &mut ChaCha8Rng, n: usize, unary: &[Op]) -> Expr {
    if n <= 1 || (n == 2 && unary.is_empty()) {
        return if rng.random_range(0..3) == 0 {
            Expr::param(0.5 + rng.random::<f64>())
        } else {
            Expr::var(rng.random_range(0..5))
        };
    }
    let drawn = rng.random_range(0..ARITHMETIC.len() + unary.len());
    let drawn = if n == 2 { ARITHMETIC.len() + rng.random_range(0..unary.len()) } else { drawn };
    if let Some(op) = drawn.checked_sub(ARITHMETIC.len()) {
        return Expr::apply(unary[op], &[&tree(rng, n - 1, unary)]);
    }
    let left = rng.random_range(1..n - 1);
    let (a, b) = (tree(rng, left, unary), tree(rng, n - 1 - left, unary));
    Expr::apply(ARITHMETIC[drawn], &[&a, &b])
}

impl fmt::Display for KernelScores {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let KernelBench { rows, trees, nodes, .. } = self.bench;
        writeln!(f, "{trees} random trees of {nodes} nodes, {rows} rows, one thread, {} kernels", self.kernel)?;
        writeln!(f, "million node-row evaluations per CPU-second:")?;
        writeln!(f, "{:38}{:>9}{:>9}{:>10}{:>9}{:>10}", "", "f64", "f32", "together", "limited", "jacobian")?;
        for score in &self.scores {
            let KernelScore { operators, double, single, together, limited, jacobian } = score;
            let million = |value: &f64| (value / 1e6).round();
            writeln!(
                f,
                "{operators:38}{:>9}{:>9}{:>10}{:>9}{:>9.1}x",
                million(double),
                million(single),
                million(together),
                million(limited),
                jacobian
            )?;
        }
        write!(
            f,
            "together: losses of all trees, common sub-expressions once; limited: of those that may end among the best 5 %, \
             after a pre-test on 64 rows; jacobian: time of values and derivatives over that of values"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_bench_measures_all_that_it_says() {
        let bench = KernelBench { rows: 300, trees: 10, nodes: 12, repeats: 1, seed: 3 };
        let scores = bench.run();
        assert_eq!(scores.scores.len(), 2);
        for score in &scores.scores {
            for figure in [score.double, score.single, score.together, score.limited, score.jacobian] {
                assert!(figure.is_finite() && figure > 0.0, "{score:?}");
            }
        }
        assert!(scores.to_string().starts_with("10 random trees of 12 nodes, 300 rows"), "{scores}");
    }

    #[test]
    fn trees_have_the_size_asked_for() {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        for n in 1..40 {
            assert_eq!(tree(&mut rng, n, &FUNCTIONS).len(), n);
            let arithmetic = tree(&mut rng, n, &[]).len();
            assert!(arithmetic % 2 == 1 && arithmetic <= n, "{arithmetic} nodes of {n}");
        }
    }
}
