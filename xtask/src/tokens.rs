//! Rust source as words and signs: enough to follow paths, with comments and literals left out.

/// A word or a sign, and its line counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token<'a> {
    pub kind: Kind<'a>,
    pub line: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind<'a> {
    Word(&'a str),
    Sign(char),
}

/// The tokens of `source`. Comments, strings and characters leave nothing behind.
pub fn tokens(source: &str) -> Vec<Token<'_>> {
    let mut reader = Reader { source, at: 0, line: 1 };
    let mut found = Vec::new();
    while let Some(character) = reader.peek() {
        let line = reader.line;
        if character == '_' || character.is_alphanumeric() {
            let word = reader.take_while(|c| c == '_' || c.is_alphanumeric());
            // r"..", b"..", br#".."# and c"..": the word was the start of a string.
            if matches!(word, "r" | "b" | "br" | "c" | "cr") && reader.string(word.contains('r')) {
                continue;
            }
            found.push(Token { kind: Kind::Word(word), line });
        } else if reader.rest().starts_with("//") {
            reader.take_while(|c| c != '\n');
        } else if reader.rest().starts_with("/*") {
            reader.block_comment();
        } else if character == '\'' {
            reader.character_or_lifetime();
        } else if !reader.string(false) {
            reader.next();
            if !character.is_whitespace() {
                found.push(Token { kind: Kind::Sign(character), line });
            }
        }
    }
    found
}

struct Reader<'a> {
    source: &'a str,
    at: usize,
    line: usize,
}

impl<'a> Reader<'a> {
    fn rest(&self) -> &'a str {
        &self.source[self.at..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn next(&mut self) -> Option<char> {
        let character = self.peek()?;
        self.at += character.len_utf8();
        self.line += usize::from(character == '\n');
        Some(character)
    }

    fn take_while(&mut self, keep: impl Fn(char) -> bool) -> &'a str {
        let start = self.at;
        while self.peek().is_some_and(&keep) {
            self.next();
        }
        &self.source[start..self.at]
    }

    /// Block comments nest.
    fn block_comment(&mut self) {
        let mut depth = 0_usize;
        loop {
            if self.rest().starts_with("/*") {
                depth += 1;
                self.next();
            } else if self.rest().starts_with("*/") {
                depth -= 1;
                self.next();
            }
            if self.next().is_none() || depth == 0 {
                return;
            }
        }
    }

    /// Skips a string that starts here, if one does. A raw one may have hashes and knows no escapes.
    fn string(&mut self, raw: bool) -> bool {
        let hashes = if raw { self.rest().chars().take_while(|&c| c == '#').count() } else { 0 };
        if !self.rest()[hashes..].starts_with('"') {
            return false;
        }
        self.at += hashes + 1;
        let closing = format!("\"{}", "#".repeat(hashes));
        while !self.rest().is_empty() && !self.rest().starts_with(&closing) {
            if self.next() == Some('\\') && !raw {
                self.next();
            }
        }
        self.at = self.source.len().min(self.at + closing.len());
        true
    }

    /// 'x' and '\n' are characters; 'x without a closing quote is a lifetime, whose name is not a word we look for.
    fn character_or_lifetime(&mut self) {
        self.next();
        let mut ahead = self.rest().chars();
        match (ahead.next(), ahead.next()) {
            (Some('\\'), _) => {
                self.next();
                self.next();
                self.take_while(|c| c != '\'');
                self.next();
            }
            (Some(_), Some('\'')) => {
                self.next();
                self.next();
            }
            _ => {
                self.take_while(|c| c == '_' || c.is_alphanumeric());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(source: &str, expect: &str) {
        let found: Vec<String> = tokens(source)
            .into_iter()
            .map(|token| match token.kind {
                Kind::Word(word) => word.to_owned(),
                Kind::Sign(sign) => sign.to_string(),
            })
            .collect();
        assert_eq!(found.join(" "), expect, "{source}");
    }

    #[test]
    fn words_and_signs() {
        check("use std::fs;", "use std : : fs ;");
        check("let x_1 = 2.5;", "let x_1 = 2 . 5 ;");
        check("fn f<'a>(x: &'a str) {}", "fn f < > ( x : & str ) { }");
    }

    #[test]
    fn comments_leave_nothing() {
        check("a // std::fs\nb", "a b");
        check("a /* std::fs /* nested */ still */ b", "a b");
        check("/// std::fs\nfn f() {}", "fn f ( ) { }");
        check("a /* never closed", "a");
    }

    #[test]
    fn literals_leave_nothing() {
        check(r#"a("std::fs \" // not a comment") b"#, "a ( ) b");
        check(r##"r#"std::fs " still"# b"##, "b");
        check(r#"b"bytes" r"raw\" c"#, "c");
        check(r"'\'' '/' '\u{1F600}' x", "x");
        check("\"never closed", "");
    }

    #[test]
    fn lines_are_counted_through_comments_and_strings() {
        let found = tokens("a\n/* two\nlines */ \"x\ny\" b");
        assert_eq!(found.last(), Some(&Token { kind: Kind::Word("b"), line: 4 }));
    }
}
