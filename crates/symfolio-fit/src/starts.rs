//! [`StartSampler`]: constants to start from, drawn with the structure of the expression and the ranges of the data in mind.

use rand::{Rng, RngExt};
use symfolio_expr::{Expr, Node, Op, math};

use crate::data::FitData;
use crate::landmarks::Landmarks;
use crate::roles::{Context, beside_another, contexts, goals, narrow, of_either_sign};
use crate::stages::Stages;

/// Rows that ranges are taken from.
pub(crate) const PROBES: usize = 48;
/// Exponents of natural laws, common ones more than once.
const EXPONENTS: [f64; 18] =
    [2.0, 2.0, 3.0, 0.5, 0.5, -1.0, -2.0, 1.5, 1.0, 1.0 / 3.0, 2.0 / 3.0, 4.0, -0.5, -1.5, -3.0, 0.25, 0.75, 1.0 / 7.0];

/// Draws constants bottom-up: each one when the values of the subtree it meets are known, so that a frequency makes
/// a few turns over the range of what it multiplies, a location lies within the range of what it is taken from, and so on.
pub(crate) struct StartSampler<'e> {
    expr: &'e Expr,
    contexts: Vec<Context>,
    /// What size the operators above a node give it, if they do.
    goals: Vec<Option<f64>>,
    /// Is a node added to one whose values are known in its turn?
    beside: Vec<bool>,
    /// Values of each variable at the probed rows.
    probes: Vec<Vec<f64>>,
    target_scale: f64,
    /// Typical size of the variables.
    variable_size: f64,
    narrow: Vec<usize>,
    either_sign: Vec<usize>,
    /// Most turns of an angle over the data's range.
    most_turns: f64,
    /// Where something happens along each variable; empty for nothing known.
    pub landmarks: Landmarks,
    /// Are constants drawn by what they are for?
    structured: bool,
}

/// Share of the places that are landmarks, where there are any.
const AT_LANDMARKS: f64 = 0.4;
/// Most turns of an angle that are tried.
const MOST_TURNS: f64 = 100.0;

/// Which constant a draw is about, and a number from 0 to 1 that stands for it in place of chance: evenly spread numbers
/// leave no gaps.
pub(crate) type Aim = Option<(usize, f64)>;

/// A constant that was met and has no value yet: it stands for `factor * value`.
#[derive(Clone, Copy)]
struct Pending {
    index: usize,
    factor: f64,
}

/// A subtree: values at the probed rows, or a bare constant.
#[derive(Clone)]
enum Subtree {
    Values { values: Vec<f64>, leaf: Leaf },
    Pending(Pending),
}

/// What kind of subtree values are from.
#[derive(Clone, Copy, PartialEq)]
enum Leaf {
    Variable(usize),
    Constant,
    /// A function with bounded values: what an angle is modulated with.
    Bounded,
    Inner,
}

/// How the constant meets the values beside it.
#[derive(Clone, Copy, PartialEq)]
enum Meeting {
    /// `constant * values`
    Times,
    /// `values / constant`
    Under,
    /// `sign * values + constant`
    Plus(f64),
    /// `values ** constant`
    Exponent,
    /// `constant ** values`
    Base,
    /// A comparison.
    Threshold,
}

impl<'e> StartSampler<'e> {
    pub(crate) fn new(expr: &'e Expr, data: &FitData<'_>, stages: Stages) -> StartSampler<'e> {
        let n = data.n_rows();
        let step = n.div_ceil(PROBES).max(1);
        let n_columns = expr.variables().last().map_or(0, |last| usize::from(*last) + 1);
        let probes: Vec<Vec<f64>> =
            (0..n_columns).map(|index| data.columns.column(index).iter().step_by(step).copied().collect()).collect();
        let sizes: Vec<f64> = expr.variables().iter().map(|index| size(&probes[usize::from(*index)])).collect();
        let variable_size = if sizes.is_empty() { 1.0 } else { sizes.iter().sum::<f64>() / sizes.len() as f64 };
        let contexts = contexts(expr);
        let (mean, variance) = data.target_moments();
        StartSampler {
            expr,
            narrow: narrow(expr, &contexts),
            either_sign: of_either_sign(expr, &contexts),
            contexts,
            goals: goals(expr, (mean * mean + variance).sqrt()),
            beside: beside_another(expr),
            probes,
            target_scale: variance.sqrt().max(f64::MIN_POSITIVE),
            variable_size: if variable_size > 0.0 { variable_size } else { 1.0 },
            most_turns: (n as f64 / 2.0).clamp(2.0, MOST_TURNS),
            landmarks: Landmarks::default(),
            structured: stages.structured_starts,
        }
    }

    /// The constants whose valleys are narrow.
    pub(crate) fn narrow(&self) -> &[usize] {
        &self.narrow
    }

    /// Constants to start from. `keep[k]` holds constant `k` at a value.
    pub(crate) fn draw(&self, rng: &mut impl Rng, keep: &[Option<f64>], aim: Aim) -> Vec<f64> {
        if !self.structured {
            return keep.iter().map(|value| value.unwrap_or_else(|| sign(rng, 0.5) * any_magnitude(rng))).collect();
        }
        let mut params = keep.to_vec();
        let mut stack: Vec<Subtree> = Vec::with_capacity(8);
        let n_probes = self.probes.first().map_or(1, |probe| probe.len());
        for (at, node) in self.expr.nodes().iter().enumerate() {
            let subtree = match *node {
                Node::Var(index) => {
                    let index = usize::from(index);
                    Subtree::Values { values: self.probes[index].clone(), leaf: Leaf::Variable(index) }
                }
                Node::Const(value) => Subtree::Values { values: vec![value; n_probes], leaf: Leaf::Constant },
                Node::Param(index) => match params[usize::from(index)] {
                    Some(value) => Subtree::Values { values: vec![value; n_probes], leaf: Leaf::Constant },
                    None => Subtree::Pending(Pending { index: usize::from(index), factor: 1.0 }),
                },
                Node::Op(op) => {
                    let args = stack.split_off(stack.len() - op.arity());
                    let beside = match stack.last() {
                        Some(Subtree::Values { values, .. }) if self.beside[at] => Some(size(values)),
                        _ => None,
                    };
                    let place = Place { context: self.contexts[at], sizes: [self.goals[at], beside] };
                    self.operator(rng, op, place, args, &mut params, aim)
                }
            };
            stack.push(subtree);
        }
        if let Some(Subtree::Pending(pending)) = stack.pop() {
            params[pending.index] = Some(self.target_scale / pending.factor);
        }
        params.into_iter().map(|value| value.filter(|value| value.is_finite()).unwrap_or(1.0)).collect()
    }

    fn operator(
        &self,
        rng: &mut impl Rng,
        op: Op,
        place: Place,
        mut args: Vec<Subtree>,
        params: &mut [Option<f64>],
        aim: Aim,
    ) -> Subtree {
        // A sign or a literal factor goes with the constant, which then meets what lies beyond.
        if let (Op::Neg, [Subtree::Pending(pending)]) = (op, args.as_slice()) {
            return Subtree::Pending(Pending { factor: -pending.factor, ..*pending });
        }
        let n_probes = self.probes.first().map_or(1, |probe| probe.len());
        if args.len() == 1 {
            if let Subtree::Pending(pending) = args[0] {
                let unit = match op {
                    // As a place or a width along the variables, or as a number.
                    Op::Square | Op::Abs if uniform(rng) < 0.5 => self.variable_size,
                    Op::Sqrt if uniform(rng) < 0.5 => self.variable_size * self.variable_size,
                    _ => 1.0,
                };
                args[0] = settle(pending, unit * any_magnitude(rng), params, n_probes);
            }
        } else {
            // Both bare: the first is drawn with nothing to go by.
            if let (Subtree::Pending(first), Subtree::Pending(second)) = (&args[0], &args[1]) {
                let value = if first.index == second.index || op == Op::Pow { self.variable_size } else { 1.0 };
                let (first, second) = (*first, *second);
                args[0] = settle(first, value * any_magnitude(rng).abs(), params, n_probes);
                if second.index == first.index {
                    args[1] = args[0].clone();
                }
            }
            if let Some(pending) = scaled(op, &args) {
                return Subtree::Pending(pending);
            }
            for position in 0..args.len() {
                let Subtree::Pending(pending) = args[position] else { continue };
                let value = match params[pending.index] {
                    Some(value) => value * pending.factor,
                    None => {
                        let aim = aim.filter(|(index, _)| *index == pending.index).map(|(_, share)| share);
                        let draw = Draw { place, either_sign: self.either_sign.contains(&pending.index), aim };
                        self.meet(rng, op, position, draw, &args)
                    }
                };
                args[position] = settle(pending, value, params, n_probes);
            }
        }
        let empty: &[f64] = &[];
        let values = |position: usize| match args.get(position) {
            Some(Subtree::Values { values, .. }) => values.as_slice(),
            _ => empty,
        };
        let at = |values: &[f64], row: usize| values.get(row).copied().unwrap_or(0.0);
        let result =
            (0..n_probes).map(|row| op.apply(at(values(0), row), at(values(1), row), at(values(2), row))).collect();
        let bounded = matches!(op, Op::Sin | Op::Cos | Op::Sinc | Op::Tanh | Op::Atan | Op::Less);
        Subtree::Values { values: result, leaf: if bounded { Leaf::Bounded } else { Leaf::Inner } }
    }

    /// A value for the bare constant at `position` among the arguments of `op`.
    fn meet(&self, rng: &mut impl Rng, op: Op, position: usize, draw: Draw, args: &[Subtree]) -> f64 {
        let other = args.iter().enumerate().filter(|(at, _)| *at != position).find_map(|(_, arg)| match arg {
            Subtree::Values { values, leaf } => Some((values, *leaf)),
            Subtree::Pending(_) => None,
        });
        let Some((values, leaf)) = other else { return any_magnitude(rng) };
        match (op, position) {
            (Op::Mul, _) => self.value(rng, Meeting::Times, draw, values, leaf),
            (Op::Div, 0) => {
                let inverse: Vec<f64> = values.iter().map(|value| 1.0 / value).collect();
                self.value(rng, Meeting::Times, draw, &inverse, leaf)
            }
            (Op::Div, _) => self.value(rng, Meeting::Under, draw, values, leaf),
            (Op::Add, _) => self.value(rng, Meeting::Plus(1.0), draw, values, leaf),
            (Op::Sub, 0) => self.value(rng, Meeting::Plus(-1.0), draw, values, leaf),
            (Op::Sub, _) => -self.value(rng, Meeting::Plus(1.0), draw, values, leaf),
            (Op::Pow, 1) => self.value(rng, Meeting::Exponent, draw, values, leaf),
            (Op::Pow, _) => self.value(rng, Meeting::Base, draw, values, leaf),
            _ => self.value(rng, Meeting::Threshold, draw, values, leaf),
        }
    }

    fn value(&self, rng: &mut impl Rng, meeting: Meeting, draw: Draw, values: &[f64], leaf: Leaf) -> f64 {
        let (low, high) = range(values);
        let spread = if high - low > 1e-9 * high.abs().max(low.abs()) { high - low } else { size(values).max(1e-300) };
        let share = |rng: &mut _| draw.aim.unwrap_or_else(|| uniform(rng));
        let place = |rng: &mut _| low - 0.2 * spread + 1.4 * spread * share(rng);
        match (meeting, draw.place.context) {
            (Meeting::Times, Context::Angle) if leaf == Leaf::Bounded => {
                sign(rng, 0.5) * between_magnitudes(share(rng), 0.2, 20.0) / spread
            }
            (Meeting::Times, Context::Angle) => {
                let share = share(rng);
                let turns = if share < 0.5 {
                    0.1 * math::exp(2.0 * share * math::log(10.0 * self.most_turns))
                } else {
                    self.most_turns * (2.0 * share - 1.0)
                };
                sign(rng, if draw.either_sign { 0.5 } else { 1.0 }) * std::f64::consts::TAU * turns / spread
            }
            (Meeting::Times, Context::Peak) => between_magnitudes(share(rng), 1.0, 100.0) / spread,
            (Meeting::Times, Context::Growth) => sign(rng, 0.5) * between_magnitudes(share(rng), 0.2, 150.0) / spread,
            (Meeting::Times, Context::Positive) => {
                // Of the order of 1, or of what it is to be or to be added to, somewhere, not necessarily where the values are
                // largest.
                let somewhere = values[rng.random_range(0..values.len())].abs();
                let somewhere = if somewhere > 0.0 && somewhere.is_finite() { somewhere } else { size(values) };
                let order = draw.place.order(rng);
                sign(rng, 0.85) * order * between_magnitudes(share(rng), 1e-2, 1e2) / somewhere.max(1e-300)
            }
            (Meeting::Times, Context::Local) => sign(rng, 0.7) * between_magnitudes(share(rng), 0.2, 60.0) / spread,
            (Meeting::Times, Context::Sum) => {
                sign(rng, 0.6) * between_magnitudes(share(rng), 1e-2, 1e2) / size(values).max(1e-300)
            }
            (Meeting::Under, Context::Sum | Context::Positive) => {
                sign(rng, 0.8) * between_magnitudes(share(rng), 0.05, 20.0) * size(values)
            }
            (Meeting::Under, _) => 1.0 / self.value(rng, Meeting::Times, draw, values, leaf),
            (Meeting::Plus(_), Context::Angle) if !matches!(leaf, Leaf::Variable(_)) => {
                std::f64::consts::TAU * (share(rng) - 0.5)
            }
            (Meeting::Plus(sign), _) if self.at_landmark(rng, leaf, draw) => -sign * self.landmark(rng, leaf),
            (Meeting::Plus(sign), Context::Positive) if uniform(rng) < 0.75 => {
                // The smallest value of the sum is to be above 0.
                let lowest = if sign > 0.0 { low } else { -high };
                -lowest + spread * between_magnitudes(share(rng), 1e-3, 10.0)
            }
            // A factor that is a sum need not change its sign within the data.
            (Meeting::Plus(_), Context::Sum) if uniform(rng) < 0.5 => {
                sign(rng, 0.5) * between_magnitudes(share(rng), 0.1, 30.0) * size(values)
            }
            (Meeting::Plus(sign), _) => -sign * place(rng),
            (Meeting::Exponent, _) => {
                if low < 0.0 || uniform(rng) < 0.6 {
                    let whole = |exponent: &f64| low >= 0.0 || exponent.fract() == 0.0;
                    let allowed: Vec<f64> = EXPONENTS.iter().copied().filter(whole).collect();
                    allowed[rng.random_range(0..allowed.len())]
                } else {
                    sign(rng, 0.7) * 5.0 * share(rng)
                }
            }
            (Meeting::Base, _) => self.variable_size * between_magnitudes(share(rng), 0.1, 3.0),
            (Meeting::Threshold, _) if self.at_landmark(rng, leaf, draw) => self.landmark(rng, leaf),
            (Meeting::Threshold, _) => place(rng),
        }
    }

    /// Is a place to be a landmark of the variable that it is measured along?
    fn at_landmark(&self, rng: &mut impl Rng, leaf: Leaf, draw: Draw) -> bool {
        let Leaf::Variable(index) = leaf else { return false };
        draw.aim.is_none() && !self.landmarks.along(index).is_empty() && uniform(rng) < AT_LANDMARKS
    }

    fn landmark(&self, rng: &mut impl Rng, leaf: Leaf) -> f64 {
        let Leaf::Variable(index) = leaf else { return 0.0 };
        let places = self.landmarks.along(index);
        let (place, width) = places[rng.random_range(0..places.len())];
        place + width * (2.0 * uniform(rng) - 1.0)
    }
}

/// Where in the expression a value is drawn.
#[derive(Clone, Copy)]
struct Place {
    context: Context,
    /// Sizes that the operator's result may be meant to have: that which the operators above give it, and that of what it is added to.
    sizes: [Option<f64>; 2],
}

impl Place {
    /// 1, or one of the sizes.
    fn order(self, rng: &mut impl Rng) -> f64 {
        let sizes = self.sizes.into_iter().flatten().filter(|size| size.is_normal());
        sizes.fold(1.0, |order, size| if uniform(rng) < 0.5 { size } else { order })
    }
}

/// What a value is drawn for.
#[derive(Clone, Copy)]
struct Draw {
    place: Place,
    either_sign: bool,
    aim: Option<f64>,
}

/// A bare constant times a leaf that is the same in all rows, or divided by one.
fn scaled(op: Op, args: &[Subtree]) -> Option<Pending> {
    let (pending, values) = match (op, args) {
        (
            Op::Mul,
            [Subtree::Pending(pending), Subtree::Values { values, leaf: Leaf::Constant | Leaf::Variable(_) }],
        )
        | (
            Op::Mul,
            [Subtree::Values { values, leaf: Leaf::Constant | Leaf::Variable(_) }, Subtree::Pending(pending)],
        )
        | (
            Op::Div,
            [Subtree::Pending(pending), Subtree::Values { values, leaf: Leaf::Constant | Leaf::Variable(_) }],
        ) => (pending, values),
        _ => return None,
    };
    let value = *values.first()?;
    let usable = value != 0.0 && value.is_finite() && values.iter().all(|other| *other == value);
    let factor = if op == Op::Div { pending.factor / value } else { pending.factor * value };
    usable.then_some(Pending { factor, ..*pending })
}

/// Gives `pending` the value that makes `factor * constant` equal `value`.
fn settle(pending: Pending, value: f64, params: &mut [Option<f64>], n_probes: usize) -> Subtree {
    params[pending.index] = Some(value / pending.factor);
    Subtree::Values { values: vec![value; n_probes], leaf: Leaf::Constant }
}

/// Smallest and largest finite value; (0, 0) if there is none.
fn range(values: &[f64]) -> (f64, f64) {
    let finite = values.iter().filter(|value| value.is_finite());
    let (low, high) =
        finite.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(*value), high.max(*value)));
    if low <= high { (low, high) } else { (0.0, 0.0) }
}

/// Largest absolute finite value.
fn size(values: &[f64]) -> f64 {
    let (low, high) = range(values);
    high.abs().max(low.abs())
}

fn uniform(rng: &mut impl Rng) -> f64 {
    rng.random::<f64>()
}

/// 1 with this probability, else -1.
fn sign(rng: &mut impl Rng, positive: f64) -> f64 {
    if uniform(rng) < positive { 1.0 } else { -1.0 }
}

/// The number at this share of the way from `low` to `high` in magnitude.
fn between_magnitudes(share: f64, low: f64, high: f64) -> f64 {
    low * math::exp(share * math::log(high / low))
}

/// A number of either sign between 0.01 and 100, evenly spread over the magnitudes.
fn any_magnitude(rng: &mut impl Rng) -> f64 {
    sign(rng, 0.7) * between_magnitudes(uniform(rng), 1e-2, 1e2)
}

/// Starts for when the given one is undefined: its constants towards 1, positive, small, of other sign.
pub(crate) fn repaired(start: &[f64]) -> impl Iterator<Item = Vec<f64>> {
    let finite: Vec<f64> = start.iter().map(|value| if value.is_finite() { *value } else { 1.0 }).collect();
    let repairs: [fn(f64) -> f64; 6] =
        [|value| value, |_| 1.0, |value| value.abs().max(1e-3), |value| 0.1 * value, |value| -value, |_| 0.1];
    repairs.into_iter().map(move |repair| finite.iter().map(|value| repair(*value)).collect())
}
