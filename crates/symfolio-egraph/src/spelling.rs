//! Writing operators that a search does not use in terms of those that it does.

use symfolio_expr::{Op, OperatorSet};

use crate::tree::Tree;

/// `tree` with each operator outside `allowed` written with others where there is a way: `square(a)` as `a*a`, `inv(a)`
/// as `1/a`. What cannot be written otherwise stays.
pub(crate) fn spell(tree: &Tree, allowed: &OperatorSet) -> Tree {
    let Tree::Call(op, args) = tree else { return tree.clone() };
    let args: Vec<Tree> = args.iter().map(|arg| spell(arg, allowed)).collect();
    if allowed.contains(*op) {
        return Tree::Call(*op, args);
    }
    let ways = ways(*op, &args);
    let way = ways.into_iter().find(|(uses, _)| uses.iter().all(|op| allowed.contains(*op)));
    way.map_or_else(|| Tree::Call(*op, args), |(_, tree)| tree)
}

/// Can `op` be written with operators of `allowed`?
pub(crate) fn can_spell(op: Op, allowed: &OperatorSet) -> bool {
    let args = vec![Tree::Var(0); op.arity()];
    ways(op, &args).iter().any(|(uses, _)| uses.iter().all(|op| allowed.contains(*op)))
}

/// Other ways to write `op` of `args`, the operators that each needs, shortest first.
fn ways(op: Op, args: &[Tree]) -> Vec<(Vec<Op>, Tree)> {
    let arg = |i: usize| args.get(i).cloned().unwrap_or_else(|| Tree::number(0.0));
    let number = Tree::number;
    let pow = |exponent: f64| (vec![Op::Pow], Tree::binary(Op::Pow, arg(0), number(exponent)));
    let times = |a: Tree, b: Tree| Tree::binary(Op::Mul, a, b);
    match op {
        Op::Square => vec![(vec![Op::Mul], times(arg(0), arg(0))), pow(2.0)],
        Op::Cube => vec![pow(3.0), (vec![Op::Mul], times(arg(0), times(arg(0), arg(0))))],
        Op::Sqrt => vec![pow(0.5)],
        Op::Inv => vec![(vec![Op::Div], Tree::binary(Op::Div, number(1.0), arg(0))), pow(-1.0)],
        Op::Neg => vec![
            (vec![Op::Mul], times(number(-1.0), arg(0))),
            (vec![Op::Sub], Tree::binary(Op::Sub, number(0.0), arg(0))),
        ],
        Op::Sub => {
            let negative = Tree::unary(Op::Neg, arg(1));
            let product = times(number(-1.0), arg(1));
            vec![
                (vec![Op::Add, Op::Neg], Tree::binary(Op::Add, arg(0), negative)),
                (vec![Op::Add, Op::Mul], Tree::binary(Op::Add, arg(0), product)),
            ]
        }
        Op::Div => vec![
            (vec![Op::Mul, Op::Inv], times(arg(0), Tree::unary(Op::Inv, arg(1)))),
            (vec![Op::Mul, Op::Pow], times(arg(0), Tree::binary(Op::Pow, arg(1), number(-1.0)))),
        ],
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use symfolio_expr::Expr;

    use super::*;

    #[test]
    fn operators_are_written_with_those_at_hand() {
        for (ops, text, expected) in [
            (vec![Op::Mul], "(square x0)", "(mul x0 x0)"),
            (vec![Op::Pow], "(square (sqrt x0))", "(pow (pow x0 0.5) 2.0)"),
            (vec![Op::Div], "(inv x0)", "(div 1.0 x0)"),
            (vec![Op::Add, Op::Mul], "(sub x0 x1)", "(add x0 (mul -1.0 x1))"),
            (vec![Op::Square], "(square x0)", "(square x0)"),
            (vec![Op::Add], "(tan x0)", "(tan x0)"),
        ] {
            let expr = Expr::from_prefix(text).unwrap();
            let allowed = OperatorSet::new(ops);
            let spelled = spell(&Tree::of(&expr), &allowed).expr(&[]).unwrap();
            assert_eq!(spelled.to_prefix(), expected);
        }
    }
}
