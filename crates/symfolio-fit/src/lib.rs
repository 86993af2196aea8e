//! Finding the constants of a given expression.
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

mod certificate;
mod cholesky;
mod data;
mod descent;
mod fit;
mod levenberg_marquardt;
mod linear;
mod loss;
mod normal_equations;
mod options;
mod polish;
mod qr;
mod robust;
mod roles;
mod simplex;
mod singular_values;
mod starts;
mod thorough;
mod work;

pub use certificate::{Certificate, certify};
pub use cholesky::Cholesky;
pub use data::{FitData, Workspace};
pub use fit::{Fit, fit};
pub use linear::linear_constants;
pub use loss::{Loss, LossError, loss_of};
pub use options::{Effort, FitOptions};
pub use qr::{LeastSquares, Solution, least_squares};
