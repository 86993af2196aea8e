//! Finding the constants of a given expression.
//!
//! [`fit`] minimises a [`Loss`] over the free constants of an expression. What it does, from the inside out:
//!
//! 1. **Linear constants are solved for, not searched.** [`linear_constants`] reads off the expression in which constants it
//!    is affine. If that is all of them the answer is one step of Householder QR ([`least_squares`]).
//! 2. **The rest by Levenberg-Marquardt** with analytic derivatives, the linear constants undamped: the steps of
//!    Kaufman's variable projection. Normal equations are summed while blocks of rows are in the cache, so the
//!    loop allocates nothing for the rows; a few QR steps at the end restore the digits that they lose.
//! 3. **Nothing is lost to NaN.** A step to where the expression is undefined is refused; an undefined start is
//!    repaired; an undefined derivative moves nothing; the result is never worse than the start.
//! 4. **Thorough fits start where laws have their constants**: turns of an angle over the range of the data, rates that
//!    decay within it, places where the target has peaks, steps and kinks, exponents that nature uses; amplitude and phase are
//!    made two linear constants, and sums are built up term by term. Thousands of such starts are compared by the loss that is
//!    left once the linear constants are solved for, and the best descend.
//!    Then come escapes: hops from the best place, scans of thresholds, smoothed problems whose solutions lead to the true one,
//!    and an evolution strategy. [`Stages`] switches each of them off; `docs/fitting-constants.md` shows what each is worth.
//! 5. **Other losses** are reweighted least squares with the kink rounded less and less, then L-BFGS, and a simplex at the end.
//!    [`fit_wasserstein`] fits spectra by the distance of their masses along an axis.
//! 6. **[`certify`]** says how well the data determine the constants, [`profile_intervals`] follows the loss itself.
//! 7. **[`fit_grouped`]** does the same for several data sets that share some of the constants.
//!
//! Everything is a function of its arguments, the random generator first: the same ones give the same bits. Work is
//! charged by fixed formulas, not by the clock: values of `n` rows cost `n` times [`Program::work_per_row`], derivatives three
//! times that and `n k (k + 3) / 2` for the normal equations of `k` constants, a solution `k^3 / 3`, QR `2 n k^2`.
//!
//! [`Program::work_per_row`]: symfolio_expr::Program::work_per_row
//!
//! ```
//! use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng};
//! use symfolio_expr::{Columns, Expr};
//! use symfolio_fit::{FitData, FitOptions, Workspace, fit};
//!
//! let x: Vec<f64> = (0..50).map(|row| 0.1 * f64::from(row)).collect();
//! let y: Vec<f64> = x.iter().map(|x| 3.0 * (-0.7 * x).exp() + 0.5).collect();
//! let columns = Columns::new([x.as_slice()]);
//! let data = FitData { columns: &columns, target: &y, weights: None };
//! // c0 * exp(c1 * x) + c2
//! let expr = Expr::from_prefix("(add (mul ?1 (exp (mul ?-1 x0))) ?1)")?;
//! let mut rng = ChaCha8Rng::seed_from_u64(1);
//! let options = FitOptions { max_iterations: Some(20), ..FitOptions::default() };
//! let fit = fit(&mut rng, &expr, &data, &options, &mut Workspace::default());
//! assert!((fit.params[1] + 0.7).abs() < 1e-9);
//! assert!(fit.loss < 1e-20);
//! # Ok::<(), symfolio_expr::PrefixError>(())
//! ```

mod argmin_point;
mod certificate;
mod cholesky;
mod cma_es;
mod continuation;
mod criterion;
mod data;
mod descent;
mod emphasis;
mod fit;
mod greedy;
mod grouped;
mod hops;
mod jumps;
mod landmarks;
mod levenberg_marquardt;
mod linear;
mod loss;
mod nelder_mead;
mod normal_equations;
mod options;
mod phases;
mod polish;
mod population;
mod profile_likelihood;
mod qr;
mod quasi_newton;
mod redundancy;
mod robust;
mod roles;
mod rows;
mod scatter;
mod screening;
mod singular_values;
mod spectra;
mod stages;
mod starts;
mod terms;
mod thorough;
mod transport;
mod wasserstein;
mod work;

pub use certificate::{Certificate, certify, certify_loss};
pub use cholesky::Cholesky;
pub use criterion::Criterion;
pub use data::{FitData, Workspace};
pub use fit::{Fit, fit};
pub use grouped::{
    GroupedCertificate, GroupedFit, GroupedProfile, Held, Redundancy, certify_grouped, fit_grouped, profile_grouped,
    refine_grouped,
};
pub use linear::linear_constants;
pub use loss::{Loss, LossError, loss_of};
pub use normal_equations::dot;
pub use options::{Effort, FitOptions};
pub use population::{Population, Scores};
pub use profile_likelihood::{End, Profile, profile_intervals};
pub use qr::{LeastSquares, Solution, least_squares};
pub use stages::Stages;
pub use transport::{fit_wasserstein, wasserstein_of};
pub use wasserstein::{Wasserstein, WassersteinError};
