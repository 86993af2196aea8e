//! Names of columns made safe: identifiers, comments and string literals.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::greek;

/// Longest identifier; C promises to tell apart 63 characters.
const LONGEST: usize = 48;

/// Identifiers for `columns` (position and name), in their order: ASCII letters, digits and underscores,
/// none of `reserved`, no two the same. They are the names themselves where possible; Greek letters are
/// spelled out, and a name in another script becomes `xN`, N being its position.
pub(super) fn identifiers<'w>(columns: &[(u16, String)], reserved: impl Iterator<Item = &'w str>) -> Vec<String> {
    let mut taken: BTreeSet<String> = reserved.map(str::to_string).collect();
    // Names that are identifiers as they stand go first, so that no made-up one takes their place.
    let mut found: Vec<Option<String>> = columns
        .iter()
        .map(|(_, name)| {
            (identifier(name).as_deref() == Some(name) && taken.insert(name.clone())).then(|| name.clone())
        })
        .collect();
    for ((index, name), slot) in columns.iter().zip(&mut found) {
        if slot.is_none() {
            let base = identifier(name).unwrap_or_else(|| format!("x{index}"));
            let mut candidates =
                std::iter::once(base.clone()).chain((2..).map(|number: u32| format!("{base}_{number}")));
            *slot = candidates.find(|candidate| taken.insert(candidate.clone()));
        }
    }
    found.into_iter().flatten().collect()
}

/// `name` as an ASCII identifier; `None` where letters of other scripts would be lost.
fn identifier(name: &str) -> Option<String> {
    let mut text = String::new();
    for c in name.chars() {
        match greek::name_of(c) {
            Some(letter) => text += letter.trim_start_matches("var"),
            None if c.is_ascii_alphanumeric() => text.push(c),
            None if c.is_alphanumeric() => return None,
            None if !text.ends_with('_') => text.push('_'),
            None => {}
        }
    }
    // Identifiers that start with underscores belong to the languages.
    let text = text.trim_matches('_');
    let text: String = text.chars().take(LONGEST).collect();
    match text.chars().next() {
        None => None,
        Some(first) if first.is_ascii_digit() => Some(format!("x_{text}")),
        Some(_) => Some(text),
    }
}

/// `name` for a comment: one line, without characters that control the layout, and without the sequences
/// that open or close a block comment in C.
pub(super) fn comment(name: &str) -> String {
    let mut text = String::new();
    for c in name.chars() {
        match c {
            '/' if text.ends_with('*') => text += " /",
            '*' if text.ends_with('/') => text += " *",
            // A line that ends in a backslash goes on in C; so does one that ends in ??/.
            '\\' => text += "(backslash)",
            '?' if text.ends_with('?') => text += " ?",
            c if is_hidden(c) => {
                // Writing to a string cannot fail.
                let _ = write!(text, "<U+{:04X}>", u32::from(c));
            }
            c => text.push(c),
        }
    }
    text.trim_end().to_string()
}

/// `name` as a Python string literal with its quotes.
pub(super) fn python_string(name: &str) -> String {
    let mut text = String::from("\"");
    for c in name.chars() {
        let code = u32::from(c);
        // Writing to a string cannot fail.
        let _ = match c {
            '"' | '\\' => write!(text, "\\{c}"),
            c if is_hidden(c) && code > 0xFFFF => write!(text, "\\U{code:08x}"),
            c if is_hidden(c) => write!(text, "\\u{code:04x}"),
            c => write!(text, "{c}"),
        };
    }
    text.push('"');
    text
}

/// Does `c` change the layout or the order of the text around it instead of showing?
fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{00AD}' | '\u{061C}' | '\u{180E}' | '\u{200B}' | '\u{200E}' | '\u{200F}' | '\u{2028}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}' | '\u{E0000}'..='\u{E007F}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_are_safe_and_unique() {
        let names = [
            "x",
            "semi-major axis (au)",
            "温度",
            "λ_0",
            "for",
            "2x",
            "_",
            "sin",
            "x",
            "x2",
            "a b",
            "a_b",
            "T",
            "x_2",
            "café",
        ];
        let columns: Vec<(u16, String)> =
            names.iter().enumerate().map(|(at, name)| (at as u16, name.to_string())).collect();
        assert_eq!(
            identifiers(&columns, ["for", "sin"].into_iter()),
            [
                "x",
                "semi_major_axis_au",
                "x2_2",
                "lambda_0",
                "for_2",
                "x_2x",
                "x6",
                "sin_2",
                "x_3",
                "x2",
                "a_b_2",
                "a_b",
                "T",
                "x_2",
                "x14"
            ]
        );
    }

    #[test]
    fn comments_stay_comments() {
        for (name, text) in [
            ("a*/b", "a* /b"),
            ("a/*b", "a/ *b"),
            ("a\nb", "a<U+000A>b"),
            ("??/", "? ?/"),
            ("a\\", "a(backslash)"),
            ("\u{202E}abc", "<U+202E>abc"),
            ("温度 (K)", "温度 (K)"),
        ] {
            assert_eq!(comment(name), text);
        }
    }

    #[test]
    fn strings_stay_strings() {
        assert_eq!(python_string("a\"\\\n温\u{202E}\u{E0001}{x}"), "\"a\\\"\\\\\\u000a温\\u202e\\U000e0001{x}\"");
    }
}
