//! [`Units`]: the units of a table's columns, and which expressions they allow.

use std::sync::OnceLock;

use crate::{Expr, Node, Op, infix};

use super::analysis::Analysis;
use super::error::{UnitError, UnitTextError};
use super::rule::UnitRule;
use super::unit::{Bases, Unit, product_text};

/// What is known of the unit of an expression's value.
#[derive(Clone, Copy, Debug)]
pub enum Inferred {
    /// It is this.
    Known(Unit),
    /// It is any, as a free constant may carry it.
    Free,
    /// It depends on an exponent that is fitted, as in `x**c0`, or cannot be kept in twelfths, as in `x**0.7`. A free factor
    /// makes any of it.
    Odd,
}

/// What literals are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Literals {
    /// Pure numbers, as in the forms of a search: a number that may have a unit is a free constant there. Only 0 has any unit.
    Pure,
    /// What free constants were rounded to, as in a finished formula: a number may have any unit, save an exponent.
    Free,
}

/// Where an expression is unsound.
#[derive(Clone, Copy, Debug)]
struct Clash {
    /// Position of the operator.
    at: usize,
    /// Which of its arguments clash, and their units.
    kind: Kind,
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    Differ { first: usize, second: usize, units: (Inferred, Inferred) },
    NotPure { argument: usize, unit: Inferred },
}

/// The units of a table's columns.
///
/// A sum asks for one unit, scale and all: numbers in kilometres and metres cannot be added. A free constant may carry any unit, unless
/// constants are to have none. A feature whose unit is unknown is as free as a constant.
#[derive(Clone, Debug)]
pub struct Units {
    pub(super) bases: Bases,
    pub(super) features: Vec<Option<Unit>>,
    pub(super) target: Option<Unit>,
    pub(super) dimensionless_constants: bool,
    /// The symbols that the columns' units are written in, for texts in the same ones.
    symbols: Vec<(String, Unit)>,
    /// Made when it is first asked for.
    pub(super) analysis: OnceLock<Analysis>,
}

impl Units {
    /// Reads the units of the features and the target; `None` where one is unknown.
    ///
    /// # Errors
    /// The position of the first text that is no unit, the target's being the number of features, and what is wrong with it.
    pub fn new(
        features: &[Option<&str>],
        target: Option<&str>,
        dimensionless_constants: bool,
    ) -> Result<Units, (usize, UnitTextError)> {
        let mut bases = Bases::default();
        let mut symbols: Vec<(String, Unit)> = Vec::new();
        let mut read = |at: usize, text: Option<&str>| {
            let Some(text) = text else { return Ok(None) };
            let unit = bases.parse(text).map_err(|error| (at, error))?;
            for word in text.split(|c: char| !(c.is_alphabetic() || matches!(c, '%' | '‰' | '°' | '[' | ']'))) {
                let known = symbols.iter().any(|(symbol, _)| symbol == word);
                if let (false, false, Ok(unit)) = (word.is_empty(), known, bases.parse(word)) {
                    symbols.push((word.to_string(), unit));
                }
            }
            Ok(Some(unit))
        };
        let features: Vec<Option<Unit>> =
            features.iter().enumerate().map(|(at, text)| read(at, *text)).collect::<Result<_, _>>()?;
        let target = read(features.len(), target)?;
        Ok(Units { bases, features, target, dimensionless_constants, symbols, analysis: OnceLock::new() })
    }

    /// The units of a table whose features and target are expressions of this one's: over its features and, as the variable after the last
    /// of them, its target. What has no unit that is known, such as the logarithm of a length, is as free as a constant.
    pub fn derived(&self, features: &[Expr], target: Option<&Expr>) -> Units {
        let mut whole = self.clone();
        whole.features.push(self.target);
        let unit = |expr: &Expr| match whole.of(expr, Literals::Free) {
            Some(Inferred::Known(unit)) => Some(unit),
            Some(Inferred::Free | Inferred::Odd) | None => None,
        };
        let (features, target) = (features.iter().map(unit).collect(), target.and_then(unit));
        Units { features, target, analysis: OnceLock::new(), ..self.clone() }
    }

    /// The unit of a feature; `None` where it is unknown.
    pub fn feature(&self, index: usize) -> Option<&Unit> {
        self.features.get(index).and_then(Option::as_ref)
    }

    /// The target's unit; `None` where it is unknown.
    pub fn target(&self) -> Option<&Unit> {
        self.target.as_ref()
    }

    /// Do free constants have no unit?
    pub fn dimensionless_constants(&self) -> bool {
        self.dimensionless_constants
    }

    /// `unit` in the symbols that the columns' units are written in, where they suffice; in base units elsewhere.
    pub fn text(&self, unit: &Unit) -> String {
        if unit.is_one() {
            return "1".into();
        }
        if let Some((symbol, _)) = self.symbols.iter().find(|(_, known)| known.is(unit)) {
            return symbol.clone();
        }
        let symbols: Vec<Unit> = self.symbols.iter().map(|(_, unit)| *unit).collect();
        let found = super::analysis::combination(&symbols, unit);
        match found {
            Some(product) => {
                let factors = product.iter().map(|(at, exponent)| (self.symbols[*at].0.as_str(), *exponent));
                product_text(None, &factors.collect::<Vec<_>>())
            }
            None => self.bases.text(unit),
        }
    }

    /// What is known of the unit of `expr`; `None` where it is unsound: where it adds what has different units, or takes a sine of
    /// what has one. Variables without a column count as unknown.
    pub fn of(&self, expr: &Expr, literals: Literals) -> Option<Inferred> {
        self.walk(expr, literals).ok()
    }

    /// Is `expr` sound, and has it the target's unit?
    pub fn allow(&self, expr: &Expr, literals: Literals) -> bool {
        self.walk(expr, literals).is_ok_and(|unit| self.meets_target(unit))
    }

    /// The root of a part of `expr` that a free factor would make sound, or nearer to it; `None` where `expr` is sound.
    pub fn unsound_part(&self, expr: &Expr, literals: Literals) -> Option<usize> {
        match self.walk(expr, literals).err()?.kind {
            Kind::Differ { second, .. } => Some(second),
            Kind::NotPure { argument, .. } => Some(argument),
        }
    }

    /// Is this the target's unit?
    pub fn meets_target(&self, unit: Inferred) -> bool {
        match (unit, &self.target) {
            (_, None) | (Inferred::Free, _) => true,
            (Inferred::Known(unit), Some(target)) => unit.is(target),
            (Inferred::Odd, Some(_)) => false,
        }
    }

    /// [`Units::allow`] that says why not; `names` are those of the features.
    ///
    /// # Errors
    /// [`UnitError`] names the first part that is unsound and the units in it.
    pub fn check(&self, expr: &Expr, literals: Literals, names: &[String]) -> Result<(), UnitError> {
        let part = |root: usize| infix(&expr.subtree(root), names);
        let unit = match self.walk(expr, literals) {
            Ok(unit) => unit,
            Err(Clash { at, kind: Kind::Differ { first, second, units } }) => {
                return Err(UnitError::Differ {
                    part: part(at),
                    first: part(first),
                    first_unit: self.inferred_text(units.0),
                    second: part(second),
                    second_unit: self.inferred_text(units.1),
                });
            }
            Err(Clash { at, kind: Kind::NotPure { argument, unit } }) => {
                let unit = self.inferred_text(unit);
                return Err(UnitError::NotPure { part: part(at), argument: part(argument), unit });
            }
        };
        match &self.target {
            Some(target) if !self.meets_target(unit) => Err(UnitError::Target {
                part: infix(expr, names),
                unit: self.inferred_text(unit),
                target: self.text(target),
            }),
            _ => Ok(()),
        }
    }

    fn inferred_text(&self, unit: Inferred) -> String {
        match unit {
            Inferred::Known(unit) => self.text(&unit),
            Inferred::Free => "of a free constant".into(),
            Inferred::Odd => "that depends on an exponent".into(),
        }
    }

    /// The unit of a leaf.
    fn leaf(&self, node: &Node, literals: Literals) -> Inferred {
        let number = match self.dimensionless_constants {
            true => Inferred::Known(Unit::ONE),
            false => Inferred::Free,
        };
        match *node {
            Node::Var(index) => {
                self.features.get(usize::from(index)).copied().flatten().map_or(Inferred::Free, Inferred::Known)
            }
            Node::Const(0.0) => Inferred::Free,
            Node::Const(_) if literals == Literals::Pure => Inferred::Known(Unit::ONE),
            _ => number,
        }
    }

    fn walk(&self, expr: &Expr, literals: Literals) -> Result<Inferred, Clash> {
        let nodes = expr.nodes();
        // Each entry with the position of its root, for messages.
        let mut stack: Vec<(usize, Inferred)> = Vec::with_capacity(16);
        for (at, node) in nodes.iter().enumerate() {
            let Node::Op(op) = *node else {
                stack.push((at, self.leaf(node, literals)));
                continue;
            };
            let first = stack.len().saturating_sub(op.arity());
            let unit = apply(op, &stack[first..], at, nodes)?;
            stack.truncate(first);
            stack.push((at, unit));
        }
        Ok(stack.pop().map_or(Inferred::Free, |(_, unit)| unit))
    }
}

/// The unit of an operator's value by those of its arguments.
fn apply(op: Op, args: &[(usize, Inferred)], at: usize, nodes: &[Node]) -> Result<Inferred, Clash> {
    match op.info().unit {
        UnitRule::Agree => agree(args, at),
        UnitRule::Choose => agree(args.get(1..).unwrap_or_default(), at),
        UnitRule::Compare => agree(args, at).map(|_| Inferred::Known(Unit::ONE)),
        UnitRule::Pure => args.iter().try_for_each(|arg| pure(*arg, at)).map(|()| Inferred::Known(Unit::ONE)),
        UnitRule::Product => Ok(combine(args, Unit::times)),
        UnitRule::Quotient => Ok(combine(args, Unit::over)),
        UnitRule::Power(power) => Ok(match args {
            [(_, Inferred::Known(unit))] => unit.raised(power).map_or(Inferred::Odd, Inferred::Known),
            [(_, other)] => *other,
            _ => Inferred::Free,
        }),
        UnitRule::Exponent => {
            let [base, exponent] = args else { return Ok(Inferred::Free) };
            pure(*exponent, at)?;
            match (base.1, nodes[exponent.0]) {
                (Inferred::Known(unit), _) if unit.is_one() => Ok(base.1),
                (Inferred::Known(unit), Node::Const(power)) => {
                    Ok(unit.power(power).map_or(Inferred::Odd, Inferred::Known))
                }
                (Inferred::Known(_) | Inferred::Odd, Node::Const(_) | Node::Param(_)) => Ok(Inferred::Odd),
                (Inferred::Free, _) => Ok(Inferred::Free),
                _ => pure(*base, at).map(|()| base.1),
            }
        }
    }
}

/// The one unit that all arguments have.
fn agree(args: &[(usize, Inferred)], at: usize) -> Result<Inferred, Clash> {
    let mut common: Option<(usize, Inferred)> = None;
    for (root, unit) in args {
        common = match (common, *unit) {
            (None, unit) | (Some((_, Inferred::Free)), unit) => Some((*root, unit)),
            (known, Inferred::Free) => known,
            (Some((_, Inferred::Known(a))), Inferred::Known(b)) if a.is(&b) => common,
            (Some((first, a)), b) => {
                return Err(Clash { at, kind: Kind::Differ { first, second: *root, units: (a, b) } });
            }
        };
    }
    Ok(common.map_or(Inferred::Free, |(_, unit)| unit))
}

fn pure((argument, unit): (usize, Inferred), at: usize) -> Result<(), Clash> {
    match unit {
        Inferred::Free => Ok(()),
        Inferred::Known(known) if known.is_one() => Ok(()),
        _ => Err(Clash { at, kind: Kind::NotPure { argument, unit } }),
    }
}

fn combine(args: &[(usize, Inferred)], by: impl Fn(&Unit, &Unit) -> Unit) -> Inferred {
    match args {
        [(_, Inferred::Known(a)), (_, Inferred::Known(b))] => Inferred::Known(by(a, b)),
        [(_, Inferred::Free), _] | [_, (_, Inferred::Free)] => Inferred::Free,
        _ => Inferred::Odd,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse;

    const NAMES: [&str; 8] = ["m", "v", "t", "h", "g", "a", "d", "u"];

    fn names() -> Vec<String> {
        NAMES.map(String::from).to_vec()
    }

    /// Mass, speed, time, height, gravity, an angle, an angle in degrees, and a column whose unit is unknown.
    fn units(target: &str, dimensionless: bool) -> Units {
        let texts = [Some("kg"), Some("m/s"), Some("s"), Some("m"), Some("m/s^2"), Some("rad"), Some("deg"), None];
        Units::new(&texts, Some(target), dimensionless).unwrap()
    }

    /// The unit of the value, `any`, `odd`, or why the text is unsound.
    fn check(text: &str, expect: &str) {
        let units = units("m", false);
        let expr = parse(text, &names()).unwrap();
        let found = match units.of(&expr, Literals::Pure) {
            Some(Inferred::Known(unit)) => units.text(&unit),
            Some(Inferred::Free) => "any".into(),
            Some(Inferred::Odd) => "odd".into(),
            None => units.check(&expr, Literals::Pure, &names()).unwrap_err().to_string(),
        };
        assert_eq!(found, expect, "{text}");
    }

    #[test]
    fn each_rule_of_the_operators() {
        check("h + v*t", "m");
        check("h - t", "in h - t, h has the unit m and t has s: both need the same one, or a free factor");
        check("m*v**2", "kg*m^2/s^2");
        check("m*v*v/2", "kg*m^2/s^2");
        check("v/t", "m/s^2");
        check("1/t", "1/s");
        check("inv(t)", "1/s");
        check("-h", "m");
        check("abs(h)", "m");
        check("sqrt(h/g)", "s");
        check("cbrt(h)", "m^(1/3)");
        check("h**3", "m^3");
        check("h**0.5", "m^(1/2)");
        check("h**(-1.5)", "1/m^(3/2)");
        check("h**0.7", "odd");
        check("h**c0", "odd");
        check("c1*h**c0", "any");
        check(
            "h**c0 + h",
            "in h**1 + h, h**1 has the unit that depends on an exponent and h has m: both need the same one, or a free factor",
        );
        check("(c0*h)**c1", "any");
        check("a**c0", "1");
        check("a**a", "1");
        check("2**a", "1");
        check("h**a", "in h**a, h has the unit m, but needs none: give it a free factor");
        check("a**t", "in a**t, t has the unit s, but needs none: give it a free factor");
        check("sin(a)", "1");
        check("sin(d)", "in sin(d), d has the unit deg, but needs none: give it a free factor");
        check("sin(c0*d)", "1");
        check("exp(t)", "in exp(t), t has the unit s, but needs none: give it a free factor");
        check("exp(c0*t)", "1");
        check("exp(v*t/h)", "1");
        check("h*exp(c0*t)", "m");
        check("log(h)", "in log(h), h has the unit m, but needs none: give it a free factor");
        check("log(h/(v*t))", "1");
        check("min(h, v*t)", "m");
        check("max(h, t)", "in max(h, t), h has the unit m and t has s: both need the same one, or a free factor");
        check("less(h, v*t)", "1");
        check("less(h, t)", "in less(h, t), h has the unit m and t has s: both need the same one, or a free factor");
        check("where(less(t, c0), h, v*t)", "m");
        check(
            "where(t, h, v)",
            "in where(t, h, v), h has the unit m and v has m/s: both need the same one, or a free factor",
        );
        check("h + c0", "m");
        check("c0 + h", "m");
        check("c0*t + h", "m");
        check("h + 1", "in h + 1, h has the unit m and 1 has 1: both need the same one, or a free factor");
        check("h + 0", "m");
        check("a + 1", "1");
        check("2*h", "m");
        check("c0 + c1", "any");
        check("u + h", "m");
        check("sin(u)", "1");
        check("u*h", "any");
    }

    #[test]
    fn the_target_counts() {
        for (text, target, dimensionless, literals, sound) in [
            ("v*t", "m", false, Literals::Pure, true),
            ("v*t", "km", false, Literals::Pure, false),
            ("c0*v*t", "km", false, Literals::Pure, true),
            ("v*t", "s", false, Literals::Pure, false),
            ("0.001*v*t", "km", false, Literals::Pure, false),
            ("0.001*v*t", "km", false, Literals::Free, true),
            ("h + 1", "m", false, Literals::Free, true),
            ("h**2", "m", false, Literals::Free, false),
            ("h**c0", "m", false, Literals::Pure, false),
            ("c0*v*t", "m", true, Literals::Pure, true),
            ("c0*v*t", "km", true, Literals::Pure, false),
            ("c0*v", "m", true, Literals::Pure, false),
            ("h + c0", "m", true, Literals::Pure, false),
            ("h + 2.5", "m", true, Literals::Free, false),
            ("h*exp(c0*v*t/h)", "m", true, Literals::Pure, true),
            ("h*exp(c0*t)", "m", true, Literals::Pure, false),
            ("0", "m", true, Literals::Pure, true),
        ] {
            let units = units(target, dimensionless);
            let expr = parse(text, &names()).unwrap();
            assert_eq!(units.allow(&expr, literals), sound, "{text} in {target}, {dimensionless}, {literals:?}");
            assert_eq!(units.check(&expr, literals, &names()).is_ok(), sound, "{text}");
        }
        let error = units("J", false).check(&parse("m*v", &names()).unwrap(), Literals::Pure, &names()).unwrap_err();
        assert_eq!(error.to_string(), "m*v has the unit kg*m/s, but the target has J: give it a free factor");
    }

    #[test]
    fn an_unknown_target_asks_for_nothing() {
        let units = Units::new(&[Some("m")], None, false).unwrap();
        assert!(units.allow(&Expr::var(0), Literals::Pure));
        assert!(!units.allow(&Expr::apply(Op::Sin, &[&Expr::var(0)]), Literals::Pure));
    }

    #[test]
    fn texts_that_are_no_units_are_told_with_their_place() {
        let (at, error) = Units::new(&[Some("m")], Some("bogus"), false).unwrap_err();
        assert_eq!(at, 1);
        assert!(error.to_string().contains("bogus"), "{error}");
    }
}
