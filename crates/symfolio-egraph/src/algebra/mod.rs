//! Algebra on sums of products, where rules over a graph would drown in the ways to order and group operands.
//!
//! A tree is read into a [`poly::Poly`]: a sum of terms, each a number times a product of powers of atoms, in one order.
//! Like terms, powers of the same atom and numbers meet while reading; no step changes where the expression has a
//! value. It is then written back as the smallest tree that factoring finds: common factors and denominators, perfect
//! squares, Horner's scheme.

mod factor;
mod poly;
mod power;
mod read;
mod write;

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use crate::Domain;
use crate::facts::{Facts, sign};
use crate::tree::Tree;
use poly::{Atom, Poly, Term};

/// How an expression is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Mode {
    /// Multiply out products and whole powers of sums, and split logarithms of products.
    pub(crate) expand: bool,
    /// Take constant factors out of sums that are factors themselves, so that they meet other constants.
    pub(crate) monic: bool,
    /// Bring sums inside powers over a common denominator.
    pub(crate) denominator: bool,
    /// Write sums with plus signs only, so that the sign of a term is with its constant.
    pub(crate) signed: bool,
}

impl Mode {
    const PLAIN: Mode = Mode { expand: false, monic: false, denominator: false, signed: false };
}

/// The modes worth trying, the one that changes least first.
pub(crate) const MODES: [Mode; 5] = [
    Mode::PLAIN,
    Mode { expand: true, ..Mode::PLAIN },
    Mode { monic: true, ..Mode::PLAIN },
    Mode { expand: true, monic: true, ..Mode::PLAIN },
    Mode { expand: true, denominator: true, ..Mode::PLAIN },
];

/// The largest tree, in nodes, that is worth the time.
const LARGEST: usize = 200;

/// How many sums may be factored in one rewriting: factoring tries alternatives, and alternatives of alternatives.
const FUEL: u32 = 24;

/// `tree` read and written back in each of `modes`: the results that differ from `tree`, and from each other.
pub(crate) fn rewritings(tree: &Tree, modes: &[Mode], domain: &Domain, params: &[f64]) -> Vec<Tree> {
    let size = tree.size();
    let mut read: Vec<Poly> = Vec::new();
    let mut trees: Vec<Tree> = Vec::new();
    if size > LARGEST {
        return trees;
    }
    for mode in modes {
        let algebra = Algebra { domain, params, mode: *mode, fuel: Cell::new(0), written: RefCell::default() };
        let Some(poly) = algebra.read(tree) else { continue };
        // Modes often agree, and writing takes the most time.
        if read.contains(&poly) {
            continue;
        }
        let plain = algebra.write(&poly);
        // Factoring rarely makes up for a long expansion, and takes longest there.
        if plain.size() <= 2 * size {
            algebra.fuel.set(FUEL);
            algebra.written.take();
            let written = algebra.write(&poly);
            if written != *tree && !trees.contains(&written) {
                trees.push(written);
            }
        }
        read.push(poly);
    }
    trees
}

/// `tree` multiplied out, with constants taken out of sums and written, with their signs, beside each other: where they can be merged.
pub(crate) fn spread(tree: &Tree, domain: &Domain, params: &[f64]) -> Option<Tree> {
    let mode = Mode { expand: true, monic: true, signed: true, ..Mode::PLAIN };
    let algebra = Algebra { domain, params, mode, fuel: Cell::new(0), written: RefCell::default() };
    (tree.size() <= LARGEST).then(|| algebra.read(tree)).flatten().map(|poly| algebra.write(&poly))
}

/// `tree` read and written back without factoring: the same for trees that differ in trivial ways only.
pub(crate) fn normal(tree: &Tree, domain: &Domain, params: &[f64]) -> Option<Tree> {
    let algebra = Algebra { domain, params, mode: MODES[0], fuel: Cell::new(0), written: RefCell::default() };
    algebra.read(tree).map(|poly| algebra.write(&poly))
}

/// What a rewriting knows and remembers.
struct Algebra<'a> {
    domain: &'a Domain,
    params: &'a [f64],
    mode: Mode,
    fuel: Cell<u32>,
    /// Sums already written.
    written: RefCell<BTreeMap<Poly, Tree>>,
}

impl Algebra<'_> {
    fn facts(&self, poly: &Poly) -> Facts {
        let mut sum: Option<Facts> = None;
        for (term, coefficient) in poly.terms() {
            let term = Facts::apply(symfolio_expr::Op::Mul, &[Facts::number(*coefficient), self.term_facts(term)]);
            sum = Some(sum.map_or(term, |sum| Facts::apply(symfolio_expr::Op::Add, &[sum, term])));
        }
        sum.unwrap_or(Facts::number(poly::literal(0.0)))
    }

    fn term_facts(&self, term: &Term) -> Facts {
        term.factors().iter().fold(Facts::number(poly::literal(1.0)), |product, (atom, exponent)| {
            let power = Facts::apply(symfolio_expr::Op::Pow, &[self.atom_facts(atom), Facts::number(*exponent)]);
            Facts::apply(symfolio_expr::Op::Mul, &[product, power])
        })
    }

    fn atom_facts(&self, atom: &Atom) -> Facts {
        match atom {
            Atom::Param(index) => Facts::param(sign(self.params.get(usize::from(*index)).copied().unwrap_or(0.0))),
            Atom::Var(index) => Facts::variable(self.domain.range(*index)),
            Atom::Sum(poly) => self.facts(poly),
            Atom::Call(op, args) => {
                let args: Vec<Facts> = args.iter().map(|arg| self.facts(arg)).collect();
                Facts::apply(*op, &args)
            }
        }
    }
}
