//! [`Model`]: how a constant may depend on quantities, and its fit to the values that the groups have.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use serde::Serialize;
use symfolio_expr::{Columns, Expr, Op, math};
use symfolio_fit::{FitData, FitOptions, Workspace, certify, fit};

use super::statistics::mean;

/// How a constant depends on a quantity `q`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A factor `q**b`.
    Power,
    /// A factor `exp(b*q)`.
    Exponential,
    /// A summand `b*q`.
    Linear,
    /// A summand `b/q`.
    Inverse,
}

impl Kind {
    /// All kinds, those first that win where the data cannot tell.
    pub const ALL: [Kind; 4] = [Kind::Power, Kind::Linear, Kind::Inverse, Kind::Exponential];

    /// Is it a factor of the other factors, not a summand?
    fn is_factor(self) -> bool {
        matches!(self, Kind::Power | Kind::Exponential)
    }

    /// Is it defined for these values of the quantity?
    fn allows(self, values: &[f64]) -> bool {
        match self {
            Kind::Power => values.iter().all(|value| *value > 0.0),
            Kind::Inverse => values.iter().all(|value| *value > 0.0) || values.iter().all(|value| *value < 0.0),
            Kind::Exponential | Kind::Linear => true,
        }
    }
}

/// One dependence of a model.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Term {
    pub quantity: usize,
    pub kind: Kind,
    /// An exponent that is held at this value instead of being fitted.
    pub held: Option<f64>,
}

impl Term {
    pub(super) fn new(quantity: usize, kind: Kind) -> Term {
        Term { quantity, kind, held: None }
    }
}

/// `a * factors + summands`.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Model {
    pub terms: Vec<Term>,
}

/// The values of one constant in the groups where it is known, with their variances, and the quantities there.
pub(super) struct Values {
    /// Shape `(n)`.
    pub values: Vec<f64>,
    /// One over the variance, shape `(n)`.
    pub weights: Vec<f64>,
    /// Shape `(n_quantities, n)`.
    pub quantities: Vec<Vec<f64>>,
}

/// A model with its parameters.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Fitted {
    pub model: Model,
    /// Sum of the squared residuals, each over its variance.
    pub chi_square: f64,
    /// Number of fitted parameters.
    pub n_params: usize,
    /// The factor or the constant summand `a`, in the units of the quantities.
    pub factor: f64,
    /// Exponent, rate or coefficient of each term, and its standard error for a dispersion of 1.
    pub slopes: Vec<(f64, f64)>,
    /// Standard error of the factor for a dispersion of 1, where every exponent is held; otherwise of the factor at the middle of
    /// the quantities.
    pub factor_error: f64,
    /// The factor and the slopes as they were fitted, for scaled quantities.
    scaled: (f64, Vec<f64>),
}

impl Values {
    pub(super) fn n(&self) -> usize {
        self.values.len()
    }

    /// How many different values quantity `index` has.
    pub(super) fn n_distinct(&self, index: usize) -> usize {
        let mut values = self.quantities[index].clone();
        values.sort_by(f64::total_cmp);
        values.dedup();
        values.len()
    }

    /// Weighted sum of squares around the weighted mean.
    pub(super) fn scatter(&self) -> f64 {
        let mean = mean(&self.values, &self.weights);
        self.values.iter().zip(&self.weights).map(|(value, weight)| weight * (value - mean).powi(2)).sum()
    }

    /// What a term's slope multiplies, or its base: scaled and centred, so that slope and factor are told apart.
    fn column(&self, term: Term) -> Column {
        let values = &self.quantities[term.quantity];
        let n = values.len() as f64;
        let inverse: Vec<f64> = values.iter().map(|value| 1.0 / value).collect();
        let spread = |values: &[f64], centre: f64| {
            let most = values.iter().map(|value| (value - centre).abs()).fold(0.0, f64::max);
            if most > 0.0 { most } else { 1.0 }
        };
        let centred = |values: &[f64]| {
            let centre = values.iter().sum::<f64>() / n;
            let unit = spread(values, centre);
            Column { values: values.iter().map(|value| (value - centre) / unit).collect(), centre, unit }
        };
        match term.kind {
            Kind::Power => {
                // The geometric mean.
                let centre = math::exp(values.iter().map(|value| math::log(*value)).sum::<f64>() / n);
                Column { values: values.iter().map(|value| value / centre).collect(), centre, unit: 1.0 }
            }
            Kind::Exponential | Kind::Linear => centred(values),
            Kind::Inverse => centred(&inverse),
        }
    }

    /// Fits `model`, beginning from the slopes of `before`, a fit of a model with some of its terms, if there is one; `None` where
    /// the model is not defined for the quantities, or has as many parameters as there are values.
    pub(super) fn fit(&self, model: &Model, before: Option<&Fitted>) -> Option<Fitted> {
        let allowed = |term: &Term| term.kind.allows(&self.quantities[term.quantity]);
        let columns: Vec<Column> = model.terms.iter().map(|term| self.column(*term)).collect();
        let n_params = 1 + model.terms.iter().filter(|term| term.held.is_none()).count();
        if !model.terms.iter().all(allowed) || n_params >= self.n() {
            return None;
        }
        // The last column is there for the number of rows only.
        let seen = columns.iter().map(|column| &column.values).chain([&self.values]);
        let columns_seen = Columns::new(seen.map(Vec::as_slice));
        let centre = mean(&self.values, &self.weights);
        let factor = before.map_or(centre, |before| before.scaled.0);
        let begun = |term: &Term, start: f64| {
            let known = before.and_then(|before| {
                let position = before.model.terms.iter().position(|other| other == term)?;
                Some(before.scaled.1[position])
            });
            known.unwrap_or(if term.kind.is_factor() { start } else { start * centre })
        };
        let data = FitData { columns: &columns_seen, target: &self.values, weights: Some(&self.weights) };
        let mut workspace = Workspace::default();
        let mut rng = ChaCha8Rng::seed_from_u64(0);
        let options = FitOptions { max_iterations: Some(60), ..FitOptions::default() };
        let mut best: Option<(f64, Expr)> = None;
        // Without an exponent or a rate to find, the best constants follow at once.
        let linear = model.terms.iter().all(|term| term.held.is_some() || !term.kind.is_factor());
        for start in STARTS.into_iter().take(if linear { 1 } else { STARTS.len() }) {
            let expr = model.expr(factor, |term| begun(term, start));
            let found = fit(&mut rng, &expr, &data, &options, &mut workspace);
            if found.loss.is_finite() && best.as_ref().is_none_or(|(loss, _)| found.loss < *loss) {
                best = Some((found.loss, expr.with_params(&found.params)));
            }
        }
        let (loss, expr) = best?;
        let chi_square = loss * self.weights.iter().sum::<f64>();
        let certificate = certify(&expr, &data, &mut workspace);
        let freedom = (self.n() - n_params) as f64;
        // The certificate's errors are for the dispersion that the residuals show.
        let dispersion = (chi_square / freedom).sqrt();
        let error = |index: usize| match dispersion > 0.0 {
            true => certificate.standard_errors[index] / dispersion,
            false => 0.0,
        };
        let params = expr.params();
        let mut factor = params[0];
        let mut at = 1;
        let mut slopes = Vec::with_capacity(model.terms.len());
        let mut scaled = (params[0], Vec::with_capacity(model.terms.len()));
        for (term, column) in model.terms.iter().zip(&columns) {
            let (slope, slope_error) = match term.held {
                Some(held) => (held, 0.0),
                None => {
                    at += 1;
                    (params[at - 1] / column.unit, error(at - 1) / column.unit)
                }
            };
            match term.kind {
                Kind::Power => factor *= math::pow(column.centre, -slope),
                Kind::Exponential => factor *= math::exp(-slope * column.centre),
                Kind::Linear | Kind::Inverse => factor -= slope * column.centre,
            }
            slopes.push((slope, slope_error));
            scaled.1.push(slope * column.unit);
        }
        let factor_error = if params[0] != 0.0 { error(0) * (factor / params[0]).abs() } else { error(0) };
        Some(Fitted { model: model.clone(), chi_square, n_params, factor, slopes, factor_error, scaled })
    }
}

/// Slopes (of scaled columns) that a new term begins from.
const STARTS: [f64; 6] = [0.0, 1.0, -1.0, 2.0, -2.0, 0.5];

/// A scaled quantity.
struct Column {
    values: Vec<f64>,
    centre: f64,
    unit: f64,
}

impl Model {
    /// The model with one more term. Factors stand before summands, so that these are outside of the product.
    pub(super) fn with(&self, term: Term) -> Model {
        let mut terms = self.terms.clone();
        let n_factors = terms.iter().filter(|term| term.kind.is_factor()).count();
        terms.insert(if term.kind.is_factor() { n_factors } else { terms.len() }, term);
        Model { terms }
    }

    pub(super) fn without(&self, position: usize) -> Model {
        let mut terms = self.terms.clone();
        terms.remove(position);
        Model { terms }
    }

    /// The expression over the terms' columns; its constants are the factor and the slopes that are not held, in order.
    fn expr(&self, factor: f64, begun: impl Fn(&Term) -> f64) -> Expr {
        let mut sum = Expr::param(factor);
        for (index, term) in self.terms.iter().enumerate() {
            let column = Expr::var(index as u16);
            let slope = term.held.map_or_else(|| Expr::param(begun(term)), Expr::constant);
            let times = || Expr::apply(Op::Mul, &[&slope, &column]);
            sum = match term.kind {
                Kind::Power => Expr::apply(Op::Mul, &[&sum, &Expr::apply(Op::Pow, &[&column, &slope])]),
                Kind::Exponential => Expr::apply(Op::Mul, &[&sum, &Expr::apply(Op::Exp, &[&times()])]),
                Kind::Linear | Kind::Inverse => Expr::apply(Op::Add, &[&sum, &times()]),
            };
        }
        sum
    }
}
