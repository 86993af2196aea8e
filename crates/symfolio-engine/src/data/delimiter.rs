//! What separates the cells of a row.

use std::collections::BTreeMap;
use std::fmt;

/// Lines of a sample that are looked at.
const LINES: usize = 64;

/// What separates the cells of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delimiter {
    /// `,`
    Comma,
    /// `\t`
    Tab,
    /// `;`
    Semicolon,
    /// `|`
    Pipe,
    /// Runs of spaces or tabs; quotes have no meaning here.
    Spaces,
}

impl Delimiter {
    /// The byte between two cells; `None` for runs of spaces.
    pub(super) fn byte(self) -> Option<u8> {
        match self {
            Delimiter::Comma => Some(b','),
            Delimiter::Tab => Some(b'\t'),
            Delimiter::Semicolon => Some(b';'),
            Delimiter::Pipe => Some(b'|'),
            Delimiter::Spaces => None,
        }
    }

    /// The separator of most lines of `sample`, the beginning of a table; `complete` says that the table ends with it.
    ///
    /// A separator is as good as the number of lines that have it equally often. The comma comes last among equals,
    /// since it may be a decimal mark; runs of spaces count only where no other separator holds in most lines.
    pub(super) fn detect(sample: &[u8], complete: bool) -> Delimiter {
        let mut lines: Vec<&[u8]> = sample
            .split(|byte| *byte == b'\n')
            .filter(|line| !line.trim_ascii().is_empty() && !line.starts_with(b"#"))
            .take(LINES)
            .collect();
        let cut_short = !complete && !sample.ends_with(b"\n");
        if cut_short && (2..LINES).contains(&lines.len()) {
            lines.pop();
        }
        let single = [Delimiter::Tab, Delimiter::Semicolon, Delimiter::Pipe, Delimiter::Comma];
        let (mut best, mut most) = (Delimiter::Comma, 0);
        for delimiter in single {
            let agreeing = agreement(lines.iter().map(|line| delimiter.count(line)));
            if agreeing > most {
                (best, most) = (delimiter, agreeing);
            }
        }
        let spaces = agreement(lines.iter().map(|line| Delimiter::Spaces.count(line)));
        if most * 2 <= lines.len() && spaces * 2 > lines.len() { Delimiter::Spaces } else { best }
    }

    /// Does it end every line of `sample`, comments and blank lines aside? The cell behind it is none then.
    ///
    /// Quoted cells with line ends in them make the answer no.
    pub(super) fn ends_every_line(self, sample: &[u8], complete: bool) -> bool {
        let Some(separator) = self.byte() else { return false };
        // A table that goes on behind the sample is cut somewhere in its last line.
        let whole = match sample.iter().rposition(|byte| *byte == b'\n') {
            Some(end) if !complete => &sample[..end],
            _ => sample,
        };
        let lines = || {
            let lines = whole.split(|byte| *byte == b'\n');
            lines.filter(|line| !line.trim_ascii().is_empty() && !line.starts_with(b"#"))
        };
        let ends = |line: &[u8]| line.iter().rfind(|byte| **byte != b' ') == Some(&separator);
        lines().next().is_some() && lines().all(ends)
    }

    /// How often it separates two cells of the line; between quotes it does not.
    fn count(self, line: &[u8]) -> usize {
        let Some(separator) = self.byte() else {
            let words = line.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
            return words.count().saturating_sub(1);
        };
        let mut quoted = false;
        let mut count = 0;
        for byte in line {
            quoted ^= *byte == b'"';
            count += usize::from(*byte == separator && !quoted);
        }
        count
    }
}

impl fmt::Display for Delimiter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Delimiter::Comma => "comma",
            Delimiter::Tab => "tab",
            Delimiter::Semicolon => "semicolon",
            Delimiter::Pipe => "pipe",
            Delimiter::Spaces => "spaces",
        })
    }
}

/// How many of the counts equal the most frequent one, zeros aside.
fn agreement(counts: impl Iterator<Item = usize>) -> usize {
    let mut frequency = BTreeMap::new();
    for count in counts.filter(|count| *count > 0) {
        *frequency.entry(count).or_insert(0) += 1;
    }
    frequency.into_values().max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_separator_of_most_lines_wins() {
        fn check(sample: &str, expected: Delimiter) {
            assert_eq!(Delimiter::detect(sample.as_bytes(), true), expected, "{sample:?}");
        }
        check("a,b\n1,2\n", Delimiter::Comma);
        check("a\tb\n1\t2\n", Delimiter::Tab);
        check("a;b\n1;2\n", Delimiter::Semicolon);
        check("a|b\n1|2\n", Delimiter::Pipe);
        check("a b\n1 2\n", Delimiter::Spaces);
        check("  1.0   2.0\n 10.0  20.0\n", Delimiter::Spaces);
        check("1,5;2,5;3,5\n1,5;2,5;3,5\n", Delimiter::Semicolon);
        check("1,5\t2\n2,5\t3\n", Delimiter::Tab);
        check("|E|,|B|,y\n1,2,3\n", Delimiter::Comma);
        check("\"a;b;c\",d\n1,2\n1,2\n", Delimiter::Comma);
        check("first name, second name\n1, 2\n", Delimiter::Comma);
        check("mean radius\n1\n", Delimiter::Comma);
        check("a b |c|\n1 2 3\n1 2 3\n", Delimiter::Spaces);
        check("# x; y; z\n# u; v; w\n\na,b\n", Delimiter::Comma);
        check("a,b,c\n1,2\n", Delimiter::Comma);
        check("", Delimiter::Comma);
    }

    #[test]
    fn a_separator_at_the_end_of_every_line_is_seen() {
        fn check(sample: &str, complete: bool, expected: bool) {
            assert_eq!(Delimiter::Comma.ends_every_line(sample.as_bytes(), complete), expected, "{sample:?}");
        }
        check("a,b,\n1,2,\n", true, true);
        check("# c\na,b, \n\n1,2,\n", true, true);
        check("a,b,\n1,2\n", true, false);
        check("a,b,\n1,2,\n3,", false, true);
        check("a,b,\n1,2,\n3,4", true, false);
        check("a,b,\n1,\"2\n\",\n", true, false);
        check("# c\n", true, false);
        assert!(!Delimiter::Spaces.ends_every_line(b"a b \n1 2 \n", true));
    }

    #[test]
    fn a_last_line_that_the_sample_cuts_does_not_count() {
        assert_eq!(Delimiter::detect(b"1;2,5\n1;2,5\n1,3", false), Delimiter::Semicolon);
        assert_eq!(Delimiter::detect(b"a b\n1 2\n3", false), Delimiter::Spaces);
    }
}
