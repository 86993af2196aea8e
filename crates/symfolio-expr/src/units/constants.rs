//! The units of a formula's constants, as far as the columns' units settle them.

use crate::{Expr, Node, Op};

use super::check::Units;
use super::linear::{is_nothing, reduce};
use super::rule::UnitRule;
use super::unit::{BASES, ONE, Unit};

/// A unit as numbers: exponents in twelfths, then the logarithm of the scale.
const ENTRIES: usize = BASES + 1;

/// The unit of a part as a linear function of unknown units: one factor for each of them, then a known unit.
type Linear = Vec<f64>;

impl Units {
    /// The unit of each number of `expr`, free constants and literals alike, in order of first appearance; `None` where it is not
    /// settled: `c0` and `c1` of `c0*exp(c1*t)*c2` leave open who of `c0` and `c2` carries which unit.
    ///
    /// Literals are pure numbers where that is possible, exponents always are, and so is what is raised to a fitted power where it can be.
    pub fn constants(&self, expr: &Expr) -> Vec<Option<Unit>> {
        // The plainest reading that is free of contradictions.
        let readings = [(false, false), (false, true), (true, false), (true, true)];
        let solved =
            readings.into_iter().find_map(|(literals, powers)| System::new(self, expr, literals, powers).solve());
        let mut seen = vec![false; expr.params().len()];
        let mut found = Vec::new();
        for (at, node) in expr.nodes().iter().enumerate() {
            let first = match *node {
                Node::Const(_) => true,
                Node::Param(index) => !std::mem::replace(&mut seen[usize::from(index)], true),
                _ => false,
            };
            if first {
                found.push(solved.as_ref().and_then(|solved| solved[at]));
            }
        }
        found
    }
}

/// Equations that the units of the parts of an expression meet.
struct System<'a> {
    units: &'a Units,
    expr: &'a Expr,
    /// May literals have units?
    free_literals: bool,
    /// May what is raised to a fitted power have a unit?
    free_powers: bool,
    n_unknown: usize,
    /// Each is a linear function that has to be the unit of pure numbers.
    equations: Vec<Linear>,
    /// The unit of each leaf that is a number: an unknown one, or none.
    numbers: Vec<Option<usize>>,
}

impl<'a> System<'a> {
    fn new(units: &'a Units, expr: &'a Expr, free_literals: bool, free_powers: bool) -> System<'a> {
        let n_params = expr.params().len();
        let mut system = System {
            units,
            expr,
            free_literals,
            free_powers,
            // One for each constant, and at most one for each node.
            n_unknown: n_params + expr.len(),
            equations: Vec::new(),
            numbers: vec![None; expr.len()],
        };
        system.collect();
        system
    }

    fn unknown(&self, index: usize) -> Linear {
        let mut linear = vec![0.0; self.n_unknown + ENTRIES];
        linear[index] = 1.0;
        linear
    }

    fn known(&self, unit: &Unit) -> Linear {
        let mut linear = vec![0.0; self.n_unknown + ENTRIES];
        let entries = unit.exponents().iter().map(|exponent| f64::from(*exponent)).chain([unit.log_scale()]);
        linear[self.n_unknown..].iter_mut().zip(entries).for_each(|(place, entry)| *place = entry);
        linear
    }

    fn collect(&mut self) {
        let n_params = self.expr.params().len();
        let mut stack: Vec<(usize, Linear)> = Vec::new();
        for (at, node) in self.expr.nodes().iter().enumerate() {
            let unit = match *node {
                Node::Var(index) => match self.units.feature(usize::from(index)) {
                    Some(unit) => self.known(unit),
                    None => self.unknown(n_params + at),
                },
                Node::Param(_) if self.units.dimensionless_constants => self.known(&Unit::ONE),
                Node::Param(index) => {
                    self.numbers[at] = Some(usize::from(index));
                    self.unknown(usize::from(index))
                }
                Node::Const(value) => {
                    let free = value == 0.0 || (self.free_literals && !self.units.dimensionless_constants);
                    if free {
                        self.numbers[at] = Some(n_params + at);
                        self.unknown(n_params + at)
                    } else {
                        self.known(&Unit::ONE)
                    }
                }
                Node::Op(op) => {
                    let first = stack.len().saturating_sub(op.arity());
                    let args = stack.split_off(first);
                    self.apply(op, &args, at)
                }
            };
            stack.push((at, unit));
        }
        if let (Some((_, unit)), Some(target)) = (stack.pop(), self.units.target()) {
            let target = self.known(target);
            self.equal(&unit, &target);
        }
    }

    fn equal(&mut self, a: &Linear, b: &Linear) {
        self.equations.push(a.iter().zip(b).map(|(a, b)| a - b).collect());
    }

    fn apply(&mut self, op: Op, args: &[(usize, Linear)], at: usize) -> Linear {
        let one = self.known(&Unit::ONE);
        match (op.info().unit, args) {
            (UnitRule::Agree, [(_, first), rest @ ..]) => {
                rest.iter().for_each(|(_, other)| self.equal(first, other));
                first.clone()
            }
            (UnitRule::Choose, [_, (_, first), (_, second)]) => {
                self.equal(first, second);
                first.clone()
            }
            (UnitRule::Compare, [(_, first), (_, second)]) => {
                self.equal(first, second);
                one
            }
            (UnitRule::Product, [(_, a), (_, b)]) => a.iter().zip(b).map(|(a, b)| a + b).collect(),
            (UnitRule::Quotient, [(_, a), (_, b)]) => a.iter().zip(b).map(|(a, b)| a - b).collect(),
            (UnitRule::Power(power), [(_, a)]) => a.iter().map(|a| a * f64::from(power) / f64::from(ONE)).collect(),
            (UnitRule::Exponent, [(_, base), (place, exponent)]) => {
                self.equal(exponent, &one);
                match self.expr.nodes()[*place] {
                    Node::Const(power) => base.iter().map(|entry| entry * power).collect(),
                    // A fitted exponent makes a unit that no one has a name for.
                    Node::Param(_) if self.free_powers => self.unknown(self.expr.params().len() + at),
                    _ => {
                        self.equal(base, &one);
                        one
                    }
                }
            }
            _ => {
                args.iter().for_each(|(_, arg)| self.equal(arg, &one));
                one
            }
        }
    }

    /// The unit of each leaf that is a number, by its position; `None` where the equations contradict each other.
    fn solve(mut self) -> Option<Vec<Option<Unit>>> {
        let n = self.n_unknown;
        // What is known goes to the other side.
        self.equations.iter_mut().for_each(|row| row[n..].iter_mut().for_each(|entry| *entry = -*entry));
        let pivots = reduce(&mut self.equations, n);
        if self.equations[pivots.len()..].iter().any(|row| !row[n..].iter().copied().all(is_nothing)) {
            return None;
        }
        let value = |index: usize| {
            let row = &self.equations[pivots.iter().position(|pivot| *pivot == index)?];
            let alone = row[..n].iter().enumerate().all(|(at, entry)| at == index || is_nothing(*entry));
            if !alone {
                return None;
            }
            let mut exponents = [0; BASES];
            for (place, entry) in exponents.iter_mut().zip(&row[n..]) {
                if (entry - entry.round()).abs() > 1e-6 || entry.abs() > 30.0 * f64::from(ONE) {
                    return None;
                }
                *place = entry.round() as i16;
            }
            Some(Unit::new(exponents, row[n + BASES]))
        };
        let leaf = |(at, node): (usize, &Node)| match (node, self.numbers[at]) {
            (_, Some(index)) => value(index),
            (Node::Const(_) | Node::Param(_), None) => Some(Unit::ONE),
            _ => None,
        };
        Some(self.expr.nodes().iter().enumerate().map(leaf).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse;

    fn check(text: &str, target: &str, expect: &str) {
        let names = ["x", "t", "a", "u"].map(String::from);
        let units = Units::new(&[Some("km"), Some("h"), Some("rad"), None], Some(target), false).unwrap();
        let expr = parse(text, &names).unwrap();
        let shown = units
            .constants(&expr)
            .iter()
            .map(|unit| unit.map_or("?".into(), |unit| units.text(&unit)))
            .collect::<Vec<_>>();
        assert_eq!(shown.join(", "), expect, "{text} in {target}");
    }

    #[test]
    fn constants_have_the_units_that_the_columns_ask_for() {
        check("c0*t**2", "km", "km/h^2");
        check("x + c0*t", "km", "km/h");
        check("c0*exp(-c1*t) + c2", "km", "km, 1/h, km");
        check("c0*sin(c1*t + c2)", "km", "km, 1/h, 1");
        check("c0*x/(c1 + x)", "km/h", "km/h, km");
        check("2*x", "km", "1");
        check("2*x", "m", "0.001");
        check("9.81*t**2/2", "km", "?, ?");
        check("9.81*t**2", "km", "km/h^2");
        check("c0*c1*x", "km", "?, ?");
        check("c0*x + c0*x", "km", "1");
        check("c0*u", "km", "?");
        check("(x/c0)**c1", "1", "km, 1");
        check("c0*x**c1", "km", "?, 1");
        check("x + 0", "km", "km");
        check("sqrt(c0*x)", "km", "km");
        check("where(x < c0, c1, c2*t)", "km", "km, km, km/h");
        check("x + t", "km", "");
        check("x + t + 1", "km", "?");
    }

    #[test]
    fn constants_without_units_have_none() {
        let units = Units::new(&[Some("km")], Some("km"), true).unwrap();
        let expr = parse("c0*x", &["x".to_string()]).unwrap();
        assert!(units.constants(&expr)[0].is_some_and(|unit| unit.is_one()));
    }
}
