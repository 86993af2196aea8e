//! Which characters mean the same, and which may stand in a name.

/// The ASCII character that a full-width one stands for; every other character is itself.
pub(super) fn narrow(c: char) -> char {
    match c {
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(c as u32 - 0xFEE0).unwrap_or(c),
        other => other,
    }
}

/// The ASCII operator that a typographic one stands for; every other character as [`narrow`] says.
pub(super) fn plain(c: char) -> char {
    match c {
        '−' | '–' | '﹣' => '-',
        '×' | '·' | '⋅' | '∙' | '∗' => '*',
        '÷' | '∕' | '⁄' => '/',
        '＾' => '^',
        other => narrow(other),
    }
}

/// The digit that a superscript stands for; `-` for the superscript minus.
pub(super) fn superscript(c: char) -> Option<char> {
    let digit = match c {
        '⁰' => '0',
        '¹' => '1',
        '²' => '2',
        '³' => '3',
        '⁴'..='⁹' => return char::from_digit(c as u32 - '⁰' as u32, 10),
        '⁻' => '-',
        _ => return None,
    };
    Some(digit)
}

/// May `c` start a name that is written without backticks?
pub(super) fn starts_name(c: char) -> bool {
    let c = narrow(c);
    continues_name(c) && !c.is_ascii_digit()
}

/// May `c` stand in a name that is written without backticks?
///
/// Beyond ASCII everything may that is neither space, punctuation nor an operator: letters of every
/// script, combining marks, joiners, subscripts, symbols.
pub(super) fn continues_name(c: char) -> bool {
    let c = plain(c);
    if c.is_ascii() {
        return c.is_ascii_alphanumeric() || c == '_';
    }
    if c.is_whitespace() || c.is_control() || superscript(c).is_some() {
        return false;
    }
    match c {
        // Joiners shape letters of many scripts.
        '\u{200C}' | '\u{200D}' => true,
        '\u{00A1}'..='\u{00BF}' => matches!(c, 'ª' | 'º' | 'µ' | '°'),
        // General punctuation, arrows and mathematical operators, CJK punctuation, the byte-order mark.
        '\u{2000}'..='\u{206F}' | '\u{2190}'..='\u{22FF}' | '\u{FEFF}' | '\u{FFFD}' => false,
        '\u{3000}'..='\u{303F}' => matches!(c, '々' | '〆' | '〇'),
        _ => true,
    }
}

/// A name with full-width characters and subscript digits made plain, to compare names by.
pub(super) fn folded(name: &str) -> String {
    let plain_digit = |c: char| match c {
        '₀'..='₉' => char::from_digit(c as u32 - '₀' as u32, 10).unwrap_or(c),
        other => narrow(other),
    };
    name.chars().map(plain_digit).collect()
}

/// Is `name` read as one name without backticks?
pub(super) fn is_plain_name(name: &str) -> bool {
    name.chars().next().is_some_and(starts_name) && name.chars().all(continues_name)
}
