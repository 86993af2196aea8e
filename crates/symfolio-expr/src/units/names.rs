//! The names of units: symbols, their values, and the prefixes that they may have.

use super::unit::{BASES, ONE, Unit};

/// What a symbol stands for: its factor, exponents of kg, m, s, A, K, mol, cd, and whether prefixes may stand before it.
struct Named {
    symbol: &'static str,
    factor: f64,
    exponents: [i8; 7],
    prefixed: bool,
}

const fn named(symbol: &'static str, factor: f64, exponents: [i8; 7], prefixed: bool) -> Named {
    Named { symbol, factor, exponents, prefixed }
}

const DEGREE: f64 = std::f64::consts::PI / 180.0;

/// SI Brochure (BIPM, 9th edition 2019), tables 2, 4 and 8; units of Anglo-Saxon countries as defined in NIST SP 811 (2008), appendix B.
const NAMES: &[Named] = &[
    named("g", 1e-3, [1, 0, 0, 0, 0, 0, 0], true),
    named("m", 1.0, [0, 1, 0, 0, 0, 0, 0], true),
    named("s", 1.0, [0, 0, 1, 0, 0, 0, 0], true),
    named("A", 1.0, [0, 0, 0, 1, 0, 0, 0], true),
    named("K", 1.0, [0, 0, 0, 0, 1, 0, 0], true),
    named("mol", 1.0, [0, 0, 0, 0, 0, 1, 0], true),
    named("cd", 1.0, [0, 0, 0, 0, 0, 0, 1], true),
    named("rad", 1.0, [0; 7], true),
    named("sr", 1.0, [0; 7], false),
    named("deg", DEGREE, [0; 7], false),
    named("°", DEGREE, [0; 7], false),
    named("arcmin", DEGREE / 60.0, [0; 7], false),
    named("arcsec", DEGREE / 3600.0, [0; 7], true),
    named("%", 1e-2, [0; 7], false),
    named("‰", 1e-3, [0; 7], false),
    named("ppm", 1e-6, [0; 7], false),
    named("ppb", 1e-9, [0; 7], false),
    named("Hz", 1.0, [0, 0, -1, 0, 0, 0, 0], true),
    named("Bq", 1.0, [0, 0, -1, 0, 0, 0, 0], true),
    named("N", 1.0, [1, 1, -2, 0, 0, 0, 0], true),
    named("Pa", 1.0, [1, -1, -2, 0, 0, 0, 0], true),
    named("J", 1.0, [1, 2, -2, 0, 0, 0, 0], true),
    named("W", 1.0, [1, 2, -3, 0, 0, 0, 0], true),
    named("C", 1.0, [0, 0, 1, 1, 0, 0, 0], true),
    named("V", 1.0, [1, 2, -3, -1, 0, 0, 0], true),
    named("F", 1.0, [-1, -2, 4, 2, 0, 0, 0], true),
    named("ohm", 1.0, [1, 2, -3, -2, 0, 0, 0], true),
    named("Ω", 1.0, [1, 2, -3, -2, 0, 0, 0], true),
    named("S", 1.0, [-1, -2, 3, 2, 0, 0, 0], true),
    named("Wb", 1.0, [1, 2, -2, -1, 0, 0, 0], true),
    named("T", 1.0, [1, 0, -2, -1, 0, 0, 0], true),
    named("H", 1.0, [1, 2, -2, -2, 0, 0, 0], true),
    named("lm", 1.0, [0, 0, 0, 0, 0, 0, 1], true),
    named("lx", 1.0, [0, -2, 0, 0, 0, 0, 1], true),
    named("Gy", 1.0, [0, 2, -2, 0, 0, 0, 0], true),
    named("Sv", 1.0, [0, 2, -2, 0, 0, 0, 0], true),
    named("kat", 1.0, [0, 0, -1, 0, 0, 1, 0], true),
    named("min", 60.0, [0, 0, 1, 0, 0, 0, 0], false),
    named("h", 3600.0, [0, 0, 1, 0, 0, 0, 0], false),
    named("d", 86_400.0, [0, 0, 1, 0, 0, 0, 0], false),
    named("day", 86_400.0, [0, 0, 1, 0, 0, 0, 0], false),
    // The Julian year, by which the light-year is defined.
    named("yr", 31_557_600.0, [0, 0, 1, 0, 0, 0, 0], true),
    named("L", 1e-3, [0, 3, 0, 0, 0, 0, 0], true),
    named("l", 1e-3, [0, 3, 0, 0, 0, 0, 0], true),
    named("ha", 1e4, [0, 2, 0, 0, 0, 0, 0], false),
    named("t", 1e3, [1, 0, 0, 0, 0, 0, 0], true),
    named("bar", 1e5, [1, -1, -2, 0, 0, 0, 0], true),
    named("atm", 101_325.0, [1, -1, -2, 0, 0, 0, 0], false),
    named("mmHg", 133.322, [1, -1, -2, 0, 0, 0, 0], false),
    named("eV", 1.602_176_634e-19, [1, 2, -2, 0, 0, 0, 0], true),
    named("u", 1.660_539_066_60e-27, [1, 0, 0, 0, 0, 0, 0], false),
    named("Da", 1.660_539_066_60e-27, [1, 0, 0, 0, 0, 0, 0], true),
    named("cal", 4.184, [1, 2, -2, 0, 0, 0, 0], true),
    named("Wh", 3600.0, [1, 2, -2, 0, 0, 0, 0], true),
    named("au", 149_597_870_700.0, [0, 1, 0, 0, 0, 0, 0], false),
    named("pc", 3.085_677_581_491_367e16, [0, 1, 0, 0, 0, 0, 0], true),
    named("ly", 9_460_730_472_580_800.0, [0, 1, 0, 0, 0, 0, 0], false),
    named("Å", 1e-10, [0, 1, 0, 0, 0, 0, 0], false),
    named("angstrom", 1e-10, [0, 1, 0, 0, 0, 0, 0], false),
    named("M", 1e3, [0, -3, 0, 0, 0, 1, 0], true),
    named("in", 0.0254, [0, 1, 0, 0, 0, 0, 0], false),
    named("ft", 0.3048, [0, 1, 0, 0, 0, 0, 0], false),
    named("mi", 1609.344, [0, 1, 0, 0, 0, 0, 0], false),
    named("lb", 0.453_592_37, [1, 0, 0, 0, 0, 0, 0], false),
    named("psi", 6_894.757_293_168, [1, -1, -2, 0, 0, 0, 0], false),
];

/// SI Brochure, table 7. `da` comes before `d`.
const PREFIXES: &[(&str, f64)] = &[
    ("da", 1e1),
    ("h", 1e2),
    ("k", 1e3),
    ("M", 1e6),
    ("G", 1e9),
    ("T", 1e12),
    ("P", 1e15),
    ("E", 1e18),
    ("d", 1e-1),
    ("c", 1e-2),
    ("m", 1e-3),
    ("u", 1e-6),
    ("µ", 1e-6),
    ("μ", 1e-6),
    ("n", 1e-9),
    ("p", 1e-12),
    ("f", 1e-15),
    ("a", 1e-18),
];

/// Symbols of scales whose zero is not nothing: their numbers are no multiples of anything.
pub(crate) const OFFSET: &[&str] = &["degC", "°C", "℃", "degF", "°F", "℉"];

/// The unit with this symbol, prefix and all. A symbol as it stands comes before one with a prefix: `min` is a minute.
pub(crate) fn by_symbol(symbol: &str) -> Option<Unit> {
    let plain = |symbol: &str, prefixed: bool| {
        NAMES.iter().find(|named| named.symbol == symbol && (named.prefixed || !prefixed)).map(unit)
    };
    plain(symbol, false).or_else(|| {
        PREFIXES.iter().find_map(|(prefix, factor)| {
            let rest = symbol.strip_prefix(prefix)?;
            plain(rest, true).map(|unit| unit.scaled(*factor))
        })
    })
}

fn unit(named: &Named) -> Unit {
    let mut exponents = [0; BASES];
    exponents.iter_mut().zip(&named.exponents).for_each(|(place, exponent)| *place = ONE * i16::from(*exponent));
    Unit::new(exponents, 0.0).scaled(named.factor)
}

/// Symbols that are `symbol` but for upper and lower case.
pub(crate) fn alike(symbol: &str) -> Vec<&'static str> {
    NAMES.iter().map(|named| named.symbol).filter(|known| known.eq_ignore_ascii_case(symbol)).collect()
}
