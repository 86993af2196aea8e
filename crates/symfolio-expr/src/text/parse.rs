//! The infix parser: precedence climbing that writes postfix nodes.

use super::error::{ParseError, ParseErrorKind};
use super::lexer::{Lexeme, Token, lex};
use super::names::{Callable, Meaning, Names};
use crate::{Definition, Expr, Node, Op};

/// Highest tree that is read; the same as for prefix text.
const MAX_DEPTH: usize = 500;
/// Deepest recursion of the parser: a level of the tree takes at most an operator and a parenthesis.
const MAX_RECURSION: usize = 2 * MAX_DEPTH + 2;
/// Longest text that is read.
const MAX_BYTES: usize = 1 << 20;
/// Most nodes, and most free constants, that an expression may have: constants are numbered with 16 bits.
const MAX_NODES: usize = u16::MAX as usize;
/// Binding strengths, weakest first.
const COMPARISON: u8 = 1;
const SUM: u8 = 3;
const PRODUCT: u8 = 5;
const SIGN: u8 = 7;
const POWER: u8 = 9;

/// What becomes of the numbers in the text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Numbers {
    /// They are literals, which no fitter moves.
    #[default]
    Literal,
    /// They become free constants that start from the written value, save those that are part of the form:
    /// whole and half exponents, exponents written as a fraction, the 1 of `1/a`, and the names `pi` and `e`.
    Free,
}

/// How [`parse_with`] reads.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ParseOptions {
    /// Custom operators; they go before built-in ones of the same name.
    pub definitions: Vec<Definition>,
    /// What becomes of the numbers.
    pub numbers: Numbers,
}

/// Reads infix text over the columns `names`; [`parse_with`] says what is read.
///
/// # Errors
/// [`ParseError`] names the place, what is wrong and, where known, the remedy.
pub fn parse(text: &str, names: &[String]) -> Result<Expr, ParseError> {
    parse_with(text, names, &ParseOptions::default())
}

/// Reads infix text over the columns `names`: the column `names[i]` becomes variable `i`.
///
/// - Operators, weakest first: `<` and `>` (both become `less`); `+ -`; `* /` and the product that is left
///   out after a number (`2x`, `3(x + 1)`, as strong as `*`); the sign; `^` or `**`, which group to the
///   right, so that `-x^2` is `-(x^2)` and `2^-3` is read. `|a|` is `abs(a)`, `√a` is `sqrt(a)`.
/// - Typographic forms count as plain ones: `· × ÷ − √ x² 10⁻³ π`, full-width letters, digits and signs.
/// - Functions are the operators, by any name that [`Op::by_name`] knows, in any case, also with a Python
///   module in front (`np.sin`), some shorthands (`log10`, `sign`, ...) and the custom operators.
/// - `c0` to `c999` are free constants that start from 1; the same name is the same constant. `pi` and
///   `e` are literals. Column names go before all of these, except that what stands before `(` is a function.
/// - Names are letters, digits and underscores of any script; other names stand between backticks.
/// - `x**2`, `x**3`, `x**0.5`, `x**-1` and `1/x` become `square`, `cube`, `sqrt`, `inv`, `inv`, as they
///   are printed. A sign before a number belongs to the number. Nothing else is rewritten.
///
/// # Errors
/// [`ParseError`] names the place, what is wrong and, where known, the remedy.
pub fn parse_with(text: &str, names: &[String], options: &ParseOptions) -> Result<Expr, ParseError> {
    read(text, names, options, None)?.finish()
}

/// A call of a name that is no operator.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Call {
    /// Number of the name among those that are called, in order of first appearance.
    pub(crate) hole: usize,
    pub(crate) name: String,
    /// Where the name stands, in bytes of the text.
    span: std::ops::Range<usize>,
    /// Nodes of each argument, in postfix order; at least one argument.
    pub(crate) args: Vec<Vec<Node>>,
}

/// What a text with calls of unknown names says: its nodes, where variable `names.len() + i` stands for call `i`; the values of its
/// free constants; the calls.
pub(crate) type WithCalls = (Vec<Node>, Vec<f64>, Vec<Call>);

/// Reads infix text in which names that are no operators may be called; [`crate::Template`] says what they mean.
pub(crate) fn parse_calls(text: &str, names: &[String], definitions: &[Definition]) -> Result<WithCalls, ParseError> {
    let options = ParseOptions { definitions: definitions.to_vec(), numbers: Numbers::Literal };
    let parser = read(text, names, &options, Some(Vec::new()))?;
    let calls = parser.calls.unwrap_or_default();
    if calls.is_empty() {
        let hint = "call a name that is no operator, such as f(x0)";
        return Err(ParseError::new(text, 0..text.len(), ParseErrorKind::NoHole).with_hint(hint));
    }
    Ok((parser.nodes, parser.params, calls))
}

/// Reads the whole text; with `calls`, names that are no operators may be called.
fn read<'a>(
    text: &'a str,
    names: &'a [String],
    options: &'a ParseOptions,
    calls: Option<Vec<Call>>,
) -> Result<Parser<'a>, ParseError> {
    if text.len() > MAX_BYTES {
        return Err(ParseError::new(text, 0..0, ParseErrorKind::TooLong { bytes: text.len(), limit: MAX_BYTES }));
    }
    let lexemes = lex(text)?;
    if lexemes[0].token == Token::End {
        return Err(ParseError::new(text, 0..text.len(), ParseErrorKind::Empty));
    }
    let mut parser = Parser {
        text,
        names: Names::new(names, &options.definitions),
        numbers: options.numbers,
        lexemes,
        at: 0,
        nodes: Vec::new(),
        params: Vec::new(),
        written: Vec::new(),
        named: Vec::new(),
        calls,
    };
    parser.expression(COMPARISON, 0)?;
    if *parser.peek() != Token::End {
        return Err(parser.trailing());
    }
    Ok(parser)
}

pub(super) struct Parser<'a> {
    pub(super) text: &'a str,
    names: Names<'a>,
    numbers: Numbers,
    lexemes: Vec<Lexeme>,
    at: usize,
    nodes: Vec<Node>,
    params: Vec<f64>,
    /// For each free constant: was it written as a number?
    written: Vec<bool>,
    /// The constants `c0`, `c1`, ... by their numbers in the text, and their positions in `params`.
    named: Vec<(u16, u16)>,
    /// Calls of names that are no operators; `None` where they are errors.
    calls: Option<Vec<Call>>,
}

impl<'a> Parser<'a> {
    fn peek(&self) -> &Token {
        &self.lexemes[self.at].token
    }

    fn ahead(&self, ahead: usize) -> Option<&Token> {
        self.lexemes.get(self.at + ahead).map(|lexeme| &lexeme.token)
    }

    /// Steps over the next token, never over the end.
    fn bump(&mut self) -> Lexeme {
        let lexeme = self.lexemes[self.at].clone();
        self.at = (self.at + 1).min(self.lexemes.len() - 1);
        lexeme
    }

    fn take(&mut self, symbol: char) -> bool {
        let found = *self.peek() == Token::Symbol(symbol);
        if found {
            self.bump();
        }
        found
    }

    fn error_here(&self, kind: ParseErrorKind) -> ParseError {
        ParseError::new(self.text, self.lexemes[self.at].span.clone(), kind)
    }

    fn expected(&self, expected: &'static str) -> ParseError {
        let lexeme = &self.lexemes[self.at];
        let found = match &self.text[lexeme.span.clone()] {
            "" => "the end of the text".to_string(),
            piece => format!("{:?}", piece.chars().take(40).collect::<String>()),
        };
        self.error_here(ParseErrorKind::Expected { expected, found })
    }

    fn trailing(&self) -> ParseError {
        let error = self.expected("an operator");
        match self.peek() {
            Token::Symbol(')') => error.with_hint("this parenthesis was never opened"),
            Token::Symbol(',') => error.with_hint("a comma separates arguments; decimals are written with a point"),
            _ => error.with_hint("write * between factors"),
        }
    }

    /// Reads an expression of operators at least as strong as `weakest`, and appends its nodes.
    fn expression(&mut self, weakest: u8, depth: usize) -> Result<(), ParseError> {
        if depth > MAX_RECURSION {
            return Err(self.error_here(ParseErrorKind::TooDeep { limit: MAX_DEPTH }));
        }
        let start = self.nodes.len();
        let mut compared = false;
        self.operand(depth)?;
        loop {
            // The product sign may be left out behind a number, `2x`, and behind a superscript, `x²y`.
            let last = &self.lexemes[self.at.saturating_sub(1)].token;
            let juxtaposed = matches!(last, Token::Number(_) | Token::Superscript(_));
            let (strength, right) = match self.peek() {
                Token::Symbol('<' | '>') => (COMPARISON, SUM),
                Token::Symbol('+' | '-') => (SUM, PRODUCT),
                Token::Symbol('*' | '/') => (PRODUCT, SIGN),
                Token::Symbol('^') => (POWER, SIGN),
                Token::Superscript(_) => (POWER, POWER),
                Token::Name(_) | Token::Quoted(_) | Token::Symbol('(' | '√') if juxtaposed => (PRODUCT, SIGN),
                _ => return Ok(()),
            };
            if strength < weakest {
                return Ok(());
            }
            if strength == COMPARISON && compared {
                let hint = "write where(a < b, b < c, 0) for a < b < c";
                return Err(self.error_here(ParseErrorKind::Chained).with_hint(hint));
            }
            compared |= strength == COMPARISON;
            let symbol = match self.peek() {
                Token::Symbol(symbol @ ('+' | '-' | '*' | '/' | '^' | '<' | '>')) => *symbol,
                Token::Superscript(exponent) => {
                    let exponent = *exponent;
                    self.bump();
                    let middle = self.nodes.len();
                    self.nodes.push(Node::Const(exponent));
                    self.power(middle);
                    continue;
                }
                // The product that is left out; its right factor starts here.
                _ => '×',
            };
            if symbol != '×' {
                self.bump();
            }
            let middle = self.nodes.len();
            self.expression(right, depth + 1)?;
            match symbol {
                '+' => self.nodes.push(Node::Op(Op::Add)),
                '-' => self.nodes.push(Node::Op(Op::Sub)),
                '*' | '×' => self.nodes.push(Node::Op(Op::Mul)),
                '/' => self.quotient(start, middle),
                '^' => self.power(middle),
                '<' => self.nodes.push(Node::Op(Op::Less)),
                _ => {
                    self.nodes[start..].rotate_left(middle - start);
                    self.nodes.push(Node::Op(Op::Less));
                }
            }
        }
    }

    /// Reads what stands between two operators.
    fn operand(&mut self, depth: usize) -> Result<(), ParseError> {
        let (start, at) = (self.nodes.len(), self.at);
        let lexeme = self.bump();
        match lexeme.token {
            Token::Number(value) => self.number(value)?,
            Token::Quoted(name) => match self.names.column(&name) {
                Some(index) => self.nodes.push(Node::Var(index)),
                None => return Err(self.names.unknown_name(self.text, lexeme.span, name)),
            },
            Token::Name(name) => self.name(name, lexeme.span, depth)?,
            Token::Symbol('-') => {
                self.expression(SIGN, depth + 1)?;
                self.negate(start);
            }
            Token::Symbol('+') => self.expression(SIGN, depth + 1)?,
            Token::Symbol('√') => {
                // The root reaches over the next operand only: √x² is (√x)².
                self.expression(POWER + 1, depth + 1)?;
                self.nodes.push(Node::Op(Op::Sqrt));
            }
            Token::Symbol('(') => {
                self.expression(COMPARISON, depth + 1)?;
                self.close(')', "parenthesis", lexeme.span)?;
            }
            Token::Symbol('|') => {
                self.expression(COMPARISON, depth + 1)?;
                self.close('|', "bar", lexeme.span)?;
                self.nodes.push(Node::Op(Op::Abs));
            }
            _ => {
                self.at = at;
                return Err(self.expected("a name, a number or a parenthesis"));
            }
        }
        Ok(())
    }

    fn close(&mut self, symbol: char, what: &'static str, opened: std::ops::Range<usize>) -> Result<(), ParseError> {
        if self.take(symbol) {
            return Ok(());
        }
        if *self.peek() == Token::End {
            return Err(ParseError::new(self.text, opened, ParseErrorKind::Unclosed(what)));
        }
        Err(self.trailing())
    }

    fn number(&mut self, value: f64) -> Result<(), ParseError> {
        let node = match self.numbers {
            Numbers::Literal => Node::Const(value),
            Numbers::Free => self.new_param(value, true)?,
        };
        self.nodes.push(node);
        Ok(())
    }

    fn new_param(&mut self, value: f64, written: bool) -> Result<Node, ParseError> {
        if self.params.len() >= MAX_NODES {
            return Err(self.error_here(ParseErrorKind::TooLarge { limit: MAX_NODES }));
        }
        self.params.push(value);
        self.written.push(written);
        Ok(Node::Param((self.params.len() - 1) as u16))
    }

    fn negate(&mut self, start: usize) {
        match self.nodes[start..] {
            [Node::Const(value)] => self.nodes[start] = Node::Const(-value),
            [Node::Param(index)] if self.written[usize::from(index)] => {
                let value = &mut self.params[usize::from(index)];
                *value = -*value;
            }
            _ => self.nodes.push(Node::Op(Op::Neg)),
        }
    }

    fn quotient(&mut self, start: usize, middle: usize) {
        if middle == start + 1 && self.written_number(start) == Some(1.0) {
            self.nodes.remove(start);
            self.nodes.push(Node::Op(Op::Inv));
        } else {
            self.nodes.push(Node::Op(Op::Div));
        }
    }

    /// The value of the node at `at`, where it is a number of the text.
    fn written_number(&self, at: usize) -> Option<f64> {
        match self.nodes[at] {
            Node::Const(value) => Some(value),
            Node::Param(index) if self.written[usize::from(index)] => Some(self.params[usize::from(index)]),
            _ => None,
        }
    }

    /// Closes a power whose exponent starts at `middle`.
    fn power(&mut self, middle: usize) {
        let Some(exponent) = self.exponent(middle) else {
            self.nodes.push(Node::Op(Op::Pow));
            return;
        };
        self.nodes.truncate(middle);
        match short_power(exponent) {
            Some(op) => self.nodes.push(Node::Op(op)),
            None => self.nodes.extend([Node::Const(exponent), Node::Op(Op::Pow)]),
        }
    }

    /// The exponent that starts at `middle`, where it is part of the form.
    fn exponent(&self, middle: usize) -> Option<f64> {
        let number = |at: usize| self.written_number(at);
        let (above, below) = match self.nodes[middle..] {
            [node] => {
                let value = number(middle)?;
                let literal = matches!(node, Node::Const(_));
                return (literal || (2.0 * value).fract() == 0.0).then_some(value);
            }
            [_, Node::Op(Op::Inv)] => (1.0, number(middle)?),
            [_, Node::Op(Op::Inv), Node::Op(Op::Neg)] => (-1.0, number(middle)?),
            [_, _, Node::Op(Op::Div)] => (number(middle)?, number(middle + 1)?),
            _ => return None,
        };
        let value = above / below;
        (value.is_finite() && below > 0.0).then_some(value)
    }

    /// Reads on behind a name: a column, a constant or a function with its arguments.
    fn name(&mut self, name: String, span: std::ops::Range<usize>, depth: usize) -> Result<(), ParseError> {
        let (name, span, module) = match (self.peek(), self.ahead(1)) {
            (Token::Symbol('.'), Some(Token::Name(member))) if Names::is_module(&name) => {
                let member = member.clone();
                self.bump();
                let end = self.bump().span.end;
                (member, span.start..end, Some(name))
            }
            _ => (name, span, None),
        };
        if *self.peek() == Token::Symbol('(') {
            let callable = self.names.callable(module.as_deref(), &name);
            if callable.is_none() && module.is_none() && self.calls.is_some() {
                return self.hole(name, span, depth);
            }
            let callable = callable.ok_or_else(|| self.names.unknown_function(self.text, span.clone(), &name))?;
            return self.call(name, span, callable, depth);
        }
        let node = match self.names.meaning(&name, module.is_some()) {
            Some(Meaning::Column(index)) => Node::Var(index),
            Some(Meaning::Number(value)) => Node::Const(value),
            Some(Meaning::Free(number)) => self.named_param(number)?,
            None if self.names.callable(module.as_deref(), &name).is_some() => {
                let hint = format!("write {name}(...)");
                return Err(ParseError::new(self.text, span, ParseErrorKind::Bare(name)).with_hint(hint));
            }
            None => return Err(self.names.unknown_name(self.text, span, name)),
        };
        self.nodes.push(node);
        Ok(())
    }

    fn named_param(&mut self, number: u16) -> Result<Node, ParseError> {
        if let Some((_, index)) = self.named.iter().find(|(known, _)| *known == number) {
            return Ok(Node::Param(*index));
        }
        let node = self.new_param(1.0, false)?;
        self.named.push((number, (self.params.len() - 1) as u16));
        Ok(node)
    }

    fn call(
        &mut self,
        name: String,
        span: std::ops::Range<usize>,
        callable: Callable<'a>,
        depth: usize,
    ) -> Result<(), ParseError> {
        let start = self.nodes.len();
        let ends = self.arguments(depth)?;
        let wanted = callable.arity();
        let many = matches!(callable, Callable::Op(Op::Min | Op::Max)) && ends.len() > 2;
        if ends.len() != wanted && !many {
            let wanted = if wanted == 1 { "1 argument".to_string() } else { format!("{wanted} arguments") };
            return Err(ParseError::new(
                self.text,
                span,
                ParseErrorKind::Arguments { function: name, wanted, found: ends.len() },
            ));
        }
        match callable {
            // min(a, b, c) is min(min(a, b), c): the first operator stands behind the second argument.
            Callable::Op(op) if many => {
                for (earlier, end) in ends[1..].iter().enumerate() {
                    self.nodes.insert(end + earlier, Node::Op(op));
                }
            }
            Callable::Op(op) => self.nodes.push(Node::Op(op)),
            Callable::Custom(definition) => self.expand(start, &ends, &definition.body)?,
            Callable::Shorthand(body) => self.expand(start, &ends, &body)?,
        }
        Ok(())
    }

    /// Reads arguments and the parentheses around them; where the nodes of each end.
    fn arguments(&mut self, depth: usize) -> Result<Vec<usize>, ParseError> {
        let open = self.bump().span;
        let mut ends = Vec::new();
        while *self.peek() != Token::Symbol(')') || !ends.is_empty() {
            self.expression(COMPARISON, depth + 1)?;
            ends.push(self.nodes.len());
            if !self.take(',') {
                break;
            }
        }
        self.close(')', "parenthesis", open)?;
        Ok(ends)
    }

    /// Reads a call of a name that is no operator; a variable behind the columns stands for it.
    fn hole(&mut self, name: String, span: std::ops::Range<usize>, depth: usize) -> Result<(), ParseError> {
        let start = self.nodes.len();
        let ends = self.arguments(depth)?;
        let n_columns = self.names.n_columns();
        let text = self.text;
        let starts = std::iter::once(start).chain(ends.iter().copied());
        let args: Vec<Vec<Node>> = starts.zip(&ends).map(|(from, to)| self.nodes[from..*to].to_vec()).collect();
        let limit = self.error_here(ParseErrorKind::TooLarge { limit: MAX_NODES });
        let calls = self.calls.get_or_insert_default();
        let inner = args.iter().flatten().find_map(|node| match node {
            Node::Var(index) => usize::from(*index).checked_sub(n_columns).map(|at| calls[at].clone()),
            _ => None,
        });
        if let Some(inner) = inner {
            let hint = "give it a place of its own, or write what it is";
            return Err(ParseError::new(text, inner.span, ParseErrorKind::HoleWithin(inner.name)).with_hint(hint));
        }
        let earlier = calls.iter().find(|call| call.name == name);
        let wanted = earlier.map(|call| call.args.len());
        if args.is_empty() || wanted.is_some_and(|wanted| wanted != args.len()) {
            let (wanted, hint) = match wanted {
                None => ("at least 1 argument".to_string(), "write for example f(x0)"),
                Some(1) => ("1 argument".to_string(), "a hole takes as many each time"),
                Some(wanted) => (format!("{wanted} arguments"), "a hole takes as many each time"),
            };
            let kind = ParseErrorKind::Arguments { function: name, wanted, found: args.len() };
            return Err(ParseError::new(text, span, kind).with_hint(hint));
        }
        let next = calls.iter().map(|call| call.hole + 1).max().unwrap_or(0);
        let hole = earlier.map_or(next, |call| call.hole);
        let index = u16::try_from(n_columns + calls.len()).map_err(|_| limit)?;
        calls.push(Call { hole, name, span, args });
        self.nodes.truncate(start);
        self.nodes.push(Node::Var(index));
        Ok(())
    }

    /// Replaces the arguments that end at `ends` by `body` with the arguments in their places. Free constants
    /// of the body are new ones; those of an argument stay the same wherever the argument is inserted.
    fn expand(&mut self, start: usize, ends: &[usize], body: &Expr) -> Result<(), ParseError> {
        let argument = |index: u16| {
            let index = usize::from(index);
            let from = if index == 0 { start } else { ends[index - 1] };
            from..ends[index]
        };
        let length = |node: &Node| if let Node::Var(index) = node { argument(*index).len() } else { 1 };
        let size: usize = body.nodes().iter().map(length).sum();
        if start + size > MAX_NODES {
            return Err(self.error_here(ParseErrorKind::TooLarge { limit: MAX_NODES }));
        }
        let base = self.params.len();
        for value in body.params() {
            self.new_param(*value, false)?;
        }
        let mut expanded = Vec::with_capacity(size);
        for node in body.nodes() {
            match *node {
                Node::Var(index) => expanded.extend_from_slice(&self.nodes[argument(index)]),
                Node::Param(index) => expanded.push(Node::Param((base + usize::from(index)) as u16)),
                other => expanded.push(other),
            }
        }
        self.nodes.truncate(start);
        self.nodes.extend(expanded);
        Ok(())
    }

    fn finish(self) -> Result<Expr, ParseError> {
        let whole = 0..self.text.len();
        let error = |kind| ParseError::new(self.text, whole.clone(), kind);
        if self.nodes.len() > MAX_NODES {
            return Err(error(ParseErrorKind::TooLarge { limit: MAX_NODES }));
        }
        let expr = Expr::new(self.nodes, self.params).map_err(|problem| error(problem.into()))?;
        if expr.depth() > MAX_DEPTH {
            return Err(error(ParseErrorKind::TooDeep { limit: MAX_DEPTH }));
        }
        Ok(expr)
    }
}

/// The operator that a power with this exponent is, where there is one.
pub(super) fn short_power(exponent: f64) -> Option<Op> {
    match exponent {
        2.0 => Some(Op::Square),
        3.0 => Some(Op::Cube),
        0.5 => Some(Op::Sqrt),
        -1.0 => Some(Op::Inv),
        _ => None,
    }
}
