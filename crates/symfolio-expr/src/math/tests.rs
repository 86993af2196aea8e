//! Accuracy against the standard library, special values, agreement of slices and scalars, and fingerprints of the bits.

use super::double::*;
use super::single;
use std::f64::consts::{FRAC_PI_2, LN_2, PI};

const INF: f64 = f64::INFINITY;
const NAN: f64 = f64::NAN;
const TINY: f64 = 5e-324;

/// SplitMix64.
struct Random(u64);

impl Random {
    fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn uniform(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * ((self.bits() >> 11) as f64 / (1u64 << 53) as f64)
    }
}

/// Where arguments are drawn from.
#[derive(Clone, Copy)]
enum Range {
    Uniform(f64, f64),
    /// Floats of either sign whose magnitudes lie between the two; equally many of each exponent.
    Magnitude(f64, f64),
}
use Range::{Magnitude, Uniform};

impl Range {
    fn draw(self, random: &mut Random) -> f64 {
        match self {
            Uniform(low, high) => random.uniform(low, high),
            Magnitude(low, high) => {
                let (low, high) = (low.to_bits(), high.to_bits());
                let sign = random.bits() << 63;
                f64::from_bits((low + random.bits() % (high - low + 1)) | sign)
            }
        }
    }
}

type Function = fn(f64) -> f64;
type Slice = fn(&[f64], &mut [f64]);

/// A function, what to compare it with, how far (in ulp) it may be from it, and the ranges.
struct Case {
    name: &'static str,
    function: Function,
    /// `None` where evaluation loops over the function itself.
    slice: Option<Slice>,
    reference: Function,
    ulps: u64,
    ranges: &'static [Range],
    fingerprint: u64,
}

const ANGLES: &[Range] = &[Uniform(-1e4, 1e4), Uniform(-4.0, 4.0), Uniform(-6e7, 6e7), Magnitude(TINY, f64::MAX)];
const HYPERBOLIC: &[Range] = &[Uniform(-2.0, 2.0), Uniform(-711.0, 711.0), Magnitude(TINY, 1.0)];
const UNIT: &[Range] = &[Uniform(-1.0, 1.0), Magnitude(0.99, 1.0), Magnitude(TINY, 1.0)];

/// The tolerance is the error that the function's documentation gives and that of the C library, rounded up.
#[rustfmt::skip]
const CASES: &[Case] = &[
    Case { name: "exp", function: exp, slice: Some(exp_slice), reference: f64::exp, ulps: 1, fingerprint: 0x64c9_e6d7_c1c0_f06a,
           ranges: &[Uniform(-746.0, 710.0), Uniform(-1.0, 1.0), Uniform(-746.0, -708.0), Magnitude(TINY, f64::MAX)] },
    Case { name: "log", function: log, slice: Some(log_slice), reference: f64::ln, ulps: 1, fingerprint: 0x3955_c395_0ffd_054b,
           ranges: &[Uniform(0.5, 2.0), Uniform(0.0, 1e4), Magnitude(TINY, 1e-307), Magnitude(TINY, f64::MAX)] },
    Case { name: "sin", function: sin, slice: Some(sin_slice), reference: f64::sin, ulps: 2, fingerprint: 0x6944_e7e3_9165_878e, ranges: ANGLES },
    Case { name: "cos", function: cos, slice: Some(cos_slice), reference: f64::cos, ulps: 2, fingerprint: 0xe56b_9758_dc31_e786, ranges: ANGLES },
    Case { name: "tan", function: tan, slice: Some(tan_slice), reference: f64::tan, ulps: 3, fingerprint: 0xe495_ab14_0d6b_c5d9, ranges: ANGLES },
    Case { name: "sinc", function: sinc, slice: Some(sinc_slice), reference: |x| x.sin() / x, ulps: 3, fingerprint: 0xd564_37bf_fef1_0bc4, ranges: ANGLES },
    Case { name: "sinh", function: sinh, slice: None, reference: f64::sinh, ulps: 3, fingerprint: 0xf20e_c0db_31c6_9f5a, ranges: HYPERBOLIC },
    Case { name: "cosh", function: cosh, slice: None, reference: f64::cosh, ulps: 3, fingerprint: 0xd6d4_4909_7e03_3ec6, ranges: HYPERBOLIC },
    Case { name: "tanh", function: tanh, slice: None, reference: f64::tanh, ulps: 4, fingerprint: 0x8957_e08c_9cc1_9f94, ranges: HYPERBOLIC },
    Case { name: "atan", function: atan, slice: None, reference: f64::atan, ulps: 2, fingerprint: 0x1f0b_9168_d46b_5e8e,
           ranges: &[Uniform(-4.0, 4.0), Magnitude(TINY, f64::MAX)] },
    Case { name: "asin", function: asin, slice: None, reference: f64::asin, ulps: 2, fingerprint: 0x1755_a2c8_5947_90b6, ranges: UNIT },
    Case { name: "acos", function: acos, slice: None, reference: f64::acos, ulps: 2, fingerprint: 0x97e8_523b_c3a2_41bc, ranges: UNIT },
    Case { name: "cbrt", function: cbrt, slice: None, reference: f64::cbrt, ulps: 2, fingerprint: 0xb718_5e73_b15b_c8f7,
           ranges: &[Uniform(-10.0, 10.0), Magnitude(TINY, 1e-307), Magnitude(TINY, f64::MAX)] },
];

/// Floats between the two, counting one end. 0 for two NaN, and the largest number for one.
fn ulps(a: f64, b: f64) -> u64 {
    let place = |v: f64| {
        let size = i128::from(v.abs().to_bits());
        if v.is_sign_negative() { -size } else { size }
    };
    match (a.is_nan(), b.is_nan()) {
        (true, true) => 0,
        (false, false) => (place(a) - place(b)).unsigned_abs() as u64,
        _ => u64::MAX,
    }
}

/// Equal to the bit, where all NaN are one.
fn same(a: f64, b: f64) -> bool {
    a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan())
}

#[test]
fn functions_are_close_to_the_standard_library() {
    for case in CASES {
        let mut random = Random(1);
        for range in case.ranges {
            for _ in 0..100_000 / case.ranges.len() {
                let x = range.draw(&mut random);
                let (found, expected) = ((case.function)(x), (case.reference)(x));
                let distance = ulps(found, expected);
                assert!(distance <= case.ulps, "{}({x:e}) = {found:e}, not {expected:e}: {distance} ulp", case.name);
            }
        }
    }
}

#[test]
fn slices_and_scalars_give_the_same_bits() {
    for case in CASES {
        let Some(slice) = case.slice else { continue };
        let mut random = Random(2);
        let mut x: Vec<f64> = (0..1003).map(|i| case.ranges[i % case.ranges.len()].draw(&mut random)).collect();
        x.extend([0.0, -0.0, TINY, 1.0, INF, -INF, NAN, f64::MAX, 5e7, 5e7 + 1.0]);
        let mut out = vec![0.0; x.len()];
        slice(&x, &mut out);
        for (&x, &out) in x.iter().zip(&out) {
            assert!(same((case.function)(x), out), "{}({x:e})", case.name);
        }
    }
}

/// Hashes 4096 results; all NaN count as one.
fn fingerprint(mut result: impl FnMut(&mut Random, usize) -> f64) -> u64 {
    let mut random = Random(3);
    (0..4096).fold(0xcbf2_9ce4_8422_2325, |hash, i| {
        let value = result(&mut random, i);
        let bits = if value.is_nan() { NAN.to_bits() } else { value.to_bits() };
        (hash ^ bits).wrapping_mul(0x0100_0000_01b3).rotate_left(23)
    })
}

/// The bits must not depend on the machine. If a function is changed on purpose, so is its fingerprint.
#[test]
fn bits_are_the_same_everywhere() {
    for case in CASES {
        let found = fingerprint(|random, i| (case.function)(case.ranges[i % case.ranges.len()].draw(random)));
        assert_eq!(found, case.fingerprint, "{}: {found:#018x}", case.name);
    }
    let found = fingerprint(|random, _| pow(random.uniform(-0.5, 9.5), random.uniform(-300.0, 300.0).round() / 4.0));
    assert_eq!(found, 0xe81e_e195_530f_82c9, "pow: {found:#018x}");
}

#[test]
#[rustfmt::skip]
fn special_values_are_exact() {
    type Values<'a> = &'a [(f64, f64)];
    let cases: &[(&str, Function, Values<'_>)] = &[
        ("exp", exp, &[(0.0, 1.0), (-0.0, 1.0), (TINY, 1.0), (INF, INF), (-INF, 0.0), (710.0, INF), (-746.0, 0.0), (-745.13, TINY)]),
        ("log", log, &[(1.0, 0.0), (0.0, -INF), (-0.0, -INF), (-1.0, NAN), (-TINY, NAN), (-INF, NAN), (INF, INF), (2.0, LN_2), (TINY, -744.4400719213812)]),
        ("sin", sin, &[(0.0, 0.0), (-0.0, -0.0), (TINY, TINY), (-TINY, -TINY), (INF, NAN), (-INF, NAN), (FRAC_PI_2, 1.0), (PI, 1.2246467991473532e-16)]),
        ("cos", cos, &[(0.0, 1.0), (-0.0, 1.0), (TINY, 1.0), (INF, NAN), (-INF, NAN), (PI, -1.0), (FRAC_PI_2, 6.123233995736766e-17)]),
        ("tan", tan, &[(0.0, 0.0), (-0.0, -0.0), (TINY, TINY), (INF, NAN), (-INF, NAN), (PI, -1.2246467991473532e-16), (FRAC_PI_2, 1.633123935319537e16)]),
        ("sinc", sinc, &[(0.0, 1.0), (-0.0, 1.0), (TINY, 1.0), (INF, 0.0), (-INF, 0.0)]),
        ("sinh", sinh, &[(0.0, 0.0), (-0.0, -0.0), (TINY, TINY), (-TINY, -TINY), (INF, INF), (-INF, -INF), (711.0, INF), (-1e300, -INF)]),
        ("cosh", cosh, &[(0.0, 1.0), (-0.0, 1.0), (TINY, 1.0), (INF, INF), (-INF, INF), (711.0, INF), (-1e300, INF)]),
        ("tanh", tanh, &[(0.0, 0.0), (-0.0, -0.0), (TINY, TINY), (-TINY, -TINY), (INF, 1.0), (-INF, -1.0), (22.0, 1.0), (-1e300, -1.0)]),
        ("atan", atan, &[(0.0, 0.0), (-0.0, -0.0), (TINY, TINY), (INF, FRAC_PI_2), (-INF, -FRAC_PI_2), (1.0, PI / 4.0), (-1.0, -PI / 4.0)]),
        ("asin", asin, &[(0.0, 0.0), (-0.0, -0.0), (TINY, TINY), (1.0, FRAC_PI_2), (-1.0, -FRAC_PI_2), (1.0000000000000002, NAN), (-2.0, NAN), (INF, NAN), (-INF, NAN)]),
        ("acos", acos, &[(0.0, FRAC_PI_2), (1.0, 0.0), (-1.0, PI), (1.0000000000000002, NAN), (-2.0, NAN), (INF, NAN), (-INF, NAN)]),
        ("cbrt", cbrt, &[(0.0, 0.0), (-0.0, -0.0), (1.0, 1.0), (-27.0, -3.0), (1e300, 1e100), (8.0 * TINY, 3.4063678720065206e-108), (INF, INF), (-INF, -INF)]),
    ];
    for (name, function, values) in cases {
        assert!(function(NAN).is_nan(), "{name}(NaN)");
        for &(x, expected) in *values {
            let found = function(x);
            assert!(same(found, expected), "{name}({x:e}) = {found:e}, not {expected:e}");
        }
    }
}

/// The sines, cosines and tangents of angles that a careless reduction gets wrong, to 17 digits of a reference with 1500 bits.
/// 6381956970095103 2^797 is the double next to a multiple of pi/2 (Muller, Elementary Functions, 2006).
#[test]
#[rustfmt::skip]
fn huge_angles_are_right() {
    let hardest = 6_381_956_970_095_103.0 * 2f64.powi(797);
    for (x, s, c, t) in [
        (355.0, -3.014435335948845e-5, -0.999999999545659, 3.0144353373184265e-5),
        (5e7, 0.8256467432733234, 0.5641874292486094, 1.4634263375434085),
        (6.7e7, 0.9230526238807666, 0.3846736974980641, 2.3995730144388463),
        (1e22, -0.8522008497671888, 0.523214785395139, -1.6287782256068988),
        (hardest, 1.0, -4.687165924254628e-19, -2.133485385753704e18),
        (f64::MAX, 0.004961954789184062, -0.9999876894265599, -0.004962015874444895),
    ] {
        for (name, found, expected) in [("sin", sin(x), s), ("cos", cos(x), c), ("tan", tan(x), t)] {
            assert!(ulps(found, expected) <= 2, "{name}({x:e}) = {found:e}, not {expected:e}");
        }
    }
}

#[test]
fn sines_and_cosines_are_never_beyond_one() {
    // Where the polynomial is a last bit too large: the first places that were found, and floats around many peaks.
    for x in [7.853981634073959, 3.1415926536550742, 2538.4068641040435] {
        assert!(sin(x).abs() <= 1.0 && cos(x).abs() <= 1.0, "{x:e}");
    }
    assert!(!acos(cos(2538.4068641040435)).is_nan());
    let beside = |step: i32, x: f64| x * (1.0 + f64::from(step) * 3e-12);
    let peaks = (0..2000).flat_map(|peak| (-40..=40).map(move |step| beside(step, FRAC_PI_2 * f64::from(peak))));
    let x: Vec<f64> = peaks.chain([3.1590462e-6, NAN]).collect();
    let single: Vec<f32> = x.iter().map(|x| *x as f32).collect();
    let (mut out, mut rough) = (vec![0.0; x.len()], vec![0.0; x.len()]);
    type Single = fn(&[f32], &mut [f32]);
    for (slice, single_slice) in [(sin_slice as Slice, single::sin_slice as Single), (cos_slice, single::cos_slice)] {
        slice(&x, &mut out);
        single_slice(&single, &mut rough);
        for ((x, value), rough) in x.iter().zip(&out).zip(&rough) {
            assert!(x.is_nan() || (value.abs() <= 1.0 && rough.abs() <= 1.0), "{x:e}: {value:e}, {rough:e}");
            assert!(!x.is_nan() || (value.is_nan() && rough.is_nan()));
        }
    }
}

#[test]
fn odd_and_even_functions_are_so_to_the_bit() {
    for case in CASES.iter().filter(|case| !["exp", "log", "acos"].contains(&case.name)) {
        let even = ["cos", "cosh", "sinc"].contains(&case.name);
        let mut random = Random(4);
        for i in 0..10_000 {
            let x = case.ranges[i % case.ranges.len()].draw(&mut random);
            let (plus, minus) = ((case.function)(x), (case.function)(-x));
            assert!(same(if even { plus } else { -plus }, minus), "{}({x:e})", case.name);
        }
    }
}

#[test]
fn pow_is_close_to_the_standard_library() {
    let mut random = Random(5);
    for i in 0..100_000 {
        let x = match i % 4 {
            0 => random.uniform(0.0, 100.0),
            1 => Magnitude(TINY, f64::MAX).draw(&mut random).abs(),
            2 => 1.0 + Magnitude(1e-15, 0.4).draw(&mut random),
            _ => random.uniform(-100.0, 0.0),
        };
        // Exponents whose result is a finite number other than 0, mostly; whole ones for the negative numbers.
        let limit = 750.0 / x.abs().ln().abs();
        let y = random.uniform(-limit, limit);
        let y = if i % 4 == 3 { y.round() } else { y };
        let (found, expected) = (pow(x, y), x.powf(y));
        assert!(ulps(found, expected) <= 1, "{x:e}^{y:e} = {found:e}, not {expected:e}");
    }
}

/// C's `pow` lays down every case, so that the standard library is the table.
#[test]
fn pow_of_special_values_is_that_of_c() {
    let magnitudes =
        [0.0, TINY, 1e-300, 0.5, 1.0 - f64::EPSILON, 1.0, 1.5, 2.0, 3.0, 1e9 + 1.0, 1e300, f64::MAX, INF, NAN];
    let integers = [4_503_599_627_370_495.5, 4_503_599_627_370_497.0, 9_007_199_254_740_991.0, 9_007_199_254_740_992.0];
    let values: Vec<f64> = magnitudes.iter().chain(&integers).flat_map(|&v| [v, -v]).collect();
    for &x in &values {
        for &y in &values {
            let (found, expected) = (pow(x, y), x.powf(y));
            let close = same(found, expected) || (expected.is_normal() && ulps(found, expected) <= 1);
            assert!(close, "{x:e}^{y:e} = {found:e}, not {expected:e}");
        }
    }
}

#[test]
fn integer_powers() {
    let mut random = Random(6);
    let mut x: Vec<f64> = (0..2003).map(|_| random.uniform(-10.0, 10.0)).collect();
    x.extend([0.0, -0.0, INF, -INF, NAN, 1e200, -1e-200]);
    for n in (-17..=17).chain([100, -1000, i32::MAX, i32::MIN]) {
        for &x in &x {
            let (found, expected) = (powi(x, n), x.powf(f64::from(n)));
            assert!(ulps(found, expected) <= 7, "{x:e}^{n} = {found:e}, not {expected:e}");
        }
    }
    let exact: [(f64, i32, f64); 5] =
        [(3.0, 2, 9.0), (-2.0, 3, -8.0), (NAN, 0, 1.0), (2.0, -3, 0.125), (10.0, 15, 1e15)];
    for (x, n, expected) in exact {
        assert_eq!(powi(x, n), expected, "{x}^{n}");
    }
}

/// Single precision against double, on a sample of all floats of each range. `log` on all positive ones.
#[test]
fn single_precision_is_right_to_two_ulp() {
    type Single = fn(&[f32], &mut [f32]);
    let cases: [(&str, Single, Function, f32, f32); 6] = [
        ("exp", single::exp_slice, exp, -105.0, 90.0),
        ("log", single::log_slice, log, 0.0, f32::MAX),
        ("sin", single::sin_slice, sin, -1e4, 1e4),
        ("cos", single::cos_slice, cos, -1e4, 1e4),
        ("tan", single::tan_slice, tan, -1e4, 1e4),
        ("sinc", single::sinc_slice, sinc, -1e4, 1e4),
    ];
    let place = |v: f32| if v < 0.0 { -i64::from(v.abs().to_bits()) } else { i64::from(v.to_bits()) };
    let at = |place: i64| f32::from_bits(place.unsigned_abs() as u32).copysign(place as f32);
    for (name, slice, reference, low, high) in cases {
        let x: Vec<f32> = (place(low)..=place(high))
            .step_by(4999)
            .map(at)
            .chain([0.0, -0.0, f32::NAN, f32::INFINITY, f32::MIN])
            .collect();
        let mut out = vec![0.0; x.len()];
        slice(&x, &mut out);
        for (&x, &out) in x.iter().zip(&out) {
            let expected = reference(f64::from(x));
            let rounded = expected as f32;
            let ulp = f64::from(f32::from_bits(rounded.abs().to_bits() + 1) - rounded.abs());
            let error =
                if same(f64::from(out), f64::from(rounded)) { 0.0 } else { (f64::from(out) - expected).abs() / ulp };
            let most = if name == "sinc" { 3.0 } else { 2.0 };
            assert!(error <= most, "{name}({x:e}) = {out:e}, not {expected:e}: {error} ulp");
        }
    }
}

/// Picks up the loops as the kernels compile them, and the functions that pick at run time: all give the bits of the plain ones.
#[test]
fn functions_of_one_value_give_the_bits_of_the_straight_lines() {
    let chosen: [(&str, Function, Function); 13] = [
        ("exp", crate::math::exp, exp),
        ("log", crate::math::log, log),
        ("sin", crate::math::sin, sin),
        ("cos", crate::math::cos, cos),
        ("tan", crate::math::tan, tan),
        ("sinc", crate::math::sinc, sinc),
        ("sinh", crate::math::sinh, sinh),
        ("cosh", crate::math::cosh, cosh),
        ("tanh", crate::math::tanh, tanh),
        ("asin", crate::math::asin, asin),
        ("acos", crate::math::acos, acos),
        ("atan", crate::math::atan, atan),
        ("cbrt", crate::math::cbrt, cbrt),
    ];
    let mut random = Random(7);
    for _ in 0..2000 {
        let x = random.uniform(-3.0, 3.0);
        for (name, chosen, plain) in &chosen {
            assert!(same(chosen(x), plain(x)), "{name}({x:e})");
        }
        let y = random.uniform(-9.0, 9.0);
        assert!(same(crate::math::pow(x.abs(), y), pow(x.abs(), y)), "{x:e}^{y:e}");
    }
}
