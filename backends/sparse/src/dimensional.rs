//! Columns that units suggest: products of variables with the unit of what is explained, alone and times functions of products that have
//! no unit (Buckingham 1914). A law whose constants are pure numbers is made of these.

use std::collections::BTreeSet;

use symfolio_expr::{Expr, Inferred, Literals, Node, Op, Product, Unit, Units};

use crate::atoms::Atoms;
use crate::library::Scope;
use crate::monomial::{Monomial, ONE};
use crate::writer::Writer;

/// What a library knows of units.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Dimensions<'a> {
    /// Those of the variables.
    pub units: &'a Units,
    /// That of the model's value, where it is known.
    pub value: Option<Unit>,
}

/// Most arguments of functions.
const ARGUMENTS: usize = 12;

/// Products of powers with the unit of the value, then the same times functions of groups, by ascending degree.
pub(crate) fn columns(atoms: &mut Atoms, scope: Scope<'_>, dimensions: Dimensions<'_>) -> Vec<Monomial> {
    let Some(value) = dimensions.value else { return Vec::new() };
    let products = of_variables(scope, dimensions.units.products_of(&value));
    let groups = of_variables(scope, dimensions.units.analysis().groups.clone());
    let mut seen: BTreeSet<Monomial> = BTreeSet::new();
    let mut plain: Vec<Monomial> = Vec::new();
    for product in &products {
        for factor in powers_of(&groups) {
            let column = product.times(&factor);
            if !column.is_one() && seen.insert(column.clone()) {
                plain.push(column);
            }
        }
    }
    plain.sort_by_key(|column| (column.degree(), column.clone()));
    plain.truncate(scope.max_columns / 4);
    let few: Vec<Monomial> = products.iter().chain(plain.iter().take(ARGUMENTS)).cloned().collect();
    let mut all = plain;
    for function in functions(atoms, scope, &groups) {
        for factor in &few {
            let column = factor.times(&function);
            if seen.insert(column.clone()) {
                all.push(column);
            }
        }
    }
    all.truncate(scope.max_columns);
    all
}

/// For the logarithm of the target: logarithms of functions of groups.
pub(crate) fn factors(atoms: &mut Atoms, scope: Scope<'_>, dimensions: Dimensions<'_>) -> Vec<Monomial> {
    let groups = of_variables(scope, dimensions.units.analysis().groups.clone());
    let mut all: Vec<Monomial> = Vec::new();
    for function in functions(atoms, scope, &groups) {
        let [(atom, ONE)] = function.powers() else { continue };
        if atoms.source_of_log(*atom).is_none() {
            let log = atoms.log_of(*atom);
            all.push(Monomial::power(log, ONE));
        }
    }
    all.truncate(scope.max_columns);
    all
}

/// Is a column sound, and has it the unit of the value where constants have none?
pub(crate) fn is_sound(atoms: &Atoms, dimensions: Dimensions<'_>, column: &Monomial) -> bool {
    let units = dimensions.units;
    let mut product = Some(Unit::ONE);
    for (atom, exponent) in column.powers() {
        let Some(unit) = units.of(atoms.expr(*atom), Literals::Pure) else { return false };
        let of_log = atoms.source_of_log(*atom).is_some();
        let Inferred::Known(unit) = unit else {
            product = None;
            continue;
        };
        if of_log && !unit.is_one() {
            return false;
        }
        let factor = if of_log { Some(Unit::ONE) } else { unit.raised(*exponent) };
        product = product.zip(factor).map(|(product, factor)| product.times(&factor));
    }
    match (product, dimensions.value) {
        (Some(unit), Some(value)) if units.dimensionless_constants() => unit.is(&value),
        _ => true,
    }
}

/// The products that are made of the scope's variables only.
fn of_variables(scope: Scope<'_>, products: Vec<Product>) -> Vec<Monomial> {
    let within = |product: &Product| product.0.iter().all(|(at, _)| scope.variables.contains(&(*at as u16)));
    let monomial =
        |product: Product| Monomial::new(product.0.into_iter().map(|(at, exponent)| (at as u16, exponent)).collect());
    products.into_iter().filter(within).map(monomial).collect()
}

/// Powers of one group, and products of powers of two; 1 first.
fn powers_of(groups: &[Monomial]) -> Vec<Monomial> {
    const SINGLE: [(i16, i16); 10] =
        [(1, 1), (-1, 1), (2, 1), (-2, 1), (1, 2), (-1, 2), (3, 2), (-3, 2), (3, 1), (-3, 1)];
    const PAIRED: [(i16, i16); 6] = [(1, 1), (-1, 1), (2, 1), (-2, 1), (1, 2), (-1, 2)];
    let raised = |group: &Monomial, powers: &[(i16, i16)]| -> Vec<Monomial> {
        powers.iter().filter_map(|(numerator, denominator)| group.raised(*numerator, *denominator)).collect()
    };
    let mut all = vec![Monomial::one()];
    for (at, group) in groups.iter().enumerate() {
        all.extend(raised(group, &SINGLE));
        for other in &groups[at + 1..] {
            for first in raised(group, &PAIRED) {
                all.extend(raised(other, &PAIRED).iter().map(|second| first.times(second)));
            }
        }
    }
    all
}

/// Functions of groups and of their products and quotients, each an atom to a power.
fn functions(atoms: &mut Atoms, scope: Scope<'_>, groups: &[Monomial]) -> Vec<Monomial> {
    let mut arguments: Vec<Monomial> = Vec::new();
    for group in groups {
        arguments.extend([group.clone(), group.inverse()]);
    }
    for (at, group) in groups.iter().enumerate() {
        for other in &groups[at + 1..] {
            arguments.extend([group.times(other), group.times(&other.inverse()), other.times(&group.inverse())]);
        }
    }
    arguments.truncate(ARGUMENTS);
    let writer = Writer { operators: scope.operators, tolerance: 1e-6 };
    let one = Expr::constant(1.0);
    let mut all: Vec<Monomial> = Vec::new();
    for argument in arguments {
        let powers: Vec<(Expr, i16)> =
            argument.powers().iter().map(|(atom, exponent)| (atoms.expr(*atom).clone(), *exponent)).collect();
        let Some(a) = writer.product(1.0, &powers) else { continue };
        let square = Expr::apply(Op::Square, &[&a]);
        let exponential = Expr::apply(Op::Exp, &[&a]);
        let shapes: [(Expr, &[i16]); 10] = [
            (Expr::apply(Op::Add, &[&one, &a]), &[ONE, -ONE, ONE / 2, -ONE / 2]),
            (Expr::apply(Op::Sub, &[&one, &a]), &[ONE, -ONE, ONE / 2, -ONE / 2]),
            (Expr::apply(Op::Add, &[&one, &square]), &[ONE, -ONE, ONE / 2, -ONE / 2]),
            (Expr::apply(Op::Sub, &[&one, &square]), &[ONE, -ONE, ONE / 2, -ONE / 2]),
            (Expr::apply(Op::Sin, &[&a]), &[ONE, 2 * ONE]),
            (Expr::apply(Op::Cos, &[&a]), &[ONE, 2 * ONE]),
            (exponential.clone(), &[ONE, -ONE]),
            (Expr::apply(Op::Sub, &[&exponential, &one]), &[ONE, -ONE]),
            (Expr::apply(Op::Tanh, &[&a]), &[ONE]),
            (Expr::apply(Op::Log, &[&a]), &[ONE]),
        ];
        for (shape, exponents) in shapes {
            if !shape.nodes().iter().all(|node| !matches!(node, Node::Op(op) if !scope.operators.contains(*op))) {
                continue;
            }
            let atom = atoms.intern(shape, scope.sample);
            let values = atoms.values(atom);
            if !values.iter().all(|value| value.is_finite()) {
                continue;
            }
            let positive = values.iter().all(|value| *value > 0.0);
            let nonzero = values.iter().all(|value| *value != 0.0);
            let defined = |exponent: &i16| (positive || exponent % ONE == 0) && (nonzero || *exponent > 0);
            all.extend(exponents.iter().filter(|e| defined(e)).map(|exponent| Monomial::power(atom, *exponent)));
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use symfolio_core::Constraints;
    use symfolio_expr::{Complexity, OperatorSet, infix};

    use super::*;
    use crate::sample::Sample;

    #[test]
    fn columns_have_the_unit_of_the_value() {
        let names = ["m", "v", "c"].map(String::from);
        let units = Units::new(&[Some("kg"), Some("m/s"), Some("m/s")], Some("J"), false).unwrap();
        let column = |scale: f64| (1..=8).map(|row| scale * f64::from(row)).collect::<Vec<f64>>();
        let sample = Sample {
            features: vec![column(1.0), column(0.5), column(3.0)],
            target: column(1.0),
            root_weights: vec![1.0; 8],
        };
        let operators = OperatorSet::default();
        let scope = Scope {
            sample: &sample,
            variables: &[0, 1, 2],
            operators: &operators,
            max_columns: 1000,
            constraints: &Constraints::default(),
            complexity: &Complexity::default(),
            dimensions: None,
        };
        let mut atoms = Atoms::variables(&sample);
        let dimensions = Dimensions { units: &units, value: units.target().copied() };
        let columns = columns(&mut atoms, scope, dimensions);
        let writer = Writer { operators: &operators, tolerance: 1e-6 };
        let texts: Vec<String> = columns
            .iter()
            .map(|column| {
                let powers = column.powers().iter().map(|(atom, exponent)| (atoms.expr(*atom).clone(), *exponent));
                let expr = writer.product(1.0, &powers.collect::<Vec<_>>()).unwrap();
                assert!(units.allow(&expr, Literals::Pure), "{}", infix(&expr, &names));
                infix(&expr, &names)
            })
            .collect();
        for wanted in ["m*v**2", "m*c**2", "m*v*c"] {
            assert!(texts[..6].iter().any(|text| text == wanted), "{wanted} is not among {:?}", &texts[..6]);
        }
        // The energy of a moving body.
        let relativistic = |text: &String| text.contains("sqrt(1 - (v/c)**2)");
        assert!(texts.iter().any(relativistic), "{texts:?}");
        assert!(columns.iter().all(|column| is_sound(&atoms, dimensions, column)));
        let sine = atoms.intern(Expr::apply(Op::Sin, &[&Expr::var(0)]), &sample);
        assert!(!is_sound(&atoms, dimensions, &Monomial::power(sine, ONE)));
        assert!(is_sound(&atoms, dimensions, &Monomial::power(0, ONE)), "its factor may have a unit");
        let strict = Units::new(&[Some("kg"), Some("m/s"), Some("m/s")], Some("J"), true).unwrap();
        let dimensions = Dimensions { units: &strict, value: strict.target().copied() };
        assert!(!is_sound(&atoms, dimensions, &Monomial::power(0, ONE)));
    }
}
