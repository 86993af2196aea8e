//! [`Real`]: the two precisions that expressions are evaluated in.

use std::fmt::Debug;
use std::ops::{Add, AddAssign, Div, Mul, Neg, Sub};

use crate::math::{double, single};

/// A floating-point number that expressions are evaluated in: `f64`, which everything is judged in, or `f32`, which a search may
/// use where half the bits do.
///
/// The functions are those of [`crate::math`], in either precision: straight lines that vectorise, the same bits on every
/// machine. Those come as slices whose rare
/// exceptions, such as huge angles, take a second pass.
pub trait Real:
    Copy
    + Debug
    + Default
    + PartialOrd
    + Send
    + Sync
    + 'static
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Neg<Output = Self>
    + AddAssign
    + sealed::Sealed
{
    /// The smallest positive number of full precision.
    const MIN_POSITIVE: Self;
    /// The nearest number to `value`.
    fn of(value: f64) -> Self;
    /// The same number in double precision.
    fn to_f64(self) -> f64;
    /// Is it no number?
    fn is_nan(self) -> bool;
    /// The absolute value.
    fn abs(self) -> Self;
    /// The square root.
    fn sqrt(self) -> Self;
    /// The bits that are set for no ordinary [`Real::quotient`].
    const EXCEPTIONAL_QUOTIENT: u64;
    /// This divided by `b` in the way that suits processors whose own division is slow, and an integer: where it has bits of
    /// [`Real::EXCEPTIONAL_QUOTIENT`] the quotient means nothing, and elsewhere it is the one of `/`.
    fn quotient(self, b: Self) -> (Self, u64);
    /// The real cube root.
    fn cbrt(self) -> Self;
    /// The natural logarithm.
    fn log(self) -> Self;
    /// This to the power `y`.
    fn pow(self, y: Self) -> Self;
    /// The arc sine.
    fn asin(self) -> Self;
    /// The arc cosine.
    fn acos(self) -> Self;
    /// The arc tangent.
    fn atan(self) -> Self;
    /// The hyperbolic sine.
    fn sinh(self) -> Self;
    /// The hyperbolic cosine.
    fn cosh(self) -> Self;
    /// The hyperbolic tangent.
    fn tanh(self) -> Self;
    /// Writes e to the power of each value of `x` to `out`, which has the same length.
    fn exp_slice(x: &[Self], out: &mut [Self]);
    /// As [`Real::exp_slice`], the natural logarithm.
    fn log_slice(x: &[Self], out: &mut [Self]);
    /// As [`Real::exp_slice`], the square root, in the way that suits processors whose own is slow.
    fn root_slice(x: &[Self], out: &mut [Self]);
    /// As [`Real::exp_slice`], the sine.
    fn sin_slice(x: &[Self], out: &mut [Self]);
    /// As [`Real::exp_slice`], the cosine.
    fn cos_slice(x: &[Self], out: &mut [Self]);
    /// As [`Real::exp_slice`], the tangent.
    fn tan_slice(x: &[Self], out: &mut [Self]);
    /// As [`Real::exp_slice`], `sin(x) / x` and 1 at 0.
    fn sinc_slice(x: &[Self], out: &mut [Self]);
}

mod sealed {
    /// Kernels are made for these two only.
    pub trait Sealed {}
    impl Sealed for f32 {}
    impl Sealed for f64 {}
}

macro_rules! real {
    ($float:ident, $module:path) => {
        impl Real for $float {
            const MIN_POSITIVE: $float = $float::MIN_POSITIVE;

            const EXCEPTIONAL_QUOTIENT: u64 = {
                use $module as functions;
                functions::EXCEPTIONAL_QUOTIENT
            };

            #[inline(always)]
            fn quotient(self, b: $float) -> ($float, u64) {
                use $module as functions;
                functions::quotient(self, b)
            }

            #[inline(always)]
            fn of(value: f64) -> $float {
                value as $float
            }

            #[inline(always)]
            fn to_f64(self) -> f64 {
                f64::from(self)
            }

            #[inline(always)]
            fn is_nan(self) -> bool {
                self.is_nan()
            }

            #[inline(always)]
            fn abs(self) -> $float {
                self.abs()
            }

            #[inline(always)]
            fn sqrt(self) -> $float {
                self.sqrt()
            }

            #[inline(always)]
            fn pow(self, y: $float) -> $float {
                use $module as functions;
                functions::pow(self, y)
            }

            real!(@values $float, $module: cbrt log asin acos atan sinh cosh tanh);
            real!(@slices $float, $module: exp_slice log_slice root_slice sin_slice cos_slice tan_slice sinc_slice);
        }
    };
    (@values $float:ident, $module:path: $($name:ident)*) => {$(
        #[inline(always)]
        fn $name(self) -> $float {
            use $module as functions;
            functions::$name(self)
        }
    )*};
    (@slices $float:ident, $module:path: $($name:ident)*) => {$(
        #[inline(always)]
        fn $name(x: &[$float], out: &mut [$float]) {
            use $module as functions;
            functions::$name(x, out);
        }
    )*};
}

real!(f64, double);
real!(f32, single);
