//! Libraries for sums of a few simple terms and one or two odd ones: functions of functions of one variable, times powers.
//!
//! Rate laws and forces are often such sums: a polynomial, and one term with a saturation, a root of a magnitude or a logarithm
//! that is bent once more. The odd columns are all compositions of up to three functions ([`Level::Closed`]), or functions
//! with one or two constants inside, on a grid, for a fit to finish ([`Level::Scaled`]).

use std::collections::BTreeSet;

use symfolio_expr::{Expr, Op, OperatorSet};

use crate::atoms::Atoms;
use crate::library::Scope;
use crate::monomial::{Monomial, ONE};
use crate::relevance;
use crate::sample::Sample;
use crate::writer::Writer;

/// Most variables that such libraries are built on: the most relevant ones.
const VARIABLES: usize = 3;

/// Most simple columns.
const SIMPLE: usize = 40;

/// Rows that tell columns apart.
const PROBES: usize = 12;

/// Digits to which normalised columns that are the same agree.
const SAME: f64 = 1e8;

/// What the odd columns are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Level {
    /// Functions of functions, without constants other than 1.
    Closed,
    /// Functions with constants inside.
    Scaled,
}

/// The simple columns, then the odd ones, and the number of simple ones.
pub(crate) fn columns(atoms: &mut Atoms, scope: Scope<'_>, level: Level) -> (Vec<Monomial>, usize) {
    let variables = relevance::most_relevant(scope.sample, scope.variables, VARIABLES);
    let maker = Maker { sample: scope.sample, writer: Writer { operators: scope.operators, tolerance: 1e-9 } };
    let mut seen = Seen::default();
    let mut columns: Vec<Monomial> = Vec::new();
    let mut push = |atoms: &mut Atoms, expr: &Expr, limit: usize| {
        if columns.len() >= limit || !scope.allow(expr) {
            return columns.len();
        }
        let probe = maker.probe(expr);
        // Few rows first: most of what is undefined is so on one of them.
        if probe.iter().all(|value| value.is_finite()) && maker.holds(expr) && seen.is_new(&probe) {
            columns.push(Monomial::power(atoms.intern(expr.clone(), scope.sample), ONE));
        }
        columns.len()
    };
    let mut n_simple = 0;
    for expr in maker.simple(&variables) {
        n_simple = push(atoms, &expr, SIMPLE);
    }
    let mut odd: Vec<Costed> = match level {
        Level::Closed => maker.closed(&variables),
        Level::Scaled => maker.scaled(&variables),
    };
    // Simple ones first: what there is no room for is the oddest.
    odd.sort_by_key(|(cost, _)| *cost);
    for (_, expr) in odd {
        push(atoms, &expr, scope.max_columns);
    }
    (columns, n_simple)
}

/// An expression and how odd it is: 2 for a function, 1 for a sum with 1, a root, or a power that it is multiplied by.
type Costed = (u32, Expr);

/// Columns seen so far, up to an offset and a factor.
#[derive(Default)]
struct Seen(BTreeSet<Vec<i64>>);

impl Seen {
    /// Is a column with these values neither constant nor an affine function of one that was seen?
    fn is_new(&mut self, values: &[f64]) -> bool {
        let n = values.len() as f64;
        let mean = values.iter().sum::<f64>() / n;
        let size = (values.iter().map(|value| (value - mean) * (value - mean)).sum::<f64>() / n).sqrt();
        if !size.is_finite() || size <= 1e-9 * mean.abs() || size == 0.0 {
            return false;
        }
        let sign =
            values.iter().map(|value| (value - mean) / size).find(|value| value.abs() > 0.1).unwrap_or(1.0).signum();
        self.0.insert(values.iter().map(|value| (sign * (value - mean) / size * SAME).round() as i64).collect())
    }
}

/// Writes the columns.
struct Maker<'a> {
    sample: &'a Sample,
    writer: Writer<'a>,
}

impl Maker<'_> {
    fn operators(&self) -> &OperatorSet {
        self.writer.operators
    }

    fn unary(&self, op: Op, of: &Expr) -> Option<Expr> {
        self.writer.unary(op, of)
    }

    fn binary(&self, op: Op, a: &Expr, b: &Expr) -> Option<Expr> {
        self.operators().contains(op).then(|| Expr::apply(op, &[a, b]))
    }

    fn probe(&self, expr: &Expr) -> Vec<f64> {
        let rows = self.sample.n_rows();
        // Spread over the sample, which is in a random order.
        (0..PROBES.min(rows))
            .map(|at| expr.value(&self.sample.features.iter().map(|feature| feature[at]).collect::<Vec<f64>>()))
            .collect()
    }

    /// Is it finite on all rows?
    fn holds(&self, expr: &Expr) -> bool {
        self.sample.values(expr).iter().all(|value| value.is_finite())
    }

    fn is_positive(&self, variable: u16) -> bool {
        self.sample.features[usize::from(variable)].iter().all(|value| *value >= 0.0)
    }

    /// The magnitude of a variable; the variable itself where it is never negative.
    fn magnitude(&self, variable: u16) -> Option<Expr> {
        let plain = Expr::var(variable);
        if self.is_positive(variable) {
            return Some(plain);
        }
        self.unary(Op::Abs, &plain).or_else(|| self.unary(Op::Sqrt, &self.unary(Op::Square, &plain)?))
    }

    fn power(&self, base: &Expr, exponent: i16) -> Option<Expr> {
        self.writer.power(base, exponent)
    }

    /// The inverse of an exponential.
    fn decay(&self, of: &Expr) -> Option<Expr> {
        let negative = self.unary(Op::Neg, of).or_else(|| self.binary(Op::Mul, &Expr::constant(-1.0), of))?;
        self.unary(Op::Exp, &negative)
    }

    fn inverse(&self, of: &Expr) -> Option<Expr> {
        self.unary(Op::Inv, of).or_else(|| self.binary(Op::Div, &Expr::constant(1.0), of))
    }

    /// Powers, roots and first functions of each variable, and products of two.
    fn simple(&self, variables: &[u16]) -> Vec<Expr> {
        let mut all: Vec<Option<Expr>> = Vec::new();
        for variable in variables {
            let plain = Expr::var(*variable);
            all.extend([ONE, 2 * ONE, 3 * ONE].map(|exponent| self.power(&plain, exponent)));
            for (at, other) in variables.iter().enumerate() {
                let other = Expr::var(*other);
                if variable < &variables[at] {
                    all.push(self.binary(Op::Mul, &plain, &other));
                }
                if *variable != variables[at] {
                    all.push(self.power(&plain, 2 * ONE).and_then(|square| self.binary(Op::Mul, &square, &other)));
                }
            }
        }
        // The likeliest ones first, of all variables.
        let magnitudes: Vec<Option<Expr>> = variables.iter().map(|variable| self.magnitude(*variable)).collect();
        let rooted = |exponent: i16| magnitudes.iter().map(move |of| self.power(of.as_ref()?, exponent));
        let of_each = |function: &dyn Fn(&Expr) -> Option<Expr>| {
            variables.iter().map(|variable| function(&Expr::var(*variable))).collect::<Vec<Option<Expr>>>()
        };
        all.extend(of_each(&|of| self.unary(Op::Sin, of)));
        all.extend(of_each(&|of| self.unary(Op::Cos, of)));
        all.extend(rooted(ONE / 2).chain(rooted(ONE)).chain(rooted(ONE / 3)));
        all.extend(of_each(&|of| self.decay(of)));
        all.extend(of_each(&|of| self.unary(Op::Log, of)));
        all.extend(of_each(&|of| self.inverse(of)));
        all.extend(of_each(&|of| self.unary(Op::Exp, of)));
        all.into_iter().flatten().collect()
    }

    /// `expr` alone and times powers of the variables.
    fn with_factors(&self, (cost, expr): &Costed, variables: &[u16], all: &mut Vec<Costed>) {
        all.push((*cost, expr.clone()));
        for variable in variables {
            let plain = Expr::var(*variable);
            let square = self.power(&plain, 2 * ONE);
            all.extend(self.binary(Op::Mul, &plain, expr).map(|product| (cost + 1, product)));
            all.extend(
                square.and_then(|square| self.binary(Op::Mul, &square, expr)).map(|product| (cost + 2, product)),
            );
        }
    }

    /// An expression alone, and shifted by 1.
    fn shifted(&self, (cost, inner): &Costed) -> Vec<Costed> {
        let one = Expr::constant(1.0);
        let shifted = [(Op::Add, inner, &one), (Op::Sub, inner, &one), (Op::Sub, &one, inner)];
        let mut all = vec![(*cost, inner.clone())];
        all.extend(shifted.iter().filter_map(|(op, a, b)| self.binary(*op, a, b)).map(|expr| (cost + 1, expr)));
        all
    }

    /// All functions of an expression.
    fn functions(&self, (cost, of): &Costed) -> Vec<Costed> {
        let functions = [Op::Sin, Op::Cos, Op::Exp, Op::Log, Op::Tanh, Op::Sqrt, Op::Square, Op::Asin];
        let plain = functions.iter().filter_map(|op| self.unary(*op, of));
        plain.chain(self.decay(of)).chain(self.inverse(of)).map(|expr| (cost + 2, expr)).collect()
    }

    /// Compositions of up to three functions of one variable, those of up to two also times powers.
    fn closed(&self, variables: &[u16]) -> Vec<Costed> {
        let mut all = Vec::new();
        for variable in variables {
            let plain = Expr::var(*variable);
            let Some(magnitude) = self.magnitude(*variable) else { continue };
            let powers = [2 * ONE, ONE / 2, ONE / 3].map(|exponent| self.power(&magnitude, exponent));
            let mut first: Vec<Costed> = powers.into_iter().flatten().map(|expr| (1, expr)).collect();
            first.extend([(0, plain.clone()), (0, magnitude)]);
            first.extend(self.functions(&(0, plain)));
            let mut seen = Seen::default();
            let mut second: Vec<Costed> = Vec::new();
            for inner in first.iter().flat_map(|costed| self.shifted(costed)) {
                for costed in self.functions(&inner) {
                    let probe = self.probe(&costed.1);
                    if probe.iter().all(|value| value.is_finite()) && seen.is_new(&probe) {
                        second.push(costed);
                    }
                }
            }
            first.iter().chain(&second).for_each(|costed| self.with_factors(costed, variables, &mut all));
            all.extend(second.iter().flat_map(|costed| self.shifted(costed)).flat_map(|inner| self.functions(&inner)));
        }
        all
    }

    /// Functions of one variable with constants inside, on a grid, alone and times powers of the variables.
    fn scaled(&self, variables: &[u16]) -> Vec<Costed> {
        let mut all = Vec::new();
        for variable in variables {
            let values = &self.sample.features[usize::from(*variable)];
            let size = values.iter().fold(0.0_f64, |size, value| size.max(value.abs()));
            let scales: Vec<f64> =
                (-3..=6).map(|power| f64::from(power).exp2() / size).filter(|s| s.is_finite()).collect();
            let places = quantiles(values);
            let mut shapes: Vec<Expr> = Vec::new();
            for scale in &scales {
                shapes.extend(self.of_scale(*variable, *scale));
                shapes.extend(places.iter().flat_map(|place| self.of_place(*variable, *scale, *place)));
            }
            if self.is_positive(*variable) && self.operators().contains(Op::Pow) {
                // Whole and half exponents are among the closed columns.
                let exponents = (-20..=20).filter(|quarter| quarter % 2 != 0).map(|quarter| 0.25 * f64::from(quarter));
                shapes.extend(
                    exponents.map(|exponent| Expr::apply(Op::Pow, &[&Expr::var(*variable), &Expr::param(exponent)])),
                );
            }
            shapes.into_iter().for_each(|shape| self.with_factors(&(2, shape), variables, &mut all));
        }
        all
    }

    /// Functions of a multiple of a variable.
    fn of_scale(&self, variable: u16, scale: f64) -> Vec<Expr> {
        let one = Expr::constant(1.0);
        let Some(product) = self.binary(Op::Mul, &Expr::param(scale), &Expr::var(variable)) else { return Vec::new() };
        let decay = self.binary(Op::Mul, &Expr::param(-scale), &Expr::var(variable));
        let saturated = |power: i16| {
            let scaled = self.binary(Op::Mul, &Expr::param(scale), &self.power(&Expr::var(variable), power)?)?;
            self.inverse(&self.binary(Op::Add, &one, &scaled)?)
        };
        let shapes = [
            decay.and_then(|decay| self.unary(Op::Exp, &decay)),
            self.unary(Op::Exp, &product),
            self.unary(Op::Tanh, &product),
            self.unary(Op::Sin, &product),
            self.unary(Op::Cos, &product),
            self.binary(Op::Add, &one, &product).and_then(|sum| self.unary(Op::Log, &sum)),
            saturated(ONE),
            saturated(2 * ONE),
            saturated(4 * ONE),
        ];
        shapes.into_iter().flatten().collect()
    }

    /// Functions of a multiple of a variable's distance from a place: a step and a bump.
    fn of_place(&self, variable: u16, scale: f64, place: f64) -> Vec<Expr> {
        let one = Expr::constant(1.0);
        let Some(distance) = self.binary(Op::Sub, &Expr::var(variable), &Expr::param(place)) else { return Vec::new() };
        let scaled = self.binary(Op::Mul, &Expr::param(-scale), &distance);
        let step = scaled
            .and_then(|scaled| self.unary(Op::Exp, &scaled))
            .and_then(|decay| self.binary(Op::Add, &one, &decay))
            .and_then(|sum| self.inverse(&sum));
        let bump = self
            .power(&distance, 2 * ONE)
            .and_then(|square| self.binary(Op::Mul, &Expr::param(-scale * scale), &square))
            .and_then(|scaled| self.unary(Op::Exp, &scaled));
        [step, bump].into_iter().flatten().collect()
    }
}

/// The 10th, 30th, 50th, 70th and 90th hundredth of the values.
fn quantiles(values: &[f64]) -> Vec<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let Some(last) = sorted.len().checked_sub(1) else { return Vec::new() };
    [0.1, 0.3, 0.5, 0.7, 0.9].iter().map(|share| sorted[(share * last as f64) as usize]).collect()
}
