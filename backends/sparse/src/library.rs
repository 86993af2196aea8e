//! [`Library`]: the columns that a model may be a sum of, for each [`Family`] of models.

use serde::{Deserialize, Serialize};
use symfolio_core::Constraints;
use symfolio_expr::{Complexity, Expr, Node, Op, OperatorSet};

use crate::atoms::Atoms;
use crate::compositions::{self, Level};
use crate::dimensional::{self, Dimensions};
use crate::factors;
use crate::monomial::{Monomial, ONE};
use crate::refine::DENSE;
use crate::sample::Sample;

/// A family of models that are linear in their constants.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Family {
    /// Products of whole, not negative powers up to a total degree.
    Polynomial(u8),
    /// Products of powers of either sign; from level 2 on half-integer ones too.
    Laurent(u8),
    /// Sines and cosines of simple arguments times powers, and the powers alone.
    Waves(u8),
    /// Products of powers, alone and times the function with this number (and its square), small enough to be solved at once.
    Single(u16),
    /// Exponentials, logarithms and hyperbolic tangents of simple arguments times powers, and the powers alone.
    Growth(u8),
    /// A few simple columns, and functions of functions of one variable (`compositions.rs`).
    Closed,
    /// The same with functions that have constants inside, on a grid: near misses, for a fit to finish.
    Scaled,
    /// For the logarithm of the target: logarithms of all variables and of the factors in `factors.rs`.
    Factors(u8),
    /// For the logarithm of the target: logarithms of all variables, and products of powers, which become arguments of an
    /// exponential.
    Exponents(u8),
    /// For the logarithm of the target: logarithms of all variables, and of one function of a scaled product (`scan.rs`).
    Scanned,
    /// Columns that have the unit of what is explained: products, and functions of products that have no unit (`dimensional.rs`).
    Dimensional,
    /// For the logarithm of the target: logarithms of all variables, and of functions of products that have no unit.
    DimensionalFactors,
    /// Products of powers, alone and times the target: a relation `u = p(x) + q(x) u` gives `u = p / (1 - q)`.
    Rational(u8),
    /// The same with one term in `q`, the one with this number in [`quotients`], and few powers in `p`.
    Quotient(u8),
}

impl Family {
    /// In words, for the lineage of what is offered.
    pub fn name(self) -> &'static str {
        match self {
            Family::Polynomial(_) => "polynomial",
            Family::Laurent(_) => "powers",
            Family::Waves(_) => "waves",
            Family::Growth(_) => "growth",
            Family::Single(_) => "one function",
            Family::Factors(_) => "power law",
            Family::Exponents(_) => "exponential",
            Family::Closed => "nested functions",
            Family::Scaled => "functions with constants",
            Family::Scanned => "scaled function",
            Family::Dimensional | Family::DimensionalFactors => "units",
            Family::Rational(_) | Family::Quotient(_) => "rational",
        }
    }

    /// Are logarithms of the variables, whose coefficients are exponents, always in?
    pub fn has_logarithms(self) -> bool {
        matches!(self, Family::Factors(_) | Family::Exponents(_) | Family::Scanned | Family::DimensionalFactors)
    }
}

/// The columns that a model may be a sum of.
#[derive(Clone, Debug)]
pub(crate) struct Library {
    /// What the columns are products of.
    pub atoms: Atoms,
    /// Columns that are always in, until they turn out to be superfluous.
    pub base: Vec<Monomial>,
    /// Columns to choose from.
    pub columns: Vec<Monomial>,
    /// How many of the first columns are simple, where the others are thousands of odd ones; 0 elsewhere.
    pub n_simple: usize,
    /// The atom of the transformed target, in rational libraries.
    pub target: Option<u16>,
}

/// What a library is made for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scope<'a> {
    /// The rows.
    pub sample: &'a Sample,
    /// The variables that it is built on.
    pub variables: &'a [u16],
    /// The operators that may be used.
    pub operators: &'a OperatorSet,
    /// Most columns.
    pub max_columns: usize,
    /// What formulas have to keep to.
    pub constraints: &'a Constraints,
    /// How complex it counts as.
    pub complexity: &'a Complexity,
    /// What is known of units.
    pub dimensions: Option<Dimensions<'a>>,
}

impl Scope<'_> {
    /// May a formula hold this part?
    pub fn allow(&self, part: &Expr) -> bool {
        self.constraints.allow(part, self.complexity)
    }
}

impl Library {
    /// The library of `family`; `target` is the transformed target by row.
    pub fn new(family: Family, scope: Scope<'_>, target: &[f64]) -> Library {
        let mut atoms = Atoms::variables(scope.sample);
        let mut base = vec![Monomial::one()];
        let mut place = None;
        let mut n_simple = 0;
        let mut columns = match family {
            Family::Polynomial(degree) => {
                let exponents: Vec<i16> = (1..=i16::from(degree)).map(|exponent| exponent * ONE).collect();
                powers(scope.variables, &exponents, u32::from(degree) * 12, scope.max_columns)
            }
            Family::Laurent(level) => laurent(scope, level),
            Family::Waves(level) => functions(&mut atoms, scope, &[Op::Sin, Op::Cos], level),
            Family::Growth(level) => functions(&mut atoms, scope, &[Op::Exp, Op::Log, Op::Tanh], level),
            Family::Single(index) => single(&mut atoms, scope, index),
            Family::Closed | Family::Scaled => {
                let level = if family == Family::Closed { Level::Closed } else { Level::Scaled };
                let (columns, simple) = compositions::columns(&mut atoms, scope, level);
                n_simple = simple;
                columns
            }
            Family::Factors(level) => factors::columns(&mut atoms, scope, level),
            Family::Exponents(level) => laurent(scope, level),
            Family::Scanned => {
                let few = Scope { max_columns: 300, ..scope };
                let mut all = laurent_up_to(few, &[1, -1], 96);
                all.extend(laurent_up_to(few, &[2, -2], 48));
                all
            }
            Family::Dimensional => {
                scope.dimensions.map_or_else(Vec::new, |units| dimensional::columns(&mut atoms, scope, units))
            }
            Family::DimensionalFactors => {
                scope.dimensions.map_or_else(Vec::new, |units| dimensional::factors(&mut atoms, scope, units))
            }
            Family::Quotient(index) => {
                let atom = atoms.push_values(target.to_vec());
                place = Some(atom);
                if let Some(quotient) = quotients(scope.variables).get(usize::from(index)) {
                    base.push(quotient.times(&Monomial::power(atom, ONE)));
                }
                let mut all = laurent_up_to(Scope { max_columns: 250, ..scope }, &[1, 2, -1, -2], 36);
                let polynomial = laurent_up_to(Scope { max_columns: 150, ..scope }, &[1, 2, 3, 4], 48);
                all.extend(polynomial.into_iter().filter(|monomial| monomial.degree() > 36));
                all
            }
            Family::Rational(level) => {
                let side = Scope { max_columns: scope.max_columns / 2, ..scope };
                let plain =
                    if level == 0 { laurent_up_to(side, &[1, 2, -1, -2], 24) } else { laurent(side, level - 1) };
                let atom = atoms.push_values(target.to_vec());
                place = Some(atom);
                let times: Vec<Monomial> =
                    plain.iter().map(|monomial| monomial.times(&Monomial::power(atom, ONE))).collect();
                plain.into_iter().chain(times).collect()
            }
        };
        // Exponents of power laws and scales inside functions come out of a fit: there the formula is checked.
        if let Some(units) = scope.dimensions.filter(|_| !family.has_logarithms() && place.is_none()) {
            columns.retain(|column| dimensional::is_sound(&atoms, units, column));
        }
        if family.has_logarithms() {
            for variable in 0..scope.sample.features.len() as u16 {
                if scope.sample.features[usize::from(variable)].iter().all(|x| *x != 0.0) {
                    base.push(Monomial::power(atoms.log_of(variable), ONE));
                }
            }
        }
        Library { atoms, base, columns, n_simple, target: place }
    }
}

/// Most single terms that a denominator is tried with.
const MAX_QUOTIENTS: usize = 140;

/// Terms that a denominator is tried with, beside 1: simple products and quotients and their squares first.
pub(crate) fn quotients(variables: &[u16]) -> Vec<Monomial> {
    let simple = powers(variables, &[ONE, 2 * ONE, -ONE, -2 * ONE], 24, MAX_QUOTIENTS);
    let squares = simple.iter().filter_map(|monomial| monomial.raised(2, 1));
    let more = powers(variables, &[ONE, 2 * ONE, -ONE, -2 * ONE], 48, 4 * MAX_QUOTIENTS);
    let mut all: Vec<Monomial> = simple.clone();
    for monomial in squares.chain(more) {
        if all.len() < MAX_QUOTIENTS && !all.contains(&monomial) {
            all.push(monomial);
        }
    }
    all
}

/// Products of powers of `variables` with exponents out of `exponents` (twelfths), not 1, by ascending total degree; whole
/// degrees only, as long as there are at most `cap` of them.
pub(crate) fn powers(variables: &[u16], exponents: &[i16], max_degree: u32, cap: usize) -> Vec<Monomial> {
    let Some(step) = exponents.iter().map(|exponent| u32::from(exponent.unsigned_abs())).min() else {
        return Vec::new();
    };
    let mut all = Vec::new();
    for degree in (1..=max_degree / step).map(|count| count * step) {
        let before = all.len();
        extend(variables, exponents, degree, &mut Vec::new(), cap + 1, &mut all);
        if all.len() > cap {
            all.truncate(before);
            break;
        }
    }
    all
}

/// Appends the products of exactly `degree`, at most `limit` in all.
fn extend(
    variables: &[u16],
    exponents: &[i16],
    degree: u32,
    chosen: &mut Vec<(u16, i16)>,
    limit: usize,
    all: &mut Vec<Monomial>,
) {
    if all.len() >= limit {
        return;
    }
    if degree == 0 {
        all.push(Monomial::new(chosen.clone()));
        return;
    }
    let Some((first, rest)) = variables.split_first() else { return };
    for exponent in exponents {
        let size = u32::from(exponent.unsigned_abs());
        if size <= degree {
            chosen.push((*first, *exponent));
            extend(rest, exponents, degree - size, chosen, limit, all);
            chosen.pop();
        }
    }
    extend(rest, exponents, degree, chosen, limit, all);
}

fn laurent_up_to(scope: Scope<'_>, exponents: &[i16], max_degree: u32) -> Vec<Monomial> {
    let exponents: Vec<i16> = exponents.iter().map(|exponent| exponent * ONE).collect();
    powers(scope.variables, &exponents, max_degree, scope.max_columns)
}

/// Products of powers of either sign: level 0 few, level 1 many, level 2 with half-integer exponents.
pub(crate) fn laurent(scope: Scope<'_>, level: u8) -> Vec<Monomial> {
    let cap = if level == 0 { scope.max_columns.min(400) } else { scope.max_columns };
    let scope = Scope { max_columns: cap, ..scope };
    let mut all = match level {
        0 => laurent_up_to(scope, &[1, 2, -1, -2], 48),
        1 => laurent_up_to(scope, &[1, 2, 3, 4, -1, -2, -3, -4], 72),
        _ => {
            let halves = [6, 12, 18, 24, 36, -6, -12, -18, -24, -36];
            powers(scope.variables, &halves, 60, cap)
        }
    };
    if level == 1 && (3..=7).contains(&scope.variables.len()) {
        // Products of many variables, each once.
        let multilinear = powers(scope.variables, &[ONE, -ONE], 12 * scope.variables.len() as u32, cap);
        let fresh: Vec<Monomial> = multilinear.into_iter().filter(|monomial| !all.contains(monomial)).collect();
        all.extend(fresh);
    }
    all
}

/// Simple arguments of functions, as expressions with what they cost in degrees: variables, products, quotients,
/// differences and sums of two.
pub(crate) fn arguments(variables: &[u16], operators: &OperatorSet) -> Vec<(Expr, u32)> {
    let variable = |index: &u16| Expr::var(*index);
    let may = |op: Op| operators.contains(op);
    let mut all: Vec<(Expr, u32)> = variables.iter().map(|index| (variable(index), 1)).collect();
    for (at, i) in variables.iter().enumerate() {
        for j in &variables[at + 1..] {
            let (a, b) = (variable(i), variable(j));
            let pairs = [(Op::Mul, &a, &b), (Op::Sub, &a, &b), (Op::Add, &a, &b), (Op::Div, &a, &b), (Op::Div, &b, &a)];
            all.extend(pairs.iter().filter(|(op, _, _)| may(*op)).map(|(op, a, b)| (Expr::apply(*op, &[a, b]), 2)));
        }
    }
    all
}

/// Functions `ops` of simple arguments times powers, by ascending cost.
fn functions(atoms: &mut Atoms, scope: Scope<'_>, ops: &[Op], level: u8) -> Vec<Monomial> {
    let exponents: &[i16] = if level == 0 { &[12, 24] } else { &[12, 24, -12, -24, 6, -6] };
    let plain = powers(scope.variables, exponents, 24, scope.max_columns / 4);
    let mut costed: Vec<(u32, Monomial)> = Vec::new();
    for (argument, cost) in arguments(scope.variables, scope.operators) {
        for op in ops.iter().copied().filter(|op| scope.operators.contains(*op)) {
            let Some(atom) = function(atoms, scope, op, &argument) else { continue };
            let second = match op {
                Op::Sin | Op::Cos => 2 * ONE,
                Op::Exp => -ONE,
                _ => 0,
            };
            for exponent in [ONE, second].into_iter().filter(|exponent| *exponent != 0) {
                let function = Monomial::power(atom, exponent);
                let base = 12 * cost + if exponent == ONE { 0 } else { 6 };
                costed.extend(plain.iter().map(|factor| (base + factor.degree(), function.times(factor))));
                costed.push((base, function));
            }
        }
    }
    costed.sort();
    costed.truncate(scope.max_columns.saturating_sub(plain.len()));
    plain.into_iter().chain(costed.into_iter().map(|(_, monomial)| monomial)).collect()
}

/// Functions that single-function libraries are made of.
const SINGLES: [Op; 5] = [Op::Cos, Op::Sin, Op::Exp, Op::Log, Op::Tanh];

/// How many single-function libraries there are for these variables.
pub(crate) fn n_singles(variables: &[u16], operators: &OperatorSet) -> usize {
    SINGLES.len() * arguments(variables, operators).len()
}

/// Products of powers, alone, times a function and times its square, as many as a dense regression takes.
fn single(atoms: &mut Atoms, scope: Scope<'_>, index: u16) -> Vec<Monomial> {
    let (at, op) = (usize::from(index) / SINGLES.len(), SINGLES[usize::from(index) % SINGLES.len()]);
    let arguments = arguments(scope.variables, scope.operators);
    let Some((argument, _)) = arguments.get(at).filter(|_| scope.operators.contains(op)) else { return Vec::new() };
    let Some(atom) = function(atoms, scope, op, argument) else { return Vec::new() };
    // Whole powers first: half-integer ones come in smaller degrees and would take their room.
    let mut plain = powers(scope.variables, &[ONE, 2 * ONE], 24, DENSE / 2 - 2);
    if scope.variables.len() <= 3 {
        let more = powers(scope.variables, &[ONE, 2 * ONE, -ONE, ONE / 2], 24, DENSE / 3 - 1);
        let fresh: Vec<Monomial> = more.into_iter().filter(|monomial| !plain.contains(monomial)).collect();
        plain.extend(fresh);
    }
    let second = if op == Op::Exp { -ONE } else { 2 * ONE };
    let mut columns = plain.clone();
    for function in [Monomial::power(atom, ONE), Monomial::power(atom, second)] {
        let times: Vec<Monomial> = plain.iter().map(|factor| function.times(factor)).collect();
        columns.push(function);
        columns.extend(times);
    }
    // One place is for the constant.
    columns.truncate(DENSE - 1);
    columns
}

/// The atom of `op(argument)`, where it is finite on all rows and says something new.
fn function(atoms: &mut Atoms, scope: Scope<'_>, op: Op, argument: &Expr) -> Option<u16> {
    if op != Op::Log {
        let atom = atoms.intern(Expr::apply(op, &[argument]), scope.sample);
        return atoms.values(atom).iter().all(|value| value.is_finite()).then_some(atom);
    }
    // The logarithm of a product or quotient is a sum of logarithms that are there already.
    if matches!(argument.nodes().last(), Some(Node::Op(Op::Mul | Op::Div))) {
        return None;
    }
    let source = atoms.intern(argument.clone(), scope.sample);
    atoms.values(source).iter().all(|value| *value > 0.0).then(|| atoms.log_of(source))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn powers_come_by_degree_and_in_whole_degrees() {
        let quadratic = powers(&[0, 1, 2], &[12, 24], 24, 100);
        assert_eq!(quadratic.len(), 9);
        assert!(quadratic[..3].iter().all(|monomial| monomial.degree() == 12));
        assert_eq!(powers(&[0, 1, 2], &[12, 24], 24, 8).len(), 3);
        assert_eq!(powers(&[0, 1], &[12, -12], 24, 100).len(), 4 + 4);
        assert_eq!(powers(&[0], &[], 24, 100), []);
    }

    #[test]
    fn single_function_libraries_hold_all_products_of_two_variables() {
        let column = |shift: f64| (0..8).map(|row| 1.0 + shift + f64::from(row)).collect::<Vec<f64>>();
        for count in 2..=5 {
            let features = (0..count).map(|index| column(f64::from(index))).collect();
            let sample = Sample { features, target: column(0.0), root_weights: vec![1.0; 8] };
            let variables: Vec<u16> = (0..count).collect();
            let operators = OperatorSet::default();
            let scope = Scope {
                sample: &sample,
                variables: &variables,
                operators: &operators,
                max_columns: 200,
                constraints: &Constraints::default(),
                complexity: &Complexity::default(),
                dimensions: None,
            };
            let library = Library::new(Family::Single(0), scope, &sample.target);
            let products = powers(&variables, &[ONE, 2 * ONE], 24, 100);
            assert!(products.iter().all(|product| library.columns.contains(product)), "{count} variables");
            // The function is the first atom after the variables.
            let function = Monomial::power(count, ONE);
            let times = |product: &Monomial| library.columns.contains(&product.times(&function));
            assert!(products.iter().all(times) && library.columns.len() < DENSE, "{count} variables");
        }
    }

    #[test]
    fn rational_libraries_hold_every_column_twice() {
        let sample = Sample {
            features: vec![vec![1.0, 2.0, 4.0], vec![3.0, 1.0, 2.0]],
            target: vec![1.0, 2.0, 3.0],
            root_weights: vec![1.0; 3],
        };
        let operators = OperatorSet::default();
        let scope = Scope {
            sample: &sample,
            variables: &[0, 1],
            operators: &operators,
            max_columns: 200,
            constraints: &Constraints::default(),
            complexity: &Complexity::default(),
            dimensions: None,
        };
        let library = Library::new(Family::Rational(0), scope, &sample.target);
        let target = library.target.unwrap();
        let with = library.columns.iter().filter(|column| column.exponent(target) != 0).count();
        assert_eq!(2 * with, library.columns.len());
        assert_eq!(library.atoms.values(target), [1.0, 2.0, 3.0]);
    }
}
