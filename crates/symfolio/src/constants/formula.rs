//! [`Formula`]: a formula with named constants.

use std::collections::BTreeSet;

use symfolio_expr::{Expr, Node, ParseError, infix, parse};

/// A formula whose free constants keep the names that its text gives them.
#[derive(Clone, Debug, PartialEq)]
pub struct Formula {
    /// The formula.
    pub expr: Expr,
    /// The names of its free constants, in the order of their values in `expr`.
    pub constants: Vec<String>,
    /// The formula as text, with the names of its constants.
    pub text: String,
    /// Columns it uses whose names would be those of constants.
    pub hidden: Vec<String>,
}

impl Formula {
    /// Reads infix text over the columns `names`; `c0` to `c999` are constants, save those that are columns.
    ///
    /// # Errors
    /// [`ParseError`] as of [`symfolio_expr::parse`].
    pub fn parse(text: &str, names: &[String]) -> Result<Formula, ParseError> {
        let expr = parse(text, names)?;
        // An expression numbers its constants anew. Read once more with all constants as columns, it is the same node by node but
        // for their names.
        let named: BTreeSet<&String> = names.iter().collect();
        let free = (0..1000).map(|number| format!("c{number}"));
        let mut all = names.to_vec();
        all.extend(free.clone().filter(|name| !named.contains(name)));
        let open = parse(text, &all)?;
        let mut constants = vec![String::new(); expr.params().len()];
        for pair in expr.nodes().iter().zip(open.nodes()) {
            if let (Node::Param(index), Node::Var(column)) = pair {
                constants[usize::from(*index)] = all[usize::from(*column)].clone();
            }
        }
        let used = expr.variables().into_iter().map(|index| &names[usize::from(index)]);
        let hidden = used.filter(|name| free.clone().any(|free| free == **name)).cloned().collect();
        Ok(Formula { expr, constants, text: infix(&open, &all), hidden })
    }
}

/// `message` with constant number i, `ci` there, under its name.
pub(super) fn renamed(message: &str, constants: &[String]) -> String {
    let is_word = |c: char| c.is_ascii_alphanumeric();
    let mut text = String::new();
    let mut rest = message;
    while let Some(start) = rest.find(is_word) {
        let length = rest[start..].find(|c| !is_word(c)).unwrap_or(rest.len() - start);
        let word = &rest[start..start + length];
        let number = word.strip_prefix('c').and_then(|digits| digits.parse::<usize>().ok());
        text += &rest[..start];
        text += number.and_then(|index| constants.get(index)).map_or(word, String::as_str);
        rest = &rest[start + length..];
    }
    text + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn constants_keep_their_names() {
        let check = |text: &str, constants: &[&str], form: &str| {
            let formula = Formula::parse(text, &["x".to_string(), "c3".to_string()]).unwrap();
            assert_eq!(formula.constants, constants, "{text}");
            assert_eq!(formula.text, form);
        };
        check("c0*x + c5", &["c0", "c5"], "c0*x + c5");
        check("c7*x > c2", &["c2", "c7"], "less(c2, c7*x)");
        check("c1**c9 + c1 + c3", &["c1", "c9"], "c1**c9 + c1 + c3");
        check("greater(c4, c2*x)", &["c2", "c4"], "less(c2*x, c4)");
        check("2*x", &[], "2*x");
        let formula = Formula::parse("c3*x + c1", &["x".to_string(), "c3".to_string()]).unwrap();
        assert_eq!(formula.hidden, ["c3"]);
        assert!(Formula::parse("c0*z", &["x".to_string()]).is_err());
    }

    #[test]
    fn messages_name_the_constants() {
        let constants = ["c5".to_string(), "c0".to_string()];
        assert_eq!(renamed("c0, c1 cannot be told apart", &constants), "c5, c0 cannot be told apart");
        let plain = "all 2 constants are determined (condition 1.0e1)";
        assert_eq!(renamed(plain, &constants), plain);
    }
}
