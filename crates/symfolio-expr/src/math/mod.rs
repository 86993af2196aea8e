//! Elementary functions whose loops vectorise and whose bits do not depend on the machine.
//!
//! The functions of the standard library call the platform's mathematical library: one value at a time, and with results
//! that differ in the last bit between systems. Those here are straight lines of IEEE additions, multiplications,
//! divisions, square roots, bit operations and selects, so that
//!
//! * a plain loop over a slice compiles to vector code, at the instruction set of the function that it is inlined into;
//! * the same argument gives the same bits everywhere, with or without AVX2 or AVX-512 (only the payload of a NaN is left open).
//!   Fused multiply-add is never used: where the hardware lacks it, it is a slow library call, and where it exists it
//!   rounds differently.
//!
//! Every function `f(x)` has a companion `f_slice(x, out)` that writes `f` of each value of `x` to `out`, bit for bit the
//! same as the scalar function. Both slices have the same length. All are `#[inline(always)]`: call them from a function
//! with `#[target_feature]` and they are compiled for it.
//!
//! The scalar functions of an angle branch on huge arguments, which would keep a loop from vectorising; their companions for
//! slices make a second pass instead.
//!
//! Errors are in units in the last place (ulp) of the exact result: the largest seen among 10^5 random arguments in each of
//! several ranges, against a 200-bit reference.

mod bits;
mod double_double;
mod exp;
mod huge_angle;
mod hyperbolic;
mod inverse_trig;
mod log;
mod power;
pub mod single;
#[cfg(test)]
mod tests;
mod trig;

pub use exp::{exp, exp_slice};
pub use hyperbolic::{cosh, cosh_slice, sinh, sinh_slice, tanh, tanh_slice};
pub use inverse_trig::{acos, acos_slice, asin, asin_slice, atan, atan_slice};
pub use log::{log, log_slice};
pub use power::{cbrt, cbrt_slice, pow, pow_slice, powi, powi_slice};
pub use trig::{cos, cos_slice, sin, sin_slice, sinc, sinc_slice, tan, tan_slice};

/// `c0 + z (c1 + z (c2 + ...))`, written out so that nothing is left to unroll.
macro_rules! polynomial {
    ($z:expr; $c:expr) => { $c };
    ($z:expr; $c:expr, $($rest:expr),+) => { $c + $z * polynomial!($z; $($rest),+) };
}

/// Defines `$name(x, out)`, which writes `$function` of every value of `x` to `out`.
macro_rules! slice_function {
    ($name:ident, $function:path) => {
        #[doc = concat!("Writes [`", stringify!($function), "`] of every value of `x` to `out`, which has the same length.")]
        #[inline(always)]
        pub fn $name(x: &[f64], out: &mut [f64]) {
            debug_assert_eq!(x.len(), out.len());
            for (out, &x) in out.iter_mut().zip(x) {
                *out = $function(x);
            }
        }
    };
}

use {polynomial, slice_function};
