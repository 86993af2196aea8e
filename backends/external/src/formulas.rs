//! [`Reader`]: from a program's text to a formula that may be offered, and back.

use symfolio_core::{Candidate, Directives, Problem};
use symfolio_expr::{Expr, Literals, Node, Numbers, ParseOptions, infix, parse_with};

/// Reads formulas over the columns of one problem.
pub(crate) struct Reader {
    options: ParseOptions,
}

impl Reader {
    pub fn new(problem: &Problem) -> Reader {
        Reader {
            options: ParseOptions { definitions: problem.operators.definitions().to_vec(), numbers: Numbers::Free },
        }
    }

    /// The formula that `text` says; its numbers are free constants at these values, but for those that are part of the form, such as
    /// whole exponents.
    ///
    /// # Errors
    /// Why the formula cannot be offered, in words.
    pub fn read(&self, text: &str, problem: &Problem, directives: &Directives) -> Result<Expr, String> {
        let expr = parse_with(text, &problem.features, &self.options).map_err(|error| error.to_string())?;
        if !expr.is_finite() {
            return Err("a number in it is not finite".into());
        }
        let foreign = expr.nodes().iter().find_map(|node| match node {
            Node::Op(op) if !problem.operators.contains(*op) => Some(op.name()),
            _ => None,
        });
        if let Some(name) = foreign {
            return Err(format!("the operator {name} is not among those of the problem"));
        }
        if !problem.allows_form(&expr) {
            let (size, depth) = (problem.complexity.of(&expr), expr.depth());
            return Err(format!("its size of {size}, its depth of {depth} or its nesting is against the constraints"));
        }
        if let Some(units) = &problem.units {
            units.check(&expr, Literals::Pure, &problem.features).map_err(|error| error.to_string())?;
        }
        if !directives.allow(&expr) {
            return Err("it is banned by the directives".into());
        }
        Ok(expr)
    }
}

/// The text of a migrant; `None` for one that is no formula of this problem.
pub(crate) fn text_of(migrant: &Candidate, problem: &Problem) -> Option<String> {
    let expr = migrant.form.expr().filter(|expr| migrant.loss.is_finite() && is_of(expr, problem))?;
    Some(infix(expr, &problem.features))
}

/// Is `expr` finite and over the columns of `problem`?
pub(crate) fn is_of(expr: &Expr, problem: &Problem) -> bool {
    expr.is_finite() && expr.variables().iter().all(|variable| usize::from(*variable) < problem.features.len())
}

#[cfg(test)]
mod tests {
    use symfolio_core::conformance;
    use symfolio_expr::Op;

    use super::*;

    #[test]
    fn formulas_are_read_or_refused_in_words() {
        let problem = conformance::problem(false);
        let reader = Reader::new(&problem);
        let mut directives = Directives::default();
        let check = |text: &str, expect: Result<&str, &str>| {
            let read = reader.read(text, &problem, &directives).map(|expr| expr.to_prefix());
            match (&read, expect) {
                (Ok(prefix), Ok(expected)) => assert_eq!(prefix, expected, "{text}"),
                (Err(why), Err(word)) => assert!(why.contains(word), "{text}: {why}"),
                _ => panic!("{text}: {read:?}"),
            }
        };
        check("2.5*x0**2", Ok("(mul ?2.5 (square x0))"));
        check("np.exp(x0)^x1", Ok("(pow (exp x0) x1)"));
        check("x0 + x7", Err("x7"));
        check("nan*x0", Err("nan"));
        check("x0 + 1e999", Err("1e999"));
        check("x0 +", Err("end of the text"));
        check("sinh(x0)", Err("sinh"));
        check("sin(sin(x0))", Err("nesting"));
        check(&["x0"; 60].join("+"), Err("size of 119"));
        directives.banned_operators.push(Op::Exp);
        let why = reader.read("exp(x0)", &problem, &directives).unwrap_err();
        assert!(why.contains("banned"), "{why}");
    }
}
