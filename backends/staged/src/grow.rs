//! How a branch grows: which constants move with a further input, what they are functions of, and whether the form holds then.

use symfolio_core::{Host, View, ViewData};
use symfolio_expr::{Expr, Node, infix};

use crate::branch::{Branch, Open, Part, Way, advance};
use crate::error::StagedError;
use crate::knob::{Knob, knobs, turned};
use crate::line::line;
use crate::points::Points;
use crate::search::{MOST_VIEWS, StagedSearch, Step};
use crate::walk::{Slices, tolerance};

/// Knobs that are tried one or two at a time, and more at a time.
const PAIRED: usize = 24;
const TOGETHER: usize = 14;
/// Ways that are kept for one input.
const WAYS: usize = 4;
/// Forms that a way may lead to.
const CHILDREN: usize = 2;
/// Choices of formulas that are tried for a way.
const CHOICES: usize = 30;
/// Points in which all free inputs move, on which a form has to hold.
const JOINT: usize = 100;

impl StagedSearch {
    /// One step on the branch that is followed.
    pub(crate) fn grow(&mut self, host: &mut dyn Host) -> Result<Step, StagedError> {
        let Some(branch) = self.state.branches.last() else {
            let proposed = self.propose_singles(host, MOST_VIEWS);
            return Ok(if proposed { Step::Done(10_000) } else { Step::Waits });
        };
        if branch.open.is_some() {
            return match branch.choices(CHOICES) {
                Some(choices) => self.put_in(host, &choices),
                None => Ok(Step::Waits),
            };
        }
        if branch.rest.is_empty() {
            let form = branch.form.clone();
            self.state.branches.pop();
            return Ok(Step::Done(self.finish(&form)));
        }
        if branch.sweep.at < branch.rest.len() {
            return self.sweep(host);
        }
        Ok(Step::Done(self.follow(host)))
    }

    /// Tries the next knobs of the branch along the next input.
    fn sweep(&mut self, host: &mut dyn Host) -> Result<Step, StagedError> {
        let (Some(ground), Some(mut branch)) = (self.state.ground.clone(), self.state.branches.pop()) else {
            return Ok(Step::Waits);
        };
        let input = branch.rest[branch.sweep.at];
        let all = knobs(&branch.form, &self.problem.operators);
        if self.slices.as_ref().is_none_or(|(free, along, _)| (free, *along) != (&branch.free, input)) {
            let (steps, constants) = (self.config.steps, branch.form.params().len());
            let slices = Slices::ask(host, &ground, &branch.free, input, steps, constants)?;
            self.slices = Some((branch.free.clone(), input, slices));
        }
        if branch.sweep.knobs.is_empty() {
            branch.sweep.knobs = vec![0];
        }
        let chosen: Vec<Knob> = branch.sweep.knobs.iter().filter_map(|at| all.get(*at).copied()).collect();
        let mut work = 1000;
        let mut straight = false;
        if let (Some((_, _, slices)), true) = (&self.slices, chosen.len() == branch.sweep.knobs.len()) {
            let mut rng = self.rng();
            let (found, cost) = slices.walk(&mut rng, &branch.form, &chosen, self.state.noise, &mut self.workspace);
            work += cost;
            if let Some(curves) = found {
                let way = self.way(input, chosen, curves.input, curves.knobs);
                straight = way.knobs.len() == 1 && way.unknown() == 0;
                branch.ways.push(way);
                branch.sweep.found += 1;
            }
        }
        self.onward(&mut branch, all.len(), straight);
        self.state.branches.push(branch);
        Ok(Step::Done(work))
    }

    /// Goes on to the next knobs, more at a time once no fewer do, or to the next input.
    fn onward(&self, branch: &mut Branch, n_knobs: usize, straight: bool) {
        let sweep = &mut branch.sweep;
        let room = |size: usize| n_knobs.min(if size > 2 { TOGETHER } else { PAIRED });
        let size = sweep.knobs.len();
        if !straight && sweep.found < WAYS && advance(&mut sweep.knobs, room(size)) {
            return;
        }
        let more = size + 1;
        if !straight && sweep.found == 0 && more <= self.config.moving && more <= room(more) {
            sweep.knobs = (0..more).collect();
            return;
        }
        // One constant on a straight line is as good as it gets: no other input has to be looked at.
        sweep.at = if straight { branch.rest.len() } else { sweep.at + 1 };
        (sweep.knobs, sweep.found) = (Vec::new(), 0);
        if sweep.at == branch.rest.len() {
            branch.sort();
        }
    }

    fn way(&self, input: usize, knobs: Vec<Knob>, values: Vec<f64>, curves: Vec<Vec<f64>>) -> Way {
        let exact = self.exact();
        let found: Vec<_> =
            curves.iter().map(|curve| line(&values, curve, input as u16, &self.problem.operators, exact)).collect();
        let error = found.iter().map(|line| line.as_ref().map_or(1.0, |line| line.error)).fold(0.0, f64::max);
        let lines = found.into_iter().map(|line| line.filter(|line| line.error <= exact).map(|line| line.expr));
        Way { input, knobs, values, curves, lines: lines.collect(), error }
    }

    /// Takes the likeliest way; without one the branch is given up. Returns the work.
    fn follow(&mut self, host: &mut dyn Host) -> u64 {
        let Some(mut branch) = self.state.branches.pop() else { return 1000 };
        let Some(way) = branch.ways.pop() else { return 1000 };
        let mut parts = Vec::new();
        for at in 0..way.knobs.len() {
            parts.push(match &way.lines[at] {
                Some(line) => Part { view: None, forms: Some(vec![line.clone()]) },
                None => {
                    let view = self.view(&branch.form, &way, at);
                    Part { view: Some(self.propose(host, view)), forms: None }
                }
            });
        }
        branch.open = Some(Open { way, parts });
        self.state.branches.push(branch);
        10_000
    }

    /// The curve of a knob along the further input.
    fn view(&self, form: &Expr, way: &Way, at: usize) -> View {
        let n_features = self.problem.features.len();
        let hole = Expr::var(n_features as u16);
        let part = |(place, knob): (usize, &Knob)| {
            if place == at { hole.clone() } else { Expr::param(knob.rest(form)) }
        };
        let parts: Vec<Expr> = way.knobs.iter().enumerate().map(part).collect();
        let once = |lift: &Expr| lift.nodes().iter().filter(|node| **node == Node::Var(n_features as u16)).count() == 1;
        let lift = turned(form, &way.knobs, &parts, true).filter(once).unwrap_or(hole);
        let what = match way.knobs[at] {
            Knob::Constant(index) => format!("constant {index}"),
            Knob::Factor => "a factor".into(),
            Knob::Summand => "a summand".into(),
            Knob::Stretch(input) => format!("a factor of {}", self.problem.features[usize::from(input)]),
            Knob::Shift(input) => format!("a summand of {}", self.problem.features[usize::from(input)]),
        };
        let (about, name) = (infix(form, &self.problem.features), &self.problem.features[way.input]);
        View {
            about: format!("{what} of {about} over {name}"),
            features: vec![Expr::var(way.input as u16)],
            data: ViewData::Points { columns: vec![way.values.clone()], target: way.curves[at].clone() },
            lift,
        }
    }

    /// Puts the formulas of the knobs in; forms that hold where all free inputs move go on.
    fn put_in(&mut self, host: &mut dyn Host, choices: &[Vec<Expr>]) -> Result<Step, StagedError> {
        let (Some(ground), Some(mut branch)) = (self.state.ground.clone(), self.state.branches.pop()) else {
            return Ok(Step::Waits);
        };
        let Some(Open { way, .. }) = branch.open.take() else { return Ok(Step::Waits) };
        let free = [&branch.free[..], &[way.input]].concat();
        let rest: Vec<usize> = branch.rest.iter().copied().filter(|input| *input != way.input).collect();
        let points = Points::ask(host, &ground.spread(&ground.base, &free, JOINT))?;
        let within = tolerance(&points, self.state.noise);
        let mut rng = self.rng();
        let mut work = 10_000;
        let mut children: Vec<Expr> = Vec::new();
        for parts in choices {
            let Some(form) = turned(&branch.form, &way.knobs, parts, true) else { continue };
            let (form, loss, cost) = points.fit(&mut rng, &form, &mut self.workspace);
            work += cost;
            if loss <= within && form.is_finite() {
                children.push(form);
            }
        }
        // The simplest one is followed first.
        children.sort_by_key(Expr::len);
        children.truncate(CHILDREN);
        self.state.branches.push(branch);
        for form in children.into_iter().rev() {
            self.state.branches.push(Branch::new(form, free.clone(), rest.clone()));
        }
        Ok(Step::Done(work))
    }
}
