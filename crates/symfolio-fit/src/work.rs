//! [`Work`]: what fitting costs, by a formula that is fixed in source so that budgets replay on any machine.

use symfolio_expr::Program;

/// Work and node-rows spent so far, and where to stop.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Work {
    pub spent: u64,
    pub node_rows: u64,
    pub limit: u64,
}

impl Work {
    pub(crate) fn with_limit(limit: u64) -> Work {
        Work { spent: 0, node_rows: 0, limit }
    }

    pub(crate) fn exhausted(&self) -> bool {
        self.spent >= self.limit
    }

    /// Values of `n` rows: `n * program.work_per_row()`.
    pub(crate) fn evaluation(&mut self, program: &Program, n: usize) {
        self.spent += n as u64 * program.work_per_row();
        self.node_rows += n as u64 * program.nodes_per_row();
    }

    /// Values and derivatives of `n` rows, summed into normal equations of `k` constants: three evaluations,
    /// and `n k (k + 3) / 2` for the products.
    pub(crate) fn jacobian(&mut self, program: &Program, n: usize) {
        let k = program.n_params() as u64;
        self.evaluation(program, n);
        self.spent += n as u64 * (2 * program.work_per_row() + k * (k + 3) / 2);
    }

    /// Solving a system of `k` equations: `k^3 / 3`, at least 1.
    pub(crate) fn solve(&mut self, k: usize) {
        self.spent += ((k as u64).pow(3) / 3).max(1);
    }

    /// Least squares of `n` rows and `k` columns by orthogonal factors: `2 n k^2`.
    pub(crate) fn least_squares(&mut self, n: usize, k: usize) {
        self.spent += 2 * n as u64 * (k as u64).pow(2);
    }
}
