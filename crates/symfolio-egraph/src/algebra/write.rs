//! Writing a [`Poly`] as the smallest tree that factoring finds.

use std::collections::BTreeMap;

use symfolio_expr::Op;

use super::Algebra;
use super::poly::{Atom, Poly, Term};
use crate::tree::Tree;

impl Algebra<'_> {
    /// A small tree for the sum.
    pub(super) fn write(&self, poly: &Poly) -> Tree {
        if let Some(value) = poly.value() {
            return Tree::number(value);
        }
        if let Some((term, c)) = poly.only() {
            return self.product(term, c);
        }
        if let Some(known) = self.written.borrow().get(poly) {
            return known.clone();
        }
        let mut best = self.plain(poly);
        if self.fuel.get() > 0 {
            self.fuel.set(self.fuel.get() - 1);
            let mut size = weight(&best);
            for factored in self.factorings(poly) {
                let tree = self.write(&factored);
                let found = weight(&tree);
                if found < size {
                    (best, size) = (tree, found);
                }
            }
        }
        self.written.borrow_mut().insert(poly.clone(), best.clone());
        best
    }

    /// The sum term by term; terms that differ in their constants only are written as one.
    fn plain(&self, poly: &Poly) -> Tree {
        let variable = !poly.is_constant();
        let mut groups: BTreeMap<Term, Vec<(Term, f64)>> = BTreeMap::new();
        for (term, c) in poly.terms() {
            let (constant, rest) = term.partition(Atom::is_constant);
            // Where all is constant there is nothing to group.
            let (constant, rest) = if variable { (constant, rest) } else { (Term::one(), term.clone()) };
            groups.entry(rest).or_default().push((constant, c.value()));
        }
        let (mut positive, mut negative) = (Vec::new(), Vec::new());
        let mut first_negative = None;
        // Constants come last, as people write them.
        let number_last = groups.remove(&Term::one()).map(|group| (Term::one(), group));
        let mut groups: Vec<_> = groups.into_iter().collect();
        groups.sort_by(|a, b| b.0.degree().total_cmp(&a.0.degree()));
        for (rest, group) in groups.into_iter().chain(number_last) {
            if let [(constant, c)] = group.as_slice() {
                let term = constant.joined(&rest);
                if *c < 0.0 && !self.mode.signed {
                    negative.push(self.product(&term, -c));
                    if *c != -1.0 || rest.is_one() {
                        first_negative = first_negative.or(Some((negative.len() - 1, self.product(&term, *c))));
                    }
                } else {
                    positive.push(self.product(&term, *c));
                }
            } else {
                let constants = self.plain(&Poly::collect(group));
                positive.push(if rest.is_one() { constants } else { self.scaled(constants, &rest) });
            }
        }
        if positive.is_empty() {
            // Without a positive term to start from, start from one whose number takes the sign.
            if let Some((at, tree)) = first_negative {
                negative.remove(at);
                positive.push(tree);
            } else {
                let sum = negative.into_iter().reduce(|a, b| Tree::binary(Op::Add, a, b));
                return Tree::unary(Op::Neg, sum.unwrap_or_else(|| Tree::number(0.0)));
            }
        }
        let sum = positive.into_iter().reduce(|a, b| Tree::binary(Op::Add, a, b));
        negative.into_iter().fold(sum.unwrap_or_else(|| Tree::number(0.0)), |a, b| Tree::binary(Op::Sub, a, b))
    }

    /// `constant * term`.
    fn scaled(&self, constant: Tree, term: &Term) -> Tree {
        match self.product(term, 1.0) {
            Tree::Call(Op::Inv, mut args) if args.len() == 1 => Tree::binary(Op::Div, constant, args.remove(0)),
            Tree::Call(Op::Div, args) if args[0].is_number(1.0) => Tree::binary(Op::Div, constant, args[1].clone()),
            other => Tree::row(Op::Mul, constant, other),
        }
    }

    /// `c * term`.
    fn product(&self, term: &Term, c: f64) -> Tree {
        if term.is_one() {
            return Tree::number(c);
        }
        let (constant, rest) = term.partition(Atom::is_constant);
        let (above, below) = self.quotient(&rest);
        if !constant.is_one() {
            let (up, down) = self.quotient(&constant);
            let mut tree = join([up, (c != 1.0).then(|| Tree::number(c))]);
            if let Some(down) = down {
                tree = Some(tree.map_or_else(|| inverse(down.clone()), |up| Tree::binary(Op::Div, up, down.clone())));
            }
            let above = join([tree, above]);
            return fraction(above, below);
        }
        if c == 1.0 {
            return fraction(above, below);
        }
        if c == -1.0 {
            return Tree::unary(Op::Neg, fraction(above, below));
        }
        // x/3 rather than 0.333...*x.
        let whole = 1.0 / c;
        if c.abs() < 1.0 && whole.fract() == 0.0 && 1.0 / whole == c && (above.is_some()) {
            let below = join([Some(Tree::number(whole)), below]);
            return fraction(above, below);
        }
        fraction(join([Some(Tree::number(c)), above]), below)
    }

    /// Numerator and denominator of a term, powers of one exponent together.
    fn quotient(&self, term: &Term) -> (Option<Tree>, Option<Tree>) {
        // By absolute exponent: the bases above and below the line.
        let mut groups: Vec<(f64, Vec<Tree>, Vec<Tree>)> = Vec::new();
        for (atom, exponent) in term.factors() {
            let (size, up) = (exponent.value().abs(), exponent.value() > 0.0);
            let range = self.atom_facts(atom).range;
            // Roots of products are the products of roots only without negative factors.
            let joins = size.fract() == 0.0 || (if up { range.nonnegative() } else { range.positive() });
            let known = groups.iter_mut().find(|(other, _, _)| *other == size && joins && size != 0.0);
            let base = self.atom(atom);
            match known {
                Some((_, above, below)) => {
                    if up {
                        above.push(base)
                    } else {
                        below.push(base)
                    }
                }
                None => {
                    // The exponent of a group that nothing may join is marked by its sign.
                    let mark = if joins { size } else { -size };
                    let (above, below) = if up { (vec![base], vec![]) } else { (vec![], vec![base]) };
                    groups.push((mark, above, below));
                }
            }
        }
        let (mut numerator, mut denominator) = (None, None);
        for (mark, above, below) in groups {
            let above = above.into_iter().reduce(|a, b| Tree::binary(Op::Mul, a, b));
            let below = below.into_iter().reduce(|a, b| Tree::binary(Op::Mul, a, b));
            match (above, below) {
                // First powers have nothing to share: they stay above and below one long line.
                (above, below) if mark == 1.0 => {
                    numerator = join([numerator, above]);
                    denominator = join([denominator, below]);
                }
                (Some(above), below) => {
                    let base = fraction(Some(above), below);
                    numerator = join([numerator, Some(self.raised(base, mark.abs()))]);
                }
                (None, Some(below)) => {
                    denominator = join([denominator, Some(self.raised(below, mark.abs()))]);
                }
                (None, None) => {}
            }
        }
        (numerator, denominator)
    }

    fn raised(&self, base: Tree, exponent: f64) -> Tree {
        let op = match exponent {
            1.0 => return base,
            2.0 => Op::Square,
            3.0 => Op::Cube,
            0.5 => Op::Sqrt,
            _ if exponent == 1.0 / 3.0
                && crate::facts::Facts::of(&base, self.domain, self.params).range.nonnegative() =>
            {
                Op::Cbrt
            }
            _ => return Tree::binary(Op::Pow, base, Tree::number(exponent)),
        };
        Tree::unary(op, base)
    }

    fn atom(&self, atom: &Atom) -> Tree {
        match atom {
            Atom::Param(index) => Tree::Param(*index),
            Atom::Var(index) => Tree::Var(*index),
            Atom::Sum(poly) => self.write(poly),
            Atom::Call(op, args) => Tree::Call(*op, args.iter().map(|arg| self.write(arg)).collect()),
        }
    }
}

/// Number of nodes, where a part without variables that has a free constant counts as the one constant that it can become.
fn weight(tree: &Tree) -> usize {
    if tree.is_constant() && !tree.params().is_empty() { 1 } else { 1 + tree.args().iter().map(weight).sum::<usize>() }
}

fn join(parts: [Option<Tree>; 2]) -> Option<Tree> {
    parts.into_iter().flatten().reduce(|a, b| Tree::row(Op::Mul, a, b))
}

fn inverse(tree: Tree) -> Tree {
    Tree::unary(Op::Inv, tree)
}

fn fraction(above: Option<Tree>, below: Option<Tree>) -> Tree {
    match (above, below) {
        (Some(above), Some(below)) => Tree::binary(Op::Div, above, below),
        (Some(above), None) => above,
        (None, Some(below)) => inverse(below),
        (None, None) => Tree::number(1.0),
    }
}
