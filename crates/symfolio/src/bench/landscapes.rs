//! [`Landscape`]: one problem of finding constants, drawn from a [`Family`].

use rand::RngExt;
use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng};
use symfolio_expr::{Columns, Expr, ParseError, Program, Scratch, math, parse};
use symfolio_fit::FitData;

use super::families::Family;

/// A form, its true constants and the data that they make.
#[derive(Clone, Debug)]
pub struct Landscape {
    /// The form with its true constants.
    pub law: Expr,
    /// The values of each variable, shape `(n_features, n_rows)`.
    pub columns: Vec<Vec<f64>>,
    /// The values of the law, with noise where that was asked for, shape `(n_rows)`.
    pub target: Vec<f64>,
}

/// Draws of constants that are tried before a problem is given up as undefined everywhere.
const DRAWS: usize = 100;

impl Landscape {
    /// Draw number `draw` of `family`: constants within their ranges, and `n` rows, drawn evenly over the ranges where `draw`
    /// is even or there are several variables, else equally spaced. `noise` is the standard deviation of normal noise as a share of
    /// the target's. The same arguments give the same bits.
    ///
    /// `None` where the law is undefined at every constants drawn.
    ///
    /// # Errors
    /// [`ParseError`] where the family's form is no expression in its variables.
    pub fn draw(family: &Family, draw: u64, n: usize, noise: f64) -> Result<Option<Landscape>, ParseError> {
        let names: Vec<String> = family.variables.iter().map(|(name, ..)| (*name).to_string()).collect();
        let form = parse(family.form, &names)?;
        let mut rng = ChaCha8Rng::seed_from_u64(name_seed(family.name));
        rng.set_stream(draw);
        let spaced = draw % 2 == 1 && family.variables.len() == 1;
        for _ in 0..DRAWS {
            let params: Vec<f64> =
                family.constants.iter().map(|&(low, high)| between(low, high, rng.random::<f64>())).collect();
            let columns: Vec<Vec<f64>> = (family.variables.iter())
                .map(|&(_, low, high)| {
                    let at = |row: usize| if spaced { row as f64 / (n - 1) as f64 } else { rng.random::<f64>() };
                    (0..n).map(at).map(|share| low + (high - low) * share).collect()
                })
                .collect();
            let law = form.with_params(&params);
            let table = Columns::new(columns.iter().map(Vec::as_slice));
            let mut target = vec![0.0; n];
            Program::new(&law).values(&params, &table, &mut Scratch::default(), &mut target);
            if target.iter().all(|value| value.is_finite()) {
                let (_, variance) = FitData { columns: &table, target: &target, weights: None }.target_moments();
                if variance > 0.0 {
                    add_noise(&mut rng, &mut target, noise * variance.sqrt());
                    return Ok(Some(Landscape { law, columns, target }));
                }
            }
        }
        Ok(None)
    }
}

/// A stream of random numbers of its own for each name (FNV-1a).
fn name_seed(name: &str) -> u64 {
    name.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

fn between(low: f64, high: f64, share: f64) -> f64 {
    if low > 0.0 && high > 20.0 * low {
        low * math::exp(share * math::log(high / low))
    } else {
        low + (high - low) * share
    }
}

/// Adds normal noise, centred and scaled so that it has exactly this standard deviation however few the rows.
fn add_noise(rng: &mut ChaCha8Rng, target: &mut [f64], deviation: f64) {
    if deviation == 0.0 {
        return;
    }
    let normal: Vec<f64> = (0..target.len()).map(|_| standard_normal(rng)).collect();
    let n = normal.len() as f64;
    let mean = normal.iter().sum::<f64>() / n;
    let spread = (normal.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / n).sqrt();
    for (value, noise) in target.iter_mut().zip(&normal) {
        *value += deviation * (noise - mean) / spread;
    }
}

/// Box and Muller's normal deviate.
fn standard_normal(rng: &mut ChaCha8Rng) -> f64 {
    let radius = (-2.0 * math::log(1.0 - rng.random::<f64>())).sqrt();
    radius * math::cos(std::f64::consts::TAU * rng.random::<f64>())
}
