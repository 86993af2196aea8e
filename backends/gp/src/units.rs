//! What the units of the columns ask of a tree and its scaling.

use symfolio_core::Problem;
use symfolio_expr::{Expr, Literals, Op, Unit};

use crate::scaling::Scaling;

/// Most free factors that make a tree sound.
const FACTORS: usize = 3;

/// `scaling` without what the units forbid: where constants have none, what is added has none either.
pub(crate) fn allowed(problem: &Problem, scaling: Scaling) -> Scaling {
    let strict = problem.units.as_ref().filter(|units| units.dimensionless_constants());
    let pure = strict.is_none_or(|units| units.target().is_none_or(Unit::is_one));
    Scaling { offset: scaling.offset.filter(|_| pure), ..scaling }
}

/// May `core` stand for a form, and does it need its scale for that, as the unit that it has is not the target's? `None` for a tree that
/// is unsound whatever its scale.
pub(crate) fn needs_scale(problem: &Problem, scaling: Scaling, core: &Expr) -> Option<bool> {
    let Some(units) = &problem.units else { return Some(false) };
    let unit = units.of(core, Literals::Pure)?;
    if units.meets_target(unit) {
        return Some(false);
    }
    (scaling.scale.is_some() && !units.dimensionless_constants()).then_some(true)
}

/// `expr` with free factors where units clash, so that `x + t` becomes `x + c0*t`; as it is where it is sound or that does not help.
pub(crate) fn with_factors(problem: &Problem, expr: Expr, has: impl Fn(Op) -> bool) -> Expr {
    let Some(units) = problem.units.as_ref().filter(|units| has(Op::Mul) && !units.dimensionless_constants()) else {
        return expr;
    };
    let mut sound = expr;
    for _ in 0..FACTORS {
        let Some(at) = units.unsound_part(&sound, Literals::Pure) else { break };
        sound = sound.replace(at, &Expr::apply(Op::Mul, &[&Expr::param(1.0), &sound.subtree(at)]));
    }
    sound
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use symfolio_core::conformance;
    use symfolio_expr::{Units, parse};

    use super::*;

    fn problem(dimensionless_constants: bool) -> Problem {
        let units = Units::new(&[Some("m"), Some("s")], Some("m"), dimensionless_constants).unwrap();
        Problem { units: Some(Arc::new(units)), ..(*conformance::problem(false)).clone() }
    }

    fn expr(text: &str) -> Expr {
        parse(text, &["x".to_string(), "t".to_string()]).unwrap()
    }

    #[test]
    fn the_scale_is_needed_where_the_unit_is_another() {
        let scaling = Scaling::new(|_| true);
        let bare = Scaling::new(|_| false);
        for (text, dimensionless, scaling, expect) in [
            ("x", false, scaling, Some(false)),
            ("t", false, scaling, Some(true)),
            ("c0*t", false, scaling, Some(false)),
            ("x**c0", false, scaling, Some(true)),
            ("t", false, bare, None),
            ("x + t", false, scaling, None),
            ("t", true, scaling, None),
            ("c0*x", true, scaling, Some(false)),
        ] {
            assert_eq!(needs_scale(&problem(dimensionless), scaling, &expr(text)), expect, "{text} {dimensionless}");
        }
        assert!(allowed(&problem(false), scaling).offset.is_some());
        assert!(allowed(&problem(true), scaling).offset.is_none());
    }

    #[test]
    fn clashes_are_mended_by_free_factors() {
        for (text, expect) in [
            ("x + t", "(add x0 (mul ?1.0 x1))"),
            ("sin(t)", "(sin (mul ?1.0 x1))"),
            ("x + sin(t)*x", "(add x0 (mul (sin (mul ?1.0 x1)) x0))"),
            ("x*t", "(mul x0 x1)"),
        ] {
            assert_eq!(with_factors(&problem(false), expr(text), |_| true).to_prefix(), expect);
        }
        assert_eq!(with_factors(&problem(true), expr("x + t"), |_| true), expr("x + t"));
        assert_eq!(with_factors(&problem(false), expr("x + t"), |op| op != Op::Mul), expr("x + t"));
    }
}
