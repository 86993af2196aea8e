//! Factors of a product whose logarithms are columns: differences, sums, sums of squares, sines ... of variables.

use symfolio_expr::{Expr, Op};

use crate::atoms::Atoms;
use crate::library::{Scope, arguments};
use crate::monomial::{Monomial, ONE};

/// Logarithms of factors: level 0 none (a plain power law), level 1 of pairs of variables, level 2 also of triples.
pub(crate) fn columns(atoms: &mut Atoms, scope: Scope<'_>, level: u8) -> Vec<Monomial> {
    if level == 0 {
        return Vec::new();
    }
    let mut factors = pairs(scope);
    factors.extend(shifted(scope));
    factors.extend(waves(scope, level));
    if level > 1 {
        factors.extend(triples(scope));
    }
    let mut columns = Vec::with_capacity(scope.max_columns);
    for factor in factors {
        if columns.len() >= scope.max_columns {
            break;
        }
        if !factor.nodes().iter().all(|node| match node {
            symfolio_expr::Node::Op(op) => scope.operators.contains(*op),
            _ => true,
        }) {
            continue;
        }
        let atom = atoms.intern(factor, scope.sample);
        columns.push(Monomial::power(atoms.log_of(atom), ONE));
    }
    columns
}

fn apply(op: Op, a: &Expr, b: &Expr) -> Expr {
    Expr::apply(op, &[a, b])
}

fn square(a: &Expr) -> Expr {
    Expr::apply(Op::Square, &[a])
}

/// Sums and differences of two variables and of their squares.
fn pairs(scope: Scope<'_>) -> Vec<Expr> {
    let mut all = Vec::new();
    for (at, i) in scope.variables.iter().enumerate() {
        for j in &scope.variables[at + 1..] {
            let (a, b) = (Expr::var(*i), Expr::var(*j));
            all.push(apply(Op::Sub, &a, &b));
            all.push(apply(Op::Add, &a, &b));
            all.push(apply(Op::Sub, &square(&a), &square(&b)));
            all.push(apply(Op::Add, &square(&a), &square(&b)));
        }
    }
    all
}

/// 1 plus or minus a variable, its square, and products of two.
fn shifted(scope: Scope<'_>) -> Vec<Expr> {
    let one = Expr::constant(1.0);
    let mut inner: Vec<Expr> = Vec::new();
    for (at, i) in scope.variables.iter().enumerate() {
        inner.push(Expr::var(*i));
        inner.push(square(&Expr::var(*i)));
        inner.extend(scope.variables[at + 1..].iter().map(|j| apply(Op::Mul, &Expr::var(*i), &Expr::var(*j))));
    }
    inner.iter().flat_map(|x| [apply(Op::Add, &one, x), apply(Op::Sub, &one, x)]).collect()
}

/// Sines, cosines and hyperbolic tangents of simple arguments, at once, half and twice the argument; logarithms of variables.
fn waves(scope: Scope<'_>, level: u8) -> Vec<Expr> {
    let mut inner: Vec<Expr> =
        arguments(scope.variables, scope.operators).into_iter().map(|(argument, _)| argument).collect();
    if level > 1 {
        for i in scope.variables {
            for (at, j) in scope.variables.iter().enumerate() {
                for k in &scope.variables[at + 1..] {
                    if i != j && i != k {
                        let difference = apply(Op::Sub, &Expr::var(*j), &Expr::var(*k));
                        inner.push(apply(Op::Mul, &Expr::var(*i), &difference));
                    }
                }
            }
        }
    }
    let mut all = Vec::new();
    for argument in &inner {
        for scale in [1.0, 0.5, 2.0] {
            let scaled = if scale == 1.0 { argument.clone() } else { apply(Op::Mul, &Expr::constant(scale), argument) };
            all.extend([Op::Sin, Op::Cos].map(|op| Expr::apply(op, &[&scaled])));
        }
        all.push(Expr::apply(Op::Tanh, &[argument]));
    }
    all.extend(scope.variables.iter().map(|i| Expr::apply(Op::Log, &[&Expr::var(*i)])));
    all
}

/// Sums of three squares, a variable plus or minus the product of two others, sums and differences of two products.
fn triples(scope: Scope<'_>) -> Vec<Expr> {
    let mut all = Vec::new();
    for (at, i) in scope.variables.iter().enumerate() {
        for (next, j) in scope.variables.iter().enumerate().skip(at + 1) {
            for k in &scope.variables[next + 1..] {
                let (a, b, c) = (Expr::var(*i), Expr::var(*j), Expr::var(*k));
                let two = apply(Op::Add, &square(&a), &square(&b));
                all.push(apply(Op::Add, &two, &square(&c)));
                for (single, first, second) in [(&a, &b, &c), (&b, &a, &c), (&c, &a, &b)] {
                    let product = apply(Op::Mul, first, second);
                    all.push(apply(Op::Sub, single, &product));
                    all.push(apply(Op::Add, single, &product));
                }
                all.push(apply(Op::Add, &apply(Op::Add, &a, &b), &c));
            }
        }
    }
    all
}
