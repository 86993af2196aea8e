//! The functions that have no kernel of their own yet.

/// `tan`.
#[inline(always)]
pub fn tan(x: f64) -> f64 {
    x.tan()
}

/// `sinh`.
#[inline(always)]
pub fn sinh(x: f64) -> f64 {
    x.sinh()
}

/// `cosh`.
#[inline(always)]
pub fn cosh(x: f64) -> f64 {
    x.cosh()
}

/// `tanh`.
#[inline(always)]
pub fn tanh(x: f64) -> f64 {
    x.tanh()
}

/// `atan`.
#[inline(always)]
pub fn atan(x: f64) -> f64 {
    x.atan()
}

/// `asin`.
#[inline(always)]
pub fn asin(x: f64) -> f64 {
    x.asin()
}

/// `acos`.
#[inline(always)]
pub fn acos(x: f64) -> f64 {
    x.acos()
}

/// `cbrt`.
#[inline(always)]
pub fn cbrt(x: f64) -> f64 {
    x.cbrt()
}

/// `sinc`.
#[inline(always)]
pub fn sinc(x: f64) -> f64 {
    if x == 0.0 { 1.0 } else { super::sin(x) / x }
}

/// Power.
#[inline(always)]
pub fn pow(x: f64, y: f64) -> f64 {
    x.powf(y)
}
