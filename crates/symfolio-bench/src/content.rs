//! What the rows of a problem are of, whatever the problem is called and whichever suite it is in.

use std::path::Path;

use symfolio::expr::{Node, Op};
use symfolio::{Expr, parse};

use crate::fingerprint;
use crate::suite::Data;

/// What rows are of, as text: `formula ...`, `pmlb NAME` or `file FINGERPRINT`; empty where it cannot be told. Formulas are compared without the
/// names of their variables, the order of terms and factors, and ranges. `folder` is where paths of tables count from.
pub(crate) fn content(data: &Data, folder: &Path) -> String {
    match data {
        Data::Formula { formula, inputs, .. } => {
            let names: Vec<String> = inputs.iter().map(|(name, ..)| name.clone()).collect();
            of_formula(formula, &names)
        }
        Data::File { path, target } => std::fs::read(folder.join(path)).map_or(String::new(), |bytes| {
            let target = target.as_deref().unwrap_or_default();
            format!("file {} {target}", fingerprint::of_bytes(&bytes)).trim_end().to_string()
        }),
        Data::Pmlb { name } => format!("pmlb {name}"),
    }
}

/// The content of a formula of which only the text is known.
pub(crate) fn of_law(formula: &str) -> String {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    let mut names: Vec<String> = Vec::new();
    let mut rest = formula;
    while let Some(begin) = rest.find(is_part) {
        let end = rest[begin..].find(|c| !is_part(c)).map_or(rest.len(), |length| begin + length);
        let (word, after) = (&rest[begin..end], rest[end..].trim_start());
        let is_name = !word.starts_with(|c: char| c.is_ascii_digit()) && !after.starts_with('(') && word != "pi";
        if is_name && !names.iter().any(|name| name == word) {
            names.push(word.into());
        }
        rest = &rest[end..];
    }
    of_formula(formula, &names)
}

fn of_formula(formula: &str, names: &[String]) -> String {
    let Ok(expr) = parse(formula, names) else { return String::new() };
    let Some(root) = expr.len().checked_sub(1) else { return String::new() };
    let (shape, variables) = written(&expr, root);
    // Variables are numbered as they come.
    let mut met: Vec<u16> = Vec::new();
    let mut text = format!("formula {shape}");
    for variable in variables {
        let number = met.iter().position(|known| *known == variable).unwrap_or_else(|| {
            met.push(variable);
            met.len() - 1
        });
        text.push_str(&format!(" {number}"));
    }
    text
}

/// The subtree without the names of its variables, and these in their order. Arguments whose order does not matter are sorted by their
/// shapes; of those with one shape the order is that of the text.
fn written(expr: &Expr, root: usize) -> (String, Vec<u16>) {
    match expr.nodes()[root] {
        Node::Var(variable) => ("v".into(), vec![variable]),
        Node::Const(value) => (value.to_string(), Vec::new()),
        Node::Param(index) => (expr.params()[usize::from(index)].to_string(), Vec::new()),
        Node::Op(op) => {
            let mut arguments = Vec::new();
            operands(expr, root, op, &mut arguments);
            let mut arguments: Vec<_> = arguments.into_iter().map(|argument| written(expr, argument)).collect();
            if op.info().commutative {
                arguments.sort_by(|a, b| a.0.cmp(&b.0));
            }
            let shapes: Vec<&str> = arguments.iter().map(|(shape, _)| shape.as_str()).collect();
            let text = format!("{}({})", op.name(), shapes.join(","));
            (text, arguments.into_iter().flat_map(|(_, variables)| variables).collect())
        }
    }
}

/// The arguments of the operator at `root`; those of a whole chain of additions or multiplications.
fn operands(expr: &Expr, root: usize, op: Op, found: &mut Vec<usize>) {
    for child in expr.children(root) {
        match expr.nodes()[child] {
            Node::Op(inner) if inner == op && matches!(op, Op::Add | Op::Mul) => operands(expr, child, op, found),
            _ => found.push(child),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_law_has_the_same_content() {
        for (a, b, same) in [
            ("mu*Nn", "q*Ef", true),
            ("mu*Nn", "x*x", false),
            ("a*b + c", "z + y*x", true),
            ("a*(b*c)", "(p*q)*r", true),
            ("a - b", "b - a", true),
            ("a/b + a", "b/a + a", false),
            ("2*x", "3*x", false),
            ("exp(-(theta/sigma)**2/2)/(sqrt(2*pi)*sigma)", "exp(-(x/s)**2/2)/(s*sqrt(2*pi))", true),
            ("x**3 + x**2 + x", "t + t**2 + t**3", true),
        ] {
            let (left, right) = (of_law(a), of_law(b));
            assert!(left.starts_with("formula ") && right.starts_with("formula "), "{a} {b}");
            assert_eq!(left == right, same, "{a} and {b}: {left} and {right}");
        }
        assert_eq!(of_law("2*pi*sqrt(l/g"), "");
    }

    #[test]
    fn tables_are_known_by_what_is_in_them() {
        let folder = tempfile::tempdir().unwrap();
        let table = |name: &str, text: &str| {
            std::fs::write(folder.path().join(name), text).unwrap();
            content(&Data::File { path: name.into(), target: None }, folder.path())
        };
        let (a, b, c) = (table("a.csv", "x,y\n1,2\n"), table("b.csv", "x,y\n1,2\n"), table("c.csv", "x,y\n1,3\n"));
        assert!(a == b && a != c && a.starts_with("file "), "{a} {b} {c}");
        let absent = Data::File { path: "none.csv".into(), target: None };
        assert_eq!(content(&absent, folder.path()), "");
        assert_eq!(content(&Data::Pmlb { name: "561_cpu".into() }, folder.path()), "pmlb 561_cpu");
    }
}
