//! From text to a unit: `kg*m/s^2`, `kg m s-2`, `J/(mol K)`, `m²`, `[EUR]/person`... as people write them.

use super::error::{UnitTextError, UnitTextProblem as Problem};
use super::names;
use super::unit::{Bases, Unit};

/// Deepest nesting of parentheses.
const DEEPEST: usize = 20;

impl Bases {
    /// Reads a unit.
    ///
    /// Factors are multiplied by `*`, `·`, `×` or a space and divided by `/`, from left to right; exponents are written `^2`, `**2`,
    /// `²`, `s-1`, `^(1/2)` or `^0.5`; symbols may have SI prefixes; a number is a scale (`100 m`, `1/s`); a name in brackets
    /// is a base unit of one's own, which is noted. A space after a quotient is refused: people mean different things by `J/mol K`.
    ///
    /// ```
    /// let mut bases = symfolio_expr::Bases::default();
    /// for (text, same) in [("N", "kg m s-2"), ("J/(mol K)", "kg*m^2/s^2/mol/K"), ("km/h", "1000 m/(3600 s)")] {
    ///     assert!(bases.parse(text)?.is(&bases.parse(same)?), "{text}");
    /// }
    /// # Ok::<(), symfolio_expr::UnitTextError>(())
    /// ```
    ///
    /// # Errors
    /// [`UnitTextError`] names the text, the place, and what to write.
    pub fn parse(&mut self, text: &str) -> Result<Unit, UnitTextError> {
        let mut reader = Reader { text: text.chars().collect(), at: 0, depth: 0, bases: self };
        let unit = reader.whole();
        let at = reader.at.min(reader.text.len());
        unit.map_err(|problem| UnitTextError { text: text.to_string(), character: at + 1, problem })
    }
}

struct Reader<'a> {
    text: Vec<char>,
    /// Position of the next character; on an error, of what is wrong.
    at: usize,
    depth: usize,
    bases: &'a mut Bases,
}

impl Reader<'_> {
    fn whole(&mut self) -> Result<Unit, Problem> {
        if self.text.iter().all(|c| c.is_whitespace()) {
            return Err(Problem::Empty);
        }
        let unit = self.product()?;
        match self.peek() {
            None => Ok(unit),
            Some(_) => Err(self.expected("the end, * or /")),
        }
    }

    fn peek(&self) -> Option<char> {
        self.text.get(self.at).copied()
    }

    fn skip_spaces(&mut self) -> bool {
        let before = self.at;
        while self.peek().is_some_and(char::is_whitespace) {
            self.at += 1;
        }
        self.at > before
    }

    fn take(&mut self, wanted: char) -> bool {
        let found = self.peek() == Some(wanted);
        self.at += usize::from(found);
        found
    }

    fn expected(&self, expected: &'static str) -> Problem {
        let found = self.peek().map_or("the end".into(), |c| format!("{c:?}"));
        Problem::Expected { expected, found }
    }

    /// Factors by `*`, `/` and spaces.
    fn product(&mut self) -> Result<Unit, Problem> {
        self.skip_spaces();
        let mut unit = self.factor()?;
        let mut divided = false;
        loop {
            let spaced = self.skip_spaces();
            match self.peek() {
                Some('/' | '÷') => {
                    self.at += 1;
                    self.skip_spaces();
                    unit = unit.over(&self.factor()?);
                    divided = true;
                }
                Some('*' | '·' | '⋅' | '×' | '.') => {
                    self.at += 1;
                    self.skip_spaces();
                    unit = unit.times(&self.factor()?);
                }
                Some(')') | None => return Ok(unit),
                Some(_) if spaced && divided => return Err(Problem::Ambiguous),
                Some(_) if spaced => unit = unit.times(&self.factor()?),
                Some(_) => return Ok(unit),
            }
        }
    }

    /// A symbol, number or parenthesis with its exponent.
    fn factor(&mut self) -> Result<Unit, Problem> {
        let start = self.at;
        let unit = self.primary()?;
        let Some(exponent) = self.exponent()? else { return Ok(unit) };
        unit.power(exponent).ok_or_else(|| {
            self.at = start;
            Problem::Exponent { exponent }
        })
    }

    fn primary(&mut self) -> Result<Unit, Problem> {
        let start = self.at;
        if self.take('(') {
            self.depth += 1;
            if self.depth > DEEPEST {
                return Err(Problem::Deep);
            }
            let unit = self.product()?;
            self.depth -= 1;
            return if self.take(')') { Ok(unit) } else { Err(self.expected("a closing parenthesis")) };
        }
        if self.take('[') {
            let from = self.at;
            while self.peek().is_some_and(|c| c != ']') {
                self.at += 1;
            }
            let name: String = self.text[from..self.at].iter().collect::<String>().trim().to_string();
            if !self.take(']') {
                return Err(self.expected("a closing bracket"));
            }
            if name.is_empty() {
                self.at = from;
                return Err(self.expected("a name in the brackets"));
            }
            return self.bases.own(&name).ok_or_else(|| {
                self.at = start;
                Problem::TooMany { name }
            });
        }
        if self.peek().is_some_and(|c| c.is_ascii_digit()) {
            let number = self.number(true);
            if !(number > 0.0 && number.is_finite()) {
                self.at = start;
                return Err(Problem::Number { number });
            }
            return Ok(Unit::ONE.scaled(number));
        }
        let symbol = self.symbol();
        if symbol.is_empty() {
            return Err(self.expected("a unit"));
        }
        names::by_symbol(&symbol).ok_or_else(|| {
            self.at = start;
            if names::OFFSET.contains(&symbol.as_str()) {
                return Problem::Offset { name: symbol };
            }
            Problem::Unknown { alike: names::alike(&symbol), name: symbol }
        })
    }

    fn symbol(&mut self) -> String {
        let start = self.at;
        // `'` and the like are not read as minutes and seconds: of arc, or of time?
        while self.peek().is_some_and(|c| c.is_alphabetic() || matches!(c, '%' | '‰' | '°' | '_')) {
            self.at += 1;
        }
        self.text[start..self.at].iter().collect()
    }

    /// Digits with a decimal point, and with a power of ten where `scientific`.
    fn number(&mut self, scientific: bool) -> f64 {
        let start = self.at;
        let digits = |reader: &mut Self| {
            while reader.peek().is_some_and(|c| c.is_ascii_digit()) {
                reader.at += 1;
            }
        };
        digits(self);
        if self.peek() == Some('.') && self.text.get(self.at + 1).is_some_and(char::is_ascii_digit) {
            self.at += 1;
            digits(self);
        }
        if scientific && matches!(self.peek(), Some('e' | 'E')) {
            let signed = matches!(self.text.get(self.at + 1), Some('+' | '-'));
            if self.text.get(self.at + 1 + usize::from(signed)).is_some_and(char::is_ascii_digit) {
                self.at += 1 + usize::from(signed);
                digits(self);
            }
        }
        self.text[start..self.at].iter().collect::<String>().parse().unwrap_or(f64::NAN)
    }

    /// What follows a factor as its exponent, if anything does.
    fn exponent(&mut self) -> Result<Option<f64>, Problem> {
        if let Some(raised) = self.superscript() {
            return Ok(Some(raised));
        }
        let starred = self.peek() == Some('*') && self.text.get(self.at + 1) == Some(&'*');
        let marked = starred || self.peek() == Some('^');
        if !marked {
            let sign = usize::from(matches!(self.peek(), Some('-' | '−' | '+')));
            let follows = self.text.get(self.at + sign).is_some_and(char::is_ascii_digit);
            return if follows { self.signed().map(Some) } else { Ok(None) };
        }
        self.at += if starred { 2 } else { 1 };
        self.skip_spaces();
        if !self.take('(') {
            return self.signed().map(Some);
        }
        self.skip_spaces();
        let numerator = self.signed()?;
        self.skip_spaces();
        let mut value = numerator;
        if self.take('/') {
            self.skip_spaces();
            value = numerator / self.signed()?;
            self.skip_spaces();
        }
        if self.take(')') { Ok(Some(value)) } else { Err(self.expected("a closing parenthesis")) }
    }

    fn signed(&mut self) -> Result<f64, Problem> {
        let negative = self.take('-') || self.take('−');
        if !negative {
            self.take('+');
        }
        if !self.peek().is_some_and(|c| c.is_ascii_digit()) {
            return Err(self.expected("a number"));
        }
        let value = self.number(false);
        Ok(if negative { -value } else { value })
    }

    fn superscript(&mut self) -> Option<f64> {
        const DIGITS: [char; 10] = ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'];
        let start = self.at;
        let negative = self.take('⁻');
        let mut value = None;
        while let Some(digit) = self.peek().and_then(|c| DIGITS.iter().position(|known| *known == c)) {
            value = Some(10.0 * value.unwrap_or(0.0) + digit as f64);
            self.at += 1;
        }
        if value.is_none() {
            self.at = start;
        }
        value.map(|value| if negative { -value } else { value })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expect: &str) {
        let mut bases = Bases::default();
        let unit = bases.parse(text).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(bases.text(&unit), expect, "{text}");
        assert!(
            bases.parse(expect).unwrap().exponents() == unit.exponents(),
            "{text} is printed so that it is read again"
        );
    }

    #[test]
    fn units_are_read_as_people_write_them() {
        check("m", "m");
        check("1", "1");
        check(" kg * m / s^2 ", "kg*m/s^2");
        check("N", "kg*m/s^2");
        check("kg m s-2", "kg*m/s^2");
        check("kg·m·s⁻²", "kg*m/s^2");
        check("kg.m.s-2", "kg*m/s^2");
        check("m s**-1", "m/s");
        check("m2", "m^2");
        check("m²", "m^2");
        check("1/s", "1/s");
        check("s^-1", "1/s");
        check("J/(mol K)", "kg*m^2/s^2/K/mol");
        check("J/mol/K", "kg*m^2/s^2/K/mol");
        check("m^(1/2)", "m^(1/2)");
        check("m^0.5", "m^(1/2)");
        check("m^(-3/4)", "1/m^(3/4)");
        check("rad", "1");
        check("deg", "0.0174533");
        check("%", "0.01");
        check("km", "1000*m");
        check("um", "0.000001*m".replace("0.000001", "1e-6").as_str());
        check("µm", "1e-6*m");
        check("min", "60*s");
        check("mmol/L", "mol/m^3");
        check("km/h", "0.277778*m/s");
        check("100 m", "100*m");
        check("1e3 m", "1000*m");
        check("dam", "10*m");
        check("eV", "1.60218e-19*kg*m^2/s^2");
        check("[EUR]/m^2", "[EUR]/m^2");
        check("[a b]^2*[c]", "[a b]^2*[c]");
        check("(m/s)^2", "m^2/s^2");
        check("kg^0", "1");
    }

    #[test]
    fn what_is_no_unit_is_refused_with_place_and_remedy() {
        for (text, expect) in [
            ("", "the unit \"\", character 1: it is empty; write 1 for a pure number, or unknown"),
            (
                "m/z",
                "the unit \"m/z\", character 3: there is no unit \"z\"; write units of your own in brackets, such as [z]",
            ),
            ("KG", "character 1: there is no unit \"KG\"; write"),
            ("HZ", "there is no unit \"HZ\" (there is Hz); write"),
            ("degC", "character 1: degC counts from a zero that is not nothing; convert the column to K"),
            ("J/mol K", "character 7: it is unclear what is divided by; write a/(b c) or a/b*c"),
            ("m^", "character 3: expected a number, found the end"),
            ("m/(s", "character 5: expected a closing parenthesis, found the end"),
            ("m)", "character 2: expected the end, * or /, found ')'"),
            ("m//s", "character 3: expected a unit, found '/'"),
            ("m^0.7", "character 1: the exponent 0.7 is no multiple of 1/12 up to 30"),
            ("m^400", "character 1: the exponent 400 is no"),
            ("m^(1/0)", "character 1: the exponent inf is no"),
            ("0 m", "character 1: the number 0 is not above 0 and finite"),
            ("[", "character 2: expected a closing bracket, found the end"),
            ("[]", "expected a name in the brackets"),
            ("[a][b]", "character 4: expected the end, * or /, found '['"),
            (
                "[a] [b] [c] [d] [e] [f]",
                "character 21: there is no room for [f]: a table may have five units of its own",
            ),
            (&"(".repeat(50), "nested too deeply"),
        ] {
            let error = Bases::default().parse(text).unwrap_err().to_string();
            assert!(error.contains(expect), "{text}: {error}");
        }
    }

    #[test]
    fn scales_tell_units_of_one_dimension_apart() {
        let mut bases = Bases::default();
        for (a, b, same) in [
            ("km", "m", false),
            ("km", "1000 m", true),
            ("L", "dm^3", true),
            ("kWh", "3.6 MJ", true),
            ("deg", "rad", false),
            ("rad", "1", true),
            ("%", "1", false),
            ("N m", "J", true),
            ("[EUR]", "[USD]", false),
        ] {
            assert_eq!(bases.parse(a).unwrap().is(&bases.parse(b).unwrap()), same, "{a} and {b}");
        }
    }
}
