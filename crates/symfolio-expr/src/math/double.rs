//! The straight lines of double precision, to be inlined into a loop that is compiled for an instruction set.

pub use super::exp::{exp, exp_slice};
pub use super::hyperbolic::{cosh, sinh, tanh};
pub use super::inverse_trig::{acos, asin, atan};
pub use super::log::{log, log_slice};
pub use super::newton::{EXCEPTIONAL_QUOTIENT, quotient, root_slice};
pub use super::power::{cbrt, pow, powi};
pub use super::trig::{cos, cos_slice, sin, sin_slice, sinc, sinc_slice, tan, tan_slice};
