//! Arc sine, arc cosine and arc tangent.

use std::f64::consts::{FRAC_PI_2, FRAC_PI_4, PI};

use super::bits::fma;
use super::polynomial;

/// `FRAC_PI_2 + FRAC_PI_2_LOW` is pi/2 to 107 bits.
const FRAC_PI_2_LOW: f64 = 6.123233995736766e-17;

/// The angle whose tangent is `x`, in `-pi/2..=pi/2`.
///
/// For `|x|` above 0.4375, `atan a = pi/4 + atan((a - 1) / (a + 1))`, and above 2.4375, `atan a = pi/2 + atan(-1/a)`; one
/// division serves all three. On the remaining interval `atan t = t - t^3 P(t^2)` with the polynomial published with fdlibm
/// (Sun Microsystems, `s_atan.c`).
#[inline(always)]
pub fn atan(x: f64) -> f64 {
    let a = x.abs();
    let (middle, large) = (a > 0.4375, a > 2.4375);
    let numerator = if middle { a - 1.0 } else { a };
    let numerator = if large { -1.0 } else { numerator };
    let denominator = if middle { a + 1.0 } else { 1.0 };
    let denominator = if large { a } else { denominator };
    let offset = if middle { FRAC_PI_4 } else { 0.0 };
    let offset = if large { FRAC_PI_2 } else { offset };
    let offset_low = if middle { 0.5 * FRAC_PI_2_LOW } else { 0.0 };
    let offset_low = if large { FRAC_PI_2_LOW } else { offset_low };

    let t = numerator / denominator;
    let z = t * t;
    let p = z * polynomial!(z;
        0.3333333333333293,
        -0.19999999999876483,
        0.14285714272503466,
        -0.11111110405462356,
        0.09090887133436507,
        -0.0769187620504483,
        0.06661073137387531,
        -0.058335701337905735,
        0.049768779946159324,
        -0.036531572744216916,
        0.016285820115365782);
    (offset - (fma(t, p, -offset_low) - t)).copysign(x)
}

/// `asin(s) = s + s r` for the two forms of an argument `a >= 0`: up to 1/2, `s = a`; above, `s = sqrt((1 - a) / 2)`, so that
/// `asin a = pi/2 - 2 asin s` and `acos a = 2 asin s`.
///
/// The rational function for `r` is published with fdlibm (Sun Microsystems, `e_asin.c`). Above 1 the root is NaN.
#[inline(always)]
fn asin_terms(a: f64) -> (f64, f64) {
    let large = a > 0.5;
    let z = if large { 0.5 * (1.0 - a) } else { a * a };
    let root = z.sqrt();
    let s = if large { root } else { a };
    let p = z * polynomial!(z;
        0.16666666666666666,
        -0.3255658186224009,
        0.20121253213486293,
        -0.04005553450067941,
        0.0007915349942898145,
        3.479331075960212e-5);
    let q = polynomial!(z;
        1.0,
        -2.403394911734414,
        2.0209457602335057,
        -0.6882839716054533,
        0.07703815055590194);
    (s, p / q)
}

/// The angle whose sine is `x`, in `-pi/2..=pi/2`; NaN outside `-1..=1`.
#[inline(always)]
pub fn asin(x: f64) -> f64 {
    let a = x.abs();
    let (s, r) = asin_terms(a);
    let t = s * r;
    let of_small = s + t;
    let of_large = (FRAC_PI_2 - 2.0 * s) - (2.0 * t - FRAC_PI_2_LOW);
    (if a > 0.5 { of_large } else { of_small }).copysign(x)
}

/// The angle whose cosine is `x`, in `0..=pi`; NaN outside `-1..=1`.
#[inline(always)]
pub fn acos(x: f64) -> f64 {
    let (s, r) = asin_terms(x.abs());
    let t = s * r;
    let of_small = FRAC_PI_2 - (x - (FRAC_PI_2_LOW - x * r));
    let of_large = 2.0 * (s + t);
    let of_large_negative = PI - 2.0 * (s + (t - FRAC_PI_2_LOW));
    let upper = if x > 0.5 { of_large } else { of_small };
    if x < -0.5 { of_large_negative } else { upper }
}
