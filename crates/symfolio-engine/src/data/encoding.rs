//! Which text encoding a table is in.

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, REPLACEMENT, SHIFT_JIS, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

use super::Refusal;

/// Labels in common use that the WHATWG Encoding Standard does not list.
const ALIASES: &[(&str, &str)] =
    &[("cp932", "shift_jis"), ("eucjp", "euc-jp"), ("latin-1", "latin1"), ("utf16", "utf-16"), ("utf-8-sig", "utf-8")];

/// The encoding a label stands for: the labels of the WHATWG Encoding Standard and a few aliases, in any case.
pub(super) fn for_label(label: &str) -> Result<&'static Encoding, Refusal> {
    let lower = label.trim().to_ascii_lowercase();
    let dashed = lower.replace('_', "-");
    let alias = ALIASES.iter().find(|(alias, _)| *alias == dashed).map(|(_, label)| *label);
    [Some(lower.as_str()), Some(dashed.as_str()), alias]
        .into_iter()
        .flatten()
        .find_map(|candidate| Encoding::for_label(candidate.as_bytes()))
        .filter(|encoding| *encoding != REPLACEMENT)
        .ok_or_else(|| Refusal::UnknownEncoding { label: label.to_owned() })
}

/// The encoding that the first bytes of a table show: by a byte-order mark, or by the zero bytes that UTF-16 has at
/// every second place of a table of numbers.
pub(super) fn at_start(bytes: &[u8]) -> Option<&'static Encoding> {
    if let Some((encoding, _)) = Encoding::for_bom(bytes) {
        return Some(encoding);
    }
    let pairs = bytes.len() / 2;
    let zeros = |offset: usize| bytes.iter().skip(offset).step_by(2).filter(|b| **b == 0).count();
    let (even, odd) = (zeros(0), zeros(1));
    // A quarter is far more than text in any other encoding has, and less than the digits of a table bring.
    if odd * 4 >= pairs && odd > 4 * even {
        Some(UTF_16LE)
    } else if even * 4 >= pairs && even > 4 * odd {
        Some(UTF_16BE)
    } else {
        None
    }
}

/// The encoding of bytes that are not ASCII: UTF-8 if they are, otherwise what statistics say.
///
/// Text that is UTF-8 but for a few damaged places counts as UTF-8, so that the damage is reported and not read as
/// some other script.
pub(super) fn of_text(bytes: &[u8]) -> &'static Encoding {
    match std::str::from_utf8(bytes) {
        Ok(_) => return UTF_8,
        // The bytes end within a character: the next chunk has the rest.
        Err(error) if error.error_len().is_none() => return UTF_8,
        Err(_) => {}
    }
    let (mut characters, mut damaged) = (0, 0);
    for chunk in bytes.utf8_chunks() {
        characters += chunk.valid().chars().filter(|character| !character.is_ascii()).count();
        damaged += usize::from(!chunk.invalid().is_empty());
    }
    if characters >= 3 * damaged {
        return UTF_8;
    }
    if is_everyday_shift_jis(bytes) {
        return SHIFT_JIS;
    }
    if is_latin_with_units(bytes) {
        return WINDOWS_1252;
    }
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(bytes, true);
    detector.guess(None, Utf8Detection::Deny)
}

/// Whether all that is not ASCII reads as kana and the kanji of everyday use (rows 1 to 47 of JIS X 0208, lead bytes 0x81
/// to 0x98), with half-width katakana allowed among them.
///
/// A header of two or three words is too short for statistics, but this pattern is rare in other encodings: their
/// letters lie above 0x98.
fn is_everyday_shift_jis(bytes: &[u8]) -> bool {
    let mut pairs = 0;
    let mut rest = bytes.iter();
    while let Some(byte) = rest.next() {
        match *byte {
            0..=0x7f | 0xa1..=0xdf => {}
            0x81..=0x98 => match rest.next() {
                Some(0x40..=0x7e | 0x80..=0xfc) => pairs += 1,
                // The bytes end within a character: the next chunk has the rest.
                None => {}
                Some(_) => return false,
            },
            _ => return false,
        }
    }
    pairs > 0
}

/// Whether the only bytes beyond ASCII are single signs of units in Latin-1: `§ ° ± ² ³ µ · ¹`, as in `°C` and `µm`.
///
/// Statistics take such a byte and the letter after it for one Chinese character.
fn is_latin_with_units(bytes: &[u8]) -> bool {
    const SIGNS: &[u8] = b"\xa7\xb0\xb1\xb2\xb3\xb5\xb7\xb9";
    let alone = bytes.windows(2).all(|pair| pair[0].is_ascii() || pair[1].is_ascii());
    alone && bytes.iter().all(|byte| byte.is_ascii() || SIGNS.contains(byte))
}

#[cfg(test)]
mod tests {
    use encoding_rs::{EUC_JP, KOI8_U, WINDOWS_1251};

    use super::*;

    #[test]
    fn a_short_header_shows_its_encoding() {
        fn check(encoding: &'static Encoding, header: &str) {
            let bytes = encoding.encode(header).0;
            assert_eq!(of_text(&bytes), encoding, "{header}");
        }
        for header in
            ["x,速度", "質量(kg),力", "あ,い", "値,y", "風速[m/s],出力", "ｾﾝｻ1,温度", "面積(㎡)", "㈱,①", "ソ能表"]
        {
            check(SHIFT_JIS, header);
        }
        for header in ["面積,高さ", "温度,圧力,体積", "軌道長半径"] {
            check(EUC_JP, header);
        }
        for header in [
            "Größe,Fläche",
            "Temp (°C),x",
            "été,hiver",
            "a²,b",
            "length (µm)",
            "L (µm),T (°C),A (m²)",
            "±a",
            "año,y",
            "“x”, “y”",
        ] {
            check(WINDOWS_1252, header);
        }
        check(WINDOWS_1251, "масса,скорость");
        check(KOI8_U, "масса,скорость");
        for header in ["é,x", "面積", "a – b"] {
            check(UTF_8, header);
        }
    }

    #[test]
    fn a_chunk_may_end_within_a_character() {
        assert_eq!(of_text("面積".as_bytes().split_last().unwrap().1), UTF_8);
        assert_eq!(of_text(b"\x96\xca\x90"), SHIFT_JIS);
    }
}
