//! Which free constants an expression is jointly affine in.

use symfolio_expr::{Expr, Node, Op};

/// The free constants in which the value of `expr` is jointly affine, ascending.
///
/// For the answer `L` the value is `f + sum over k in L of c_k g_k`, with `f` and every `g_k` free of all constants in
/// `L`, so that the best values of these constants follow from the others by linear least squares. Found in one pass from
/// the leaves to the root: sums are affine in what their terms are affine in; a product is affine in one of its factors
/// (the one with more constants; between equals the shorter one); a quotient in its numerator; any other operator ends it. A constant
/// that appears more than once counts only if each of its appearances does.
///
/// ```
/// use symfolio_expr::Expr;
/// // c0 * x0 + c1 * exp(c2 * x0)
/// let expr = Expr::from_prefix("(add (mul ?1 x0) (mul ?1 (exp (mul ?1 x0))))")?;
/// assert_eq!(symfolio_fit::linear_constants(&expr), [0, 1]);
/// # Ok::<(), symfolio_expr::PrefixError>(())
/// ```
pub fn linear_constants(expr: &Expr) -> Vec<usize> {
    let n_params = expr.params().len();
    let mut appearances = vec![0usize; n_params];
    for node in expr.nodes() {
        if let Node::Param(index) = node {
            appearances[usize::from(*index)] += 1;
        }
    }
    // A constant that turns out to appear both inside and outside must not decide between factors: the pass is
    // repeated without it. Each round excludes at least one constant.
    let mut excluded = vec![false; n_params];
    loop {
        let picked = pick(expr, &excluded);
        let mut found = vec![0usize; n_params];
        for index in &picked {
            found[*index] += 1;
        }
        let partly: Vec<usize> = (0..n_params).filter(|k| found[*k] > 0 && found[*k] < appearances[*k]).collect();
        if partly.is_empty() {
            return (0..n_params).filter(|k| found[*k] > 0).collect();
        }
        for index in partly {
            excluded[index] = true;
        }
    }
}

/// The constants, one entry an appearance, that the root is affine in.
fn pick(expr: &Expr, excluded: &[bool]) -> Vec<usize> {
    struct Subtree {
        picked: Vec<usize>,
        len: usize,
    }
    let mut stack: Vec<Subtree> = Vec::with_capacity(8);
    for node in expr.nodes() {
        let mut args = stack.split_off(stack.len() - node.arity());
        let len = 1 + args.iter().map(|arg| arg.len).sum::<usize>();
        let picked = match *node {
            Node::Param(index) if !excluded[usize::from(index)] => vec![usize::from(index)],
            Node::Op(Op::Neg) => std::mem::take(&mut args[0].picked),
            Node::Op(Op::Div) => std::mem::take(&mut args[0].picked),
            Node::Op(Op::Add | Op::Sub) => args.into_iter().flat_map(|arg| arg.picked).collect(),
            Node::Op(Op::Where) => args.into_iter().skip(1).flat_map(|arg| arg.picked).collect(),
            Node::Op(Op::Mul) => {
                let first = (args[0].picked.len(), args[1].len) >= (args[1].picked.len(), args[0].len);
                std::mem::take(&mut args[if first { 0 } else { 1 }].picked)
            }
            _ => Vec::new(),
        };
        stack.push(Subtree { picked, len });
    }
    stack.pop().map_or_else(Vec::new, |root| root.picked)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn affine_constants_are_found() {
        for (text, expected) in [
            ("?1", vec![0]),
            ("(add ?1 (mul ?1 x0))", vec![0, 1]),
            ("(add (mul ?1 (sin (mul ?1 x0))) ?1)", vec![0, 2]),
            // Only one of the factors of a product, the one with more constants.
            ("(mul ?1 (add ?1 (mul ?1 (cos x0))))", vec![1, 2]),
            ("(mul ?1 ?1)", vec![0]),
            ("(mul (exp (mul ?1 x0)) ?1)", vec![1]),
            ("(div (mul ?1 x0) (add ?1 x0))", vec![0]),
            ("(neg (sub (div x0 ?1) ?1))", vec![1]),
            ("(square (add ?1 x0))", vec![]),
            ("(exp ?1)", vec![]),
            ("(where (less x0 ?1) ?1 (mul ?1 x0))", vec![1, 2]),
            // Shared constants: everywhere affine, or not at all.
            ("(add (mul ?0=2.0 x0) (mul ?0=2.0 x1))", vec![0]),
            ("(add (mul ?0=2.0 x0) (exp (mul ?0=2.0 x1)))", vec![]),
            ("(mul ?0=2.0 (add x0 ?0=2.0))", vec![]),
            ("(mul (add ?0=1.0 (mul ?1=1.0 x0)) (add ?0=1.0 (mul ?2=1.0 (add x1 ?3=1.0))))", vec![1]),
        ] {
            let expr = Expr::from_prefix(text).unwrap();
            assert_eq!(linear_constants(&expr), expected, "{text}");
        }
    }
}
