//! [`Evaluator`]: the constants, loss and complexity of a tree.

use rand_chacha::ChaCha8Rng;
use symfolio_core::{Cost, Problem};
use symfolio_expr::{Expr, Program};
use symfolio_fit::{Effort, FitData, FitOptions, Loss, Workspace, fit, loss_of};

use crate::config::GpConfig;
use crate::ground::Fields;
use crate::line::Line;
use crate::scaling::{Scaled, Scaling};
use crate::units;

/// What was found of a tree.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Assessment {
    pub scaled: Scaled,
    pub loss: f64,
    pub complexity: u32,
}

/// Fits and measures trees on the rows of a slice, and keeps count of the cost.
pub(crate) struct Evaluator<'a> {
    problem: &'a Problem,
    config: &'a GpConfig,
    fields: Fields<'a>,
    floor: f64,
    /// With the operators that may be used in this slice.
    pub scaling: Scaling,
    /// Scale and offset are left out of trees that would become more complex than this with them.
    pub limit: u32,
    workspace: Workspace,
    values: Vec<f64>,
    /// Spent and not yet charged.
    pub cost: Cost,
}

/// A drop of a scaling node may raise the loss by this share of it.
const DROP: f64 = 1e-3;
/// Most work of a thorough fit.
const POLISH_WORK: u64 = 20_000_000;

impl<'a> Evaluator<'a> {
    pub fn new(problem: &'a Problem, config: &'a GpConfig, fields: Fields<'a>, floor: f64, scaling: Scaling) -> Self {
        Evaluator {
            problem,
            config,
            fields,
            floor,
            scaling,
            limit: problem.constraints.max_complexity,
            workspace: Workspace::default(),
            values: Vec::new(),
            cost: Cost::default(),
        }
    }

    /// Fits `start` on a few rows, and on the working rows unless `hopeless(loss, complexity)` says that what the few
    /// rows show is not worth it. `None` for hopeless trees and for those that are undefined on some row.
    pub fn assess(
        &mut self,
        rng: &mut ChaCha8Rng,
        start: Scaled,
        hopeless: impl Fn(f64, u32) -> bool,
    ) -> Option<Assessment> {
        let (scaling, needs_scale) = self.scaling_of(&start.core)?;
        let fixed = start.core.params().is_empty() && self.problem.loss == Loss::SquaredError;
        let mut start = start;
        if let Some(screen) = self.fields.screen {
            let glance = self.line(&start.core, &screen, scaling)?;
            let slack = if fixed { 1.0 } else { self.config.glance_slack };
            (start.scale, start.offset) = (glance.scale, glance.offset);
            let complexity = self.complexity(&start);
            // Without a scale that is fitted at a glance, constants that are not fitted say nothing.
            let telling = fixed || self.problem.template.is_none();
            if !glance.loss.is_finite() || (telling && self.is_squared() && hopeless(glance.loss / slack, complexity)) {
                return None;
            }
            if !fixed {
                let dressed = scaling.dress(&start.core, start.scale, start.offset);
                let options = self.options(Effort::Quick, self.config.screen_iterations);
                let (params, loss) = self.fit(rng, &dressed, &screen, &options);
                start = scaling.undress(&start.core, &params);
                if !loss.is_finite() || hopeless(loss, complexity) {
                    return None;
                }
            }
        }
        let working = self.fields.working;
        if fixed {
            let line = self.line(&start.core, &working, scaling)?;
            let scaled = Scaled { scale: line.scale, offset: line.offset, core: start.core };
            return self.finish(scaled, line.loss, needs_scale);
        }
        let dressed = scaling.dress(&start.core, start.scale, start.offset);
        let options = self.options(Effort::Quick, self.config.fit_iterations);
        let (params, loss) = self.fit(rng, &dressed, &working, &options);
        self.finish(scaling.undress(&start.core, &params), loss, needs_scale)
    }

    /// The best scale and offset for the tree as it is, under squared error. `None` where it is undefined.
    fn line(&mut self, core: &Expr, data: &FitData<'_>, scaling: Scaling) -> Option<Line> {
        let program = Program::new(core);
        self.values.clear();
        let values = &mut self.values;
        program.blocks(core.params(), data.columns, &mut self.workspace.scratch, |_, block| {
            values.extend_from_slice(block);
            block.iter().all(|value| value.is_finite())
        });
        let rows = self.values.len() as u64;
        self.cost += Cost {
            work: rows * (program.work_per_row() + 4),
            node_rows: rows * program.nodes_per_row(),
            ..Cost::default()
        };
        if self.values.len() < data.n_rows() || self.values.iter().any(|value| !value.is_finite()) {
            return None;
        }
        Some(Line::fit(&self.values, data.target, data.weights, scaling.scale.is_some(), scaling.offset.is_some()))
    }

    fn is_squared(&self) -> bool {
        self.problem.loss == Loss::SquaredError
    }

    /// The rows that children are tried on; the working rows where there are too few to tell them apart.
    pub fn screen(&self) -> FitData<'a> {
        self.fields.screen.unwrap_or(self.fields.working)
    }

    /// A thorough fit on the working rows.
    pub fn polish(&mut self, rng: &mut ChaCha8Rng, start: &Scaled) -> Option<Assessment> {
        let (scaling, needs_scale) = self.scaling_of(&start.core)?;
        let dressed = scaling.dress(&start.core, start.scale, start.offset);
        let mut options = self.options(Effort::Thorough, 100);
        options.max_work = POLISH_WORK;
        let (params, loss) = self.fit(rng, &dressed, &self.fields.working.clone(), &options);
        self.finish(scaling.undress(&start.core, &params), loss, needs_scale)
    }

    /// The same tree fitted and measured on all rows of the slice.
    pub fn on_all_rows(&mut self, rng: &mut ChaCha8Rng, found: &Scaled) -> Option<Assessment> {
        let dressed = found.dressed(self.scaling);
        let options = self.options(Effort::Quick, 2);
        let (params, loss) = self.fit(rng, &dressed, &self.fields.full.clone(), &options);
        let scaled = found.needs(self.scaling).undress(&found.core, &params);
        loss.is_finite().then(|| Assessment { complexity: self.complexity(&scaled), scaled, loss })
    }

    /// Residuals of a tree on the rows that children are tried on; on the working rows where there are none.
    pub fn residuals(&mut self, found: &Scaled) -> Vec<f64> {
        let data = self.screen();
        let dressed = found.dressed(self.scaling);
        let program = Program::new(&dressed);
        let mut values = vec![0.0; data.n_rows()];
        program.values(dressed.params(), data.columns, &mut self.workspace.scratch, &mut values);
        self.cost += Cost { work: program.work_per_row() * data.n_rows() as u64, ..Cost::default() };
        values.iter().zip(data.target).map(|(value, target)| target - value).collect()
    }

    /// The scaling that there is room for, and whether the units ask for a scale; `None` where they do and there is no room.
    fn scaling_of(&self, core: &Expr) -> Option<(Scaling, bool)> {
        let limits = &self.problem.constraints;
        let room = self.limit.max(self.problem.complexity.of(core)).min(limits.max_complexity);
        let scaling = self.scaling.within(core, &self.problem.complexity, room, limits.max_depth);
        let needs_scale = units::needs_scale(self.problem, self.scaling, core)?;
        (scaling.scale.is_some() || !needs_scale).then_some((scaling, needs_scale))
    }

    fn options(&self, effort: Effort, iterations: usize) -> FitOptions {
        FitOptions { loss: self.problem.loss, effort, max_iterations: Some(iterations), ..FitOptions::default() }
    }

    fn fit(&mut self, rng: &mut ChaCha8Rng, expr: &Expr, data: &FitData<'_>, options: &FitOptions) -> (Vec<f64>, f64) {
        let found = fit(rng, expr, data, options, &mut self.workspace);
        self.cost += Cost { work: found.work, node_rows: found.node_rows, ..Cost::default() };
        (found.params, found.loss)
    }

    fn complexity(&self, scaled: &Scaled) -> u32 {
        self.problem.complexity.of(&scaled.dressed(self.scaling))
    }

    /// Leaves out scale and offset where the loss hardly rises without, and the units do not ask for a scale.
    fn finish(&mut self, mut scaled: Scaled, mut loss: f64, needs_scale: bool) -> Option<Assessment> {
        if !loss.is_finite() || !scaled.core.is_finite() || !scaled.scale.is_finite() || !scaled.offset.is_finite() {
            return None;
        }
        let most = (loss * (1.0 + DROP)).max(self.floor);
        // Without the offset a squared loss rises by its square, and without a factor near 1 by about this.
        let near = (1e2 * most).sqrt();
        if scaled.offset != 0.0 && scaled.offset.abs() <= near {
            let bare = Scaled { offset: 0.0, ..scaled.clone() };
            (scaled, loss) = self.cheaper(bare, scaled, loss, most);
        }
        if needs_scale && scaled.scale == 1.0 {
            // Exactly 1 means that there is no node for it: the next number keeps it.
            scaled.scale = scaled.scale.next_up();
        }
        if !needs_scale && scaled.scale != 1.0 && (scaled.scale - 1.0).abs() <= 0.1 {
            let bare = Scaled { scale: 1.0, ..scaled.clone() };
            (scaled, loss) = self.cheaper(bare, scaled, loss, most);
        }
        Some(Assessment { complexity: self.complexity(&scaled), scaled, loss })
    }

    fn cheaper(&mut self, bare: Scaled, scaled: Scaled, loss: f64, most: f64) -> (Scaled, f64) {
        let form = bare.dressed(self.scaling);
        let program = Program::new(&form);
        let data = self.fields.working;
        let (without, work) = loss_of(&program, form.params(), &data, self.problem.loss, &mut self.workspace);
        self.cost += Cost { work, node_rows: program.nodes_per_row() * data.n_rows() as u64, ..Cost::default() };
        if without <= most { (bare, without) } else { (scaled, loss) }
    }
}
