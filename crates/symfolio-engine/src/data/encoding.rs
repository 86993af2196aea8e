//! Which text encoding a table is in.

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, REPLACEMENT, UTF_8, UTF_16BE, UTF_16LE};

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
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(bytes, true);
    detector.guess(None, Utf8Detection::Deny)
}
