//! Reduction of huge angles (Payne and Hanek 1983), with the bits of 2/pi that are needed and integer arithmetic.

use std::f64::consts::PI;

use super::double_double;

/// `PI + PI_LOW` is pi to 107 bits.
const PI_LOW: f64 = 1.2246467991473532e-16;

/// The binary digits of `2/pi` after the point, behind one word of zeros. 1216 digits reach the last that matters for the
/// largest double.
const TWO_OVER_PI: [u64; 20] = [
    0,
    0xa2f9_836e_4e44_1529,
    0xfc27_57d1_f534_ddc0,
    0xdb62_9599_3c43_9041,
    0xfe51_63ab_debb_c561,
    0xb724_6e3a_424d_d2e0,
    0x0649_2eea_09d1_921c,
    0xfe1d_eb1c_b129_a73e,
    0xe882_35f5_2ebb_4484,
    0xe99c_7026_b45f_7e41,
    0x3991_d639_8353_39f4,
    0x9c84_5f8b_bdf9_283b,
    0x1ff8_97ff_de05_980f,
    0xef2f_118b_5a0a_6d1f,
    0x6d36_7ecf_27cb_09b7,
    0x4f46_3f66_9e5f_ea2d,
    0x7527_bac7_ebe5_f17b,
    0x3d07_39f7_8a52_92ea,
    0x6bfb_5fb1_1f8d_5d08,
    0x5603_3046_fc7b_6bab,
];

/// `x` less a multiple of half or quarter turns: `x = turns * step + r` with `|r| <= step / 2`.
pub struct Reduced {
    /// The multiple, modulo the number of steps in a full turn.
    pub turns: u64,
    /// The remaining angle.
    pub r: f64,
}

/// The step of a reduction.
#[derive(Clone, Copy)]
pub enum Step {
    /// pi, two to a full turn.
    Half,
    /// pi/2, four to a full turn.
    Quarter,
}

/// A fraction of a step as two floats, to be multiplied by the step.
struct Fraction {
    high: f64,
    rest: f64,
    negative: bool,
}

/// Reduces `x + quarters * pi/2` for a finite `x >= 2^25`, which all above the limit of the straight-line reduction are.
///
/// With `x = m 2^e`, the digits of `2/pi` above `2^(2-e)` contribute whole turns. The product of `m` with the next 192
/// digits leaves 137 correct binary digits of the fraction of a quarter turn; no double comes closer to a multiple of a
/// quarter turn than about 62 digits.
#[inline(always)]
pub fn reduce(x: f64, quarters: u64, step: Step) -> Reduced {
    let (turns, fraction) = split(x, quarters, step);
    // In the caller, which may be compiled for fused multiply-adds.
    Reduced { turns, r: angle(&fraction, step) }
}

/// The steps in `x + quarters * pi/2`, modulo those of a full turn, and the fraction of a step that is left.
#[cold]
#[inline(never)]
fn split(x: f64, quarters: u64, step: Step) -> (u64, Fraction) {
    let mantissa = (x.to_bits() & ((1 << 52) - 1)) | 1 << 52;
    // The place of the first digit: 64 zeros, `e - 2` digits that fall away, for `e = exponent - 1075`.
    let first = (x.to_bits() >> 52) as usize + 62 - 1075;
    let (word, shift) = (first / 64, first % 64);
    let digits = |i: usize| {
        let pair = u128::from(TWO_OVER_PI[word + i]) << 64 | u128::from(TWO_OVER_PI[word + i + 1]);
        u128::from((pair << shift >> 64) as u64)
    };
    // The product modulo 2^192, in units of 2^-190 quarter turns.
    let m = u128::from(mantissa);
    let low = m * digits(2);
    let middle = m * digits(1) + (low >> 64);
    let top = (m * digits(0) + (middle >> 64)) as u64;
    let top = top.wrapping_add(quarters << 62);

    // The leading digits count the steps; the rest is a signed fraction of one.
    let digits_of_turns = match step {
        Step::Half => 1,
        Step::Quarter => 2,
    };
    let turns = top >> (64 - digits_of_turns);
    let upper = u128::from(top) << 64 | u128::from(middle as u64);
    let upper = upper << digits_of_turns | u128::from(low as u64 >> (64 - digits_of_turns));
    let lower = (low as u64) << digits_of_turns;
    let negative = upper >> 127 == 1;
    let turns = turns + u64::from(negative);
    let (upper, lower) = if negative {
        let lower_negated = lower.wrapping_neg();
        (!upper + u128::from(lower == 0), lower_negated)
    } else {
        (upper, lower)
    };

    // The first 106 digits of the fraction, as two floats.
    let zeros = upper.leading_zeros();
    let leading = if zeros == 0 { upper } else { upper << zeros | u128::from(lower) << zeros >> 64 };
    let unit = power_of_two(-(i64::from(zeros)));
    // 53 digits each: 64-bit integers, which processors convert.
    let high = (leading >> 75) as u64 as f64 * power_of_two(-53) * unit;
    let rest = ((leading >> 22) as u64 & ((1 << 53) - 1)) as f64 * power_of_two(-106) * unit;
    (turns, Fraction { high, rest, negative })
}

fn power_of_two(k: i64) -> f64 {
    f64::from_bits(((k + 1023) as u64) << 52)
}

/// The fraction of a step as an angle, with the product of the leading parts taken exactly.
#[inline(always)]
fn angle(fraction: &Fraction, step: Step) -> f64 {
    let step_size = match step {
        Step::Half => 1.0,
        Step::Quarter => 0.5,
    };
    let (high, rest) = (fraction.high * step_size, fraction.rest * step_size);
    let (product, error) = double_double::product(high, PI);
    let r = product + (error + (high * PI_LOW + rest * PI));
    if fraction.negative { -r } else { r }
}
