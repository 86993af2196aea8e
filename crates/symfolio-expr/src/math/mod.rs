//! Elementary functions whose loops vectorise and whose bits do not depend on the machine.
//!
//! The functions of the standard library call the platform's mathematical library: one value at a time, and with results
//! that differ in the last bit between systems. Those here are straight lines of IEEE additions, multiplications, fused
//! multiply-adds, divisions, square roots, bit operations and selects, so that
//!
//! * a plain loop over a slice compiles to vector code, at the instruction set of the function that it is inlined into;
//! * the same argument gives the same bits everywhere (only the payload of a NaN is left open). A fused multiply-add is rounded once
//!   by definition, whether the processor has one or a library works it out. Every x86-64 processor with AVX2 has one, and so has
//!   every 64-bit ARM; older ones get the same bits slowly.
//!
//! The functions of this module take one value and are compiled twice, with the instruction and without, and picked at run time.
//! Evaluation inlines the straight lines into its loops instead. Where a loop would have to branch on rare arguments, the
//! companion for slices makes a second pass.
//!
//! Errors are in units in the last place (ulp) of the exact result: the largest seen among 10^5 random arguments in each of
//! several ranges, against a 200-bit reference.

mod bits;
pub(crate) mod double;
mod double_double;
mod exp;
mod huge_angle;
mod hyperbolic;
mod inverse_trig;
mod log;
mod newton;
mod power;
pub(crate) mod single;
#[cfg(test)]
mod tests;
mod trig;

/// Defines functions of one value: `$name` as the straight line of that name in [`double`], with the processor's fused
/// multiply-add if it has one.
macro_rules! functions {
    ($($(#[$doc:meta])* $name:ident($($arg:ident: $type:ty),*);)*) => {$(
        $(#[$doc])*
        pub fn $name($($arg: $type),*) -> f64 {
            #[cfg(target_arch = "x86_64")]
            {
                #[target_feature(enable = "avx2,fma")]
                fn fused($($arg: $type),*) -> f64 {
                    double::$name($($arg),*)
                }

                if std::arch::is_x86_feature_detected!("avx2") && std::arch::is_x86_feature_detected!("fma") {
                    #[allow(unsafe_code, reason = "calling a function compiled for AVX2 and FMA")]
                    // SAFETY: the processor has both.
                    return unsafe { fused($($arg),*) };
                }
            }
            double::$name($($arg),*)
        }
    )*};
}

functions! {
    /// `e^x`. Overflows to infinity above 709.78, is subnormal below -708.4 and 0 below -745.13; `exp(-inf) = 0`.
    ///
    /// Largest error measured: 0.96 ulp, subnormal results included.
    exp(x: f64);
    /// The natural logarithm of `x`. `log(0) = -inf`, `log(inf) = inf`, and NaN below 0.
    ///
    /// Largest error measured: 0.80 ulp, subnormal arguments included.
    log(x: f64);
    /// The sine of `x` radians. NaN at infinity; `sin(-0.0)` is `-0.0`. Any finite angle is right, and none gives a value beyond -1 or 1.
    ///
    /// Largest error measured: 1.6 ulp.
    sin(x: f64);
    /// The cosine of `x` radians. NaN at infinity. Any finite angle is right, and none gives a value beyond -1 or 1.
    ///
    /// Largest error measured: 1.6 ulp.
    cos(x: f64);
    /// The tangent of `x` radians. NaN at infinity; `tan(-0.0)` is `-0.0`. Any finite angle is right.
    ///
    /// Largest error measured: 2.8 ulp.
    tan(x: f64);
    /// `sin(x) / x`, and its limits: 1 at 0, and 0 at infinity.
    ///
    /// Largest error measured: 2.2 ulp.
    sinc(x: f64);
    /// The angle whose sine is `x`, in `-pi/2..=pi/2`; NaN outside `-1..=1`.
    ///
    /// Largest error measured: 1.9 ulp.
    asin(x: f64);
    /// The angle whose cosine is `x`, in `0..=pi`; NaN outside `-1..=1`.
    ///
    /// Largest error measured: 1.1 ulp.
    acos(x: f64);
    /// The angle whose tangent is `x`, in `-pi/2..=pi/2`.
    ///
    /// Largest error measured: 1.0 ulp.
    atan(x: f64);
    /// The hyperbolic sine of `x`. Overflows to an infinity of the sign of `x` above a magnitude of 710.47.
    ///
    /// Largest error measured: 1.6 ulp.
    sinh(x: f64);
    /// The hyperbolic cosine of `x`. Overflows to infinity above a magnitude of 710.47.
    ///
    /// Largest error measured: 1.3 ulp.
    cosh(x: f64);
    /// The hyperbolic tangent of `x`; 1 in magnitude from 22 on.
    ///
    /// Largest error measured: 3.0 ulp.
    tanh(x: f64);
    /// The cube root of `x`, of the sign of `x`.
    ///
    /// Largest error measured: 0.67 ulp.
    cbrt(x: f64);
    /// `x^y`. The special cases are those of C's `pow` (ISO C, annex F): in particular 1 for `y = 0` and for `x = 1` even if the
    /// other is NaN; NaN for a negative finite `x` and `y` not an integer; an infinity for `x = 0` and `y < 0`.
    ///
    /// Largest error measured: 0.93 ulp.
    pow(x: f64, y: f64);
    /// `x^n`. By repeated squaring up to `|n| = 8`, where the rounding errors of the multiplications still add up to little; by
    /// [`pow`] beyond. A negative power is the reciprocal of the positive one: 0 or an infinity where that leaves the range of
    /// floats.
    ///
    /// Largest error measured: 0.5 ulp for `n = 2`, 1.3 for 3, 1.9 for 4, 4.8 for 8 and 6.2 for -8; beyond, that of [`pow`].
    powi(x: f64, n: i32);
}

/// `c0 + c1 z + c2 z^2 + ...` by Horner's scheme: the fewest operations, each of which waits for the one before. `fma` is the function of
/// that name in scope.
///
/// For functions so short that a processor looks ahead over several rows: there, the number of operations is what bounds a loop.
macro_rules! horner {
    ($z:expr; $last:expr) => { $last };
    ($z:expr; $first:expr, $($rest:expr),+) => { fma($z, horner!($z; $($rest),+), $first) };
}

/// `c0 + c1 z + c2 z^2 + ...` by Estrin's scheme (1960): neighbours are joined, then neighbouring pairs with `z^2`, and so on. `fma` is
/// the function of that name in scope.
///
/// A few multiplications more than Horner's scheme, but a chain of operations that wait for each other of logarithmic length: for long
/// functions, of which processors look ahead over a few rows only.
macro_rules! polynomial {
    (@pairs $z:ident; [$($done:expr),*] $a:expr, $b:expr, $($rest:expr),+) => {
        polynomial!(@pairs $z; [$($done,)* fma($z, $b, $a)] $($rest),+)
    };
    (@pairs $z:ident; [$($done:expr),*] $a:expr, $b:expr) => { polynomial!(@next $z; $($done,)* fma($z, $b, $a)) };
    (@pairs $z:ident; [$($done:expr),*] $a:expr) => { polynomial!(@next $z; $($done,)* $a) };
    (@next $z:ident; $value:expr) => { $value };
    (@next $z:ident; $($value:expr),+) => {{
        let square = $z * $z;
        polynomial!(@pairs square; [] $($value),+)
    }};
    ($z:expr; $($c:expr),+) => {{
        let z = $z;
        polynomial!(@pairs z; [] $($c),+)
    }};
}

/// Defines `$name(x, out)`, which writes `$function` of every value of `x` to `out`: by `$ordinary`, which returns it along with an
/// integer, and all of it once more where a bit of `$exceptional` is set in any of these; elsewhere both give the same bits.
macro_rules! two_pass_function {
    ($name:ident, $float:ty, $ordinary:path, $function:path, $exceptional:expr) => {
        #[doc = concat!("Writes [`", stringify!($function), "`] of every value of `x` to `out`, which has the same length.")]
        #[inline(always)]
        pub fn $name(x: &[$float], out: &mut [$float]) {
            debug_assert_eq!(x.len(), out.len());
            let mut bits = 0;
            for (out, &x) in out.iter_mut().zip(x) {
                let (value, bits_of_value) = $ordinary(x);
                bits |= bits_of_value;
                *out = value;
            }
            if bits & ($exceptional) != 0 {
                for (out, &x) in out.iter_mut().zip(x) {
                    *out = $function(x);
                }
            }
        }
    };
}

use {horner, polynomial, two_pass_function};
