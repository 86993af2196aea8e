//! Infix text cut into tokens.

use std::ops::Range;

use super::characters::{continues_name, is_plain_name, plain, starts_name, superscript};
use super::error::{ParseError, ParseErrorKind};

/// One token of infix text.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    Number(f64),
    /// A name as it stands in the text.
    Name(String),
    /// A name between backticks, which are taken off.
    Quoted(String),
    /// A superscript, such as the `²` of `x²`.
    Superscript(f64),
    /// `+ - * / < > ( ) , | . √`, and `^` for both spellings of the power.
    Symbol(char),
    End,
}

/// A token and the bytes of the text where it stands.
#[derive(Clone, Debug)]
pub(super) struct Lexeme {
    pub(super) token: Token,
    pub(super) span: Range<usize>,
}

/// Cuts `text` into tokens; the last one is [`Token::End`].
pub(super) fn lex(text: &str) -> Result<Vec<Lexeme>, ParseError> {
    let mut lexer = Lexer { text, at: 0 };
    let mut lexemes = Vec::new();
    loop {
        while lexer.peek().is_some_and(|c| c.is_whitespace() || c == '\u{FEFF}') {
            lexer.bump();
        }
        let start = lexer.at;
        let token = lexer.token()?;
        let end = token == Token::End;
        lexemes.push(Lexeme { token, span: start..lexer.at });
        if end {
            return Ok(lexemes);
        }
    }
}

struct Lexer<'a> {
    text: &'a str,
    at: usize,
}

impl Lexer<'_> {
    fn peek(&self) -> Option<char> {
        self.text[self.at..].chars().next()
    }

    /// The character `ahead` places on, with typographic forms made plain.
    fn plain_ahead(&self, ahead: usize) -> Option<char> {
        self.text[self.at..].chars().nth(ahead).map(plain)
    }

    fn bump(&mut self) {
        self.at += self.peek().map_or(0, char::len_utf8);
    }

    fn error(&self, start: usize, kind: ParseErrorKind) -> ParseError {
        ParseError::new(self.text, start..self.at, kind)
    }

    fn token(&mut self) -> Result<Token, ParseError> {
        let start = self.at;
        let Some(first) = self.peek() else { return Ok(Token::End) };
        let symbol = plain(first);
        let digit_next = self.plain_ahead(1).is_some_and(|c| c.is_ascii_digit());
        if symbol.is_ascii_digit() || (symbol == '.' && digit_next) {
            return self.number();
        }
        if starts_name(first) {
            while self.peek().is_some_and(continues_name) {
                self.bump();
            }
            return Ok(Token::Name(self.text[start..self.at].to_string()));
        }
        if superscript(first).is_some() {
            return self.superscript();
        }
        self.bump();
        match symbol {
            '`' => self.quoted(start),
            '*' if self.plain_ahead(0) == Some('*') => {
                self.bump();
                Ok(Token::Symbol('^'))
            }
            '<' | '>' if self.plain_ahead(0) == Some('=') => {
                self.bump();
                let kind = ParseErrorKind::Expected { expected: "< or >", found: format!("\"{symbol}=\"") };
                Err(self.error(start, kind).with_hint("the operators compare with < and > only"))
            }
            '+' | '-' | '*' | '/' | '^' | '<' | '>' | '(' | ')' | ',' | '|' | '.' | '√' => Ok(Token::Symbol(symbol)),
            _ => {
                let error = self.error(start, ParseErrorKind::Character(first));
                Err(match character_hint(symbol) {
                    Some(hint) => error.with_hint(hint),
                    None => error,
                })
            }
        }
    }

    fn number(&mut self) -> Result<Token, ParseError> {
        let start = self.at;
        let mut digits = String::new();
        self.digits(&mut digits);
        if self.plain_ahead(0) == Some('.') {
            digits.push('.');
            self.bump();
            self.digits(&mut digits);
        }
        // `2e` is twice e, `2e3` two thousand.
        let signed = matches!(self.plain_ahead(1), Some('+' | '-'));
        let exponent = self.plain_ahead(if signed { 2 } else { 1 }).is_some_and(|c| c.is_ascii_digit());
        if matches!(self.plain_ahead(0), Some('e' | 'E')) && exponent {
            for _ in 0..if signed { 2 } else { 1 } {
                digits.extend(self.plain_ahead(0));
                self.bump();
            }
            self.digits(&mut digits);
        }
        match digits.parse::<f64>() {
            Ok(value) if value.is_finite() => Ok(Token::Number(value)),
            _ => {
                let shown = if digits.len() > 40 { format!("of {} digits", digits.len()) } else { digits };
                Err(self.error(start, ParseErrorKind::Number(shown)))
            }
        }
    }

    fn digits(&mut self, digits: &mut String) {
        while let Some(digit) = self.plain_ahead(0).filter(char::is_ascii_digit) {
            digits.push(digit);
            self.bump();
        }
    }

    fn superscript(&mut self) -> Result<Token, ParseError> {
        let start = self.at;
        let mut digits = String::new();
        while let Some(digit) = self.peek().and_then(superscript) {
            digits.push(digit);
            self.bump();
        }
        let bad =
            || ParseErrorKind::Expected { expected: "a whole number as superscript", found: format!("{digits:?}") };
        match digits.parse::<f64>() {
            Ok(value) if value.is_finite() => Ok(Token::Superscript(value)),
            _ => Err(self.error(start, bad())),
        }
    }

    /// The rest of a quoted name; the opening backtick has been read.
    fn quoted(&mut self, start: usize) -> Result<Token, ParseError> {
        let mut name = String::new();
        while let Some(c) = self.peek() {
            self.bump();
            if c == '`' {
                if self.peek() != Some('`') {
                    return Ok(Token::Quoted(name));
                }
                self.bump();
            }
            name.push(c);
        }
        Err(self.error(start, ParseErrorKind::OpenQuote).with_hint("a backtick inside a quoted name is written twice"))
    }
}

fn character_hint(symbol: char) -> Option<&'static str> {
    match symbol {
        '=' => Some("give only the side to the right of the equals sign"),
        '[' | ']' | '{' | '}' => Some("group with ( and )"),
        '\'' | '"' => Some("names that are not plain words stand between backticks"),
        '≤' | '≥' => Some("the operators compare with < and > only"),
        _ => None,
    }
}

/// `name` as it is written in infix text: between backticks unless it is a plain name.
pub(super) fn quote(name: &str) -> String {
    if is_plain_name(name) { name.to_string() } else { format!("`{}`", name.replace('`', "``")) }
}
