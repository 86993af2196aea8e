//! Taking the cheapest forms out of a saturated graph.

use std::collections::BTreeMap;

use egg::{Id, Language};
use symfolio_expr::OperatorSet;

use crate::cost::Cost;
use crate::language::{Head, Term};
use crate::saturate::Saturation;
use crate::tree::Tree;

/// One form of a class: a node, and for each argument which of the forms of its class is meant.
#[derive(Clone, Debug)]
struct Form {
    cost: Cost,
    /// Equal for forms that differ only in the order and grouping of sums and products.
    key: u64,
    term: Term,
    args: [u32; 3],
    /// Has it no variables?
    constant: bool,
    /// Sum and product of the keys' members, where the node is a sum or a product.
    members: u64,
}

/// The cheapest forms of every class, each list in ascending order.
pub(crate) struct Extraction<'a> {
    saturation: &'a Saturation,
    allowed: Option<&'a OperatorSet>,
    root: Id,
    /// Forms kept of the root, and of every other class.
    keep: (usize, usize),
    /// Forms by number; arguments point into it.
    forms: Vec<Form>,
    lists: BTreeMap<Id, List>,
}

/// The forms of one class.
#[derive(Clone, Debug, Default)]
struct List {
    forms: Vec<u32>,
    /// The pass in which the list changed last.
    changed: usize,
}

impl<'a> Extraction<'a> {
    /// Finds up to `keep` forms of the root, from up to `keep_inside` forms of every other class.
    pub(crate) fn new(
        saturation: &'a Saturation,
        allowed: Option<&'a OperatorSet>,
        keep: usize,
        keep_inside: usize,
    ) -> Extraction<'a> {
        let root = saturation.egraph.find(saturation.root);
        let keep = (keep, keep_inside);
        let mut extraction = Extraction { saturation, allowed, root, keep, forms: Vec::new(), lists: BTreeMap::new() };
        // Costs only fall from pass to pass, and a form is dearer than its parts, so this comes to an end; the bound
        // is for graphs of forms that take many passes to reach the last place of every list.
        for pass in 1..64 {
            if !extraction.pass(pass) {
                break;
            }
        }
        extraction
    }

    /// The cheapest forms of the root, ascending, without the order of operands that they would best be written in.
    pub(crate) fn root_forms(&self) -> Vec<Tree> {
        let list = self.lists.get(&self.root).map_or(&[][..], |list| list.forms.as_slice());
        list.iter().filter(|form| self.forms[**form as usize].cost.is_allowed()).map(|form| self.tree(*form)).collect()
    }

    fn tree(&self, form: u32) -> Tree {
        let form = &self.forms[form as usize];
        let args = |n: usize| form.args[..n].iter().map(|arg| self.tree(*arg)).collect();
        match form.term {
            Term::Const(value) => Tree::Const(value),
            Term::Param(index) => Tree::Param(index),
            Term::Var(index) => Tree::Var(index),
            Term::Unary(op, _) => Tree::Call(op, args(1)),
            Term::Binary(op, _) => Tree::Call(op, args(2)),
            Term::Ternary(op, _) => Tree::Call(op, args(3)),
        }
    }

    /// Improves every list once; did anything change?
    fn pass(&mut self, pass: usize) -> bool {
        let mut any = false;
        for class in self.saturation.egraph.classes() {
            let keep = if class.id == self.root { self.keep.0 } else { self.keep.1 };
            let mut list = self.lists.get(&class.id).map(|list| list.forms.clone()).unwrap_or_default();
            let mut changed = false;
            for term in class.iter() {
                changed |= self.offer(*term, &mut list, keep, pass);
            }
            if changed {
                any = true;
                self.lists.insert(class.id, List { forms: list, changed: pass });
            }
        }
        any
    }

    /// Offers the forms of one node to the list of its class, if there are any new ones; did the list change?
    fn offer(&mut self, term: Term, list: &mut Vec<u32>, keep: usize, pass: usize) -> bool {
        let egraph = &self.saturation.egraph;
        let mut choices: [&[u32]; 3] = [&[]; 3];
        let mut new = pass == 1 && term.children().is_empty();
        for (choice, child) in choices.iter_mut().zip(term.children()) {
            let Some(child) = self.lists.get(&egraph.find(*child)) else { return false };
            new |= child.changed + 1 >= pass;
            *choice = &child.forms;
        }
        if !new {
            return false;
        }
        let mut found: Vec<Form> = Vec::new();
        match term.children().len() {
            0 => found.push(self.form(term, [0; 3])),
            1 => found.extend(choices[0].iter().map(|a| self.form(term, [*a, 0, 0]))),
            2 => {
                for (i, a) in choices[0].iter().enumerate() {
                    // Of the pairs, only those can be among the cheapest that have few cheaper pairs before them.
                    let most = keep / (i + 1);
                    found.extend(choices[1].iter().take(most).map(|b| self.form(term, [*a, *b, 0])));
                }
            }
            _ => {
                for (i, a) in choices[0].iter().enumerate() {
                    for (j, b) in choices[1].iter().enumerate() {
                        let most = keep / ((i + 1) * (j + 1));
                        found.extend(choices[2].iter().take(most).map(|c| self.form(term, [*a, *b, *c])));
                    }
                }
            }
        }
        let mut changed = false;
        for form in found {
            changed |= self.insert(form, list, keep);
        }
        changed
    }

    fn insert(&mut self, form: Form, list: &mut Vec<u32>, keep: usize) -> bool {
        let rank = |form: &Form| (form.cost, form.key);
        if let Some(same) = list.iter().position(|known| self.forms[*known as usize].key == form.key) {
            if self.forms[list[same] as usize].cost <= form.cost {
                return false;
            }
            list.remove(same);
        }
        let place = list.partition_point(|known| rank(&self.forms[*known as usize]) < rank(&form));
        if place < keep {
            list.insert(place, self.forms.len() as u32);
            list.truncate(keep);
            self.forms.push(form);
        }
        place < keep
    }

    fn form(&self, term: Term, args: [u32; 3]) -> Form {
        let children = &args[..term.children().len()];
        let cost = children.iter().fold(self.own_cost(&term), |cost, arg| cost.plus(self.cost_inside(*arg)));
        let key = |arg: u32| self.forms[arg as usize].key;
        let commutative = |op: symfolio_expr::Op| {
            children.iter().fold(0u64, |sum, arg| {
                let form = &self.forms[*arg as usize];
                let same = form.term.discriminant() == Head::Op(op);
                sum.wrapping_add(if same { form.members } else { mix(form.key, 1) })
            })
        };
        let (key, members) = match term {
            Term::Const(value) => (mix(1, value.value().to_bits()), 0),
            Term::Param(index) => (mix(2, u64::from(index)), 0),
            Term::Var(index) => (mix(3, u64::from(index)), 0),
            Term::Binary(op, _) if op.info().commutative => {
                let members = commutative(op);
                (mix(members, op as u64), members)
            }
            Term::Unary(op, _) | Term::Binary(op, _) | Term::Ternary(op, _) => {
                (children.iter().fold(mix(4, op as u64), |hash, arg| mix(hash, key(*arg))), 0)
            }
        };
        let constant = !matches!(term, Term::Var(_)) && children.iter().all(|arg| self.forms[*arg as usize].constant);
        Form { cost, key, term, args, constant, members }
    }

    fn own_cost(&self, term: &Term) -> Cost {
        match term {
            Term::Const(value) => Cost::literal(value.value()),
            Term::Param(_) => Cost::PARAM,
            Term::Var(_) => Cost::VARIABLE,
            Term::Unary(op, _) | Term::Binary(op, _) | Term::Ternary(op, _) => Cost::op(*op, self.allowed),
        }
    }

    /// The cost of a form as a part of another: a part without variables can become one free constant.
    fn cost_inside(&self, form: u32) -> Cost {
        let form = &self.forms[form as usize];
        match form.term {
            Term::Const(_) | Term::Param(_) | Term::Var(_) => form.cost,
            _ if form.constant && form.cost.params > 0 => {
                Cost { nodes: 1, params: 1, shape: form.cost.nodes.saturating_add(form.cost.shape) }
            }
            _ => form.cost,
        }
    }
}

/// Mixes two words (the finaliser of SplitMix64).
fn mix(a: u64, b: u64) -> u64 {
    let mut z = a.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ b.wrapping_add(0x2545_F491_4F6C_DD1D);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}
