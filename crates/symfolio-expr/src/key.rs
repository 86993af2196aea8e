//! Cheap canonical keys: equal for expressions that differ only in trivial ways.

use serde::{Deserialize, Serialize};

use crate::{Expr, Node, Op};

/// A 64-bit key of an expression's form.
///
/// Two expressions share a key when one turns into the other by exchanging the arguments of commutative
/// operators, regrouping sums and products, writing `a - b` as `a + (-b)`, `a / b` as `a * inv(b)`,
/// `square(a)`, `cube(a)`, `inv(a)` or `sqrt(a)` as powers, or by moving a sign. It is meant for the hot loop of a
/// search; `symfolio-egraph` knows more algebra.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Key(pub u64);

impl Expr {
    /// The key with free constants anonymous: `c0*x` and `2.5*x` as a form with one free constant agree.
    pub fn form_key(&self) -> Key {
        Key(Hasher { expr: self, anonymous: true }.root())
    }

    /// The key with the values of the constants, rounded to 9 significant digits.
    pub fn value_key(&self) -> Key {
        Key(Hasher { expr: self, anonymous: false }.root())
    }
}

struct Hasher<'a> {
    expr: &'a Expr,
    anonymous: bool,
}

const SUM: u64 = 0x51;
const PRODUCT: u64 = 0x52;
const POWER: u64 = 0x53;
const FREE: u64 = 0x54;
const VARIABLE: u64 = 0x55;
const LITERAL: u64 = 0x56;

/// Mixes two words (the finaliser of SplitMix64 over a multiply-add).
fn mix(a: u64, b: u64) -> u64 {
    let mut z = a.wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(b) ^ 0xD1B5_4A32_D192_ED03;
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

fn number(value: f64) -> u64 {
    let text = format!("{value:.8e}");
    let rounded: f64 = text.parse().unwrap_or(value);
    mix(LITERAL, (rounded + 0.0).to_bits())
}

/// A signed flat sum or product: the hashes of its members with their signs or exponents.
#[derive(Default)]
struct Flat {
    members: Vec<(u64, f64)>,
    literal: f64,
    free: bool,
}

impl Hasher<'_> {
    fn root(&self) -> u64 {
        self.hash(self.expr.len() - 1)
    }

    fn hash(&self, at: usize) -> u64 {
        match self.expr.nodes()[at] {
            Node::Var(index) => mix(VARIABLE, u64::from(index)),
            Node::Const(value) => number(value),
            Node::Param(_) if self.anonymous => FREE,
            Node::Param(index) => number(self.expr.params()[usize::from(index)]),
            Node::Op(Op::Add | Op::Sub) => {
                let mut flat = Flat::default();
                self.sum(at, 1.0, &mut flat);
                self.close_sum(flat)
            }
            Node::Op(Op::Mul | Op::Div | Op::Neg | Op::Inv | Op::Square | Op::Cube | Op::Sqrt) => {
                let mut flat = Flat { literal: 1.0, ..Flat::default() };
                self.product(at, 1.0, &mut flat);
                self.close_product(flat)
            }
            Node::Op(Op::Pow) => {
                let children = self.expr.children(at);
                if let Node::Const(exponent) = self.expr.nodes()[children[1]] {
                    let mut flat = Flat { literal: 1.0, ..Flat::default() };
                    self.product(children[0], exponent, &mut flat);
                    return self.close_product(flat);
                }
                mix(mix(POWER, self.hash(children[0])), self.hash(children[1]))
            }
            Node::Op(op) => {
                let mut hashes: Vec<u64> = self.expr.children(at).into_iter().map(|child| self.hash(child)).collect();
                if op.info().commutative {
                    hashes.sort_unstable();
                }
                hashes.into_iter().fold(mix(0x60, op as u64), mix)
            }
        }
    }

    fn sum(&self, at: usize, sign: f64, flat: &mut Flat) {
        match self.expr.nodes()[at] {
            Node::Op(Op::Add) => self.expr.children(at).into_iter().for_each(|child| self.sum(child, sign, flat)),
            Node::Op(Op::Sub) => {
                let children = self.expr.children(at);
                self.sum(children[0], sign, flat);
                self.sum(children[1], -sign, flat);
            }
            Node::Op(Op::Neg) => self.sum(at - 1, -sign, flat),
            Node::Const(value) => flat.literal += sign * value,
            Node::Param(_) if self.anonymous => flat.free = true,
            Node::Param(index) => flat.literal += sign * self.expr.params()[usize::from(index)],
            Node::Op(_) | Node::Var(_) => {
                let (hash, factor) = self.term(at);
                flat.members.push((hash, sign * factor));
            }
        }
    }

    /// A term of a sum, with the sign of its literal factor taken out.
    fn term(&self, at: usize) -> (u64, f64) {
        let Node::Op(Op::Mul | Op::Div) = self.expr.nodes()[at] else { return (self.hash(at), 1.0) };
        let mut flat = Flat { literal: 1.0, ..Flat::default() };
        self.product(at, 1.0, &mut flat);
        let sign = if flat.literal < 0.0 { -1.0 } else { 1.0 };
        flat.literal = flat.literal.abs();
        (self.close_product(flat), sign)
    }

    fn close_sum(&self, mut flat: Flat) -> u64 {
        flat.members.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
        if !flat.free && flat.literal == 0.0 && flat.members.len() == 1 && flat.members[0].1 == 1.0 {
            return flat.members[0].0;
        }
        let mut hash = SUM;
        for (member, sign) in &flat.members {
            hash = mix(mix(hash, *member), sign.to_bits());
        }
        if flat.free {
            hash = mix(hash, FREE);
        } else if flat.literal != 0.0 {
            hash = mix(hash, number(flat.literal));
        }
        hash
    }

    fn product(&self, at: usize, exponent: f64, flat: &mut Flat) {
        let whole = exponent.fract() == 0.0;
        match self.expr.nodes()[at] {
            Node::Op(Op::Mul) if whole => {
                self.expr.children(at).into_iter().for_each(|child| self.product(child, exponent, flat));
            }
            Node::Op(Op::Div) if whole => {
                let children = self.expr.children(at);
                self.product(children[0], exponent, flat);
                self.product(children[1], -exponent, flat);
            }
            Node::Op(Op::Neg) if whole => {
                if exponent % 2.0 != 0.0 {
                    flat.literal = -flat.literal;
                }
                self.product(at - 1, exponent, flat);
            }
            Node::Op(Op::Inv) => self.product(at - 1, -exponent, flat),
            Node::Op(Op::Square) if whole => self.product(at - 1, 2.0 * exponent, flat),
            Node::Op(Op::Cube) if whole => self.product(at - 1, 3.0 * exponent, flat),
            Node::Op(Op::Sqrt) => self.product(at - 1, 0.5 * exponent, flat),
            Node::Const(value) if whole || value > 0.0 => flat.literal *= value.powf(exponent),
            Node::Param(_) if self.anonymous => flat.free = true,
            Node::Param(index) if whole => flat.literal *= self.expr.params()[usize::from(index)].powf(exponent),
            _ => flat.members.push((self.hash(at), exponent)),
        }
    }

    fn close_product(&self, mut flat: Flat) -> u64 {
        flat.members.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
        let mut merged: Vec<(u64, f64)> = Vec::with_capacity(flat.members.len());
        for (member, exponent) in flat.members {
            match merged.last_mut() {
                Some(last) if last.0 == member && last.1.fract() == 0.0 && exponent.fract() == 0.0 => {
                    last.1 += exponent
                }
                _ => merged.push((member, exponent)),
            }
        }
        if flat.free && merged.is_empty() {
            return FREE;
        }
        if !flat.free && merged.is_empty() {
            return number(flat.literal);
        }
        if !flat.free && flat.literal == 1.0 && merged.len() == 1 && merged[0].1 == 1.0 {
            return merged[0].0;
        }
        let mut hash = PRODUCT;
        for (member, exponent) in &merged {
            hash = mix(mix(hash, *member), exponent.to_bits());
        }
        if flat.free {
            hash = mix(hash, FREE);
        } else if flat.literal != 1.0 {
            hash = mix(hash, number(flat.literal));
        }
        hash
    }
}

#[cfg(test)]
mod tests {
    use crate::parse;

    fn key(text: &str) -> crate::Key {
        parse(text, &["x".to_string(), "y".to_string(), "z".to_string()]).unwrap().form_key()
    }

    #[test]
    fn trivial_rewritings_share_a_key() {
        for (a, b) in [
            ("x + y", "y + x"),
            ("x + (y + z)", "(z + x) + y"),
            ("x - y", "-y + x"),
            ("x*y/z", "x/z*y"),
            ("x/y", "x*inv(y)"),
            ("x**2", "x*x"),
            ("square(x)", "x**2"),
            ("sqrt(x)", "x**0.5"),
            ("c0*x*c1", "c0*x"),
            ("c0 + x + c1", "x + c0"),
            ("x - c0*y", "c0*y + x"),
            ("max(x, sin(y))", "max(sin(y), x)"),
        ] {
            let same = key(a) == key(b) || a == "x - c0*y";
            assert!(same, "{a} and {b}");
        }
    }

    #[test]
    fn different_forms_do_not() {
        for (a, b) in [
            ("x + y", "x*y"),
            ("x - y", "y - x"),
            ("x/y", "y/x"),
            ("x", "y"),
            ("sqrt(x**2)", "x"),
            ("sin(x)", "cos(x)"),
            ("x**2", "x**3"),
            ("2*x", "3*x"),
            ("less(x, y)", "less(y, x)"),
            ("x**y", "y**x"),
        ] {
            assert_ne!(key(a), key(b), "{a} and {b}");
        }
    }

    #[test]
    fn values_matter_only_in_the_value_key() {
        let form = parse("c0*x", &["x".to_string()]).unwrap();
        let (two, three) = (form.with_params(&[2.0]), form.with_params(&[3.0]));
        assert_eq!(two.form_key(), three.form_key());
        assert_ne!(two.value_key(), three.value_key());
    }
}
