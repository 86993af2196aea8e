//! The table of rules in `egg`'s form.

use std::sync::OnceLock;

use egg::{ConditionalApplier, EGraph, Id, Pattern, Rewrite, Subst, Var};

use crate::condition::Condition;
use crate::facts::Facts;
use crate::language::{Knowledge, Term};
use crate::table::{EXPANDING, REARRANGING, SHRINKING};

/// One row of the table.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rule {
    pub(crate) name: &'static str,
    pub(crate) left: &'static str,
    pub(crate) right: &'static str,
    /// Is the right side rewritten to the left one as well?
    pub(crate) both_ways: bool,
    pub(crate) conditions: &'static [Condition],
}

pub(crate) type Compiled = Rewrite<Term, Knowledge>;

/// The rules that lead to the smallest form, shrinking ones first; made once.
pub(crate) fn for_size() -> &'static [Compiled] {
    static RULES: OnceLock<Vec<Compiled>> = OnceLock::new();
    RULES.get_or_init(|| SHRINKING.iter().chain(REARRANGING).flat_map(compile).collect())
}

/// All rules.
pub(crate) fn for_variety() -> &'static [Compiled] {
    static RULES: OnceLock<Vec<Compiled>> = OnceLock::new();
    RULES.get_or_init(|| SHRINKING.iter().chain(REARRANGING).chain(EXPANDING).flat_map(compile).collect())
}

/// One rewrite, two, or none for a row that does not parse; a test sees to it that there is none of these.
fn compile(rule: &Rule) -> Vec<Compiled> {
    let forward = one_way(rule.name.to_string(), rule.left, rule.right, rule.conditions);
    let backward =
        rule.both_ways.then(|| one_way(format!("{}, backwards", rule.name), rule.right, rule.left, rule.conditions));
    forward.into_iter().chain(backward.flatten()).collect()
}

fn one_way(name: String, left: &str, right: &str, conditions: &'static [Condition]) -> Option<Compiled> {
    let left: Pattern<Term> = left.parse().ok()?;
    let right: Pattern<Term> = right.parse().ok()?;
    if conditions.is_empty() {
        return Rewrite::new(name, left, right).ok();
    }
    let mut known: Vec<(Condition, Vec<Var>)> = Vec::new();
    for condition in conditions {
        let variables: Option<Vec<Var>> = condition.variables().iter().map(|name| name.parse().ok()).collect();
        known.push((*condition, variables?));
    }
    let condition = move |egraph: &mut EGraph<Term, Knowledge>, _: Id, subst: &Subst| {
        known.iter().all(|(condition, variables)| {
            let facts: Vec<Facts> =
                variables.iter().filter_map(|name| subst.get(*name)).map(|id| egraph[*id].data.facts).collect();
            facts.len() == variables.len() && condition.holds(&facts)
        })
    };
    Rewrite::new(name, left, ConditionalApplier { condition, applier: right }).ok()
}

#[cfg(test)]
mod tests {
    use symfolio_expr::{Expr, Op};

    use super::*;
    use crate::Domain;
    use crate::testing::Random;
    use crate::tree::Tree;
    use crate::verify::Rounded;

    fn rewrites(rule: &Rule) -> usize {
        if rule.both_ways { 2 } else { 1 }
    }

    #[test]
    fn every_row_parses_and_has_a_name_of_its_own() {
        let rows = || SHRINKING.iter().chain(REARRANGING).chain(EXPANDING);
        assert_eq!(for_variety().len(), rows().map(rewrites).sum::<usize>());
        let mut names: Vec<&str> = rows().map(|rule| rule.name).collect();
        names.sort_unstable();
        let repeated: Vec<_> = names.windows(2).filter(|pair| pair[0] == pair[1]).collect();
        assert!(repeated.is_empty(), "{repeated:?}");
    }

    /// Puts an expression in the place of each pattern variable.
    fn instance(pattern: &str, parts: &[(&str, Expr)]) -> Expr {
        let text = parts.iter().fold(pattern.to_string(), |text, (name, part)| text.replace(name, &part.to_prefix()));
        Expr::from_prefix(&text).unwrap()
    }

    /// A sub-expression that has a chance to meet the conditions of rules.
    fn part(random: &mut Random) -> Expr {
        let variable = Expr::var(random.below(2) as u16);
        match random.below(10) {
            0 => Expr::constant([-2.0, -1.0, 0.0, 0.5, 1.0, 2.0, 3.0, -3.0][random.below(8)]),
            1 => Expr::apply(Op::Exp, &[&variable]),
            2 => Expr::apply(Op::Add, &[&variable, &Expr::constant(1.5)]),
            3 => Expr::apply(Op::Mul, &[&variable, &Expr::constant(-0.7)]),
            4 => Expr::apply(Op::Sin, &[&variable]),
            5 => Expr::apply(Op::Log, &[&variable]),
            6 => Expr::apply(Op::Sub, &[&Expr::var(0), &Expr::var(1)]),
            _ => variable,
        }
    }

    /// Compares both sides of a rule, points without a value included, wherever its conditions are proved.
    #[track_caller]
    fn check(rule: &Rule, random: &mut Random) {
        let names = ["?a", "?b", "?c", "?m", "?n"];
        let mut tried = 0;
        for _ in 0..20_000 {
            if tried == 60 {
                break;
            }
            let ends = [-3.0, -1.5, -1.0, -0.25, 0.0, 0.25, 0.5, 1.0, 1.5, 3.0];
            let mut range = || {
                let (i, j) = (random.below(ends.len()), random.below(ends.len()));
                (ends[i.min(j)], ends[i.max(j)])
            };
            let domain = Domain::new([range(), range()]);
            let parts: Vec<(&str, Expr)> = names.iter().map(|name| (*name, part(random))).collect();
            let facts = |name: &&str| {
                let part = &parts.iter().find(|(other, _)| other == name).unwrap().1;
                Facts::of(&Tree::of(part), &domain, &[])
            };
            let proved = rule
                .conditions
                .iter()
                .all(|condition| condition.holds(&condition.variables().iter().map(facts).collect::<Vec<_>>()));
            if !proved {
                continue;
            }
            tried += 1;
            let (left, right) = (instance(rule.left, &parts), instance(rule.right, &parts));
            for at in 0..12 {
                let x: Vec<f64> = (0..2)
                    .map(|variable| {
                        let range = domain.range(variable);
                        match at {
                            0 => range.lo,
                            1 => range.hi,
                            2 if range.contains(0.0) => 0.0,
                            3 => {
                                if variable == 0 {
                                    range.lo
                                } else {
                                    range.hi
                                }
                            }
                            _ => range.lo + random.unit() * (range.hi - range.lo),
                        }
                    })
                    .collect();
                // Infinity is no value to put into a rule.
                if parts.iter().any(|(_, part)| part.value(&x).is_infinite()) {
                    continue;
                }
                let (l, r) = (Rounded::of(&left, &[], &x), Rounded::of(&right, &[], &x));
                let noise = 1e-9 * l.value.abs() + 8.0 * (l.error + r.error);
                let both = l.value.is_finite() && r.value.is_finite();
                let neither = !l.value.is_finite() && !r.value.is_finite();
                let blurred = |side: Rounded| side.value.is_finite() && !side.error.is_finite();
                let hidden = blurred(l) || blurred(r);
                let shown =
                    format!("{}: {} = {l:?}, {} = {r:?} at {x:?}", rule.name, left.to_prefix(), right.to_prefix());
                assert!(neither || hidden || (both && (l.value - r.value).abs() <= noise), "{shown}");
            }
        }
        assert!(tried >= 20, "{}: conditions were met only {tried} times", rule.name);
    }

    #[test]
    fn both_sides_of_every_rule_have_the_same_values() {
        let mut random = Random::new(7);
        for rule in SHRINKING.iter().chain(REARRANGING).chain(EXPANDING) {
            check(rule, &mut random);
        }
    }

    #[test]
    fn the_check_finds_a_rule_without_its_condition() {
        for (left, right) in [
            ("(sqrt (square ?a))", "?a"),
            ("(div ?a ?a)", "1"),
            ("(log (mul ?a ?b))", "(add (log ?a) (log ?b))"),
            ("(square (sqrt ?a))", "?a"),
            ("(asin (sin ?a))", "?a"),
        ] {
            let rule = Rule { name: "broken", left, right, both_ways: false, conditions: &[] };
            let outcome = std::panic::catch_unwind(|| check(&rule, &mut Random::new(7)));
            assert!(outcome.is_err(), "{left} => {right}");
        }
    }
}
